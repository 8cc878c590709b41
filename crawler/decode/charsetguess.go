package decode

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/saintfish/chardet"
	"golang.org/x/net/html/charset"
)

// prescanBytes is how far into a page <meta charset> is looked for. The standard asks for 1,024, and lets the parser
// change its mind when it meets one later; this covers both.
const prescanBytes = 64 << 10

// guessBytes is how much of a document is looked at to guess its charset.
const guessBytes = 64 << 10

// metaCharset returns the charset that an HTML page names, or "".
// WHATWG HTML, section 13.2.3.2, "prescan a byte stream to determine its encoding".
func metaCharset(body []byte) string {
	b := body[:min(len(body), prescanBytes)]
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return ""
		}
		b = b[i:]
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			end := bytes.Index(b[2:], []byte("-->")) // the two dashes may be those that began it
			if end < 0 {
				return ""
			}
			b = b[2+end+3:]
		case len(b) > 6 && bytes.EqualFold(b[:5], []byte("<meta")) && (isSpace(b[5]) || b[5] == '/'):
			var label string
			if label, b = metaLabel(b[5:]); label != "" {
				return label
			}
		case len(b) > 1 && isLetter(b[1]), len(b) > 2 && b[1] == '/' && isLetter(b[2]):
			end := bytes.IndexAny(b, " \t\n\f\r>")
			if end < 0 {
				return ""
			}
			for b = b[end:]; ; {
				name, _, rest := prescanAttribute(b)
				if b = rest; name == "" {
					break
				}
			}
		case len(b) > 1 && (b[1] == '!' || b[1] == '/' || b[1] == '?'):
			end := bytes.IndexByte(b, '>')
			if end < 0 {
				return ""
			}
			b = b[end:]
		default:
			b = b[1:]
		}
	}
}

// metaLabel reads the attributes of a <meta> and returns the charset that they name, or "", and what follows.
func metaLabel(b []byte) (label string, rest []byte) {
	seen := map[string]string{}
	for {
		name, value, after := prescanAttribute(b)
		if b = after; name == "" {
			break
		}
		if _, dup := seen[name]; !dup {
			seen[name] = value
		}
	}
	if len(b) == 0 {
		return "", b // the tag was not closed
	}
	if stated, ok := seen["charset"]; ok {
		return knownLabel(stated), b
	}
	if seen["http-equiv"] == "content-type" {
		return knownLabel(labelOf(seen["content"])), b
	}
	return "", b
}

// prescanAttribute reads one attribute, in lower case. The name is "" at the end of the tag, which is then the first
// byte of rest, unless the bytes ended first.
func prescanAttribute(b []byte) (name, value string, rest []byte) {
	for len(b) > 0 && (isSpace(b[0]) || b[0] == '/') {
		b = b[1:]
	}
	if len(b) == 0 || b[0] == '>' {
		return "", "", b
	}
	end := 1 // a leading "=" is part of the name
	for end < len(b) && !isSpace(b[end]) && !bytes.ContainsRune([]byte("=/>"), rune(b[end])) {
		end++
	}
	name, b = string(bytes.ToLower(b[:end])), b[end:]
	after := bytes.TrimLeft(b, " \t\n\f\r")
	if len(after) == 0 || after[0] != '=' {
		return name, "", b
	}
	b = bytes.TrimLeft(after[1:], " \t\n\f\r")
	if len(b) == 0 {
		return name, "", b
	}
	if q := b[0]; q == '"' || q == '\'' {
		end := bytes.IndexByte(b[1:], q)
		if end < 0 {
			return name, "", nil
		}
		return name, string(bytes.ToLower(b[1 : 1+end])), b[1+end+1:]
	}
	if end = bytes.IndexAny(b, " \t\n\f\r>"); end < 0 {
		return name, "", nil
	}
	return name, string(bytes.ToLower(b[:end])), b[end:]
}

func isSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func knownLabel(label string) string {
	if e, name := charset.Lookup(label); e != nil {
		return name
	}
	return ""
}

