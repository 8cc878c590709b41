// Package storetest is the contract that every engine passes, and the catalogue over it. An engine passes by handing
// in a way to open itself anew:
//
//	func TestEngine(t *testing.T) { storetest.Run(t, func(t *testing.T) store.Engine { … }) }
package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// Run runs the contract. open returns an empty engine, which it closes when the test ends.
func Run(t *testing.T, open func(*testing.T) store.Engine) {
	for name, part := range map[string]func(*testing.T, func(*testing.T) store.Engine){
		"engine": engine, "harvest": harvest, "ruling": ruling, "family": family, "reading": reading, "office": office, "acts": acts, "owners": owners,
		"fifty harvests":      fifty,
		"any update may fail": failures,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t, open)
		})
	}
}

// world is a catalogue with a clock that the test moves.
type world struct {
	*store.Catalogue
	t      *testing.T
	engine store.Engine
	now    time.Time
	runs   int
}

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func begin(t *testing.T, open func(*testing.T) store.Engine) *world {
	t.Helper()
	w := &world{t: t, engine: open(t), now: epoch}
	w.reopen()
	return w
}

// reopen opens the catalogue again over the same engine, as a restart does.
func (w *world) reopen() {
	w.t.Helper()
	c, err := store.Open(w.t.Context(), w.engine, store.Options{Now: func() time.Time { return w.now }, Random: dice(uint64(w.runs))})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Catalogue = c
}

// dice is a reader of random bytes that come out the same every time.
func dice(seed uint64) *rand.ChaCha8 {
	var s [32]byte
	for i := range s {
		s[i] = byte(seed >> (i % 8))
	}
	return rand.NewChaCha8(s)
}

// partner is a trusted source whose complete listing says what is gone.
var partner = stoa.Source{
	ID: "partner", Organisation: "Partner", Format: "html", Trust: stoa.Trusted, VanishMeans: stoa.VanishRemoved,
	Zone: "Europe/Zurich", Languages: []string{"en"},
}

// item is number n of what a source lists. Each is a thing of its own, in words that no other has.
func item(n int) stoa.Item {
	words := babble(n)
	return stoa.Item{
		Key: fmt.Sprintf("item-%d", n), Title: strings.Join(words[:5], " "),
		URL:     "https://partner.example/" + strings.Join(words[:3], "-"),
		Summary: "On " + strings.Join(words[5:], " ") + ".",
	}
}

// babble makes words out of a number.
func babble(n int) []string {
	dice := rand.New(rand.NewPCG(uint64(n), 7))
	syllables := []string{"ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu", "za"}
	words := make([]string, 12)
	for i := range words {
		for range 3 + dice.IntN(2) {
			words[i] += syllables[dice.IntN(len(syllables))]
		}
	}
	return words
}

func items(from, to int) []stoa.Item {
	var out []stoa.Item
	for n := from; n < to; n++ {
		out = append(out, item(n))
	}
	return out
}

// draft makes an item plain. Extra "doubt" makes the rules unsure, "noise" sure that it is none of ours.
func draft(i stoa.Item) stoa.Draft {
	d := stoa.Draft{
		ID: i.Key, Title: i.Title, URL: i.URL, Summary: i.Summary, Published: i.Published, Language: "en", Version: "test-1",
		Deadline: stoa.Date(i.Extra["deadline"]), Withdrawn: i.Withdrawn,
		Relevant: stoa.Verdict[bool]{Value: true, Confidence: 0.99, Why: []string{"test"}},
		Kind:     stoa.Verdict[stoa.Kind]{Value: stoa.Guidance, Confidence: 0.9, Why: []string{"test"}},
		Pillars:  []stoa.PillarVerdict{{Pillar: stoa.Technical, Confidence: 0.9, Why: []string{"test"}}},
	}
	if i.Language != "" {
		d.Language = i.Language
	}
	d.Editions = strings.Fields(i.Extra["editions"])
	if code := i.Extra["country"]; code != "" {
		d.Countries = []string{code}
	}
	switch {
	case i.Extra["doubt"] != "":
		d.Relevant.Confidence = 0.5
	case i.Extra["noise"] != "":
		d.Relevant.Value = false
	}
	return d
}

func pass(stoa.Run, stoa.History) (string, string) { return "", "" }

func seq(items []stoa.Item, faults ...error) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
		for _, err := range faults {
			if !yield(stoa.Item{}, err) {
				return
			}
		}
	}
}

// apply harvests src as if it listed exactly these items, an hour after the last time.
func (w *world) apply(src stoa.Source, items []stoa.Item, faults ...error) stoa.Run {
	w.t.Helper()
	return w.applyWith(src, seq(items, faults...), stoa.Steps{Draft: draft, Judge: pass})
}

func (w *world) applyWith(src stoa.Source, items iter.Seq2[stoa.Item, error], steps stoa.Steps) stoa.Run {
	w.t.Helper()
	run, err := w.Apply(w.t.Context(), w.run(src), src, items, steps)
	if err != nil {
		w.t.Fatal(err)
	}
	if sum := run.New + run.Changed + run.Unchanged + run.Excluded + run.Faulty; run.Seen != sum {
		w.t.Errorf("run %s: seen %d, the parts are %d", run.ID, run.Seen, sum)
	}
	return run
}

// run begins a run an hour after the last.
func (w *world) run(src stoa.Source) stoa.Run {
	w.runs++
	w.now = w.now.Add(time.Hour)
	return stoa.Run{ID: fmt.Sprintf("run-%04d", w.runs), Source: src.ID, Began: w.now}
}

// decide rules as "ada" and fails the test when that is refused.
func (w *world) decide(d stoa.Decision) stoa.Decision {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	d.By = "ada"
	done, err := w.Decide(w.t.Context(), d)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

// record returns the record of an item of a source.
func (w *world) record(src stoa.Source, key string) stoa.Record {
	w.t.Helper()
	o, err := w.Observation(w.t.Context(), src.ID, key)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.get(o.Record)
}

func (w *world) get(id string) stoa.Record {
	w.t.Helper()
	r, err := w.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) changes(since uint64) []stoa.Change {
	w.t.Helper()
	all, err := w.Changes(w.t.Context(), since, 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// last is the number of the last change.
func (w *world) last() uint64 {
	w.t.Helper()
	s, err := w.Stats(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Changes
}

// queue returns the tasks of a reason.
func (w *world) queue(reason string) []stoa.Task {
	w.t.Helper()
	tasks, total, err := w.Queue(w.t.Context(), stoa.TaskQuery{Reason: reason, Limit: 500})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(tasks) != min(total, 500) {
		w.t.Errorf("queue %s: %d tasks of %d", reason, len(tasks), total)
	}
	return tasks
}

// sound fails the test when anything stored does not fit the rest.
func (w *world) sound() {
	w.t.Helper()
	if err := w.Verify(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// dump returns everything in the store, table by table.
func dump(t *testing.T, e store.Engine, tables ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := e.View(context.WithoutCancel(t.Context()), func(tx store.Tx) error {
		for _, name := range tables {
			err := tx.Scan(name, store.Range{}, func(k, v []byte) error {
				out[name+" "+string(k)] = string(v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plain is a record without what no undo and no rebuild takes back: its version and the time of its last change.
func plain(r stoa.Record) stoa.Record {
	r.Version, r.Changed = 0, time.Time{}
	return r
}

func text(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func same(a, b any) bool { return text(a) == text(b) }
