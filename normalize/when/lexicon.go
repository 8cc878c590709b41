package when

import (
	_ "embed" // the table of words
	"strconv"
	"strings"
	"sync"
	"unicode"
)

//go:embed words.txt
var table string

// kind is what a word may mean in a line of dates; a word can have several.
type kind uint64

const (
	isMonth kind = 1 << iota
	isWeekday
	isOrd
	isTo
	isUntil
	isFrom
	isAnd
	isOf
	isFill
	isYear
	isMonthMark
	isThang
	isDayMark
	isQuarter
	isHalf
	isFirstHalf
	isSecondHalf
	isEnd
	isMid
	isBegin
	isLate
	isPresent
	isPost
	isNoon
	isMidnight
	isAM
	isPM
	isHour
	isMinute
	isClock
	isTime
	isLocal
	isLabel
	isUnit
	isDeadline
	isBy
	isShut
	isCall
	isOpen
	isStart
	isFinish
	isEvent
	isGeneric
	isSkip
	isReplaced
	isExtended
	isPostponed
	isRolling
	isTBA
	isHijri
	isEra
	isRelative
	isZone
	isCity
	isClockTime // made by the parser: a whole clock time
)

var kinds = map[string]kind{
	"month": isMonth, "weekday": isWeekday, "ord": isOrd, "to": isTo, "until": isUntil, "from": isFrom, "and": isAnd,
	"of": isOf, "fill": isFill, "year": isYear, "monthmark": isMonthMark, "thang": isThang, "daymark": isDayMark,
	"quarter": isQuarter, "half": isHalf, "firsthalf": isFirstHalf, "secondhalf": isSecondHalf, "end": isEnd,
	"mid": isMid, "begin": isBegin, "late": isLate, "present": isPresent, "post": isPost, "noon": isNoon,
	"midnight": isMidnight, "am": isAM, "pm": isPM, "hour": isHour, "minute": isMinute, "clock": isClock,
	"time": isTime, "local": isLocal, "label": isLabel, "unit": isUnit, "deadline": isDeadline, "by": isBy,
	"shut": isShut, "call": isCall, "open": isOpen, "start": isStart, "finish": isFinish, "event": isEvent,
	"generic": isGeneric, "skip": isSkip, "replaced": isReplaced, "extended": isExtended,
	"postponed": isPostponed, "rolling": isRolling, "tba": isTBA, "hijri": isHijri, "era": isEra, "relative": isRelative,
}

// cues are the kinds that say what a date is for.
const cues = isDeadline | isBy | isShut | isCall | isOpen | isStart | isFinish | isEvent | isSkip | isReplaced |
	isExtended | isPostponed | isRolling | isTBA

// meaning is all that a word or phrase may mean.
type meaning struct {
	kind    kind
	month   int8
	weekday int8 // 1 is Monday
	ord     int8
	zone    *zone
}

// lexicon is the table of words by their folded form.
type lexicon struct {
	words   map[string]meaning
	phrases map[string]int // first word of a phrase → words in the longest such phrase
	longest int            // bytes of the longest word of scripts without spaces
}

var lex = sync.OnceValue(func() *lexicon {
	l := &lexicon{words: map[string]meaning{}, phrases: map[string]int{}}
	for line := range strings.Lines(table) {
		head, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		name, number, _ := strings.Cut(head, " ")
		n, _ := strconv.Atoi(number)
		for word := range strings.FieldsSeq(list) {
			l.add(word, name, int8(n))
		}
	}
	for name, z := range cities {
		for word := range strings.FieldsSeq(name) {
			l.put(word, func(m *meaning) { m.kind |= isCity; m.zone = z })
		}
	}
	return l
})

func (l *lexicon) add(word, name string, n int8) {
	l.put(word, func(m *meaning) {
		m.kind |= kinds[name]
		switch kinds[name] {
		case isMonth:
			if m.month == 0 {
				m.month = n
			}
		case isWeekday:
			m.weekday = n
		case isOrd, isEra, isRelative:
			m.ord = n
		}
	})
}

func (l *lexicon) put(word string, set func(*meaning)) {
	key := string(fold(nil, strings.NewReplacer("_", " ", "-", " ", "/", " ").Replace(word)))
	m := l.words[key]
	set(&m)
	l.words[key] = m
	first, rest, ok := strings.Cut(key, " ")
	if ok {
		l.phrases[first] = max(l.phrases[first], strings.Count(rest, " ")+2)
	}
	if r := []rune(key); unspaced(r[0]) {
		l.longest = max(l.longest, len(key))
	}
}

// unspaced reports whether words of r's script stand together without spaces, or carry particles as if they did.
func unspaced(r rune) bool {
	return r >= 0x0e00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) || r == 'ー' || r == '〇' || r == '々' || r == '〆')
}

// fold appends s to dst in lower case without accents, so that what people type and what tables hold agree.
func fold(dst []byte, s string) []byte {
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
			dst = append(dst, plain(unicode.ToLower(r))...)
		case r >= 0x300 && r < 0x370 || r >= 0x64b && r <= 0x65f || r == 0x640 || r == 0x670 || invisible(r):
			// accents and vowel signs
		default:
			dst = append(dst, string(merged(unicode.ToLower(r)))...)
		}
	}
	return dst
}

// latin pairs letters with their base, accents from Latin-1, Latin Extended-A and Vietnamese.
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

func plain(r rune) string {
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
	case 'ύ', 'ϋ':
		return 'υ'
	case 'ώ':
		return 'ω'
	case 'ς':
		return 'σ'
	}
	return r
}

func invisible(r rune) bool {
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r == 0xad
}
