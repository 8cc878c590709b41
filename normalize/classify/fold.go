package classify

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Bounds on what is read of an item, in bytes: more says nothing more about what a thing is.
const (
	maxTitle   = 1 << 10
	maxSummary = 6 << 10
)

// folded is text as the lexicon reads it: one space before, between and after words, letters in lower case without
// marks, everything else dropped. Chinese and Japanese characters stand side by side as they come.
type folded struct {
	text []byte
	from []int32 // of each byte of text: where in the original its character begins
	orig string
}

// latin folds U+00C0 to U+017F to plain letters.
var latin = func() (t [0x180]string) {
	const from = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįıĵķĺļľŀłñńņňòóôõöøōŏőŕŗřśŝşšţťŧùúûüũūŭůűųŵýÿŷźżžð"
	const to = "aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiiijklllllnnnnooooooooorrrsssstttuuuuuuuuuuwyyyzzzd"
	i := 0
	for _, r := range from {
		t[r] = to[i : i+1]
		i++
		if up := unicode.ToUpper(r); up < 0x180 {
			t[up] = t[r]
		}
	}
	t['ß'], t['æ'], t['Æ'], t['œ'], t['Œ'], t['þ'], t['Þ'] = "ss", "ae", "ae", "oe", "oe", "th", "th"
	return t
}()

// fold reads at most limit bytes of s into f, which it empties first.
func (f *folded) fold(s string, limit int) {
	if len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s = s[:limit]
	}
	f.orig = s
	f.text, f.from = append(f.text[:0], ' '), append(f.from[:0], 0)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
				f.put(i, c)
			case 'A' <= c && c <= 'Z':
				f.put(i, c+'a'-'A')
			default:
				f.space(i)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		f.rune(i, r)
		i += n
	}
	f.space(len(s))
}

func (f *folded) put(at int, c byte) {
	f.text, f.from = append(f.text, c), append(f.from, int32(at))
}

func (f *folded) space(at int) {
	if f.text[len(f.text)-1] == ' ' {
		return
	}
	if c := f.text[len(f.text)-1]; c >= 0x80 && c < 0xC0 {
		f.stemArabic()
	}
	f.put(at, ' ')
}

// stemArabic takes "and", "the", "with the", "for the" off the front of the last word, where Arabic writes them
// without a space.
func (f *folded) stemArabic() {
	lo := bytes.LastIndexByte(f.text, ' ') + 1
	word := f.text[lo:]
	if word[0] < 0xD8 || word[0] > 0xDB {
		return
	}
	cut := 0
	if len(word) >= 10 && bytes.HasPrefix(word, []byte("و")) {
		cut = 2
	}
	for _, p := range []string{"بال", "كال", "فال", "ال", "لل"} {
		if len(word)-cut-len(p) >= 6 && bytes.HasPrefix(word[cut:], []byte(p)) {
			cut += len(p)
			break
		}
	}
	if cut > 0 {
		f.text = append(f.text[:lo], word[cut:]...)
		f.from = append(f.from[:lo], f.from[lo+cut:]...)
	}
}

// rune folds one character that is not ASCII.
func (f *folded) rune(at int, r rune) {
	switch {
	case r < 0x180:
		if t := latin[r]; t != "" {
			for k := range len(t) {
				f.put(at, t[k])
			}
			return
		}
		f.space(at)
		return
	case r >= 0x0400 && r <= 0x052F:
		r = cyrillic(r)
	case r >= 0x0600 && r <= 0x06FF:
		if r = arabic(r); r < 0 {
			return
		}
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
		f.fullwidth(at, r-0xFEE0)
		return
	case unicode.Is(unicode.Mn, r) || r == 0x200C || r == 0x200D || r == 0x00AD:
		return
	default:
		r = unicode.ToLower(r)
	}
	if r < utf8.RuneSelf {
		f.put(at, byte(r))
		return
	}
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		f.space(at)
		return
	}
	var b [utf8.UTFMax]byte
	for _, c := range b[:utf8.EncodeRune(b[:], r)] {
		f.put(at, c)
	}
}

func (f *folded) fullwidth(at int, r rune) {
	switch {
	case 'A' <= r && r <= 'Z':
		f.put(at, byte(r)+'a'-'A')
	case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		f.put(at, byte(r))
	default:
		f.space(at)
	}
}

func cyrillic(r rune) rune {
	switch {
	case r >= 0x0410 && r <= 0x042F:
		return r + 0x20
	case r == 'ё' || r == 'Ё':
		return 'е'
	case r < 0x0410:
		return r + 0x50
	case r > 0x045F:
		return unicode.ToLower(r)
	}
	return r
}

// arabic drops vowel marks and the stretch, and makes one letter of those that writers use for one another.
// It returns -1 for what is dropped.
func arabic(r rune) rune {
	switch {
	case r >= 0x064B && r <= 0x0652 || r == 0x0640 || r == 0x0670:
		return -1
	case r == 'أ' || r == 'إ' || r == 'آ' || r == 'ٱ':
		return 'ا'
	case r == 'ى':
		return 'ي'
	case r == 'ة':
		return 'ه'
	case r >= 0x0660 && r <= 0x0669:
		return '0' + r - 0x0660
	case r >= 0x06F0 && r <= 0x06F9:
		return '0' + r - 0x06F0
	}
	return r
}

// wide reports whether a character is written without spaces between words.
func wide(r rune) bool {
	return r >= 0x2E80 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x2FA1F
}

// surface returns the original text behind text[lo:hi], out to the end of its last word, and from the beginning of its
// first one, where Arabic has the article.
func (f *folded) surface(lo, hi int) string {
	if hi > lo && f.text[hi-1] == ' ' {
		hi--
	}
	if r, _ := utf8.DecodeLastRune(f.text[lo:hi]); !wide(r) {
		for hi < len(f.text) && f.text[hi] != ' ' {
			hi++
		}
	}
	end := len(f.orig)
	if hi < len(f.from) {
		end = int(f.from[hi])
	}
	begin := int(f.from[lo])
	for begin > 0 {
		r, n := utf8.DecodeLastRuneInString(f.orig[:begin])
		if !unicode.Is(unicode.Arabic, r) || !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		begin -= n
	}
	return f.orig[begin:end]
}

// word returns the first word of the original that stem begins, "" where there is none.
func (f *folded) word(stem string) string {
	lead := " "
	if r, _ := utf8.DecodeRuneInString(stem); wide(r) {
		lead = "" // these words are not parted
	}
	lo := bytes.Index(f.text, []byte(lead+stem))
	if lo < 0 {
		return ""
	}
	lo += len(lead)
	return f.surface(lo, lo+len(stem))
}
