package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/sources"
	"stoa/server/curate"
)

// Bounds of what the desk asks of the harvesters.
const (
	jobsAtOnce = 4
	jobsKept   = 100
	jobTime    = 30 * time.Minute
)

// workshop does for the desk what visits hosts or reads captures. Jobs end with the context they were made with; their
// results are in memory only.
type workshop struct {
	a   *app
	h   *house
	ctx context.Context
	all sync.WaitGroup

	mu    sync.Mutex
	jobs  map[string]*curate.Job
	order []string // oldest first
	busy  int
}

func newWorkshop(ctx context.Context, a *app, h *house) *workshop {
	return &workshop{a: a, h: h, ctx: ctx, jobs: map[string]*curate.Job{}}
}

// wait returns when no job is at work any more.
func (s *workshop) wait() { s.all.Wait() }

// Start begins a job.
func (s *workshop) Start(_ context.Context, ask curate.Ask) (string, error) {
	work, err := s.plan(ask)
	if err != nil {
		return "", err
	}
	id, err := s.h.catalogue.NewID()
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy >= jobsAtOnce {
		return "", fmt.Errorf("start %s: %w: %d jobs are at work; wait for one to end", ask.Kind, stoa.ErrFull, s.busy)
	}
	s.busy++
	if len(s.order) >= jobsKept {
		delete(s.jobs, s.order[0])
		s.order = s.order[1:]
	}
	s.jobs[id] = &curate.Job{Ask: ask, ID: id, Began: s.a.clock().UTC()}
	s.order = append(s.order, id)
	s.all.Go(func() { s.run(id, work) })
	return id, nil
}

// run does the work of a job and keeps what came of it.
func (s *workshop) run(id string, work func(context.Context) (curate.Found, error)) {
	ctx, cancel := context.WithTimeout(s.ctx, jobTime)
	defer cancel()
	var found curate.Found
	err := s.a.guarded(ctx, []string{"job", id}, func() (err error) {
		found, err = work(ctx)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	j, kept := s.jobs[id]
	if !kept {
		return
	}
	if j.Ended, j.Found = s.a.clock().UTC(), found; err != nil {
		j.Failed = err.Error()
	}
}

// Job returns a job by its id.
func (s *workshop) Job(id string) (curate.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs[id]
	if !ok {
		return curate.Job{}, fmt.Errorf("job %q: %w", id, stoa.ErrNotFound)
	}
	return *j, nil
}

// plan checks what is asked before anything begins.
func (s *workshop) plan(ask curate.Ask) (func(context.Context) (curate.Found, error), error) {
	if ask.Kind == curate.JobDiscover {
		if err := s.h.client.CheckAddress(ask.Address); err != nil {
			return nil, fmt.Errorf("%w: %w", stoa.ErrInvalid, err)
		}
		return func(ctx context.Context) (curate.Found, error) { return s.discover(ctx, ask.Address) }, nil
	}
	src, changed, whole, err := s.entries(ask)
	if err != nil {
		return nil, err
	}
	switch ask.Kind {
	case curate.JobTry:
		if err := s.h.client.CheckAddress(changed.URL); err != nil {
			return nil, fmt.Errorf("%w: %w", stoa.ErrInvalid, err)
		}
		return func(ctx context.Context) (curate.Found, error) { return s.try(ctx, changed) }, nil
	case curate.JobHarvest:
		return func(ctx context.Context) (curate.Found, error) {
			run, err := s.h.crawler.Harvest(ctx, src)
			return curate.Found{Run: run, Warnings: run.Warnings}, err
		}, nil
	case curate.JobRehearse:
		return func(ctx context.Context) (curate.Found, error) { return s.rehearse(ctx, src, changed) }, nil
	case curate.JobRedo:
		return func(ctx context.Context) (curate.Found, error) { return s.redo(ctx, src, changed, whole, ask.Run) }, nil
	}
	return nil, fmt.Errorf("%w job %q", stoa.ErrInvalid, ask.Kind)
}

// entries returns the entry in force and the one that is asked about; whole is the latter as a file.
func (s *workshop) entries(ask curate.Ask) (src, changed stoa.Source, whole []byte, err error) {
	if ask.Source != "" {
		var ok bool
		if src, ok = s.h.sources.byID(ask.Source); !ok {
			return src, changed, nil, fmt.Errorf("source %q: %w", ask.Source, stoa.ErrNotFound)
		}
	}
	if strings.TrimSpace(ask.Entry) == "" {
		if ask.Source == "" {
			return src, changed, nil, fmt.Errorf("%w entry: it is empty", stoa.ErrInvalid)
		}
		return src, src, nil, nil
	}
	if ask.Source != "" {
		changed, whole, err = sources.Pick("entry", []byte(ask.Entry), ask.Source)
	} else {
		changed, whole, err = sources.One("entry", []byte(ask.Entry))
	}
	return src, changed, whole, err
}

func (s *workshop) visitor() *crawler.Crawler {
	return &crawler.Crawler{Fetch: s.h.client, NewID: func() (string, error) { return "trial", nil }, Now: s.a.clock, Log: s.a.log}
}

func (s *workshop) try(ctx context.Context, src stoa.Source) (curate.Found, error) {
	t, err := s.visitor().Try(ctx, src)
	return curate.Found{Run: t.Run, Fill: t.Fill, Items: t.Items[:min(len(t.Items), 50)], Warnings: t.Run.Warnings}, err
}

func (s *workshop) discover(ctx context.Context, address string) (curate.Found, error) {
	d, err := s.visitor().Discover(ctx, address)
	out := curate.Found{Warnings: d.Warnings}
	for _, p := range d.Proposals {
		out.Proposals = append(out.Proposals, curate.Way{
			Address: p.Source.URL, Format: string(p.Source.Format), Why: p.Why, Entry: p.Entry, Items: p.Items, Titles: p.Titles,
		})
	}
	return out, err
}

func (s *workshop) rehearse(ctx context.Context, src, changed stoa.Source) (curate.Found, error) {
	r, err := s.h.crawler.Rehearse(ctx, src, changed, "")
	if err != nil {
		return curate.Found{}, err
	}
	before := r.Before.Run
	return curate.Found{
		Run: r.After.Run, Before: &before, Fill: r.After.Fill, Was: r.Before.Fill,
		Gained: named(r.Gained), Lost: named(r.Lost), Differ: named(r.Differ), Warnings: r.After.Run.Warnings,
	}, nil
}

func named(list []crawler.Named) []stoa.Item {
	var out []stoa.Item
	for _, n := range list[:min(len(list), 50)] {
		out = append(out, stoa.Item{Key: n.Key, Title: n.Title, URL: n.URL})
	}
	return out
}

// redo reads a held run by a changed entry, and keeps the entry where it may be changed here.
func (s *workshop) redo(ctx context.Context, src, changed stoa.Source, whole []byte, run string) (curate.Found, error) {
	done, err := s.h.crawler.Redo(ctx, src, changed, run)
	out := curate.Found{Run: done, Warnings: done.Warnings}
	if err != nil || whole == nil || !done.Outcome.Good() && done.Outcome != stoa.Partial {
		return out, err
	}
	if _, err := os.Stat(s.a.dropIn(src.ID)); err == nil {
		return out, s.a.writeEntry(ctx, s.h, changed, whole, io.Discard)
	}
	out.Warnings = append(slices.Clone(out.Warnings), "the entry of "+src.ID+" stands in sources.yaml: change it there too, or the next harvest is held again")
	return out, nil
}

// proposals is the source under which items stand that people proposed.
func proposals() stoa.Source {
	return stoa.Source{
		ID: "proposals", Organisation: "stoa", Title: "Proposed by readers", URL: "https://stoa.invalid/proposals", Format: "table", Trust: stoa.Probation,
		VanishMeans: stoa.VanishNothing, Limits: stoa.Limits{Items: 1}, Terms: stoa.Terms{Excerpt: 300},
	}
}

// TakeIn makes an item that somebody proposed an observation. It is queued as any other item of a source on probation.
func (s *workshop) TakeIn(ctx context.Context, item stoa.Item) (string, error) {
	src := proposals()
	id, err := s.h.catalogue.NewID()
	if err != nil {
		return "", err
	}
	run := stoa.Run{ID: id, Source: src.ID, Address: src.URL, Began: s.a.clock().UTC(), Warnings: []string{}}
	one := func(yield func(stoa.Item, error) bool) { yield(item, nil) }
	_, err = s.h.catalogue.Apply(ctx, run, src, iter.Seq2[stoa.Item, error](one), stoa.Steps{
		Draft: func(item stoa.Item) stoa.Draft { return s.h.draft(item, src) },
		Judge: func(stoa.Run, stoa.History) (string, string) { return "", "" },
		Rank:  100, // whoever else says something of the same thing comes first
	})
	if err != nil {
		return "", err
	}
	o, err := s.h.catalogue.Observation(ctx, src.ID, item.Key)
	if err != nil {
		return "", err
	}
	rec, err := s.h.catalogue.Get(ctx, o.Record)
	return cmp.Or(rec.MergedInto, o.Record), err
}

// shelf is where the desk finds entries and captures.
type shelf struct {
	a *app
	h *house
}

// Entry returns the entry of a source as text.
func (s shelf) Entry(id string) (text string, own bool, err error) {
	if b, err := os.ReadFile(s.a.dropIn(id)); err == nil {
		return string(b), true, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", false, fmt.Errorf("read entry: %w", err)
	}
	src, ok := s.h.sources.byID(id)
	if !ok {
		return "", false, fmt.Errorf("source %q: %w", id, stoa.ErrNotFound)
	}
	b, err := sources.Text(src)
	return string(b), false, err
}

// Put checks an entry and keeps it in DATA/sources.d.
func (s shelf) Put(ctx context.Context, id, text string) (stoa.Source, error) {
	src, whole, err := sources.One("entry", []byte(text))
	if err != nil {
		return src, err
	}
	_, taken := s.h.sources.byID(src.ID)
	_, missing := os.Stat(s.a.dropIn(src.ID))
	switch {
	case id == "" && taken:
		return src, fmt.Errorf("%w entry: source %q is there already", stoa.ErrInvalid, src.ID)
	case id != "" && src.ID != id:
		return src, fmt.Errorf("%w entry: an id is for ever: add %q as a source of its own", stoa.ErrInvalid, src.ID)
	case id != "" && missing != nil:
		return src, fmt.Errorf("%w entry: %q stands in sources.yaml and is changed there", stoa.ErrInvalid, id)
	}
	if err := s.a.writeEntry(ctx, s.h, src, whole, io.Discard); err != nil {
		if errors.As(err, new(usageError)) {
			err = fmt.Errorf("%w entry: %w", stoa.ErrInvalid, err)
		}
		return src, err
	}
	return src, nil
}

// Capture returns a fetched response.
func (s shelf) Capture(id string) (curate.Capture, error) {
	res, err := s.h.captures.Read(id)
	if err != nil {
		return curate.Capture{}, err
	}
	return curate.Capture{Address: res.URL, Status: res.Status, Type: res.Header.Get("Content-Type"), At: res.Fetched, Body: res.Body}, nil
}

// Host tells what is kept of visits to a host.
func (s shelf) Host(ctx context.Context, address string) (stoa.Ledger, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return stoa.Ledger{}, false
	}
	for _, l := range s.h.hosts(ctx, "") {
		if l.Host == u.Host || l.Host == u.Hostname() {
			return l, true
		}
	}
	return stoa.Ledger{}, false
}
