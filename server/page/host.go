package page

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// alike are letters of other alphabets that cannot be told from Latin ones in most typefaces.
const alike = "асԁеһіјӏорԛѕтухԝүѵνορυαικ"

// Disguised reports whether the host of an address may pass for another: a name that mixes letters of several alphabets, or
// one of only such letters as look Latin, under an ending in Latin letters.
func Disguised(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	host, err := idna.ToUnicode(u.Hostname())
	if err != nil {
		return strings.Contains(u.Hostname(), "xn--") // what cannot even be decoded is nobody's own name
	}
	labels := strings.Split(strings.ToLower(host), ".")
	for i, label := range labels {
		if mixed(label) || i+1 < len(labels) && passing(label) && within(labels[len(labels)-1], unicode.Latin) {
			return true
		}
	}
	return false
}

// mixed reports whether a label has letters of several alphabets. Japanese and Korean names mix theirs as a rule.
func mixed(label string) bool {
	var seen *unicode.RangeTable
	for _, r := range label {
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Armenian, unicode.Cherokee} {
			if !unicode.Is(script, r) {
				continue
			}
			if seen != nil && seen != script {
				return true
			}
			seen = script
		}
	}
	return false
}

// passing reports whether a label has no letter but those that look Latin, and one at least.
func passing(label string) bool {
	n := 0
	for _, r := range label {
		if r < 0x80 && unicode.IsLetter(r) || r >= 0x80 && !strings.ContainsRune(alike, r) {
			return false
		}
		if r >= 0x80 {
			n++
		}
	}
	return n > 0
}

func within(label string, script *unicode.RangeTable) bool {
	return label != "" && !strings.ContainsFunc(label, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(script, r) })
}
