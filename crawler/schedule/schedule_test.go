package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stoa"
)

func TestSchedulesThatMustBeRefused(t *testing.T) {
	for _, spec := range []string{"TZ=0", "CRON_TZ=Europe/Berlin 0 4 * * *", "0 0 31 2 *", "@every 1ns", "*/61 * * * *", "0 25 * * *",
		"adaptive 7d..6h", "adaptive 1s..1h", "adaptive 6h", "every 1s", "every", "", "0 4 * *", "0 4 * * * *", "* * * * mon/9"} {
		if s, err := Parse(spec); err == nil {
			t.Errorf("Parse(%q) = %+v, want a fault", spec, s)
		}
	}
}

func TestSchedulesThatAreRead(t *testing.T) {
	for spec, want := range map[string]stoa.Schedule{
		"adaptive 6h..7d": {Min: 6 * time.Hour, Max: 7 * day},
		"every 2w":        {Min: 14 * day, Max: 14 * day},
		"0 4 * * 1-5":     {Cron: "0 4 * * 1-5"},
		"*/15 * * * *":    {Cron: "*/15 * * * *"},
	} {
		if got, err := Parse(spec); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", spec, got, err, want)
		}
	}
}

// A daily job at 02:30 in Berlin runs once on every day of the year, the two of the DST changes included.
func TestEachDayComesOnce(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string]int{}
	at := time.Date(2025, 12, 31, 12, 0, 0, 0, berlin)
	for range 400 {
		next := cronNext("30 2 * * *", berlin, at)
		if !next.After(at) {
			t.Fatalf("after %s comes %s", at, next)
		}
		at = next
		runs[at.In(berlin).Format(time.DateOnly)]++
	}
	for d := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2026; d = d.AddDate(0, 0, 1) {
		if n := runs[d.Format(time.DateOnly)]; n != 1 {
			t.Errorf("%s: %d runs, want 1", d.Format(time.DateOnly), n)
		}
	}
}

func TestDSTSlots(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, after, want string }{
		{"a slot that spring skips runs as much later", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"},
		{"a slot that autumn repeats runs the first time", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"and not again an hour later", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"nor when asked in the repeated hour", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, _ := time.Parse(time.RFC3339, c.after)
			if got := cronNext("30 2 * * *", berlin, after).UTC().Format(time.RFC3339); got != c.want {
				t.Errorf("after %s: %s, want %s", c.after, got, c.want)
			}
		})
	}
}

func TestLeapDayComes(t *testing.T) {
	got := cronNext("0 3 29 2 *", time.UTC, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if got.Format(time.DateOnly) != "2028-02-29" {
		t.Errorf("next leap day: %s", got)
	}
}

func TestSlotsDoNotMoveOnARestart(t *testing.T) {
	src := stoa.Source{ID: "cybil-projects", Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
	last := time.Date(2026, 5, 1, 9, 13, 0, 0, time.UTC)
	h := stoa.History{Last: stoa.Run{Began: last}}
	first := Next(src, h, last.Add(-time.Hour))
	if again := Next(src, h, last.Add(time.Hour)); !again.Equal(first) {
		t.Errorf("after a restart the slot moved from %s to %s", first, again)
	}
	src.Schedule.Max = src.Schedule.Min
	h.Last.Began = Next(src, h, last)
	if gap := Next(src, h, last).Sub(h.Last.Began); gap != 6*time.Hour {
		t.Errorf("gap from slot to slot of a fixed schedule is %s, want 6h", gap)
	}
}

func TestFailuresBackOffAndSpread(t *testing.T) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: time.Hour, Max: day}}
	last := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	var before time.Duration
	for n := 1; n <= 12; n++ {
		wait := Next(src, stoa.History{Last: stoa.Run{Began: last}, Failures: n}, last).Sub(last)
		if wait < before || wait > day || n == 1 && wait < firstRetry {
			t.Errorf("failure %d waits %s after %s", n, wait, before)
		}
		before = wait
	}
	other := src
	other.ID = "b"
	h := stoa.History{Last: stoa.Run{Began: last}, Failures: 3}
	if Next(src, h, last).Equal(Next(other, h, last)) {
		t.Error("two sources of one outage return at the same instant")
	}
}

func TestTheHostsWaitIsAFloor(t *testing.T) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: time.Hour, Max: time.Hour}}
	last := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	until := last.Add(20 * time.Hour)
	if got := Next(src, stoa.History{Last: stoa.Run{Began: last}, WaitUntil: until}, last); !got.Equal(until) {
		t.Errorf("next %s, want %s", got, until)
	}
}

