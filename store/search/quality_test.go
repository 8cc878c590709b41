package search

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"stoa"
)

// judged is a query of which somebody said which records it is after.
type judged struct {
	Language string   `json:"language"`
	Query    string   `json:"query"`
	Want     []string `json:"want"` // any of these
}

// seed is the catalogue that ships with the program.
func seed(t *testing.T) *shelf {
	t.Helper()
	s := newShelf()
	for line := range bytes.Lines(stoa.Seed()) {
		var in struct {
			ID, Title, URL, Publisher, Language, Summary string
			Kind                                         stoa.Kind
			Pillars                                      []stoa.Pillar
		}
		if err := json.Unmarshal(line, &in); err != nil {
			t.Fatal(err)
		}
		r := record(in.ID, in.Language, in.Title, in.Summary)
		r.Kind, r.Pillars = in.Kind, in.Pillars
		r.Organisations = []stoa.Organisation{{ID: "x", Name: in.Publisher, Role: stoa.Publisher}}
		s.put(r)
	}
	return s
}

func judgedQueries(t *testing.T) (out []judged) {
	t.Helper()
	b, err := os.ReadFile("testdata/queries.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var q judged
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		out = append(out, q)
	}
	if len(out) < 60 {
		t.Fatalf("%d judged queries, want at least 60", len(out))
	}
	return out
}

// TestWhatIsWantedIsAmongTheFirstFive asks the judged queries of the seed, in six languages. Nine of ten must find what
// they are after among the first five, in each language.
func TestWhatIsWantedIsAmongTheFirstFive(t *testing.T) {
	s := seed(t)
	x := open(t, s)
	found, asked := map[string]int{}, map[string]int{}
	for _, q := range judgedQueries(t) {
		h := ask(t, x, stoa.Query{Text: q.Query, Limit: 5})
		asked[q.Language]++
		if slices.ContainsFunc(h.IDs, func(id string) bool { return slices.Contains(q.Want, id) }) {
			found[q.Language]++
			continue
		}
		var titles []string
		for _, id := range h.IDs {
			titles = append(titles, s.records[id].Title)
		}
		t.Logf("%s %q: %d hits: %q", q.Language, q.Query, h.Total, titles)
	}
	for _, lang := range languages() {
		if asked[lang] < 8 || float64(found[lang]) < 0.9*float64(asked[lang])-0.5 {
			t.Errorf("%s: %d of %d", lang, found[lang], asked[lang])
		}
	}
}

// TestATypoNeverEmptiesTheAnswer leaves out a letter of each longer word of each judged query.
func TestATypoNeverEmptiesTheAnswer(t *testing.T) {
	x := open(t, seed(t))
	n, empty := 0, 0
	for _, q := range judgedQueries(t) {
		words := strings.Fields(q.Query)
		for i, w := range words {
			runes := []rune(w)
			if utf8.RuneCountInString(w) < fuzzyFrom {
				continue
			}
			at := n % len(runes)
			typo := slices.Clone(words)
			typo[i] = string(slices.Concat(runes[:at], runes[at+1:]))
			n++
			if ask(t, x, stoa.Query{Text: strings.Join(typo, " ")}).Total == 0 {
				empty++
				t.Logf("nothing for %q", typo)
			}
		}
	}
	if empty > 0 || n < 100 {
		t.Errorf("%d of %d queries with a letter left out find nothing", empty, n)
	}
}
