package crawler

import (
	"context"
	"fmt"
	"runtime/debug"
)

// heavyBytes is from where on reading a page costs so much memory and time that only few are read at once: ten megabytes of markup take a
// hundred while they are read, and sixteen sources can send them in the same second.
const heavyBytes = 1 << 20

// Heavy is who may have much in memory. A run has a place while it keeps a large page, and a turn while it computes on a
// heavy one; it has neither while it waits for a host that sends nothing. So hosts that hang cost others nothing.
type Heavy struct{ places, turns chan struct{} }

// NewHeavy lets so many runs keep large pages, and so many of them read a heavy one at once.
func NewHeavy(places, turns int) *Heavy {
	return &Heavy{make(chan struct{}, max(1, places)), make(chan struct{}, max(1, turns))}
}

// takePlace waits for a place. fetch asks for it before it keeps a large body.
func (w *walker) takePlace(ctx context.Context) error {
	if w.c.Heavy == nil || w.placed {
		return nil
	}
	select {
	case w.c.Heavy.places <- struct{}{}:
		w.placed = true
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for room to keep a large page: %w", context.Cause(ctx))
	}
}

func (w *walker) givePlace() {
	if w.placed {
		w.placed = false
		<-w.c.Heavy.places
	}
}

// takeTurn waits for a turn, if the walk has or had a heavy page.
func (w *walker) takeTurn(bytes int) error {
	w.heavy = w.heavy || bytes > heavyBytes // the page stays in memory until its items are read
	if !w.heavy || w.c.Heavy == nil || w.working {
		return nil
	}
	select {
	case w.c.Heavy.turns <- struct{}{}:
		w.working = true
		return nil
	case <-w.ctx.Done():
		return fmt.Errorf("wait to read a page of %d bytes: %w", bytes, context.Cause(w.ctx))
	}
}

// giveTurn gives the turn back, if the walk has one.
func (w *walker) giveTurn() {
	if w.working {
		w.working = false
		<-w.c.Heavy.turns
	}
}

// leave ends a walk's reading. What a heavy page left behind is given back before the next is read: one after the other, they would
// otherwise add up.
func (w *walker) leave() {
	w.first, w.last = nil, nil
	if w.heavy && w.working {
		debug.FreeOSMemory()
	}
	w.giveTurn()
	w.givePlace()
}
