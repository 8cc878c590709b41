package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

func harvest(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("new items of a trusted source are listed", func(t *testing.T) { listedAtOnce(t, open) })
	t.Run("items of a source on probation wait for a person", func(t *testing.T) { probation(t, open) })
	t.Run("what is as before writes nothing but its run", func(t *testing.T) { asBefore(t, open) })
	t.Run("every item counts once", func(t *testing.T) { countedOnce(t, open) })
	t.Run("a held run changes nothing until it is released", func(t *testing.T) { held(t, open) })
	t.Run("a discarded run leaves no trace but its line", func(t *testing.T) { discarded(t, open) })
	t.Run("what vanishes from a complete listing is marked and returns", func(t *testing.T) { vanishing(t, open) })
	t.Run("a partial run takes nothing for gone", func(t *testing.T) { partial(t, open) })
	t.Run("a window retires nothing", func(t *testing.T) { window(t, open) })
	t.Run("an emptied field is kept until two good runs agree", func(t *testing.T) { emptied(t, open) })
	t.Run("a call that comes again remembers when", func(t *testing.T) { cycles(t, open) })
	t.Run("what a rule leaves to a person is asked once", func(t *testing.T) { askedOnce(t, open) })
	t.Run("keys that change at every fetch are recognised", func(t *testing.T) { newKeys(t, open) })
	t.Run("a large run is applied in batches", func(t *testing.T) { large(t, open) })
	t.Run("a run that is cut short never was", func(t *testing.T) { cutShort(t, open) })
}

// cycles lets a call come again every March, under the same key with another deadline.
func cycles(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	call := item(0)
	for year := 2026; year < 2029; year++ {
		w.now = time.Date(year, 3, 9, 8, 0, 0, 0, time.UTC)
		call.Extra = map[string]string{"deadline": fmt.Sprintf("%d-04-30", year)}
		w.apply(partner, []stoa.Item{call})
		w.now = time.Date(year, 4, 1, 8, 0, 0, 0, time.UTC)
		call.Extra = map[string]string{"deadline": fmt.Sprintf("%d-05-15", year)} // put off, which is no other cycle
		w.apply(partner, []stoa.Item{call})
	}
	w.now = time.Date(2028, 6, 1, 8, 0, 0, 0, time.UTC)
	if _, err := w.Advance(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	r := w.record(partner, call.Key)
	if !slices.Contains(r.Rules, "S22") || !strings.Contains(strings.Join(r.Reasons, " "), "around March") {
		t.Errorf("%s, rules %v: %v; want when it usually reopens", r.Relevance, r.Rules, r.Reasons)
	}
}

// askedOnce lets a host refuse to be checked: a person is asked, answers, and is not asked again while it goes on.
func askedOnce(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	id := w.record(partner, "item-0").ID
	look := func() {
		t.Helper()
		w.now = w.now.AddDate(0, 0, 7)
		check := stoa.Check{At: w.now, Status: 403}
		if err := w.Find(t.Context(), []stoa.Finding{{Subject: id, Kind: stoa.Link, At: w.now, Rule: "check", Check: &check}}); err != nil {
			t.Fatal(err)
		}
	}
	look()
	look()
	if tasks := w.queue(stoa.ReasonStale); len(tasks) != 1 || tasks[0].Subject != id {
		t.Fatalf("tasks %+v, want one on a link that cannot be checked", tasks)
	}
	w.decide(stoa.Decision{Subject: id, Action: stoa.Confirm})
	look()
	if tasks := w.queue(stoa.ReasonStale); len(tasks) != 0 {
		t.Errorf("asked again: %+v", tasks)
	}
}

func judged(code string) func(stoa.Run, stoa.History) (string, string) {
	return func(stoa.Run, stoa.History) (string, string) { return code, "looks wrong" }
}

func held(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 10))
	at := w.last()
	run := w.applyWith(partner, seq(append(items(5, 8), item(20))), stoa.Steps{Draft: draft, Judge: judged(stoa.CodeShrunk)})
	if run.Outcome != stoa.Held || run.Code != stoa.CodeShrunk || run.Vanished != 7 || run.New != 1 {
		t.Errorf("run %+v", run)
	}
	if got := w.changes(at); len(got) != 0 {
		t.Errorf("a held run changed %+v", got)
	}
	tasks := w.queue(stoa.ReasonIncident)
	if len(tasks) != 1 || tasks[0].Subject != run.ID || tasks[0].Run == nil {
		t.Fatalf("tasks %+v", tasks)
	}
	w.reopen() // what is held outlives a restart
	w.decide(stoa.Decision{Subject: run.ID, Action: stoa.Release})
	if got := w.changes(at); len(got) == 0 || got[0].Record != w.record(partner, "item-20").ID {
		t.Errorf("after the release: %+v", got)
	}
	if w.record(partner, "item-0").Sightings[0].Vanished.IsZero() {
		t.Error("what the released run lacked has not vanished")
	}
	if len(w.queue(stoa.ReasonIncident)) != 0 {
		t.Error("the incident is still queued")
	}
	_, err := w.Decide(t.Context(), stoa.Decision{Subject: run.ID, Action: stoa.Discard, By: "eve"})
	if !errors.Is(err, stoa.ErrConflict) {
		t.Errorf("discarding a released run: %v, want ErrConflict", err)
	}
	w.sound()
}

