package when

import "time"

// The forms of one date. Each function reads at i what its name says, fills q, and returns the index after it.

// fromYear reads what begins with a year: 2025-03-15, 2025/3/15, 2025年3月15日, 2025 Q4, 2024-05, 2024/25, 2024.
func (p *parser) fromYear(i int, q *point) (bool, int) {
	y, ok := p.fullYear(i)
	if !ok {
		return false, i
	}
	q.y, q.order = y, yearFirst
	s := p.at(i + 1).sym
	if (s == '-' || s == '/' || s == '.') && p.at(i+2).digits > 0 && p.tight(i+1, s == '.') {
		if ok, j := p.numericFromYear(i, s, q); ok {
			return true, j
		}
		if n := p.at(i + 2); s == '/' && n.digits > 2 || s == '-' && n.digits == 3 {
			return false, i // (EU) 2016/679
		}
	}
	j := i + 1
	if p.at(j).sym == '.' && p.at(j+1).is(isMonth) {
		j++ // "2024. június 3."
	}
	if p.at(j).is(isYear) {
		j++
		if p.at(j).is(isOf) {
			j++
		}
	}
	if ok, k := p.cjkMonth(j, q); ok {
		return true, k
	}
	if p.at(j).sym == ',' && p.at(j+1).is(isMonth) {
		j++
	}
	if p.at(j).is(isMonth) && !p.yearAfterMonth(j) {
		q.m = int(p.at(j).month)
		if j++; p.number(j, 31) && !p.at(j+1).is(isMonth|isUnit) {
			q.d = p.at(j).num
			if j++; p.at(j).sym == '.' {
				j++
			}
		}
		return exists(q.day), j
	}
	if k := j; p.at(k).sym == '-' || p.at(k).is(isFill) || p.at(k).is(isWeek) {
		if p.at(k).sym == '-' {
			k++
		}
		if ok, k := p.week(k, q.y, q); ok {
			return true, k
		}
	}
	if ok, k := p.partOfYear(j, q); ok {
		return true, k
	}
	if p.at(j).is(isEnd|isMid|isBegin) && !p.at(j).space && j > i+1 {
		q.edge = p.at(j).kind & (isEnd | isMid | isBegin) // 2025年底
		return true, j + 1
	}
	if p.at(i+1).is(isUnit) || p.at(i-1).is(isLabel) || p.at(i-1).sym == ':' && !p.at(i).space && p.at(i-2).digits > 0 || p.at(i-1).sym == '/' && p.at(i-2).digits > 2 {
		return false, i
	}
	return true, j
}

// fromToday fills q with the day, month or year that a word such as "tomorrow" means, if the day of reading is known.
func (p *parser) fromToday(q *point, n int8) bool {
	if p.today.y == 0 {
		return false
	}
	t := time.Date(p.today.y, time.Month(p.today.m), p.today.d, 0, 0, 0, 0, time.UTC)
	q.order, q.counted = yearFirst, true
	set := func(t time.Time, parts int) {
		q.day = day{t.Year(), int(t.Month()), t.Day()}
		if parts < 3 {
			q.d = 0
		}
		if parts < 2 {
			q.m = 0
		}
	}
	switch n {
	case 1:
		set(t, 3)
	case 2:
		set(t.AddDate(0, 0, 1), 3)
	case 3:
		set(t.AddDate(0, 0, -1), 3)
	case 4:
		set(t.AddDate(0, 0, 1-p.today.d).AddDate(0, 1, 0), 2)
	case 5:
		set(t, 2)
	case 6:
		set(t.AddDate(1, 0, 0), 1)
	case 7:
		set(t, 1)
	}
	return q.y > 0
}

// eras are the years before the first of those that Japan and Taiwan count: 令和, 平成, 民國.
var eras = [...]int{0, 2018, 1988, 1911}

// fromEra reads 令和6年5月10日.
func (p *parser) fromEra(i int, q *point) (bool, int) {
	if p.at(i+1).digits == 0 || p.at(i+1).digits > 3 || !p.at(i+2).is(isYear) {
		return false, i
	}
	q.y, q.order = eras[p.at(i).meaning.ord]+p.at(i+1).num, yearFirst
	if ok, j := p.cjkMonth(i+3, q); ok {
		return plausible(q.y), j
	}
	return plausible(q.y), i + 3
}

// tight reports whether no space stands around the mark at i, or whether spaces may.
func (p *parser) tight(i int, loose bool) bool {
	return loose || !p.at(i).space && !p.at(i+1).space
}

