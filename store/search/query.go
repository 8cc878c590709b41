package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"stoa"
)

// Bounds of a search.
const (
	usualHits = 20
	mostHits  = 1000
	mostWords = 16
	mostRunes = 400
	someHits  = 10 // fewer: words are also taken for what they mean, in any language
	fewHits   = 3  // fewer: words are taken less literally
	fuzzyFrom = 5  // letters a word must have to be looked for with a typo
	begunFrom = 4  // letters a word must have to be the beginning of others
)

// Search answers a query. Records that are stale are left out unless asked for. Text is words in any of the six
// languages, of names of countries, regions and languages, and of years; hits have all of them, except words that every
// text has; of an address, the records at it. Where little is found, words are also taken for what they mean in any language, and for what begins with them; where hardly anything is, words of five letters and more may differ in one; and when
// that finds nothing either, half of the words are enough, and those of three letters may differ too.
func (x *Index) Search(ctx context.Context, q stoa.Query) (stoa.Hits, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	now := x.now()
	key := keyOf(q)
	if hits, ok := x.cols.answers.get(key, now.Unix()); ok {
		return hits, nil
	}
	hits, err := x.search(ctx, q, now)
	if err != nil {
		return stoa.Hits{}, fmt.Errorf("search: %w", err)
	}
	x.cols.answers.put(key, now.Unix(), hits, x.cols.turn)
	return hits, nil
}

func (x *Index) search(ctx context.Context, q stoa.Query, now time.Time) (stoa.Hits, error) {
	f := x.cols.filter(q, now)
	words := split(q.Text)
	if len(words) == 0 {
		if strings.TrimSpace(q.Text) != "" { // nothing in it is a word
			return stoa.Hits{IDs: []string{}, Facets: x.cols.tally().facets(&x.cols, f)}, nil
		}
		return x.page(q, f, x.all(), now), nil
	}
	hits, err := x.addressed(ctx, q.Text)
	if err == nil && len(hits) == 0 {
		hits, err = x.answer(ctx, words, f)
	}
	if err != nil {
		return stoa.Hits{}, err
	}
	return x.page(q, f, hits, now), nil
}

// addressed are the records at an address that was asked for, if the text is one.
func (x *Index) addressed(ctx context.Context, text string) ([]hit, error) {
	if !isAddress(text) {
		return nil, nil
	}
	reader, err := x.reader()
	if err != nil {
		return nil, err
	}
	defer reader.Close() // only read
	q := query.NewTermQuery(addressOf(text))
	q.SetField(addrField)
	return x.find(ctx, reader, q)
}

// answer looks for words, each time less literally, until enough is found.
func (x *Index) answer(ctx context.Context, words []string, f filter) ([]hit, error) {
	reader, err := x.reader()
	if err != nil {
		return nil, err
	}
	defer reader.Close() // only read
	var hits []hit
	for _, step := range []struct {
		below int // hits
		query func() query.Query
	}{
		{someHits, func() query.Query { return x.query(words, literal) }},
		{someHits, func() query.Query { return x.translated(words, literal) }},
		{someHits, func() query.Query { return x.query(words, begun) }},
		{fewHits, func() query.Query { return x.query(words, misspelt) }},
		{fewHits, func() query.Query { return x.translated(words, misspelt) }},
		{1, func() query.Query { return x.query(words, halved) }},
		{1, func() query.Query { return x.translated(words, halved) }},
	} {
		if x.passing(hits, f) >= step.below && hits != nil {
			continue
		}
		found, err := x.find(ctx, reader, step.query())
		if err != nil {
			return nil, err
		}
		hits = merged(hits, found)
	}
	return hits, nil
}

func (x *Index) reader() (index.IndexReader, error) {
	if x.words == nil {
		return nil, errTorn
	}
	inner, err := x.words.Advanced()
	if err != nil {
		return nil, err
	}
	return inner.Reader()
}

// mood is how literally words are taken.
type mood int

const (
	literal mood = iota
	begun        // or the beginning of one
	misspelt
	halved
)

// split returns the words of a text, each once.
func split(text string) []string {
	if utf8.RuneCountInString(text) > mostRunes {
		text = string([]rune(text)[:mostRunes])
	}
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	}) {
		if w = strings.Trim(w, "'’"); w != "" && !slices.Contains(out, w) && len(out) < mostWords {
			out = append(out, w)
		}
	}
	return out
}

