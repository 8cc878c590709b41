package match

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

type goldPair struct{ A, B, Label, Why string }

func readLines[T any](t testing.TB, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	for s := bufio.NewScanner(f); s.Scan(); {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, v)
	}
	return out
}

func gold(t testing.TB) (map[string]Entry, []goldPair) {
	entries := map[string]Entry{}
	for _, e := range readLines[Entry](t, "../../testdata/gold/dedupe/records.jsonl") {
		entries[e.ID] = e
	}
	return entries, readLines[goldPair](t, "../../testdata/gold/dedupe/pairs.jsonl")
}
