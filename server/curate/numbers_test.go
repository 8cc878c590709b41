package curate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

// shelfOf are records by id; of Records only Get is asked.
type shelfOf struct {
	Records
	all map[string]stoa.Record
}

func (s shelfOf) Get(_ context.Context, id string) (stoa.Record, error) {
	r, ok := s.all[id]
	if !ok {
		return r, stoa.ErrNotFound
	}
	return r, nil
}

// counted goes through decisions as the page of numbers does, the newest first; At is how many minutes before now.
func counted(t *testing.T, records map[string]stoa.Record, newestFirst []stoa.Decision) tally {
	t.Helper()
	now := time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)
	c := newCounter(now)
	for i, d := range newestFirst {
		d.At = now.Add(-time.Duration(i) * 10 * time.Minute)
		c.timed(d)
		if err := c.judged(t.Context(), shelfOf{all: records}, d); err != nil {
			t.Fatal(err)
		}
	}
	return c.done(map[string][]time.Time{"new": {now, now.AddDate(0, 0, -5)}, "stale": {now.AddDate(0, 0, -40)}})
}

func thought(kind stoa.Kind, pillar stoa.Pillar, relevant bool) *stoa.Verdicts {
	return &stoa.Verdicts{
		Relevant: stoa.Verdict[bool]{Value: relevant}, Kind: stoa.Verdict[stoa.Kind]{Value: kind}, Pillars: []stoa.PillarVerdict{{Pillar: pillar}},
	}
}

func TestNumbersCountHowOftenMachineAndCuratorsAgree(t *testing.T) {
	legal, technical := stoa.Pillars()[0], stoa.Pillars()[1]
	guide, programme := stoa.Kinds()[0], stoa.Kinds()[1]
	from := []stoa.Sighting{{Source: "one"}}
	records := map[string]stoa.Record{
		"right":   {ID: "right", Kind: guide, Pillars: []stoa.Pillar{legal}, Language: "fr", Sightings: from, Verdicts: thought(guide, legal, true)},
		"wrong":   {ID: "wrong", Kind: guide, Pillars: []stoa.Pillar{legal}, Language: "fr", Sightings: from, Verdicts: thought(programme, technical, true)},
		"refused": {ID: "refused", Kind: guide, Pillars: []stoa.Pillar{legal}, Language: "ru", Sightings: from, Verdicts: thought(guide, legal, true)},
		"closed":  {ID: "closed", Kind: guide, Pillars: []stoa.Pillar{legal}, Language: "ru", Sightings: from, Verdicts: thought(guide, legal, true)},
	}
	got := counted(t, records, []stoa.Decision{
		{ID: "8", Subject: "right", Action: stoa.Undo, Value: "7", By: "bo"},
		{ID: "7", Subject: "right", Action: stoa.Refuse, Reason: "out-of-scope", By: "bo"}, // taken back: counts for nothing
		{ID: "6", Subject: "gone", Action: stoa.Accept, By: "bo"},
		{ID: "5", Subject: "closed", Action: stoa.Refuse, Reason: "closed", By: "ana"}, // says nothing of what the thing is
		{ID: "4", Subject: "refused", Action: stoa.Refuse, Reason: "commercial", By: "ana"},
		{ID: "3", Subject: "wrong", Action: stoa.Accept, By: "ana"},
		{ID: "2", Subject: "wrong", Action: stoa.Set, Field: "kind", By: "ana"},
		{ID: "1", Subject: "right", Action: stoa.Accept, By: "ana"},
	})
	var said []string
	for _, a := range got.agreed {
		said = append(said, fmt.Sprintf("%s %s: %d/%d %d/%d %d/%d", a.family, a.of, a.relevant.same, a.relevant.all, a.kind.same, a.kind.all, a.pillar.same, a.pillar.all))
	}
	want := []string{
		fmt.Sprintf("pillar %s: 2/3 1/2 1/2", legal), fmt.Sprintf("kind %s: 2/3 1/2 1/2", guide), "language fr: 2/2 1/2 1/2", "language ru: 0/1 0/0 0/0",
	}
	if !slices.Equal(said, want) {
		t.Errorf("agreement\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	if len(got.costs) != 1 || got.costs[0].corrected != 1 || got.costs[0].refused != 2 || got.costs[0].records != 4 || got.costs[0].perItem != 0.75 {
		t.Errorf("costs %+v, want one correction and two refusals over four records", got.costs)
	}
	if len(got.paces) != 2 || got.paces[0] != (pace{"ana", 5, 2}) || got.paces[1] != (pace{"bo", 3, 1}) {
		t.Errorf("paces %+v, want five decisions of ana in two hours, three of bo in one", got.paces)
	}
	if got.unsettled != 3 || !slices.Equal(aged(got.ages["new"], got.at), []int{1, 0, 1, 0, 0}) || !slices.Equal(aged(got.ages["stale"], got.at), []int{0, 0, 0, 0, 1}) {
		t.Errorf("%d wait, ages %v", got.unsettled, got.ages)
	}
}
