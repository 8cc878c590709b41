package servertest

import (
	"context"
	"fmt"
	"slices"

	"stoa"
)

// Decision is part of the catalogue.
func (w *World) Decision(ctx context.Context, id string) (stoa.Decision, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.Rulings {
		if d.ID == id {
			undone := slices.ContainsFunc(w.Rulings, func(u stoa.Decision) bool { return u.Action == stoa.Undo && u.Value == id })
			return d, !undone, w.check(ctx)
		}
	}
	return stoa.Decision{}, false, fmt.Errorf("decision: %w", stoa.ErrNotFound)
}
