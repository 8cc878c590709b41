package decode

import (
	"strings"
)

// tokenKind is what the scanner found.
type tokenKind uint8

const (
	textToken    tokenKind = iota // characters, entities not yet read
	cdataToken                    // characters as they stand
	startToken                    // <a …> or <a …/>
	endToken                      // </a>
	doctypeToken                  // <!DOCTYPE …>
	otherToken                    // comments, processing instructions, other declarations
)

// token is one piece of markup. Its strings are parts of the document.
type token struct {
	kind       tokenKind
	start, end int    // bytes of the document
	text       string // of text and CDATA: the characters; of a tag: its name as written; of a DOCTYPE: all within
	attrs      string // of a start tag: what follows the name
	closed     bool   // <a/>
	cut        bool   // the document ended inside it
}

// scanner reads markup that may be broken, without recursion, in time linear in the document: encoding/xml stops at
// the first fault, and what cannot be read to the end must still be read as far as it goes.
type scanner struct {
	src string
	pos int
	end int // where to stop; the document may go on

	quotes [2]int // next double and single quote at or after the position last asked for; -1: none
	noPI   bool   // no "?>" ahead
	noEnd  bool   // no "]]>" ahead
}

func newScanner(src string, from, to int) *scanner {
	return &scanner{src: src, pos: from, end: to, quotes: [2]int{-2, -2}}
}

// next reads one token; false at the end.
func (s *scanner) next(t *token) bool {
	if s.pos >= s.end {
		return false
	}
	*t = token{start: s.pos}
	rest := s.src[s.pos:s.end]
	if rest[0] != '<' || !beginsMarkup(rest) {
		s.text(t, rest)
		return true
	}
	switch rest[1] {
	case '/':
		s.endTag(t, rest)
	case '?':
		s.instruction(t, rest)
	case '!':
		s.declaration(t, rest)
	default:
		s.startTag(t, rest)
	}
	t.end = s.pos
	return true
}

// beginsMarkup reports whether the "<" that b begins with is more than a character.
func beginsMarkup(b string) bool {
	if len(b) < 2 {
		return false
	}
	switch c := b[1]; {
	case c == '!', c == '?':
		return true
	case c == '/':
		return len(b) > 2 && isNameStart(b[2])
	default:
		return isNameStart(c)
	}
}

func isNameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= 0x80
}

// text reads up to the next markup.
func (s *scanner) text(t *token, rest string) {
	n := 1
	for {
		i := strings.IndexByte(rest[n:], '<')
		if i < 0 {
			n = len(rest)
			break
		}
		if n += i; beginsMarkup(rest[n:]) {
			break
		}
		n++
	}
	t.kind, t.text = textToken, rest[:n]
	s.pos += n
	t.end = s.pos
}

func (s *scanner) endTag(t *token, rest string) {
	t.kind = endToken
	end := strings.IndexByte(rest, '>')
	if end < 0 {
		t.cut, end = true, len(rest)
		t.text = strings.TrimSpace(rest[2:])
		s.pos += end
		return
	}
	t.text = strings.TrimRight(rest[2:end], " \t\r\n")
	s.pos += end + 1
}

func (s *scanner) instruction(t *token, rest string) {
	t.kind = otherToken
	end := -1
	if !s.noPI {
		end = strings.Index(rest, "?>")
		s.noPI = end < 0
	}
	if end >= 0 {
		s.pos += end + 2
		return
	}
	if end = strings.IndexByte(rest, '>'); end < 0 {
		t.cut, end = true, len(rest)-1
	}
	s.pos += end + 1
}

const (
	cdataOpen  = "<![CDATA["
	cdataClose = "]]>"
)

func (s *scanner) declaration(t *token, rest string) {
	switch {
	case strings.HasPrefix(rest, "<!--"):
		t.kind = otherToken
		if end := strings.Index(rest[4:], "-->"); end >= 0 {
			s.pos += 4 + end + 3
		} else {
			t.cut, s.pos = true, s.end
		}
	case strings.HasPrefix(rest, cdataOpen):
		t.kind = cdataToken
		end := -1
		if !s.noEnd {
			end = strings.Index(rest, cdataClose)
			s.noEnd = end < 0
		}
		if end >= 0 {
			t.text = rest[len(cdataOpen):end]
			s.pos += end + len(cdataClose)
		} else {
			t.text, t.cut, s.pos = rest[len(cdataOpen):], true, s.end
		}
	case len(rest) >= 9 && strings.EqualFold(rest[:9], "<!doctype"):
		t.kind = doctypeToken
		n := doctypeLength(rest)
		if n < 0 {
			t.cut, n = true, len(rest)
		}
		t.text = rest[9:n]
		s.pos += n
	default:
		t.kind = otherToken
		if end := strings.IndexByte(rest, '>'); end >= 0 {
			s.pos += end + 1
		} else {
			t.cut, s.pos = true, s.end
		}
	}
}

