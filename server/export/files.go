package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"stoa"
	"stoa/server/page"
)

// columns of CSV, in their order.
var columns = []string{
	"id", "title", "url", "summary", "language", "kind", "pillars", "organisations", "countries", "regions", "published", "start", "end",
	"deadline", "rolling", "availability", "relevance", "marks", "first_listed", "changed", "checked", "page", "attribution", "licence",
}

// CSV writes RFC 4180 with a UTF-8 mark. A cell that a spreadsheet would take for a formula starts with an apostrophe.
func CSV(w io.Writer, l List) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(columns); err != nil {
		return err
	}
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		if err := c.Write(l.row(Public(r))); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// row is a record in CSV.
func (l List) row(r stoa.Record) []string {
	row := l.cells(r)
	for i, cell := range row {
		row[i] = guard(cell)
	}
	return row
}

// cells are what the columns say of a record.
func (l List) cells(r stoa.Record) []string {
	var names []string
	for _, o := range r.Organisations {
		names = append(names, o.Name)
	}
	rolling := ""
	if r.Rolling {
		rolling = "true"
	}
	row := []string{
		r.ID, r.Title, page.Outgoing(r.URL), r.Summary, r.Language, string(r.Kind), join(r.Pillars), strings.Join(names, "; "), join(r.Countries),
		join(r.Regions), string(r.Published), string(r.Start), string(r.End), string(r.Deadline), rolling, string(r.Availability),
		string(r.Relevance), join(r.Marks), when(r.FirstListed), when(r.Changed), when(r.Checked), l.Address(r), r.Terms.Attribution, r.Terms.Licence,
	}
	for i, cell := range row {
		row[i] = clean(cell)
	}
	return row
}

func join[T ~string](in []T) string {
	var out []string
	for _, s := range in {
		out = append(out, string(s))
	}
	return strings.Join(out, "; ")
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// Rows writes a table of ours as CSV, with the mark and the guards of CSV.
func Rows(w io.Writer, head []string, rows iter.Seq2[[]string, error]) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(head); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = guard(clean(cell))
		}
		if err := c.Write(cells); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// guard keeps a spreadsheet from computing a cell: Excel, LibreOffice and Sheets take = + - @ and their wide forms for
// formulas, also behind blanks.
func guard(cell string) string {
	first := strings.TrimLeft(cell, " \u00a0\u3000")
	if cell != "" && (first == "" || strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0])) {
		return "'" + cell
	}
	return cell
}

// Calendar writes RFC 5545: one event for a deadline, one for what has a day on which it begins. Ids and sequence
// numbers let a subscriber's calendar change and cancel what it has.
func Calendar(w io.Writer, l List) error {
	out := folder{w: w}
	out.line("BEGIN", "VCALENDAR")
	out.line("VERSION", "2.0")
	out.line("PRODID", "-//stoa//catalogue//EN")
	out.line("CALSCALE", "GREGORIAN")
	out.line("METHOD", "PUBLISH")
	out.line("X-WR-CALNAME", escape(l.Title))
	out.line("REFRESH-INTERVAL;VALUE=DURATION", "PT12H")
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		l.events(&out, r)
	}
	for _, g := range l.Gone {
		g.Record.State = stoa.Refused // merged ones too: the other record has events of its own
		l.events(&out, g.Record)
	}
	out.line("END", "VCALENDAR")
	return out.err
}

// events are those of one record: its deadline, and what it is itself.
func (l List) events(out *folder, r stoa.Record) {
	r = Public(r)
	if r.Deadline.Precision() >= stoa.Day {
		l.event(out, r, "-deadline", l.Words.T("calendar.closes", "title", r.Title), r.Deadline, "")
	}
	if r.Start.Precision() >= stoa.Day {
		l.event(out, r, "", r.Title, r.Start, r.End)
	}
}

