package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/match"
)

// Bounds of what is read, staged and applied at once.
const (
	siftItems  = 256     // items looked up together
	stageItems = 2000    // observations in one staging transaction, at most
	stageBytes = 1 << 20 // of text in them, so that many harvests side by side stay small
	applyItems = 500     // observations composed in one transaction of a large run
	maxWarned  = 20      // warnings of one run
)

// intake is a run while its items are read.
type intake struct {
	*Catalogue
	run     stoa.Run
	src     stoa.Source
	steps   stoa.Steps
	state   source
	trusted bool

	erased []erasure // what sources may say no more

	seen    map[string]bool // item keys, as filed
	known   int             // of them, known and not vanished
	chunk   []stoa.Item
	batch   []pending
	bytes   int // of text in chunk
	weight  int // of text in batch
	renamed []rename
	staged  int  // observations
	kept    bool // the run counts or is held: what is staged stays
	profile profiler
	first   error // fault of an item
	repeats int
	repeat  string
}

// pending is an observation that will count when its run does.
type pending struct {
	Item  stoa.Item  `json:"item"`
	Draft stoa.Draft `json:"draft"`
	Print string     `json:"print"`
	Twin  string     `json:"twin,omitempty"` // see rename

	prepared *match.Prepared // what match makes of the draft; not staged, because it is cheaper made again
	keys     []string
}

// prepare has match read the draft. It is done before the transaction that will need it.
func (p *pending) prepare() {
	e := match.Prepare(match.FromDraft("", p.Draft))
	p.prepared, p.keys = &e, e.Keys()
}

// Apply takes in a run: it reads items, leaves alone those that are as before, and has steps.Draft make the others
// plain. Then steps.Judge looks at the run against the source's history. A run that looks wrong is held: what it
// brought waits for a person and nothing changes. Any other run counts, all of it or, when the program is killed
// before, nothing. Every item counts once as new, changed, unchanged, excluded (an error that is stoa.ErrExcluded) or
// faulty (any other error); an error in place of an item ends nothing.
//
// The run comes back with outcome, code, counts and profile. The error is for what kept it from being applied: then it left no
// trace, and the same items can be applied again. Two runs of one source at a time are stoa.ErrConflict. No
// transaction is open while items waits, drafts or judges.
func (c *Catalogue) Apply(ctx context.Context, run stoa.Run, src stoa.Source, items iter.Seq2[stoa.Item, error], steps stoa.Steps) (stoa.Run, error) {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return run, err
	}
	defer leave()
	release, err := c.claim(src.ID)
	if err != nil {
		return run, fmt.Errorf("apply run of %s: %w", src.ID, err)
	}
	defer release()
	in, err := c.intake(ctx, run, src, steps)
	if err == nil {
		err = in.read(ctx, items)
	}
	if err == nil {
		err = in.finish(ctx)
	}
	if err != nil {
		if in != nil && in.staged > 0 && !in.kept {
			err = errors.Join(err, c.drop(context.WithoutCancel(ctx), in.run.ID))
		}
		return run, fmt.Errorf("apply run %s of %s: %w", run.ID, src.ID, err)
	}
	return in.run, nil
}

