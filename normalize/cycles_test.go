package normalize

import (
	"slices"
	"testing"

	"stoa"
)

func TestCyclesOfACall(t *testing.T) {
	call := func(start, deadline stoa.Date) stoa.Draft {
		return stoa.Draft{Start: start, Deadline: deadline}
	}
	was := func(d stoa.Draft, cycles ...stoa.Date) stoa.Observation {
		return stoa.Observation{At: hours(0), Draft: d, Cycles: cycles}
	}
	for _, c := range []struct {
		name string
		old  stoa.Observation
		next stoa.Draft
		want []stoa.Date
	}{
		{"the first", stoa.Observation{}, call("2025-03-01", "2025-04-30"), []stoa.Date{"2025-03-01"}},
		{"no call", stoa.Observation{}, call("2025-03-01", ""), nil},
		{"another year", was(call("2025-03-01", "2025-04-30"), "2025-03-01"), call("2026-03-02", "2026-04-30"), []stoa.Date{"2025-03-01", "2026-03-02"}},
		{"of one that was kept before cycles were", was(call("2025-03-01", "2025-04-30")), call("2026-03-02", "2026-04-30"), []stoa.Date{"2025-03-01", "2026-03-02"}},
		{"no stated opening: when it was first seen", was(call("", "2025-04-30"), "2025-02-20"), call("", "2026-04-30"), []stoa.Date{"2025-02-20", "2026-03-02"}},
		{"the start is that of the course", was(call("2025-09-01", "2025-04-30"), "2025-02-20"), call("2026-09-01", "2026-04-30"), []stoa.Date{"2025-02-20", "2026-03-02"}},
		{"put off by two months", was(call("2025-03-01", "2025-04-30"), "2024-03-01", "2025-03-01"), call("2025-03-01", "2025-06-30"), []stoa.Date{"2024-03-01", "2025-03-01"}},
		{"brought forward", was(call("2025-03-01", "2025-09-30"), "2025-03-01"), call("2025-03-01", "2025-04-30"), []stoa.Date{"2025-03-01"}},
		{"its deadline is taken away", was(call("2025-03-01", "2025-09-30"), "2025-03-01"), call("2025-03-01", ""), []stoa.Date{"2025-03-01"}},
		{"a deadline again, a year later", was(call("", ""), "2025-03-01"), call("", "2026-04-30"), []stoa.Date{"2025-03-01", "2026-03-02"}},
		{"a deadline again, after a week", was(call("", ""), "2026-02-20"), call("", "2026-04-30"), []stoa.Date{"2026-02-20"}},
		{"no more than eight", was(call("", "2025-04-30"), "1", "2", "3", "4", "5", "6", "7", "8"), call("", "2026-04-30"), []stoa.Date{"2", "3", "4", "5", "6", "7", "8", "2026-03-02"}},
	} {
		if got := Cycles(c.old, c.next, hours(24)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestASourceSaysItsRhythm: what a source labels as the frequency of an item is what S23 goes by.
func TestASourceSaysItsRhythm(t *testing.T) {
	item := stoa.Item{Title: "Dashboard of national strategies", URL: "https://itu.example/d", Extra: map[string]string{"Expected update frequency": "Mensuel"}}
	d := Draft(item, stoa.Source{})
	if d.Facts["frequency"] != "monthly" {
		t.Fatalf("facts %v", d.Facts)
	}
	o := seen("itu", "r1", 0, d)
	if r := Compose([]stoa.Observation{o}, nil, nil, hours(24*43)); slices.Contains(r.Rules, "S23") {
		t.Errorf("after 43 days: %v", r.Rules)
	}
	if r := Compose([]stoa.Observation{o}, nil, nil, hours(24*45)); !slices.Contains(r.Marks, stoa.Overdue) {
		t.Errorf("after 45 days: marks %v, rules %v", r.Marks, r.Rules)
	}
}
