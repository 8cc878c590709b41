package main

import (
	"os"
	"testing"
)

// TestTheAdaptiveRhythmSavesRequests holds the bar of the adaptive rhythm: at least 40 % fewer requests than the cheapest fixed schedule
// that is as fresh, by each measure of freshness, whatever the seed.
func TestTheAdaptiveRhythmSavesRequests(t *testing.T) {
	seeds := uint64(2)
	if os.Getenv("STOA_SOAK") == "1" {
		seeds = 8
	}
	for seed := range seeds {
		c := compareRhythms(seed + 1)
		if c.listings != 152 || c.changes < 10_000 {
			t.Fatalf("seed %d: %d listings with %d changes: the population is not mixed", seed+1, c.listings, c.changes)
		}
		for _, r := range c.rivals {
			if r.saved < 0.40 {
				t.Errorf("seed %d, where %s: %.0f %% saved, want at least 40 %%", seed+1, r.measure, 100*r.saved)
			}
		}
		if w := c.rivals[0].watched; w.lag > c.adaptive.lag {
			t.Errorf("seed %d: the fixed schedule is not as fresh: %s and %s", seed+1, w.lag, c.adaptive.lag)
		}
	}
}
