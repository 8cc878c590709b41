package decode

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// textKind is where a document may say its charset, beside its bytes and the response that brought it.
type textKind int

const (
	plainText textKind = iota // nowhere
	htmlText                  // in <meta>; read as the WHATWG standard has it
	xmlText                   // in the XML declaration
	jsonText                  // nowhere: it is UTF-8 unless it plainly is not
)

const utf8Name = "utf-8"

// decodeText returns the text of body as valid UTF-8 without byte order mark, and the name of the charset that it was
// read as. In order of belief: the byte order mark, the zero bytes of UTF-16 and UTF-32, what was stated (by the
// response, then by the document), UTF-8, what the bytes look like, windows-1252.
//
// For HTML a stated charset is final, as in browsers, where its publisher has seen the page. Feeds are seen by nobody:
// there the first statement that the bytes bear out wins.
func decodeText(body []byte, contentType string, kind textKind) (text, name string) {
	if name, skip := byteOrderMark(body); name != "" {
		return decodeAs(body[skip:], name), name
	}
	if name := wideCharset(body); name != "" {
		return decodeAs(body, name), name
	}
	stated := statedCharsets(body, contentType, kind)
	if kind == htmlText && len(stated) > 1 && stated[0] == utf8Name && !utf8.Valid(wholeRunes(body)) && !mostlyUTF8(body) {
		stated = stated[1:] // a server's default over what the page says, which its publisher sees only in part
	}
	if kind == htmlText && len(stated) > 0 {
		return decodeAs(body, stated[0]), stated[0]
	}
	body = wholeRunes(body)
	isUTF8 := utf8.Valid(body)
	for _, name := range stated {
		if name == utf8Name && isUTF8 {
			return string(body), name
		}
		if isUTF8 && hides8Bit(name) && !isASCII(body) {
			continue // bytes that happen to be UTF-8 throughout are UTF-8, whatever a server's default says
		}
		if text, clean := decodeStrictly(body, name); clean {
			return text, name
		}
	}
	if isUTF8 {
		return string(body), plainName(body, kind)
	}
	if mostlyUTF8(body) {
		return decodeAs(body, utf8Name), utf8Name
	}
	if name := guessCharset(body); name != "" {
		return decodeAs(body, name), name
	}
	for _, name := range stated {
		if name != utf8Name { // with a few bad bytes, then
			return decodeAs(body, name), name
		}
	}
	return decodeAs(body, "windows-1252"), "windows-1252"
}

// wholeRunes returns UTF-8 without the character that a cut document ends in, and anything else as it is.
func wholeRunes(b []byte) []byte {
	for n := 1; n < utf8.UTFMax && n < len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if last[0] >= utf8.RuneSelf && !utf8.FullRune(last) && utf8.Valid(b[:len(b)-n]) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

// plainName names the charset of undeclared bytes that are valid UTF-8; plain ASCII in HTML is windows-1252 by the standard.
func plainName(body []byte, kind textKind) string {
	if kind == htmlText && isASCII(body) {
		return "windows-1252"
	}
	return utf8Name
}

// byteOrderMark returns the charset that a byte order mark shows, and the mark's length.
func byteOrderMark(b []byte) (name string, length int) {
	for _, m := range []struct{ mark, name string }{
		{"\xff\xfe\x00\x00", "utf-32le"}, {"\x00\x00\xfe\xff", "utf-32be"}, // before UTF-16, whose mark they begin with
		{"\xef\xbb\xbf", utf8Name}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"},
	} {
		if len(b) >= len(m.mark) && string(b[:len(m.mark)]) == m.mark {
			return m.name, len(m.mark)
		}
	}
	return "", 0
}

// wideCharset recognises UTF-16 and UTF-32 by the zero bytes of their first characters, which are ASCII in any markup.
func wideCharset(b []byte) string {
	if len(b) < 4 {
		return ""
	}
	var pattern [4]bool
	for i := range pattern {
		pattern[i] = b[i] != 0
	}
	switch pattern {
	case [4]bool{true, false, false, false}:
		return "utf-32le"
	case [4]bool{false, false, false, true}:
		return "utf-32be"
	case [4]bool{true, false, true, false}:
		return "utf-16le"
	case [4]bool{false, true, false, true}:
		return "utf-16be"
	}
	return ""
}

// statedCharsets lists the known charsets that response and document name, the more believable first.
func statedCharsets(body []byte, contentType string, kind textKind) []string {
	var names []string
	add := func(label string) {
		if name := knownCharset(label); name != "" {
			names = append(names, name)
		}
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		add(params["charset"])
	}
	switch kind {
	case htmlText:
		add(metaCharset(body))
		for i, name := range names {
			if strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32") {
				names[i] = utf8Name // what can be read as ASCII is neither
			}
		}
	case xmlText:
		add(xmlEncoding(body))
	}
	if kind != htmlText {
		names = dropWide(names)
	}
	return names
}