// world is a set of sources with their histories, on a clock that can be set.
type world struct {
	mu      sync.Mutex
	hist    map[string]stoa.History
	offset  time.Duration
	runs    map[string][]time.Time
	running atomic.Int32
	most    int32
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *world) history(_ context.Context, id string) (stoa.History, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hist[id], nil
}

func (w *world) harvest(takes time.Duration) func(context.Context, stoa.Source) error {
	return func(ctx context.Context, src stoa.Source) error {
		n := w.running.Add(1)
		defer w.running.Add(-1)
		at := w.now()
		w.mu.Lock()
		w.most = max(w.most, n)
		w.runs[src.ID] = append(w.runs[src.ID], at)
		w.hist[src.ID] = stoa.History{Last: stoa.Run{Began: at}}
		w.mu.Unlock()
		select {
		case <-time.After(takes):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func loopOver(w *world, ids []string, s stoa.Schedule, workers int, harvest func(context.Context, stoa.Source) error) *Loop {
	var set []stoa.Source
	for _, id := range ids {
		set = append(set, stoa.Source{ID: id, Schedule: s, Trust: stoa.Trusted})
	}
	return &Loop{Sources: func() []stoa.Source { return set }, History: w.history, Harvest: harvest, Workers: workers, Now: w.now, Log: slog.New(slog.DiscardHandler)}
}

func newWorld() *world {
	return &world{hist: map[string]stoa.History{}, runs: map[string][]time.Time{}}
}

func during(t *testing.T, l *Loop, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	time.Sleep(d) // of the bubble's time
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("loop ended with %v", err)
	}
}

func TestAnOverrunIsNotDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		l := loopOver(w, []string{"slow"}, stoa.Schedule{Min: 10 * time.Minute, Max: 10 * time.Minute}, 4, w.harvest(25*time.Minute))
		during(t, l, 3*time.Hour)
		if w.most != 1 {
			t.Errorf("%d runs of one source at once", w.most)
		}
		if n := len(w.runs["slow"]); n < 5 || n > 8 {
			t.Errorf("%d runs of 25 minutes in three hours", n)
		}
	})
}

func TestFewAtATimeAndAllTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ids := make([]string, 40)
		for i := range ids {
			ids[i] = "s" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		}
		l := loopOver(w, ids, stoa.Schedule{Min: time.Hour, Max: time.Hour}, 3, w.harvest(time.Minute))
		during(t, l, 29*time.Minute)
		if w.most != 3 {
			t.Errorf("%d at once, want 3", w.most)
		}
		for _, id := range ids {
			if len(w.runs[id]) != 1 {
				t.Errorf("%s ran %d times in its first half interval", id, len(w.runs[id]))
			}
		}
	})
}

func TestAPanicEndsOneHarvestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		good := w.harvest(time.Second)
		l := loopOver(w, []string{"bad", "good"}, stoa.Schedule{Min: 10 * time.Minute, Max: 10 * time.Minute}, 2, func(ctx context.Context, src stoa.Source) error {
			err := good(ctx, src)
			if src.ID == "bad" {
				panic("a broken source")
			}
			return err
		})
		during(t, l, time.Hour)
		if len(w.runs["good"]) < 5 || len(w.runs["bad"]) < 5 {
			t.Errorf("good ran %d times, bad %d", len(w.runs["good"]), len(w.runs["bad"]))
		}
	})
}

// The clock is set while the loop runs: no source runs twice within its interval of real time, none is lost.
func TestClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back a day": -day, "on a day": day, "on ten years": 10 * 365 * day} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				l := loopOver(w, []string{"a", "b", "c"}, stoa.Schedule{Min: time.Hour, Max: time.Hour}, 2, w.harvest(time.Second))
				timer := time.AfterFunc(150*time.Minute, func() {
					w.mu.Lock()
					w.offset = jump
					w.mu.Unlock()
				})
				defer timer.Stop()
				during(t, l, 6*time.Hour)
				for id, runs := range w.runs {
					if len(runs) < 5 || len(runs) > 8 {
						t.Errorf("%s ran %d times in six hours: %v", id, len(runs), runs)
					}
				}
			})
		})
	}
}

func TestStoppingEndsWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		l := loopOver(w, []string{"a"}, stoa.Schedule{Min: time.Hour, Max: time.Hour}, 1, w.harvest(1000*time.Hour))
		began := time.Now()
		during(t, l, 30*time.Minute)
		if took := time.Since(began); took > 30*time.Minute+10*time.Second {
			t.Errorf("stopping took %s", took-30*time.Minute)
		}
	})
}