// doctypeLength returns how far a DOCTYPE goes, its internal subset included, or -1.
func doctypeLength(b string) int {
	inSubset := false
	for i := 9; i < len(b); i++ {
		switch c := b[i]; {
		case c == '[':
			inSubset = true
		case c == ']':
			inSubset = false
		case c == '>' && !inSubset:
			return i + 1
		case c == '"' || c == '\'':
			end := strings.IndexByte(b[i+1:], c)
			if end < 0 {
				return -1
			}
			i += 1 + end
		case c == '<' && strings.HasPrefix(b[i:], "<!--"):
			end := strings.Index(b[i:], "-->")
			if end < 0 {
				return -1
			}
			i += end + 2
		}
	}
	return -1
}

func (s *scanner) startTag(t *token, rest string) {
	t.kind = startToken
	n := 1
	for n < len(rest) && !isSpace(rest[n]) && rest[n] != '>' && rest[n] != '/' && rest[n] != '<' {
		n++
	}
	t.text = rest[1:n]
	end, closed := s.tagEnd(s.pos + n)
	attrs := s.src[s.pos+n : end]
	if strings.HasSuffix(attrs, "/") {
		t.closed, attrs = true, attrs[:len(attrs)-1]
	}
	t.attrs = attrs
	s.pos = end
	if closed {
		s.pos++
	} else if end >= s.end {
		t.cut = true
	}
}

// tagEnd finds the ">" of a tag. It returns false, and where the tag must have ended, if there is none.
func (s *scanner) tagEnd(from int) (int, bool) {
	value := false // a quote here begins a value
	for i := from; i < s.end; i++ {
		switch c := s.src[i]; {
		case c == '>':
			return i, true
		case c == '<':
			return i, false
		case c == '=':
			value = true
		case (c == '"' || c == '\'') && value:
			if j := s.quote(i+1, c); j > 0 && s.endsValue(i+1, j) {
				i = j
			}
			value = false
		case !isSpace(c):
			value = false
		}
	}
	return s.end, false
}

// quote returns where the next quote c at or after i stands, or -1. Looked up once for all tags before it, so that
// tags with stray quotes cost no more than others.
func (s *scanner) quote(i int, c byte) int {
	next := &s.quotes[0]
	if c == '\'' {
		next = &s.quotes[1]
	}
	if *next == -1 || *next >= i {
		return *next
	}
	if j := strings.IndexByte(s.src[i:s.end], c); j >= 0 {
		*next = i + j
	} else {
		*next = -1
	}
	return *next
}

// endsValue reports whether the quote at j can end the value that begins at i. A value that was never closed would
// reach to the first quote of a later tag.
func (s *scanner) endsValue(i, j int) bool {
	if j-i > maxAttribute {
		return false
	}
	if strings.IndexByte(s.src[i:j], '<') < 0 {
		return true
	}
	if j+1 >= s.end {
		return true
	}
	c := s.src[j+1]
	return isSpace(c) || c == '>' || c == '/' || c == '?'
}

// attribute is one attribute of a tag; the value may hold entities.
type attribute struct{ name, value string }

// nextAttribute cuts the first attribute off what stands in a tag. The name is "" at the end.
func nextAttribute(raw string) (a attribute, rest string) {
	raw = strings.TrimLeft(raw, " \t\r\n\f/")
	n := 0
	for n < len(raw) && raw[n] != '=' && !isSpace(raw[n]) {
		n++
	}
	if n == 0 && len(raw) > 0 {
		n = 1 // a stray "="
	}
	a.name, raw = raw[:n], raw[n:]
	after := strings.TrimLeft(raw, " \t\r\n\f")
	if after == "" || after[0] != '=' {
		return a, raw
	}
	raw = strings.TrimLeft(after[1:], " \t\r\n\f")
	if raw == "" {
		return a, ""
	}
	if q := raw[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(raw[1:], q); end >= 0 {
			a.value = raw[1 : 1+end]
			return a, raw[end+2:]
		}
		raw = raw[1:]
	}
	if end := strings.IndexAny(raw, " \t\r\n\f"); end >= 0 {
		a.value = raw[:end]
		return a, raw[end:]
	}
	a.value = raw
	return a, ""
}
