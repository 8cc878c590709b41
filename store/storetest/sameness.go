package storetest

import (
	"strings"
	"testing"

	"stoa"
	"stoa/store"
)

// editions lists a page in two languages. Whoever names the other first, and even when it does so later, ties them.
func editions(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	english, french := item(0), item(1)
	french.Language = "fr"
	w.apply(partner, []stoa.Item{english, french})
	a, b := w.record(partner, english.Key), w.record(partner, french.Key)
	if len(a.Relations)+len(b.Relations) != 0 {
		t.Fatalf("tied without a word: %+v %+v", a.Relations, b.Relations)
	}
	english.Extra = map[string]string{"editions": french.URL + "?utm_source=x"}
	w.apply(partner, []stoa.Item{english, french})
	a, b = w.get(a.ID), w.get(b.ID)
	if len(a.Relations) != 1 || len(b.Relations) != 1 || a.Relations[0].Relation != stoa.EditionOf || a.Relations[0].Record != b.ID || b.Relations[0].Record != a.ID {
		t.Fatalf("relations %+v and %+v", a.Relations, b.Relations)
	}
	if a.MergedInto != "" || b.MergedInto != "" || !strings.HasPrefix(a.Relations[0].By, "rule:match") {
		t.Errorf("an edition is a record of its own: %q %q, tied by %s", a.MergedInto, b.MergedInto, a.Relations[0].By)
	}
	w.decide(stoa.Decision{Subject: a.ID, Action: stoa.Set, Field: "title", Value: "Ours"})
	w.decide(stoa.Decision{Subject: a.ID, Action: stoa.Untie, Field: string(stoa.EditionOf), Value: b.ID})
	if n := len(w.get(a.ID).Relations) + len(w.get(b.ID).Relations); n != 0 {
		t.Errorf("%d relations after a person untied them", n)
	}
	third := item(2)
	third.Language, third.URL = "es", english.URL+"?lang=es"
	third.Extra = map[string]string{"editions": english.URL}
	w.apply(second, []stoa.Item{third})
	if got := w.record(second, third.Key); len(got.Relations) != 1 || got.Relations[0].Record != a.ID {
		t.Errorf("a third edition: %+v", got.Relations)
	}
	w.sound()
}

// mergeUndone takes a merge back: both records, their decisions and addresses are as before, and the log keeps both moves.
func mergeUndone(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: a, Action: stoa.Set, Field: "title", Value: "First"})
	w.decide(stoa.Decision{Subject: b, Action: stoa.Refuse, Reason: "commercial"})
	first, other := w.get(a), w.get(b)
	at := w.last()
	merged := w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: b})
	w.decide(stoa.Decision{Action: stoa.Undo, Value: merged.ID})
	for id, before := range map[string]stoa.Record{a: first, b: other} {
		if after := w.get(id); !same(plain(before), plain(after)) {
			t.Errorf("after the undo:\n%s\nwant\n%s", text(plain(after)), text(plain(before)))
		}
	}
	if moves := w.changes(at); len(moves) != 2 || moves[0].Record != a || moves[1].Record != a {
		t.Errorf("moves %+v; want that the survivor changed, twice", moves)
	}
	for id, n := range map[string]int{a: 3, b: 3} {
		if d, err := w.Decisions(t.Context(), id); err != nil || len(d) != n {
			t.Errorf("%d decisions on %s, %v; want %d", len(d), id, err, n)
		}
	}
	w.sound()
}

// ruleParted splits what a rule joined.
func ruleParted(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	alone := w.record(partner, "item-0")
	w.apply(second, items(0, 1))
	b := w.record(second, "item-0")
	if b.MergedInto != alone.ID {
		t.Fatalf("not joined: %+v", b)
	}
	w.decide(stoa.Decision{Subject: alone.ID, Action: stoa.Split, Value: b.ID})
	if got := w.get(alone.ID); !same(plain(alone), plain(got)) {
		t.Errorf("after the split:\n%s\nwant\n%s", text(plain(got)), text(plain(alone)))
	}
	if got := w.get(b.ID); got.MergedInto != "" || got.State != stoa.Listed || len(got.Sightings) != 1 {
		t.Errorf("the other: %s", text(got))
	}
	w.sound()
}

