package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"stoa"
	"stoa/store"
)

// second is another trusted source, of its own complete listing.
var second = stoa.Source{
	ID: "second", Organisation: "Second", Format: "json", Trust: stoa.Trusted, VanishMeans: stoa.VanishRemoved, Zone: "UTC",
}

func family(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("merge then split restores both exactly", func(t *testing.T) { mergeSplit(t, open) })
	t.Run("a merge of merged records parts link by link", func(t *testing.T) { chain(t, open) })
	t.Run("a merge outlives every harvest", func(t *testing.T) { mergeOutlives(t, open) })
	t.Run("records are never merged in a circle", func(t *testing.T) { circle(t, open) })
	t.Run("the same thing from another source joins by itself", func(t *testing.T) { joining(t, open) })
	t.Run("what a person parted is never joined again", func(t *testing.T) { partedForGood(t, open) })
	t.Run("another source's key is another thing", func(t *testing.T) { guidTheft(t, open) })
	t.Run("a near copy from a stranger replaces nothing", func(t *testing.T) { nearCopy(t, open) })
	t.Run("a proposal is answered once", func(t *testing.T) { proposal(t, open) })
	t.Run("nobody is asked about a refused record", func(t *testing.T) { proposalOfRefused(t, open) })
	t.Run("editions that a page names are tied by themselves", func(t *testing.T) { editions(t, open) })
	t.Run("a merge that is undone leaves nothing", func(t *testing.T) { mergeUndone(t, open) })
	t.Run("a merge by a rule is parted as one by a person", func(t *testing.T) { ruleParted(t, open) })
	t.Run("an aggregator stands below the owner", func(t *testing.T) { ranked(t, open) })
	t.Run("members that drift apart ask once", func(t *testing.T) { strain(t, open) })
	t.Run("a tie is seen from both sides", func(t *testing.T) { tie(t, open) })
}

func mergeSplit(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: b, Action: stoa.Set, Field: "summary", Value: "Our own words on b."})
	w.decide(stoa.Decision{Subject: a, Action: stoa.Add, Field: "countries", Value: "KE"})
	w.decide(stoa.Decision{Subject: b, Action: stoa.Add, Field: "countries", Value: "FJ"})
	first, other := w.get(a), w.get(b)
	at := w.last()
	w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: b})
	if got := w.get(b); got.MergedInto != a || got.Short != other.Short || got.Public() {
		t.Errorf("the merged record: %s", text(got))
	}
	if got := w.get(other.Short); got.ID != b {
		t.Errorf("its short id answers with %s", got.ID)
	}
	if got := w.get(a); len(got.Sightings) != 2 || got.Title != first.Title || !slices.Contains(got.Countries, "KE") {
		t.Errorf("the survivor: %s", text(got))
	}
	ops := map[stoa.Op]string{}
	for _, ch := range w.changes(at) {
		ops[ch.Op] = ch.Record + ">" + ch.Into
	}
	if ops[stoa.OpMerged] != b+">"+a || ops[stoa.OpChanged] != a+">" {
		t.Errorf("changes %v", ops)
	}
	w.apply(partner, items(0, 2))
	w.decide(stoa.Decision{Subject: a, Action: stoa.Split, Value: b})
	for id, before := range map[string]stoa.Record{a: first, b: other} {
		before.Sightings = w.get(id).Sightings // last seen moved on with the harvest
		if after := w.get(id); !same(plain(before), plain(after)) {
			t.Errorf("after the split:\n%s\nwant\n%s", text(plain(after)), text(plain(before)))
		}
	}
	w.sound()
}

func chain(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 4))
	var id []string
	for n := range 4 {
		id = append(id, w.record(partner, item(n).Key).ID)
	}
	w.decide(stoa.Decision{Subject: id[2], Action: stoa.Merge, Value: id[3]})
	w.decide(stoa.Decision{Subject: id[1], Action: stoa.Merge, Value: id[2]})
	w.decide(stoa.Decision{Subject: id[0], Action: stoa.Merge, Value: id[1]})
	for _, n := range id[1:] {
		if got := w.get(n).MergedInto; got != id[0] {
			t.Errorf("%s is merged into %s, want the survivor %s", n, got, id[0])
		}
	}
	if got := len(w.get(id[0]).Sightings); got != 4 {
		t.Errorf("%d sightings, want 4", got)
	}
	w.decide(stoa.Decision{Subject: id[0], Action: stoa.Split, Value: id[2]}) // takes 3 along
	if got := w.get(id[3]).MergedInto; got != id[2] {
		t.Errorf("3 is merged into %q, want 2", got)
	}
	if a, c := len(w.get(id[0]).Sightings), len(w.get(id[2]).Sightings); a != 2 || c != 2 {
		t.Errorf("%d and %d sightings, want 2 and 2", a, c)
	}
	if all, err := w.Observations(t.Context(), id[2]); err != nil || len(all) != 2 {
		t.Errorf("%d observations, %v", len(all), err)
	}
	w.sound()
}

