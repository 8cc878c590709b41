package locales

import (
	"strconv"
	"strings"
	"time"

	"stoa"
)

// Date writes a date as far as it is known: "2026", "May 2026", "31 May 2026", "31 May 2026, 18:00 UTC+1". A time
// is shown in the zone that the publisher named, never moved into another.
func (l *Locale) Date(d stoa.Date) string {
	t := d.Begin(time.UTC)
	switch d.Precision() {
	case stoa.Year:
		return strconv.Itoa(t.Year())
	case stoa.Month:
		return l.Month(t)
	case stoa.Day:
		return l.Day(t)
	case stoa.Instant:
		return l.T("date.time", "date", l.Day(t), "time", t.Format("15:04"), "zone", zone(t))
	}
	return ""
}

// Day writes the day of t in t's own zone: "31 May 2026".
func (l *Locale) Day(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = l.T("date.first")
	}
	return l.T("date.day", "d", day, "m", l.month(t.Month()), "y", strconv.Itoa(t.Year()))
}

// Stamp writes an instant in UTC: "22 Nov 2026, 04:10 UTC".
func (l *Locale) Stamp(t time.Time) string {
	t = t.UTC()
	return l.T("date.time", "date", l.Day(t), "time", t.Format("15:04"), "zone", "UTC")
}

// Short writes an instant in UTC for a table that says so: "22 Nov, 04:10"; the year only when it is not now's.
func (l *Locale) Short(t, now time.Time) string {
	t = t.UTC()
	if t.Year() != now.UTC().Year() {
		return l.Day(t)
	}
	return l.T("date.short", "d", strconv.Itoa(t.Day()), "m", l.month(t.Month()), "time", t.Format("15:04"))
}

// Month writes a month by itself: "November 2026".
func (l *Locale) Month(t time.Time) string {
	names := strings.Split(l.T("date.months.long"), " ")
	return l.T("date.month", "m", names[int(t.Month())-1], "y", strconv.Itoa(t.Year()))
}

// MonthName writes the name of a month, 1 to 12, by itself: "November".
func (l *Locale) MonthName(m int) string {
	names := strings.Split(l.T("date.months.long"), " ")
	if m < 1 || m > len(names) {
		return ""
	}
	return names[m-1]
}

// month returns the name of a month inside a date; month names are one word, so the locale lists them in one text.
func (l *Locale) month(m time.Month) string {
	names := strings.Split(l.T("date.months"), " ")
	return names[int(m)-1]
}

// Weekday writes the name of a day of the week, 0 for Monday.
func (l *Locale) Weekday(n int) string {
	return strings.Split(l.T("date.weekdays.long"), " ")[n%7]
}

// WeekdayShort writes it for a narrow column.
func (l *Locale) WeekdayShort(n int) string {
	return strings.Split(l.T("date.weekdays"), " ")[n%7]
}

// LongDay writes a day with its weekday: "Thursday 26 Nov 2026".
func (l *Locale) LongDay(t time.Time) string {
	return l.T("date.long", "weekday", l.Weekday((int(t.Weekday())+6)%7), "date", l.Day(t))
}

// Clock writes the time of an instant in the zone that the publisher named: "18:00 UTC+1".
func (l *Locale) Clock(d stoa.Date) string {
	t := d.Begin(time.UTC)
	return t.Format("15:04") + " " + zone(t)
}

// zone names the offset of t: UTC, UTC+1, UTC−3:30.
func zone(t time.Time) string {
	_, offset := t.Zone()
	if offset == 0 {
		return "UTC"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "−", -offset
	}
	out := "UTC" + sign + strconv.Itoa(offset/3600)
	if rest := offset % 3600 / 60; rest != 0 {
		out += ":" + strconv.Itoa(rest/10) + strconv.Itoa(rest%10)
	}
	return out
}

// Ago writes how long ago something was, in the largest whole unit: "6 h", "2 d".
func (l *Locale) Ago(d time.Duration) string {
	switch {
	case d < time.Hour:
		return l.N("age.minutes", max(int(d/time.Minute), 0))
	case d < 48*time.Hour:
		return l.N("age.hours", int(d/time.Hour))
	}
	return l.N("age.days", int(d/(24*time.Hour)))
}
