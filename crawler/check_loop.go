package crawler

import (
	"context"
	"time"
)

// lookEvery is how often due links are looked for.
const lookEvery = time.Minute

// Run looks at links as they fall due, until ctx ends.
func (c *Checker) Run(ctx context.Context) error {
	for {
		c.once(ctx)
		timer := time.NewTimer(lookEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// once looks at what is due.
func (c *Checker) once(ctx context.Context) {
	n := 0
	err := c.Due(ctx, true, func(Look) { n++ })
	switch {
	case ctx.Err() != nil:
	case err != nil:
		c.Log.ErrorContext(ctx, "links not checked", "err", err)
	case n > 0:
		c.Log.InfoContext(ctx, "links checked", "looks", n)
	}
}
