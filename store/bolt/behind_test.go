package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// halting is an engine whose updates fail from the n-th on, or wait until they are let through.
type halting struct {
	store.Engine
	left int
	wait chan struct{}
}

var errHalted = errors.New("halted")

func (h *halting) Update(ctx context.Context, f func(store.Tx) error) error {
	if h.left--; h.left < 0 && h.wait == nil {
		return errHalted
	}
	if h.wait != nil {
		select {
		case <-h.wait:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return h.Engine.Update(ctx, f)
}

// TestARebuildThatWasCutShortIsDoneBehindReaders opens a store whose rebuild was killed: readers are served at once, and whoever rules waits
// until all is in its place again.
func TestARebuildThatWasCutShortIsDoneBehindReaders(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "stoa.db"))
	c, err := store.Open(t.Context(), e, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src := stoa.Source{ID: "s", Trust: stoa.Trusted, VanishMeans: stoa.VanishNothing}
	run := stoa.Run{ID: "run-1", Source: "s"}
	if _, err := c.Apply(t.Context(), run, src, listed("s", 30, 1), stoa.Steps{Draft: draft, Judge: fine}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for r, err := range c.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	short, err := store.Open(t.Context(), &halting{Engine: e, left: 4}, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := short.Rebuild(t.Context()); !errors.Is(err, errHalted) {
		t.Fatalf("a rebuild that is cut short: %v", err)
	}
	slow := &halting{Engine: e, wait: make(chan struct{})}
	c, err = store.Open(t.Context(), slow, store.Options{Behind: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := c.Get(t.Context(), id); err != nil {
			t.Errorf("read while it is rebuilt: %v", err)
		}
	}
	ruling := stoa.Decision{Subject: ids[0], Action: stoa.Set, Field: "title", Value: "Ruled", By: "ada"}
	hurried, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Decide(hurried, ruling); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a ruling while it is rebuilt: %v, want it to wait", err)
	}
	close(slow.wait)
	if _, err := c.Decide(t.Context(), ruling); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Get(t.Context(), ids[0]); err != nil || r.Title != "Ruled" {
		t.Errorf("%q, %v", r.Title, err)
	}
	if n, err := c.Rebuild(t.Context()); n != 0 || err != nil {
		t.Errorf("afterwards %d records differ, %v", n, err)
	}
}
