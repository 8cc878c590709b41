package when

import (
	"strings"
	"time"
)

// series is one date, or several joined into a range or list: "28 December – 3 January 2025", "4, 11 and 18 March".
type series struct {
	points  []point
	joints  []rune // what stands before points[i+1]: '-' a dash, '>' an arrow, 't' a word for "to", ',' a list
	ranged  bool
	present bool // it ends with "present"
	lo, hi  int  // tokens
	cues    kind
	role    role
	call    bool // the last noun before it was of a call, not of an event
	clean   bool // little stands between its cue and it
}

// find reads all dates of the text, left to right.
func (p *parser) find() {
	for i := 0; i < len(p.toks); {
		t := p.at(i)
		if t.is(isDeadline | isBy) {
			p.wanted = true // a pair of numbers after "deadline" is a date
		}
		if t.digits > 0 || t.is(isMonth|isWeekday|isEnd|isMid|isBegin|isOrd|isQuarter|isHalf|isWeek|isThang|isFirstHalf|isSecondHalf|isEra|isRelative) || t.hi-t.lo == 1 && t.sym == 0 {
			e, j, ok := p.series(i)
			if ok {
				p.found = append(p.found, e)
			}
			if ok || len(e.points) > 1 { // numbers joined without a month: no part of them is a date either
				i = max(j, i+1)
				continue
			}
		}
		if t.sym == ';' || t.sym == '|' {
			p.wanted = false
		}
		i++
	}
}

// longestSeries is how many dates one list can have.
const longestSeries = 40

// series reads a date at i and those joined to it. Where it is none, it still says how far the numbers reach.
func (p *parser) series(i int) (series, int, bool) {
	q, j, ok := p.point(i, nil)
	if !ok {
		return series{}, i, false
	}
	e := series{points: append(make([]point, 0, 2), q), lo: i}
	for len(e.points) < longestSeries {
		k, joint := p.joint(p.pastClock(j))
		if joint == 0 {
			break
		}
		if joint != ',' && p.at(k).is(isPresent|isRelative) && p.at(k).meaning.ord < 2 && !p.dateFrom(k) {
			e.present, j = true, k+1
			break
		}
		last := e.points[len(e.points)-1]
		r, next, ok := p.point(k, &last)
		if !ok || !p.together(&last, &r, joint, e.lo, next) {
			break
		}
		e.points, e.joints = append(e.points, r), append(e.joints, joint)
		e.ranged = e.ranged || joint != ','
		j = next
	}
	e.hi = j
	for k := range e.points {
		if !e.points[k].bare() {
			if !p.worth(&e) {
				return series{}, i, false
			}
			return e, j, true
		}
	}
	return e, j, false
}

// pastClock skips a clock time after a date, if a joint follows it: "15 March 09:00 – 20 March 17:00".
func (p *parser) pastClock(j int) int {
	for k := j; k < j+6; k++ {
		t := p.at(k)
		switch {
		case t.is(isClockTime | isZone):
			if p.at(k+1).sym == ')' {
				k++
			}
			if _, joint := p.joint(k + 1); joint != 0 && joint != ',' {
				return k + 1
			}
		case t.sym == ',' || t.sym == '(' || t.is(isClock) && t.digits == 0:
		default:
			return j
		}
	}
	return j
}

// joint reads what joins two dates at i: the index after it, and '-' for a dash, 't' for a word, ',' for a list.
func (p *parser) joint(i int) (int, rune) {
	t := p.at(i)
	switch {
	case t.sym == '-' || t.sym == '~':
		i++
		for p.at(i).sym == '-' || p.at(i).is(isTo|isUntil) && !p.at(i).is(isMonth|isWeekday) {
			i++
		}
		return i, '-'
	case t.sym == '>':
		return i + 1, '>'
	case t.sym == ',' && p.at(i+1).is(isAnd) && p.at(i+1).digits == 0:
		return p.pastFrom(i + 2), ','
	case t.sym == ',' || t.sym == '/' || t.sym == '+' || t.is(isAnd) && !t.is(isTo):
		return p.pastFrom(i + 1), ','
	case t.is(isTo | isUntil):
		i++
		for p.at(i).is(isTo|isUntil|isFill|isPost) && !p.at(i).is(isMonth|isWeekday) {
			i++
		}
		return i, 't'
	}
	return i, 0
}

// pastFrom skips "from" in "and from 19 to 21 May".
func (p *parser) pastFrom(i int) int {
	if t := p.at(i); t.is(isFrom) && t.digits == 0 && !t.is(isMonth|isWeekday) && p.at(i+1).digits > 0 {
		return i + 1
	}
	return i
}

// together reports whether r belongs to the same range or list as q before it. The series begins at lo, r ends before
// next.
func (p *parser) together(q, r *point, joint rune, lo, next int) bool {
	switch {
	case joint != ',':
		return !r.lone() || q.lone() || q.order != dayFirst || q.y == 0 && q.a == 0 || p.joined(next)
	case q.lone():
		return (r.d > 0 || r.a > 0) && (r.order != yearFirst || r.y == 0 || q.order == yearFirst)
	case r.lone():
		return q.d > 0 && q.order != dayFirst && (q.y == 0 || q.order == yearFirst)
	case q.y == 0 && q.months == 0:
		return r.m > 0 || r.a > 0
	}
	return r.d > 0 && q.d > 0 && p.at(lo-1).is(isFrom) // "between 3 June 2024 and 5 June 2024"
}

