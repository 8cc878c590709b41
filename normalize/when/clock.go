package when

import (
	"strings"
	"unicode/utf8"
)

// clocks replaces the tokens of each clock time, its range and its zone by one token, and those of a zone that stands
// alone by one of kind isZone. What is left are dates and words.
func (p *parser) clocks() {
	src := p.toks
	out := p.toks[:0]
	for i := 0; i < len(src); {
		t := src[i] // copied: out grows over src, never past i
		if c, n := p.clock(src, i); n > 0 {
			out = append(out, token{lo: t.lo, hi: src[i+n-1].hi, space: t.space, meaning: meaning{kind: isClockTime}, clock: c})
			i += n
			continue
		}
		if z, n := p.zone(src, i, false); n > 0 {
			out = append(out, token{lo: t.lo, hi: src[i+n-1].hi, space: t.space, meaning: meaning{kind: isZone, zone: z}})
			i += n
			continue
		}
		out = append(out, t)
		i++
	}
	p.toks = out
}

// clock reads a clock time or a range of two at i: its last time, with the zone that follows, and how many tokens.
func (p *parser) clock(src []token, i int) (clock, int) {
	j := i
	if p.letter(src, i, "t") && i > 0 && !src[i].space && src[i-1].digits > 0 {
		j++ // 2024-06-30T23:59
	}
	iso := j > i
	c, n := p.instant(src, j)
	if n == 0 && j < len(src) && src[j].digits > 0 && src[j].digits <= 2 && src[j].num <= 24 && joins(src, j+1) {
		// "9-12h30", "9–11 am": the first time leans on the second.
		if second, m := p.instant(src, j+2); m > 1 && !src[j].ord {
			c, n = second, m+2
		}
	}
	if n == 0 {
		return c, 0
	}
	j += n
	if k := j; joins(src, k) && !iso {
		if second, m := p.instant(src, k+1); m > 0 {
			c, j = second, k+1+m
		}
	}
	if z, m := p.zone(src, j, true); m > 0 {
		c.zone = z
		j += m
	} else if z, m := p.signed(src, j); m > 0 && (iso || src[j].sym == '+') {
		c.zone = z
		j += m
	}
	return c, j - i
}

// joins reports whether what stands at i joins two times into a range.
func joins(src []token, i int) bool {
	return i < len(src) && (src[i].sym == '-' || src[i].sym == '~' || src[i].is(isTo|isUntil))
}

func (p *parser) letter(src []token, i int, letter string) bool {
	return i < len(src) && src[i].hi-src[i].lo == 1 && strings.EqualFold(p.text[src[i].lo:src[i].hi], letter)
}

// instant reads one clock time at i without its zone.
func (p *parser) instant(src []token, i int) (clock, int) {
	if i >= len(src) {
		return clock{}, 0
	}
	t := &src[i]
	switch {
	case t.is(isNoon):
		return clock{hour: 12}, 1
	case t.is(isMidnight):
		return clock{hour: 23, minute: 59}, 1
	case t.is(isAM|isPM) && t.digits == 0 && i+1 < len(src) && src[i+1].digits > 0 && src[i+1].digits <= 2:
		if c, n := p.hour(src, i+1); n > 1 { // 下午5点
			return shift(c, t.kind), n + 1
		}
	case t.digits > 0:
		return p.hour(src, i)
	}
	return clock{}, 0
}

