package when

import (
	"strings"
	"time"

	"stoa"
)

// day is a date with as much of it as is known: 0 is unknown.
type day struct{ y, m, d int }

// point is one date as it stands in a text, perhaps with parts to be taken from its neighbours.
type point struct {
	day
	a, b    int // a numeric pair whose order is not known yet: day and month, or month and day
	months  int // how many months it covers from m on: 3 for a quarter, 6 for a half
	edge    kind
	weekday int8
	order   order
	academy bool // 2024/25: two years
	counted bool // from the day of reading: "tomorrow"
	week    bool // the seven days from it on
}

// order is how the parts of a point stand, which tells how its neighbours are to be read.
type order int8

const (
	dayFirst order = iota
	monthFirst
	yearFirst
)

// bare reports whether only a day of the month is known.
func (q *point) bare() bool { return q.y == 0 && q.m == 0 && q.a == 0 && q.d > 0 }

// lone reports whether the month is not known.
func (q *point) lone() bool { return q.m == 0 && q.a == 0 && q.d > 0 }

// plausible reports whether n can be the year of something a listing speaks of.
func plausible(n int) bool { return n >= 1950 && n <= 2100 }

// at returns the token at i, or one that is nothing.
func (p *parser) at(i int) *token {
	if i >= 0 && i < len(p.toks) {
		return &p.toks[i]
	}
	return &p.none
}

// number reports whether the token at i is a number of at most two digits within 1 and limit.
func (p *parser) number(i, limit int) bool {
	t := p.at(i)
	return t.digits > 0 && t.digits <= 2 && t.num >= 1 && t.num <= limit
}

// fullYear returns the year at i: four digits, or two after an apostrophe. Thai texts count from 543 BC.
func (p *parser) fullYear(i int) (int, bool) {
	t := p.at(i)
	switch {
	case t.digits == 4 && !t.ord && plausible(t.num):
		return t.num, true
	case t.digits == 4 && t.num >= 2500 && t.num < 2650 && p.lang == "th":
		return t.num - 543, true
	}
	return 0, false
}

// point reads one date at i and returns the index after it. prev is the point before it in a range or list, if any:
// only then can a bare day, or a pair without a year, stand at the end.
func (p *parser) point(i int, prev *point) (q point, j int, ok bool) {
	if p.depth++; p.depth > 3 {
		p.depth--
		return q, i, false
	}
	defer func() { p.depth-- }()
	i, q.weekday = p.lead(i)
	t := p.at(i)
	switch {
	case t.digits == 8:
		q.day = day{t.num / 10000, t.num / 100 % 100, t.num % 100}
		q.order = yearFirst
		return q, i + 1, plausible(q.y) && exists(q.day)
	case t.digits == 4:
		ok, j = p.fromYear(i, &q)
	case t.is(isRelative):
		return q, i + 1, p.fromToday(&q, t.meaning.ord)
	case t.is(isEra):
		ok, j = p.fromEra(i, &q)
	case t.digits > 0 && t.digits <= 2:
		ok, j = p.fromDay(i, &q, prev)
	case t.is(isEnd | isMid | isBegin | isLate):
		ok, j = p.fromEdge(i, &q)
	}
	if !ok && t.is(isMonth) {
		ok, j = p.fromMonth(i, &q)
	}
	if !ok && t.is(isThang) {
		ok, j = p.fromThang(i, &q)
	}
	if !ok && t.digits == 0 {
		ok, j = p.fromPart(i, &q)
	}
	if !ok && t.digits == 0 {
		ok, j = p.fromWeek(i, &q)
	}
	if !ok {
		return q, i, false
	}
	return q, p.trail(j, &q), true
}

// lead skips weekdays, articles and the like before a date.
func (p *parser) lead(i int) (int, int8) {
	weekday := int8(0)
	for n := 0; n < 8; n++ {
		t := p.at(i)
		switch {
		case t.is(isWeekday) && (!t.is(isMonth) || p.dateAfter(i+1)):
			weekday = t.weekday
			i++
			for p.at(i).sym == ',' || p.at(i).sym == '.' {
				i++
			}
			// "Mon–Wed, 3–5 June": a range of weekdays says nothing more.
			if p.at(i).sym == '-' && p.at(i+1).is(isWeekday) {
				i++
			}
		case t.is(isFill|isOf) && !t.is(isMonth|isPresent) && t.digits == 0:
			i++
		case t.sym == '(' && p.at(i+1).is(isWeekday) && p.at(i+2).sym == ')':
			weekday = p.at(i + 1).weekday
			i += 3
		default:
			return i, weekday
		}
	}
	return i, weekday
}

// dateAfter tells "mar 14 avril" (a weekday) from "mar 14" (a month).
func (p *parser) dateAfter(i int) bool {
	for p.at(i).sym == '.' || p.at(i).sym == ',' || p.at(i).is(isOf|isFill) && !p.at(i).is(isMonth) {
		i++
	}
	if !p.number(i, 31) {
		return false
	}
	i++
	for p.at(i).sym == '.' || p.at(i).is(isOf) {
		i++
	}
	return p.at(i).is(isMonth)
}

// trail skips a weekday that stands after its date: "3 June 2024 (Monday)", "6月3日（水）".
func (p *parser) trail(j int, q *point) int {
	switch {
	case p.at(j).sym == '(' && p.at(j+2).sym == ')' && p.initial(j+1):
		return j + 3
	case p.at(j).sym == '(' && p.at(j+1).is(isWeekday) && p.at(j+2).sym == ')':
		q.weekday = p.at(j + 1).weekday
		return j + 3
	case p.at(j).is(isWeekday) && !p.at(j).is(isMonth|isTo|isUntil|isFrom|isOf|isFill) && !p.dateFrom(j+1):
		q.weekday = p.at(j).weekday
		return j + 1
	}
	return j
}

// initial reports whether one character for a day of the week stands at i: 火, 화.
func (p *parser) initial(i int) bool {
	t := p.at(i)
	return t.digits == 0 && t.hi-t.lo == 3 && strings.Contains("月火水木金土日一二三四五六월화수목금토일", p.text[t.lo:t.hi])
}

// dateFrom reports whether what stands at i begins another date, to which a weekday before it then belongs.
func (p *parser) dateFrom(i int) bool {
	for p.at(i).sym == ',' || p.at(i).sym == '.' {
		i++
	}
	return p.at(i).digits > 0 || p.at(i).is(isMonth)
}

// exists reports whether the calendar has d, as far as it is known.
func exists(d day) bool {
	if d.m > 12 || d.m < 0 || d.d < 0 {
		return false
	}
	if d.d == 0 || d.m == 0 {
		return d.d == 0 || d.d <= 31
	}
	return d.d <= lastDay(d.y, d.m)
}

func lastDay(y, m int) int {
	if y == 0 {
		y = 2024 // any leap year: 29 February may be meant
	}
	return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// date returns d with its precision.
func (d day) date() stoa.Date {
	switch {
	case d.y == 0:
		return ""
	case d.m == 0:
		return stoa.Date(digits(d.y, 4))
	case d.d == 0:
		return stoa.Date(digits(d.y, 4) + "-" + digits(d.m, 2))
	}
	return stoa.Date(digits(d.y, 4) + "-" + digits(d.m, 2) + "-" + digits(d.d, 2))
}

func digits(n, width int) string {
	b := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b)
}

// before reports whether d begins before e, unknown parts being the first.
func (d day) before(e day) bool {
	if d.y != e.y {
		return d.y < e.y
	}
	if d.m != e.m {
		return d.m < e.m
	}
	return d.d < e.d
}
