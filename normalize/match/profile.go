package match

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stoa"
	"stoa/normalize/language"
	"stoa/normalize/organisation"
)

// profile is an entry made ready for comparison.
type profile struct {
	Entry
	language string
	script   string
	own      []string // addresses, canonical
	neutral  []string // the same without language
	named    bool     // one of them names a language
	host     string
	editions []string        // addresses of editions in other languages, canonical
	title    []token         // without publisher and decoration
	weight   float64         // of the title
	initials map[string]bool // first letters of every run of words of the title, for acronyms
	marks    marks
	doi      []string
	isbn     []string
	soft     map[string]bool // document numbers in summary and address
	names    map[string]bool // words of the publisher and of the host
	by       []token         // the publisher's name
	byFold   string
	byFirst  map[string]bool // its initials
	org      string          // id of the publisher, where it is known
	orgs     map[string]bool // ids of the organisations that publisher and title name
	bodies   map[string]bool // words of their names
	text     bag
	whole    bag          // of title, summary and publisher: names, numbers and telling words
	years    map[int]bool // of title and dates
	places   set
	figures  []uint64     // hashes of the numbers in the text
	span     [2]time.Time // of the start: begin and finish, where a month is known
	signed   bool         // a word of the title bears a sign such as "+"
}

// longestTitle bounds the words of a title that are compared, each with each.
const longestTitle = 100

// profileOf reads an entry.
func profileOf(e Entry) *profile {
	e.Title, e.Summary, e.Publisher = cut(e.Title, longestText), cut(e.Summary, longestText), cut(e.Publisher, 400)
	e.URLs, e.Editions = e.URLs[:min(8, len(e.URLs))], e.Editions[:min(8, len(e.Editions))]
	p := &profile{Entry: e, names: map[string]bool{}, years: map[int]bool{}}
	for _, u := range append([]string{e.URL}, e.URLs...) {
		if a := Address(u); a != "" && !slices.Contains(p.own, a) {
			p.own = append(p.own, a)
			n, named := neutral(a)
			p.neutral = append(p.neutral, n)
			p.named = p.named || named
		}
	}
	if len(p.own) > 0 {
		p.host, _, _ = strings.Cut(p.own[0], "/")
	}
	for _, u := range e.Editions {
		if a := Address(u); a != "" && !slices.Contains(p.own, a) {
			p.editions = append(p.editions, a)
		}
	}
	p.language = tongue(e)
	p.script = script(e.Title)
	names := p.publisher()
	p.organisations()
	title := body(e.Title, names)
	text := split(title)
	p.marks = marksOf(title, text)
	p.title = tokens(text)
	p.title = ready(p.title[:min(len(p.title), longestTitle)])
	for _, t := range p.title {
		p.weight += t.weight
		p.signed = p.signed || t.sign > 0
	}
	p.places = places(p.title)
	if e.Start.Precision() >= stoa.Month {
		p.span = [2]time.Time{e.Start.Begin(time.UTC), e.Start.Finish(time.UTC)}
	}
	p.initials = initials(text)
	p.identify()
	p.summary()
	p.gather()
	for _, y := range p.marks.years {
		p.years[y] = true
	}
	for _, d := range []stoa.Date{e.Published, e.Start} {
		if len(d) >= 4 && d.Precision() != stoa.NoDate {
			n, _ := number(word{text: string(d[:4])})
			p.years[n] = true
		}
	}
	return p
}

// tongue is the entry's language without region. Where none is stated it is told from the text, if that is long
// enough to be sure.
func tongue(e Entry) string {
	tag := e.Language
	if tag == "" {
		text := e.Title + ". " + cut(e.Summary, 600)
		sure := 0.0
		if tag, sure = language.Of(text, ""); sure < 0.9 || utf8.RuneCountInString(text) < 80 {
			return ""
		}
	}
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	if tag == "und" {
		return ""
	}
	return tag
}

// script names the writing of most letters of a title.
func script(title string) string {
	counts := map[string]int{}
	for _, r := range cut(title, longestText) {
		switch {
		case isHan(r):
			counts["han"]++
		case unicode.Is(unicode.Arabic, r):
			counts["arab"]++
		case unicode.Is(unicode.Cyrillic, r):
			counts["cyrl"]++
		case unicode.Is(unicode.Latin, r):
			counts["latn"]++
		}
	}
	best, most := "", 0
	for _, s := range []string{"latn", "cyrl", "arab", "han"} {
		if counts[s] > most {
			best, most = s, counts[s]
		}
	}
	return best
}