// numericFromYear reads the rest of 2025-03-15, 2025/03, 2024/25 with mark s at i+1.
func (p *parser) numericFromYear(i int, s rune, q *point) (bool, int) {
	n := p.at(i + 2)
	if y, ok := p.fullYear(i + 2); ok && s == '/' && y == q.y+1 {
		q.academy = true // 2024/2025
		return true, i + 3
	}
	if n.digits > 2 {
		return false, i
	}
	if p.at(i+3).sym == s && p.number(i+4, 31) && p.tight(i+3, s == '.') && n.num >= 1 && n.num <= 12 {
		q.m, q.d = n.num, p.at(i+4).num
		j := i + 5
		if p.at(j).sym == '.' && s == '.' {
			j++
		}
		return exists(q.day), j
	}
	next := q.y%100 + 1
	switch {
	case n.digits == 2 && n.num == next%100 && (s == '/' || n.num > 12):
		q.academy = true // 2024/25, 2024-25
		return true, i + 3
	case n.digits == 2 && n.num >= 1 && n.num <= 12 && s != '.' && !n.space:
		q.m = n.num
		return true, i + 3
	case s == '.' && n.num >= 1 && n.num <= 12 && (n.digits == 2 || p.at(i+3).sym == '.'):
		q.m = n.num
		return true, i + 3
	}
	return false, i
}

// cjkMonth reads "3月15日", "3월 15일", "3月", "3月底" at j.
func (p *parser) cjkMonth(j int, q *point) (bool, int) {
	if !p.number(j, 12) || !p.at(j+1).is(isMonthMark) {
		return false, j
	}
	q.m, q.order = p.at(j).num, yearFirst
	j += 2
	if p.number(j, 31) && (p.at(j+1).is(isDayMark) || p.at(j+1).sym == '-' || p.at(j+1).sym == '~' || p.at(j+1).sym == ',' || p.at(j+1).is(isTo)) {
		q.d = p.at(j).num
		if j++; p.at(j).is(isDayMark) {
			j++
		}
		return exists(q.day), j
	}
	if e := p.at(j).kind & (isEnd | isMid | isBegin | isLate); e != 0 && p.at(j).lo == p.at(j-1).hi {
		q.edge = e
		j++
	}
	return true, j
}

// yearAfterMonth reports whether the month at j has a year of its own behind it.
func (p *parser) yearAfterMonth(j int) bool {
	if p.number(j+1, 31) {
		j++
		if p.at(j+1).sym == ',' {
			j++
		}
	}
	_, ok := p.fullYear(j + 1)
	return ok
}

// fromDay reads what begins with a number of one or two digits.
func (p *parser) fromDay(i int, q *point, prev *point) (bool, int) {
	t := p.at(i)
	if ok, j := p.numeric(i, q, prev); ok {
		return true, j
	}
	if ok, j := p.cjkMonth(i, q); ok {
		return true, j
	}
	if t.num > 31 || t.num == 0 || p.at(i-1).is(isLabel) && prev == nil && !p.daysOf(i) {
		return false, i
	}
	j := i + 1
	if p.at(j).is(isDayMark) {
		q.d, q.order = t.num, yearFirst
		return true, j + 1
	}
	dot := p.at(j).sym == '.' && !p.at(j).space
	if dot {
		j++
	}
	if t.num <= 4 {
		if ok, k := p.counted(j, t.num, q); ok {
			return true, k
		}
	}
	for p.at(j).is(isOf|isFill) && !p.at(j).is(isMonth) && j < i+4 {
		j++
	}
	if s := p.at(j).sym; (s == '-' || s == '/') && p.at(j+1).is(isMonth) && p.tight(j, false) && (prev == nil || p.at(j+2).sym == s) {
		j++ // 03-Jun-2024
	}
	if p.at(j).is(isMonth) {
		q.d, q.m = t.num, int(p.at(j).month)
		return true, p.yearOf(p.alias(j+1, q.m), q)
	}
	if p.at(j).is(isThang) && p.number(j+1, 12) {
		q.d, q.m = t.num, p.at(j+1).num
		return true, p.yearOf(j+2, q)
	}
	return p.lone(i, dot, q, prev)
}

// lone reads a day that stands without its month: within a range or list only.
func (p *parser) lone(i int, dot bool, q *point, prev *point) (bool, int) {
	j := i + 1
	if p.at(i-1).sym == '.' && !p.at(i).space && p.at(i-2).digits > 0 {
		return false, i // the 1 of "2.1"
	}
	if dot && (prev == nil || p.joined(j+1)) {
		j++
	}
	q.d = p.at(i).num
	if prev == nil {
		return p.joined(j) && !p.at(i).is(isClockTime), j
	}
	if p.at(j).is(isUnit|isHour) || p.at(j).sym == ':' && p.at(j+1).digits > 0 {
		return false, i
	}
	if prev.order == monthFirst && prev.d > 0 {
		q.order = monthFirst
		j = p.yearOf(j, q)
	}
	return true, j
}

// joined reports whether what stands at i joins a date to the next: a dash, "to", "and", a comma, a slash.
func (p *parser) joined(i int) bool {
	t := p.at(i)
	return t.sym == '-' || t.sym == '~' || t.sym == '>' || t.sym == ',' || t.sym == '/' || t.sym == '+' || t.is(isTo|isUntil|isAnd)
}

