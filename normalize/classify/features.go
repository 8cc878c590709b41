package classify

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"stoa/normalize/organisation"
)

// nearWords is how far apart, in bytes of folded text, the parts of a "near" compound may stand.
const nearBytes = 60

// A feature is one piece of evidence found in an item: its index in the model, how much of it there is, and where.
type feature struct {
	index int32
	value float32
}

// mention is where a concept was found.
type mention struct {
	title  bool
	lo, hi int32
}

// reading is what one pass over an item found. It is reused from item to item.
type reading struct {
	title, summary, publisher folded
	count                     []uint8      // of each concept: mentions, title and summary together
	inTitle                   []bool       // of each concept
	first                     []mention    // of each concept: the mention to show
	found                     []int32      // concepts, in order of discovery
	places                    [][][2]int32 // of each concept: stretches in the summary, a few
	matches                   []match      // of one field, while it is scanned
	words                     [][]byte     // stems, within the folded fields
	wordsTitle                int
	ends                      []part // of the title
	head, opening             int32  // what the title names the thing, and what the text begins with: concepts, or -1
	tokens, hits, function    int    // words, mentions of concepts, words that only tie others together
	titled, told              heap   // of the title and the summary
	touched                   bool   // the summary speaks of the field in some way
	stuffed, strayed          bool
	hashes                    []uint64
	said                      []byte // one piece of evidence, while it is put into words
	orgs                      []*organisation.Entry
	sort                      organisation.Sort
}

func newReading(l *lexicon) *reading {
	n := len(l.concepts)
	return &reading{count: make([]uint8, n), inTitle: make([]bool, n), first: make([]mention, n), places: make([][][2]int32, n)}
}

// read finds concepts and words in an item.
func (r *reading) read(l *lexicon, in *Input) {
	for _, k := range r.found {
		r.count[k], r.inTitle[k], r.places[k] = 0, false, r.places[k][:0]
	}
	r.found, r.words, r.hits, r.function = r.found[:0], r.words[:0], 0, 0
	r.title.fold(in.Title, maxTitle)
	r.summary.fold(in.Summary, maxSummary)
	r.publisher.fold(in.Publisher, maxTitle)
	of := r.tongue(l, in.Language)
	r.scan(l, &r.title, of, true)
	r.head = r.headOf(l)
	r.heaps(l, &r.title, &r.titled)
	r.scan(l, &r.summary, of, false)
	r.opening = r.openingOf(l)
	r.heaps(l, &r.summary, &r.told)
	r.touched = slices.ContainsFunc(r.matches, func(m match) bool { return l.concepts[m.concept].term() })
	r.compounds(l)
	r.collect(&r.title)
	r.wordsTitle = len(r.words)
	r.collect(&r.summary)
	r.tokens = len(r.words)
	r.stuffed, r.strayed = r.isStuffed(), r.strays()
	r.orgs = organisation.In(r.orgs[:0], in.Publisher, in.Title)
	r.sort = organisation.SortOf(in.Publisher)
}

// tongue returns the languages whose terms count: by what is said of the language, or else by which of the languages
// in Latin letters has most terms in the text.
func (r *reading) tongue(l *lexicon, tag string) tongues {
	if of := spoken(tag); of != every || tag != "" {
		return of
	}
	best, most := every, 0
	for i := range 5 {
		n := 0
		for _, f := range []*folded{&r.title, &r.summary} {
			l.find(f, 1<<i, func(_ int32, lo, hi int) { n += hi - lo })
		}
		if n > most {
			best, most = 1<<i|english|others, n
		}
	}
	for _, c := range r.title.text {
		if c >= 0xC0 {
			return every // other letters: their lexicons do not get in one another's way
		}
	}
	return best
}

// match is a term found.
type match struct {
	concept int32
	lo, hi  int32
}

// scan counts the terms in f. A term inside a longer one counts only for a concept that holds wherever it is named:
// "model law" is no model, but "cybersecurity strategy" is about cybersecurity.
func (r *reading) scan(l *lexicon, f *folded, of tongues, title bool) {
	r.matches = r.matches[:0]
	l.find(f, of, func(k int32, lo, hi int) { r.matches = append(r.matches, match{k, int32(lo), int32(hi)}) })
	for i, m := range r.matches {
		if l.concepts[m.concept].holds || !r.inside(i) {
			r.hit(m.concept, title, int(m.lo), int(m.hi))
		}
	}
}

// telling is how much a concept says about the kind.
func (c *concept) telling() float32 {
	return max(c.prior[bestPractice], c.prior[guidance], c.prior[programme])
}

// tells reports whether a concept says what kind of thing something is.
func (c *concept) tells() bool {
	return max(c.prior[bestPractice], c.prior[guidance], c.prior[programme], -c.prior[relevant]) >= 0.65
}

