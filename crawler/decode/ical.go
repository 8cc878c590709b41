package decode

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"stoa"
)

// Bounds of one event.
const (
	maxEventLines = 1000
	maxEventLine  = 64 << 10 // bytes, unfolded; the rest is left out
)

// openICal reads the events of a calendar (RFC 5545). Each event is cut out first and parsed by itself, so that neither
// nesting nor a broken neighbour matters to it. Recurrence is kept as the rule that it is, never expanded.
func openICal(p Page, src stoa.Source) (*Listing, error) {
	text, _ := decodeText(joinCharacters(p.Body), p.Header.Get("Content-Type"), plainText)
	upper := strings.ToUpper(cut(strings.TrimSpace(text), maxField))
	if !strings.Contains(upper, "BEGIN:VCALENDAR") && !strings.Contains(upper, "BEGIN:VEVENT") {
		return nil, fmt.Errorf("%w: no calendar: neither BEGIN:VCALENDAR nor BEGIN:VEVENT", ErrUnparsable)
	}
	c := calendar{fill: newFiller(p, src, p.URL), titles: map[string]string{}}
	l := &Listing{Total: -1}
	l.Items = func(yield func(stoa.Item, error) bool) { c.items(text, l, yield) }
	return l, nil
}

// calendar is the state of reading one calendar.
type calendar struct {
	fill      filler
	cancelled bool              // METHOD:CANCEL
	titles    map[string]string // of series by UID, for the moved days that do not repeat it
	n         int
}

// items goes through the lines, and hands on each event when it ends.
func (c *calendar) items(text string, l *Listing, yield func(stoa.Item, error) bool) {
	var event []string
	inside, nested := false, 0
	for line := range contentLines(text) {
		name, value := component(line)
		switch {
		case name == "BEGIN" && value == "VEVENT" && nested == 0:
			if inside {
				c.n++
				if !yield(stoa.Item{}, fmt.Errorf("event %d: %w: another begins before it ends", c.n, ErrUnparsable)) {
					return
				}
			}
			event, inside = event[:0], true
		case !inside:
			c.calendarLine(line, l)
		case name == "BEGIN":
			nested++ // an alarm
		case name == "END" && nested > 0:
			nested--
		case name == "END" && value == "VEVENT":
			inside = false
			c.n++
			item, err := c.event(event)
			if err != nil {
				err = fmt.Errorf("event %d: %w", c.n, err)
			}
			if !yield(item, err) {
				return
			}
		case nested == 0 && len(event) < maxEventLines:
			event = append(event, line)
		}
	}
	if inside {
		l.Truncated = true
		l.warn("the calendar ends in the middle of an event, which is left out")
	}
}

// calendarLine reads what the calendar says of itself.
func (c *calendar) calendarLine(line string, l *Listing) {
	name, value, _ := strings.Cut(line, ":")
	name, _, _ = strings.Cut(strings.ToUpper(name), ";")
	switch name {
	case "METHOD":
		c.cancelled = strings.EqualFold(strings.TrimSpace(value), "CANCEL")
	case "REFRESH-INTERVAL", "X-PUBLISHED-TTL":
		l.Fresh = max(l.Fresh, min(isoDuration(value), maxFresh))
	case "X-WR-CALNAME", "NAME":
		l.Head.Title = first(l.Head.Title, fold(value))
	case "X-WR-CALDESC", "DESCRIPTION":
		l.Head.Summary = first(l.Head.Summary, fold(value))
	}
}

// joinCharacters takes out the folds between two bytes of one character: RFC 5545 counts octets, and programs that count
// nothing else fold there. With them the whole calendar would look like no UTF-8.
func joinCharacters(body []byte) []byte {
	var out []byte
	kept := 0
	for i := 1; i < len(body); i++ {
		if body[i] != '\n' && body[i] != '\r' || body[i-1] < 0x80 {
			continue
		}
		end := i
		if body[end] == '\r' {
			end++
		}
		if end+2 < len(body) && body[end] == '\n' && (body[end+1] == ' ' || body[end+1] == '\t') && body[end+2]&0xc0 == 0x80 {
			out = append(out, body[kept:i]...)
			kept, i = end+2, end+2
		}
	}
	if out == nil {
		return body
	}
	return append(out, body[kept:]...)
}