func (l List) event(out *folder, r stoa.Record, part, title string, start, end stoa.Date) {
	out.line("BEGIN", "VEVENT")
	out.line("UID", r.ID+part+"@"+l.Site.Authority())
	out.line("DTSTAMP", utc(r.Changed))
	out.line("LAST-MODIFIED", utc(r.Changed))
	out.line("SEQUENCE", strconv.FormatUint(r.Version&0x7fffffff, 10))
	switch {
	case start.Precision() == stoa.Instant:
		out.line("DTSTART", utc(start.Begin(time.UTC)))
		if end.Precision() == stoa.Instant && end.Begin(time.UTC).After(start.Begin(time.UTC)) {
			out.line("DTEND", utc(end.Begin(time.UTC)))
		}
	default:
		first := start.Begin(time.UTC)
		last := first.AddDate(0, 0, 1)
		if end.Precision() >= stoa.Day && end.Finish(time.UTC).After(last) {
			last = end.Finish(time.UTC)
		}
		out.line("DTSTART;VALUE=DATE", first.Format("20060102"))
		out.line("DTEND;VALUE=DATE", last.Format("20060102"))
	}
	out.line("SUMMARY", escape(title))
	if r.Summary != "" {
		out.line("DESCRIPTION", escape(r.Summary))
	}
	if by := rights(r); by != "" {
		out.line("COMMENT", escape(by))
	}
	out.line("URL", l.Address(r))
	out.line("CATEGORIES", escape(string(r.Primary())))
	if r.Relevance == stoa.Withdrawn || r.State != stoa.Listed {
		out.line("STATUS", "CANCELLED")
	} else {
		out.line("STATUS", "CONFIRMED")
	}
	out.line("TRANSP", "TRANSPARENT")
	out.line("END", "VEVENT")
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

var escaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

func escape(s string) string { return escaper.Replace(clean(s)) }

// folder writes content lines, folded at 75 octets without splitting a character.
type folder struct {
	w   io.Writer
	err error
}

func (f *folder) line(name, value string) {
	if f.err != nil {
		return
	}
	var b strings.Builder
	room := 75
	for _, r := range name + ":" + value {
		if r == '\r' || r == '\n' {
			continue // a value never starts a line of its own
		}
		s := string(r)
		if len(s) > room {
			b.WriteString("\r\n ")
			room = 74
		}
		b.WriteString(s)
		room -= len(s)
	}
	b.WriteString("\r\n")
	_, f.err = io.WriteString(f.w, b.String())
}

// JSONLD writes schema.org: Course, Event or CreativeWork.
func JSONLD(w io.Writer, l List) error {
	return graph(w, l, map[string]any{"@vocab": "https://schema.org/"}, nil, func(r stoa.Record) []map[string]any {
		return []map[string]any{l.thing(r)}
	})
}

// Thing returns a record as one schema.org object with its context.
func (l List) Thing(r stoa.Record) map[string]any {
	out := l.thing(Public(r))
	out["@context"] = "https://schema.org"
	return out
}

func (l List) thing(r stoa.Record) map[string]any {
	kind := "CreativeWork"
	switch {
	case r.Kind == stoa.Programme && !r.Start.IsZero():
		kind = "Event"
	case r.Kind == stoa.Programme:
		kind = "Course"
	}
	out := map[string]any{"@id": l.Permanent(r), "@type": kind, "name": line(r.Title), "mainEntityOfPage": l.Address(r)}
	put(out, "url", page.Outgoing(r.URL))
	put(out, "archivedAt", page.Outgoing(r.Archive))
	put(out, "description", clean(r.Summary))
	put(out, "creditText", line(r.Terms.Attribution))
	if r.Terms.Licence != "unknown" {
		put(out, "license", line(r.Terms.Licence))
	}
	put(out, "inLanguage", tagged(r.Language))
	put(out, "datePublished", string(r.Published))
	var parties []map[string]any
	for _, o := range r.Organisations {
		parties = append(parties, map[string]any{"@type": "Organization", "name": line(o.Name)})
	}
	if len(parties) > 0 {
		out[map[string]string{"Event": "organizer", "Course": "provider", "CreativeWork": "publisher"}[kind]] = parties
	}
	if kind == "Event" {
		put(out, "startDate", string(r.Start))
		put(out, "endDate", string(r.End))
		if r.Relevance == stoa.Withdrawn {
			out["eventStatus"] = "https://schema.org/EventCancelled"
		}
	}
	var about []string
	for _, p := range r.Pillars {
		about = append(about, l.Words.Word("pillar", string(p)))
	}
	if len(about) > 0 {
		out["about"] = about
	}
	return out
}

// DCAT writes DCAT 3 in JSON-LD: the catalogue, its resources, and for each a catalogue record that keeps our dates
// apart from the item's.
func DCAT(w io.Writer, l List) error {
	context := map[string]any{
		"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "xsd": "http://www.w3.org/2001/XMLSchema#",
	}
	head := map[string]any{"@id": l.Site.Absolute("/"), "@type": "dcat:Catalog", "dct:title": line(l.Title), "foaf:homepage": map[string]any{"@id": l.Site.Absolute("/")}}
	return graph(w, l, context, head, func(r stoa.Record) []map[string]any {
		id := l.Permanent(r)
		item := map[string]any{
			"@id": id, "@type": "dcat:Resource", "dct:title": text(line(r.Title), tagged(r.Language)),
			"dcat:theme": r.Pillars, "dct:type": string(r.Kind), "dct:isPartOf": map[string]any{"@id": l.Site.Absolute("/")},
		}
		if r.Summary != "" {
			item["dct:description"] = text(clean(r.Summary), tagged(r.Language))
		}
		put(item, "dct:rights", rights(r))
		put(item, "dct:issued", string(r.Published))
		if to := page.Outgoing(r.URL); to != "" {
			item["dcat:landingPage"] = map[string]any{"@id": to}
		}
		if name := publisher(r); name != "" {
			item["dct:publisher"] = map[string]any{"@type": "foaf:Agent", "foaf:name": line(name)}
		}
		entry := map[string]any{"@id": l.Address(r), "@type": "dcat:CatalogRecord", "foaf:primaryTopic": map[string]any{"@id": id}}
		put(entry, "dct:issued", when(r.FirstListed))
		put(entry, "dct:modified", when(r.Changed))
		return []map[string]any{item, entry}
	})
}

func text(s, language string) map[string]any {
	out := map[string]any{"@value": s}
	put(out, "@language", language)
	return out
}

func put(m map[string]any, key, value string) {
	if value != "" {
		m[key] = value
	}
}

func graph(w io.Writer, l List, context, head map[string]any, nodes func(stoa.Record) []map[string]any) error {
	c, err := json.Marshal(context)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "{\"@context\":%s,\"@graph\":[", c); err != nil {
		return err
	}
	comma := ""
	write := func(node map[string]any) error {
		b, err := json.Marshal(node)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n%s", comma, b)
		comma = ","
		return err
	}
	if head != nil {
		if err := write(head); err != nil {
			return err
		}
	}
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		for _, node := range nodes(Public(r)) {
			if err := write(node); err != nil {
				return fmt.Errorf("write record %s: %w", r.ID, err)
			}
		}
	}
	_, err = io.WriteString(w, "\n]}\n")
	return err
}