// query asks for all words in any field, language by language.
func (x *Index) query(words []string, m mood) query.Query {
	var must, should []query.Query
	for i, w := range words {
		clause := x.word(w, m)
		if i > 0 && isCyber(words[i-1]) { // "cyber security" is also written in one
			clause = query.NewDisjunctionQuery([]query.Query{clause, x.word(words[i-1]+w, literal)})
		}
		if i+1 < len(words) && isCyber(w) {
			clause = query.NewDisjunctionQuery([]query.Query{clause, x.word(w+words[i+1], literal)})
		}
		if x.common(w) {
			should = append(should, clause)
		} else {
			must = append(must, clause)
		}
	}
	return required(must, should, m)
}

func isCyber(w string) bool { return w == "cyber" }

// word asks for one word: stemmed in each language, plain, and by a publisher's name.
func (x *Index) word(w string, m mood) query.Query {
	var any []query.Query
	for _, lang := range append(languages(), plain) {
		terms := x.terms("x_"+lang, w)
		if len(terms) == 0 || lang == "zh" && !strings.ContainsFunc(w, han) {
			continue
		}
		boost := 1.0
		if lang == plain {
			boost = 0.8
		}
		any = append(any, all(terms, titleField+"_"+lang, 3*boost, m), all(terms, textField+"_"+lang, boost, m))
		if lang == plain {
			any = append(any, all(terms, orgsField, 2, m))
			any = append(any, inexact(terms, m)...)
		}
		if lang == "zh" && m == begun && utf8.RuneCountInString(w) == 1 { // texts are known by pairs of characters
			any = append(any, prefix(w, titleField+"_zh"), prefix(w, textField+"_zh"))
		}
		if slices.Contains(factsIn(), lang) {
			any = append(any, all(terms, factsField+"_"+lang, 0.5, m))
		}
	}
	if rest, ok := strings.CutPrefix(w, "cyber"); ok && len(rest) >= 3 { // and "cybersecurity" in two
		any = append(any, query.NewConjunctionQuery([]query.Query{x.word("cyber", literal), x.word(rest, literal)}))
	}
	return query.NewDisjunctionQuery(any)
}

// terms are what an analyzer makes of a word.
func (x *Index) terms(analyzer, w string) []string {
	a := x.mapping.AnalyzerNamed(analyzer)
	if a == nil {
		return nil
	}
	var out []string
	for _, t := range a.Analyze([]byte(w)) {
		out = append(out, string(t.Term))
	}
	return out
}

// all asks for all terms in a field; of a word without spaces that may be misspelt, for most.
func all(terms []string, field string, boost float64, m mood) query.Query {
	var list []query.Query
	for _, t := range terms {
		q := query.NewTermQuery(t)
		q.SetField(field)
		q.SetBoost(boost)
		list = append(list, q)
	}
	if len(list) == 1 {
		return list[0]
	}
	if m == misspelt && len(list) > 2 || m == halved {
		q := query.NewDisjunctionQuery(list)
		q.SetMin(float64(max(1, len(list)-2)))
		if m == halved {
			q.SetMin(1)
		}
		return q
	}
	return query.NewConjunctionQuery(list)
}

// inexact asks for what begins with the terms, or for the terms with one letter wrong: short ones only when nothing else was found.
func inexact(terms []string, m mood) []query.Query {
	var out []query.Query
	switch m {
	case literal:
		return nil
	case begun:
		for _, t := range terms {
			if utf8.RuneCountInString(t) < begunFrom {
				continue
			}
			for _, field := range plainFields() {
				out = append(out, prefix(t, field))
			}
		}
		return out
	}
	least := fuzzyFrom
	if m == halved {
		least = shortest
	}
	for _, t := range terms {
		if utf8.RuneCountInString(t) < least {
			continue
		}
		for _, field := range plainFields() {
			q := query.NewFuzzyQuery(t)
			q.SetField(field)
			q.SetFuzziness(1)
			q.SetBoost(0.3)
			out = append(out, q)
		}
	}
	return out
}

// prefix asks for words of a field that begin so.
func prefix(head, field string) query.Query {
	q := query.NewPrefixQuery(head)
	q.SetField(field)
	q.SetBoost(0.5)
	return q
}

// plainFields are those whose words are as they were written.
func plainFields() []string {
	return []string{titleField + "_" + plain, textField + "_" + plain, orgsField, factsField + "_" + plain}
}

