package decode

import (
	"fmt"
	"strings"
)

// family is which of the feed formats a document is written in.
type family uint8

const (
	noFeed     family = iota
	familyRSS         // 0.9x, 2.0 and 1.1
	familyRDF         // RSS 0.9 and 1.0
	familyAtom        // 0.3, 1.0, and an entry that stands alone
	familyCDF         // Channel Definition Format
)

// document is a feed in XML of which is known that it harms no parser, and where its items stand.
type document struct {
	src       string
	family    family
	items     []span
	entities  entities
	root      *scope
	start     int // of the root element
	end       int // of what can be read
	truncated bool
	warnings  []string
	undatable bool // a date was met that cannot be read
}

// span is where an item stands.
type span struct {
	from, to uint32
	kind     spanKind
	scope    *scope // around it
}

type spanKind uint8

const (
	itemSpan  spanKind = iota
	tombstone          // deleted-entry, RFC 6721
)

func (d *document) warn(format string, args ...any) {
	if len(d.warnings) < maxWarnings {
		d.warnings = append(d.warnings, fmt.Sprintf(format, args...))
	}
}

// undated says once that a date cannot be read: where one cannot, most cannot.
func (d *document) undated(text string) {
	if !d.undatable {
		d.undatable = true
		d.warn("dates that cannot be read are left out, such as %.60q", text)
	}
}

// open is an element of which the end has not come.
type open struct {
	name  string
	scope *scope
}

// surveyor goes through a document once.
type surveyor struct {
	*document
	scan   scanner
	stack  []open
	item   int // index in stack of the item that is open, or -1
	from   int // where it began
	kind   spanKind
	done   bool   // the root has ended
	roots  int    // elements tried as root
	strays int    // end tags that nothing opened
	tail   string // of the document, without blanks
}

// survey checks a document against the limits and finds its items. Whatever is broken is closed where it must have
// ended: an element with its parent, an item with the next one or with the channel. An item that the document's own
// end cuts is none. base is the document's address.
func survey(src, base string) (*document, error) {
	d := &document{src: src}
	d.entities.warn = d.warn
	s := &surveyor{document: d, scan: *newScanner(src, 0, len(src)), item: -1}
	s.tail = strings.TrimRight(src[max(0, len(src)-1024):], " \t\r\n\x00")
	s.document.root = &scope{base: base}
	var t token
	for !s.done && s.scan.next(&t) {
		if err := s.token(&t); err != nil {
			return nil, err
		}
		d.end = t.end
	}
	if d.family == noFeed {
		return nil, fmt.Errorf("%w: no feed: none of its elements is rss, rdf:RDF, feed, channel or entry", ErrUnparsable)
	}
	d.truncated = d.truncated || !s.done
	return d, nil
}

func (s *surveyor) token(t *token) error {
	switch t.kind {
	case doctypeToken:
		if s.family == noFeed {
			s.entities.declare(t.text)
		}
	case cdataToken:
		if t.cut {
			s.unclosedCDATA(t)
		}
	case startToken:
		if t.cut {
			s.truncated = true
			return nil
		}
		return s.begin(t)
	case endToken:
		if !t.cut {
			s.finish(t)
		}
	}
	return nil
}

// unclosedCDATA ends a section that nothing ends at the end tag of its element. Only a document that is closed itself
// is read on: in one that was cut off, what follows may be text of others.
func (s *surveyor) unclosedCDATA(t *token) {
	if len(s.stack) == 0 {
		return
	}
	name := s.stack[len(s.stack)-1].name
	if !strings.HasSuffix(s.tail, "</"+s.stack[0].name+">") {
		return
	}
	if i := strings.Index(t.text, "</"+name); i >= 0 {
		s.scan.pos = t.start + len(cdataOpen) + i
		t.end = s.scan.pos
	}
}

