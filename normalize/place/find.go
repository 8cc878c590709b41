package place

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/normalize/letters"
)

// most is how many bytes of a text are searched.
const most = 16 << 10

// token is a word of a text, or a mark that ends a clause.
type token struct {
	text   string // as written
	key    string // folded
	lo, hi int
	fold   int  // where key ends among the folded words
	stop   rune // a mark: . ; : ( ) , or 0 for a word
	dense  bool
}

// mention is a name found in a text.
type mention struct {
	name
	first, last int // tokens
	lo, hi      int // bytes
	factor      float64
	goesOn      bool // a list: nothing but a comma or "and" stands between the one before and this
}

// finder searches one text.
type finder struct {
	t        *names
	text     string
	language string
	english  bool
	shouting bool // the text has no small letters, so capitals say nothing
	toks     []token
	found    []mention
}

// search returns the names in text, each with a factor for what stands around it.
func search(text, language string) []mention {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	text = unbracketed(text)
	f := finder{t: table(), text: text, language: language, english: language == "" || strings.HasPrefix(language, "en")}
	f.shouting = !strings.ContainsFunc(text, unicode.IsLower) && strings.Count(text, " ") > 1
	f.split(text)
	for i := 0; i < len(f.toks); {
		if f.toks[i].stop == 0 {
			if n := f.match(i); n > 0 {
				i += n
				continue
			}
		}
		i++
	}
	for i := range f.found {
		m := &f.found[i]
		m.lo, m.hi = f.toks[m.first].lo, f.toks[m.last].hi
		m.goesOn = i > 0 && f.listed(f.found[i-1].last+1, m.first)
	}
	f.weigh()
	return f.found
}

// listed reports whether what stands between two names makes them neighbours in a list.
func (f *finder) listed(from, to int) bool {
	if to-from > 2 {
		return false
	}
	for _, t := range f.toks[from:to] {
		if t.stop != ',' && t.stop != ';' && !conjunctions[t.key] {
			return false
		}
	}
	return true
}

// conjunctions are the words for "and", folded.
var conjunctions = map[string]bool{"and": true, "et": true, "y": true, "e": true, "und": true, "и": true, "و": true, "和": true, "与": true, "及": true, "the": true}

// bracketed are names whose form stands in brackets behind them, as statistical lists have it: "Congo (Dem Rep)", "Korea (Rep. of)".
var bracketed = regexp.MustCompile(`(?i)\b(congo|korea) \((dem\.? ?rep|democratic|rep\.?|republic)[^()]{0,30}\)`)

// unbracketed blanks the marks in such names; every byte stays where it is.
func unbracketed(text string) string {
	if !strings.Contains(text, "ongo (") && !strings.Contains(text, "orea (") {
		return text
	}
	return bracketed.ReplaceAllStringFunc(text, func(name string) string {
		return strings.NewReplacer("(", " ", ")", " ", ".", " ").Replace(name)
	})
}

// split cuts text into words and marks.
func (f *finder) split(text string) {
	buf := make([]byte, 0, len(text)+16)
	f.toks = make([]token, 0, len(text)/6+4)
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case letters.Unspaced(r):
			i = f.denseWord(text, i)
			continue
		case r == '$' && len(f.toks) > 0 && f.toks[len(f.toks)-1].hi == i:
			f.toks[len(f.toks)-1].stop = '$' // US$
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			end := wordEnd(text, i)
			buf = letters.Fold(buf, text[i:end])
			f.toks = append(f.toks, token{text: text[i:end], lo: i, hi: end, fold: len(buf)})
			i = end
			continue
		case strings.ContainsRune(".;:()!?。；：（）،؛|", r):
			f.toks = append(f.toks, token{stop: r, lo: i, hi: i + size})
		case r == ',' || r == '，' || r == '、':
			f.toks = append(f.toks, token{stop: ',', lo: i, hi: i + size})
		}
		i += size
	}
	folded, from := string(buf), 0
	for i := range f.toks {
		if t := &f.toks[i]; t.fold > 0 {
			t.key, from = folded[from:t.fold], t.fold
		}
	}
}

// wordEnd returns where the word at i ends.
func wordEnd(text string, i int) int {
	for i < len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if !(unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || letters.Invisible(r)) || letters.Unspaced(r) {
			break
		}
		i += n
	}
	return i
}

