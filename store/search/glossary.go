package search

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/search/query"
)

// Most texts are in one language, and people ask in six. The glossary knows the words of the field in all of them, so that a
// question in Arabic finds what is written in English, behind what is written in Arabic.

//go:embed glossary.txt
var glossaryText string

// glossaryLanguages are the columns of the file.
var glossaryLanguages = [...]string{"en", "fr", "es", "ru", "ar", "zh"}

// concept is a line of the glossary: its terms by language.
type concept [len(glossaryLanguages)][]string

// glossary finds concepts in words.
type glossary struct {
	concepts []concept
	terms    [len(glossaryLanguages)]map[string][]int // stems joined by spaces → concepts; zh: the term as it is
	plain    [len(glossaryLanguages)]map[string][]int // words joined by spaces → concepts; a typo may hide the stem
	longest  int                                      // words of a term
}

func newGlossary(stems func(lang, text string) []string) *glossary {
	g := &glossary{}
	for line := range strings.Lines(glossaryText) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var c concept
		for i, column := range strings.Split(line, "|") {
			for term := range strings.SplitSeq(column, ",") {
				c[i] = append(c[i], strings.TrimSpace(term))
			}
		}
		g.add(c, stems)
	}
	return g
}

func (g *glossary) add(c concept, stems func(lang, text string) []string) {
	n := len(g.concepts)
	g.concepts = append(g.concepts, c)
	for i, lang := range glossaryLanguages {
		if g.terms[i] == nil {
			g.terms[i], g.plain[i] = map[string][]int{}, map[string][]int{}
		}
		for _, term := range c[i] {
			if lang == "zh" {
				file(g.terms[i], term, n)
				continue
			}
			words := stems(plain, term)
			g.longest = max(g.longest, len(words))
			file(g.plain[i], strings.Join(words, " "), n)
			file(g.terms[i], strings.Join(stems(lang, term), " "), n)
		}
	}
}

func file(terms map[string][]int, key string, n int) {
	if key != "" && !slices.Contains(terms[key], n) {
		terms[key] = append(terms[key], n)
	}
}

// span is a run of words that is a term of some language.
type span struct {
	from, to int // words, to is not included
	concepts []int
}

// spans finds the terms among words, the longest first, none over another. With a typo, one stem or word of a term may
// differ in one letter.
func (g *glossary) spans(words []string, stems func(lang, text string) []string, typo bool) []span {
	var all []span
	for i, lang := range glossaryLanguages {
		if lang == "zh" {
			continue
		}
		read := func(w string) []string { return stems(lang, w) }
		all = g.search(all, words, read, g.terms[i], false)
		if typo {
			all = g.search(all, words, read, g.terms[i], true)
			all = g.search(all, words, func(w string) []string { return stems(plain, w) }, g.plain[i], true)
		}
	}
	return apart(all)
}

// search adds the terms among words, as read.
func (g *glossary) search(all []span, words []string, read func(string) []string, terms map[string][]int, typo bool) []span {
	var list []string // stems, and the words they are of
	var of []int
	for n, w := range words {
		for _, s := range read(w) {
			list, of = append(list, s), append(of, n)
		}
	}
	for from := range list {
		for to := min(len(list), from+g.longest); to > from; to-- {
			if c := lookup(terms, list[from:to], typo); len(c) > 0 {
				all = append(all, span{of[from], of[to-1] + 1, c})
			}
		}
	}
	return all
}