// common reports whether a word is one that texts of some language are full of, so that it cannot be asked for.
func (x *Index) common(w string) bool {
	for _, lang := range []string{"en", "es", "fr", "ru", "ar"} {
		if len(x.terms("x_"+lang, w)) == 0 && len(x.terms("x_"+plain, w)) > 0 {
			return true
		}
	}
	return false
}

// find returns the rows whose words answer a query.
func (x *Index) find(ctx context.Context, reader index.IndexReader, q query.Query) ([]hit, error) {
	s, err := q.Searcher(ctx, reader, x.mapping, search.SearcherOptions{})
	if err != nil {
		return nil, err
	}
	defer s.Close() // only read
	sc := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0), IndexReader: reader}
	var hits []hit
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		m, err := s.Next(sc)
		if err != nil || m == nil {
			return hits, err
		}
		id, err := reader.ExternalID(m.IndexInternalID)
		if err != nil {
			return nil, err
		}
		if i, ok := x.cols.at[id]; ok {
			hits = append(hits, hit{&x.cols.rows[i], m.Score})
		}
		sc.DocumentMatchPool.Put(m)
	}
}

// merged adds hits that are not among the first.
func merged(first, more []hit) []hit {
	if len(first) == 0 {
		return more
	}
	known := map[*row]bool{}
	least := first[0].score
	for _, h := range first {
		known[h.row] = true
		least = min(least, h.score)
	}
	for _, h := range more {
		if !known[h.row] {
			h.score = min(h.score, least*0.99) // what is written differently comes behind
			first = append(first, h)
		}
	}
	return first
}

// passing counts the hits that the filter lets through.
func (x *Index) passing(hits []hit, f filter) int {
	n := 0
	for _, h := range hits {
		if (f.stale || !h.row.stale) && f.misses(h.row) == -1 {
			n++
		}
	}
	return n
}

// all returns every row.
func (x *Index) all() []hit {
	hits := make([]hit, 0, x.cols.live)
	for i := range x.cols.rows {
		if r := &x.cols.rows[i]; r.id != "" {
			hits = append(hits, hit{row: r})
		}
	}
	return hits
}

// page filters, counts, sorts and cuts.
func (x *Index) page(q stoa.Query, f filter, hits []hit, now time.Time) stoa.Hits {
	t := x.cols.tally()
	kept := hits[:0:len(hits)]
	for _, h := range hits {
		if h.row.stale && !f.stale {
			continue
		}
		missed := f.misses(h.row)
		t.add(h.row, &f, missed)
		if missed == -1 {
			h.score *= favour(h.row, now)
			kept = append(kept, h)
		}
	}
	sort := q.Sort
	if sort == "" && len(split(q.Text)) == 0 {
		sort = "newest"
	}
	from := min(max(q.Offset, 0), len(kept))
	limit := q.Limit
	if limit <= 0 {
		limit = usualHits
	}
	to := min(from+min(limit, mostHits), len(kept))
	arrange(kept, to, func(a, b hit) int { return a.compare(b, sort, q.Reader, now.Unix()) })
	out := stoa.Hits{Total: len(kept), IDs: make([]string, 0, to-from), Facets: t.facets(&x.cols, f), Links: t.links}
	for _, h := range kept[from:to] {
		out.IDs = append(out.IDs, h.row.id)
	}
	return out
}

// young is how many seconds something is new.
const young = 2 * 365 * 24 * 3600

// favour raises what one can use now and what is young, within a fifth: words decide first.
func favour(r *row, now time.Time) float64 {
	f := 1.0
	if len(r.values[openDim]) > 0 {
		f += 0.1
	}
	if age := now.Unix() - r.newest; age < young {
		f += 0.1
	}
	return f
}

// arrange sorts as far as the page needs it.
func arrange(hits []hit, n int, compare func(a, b hit) int) {
	if n == 0 || len(hits) < 2 {
		return
	}
	if n < len(hits)/8 {
		quick(hits, n, compare)
		hits = hits[:n]
	}
	slices.SortFunc(hits, compare)
}

// quick brings the n first hits to the front, in any order.
func quick(hits []hit, n int, compare func(a, b hit) int) {
	lo, hi := 0, len(hits)-1
	for lo < hi {
		pivot := hits[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for compare(hits[i], pivot) < 0 {
				i++
			}
			for compare(hits[j], pivot) > 0 {
				j--
			}
			if i <= j {
				hits[i], hits[j] = hits[j], hits[i]
				i++
				j--
			}
		}
		switch {
		case n-1 <= j:
			hi = j
		case n-1 >= i:
			lo = i
		default:
			return
		}
	}
}
