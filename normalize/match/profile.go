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
	editions []string // addresses of editions in other languages, canonical
	title    []token  // without publisher and decoration
	weight   float64  // of the title
	initials hashes   // first letters of every run of words of the title, for acronyms
	marks    marks
	doi      []string
	isbn     []string
	issn     []string
	soft     map[string]bool // document numbers in summary and address
	names    hashes          // words of the publisher and of the host
	by       []token         // the publisher's name
	byFold   string
	byFirst  hashes   // its initials
	org      string   // id of the publisher, where it is known
	orgs     []string // ids of the organisations that publisher and title name, sorted
	bodies   hashes   // words of their names
	text     bag
	whole    bag   // of title, summary and publisher: names, numbers and telling words
	years    []int // of title and dates, sorted
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
	p := &profile{Entry: e}
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
	p.years = slices.Clone(p.marks.years)
	for _, d := range []stoa.Date{e.Published, e.Start} {
		if len(d) >= 4 && d.Precision() != stoa.NoDate {
			n, _ := number(word{text: string(d[:4])})
			p.years = append(p.years, n)
		}
	}
	slices.Sort(p.years)
	p.years = slices.Compact(p.years)
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
	names := [4]string{"latn", "cyrl", "arab", "han"}
	var counts [len(names)]int
	for _, r := range cut(title, longestText) {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			counts[0]++
		case r < utf8.RuneSelf:
		case isHan(r):
			counts[3]++
		case unicode.Is(unicode.Arabic, r):
			counts[2]++
		case unicode.Is(unicode.Cyrillic, r):
			counts[1]++
		case unicode.Is(unicode.Latin, r):
			counts[0]++
		}
	}
	best, most := "", 0
	for i, name := range names {
		if counts[i] > most {
			best, most = name, counts[i]
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
				p.names = append(p.names, hash(stem(w.text)))
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
	p.names = append(p.names, p.byFirst...)
	for label := range strings.SplitSeq(p.host, ".") {
		if len(label) > 2 {
			out = append(out, []string{label})
			p.names = append(p.names, hash(label))
		}
	}
	for _, c := range p.by {
		p.names = append(p.names, c.hash)
	}
	p.names = p.names.settled()
	return out
}

// organisations tells who publishes, and who else the title names.
func (p *profile) organisations() {
	if o := organisation.Find(p.Publisher); o != nil {
		p.org = o.ID
	}
	for _, o := range organisation.Mentioned(nil, p.Publisher+" . "+p.Title) {
		p.orgs = append(p.orgs, o.ID)
		for _, t := range tokens(split(o.Name)) {
			p.bodies = append(p.bodies, hash(t.text))
		}
	}
	if p.org != "" {
		p.orgs = append(p.orgs, p.org)
	}
	slices.Sort(p.orgs)
	p.orgs, p.bodies = slices.Compact(p.orgs), p.bodies.settled()
}

// initials returns the first letters of every run of two to nine words, small words left out or not.
func initials(text []word) hashes {
	var out hashes
	var with, without []byte
	for i := range text {
		with, without = with[:0], without[:0]
		for j := i; j < len(text) && j < i+9; j++ {
			r, _ := utf8.DecodeRuneInString(text[j].text)
			if !unicode.IsLetter(r) {
				break
			}
			with = utf8.AppendRune(with, r)
			told := !stop[text[j].text]
			if told {
				without = utf8.AppendRune(without, r)
			}
			if j > i && len(with) > 1 {
				out = append(out, hash(string(with)))
			}
			if j > i && len(without) > 1 && told {
				out = append(out, hash(string(without)))
			}
		}
	}
	return out.settled()
}

// hashes is a set of words by their hashes, sorted.
type hashes []uint64

func (h hashes) settled() hashes {
	slices.Sort(h)
	return slices.Clip(slices.Compact(h))
}

func (h hashes) has(hash uint64) bool {
	_, ok := slices.BinarySearch(h, hash)
	return ok
}

// identify gathers hard identities and softer document numbers.
func (p *profile) identify() {
	all := p.Title + " " + p.Summary
	for _, u := range append([]string{p.URL}, p.URLs...) {
		all += " " + u
	}
	p.doi, p.isbn, p.issn = doi(all), isbn(all), issn(all)
	p.soft = codesOf(p.Summary)
	for _, u := range append([]string{p.URL}, p.URLs...) {
		maps.Copy(p.soft, addressCodes(u))
	}
}

// summary weighs the words of the summary: names and numbers tell more than common words.
func (p *profile) summary() {
	text := split(p.Summary)
	words := make([]weighed, 0, len(text)+len(text)/2)
	for i, w := range text {
		if n, plain := number(w); plain && n > 9 {
			words = append(words, weigheds(w.text, 1.5))
		} else if i > 0 && capital(w.raw) && !strings.ContainsAny(w.gap, ".?!:") && !stop[w.text] {
			words = append(words, weigheds(stem(w.text), 1.5))
		}
	}
	eachToken(text, func(t token) { words = append(words, weigheds(t.text, max(t.weight, 0.2))) })
	p.text = newBag(words)
	for _, w := range p.text.list {
		if len(w.text) > 1 && isNumber(w.text) {
			p.figures = append(p.figures, w.hash)
		}
	}
}

// gather puts together what tells one thing from another, wherever it is said.
func (p *profile) gather() {
	var words []weighed
	for _, k := range p.text.list {
		if k.weight >= 0.7 {
			words = append(words, k)
		}
	}
	for _, list := range [][]token{p.title, p.by} {
		for _, t := range list {
			if t.weight >= 0.7 {
				words = append(words, weighed{t.hash, t.text, t.weight})
			}
		}
	}
	for _, n := range p.marks.counts {
		words = append(words, weigheds(strconv.Itoa(n), 1.5))
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

func weigheds(text string, weight float64) weighed { return weighed{hash(text), text, weight} }

// newBag makes a bag of words, each once, by its greatest weight.
func newBag(words []weighed) bag {
	slices.SortFunc(words, func(x, y weighed) int { return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(y.weight, x.weight)) })
	words = slices.CompactFunc(words, func(x, y weighed) bool { return x.hash == y.hash })
	b := bag{list: slices.Clone(words)}
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
