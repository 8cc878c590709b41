package classify

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed data
var data embed.FS

// A class is one of the nine things that evidence can speak for. Weights are natural logarithms of odds.
const (
	relevant = iota
	bestPractice
	guidance
	programme
	legal
	technical
	organizational
	capacity
	cooperation
	classes
)

// weights is what one piece of evidence says about each class.
type weights [classes]float32

// signs are the short names of the classes in data/concepts.txt.
const signs = "rbgpLTOCX"

// concept is one idea of the field. All languages share concepts, so what is learnt in one helps in all.
type concept struct {
	name  string
	words string // what it is, for people
	prior weights
	holds bool  // counts inside longer terms, too
	needs []int // of a compound: concepts that must all be there
	title bool  // of a compound: all in the title
	near  bool  // of a compound: all within one stretch of nearWords
}

// lexicon is the terms of all languages in one trie, and the concepts they stand for.
type lexicon struct {
	concepts  []concept
	forms     []concept // of data/forms.txt: features with stated weights and no terms
	byName    map[string]int
	formWords map[string]string
	simple    int // concepts before this index have terms of their own; those from it on are compounds
	nodes     []node
	labels    []byte
	terms     []term // node.nterms of them belong to a node
	count     int
}

// term is what a path through the trie stands for.
type term struct {
	concept int32
	tongues tongues
	capital bool // counts only where its first letter is a capital: "Act", not "act"
}

// tongues is the set of languages that have a term.
type tongues uint16

// lexicons are the files of terms, by language; xx has what is of no language or of several others.
var lexicons = []string{"en", "fr", "es", "pt", "de", "ru", "ar", "zh", "xx"}

const (
	english tongues = 1 << 0
	others  tongues = 1 << 8
	every   tongues = 1<<9 - 1
)

// spoken returns the languages whose terms count in a text of a language: its own, English, and those of no language.
// All do where the language is unknown or has no lexicon.
func spoken(tag string) tongues {
	for i, lang := range lexicons[:8] {
		if len(tag) >= 2 && tag[:2] == lang {
			return 1<<i | english | others
		}
	}
	return every
}

type node struct {
	kids   int32 // index of the first child; children stand side by side
	labels int32 // index of the first child's label
	n      int16
	terms  int32
	nterms int16
}

// rest is the label that stands for the rest of a word, "*" in the data files.
const rest = 1

var theLexicon = sync.OnceValue(func() *lexicon {
	l, err := readLexicon()
	if err != nil {
		panic(err) // the files are part of the program and a test reads them
	}
	return l
})

func readLexicon() (*lexicon, error) {
	l := &lexicon{byName: map[string]int{}}
	if err := l.readConcepts(); err != nil {
		return nil, err
	}
	if err := l.readForms(); err != nil {
		return nil, err
	}
	root := &building{}
	for k, lang := range lexicons {
		name := "data/" + lang + ".txt"
		b, err := data.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(b), "\n") {
			if err := l.readTerms(root, line, 1<<k); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
		}
	}
	l.addCountries(root)
	l.freeze(root)
	return l, nil
}

// readConcepts reads lines "name | words | weights", "name!" for what counts inside longer terms, too, and compounds "name = a + b | words | weights"; "=T" wants all
// in the title, "=~" all near one another. Weights are a class's sign and a number: "p1.2 C0.5 r-1".
func (l *lexicon) readConcepts() error {
	b, err := data.ReadFile("data/concepts.txt")
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(b), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		c, parts, err := parseConcept(line)
		if err != nil {
			return fmt.Errorf("data/concepts.txt:%d: %w", i+1, err)
		}
		for _, p := range parts {
			k, ok := l.byName[p]
			if !ok {
				return fmt.Errorf("data/concepts.txt:%d: no concept %q above", i+1, p)
			}
			c.needs = append(c.needs, k)
		}
		if _, twice := l.byName[c.name]; twice {
			return fmt.Errorf("data/concepts.txt:%d: %q stands twice", i+1, c.name)
		}
		if c.needs == nil {
			l.simple = len(l.concepts) + 1
		}
		l.byName[c.name] = len(l.concepts)
		l.concepts = append(l.concepts, c)
	}
	return nil
}

// readForms reads lines like those of concepts.
func (l *lexicon) readForms() error {
	b, err := data.ReadFile("data/forms.txt")
	if err != nil {
		return err
	}
	l.formWords = map[string]string{}
	for i, line := range strings.Split(string(b), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		c, _, err := parseConcept(line)
		if err != nil {
			return fmt.Errorf("data/forms.txt:%d: %w", i+1, err)
		}
		l.forms = append(l.forms, c)
		l.formWords[c.name] = c.words
	}
	return nil
}

func parseConcept(line string) (c concept, parts []string, err error) {
	f := strings.Split(line, "|")
	if len(f) != 3 {
		return c, nil, fmt.Errorf("want name | words | weights")
	}
	head := strings.TrimSpace(f[0])
	if name, of, ok := strings.Cut(head, "="); ok {
		head = strings.TrimSpace(name)
		c.title, c.near = strings.HasPrefix(of, "T"), strings.HasPrefix(of, "~")
		for _, p := range strings.Split(strings.TrimLeft(of, "T~"), "+") {
			parts = append(parts, strings.TrimSpace(p))
		}
	}
	head, c.holds = strings.CutSuffix(head, "!")
	c.name, c.words = head, strings.TrimSpace(f[1])
	for _, w := range strings.Fields(f[2]) {
		k := strings.IndexByte(signs, w[0])
		v, err := strconv.ParseFloat(w[1:], 32)
		if k < 0 || err != nil {
			return c, nil, fmt.Errorf("weight %q: want one of %s and a number", w, signs)
		}
		c.prior[k] = float32(v)
	}
	return c, parts, nil
}

