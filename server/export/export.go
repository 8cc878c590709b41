// Package export writes records as feeds and files: Atom, RSS, JSON Feed, iCalendar, CSV, JSON, JSON Lines, JSON-LD,
// DCAT. Whatever a record holds, what is written is well formed; what may not leave the house (see Public) does not.
package export

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"stoa"
	"stoa/server/locales"
	"stoa/server/page"
)

// List is what a feed or a file shows.
type List struct {
	Title                       string
	Words                       *locales.Locale
	Site                        page.Site
	Self                        string // absolute address of this very document
	Page                        string // absolute address of the same search as a page
	First, Previous, Next, Last string // absolute addresses of the neighbours (RFC 5005), "" where there is none
	Now                         time.Time
	Total                       int // of the search; -1 when not counted
	Records                     iter.Seq2[stoa.Record, error]
	NextCursor                  string // of the API, for JSON
	Gone                        []Gone // what readers of the list should forget
}

// Gone is a record that was shown once and is not any more.
type Gone struct {
	Record stoa.Record // as much as is still known; the id always is
	At     time.Time
	Into   string // the id of the record that it was merged into, or ""
}

// Writer writes a list in one format.
type Writer func(w io.Writer, l List) error

// Format is a way to write a list.
type Format struct {
	Name   string // for people
	Suffix string // of addresses
	Type   string // of content
	Write  Writer
	Feed   bool // shows one page of the newest; otherwise the whole search
	Past   bool // holds what is over too, so that a calendar can cancel it
	Cite   bool // for references: offered with a record only
}

// Formats returns all formats, in the order in which pages offer them.
func Formats() []Format {
	return []Format{
		{Name: "Atom", Suffix: ".atom", Type: "application/atom+xml; charset=utf-8", Write: Atom, Feed: true},
		{Name: "RSS", Suffix: ".rss", Type: "application/rss+xml; charset=utf-8", Write: RSS, Feed: true},
		{Name: "JSON Feed", Suffix: ".feed.json", Type: "application/feed+json", Write: JSONFeed, Feed: true},
		{Name: "ICS", Suffix: ".ics", Type: "text/calendar; charset=utf-8", Write: Calendar, Past: true},
		{Name: "CSV", Suffix: ".csv", Type: "text/csv; charset=utf-8; header=present", Write: CSV},
		{Name: "JSON", Suffix: ".json", Type: "application/json", Write: JSON},
		{Name: "JSON-LD", Suffix: ".jsonld", Type: "application/ld+json", Write: JSONLD},
		{Name: "BibTeX", Suffix: ".bib", Type: "application/x-bibtex; charset=utf-8", Write: BibTeX, Cite: true},
		{Name: "RIS", Suffix: ".ris", Type: "application/x-research-info-systems; charset=utf-8", Write: RIS, Cite: true},
		{Name: "TXT", Suffix: ".txt", Type: "text/plain; charset=utf-8", Write: Citations, Cite: true},
		{Name: "DCAT", Suffix: ".dcat.jsonld", Type: "application/ld+json; profile=\"http://www.w3.org/ns/dcat#\"", Write: DCAT},
	}
}

// JSON writes {"records":[…],"next":"…"}: the nouns as they are.
func JSON(w io.Writer, l List) error {
	if _, err := io.WriteString(w, `{"records":[`); err != nil {
		return err
	}
	comma := ""
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		b, err := json.Marshal(Public(r))
		if err != nil {
			return fmt.Errorf("write record %s: %w", r.ID, err)
		}
		if _, err := fmt.Fprintf(w, "%s\n%s", comma, b); err != nil {
			return err
		}
		comma = ","
	}
	tail := "\n]}\n"
	if l.NextCursor != "" {
		b, err := json.Marshal(l.NextCursor)
		if err != nil {
			return err
		}
		tail = "\n],\"next\":" + string(b) + "}\n"
	}
	_, err := io.WriteString(w, tail)
	return err
}

// Lines writes one record a line.
func Lines(w io.Writer, l List) error {
	enc := json.NewEncoder(w)
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		if err := enc.Encode(Public(r)); err != nil {
			return fmt.Errorf("write record %s: %w", r.ID, err)
		}
	}
	return nil
}

// Permanent is the address of a record that never changes.
func (l List) Permanent(r stoa.Record) string { return l.Site.Absolute("/id/" + r.ID) }

// Address is the address of a record's page in the language of the list.
func (l List) Address(r stoa.Record) string {
	return l.Site.Absolute("/" + l.Words.Code + page.Address(r))
}

// tag is a record's id in feeds (RFC 4151). It stays, whatever becomes of slugs and titles.
func (l List) tag(r stoa.Record) string {
	return "tag:" + l.Site.Authority() + ",2026:record/" + r.ID
}

func (l List) collect() ([]stoa.Record, error) {
	var out []stoa.Record
	for r, err := range l.Records {
		if err != nil {
			return nil, err
		}
		out = append(out, Public(r))
	}
	return out, nil
}

// updated is the latest change among records, or the first second of Unix time for none: a feed must name a time, and
// the present would claim a change.
func updated(records []stoa.Record, gone []Gone) time.Time {
	last := time.Unix(0, 0)
	for _, r := range records {
		if r.Changed.After(last) {
			last = r.Changed
		}
	}
	for _, g := range gone {
		if g.At.After(last) {
			last = g.At
		}
	}
	return last.UTC()
}

// publisher is the name under which a record appears in a feed.
func publisher(r stoa.Record) string {
	for _, o := range r.Organisations {
		if o.Role == stoa.Publisher {
			return o.Name
		}
	}
	if len(r.Organisations) > 0 {
		return r.Organisations[0].Name
	}
	return ""
}

// clean makes s fit for XML 1.0, calendars and CSV alike: valid UTF-8, no control characters but tab and newline, no
// overrides of direction that would run out of their place.
func clean(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unfit) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unfit(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func unfit(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case r < ' ', r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x2028 || r == 0x2029, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

// line is clean, on one line.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// One writes the first record of a list by itself.
func One(w io.Writer, l List) error {
	return first(w, l, func(r stoa.Record) any { return Public(r) })
}

// OneThing writes the first record of a list by itself, as a schema.org object.
func OneThing(w io.Writer, l List) error {
	return first(w, l, func(r stoa.Record) any { return l.Thing(r) })
}

func first(w io.Writer, l List, form func(stoa.Record) any) error {
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		return json.NewEncoder(w).Encode(form(r))
	}
	return stoa.ErrNotFound
}
