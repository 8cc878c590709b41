package crawler

import (
	"context"
	"fmt"
	"runtime/debug"
)

// heavyBytes is from where on reading a page costs so much memory and time that only few are read at once: ten megabytes of markup take a
// hundred while they are read, and sixteen sources can send them in the same second.
const heavyBytes = 1 << 20

// Heavy is the turns for reading heavy pages. A run has one only while it computes, never while it waits for a host.
type Heavy chan struct{}

// NewHeavy lets at most n heavy pages be read at once.
func NewHeavy(n int) Heavy { return make(Heavy, max(1, n)) }

// takeTurn waits for a turn, if the walk has or had a heavy page.
func (w *walker) takeTurn(bytes int) error {
	w.heavy = w.heavy || bytes > heavyBytes // the page stays in memory until its items are read
	if !w.heavy || w.c.Heavy == nil || w.working {
		return nil
	}
	select {
	case w.c.Heavy <- struct{}{}:
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
		<-w.c.Heavy
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
}
