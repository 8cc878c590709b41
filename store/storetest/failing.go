package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// flaky is an engine whose n-th update fails: before it began, or after it ran and before it was kept.
type flaky struct {
	store.Engine
	left  int // updates until the one that fails
	after bool
}

var errTorn = errors.New("torn")

func (f *flaky) Update(ctx context.Context, do func(store.Tx) error) error {
	if f.left--; f.left != 0 {
		return f.Engine.Update(ctx, do)
	}
	if !f.after {
		return errTorn
	}
	return f.Engine.Update(ctx, func(tx store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return errTorn
	})
}

// failures lets each update of a story fail once. Whatever fails is tried again, as callers do; in the end
// all is as if nothing had failed, and a start in between finds nothing half done.
func failures(t *testing.T, open func(*testing.T) store.Engine) {
	for n := 1; ; n++ {
		f := &flaky{Engine: open(t), left: n, after: n%2 == 0}
		w := &world{t: t, engine: f, now: epoch}
		for range 2 {
			c, err := store.Open(t.Context(), f, store.Options{Now: func() time.Time { return w.now }})
			if err == nil {
				w.Catalogue = c
				break
			}
			if !errors.Is(err, errTorn) {
				t.Fatal(err)
			}
		}
		story(t, w, f)
		if f.left > 0 { // none failed any more
			t.Logf("%d updates failed, one at a time", n-1)
			return
		}
		if t.Failed() {
			t.Fatalf("when update %d failed (after it ran: %t)", n, f.after)
		}
	}
}

// again runs f until it succeeds; the engine fails once at most.
func again(t *testing.T, w *world, what string, f func() error) {
	t.Helper()
	err := f()
	if err == nil {
		return
	}
	if !errors.Is(err, errTorn) {
		t.Fatalf("%s: %v", what, err)
	}
	w.reopen() // as after a crash
	if err := f(); err != nil && !errors.Is(err, stoa.ErrConflict) {
		t.Fatalf("%s, again: %v", what, err)
	}
}

func story(t *testing.T, w *world, f *flaky) {
	t.Helper()
	big := items(0, 8)
	for i := range big {
		big[i].Content = strings.Repeat("word ", 28_000) // staged in several batches
	}
	again(t, w, "harvest", func() error {
		_, err := w.Apply(t.Context(), w.run(partner), partner, seq(big), stoa.Steps{Draft: draft, Judge: pass})
		return err
	})
	id := w.record(partner, "item-3").ID
	d := stoa.Decision{ID: fmt.Sprintf("%026d", 1), Subject: id, Action: stoa.Set, Field: "title", Value: "Ours", By: "ada"}
	again(t, w, "decide", func() error {
		_, err := w.Decide(t.Context(), d)
		return err
	})
	held := ""
	again(t, w, "hold", func() error {
		run, err := w.Apply(t.Context(), w.run(partner), partner, seq(big[:4]), stoa.Steps{Draft: draft, Judge: judged(stoa.CodeShrunk)})
		held = run.ID
		return err
	})
	again(t, w, "release", func() error {
		_, err := w.Decide(t.Context(), stoa.Decision{Subject: held, Action: stoa.Release, By: "ada"})
		return err
	})
	again(t, w, "harvest again", func() error {
		_, err := w.Apply(t.Context(), w.run(partner), partner, seq(big), stoa.Steps{Draft: draft, Judge: pass})
		return err
	})
	again(t, w, "merge", func() error {
		_, err := w.Decide(t.Context(), stoa.Decision{ID: fmt.Sprintf("%026d", 2), Subject: id, Action: stoa.Merge, Value: w.record(partner, "item-4").ID, By: "ada"})
		return err
	})
	f.left = max(f.left, 0)
	whole(t, w, id)
}

// whole checks what the story must end with.
func whole(t *testing.T, w *world, id string) {
	t.Helper()
	if r := w.get(id); r.Title != "Ours" || len(r.Sightings) != 2 {
		t.Errorf("record %q with %d sightings", r.Title, len(r.Sightings))
	}
	n := 0
	for r, err := range w.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if n++; r.State != stoa.Listed || !r.Sightings[0].Vanished.IsZero() {
			t.Errorf("record %s: %s, vanished %s", r.ID, r.State, r.Sightings[0].Vanished)
		}
	}
	if n != 8 {
		t.Errorf("%d records, want 8", n)
	}
	if log, err := w.Log(t.Context(), 0, 100); err != nil || len(log) < 2 || len(log) > 3 {
		t.Errorf("%d decisions, %v", len(log), err)
	}
	if got := dump(t, w.engine, "staged", "applying"); len(got) != 0 {
		t.Errorf("%d rows left over", len(got))
	}
	if got := w.queue(stoa.ReasonIncident); len(got) != 0 {
		t.Errorf("incidents %+v", got)
	}
	w.sound()
}
