package storetest

import (
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// owners has two sources of one standing list the same thing.
func owners(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("two that outdo one another by turns do not make the title flap", func(t *testing.T) { alternating(t, open) })
	t.Run("one that is clearly better for two weeks takes over, once", func(t *testing.T) { takesOver(t, open) })
	t.Run("who was clearly better when the two met owns from then on", func(t *testing.T) { bettersAtOnce(t, open) })
	t.Run("when the owner goes another takes over, and keeps it", func(t *testing.T) { ownerGoes(t, open) })
	t.Run("what owns a merged record is forgotten by a split", func(t *testing.T) { ownersParted(t, open) })
}

const day = 24 * time.Hour

// told is one thing as a source tells it: under a title of its own, at length or in few words.
func told(title string, length int) []stoa.Item {
	i := item(0)
	i.Title += " (" + title + ")"
	if length > 1 {
		i.Summary = strings.Repeat(i.Summary+" ", length)
		i.Extra = map[string]string{"deadline": "2099-01-01", "country": "KE"}
	}
	return []stoa.Item{i}
}

// pass lets time pass, with the calendar looked at each day.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for ; d > 0; d -= day {
		w.now = w.now.Add(min(d, day))
		if _, err := w.Advance(w.t.Context(), w.now); err != nil {
			w.t.Fatal(err)
		}
	}
}

// owner is the source whose title the first item's record bears.
func (w *world) owner() string {
	w.t.Helper()
	id := w.record(partner, "item-0").ID
	if root := w.get(id).MergedInto; root != "" {
		id = root
	}
	if n := len(w.get(id).Sightings); n != 2 {
		w.t.Fatalf("%d sightings of the record", n)
	}
	return strings.TrimPrefix(w.get(id).Provenance["title"].By, "source:")
}

// rebuilt computes everything anew: nothing may differ.
func (w *world) rebuilt() {
	w.t.Helper()
	before := dump(w.t, w.engine, store.Tables()...)
	if n, err := w.Rebuild(w.t.Context()); err != nil || n != 0 {
		w.t.Errorf("rebuild: %d records came out different, %v", n, err)
	}
	compare(w.t, before, dump(w.t, w.engine, store.Tables()...))
	w.sound()
}

// alternating has two sources change places 30 times: each tells at length what the other tells in few words.
func alternating(t *testing.T, open func(*testing.T) store.Engine) {
	for _, c := range []struct {
		every time.Duration
		most  int // times that the title may change
	}{{time.Hour, 0}, {day, 0}, {13 * day, 0}, {30 * day, 1}} {
		w := begin(t, open)
		w.apply(partner, told("kept", 3))
		w.apply(second, told("collected", 1))
		was, changed := w.owner(), 0
		for n := range 30 {
			w.apply(partner, told("kept", 1+2*(n%2)))
			w.apply(second, told("collected", 3-2*(n%2)))
			w.pass(c.every)
			if now := w.owner(); now != was {
				was, changed = now, changed+1
			}
		}
		if changed > c.most {
			t.Errorf("every %s: the title changed %d times in 30 runs, want %d at most", c.every, changed, c.most)
		}
		w.rebuilt()
	}
}

// takesOver has the second source become clearly better and stay so.
func takesOver(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, told("kept", 1))
	w.apply(second, told("collected", 1))
	w.apply(second, told("collected", 3))
	w.pass(13 * day)
	if got := w.owner(); got != partner.ID {
		t.Errorf("after 13 days %s owns it", got)
	}
	w.rebuilt()
	w.pass(2 * day)
	if got := w.owner(); got != second.ID {
		t.Errorf("after 15 days %s owns it", got)
	}
	id := w.record(partner, "item-0").ID
	changed := w.last()
	for range 5 {
		w.apply(partner, told("kept", 1))
		w.apply(second, told("collected", 3))
		w.pass(20 * day)
	}
	w.apply(partner, told("kept", 4)) // longer, and not clearly better
	w.pass(20 * day)
	if got := w.owner(); got != second.ID || w.last() != changed {
		t.Errorf("afterwards %s owns it; %d changes more", got, w.last()-changed)
	}
	findings, err := w.Findings(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range findings {
		if f.Kind == stoa.Owner {
			said = append(said, strings.Join(f.Why, "; "))
		}
	}
	if len(said) != 2 || !strings.Contains(said[1], "clearly better than partner") {
		t.Errorf("what is said of it: %q", said)
	}
	w.rebuilt()
}

func bettersAtOnce(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, told("kept", 1))
	w.apply(second, told("collected", 3))
	if got := w.owner(); got != second.ID {
		t.Errorf("%s owns it", got)
	}
	w.apply(partner, told("kept", 3))
	w.apply(second, told("collected", 1))
	w.pass(40 * day)
	if got := w.owner(); got != second.ID {
		t.Errorf("%s owns it, with as much to say as the other when it took over", got)
	}
	w.rebuilt()
}

// ownerGoes has the first source list the thing no longer, and then again.
func ownerGoes(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, told("kept", 1))
	w.apply(second, told("collected", 1))
	if got := w.owner(); got != partner.ID {
		t.Fatalf("%s owns it", got)
	}
	w.apply(partner, nil)
	if got := w.owner(); got != partner.ID {
		t.Errorf("after one run without it %s owns it", got)
	}
	w.apply(partner, nil)
	for range 10 {
		if got := w.owner(); got != second.ID {
			t.Fatalf("%s owns it", got)
		}
		w.apply(partner, told("kept", 1))
		w.pass(day)
		w.apply(partner, nil)
		w.apply(partner, nil)
	}
	w.apply(partner, told("kept", 1))
	for range 2 {
		w.apply(second, nil)
	}
	if got := w.owner(); got != partner.ID {
		t.Errorf("the other went too: %s owns it", got)
	}
	w.rebuilt()
}

// ownersParted merges two records by hand, lets the other's source take over, and splits them.
func ownersParted(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	rich := item(1)
	rich.Summary, rich.Extra = strings.Repeat(rich.Summary+" ", 3), map[string]string{"deadline": "2099-01-01", "country": "KE"}
	w.apply(second, []stoa.Item{rich})
	a, b := w.record(partner, "item-0").ID, w.record(second, "item-1").ID
	first, other := w.get(a), w.get(b)
	w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: b})
	if got := w.get(a); got.Title != rich.Title {
		t.Fatalf("the richer one does not own the merged record: %q", got.Title)
	}
	w.pass(40 * day)
	w.decide(stoa.Decision{Subject: a, Action: stoa.Split, Value: b})
	for id, before := range map[string]stoa.Record{a: first, b: other} {
		before.Sightings = w.get(id).Sightings
		if after := w.get(id); !same(plain(before), plain(after)) {
			t.Errorf("after the split:\n%s\nwant\n%s", text(plain(after)), text(plain(before)))
		}
	}
	w.rebuilt()
}
