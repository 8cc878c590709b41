package classify

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"stoa"
)

// Book returns the examples that come with the program: listings of the kinds that partners publish, in our own
// words, labelled by the rules of testdata/gold/README.md. They are knowledge of the field in another form than the
// lexicon, and are trained on beside labelled items.
func Book() []Example { return slices.Clone(theBook()) }

var theBook = sync.OnceValue(func() []Example {
	b, err := data.ReadFile("data/book.txt")
	if err != nil {
		panic(err)
	}
	book, err := readBook(string(b))
	if err != nil {
		panic(err) // the file is part of the program and a test reads it
	}
	return book
})

// readBook reads lines "label | publisher | title | summary"; a label is "none", or a kind and the pillars, primary
// first, by their signs: "g LX" is guidance, legal, then cooperation.
func readBook(text string) ([]Example, error) {
	var book []Example
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, "|", 4)
		if len(f) != 4 {
			return nil, fmt.Errorf("data/book.txt:%d: want label | publisher | title | summary", i+1)
		}
		e := Example{Weight: weightBook, Input: Input{Publisher: strings.TrimSpace(f[1]), Title: strings.TrimSpace(f[2]), Summary: strings.TrimSpace(f[3])}}
		if err := e.read(strings.TrimSpace(f[0])); err != nil {
			return nil, fmt.Errorf("data/book.txt:%d: %w", i+1, err)
		}
		book = append(book, e)
	}
	return book, nil
}

func (e *Example) read(label string) error {
	if label == "none" {
		return nil
	}
	kind, pillars, ok := strings.Cut(label, " ")
	k := strings.IndexAny(signs, kind)
	if !ok || len(kind) != 1 || k < bestPractice || k > programme || pillars == "" {
		return fmt.Errorf("label %q: want none, or one of b g p and pillars of LTOCX", label)
	}
	e.Relevant, e.Kind = true, stoa.Kinds()[k-bestPractice]
	for _, c := range pillars {
		at := strings.IndexRune(signs, c)
		if at < legal {
			return fmt.Errorf("label %q: no pillar %q", label, c)
		}
		e.Pillars = append(e.Pillars, stoa.Pillars()[at-legal])
	}
	return nil
}
