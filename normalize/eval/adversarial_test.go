package eval

import (
	"os"
	"testing"

	"stoa"
	"stoa/normalize"
)

// TestKeywordsDoNotConvince: a text on another subject does not become relevant by a row of keywords. Where it is taken for
// relevant at all, the confidence is so low that a person decides.
func TestKeywordsDoNotConvince(t *testing.T) {
	type item struct {
		ID        string `json:"id"`
		Sort      string `json:"sort"`
		Language  string `json:"language"`
		Title     string `json:"title"`
		Summary   string `json:"summary"`
		Publisher string `json:"publisher"`
		URL       string `json:"url"`
	}
	items, err := lines[item](os.DirFS("../../testdata/adversarial"), "items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	sorts, languages, convinced := map[string]int{}, map[string]int{}, map[string]int{}
	taken := 0
	for _, i := range items {
		sorts[i.Sort]++
		languages[i.Language]++
		d := normalize.Draft(stoa.Item{Key: i.ID, Title: i.Title, Summary: i.Summary, URL: i.URL}, stoa.Source{})
		if d.Relevant.Value && d.Relevant.Confidence > 0.6 {
			taken++
			convinced[i.Sort]++
			t.Logf("%s, %s, %s: %.3f: %s", i.ID, i.Sort, i.Language, d.Relevant.Confidence, i.Title)
		}
	}
	if len(items) < 90 || len(sorts) < 9 || len(languages) < 8 {
		t.Fatalf("%d items of %d sorts in %d languages", len(items), len(sorts), len(languages))
	}
	if taken > 3 {
		t.Errorf("%d of %d taken for relevant: %v", taken, len(items), convinced)
	}
}
