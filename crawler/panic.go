package crawler

import (
	"context"
	"fmt"
	"runtime/debug"

	"stoa"
)

// fell makes a failed run of a harvest that panicked: a fault of ours, which costs this source its run and nobody else anything.
func (c *Crawler) fell(ctx context.Context, src stoa.Source, cause any) (stoa.Run, error) {
	c.Log.ErrorContext(ctx, "harvest panicked", "source", src.ID, "err", fmt.Sprint(cause), "stack", string(debug.Stack()))
	run, err := c.begin(src)
	if err != nil {
		return run, fmt.Errorf("harvest %s: %w", src.ID, err)
	}
	run.Outcome, run.Code = stoa.Failed, stoa.CodeInternal
	run.Text = "the program itself failed on what the source sent; the log says where: please report it"
	return run, c.note(ctx, &run, nil)
}
