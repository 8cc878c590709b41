// Package when reads dates as people write them: "8-10 December 2020", "du 3 au 5 juin 2024", "Apply by 31 Jan, 23:59 AoE".
//
// Read answers for a listing's date line, Stamp for a feed's date field. Both are pure: the day of reading is handed
// in, time zones come from tables built into the program, and the host's own zone is never asked.
//
// Read cuts the text into numbers, words and marks (token.go; what words mean in some thirty languages stands in
// words.txt), joins clock times (clock.go), reads single dates (point.go, forms.go, parts.go), joins them into ranges and
// lists (series.go), decides from the words around each what it is for (roles.go), and fills in years (years.go).
package when

import (
	"strings"
	"time"
	_ "time/tzdata" // daylight saving must not depend on what the host has installed

	"stoa"
)

// Options are what Read may know beside the text.
type Options struct {
	Reference time.Time      // the day of reading, from which dates without a year are counted; zero leaves those unread
	Language  string         // BCP 47; its region decides between orders of numbers and between zones of one name
	Zone      *time.Location // where the day of reading is taken; nil is UTC. It never adds a clock time
	USOrder   bool           // the source writes the month first: 02/03/2022 is in February
}

// Reading is what a text says. Dates keep their precision; unknown ones are empty.
type Reading struct {
	Start    stoa.Date // the day it begins or takes place; of a call, the day it opens
	End      stoa.Date // only where the text gives an end
	Deadline stoa.Date // RFC 3339 with its offset where the text states time and zone
	Rolling  bool      // one can take part at any time
	Text     string    // the original text
}

// Deadline reads the field of a source that is known to hold a deadline, though its text need not say so: "31 March 2025,
// 17:00 CET". It returns "" where there is none.
func Deadline(text string, opts Options) stoa.Date {
	if d := Read(text, opts).Deadline; d != "" {
		return d
	}
	return Read("deadline: "+text, opts).Deadline
}

// parser is one reading.
type parser struct {
	text   string
	lang   string
	us     bool
	today  day // the day of reading; its year is 0 when unknown
	toks   []token
	found  []series
	none   token
	depth  int
	wanted bool // a word for deadline stands before
}

// Read reads the dates of a line of text. What follows the first 8 KiB is not read. It never fails: what it is not sure
// of it leaves empty.
func Read(text string, opts Options) Reading {
	r := Reading{Text: strings.TrimSpace(text)}
	p := parser{text: text, lang: opts.Language, us: opts.USOrder || american(opts.Language)}
	if len(text) > most {
		p.text = strings.ToValidUTF8(text[:most], "")
	}
	if !opts.Reference.IsZero() {
		at := opts.Reference.UTC()
		if opts.Zone != nil {
			at = opts.Reference.In(opts.Zone)
		}
		p.today = day{at.Year(), int(at.Month()), at.Day()}
	}
	var room [48]token
	p.toks = scan(p.text, room[:0])
	p.clocks()
	p.find()
	p.settle()
	p.assign()
	p.years()
	p.answer(&r)
	return r
}

// american reports whether people who write in that language put the month first in numbers.
func american(tag string) bool {
	switch region(tag) {
	case "US", "PH", "PR", "FM", "MH", "PW", "GU":
		return true
	}
	return false
}

// answer puts the dates where their roles say.
func (p *parser) answer(r *Reading) {
	p.coarse()
	var start, end, opening, deadline day
	covered := false
	for n := range p.found {
		e := &p.found[n]
		first, last := e.points[0], e.points[len(e.points)-1]
		if first.y == 0 || last.y == 0 {
			continue
		}
		switch e.role {
		case asEvent:
			start = earlier(start, first.begin())
			end = later(end, last.finish(e.ranged))
			covered = covered || len(e.points) > 1 || last.months > 0 || last.academy || last.week
		case asStart:
			r.Start = first.begin().date()
		case asEnd:
			r.End = last.finish(true).date()
		case asOpening:
			opening = earlier(opening, first.begin())
		case asWindow:
			opening = earlier(opening, first.begin())
			p.close(&deadline, e, r)
		case asDeadline:
			p.close(&deadline, e, r)
		}
	}
	if r.Start == "" {
		r.Start = start.date()
	}
	if r.End == "" && (covered || start.before(end)) {
		r.End = end.date()
	}
	if r.Start == "" && r.End == "" {
		r.Start = opening.date()
	}
	if r.End != "" && r.Start != "" && r.End.Begin(time.UTC).Before(r.Start.Begin(time.UTC)) {
		r.End = ""
	}
	if r.Deadline == "" {
		r.Rolling = p.says(isRolling)
	}
}

