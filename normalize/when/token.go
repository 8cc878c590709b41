package when

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/normalize/letters"
)

// most is how many bytes of a text are read: a line of dates is short.
const most = 8 << 10

// token is a number, a word or phrase, or a mark.
type token struct {
	meaning
	lo, hi int  // bytes of the text
	num    int  // value of a number
	digits int8 // how many digits; 0 for no number
	sym    rune // a mark in its common form: - ~ > / . , : ; ( ) | & + '; 0 for no mark
	space  bool // whitespace stands before it
	ord    bool // a number with an ordinal ending: 7th, 1er, 3º
	clock  clock
}

// clock is a time of day.
type clock struct {
	hour, minute, second int
	zone                 *zone
}

func (t *token) is(k kind) bool { return t.kind&k != 0 }

// lexer cuts a text into tokens.
type lexer struct {
	lex   *lexicon
	text  string
	out   []token
	key   []byte
	space bool
}

// scan returns the tokens of text. It looks at each byte a bounded number of times.
func scan(text string, buf []token) []token {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	l := &lexer{lex: lex(), text: text, out: buf[:0], key: make([]byte, 0, 64)}
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case digit(r) >= 0:
			i = l.number(i)
		case r == ' ' || unicode.IsSpace(r):
			l.space = true
			i += size
		case letters.Invisible(r):
			i += size
		case letters.Unspaced(r):
			i = l.dense(i)
		case unicode.IsLetter(r):
			i = l.word(i)
		default:
			l.mark(r, i, i+size)
			i += size
		}
	}
	return l.phrases()
}

// digit returns the value of a decimal digit of the scripts in which dates are met, or -1.
func digit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= '٠' && r <= '٩':
		return int(r - '٠')
	case r >= '۰' && r <= '۹':
		return int(r - '۰')
	case r >= '０' && r <= '９':
		return int(r - '０')
	case r >= '०' && r <= '९':
		return int(r - '०')
	case r >= '๐' && r <= '๙':
		return int(r - '๐')
	}
	return -1
}

func (l *lexer) push(t token) {
	t.space = l.space
	l.space = false
	l.out = append(l.out, t)
}

func (l *lexer) number(i int) int {
	t := token{lo: i}
	digits := 0
	for i < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[i:])
		d := digit(r)
		if d < 0 {
			break
		}
		if digits++; digits <= 9 {
			t.num = t.num*10 + d
		}
		i += size
	}
	t.digits = int8(min(digits, 100))
	if n := ordinal(l.text[i:]); n > 0 && digits <= 2 {
		t.ord = true
		i += n
	}
	t.hi = i
	l.push(t)
	return i
}

// endings are what makes ordinals of numbers. A hyphen may stand before those in Cyrillic.
var endings = []string{"st", "nd", "rd", "th", "ST", "ND", "RD", "TH", ".º", ".ª", "er", "ère", "re", "e", "è", "ème", "eme", "ième", "º", "ª", "°", "ᵉʳ", "ᵉ", "a",
	"-го", "-е", "-й", "-я", "-ое", "-ый", "-ая", "-ого", "-ые", "-х", "го", ":e"}

// ordinal returns the length of the ordinal ending at the head of s, 0 without one.
func ordinal(s string) int {
	for _, e := range endings {
		if strings.HasPrefix(s, e) {
			next, _ := utf8.DecodeRuneInString(s[len(e):])
			if !unicode.IsLetter(next) && digit(next) < 0 {
				return len(e)
			}
		}
	}
	return 0
}

func (l *lexer) word(i int) int {
	lo := i
	for i < len(l.text) {
		r, size := rune(l.text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(l.text[i:])
		}
		if !(unicode.IsLetter(r) || unicode.IsMark(r) || r == 'ـ' || letters.Invisible(r)) || letters.Unspaced(r) {
			break
		}
		i += size
	}
	t := token{lo: lo, hi: i}
	t.meaning = l.find(l.text[lo:i])
	l.push(t)
	return i
}

// find looks a word up, in Arabic also without the particles that are written as part of it.
func (l *lexer) find(word string) meaning {
	l.key = letters.Fold(l.key[:0], word)
	m, ok := l.lex.words[string(l.key)]
	if ok || len(l.key) < 3 || l.key[0] < 0xd8 || l.key[0] > 0xdb {
		return m
	}
	rest := string(l.key)
	for range 3 {
		for _, p := range [...]string{"وال", "بال", "لل", "ال", "و", "ف", "ب", "ل"} {
			if strings.HasPrefix(rest, p) {
				rest = rest[len(p):]
				break
			}
		}
		if m, ok := l.lex.words[rest]; ok && len(rest) > 4 {
			return m
		}
	}
	return m
}

// dense cuts the longest known word off a run of a script without spaces, or one number, or one character.
func (l *lexer) dense(i int) int {
	if n, end, digits := numeral(l.text[i:]); digits > 0 {
		l.push(token{lo: i, hi: i + end, num: n, digits: digits})
		return i + end
	}
	for end := min(len(l.text), i+l.lex.longest); end > i; end-- {
		if end < len(l.text) && !utf8.RuneStart(l.text[end]) {
			continue
		}
		if m, ok := l.lex.words[l.text[i:end]]; ok {
			l.push(token{lo: i, hi: end, meaning: m})
			return end
		}
	}
	_, size := utf8.DecodeRuneInString(l.text[i:])
	l.push(token{lo: i, hi: i + size})
	return i + size
}

