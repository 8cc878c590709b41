package storetest

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"stoa"
	"stoa/store"
)

// Random runs histories of 50 rounds of harvests drawn at random, which change, reorder, drop and return items, with
// decisions, restarts and releases between. After each round every ruling is in force; at the end a rebuild gives the
// same to the byte. n is how many histories.
func Random(t *testing.T, n int, open func(*testing.T) store.Engine) {
	if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		h := &history{world: begin(t, open), r: r, revision: map[int]int{}, want: map[int]want{}}
		h.harvest(partner, 0, 8)
		h.harvest(doubtful, 8, 16)
		for range 50 {
			h.round()
			h.between()
			h.check()
		}
		if r.Failed() {
			return
		}
		before := dump(t, h.engine, store.Tables()...)
		if n, err := h.Rebuild(t.Context()); err != nil || n != 0 {
			r.Errorf("rebuild: %d records came out different, %v", n, err)
		}
		compare(t, before, dump(t, h.engine, store.Tables()...))
		h.sound()
	})
}

// want is what people ruled of an item.
type want struct {
	state stoa.State
	title string
	land  bool // KE was added
}

// history is a world with what must hold in it. Items 0 to 7 are the partner's, 8 to 15 of the source on probation; of
// them 6, 7, 14 and 15 are merged and parted, the others ruled on.
type history struct {
	*world
	r        *rapid.T
	revision map[int]int
	want     map[int]want
	merged   map[int]int
}

// harvest lists items from one number to another as they are at present.
func (h *history) harvest(src stoa.Source, from, to int) {
	var list []stoa.Item
	for n := from; n < to; n++ {
		if h.revision[n] < 0 { // dropped
			continue
		}
		i := item(n)
		if rev := h.revision[n]; rev > 0 {
			i.Summary += fmt.Sprintf(" Revision %d.", rev)
		}
		if rev := h.revision[n]; rev%3 == 1 {
			i.Title += fmt.Sprintf(", edition of year %d", rev)
		}
		list = append(list, i)
	}
	h.apply(src, rapid.Permutation(list).Draw(h.r, "order"))
}

// round has both sources harvested, some of their items being others now.
func (h *history) round() {
	for range rapid.IntRange(0, 4).Draw(h.r, "edits") {
		n := rapid.IntRange(0, 15).Draw(h.r, "item")
		h.revision[n] = rapid.IntRange(-1, 4).Draw(h.r, "revision")
	}
	h.harvest(partner, 0, 8)
	h.harvest(doubtful, 8, 16)
}

// between is what happens between two rounds.
func (h *history) between() {
	switch rapid.IntRange(0, 7).Draw(h.r, "between") {
	case 0, 1, 2, 3:
		h.rule(rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13}).Draw(h.r, "item"))
	case 4, 5:
		h.join(rapid.SampledFrom([]int{7, 14, 15}).Draw(h.r, "item"))
	case 6:
		h.reopen()
	case 7:
		h.holdAndRelease()
	}
}

// rule decides on an item and notes what must hold from then on.
func (h *history) rule(n int) {
	src := partner
	if n >= 8 {
		src = doubtful
	}
	id := h.record(src, item(n).Key).ID
	w, old := h.want[n], h.want[n]
	d := stoa.Decision{Subject: id}
	switch rapid.IntRange(0, 3).Draw(h.r, "ruling") {
	case 0:
		d.Action, w.state = stoa.Accept, stoa.Listed
	case 1:
		d.Action, d.Reason, w.state = stoa.Refuse, "out-of-scope", stoa.Refused
	case 2:
		d.Action, d.Field, d.Value = stoa.Set, "title", fmt.Sprintf("Ours, %d", rapid.IntRange(0, 99).Draw(h.r, "title"))
		w.title = d.Value
	case 3:
		d.Action, d.Field, d.Value, w.land = stoa.Add, "countries", "KE", true
	}
	done := h.decide(d)
	if rapid.IntRange(0, 3).Draw(h.r, "undo") == 0 {
		h.decide(stoa.Decision{Action: stoa.Undo, Value: done.ID})
		w = old
	}
	h.want[n] = w
}

// join merges an item into item 6, or parts it again.
func (h *history) join(n int) {
	src := partner
	if n >= 8 {
		src = doubtful
	}
	root, r := h.record(partner, item(6).Key), h.record(src, item(n).Key)
	if h.merged == nil {
		h.merged = map[int]int{}
	}
	if r.MergedInto != "" {
		h.decide(stoa.Decision{Subject: root.ID, Action: stoa.Split, Value: r.ID})
		delete(h.merged, n)
		return
	}
	h.decide(stoa.Decision{Subject: root.ID, Action: stoa.Merge, Value: r.ID})
	h.merged[n] = 6
}

// holdAndRelease has a run held, and released or discarded.
func (h *history) holdAndRelease() {
	run := h.applyWith(partner, seq(items(0, 3)), stoa.Steps{Draft: draft, Judge: judged(stoa.CodeShrunk)})
	if rapid.Bool().Draw(h.r, "restart") {
		h.reopen()
	}
	action := rapid.SampledFrom([]stoa.Action{stoa.Release, stoa.Discard}).Draw(h.r, "answer")
	h.decide(stoa.Decision{Subject: run.ID, Action: action})
}

// check holds the records against what people ruled.
func (h *history) check() {
	for n, w := range h.want {
		src := partner
		if n >= 8 {
			src = doubtful
		}
		r := h.record(src, item(n).Key)
		if w.state != "" && r.State != w.state || w.title != "" && r.Title != w.title || w.land && !slices.Contains(r.Countries, "KE") {
			h.r.Errorf("item %d: %s %q %v, ruled %+v", n, r.State, r.Title, r.Countries, w)
		}
	}
	for _, n := range []int{7, 14, 15} {
		src := partner
		if n >= 8 {
			src = doubtful
		}
		_, want := h.merged[n]
		if got := h.record(src, item(n).Key).MergedInto != ""; got != want {
			h.r.Errorf("item %d: merged %t, ruled %t", n, got, want)
		}
	}
}