// dropWide removes UTF-16 and UTF-32: text that they encode has been recognised by its zero bytes.
func dropWide(names []string) []string {
	kept := names[:0]
	for _, n := range names {
		if !strings.HasPrefix(n, "utf-16") && !strings.HasPrefix(n, "utf-32") {
			kept = append(kept, n)
		}
	}
	return kept
}

// xmlEncoding returns the encoding of an XML declaration, or "".
func xmlEncoding(b []byte) string {
	head := b[:min(len(b), 1024)]
	start := bytes.Index(head, []byte("<?xml"))
	if start < 0 {
		return ""
	}
	head = head[start:]
	if end := bytes.Index(head, []byte("?>")); end >= 0 {
		head = head[:end]
	}
	_, rest, ok := bytes.Cut(head, []byte("encoding"))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n=")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	value, _, ok := bytes.Cut(rest[1:], rest[:1])
	if !ok {
		return ""
	}
	return strings.TrimSpace(string(value))
}

// knownCharset returns the canonical name of a charset that we can read, or "".
func knownCharset(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'"))
	if label == "" || len(label) > 64 {
		return ""
	}
	if strings.HasPrefix(label, "utf-32") || strings.HasPrefix(label, "utf32") {
		return "utf-32"
	}
	if e, name := charset.Lookup(label); e != nil && e != encoding.Replacement {
		return name
	}
	if e, err := ianaindex.IANA.Encoding(label); err == nil && e != nil {
		return label
	}
	return ""
}

// encodingOf returns the encoding of a name that knownCharset or a recogniser gave.
func encodingOf(name string) encoding.Encoding {
	switch name {
	case "utf-32le", "utf-32":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	if e, _ := charset.Lookup(name); e != nil {
		return e
	}
	if e, err := ianaindex.IANA.Encoding(name); err == nil && e != nil {
		return e
	}
	return charmap.Windows1252
}

// decodeAs reads b as the named charset, come what may.
func decodeAs(b []byte, name string) string {
	if name == utf8Name {
		return repairUTF8(b)
	}
	out, err := encodingOf(name).NewDecoder().Bytes(b)
	if err != nil {
		return repairUTF8(b)
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// decodeStrictly reads b as the named charset and reports whether every byte had a meaning.
func decodeStrictly(b []byte, name string) (string, bool) {
	if name == utf8Name {
		return "", false // the caller has tried that
	}
	out, err := encodingOf(name).NewDecoder().Bytes(b)
	if err != nil || !utf8.Valid(out) {
		return "", false
	}
	text := strings.TrimRight(string(out), "\uFFFD") // the character that a cut document ends in
	return text, len(out)-len(text) <= 2*len("\uFFFD") && !strings.Contains(text, "\uFFFD")
}

// repairUTF8 returns b with each byte that is no UTF-8 read as windows-1252: documents that mix the two are common,
// documents that mean something else by such bytes were recognised before.
func repairUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + len(b)/8)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		out.WriteRune(r)
		b = b[size:]
	}
	return out.String()
}

// mostlyUTF8 reports whether b is UTF-8 but for stray bytes.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		b = b[size:]
	}
	return good > bad
}

// hides8Bit reports whether a charset gives a meaning to (nearly) every byte, so that decoding proves nothing. These
// are the ones that servers and templates state without looking.
func hides8Bit(name string) bool {
	return name == "windows-1252" || name == "iso-8859-15" || name == "us-ascii" || name == "ascii"
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