// labelOf returns the charset of a Content-Type value as <meta> may hold it.
func labelOf(content string) string {
	for {
		_, rest, ok := strings.Cut(content, "charset")
		if !ok {
			return ""
		}
		rest = strings.TrimLeft(rest, " \t\n\f\r")
		if !strings.HasPrefix(rest, "=") {
			content = rest
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t\n\f\r")
		if rest == "" {
			return ""
		}
		if q := rest[:1]; q == `"` || q == `'` {
			label, _, closed := strings.Cut(rest[1:], q)
			if !closed {
				return ""
			}
			return label
		}
		if end := strings.IndexAny(rest, "; \t\n\f\r"); end >= 0 {
			return rest[:end]
		}
		return rest
	}
}

// guessCharset names the charset that bytes look like, or "" if they look like nothing in particular. b is not UTF-8.
func guessCharset(b []byte) string {
	sample := textBytes(b)
	if len(sample) == 0 {
		return ""
	}
	if looksThai(sample) {
		return "windows-874"
	}
	results, err := chardet.NewTextDetector().DetectAll(sample)
	if err != nil {
		return ""
	}
	for _, r := range results { // the surest first
		name := recognised(r, sample)
		if name == "" || strings.HasPrefix(name, "utf-") {
			continue
		}
		if text, clean := decodeStrictly(sample, name); clean && readable(text) {
			return name
		}
	}
	return ""
}

// recognised returns our name for what the recogniser found. It knows languages better than it names charsets.
func recognised(r chardet.Result, sample []byte) string {
	switch {
	case r.Charset == "GB-18030":
		return "gb18030"
	case strings.HasPrefix(r.Charset, "ISO-8859-8"):
		return "windows-1255" // a superset, without the question of visual order
	case r.Language == "cs" || r.Language == "hu" || r.Language == "pl" || r.Language == "ro":
		if hasC1(sample) {
			return "windows-1250"
		}
		return "iso-8859-2"
	}
	return knownCharset(r.Charset)
}

// hasC1 reports whether b uses bytes that the ISO 8859 charsets leave to control codes.
func hasC1(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 && c < 0xa0 {
			return true
		}
	}
	return false
}

// textBytes returns the bytes of a document between its tags, so that markup does not make everything look English.
func textBytes(b []byte) []byte {
	b = b[:min(len(b), guessBytes)]
	out := make([]byte, 0, len(b))
	inTag := false
	for _, c := range b {
		switch {
		case c == '<':
			inTag = true
		case c == '>' && inTag:
			inTag = false
			out = append(out, ' ')
		case !inTag:
			out = append(out, c)
		}
	}
	return out
}

// looksThai reports whether the bytes beyond ASCII are Thai: letters, and above or below them vowels and tone marks,
// in the proportions of the language.
func looksThai(b []byte) bool {
	letters, marks, other := 0, 0, 0
	prev := byte(0)
	for _, c := range b {
		switch {
		case c < 0x80:
		case c >= 0xa1 && c <= 0xce:
			letters++
		case c == 0xd1, c >= 0xd4 && c <= 0xda, c >= 0xe7 && c <= 0xee:
			if prev < 0xa1 || prev > 0xee {
				return false // a mark stands on a letter
			}
			marks++
		case c >= 0xcf && c <= 0xd3, c >= 0xdf && c <= 0xe6:
			letters++
		default:
			other++
		}
		prev = c
	}
	return letters > 4 && other*20 < letters && marks*10 > letters && marks < letters
}

// readable reports whether text is made of letters rather than of symbols and controls.
func readable(text string) bool {
	letters, odd := 0, 0
	for _, r := range text {
		switch {
		case r < 0x80:
		case r < 0xa0, r >= 0xe000 && r <= 0xf8ff:
			odd++
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
		case unicode.IsSymbol(r):
			odd++
		}
	}
	return odd <= letters/4+1
}
