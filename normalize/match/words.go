package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is one word of a text: folded for comparison, and as it was written.
type word struct {
	text  string // folded
	raw   string
	gap   string // what stands between the word before and this one
	upper bool   // written in capitals, two letters or more
}

// longestText bounds what is read of a title or a summary, in bytes.
const longestText = 4000

// fold brings letters to one form: lower case, no accents, one form of each Arabic letter, full-width forms made plain.
func fold(s string) string {
	if t, ok := foldASCII(s); ok {
		return t
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(cut(s, longestText)) {
		switch {
		case unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Hiragana, r) && !unicode.Is(unicode.Katakana, r):
		case r == 'ـ':
		case r == 'ß':
			b.WriteString("ss")
		case r == 'œ' || r == 'Œ':
			b.WriteString("oe")
		case r == 'æ' || r == 'Æ':
			b.WriteString("ae")
		case r == 'ø' || r == 'Ø':
			b.WriteRune('o')
		case r == 'ł' || r == 'Ł':
			b.WriteRune('l')
		case r == 'ı':
			b.WriteRune('i')
		case r == 'ة':
			b.WriteRune('ه')
		case r == 'ى':
			b.WriteRune('ي')
		case r == '’' || r == '‘' || r == 'ʼ' || r == '`':
			b.WriteRune('\'')
		case r == '–' || r == '—' || r == '‑' || r == '‐' || r == '−':
			b.WriteRune('-')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// foldASCII is fold of text that needs no more than lower case.
func foldASCII(s string) (string, bool) {
	same := true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf || c == '`':
			return "", false
		case c >= 'A' && c <= 'Z':
			same = false
		}
	}
	if s = cut(s, longestText); same {
		return s, true
	}
	return strings.ToLower(s), true
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func isHan(r rune) bool {
	return r >= 0x2e80 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー')
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// split cuts text into words. Digits with dots between them stay one word (2.0), so do a name with its plus
// (GLACY+), a name with one letter after a hyphen (GLACY-e), and one letter with the word after its hyphen
// (e-evidence). A possessive "s" falls off. Runs of scripts without spaces are one word each.
func split(text string) []word {
	text = strings.ToValidUTF8(cut(text, longestText), "\ufffd")
	runes := []rune(text)
	at := offsets(text, len(runes))
	out := make([]word, 0, len(runes)/6+2)
	gap := 0
	for i := 0; i < len(runes); {
		if !wordRune(runes[i]) {
			i++
			continue
		}
		start := i
		i = end(runes, i)
		raw := text[at(start):at(i)]
		w := word{raw: raw, gap: text[at(gap):at(start)], upper: capitals(raw)}
		w.text = plainWord(fold(raw))
		gap = i
		if i+1 < len(runes) && runes[i] == '\'' || i+1 < len(runes) && runes[i] == '’' {
			if (runes[i+1] == 's' || runes[i+1] == 'S') && (i+2 == len(runes) || !wordRune(runes[i+2])) {
				i += 2
				gap = i
			}
		}
		if w.text != "" {
			out = append(out, w)
		}
	}
	return out
}

// offsets tells where in text its n characters begin.
func offsets(text string, n int) func(i int) int {
	if n == len(text) {
		return func(i int) int { return i }
	}
	starts := make([]int, 0, n+1)
	for i := range text {
		starts = append(starts, i)
	}
	starts = append(starts, len(text))
	return func(i int) int { return starts[i] }
}

// end returns where the word that begins at i ends.
func end(r []rune, i int) int {
	start, han := i, isHan(r[i])
	for i < len(r) {
		c := r[i]
		switch {
		case wordRune(c) && isHan(c) == han:
			i++
		case c == '.' && i > start && unicode.IsDigit(r[i-1]) && i+1 < len(r) && unicode.IsDigit(r[i+1]):
			i++
		case c == '+' && i > start && unicode.IsLetter(r[i-1]) && (i+1 == len(r) || !wordRune(r[i+1])):
			return i + 1
		case c == '-' && i-start >= 3 && i+1 < len(r) && unicode.IsLower(r[i+1]) && unicode.IsUpper(r[i-1]) && (i+2 == len(r) || !wordRune(r[i+2])):
			return i + 2
		case c == '-' && i-start == 1 && unicode.IsLetter(r[start]) && i+1 < len(r) && unicode.IsLetter(r[i+1]):
			i++
		case unicode.Is(unicode.Mn, c) && i > start:
			i++
		default:
			return i
		}
	}
	return i
}

func capitals(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n >= 2
}

// plainWord drops hyphens within a word and the Arabic article with the particles before it.
func plainWord(s string) string {
	s = strings.ReplaceAll(s, "-", "")
	if s == "" || s[0] < utf8.RuneSelf {
		return s
	}
	for _, article := range []string{"وال", "بال", "فال", "كال", "ال", "لل"} {
		if rest, ok := strings.CutPrefix(s, article); ok && len([]rune(rest)) >= 3 {
			return rest
		}
	}
	return s
}
