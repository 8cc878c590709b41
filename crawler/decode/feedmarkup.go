package decode

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// shape is what a text construct holds.
type shape struct {
	text     string // all characters, entities read
	elements int    // start tags
	tops     int    // elements that stand in no other
	bare     bool   // characters outside all elements
	div      bool   // the first element is a div
	from, to int    // what stands within the first element
}

// markup returns what an element holds as its readers are meant to see it: text, or markup as the source has it.
// Atom's types say which (RFC 4287 section 3.1; Atom 0.3 type and mode); feeds that do not, or do so wrongly, are
// read by what they hold. Nothing in it is active any more.
func (w *rewriter) markup(t *token, end int) string { return disarm(w.construct(t, end)) }

func (w *rewriter) construct(t *token, end int) string {
	src := w.doc.src[t.end:end]
	kind, mode := textType(t.attrs)
	if strings.IndexByte(src, '<') < 0 {
		return fromBase64(strings.TrimSpace(w.doc.entities.decode(src)), kind, mode)
	}
	s := w.shape(t.end, end)
	wrapped := s.tops == 1 && s.div && !s.bare
	switch {
	case s.elements == 0, wrapped && s.elements == 1 && !strings.Contains(kind, "xml") && kind != "xhtml" && holdsTag(s.text):
		return fromBase64(strings.TrimSpace(s.text), kind, mode)
	case wrapped && kind == "xhtml": // the div is Atom's, not the author's: section 3.1.1.3
		return w.inline(s.from, s.to)
	default:
		return w.inline(t.end, end)
	}
}

// textType returns the type and mode attributes of a text construct.
func textType(attrs string) (kind, mode string) {
	for a, rest := nextAttribute(attrs); a.name != ""; a, rest = nextAttribute(rest) {
		switch strings.ToLower(a.name) {
		case "type":
			kind = strings.ToLower(strings.TrimSpace(a.value))
		case "mode":
			mode = strings.ToLower(strings.TrimSpace(a.value))
		}
	}
	return kind, mode
}

// holdsTag reports whether text, its entities read, is markup.
func holdsTag(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 == len(s) {
			return false
		}
		if s = s[i+1:]; isLetter(s[0]) || s[0] == '/' || s[0] == '!' {
			return true
		}
	}
}

func (w *rewriter) shape(from, to int) shape {
	var b strings.Builder
	s := shape{from: from, to: to}
	scan := newScanner(w.doc.src, from, to)
	depth := 0
	var t token
	for scan.next(&t) {
		switch t.kind {
		case textToken, cdataToken:
			text := t.text
			if t.kind == textToken {
				text = w.doc.entities.decode(text)
			} else {
				text = cleanText(text)
			}
			b.WriteString(text)
			s.bare = s.bare || depth == 0 && strings.TrimSpace(text) != ""
		case startToken:
			s.elements++
			if depth == 0 {
				if s.tops++; s.tops == 1 {
					s.div, s.from = localName(t.text) == "div", t.end
				}
			}
			if !t.closed && !isVoid(t.text) {
				depth++
			}
		case endToken:
			if depth > 0 {
				depth--
			}
			if depth == 0 && s.tops == 1 {
				s.to = t.start
			}
		}
	}
	s.text = b.String()
	return s
}

// localName returns a name without its prefix.
func localName(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// escaper writes text as markup.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// inline returns elements and text as they stand, without prefixes, CDATA sections and what only XML understands.
func (w *rewriter) inline(from, to int) string {
	var b strings.Builder
	b.Grow(to - from)
	scan := newScanner(w.doc.src, from, to)
	var t token
	for scan.next(&t) {
		switch t.kind {
		case textToken:
			if len(w.doc.entities.values) == 0 && len(w.doc.entities.dead) == 0 {
				b.WriteString(cleanText(t.text))
			} else {
				b.WriteString(escaper.Replace(w.doc.entities.decode(t.text)))
			}
		case cdataToken:
			b.WriteString(escaper.Replace(cleanText(t.text)))
		case startToken:
			b.WriteString("<" + localName(t.text) + cleanText(t.attrs))
			if t.closed {
				b.WriteString("/")
			}
			b.WriteString(">")
		case endToken:
			b.WriteString("</" + localName(t.text) + ">")
		}
	}
	return strings.TrimSpace(b.String())
}

// fromBase64 unpacks text that its type or mode says is packed. What turns out not to be packed stays as it is; what
// turns out to be no text is nothing that could be read.
func fromBase64(text, kind, mode string) string {
	if mode != "base64" && !isBinary(kind) || text == "" {
		return text
	}
	packed := strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, text)
	b, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return text
	}
	if bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b) && isBinary(kind) && kind != "application/octet-stream" {
		return ""
	}
	unpacked, _ := decodeText(b, "", plainText)
	return strings.TrimSpace(cleanText(unpacked))
}

// isBinary reports whether Atom content of a type is packed in base64: every media type but those of text and XML.
// RFC 4287 section 4.1.3.3.
func isBinary(kind string) bool {
	return strings.Contains(kind, "/") && !strings.HasPrefix(kind, "text/") &&
		!strings.HasSuffix(kind, "/xml") && !strings.HasSuffix(kind, "+xml")
}
