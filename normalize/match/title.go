package match

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one unit of meaning in a title or a summary.
type token struct {
	text   string // a folded word, "#concept", or two characters of a script without spaces
	weight float64
	raw    string
	caps   bool // an acronym
	starts bool // a colon, dash or full stop stands before it
	hash   uint64
	near   int    // letters, where a slip of one may be overlooked; else 0
	latin  string // in Latin letters; "" of a concept
	slips  int    // near, of latin
	base   string // raw, lower case, without the sign by which one project carries on another
	sign   int    // that sign: none, "+", "-e"
}

// ready fills in what comparing needs, so that it is worked out once.
func ready(list []token) []token {
	for i := range list {
		t := &list[i]
		t.hash = hash(t.text)
		t.base, t.sign = suffix(t.raw)
		if t.text[0] != '#' && t.text[0] != '@' {
			t.latin = latin(t.text)
			t.near, t.slips = letters(t.text), letters(t.latin)
		}
	}
	return list
}

// letters counts those of a word in which a slip of one may be overlooked: a long one, without digits.
func letters(word string) int {
	if n := utf8.RuneCountInString(word); n >= 5 && !strings.ContainsAny(word, "0123456789+") {
		return n
	}
	return 0
}

// stop lists words that tell nothing, folded.
var stop = wordSet(`a an the and or of for to in on at by with from as is are be it its this that our your their
	how what which who new all more than into within under over between across through via per not no de du des la le
	les l d un une et en au aux sur pour par dans avec son sa ses qui que est y e o el los las lo del al con por para se
	su sus como una uno unos unas o a os as um uma do da dos das no na nos nas em e ao aos pelo pela com der die das den
	dem des ein eine einer eines einem einen und oder im am zum zur von vom mit fur auf aus bei wie so werden wird ist
	и в на о об от до для по с со к из за при как что это его их а но или не ни же бы из во ко
	في من على الى عن مع هذا هذه التي الذي و او ان كان بين بعد قبل خلال ضمن
	的 和 与 及 在 对 为 是 了 中 等 将 向 于 の を に は が と で
	votre vos notre nos leur leurs mieux aussi chez entre vers plus moins cette ces ce cet il elle nous vous si ou dont
	mas tambien este esta estos estas sobre entre hasta desde sin ya muy mais muito sobre este esta pelo pelos sem
	wir sie ihr ihre sich nicht auch nur durch uber unter nach vor zwischen kann konnen haben hat sind diese dieser
	has have had will can may was were been they them we you i he she who whom whose where when why there here about after
	before during while up out off only just also other some any each both most such same very held hold holds
	v s t pdf ppt doc docx html www http https download web page site online`)

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// tokens reads text into tokens without stop words, years and plain numbers.
func tokens(text []word) []token {
	out := make([]token, 0, len(text))
	eachToken(text, func(t token) { out = append(out, t) })
	return out
}

// eachToken hands on the tokens of a text.
func eachToken(text []word, add func(token)) {
	lex := lexicon()
	for i := 0; i < len(text); {
		w := text[i]
		if r, _ := utf8.DecodeRuneInString(w.text); isHan(r) {
			hanTokens(add, lex, w.text)
			i++
			continue
		}
		if concept, n := lex.at(text, i); n > 0 {
			add(token{text: concept, weight: lex.weight[concept], raw: w.raw, caps: w.upper && n == 1, starts: breaks(w)})
			i += n
			continue
		}
		i++
		if stop[w.text] && !w.upper || isNumber(w.text) || marking(text, i-1) {
			continue
		}
		t := token{text: stem(w.text), weight: 1, raw: w.raw, caps: w.upper && utf8.RuneCountInString(w.raw) <= 10, starts: breaks(w)}
		if utf8.RuneCountInString(w.text) == 1 {
			t.weight = 0.3
		}
		add(t)
	}
}

// breaks reports whether a new part of the title begins with a word.
func breaks(w word) bool {
	return strings.ContainsAny(w.gap, ":;.?!|–—") || strings.Contains(w.gap, " - ")
}

// marking reports whether a word only numbers an edition, a version or a part: marks compare those.
func marking(text []word, i int) bool {
	w := text[i]
	switch {
	case drafts[w.text] || w.text == "edition" || w.text == "annual" || w.text == "version" || w.text == "rev" || w.text == "revised":
		return true
	case romans[w.raw] > 1 || numbered(w.text) && (versionRE.MatchString(w.text) || shortRE.MatchString(w.text) || revRE.MatchString(w.text)):
		return true
	case kinds[w.text] != "" && i+1 < len(text):
		n, _ := number(text[i+1])
		return n > 0
	}
	return ordinalWord(w)
}