func (c *Catalogue) intake(ctx context.Context, run stoa.Run, src stoa.Source, steps stoa.Steps) (*intake, error) {
	if run.ID == "" {
		id, err := c.NewID()
		if err != nil {
			return nil, err
		}
		run.ID = id
	}
	run.Source = src.ID
	if run.Began.IsZero() {
		run.Began = c.now()
	}
	state, err := c.source(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	var gone []erasure
	if err := c.engine.View(ctx, func(tx Tx) (err error) {
		gone, err = erasures(tx)
		return err
	}); err != nil {
		return nil, err
	}
	trust := src.Trust
	if state.Trust != "" {
		trust = state.Trust
	}
	return &intake{
		Catalogue: c, run: run, src: src, steps: steps, state: state, trusted: trust == stoa.Trusted,
		seen: map[string]bool{}, erased: gone,
	}, nil
}

// read takes in all items.
func (in *intake) read(ctx context.Context, items iter.Seq2[stoa.Item, error]) error {
	for item, err := range items {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			in.fault(err)
			continue
		}
		if err := in.take(ctx, item); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return in.sift(ctx)
}

// fault counts an error that came in place of an item.
func (in *intake) fault(err error) {
	in.run.Seen++
	if errors.Is(err, stoa.ErrExcluded) {
		in.run.Excluded++
		return
	}
	in.run.Faulty++
	if in.first == nil {
		in.first = err
	}
}

func (in *intake) take(ctx context.Context, item stoa.Item) error {
	item.Source = in.src.ID
	if len(in.erased) > 0 {
		clean, err := scrubItem(item, in.erased)
		if err != nil {
			return err
		}
		item = clean
	}
	if item.Key == "" {
		in.fault(errors.New("item has no key"))
		return nil
	}
	k := string(itemKey("", item.Key))
	if in.seen[k] {
		if in.repeats++; in.repeats == 1 {
			in.repeat = item.Key
		}
		return nil
	}
	in.seen[k] = true
	in.run.Seen++
	in.chunk = append(in.chunk, item)
	in.bytes += textOf(item)
	if len(in.chunk) < siftItems && in.bytes < stageBytes {
		return nil
	}
	if err := in.sift(ctx); err != nil {
		return err
	}
	if len(in.batch) < stageItems-siftItems && in.weight < stageBytes {
		return nil
	}
	return in.stage(ctx)
}

// textOf is what an item weighs.
func textOf(i stoa.Item) int { return len(i.Title) + len(i.Summary) + len(i.Content) }

// sift tells new, changed and unchanged items of the chunk apart, and drafts the first two.
func (in *intake) sift(ctx context.Context) error {
	prints := make([]string, len(in.chunk))
	for i, item := range in.chunk {
		prints[i] = normalize.Fingerprint(item)
	}
	marks, old, err := in.look(ctx, prints)
	if err != nil {
		return err
	}
	for i, item := range in.chunk {
		mark, fp := marks[i], prints[i]
		if mark.Record != "" && !mark.Vanished {
			in.known++
		}
		if mark.Print == fp && !mark.Vanished && !mark.Waiting {
			in.run.Unchanged++
			in.profile.add(item, mark.Language)
			continue
		}
		p := pending{Item: item, Draft: in.steps.Draft(item), Print: fp, Twin: in.twin(item)}
		if mark.Record == "" {
			in.run.New++
		} else {
			in.run.Changed++
			if !mark.Vanished { // one that returns is no rewriting
				in.profile.moved(old[i].Draft, p.Draft)
			}
		}
		if o := old[i].Draft; mark.Record == "" || o.Title != p.Draft.Title || o.URL != p.Draft.URL {
			p.prepare()
		}
		in.profile.add(item, p.Draft.Language)
		in.batch = append(in.batch, p)
		in.weight += textOf(item)
	}
	in.chunk, in.bytes = in.chunk[:0], 0
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// look finds what is stored of the items of the chunk: the mark of each, and the observation of those that changed.
func (in *intake) look(ctx context.Context, prints []string) (marks []mark, old []observation, err error) {
	before := len(in.renamed)
	err = in.engine.View(ctx, func(tx Tx) error {
		in.renamed = in.renamed[:before]
		marks, old = make([]mark, len(in.chunk)), make([]observation, len(in.chunk))
		for i, item := range in.chunk {
			k := itemKey(in.src.ID, item.Key)
			if marks[i], err = readOr[mark](tx, tPrints, k); err != nil {
				return err
			}
			if marks[i].Record == "" {
				if err := in.recognise(tx, item, prints[i]); err != nil {
					return err
				}
			}
			if marks[i].Record != "" && marks[i].Print != prints[i] {
				if old[i], err = read[observation](tx, tObservations, k); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return marks, old, err
}

// finish settles, judges, and then holds the run or makes it count.
func (in *intake) finish(ctx context.Context) error {
	run := &in.run
	if in.repeats > 0 {
		in.warn(fmt.Sprintf("%d items repeat the key of another; the first such key is %q", in.repeats, clip(in.repeat)))
	}
	if in.first != nil {
		in.warn(fmt.Sprintf("%d items could not be read; the first: %v", run.Faulty, in.first))
	}
	if in.steps.Settle != nil {
		in.steps.Settle(run)
	}
	if run.Outcome == "" && run.Faulty > 0 {
		run.Outcome, run.Code = stoa.Partial, stoa.CodeFaultyItems
		run.Text = fmt.Sprintf("%d of %d items could not be read; the others count, and nothing is taken for gone", run.Faulty, run.Seen)
	}
	in.settleNames()
	vanished, err := in.missing(ctx)
	if err != nil {
		return err
	}
	run.Vanished = len(vanished.fresh)
	run.Profile = in.profile.done(*run)
	if run.Ended.IsZero() {
		run.Ended = in.now()
	}
	if run.Seconds == 0 {
		run.Seconds = run.Ended.Sub(run.Began).Seconds()
	}
	if run.Warnings == nil {
		run.Warnings = []string{}
	}
	if code, text := in.steps.Judge(*run, in.state.History); code != "" {
		run.Outcome, run.Code, run.Text = stoa.Held, code, text
		if in.steps.Dry {
			return in.forget(ctx)
		}
		return in.hold(ctx, vanished)
	}
	switch {
	case run.Outcome != "":
	case run.New+run.Changed+run.Vanished > 0:
		run.Outcome = stoa.OK
	default:
		run.Outcome, run.Code = stoa.Unchanged, stoa.CodeSame
	}
	if in.steps.Dry {
		return in.forget(ctx)
	}
	return in.commit(ctx, vanished)
}

// forget drops what a dry run staged.
func (in *intake) forget(ctx context.Context) error {
	if in.staged == 0 {
		return nil
	}
	return in.drop(context.WithoutCancel(ctx), in.run.ID)
}

func (in *intake) warn(text string) {
	if len(in.run.Warnings) < maxWarned {
		in.run.Warnings = append(in.run.Warnings, text)
	}
}

// clip shortens what a stranger wrote to what a line can bear.
func clip(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// gone lists the known items that a complete run lacked, as filed: those that it was the first to lack, and those that
// an earlier run lacked too and whose absence still has to be counted.
type gone struct{ fresh, again []string }

// missing compares a complete run with what its source listed before. Windows show only their latest items, and a
// partial run was not read to its end: there nothing is missing.
func (in *intake) missing(ctx context.Context) (g gone, err error) {
	if in.src.Windowed() || in.run.Outcome != "" && !in.run.Outcome.Good() {
		return gone{}, nil
	}
	if in.known == in.state.Known && in.state.Waiting == 0 {
		return gone{}, nil
	}
	prefix := key(in.src.ID, "")
	for at := Prefix(prefix); ; {
		var keys []string
		var marks []mark
		err := in.engine.View(ctx, func(tx Tx) error {
			keys, marks = nil, nil
			return tx.Scan(tPrints, at, func(k, b []byte) error {
				var m mark
				if err := decode(tPrints, k, b, &m); err != nil {
					return err
				}
				if keys, marks = append(keys, string(k)), append(marks, m); len(keys) == stageItems {
					return Stop
				}
				return nil
			})
		})
		if err != nil {
			return gone{}, err
		}
		for i, k := range keys {
			switch {
			case in.seen[k[len(in.src.ID):]]:
			case !marks[i].Vanished:
				g.fresh = append(g.fresh, k)
			case marks[i].Waiting:
				g.again = append(g.again, k)
			}
		}
		if len(keys) < stageItems {
			return g, nil
		}
		at.From = append([]byte(keys[len(keys)-1]), 0)
	}
}

// mark is what tells an unchanged item without reading its observation.
type mark struct {
	Print    string `json:"p"`
	Record   string `json:"r"`
	Language string `json:"l,omitempty"`
	Vanished bool   `json:"v,omitempty"`
	Waiting  bool   `json:"w,omitempty"` // another good run will change the observation even when the item is as before
}

// markOf returns the mark of an observation.
func markOf(o stoa.Observation) mark {
	m := mark{Print: o.Print, Record: o.Record, Language: o.Draft.Language, Vanished: !o.Vanished.IsZero()}
	m.Waiting = m.Vanished && o.Absent < 2
	for _, c := range o.Missing {
		m.Waiting = m.Waiting || !m.Vanished && c.Runs < 2
	}
	return m
}

// mostFields bounds the fields of a profile; tables have any number of columns.
const mostFields = 40

// profiler gathers the shape of a run.
type profiler struct {
	fill  map[string]int
	langs map[string]int
	texts []int
	items int
	shift int
}

func (p *profiler) add(item stoa.Item, lang string) {
	if p.fill == nil {
		p.fill, p.langs = map[string]int{}, map[string]int{}
	}
	p.items++
	for name, filled := range map[string]bool{
		"title": item.Title != "", "url": item.URL != "", "summary": item.Summary != "", "content": item.Content != "",
		"published": item.Published != "", "updated": item.Updated != "", "when": item.When != "",
		"location": item.Location != "", "categories": len(item.Categories) > 0, "authors": len(item.Authors) > 0,
	} {
		if filled {
			p.fill[name]++
		}
	}
	for name, value := range item.Extra {
		if _, counted := p.fill[name]; value != "" && (counted || len(p.fill) < mostFields) {
			p.fill[name]++
		}
	}
	if lang != "" {
		p.langs[lang]++
	}
	p.texts = append(p.texts, len([]rune(item.Summary))+len([]rune(item.Content)))
}

// moved counts a known item whose title or address is another now.
func (p *profiler) moved(old, now stoa.Draft) {
	if old.Title != now.Title || old.URL != now.URL {
		p.shift++
	}
}

func (p *profiler) done(run stoa.Run) stoa.Profile {
	out := stoa.Profile{Items: run.Seen - run.Excluded, Moved: p.shift}
	if p.items == 0 {
		return out
	}
	share := func(counts map[string]int) map[string]float64 {
		m := map[string]float64{}
		for name, n := range counts {
			m[name] = float64(n) / float64(p.items)
		}
		return m
	}
	out.Fill, out.Languages = share(p.fill), share(p.langs)
	out.Same = float64(run.Unchanged) / float64(p.items)
	slices.Sort(p.texts)
	out.MedianText = p.texts[len(p.texts)/2]
	return out
}

// ended is when a run ended, for what is kept with it.
func ended(run stoa.Run) time.Time {
	if run.Ended.IsZero() {
		return run.Began
	}
	return run.Ended
}
