package when

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"stoa"
)

// Stamp reads one date of a feed: RFC 822 and its many wild forms, RFC 3339 and W3C's profile of ISO 8601, asctime, with
// names of days and months in any language of the table. Times come back in UTC. A date without a zone is taken in UTC (a
// Korean one, as Korean software writes it, in Korea). Where a zone is named that could be several or is not known, only
// the day is returned, as written: never a guessed instant. The error wraps stoa.ErrInvalid.
func Stamp(text string) (stoa.Date, error) {
	text = strings.TrimSpace(text)
	if len(text) > 100 {
		return "", fmt.Errorf("read date of %d bytes: %w: too long", len(text), stoa.ErrInvalid)
	}
	if d, ok := isoStamp(text); ok {
		return d, nil
	}
	s := stamp{text: text, toks: scan(text, nil)}
	if d, ok := s.read(); ok {
		return d, nil
	}
	return "", fmt.Errorf("read date %q: %w: no form of date that is known", text, stoa.ErrInvalid)
}

// stamp gathers the parts of one date.
type stamp struct {
	text   string
	toks   []token
	i      int
	day    day
	clock  clock
	timed  bool
	half   kind // AM or PM
	zone   *zone
	vague  bool // a zone is named that could be several
	korean bool
}

func (s *stamp) at(i int) *token {
	if i >= 0 && i < len(s.toks) {
		return &s.toks[i]
	}
	return &token{}
}

// read takes all tokens; one that it cannot place makes the whole no date.
func (s *stamp) read() (stoa.Date, bool) {
	for s.i < len(s.toks) {
		if !s.take() {
			return "", false
		}
	}
	return s.answer()
}

func (s *stamp) take() bool {
	t := s.at(s.i)
	switch {
	case t.digits > 0:
		return s.number(t)
	case t.sym == '(': // a comment: "+0200 (CEST)"
		for s.i < len(s.toks) && s.at(s.i).sym != ')' {
			s.i++
		}
		s.i++
	case t.sym == ',' || t.sym == '.':
		s.i++
	case (t.sym == '+' || t.sym == '-') && s.timed && s.zone == nil && !s.vague:
		return s.offset()
	case t.sym == '-' && s.day.m == 0 && s.day.y+s.day.d > 0 && s.at(s.i+1).is(isMonth), t.sym == '-' && s.day.m > 0 && s.day.d*s.day.y == 0:
		s.i++ // 04-Jan-2004, 2004-július-13
	case t.is(isMonth) && s.day.m == 0 && !(t.is(isWeekday) && s.monthAhead()):
		s.day.m = int(t.month)
		s.i++
	case t.is(isWeekday) && !s.timed || t.is(isWeekday) && s.day.m == 0:
		s.i++
	case t.is(isAM|isPM) && s.half == 0 && !(s.timed && s.day.y == 0):
		s.half = t.kind & (isAM | isPM)
		s.korean = s.korean || hangul(s.text[t.lo:t.hi])
		s.i++
	case t.sym == 0 && (s.day.d > 0 || s.day.y > 0) && s.text[t.lo:t.hi] == "T":
		s.i++
	case t.sym == 0 && s.timed && s.zone == nil && !s.vague:
		return s.named()
	default:
		return false
	}
	return true
}

// monthAhead reports whether a later word is the month, so that "mar" here is a Tuesday.
func (s *stamp) monthAhead() bool {
	for i := s.i + 1; i < len(s.toks); i++ {
		if s.toks[i].is(isMonth) {
			return true
		}
	}
	return false
}

// number takes a number, or a clock time or numeric date that begins with it.
func (s *stamp) number(t *token) bool {
	next := s.at(s.i + 1)
	switch {
	case next.sym == ':' && !s.timed:
		return s.time()
	case next.is(isYear) && t.digits == 4 && s.day.y == 0: // 2004년 05월 28일
		s.korean = s.korean || hangul(s.text[next.lo:next.hi])
		s.day.y = t.num
		s.i += 2
	case next.is(isMonthMark) && s.day.m == 0:
		s.day.m = t.num
		s.i += 2
	case next.is(isDayMark) && s.day.d == 0:
		s.day.d = t.num
		s.i += 2
	case (next.sym == '/' || next.sym == '.' || next.sym == '-') && !next.space && s.at(s.i+2).digits > 0 && s.at(s.i+3).sym == next.sym && s.at(s.i+4).digits > 0 && s.day == day{}:
		return s.triple()
	case t.digits == 4 && s.day.y == 0:
		s.day.y = t.num
		s.i++
	case t.digits <= 2 && s.day.d == 0:
		s.day.d = t.num
		s.i++
	case t.digits <= 3 && s.day.y == 0 && s.day.m > 0:
		s.day.y = century(t.num)
		s.i++
	default:
		return false
	}
	return true
}

