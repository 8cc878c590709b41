package stoa

import (
	"math"
	"slices"
	"time"
)

// Rhythm is how often a source changes, and at which hours, as far as its visits tell. The zero Rhythm is that of a source of which nothing
// is known.
type Rhythm struct {
	Changes float64     `json:"changes"` // between the visits; of several between two as many as are likely
	Hours   float64     `json:"hours"`   // in which they were watched for; of both, the older count less
	Days    [7]float64  `json:"days"`    // changes by day of the week, Monday first, in UTC
	Times   [12]float64 `json:"times"`   // and by two hours of the day
}

// TimeSlot is how finely a Rhythm tells the hours of a day, and WeekSlots how many such a week has.
const (
	TimeSlot  = 2 * time.Hour
	WeekSlots = 7 * 12
)

// What is taken for likely of a source of which nothing is known, and how much is remembered of one that is known.
const (
	likelyChanges = 0.5                 // in
	likelyHours   = 30 * 24             // hours: once in two months, but one change found is believed at once
	likelyWeek    = 3.0                 // changes, of which
	likelyWork    = 2.0 / 3             // lie between 6 and 20 UTC of Monday to Friday, where an even spread has 0.42
	mostChanges   = 8.0                 // by which the rate is reckoned: the older fade
	halfLife      = 365 * 24            // hours, of what was found and of the time it was watched for
	mostOfWeek    = 60.0                // by which days and hours are
	longestGap    = 60 * 24 * time.Hour // between two visits, as far as it tells anything
)

// Rate is how many changes an hour are to be expected, on average over a week.
func (r Rhythm) Rate() float64 {
	if r.Hours == 0 {
		return likelyChanges / likelyHours
	}
	return r.Changes / r.Hours
}

// Week is how much likelier than on average a change is in each two hours of the week, from Monday 0:00 UTC.
func (r Rhythm) Week() (week [WeekSlots]float64) {
	work := math.Sqrt(likelyWork)
	var days [7]float64
	var times [12]float64
	sumDays, sumTimes := 0.0, 0.0
	for i := range days {
		days[i] = r.Days[i] + likelyWeek*likely(i < 5, work, 5, 2)
		sumDays += days[i]
	}
	for i := range times {
		times[i] = r.Times[i] + likelyWeek*likely(i >= 3 && i < 10, work, 7, 5)
		sumTimes += times[i]
	}
	for i := range week {
		week[i] = days[i/12] / sumDays * times[i%12] / sumTimes * WeekSlots
	}
	return week
}

// likely shares out what is at work over so many slots, and the rest over the others.
func likely(atWork bool, share float64, slots, others float64) float64 {
	if atWork {
		return share / slots
	}
	return (1 - share) / others
}

// WeekSlot is in which two hours of the week an instant lies.
func WeekSlot(t time.Time) int {
	t = t.UTC()
	return (int(t.Weekday())+6)%7*12 + t.Hour()/2
}

// Visited takes in that a visit found the source changed since the last one, or as it was. When between the two it changed is not known:
// every slot gets its likely part.
func (r Rhythm) Visited(last, now time.Time, changed bool) Rhythm {
	if last.IsZero() || !now.After(last) {
		return r
	}
	if now.Sub(last) > longestGap {
		last = now.Add(-longestGap)
	}
	if r.Hours == 0 {
		r.Changes, r.Hours = likelyChanges, likelyHours
	}
	if changed {
		r.found(last, now)
	}
	fades := math.Exp2(-now.Sub(last).Hours() / halfLife)
	r.Changes, r.Hours = r.Changes*fades, r.Hours*fades+now.Sub(last).Hours()
	if r.Changes > mostChanges {
		r.Hours, r.Changes = r.Hours*mostChanges/r.Changes, mostChanges
	}
	r.Hours = round(r.Hours)
	r.Changes = round(r.Changes)
	for i, n := range r.Days {
		r.Days[i] = round(n)
	}
	for i, n := range r.Times {
		r.Times[i] = round(n)
	}
	return r
}

// found counts the changes that a visit is likely to have found, in the slots in which they are likely to lie.
func (r *Rhythm) found(last, now time.Time) {
	week := r.Week()
	var lie [WeekSlots]float64
	sum := 0.0
	for t := last; t.Before(now); {
		end := t.Truncate(TimeSlot).Add(TimeSlot)
		if end.After(now) {
			end = now
		}
		w := week[WeekSlot(t)] * end.Sub(t).Hours()
		lie[WeekSlot(t)] += w
		sum += w
		t = end
	}
	expected := r.Rate() * sum
	n := expected / -math.Expm1(-expected) // at least one
	r.Changes += n
	var days, seenDays [7]float64
	var times, seenTimes [12]float64
	for i, w := range lie {
		days[i/12] += n * w / sum
		times[i%12] += n * w / sum
		seenDays[i/12] += w / week[i]
		seenTimes[i%12] += w / week[i]
	}
	count(r.Days[:], days[:], seenDays[:])
	count(r.Times[:], times[:], seenTimes[:])
}

// count adds what was found in each part of a cycle, as far as the hours watched tell the parts from each other: an interval of whole
// cycles tells nothing. Beyond a number of changes the older fade.
func count(into, found, hours []float64) {
	all := 0.0
	for _, h := range hours {
		all += h
	}
	tells := 1 - slices.Min(hours)*float64(len(hours))/all
	sum := 0.0
	for i := range into {
		into[i] += found[i] * tells
		sum += into[i]
	}
	for i := range into {
		into[i] *= min(1, mostOfWeek/sum)
	}
}

// round keeps what is stored short.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }
