package normalize

import (
	"strings"
	"testing"
	"time"

	"stoa"
)

// TestATakedownIsOneDecision: the words of a record or a source go, the fact stays; another source's words may stand in, a person's own stay.
func TestATakedownIsOneDecision(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	say := func(source, summary string) stoa.Observation {
		d := stoa.Draft{ID: "k", Title: "Course for response teams", URL: "https://p.example/1", Summary: summary, Start: "2027-01-10", Language: "en"}
		return stoa.Observation{Source: source, Key: "k", Record: "r1", At: at, First: at, Draft: d, Trusted: true, Means: stoa.VanishRemoved, Rank: map[string]int{"another": 1}[source],
			Item:  stoa.Item{Source: source, Key: "k", Title: d.Title, URL: d.URL, Summary: summary, Content: summary},
			Terms: stoa.Terms{Licence: "licence of " + source, Attribution: source, Excerpt: 300}}
	}
	both := []stoa.Observation{say("owner", "The owner's words."), say("another", "Other words.")}
	ruling := func(action stoa.Action, subject, field, value string) stoa.Decision {
		return stoa.Decision{ID: "d-" + string(action) + subject, Seq: 1, Subject: subject, Action: action, Field: field, Value: value, By: "ada", At: at}
	}
	for _, c := range []struct {
		name    string
		rulings []stoa.Decision
		summary string
		terms   string
		hushed  string // sources
	}{
		{"none", nil, "The owner's words.", "owner", ""},
		{"of the record", []stoa.Decision{ruling(stoa.Takedown, "r1", "", "")}, "", "owner", "owner another"},
		{"of its owner: another source is quoted, on its terms", []stoa.Decision{ruling(stoa.Takedown, "owner", "", "")}, "Other words.", "another", "owner"},
		{"of both", []stoa.Decision{ruling(stoa.Takedown, "owner", "", ""), ruling(stoa.Takedown, "another", "", "")}, "", "owner", "owner another"},
		{"of a source that has no part in it", []stoa.Decision{ruling(stoa.Takedown, "else", "", "")}, "The owner's words.", "owner", ""},
		{"a person's own words stay", []stoa.Decision{ruling(stoa.Takedown, "r1", "", ""), ruling(stoa.Set, "r1", "summary", "Our words.")}, "Our words.", "owner", "owner another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Compose(both, c.rulings, nil, at)
			if r.Summary != c.summary || r.Terms.Attribution != c.terms {
				t.Errorf("summary %q on the terms of %q, want %q, %q", r.Summary, r.Terms.Attribution, c.summary, c.terms)
			}
			if r.Title == "" || r.URL == "" || r.Start == "" {
				t.Errorf("the fact is gone: %+v", r)
			}
			said := []stoa.Observation{say("owner", "The owner's words."), say("another", "Other words.")}
			Hush(said, c.rulings, []string{"r1"})
			for _, o := range said {
				if hushed := o.Item.Summary == "" && o.Item.Content == "" && o.Draft.Summary == ""; hushed != strings.Contains(c.hushed, o.Source) {
					t.Errorf("%s says %q", o.Source, o.Item.Summary)
				}
			}
		})
	}
}
