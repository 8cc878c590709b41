package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stoa"
)

func anyDraft(t *rapid.T) stoa.Draft {
	word := func(name string, of ...string) string { return rapid.SampledFrom(append(of, "")).Draw(t, name) }
	d := stoa.Draft{
		Title: word("title", "Guide", "Guide to CSIRTs", "Handbook"), URL: word("url", "https://a.example/1", "https://b.example/2"),
		Summary: word("summary", "Short.", "A longer summary with more words in it than the other one has, by far and away, all told."),
		Start:   stoa.Date(word("start", "2026-05-01", "2026")), End: stoa.Date(word("end", "2026-04-01", "2026-06")),
		Deadline: stoa.Date(word("deadline", "2026-05-31", "2026-06-30T12:00:00+02:00")), Rolling: rapid.Bool().Draw(t, "rolling"),
		Withdrawn: rapid.IntRange(0, 9).Draw(t, "withdrawn") == 0,
	}
	if rapid.Bool().Draw(t, "places") {
		d.Countries = []string{"KE", word("country", "UG", "TZ")}
		d.Organisations = []stoa.Organisation{{ID: word("org", "itu", "gfce"), Role: stoa.Publisher}}
	}
	if rapid.Bool().Draw(t, "facts") {
		d.Facts = map[string]string{"fee": word("fee", "free", "100"), "level": "basic"}
	}
	return d
}

func anyWorld(t *rapid.T) (o []stoa.Observation, d []stoa.Decision, f []stoa.Finding) {
	records := []string{"r1", "r2", "r3"}
	for i := range rapid.IntRange(1, 4).Draw(t, "observations") {
		x := seen(fmt.Sprintf("s%d", i), rapid.SampledFrom(records).Draw(t, "record"), rapid.IntRange(0, 40).Draw(t, "first"), anyDraft(t))
		x.Trusted, x.Rank = rapid.Bool().Draw(t, "trusted"), rapid.IntRange(0, 2).Draw(t, "rank")
		if rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
			x.Missing = map[string]stoa.Carried{"summary": {Value: "Carried.", Runs: rapid.IntRange(1, 2).Draw(t, "runs")}}
		}
		o = append(o, x)
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "decisions") {
		d = append(d, anyDecision(t, i, records))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "findings") {
		kind := rapid.SampledFrom([]stoa.FindingKind{stoa.Listing, stoa.Noise, stoa.Join, stoa.Tied, stoa.Link, stoa.Moved, stoa.Classification, stoa.Owner}).Draw(t, "kind")
		x := stoa.Finding{Kind: kind, Subject: rapid.SampledFrom(records).Draw(t, "subject"), Rule: "x", Value: "https://moved.example/"}
		switch kind {
		case stoa.Join, stoa.Tied:
			x.Other, x.Relation, x.Value = rapid.SampledFrom(records).Draw(t, "other"), stoa.EditionOf, ""
		case stoa.Link:
			x.Value, x.Check = "", &stoa.Check{At: hours(60 + i), Status: rapid.SampledFrom([]int{200, 404, 410, 403}).Draw(t, "status")}
		case stoa.Owner:
			x.Value = fmt.Sprintf(`{"source":"s%d","key":%q,"filled":%d,"text":%d}`, rapid.IntRange(0, 4).Draw(t, "owner"),
				rapid.SampledFrom([]string{"https://a.example/1", "none"}).Draw(t, "key"), rapid.IntRange(0, 9).Draw(t, "filled"), rapid.IntRange(0, 99).Draw(t, "text"))
		case stoa.Classification:
			c := guide("", "")
			x.Draft = &c
		}
		f = append(f, x)
	}
	return o, d, found(f...)
}

func anyDecision(t *rapid.T, i int, records []string) stoa.Decision {
	x := stoa.Decision{ID: fmt.Sprint("d", i), Seq: uint64(i + 1), At: hours(100 + i), By: "ana", Subject: rapid.SampledFrom(records).Draw(t, "subject")}
	x.Action = rapid.SampledFrom([]stoa.Action{stoa.Accept, stoa.Refuse, stoa.Set, stoa.Unset, stoa.Add, stoa.Remove, stoa.Merge, stoa.Split,
		stoa.Differ, stoa.Tie, stoa.Confirm, stoa.Retire, stoa.Undo}).Draw(t, "action")
	switch x.Action {
	case stoa.Set, stoa.Unset:
		x.Field = rapid.SampledFrom([]string{"title", "deadline", "countries", "rolling"}).Draw(t, "field")
		x.Value = map[string]string{"title": "Ours", "deadline": "2026-12-31", "countries": `["FR"]`, "rolling": "true"}[x.Field]
	case stoa.Add, stoa.Remove:
		x.Field, x.Value = "countries", rapid.SampledFrom([]string{"KE", "FR"}).Draw(t, "country")
	case stoa.Merge, stoa.Split, stoa.Differ, stoa.Tie:
		x.Field, x.Value = "supersedes", rapid.SampledFrom(records).Draw(t, "other")
	case stoa.Undo:
		x.Value = fmt.Sprint("d", rapid.IntRange(0, i).Draw(t, "undone"))
	case stoa.Refuse:
		x.Reason = "commercial"
	}
	return x
}

// A record depends on what is known, never on the order in which it is told.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, d, f := anyWorld(t)
		want := Compose(o, d, f, hours(300))
		o2, d2, f2 := rapid.Permutation(o).Draw(t, "o"), rapid.Permutation(d).Draw(t, "d"), rapid.Permutation(f).Draw(t, "f")
		got := Compose(o2, d2, f2, hours(300))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the order changed the record:\n%s", diff)
		}
		if diff := cmp.Diff(Conflicts(o, d, f, want), Conflicts(o2, d2, f2, got)); diff != "" {
			t.Fatalf("the order changed the questions:\n%s", diff)
		}
		if !slices.Contains([]stoa.State{stoa.Pending, stoa.Listed, stoa.Refused}, got.State) || got.Availability == "" || got.Relevance == "" {
			t.Fatalf("state %q, availability %q, relevance %q", got.State, got.Availability, got.Relevance)
		}
	})
}