func discarded(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 10))
	at := w.last()
	run := w.applyWith(partner, seq(items(20, 30)), stoa.Steps{Draft: draft, Judge: judged(stoa.CodeRewritten)})
	w.decide(stoa.Decision{Subject: run.ID, Action: stoa.Discard})
	if got := w.changes(at); len(got) != 0 {
		t.Errorf("changes %+v", got)
	}
	if got := dump(t, w.engine, "staged"); len(got) != 0 {
		t.Errorf("%d staged rows left", len(got))
	}
	if kept, err := w.Catalogue.Run(t.Context(), run.ID); err != nil || kept.Outcome != stoa.Held || kept.Released == "" {
		t.Errorf("run %+v, %v", kept, err)
	}
}

func vanishing(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 10))
	run := w.apply(partner, items(1, 10))
	if run.Vanished != 1 || run.Outcome != stoa.OK {
		t.Errorf("run %+v", run)
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	w.apply(partner, items(1, 10))
	if _, err := w.Advance(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	o, err := w.Observation(t.Context(), partner.ID, "item-0")
	if err != nil || o.Absent != 2 || o.Vanished.IsZero() {
		t.Errorf("observation %+v, %v", o, err)
	}
	before := w.record(partner, "item-0")
	if before.State != stoa.Listed {
		t.Errorf("a vanished item is %s: its address must go on answering", before.State)
	}
	run = w.apply(partner, items(0, 10))
	if run.Changed != 1 || run.Unchanged != 9 {
		t.Errorf("the run in which it returned: %+v", run)
	}
	after := w.record(partner, "item-0")
	if !after.Sightings[0].Vanished.IsZero() || len(after.Marks) != 0 || after.ID != before.ID {
		t.Errorf("after its return: %+v", after)
	}
	w.sound()
}

func emptied(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	full, empty := item(1), item(1)
	empty.Summary = ""
	w.apply(partner, []stoa.Item{full})
	w.apply(partner, []stoa.Item{empty})
	if got := w.record(partner, full.Key).Summary; got != full.Summary {
		t.Errorf("after one run without it: %q, want it kept", got)
	}
	w.apply(partner, []stoa.Item{empty})
	if got := w.record(partner, full.Key).Summary; got != "" {
		t.Errorf("after two runs without it: %q, want it gone", got)
	}
	if run := w.apply(partner, []stoa.Item{empty}); run.Outcome != stoa.Unchanged {
		t.Errorf("the run after that: %+v", run)
	}
}

// long are items whose text is too much for one transaction.
func long(from, to int) []stoa.Item {
	out := items(from, to)
	for i := range out {
		out[i].Content = strings.Repeat("word ", 500)
	}
	return out
}

func large(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	if run := w.apply(partner, long(0, 600)); run.New != 600 || run.Outcome != stoa.OK {
		t.Errorf("run %+v", run)
	}
	if got := w.last(); got != 600 {
		t.Errorf("%d changes, want 600", got)
	}
	if got := dump(t, w.engine, "staged", "applying"); len(got) != 0 {
		t.Errorf("%d rows left over", len(got))
	}
	if run := w.apply(partner, long(0, 600)); run.Outcome != stoa.Unchanged {
		t.Errorf("the second run: %+v", run)
	}
}

func cutShort(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 10))
	at := w.last()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	cut := func(yield func(stoa.Item, error) bool) {
		for _, i := range long(0, 900) {
			if n++; n == 850 {
				cancel()
			}
			if !yield(i, nil) {
				return
			}
		}
	}
	_, err := w.Apply(ctx, w.run(partner), partner, cut, stoa.Steps{Draft: draft, Judge: pass})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a run cut short: %v, want the context's error", err)
	}
	if got := w.changes(at); len(got) != 0 {
		t.Errorf("it changed %d records", len(got))
	}
	if got := dump(t, w.engine, "staged"); len(got) != 0 {
		t.Errorf("%d staged rows left", len(got))
	}
	w.sound()
}