// contentLines yields the lines of a calendar, unfolded.
func contentLines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		var b strings.Builder
		begun := false
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\r\n")
			if begun && line != "" && (line[0] == ' ' || line[0] == '\t') {
				if b.Len() < maxEventLine {
					b.WriteString(line[1:])
				}
				continue
			}
			if begun && b.Len() > 0 && !yield(b.String()) {
				return
			}
			b.Reset()
			begun = true
			b.WriteString(cut(line, maxEventLine))
		}
		if b.Len() > 0 {
			yield(b.String())
		}
	}
}

// component reads "BEGIN:VEVENT" and "END:VEVENT".
func component(line string) (name, value string) {
	name, value, ok := strings.Cut(line, ":")
	if name = strings.ToUpper(strings.TrimSpace(name)); !ok || name != "BEGIN" && name != "END" {
		return "", ""
	}
	return name, strings.ToUpper(strings.TrimSpace(value))
}

var propertyLine = regexp.MustCompile(`^[A-Za-z0-9-]+(;[^:"]*("[^"]*"[^:"]*)*)?:`)

// parseEvent hands one event to the parser. Lines that are no properties are left out, and, if it refuses the others
// together, those that it refuses alone.
func parseEvent(lines []string) (*ical.Component, error) {
	var properties []string
	for _, line := range lines {
		if propertyLine.MatchString(line) {
			properties = append(properties, line)
		}
	}
	event, err := parseLines(properties)
	if err == nil {
		return event, nil
	}
	var whole []string
	for _, line := range properties {
		if _, lineErr := parseLines([]string{line}); lineErr == nil {
			whole = append(whole, line)
		}
	}
	if len(whole) == 0 {
		return nil, err
	}
	return parseLines(whole)
}

// parseLines parses an event. The parser panics on some lines that end too soon.
func parseLines(lines []string) (event *ical.Component, err error) {
	defer func() {
		if r := recover(); r != nil {
			event, err = nil, fmt.Errorf("%w: the event is broken: %v", ErrUnparsable, r)
		}
	}()
	doc := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	cal, err := ical.NewDecoder(strings.NewReader(doc)).Decode()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	if len(cal.Children) != 1 {
		return nil, fmt.Errorf("%w: %d events where one was", ErrUnparsable, len(cal.Children))
	}
	return cal.Children[0], nil
}

// event reads one event.
func (c *calendar) event(lines []string) (stoa.Item, error) {
	e, err := parseEvent(lines)
	if err != nil {
		return stoa.Item{}, err
	}
	text := func(name string) string {
		if prop := e.Props.Get(name); prop != nil {
			if s, err := prop.Text(); err == nil {
				return strings.TrimSpace(s)
			}
			return strings.TrimSpace(prop.Value)
		}
		return ""
	}
	var item stoa.Item
	c.fill.put(&item, "key", []string{text(ical.PropUID)})
	summary := first(text(ical.PropSummary), c.titles[item.Key])
	if item.Key != "" && len(c.titles) < defaultItems {
		c.titles[item.Key] = cut(summary, maxRule)
	}
	description := text(ical.PropDescription)
	line, _, _ := strings.Cut(description, "\n")
	c.fill.put(&item, "title", []string{first(summary, cut(line, 4*maxLabel), text(ical.PropLocation))})
	c.fill.put(&item, "summary", []string{description})
	c.fill.put(&item, "url", []string{text(ical.PropURL)})
	c.fill.put(&item, "location", []string{text(ical.PropLocation)})
	c.fill.put(&item, "published", []string{c.plainTime(e, ical.PropCreated)})
	c.fill.put(&item, "updated", []string{c.plainTime(e, ical.PropLastModified)})
	for _, prop := range e.Props.Values(ical.PropCategories) {
		if list, err := prop.TextList(); err == nil {
			item.Categories = distinct(append(item.Categories, folded(list)...))
		}
	}
	c.attached(&item, e)
	if prop := e.Props.Get(ical.PropOrganizer); prop != nil {
		extra(&item, "organizer", fold(prop.Params.Get(ical.ParamCommonName)))
	}
	item.Withdrawn = c.cancelled || strings.EqualFold(text(ical.PropStatus), "CANCELLED")
	if id := text(ical.PropRecurrenceID); id != "" && item.Key != "" {
		item.Key += "#" + fold(id) // one day of a series that was moved
	}
	c.times(&item, e, text(ical.PropRecurrenceRule))
	if item.Title == "" && item.URL == "" && item.Key == "" {
		return stoa.Item{}, fmt.Errorf("%w: it has neither title, address nor UID", ErrNoMatch)
	}
	return item, nil
}