// numbered reports whether a word can be a version or a revision.
func numbered(s string) bool {
	return (s[0] == 'v' || s[0] == 'r' || s[0] >= '0' && s[0] <= '9') && strings.ContainsAny(s, "0123456789")
}

// hanTokens cuts a run without spaces: the longest known forms, runs of Katakana, and pairs of what is left.
func hanTokens(add func(token), lex *words, text string) {
	runes := []rune(text)
	var rest []rune
	flush := func() {
		if len(rest) == 1 && !stop[string(rest)] {
			add(token{text: string(rest), weight: 0.5, raw: string(rest)})
		}
		for i := 0; i+1 < len(rest); i++ {
			pair := string(rest[i : i+2])
			if !stop[string(rest[i])] && !stop[string(rest[i+1])] {
				add(token{text: pair, weight: 0.7, raw: pair})
			}
		}
		rest = rest[:0]
	}
next:
	for i := 0; i < len(runes); {
		for n := min(lex.longest, len(runes)-i); n > 0; n-- {
			if f, ok := lex.han[string(runes[i:i+n])]; ok {
				flush()
				add(token{text: f.concept, weight: lex.weight[f.concept], raw: string(runes[i : i+n])})
				i += n
				continue next
			}
		}
		if n := katakana(runes[i:]); n > 1 {
			flush()
			add(token{text: string(runes[i : i+n]), weight: 1, raw: string(runes[i : i+n])})
			i += n
			continue
		}
		rest = append(rest, runes[i])
		i++
	}
	flush()
}

func katakana(r []rune) int {
	n := 0
	for n < len(r) && (unicode.Is(unicode.Katakana, r[n]) || r[n] == 'ー') {
		n++
	}
	return n
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.") == ""
}

// stem drops the endings by which one word is most often spelt in two ways.
func stem(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	n := utf8.RuneCountInString(s)
	switch {
	case unicode.Is(unicode.Cyrillic, r) && n > 6:
		return string([]rune(s)[:max(5, n-3)])
	case unicode.Is(unicode.Arabic, r) && n > 5:
		return strings.TrimRight(s, "هيات")
	case r >= 'a' && r <= 'z':
		return latinStem(s)
	}
	return s
}

func latinStem(s string) string {
	s = strings.ReplaceAll(s, "isation", "ization")
	switch {
	case len(s) > 4 && strings.HasSuffix(s, "ies"):
		s = s[:len(s)-3] + "y"
	case len(s) > 4 && strings.HasSuffix(s, "sses"):
		s = s[:len(s)-2]
	case len(s) > 3 && strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ss") && !strings.HasSuffix(s, "us") && !strings.HasSuffix(s, "is"):
		s = s[:len(s)-1]
	}
	for _, end := range []string{"ising", "izing", "ised", "ized", "ise", "ize"} {
		if stemmed, ok := strings.CutSuffix(s, end); ok && len(stemmed) > 3 {
			return stemmed + "iz"
		}
	}
	return s
}

// decorations are what sites add at the end of a title.
var decorations = wordSet(`pdf ppt pptx doc docx html docsity scribd slideshare issuu news home homepage official website
	blog article video audio download free text file`)

// asideRE is what an index puts behind a title to say of what sort it is.
var asideRE = regexp.MustCompile(`(?i)\s*[(\[](?:extended )?(?:abstract|abstract only|invited(?: talk| paper)?|short paper|online|pdf|ppt|en ligne|en linea)[)\]]\s*\.?$`)

// pieces cuts a title where sites put their names: at "|", " - ", " · ", " :: ", "»".
func pieces(title string) []string {
	parts := []string{title}
	for _, sep := range []string{" | ", "|", " — ", " – ", " - ", " :: ", " · ", " » ", " « "} {
		var next []string
		for _, p := range parts {
			next = append(next, strings.Split(p, sep)...)
		}
		parts = next
	}
	out := parts[:0]
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// body returns a title without the parts at its ends that are the publisher's name or a site's decoration.
func body(title string, names [][]string) string {
	if title = strings.TrimSpace(title); strings.ContainsAny(title, "([") {
		title = asideRE.ReplaceAllString(title, "")
	}
	parts := pieces(title)
	if len(parts) < 2 {
		return title
	}
	isName := func(p string) bool {
		var text []string
		for _, w := range split(p) {
			text = append(text, w.text)
		}
		if !slices.ContainsFunc(text, func(w string) bool { return !decorations[w] && !stop[w] }) {
			return true
		}
		return slices.ContainsFunc(names, func(n []string) bool { return slices.Equal(n, text) })
	}
	from, to := 0, len(parts)
	for from < to-1 && isName(parts[from]) {
		from++
	}
	for to > from+1 && isName(parts[to-1]) {
		to--
	}
	if from == 0 && to == len(parts) {
		return title
	}
	return strings.Join(parts[from:to], " - ")
}
