package when

import (
	_ "embed" // the table of words
	"strconv"
	"strings"
	"sync"

	"stoa/normalize/letters"
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
	isWeek
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
	"quarter": isQuarter, "week": isWeek, "half": isHalf, "firsthalf": isFirstHalf, "secondhalf": isSecondHalf, "end": isEnd,
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
	key := string(letters.Fold(nil, strings.NewReplacer("_", " ", "-", " ", "/", " ").Replace(word)))
	m := l.words[key]
	set(&m)
	l.words[key] = m
	first, rest, ok := strings.Cut(key, " ")
	if ok {
		l.phrases[first] = max(l.phrases[first], strings.Count(rest, " ")+2)
	}
	if r := []rune(key); letters.Unspaced(r[0]) {
		l.longest = max(l.longest, len(key))
	}
}
