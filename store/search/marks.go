package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa"
)

// Marks returns a function that finds, in a text of a language, the words of a query: as Search takes them, in any form of theirs,
// in what they mean in that language, and, where nothing else in the text stands for a word, with one letter wrong. Spans are in order and do
// not overlap. It is for showing why a record is among the hits, and decides nothing.
func (x *Index) Marks(query string) func(lang, text string) []stoa.Span {
	words := split(query)
	if len(words) == 0 {
		return func(string, string) []stoa.Span { return nil }
	}
	m := &marker{x: x, sought: make([]sought, 0, len(words)), stemsOf: map[string][]string{}}
	for _, w := range words {
		s := sought{plain: x.terms("x_"+plain, w), stems: map[string][]string{}, common: x.common(w)}
		if strings.ContainsFunc(w, han) {
			s.pairs = pairs(w)
		}
		for _, lang := range languages() {
			s.stems[lang] = x.stems(lang, w)
		}
		m.sought = append(m.sought, s)
	}
	m.concepts = x.conceptsOf(words)
	return m.mark
}

// sought is a word of the query.
type sought struct {
	plain  []string
	stems  map[string][]string // by language
	pairs  []string            // of a word without spaces: two characters each, or the word
	common bool
}

// marker marks texts for one query. It is for one goroutine.
type marker struct {
	x        *Index
	sought   []sought
	concepts []int
	meanings map[string][][]string // by language: the stems of each term of the concepts
	stemsOf  map[string][]string   // language and word → stems, as texts repeat theirs
}

// conceptsOf returns what a query is about, in numbers of the glossary.
func (x *Index) conceptsOf(words []string) []int {
	var out []int
	for _, s := range x.glossary.spans(words, x.stems, false) {
		out = append(out, s.concepts...)
	}
	for _, w := range words {
		if strings.ContainsFunc(w, han) {
			found, _ := x.glossary.segments(w, false)
			out = append(out, slices.Concat(found...)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// token is a word of a text.
type token struct {
	at    stoa.Span
	plain []string
	stems []string
	on    bool
}

func (m *marker) mark(tag, text string) []stoa.Span {
	lang := analyzed(stoa.Record{Language: tag, Title: text})
	list := m.tokens(lang, text)
	for _, s := range m.sought {
		if s.common && len(m.sought) > 1 {
			continue
		}
		found := false
		for i := range list {
			if list[i].is(s, lang) {
				list[i].on, found = true, true
			}
		}
		if !found {
			for i := range list {
				list[i].on = list[i].on || list[i].almost(s)
			}
		}
	}
	m.meant(lang, list)
	out := m.characters(lang, text)
	for _, t := range list {
		if t.on {
			out = append(out, t.at)
		}
	}
	return joined(out)
}

// tokens cuts a text into words, as split does.
func (m *marker) tokens(lang, text string) []token {
	var out []token
	inside := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || r == '’'
	}
	for at := 0; at < len(text); {
		from := strings.IndexFunc(text[at:], inside)
		if from < 0 {
			break
		}
		from += at
		to := strings.IndexFunc(text[from:], func(r rune) bool { return !inside(r) })
		if to < 0 {
			to = len(text) - from
		}
		to, at = from+to, from+to
		word := text[from:to]
		if trimmed := strings.TrimLeft(word, "'’"); len(trimmed) < len(word) {
			from, word = to-len(trimmed), trimmed
		}
		word = strings.TrimRight(word, "'’")
		if word == "" || utf8.RuneCountInString(word) > longestToken {
			continue
		}
		t := token{at: stoa.Span{From: from, To: from + len(word)}, plain: m.stems(plain, word)}
		if lang != "" && lang != "zh" {
			t.stems = m.stems(lang, word)
		}
		out = append(out, t)
	}
	return out
}

// longestToken is how many letters a word may have that is looked at.
const longestToken = 60

func (m *marker) stems(lang, word string) []string {
	key := lang + " " + strings.ToLower(word)
	out, ok := m.stemsOf[key]
	if !ok {
		out = m.x.stems(lang, word)
		m.stemsOf[key] = out
	}
	return out
}

// is reports whether a token is the word: as it stands, or in another form.
func (t token) is(s sought, lang string) bool {
	return len(t.plain) > 0 && slices.Equal(t.plain, s.plain) || len(t.stems) > 0 && slices.Equal(t.stems, s.stems[lang])
}

// almost reports whether a token begins with the word, or is the word but for a letter.
func (t token) almost(s sought) bool {
	if len(t.plain) != 1 || len(s.plain) != 1 {
		return false
	}
	if utf8.RuneCountInString(s.plain[0]) >= begunFrom && strings.HasPrefix(t.plain[0], s.plain[0]) {
		return true
	}
	return utf8.RuneCountInString(s.plain[0]) >= fuzzyFrom && oneOff(t.plain[0], s.plain[0])
}

// meant marks the terms of the query's concepts.
func (m *marker) meant(lang string, list []token) {
	if lang == "" || lang == "zh" || len(m.concepts) == 0 {
		return
	}
	if m.meanings == nil {
		m.meanings = map[string][][]string{}
	}
	terms, ok := m.meanings[lang]
	if !ok {
		column := slices.Index(glossaryLanguages[:], lang)
		for _, c := range m.concepts {
			for _, term := range m.x.glossary.concepts[c][column] {
				if stems := m.x.stems(lang, term); len(stems) > 0 {
					terms = append(terms, stems)
				}
			}
		}
		m.meanings[lang] = terms
	}
	var stems []string // of all tokens, and the token each is of
	var of []int
	for i, t := range list {
		for _, s := range t.stems {
			stems, of = append(stems, s), append(of, i)
		}
	}
	for _, term := range terms {
		for i := 0; i+len(term) <= len(stems); i++ {
			if slices.Equal(stems[i:i+len(term)], term) {
				for n := of[i]; n <= of[i+len(term)-1]; n++ {
					list[n].on = true
				}
			}
		}
	}
}

// characters finds what is written without spaces: the query's words two characters at a time, and the terms of its concepts.
func (m *marker) characters(lang, text string) []stoa.Span {
	if lang != "zh" && !strings.ContainsFunc(text, han) {
		return nil
	}
	var want []string
	for _, s := range m.sought {
		want = append(want, s.pairs...)
	}
	for _, c := range m.concepts {
		want = append(want, m.x.glossary.concepts[c][len(glossaryLanguages)-1]...)
	}
	var out []stoa.Span
	for _, w := range want {
		for from := 0; w != ""; {
			at := strings.Index(text[from:], w)
			if at < 0 {
				break
			}
			out = append(out, stoa.Span{From: from + at, To: from + at + len(w)})
			from += at + len(w)
		}
	}
	return out
}

// pairs are the neighbours of a word without spaces, two by two, as the index knows it.
func pairs(w string) []string {
	runes := []rune(w)
	if len(runes) < 2 {
		return []string{w}
	}
	var out []string
	for i := range len(runes) - 1 {
		out = append(out, string(runes[i:i+2]))
	}
	return out
}

// joined orders spans and makes one of those that overlap or touch.
func joined(list []stoa.Span) []stoa.Span {
	slices.SortFunc(list, func(a, b stoa.Span) int { return a.From - b.From })
	var out []stoa.Span
	for _, s := range list {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}