// A ruling is in force until a person changes it, whatever sources say meanwhile.
func TestARulingOutlivesEveryHarvest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := ruled(
			stoa.Decision{Action: stoa.Set, Field: "title", Value: "Ours"}, stoa.Decision{Action: stoa.Set, Field: "deadline", Value: "2027-01-01"},
			stoa.Decision{Action: stoa.Add, Field: "countries", Value: "FR"}, stoa.Decision{Action: stoa.Remove, Field: "countries", Value: "KE"},
			stoa.Decision{Action: stoa.Refuse, Reason: "commercial"},
		)
		var o []stoa.Observation
		for i := range rapid.IntRange(1, 4).Draw(t, "sources") {
			x := seen(fmt.Sprint("s", i), "r1", rapid.IntRange(0, 190).Draw(t, "first"), anyDraft(t))
			x.Trusted, x.Rank = rapid.Bool().Draw(t, "trusted"), rapid.IntRange(0, 3).Draw(t, "rank")
			if rapid.Bool().Draw(t, "gone") {
				x.Vanished, x.Absent, x.Means = x.At, 3, stoa.VanishRemoved
			}
			o = append(o, x)
		}
		f := found(stoa.Finding{Kind: stoa.Listing, Rule: "sure", At: hours(199)}, stoa.Finding{Kind: stoa.Moved, Rule: "S10", Value: "https://elsewhere.example/"})
		r := Compose(o, d, f, hours(200))
		if r.Title != "Ours" || r.Deadline != "2027-01-01" || r.State != stoa.Refused || r.Reason != "commercial" {
			t.Fatalf("%q %s %s %s", r.Title, r.Deadline, r.State, r.Reason)
		}
		if !slices.Contains(r.Countries, "FR") || slices.Contains(r.Countries, "KE") {
			t.Fatalf("countries %v", r.Countries)
		}
	})
}

// An empty value never replaces a filled one before two good runs agree, and does so then.
func TestEmptyNeverBeatsFilled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := seen("s", "r1", 0, anyDraft(t))
		o.Draft.Withdrawn = false
		said, runs := Values(o.Draft), map[string]int{}
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			next := anyDraft(t)
			next.Withdrawn = false
			now := Values(next)
			for field := range said {
				if now[field] == "" {
					if runs[field]++; runs[field] >= 2 {
						delete(said, field)
					}
				}
			}
			for field, text := range now {
				said[field] = text
				delete(runs, field)
			}
			o.Missing, o.Draft = Carry(o, next), next
			r := Compose([]stoa.Observation{o}, nil, nil, hours(200))
			for field, want := range said {
				if field == "rolling" && r.Deadline != "" {
					continue // a stated deadline beats a rolling one that is carried on
				}
				if got := Value(r, field); got != want {
					t.Fatalf("%s is %q, want %q: said %v", field, got, want, said)
				}
			}
		}
	})
}

// Merge and then split gives both records back exactly.
func TestMergeThenSplitRestores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := seen("s1", "r1", 0, anyDraft(t)), seen("s2", "r2", 1, anyDraft(t))
		d := []stoa.Decision{anyDecision(t, 0, []string{"r1", "r2"})}
		if slices.Contains([]stoa.Action{stoa.Merge, stoa.Split, stoa.Differ, stoa.Tie}, d[0].Action) {
			return
		}
		alone := func(o stoa.Observation, d []stoa.Decision) stoa.Record {
			var own []stoa.Decision
			for _, x := range d {
				if x.Subject == o.Record || x.Value == o.Record {
					own = append(own, x)
				}
			}
			return Compose([]stoa.Observation{o}, own, nil, hours(200))
		}
		before := []stoa.Record{alone(a, d), alone(b, d)}
		d = append(d,
			stoa.Decision{ID: "m", Seq: 8, At: hours(108), By: "ana", Action: stoa.Merge, Subject: "r1", Value: "r2"},
			stoa.Decision{ID: "s", Seq: 9, At: hours(109), By: "ana", Action: stoa.Split, Subject: "r1", Value: "r2"})
		if diff := cmp.Diff(before, []stoa.Record{alone(a, d), alone(b, d)}); diff != "" {
			t.Fatalf("merge and split left a trace:\n%s", diff)
		}
	})
}

// What Ownership concludes is what Compose then goes by; asked again, it has nothing to add. Nobody owns who is not of the best
// standing.
func TestOwnershipComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, d, f := anyWorld(t)
		at := hours(rapid.IntRange(0, 1000).Draw(t, "at"))
		var last *stoa.Owned
		for n := 0; ; n++ {
			x, _ := Ownership(o, d, f, at)
			if x == nil {
				break
			}
			if n > len(o)+1 {
				t.Fatalf("the record changes hands without end: %+v", f)
			}
			last = &stoa.Owned{}
			if err := json.Unmarshal([]byte(x.Value), last); err != nil {
				t.Fatal(err)
			}
			x.Seq, x.At = uint64(len(f)+1), at
			f = append(f, *x)
		}
		owner := newComposer(o, d, f, Clock{Now: at}).obs[0]
		if last != nil && owner.Source != last.Source {
			t.Errorf("%s owns it, and the finding says %s", owner.Source, last.Source)
		}
		for _, other := range o {
			if standing(other) < standing(owner) {
				t.Errorf("%s owns it before %s, who is of better standing", owner.Source, other.Source)
			}
		}
	})
}
