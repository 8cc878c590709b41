package decode

import (
	"strings"

	"golang.org/x/net/html"
)

// disarm returns markup as it stands, less what acts instead of saying something: scripts, style sheets, comments, event
// handlers, addresses that are programs. Nothing that shows markup of others is meant to exist; this is the second wall.
func disarm(markup string) string {
	if !suspicious(markup) {
		return markup
	}
	var b strings.Builder
	b.Grow(len(markup))
	z := html.NewTokenizer(strings.NewReader(markup))
	hidden := ""             // the element whose text is being left out
	var held strings.Builder // that text: it comes back if the element has no end, and so may be only a word
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if hidden != "" {
				b.WriteString(held.String())
			}
			return strings.TrimSpace(b.String())
		}
		raw := string(z.Raw()) // reading the tag changes it
		switch kind {
		case html.TextToken:
			if hidden == "" {
				b.WriteString(raw)
			} else {
				held.WriteString(raw)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			if kind == html.SelfClosingTagToken {
				z.NextIsNotRawText() // in XML, which inline markup is, an empty script holds nothing
			}
			switch {
			case tag.Data == "script" || tag.Data == "style":
				if kind == html.StartTagToken {
					hidden = tag.Data
					held.Reset()
				}
			case hidden == "":
				b.WriteString(disarmTag(tag, raw))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch {
			case hidden == "":
				b.WriteString(raw)
			case hidden == string(name):
				hidden = ""
			}
		}
	}
}

// disarmTag returns a tag as it stands, or anew without its active attributes.
func disarmTag(tag html.Token, raw string) string {
	kept := tag.Attr[:0]
	for _, a := range tag.Attr {
		if !strings.HasPrefix(a.Key, "on") && !isProgram(a.Val) {
			kept = append(kept, a)
		}
	}
	if len(kept) == len(tag.Attr) {
		return raw
	}
	tag.Attr = kept
	return tag.String()
}

// isProgram reports whether an address is one that browsers run.
func isProgram(address string) bool {
	address = strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, address[:min(len(address), 100)]))
	return strings.HasPrefix(address, "javascript:") || strings.HasPrefix(address, "vbscript:") || strings.HasPrefix(address, "data:text/html")
}

// suspicious reports whether any tag needs a closer look. Nearly all markup needs none.
func suspicious(markup string) bool {
	for {
		i := strings.IndexByte(markup, '<')
		if i < 0 {
			return false
		}
		markup = markup[i+1:]
		end := strings.IndexByte(markup, '>')
		if end < 0 {
			return strings.HasPrefix(markup, "!--")
		}
		if suspiciousTag(markup[:end]) {
			return true
		}
		markup = markup[end:]
	}
}

func suspiciousTag(tag string) bool {
	if tag == "" {
		return false
	}
	if tag[0] == '!' || tag[0] == '?' || hasFold(tag, "script") || hasFold(tag, "style") {
		return true
	}
	for i := 0; i+2 < len(tag); i++ {
		switch c := tag[i]; c {
		case '&', ':':
			if c == '&' && tag[i+1] == '#' || i >= 6 && strings.EqualFold(tag[i-6:i], "script") || i >= 4 && strings.EqualFold(tag[i-4:i], "data") {
				return true
			}
		case ' ', '\t', '\n', '\r', '\f', '/', '"', '\'':
			if tag[i+1]|0x20 == 'o' && tag[i+2]|0x20 == 'n' {
				return true
			}
		}
	}
	return false
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
