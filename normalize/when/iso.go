package when

import (
	"strings"
	"time"

	"stoa"
)

// isoStamp reads what ISO 8601 allows and feeds use: calendar and ordinal dates, with and without hyphens, with years
// of four and of two digits, and a time of day after them.
func isoStamp(text string) (stoa.Date, bool) {
	date, clockText := text, ""
	if i := strings.IndexAny(text, "Tt "); i > 0 {
		date, clockText = text[:i], strings.TrimSpace(text[i+1:])
		if clockText == "" {
			return "", false
		}
	}
	d, ok := isoDate(date)
	if !ok || d.y == 0 || !exists(d) {
		return "", false
	}
	if clockText == "" {
		return d.date(), true
	}
	if d.d == 0 {
		return "", false
	}
	c, ok := isoClock(clockText)
	if !ok {
		return "", false
	}
	return instantOf(d, c, c.zone)
}

// isoDate reads a date. The forms are told apart by where their hyphens stand.
func isoDate(s string) (day, bool) {
	shape := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			shape = append(shape, '9')
		case c == '-' || c == '/':
			shape = append(shape, '-')
		default:
			return day{}, false
		}
	}
	n := func(from, to int) int {
		v := 0
		for _, c := range s[from:to] {
			v = v*10 + int(c-'0')
		}
		return v
	}
	switch string(shape) {
	case "9999":
		return day{y: n(0, 4)}, true
	case "9999-99":
		return calendar(n(0, 4), n(5, 7), -1)
	case "9999-99-99":
		return calendar(n(0, 4), n(5, 7), n(8, 10))
	case "9999-9-99":
		return calendar(n(0, 4), n(5, 6), n(7, 9))
	case "9999-99-9":
		return calendar(n(0, 4), n(5, 7), n(8, 9))
	case "9999-9-9":
		return calendar(n(0, 4), n(5, 6), n(7, 8))
	case "99999999":
		return calendar(n(0, 4), n(4, 6), n(6, 8))
	case "9999-999":
		return ordinalDay(n(0, 4), n(5, 8))
	case "9999999":
		return ordinalDay(n(0, 4), n(4, 7))
	case "999999":
		return calendar(century(n(0, 2)), n(2, 4), n(4, 6))
	case "99-99-99":
		return calendar(century(n(0, 2)), n(3, 5), n(6, 8))
	case "-9999":
		return calendar(century(n(1, 3)), n(3, 5), -1)
	case "-99-99":
		return calendar(century(n(1, 3)), n(4, 6), -1)
	case "99999":
		// Without the leading zero of a formatted field, five digits are rather a number of something.
		if s[0] == '0' {
			return ordinalDay(century(n(0, 2)), n(2, 5))
		}
	}
	return day{}, false
}

// calendar makes a day; d is -1 where the form has none.
func calendar(y, m, d int) (day, bool) {
	if m < 1 || d == 0 {
		return day{}, false
	}
	return day{y, m, max(d, 0)}, true
}

// ordinalDay makes the n-th day of a year.
func ordinalDay(y, n int) (day, bool) {
	t := time.Date(y, 1, n, 0, 0, 0, 0, time.UTC)
	if n < 1 || t.Year() != y {
		return day{}, false
	}
	return day{y, int(t.Month()), t.Day()}, true
}

// isoClock reads a time of day with its offset: 10:14:55.123Z, 10:14-05:00, 101455+0100.
func isoClock(s string) (clock, bool) {
	c := clock{zone: utc}
	digits := func(width int) (int, bool) {
		v, i := 0, 0
		for i < len(s) && i < width && s[i] >= '0' && s[i] <= '9' {
			v = v*10 + int(s[i]-'0')
			i++
		}
		s = s[i:]
		return v, i > 0
	}
	skip := func(mark byte) bool {
		if s != "" && s[0] == mark {
			s = s[1:]
			return true
		}
		return false
	}
	var ok bool
	if c.hour, ok = digits(2); !ok {
		return c, false
	}
	colon := skip(':')
	if c.minute, ok = digits(2); !ok {
		return c, false
	}
	if !colon || skip(':') {
		c.second, ok = digits(2)
		if !ok && colon {
			return c, false
		}
	}
	if skip('.') || skip(',') {
		if _, ok := digits(18); !ok {
			return c, false
		}
	}
	s = strings.TrimSpace(s)
	if c.hour > 24 || c.minute > 59 || c.second > 60 || c.hour == 24 && c.minute+c.second > 0 {
		return c, false
	}
	return c, s == "" || s == "Z" || s == "z" || isoOffset(s, &c)
}

func isoOffset(s string, c *clock) bool {
	sign := 1
	switch s[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return false
	}
	shape := strings.Replace(s[1:], ":", "", 1)
	if len(shape) != 4 && len(shape) != 2 || strings.Trim(shape, "0123456789") != "" {
		return false
	}
	hours := int(shape[0]-'0')*10 + int(shape[1]-'0')
	minutes := 0
	if len(shape) == 4 {
		minutes = int(shape[2]-'0')*10 + int(shape[3]-'0')
	}
	c.zone = fixed(sign*hours, sign*minutes)
	return hours <= 14 && minutes < 60
}
