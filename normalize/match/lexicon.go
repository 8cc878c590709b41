package match

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed lexicon.txt
var lexiconFile string

// lexicon is the file, read once and never changed afterwards.
var lexicon = sync.OnceValue(func() *words {
	w, err := readLexicon(lexiconFile)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return w
})

// words maps forms of several languages to concepts.
type words struct {
	byStart map[string][]form // by the first three letters of the first word; longest form first
	han     map[string]form   // forms in scripts without spaces
	weight  map[string]float64
	longest int // runes of the longest form in han
}

// form is one way to write a concept.
type form struct {
	words   []string // a trailing "*" lets any ending follow
	concept string
}

func readLexicon(file string) (*words, error) {
	w := &words{byStart: map[string][]form{}, han: map[string]form{}, weight: map[string]float64{}}
	seen := map[string]string{}
	for n, line := range strings.Split(file, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		head, forms, ok := strings.Cut(line, ": ")
		name, number, ok2 := strings.Cut(head, " ")
		weight, err := strconv.ParseFloat(number, 64)
		if !ok || !ok2 || err != nil {
			return nil, fmt.Errorf("read lexicon line %d: want \"concept weight: form, form\"", n+1)
		}
		w.weight["#"+name] = weight
		for text := range strings.SplitSeq(forms, ", ") {
			if other, ok := seen[text]; ok && other != name {
				return nil, fmt.Errorf("read lexicon line %d: %q is a form of %s already", n+1, text, other)
			}
			seen[text] = name
			w.add(text, "#"+name)
		}
	}
	w.places()
	for start := range w.byStart {
		slices.SortStableFunc(w.byStart[start], func(a, b form) int {
			if d := len(b.words) - len(a.words); d != 0 {
				return d
			}
			return len(strings.Join(b.words, "")) - len(strings.Join(a.words, ""))
		})
	}
	return w, nil
}

func (w *words) add(text, concept string) {
	f := form{concept: concept}
	for part := range strings.FieldsSeq(text) {
		stem, star := strings.CutSuffix(part, "*")
		folded := fold(stem)
		if isHan([]rune(folded)[0]) {
			w.han[folded] = form{concept: concept}
			w.longest = max(w.longest, len([]rune(folded)))
			return
		}
		for i, word := range split(folded) {
			if star && i == 0 {
				word.text += "*"
			}
			f.words = append(f.words, word.text)
		}
	}
	if len(f.words) == 0 {
		return
	}
	start := prefix(strings.TrimSuffix(f.words[0], "*"))
	w.byStart[start] = append(w.byStart[start], f)
}

func prefix(s string) string {
	n := 0
	for i := range s {
		if n == 3 {
			return s[:i]
		}
		n++
	}
	return s
}

// at returns the concept whose longest form begins at word i, and how many words it covers.
func (w *words) at(text []word, i int) (concept string, length int) {
	first := text[i].text
	lists := [2][]form{w.byStart[prefix(first)], nil}
	if len(first) <= 3 {
		lists[0] = w.byStart[first]
	}
	for _, f := range lists[0] {
		if matches(f, text[i:]) {
			return f.concept, len(f.words)
		}
	}
	return "", 0
}

func matches(f form, text []word) bool {
	if len(f.words) > len(text) {
		return false
	}
	for k, want := range f.words {
		got := text[k].text
		if stem, star := strings.CutSuffix(want, "*"); star {
			if !strings.HasPrefix(got, stem) {
				return false
			}
		} else if got != want {
			return false
		}
	}
	return true
}