// lookup returns the concepts of a term; with a typo of terms in which one stem differs in a letter.
func lookup(terms map[string][]int, stems []string, typo bool) []int {
	if !typo {
		return terms[strings.Join(stems, " ")]
	}
	var out []int
	for term, c := range terms {
		if almost(stems, strings.Split(term, " ")) {
			out = append(out, c...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// shortest is how many letters a stem has at least that may be misspelt.
const shortest = 3

// almost reports whether two terms are the same but for one letter of one stem.
func almost(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	off := 0
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if off++; off > 1 || min(utf8.RuneCountInString(a[i]), utf8.RuneCountInString(b[i])) < shortest || !oneOff(a[i], b[i]) {
			return false
		}
	}
	return true
}

// apart keeps the longest spans of those that overlap, with the concepts of all languages that have the same one.
func apart(all []span) []span {
	slices.SortStableFunc(all, func(a, b span) int {
		if d := (b.to - b.from) - (a.to - a.from); d != 0 {
			return d
		}
		return a.from - b.from
	})
	var out []span
	for _, s := range all {
		i := slices.IndexFunc(out, func(o span) bool { return s.from < o.to && o.from < s.to })
		switch {
		case i < 0:
			out = append(out, s)
		case out[i].from == s.from && out[i].to == s.to:
			for _, c := range s.concepts {
				if !slices.Contains(out[i].concepts, c) {
					out[i].concepts = append(out[i].concepts, c)
				}
			}
		}
	}
	return out
}

// segments reads a text without spaces as terms: the longest from the left. What is left over comes back too.
func (g *glossary) segments(text string, typo bool) (concepts [][]int, rest []string) {
	zh := len(glossaryLanguages) - 1
	runes := []rune(text)
	left := ""
	for i := 0; i < len(runes); {
		n, found := 0, []int(nil)
		for to := min(len(runes), i+10); to > i && n == 0; to-- {
			piece := string(runes[i:to])
			if c := g.terms[zh][piece]; len(c) > 0 {
				n, found = to-i, c
			} else if c := g.nearly(piece, to-i); typo && len(c) > 0 {
				n, found = to-i, c
			}
		}
		if n == 0 {
			left += string(runes[i])
			i++
			continue
		}
		concepts = append(concepts, found)
		i += n
		if left != "" {
			rest, left = append(rest, left), ""
		}
	}
	if left != "" {
		rest = append(rest, left)
	}
	return concepts, rest
}

// nearly returns the concepts of Chinese terms of four characters and more in which one is another, or left out.
func (g *glossary) nearly(piece string, n int) (out []int) {
	if n < 3 {
		return nil
	}
	for term, c := range g.terms[len(glossaryLanguages)-1] {
		long := utf8.RuneCountInString(term)
		if (long == n && n > 3 || long == n+1) && oneOff(piece, term) {
			out = append(out, c...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// oneOff reports whether two words differ in one letter: another, one more, one less, or two that changed places.
func oneOff(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return slices.Equal(x[i:], y[i+1:])
	}
	if i == len(x) || slices.Equal(x[i+1:], y[i+1:]) {
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
}

// stems are what the analyzer of a language makes of a text.
func (x *Index) stems(lang, text string) []string { return x.terms("x_"+lang, text) }

// translated asks for words by what they mean: as they stand, or by any term of the same concept in any language.
func (x *Index) translated(words []string, m mood) query.Query {
	spans := x.glossary.spans(words, x.stems, m != literal)
	var must, should []query.Query
	for i := 0; i < len(words); {
		if at := slices.IndexFunc(spans, func(s span) bool { return s.from == i }); at >= 0 {
			must = append(must, x.term(words, spans[at], m))
			i = spans[at].to
			continue
		}
		if w := words[i]; x.common(w) {
			should = append(should, x.word(w, m))
		} else {
			must = append(must, x.meaning(w, m))
		}
		i++
	}
	return required(must, should, m)
}

// term asks for the words of a span as they stand, or for what they mean.
func (x *Index) term(words []string, s span, m mood) query.Query {
	any := []query.Query{x.terminology(s.concepts)}
	var asIs []query.Query
	for _, w := range words[s.from:s.to] {
		if !x.common(w) {
			asIs = append(asIs, x.word(w, m))
		}
	}
	if len(asIs) > 0 {
		any = append(any, query.NewConjunctionQuery(asIs))
	}
	return query.NewDisjunctionQuery(any)
}

// meaning asks for a word that no concept has as a whole. Chinese ones may hold several.
func (x *Index) meaning(w string, m mood) query.Query {
	if !strings.ContainsFunc(w, han) {
		return x.word(w, m)
	}
	concepts, rest := x.glossary.segments(w, m != literal)
	if len(concepts) == 0 {
		return x.word(w, m)
	}
	var parts []query.Query
	for _, c := range concepts {
		parts = append(parts, x.terminology(c))
	}
	var should []query.Query
	for _, r := range rest {
		if utf8.RuneCountInString(r) > 1 {
			should = append(should, x.word(r, m))
		}
	}
	return query.NewDisjunctionQuery([]query.Query{x.word(w, literal), required(parts, should, m)})
}

// terminology asks for any term of some concepts, each in its own language.
func (x *Index) terminology(concepts []int) query.Query {
	var any []query.Query
	for _, n := range concepts {
		for i, lang := range glossaryLanguages {
			for _, term := range x.glossary.concepts[n][i] {
				if stems := x.stems(lang, term); len(stems) > 0 {
					any = append(any, all(stems, titleField+"_"+lang, 3, literal), all(stems, textField+"_"+lang, 1, literal))
				}
			}
		}
	}
	return query.NewDisjunctionQuery(any)
}

// required asks for all of some clauses, or in the last mood for half of them, and prefers what has others too.
func required(must, should []query.Query, m mood) query.Query {
	if len(must) == 0 {
		must, should = should, nil
	}
	b := query.NewBooleanQuery(nil, should, nil)
	if m == halved {
		some := query.NewDisjunctionQuery(must)
		some.SetMin(float64((len(must) + 1) / 2))
		b.AddMust(some)
	} else {
		b.AddMust(query.NewConjunctionQuery(must))
	}
	return b
}
