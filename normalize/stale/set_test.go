package stale

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const pages = "../../testdata/stale"

// TestSimulatedPages judges the labelled set of simulated pages in six languages.
func TestSimulatedPages(t *testing.T) {
	f, err := os.Open(filepath.Join(pages, "stale.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	load := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(pages, name)) }
	right, wrong, missed, n := 0, 0, 0, 0
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var want struct{ ID, Label, Why, Title string }
		if err := json.Unmarshal(s.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		got, err := Line(s.Bytes(), time.Time{}, load)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if got.Verdict != want.Label {
			t.Logf("%s %q: %s, want %s (%s): %v %v", want.ID, want.Title, got.Verdict, want.Label, want.Why, got.Rules, got.Why)
		}
		is, said := want.Label == Dead || want.Label == Quarantined, got.Verdict == Dead || got.Verdict == Quarantined
		switch {
		case is && said:
			right++
		case said:
			wrong++
		case is:
			missed++
		}
	}
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(right+missed)
	t.Logf("%d pages: precision %.3f, recall %.3f", n, precision, recall)
	if n < 150 || precision < 0.98 || recall < 0.85 {
		t.Errorf("%d pages, precision %.3f, recall %.3f; want 150, 0.98, 0.85", n, precision, recall)
	}
}