func circle(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: b})
	if _, err := w.Decide(t.Context(), stoa.Decision{Subject: b, Action: stoa.Merge, Value: a, By: "ada"}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("merging the survivor into the merged: %v, want ErrInvalid", err)
	}
	split := w.decide(stoa.Decision{Subject: a, Action: stoa.Split, Value: b})
	w.decide(stoa.Decision{Subject: b, Action: stoa.Merge, Value: a})
	if _, err := w.Decide(t.Context(), stoa.Decision{Action: stoa.Undo, Value: split.ID, By: "ada"}); !errors.Is(err, stoa.ErrConflict) {
		t.Errorf("undoing the split now: %v, want ErrConflict", err)
	}
	if w.get(a).MergedInto != b || w.get(b).MergedInto != "" {
		t.Error("the refused undo left something behind")
	}
	w.sound()
}

func joining(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 3))
	run := w.apply(second, items(1, 4))
	if run.New != 3 {
		t.Errorf("run %+v", run)
	}
	a, b := w.record(partner, "item-1"), w.record(second, "item-1")
	if b.MergedInto != a.ID || len(a.Sightings) != 2 {
		t.Errorf("%s is merged into %q; %d sightings", b.ID, b.MergedInto, len(a.Sightings))
	}
	if got := w.last(); got != 6 { // 3 listed, 1 more listed, 2 changed by their second sighting
		t.Errorf("%d changes, want 6", got)
	}
	findings, err := w.Findings(t.Context(), a.ID)
	if err != nil || !slices.ContainsFunc(findings, func(f stoa.Finding) bool {
		return f.Kind == stoa.Join && f.Other == b.ID && f.Rule != "" && len(f.Why) > 0 && f.Version != ""
	}) {
		t.Errorf("no reasons for the join: %+v, %v", findings, err)
	}
	// Two likes in one run find each other too.
	twins := []stoa.Item{item(7), item(7)}
	twins[1].Key = "the same under another key"
	w.apply(second, twins)
	if w.record(second, twins[1].Key).MergedInto != w.record(second, twins[0].Key).ID {
		t.Error("two likes of one run were not joined")
	}
	w.decide(stoa.Decision{Subject: a.ID, Action: stoa.Refuse, Reason: "out-of-scope"})
	late := item(1)
	late.Key = "late"
	w.apply(doubtful, []stoa.Item{late})
	if r := w.record(doubtful, "late"); r.MergedInto != a.ID || w.get(a.ID).State != stoa.Refused {
		t.Errorf("what is the same as a refused record: merged into %q, which is %s", r.MergedInto, w.get(a.ID).State)
	}
	w.sound()
}

func proposal(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 4))
	a, b, c := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID, w.record(partner, "item-2").ID
	offer := func(x, y string) stoa.Finding {
		return stoa.Finding{Subject: x, Other: y, Kind: stoa.Proposal, Rule: "match:test", Why: []string{"alike"}, Confidence: 0.7}
	}
	if err := w.Find(t.Context(), []stoa.Finding{offer(a, b), offer(b, a), offer(a, b), offer(a, c)}); err != nil {
		t.Fatal(err)
	}
	tasks := w.queue(stoa.ReasonDuplicate)
	if len(tasks) != 2 || tasks[0].Record == nil || tasks[0].Other == nil {
		t.Fatalf("%d tasks, want 2 with both records: %+v", len(tasks), tasks)
	}
	w.decide(stoa.Decision{Subject: a, Action: stoa.Differ, Value: b})
	w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: c})
	if got := w.queue(stoa.ReasonDuplicate); len(got) != 0 {
		t.Errorf("still asked: %+v", got)
	}
	again := func() []stoa.Task {
		t.Helper()
		if err := w.Find(t.Context(), []stoa.Finding{offer(b, a)}); err != nil {
			t.Fatal(err)
		}
		return w.queue(stoa.ReasonDuplicate)
	}
	if got := again(); len(got) != 0 {
		t.Errorf("asked again: %+v", got)
	}
	list := items(0, 4)
	list[1].Title += " ex"
	w.apply(partner, list)
	if got := again(); len(got) != 0 {
		t.Errorf("asked again after a small change: %+v", got)
	}
	list[1].Title = item(77).Title
	w.apply(partner, list)
	if got := again(); len(got) != 1 {
		t.Errorf("%d tasks when one became another thing, want 1", len(got))
	}
	w.decide(stoa.Decision{Subject: b, Action: stoa.Differ, Value: a})
	if got := again(); len(got) != 0 {
		t.Errorf("asked again after the second answer: %+v", got)
	}
	if err := w.Find(t.Context(), []stoa.Finding{offer(a, "nosuch")}); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a finding on nothing: %v, want ErrNotFound", err)
	}
}

