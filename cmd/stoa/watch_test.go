package main

import (
	"strings"
	"testing"
	"time"
)

// TestWatch follows a wall clock and a steady one.
func TestWatch(t *testing.T) {
	wall, mono := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Duration(0)
	w := &watch{now: func() time.Time { return wall }, steady: func() time.Duration { return mono }}
	w.look()
	for _, step := range []struct {
		name       string
		wall, mono time.Duration // that pass
		lag        time.Duration
	}{
		{"both go on", time.Minute, time.Minute, 0},
		{"a correction of seconds is no jump", time.Minute + 5*time.Second, time.Minute, 0},
		{"a jump by a day", 24*time.Hour + time.Second, time.Second, 24 * time.Hour},
		{"it goes on", 10 * time.Minute, 10 * time.Minute, 24 * time.Hour},
		{"it jumps back: all is as it was", time.Second - 24*time.Hour, time.Second, 0},
		{"back by a month", time.Second - 720*time.Hour, time.Second, -720 * time.Hour},
		{"half an hour later", 30 * time.Minute, 30 * time.Minute, -720 * time.Hour},
		{"believed after an hour", 30 * time.Minute, 30 * time.Minute, 0},
		{"and from then on", time.Minute, time.Minute, 0},
	} {
		wall, mono = wall.Add(step.wall), mono+step.mono
		lag, trusted := w.look()
		if lag != step.lag {
			t.Errorf("%s: lag %s, want %s", step.name, lag, step.lag)
		}
		if lag != 0 && (!trusted.After(wall) || trusted.Sub(wall) > jumpTrust) {
			t.Errorf("%s: believed again at %s, now is %s", step.name, trusted, wall)
		}
		if why := w.rest(); (why != "") != (lag != 0) || why != "" && !strings.Contains(why, "jumped") {
			t.Errorf("%s: rests for %q", step.name, why)
		}
	}
}

// TestWatchBelievesTheMachine looks at the real clocks, which do not jump.
func TestWatchBelievesTheMachine(t *testing.T) {
	w := newWatch(time.Now)
	if lag, _ := w.look(); lag != 0 {
		t.Errorf("lag %s", lag)
	}
}