// denseWord takes the longest known name off a run of a script without spaces, or one character.
func (f *finder) denseWord(text string, i int) int {
	afterDigit := i > 0 && (text[i-1] >= '0' && text[i-1] <= '9')
	for end := min(len(text), i+f.t.dense); end > i; end-- {
		if end < len(text) && !utf8.RuneStart(text[end]) {
			continue
		}
		if _, ok := f.t.whole[text[i:end]]; ok && !(afterDigit && strings.HasPrefix(text[i:], "日")) {
			f.toks = append(f.toks, token{text: text[i:end], key: text[i:end], lo: i, hi: end, dense: true})
			return end
		}
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	f.toks = append(f.toks, token{text: text[i : i+size], key: text[i : i+size], lo: i, hi: i + size, dense: true})
	return i + size
}

// match looks for a name at token i, the longest first, and returns how many tokens it takes.
func (f *finder) match(i int) int {
	t := &f.toks[i]
	if f.english && t.text[0] >= 'a' && t.text[0] <= 'z' && !lower[t.key] {
		return 0 // English writes names with a capital letter
	}
	if n, m, ok := f.phrase(i); ok {
		f.found = append(f.found, mention{name: m, first: i, last: i + n - 1, factor: 1})
		return n
	}
	if m, ok := f.t.whole[t.key]; ok && m.sort == body && f.written(t, m) {
		f.found = append(f.found, mention{name: m, first: i, last: i, factor: 1})
		return 1 // SLCERT is Sri Lanka's, whatever its first letters are
	}
	if n, m, ok := f.team(i); ok {
		f.found = append(f.found, mention{name: m, first: i, last: i + n - 1, factor: 1})
		return n
	}
	m, ok := f.t.whole[t.key]
	if !ok && !t.dense {
		m, ok = f.inflected(t.key)
	}
	if !ok || !f.written(t, m) {
		return 0
	}
	f.found = append(f.found, mention{name: m, first: i, last: i, factor: 1})
	return 1
}

// phrase looks for a name of several words.
func (f *finder) phrase(i int) (int, name, bool) {
	longest := f.t.phrases[f.toks[i].key]
	if longest == 0 {
		return 0, name{}, false
	}
	key := f.toks[i].key
	best, found := 0, name{}
	for n, joined := 2, 1; joined < longest && i+n <= len(f.toks); n++ {
		t := &f.toks[i+n-1]
		if t.stop == '.' && len(f.toks[i+n-2].key) <= 3 {
			continue // "St. Lucia"
		}
		if t.stop != 0 {
			break
		}
		joined++
		key += " " + t.key
		if m, ok := f.t.whole[key]; ok && (f.written(&f.toks[i], m) || f.written(t, m)) {
			best, found = n, m
		}
	}
	return best, found, best > 0
}

// written reports whether t is written as such a name is: acronyms in capitals, names with a capital letter. Adjectives
// of people have none in most languages but English and German.
func (f *finder) written(t *token, m name) bool {
	r, _ := utf8.DecodeRuneInString(t.text)
	if t.dense || !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek) {
		return true
	}
	if m.tag != "" && len(t.key) < 5 && f.language != "" && !strings.HasPrefix(f.language, m.tag) {
		return false
	}
	if m.upper {
		return !f.shouting && (strings.ToUpper(t.text) == t.text || m.sort == body && capitalised(t.text))
	}
	if unicode.IsUpper(r) {
		return true
	}
	small := m.sort == people || m.sort == area || m.sort == set
	return small && (!f.english || m.sort == area && !unicode.In(r, unicode.Latin)) || small && f.english && lower[t.key]
}