// readTerms reads one line "concept: term | term"; "~" in a term stands for a space, a hyphen or nothing, "*" for
// the rest of a word, "^" in front of a term for a capital.
func (l *lexicon) readTerms(root *building, line string, of tongues) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return nil
	}
	name, list, ok := strings.Cut(line, ":")
	k, known := l.byName[strings.TrimSpace(name)]
	if !ok || !known {
		return fmt.Errorf("no concept %q", name)
	}
	for _, text := range strings.Split(list, "|") {
		plain, capital := strings.CutPrefix(strings.TrimSpace(text), "^")
		for _, t := range []string{strings.ReplaceAll(plain, "~", " "), strings.ReplaceAll(plain, "~", "")} {
			root.add(pattern(t), term{int32(k), of, capital})
			l.count++
			if !strings.Contains(plain, "~") {
				break
			}
		}
	}
	return nil
}

// pattern folds a term as text is folded, keeping "*".
func pattern(term string) []byte {
	var out []byte
	var f folded
	for i, word := range strings.Fields(term) {
		stem, open := strings.CutSuffix(word, "*")
		if open && stem == "" {
			out = append(out, ' ', rest) // any word
			continue
		}
		f.fold(stem, 1<<10)
		w := bytes.TrimSpace(f.text)
		if len(w) == 0 {
			continue
		}
		if r, _ := utf8.DecodeRune(w); i > 0 && !wide(r) {
			out = append(out, ' ')
		}
		out = append(out, w...)
		if open {
			out = append(out, rest)
		}
	}
	if r, _ := utf8.DecodeLastRune(out); len(out) > 0 && !wide(r) {
		out = append(out, ' ')
	}
	return out
}

// building is a trie while it grows.
type building struct {
	kids  map[byte]*building
	terms []term
}

func (b *building) add(p []byte, t term) {
	if len(p) == 0 {
		return
	}
	for _, c := range p {
		next := b.kids[c]
		if next == nil {
			if b.kids == nil {
				b.kids = map[byte]*building{}
			}
			next = &building{}
			b.kids[c] = next
		}
		b = next
	}
	for i := range b.terms {
		if o := &b.terms[i]; o.concept == t.concept && o.capital == t.capital {
			o.tongues |= t.tongues
			return
		}
	}
	b.terms = append(b.terms, t)
}

// freeze lays the trie out level by level, children side by side, so that a step is one short scan.
func (l *lexicon) freeze(root *building) {
	queue := []*building{root}
	l.nodes = []node{{}}
	for at := 0; at < len(queue); at++ {
		b := queue[at]
		keys := make([]byte, 0, len(b.kids))
		for c := range b.kids {
			keys = append(keys, c)
		}
		slices.SortFunc(keys, func(x, y byte) int { return cmp.Compare(x, y) })
		l.nodes[at] = node{
			kids: int32(len(l.nodes)), labels: int32(len(l.labels)), n: int16(len(keys)),
			terms: int32(len(l.terms)), nterms: int16(len(b.terms)),
		}
		l.terms = append(l.terms, b.terms...)
		l.labels = append(l.labels, keys...)
		for _, c := range keys {
			queue = append(queue, b.kids[c])
			l.nodes = append(l.nodes, node{})
		}
	}
}

func (l *lexicon) step(at int32, c byte) int32 {
	n := &l.nodes[at]
	if i := bytes.IndexByte(l.labels[n.labels:n.labels+int32(n.n)], c); i >= 0 {
		return n.kids + int32(i)
	}
	return -1
}

// find reports every term of some languages in f, by concept and place.
func (l *lexicon) find(f *folded, of tongues, hit func(concept int32, lo, hi int)) {
	t := f.text
	for p := 1; p < len(t); p++ {
		if t[p-1] == ' ' {
			l.walk(f, p, p, 0, of, hit)
		} else if t[p] >= 0xE2 && t[p] < 0xF5 { // a character of three or four bytes begins
			if r, _ := utf8.DecodeRune(t[p:]); wide(r) {
				l.walk(f, p, p, 0, of, hit)
			}
		}
	}
}

func (l *lexicon) walk(f *folded, lo, p int, at int32, of tongues, hit func(int32, int, int)) {
	t := f.text
	for {
		n := &l.nodes[at]
		for _, t := range l.terms[n.terms : n.terms+int32(n.nterms)] {
			if t.tongues&of != 0 && (!t.capital || capital(f, lo)) {
				hit(t.concept, lo, p)
			}
		}
		if n.n == 0 {
			return
		}
		if l.labels[n.labels] == rest { // the smallest label, so it comes first
			end := p
			for end < len(t) && t[end] != ' ' {
				end++
			}
			l.walk(f, lo, end, n.kids, of, hit)
		}
		if p == len(t) {
			return
		}
		if at = l.step(at, t[p]); at < 0 {
			return
		}
		p++
	}
}

// capital reports whether the original of text[at] is a capital letter.
func capital(f *folded, at int) bool {
	r, _ := utf8.DecodeRuneInString(f.orig[f.from[at]:])
	return unicode.IsUpper(r)
}
