package stale

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestEvidenceKeepsEveryVerdict judges the labelled set by what the checker keeps of each page rather than by the pages.
func TestEvidenceKeepsEveryVerdict(t *testing.T) {
	f, err := os.Open(filepath.Join(pages, "stale.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		load := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(pages, name)) }
		whole, err := Line(s.Bytes(), time.Time{}, load)
		if err != nil {
			t.Fatal(err)
		}
		var q Question
		if err := json.Unmarshal(s.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		kept, err := Line(s.Bytes(), time.Time{}, func(name string) ([]byte, error) {
			b, err := load(name)
			return []byte(Evidence(decode(b, ""))), err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n++; whole.Verdict != kept.Verdict {
			t.Errorf("%s %q: %s by the page, %s by what is kept of it (%v, %v)", q.ID, q.Title, whole.Verdict, kept.Verdict, whole.Why, kept.Why)
		}
	}
	if n < 150 {
		t.Errorf("only %d pages", n)
	}
}
