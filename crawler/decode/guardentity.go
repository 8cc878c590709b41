package decode

import (
	"html"
	"strings"
	"unicode/utf8"
)

// entities are the general entities that a document declares itself. External ones are never fetched; those that
// would grow too large are never expanded; both become nothing.
type entities struct {
	values map[string]string
	dead   map[string]bool // declared, but external or too large
	budget int
	warn   func(format string, args ...any)
}

// declare reads the internal subset of a DOCTYPE.
func (e *entities) declare(doctype string) {
	e.budget = maxExpansion
	_, subset, ok := strings.Cut(doctype, "[")
	for ok && len(e.values)+len(e.dead) < maxEntities {
		_, rest, found := strings.Cut(subset, "<!ENTITY")
		if !found {
			return
		}
		subset = e.one(rest)
	}
}

// one reads a single declaration and returns what follows it.
func (e *entities) one(decl string) string {
	decl = strings.TrimLeft(decl, " \t\r\n")
	end := strings.IndexAny(decl, " \t\r\n")
	if end <= 0 || decl[0] == '%' {
		return decl // parameter entities matter to validation only
	}
	name, rest := decl[:end], strings.TrimLeft(decl[end:], " \t\r\n")
	if rest == "" {
		return ""
	}
	if e.values == nil {
		e.values, e.dead = map[string]string{}, map[string]bool{}
	}
	if _, dup := e.values[name]; dup || e.dead[name] {
		return rest // the first declaration binds
	}
	if q := rest[0]; q == '"' || q == '\'' {
		value, after, closed := strings.Cut(rest[1:], string(q))
		if !closed {
			return ""
		}
		if expanded := e.expand(value); len(expanded) <= maxEntity && !e.hollow(value) {
			e.values[name] = expanded
		} else {
			e.dead[name] = true
			e.warn("entity %.40q is too large and was left out", name)
		}
		return after
	}
	e.dead[name] = true
	e.warn("external entity %.40q was not fetched and left out", name)
	return rest
}

// expand replaces references to entities declared before. Values are expanded when declared, so nothing grows by
// more than one level and a self-reference is an unknown name.
func (e *entities) expand(value string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(value, "&")
		b.WriteString(before)
		if !ok || b.Len() > maxEntity {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, ";")
		if known, declared := e.values[name]; closed && declared {
			b.WriteString(known)
			value = after
			continue
		}
		b.WriteByte('&')
		value = rest
	}
}

// hollow reports whether a value refers to an entity that was left out.
func (e *entities) hollow(value string) bool {
	for name := range e.dead {
		if strings.Contains(value, "&"+name+";") {
			return true
		}
	}
	return false
}

// lookup returns what a name declared by the document stands for.
func (e *entities) lookup(name string) (string, bool) {
	if e.dead[name] {
		return "", true
	}
	value, ok := e.values[name]
	if !ok {
		return "", false
	}
	if e.budget -= len(value); e.budget < 0 {
		e.warn("entities add more than %d bytes; further uses were left out", maxExpansion)
		return "", true
	}
	return value, true
}

// decode reads the entities of character data and drops what no XML may hold. Names that nobody declared are those
// of HTML, or stand as they are; an ampersand that begins nothing is an ampersand.
func (e *entities) decode(s string) string { return e.decodeDepth(s, true) }

func (e *entities) decodeDepth(s string, declared bool) string {
	amp := strings.IndexByte(s, '&')
	if amp < 0 {
		return cleanText(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for amp >= 0 {
		b.WriteString(s[:amp])
		s = s[amp:]
		n := e.reference(&b, s, declared)
		s = s[n:]
		amp = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return cleanText(b.String())
}

// longestName is the length of the longest reference that HTML has, and more than any declared name deserves.
const longestName = 40

// reference writes what the reference at the start of s stands for and returns its length. An unknown one is written
// as it stands.
func (e *entities) reference(b *strings.Builder, s string, declared bool) int {
	end := strings.IndexByte(s[:min(len(s), longestName)], ';')
	if end < 2 {
		b.WriteByte('&')
		return 1
	}
	switch name := s[1:end]; name {
	case "amp":
		b.WriteByte('&')
	case "lt":
		b.WriteByte('<')
	case "gt":
		b.WriteByte('>')
	case "quot":
		b.WriteByte('"')
	case "apos":
		b.WriteByte('\'')
	case "lang": // here and below as XHTML defines them, whose names feeds borrow; HTML took others since
		b.WriteRune(0x2329)
	case "rang":
		b.WriteRune(0x232a)
	case "#", "#x", "#X":
		b.WriteByte('&')
		return 1
	default:
		if declared && e != nil {
			if value, ok := e.lookup(name); ok {
				b.WriteString(e.decodeDepth(value, false))
				return end + 1
			}
		}
		known := html.UnescapeString(s[:end+1])
		if strings.HasSuffix(known, ";") && known != ";" {
			b.WriteByte('&') // not a reference, or only a part of it is: "&copy2;" is no "©2;" here
			return 1
		}
		b.WriteString(known)
	}
	return end + 1
}

// cleanText drops what no XML document may hold, and reads the control codes of Latin-1 as what their writers meant:
// windows-1252.
func cleanText(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7f || c == 0xc2 || c == 0xef {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0x7f, r == 0xfffe, r == 0xffff, r == 0xfeff:
			return -1
		case r >= 0x80 && r < 0xa0:
			return latin1Controls[r-0x80]
		case !utf8.ValidRune(r):
			return -1
		}
		return r
	}, s)
}

// latin1Controls are the characters of windows-1252 from 0x80 to 0x9f.
var latin1Controls = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
