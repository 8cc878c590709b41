package match

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostKeys bounds the keys of one entry, and with them the memory of an index.
const mostKeys = 20

// Keys returns the blocking keys of an entry, at most 20, sorted and each once. Two entries that are the same thing
// share at least one, nearly always; of entries that share none, nothing need be compared. A key is short text:
//
//	n:  address without the language in it; also of the editions that the page names
//	d:  DOI      i:  ISBN      s:  ISSN      c:  document number
//	t:  two telling words of the title, as concepts where the lexicon knows them, so that languages meet
//	o:  known organisation, year and a telling concept
//	m:  organisation or site, and month of publication or start
//	x:  two of the smallest hashes over the words of the summary (MinHash bands)
//	y:  year, and a name or number of which text and title speak (the smallest under each of three hashes)
//
// A key that many entries share tells little: look-ups may leave out s, t, o, m, x and y keys with more than Crowd entries.
func Keys(e Entry) []string { return keysOf(profileOf(e)) }

// Crowd is the number of entries under one key above which a look-up may leave that key out.
const Crowd = 48

func keysOf(p *profile) []string {
	var out []string
	add := func(key string) {
		if len(out) < mostKeys && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	for _, n := range p.neutral[:min(3, len(p.neutral))] {
		add("n:" + short(n))
	}
	for _, u := range p.editions[:min(5, len(p.editions))] {
		n, _ := neutral(u)
		add("n:" + short(n))
	}
	for _, d := range p.doi[:min(1, len(p.doi))] {
		add("d:" + short(d))
	}
	for _, i := range p.isbn[:min(1, len(p.isbn))] {
		add("i:" + i)
	}
	for _, s := range p.issn[:min(1, len(p.issn))] {
		add("s:" + s)
	}
	for _, c := range p.numbers() {
		add("c:" + c)
	}
	for _, k := range p.titlePairs() {
		add("t:" + k)
	}
	for _, k := range p.circumstances() {
		add(k)
	}
	for _, k := range p.bands() {
		add("x:" + k)
	}
	for _, k := range p.mentions() {
		add("y:" + k)
	}
	slices.Sort(out)
	return out
}

// short hashes what is long.
func short(s string) string {
	if len(s) <= 12 {
		return s
	}
	return strconv.FormatUint(hash(s), 36)
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return mix(h.Sum64())
}

// mix spreads the bits of a hash (the finisher of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// numbers returns the document numbers worth a key: those of the title, and long ones of text and address.
func (p *profile) numbers() []string {
	var out []string
	for _, c := range sorted(p.marks.codes) {
		if len(out) < 3 {
			out = append(out, c)
		}
	}
	for _, c := range sorted(p.soft) {
		if len(out) < 5 && countDigits(c) >= 4 && len(c) >= 6 && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// titlePairs returns pairs of the most telling words of the title and of what stands before its first colon or
// dash, and the most telling word with the publisher.
func (p *profile) titlePairs() []string {
	title := slices.DeleteFunc(slices.Clone(p.title), func(t token) bool { return p.bodies.has(t.hash) || p.names.has(t.hash) && t.text[0] != '@' })
	if len(title) < 2 {
		title = p.title
	}
	head := title
	for i, t := range title {
		if i >= 2 && t.starts {
			head = title[:i]
			break
		}
	}
	out := pairsOf(telling(title, 4))
	for _, k := range pairsOf(telling(head, 3)) {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	if top := telling(title, 1); len(top) == 1 && p.org != "" {
		out = append(out, short(top[0]+" "+p.org))
	}
	return out
}

func pairsOf(top []string) []string {
	var out []string
	for i, a := range top {
		for _, b := range top[i+1:] {
			out = append(out, short(min(a, b)+" "+max(a, b)))
		}
	}
	return out
}

// telling returns the n most telling tokens of a title, places and names before words of the field, long before short.
func telling(title []token, n int) []string {
	list := slices.Clone(title)
	rank := func(t token) float64 {
		w := t.weight
		switch {
		case strings.HasPrefix(t.text, "@"):
			w += 0.2
		case t.caps:
			w += 0.1
		case t.text[0] != '#':
			w += min(float64(utf8.RuneCountInString(t.text)), 12)/40 - 0.2
		}
		return w
	}
	slices.SortStableFunc(list, func(a, b token) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(a.text, b.text))
	})
	var out []string
	for _, t := range list {
		if len(out) < n && !slices.Contains(out, t.text) {
			out = append(out, t.text)
		}
	}
	return out
}

// circumstances returns keys of who and when: what brings together an event told in other words or another language.
func (p *profile) circumstances() []string {
	var out []string
	var concepts []token
	for _, t := range p.title {
		if t.text[0] == '#' || t.text[0] == '@' {
			concepts = append(concepts, t)
		}
	}
	year := "0"
	if len(p.years) > 0 {
		year = strconv.Itoa(p.years[0])
	}
	for _, o := range p.orgs[:min(2, len(p.orgs))] {
		for _, c := range telling(concepts, 2) {
			out = append(out, "o:"+short(o+" "+year+" "+c))
		}
	}
	who := p.org
	if who == "" {
		who = p.host
	}
	for _, d := range []string{string(p.Published), string(p.Start)} {
		if len(d) >= 7 && who != "" {
			if k := "m:" + short(who+" "+d[:7]); !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	if len(p.Start) >= 10 {
		if top := telling(concepts, 1); len(top) > 0 {
			out = append(out, "m:"+short(string(p.Start[:10])+" "+top[0]))
		}
	}
	return out
}

// bands returns MinHash bands over the words of the summary: three bands of two rows.
func (p *profile) bands() []string {
	if len(p.text.list) < 8 {
		return nil
	}
	const bands, rows = 3, 2
	var least [bands * rows]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	for _, w := range p.text.list {
		h := w.hash
		for i := range least {
			least[i] = min(least[i], mix(h+uint64(i)*0x9e3779b97f4a7c15))
		}
	}
	var out []string
	for b := range bands {
		h := uint64(b)
		for r := range rows {
			h = mix(h ^ least[b*rows+r])
		}
		out = append(out, strconv.FormatUint(h, 36))
	}
	return out
}

// mentions returns keys of the names and numbers in title and text, with the year.
func (p *profile) mentions() []string {
	var out []string
	years := p.marks.years
	if len(years) == 0 {
		years = p.years
	}
	year := ""
	if len(years) > 0 {
		year = strconv.Itoa(years[0])
	}
	for i := range uint64(3) {
		best, word := ^uint64(0), ""
		for _, w := range p.whole.list {
			if h := mix(w.hash ^ mix(i+1)); w.weight >= 1 && h < best && !p.bodies.has(w.hash) {
				best, word = h, w.text
			}
		}
		if word != "" {
			out = append(out, short(year+" "+word))
		}
	}
	return out
}