// hour reads a clock time that begins with the number at i.
func (p *parser) hour(src []token, i int) (clock, int) {
	t := &src[i]
	at := func(k int) *token {
		if k < len(src) {
			return &src[k]
		}
		return &token{}
	}
	if t.ord || t.digits > 4 {
		return clock{}, 0
	}
	if t.digits >= 3 {
		return p.military(src, i)
	}
	c := clock{hour: t.num}
	n := 1
	if two(at(i+2)) && !at(i+1).space && !at(i+2).space {
		switch {
		case at(i+1).sym == ':':
			c.minute, n = at(i+2).num, 3
			if at(i+3).sym == ':' && two(at(i+4)) {
				c.second, n = at(i+4).num, 5
				if at(i+5).sym == '.' && at(i+6).digits > 0 && !at(i+6).space {
					n = 7
				}
			}
		case at(i+1).sym == '.' && (at(i+3).is(isHour|isAM|isPM) || p.dotted(src, i+3) || p.abbreviated(src, i+3) || i > 0 && src[i-1].is(isHour|isTime)):
			c.minute, n = at(i+2).num, 3
		}
	}
	if next := at(i + n); next.digits == 0 {
		switch {
		case next.is(isAM|isPM) && c.hour <= 12 && !(n == 1 && p.german(next)):
			c = shift(c, next.kind)
			n++
		case n == 1 && c.hour <= 2 && at(2).digits == 4 && plausible(at(2).num) && p.text[next.lo:next.hi] == "H":
			return clock{}, 0 // "2H 2025" is a half
		case next.is(isHour) && !(next.is(isUnit|isTime) && n == 1 && !(i > 0 && src[i-1].is(isClock))):
			n++
			if n == 2 && two(at(i+n)) && !at(i+n).ord {
				c.minute = at(i + n).num
				n++
				if at(i + n).is(isMinute) {
					n++
				}
			}
			if at(i+n).is(isAM|isPM) && c.hour <= 12 {
				c = shift(c, at(i+n).kind)
				n++
			}
		}
	}
	if n == 1 || !valid(c) {
		return clock{}, 0
	}
	if at(i+n).is(isNoon) || at(i+n).is(isMidnight) && c.hour%12 == 0 {
		n++
	}
	return c, n
}

// military reads "1700 hours", and "2359 UTC" where the number can be no year.
func (p *parser) military(src []token, i int) (clock, int) {
	t := &src[i]
	c := clock{hour: t.num / 100, minute: t.num % 100}
	if !valid(c) || t.digits != 4 || i+1 >= len(src) {
		return clock{}, 0
	}
	switch next := &src[i+1]; {
	case next.is(isHour) && !next.is(isTime):
		return c, 2
	case !plausible(t.num) && p.abbreviated(src, i+1):
		return c, 1
	}
	return clock{}, 0
}

// dotted reports whether "-12.00 Uhr" stands at i, which makes a time of the "10.00" before it.
func (p *parser) dotted(src []token, i int) bool {
	return i+4 < len(src) && joins(src, i) && src[i+1].digits > 0 && src[i+2].sym == '.' && two(&src[i+3]) && src[i+4].is(isHour|isAM|isPM)
}

// german reports whether t is "am", which in German stands before a date.
func (p *parser) german(t *token) bool {
	return strings.HasPrefix(p.lang, "de") && p.text[t.lo:t.hi] == "am"
}

func two(t *token) bool { return t.digits == 2 && t.num < 60 }

func valid(c clock) bool {
	return c.hour < 24 && c.minute < 60 && c.second < 60 || c.hour == 24 && c.minute == 0 && c.second == 0
}

func shift(c clock, k kind) clock {
	switch {
	case k&isPM != 0 && c.hour < 12:
		c.hour += 12
	case k&isAM != 0 && c.hour == 12:
		c.hour = 0
	}
	return c
}

// zone reads a zone at i: an abbreviation, UTC with an offset, or a place and the word for time. After a clock time a
// comma or bracket may stand before it.
func (p *parser) zone(src []token, i int, after bool) (*zone, int) {
	j := i
	open := 0
	for after && j < len(src) && (src[j].sym == '(' || src[j].sym == ',') && j < i+2 {
		if src[j].sym == '(' {
			open++
		}
		j++
	}
	if j >= len(src) {
		return nil, 0
	}
	z, n := p.spelt(src, j)
	if n == 0 && after && src[j].is(isCity) && ofAmerica[strings.ToLower(p.text[src[j].lo:src[j].hi])] {
		z, n = src[j].zone, 1
	}
	if n == 0 && (after || p.alone(src, j)) {
		z, n = p.short(src, j)
	}
	if n == 0 {
		return nil, 0
	}
	j += n
	if open > 0 && j < len(src) && src[j].sym == ')' {
		j++
	}
	// "Montevideo time (UTC-3)": the figure is what is meant.
	if k := j + 1; after && n > 0 && k < len(src) && src[j].sym == '(' {
		if exact, m := p.short(src, k); m > 1 {
			z, j = exact, k+m
			if j < len(src) && src[j].sym == ')' {
				j++
			}
		}
	}
	return z, j - i
}