// close takes the last date of e as the deadline, if it is later than the one found so far: of several cut-offs the
// last one closes a call.
func (p *parser) close(deadline *day, e *series, r *Reading) {
	last := e.points[len(e.points)-1]
	d := last.finish(true)
	if deadline.y > 0 && !deadline.before(d) {
		return
	}
	*deadline = d
	r.Deadline = d.date()
	if d.d == 0 {
		return
	}
	if c, ok := p.clockOf(e); ok {
		t := c.zone.at(d, c.hour, c.minute, c.second)
		r.Deadline = stoa.Date(t.Format("2006-01-02T15:04:05-07:00"))
	}
}

// says reports whether a word of kind k stands in the text.
func (p *parser) says(k kind) bool {
	for i := range p.toks {
		if p.toks[i].is(k) {
			return true
		}
	}
	return false
}

// coarse drops dates that only repeat others less exactly: the year in a title beside the days.
func (p *parser) coarse() {
	best := 0
	for n := range p.found {
		if p.found[n].role == asEvent {
			best = max(best, p.found[n].precision())
		}
	}
	for n := range p.found {
		if e := &p.found[n]; e.role == asEvent && e.precision() < best {
			e.role = asNothing
		}
	}
}

func (e *series) precision() int {
	best := 0
	for k := range e.points {
		switch q := &e.points[k]; {
		case q.d > 0 || q.months > 0:
			best = max(best, 3)
		case q.m > 0:
			best = max(best, 2)
		default:
			best = max(best, 1)
		}
	}
	return best
}

func earlier(a, b day) day {
	if a.y == 0 || b.before(a) {
		return b
	}
	return a
}

func later(a, b day) day {
	if a.y == 0 || a.before(b) {
		return b
	}
	return a
}

// clockOf returns the clock time with zone that stands with the date of e. A time without a zone is none.
func (p *parser) clockOf(e *series) (clock, bool) {
	c, found := p.seek(e.hi, 1)
	if !found {
		c, found = p.seek(e.lo-1, -1)
	}
	if z := p.zoneOf(e); c.zone == nil && z != nil {
		c.zone = z
		if !found && z.offset == -12*3600 {
			c.hour, c.minute, found = 23, 59, true // "31 March, AoE": the end of that day
		}
	}
	return c, found && c.zone != nil
}

// seek looks for a clock time from i on in the given direction, past what can stand between it and its date.
func (p *parser) seek(i, step int) (clock, bool) {
	for n := 0; n < 8; n++ {
		t := p.at(i)
		switch {
		case t.is(isClockTime):
			return t.clock, true
		case t == &p.none || t.sym == ';' || t.sym == '|' || t.digits > 0:
			return clock{}, false
		}
		i += step
	}
	return clock{}, false
}

// zoneOf returns a zone that stands alone after the date of e or before it.
func (p *parser) zoneOf(e *series) *zone {
	for _, step := range [...]int{1, -1} {
		i := e.hi
		if step < 0 {
			i = e.lo - 1
		}
		for n := 0; n < 8; n++ {
			t := p.at(i)
			if t.is(isZone) {
				return t.zone
			}
			if t == &p.none || t.sym == ';' || t.sym == '|' || t.digits > 0 {
				break
			}
			i += step
		}
	}
	return nil
}