// capitalised reports whether a word has capitals inside, as names of bodies do: CyberNB.
func capitalised(word string) bool {
	n := 0
	for _, r := range word {
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n >= 2
}

// lower are words for regions and groups that English writes small.
var lower = map[string]bool{"global": true, "worldwide": true, "sub": true, "iproceeds": true}

// at returns the folded word at i, "" for a mark or nothing.
func (f *finder) at(i int) string {
	if i < 0 || i >= len(f.toks) {
		return ""
	}
	return f.toks[i].key
}

// weigh lowers the factor of mentions that do not say what the text is about.
func (f *finder) weigh() {
	paid, example, past := -1, -1, -1 // the tokens up to which a word for money, "such as", or a word for somebody's life reaches
	next := 0
	for i := range f.toks {
		for next < len(f.found) && f.found[next].first == i {
			m := &f.found[next]
			f.context(m)
			if paid >= i {
				m.factor *= 0.15
			}
			if example >= i {
				m.factor *= 0.5
			}
			if past >= i {
				m.factor *= 0.3
			}
			next++
		}
		key := f.toks[i].key
		switch {
		case f.toks[i].stop != 0 && f.toks[i].stop != ',':
			paid, example, past = -1, -1, -1
		case money[key] && f.giver(i):
			paid = i + 12
		case key == "such" && f.at(i+1) == "as" || key == "eg" || key == "including" && f.at(i-1) == "countries":
			example = i + 30
		case compared[key] && f.at(i+1) != "of" && (key != "较" || f.at(i-1) == "比"):
			example = i + 6
		case lived[key] && (f.at(i+1) == "in" || f.at(i+1) == "at" || f.at(i+1) == "to"), key == "up" && f.at(i-1) == "came" && f.at(i+1) == "in":
			past = i + 12
		}
	}
}

// money are words after which those are named who pay for something.
var money = map[string]bool{
	"funded": true, "financed": true, "sponsored": true, "supported": true, "paid": true, "donors": true, "donor": true, "funding": true, "support": true,
	"finance": true, "financee": true, "soutien": true, "appui": true, "financiado": true, "financiada": true, "apoyo": true, "apoio": true,
	"поддержке": true, "финансировании": true, "بدعم": true, "بتمويل": true, "finanziert": true, "gefordert": true, "thanks": true,
}

// compared are words after which stands what something is held against. In Chinese they are found a character at a time.
var compared = map[string]bool{"versus": true, "compared": true, "unlike": true, "较": true, "gegenuber": true}

// lived are words for where somebody was before.
var lived = map[string]bool{"posting": true, "postings": true, "studied": true, "born": true, "career": true}

// giver reports whether the word at i is followed by "by", "of", "from" and the like, so that it speaks of givers.
func (f *finder) giver(i int) bool {
	switch f.at(i + 1) {
	case "by", "from", "of", "par", "por", "de", "du", "des", "del", "da", "do", "d", "von", "to":
		return true
	}
	r, _ := utf8.DecodeRuneInString(f.toks[i].key)
	return !unicode.Is(unicode.Latin, r)
}

// context judges one mention by its neighbours.
func (f *finder) context(m *mention) {
	before, after := f.at(m.first-1), f.at(m.last+1)
	switch {
	case m.tongue && f.asLanguage(m):
		m.factor = 0
	case m.sort == city && f.instrument(m):
		m.factor = 0
	case (m.sort == people || m.sort == country || m.sort == body) && (gifts[after] || donors[after]):
		m.factor = 0.15
	case m.sort == city && talked[f.at(m.first-2)] && before == "in":
		m.factor = 0.5 // what the seats of the United Nations stand for
	case (m.sort == people || m.sort == country) && f.presides(m):
		m.factor = 0 // the presidency of the Union is no matter of that country
	case (m.sort == people || m.sort == city) && seats[after]:
		m.factor = 0.5
	case m.code == "US" && m.sort == people && slices.Contains([]string{"latin", "inter", "south", "central", "north", "pan", "latino", "ibero", "латино", "americas"}, before):
		m.factor = 0
	case m.code == "OM" && f.at(m.first) == "عمان" && strings.HasSuffix(after+f.at(m.last+2), "اردن"):
		m.code, m.sort = "JO", city // Amman, Jordan
	case m.code == "SA" && m.sort == body && strings.Contains(f.at(m.first), "مملك") && (!strings.Contains(f.at(m.first), "المملك") || f.named(m.last+1)):
		m.factor = 0 // the kingdom of somewhere else
	case m.code == "CG" && (f.at(m.last+2) == "金" || f.at(m.last+1) == "金"):
		m.code = "CD"
	case m.code == "GE" && (slices.Contains([]string{"tech", "institute", "state", "southern"}, after) || before == "atlanta" || after == "atlanta"):
		m.factor = 0
	case m.code == "MX" && (before == "new" || f.at(m.first-2) == "gulf"):
		m.factor = 0
	case m.sort == country && (before == "of" || before == "de") && slices.Contains([]string{"gulf", "sea", "golfe", "golfo"}, f.at(m.first-2)):
		m.factor = 0
	case m.sort != area && slices.Contains([]string{"sea", "ocean", "papers"}, after):
		m.factor = 0
	case m.sort == area && m.code == "europe" && f.council(m):
		m.factor = 0
	case personal[f.at(m.first)] && slices.Contains([]string{"mr", "mrs", "ms", "dr", "prof", "michael", "sir", "mme"}, before):
		m.factor = 0
	}
}

// named reports whether a name of a country or its people stands at token i.
func (f *finder) named(i int) bool {
	return slices.ContainsFunc(f.found, func(m mention) bool { return m.first == i && (m.sort == country || m.sort == people) })
}

// gifts are words after which a country or its people is one that gives: "Korean money", "UK-funded", "a Swedish grant".
var gifts = map[string]bool{
	"money": true, "funding": true, "funds": true, "fund": true, "support": true, "aid": true, "funded": true, "financed": true, "sponsored": true,
	"backed": true, "supported": true, "grant": true, "sponsorship": true,
}

// donors are the bodies by which countries give.
var donors = map[string]bool{
	"dfat": true, "doca": true, "fcdo": true, "usaid": true, "sida": true, "giz": true, "bmz": true, "kfw": true, "norad": true, "danida": true, "afd": true,
	"aecid": true, "jica": true, "koica": true, "tika": true,
}

// talked are words for what goes on between states, wherever it is that they meet.
var talked = map[string]bool{"debate": true, "debates": true, "talks": true, "negotiations": true, "discussions": true, "diplomacy": true}

// presides reports whether m says who holds the presidency of the Union or of another body, which is not a matter of that
// country: "Französische Präsidentschaft", "la présidence française", "председательство России".
func (f *finder) presides(m *mention) bool {
	return presidency(f.at(m.last+1)) || presidency(f.at(m.first-1))
}

func presidency(word string) bool {
	for _, p := range []string{"presidency", "presidence", "prasidentschaft", "ratsprasidentschaft", "presidencia", "presidenza", "predsednictvi", "predsednictvo", "председательств", "رئاسه", "رياسه", "轮值主席"} {
		if strings.HasPrefix(word, p) {
			return true
		}
	}
	return false
}

// seats are what somebody has somewhere without the text being about that place: "our Melbourne team".
var seats = map[string]bool{
	"company": true, "firm": true, "team": true, "centre": true, "center": true, "office": true, "vendor": true, "provider": true, "startup": true,
	"researchers": true, "academics": true, "consultancy": true, "thinktank": true,
}

// personal are names of places that people bear too.
var personal = map[string]bool{"jordan": true, "chad": true, "georgia": true, "israel": true, "paris": true, "sydney": true, "santiago": true, "kenya": true, "sofia": true, "florence": true, "washington": true}

// asLanguage reports whether a name of people is rather that of a language: "in French", "Spanish version".
func (f *finder) asLanguage(m *mention) bool {
	switch f.at(m.first - 1) {
	case "lingua", "lengua", "langue", "expressao", "языке", "языка", "язык", "языках", "اللغه", "باللغه",
		"in", "into", "en", "em", "auf", "на", "speak", "english", "french", "spanish", "arabic", "russian", "chinese", "only":
		return true
	}
	switch f.at(m.last + 1) {
	case "version", "versions", "edition", "language", "languages", "translation", "speaking", "subtitles", "speakers", "only":
		return true
	}
	if f.at(m.last+1) == "and" {
		return slices.Contains([]string{"english", "french", "spanish", "arabic", "russian", "chinese", "portuguese"}, f.at(m.last+2))
	}
	return f.at(m.first-1) == "and" && slices.Contains([]string{"english", "french", "spanish", "arabic", "russian", "chinese"}, f.at(m.first-2))
}

// instruments are what is named after the city where it was made.
var instruments = map[string]bool{
	"convention": true, "conventions": true, "call": true, "declaration": true, "protocol": true, "treaty": true, "agreement": true, "process": true,
	"manual": true, "dialogue": true, "principles": true, "accord": true, "arrangement": true, "charter": true, "consensus": true, "summit": false,
	"convenio": true, "convencion": true, "convencao": true, "appel": true, "protocole": true, "traite": true, "konvention": true, "ubereinkommen": true,
	"ubereinkommens": true, "abkommen": true, "конвенция": true, "конвенции": true, "конвенцию": true, "اتفاقيه": true, "公": true, "manifesto": true,
	"convencoes": true, "convenios": true, "model": true, "university": true, "school": true, "institute": true, "conventie": true,
}

func (f *finder) instrument(m *mention) bool {
	if after := f.at(m.last + 1); instruments[after] || strings.HasPrefix(after, "конвенци") || after == "倡" {
		return true
	}
	before := f.at(m.first - 1)
	if before == "in" && (f.at(m.first-2) == "headquarters" || f.at(m.first-2) == "based") {
		return true // a seat, not a place of action
	}
	switch before {
	case "de", "du", "of", "von", "da", "d":
		return instruments[f.at(m.first-2)]
	}
	return before == "اتفاقيه" || before == "الاتفاقيه"
}

// council reports whether m belongs to the name of the Council of Europe, whose work has no regional limit.
func (f *finder) council(m *mention) bool {
	for _, back := range []int{2, 3} { // "Conseil de l'Europe" has one word more
		switch f.at(m.first - back) {
		case "council", "conseil", "consejo", "conselho":
			return true
		}
	}
	return f.at(m.first-1) == "совет" || f.at(m.first-1) == "совета" || f.at(m.first-1) == "مجلس"
}
