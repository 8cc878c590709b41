package stale

import (
	"time"

	"stoa"
)

// NextCheck returns when the link is to be looked at again, never before now; the zero time is never by itself:
// quarantined links wait for a person, and so do records without an address.
//
//	alive and unconfirmed   every 7 days; daily in the last 14 days before a deadline
//	suspect                 after 3 days
//	blocked                 every 7 days
//	dead                    30, 90 and 365 days after the verdict, then every 365
//	told to wait (S4)       not before the host allows
func NextCheck(in Input, r Result) time.Time {
	if in.URL == "" || r.Availability == stoa.Quarantined {
		return time.Time{}
	}
	last := r.Checked
	if last.IsZero() {
		return in.Now
	}
	next := last.Add(7 * day)
	switch r.Availability {
	case stoa.Suspect:
		next = last.Add(3 * day)
	case stoa.Dead:
		next = in.afterDeath(last)
	case stoa.Alive, stoa.Unconfirmed:
		if r.Relevance == stoa.Open && in.Deadline != "" && in.deadline().Sub(in.Now) <= 14*day {
			next = last.Add(day)
		}
	}
	if wait := in.told(); wait.After(next) {
		next = wait
	}
	if next.Before(in.Now) {
		return in.Now
	}
	return next
}

// afterDeath returns the next of the days on which a dead link is tried again.
func (in Input) afterDeath(last time.Time) time.Time {
	died := in.died()
	for _, d := range []time.Duration{30 * day, 90 * day, 365 * day} {
		if at := died.Add(d); at.After(last) {
			return at
		}
	}
	return last.Add(365 * day)
}

// died is the time of the look with which the link was found dead.
func (in Input) died() time.Time {
	part := in
	for n := 1; n <= len(in.Checks); n++ {
		part.Checks = in.Checks[:n]
		if t := part.availability(); t.state == stoa.Dead {
			return t.checked
		}
	}
	return in.Now
}

// told returns until when the host asked us to wait, by the last look.
func (in Input) told() time.Time {
	var last stoa.Check
	for _, c := range in.Checks {
		if c.At.After(last.At) {
			last = c
		}
	}
	if last.Status != 429 && last.Status != 503 {
		return time.Time{}
	}
	value := header(last.Headers, "Retry-After")
	if seconds, err := time.ParseDuration(value + "s"); err == nil && seconds > 0 {
		return last.At.Add(min(seconds, 30*day))
	}
	if at, err := time.Parse(time.RFC1123, value); err == nil {
		return at
	}
	return time.Time{}
}
