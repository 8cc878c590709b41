// Package decode turns captures into items, one file per format. It never fetches: one captured response gives items
// and the addresses of pages to follow.
//
// Bytes come from strangers. Each format bounds depth, count and size on the bytes themselves before a parser sees
// them, and bounds the computing that they can cause. What can be read is read: one bad item is yielded as one error,
// and a document that was cut off gives the items that are whole.
package decode

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"stoa"
	"stoa/normalize/link"
)

// Page is one response as it was captured, unpacked.
type Page struct {
	URL     string // final address: relative links start here
	Header  http.Header
	Body    []byte
	Fetched time.Time
	Capture string // its id among the captures
	Status  int
	Cut     bool // the answer ended in the middle: what stands last may be half
}

// Listing is what a page lists.
type Listing struct {
	Head stoa.Head
	// Items yields each item once, in the order of the document. A bad item is yielded as (zero Item, error), and
	// the sequence goes on.
	Items iter.Seq2[stoa.Item, error]
	// Next holds addresses of further pages, absolute.
	Next []string
	// Truncated says that the page ended before its listing did, or that a limit did. It and Warnings are complete
	// only when Items has been read to its end.
	Truncated bool
	Warnings  []string
	Total     int // items on all pages, as the page says; -1 unknown
	// Fresh is how long the listing says that it stays as it is, 0 where it does not: to ask sooner is of no use.
	Fresh time.Duration
}

// maxFresh bounds what a listing can say of itself.
const maxFresh = 30 * 24 * time.Hour

// Fault is why a page could not be read. Its text is the code of the run.
type Fault string

// Faults. Errors of this package wrap one of them.
const (
	ErrUnparsable Fault = stoa.CodeUnparsable // not of the format, or nothing in it can be read
	ErrTooDeep    Fault = stoa.CodeTooDeep    // nested deeper than any honest document
	ErrTooLarge   Fault = stoa.CodeTooLarge   // more bytes, attributes or entities than the limits allow
	ErrNoMatch    Fault = stoa.CodeNoMatch    // readable, but the mapping finds nothing in it
)

// Error returns the code.
func (f Fault) Error() string { return string(f) }

// Code returns the code of the run: one of stoa's Code constants.
func (f Fault) Code() string { return string(f) }

// Limits that hold where the source states none.
const (
	defaultItems = 20_000
	defaultBody  = 10 << 20
)

// maxWarnings bounds what one page can make a run say.
const maxWarnings = 20

// reader reads pages of one format.
type reader func(Page, stoa.Source) (*Listing, error)

// opener returns the reader of a format, or nil for a format that has none.
func opener(f stoa.Format) reader {
	switch f {
	case "feed":
		return openFeed
	case "html":
		return openHTML
	case "json":
		return openJSON
	case "wordpress":
		return openWordPress
	case "table":
		return openTable
	case "sitemap":
		return openSitemap
	case "metadata":
		return openMetadata
	case "ical":
		return openICal
	case "oaipmh":
		return openOAIPMH
	case "pdf-links":
		return openPDFLinks
	case "peer":
		return openPeer
	default:
		return nil
	}
}

// Open reads a page by the source's format. Its errors wrap a Fault, or stoa.ErrInvalid where the source itself is at
// fault. Every item that is yielded has Source, Key, Fetched and Capture set.
func Open(p Page, src stoa.Source) (*Listing, error) {
	read := opener(src.Format)
	if read == nil {
		return nil, fmt.Errorf("decode %s: %w: no such format %q", p.URL, stoa.ErrInvalid, src.Format)
	}
	if limit := bodyLimit(src); int64(len(p.Body)) > limit {
		return nil, fmt.Errorf("decode %s: %w: %d bytes, the limit is %d; raise limits.body if it is honest",
			p.URL, ErrTooLarge, len(p.Body), limit)
	}
	l, err := read(p, src)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", p.URL, err)
	}
	l.Items = finish(l, p, src)
	return l, nil
}

// finish bounds the items of a listing and fills in what every format has in common.
func finish(l *Listing, p Page, src stoa.Source) iter.Seq2[stoa.Item, error] {
	items, limit := l.Items, itemLimit(src)
	if p.Cut && halfRead(src.Format) {
		items = allButLast(items)
	}
	return func(yield func(stoa.Item, error) bool) {
		n := 0
		for item, err := range items {
			if n++; n > limit {
				l.Truncated = true
				l.warn("more than %d items: the first %d in the order of the document are kept; raise limits.items", limit, limit)
				return
			}
			if err == nil {
				item.Source, item.Fetched, item.Capture = src.ID, p.Fetched, p.Capture
				if shorten(&item) {
					l.warn("a text of more than %d bytes: the rest of it is left out", maxProse)
				}
				if item.Key == "" {
					item.Key = fallbackKey(item, src)
				}
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// halfRead says whether a reader takes the last item of a page that was cut off for whole. The others see that it is not.
func halfRead(f stoa.Format) bool { return f == "html" || f == "pdf-links" || f == "table" }

// allButLast leaves out the last item of a sequence.
func allButLast(items iter.Seq2[stoa.Item, error]) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		var last stoa.Item
		var lastErr error
		n := 0
		for item, err := range items {
			if n++; n > 1 && !yield(last, lastErr) {
				return
			}
			last, lastErr = item, err
		}
	}
}

// shorten cuts the item's texts at maxProse and reports whether any was longer. What is stored is written, copied and
// compared many times.
func shorten(item *stoa.Item) (longer bool) {
	for _, text := range []*string{&item.Title, &item.Summary, &item.Content, &item.When, &item.Location} {
		if len(*text) > maxProse {
			*text, longer = strings.Clone(cut(*text, maxProse)), true // or the whole page would be kept for it
		}
	}
	return longer
}

// warn adds a warning, once, and not without end.
func (l *Listing) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, w := range l.Warnings {
		if w == text {
			return
		}
	}
	if len(l.Warnings) < maxWarnings {
		l.Warnings = append(l.Warnings, text)
	}
}

// fallbackKey identifies an item whose publisher gave it no id: by its normalised link, else by its title and date.
func fallbackKey(item stoa.Item, src stoa.Source) string {
	if key, err := link.Canonical(item.URL, src.KeepParams); item.URL != "" && err == nil {
		return key
	}
	date := item.Published
	if date.IsZero() {
		date = stoa.Date(item.When)
	}
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(item.Title), " ") + "\n" + string(date)))
	return "sha256:" + hex.EncodeToString(sum[:16])
}

// absolute resolves an address as a browser does. It returns "" for what is no web or mail address.
func absolute(raw, base string) string {
	raw = strings.TrimSpace(raw)
	if isWeb(raw) {
		base = "" // nothing of it would be used
	}
	address, err := link.Parse(raw, base)
	if err != nil {
		return ""
	}
	if isWeb(address) || strings.HasPrefix(address, "mailto:") {
		return address
	}
	return ""
}

func itemLimit(src stoa.Source) int {
	if src.Limits.Items > 0 {
		return src.Limits.Items
	}
	return defaultItems
}

func bodyLimit(src stoa.Source) int64 {
	if src.Limits.Body > 0 {
		return src.Limits.Body
	}
	return defaultBody
}
