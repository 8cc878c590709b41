package crawler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"stoa"
	"stoa/crawler/decode"
	"stoa/crawler/fetch"
	"stoa/normalize/link"
)

// Bounds of a rehearsal.
const (
	tapeRuns     = 200  // runs of a source that are looked through for captures of detail pages
	tapeCaptures = 2000 // captures that are looked at
	shownItems   = 1000 // items that are told to be gained, lost or different
)

// codeNotCaptured says that a rehearsal does not have an address.
const codeNotCaptured = "not-captured"

var errNotCaptured = errors.New("no capture of this address: nothing is fetched in a rehearsal")

// Reading is what an entry makes of captures.
type Reading struct {
	Run   stoa.Run           `json:"run"`  // as it would be: outcome, code and counts against what the catalogue knows
	Fill  map[string]float64 `json:"fill"` // share of items with each field
	items map[string]stoa.Item
	order []string
}

// Named is an item in a comparison.
type Named struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	URL   string `json:"url"`
	Was   string `json:"was,omitempty"` // of an item that is different: its title and address before
}

// Rehearsal compares what two entries make of the same captures.
type Rehearsal struct {
	Source   string  `json:"source"`
	From     string  `json:"from"`     // the run whose captures were read
	Captures int     `json:"captures"` // how many of them are there
	Known    int     `json:"known"`    // items that the catalogue lists of the source
	Before   Reading `json:"before"`   // by the entry in force
	After    Reading `json:"after"`    // by the changed one
	Gained   []Named `json:"gained"`
	Lost     []Named `json:"lost"`
	Differ   []Named `json:"differ"`
}

// Rehearse reads stored captures of a source by the entry in force and by a changed one, and says what differs. run names
// the run whose captures are read; without one it is the run that is held, else the latest with captures. Nothing is
// fetched and nothing is kept.
func (c *Crawler) Rehearse(ctx context.Context, src, changed stoa.Source, run string) (Rehearsal, error) {
	from, tape, err := c.load(ctx, src.ID, run)
	if err != nil {
		return Rehearsal{}, fmt.Errorf("rehearse %s: %w", src.ID, err)
	}
	h, err := c.Catalogue.History(ctx, src.ID)
	if err != nil {
		return Rehearsal{}, fmt.Errorf("rehearse %s: %w", src.ID, err)
	}
	r := Rehearsal{Source: src.ID, From: from.ID, Captures: len(tape.ids), Known: h.Known}
	if r.Before, err = c.replay(ctx, tape.from(src, src, h), src, h, true); err == nil {
		r.After, err = c.replay(ctx, tape.from(src, changed, h), changed, h, true)
	}
	if err != nil {
		return r, fmt.Errorf("rehearse %s: %w", src.ID, err)
	}
	r.compare()
	return r, nil
}

// Redo reads the captures of a held run by a changed entry, has what comes out judged anew, and lets it count. The held run
// gives way to the run that comes back. One that still looks wrong is held in its turn.
func (c *Crawler) Redo(ctx context.Context, src, changed stoa.Source, run string) (stoa.Run, error) {
	from, tape, err := c.load(ctx, src.ID, run)
	switch {
	case err != nil:
		return stoa.Run{}, fmt.Errorf("redo a run of %s: %w", src.ID, err)
	case from.Outcome != stoa.Held:
		return stoa.Run{}, fmt.Errorf("redo a run of %s: %w run %s: it is %s, not held", src.ID, stoa.ErrInvalid, from.ID, from.Outcome)
	case from.Released != "":
		return stoa.Run{}, fmt.Errorf("redo a run of %s: %w: run %s was settled by %s", src.ID, stoa.ErrConflict, from.ID, from.Released)
	}
	h, err := c.Catalogue.History(ctx, src.ID)
	if err != nil {
		return stoa.Run{}, fmt.Errorf("redo a run of %s: %w", src.ID, err)
	}
	got, err := c.replay(ctx, tape.from(src, changed, h), changed, h, false)
	if err == nil && got.Run.Outcome.Good() {
		err = c.Unpin(context.WithoutCancel(ctx))
	}
	if err != nil {
		return got.Run, fmt.Errorf("redo a run of %s: %w", src.ID, err)
	}
	return got.Run, nil
}

// replay makes a run of a source over captures. A dry one is judged and not kept.
func (c *Crawler) replay(ctx context.Context, tape Fetcher, src stoa.Source, h stoa.History, dry bool) (Reading, error) {
	got := Reading{items: map[string]stoa.Item{}, Fill: map[string]float64{}}
	run, err := c.begin(src)
	if err != nil {
		return got, err
	}
	h.Validators = nil
	if src.URL != h.Way.Address {
		h.Way = stoa.Way{} // a changed address is to show what it gives by itself
	}
	reader := *c
	reader.Fetch = tape
	w := reader.walk(ctx, src, h, &run)
	w.anew = true
	defer w.stop()
	defer w.leave()
	got.Run = run
	if !w.open() {
		got.Run = run
		if !dry && ctx.Err() == nil && run.Code != codeNotCaptured {
			return got, c.note(ctx, &run, nil)
		}
		return got, ctx.Err()
	}
	run.Way, run.WayWhy, run.Moved = "", "", "" // no door was knocked at
	steps := c.steps(w, src)
	steps.Validators, steps.Dry = nil, dry // the next run asks for everything
	got.Run, err = c.Catalogue.Apply(ctx, w.settled(), src, got.tee(w.items), steps)
	if err != nil || dry {
		got.share()
		return got, err
	}
	return got, c.pin(ctx, got.Run)
}

