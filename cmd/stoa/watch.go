package main

import (
	"fmt"
	"sync"
	"time"
)

// Bounds of a clock's jump.
const (
	jumpLeast = time.Minute // by how much the wall clock differs from one that cannot jump
	jumpTrust = time.Hour   // after which it is believed all the same: a machine may have slept
)

// watch notices when the wall clock jumps against one that cannot. Its methods may be called from several goroutines.
type watch struct {
	now    func() time.Time     // the wall clock
	steady func() time.Duration // since some beginning

	mu    sync.Mutex
	wall  time.Time     // when looked at last
	mono  time.Duration // the same by the steady clock
	lag   time.Duration // of the steady clock behind the wall clock
	until time.Duration // when the wall clock is believed again, by the steady clock
}

func newWatch(now func() time.Time) *watch {
	began := time.Now()
	w := &watch{now: now, steady: func() time.Duration { return time.Since(began) }}
	w.look()
	return w
}

// look returns by how much the wall clock runs ahead of one that did not jump, and when it is believed again by itself.
// Zero: it is believed.
func (w *watch) look() (lag time.Duration, trusted time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wall, mono := w.now().Round(0), w.steady()
	if !w.wall.IsZero() {
		if d := wall.Sub(w.wall) - (mono - w.mono); d.Abs() >= jumpLeast {
			w.lag += d
			w.until = mono + jumpTrust
		}
	}
	w.wall, w.mono = wall, mono
	if w.lag.Abs() < jumpLeast || mono >= w.until {
		w.lag = 0
		return 0, time.Time{}
	}
	return w.lag, wall.Add(w.until - mono)
}

// rest says why links are not looked at by themselves now, or "".
func (w *watch) rest() string {
	lag, trusted := w.look()
	if lag == 0 {
		return ""
	}
	return fmt.Sprintf("the clock jumped by %s; links are looked at again from %s", lag.Round(time.Second), trusted.UTC().Format(time.RFC3339))
}