// worth refuses what looks like a date but most likely is none: a lone word such as "may" or "set".
func (p *parser) worth(e *series) bool {
	q := &e.points[0]
	if len(e.points) > 1 || q.y > 0 || q.d > 0 || q.a > 0 || q.edge != 0 {
		return true
	}
	if q.months > 0 {
		return true
	}
	for k := e.lo; k < e.hi; k++ {
		t := p.at(k)
		if !t.is(isMonth) {
			continue
		}
		word := p.text[t.lo:t.hi]
		if len(word) < 4 && !strings.EqualFold(word, "may") || t.is(isWeekday|isTo|isOf) {
			return false
		}
		lower := word[0] >= 'a' && word[0] <= 'z'
		return !lower || p.lang != "" && !strings.HasPrefix(p.lang, "en")
	}
	return true
}

// settle resolves what the parts of each series take from one another: order of numbers, months, years.
func (p *parser) settle() {
	first := p.numberOrder()
	for n := range p.found {
		e := &p.found[n]
		for k := range e.points {
			e.points[k].resolve(first)
		}
		e.inherit()
		if first == unknownOrder && !e.sound() && e.swap() {
			e.inherit()
		}
	}
	kept := p.found[:0]
	for _, e := range p.found {
		if e.sound() {
			kept = append(kept, e)
		}
	}
	p.found = kept
}

// numberOrder decides how 03/04/2025 is read: by other dates of the text that leave no choice, by a weekday, by the
// source's order, else day first.
func (p *parser) numberOrder() order {
	for n := range p.found {
		for _, q := range p.found[n].points {
			switch {
			case q.a > 12:
				return dayFirst
			case q.b > 12:
				return monthFirst
			case q.a > 0 && q.y > 0 && q.weekday > 0 && q.a != q.b:
				d := time.Date(q.y, time.Month(q.b), q.a, 0, 0, 0, 0, time.UTC).Weekday()
				m := time.Date(q.y, time.Month(q.a), q.b, 0, 0, 0, 0, time.UTC).Weekday()
				if want := time.Weekday(q.weekday % 7); d != m && (want == d || want == m) {
					return map[bool]order{true: dayFirst, false: monthFirst}[want == d]
				}
			}
		}
	}
	if p.us {
		return monthFirst
	}
	return unknownOrder
}

// unknownOrder reads the day first, and lets a range that would run backwards say otherwise.
const unknownOrder order = -1

func (q *point) resolve(o order) {
	if q.a == 0 {
		return
	}
	q.d, q.m = q.a, q.b
	if o == monthFirst && q.a <= 12 || q.b > 12 {
		q.d, q.m = q.b, q.a
	}
}

// swap reads the numeric dates of e month first.
func (e *series) swap() bool {
	swapped := false
	for k := range e.points {
		if q := &e.points[k]; q.a > 0 && q.a <= 12 && q.b <= 31 {
			q.d, q.m, swapped = q.b, q.a, true
		}
	}
	return swapped
}

// inherit gives each point the month and year that stand with its neighbour.
func (e *series) inherit() {
	pts := e.points
	for k := range pts {
		if k > 0 && pts[k].lone() && pts[k].order != dayFirst && pts[k-1].d > 0 {
			pts[k].m = pts[k-1].m
		}
	}
	for k := len(pts) - 2; k >= 0; k-- {
		if pts[k].m == 0 && pts[k].d > 0 {
			pts[k].m = pts[k+1].m
		}
		if pts[k].y == 0 && pts[k+1].y > 0 && (pts[k].m > 0 || pts[k].d > 0) {
			pts[k].y = pts[k+1].y
			if pts[k+1].m > 0 && (pts[k].m > pts[k+1].m || pts[k].m == pts[k+1].m && pts[k].d > pts[k+1].d && pts[k+1].d > 0) {
				pts[k].y--
			}
		}
	}
	for k := 1; k < len(pts); k++ {
		if pts[k].m == 0 && pts[k].d > 0 {
			pts[k].m = pts[k-1].m
		}
		if pts[k].y == 0 && pts[k-1].y > 0 {
			pts[k].y = pts[k-1].y
			if pts[k].m < pts[k-1].m {
				pts[k].y++
			}
		}
	}
}

// sound reports whether the calendar has all dates of e and a range runs forwards.
func (e *series) sound() bool {
	for k := range e.points {
		q := &e.points[k]
		if !exists(q.day) || q.d > 0 && q.m == 0 || q.y == 0 && q.m == 0 {
			return false
		}
		if k > 0 && e.joints[k-1] != ',' && q.y > 0 && q.begin().before(e.points[k-1].begin()) && q.d > 0 == (e.points[k-1].d > 0) {
			return false
		}
	}
	return true
}

// begin is the first day, month or year that q covers.
func (q *point) begin() day {
	if q.months > 0 {
		return day{q.y, q.m, 1}
	}
	return q.day
}

// finish is the last day, month or year that q covers; exact asks for the day that an "end of" means.
func (q *point) finish(exact bool) day {
	switch {
	case q.academy:
		return day{q.y + 1, 0, 0}
	case q.week:
		y, m, d := time.Date(q.y, time.Month(q.m), q.d+6, 0, 0, 0, 0, time.UTC).Date()
		return day{y, int(m), d}
	case q.months > 0:
		m := q.m + q.months - 1
		return day{q.y, m, lastDay(q.y, m)}
	case q.edge&isEnd != 0 && exact && q.d == 0:
		m := q.m
		if m == 0 {
			m = 12
		}
		return day{q.y, m, lastDay(q.y, m)}
	}
	return q.day
}
