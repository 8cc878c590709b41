package when

import "slices"

// role is what a date of a text is for.
type role int8

const (
	asEvent role = iota // it takes place then
	asStart
	asEnd
	asDeadline
	asOpening
	asWindow  // opens with its first date, closes with its last
	asNothing // published, updated, early bird, replaced…
)

// segment gathers the words between two dates that say what the second is for.
type segment struct {
	cues     kind
	adjacent kind // until, from, by: they speak of the date right after them only
	unknown  int  // words we do not know, since the last cue
	comma    bool // since the last cue
	call     bool // the last noun is of a call
	outer    []segment
}

// assign gives each date its role.
func (p *parser) assign() {
	from := 0
	for n := range p.found {
		e := &p.found[n]
		next := len(p.toks)
		if n+1 < len(p.found) {
			next = p.found[n+1].lo
		}
		before := p.before(from, e.lo)
		from = e.hi
		if after, end, ok := p.after(e.hi, next, n+1 < len(p.found)); ok && before.cues&^(isEvent|isCall|isOpen) == 0 && before.adjacent&^isFrom == 0 {
			before.cues |= after.cues
			before.adjacent |= after.adjacent
			before.call = before.call || after.cues&isCall != 0
			from = end
		}
		e.cues = before.cues | before.adjacent
		e.call = before.call
		e.clean = !before.comma && before.unknown <= 4
		e.role = p.roleOf(e)
		if e.points[0].counted && !p.meant(e) {
			e.role = asNothing
		}
		p.relate(n, before)
	}
}

// filler are the words and marks that may stand between "until" and its date.
const filler = isFill | isOf | isClockTime | isZone | isClock | isWeekday | isGeneric | isEnd | isMid | isBegin | isTo

// before reads the words from a to b.
func (p *parser) before(a, b int) segment {
	var s segment
	for i := a; i < b; i++ {
		t := p.at(i)
		switch {
		case t.sym == ';' || t.sym == '|' || t.sym == '.' && p.at(i+1).space && !p.at(i+1).is(isMonth) && p.at(i-1).digits == 0 && i > a:
			s = segment{outer: s.outer}
		case t.sym == '(':
			if len(s.outer) < 8 {
				s.outer = append(s.outer, s)
			}
		case t.sym == ')':
			if k := len(s.outer) - 1; k >= 0 {
				s = s.outer[k]
			}
		case t.sym == ',':
			s.comma, s.adjacent = true, s.adjacent&^isFrom
		case t.sym != 0 && t.kind == 0:
		default:
			s.word(t)
		}
	}
	return s
}

// word takes one word into s.
func (s *segment) word(t *token) {
	found := t.kind & (cues &^ isBy)
	if t.is(isEnd) && !t.is(isFinish) {
		found |= isFinish
	}
	if found != 0 {
		s.cues |= found
		s.unknown, s.comma = 0, false
		switch {
		case found&isCall != 0:
			s.call = true
		case found&isEvent != 0:
			s.call = false
		}
	} else if t.kind == 0 && t.digits == 0 {
		s.unknown++
	}
	if adjacent := t.kind & (isBy | isUntil | isFrom); adjacent != 0 {
		s.adjacent |= adjacent
	} else if t.kind&filler == 0 && found&(isFinish|isOpen|isCall) == 0 {
		s.adjacent = 0
	}
}

// after reads the words after a date that say what it was for: "30 April (deadline)", "3月31日截止". They do so when they
// stand close, and are not rather said of the next date.
func (p *parser) after(a, b int, more bool) (segment, int, bool) {
	var s segment
	for a < b && (p.at(a).is(isClockTime|isZone) || p.at(a).sym == ')') {
		a++
	}
	if p.at(a).is(isPost) && !p.at(a).is(isDeadline) && p.at(a).kind&(isTo|isUntil) == 0 || p.at(a).is(isPost) && a+1 >= b {
		s.adjacent = isUntil
		s.cues = p.at(a).kind & cues
		rest, end, ok := p.after(a+1, b, more)
		if ok {
			s.cues |= rest.cues
			return s, end, true
		}
		return s, a + 1, true
	}
	closed := !more
	i := a
	for ; i < b; i++ {
		t := p.at(i)
		if t.sym == ',' || t.sym == ';' || t.sym == '|' || t.sym == ')' || t.sym == '.' && p.at(i+1).space {
			closed = true
			break
		}
		if t.sym == 0 && t.digits == 0 {
			s.word(t)
		}
	}
	s.adjacent = 0
	return s, i, closed && s.cues != 0 && s.unknown < 8
}

