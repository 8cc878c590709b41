package stale

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryGroundHasWords: whatever a sentence can be taken apart into can be said in the languages of the pages.
func TestEveryGroundHasWords(t *testing.T) {
	b, err := os.ReadFile("../../server/locales/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?:groundO[fn]\(|Code(?::| =) |in\.late\()"([a-z-]+)"`)
	n := 0
	for _, file := range []string{"availability.go", "relevance.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(source), -1) {
			if n++; keys["ground."+m[1]] == nil {
				t.Errorf("%s: no words for the sentence %q", file, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d sentences found: the test would pass on anything", n)
	}
	for _, w := range words {
		if keys["sight."+w.word] == nil {
			t.Errorf("no words for %q", w.word)
		}
	}
	source, err := os.ReadFile("look.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:s\.why = .*?|return |Sprintf\()"([a-z][a-z ]{4,})`).FindAllStringSubmatch(string(source), -1) {
		known := false
		for _, w := range words {
			known = known || strings.HasPrefix(m[1], w.text)
		}
		if !known && m[1] != "asked to wait " {
			t.Errorf("no word for what a look saw: %q", m[1])
		}
	}
}