// ofAmerica are zones that need no word for time after a clock time: "5 PM Eastern".
var ofAmerica = map[string]bool{"eastern": true, "central": true, "mountain": true, "pacific": true}

// alone reports whether an abbreviation at i can be a zone with no clock time before it: the unmistakable ones, and
// others in brackets. "ET" in "3 ET 4 JUIN" is none.
func (p *parser) alone(src []token, i int) bool {
	if i > 0 && src[i-1].sym == '(' {
		return true
	}
	switch fold := strings.ToUpper(p.text[src[i].lo:src[i].hi]); fold {
	case "UTC", "GMT", "AOE":
		return true
	}
	return false
}

// abbreviated reports whether an abbreviation of a zone stands at i.
func (p *parser) abbreviated(src []token, i int) bool {
	_, n := p.short(src, i)
	return n > 0
}

// short reads an abbreviation at i, with the offset that may follow UTC.
func (p *parser) short(src []token, i int) (*zone, int) {
	if i >= len(src) || src[i].digits > 0 || src[i].sym != 0 || src[i].hi-src[i].lo > 8 {
		return nil, 0
	}
	t := &src[i]
	if t.is(isMonth | isWeekday) {
		return nil, 0
	}
	name := p.text[t.lo:t.hi]
	if name == "Z" && (t.space || i == 0) {
		return nil, 0
	}
	z := abbreviation(name, p.lang)
	if z == nil {
		return nil, 0
	}
	if z != utc || utf8.RuneCountInString(name) > 3 {
		return z, 1
	}
	n := 1
	if i+2 < len(src) && src[i+1].sym == '/' && p.abbreviated(src, i+2) {
		n = 3 // UTC/GMT
	}
	if off, m := p.signed(src, i+n); m > 0 {
		return off, n + m
	}
	return z, n
}

// signed reads an offset at i: +3, −03:00, +0530.
func (p *parser) signed(src []token, i int) (*zone, int) {
	if i+1 >= len(src) || src[i].sym != '+' && src[i].sym != '-' || src[i+1].digits == 0 || src[i+1].space && src[i].sym == '-' {
		return nil, 0
	}
	hours, minutes, n := src[i+1].num, 0, 2
	switch {
	case src[i+1].digits == 4:
		hours, minutes = hours/100, hours%100
	case src[i+1].digits > 2:
		return nil, 0
	case i+3 < len(src) && src[i+2].sym == ':' && src[i+3].digits == 2:
		minutes, n = src[i+3].num, 4
	}
	if hours > 14 || minutes > 59 {
		return nil, 0
	}
	if src[i].sym == '-' {
		hours, minutes = -hours, -minutes
	}
	return fixed(hours, minutes), n
}

// spelt reads a place with the word for time at i: "Geneva time", "heure de Paris", "по московскому времени".
func (p *parser) spelt(src []token, i int) (*zone, int) {
	var z *zone
	end, timed := 0, false
	for j := i; j < len(src) && j < i+6; j++ {
		t := &src[j]
		switch {
		case t.sym != 0 || t.digits > 0:
			j = len(src)
			continue
		case t.is(isCity) && z == nil:
			z, end = t.zone, j
		case t.is(isCity): // "Coordinated Universal Time"
		case t.is(isTime):
			timed, end = true, j
		case t.is(isOf | isFill | isTo | isLocal | isClock):
			if j == i && !t.is(isTo|isFill) {
				return nil, 0
			}
		default:
			j = len(src)
			continue
		}
		if z != nil && timed {
			return z, end - i + 1
		}
	}
	// "Anywhere on Earth" needs no word for time, nor does a zone's full name that ends in one.
	if src[i].is(isCity) && src[i].zone.offset == -12*3600 {
		return src[i].zone, 1
	}
	return nil, 0
}
