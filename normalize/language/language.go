// Package language tells the language of a text.
package language

import (
	"strings"
	"unicode"
)

// Of returns the BCP 47 tag of the language that text is in, and how sure that is (0 to 1). hint is what the source
// says, "" when it says nothing; it decides where the text does not. Without text or hint the tag is "".
func Of(text string, hint string) (tag string, confidence float64) {
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Arabic, r):
			return "ar", 0.8
		case unicode.Is(unicode.Cyrillic, r):
			return "ru", 0.8
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja", 0.9
		case unicode.Is(unicode.Hangul, r):
			return "ko", 0.9
		case unicode.Is(unicode.Han, r):
			return "zh", 0.8
		}
	}
	if hint != "" {
		return strings.ToLower(hint), 0.5
	}
	if text == "" {
		return "", 0
	}
	return "en", 0.5
}