func mergeOutlives(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: a, Action: stoa.Merge, Value: b})
	for n := range 3 {
		list := items(0, 2)
		list[1].Summary += fmt.Sprint(" and more ", n)
		w.apply(partner, list)
		w.reopen()
	}
	if r := w.get(b); r.MergedInto != a || len(w.get(a).Sightings) != 2 {
		t.Errorf("merged into %q, %d sightings", r.MergedInto, len(w.get(a).Sightings))
	}
	w.sound()
}

func partedForGood(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	w.apply(second, items(0, 1))
	a, b := w.record(partner, "item-0").ID, w.record(second, "item-0").ID
	w.decide(stoa.Decision{Subject: a, Action: stoa.Split, Value: b})
	if w.get(b).MergedInto != "" {
		t.Fatal("the split parted nothing")
	}
	again := item(0)
	again.Title += " revised"
	w.apply(second, []stoa.Item{again})
	w.apply(second, items(0, 1))
	if got := w.get(b).MergedInto; got != "" {
		t.Errorf("joined again into %s", got)
	}
	if got := w.queue(stoa.ReasonDuplicate); len(got) != 0 {
		t.Errorf("proposed again: %+v", got)
	}
	w.sound()
}

func guidTheft(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	thief := item(0)
	thief.Title, thief.URL, thief.Summary = "Cheap watches in bulk", "https://evil.example/watches", "Buy now."
	w.apply(doubtful, []stoa.Item{thief})
	r := w.record(partner, "item-0")
	if r.Title != item(0).Title || w.record(doubtful, "item-0").ID == r.ID || len(r.Sightings) != 1 {
		t.Errorf("record %+v", r)
	}
}

func nearCopy(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	before := w.record(partner, "item-0")
	copied := item(0)
	copied.Summary = strings.Repeat(copied.Summary+" ", 3)
	copied.Title += "!"
	w.apply(doubtful, []stoa.Item{copied})
	after := w.record(partner, "item-0")
	if after.Title != before.Title || after.URL != before.URL || after.Summary != before.Summary {
		t.Errorf("%q %s became %q %s", before.Title, before.URL, after.Title, after.URL)
	}
}

func tie(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: a, Action: stoa.Tie, Field: "part_of", Value: b})
	near, far := w.get(a).Relations, w.get(b).Relations
	if len(near) != 1 || near[0].Record != b || near[0].Inverse || len(far) != 1 || far[0].Record != a || !far[0].Inverse {
		t.Errorf("relations %+v and %+v", near, far)
	}
	w.decide(stoa.Decision{Subject: a, Action: stoa.Untie, Field: "part_of", Value: b})
	if len(w.get(a).Relations)+len(w.get(b).Relations) != 0 {
		t.Error("still tied")
	}
}

func proposalOfRefused(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 4))
	a := w.record(partner, "item-0").ID
	d := w.record(partner, "item-3").ID
	if err := w.Find(t.Context(), []stoa.Finding{{Subject: a, Other: d, Kind: stoa.Proposal, Rule: "match:test"}}); err != nil {
		t.Fatal(err)
	}
	refused := w.decide(stoa.Decision{Subject: d, Action: stoa.Refuse, Reason: "commercial"})
	if got := w.queue(stoa.ReasonDuplicate); len(got) != 0 {
		t.Errorf("asked whether it is the same as a refused record: %+v", got)
	}
	w.decide(stoa.Decision{Action: stoa.Undo, Value: refused.ID})
	if got := w.queue(stoa.ReasonDuplicate); len(got) != 1 {
		t.Errorf("%d tasks after the refusal was undone, want 1", len(got))
	}
}