// strain merges two records, then lets one become another thing: one question, with the split as its other answer.
func strain(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: b})
	if got := w.queue(stoa.ReasonConflict); len(got) != 0 {
		t.Fatalf("asked at once: %+v", got)
	}
	list := items(0, 2)
	list[1].Title, list[1].Summary = item(50).Title, item(50).Summary
	w.apply(partner, list)
	w.apply(partner, list)
	tasks := w.queue(stoa.ReasonConflict)
	if len(tasks) != 1 || tasks[0].Conflict == nil || tasks[0].Conflict.Kind != stoa.MergeStrain || w.get(b).MergedInto != a {
		t.Fatalf("tasks %+v; merged into %q", tasks, w.get(b).MergedInto)
	}
	for _, subject := range []string{tasks[0].Subject, a} {
		got, n, err := w.Queue(t.Context(), stoa.TaskQuery{Subject: subject, Reason: stoa.ReasonConflict})
		if err != nil || n != 1 || len(got) != 1 || got[0].Subject != tasks[0].Subject {
			t.Errorf("tasks on %s: %+v, %d, %v", subject, got, n, err)
		}
	}
	ours := w.decide(stoa.Decision{Subject: tasks[0].Subject, Action: stoa.Settle, Value: "ours"})
	list[0].Summary += " More."
	w.apply(partner, list)
	if got := w.queue(stoa.ReasonConflict); len(got) != 0 {
		t.Errorf("asked again: %+v", got)
	}
	w.decide(stoa.Decision{Action: stoa.Undo, Value: ours.ID})
	if got := w.queue(stoa.ReasonConflict); len(got) != 1 || got[0].Subject != tasks[0].Subject {
		t.Fatalf("after the answer was taken back: %+v", got)
	}
	w.decide(stoa.Decision{Subject: tasks[0].Subject, Action: stoa.Settle, Value: "theirs"})
	if w.get(b).MergedInto != "" || len(w.queue(stoa.ReasonConflict)) != 0 {
		t.Errorf("settled as theirs: merged into %q, %+v", w.get(b).MergedInto, w.queue(stoa.ReasonConflict))
	}
	w.sound()
}

// ranked lists a thing at an aggregator first, with more words, and then at its owner.
func ranked(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	theirs, own := item(0), item(0)
	theirs.Title += " (collected)"
	theirs.Summary = strings.Repeat(theirs.Summary+" ", 4)
	collector := second
	collector.Aggregator = true
	w.applyWith(collector, seq([]stoa.Item{theirs}), stoa.Steps{Draft: draft, Judge: pass, Rank: collector.Rank()})
	id := w.record(collector, theirs.Key).ID
	if got := w.get(id); got.Title != theirs.Title || got.Provenance["title"].By != "source:"+collector.ID {
		t.Fatalf("%q by %s", got.Title, got.Provenance["title"].By)
	}
	w.applyWith(partner, seq([]stoa.Item{own}), stoa.Steps{Draft: draft, Judge: pass, Rank: partner.Rank()})
	got := w.get(id)
	if got.Title != own.Title || got.Provenance["title"].By != "source:"+partner.ID || len(got.Sightings) != 2 {
		t.Errorf("the owner's words do not stand first: %s", text(got))
	}
	if others := got.Provenance["title"].Others; len(others) != 1 || others[0].Value != theirs.Title {
		t.Errorf("who says otherwise: %+v", others)
	}
	w.applyWith(partner, seq(nil), stoa.Steps{Draft: draft, Judge: pass, Rank: partner.Rank()})
	w.applyWith(partner, seq(nil), stoa.Steps{Draft: draft, Judge: pass, Rank: partner.Rank()})
	if got := w.get(id); got.Title != theirs.Title {
		t.Errorf("after the owner dropped it: %q", got.Title)
	}
	w.sound()
}
