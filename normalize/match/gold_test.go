package match

import (
	"bufio"
	"encoding/json"
	"math"
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
	if len(out) == 0 {
		t.Fatalf("%s is empty", path)
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

// TestGoldPairs holds the bars: precision of joins, recall of joins and proposals, no hard negative joined,
// translations found. Nearly all pairs that are not listed are distinct, so a join among them counts as wrong.
func TestGoldPairs(t *testing.T) {
	entries, pairs := gold(t)
	label := map[[2]string]string{}
	for _, p := range pairs {
		label[[2]string{min(p.A, p.B), max(p.A, p.B)}] = p.Label
	}
	var list []Entry
	for _, id := range sorted(entries) {
		list = append(list, entries[id])
	}
	count := map[string]int{}
	proposals := 0
	for _, p := range All(list, false) {
		a, b := list[p.A].ID, list[p.B].ID
		l := label[[2]string{min(a, b), max(a, b)}]
		count[l+" "+p.Verdict.Verdict]++
		if p.Verdict.Verdict == Duplicate && l != "duplicate" || p.Verdict.Verdict == Translation && l == "distinct" {
			t.Errorf("%s joined by %s: %q and %q: %v", l, p.Verdict.Rule, entries[a].Title, entries[b].Title, p.Verdict.Why)
		}
		if p.Verdict.Verdict == Proposal {
			proposals++
		}
	}
	total := map[string]int{}
	for _, l := range label {
		total[l]++
	}
	share := func(l string, verdicts ...string) float64 {
		n := 0
		for _, v := range verdicts {
			n += count[l+" "+v]
		}
		return float64(n) / float64(total[l])
	}
	joined, found := share("duplicate", Duplicate), share("duplicate", Duplicate, Proposal)
	tied := share("translation", Translation, Proposal)
	t.Logf("duplicates: %.3f joined, %.3f joined or proposed; translations found: %.3f; proposals in all: %d", joined, found, tied, proposals)
	if joined < 0.4 || found < 0.92 || tied < 0.85 {
		t.Errorf("duplicates joined %.3f, found %.3f; translations found %.3f; want 0.4, 0.92, 0.85", joined, found, tied)
	}
	if proposals > len(list) {
		t.Errorf("%d proposals among %d entries: more than a person can be asked", proposals, len(list))
	}
}

// TestKeysBringPairsTogether measures what blocking may lose.
func TestKeysBringPairsTogether(t *testing.T) {
	entries, pairs := gold(t)
	found, all, n := map[string]int{}, map[string]int{}, 0
	var x Index
	keys, position := map[string][]string{}, map[string]int{}
	for _, id := range sorted(entries) {
		keys[id] = Keys(entries[id])
		position[id] = x.Add(keys[id])
		n += len(keys[id])
		if len(keys[id]) > mostKeys {
			t.Errorf("%q has %d keys", entries[id].Title, len(keys[id]))
		}
	}
	for _, p := range pairs {
		all[p.Label]++
		for _, c := range x.Find(keys[p.A], 100) {
			if c.Position == position[p.B] {
				found[p.Label]++
			}
		}
	}
	share := func(l string) float64 { return float64(found[l]) / float64(all[l]) }
	t.Logf("%.1f keys an entry; candidates found: duplicates %.3f, translations %.3f", float64(n)/float64(len(entries)), share("duplicate"), share("translation"))
	if share("duplicate") < 0.92 || share("translation") < 0.9 {
		t.Errorf("candidates found: duplicates %.3f, translations %.3f; want 0.92 and 0.9", share("duplicate"), share("translation"))
	}
}

// TestCompareIsSymmetric holds for every pair but for the direction of a relation.
func TestCompareIsSymmetric(t *testing.T) {
	entries, pairs := gold(t)
	for _, p := range pairs {
		a, b := Prepare(entries[p.A]), Prepare(entries[p.B])
		x, y := a.Compare(b), b.Compare(a)
		if x.Verdict != y.Verdict || x.Relation != y.Relation || math.Abs(x.Score-y.Score) > 0.02 {
			t.Errorf("%q and %q: %s %s %.3f, the other way %s %s %.3f", entries[p.A].Title, entries[p.B].Title, x.Verdict, x.Relation, x.Score, y.Verdict, y.Relation, y.Score)
		}
	}
}

// FuzzCompare asks that anything can be compared with anything, in bounded time, with a score that is a probability.
func FuzzCompare(f *testing.F) {
	f.Add("GLACY+ Phase II (2021-2025)", "https://coe.int/en/x", "v2.0 第3届 №12")
	f.Add("مناورة السابعة 2025", "x", "\u202e")
	f.Fuzz(func(t *testing.T, title, url, summary string) {
		a := Entry{ID: "a", Title: title, URL: url, Summary: summary}
		b := Entry{ID: "b", Title: summary, URL: url, Summary: title, Language: "fr"}
		for _, e := range [][2]Entry{{a, a}, {a, b}, {b, a}} {
			if v := Compare(e[0], e[1]); !(v.Score >= 0 && v.Score <= 1) {
				t.Errorf("score %v", v.Score)
			}
		}
		if n := len(Keys(a)); n > mostKeys {
			t.Errorf("%d keys", n)
		}
	})
}
