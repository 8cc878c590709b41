package place

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// teams are what national response teams call themselves beside the code of their country.
var teams = []string{"cert", "csirt", "cirt", "ncsc"}

// team looks for a national response team at token i: CERT-FR, CSIRT.SK, UgCERT, KG-CERT. A space does not join them, since
// "CERT in" is no team.
func (f *finder) team(i int) (int, name, bool) {
	t := &f.toks[i]
	if t.dense {
		return 0, name{}, false
	}
	for _, w := range teams {
		if code, ok := strings.CutSuffix(t.key, w); ok && len(code) == 2 && t.text != t.key && national(code) {
			return 1, name{code: strings.ToUpper(code), sort: body}, true
		}
		n := 1
		if i+1 < len(f.toks) && f.toks[i+1].stop == '.' && f.toks[i+1].lo == t.hi {
			n = 2
		}
		if i+n >= len(f.toks) || f.toks[i+n].lo != t.hi+1 || f.toks[i+n].hi == f.toks[i+n].lo || !f.joined(t.hi) {
			continue
		}
		next := &f.toks[i+n]
		switch {
		case t.key == w && len(next.key) == 2 && national(next.key):
			return n + 1, name{code: strings.ToUpper(next.key), sort: body}, true
		case next.key == w && len(t.key) == 2 && strings.ToUpper(t.text) == t.text && national(t.key):
			return n + 1, name{code: strings.ToUpper(t.key), sort: body}, true
		}
	}
	return 0, name{}, false
}

// joined reports whether a hyphen or a full stop stands at byte i.
func (f *finder) joined(i int) bool { return i < len(f.text) && (f.text[i] == '-' || f.text[i] == '.') }

// national reports whether two letters are the code of a country whose team may be named by it: CERT/CC and CERT-EU are none.
func national(code string) bool { return code != "cc" && Valid(strings.ToUpper(code)) }

// inflected looks for a word by its stem, and in Arabic without the particles written as part of it.
func (f *finder) inflected(key string) (name, bool) {
	r, _ := utf8.DecodeRuneInString(key)
	if unicode.Is(unicode.Arabic, r) {
		return f.arabic(key)
	}
	end := len(key)
	for dropped := 0; dropped <= 4 && end > 3; dropped++ {
		if m, ok := f.t.stems[key[:end]]; ok {
			if unicode.Is(unicode.Cyrillic, r) && m.sort == country && dropped > 3 {
				return name{}, false
			}
			return m, true
		}
		_, size := utf8.DecodeLastRuneInString(key[:end])
		end -= size
	}
	if !agglutinates[base(f.language)] {
		return name{}, false
	}
	for end, dropped := len(key), 0; dropped < 5 && end > 5; dropped++ {
		if m, ok := f.t.whole[key[:end]]; ok && (m.sort == country || m.sort == city) {
			return m, true
		}
		_, size := utf8.DecodeLastRuneInString(key[:end])
		end -= size
	}
	return name{}, false
}

// agglutinates are languages that put endings on names of places: Durbanben, Berliinissä.
var agglutinates = map[string]bool{"hu": true, "fi": true, "et": true, "tr": true, "az": true, "kk": true, "uz": true, "pl": true, "cs": true, "sk": true, "sl": true, "hr": true, "lt": true, "lv": true}

// particles of Arabic that are written with the word after them.
var particles = []string{"وال", "بال", "كال", "فال", "لل", "ال", "و", "ف", "ب", "ل", "ك"}

func (f *finder) arabic(key string) (name, bool) {
	for range 2 {
		cut := false
		for _, p := range particles {
			rest, ok := strings.CutPrefix(key, p)
			if !ok || utf8.RuneCountInString(rest) < 3 {
				continue
			}
			for _, form := range []string{rest, "ال" + rest} {
				if m, ok := f.t.whole[form]; ok {
					return m, true
				}
			}
			if p == "و" || p == "ف" || p == "ب" || p == "ل" {
				key, cut = rest, true
				break
			}
		}
		if !cut {
			break
		}
	}
	return name{}, false
}
