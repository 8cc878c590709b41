package search

import (
	"context"
	"fmt"
)

// Rebuild builds the index from all records. Searches wait meanwhile.
func (x *Index) Rebuild(ctx context.Context) error {
	x.follow.Lock()
	defer x.follow.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.anew(ctx); err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	return nil
}