func newKeys(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 20))
	id, at := w.record(partner, "item-3").ID, w.last()
	for n := range 6 {
		list := items(0, 20)
		for i := range list {
			list[i].Key = fmt.Sprintf("fetch-%d-%d", n, i)
			if n%2 == 1 {
				list[i].Content = strings.Repeat("word ", 12_000) // so that the run is staged
			}
		}
		if run := w.apply(partner, list); run.New != 0 || run.Vanished != 0 || run.Unchanged != 20 {
			t.Fatalf("harvest %d: %+v", n, run)
		}
		if got := w.record(partner, fmt.Sprintf("fetch-%d-3", n)).ID; got != id {
			t.Errorf("harvest %d: record %s, want %s", n, got, id)
		}
	}
	if got := w.changes(at); len(got) != 0 {
		t.Errorf("%d changes by keys alone", len(got))
	}
	// A list in which everything has the same link, and titles come and go, is another matter.
	var page []stoa.Item
	for n := range 5 {
		i := item(100 + n)
		i.URL = "https://partner.example/all"
		page = append(page, i)
	}
	w.apply(second, page[:3])
	if run := w.apply(second, page[2:]); run.New != 2 || run.Vanished != 2 {
		t.Errorf("run %+v", run)
	}
	w.sound()
}

func listedAtOnce(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	run := w.apply(partner, items(0, 3))
	if run.Outcome != stoa.OK || run.New != 3 || run.Seen != 3 {
		t.Errorf("run %+v", run)
	}
	r := w.record(partner, "item-1")
	if r.State != stoa.Listed || r.Version != 1 || r.Short == "" || r.FirstListed.IsZero() {
		t.Errorf("record %+v", r)
	}
	if got := w.changes(0); len(got) != 3 || got[0].Op != stoa.OpListed || got[0].By != "run:"+run.ID {
		t.Errorf("changes %+v", got)
	}
	w.sound()
}

func probation(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	src := partner
	src.Trust = stoa.Probation
	w.apply(src, items(0, 3))
	if got := len(w.queue(stoa.ReasonNew)); got != 3 {
		t.Errorf("%d tasks, want 3", got)
	}
	if got := w.changes(0); len(got) != 0 {
		t.Errorf("changes %+v before anybody ruled", got)
	}
	w.sound()
}

func asBefore(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 50))
	before := dump(t, w.engine, store.Tables()...)
	run := w.apply(partner, items(0, 50))
	if run.Outcome != stoa.Unchanged || run.Code != stoa.CodeSame || run.Unchanged != 50 {
		t.Errorf("run %+v", run)
	}
	for k, v := range dump(t, w.engine, store.Tables()...) {
		if old, ok := before[k]; old != v || !ok {
			if table, _, _ := strings.Cut(k, " "); !slices.Contains([]string{"runs", "source-runs", "sources", "seen"}, table) {
				t.Errorf("written: %q", k)
			}
		}
	}
	if r := w.record(partner, "item-1"); !r.Sightings[0].Last.Equal(run.Ended) {
		t.Errorf("last seen %s, want the run's end %s", r.Sightings[0].Last, run.Ended)
	}
}

func countedOnce(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	list := append(items(0, 5), item(2), item(3))
	run := w.apply(partner, list, errors.New("torn"), fmt.Errorf("no cyber in it: %w", stoa.ErrExcluded))
	if run.Seen != 7 || run.New != 5 || run.Faulty != 1 || run.Excluded != 1 || len(run.Warnings) != 2 {
		t.Errorf("run %+v", run)
	}
	if run.Outcome != stoa.Partial || run.Code != stoa.CodeFaultyItems {
		t.Errorf("outcome %s %s", run.Outcome, run.Code)
	}
}

func partial(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 10))
	run := w.apply(partner, items(0, 5), errors.New("torn"))
	if run.Vanished != 0 || w.record(partner, "item-7").Sightings[0].Vanished != (time.Time{}) {
		t.Errorf("run %+v", run)
	}
}

func window(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	src := partner
	src.VanishMeans = stoa.VanishNothing
	w.apply(src, items(0, 10))
	if run := w.apply(src, items(5, 15)); run.Vanished != 0 || run.New != 5 || run.Unchanged != 5 {
		t.Errorf("run %+v", run)
	}
}
