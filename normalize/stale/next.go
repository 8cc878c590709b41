package stale

import (
	"net/url"
	"time"

	"stoa"
)

// NextCheck returns when the link is to be looked at again, never before now; the zero time is never by itself:
// quarantined links wait for a person, and so do records without an address.
//
//	never looked at         at once
//	alive and unconfirmed   every 7 days; daily in the last 14 days before a deadline
//	suspect                 after 3 days
//	blocked                 every 7 days
//	dead                    30, 90 and 365 days after the verdict, then every 365
//	no longer listed (S16)  at once
//	told to wait (S4)       not before the host allows
func NextCheck(in Input, r Result) time.Time {
	due := Due(in, r)
	if !due.IsZero() && due.Before(in.Now) {
		return in.Now
	}
	return due
}

// Due is NextCheck by the rhythm alone: it may have passed. It does not depend on what time it is now.
func Due(in Input, r Result) time.Time {
	if !checkable(in.URL) || r.Availability == stoa.Quarantined {
		return time.Time{}
	}
	last := r.Checked
	if last.IsZero() {
		return in.seen()
	}
	next := last.Add(7 * day)
	switch r.Availability {
	case stoa.Suspect:
		next = last.Add(3 * day)
	case stoa.Dead:
		next = in.afterDeath(last)
	case stoa.Alive, stoa.Unconfirmed:
		if r.Relevance == stoa.Open && in.Deadline != "" {
			next = earlier(next, later(last.Add(day), in.deadline().Add(-14*day)))
		}
		if gone := in.left(); gone.After(last) {
			next = gone
		}
	}
	return later(next, in.told())
}

// checkable reports whether an address is one that the checker can visit.
func checkable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// seen is when the item was first listed; the beginning of time where nobody says.
func (in Input) seen() time.Time {
	first := time.Unix(0, 0).UTC()
	for i, l := range in.Listings {
		if i == 0 || l.First.Before(first) {
			first = l.First
		}
	}
	return first
}

// left is when the last of the sources ceased to list the item, or the zero time (S16: its page is looked at then).
func (in Input) left() time.Time {
	var last time.Time
	for _, l := range in.Listings {
		if l.Vanished.IsZero() || l.Means == stoa.VanishNothing {
			return time.Time{}
		}
		last = later(last, l.Vanished)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
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
	sights := in.sights()
	for n := range sights {
		if t := in.follow(sights[:n+1]); t.state == stoa.Dead {
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
