package normalize

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of plain text. They are far above what a listing says of an item, and keep hostile input cheap.
const (
	longest  = 256 << 10 // bytes of input that are looked at, and of output
	rounds   = 6         // of decoding what was encoded several times over
	stacking = 4         // combining marks on one letter; no living script needs more
)

// Plain returns the text of markup: entities decoded however often they were encoded, tags and comments dropped,
// script and style with all that they hold, blocks set apart by a space, whitespace folded, NFC. What could deceive a
// reader or break out of its box is dropped: control characters, bidi overrides, invisible characters, marks stacked
// without end. Plain text comes back as it is, so Plain is idempotent. What follows the first 256 KiB is dropped.
//
// The result is text, not markup: whoever shows it escapes it.
func Plain(markup string) string {
	s := markup
	for range rounds {
		next := plainOnce(s)
		if next == s || (!strings.ContainsAny(next, "<&") && s != markup) {
			return settleText(next)
		}
		s = next
	}
	// Still not at rest: someone nests encodings on purpose. Take away what makes markup.
	return settleText(strings.Map(func(r rune) rune {
		if r == '<' || r == '&' {
			return ' '
		}
		return r
	}, s))
}

// settleText repeats the cleaning of characters until it changes nothing, which is the second time but for texts at the bound.
func settleText(s string) string {
	for {
		next := clean(s)
		if next == s {
			return s
		}
		s = next
	}
}

func plainOnce(s string) string {
	s = bound(s)
	switch {
	case strings.Contains(s, "<"):
		s = untagged(s)
	case strings.Contains(s, "&"):
		s = html.UnescapeString(s)
	}
	return clean(s)
}

// bound cuts s at the last whole character within the limit.
func bound(s string) string {
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > longest-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

// clean folds whitespace and drops what is not seen, in NFC.
func clean(s string) string {
	s = bound(s)
	if simple(s) {
		return s
	}
	if t, ok := ascii(s); ok {
		return t
	}
	s = norm.NFC.String(visible(s, 2*stacking))
	return visible(s, stacking)
}

// simple reports whether s is ASCII that clean would not change; most text is.
func simple(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c == 0x7f || (c == ' ' && space) {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

// ascii is visible for text of ASCII alone, in which nothing can be stacked or joined.
func ascii(s string) (text string, ok bool) {
	out, space := make([]byte, 0, len(s)), false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return "", false
		case c > ' ' && c != 0x7f:
			if space && len(out) > 0 {
				out = append(out, ' ')
			}
			out, space = append(out, c), false
		case c == ' ' || c >= '\t' && c <= '\r':
			space = true
		}
	}
	return string(out), true
}

// visible copies what a reader sees: single spaces, no controls, no invisible characters, at most stack marks on a
// letter. A joiner stays where it joins letters (Persian, Indic scripts, emoji).
func visible(s string, stack int) string {
	var b strings.Builder
	b.Grow(len(s))
	space, marks, joiner := false, 0, rune(0)
	for _, r := range s {
		switch {
		case r == utf8.RuneError || !unicode.IsSpace(r) && r != '\u2800' && hidden(r):
			continue
		case r == '\u200c' || r == '\u200d':
			joiner = r
			continue
		case unicode.IsSpace(r) || r == '\u2800':
			space, joiner = b.Len() > 0, 0
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > stack {
				continue
			}
		default:
			marks = 0
		}
		if space {
			b.WriteByte(' ')
		} else if joiner != 0 && b.Len() > 0 {
			b.WriteRune(joiner)
		}
		space, joiner = false, 0
		b.WriteRune(r)
	}
	return b.String()
}

// hidden reports whether r shows nothing, or only changes how its neighbours show.
func hidden(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r < 0xad:
		return false
	case r == 0x00ad, r == 0x034f, r == 0x061c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e:
		return true
	case r == 0x200b, r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r == 0x3164, r == 0xfeff, r == 0xffa0, r >= 0xfff0 && r <= 0xfffc, r&0xfffe == 0xfffe:
		return true
	}
	return r >= 0xe0000 && r <= 0xe0fff
}
