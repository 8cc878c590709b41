package stoa

import (
	"encoding/json"
	"fmt"
	"time"
)

// Date is a date that knows its own precision: "2026", "2026-05", "2026-05-31" or an RFC 3339 time. A time is in
// UTC, except a deadline with a stated zone, which keeps its offset. The zero value means unknown.
type Date string

// Precision is how much of a Date is known.
type Precision int

// Precisions, from none to an instant.
const (
	NoDate Precision = iota
	Year
	Month
	Day
	Instant
)

var layouts = map[int]struct {
	layout    string
	precision Precision
}{4: {"2006", Year}, 7: {"2006-01", Month}, 10: {"2006-01-02", Day}}

// ParseDate reads s strictly.
func ParseDate(s string) (Date, error) {
	d := Date(s)
	if s != "" && d.Precision() == NoDate {
		return "", fmt.Errorf("%w date %q: want YYYY, YYYY-MM, YYYY-MM-DD or RFC 3339", ErrInvalid, s)
	}
	return d, nil
}

// At returns the Date of an instant, in UTC, to the second.
func At(t time.Time) Date {
	if t.IsZero() {
		return ""
	}
	return Date(t.UTC().Format(time.RFC3339))
}

// DayOf returns the day of t in t's own zone.
func DayOf(t time.Time) Date { return Date(t.Format("2006-01-02")) }

// Precision tells how much of d is known; NoDate also for text that is no date.
func (d Date) Precision() Precision {
	if l, ok := layouts[len(d)]; ok {
		if _, err := time.Parse(l.layout, string(d)); err == nil {
			return l.precision
		}
		return NoDate
	}
	if _, err := time.Parse(time.RFC3339, string(d)); err == nil {
		return Instant
	}
	return NoDate
}

// Begin returns the first instant that d covers, read in zone when d has none of its own. It is the zero time for no date.
func (d Date) Begin(zone *time.Location) time.Time {
	if l, ok := layouts[len(d)]; ok {
		t, err := time.ParseInLocation(l.layout, string(d), zone)
		if err != nil {
			return time.Time{}
		}
		return t
	}
	t, err := time.Parse(time.RFC3339, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Finish returns the first instant after all that d covers, read in zone when d has none of its own. For an
// Instant it is that instant.
func (d Date) Finish(zone *time.Location) time.Time {
	t := d.Begin(zone)
	switch d.Precision() {
	case Year:
		return t.AddDate(1, 0, 0)
	case Month:
		return t.AddDate(0, 1, 0)
	case Day:
		return t.AddDate(0, 0, 1)
	default:
		return t
	}
}

// IsZero reports whether d is unknown.
func (d Date) IsZero() bool { return d == "" }

// UnmarshalJSON accepts null and the four forms, and refuses anything else.
func (d *Date) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("date: %w", err)
	}
	if s == nil {
		*d = ""
		return nil
	}
	got, err := ParseDate(*s)
	if err != nil {
		return err
	}
	*d = got
	return nil
}
