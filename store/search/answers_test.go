package search

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"stoa"
)

// TestAKeptAnswerIsTheAnswer: whatever changes, and whenever one asks, what was kept is what would be found.
func TestAKeptAnswerIsTheAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := world(60)
	x := open(t, s)
	at := noon
	x.now = func() time.Time { return at }
	queries := []stoa.Query{{}, {Open: true, Sort: "closes"}, {Windows: []stoa.Window{stoa.ThisWeek}}, {Windows: []stoa.Window{stoa.ThisMonth}, Sort: "title"}, {Text: "strategy"},
		{Pillars: []stoa.Pillar{stoa.Legal}}, {Stale: true, Limit: 5}, {For: "KE"}}
	for step := range 300 {
		switch r.IntN(4) {
		case 0:
			rec := record(fmt.Sprint("r", r.IntN(80)), "en", "A strategy", "of a state")
			rec.Pillars, rec.Deadline = []stoa.Pillar{stoa.Pillars()[r.IntN(5)]}, stoa.DayOf(at.AddDate(0, 0, r.IntN(60)))
			s.put(rec)
			if err := x.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 1:
			at = at.Add(time.Duration(r.Int64N(int64(9 * 24 * time.Hour))))
		case 2:
			at = at.Add(-time.Duration(r.Int64N(int64(2 * 24 * time.Hour)))) // the clock is set
		}
		q := queries[r.IntN(len(queries))]
		got := ask(t, x, q)
		want, err := x.search(t.Context(), q, at)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.IDs, want.IDs) || got.Total != want.Total || !reflect.DeepEqual(got.Facets, want.Facets) {
			t.Fatalf("step %d, %+v at %s: kept %d %v, found %d %v", step, q, at, got.Total, got.IDs, want.Total, want.IDs)
		}
	}
}

func TestKeptAnswersAreBoundedAndTheCallersOwn(t *testing.T) {
	x := open(t, world(30))
	for i := range 3 * mostAnswers {
		ask(t, x, stoa.Query{Offset: i})
	}
	if n := len(x.cols.answers.kept); n > mostAnswers {
		t.Errorf("%d answers are kept, want at most %d", n, mostAnswers)
	}
	first := ask(t, x, stoa.Query{})
	want := slices.Clone(first.IDs)
	slices.Reverse(first.IDs)
	if again := ask(t, x, stoa.Query{}); !slices.Equal(again.IDs, want) {
		t.Error("a caller changed what others are answered")
	}
}
