package match

import (
	"maps"
	"slices"
	"strconv"
	"strings"
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
	own      []string        // addresses, canonical
	editions []string        // addresses of editions in other languages, canonical
	title    []token         // without publisher and decoration
	weight   float64         // of the title
	initials map[string]bool // first letters of every run of words of the title, for acronyms
	marks    marks
	doi      []string
	isbn     []string
	soft     map[string]bool // document numbers in summary and address
	names    map[string]bool // words of the publisher and of the host
	org      string          // id of the publisher, where it is known
	orgs     map[string]bool // ids of the organisations that publisher and title name
	text     map[string]float64
	textSum  float64
	whole    map[string]float64 // of title, summary and publisher: names, numbers and telling words
	years    map[int]bool       // of title and dates
}

// profileOf reads an entry.
func profileOf(e Entry) *profile {
	p := &profile{Entry: e, names: map[string]bool{}, text: map[string]float64{}, years: map[int]bool{}}
	for _, u := range append([]string{e.URL}, e.URLs...) {
		if a := Address(u); a != "" && !slices.Contains(p.own, a) {
			p.own = append(p.own, a)
		}
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
	title := body(cut(e.Title, longestText), names)
	text := split(title)
	p.marks = marksOf(title, text)
	p.title = tokens(text)
	for _, t := range p.title {
		p.weight += t.weight
	}
	p.initials = initials(text)
	p.identify()
	p.summary()
	p.whole = map[string]float64{}
	for k, w := range p.text {
		if w >= 0.7 {
			p.whole[k] = w
		}
	}
	for _, t := range append(p.title, tokens(split(cut(p.Publisher, 400)))...) {
		if t.weight >= 0.7 {
			p.whole[t.text] = max(p.whole[t.text], t.weight)
		}
	}
	for _, n := range p.marks.counts {
		p.whole[strconv.Itoa(n)] = 1.5
	}
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

// tongue is the entry's language without region; where none is stated it is told from the text.
func tongue(e Entry) string {
	tag := e.Language
	if tag == "" {
		tag, _ = language.Of(e.Title+". "+cut(e.Summary, 600), "")
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
	name := cut(p.Publisher, 400)
	add(name)
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return strings.ContainsRune("(),/|", r) }) {
		add(part)
	}
	for a := range initials(split(name)) {
		p.names[a] = true
	}
	for label := range strings.SplitSeq(Host(p.URL), ".") {
		if len(label) > 2 {
			out = append(out, []string{label})
			p.names[label] = true
		}
	}
	for _, c := range tokens(split(name)) {
		p.names[c.text] = true
	}
	return out
}

// organisations tells who publishes, and who else the title names.
func (p *profile) organisations() {
	p.orgs = map[string]bool{}
	if o := organisation.Find(cut(p.Publisher, 400)); o != nil {
		p.org = o.ID
	}
	for _, o := range organisation.Mentioned(nil, cut(p.Publisher, 400)+" . "+cut(p.Title, longestText)) {
		p.orgs[o.ID] = true
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
	all := p.Title + " " + cut(p.Summary, longestText)
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
	text := split(cut(p.Summary, longestText))
	for i, w := range text {
		if n, plain := number(w); plain && n > 9 {
			p.text[w.text] = 1.5
		} else if i > 0 && !strings.ContainsAny(w.gap, ".?!:") && capital(w.raw) && !stop[w.text] {
			p.text[stem(w.text)] = 1.5
		}
	}
	for _, t := range tokens(text) {
		if _, ok := p.text[t.text]; !ok {
			p.text[t.text] = max(t.weight, 0.2)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(p.text)) {
		p.textSum += p.text[k]
	}
}

func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// sortedKeys makes sums over a map independent of its order, so that a score is the same every time.
func sortedKeys(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
