// Package language tells the language of a text, a short title too.
//
// The script decides first; within the Latin script a model of letters and words does, made at start from short texts of
// our own (samples.txt); within other scripts the letters and words that only one language has.
package language

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// most is how many bytes of a text are looked at.
const most = 4 << 10

// Of returns the BCP 47 tag of the language that text is in, and how sure that is (0 to 1). hint is what the source says,
// "" when it says nothing: it helps where the text leaves a choice, and stands alone where there is no text. The tag is
// "" when nothing is known.
func Of(text string, hint string) (tag string, confidence float64) {
	hint = clean(hint)
	if len(text) > most {
		text = text[:most]
	}
	s := count(text)
	tag, confidence = s.decide(text, base(hint))
	if tag == "" {
		if hint == "" {
			return "", 0
		}
		return hint, 0.3
	}
	if hint != "" && base(hint) == tag {
		return hint, math.Max(confidence, 0.6) // with the region that the source gives
	}
	return tag, confidence
}

// clean returns a hint in its regular form, "" when it is no language tag.
func clean(hint string) string {
	hint = strings.TrimSpace(strings.ReplaceAll(hint, "_", "-"))
	if hint == "" || len(hint) > 35 {
		return ""
	}
	t, err := language.Parse(hint)
	if err != nil || t == language.Und {
		return ""
	}
	return t.String()
}

func base(tag string) string {
	b, _, _ := strings.Cut(tag, "-")
	return b
}

// scripts counts the letters of a text by script.
type scripts struct {
	latin, cyrillic, arabic, han, kana, hangul int
	other                                      map[string]int // by the language that alone writes so
}

// alone are scripts in which one language of those that listings are written in stands for all.
var alone = []struct {
	tag   string
	table *unicode.RangeTable
}{
	{"el", unicode.Greek}, {"he", unicode.Hebrew}, {"th", unicode.Thai}, {"hi", unicode.Devanagari}, {"bn", unicode.Bengali},
	{"ka", unicode.Georgian}, {"hy", unicode.Armenian}, {"am", unicode.Ethiopic}, {"km", unicode.Khmer}, {"lo", unicode.Lao},
	{"my", unicode.Myanmar}, {"si", unicode.Sinhala}, {"ta", unicode.Tamil}, {"te", unicode.Telugu}, {"kn", unicode.Kannada},
	{"ml", unicode.Malayalam}, {"gu", unicode.Gujarati}, {"pa", unicode.Gurmukhi}, {"bo", unicode.Tibetan}, {"dv", unicode.Thaana},
}

func count(text string) scripts {
	var s scripts
	for _, r := range text {
		switch {
		case r < 0x80:
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				s.latin++
			}
		case !unicode.IsLetter(r):
		case r < 0x250 || r >= 0x1e00 && r < 0x1f00:
			s.latin++
		case r >= 0x400 && r < 0x530:
			s.cyrillic++
		case unicode.Is(unicode.Arabic, r):
			s.arabic++
		case unicode.Is(unicode.Han, r):
			s.han++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			s.kana++
		case unicode.Is(unicode.Hangul, r):
			s.hangul++
		default:
			for _, a := range alone {
				if unicode.Is(a.table, r) {
					if s.other == nil {
						s.other = map[string]int{}
					}
					s.other[a.tag]++
					break
				}
			}
		}
	}
	return s
}

// decide picks the script that carries the text, then the language. A Chinese character says as much as three letters,
// a syllable of Korean or Japanese as two; names and acronyms in Latin letters stand in texts of every script.
func (s scripts) decide(text, hint string) (string, float64) {
	cjk, hangul := 3*s.han+2*s.kana, 2*s.hangul
	best, weight := "latin", s.latin
	for _, o := range [...]struct {
		name string
		n    int
	}{{"cyrillic", 2 * s.cyrillic}, {"arabic", 2 * s.arabic}, {"cjk", cjk}, {"hangul", hangul}} {
		if o.n > weight {
			best, weight = o.name, o.n
		}
	}
	for _, a := range alone { // in order, so that equal counts always give the same answer
		if n := s.other[a.tag]; 2*n > weight {
			best, weight = a.tag, 2*n
		}
	}
	total := s.latin + 2*s.cyrillic + 2*s.arabic + cjk + hangul
	for _, n := range s.other {
		total += 2 * n
	}
	if weight == 0 {
		return "", 0
	}
	share := float64(weight) / float64(total)
	switch best {
	case "latin":
		tag, sure := model().latin(text, hint)
		return tag, sure * share
	case "cyrillic":
		tag, sure := cyrillic(text, hint)
		return tag, sure * share
	case "arabic":
		tag, sure := arabic(text, hint)
		return tag, sure * share
	case "hangul":
		return "ko", 0.99 * share
	case "cjk":
		if s.kana > 1 && 12*s.kana > s.han || s.han == 0 || s.kana > 0 && hint == "ja" {
			return "ja", 0.98 * share
		}
		if hint == "ja" && s.han < 12 || hint == "ko" && s.hangul > 0 {
			return hint, 0.6 * share
		}
		return "zh", math.Min(0.7+float64(s.han)/20, 0.98) * share
	}
	return best, 0.95 * share
}
