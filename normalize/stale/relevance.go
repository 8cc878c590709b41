package stale

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa"
)

// relevance says whether the item still matters, and when the calendar will change that.
func (in Input) relevance(r *Result) {
	switch {
	case in.withdrawn(r):
	case in.retired(r):
	case in.timed(r):
	default:
		in.standing(r)
	}
}

// withdrawn follows the publisher's explicit word (S19): of the owning source, which stands first, or of all that list
// the item. A person who confirms afterwards knows better.
func (in Input) withdrawn(r *Result) bool {
	if len(in.Listings) == 0 || in.off("S19") {
		return false
	}
	first := in.Listings[0].Withdrawn
	if first.IsZero() && slices.ContainsFunc(in.Listings, func(l Listing) bool { return l.Withdrawn.IsZero() }) {
		return false
	}
	for _, l := range in.Listings {
		if l.Withdrawn.After(first) {
			first = l.Withdrawn
		}
	}
	if in.Confirmed.After(first) {
		return false
	}
	r.Relevance = stoa.Withdrawn
	r.add(note{"S19", "Withdrawn by its publisher on " + on(first, in.Now) + ".", groundOn("withdrawn", first)})
	return true
}

// retired follows a person: a newer edition was accepted (S25), or the item is of no more use.
func (in Input) retired(r *Result) bool {
	switch {
	case in.Superseded != "" && !in.off("S25"):
		r.Relevance = stoa.Superseded
		r.add(note{"S25", "Replaced by a newer edition.", stoa.Ground{Code: "superseded"}})
	case !in.Retired.IsZero():
		r.Relevance = stoa.Withdrawn
		r.add(note{"", "Retired by a curator on " + on(in.Retired, in.Now) + ".", groundOn("retired", in.Retired)})
	default:
		return false
	}
	return true
}

// timed follows the item's own dates: ended, closed, rolling, open, upcoming. It reports whether one of them governs.
func (in Input) timed(r *Result) bool {
	if in.ended(r) || in.closed(r) {
		return true
	}
	zone := in.zone()
	start := in.Start.Begin(zone)
	future := in.Start != "" && start.After(in.Now)
	if future {
		r.soon(start, in.Now)
	}
	switch {
	case in.Deadline != "" && !in.off("S20"):
		r.Relevance = stoa.Open
		if future && start.Before(in.deadline()) && in.Deadline[:min(10, len(in.Deadline))] != in.Start[:min(10, len(in.Start))] && in.Kind != stoa.Guidance {
			r.Relevance = stoa.Upcoming
		}
	case in.Rolling:
		r.Relevance = stoa.Rolling
	case future:
		r.Relevance = stoa.Upcoming
	default:
		return false
	}
	return true
}

// ended applies S21 to what takes place: a strategy for the years to 2025 does not end like a course.
func (in Input) ended(r *Result) bool {
	if in.End == "" || in.off("S21") || in.Kind != stoa.Programme && in.Kind != "" {
		return false
	}
	at := in.End.Finish(in.far())
	if in.End.Precision() == stoa.Instant {
		at = at.Add(day)
	}
	if in.Now.Before(at) {
		r.soon(at, in.Now)
		return false
	}
	r.Relevance = stoa.Ended
	r.add(note{"S21", "Ended on " + written(in.End, in.Now) + ".", stoa.Ground{Code: "ended", On: []stoa.Date{in.End}}})
	return true
}

// closed applies S20 to deadlines, S22 to calls that come again, and S16 to sources whose items vanish when they close.
func (in Input) closed(r *Result) bool {
	if in.Deadline != "" && !in.off("S20") {
		at := in.deadline()
		if in.Now.Before(at) {
			r.soon(at, in.Now)
		} else {
			r.Relevance = stoa.Closed
			r.add(note{"S20", "Closed on " + written(in.Deadline, in.Now) + ".", stoa.Ground{Code: "closed", On: []stoa.Date{in.Deadline}}})
			in.reopens(r)
			return true
		}
	}
	if at, ok := in.vanished(r); ok && in.meansClosed() {
		r.Relevance = stoa.Closed
		r.add(note{"S16", "Closed: no longer listed by its publisher since " + on(at, in.Now) + ".", groundOn("closed-unlisted", at)})
		return true
	}
	return false
}

// deadline is the instant at which the item closes: the stated one; of a day, its end in the zone of the source, and
// where that is not known, its end in the last zone on Earth (UTC−12).
func (in Input) deadline() time.Time { return in.Deadline.Finish(in.far()) }

// far is the item's zone, or the zone in which a day ends last.
func (in Input) far() *time.Location {
	if z, ok := load(in.Zone); ok {
		return z
	}
	return time.FixedZone("UTC-12", -12*60*60)
}

// zone is the item's zone, or UTC.
func (in Input) zone() *time.Location {
	if z, ok := load(in.Zone); ok {
		return z
	}
	return time.UTC
}

func load(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	z, err := time.LoadLocation(name)
	return z, err == nil
}

// reopens tells when a call that closed in earlier years usually opens again (S22), from the record's own history: the month
// about which most of its years opened, half of them and two at least.
func (in Input) reopens(r *Result) {
	if in.off("S22") || len(in.Earlier) == 0 {
		return
	}
	var months [12]int
	years := map[int]bool{}
	for _, d := range append(slices.Clone(in.Earlier), cmp.Or(in.Opened, in.Start)) {
		if t := d.Begin(time.UTC); d.Precision() >= stoa.Month && !years[t.Year()] {
			years[t.Year()] = true
			months[t.Month()-1]++
		}
	}
	best, near := 0, 0
	for m := range months {
		n := months[m] + months[(m+1)%12] + months[(m+11)%12]
		if months[m] > 0 && (n > near || n == near && months[m] > months[best]) {
			best, near = m, n
		}
	}
	if near < 2 || near*2 < len(years) {
		return
	}
	month := time.Month(best + 1)
	r.add(note{"S22", "Usually reopens around " + month.String() + ".", stoa.Ground{Code: "reopens", Value: strconv.Itoa(int(month))}})
}