// attached keeps the addresses of files; what is embedded is left out.
func (c *calendar) attached(item *stoa.Item, e *ical.Component) {
	var files []string
	for _, prop := range e.Props.Values(ical.PropAttach) {
		if strings.HasPrefix(prop.Value, "http") {
			files = append(files, prop.Value)
		}
	}
	c.fill.put(item, "enclosures", files)
}

func (c *calendar) plainTime(e *ical.Component, name string) string {
	d, _ := c.time(e.Props.Get(name))
	return string(d)
}

// times reads when an event takes place. A series has a rule; only where the rule itself ends does it have an end.
func (c *calendar) times(item *stoa.Item, e *ical.Component, rule string) {
	start, startDay := c.time(e.Props.Get(ical.PropDateTimeStart))
	end, endDay := c.time(e.Props.Get(ical.PropDateTimeEnd))
	if end == "" {
		end = c.after(start, startDay, e.Props.Get(ical.PropDuration))
	} else if endDay {
		end = before(end) // the day after the last
	}
	if rule == "" {
		extra(item, "start", string(start))
		if end != start && end >= start {
			extra(item, "end", string(end))
		}
		finishDates(item)
		return
	}
	extra(item, "recurrence", fold(rule))
	if until := untilOf(rule); until != "" {
		extra(item, "start", string(start))
		extra(item, "end", string(until))
		finishDates(item)
		return
	}
	if start != "" {
		item.When = "recurring since " + string(start)
	}
}

var untilForm = regexp.MustCompile(`(?i)UNTIL=(\d{4})(\d\d)(\d\d)`)

// untilOf returns the last day of a recurrence rule.
func untilOf(rule string) stoa.Date {
	m := untilForm.FindStringSubmatch(rule)
	if m == nil {
		return ""
	}
	d, err := stoa.ParseDate(m[1] + "-" + m[2] + "-" + m[3])
	if err != nil {
		return ""
	}
	return d
}

// before returns the day before d.
func before(d stoa.Date) stoa.Date {
	if d.Precision() != stoa.Day {
		return d
	}
	return stoa.DayOf(d.Begin(time.UTC).AddDate(0, 0, -1))
}

// after returns when an event ends that states how long it takes.
func (c *calendar) after(start stoa.Date, day bool, duration *ical.Prop) stoa.Date {
	if duration == nil || start == "" {
		return ""
	}
	d, err := duration.Duration()
	if err != nil || d <= 0 || d > 10*365*24*time.Hour {
		return ""
	}
	end := start.Begin(time.UTC).Add(d)
	if day {
		return before(stoa.DayOf(end))
	}
	return stoa.At(end)
}

// time reads a date or a time; day reports the first. A time in a zone that nobody knows is only good for its day.
func (c *calendar) time(prop *ical.Prop) (d stoa.Date, day bool) {
	if prop == nil {
		return "", false
	}
	value := strings.TrimSpace(prop.Value)
	if len(value) < 8 {
		return "", false
	}
	date, err := time.Parse("20060102", value[:8])
	switch {
	case err != nil:
		return "", false
	case len(value) == 8:
		return stoa.DayOf(date), true
	case strings.HasSuffix(value, "Z"):
		if t, err := time.Parse("20060102T150405Z", value); err == nil {
			return stoa.At(t), false
		}
	default:
		if zone := zoneOf(prop.Params.Get(ical.PropTimezoneID), c.fill.zone); zone != nil {
			if t, err := time.ParseInLocation("20060102T150405", value, zone); err == nil {
				return stoa.At(t), false
			}
		}
	}
	return stoa.DayOf(date), false
}

// zoneOf finds a zone by its name, which some programs hang behind a path of their own:
// "/freeassociation.sourceforge.net/Europe/Berlin". Without a name a time is in the source's zone.
func zoneOf(name string, source *time.Location) *time.Location {
	if name == "" {
		return source
	}
	parts := strings.Split(strings.Trim(name, "/"), "/")
	for i := max(0, len(parts)-3); i < len(parts); i++ {
		try := strings.Join(parts[i:], "/")
		if zone, err := time.LoadLocation(try); err == nil && try != "Local" && try != "" {
			return zone
		}
	}
	return nil
}

var isoForm = regexp.MustCompile(`(?i)^\s*P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?\s*$`)

// isoDuration reads a duration as calendars write it: P1W, P1D, PT12H. What it cannot read is 0.
func isoDuration(text string) time.Duration {
	m := isoForm.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	var d time.Duration
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi("0" + m[i+1]) // the pattern lets only few digits through
		d += time.Duration(n) * unit
	}
	return d
}
