package catalogue

import (
	"testing"

	"stoa"
	"stoa/server/locales"
	"stoa/server/page"
)

// A row of "who says so" has a label and a value, whatever field it is of.
func TestEveryFieldHasALabelAndAValue(t *testing.T) {
	facts := map[string]string{}
	for _, name := range []string{"eligibility", "audience", "registration", "fee", "modality", "level", "duration", "credential"} {
		facts[name] = "of the source"
	}
	e := entry{Record: stoa.Record{
		Title: "A course", URL: "https://partner.example/course", Summary: "Three days.", Language: "en", Kind: stoa.Programme, State: stoa.Listed,
		Pillars: []stoa.Pillar{stoa.Capacity}, Organisations: []stoa.Organisation{{ID: "itu", Name: "ITU"}}, Countries: []string{"SN"}, Regions: []stoa.Region{"africa"},
		Published: "2026-01-05", Start: "2026-11", End: "2026-12", Deadline: "2026-10-01", ValidUntil: "2027", When: "November and December 2026", Archive: "https://archive.example/course",
		Facts: facts, Provenance: map[string]stoa.Provenance{},
	}}
	names := []string{
		"title", "url", "summary", "language", "kind", "state", "pillars", "organisations", "countries", "regions", "published", "start", "end", "deadline", "rolling",
		"valid_until", "when", "archive",
	}
	for name := range facts {
		names = append(names, "facts."+name)
	}
	for _, name := range names {
		e.Provenance[name] = stoa.Provenance{By: "source:one"}
	}
	if got := e.fields(); len(got) != len(names) {
		t.Errorf("%d rows of %d fields: %q", len(got), len(names), got)
	}
	for _, code := range stoa.Languages() {
		l, _ := locales.For(code)
		v := page.View{Locale: l}
		for _, name := range e.fields() {
			if label := fieldName(v, name); label == "" || label == name {
				t.Errorf("%s: no label for %q", code, name)
			}
			if e.value(v, name) == "" {
				t.Errorf("%s: no value for %q", code, name)
			}
		}
	}
}

func TestDatesAsListedStandWhereNoDateWasReadFromThem(t *testing.T) {
	l, _ := locales.For("en")
	v := page.View{Locale: l}
	for name, c := range map[string]struct {
		record stoa.Record
		shown  bool
	}{
		"no date was read":  {stoa.Record{When: "dates to be announced"}, true},
		"a date was read":   {stoa.Record{When: "1-3 February 2027", Start: "2027-02-01", End: "2027-02-03"}, false},
		"it is always open": {stoa.Record{When: "at any time", Rolling: true}, false},
		"there is no line":  {stoa.Record{}, false},
	} {
		shown := false
		for _, f := range (entry{Record: c.record}).facts(v) {
			shown = shown || f.Name == "Dates as listed" && f.Href == c.record.When
		}
		if shown != c.shown {
			t.Errorf("%s: shown is %t", name, shown)
		}
	}
}