// tee notes the items that pass.
func (r *Reading) tee(items iter.Seq2[stoa.Item, error]) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for item, err := range items {
			if err == nil {
				if _, known := r.items[item.Key]; !known {
					r.order = append(r.order, item.Key)
				}
				for _, field := range filled(item) {
					r.Fill[field]++
				}
				r.items[item.Key] = stoa.Item{Key: item.Key, Title: item.Title, URL: item.URL}
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func (r *Reading) share() {
	for field := range r.Fill {
		r.Fill[field] = min(1, r.Fill[field]/float64(max(1, len(r.items))))
	}
}

// compare lists what the changed entry gains, loses and reads otherwise.
func (r *Rehearsal) compare() {
	r.Gained, r.Lost, r.Differ = []Named{}, []Named{}, []Named{}
	add := func(list *[]Named, item stoa.Item, was string) {
		if len(*list) < shownItems {
			*list = append(*list, Named{Key: item.Key, Title: item.Title, URL: item.URL, Was: was})
		}
	}
	for _, key := range r.After.order {
		now := r.After.items[key]
		before, ok := r.Before.items[key]
		switch {
		case !ok:
			add(&r.Gained, now, "")
		case before.Title != now.Title || before.URL != now.URL:
			add(&r.Differ, now, before.Title+"  "+before.URL)
		}
	}
	for _, key := range r.Before.order {
		if _, ok := r.After.items[key]; !ok {
			add(&r.Lost, r.Before.items[key], "")
		}
	}
}

// tape answers from captures.
type tape struct {
	read  func(id string) (*fetch.Response, error)
	ids   map[string]string // address → capture
	first string            // the capture of the run's first page
	start string            // the address for which it stands in, whatever address it was found at in the end
}

// load finds the run whose captures are to be read, and its captures; those of earlier runs stand in for detail pages that it
// did not read again.
func (c *Crawler) load(ctx context.Context, source, run string) (stoa.Run, *tape, error) {
	if c.Runs == nil || c.Captures == nil {
		return stoa.Run{}, nil, errors.New("there are no captures to read")
	}
	runs, err := c.Runs.Runs(ctx, source, tapeRuns)
	if err != nil {
		return stoa.Run{}, nil, err
	}
	at := slices.IndexFunc(runs, func(r stoa.Run) bool { return r.ID == run || run == "" && r.Outcome == stoa.Held && r.Released == "" })
	if at < 0 && run == "" {
		at = slices.IndexFunc(runs, func(r stoa.Run) bool { return len(r.Captures) > 0 })
	}
	if at < 0 {
		return stoa.Run{}, nil, fmt.Errorf("run %q of this source: %w; see `stoa sources list --json` for its last run", run, stoa.ErrNotFound)
	}
	t := &tape{read: c.Captures.Read, ids: map[string]string{}}
	left := tapeCaptures
	for i, r := range runs[at:] {
		for _, id := range r.Captures {
			if left--; left < 0 || ctx.Err() != nil {
				return runs[at], t, ctx.Err()
			}
			res, err := c.Captures.Read(id)
			if err != nil {
				continue // expired, or damaged: what is there is read
			}
			if i == 0 && t.first == "" {
				t.first = id
			}
			t.file(res.Asked, id)
			t.file(res.URL, id)
		}
		if i == 0 && t.first == "" {
			return runs[at], nil, fmt.Errorf("the captures of run %s have expired: use `stoa sources try`, which fetches", runs[at].ID)
		}
	}
	return runs[at], t, nil
}

// file notes a capture of an address; the newest counts.
func (t *tape) file(address, id string) {
	if k := addressKey(address); t.ids[k] == "" {
		t.ids[k] = id
	}
}

func addressKey(address string) string {
	if u, err := link.Parse(address, ""); err == nil {
		return u
	}
	return address
}

// from lets the first capture stand in for the first page, where the changed entry has the address of the one in force and
// that was not captured under its own name: it redirects.
func (t *tape) from(src, changed stoa.Source, h stoa.History) *tape {
	out := *t
	if src.URL != changed.URL {
		return &out
	}
	chain := (&walker{src: changed, history: h}).chain()
	for _, address := range chain {
		changed.URL = address
		if t.ids[addressKey(decode.Start(changed))] != "" {
			return &out
		}
	}
	changed.URL = chain[0]
	out.start = addressKey(decode.Start(changed))
	return &out
}

// Do answers from the captures. What was not captured is an error.
func (t *tape) Do(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	k := addressKey(r.URL)
	id := t.ids[k]
	if id == "" && k == t.start {
		id = t.first
	}
	if id == "" {
		return nil, &fetch.Error{Outcome: stoa.Failed, Code: codeNotCaptured, Address: r.URL, Err: errNotCaptured}
	}
	return t.read(id)
}