// numeral reads a Chinese number that a mark of year, month, day, hour or minute follows.
func numeral(s string) (n, end int, digits int8) {
	const figures = "〇一二三四五六七八九"
	tens, last, count, placed := 0, 0, 0, 0
	for i, r := range s {
		if k := strings.IndexRune(figures, r); k >= 0 || r == '零' || r == '○' {
			last, placed, count = max(k, 0)/3, placed*10+max(k, 0)/3, count+1
		} else if r == '十' {
			tens, last, count = max(last, 1)*10, 0, count+1
		} else if r == '廿' {
			tens, last, count = 20, 0, count+1
		} else {
			if count == 0 || count > 4 || !strings.ContainsRune("年月日号號时時点點分", r) {
				return 0, 0, 0
			}
			if tens > 0 {
				return tens + last, i, 2
			}
			if count == 4 {
				return placed, i, 4
			}
			return placed, i, 2
		}
		if count > 4 {
			return 0, 0, 0
		}
	}
	return 0, 0, 0
}

// mark pushes a mark in its common form. The dot of an abbreviation belongs to the word before it.
func (l *lexer) mark(r rune, lo, hi int) {
	t := token{lo: lo, hi: hi}
	switch r {
	case '-', '‐', '‑', '‒', '–', '—', '―', '−', '－', 'ー', '﹣', '─', '⁃':
		t.sym = '-'
	case '~', '〜', '～', '∼':
		t.sym = '~'
	case '→', '⟶', '➔', '➜', '⇒':
		t.sym = '>'
	case '/', '／', '∕':
		t.sym = '/'
	case '.', '．', '｡':
		if n := len(l.out); n > 0 && !l.space && l.out[n-1].is(isMonth|isWeekday|isYear|isHour|isUnit|isLabel|isMinute) && l.out[n-1].digits == 0 {
			l.out[n-1].hi = hi
			return
		}
		t.sym = '.'
	case ',', '،', '，', '、', '､', '！', '!', '?', '？', '؟':
		t.sym = ','
	case ':', '：', '∶':
		t.sym = ':'
	case ';', '；', '؛', '。':
		t.sym = ';'
	case '(', '（', '[', '【', '［', '{':
		t.sym = '('
	case ')', '）', ']', '】', '］', '}':
		t.sym = ')'
	case '|', '•', '·', '‣', '▪', '│', '｜', '●', '◦', '►', '■', '¦':
		t.sym = '|'
	case '&':
		t.sym, t.kind = '&', isAnd
	case '+', '＋':
		t.sym = '+'
	case '\'', '’', '‘', 'ʼ', '`', '´':
		t.sym = '\''
	case '@':
		t.sym, t.kind = '@', isClock
	case '©':
		t.sym, t.kind = '©', isSkip
	default:
		l.space = true // quotes and ornaments part what stands around them
		return
	}
	l.push(t)
}

// phrases joins the words of known phrases into one token, the longest first, and drops apostrophes inside words.
func (l *lexer) phrases() []token {
	src := l.out
	w := 0
	for i := 0; i < len(src); {
		n, m := l.phrase(src, i)
		switch {
		case n > 0:
			t := src[i]
			t.hi, t.meaning = src[i+n-1].hi, m
			src[w] = t
			i += n
		case src[i].sym == '\'' && !(i+1 < len(src) && src[i+1].digits == 2 && !src[i+1].space):
			i++
			continue
		default:
			src[w] = src[i]
			i++
		}
		w++
	}
	return src[:w]
}

// phrase returns how many tokens at i make up a known phrase of several words, and its meaning.
func (l *lexer) phrase(src []token, i int) (int, meaning) {
	if src[i].sym != 0 || src[i].digits != 0 || l.text[src[i].lo] == 0 {
		return 0, meaning{}
	}
	l.key = letters.Fold(l.key[:0], l.text[src[i].lo:src[i].hi])
	words, known := l.lex.phrases[strings.TrimRight(string(l.key), ".")]
	if !known {
		return 0, meaning{}
	}
	l.key = []byte(strings.TrimRight(string(l.key), "."))
	best, found := 0, meaning{}
	for j, n := i+1, 1; j < len(src) && n < words; j++ {
		if s := src[j].sym; (s == '-' || s == '.' || s == '/') && !src[j].space || s == '\'' {
			continue
		}
		if src[j].sym != 0 || src[j].digits != 0 {
			break
		}
		l.key = append(l.key, ' ')
		l.key = letters.Fold(l.key, strings.TrimRight(l.text[src[j].lo:src[j].hi], "."))
		n++
		if m, ok := l.lex.words[string(l.key)]; ok {
			best, found = j-i+1, m
		}
	}
	if best > 0 && i+best < len(src) && src[i+best].sym == '.' && !src[i+best].space && found.kind&(isAM|isPM) != 0 {
		best++ // the last dot of "p.m."
	}
	return best, found
}
