package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"stoa"
	"stoa/store"
)

// fifty harvests of items that change, reorder, drop and return: a ruling, an override, an addition, a merge and a refusal
// outlive them all, and each change under the override is one question, asked in the same run.
func fifty(t *testing.T, open func(*testing.T) store.Engine) {
	for seed := range uint64(3) {
		w := begin(t, open)
		dice := rand.New(rand.NewPCG(seed, 50))
		w.apply(doubtful, items(0, 6))
		ids := w.ids(doubtful, 6)
		const accepted, overridden, survivor, gone, refused = 0, 1, 2, 3, 4
		w.decide(stoa.Decision{Subject: ids[accepted], Action: stoa.Accept})
		w.decide(stoa.Decision{Subject: ids[accepted], Action: stoa.Add, Field: "countries", Value: "KE"})
		w.decide(stoa.Decision{Subject: ids[overridden], Action: stoa.Accept})
		set := w.decide(stoa.Decision{Subject: ids[overridden], Action: stoa.Set, Field: "title", Value: "Ours"})
		w.decide(stoa.Decision{Subject: ids[survivor], Action: stoa.Merge, Value: ids[gone]})
		w.decide(stoa.Decision{Subject: ids[refused], Action: stoa.Refuse, Reason: "commercial"})
		titles := item(overridden).Title
		asked := 0
		for n := range 50 {
			list, now := drawn(dice, n)
			w.apply(doubtful, list)
			if w.get(ids[accepted]).State != stoa.Listed || !slices.Contains(w.get(ids[accepted]).Countries, "KE") {
				t.Fatalf("seed %d, harvest %d: the accepted record %s", seed, n, text(w.get(ids[accepted])))
			}
			if r := w.get(ids[refused]); r.State != stoa.Refused || r.Reason != "commercial" {
				t.Fatalf("seed %d, harvest %d: the refused record %s", seed, n, text(r))
			}
			if r := w.get(ids[gone]); r.MergedInto != ids[survivor] {
				t.Fatalf("seed %d, harvest %d: the merged record %s", seed, n, text(r))
			}
			if r := w.get(ids[overridden]); r.Title != "Ours" || r.State != stoa.Listed {
				t.Fatalf("seed %d, harvest %d: the overridden record is %q, %s", seed, n, r.Title, r.State)
			}
			if now != "" {
				titles = now
			}
			asked = max(asked, underOverride(t, w, ids[overridden], titles, set.Base, fmt.Sprintf("seed %d, harvest %d", seed, n)))
		}
		if asked == 0 {
			t.Errorf("seed %d: nothing was ever asked", seed)
		}
		w.sound()
	}
}

// drawn is a listing of the six items, some changed, some dropped, in some order; with the title that the item under the
// override has in it, "" when it is not listed.
func drawn(dice *rand.Rand, n int) (list []stoa.Item, title string) {
	for i := range 6 {
		if dice.IntN(6) == 0 {
			continue
		}
		it := item(i)
		if dice.IntN(2) == 0 {
			it.Summary += fmt.Sprintf(" As of harvest %d.", n)
		}
		if i == 1 && dice.IntN(2) == 0 {
			it.Title = fmt.Sprintf("%s in its year %d", it.Title, n%4)
		}
		if i == 1 {
			title = it.Title
		}
		list = append(list, it)
	}
	dice.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	return list, title
}

// underOverride checks that a change under an override is one open question that says what the source says now.
func underOverride(t *testing.T, w *world, id, says, base, when string) (asked int) {
	t.Helper()
	all, err := w.Conflicts(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var open []stoa.Conflict
	for _, q := range all {
		if q.Kind == stoa.UnderEdit && q.Field == "title" && q.Settled == "" {
			open = append(open, q)
		}
	}
	switch {
	case len(open) > 1:
		t.Errorf("%s: %d questions on one field: %s", when, len(open), text(open))
	case says != base && (len(open) != 1 || open[0].Theirs != says || open[0].Ours != "Ours"):
		t.Errorf("%s: the source says %q under ours, and the question is %s", when, says, text(open))
	}
	return len(open)
}
