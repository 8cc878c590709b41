package when

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"stoa"
)

type goldDate struct {
	Text, Language       string
	Reference            string
	Start, End, Deadline stoa.Date
}

func lines[T any](t testing.TB, path string) []T {
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
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return out
}

func on(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestGold(t *testing.T) {
	right, wrong := 0, 0
	all := lines[goldDate](t, "../../testdata/gold/dates.jsonl")
	for _, g := range all {
		r := Read(g.Text, Options{Reference: on(g.Reference), Language: g.Language})
		if r.Start == g.Start && r.End == g.End && r.Deadline == g.Deadline {
			right++
			continue
		}
		if r.Start != "" && r.Start != g.Start || r.End != "" && r.End != g.End || r.Deadline != "" && r.Deadline != g.Deadline {
			wrong++
		}
		t.Errorf("%s\n got %q %q %q\nwant %q %q %q", g.Text, r.Start, r.End, r.Deadline, g.Start, g.End, g.Deadline)
	}
	t.Logf("%d of %d right, %d wrong", right, len(all), wrong)
}

// TestCases reads testdata/cases.txt: language, reference, start, end, deadline | text.
func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	rule, count := "", 0
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if name, ok := strings.CutPrefix(line, "## "); ok {
			rule = name
			continue
		}
		head, text, ok := strings.Cut(line, " |")
		f := strings.Fields(head)
		if strings.HasPrefix(line, "#") || !ok || len(f) != 5 {
			if line != "" && !strings.HasPrefix(line, "#") {
				t.Fatalf("not a case: %q", line)
			}
			continue
		}
		count++
		t.Run(rule+"/"+strings.TrimSpace(text), func(t *testing.T) {
			r := Read(text, Options{Reference: on(f[1]), Language: f[0]})
			for i, got := range []stoa.Date{r.Start, r.End, r.Deadline} {
				if want := strings.TrimPrefix(f[2+i], "-"); string(got) != want {
					t.Errorf("%s is %q, want %q", []string{"start", "end", "deadline"}[i], got, want)
				}
			}
		})
	}
	if count < 300 {
		t.Errorf("only %d cases were read", count)
	}
}

func BenchmarkRead(b *testing.B) {
	all := lines[goldDate](b, "../../testdata/gold/dates.jsonl")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		g := all[i%len(all)]
		Read(g.Text, Options{Language: g.Language})
	}
}