// roleOf decides what e is for from its cues.
func (p *parser) roleOf(e *series) role {
	has := func(k kind) bool { return e.cues&k != 0 }
	several := len(e.points) > 1 && e.ranged
	precise := e.points[0].d > 0
	call := has(isCall) && e.call && e.clean
	switch {
	case has(isSkip | isReplaced):
		return asNothing
	case has(isExtended) && !has(isEvent) || has(isExtended) && has(isDeadline|isCall):
		return asDeadline
	case has(isDeadline):
		if several && !has(isPostponed) {
			return asWindow
		}
		return asDeadline
	case has(isBy) && !several:
		return asDeadline
	case has(isShut) && (!has(isEvent) || has(isCall)):
		if several {
			return asWindow
		}
		return asDeadline
	case has(isCall) && has(isUntil|isFinish) && !several && !(has(isEvent) && !e.call && !has(isUntil)):
		return asDeadline
	case several && (call || has(isOpen) && e.clean && !has(isEvent)):
		return asWindow
	case has(isUntil) && !several:
		if has(isEvent|isFinish|isStart) && !has(isOpen) {
			return asEnd
		}
		return asDeadline
	case has(isOpen) && e.clean && !several && (call || !has(isEvent)):
		return asOpening
	case call && !several && has(isStart|isFrom):
		return asOpening
	case call && !several && precise && !has(isStart):
		return asDeadline
	case has(isStart) && !several:
		return asStart
	case has(isFinish) && !several:
		return asEnd
	}
	return asEvent
}

// relate lets a date speak of the one before it: "extended to", "postponed to", and lists of deadlines.
func (p *parser) relate(n int, s segment) {
	e := &p.found[n]
	if e.cues&(isExtended|isPostponed) != 0 || e.moved() {
		e.last()
	}
	if n == 0 {
		return
	}
	prev := &p.found[n-1]
	switch {
	case e.cues&isExtended != 0 && prev.role == asDeadline && e.role != asNothing:
		prev.role = asNothing
	case e.cues&isExtended != 0 && prev.role == asWindow && e.role == asDeadline:
		prev.points = prev.points[:1]
		prev.role = asOpening
	case e.cues&isPostponed != 0 && e.role != asNothing && (prev.role == e.role || prev.role == asDeadline):
		e.role = prev.role
		prev.role = asNothing
	case prev.role == asDeadline && e.role == asEvent && s.cues == 0 && s.adjacent == 0 && s.unknown == 0 && len(e.points) == 1 && len(prev.points) == 1 && p.listed(prev.hi, e.lo):
		e.role = asDeadline
	}
}

// meant reports whether "today" or "next month" is the date of a line, and no word of an invitation: "Apply today!"
func (p *parser) meant(e *series) bool {
	if len(p.found) > 1 || len(p.toks) > 8 {
		return false
	}
	return e.cues&isCall == 0 || e.cues&(isDeadline|isShut|isBy|isUntil) != 0
}

// listed reports whether only commas and "and" stand from a to b.
func (p *parser) listed(a, b int) bool {
	for ; a < b; a++ {
		if t := p.at(a); t.sym != ',' && t.sym != '~' && !t.is(isAnd|isClockTime|isZone) {
			return false
		}
	}
	return true
}

// moved reports whether e is a deadline that an arrow moves: "15 March → 31 March".
func (e *series) moved() bool {
	return (e.role == asDeadline || e.role == asWindow) && slices.Contains(e.joints, '>')
}

// last keeps of "from 3–5 June to 10–12 September" what was moved to.
func (e *series) last() {
	cut := -1
	for k, joint := range e.joints {
		if joint == 't' || joint == '>' {
			cut = k + 1
		}
	}
	if cut < 0 && len(e.points) == 2 && e.cues&isFrom != 0 {
		cut = 1
	}
	if cut < 0 {
		return
	}
	e.points = e.points[cut:]
	e.joints = e.joints[cut:]
	e.ranged = len(e.points) > 1
	if e.role == asWindow {
		e.role = asDeadline
	}
}
