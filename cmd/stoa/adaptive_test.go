package main

import "testing"

// TestTheAdaptiveRhythmSavesRequests holds the bar of the adaptive rhythm: changes are seen as soon as by the cheapest fixed schedule that
// is as fresh, with at least 40 % fewer requests, whatever the seed; by the other two measures it saves too.
func TestTheAdaptiveRhythmSavesRequests(t *testing.T) {
	for seed := range uint64(3) {
		c := compareRhythms(seed + 1)
		if c.listings != 152 || c.changes < 10_000 {
			t.Fatalf("seed %d: %d listings with %d changes: the population is not mixed", seed+1, c.listings, c.changes)
		}
		for i, r := range c.rivals {
			want := []float64{0.40, 0.20, 0.20}[i]
			if r.saved < want {
				t.Errorf("seed %d, where %s: %.0f %% saved, want at least %.0f %%", seed+1, r.measure, 100*r.saved, 100*want)
			}
		}
		if w := c.rivals[0].watched; w.lag > c.adaptive.lag {
			t.Errorf("seed %d: the fixed schedule is not as fresh: %s and %s", seed+1, w.lag, c.adaptive.lag)
		}
	}
}