// meansClosed reports whether leaving the list means that a call has closed, to the source that stands first.
func (in Input) meansClosed() bool {
	return in.Listings[0].Means == stoa.VanishClosed
}

// vanished applies S16 and S17: every source lacked the item in two good complete runs, and for seven days. What a
// window of latest items lacks means nothing.
func (in Input) vanished(r *Result) (time.Time, bool) {
	if len(in.Listings) == 0 || in.off("S16") || in.vouched() {
		return time.Time{}, false
	}
	var last time.Time
	for _, l := range in.Listings {
		if l.Vanished.IsZero() || l.Absent < 2 || l.Means == stoa.VanishNothing {
			return time.Time{}, false
		}
		if l.Vanished.After(last) {
			last = l.Vanished
		}
	}
	if at := last.Add(7 * day); in.steady().Before(at) {
		in.lapse(r, at)
		return time.Time{}, false
	}
	return last, true
}

// vouched reports whether a person's "valid until" holds (S30).
func (in Input) vouched() bool {
	return in.ValidUntil != "" && !in.off("S30") && in.Now.Before(in.ValidUntil.Finish(in.far()))
}

// standing judges what no date governs: dormant when long unchanged and unconfirmed (S24), else current.
func (in Input) standing(r *Result) {
	r.Relevance = stoa.Current
	if in.vouched() {
		r.add(note{"S30", "Confirmed by a curator until " + written(in.ValidUntil, in.Now) + ".", stoa.Ground{Code: "vouched", On: []stoa.Date{in.ValidUntil}}})
		return
	}
	since := in.fresh()
	if in.Rhythm > 0 || in.Never || since.IsZero() || in.off("S24") {
		return
	}
	at := since.Add(in.patience())
	if in.steady().Before(at) {
		in.lapse(r, at)
		return
	}
	r.Relevance = stoa.Dormant
	r.add(note{"S24", "Unchanged and unconfirmed since " + on(since, in.Now) + ".", groundOn("dormant", since)})
}

// fresh is when the item last changed or was confirmed.
func (in Input) fresh() time.Time {
	if in.Confirmed.After(in.Changed) {
		return in.Confirmed
	}
	return in.Changed
}

// patience is how long an item of its sort may stand unchanged (S24).
func (in Input) patience() time.Duration {
	text := strings.ToLower(in.Title)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case in.Deadline != "":
		return 90 * day
	case in.Kind == stoa.Programme && in.Start != "":
		return 180 * day
	case in.Kind == stoa.Programme, has("toolkit", "tool ", "software", "platform"):
		return 365 * day
	case in.Kind == stoa.BestPractice, has("standard", "strategy", "recommendation", "iso/iec", "stratégie", "estrategia", "стратег", "战略", "استراتيجية"):
		return 60 * 30 * day
	}
	return 24 * 30 * day
}

// marks are the badges beside the two axes: unlisted (S16), overdue (S23).
func (in Input) marks(r *Result) {
	if at, ok := in.vanished(r); ok && r.Availability != stoa.Dead && r.Availability != stoa.Quarantined && !in.meansClosed() {
		r.Marks = append(r.Marks, stoa.Unlisted)
		r.add(note{"S16", "No longer listed by any source since " + on(at, in.Now) + "; its page is kept.", groundOn("unlisted", at)})
	}
	if in.Rhythm <= 0 || in.Never || in.off("S23") || in.vouched() || in.fresh().IsZero() || stoa.Stale(r.Availability, r.Relevance) {
		return
	}
	first, second := grace(in.Rhythm)
	overdue, long := in.fresh().Add(in.Rhythm+first), in.fresh().Add(in.Rhythm+second)
	switch {
	case in.steady().Before(overdue):
		in.lapse(r, overdue)
		return
	case in.steady().Before(long):
		in.lapse(r, long)
		r.add(in.late("overdue", "Overdue"))
	default:
		r.add(in.late("long-overdue", "Long overdue"))
	}
	r.Marks = append(r.Marks, stoa.Overdue)
	r.Tasks = append(r.Tasks, "S23")
}

// late says that an item did not change when it was expected to.
func (in Input) late(code, words string) note {
	every := strconv.Itoa(int(in.Rhythm / day))
	g := groundOn(code, in.fresh())
	g.Value = every
	return note{"S23", words + ": expected every " + every + " days, last changed on " + on(in.fresh(), in.Now) + ".", g}
}

// grace is by how much an item may be late before it is overdue, and long overdue, for each rhythm.
func grace(rhythm time.Duration) (overdue, long time.Duration) {
	switch {
	case rhythm < 7*day:
		return day, 2 * day
	case rhythm < 28*day:
		return 7 * day, 14 * day
	case rhythm < 80*day:
		return 14 * day, 30 * day
	case rhythm < 300*day:
		return 30 * day, 60 * day
	}
	return 60 * day, 90 * day
}

// written writes a date of any precision in words.
func written(d stoa.Date, now time.Time) string {
	switch d.Precision() {
	case stoa.Year:
		return string(d)
	case stoa.Month:
		return d.Begin(time.UTC).Format("January 2006")
	case stoa.Day:
		return on(d.Begin(time.UTC), now)
	}
	t := d.Begin(time.UTC)
	if t.Year() == now.Year() {
		return t.Format("2 January, 15:04 MST")
	}
	return t.Format("2 January 2006, 15:04 MST")
}
