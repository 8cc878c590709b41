package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

// invent makes up entries from the words of the labelled ones, as like one another as a large catalogue's are.
func invent(t testing.TB, r *rand.Rand) func() Entry {
	entries, _ := gold(t)
	var heads, tails, names []string
	var summaries []string
	for _, id := range sorted(entries) {
		words := strings.Fields(entries[id].Title)
		heads = append(heads, strings.Join(words[:(len(words)+1)/2], " "))
		tails = append(tails, strings.Join(words[(len(words)+1)/2:], " "))
		names = append(names, entries[id].Publisher)
		summaries = append(summaries, strings.Split(entries[id].Summary, ". ")...)
	}
	pick := func(l []string) string { return l[r.IntN(len(l))] }
	n := 0
	return func() Entry {
		n++
		year := 2005 + r.IntN(22)
		return Entry{
			ID: fmt.Sprint(n), Title: pick(heads) + " " + pick(tails) + fmt.Sprintf(" %c%c%c%d", 'A'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), r.IntN(900)),
			Publisher: pick(names), Summary: pick(summaries) + ". " + pick(summaries) + ".", Language: "en",
			URL:       fmt.Sprintf("https://host%d.example/p/%d", r.IntN(300), n),
			Published: stoa.Date(fmt.Sprintf("%d-%02d", year, 1+r.IntN(12))),
		}
	}
}

// TestIndexFindsWhatWasAdded finds every entry by its own keys, whatever was merged since.
func TestIndexFindsWhatWasAdded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	next := invent(t, r)
	var x Index
	var keys [][]string
	for range 3000 {
		k := Keys(next())
		keys = append(keys, k)
		x.Add(k)
	}
	if x.Len() != len(keys) {
		t.Fatalf("%d entries, want %d", x.Len(), len(keys))
	}
	for at, k := range keys {
		if found := x.Find(k, 50); !slices.ContainsFunc(found, func(c Candidate) bool { return c.Position == at }) {
			t.Fatalf("entry %d is not among its own %d candidates", at, len(found))
		}
		if n := len(x.Find(k, 7)); n > 7 {
			t.Fatalf("%d candidates, want at most 7", n)
		}
	}
}

// BenchmarkMillion measures the index with a million entries: median time of a search, bytes an entry.
func BenchmarkMillion(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	next := invent(b, r)
	var x Index
	const entries, distinct = 1_000_000, 100_000
	var some [][]string
	for i := range entries {
		if i < distinct {
			some = append(some, Keys(next()))
			x.Add(some[i])
			continue
		}
		// keys of the same crowding as those of the first hundred thousand, without reading a million texts
		k := slices.Clone(some[r.IntN(distinct)])
		for j := range k {
			if r.IntN(3) > 0 {
				k[j] = fmt.Sprintf("%s%d", k[j], r.IntN(10))
			}
		}
		x.Add(k)
	}
	postings := len(x.tail)
	for _, run := range x.runs {
		postings += len(run)
	}
	var took []time.Duration
	n := 0
	for b.Loop() {
		began := time.Now()
		n += len(x.Find(some[r.IntN(distinct)], 64))
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(8*postings)/entries, "bytes/entry")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
	b.ReportMetric(float64(n)/float64(len(took)), "candidates")
}
