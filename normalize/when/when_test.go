package when

import (
	"bufio"
	"encoding/json"
	"os"
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