// headOf returns what a title says the thing is. A title has parts ("CyberEast: workshop on…", "Security in practice –
// the handbook"); in each the last telling concept before the first preposition names it ("SIRIUS situation report on
// …", "webinar on the guide for…"). The most telling of these wins, or else the first concept in the title.
func (r *reading) headOf(l *lexicon) int32 {
	ends := r.parts()
	head, first, best, part := int32(-1), int32(-1), float32(0), 0
	candidate := int32(-1)
	settle := func() {
		if candidate >= 0 {
			if c := l.concepts[candidate].telling(); c > best {
				head, best = candidate, c
			}
		}
		candidate = -1
	}
	for i, m := range r.matches {
		for part < len(ends) && m.lo >= ends[part].hi {
			settle()
			part++
		}
		if !l.concepts[m.concept].tells() || r.inside(i) {
			continue
		}
		if first < 0 {
			first = m.concept
		}
		if part < len(ends) && m.lo < ends[part].stop {
			candidate = m.concept
		}
	}
	if settle(); head >= 0 {
		return head
	}
	return first
}

// part is a part of a title: where its head ends, and where it ends itself.
type part struct{ stop, hi int32 }

// parts cuts the title at colons, dashes and brackets, and finds the first preposition in each part.
func (r *reading) parts() []part {
	t, ends := r.title.text, r.ends[:0]
	cur, begun := part{stop: -1}, false
	for p := 1; p < len(t); {
		next := p + bytes.IndexByte(t[p:], ' ')
		if cur.stop < 0 && begun && prepositions[string(t[p:next])] {
			cur.stop = int32(p)
		}
		begun = true
		if p = next + 1; p >= len(t) || r.parted(next, p) {
			cur.hi = int32(p)
			if cur.stop < 0 {
				cur.stop = cur.hi
			}
			ends = append(ends, cur)
			cur, begun = part{stop: -1}, false
		}
	}
	r.ends = ends
	return ends
}

// parted reports whether what stands in the original between two words of the title parts it.
func (r *reading) parted(end, next int) bool {
	return strings.ContainsAny(r.title.orig[r.title.from[end]:r.title.from[next]], ":–—(|/：（") ||
		strings.Contains(r.title.orig[r.title.from[end]:r.title.from[next]], " - ")
}

// openingOf returns the first telling concept in the first words of the text.
func (r *reading) openingOf(l *lexicon) int32 {
	const first = 64 // bytes
	for i, m := range r.matches {
		if m.lo > first {
			break
		}
		if l.concepts[m.concept].tells() && !r.inside(i) {
			return m.concept
		}
	}
	return -1
}

// prepositions end the head of a title, in the languages that put them behind it.
var prepositions = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`on for of to in about from with by against at under into between
		de du des d pour sur en dans par au aux contre la le el del para sobre por con a ao da do das dos em com no na
		von zu zur zum fur uber im in der des gegen mit auf bei для по о об в на с из от в`) {
		m[w] = true
	}
	return m
}()

// functionWord reports whether a word only ties others together: texts are full of them, heaps of keywords are not.
func functionWord(w []byte) bool { return prepositions[string(w)] || conjunctions[string(w)] }

var conjunctions = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`the a an and or is are was be it its this that which who how what as has have will can
		et ou les un une est sont qui que ce se y o los las unos una es son que e os as um uma sao und oder die das ein eine
		ist sind den dem и или не что как это для к у`) {
		m[w] = true
	}
	return m
}()

// inside reports whether match i lies within a longer one. Matches come in order of where they begin.
func (r *reading) inside(i int) bool {
	m := r.matches[i]
	for j := i - 1; j >= 0 && m.lo-r.matches[j].lo < nearBytes; j-- {
		if o := r.matches[j]; o.hi >= m.hi && o.hi-o.lo > m.hi-m.lo {
			return true
		}
	}
	for j := i + 1; j < len(r.matches) && r.matches[j].lo == m.lo; j++ {
		if r.matches[j].hi > m.hi {
			return true
		}
	}
	return false
}

func (r *reading) hit(k int32, title bool, lo, hi int) {
	r.hits++
	if r.count[k] == 0 {
		r.found = append(r.found, k)
		r.first[k] = mention{title, int32(lo), int32(hi)}
	}
	if r.count[k] < 255 {
		r.count[k]++
	}
	if title {
		r.inTitle[k] = true
	}
	if len(r.places[k]) < 8 {
		base := int32(0)
		if !title {
			base = 1 << 20 // far from any place in the title
		}
		r.places[k] = append(r.places[k], [2]int32{base + int32(lo), base + int32(hi)})
	}
}

// compounds adds the concepts that are made of others.
func (r *reading) compounds(l *lexicon) {
	for k := range l.concepts {
		c := &l.concepts[k]
		if c.needs == nil {
			continue
		}
		ok := true
		for _, need := range c.needs {
			if r.count[need] == 0 || c.title && !r.inTitle[need] {
				ok = false
				break
			}
		}
		if !ok || c.near && !r.near(c.needs[0], c.needs[1]) {
			continue
		}
		r.found = append(r.found, int32(k))
		r.count[k], r.inTitle[k] = 1, c.title
		r.first[k] = r.first[c.needs[0]]
		for _, need := range c.needs {
			r.inTitle[k] = r.inTitle[k] || r.inTitle[need]
		}
		r.places[k] = append(r.places[k], r.places[c.needs[0]]...)
	}
}

