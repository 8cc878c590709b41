package normalize

import (
	"slices"
	"time"

	"stoa"
)

// mostCycles bounds how many cycles of a call are remembered, and cycle is by how much a deadline must be later than
// the one before, or else it was only put off.
const (
	mostCycles = 8
	cycle      = 120 * 24 * time.Hour
)

// Cycles returns when the cycles of a call opened, as far as its source ever said or showed, the present one last. old is what
// was known of it, next what its source says at now.
func Cycles(old stoa.Observation, next stoa.Draft, now time.Time) []stoa.Date {
	known := old.Cycles
	if len(known) == 0 && old.Draft.Deadline != "" {
		known = []stoa.Date{opening(old.Draft, old.At)}
	}
	is, opens := next.Deadline, opening(next, now)
	if is.Precision() < stoa.Month {
		return known
	}
	if len(known) > 0 {
		was, now := old.Draft.Deadline, is
		if was.Precision() < stoa.Month { // it stated none for a while
			was, now = known[len(known)-1], opens
		}
		if now.Begin(time.UTC).Sub(was.Begin(time.UTC)) < cycle {
			return known
		}
	}
	out := append(slices.Clone(known), opens)
	return out[max(0, len(out)-mostCycles):]
}

// opening is when a cycle of a call opened: its stated start, where that is not the start of what one applies for, or else when
// its source was first seen to say so.
func opening(d stoa.Draft, seen time.Time) stoa.Date {
	if d.Start.Precision() >= stoa.Month && d.Start.Begin(time.UTC).Before(d.Deadline.Finish(time.UTC)) {
		return d.Start
	}
	return stoa.DayOf(seen.UTC())
}
