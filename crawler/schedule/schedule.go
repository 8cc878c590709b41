// Package schedule says when a source is due, and runs what is due on our own clock. It takes only the parser and
// Schedule.Next of robfig/cron: its runner overlaps jobs, skips and doubles them at DST changes, and dies of a panic.
package schedule

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"stoa"
)

const (
	// shortest is the least time between two visits that a schedule may ask for outside tests.
	shortest = time.Minute
	// firstSpread is over how much time sources that never ran are spread after a start.
	firstSpread = 5 * time.Minute
	// firstRetry is the wait after one failure; it doubles with each further one.
	firstRetry = 15 * time.Minute
	day        = 24 * time.Hour
)

// Parse reads "adaptive 6h..7d", "every 12h", or a cron expression of five fields.
func Parse(s string) (stoa.Schedule, error) {
	word, rest, _ := strings.Cut(s, " ")
	switch word {
	case "adaptive":
		lo, hi, ok := strings.Cut(rest, "..")
		least, err1 := Duration(lo)
		most, err2 := Duration(hi)
		if !ok || err1 != nil || err2 != nil || least < shortest || most < least {
			return stoa.Schedule{}, fmt.Errorf("schedule %q: want two durations of at least 1m, such as \"adaptive 6h..7d\"", s)
		}
		return stoa.Schedule{Min: least, Max: most}, nil
	case "every":
		d, err := Duration(rest)
		if err != nil || d < shortest {
			return stoa.Schedule{}, fmt.Errorf("schedule %q: want a duration of at least 1m, such as \"every 12h\"", s)
		}
		return stoa.Schedule{Min: d, Max: d}, nil
	}
	if err := CheckCron(s); err != nil {
		return stoa.Schedule{}, fmt.Errorf("%w; or \"adaptive 6h..7d\"", err)
	}
	return stoa.Schedule{Cron: s}, nil
}

// Duration reads 30s, 6h, 7d or 2w, and what time.ParseDuration reads.
func Duration(s string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			if v, err := strconv.Atoi(n); err == nil && v >= 0 && v < 10_000 {
				return time.Duration(v) * length, nil
			}
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("duration %q: want such as 30s, 6h or 7d", s)
	}
	return d, nil
}

// largest are the largest values of cron's five fields; a step beyond them never comes twice.
var largest = []int{59, 23, 31, 12, 7}

// CheckCron refuses what cron's parser takes but never runs, runs wildly, or dies of: zones inside the expression, "@every", steps beyond
// their field, days that do not exist.
func CheckCron(spec string) error {
	fields := strings.Fields(spec)
	if len(fields) != 5 {
		return fmt.Errorf("cron %q: want five fields, such as \"0 4 * * *\"; the zone is a key of its own", spec)
	}
	for i, f := range fields {
		for part := range strings.SplitSeq(f, ",") {
			if _, step, ok := strings.Cut(part, "/"); ok {
				if n, err := strconv.Atoi(step); err != nil || n < 1 || n > largest[i] {
					return fmt.Errorf("cron %q: step %q is outside 1 to %d", spec, step, largest[i])
				}
			}
		}
	}
	s, err := cron.ParseStandard(spec)
	if err != nil {
		return fmt.Errorf("cron %q: %v", spec, err)
	}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return fmt.Errorf("cron %q never runs: that day does not exist", spec)
	}
	return nil
}

// Next returns when a source is due, given what is known of its runs. began is when the scheduler started; it places sources that
// never ran. A wait that the host asked for is a floor.
func Next(src stoa.Source, h stoa.History, began time.Time) time.Time {
	next := planned(src, h, began)
	if h.WaitUntil.After(next) {
		return h.WaitUntil
	}
	return next
}

func planned(src stoa.Source, h stoa.History, began time.Time) time.Time {
	last := h.Last.Began
	if last.IsZero() {
		return began.Add(offset(src.ID, firstSpread))
	}
	if h.Failures > 0 {
		return last.Add(retry(src, h.Failures))
	}
	if src.Schedule.Cron != "" {
		return cronNext(src.Schedule.Cron, zone(src.Zone), last)
	}
	if src.Schedule.Min == src.Schedule.Max {
		return fixedNext(src, last)
	}
	return adaptiveNext(src, h, last)
}

// fixedNext returns the next slot of a fixed interval. Slots lie on a grid of it, shifted by the source's own offset: a restart neither
// bunches sources nor moves them.
func fixedNext(src stoa.Source, last time.Time) time.Time {
	every := src.Schedule.Min
	shift := offset(src.ID, every)
	return last.Add(every/2 - shift).Truncate(every).Add(shift + every) // after the slot nearest to the last run
}

// retry is the wait after n failures in a row: doubling, spread by the source's id so that sources of one outage do not return together,
// and never longer than the source's own longest interval.
func retry(src stoa.Source, n int) time.Duration {
	most := src.Schedule.Max
	if most == 0 {
		most = day
	}
	wait := firstRetry << min(n-1, 16)
	wait += offset(src.ID+strconv.Itoa(n), wait/4)
	return min(wait, most)
}

// offset places a source in an interval by a hash of its id.
func offset(id string, every time.Duration) time.Duration {
	if every <= 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(id))
	return time.Duration(h.Sum64() % uint64(every)).Truncate(time.Second)
}

func zone(name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	return time.UTC // sources refuses unknown zones when it reads them
}

// cronNext returns the first slot after a time, so that each wall-clock slot comes exactly once: cron reckons on a wall clock without
// DST; a slot that the spring change skips runs as much later, one that the autumn change repeats runs the first time.
func cronNext(spec string, loc *time.Location, after time.Time) time.Time {
	s, err := cron.ParseStandard(spec)
	if err != nil {
		return time.Time{}
	}
	a := after.In(loc)
	wall := time.Date(a.Year(), a.Month(), a.Day(), a.Hour(), a.Minute(), a.Second(), a.Nanosecond(), time.UTC)
	// One hour back, so that in a repeated hour no slot is lost; those that already were are passed over below.
	for wall = wall.Add(-2 * time.Hour); ; {
		wall = s.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if t := fromWall(wall, loc); t.After(after) {
			return t
		}
	}
}

// fromWall returns the first instant at which a clock in loc shows the wall time, or, in a gap, the instant that the clock would have
// reached without the change.
func fromWall(wall time.Time, loc *time.Location) time.Time {
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	_, before := t.Add(-6 * time.Hour).Zone()
	first := wall.Add(-time.Duration(before) * time.Second)
	return first.In(loc)
}
