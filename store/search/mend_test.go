package search

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/blevesearch/bleve/v2"

	"stoa"
)

type words = bleve.Index

// hurt are words as bleve leaves them behind on a full disk: batches fail, then panic.
type hurt struct {
	words
	err error
}

func (h hurt) Batch(*bleve.Batch) error {
	if h.err != nil {
		return h.err
	}
	panic("assignment to entry in nil map")
}

// TestWordsThatCouldNotBeWrittenAreMended has the words fail, by an error and by a panic: searches go on with what is there, and the next
// look at the log brings in what is missing.
func TestWordsThatCouldNotBeWrittenAreMended(t *testing.T) {
	for name, err := range map[string]error{"an error": errors.New("no space left"), "a panic": nil} {
		s := newShelf(record("a", "en", "Zebra course", ""))
		x := open(t, s)
		s.put(record("b", "en", "Zebra guide", ""))
		x.mu.Lock()
		x.words = hurt{x.words, err}
		x.mu.Unlock()
		if err := x.CatchUp(t.Context()); err == nil {
			t.Errorf("%s: nobody heard of it", name)
		}
		if got := ask(t, x, stoa.Query{Text: "zebra"}); got.Total != 1 {
			t.Errorf("%s: %d hits while the index is behind, want 1", name, got.Total)
		}
		if err := x.CatchUp(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := ask(t, x, stoa.Query{Text: "zebra"}); got.Total != 2 {
			t.Errorf("%s: %d hits in the end, want 2", name, got.Total)
		}
	}
}

// TestWordsThatAreGoneAreBuilt removes the files under a running index.
func TestWordsThatAreGoneAreBuilt(t *testing.T) {
	s := newShelf(record("a", "en", "Zebra course", ""))
	x := open(t, s)
	s.put(record("b", "en", "Zebra guide", ""))
	x.mu.Lock()
	x.words = hurt{words: x.words}
	x.mu.Unlock()
	if err := os.RemoveAll(filepath.Join(x.dir, "words")); err != nil {
		t.Fatal(err)
	}
	if err := x.CatchUp(t.Context()); err == nil {
		t.Error("nobody heard of it")
	}
	if got := ask(t, x, stoa.Query{Text: "zebra"}); got.Total != 2 {
		t.Errorf("%d hits, want 2", got.Total)
	}
}
