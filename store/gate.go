package store

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// gate keeps whoever changes the catalogue apart from a rebuild, which empties tables and fills them again in many
// transactions. Readers pass freely: records are written over one by one.
type gate struct{ places *semaphore.Weighted }

const places = 1 << 20 // as many may change the catalogue at once

func newGate() gate { return gate{semaphore.NewWeighted(places)} }

// enter waits while the catalogue is rebuilt.
func (g gate) enter(ctx context.Context) (leave func(), err error) { return g.take(ctx, 1) }

// alone waits until nobody else is inside.
func (g gate) alone(ctx context.Context) (leave func(), err error) { return g.take(ctx, places) }

func (g gate) take(ctx context.Context, n int64) (leave func(), err error) {
	if err := g.places.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("wait for a rebuild: %w", context.Cause(ctx))
	}
	return func() { g.places.Release(n) }, nil
}