// century completes a year of two or three digits as RFC 2822 section 4.3 does.
func century(y int) int {
	switch {
	case y < 50:
		return 2000 + y
	case y < 1000:
		return 1900 + y
	}
	return y
}

// time takes a clock time: 10:14, 10:14:55, 10:14:55.123.
func (s *stamp) time() bool {
	part := func(i int) (int, bool) {
		t := s.at(i)
		return t.num, t.digits > 0 && t.digits <= 2
	}
	hour, _ := part(s.i)
	minute, ok := part(s.i + 2)
	if !ok {
		return false
	}
	s.clock = clock{hour: hour, minute: minute}
	s.i += 3
	if s.at(s.i).sym == ':' {
		second, ok := part(s.i + 1)
		if !ok || s.at(s.i+2).sym == ':' {
			return false
		}
		s.clock.second = second
		if s.i += 2; s.at(s.i).sym == '.' && s.at(s.i+1).digits > 0 {
			s.i += 2
		}
	}
	s.timed = true
	return s.clock.hour < 24 && s.clock.minute < 60 && s.clock.second <= 60
}

// triple takes 2006/09/15, 15.09.2006 or 9/15/2006; where the order is open, it is no date.
func (s *stamp) triple() bool {
	a, b, c := s.at(s.i), s.at(s.i+2), s.at(s.i+4)
	switch {
	case a.digits == 4 && b.digits <= 2 && c.digits <= 2:
		s.day = day{a.num, b.num, c.num}
	case c.digits != 4 || a.digits > 2 || b.digits > 2:
		return false
	case s.at(s.i+1).sym == '.' || a.num > 12 || a.num == b.num:
		s.day = day{c.num, b.num, a.num}
	case b.num > 12:
		s.day = day{c.num, a.num, b.num}
	default:
		return false
	}
	s.i += 5
	return true
}

// offset takes +0200, -08:00, +1.
func (s *stamp) offset() bool {
	p := parser{text: s.text}
	z, n := p.signed(s.toks, s.i)
	if n == 0 {
		return false
	}
	s.zone = z
	s.i += n
	return true
}

// named takes the name of a zone: known, ambiguous, or unknown.
func (s *stamp) named() bool {
	t := s.at(s.i)
	end := s.i + 1
	for s.at(end).sym == '/' && s.at(end+1).sym == 0 && s.at(end+1).digits == 0 && end+1 < len(s.toks) {
		end += 2 // Etc/GMT, Europe/Paris
	}
	name := s.text[t.lo:s.at(end-1).hi]
	upper := strings.ToUpper(name)
	z := abbreviations[upper]
	if r, ok := regional[upper]; ok {
		z = nil
		switch upper {
		case "CST", "PST", "EST": // RFC 822 section 5.1 defines these
			z = r["US"]
			if z == nil {
				z = abbreviations[upper]
			}
		}
	}
	if area, _, ok := strings.Cut(name, "/"); z == nil && ok && areas[area] {
		if loc, err := time.LoadLocation(name); err == nil {
			z = &zone{place: func() *time.Location { return loc }}
		}
	}
	s.i = end
	if z == utc && (s.at(end).sym == '+' || s.at(end).sym == '-') {
		return s.offset()
	}
	if s.zone = z; z == nil {
		s.vague = true
		return len(name) <= 32 && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && r != '/' && r != '_' }) < 0
	}
	return true
}

// areas are the first parts of names in the zone tables.
var areas = map[string]bool{
	"Africa": true, "America": true, "Antarctica": true, "Arctic": true, "Asia": true, "Atlantic": true, "Australia": true, "Europe": true, "Indian": true, "Pacific": true, "US": true,
}

// instantOf returns the Date at which clocks of z show c on d, if years of four digits can hold it.
func instantOf(d day, c clock, z *zone) (stoa.Date, bool) {
	t := z.at(d, c.hour, c.minute, c.second).UTC()
	return stoa.At(t), t.Year() > 1 && t.Year() <= 9999
}

// answer puts the parts together.
func (s *stamp) answer() (stoa.Date, bool) {
	if s.day.y == 0 || !exists(s.day) || s.day.m == 0 && (s.day.d > 0 || s.timed) || s.day.d == 0 && s.timed {
		return "", false
	}
	if !s.timed || s.vague {
		return s.day.date(), (s.half == 0 || s.timed) && s.day.y <= 9999
	}
	if s.half != 0 {
		if s.clock.hour > 12 {
			return "", false
		}
		s.clock = shift(s.clock, s.half)
	}
	z := s.zone
	if z == nil {
		z = utc
		if s.korean {
			z = fixed(9, 0)
		}
	}
	return instantOf(s.day, s.clock, z)
}

func hangul(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
}
