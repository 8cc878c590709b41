package when

import "time"

// fromWeek reads a numbered week of a stated year: "week 37, 2025", "KW 37/2025", "semaine 37 de 2025", "W37 2025".
func (p *parser) fromWeek(i int, q *point) (bool, int) {
	if !p.at(i).is(isWeek) || !p.number(i+1, 53) {
		return false, i
	}
	k := i + 2
	for s := p.at(k).sym; s == ',' || s == '/' || s == '(' || s == '.' || p.at(k).is(isOf|isYear|isFill); s = p.at(k).sym {
		k++
	}
	y, ok := p.fullYear(k)
	if !ok || !p.setWeek(y, p.at(i+1).num, q) {
		return false, i
	}
	if k++; p.at(k).sym == ')' {
		k++
	}
	return true, k
}

// week reads the number of a week that follows its year at i: the W37 of 2025-W37, the 第37周 of 2025年第37周.
func (p *parser) week(i, year int, q *point) (bool, int) {
	if p.at(i).is(isFill) && p.number(i+1, 53) && p.at(i+2).is(isWeek) && p.setWeek(year, p.at(i+1).num, q) {
		return true, i + 3
	}
	if !p.at(i).is(isWeek) || !p.number(i+1, 53) || !p.setWeek(year, p.at(i+1).num, q) {
		return false, i
	}
	return true, i + 2
}

// daysOf reports whether the number at i, though it stands behind a word that numbers follow, begins the days of a month:
// "training week 9–13 November" is no ninth week.
func (p *parser) daysOf(i int) bool {
	return p.at(i+1).sym == '-' && p.tight(i+1, false) && p.number(i+2, 31) && p.at(i+2).num > p.at(i).num && p.at(i+3).is(isMonth)
}

// setWeek puts the Monday of the n-th week of year y into q, as ISO 8601 counts weeks: the first has the year's first Thursday.
func (p *parser) setWeek(y, n int, q *point) bool {
	fourth := time.Date(y, time.January, 4, 0, 0, 0, 0, time.UTC) // always in the first week
	monday := fourth.AddDate(0, 0, 7*(n-1)-(int(fourth.Weekday())+6)%7)
	if of, is := monday.ISOWeek(); of != y || is != n {
		return false // no such week in that year
	}
	q.day = day{monday.Year(), int(monday.Month()), monday.Day()}
	q.order, q.week = yearFirst, true
	return true
}
