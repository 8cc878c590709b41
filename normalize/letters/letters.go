// Package letters brings words to one form, so that what people type and what tables hold agree: lower case, no accents,
// one letter for those that writers use for one another.
package letters

import "unicode"

// Fold appends s to dst in lower case, without accents, vowel signs and invisible characters.
func Fold(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			return foldRunes(dst, s[i:])
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func foldRunes(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r < 0x80:
			dst = append(dst, byte(unicode.ToLower(r)))
		case r < 0x250 || r >= 0x1e00 && r < 0x1f00:
			dst = append(dst, base(unicode.ToLower(r))...)
		case r >= 0x300 && r < 0x370 || r >= 0x64b && r <= 0x65f || r == 0x640 || r == 0x670 || Invisible(r):
			// accents and vowel signs
		default:
			dst = append(dst, string(merged(unicode.ToLower(r)))...)
		}
	}
	return dst
}

// latin holds the base of accented letters of Latin-1, Latin Extended-A and Vietnamese.
var latin = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ª': "a", 'º': "o", '°': "o"}
	for base, letters := range map[string]string{
		"a": "áàâãäåāăąạảấầẩẫậắằẳẵặ", "c": "çćĉċč", "d": "ď", "e": "éèêëēĕėęěẹẻẽếềểễệ", "g": "ĝğġģ", "h": "ĥħ",
		"i": "íìîïĩīĭįịỉ", "j": "ĵ", "k": "ķ", "l": "ĺļľ", "n": "ñńņňŉ", "o": "óòôõöōŏőơọỏốồổỗộớờởỡợ", "r": "ŕŗř",
		"s": "śŝşšș", "t": "ţťŧț", "u": "úùûüũūŭůűųưụủứừửữự", "w": "ŵ", "y": "ýÿŷỳỵỷỹ", "z": "źżž",
	} {
		for _, r := range letters {
			m[r] = base
		}
	}
	return m
}()

func base(r rune) string {
	if s, ok := latin[r]; ok {
		return s
	}
	return string(r)
}

// merged makes one letter of those that writers use for one another.
func merged(r rune) rune {
	switch r {
	case 'ё':
		return 'е'
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ى', 'ی':
		return 'ي'
	case 'ة':
		return 'ه'
	case 'ک':
		return 'ك'
	case 'ά':
		return 'α'
	case 'έ':
		return 'ε'
	case 'ή':
		return 'η'
	case 'ί', 'ϊ', 'ΐ':
		return 'ι'
	case 'ό':
		return 'ο'
	case 'ύ', 'ϋ', 'ΰ':
		return 'υ'
	case 'ώ':
		return 'ω'
	case 'ς':
		return 'σ'
	}
	return r
}

// Invisible reports whether r shows nothing and joins or turns what stands around it.
func Invisible(r rune) bool {
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r == 0xad
}

// Unspaced reports whether words of r's script stand together without spaces, or carry particles as if they did.
func Unspaced(r rune) bool {
	return r >= 0x0e00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) || r == 'ー' || r == '〇' || r == '々' || r == '〆')
}
