package when

import "strings"

// Parts of years: quarters, halves, and the beginning, middle and end of something.

// fromEdge reads "end of June 2025", "Ende 2025", "mid-June".
func (p *parser) fromEdge(i int, q *point) (bool, int) {
	edge := p.at(i).kind & (isEnd | isMid | isBegin | isLate)
	j := i + 1
	for n := 0; n < 4 && (p.at(j).is(isOf|isFill|isYear) && !p.at(j).is(isMonth) || p.at(j).sym == '-'); n++ {
		j++
	}
	if t := p.at(j); !t.is(isMonth|isThang|isQuarter|isHalf|isOrd) && t.digits != 4 && !p.letter(p.toks, j, "q") {
		return false, i
	}
	r, k, ok := p.point(j, nil)
	if !ok || r.d > 0 || r.edge != 0 {
		return false, i
	}
	r.edge, r.weekday = edge, 0
	*q = r
	return true, k
}

// fromPart reads a quarter or half that does not begin with a number: "Q4/2025", "T2 2025", "first half of 2026",
// "trimestre 2 de 2025", "الربع الثالث من عام 2025".
func (p *parser) fromPart(i int, q *point) (bool, int) {
	t := p.at(i)
	if t.hi-t.lo == 1 && t.digits == 0 && p.number(i+1, 4) && !p.at(i+1).space {
		switch months := p.lettered(i, p.at(i+1).num); months {
		case 0:
		default:
			return p.part(i+2, months, p.at(i+1).num, q)
		}
	}
	switch {
	case t.is(isFirstHalf):
		return p.part(i+1, 6, 1, q)
	case t.is(isSecondHalf):
		return p.part(i+1, 6, 2, q)
	case t.is(isOrd):
		if p.at(i+1).is(isAnd|isTo) && p.at(i+2).is(isOrd) && p.at(i+3).is(isQuarter) && p.at(i+2).meaning.ord > t.meaning.ord {
			ok, j := p.counted(i+3, int(p.at(i+2).meaning.ord), q)
			from := int(t.meaning.ord-1)*3 + 1
			q.m, q.months = from, q.months+q.m-from // "second and third quarters"
			return ok, j
		}
		return p.counted(i+1, int(t.meaning.ord), q)
	case t.is(isQuarter | isHalf):
		j := i + 1
		for p.at(j).is(isOf | isFill) {
			j++
		}
		n := int(p.at(j).meaning.ord)
		if p.number(j, 4) {
			n = p.at(j).num
		} else if !p.at(j).is(isOrd) {
			return false, i
		}
		return p.part(j+1, months(t), n, q)
	}
	return false, i
}

// lettered returns the months covered by a letter before or after the number n of a part: Q of quarter, T of
// trimestre, H of half, S of semestre.
func (p *parser) lettered(i, n int) int {
	switch strings.ToUpper(p.text[p.at(i).lo:p.at(i).hi]) {
	case "Q":
		return 3
	case "T":
		if strings.HasPrefix(p.lang, "fr") || strings.HasPrefix(p.lang, "es") || strings.HasPrefix(p.lang, "pt") || strings.HasPrefix(p.lang, "it") {
			return 3
		}
	case "H":
		if n <= 2 {
			return 6
		}
	case "S":
		if n <= 2 && (strings.HasPrefix(p.lang, "fr") || strings.HasPrefix(p.lang, "es") || strings.HasPrefix(p.lang, "pt") || strings.HasPrefix(p.lang, "it")) {
			return 6
		}
	}
	return 0
}

// counted reads the noun after the number n: "first quarter of 2025", "2e trimestre 2025", "4Q25".
func (p *parser) counted(j, n int, q *point) (bool, int) {
	if p.at(j).sym == '-' {
		j++
	}
	t := p.at(j)
	if t.is(isQuarter | isHalf) {
		return p.part(j+1, months(t), n, q)
	}
	if t.hi-t.lo == 1 && !t.space && t.digits == 0 && !p.at(j+1).is(isMonth) {
		if m := p.lettered(j, n); m > 0 && (p.at(j+1).digits == 4 || p.at(j+1).digits == 2) && t.sym == 0 && p.text[t.lo] != 'h' {
			return p.part(j+1, m, n, q)
		}
	}
	return false, j
}

func months(t *token) int {
	if t.is(isQuarter) {
		return 3
	}
	return 6
}

// part fills q with the n-th part of so many months, and the year after it at j.
func (p *parser) part(j, months, n int, q *point) (bool, int) {
	if n < 1 || n*months > 12 {
		return false, j
	}
	for i := j; i < j+3; i++ {
		if p.at(i).is(isMonth) {
			return false, j // "first half of June"
		}
		if !p.at(i).is(isOf | isFill) {
			break
		}
	}
	q.m, q.months = (n-1)*months+1, months
	k := p.yearOf(j, q)
	if t := p.at(j); q.y == 0 && !t.space && t.digits == 2 && t.num >= 10 && t.num < 70 {
		q.y, k = 2000+t.num, j+1 // 4Q25
	}
	return true, k
}

// partOfYear reads the part that follows a year at j: "2025 Q4", "2025年第二季度", "2025年上半年", "2025 г. II квартал".
func (p *parser) partOfYear(j int, q *point) (bool, int) {
	k := j
	if s := p.at(k).sym; s == ',' || s == '-' || s == '/' {
		k++
	}
	t := p.at(k)
	if t.is(isMonth) || t.digits > 2 {
		return false, j
	}
	var r point
	ok := false
	if t.digits > 0 {
		if t.num > 4 || k == j && !p.at(k+1).is(isQuarter|isHalf) {
			return false, j
		}
		ok, k = p.counted(k+1, t.num, &r)
	} else {
		ok, k = p.fromPart(k, &r)
	}
	if !ok || r.y != 0 {
		return false, j
	}
	q.m, q.months = r.m, r.months
	return true, k
}