// near reports whether a mention of a and a mention of b stand close together without being the same words.
func (r *reading) near(a, b int) bool {
	for _, x := range r.places[a] {
		for _, y := range r.places[b] {
			if x[1] <= y[0]+1 && y[0]-x[1] < nearBytes || y[1] <= x[0]+1 && x[0]-y[1] < nearBytes {
				return true
			}
		}
	}
	return false
}

// collect cuts f into stems: the first six letters of a word, or two neighbouring characters where words are not
// parted.
func (r *reading) collect(f *folded) {
	t := f.text
	for p := 1; p < len(t); {
		end := p
		for end < len(t) && t[end] != ' ' {
			end++
		}
		if end > p {
			if functionWord(t[p:end]) {
				r.function++
			}
			r.stem(t[p:end])
		}
		p = end + 1
	}
}

func (r *reading) stem(w []byte) {
	if first, _ := utf8.DecodeRune(w); !wide(first) {
		if cut := stemLength(w); cut >= 3 {
			r.words = append(r.words, w[:cut])
		}
		return
	}
	for p := 0; ; {
		_, n := utf8.DecodeRune(w[p:])
		if p+n == len(w) {
			return
		}
		_, m := utf8.DecodeRune(w[p+n:])
		r.words = append(r.words, w[p:p+n+m])
		p += n
	}
}

// stemLength returns the length in bytes of a word's first letters that are kept: six, or five of a script whose
// words bend more.
func stemLength(w []byte) int {
	keep := 6
	if w[0] >= 0x80 {
		keep = 5
	}
	p := 0
	for i := 0; i < keep && p < len(w); i++ {
		_, n := utf8.DecodeRune(w[p:])
		p += n
	}
	return p
}

// How much a concept counts that stands in the summary alone, against 1 for the title, and how much more one that is
// named again. A title says what a thing is; a summary also speaks of much else. But what does not belong is often
// told by its summary alone.
const (
	inSummary      = 0.4
	noiseInSummary = 0.8
	again          = 0.3
)

// features lists what a reading says, as indices into the names of a model.
func (r *reading) features(l *lexicon, m *index, in *Input, out []feature) []feature {
	out = out[:0]
	for _, k := range r.found {
		v := float32(inSummary)
		if l.concepts[k].prior[relevant] <= -0.5 {
			v = noiseInSummary
		}
		if r.inTitle[k] {
			v = 1
			out = append(out, feature{m.title[k], 1})
		}
		if r.count[k] > 1 {
			v += again
		}
		out = append(out, feature{m.concept[k], v})
	}
	if r.head >= 0 {
		out = append(out, feature{m.head[r.head], 1})
	}
	if r.opening >= 0 {
		out = append(out, feature{m.opening[r.opening], 1})
	}
	seen := len(out)
	for i, w := range r.words {
		j, ok := m.word[string(w)]
		if !ok {
			continue
		}
		v := float32(1)
		if i < r.wordsTitle {
			v = 1.5
		}
		if !slices.ContainsFunc(out[seen:], func(f feature) bool { return f.index == j }) {
			out = append(out, feature{j, v})
		}
	}
	if len(r.orgs) > 0 {
		if j, ok := m.word["org:"+r.orgs[0].Row]; ok {
			out = append(out, feature{j, 1})
		}
	}
	if j, ok := m.word["sort:"+string(r.sort)]; ok {
		out = append(out, feature{j, 1})
	}
	for _, s := range r.structure(in) {
		if j, ok := m.word[s]; ok {
			out = append(out, feature{j, 1})
		}
	}
	return out
}

// structure names what the form of an item says: marks, lengths, fields.
func (r *reading) structure(in *Input) []string {
	var s []string
	add := func(name string, ok bool) {
		if ok {
			s = append(s, name)
		}
	}
	title := strings.TrimSpace(in.Title)
	add("form:question", strings.HasSuffix(title, "?") || strings.HasSuffix(title, "？") || strings.HasSuffix(title, "؟"))
	add("form:exclamation", strings.Contains(in.Title, "!") || strings.Contains(in.Summary, "!"))
	add("form:deadline", in.HasDeadline)
	add("form:dates", in.HasDates)
	add("form:fee", in.Facts["fee"] != "")
	add("form:enrol", in.Facts["registration"] != "" || in.Facts["modality"] != "" || in.Facts["level"] != "")
	add("form:credential", in.Facts["credential"] != "")
	add("form:eligibility", in.Facts["eligibility"] != "")
	add("form:short", r.tokens < 12)
	add("form:years", yearRange(title))
	add("form:money", strings.ContainsAny(in.Summary, "€$£"))
	return s
}

// yearRange reports whether s holds a span of years, as strategies and plans do.
func yearRange(s string) bool {
	for i := 0; i+9 <= len(s); i++ {
		if !digits(s[i : i+4]) {
			continue
		}
		after := strings.TrimLeft(s[i+4:], " -–—/")
		if len(after) < len(s[i+4:]) && len(after) >= 4 && digits(after[:4]) && s[i] == '2' && after[0] == '2' {
			return true
		}
	}
	return false
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