// numeric reads 15.03.2025, 02-21-2022, 9/30/26, 05/2024, and within a range or list 15.03.
func (p *parser) numeric(i int, q *point, prev *point) (bool, int) {
	s := p.at(i + 1).sym
	if s != '/' && s != '.' && s != '-' || p.at(i+2).digits == 0 || !p.tight(i+1, s == '.') || p.at(i+1).space {
		return false, i
	}
	a, b := p.at(i), p.at(i+2)
	if y, ok := p.fullYear(i + 2); ok && a.num >= 1 && a.num <= 12 && !b.space {
		if p.at(i+3).sym == s && p.at(i+4).digits > 0 && p.tight(i+3, false) {
			return false, i
		}
		q.y, q.m = y, a.num // 05/2024
		return s != '-' || a.digits == 2, i + 3
	}
	if b.digits > 2 || a.num < 1 || b.num < 1 || a.num > 31 || b.num > 31 || a.num > 12 && b.num > 12 {
		return false, i
	}
	if p.at(i+3).sym == s && p.at(i+4).digits > 0 && p.tight(i+3, s == '.') {
		if y, ok := p.yearOfTriple(i + 4); ok {
			q.y, q.a, q.b = y, a.num, b.num
			j := i + 5
			if p.at(j).is(isYear) && !p.at(j).is(isPM) {
				j++
			}
			return true, j
		}
		return false, i
	}
	end := i + 3
	if p.at(end).is(isMonth) {
		return false, i // "10-12 September"
	}
	dotted := s == '.' && p.at(end).sym == '.'
	if dotted {
		end++
	}
	switch {
	case prev != nil && prev.order == yearFirst && prev.d > 0 && a.num <= 12:
		q.m, q.d = a.num, b.num // 2025.3.4-3.8
	case s == '-' && prev == nil && !(p.at(end).space && (p.at(end).sym == '-' || p.at(end).is(isTo))):
		return false, i
	case dotted || prev != nil || p.joined(end) && p.at(end).sym != ',' || p.wanted:
		q.a, q.b = a.num, b.num
	default:
		return false, i
	}
	return true, end
}

// yearOfTriple reads the last part of 15.03.2025 or 15.03.25.
func (p *parser) yearOfTriple(i int) (int, bool) {
	if y, ok := p.fullYear(i); ok {
		return y, true
	}
	if t := p.at(i); t.digits == 2 && t.num >= 10 && t.num < 70 {
		return 2000 + t.num, true
	}
	return 0, false
}

// fromMonth reads "March 15, 2025", "March 2025", "March '25", "March".
func (p *parser) fromMonth(i int, q *point) (bool, int) {
	q.m, q.order = int(p.at(i).month), monthFirst
	j := p.alias(i+1, q.m)
	for p.at(j).is(isFill) && p.number(j+1, 31) {
		j++
	}
	if p.number(j, 31) && !p.at(j).is(isClockTime) && p.at(j-1).sym != '\'' && !p.at(j+1).is(isUnit|isMonth|isMonthMark) {
		q.d = p.at(j).num
		j++
		if p.at(j).sym == '.' && p.at(j+1).digits == 4 {
			j++
		}
	}
	return true, p.yearOf(j, q)
}

// fromThang reads "tháng 6 năm 2024".
func (p *parser) fromThang(i int, q *point) (bool, int) {
	if !p.number(i+1, 12) {
		return false, i
	}
	q.m, q.order = p.at(i+1).num, monthFirst
	return true, p.yearOf(i+2, q)
}

// alias skips the second name of a month: "كانون الثاني/يناير", "janvier (January)".
func (p *parser) alias(j, month int) int {
	same := func(i int) bool { return p.at(i).is(isMonth) && int(p.at(i).month) == month }
	switch {
	case p.at(j).sym == '/' && same(j+1):
		return j + 2
	case p.at(j).sym == '(' && same(j+1) && p.at(j+2).sym == ')':
		return j + 3
	case same(j):
		return j + 1
	}
	return j
}

// yearOf reads the year that may follow a month or day at j, and the word for year around it.
func (p *parser) yearOf(j int, q *point) int {
	k := j
	for n := 0; n < 4; n++ {
		t := p.at(k)
		s := t.sym
		if s == ',' || s == '.' || s == '/' && n == 0 || s == '-' && n == 0 && p.tight(k, false) || t.is(isOf|isYear) && t.digits == 0 {
			k++
			continue
		}
		break
	}
	y, ok := p.fullYear(k)
	if p.at(k).sym == '\'' && p.at(k+1).digits == 2 {
		y, ok, k = 2000+p.at(k+1).num, true, k+1
	} else if t := p.at(k); !ok && t.digits == 2 && t.num >= 10 && t.num < 70 && p.at(k-1).sym == '-' && k == j+1 && q.d > 0 && p.at(j-2).sym == '-' {
		y, ok = 2000+t.num, true // 03-Jun-24
	}
	if !ok || p.at(k+1).is(isUnit) {
		return j
	}
	if s := p.at(k + 1).sym; (s == '-' || s == '/' || s == '.') && p.at(k-1).sym == ',' && p.tight(k+1, false) && p.number(k+2, 12) && p.at(k+3).sym == s {
		return j // "3 June, 2024-06-05"
	}
	q.y = y
	k++
	if p.at(k).is(isYear) && p.at(k).digits == 0 {
		k++
	}
	return k
}
