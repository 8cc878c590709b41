package bolt

import (
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"stoa"
	"stoa/normalize"
	"stoa/store"
)

func catalogue(b *testing.B) *store.Catalogue {
	b.Helper()
	c, err := store.Open(b.Context(), open(b, filepath.Join(b.TempDir(), "stoa.db")), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// stock is what a source lists in a benchmark: n items of about 1.2 KB, each a thing of its own.
func stock(src string, n, revision int) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for i := range n {
			words := babble(src, i, 150)
			item := stoa.Item{
				Key: fmt.Sprint(i), URL: fmt.Sprintf("https://%s.example/item/%d", src, i), Published: "2026-01-05",
				Title: strings.Join(words[:6], " "), Summary: fmt.Sprint(strings.Join(words[6:], " "), " ", revision),
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// babble makes words that no other item has.
func babble(src string, i, n int) []string {
	h := fnv.New64a()
	fmt.Fprint(h, src, i)
	dice := rand.New(rand.NewPCG(h.Sum64(), 1))
	syllables := []string{"ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu", "za"}
	words := make([]string, n)
	for k := range words {
		for range 2 + dice.IntN(3) {
			words[k] += syllables[dice.IntN(len(syllables))]
		}
	}
	return words
}

func BenchmarkApply(b *testing.B) {
	const sources, each = 20, 30
	harvest := func(b *testing.B, c *store.Catalogue, revision int) {
		b.Helper()
		var wg sync.WaitGroup
		for i := range sources {
			wg.Go(func() {
				src := stoa.Source{ID: fmt.Sprintf("s%d", i), Trust: stoa.Trusted, VanishMeans: stoa.VanishRemoved}
				steps := stoa.Steps{Draft: func(i stoa.Item) stoa.Draft { return normalize.Draft(i, src) }, Judge: fine}
				if _, err := c.Apply(b.Context(), stoa.Run{}, src, stock(src.ID, each, revision), steps); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	perItem := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*sources*each), "µs/item")
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			c := catalogue(b)
			b.StartTimer()
			harvest(b, c, 0)
		}
		perItem(b)
	})
	b.Run("changed", func(b *testing.B) {
		c := catalogue(b)
		harvest(b, c, -1)
		for n := 0; b.Loop(); n++ {
			harvest(b, c, n)
		}
		perItem(b)
	})
	b.Run("unchanged", func(b *testing.B) {
		c := catalogue(b)
		harvest(b, c, 0)
		for b.Loop() {
			harvest(b, c, 0)
		}
		perItem(b)
	})
}

// BenchmarkDesk reads a catalogue of 5,000 records, all of them queued.
func BenchmarkDesk(b *testing.B) {
	c := catalogue(b)
	src := stoa.Source{ID: "one", Trust: stoa.Probation}
	if _, err := c.Apply(b.Context(), stoa.Run{}, src, stock("one", 5000, 0), stoa.Steps{Draft: draft, Judge: fine}); err != nil {
		b.Fatal(err)
	}
	tasks, _, err := c.Queue(b.Context(), stoa.TaskQuery{})
	if err != nil {
		b.Fatal(err)
	}
	id := tasks[0].Subject
	for name, f := range map[string]func() error{
		"queue page": func() error {
			_, _, err := c.Queue(b.Context(), stoa.TaskQuery{Reason: stoa.ReasonNew, Limit: 20})
			return err
		},
		"record": func() error { _, err := c.Get(b.Context(), id); return err },
		"stats":  func() error { _, err := c.Stats(b.Context()); return err },
		"decision": func() error {
			_, err := c.Decide(b.Context(), stoa.Decision{Subject: id, Action: stoa.Accept, By: "ada"})
			return err
		},
		"all records": func() error {
			for _, err := range c.Records(b.Context(), "") {
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