func (s *surveyor) begin(t *token) error {
	attributes := 0
	for a, rest := nextAttribute(t.attrs); a.name != ""; a, rest = nextAttribute(rest) {
		if attributes++; attributes > maxAttributes {
			return fmt.Errorf("%w: an element with more than %d attributes", ErrTooLarge, maxAttributes)
		}
	}
	if len(s.stack) >= maxDepth {
		return fmt.Errorf("%w: more than %d elements within one another", ErrTooDeep, maxDepth)
	}
	if s.item >= 0 {
		if len(s.stack) == s.item+1 && t.text == s.stack[s.item].name {
			s.pop(s.item, t.start, t.start) // a new item begins: the one before lacks its end
		} else {
			s.push(t, nil)
			return nil
		}
	}
	outer := s.root
	if n := len(s.stack); n > 0 {
		outer = s.stack[n-1].scope
	}
	inner := outer.enter(t.attrs, &s.entities)
	if inner.bases > maxBases {
		return fmt.Errorf("%w: more than %d xml:base within one another", ErrTooDeep, maxBases)
	}
	if s.family == noFeed {
		return s.rootElement(t, inner)
	}
	if kind, ok := s.isItem(inner.canonical(t.text)); ok {
		s.item, s.from, s.kind = len(s.stack), t.start, kind
	}
	s.push(t, inner)
	return nil
}

// push opens an element, or notes an empty item.
func (s *surveyor) push(t *token, inner *scope) {
	if isVoid(t.text) {
		return
	}
	s.stack = append(s.stack, open{t.text, inner})
	if t.closed {
		s.pop(len(s.stack)-1, t.end, t.end)
	}
}

// rootElement looks whether a feed begins here. Prologues are passed over however long they are; pages are not.
func (s *surveyor) rootElement(t *token, inner *scope) error {
	_, local, ok := strings.Cut(t.text, ":")
	if !ok {
		local = t.text
	}
	prefix := strings.TrimSuffix(t.text[:len(t.text)-len(local)], ":")
	uri, _ := inner.namespace(prefix)
	switch f := rootFamily(strings.ToLower(local), uri); {
	case f != noFeed:
		if inner == s.root {
			inner = &scope{parent: s.root, base: s.root.base}
		}
		s.family, s.start = f, t.start
		inner.root, inner.atom = uri, f == familyAtom
		s.root = inner
		s.stack = s.stack[:0] // what stands around a feed does not matter
		if strings.EqualFold(local, "entry") {
			s.item, s.from = 0, t.start
		}
	case strings.EqualFold(local, "html"):
		return fmt.Errorf("%w: a web page, not a feed", ErrUnparsable)
	default:
		if s.roots++; s.roots > maxDepth {
			return fmt.Errorf("%w: no feed among the first %d elements", ErrUnparsable, s.roots)
		}
	}
	s.push(t, inner)
	return nil
}

func rootFamily(local, uri string) family {
	switch local {
	case "rss":
		return familyRSS
	case "rdf":
		return familyRDF
	case "feed", "entry":
		return familyAtom
	case "channel":
		if uri == "http://purl.org/net/rss1.1" {
			return familyRSS
		}
		return familyCDF
	}
	return noFeed
}

// isItem reports whether an element that stands in no item is one.
func (s *surveyor) isItem(name string) (spanKind, bool) {
	switch {
	case name == "at:deleted-entry" || name == "deleted-entry":
		return tombstone, true
	case s.family == familyAtom:
		return itemSpan, name == "entry"
	default:
		return itemSpan, name == "item" || name == "atom:entry"
	}
}

// finish handles an end tag. One that nothing opened ends nothing; only its case may differ.
func (s *surveyor) finish(t *token) {
	for k := len(s.stack) - 1; k >= 0; k-- {
		if s.stack[k].name == t.text {
			s.pop(k, t.start, t.end)
			return
		}
	}
	if s.strays++; s.strays > maxStrays {
		return
	}
	for k := len(s.stack) - 1; k >= 0; k-- {
		if strings.EqualFold(s.stack[k].name, t.text) {
			s.pop(k, t.start, t.end)
			return
		}
	}
}

// pop closes the element at index k of the stack, whose end tag stands between the two positions, and all within it.
func (s *surveyor) pop(k, from, to int) {
	switch {
	case s.item == k:
		s.add(to)
	case s.item > k:
		s.add(from) // the item's own end tag is missing
	}
	s.stack = s.stack[:k]
	s.done = k == 0 && s.family != noFeed
}

// add notes that the open item reaches to a position.
func (s *surveyor) add(to int) {
	outer := s.root
	if s.item > 0 {
		outer = s.stack[s.item-1].scope
	}
	s.items = append(s.items, span{uint32(s.from), uint32(to), s.kind, outer})
	s.item = -1
}