// publisher gathers the names under which the publisher may stand in a title, and returns them as words.
func (p *profile) publisher() [][]string {
	var out [][]string
	add := func(name string) {
		var text []string
		for _, w := range split(name) {
			text = append(text, w.text)
			if !stop[w.text] || w.upper {
				p.names[stem(w.text)] = true
			}
		}
		if len(text) > 0 {
			out = append(out, text)
		}
	}
	name := p.Publisher
	add(name)
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return strings.ContainsRune("(),/|", r) }) {
		add(part)
	}
	text := split(name)
	p.by, p.byFold, p.byFirst = ready(tokens(text)), strings.TrimSpace(fold(name)), initials(text)
	for a := range p.byFirst {
		p.names[a] = true
	}
	for label := range strings.SplitSeq(p.host, ".") {
		if len(label) > 2 {
			out = append(out, []string{label})
			p.names[label] = true
		}
	}
	for _, c := range p.by {
		p.names[c.text] = true
	}
	return out
}

// organisations tells who publishes, and who else the title names.
func (p *profile) organisations() {
	p.orgs, p.bodies = map[string]bool{}, map[string]bool{}
	if o := organisation.Find(p.Publisher); o != nil {
		p.org = o.ID
	}
	for _, o := range organisation.Mentioned(nil, p.Publisher+" . "+p.Title) {
		p.orgs[o.ID] = true
		for _, t := range tokens(split(o.Name)) {
			p.bodies[t.text] = true
		}
	}
	if p.org != "" {
		p.orgs[p.org] = true
	}
}

// initials returns the first letters of every run of two to nine words, small words left out or not.
func initials(text []word) map[string]bool {
	out := map[string]bool{}
	for i := range text {
		with, without := "", ""
		for j := i; j < len(text) && j < i+9; j++ {
			r, _ := utf8.DecodeRuneInString(text[j].text)
			if !unicode.IsLetter(r) {
				break
			}
			with += string(r)
			if !stop[text[j].text] {
				without += string(r)
			}
			if j > i && len(with) > 1 {
				out[with] = true
			}
			if j > i && len(without) > 1 {
				out[without] = true
			}
		}
	}
	return out
}

// identify gathers hard identities and softer document numbers.
func (p *profile) identify() {
	all := p.Title + " " + p.Summary
	for _, u := range append([]string{p.URL}, p.URLs...) {
		all += " " + u
	}
	p.doi, p.isbn = doi(all), isbn(all)
	p.soft = codesOf(p.Summary)
	for _, u := range append([]string{p.URL}, p.URLs...) {
		maps.Copy(p.soft, addressCodes(u))
	}
}

// summary weighs the words of the summary: names and numbers tell more than common words.
func (p *profile) summary() {
	words := map[string]float64{}
	text := split(p.Summary)
	for i, w := range text {
		if n, plain := number(w); plain && n > 9 {
			words[w.text] = 1.5
		} else if i > 0 && !strings.ContainsAny(w.gap, ".?!:") && capital(w.raw) && !stop[w.text] {
			words[stem(w.text)] = 1.5
		}
	}
	for _, t := range tokens(text) {
		if _, ok := words[t.text]; !ok {
			words[t.text] = max(t.weight, 0.2)
		}
	}
	p.text = newBag(words)
	for _, w := range p.text.list {
		if len(w.text) > 1 && isNumber(w.text) {
			p.figures = append(p.figures, w.hash)
		}
	}
}

// gather puts together what tells one thing from another, wherever it is said.
func (p *profile) gather() {
	words := map[string]float64{}
	for _, k := range p.text.list {
		if k.weight >= 0.7 {
			words[k.text] = k.weight
		}
	}
	for _, t := range slices.Concat(p.title, p.by) {
		if t.weight >= 0.7 {
			words[t.text] = max(words[t.text], t.weight)
		}
	}
	for _, n := range p.marks.counts {
		words[strconv.Itoa(n)] = 1.5
	}
	p.whole = newBag(words)
}

func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// bag is weighed words, sorted by their hashes, so that two are compared in one pass and always in the same order.
type bag struct {
	list []weighed
	sum  float64
}

type weighed struct {
	hash   uint64
	text   string
	weight float64
}

func newBag(words map[string]float64) bag {
	b := bag{list: make([]weighed, 0, len(words))}
	for text, weight := range words {
		b.list = append(b.list, weighed{hash(text), text, weight})
	}
	slices.SortFunc(b.list, func(x, y weighed) int { return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.text, y.text)) })
	for _, w := range b.list {
		b.sum += w.weight
	}
	return b
}

func (b bag) has(hash uint64) bool {
	lo, hi := 0, len(b.list)
	for lo < hi {
		if mid := (lo + hi) / 2; b.list[mid].hash < hash {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(b.list) && b.list[lo].hash == hash
}

// shared is the weight of the words that both have, the smaller of each.
func (b bag) shared(o bag) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(b.list) && j < len(o.list); {
		switch x, y := b.list[i].hash, o.list[j].hash; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			sum += min(b.list[i].weight, o.list[j].weight)
			i++
			j++
		}
	}
	return sum
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
