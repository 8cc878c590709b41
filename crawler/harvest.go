// Package crawler reads the sources: it fetches, decodes, judges and hands on what partners list. This file is the
// one screen: a run of a source from its history to its outcome.
package crawler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"stoa"
	"stoa/crawler/fetch"
	"stoa/normalize"
)

// Fetcher is the one client for everything that leaves the building.
type Fetcher interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Catalogue is what a harvest needs of the store.
type Catalogue interface {
	// History tells what is known of a source's runs; a source that never ran has an empty one.
	History(ctx context.Context, source string) (stoa.History, error)
	// Observation returns what a source last said under a key, or stoa.ErrNotFound.
	Observation(ctx context.Context, source, key string) (stoa.Observation, error)
	// Apply reads items, has the run judged, and makes it count, or holds it.
	Apply(ctx context.Context, run stoa.Run, src stoa.Source, items iter.Seq2[stoa.Item, error], steps stoa.Steps) (stoa.Run, error)
	// Note keeps a run that read no items.
	Note(ctx context.Context, run stoa.Run, validators map[string]stoa.Validators) error
}

// Archive keeps captures. Those of a held run are pinned, so that they are not rotated away while it waits.
type Archive interface {
	// Read returns a capture; one that has expired is stoa.ErrNotFound.
	Read(id string) (*fetch.Response, error)
	Pin(run string, captures []string) error
	Unpin(run string) error
	// Pinned returns the runs whose captures are pinned.
	Pinned() ([]string, error)
}

// Runs tells of the runs that were kept.
type Runs interface {
	Run(ctx context.Context, id string) (stoa.Run, error)
	// Runs returns the latest runs of a source, newest first.
	Runs(ctx context.Context, source string, limit int) ([]stoa.Run, error)
}

// Crawler harvests sources. Its fields are set before use and not changed.
type Crawler struct {
	Fetch     Fetcher
	Catalogue Catalogue
	Captures  Archive                                 // nil keeps none
	Runs      Runs                                    // needed to rehearse, and to unpin what no longer waits
	Incidents Incidents                               // nil keeps none
	Heavy     *Heavy                                  // nil lets all heavy pages be read at once
	Draft     func(stoa.Item, stoa.Source) stoa.Draft // nil is normalize.Draft
	NewID     func() (string, error)
	Now       func() time.Time
	Log       *slog.Logger
}

// fullEvery is how often a source is asked without validators, so that one that always answers 304 is caught.
const fullEvery = 30 * 24 * time.Hour

// keepTime is what remains for keeping a run when the source used up all of its own time.
const keepTime = 30 * time.Second

// Harvest makes one run of a source. The error is of our own side (the store, the end of the program); whatever the
// source does is in the run's outcome.
func (c *Crawler) Harvest(ctx context.Context, src stoa.Source) (stoa.Run, error) {
	run, err := c.harvest(ctx, src)
	if err != nil {
		return run, err
	}
	err = c.watch(context.WithoutCancel(ctx), src, &run)
	return run, err
}

func (c *Crawler) harvest(ctx context.Context, src stoa.Source) (done stoa.Run, err error) {
	defer func() {
		if p := recover(); p != nil {
			done, err = c.fell(ctx, src, p)
		}
	}()
	h, err := c.Catalogue.History(ctx, src.ID)
	if err != nil {
		return stoa.Run{}, fmt.Errorf("harvest %s: %w", src.ID, err)
	}
	run, err := c.begin(src)
	if err != nil {
		return run, fmt.Errorf("harvest %s: %w", src.ID, err)
	}
	if c.skip(&run, src, h) {
		return run, c.note(ctx, &run, nil)
	}
	w := c.walk(ctx, src, h, &run)
	defer w.stop()
	defer w.leave()
	if !w.open() {
		if ctx.Err() != nil {
			return run, context.Cause(ctx) // we are stopping: the source did nothing wrong
		}
		return run, c.note(ctx, &run, w.validators)
	}
	run, err = c.Catalogue.Apply(ctx, w.settled(), src, w.items, c.steps(w, src))
	if err != nil {
		return run, fmt.Errorf("harvest %s: %w", src.ID, err)
	}
	return run, c.pin(ctx, run)
}

// steps are what the catalogue asks of a run while it takes it in.
func (c *Crawler) steps(w *walker, src stoa.Source) stoa.Steps {
	return stoa.Steps{
		Draft: func(item stoa.Item) stoa.Draft { return c.draft(item, src) },
		Judge: func(run stoa.Run, h stoa.History) (code, text string) {
			if code, text = doubt(run, h, src); code == "" {
				code, text = w.details.verdict(h)
			}
			return code, text
		},
		Settle:     w.settle,
		Validators: w.validators,
		Rank:       src.Rank(),
	}
}

func (c *Crawler) draft(item stoa.Item, src stoa.Source) stoa.Draft {
	if c.Draft != nil {
		return c.Draft(item, src)
	}
	return normalize.Draft(item, src)
}

func (c *Crawler) begin(src stoa.Source) (stoa.Run, error) {
	id, err := c.NewID()
	return stoa.Run{ID: id, Source: src.ID, Address: src.URL, Began: c.Now().UTC(), Warnings: []string{}}, err
}

// skip says whether a run is not to be tried, and why.
func (c *Crawler) skip(run *stoa.Run, src stoa.Source, h stoa.History) bool {
	switch {
	case src.Disabled != "":
		run.Outcome, run.Code, run.Text = stoa.Skipped, stoa.CodePaused, "disabled in sources.yaml: "+src.Disabled
	case h.Paused != "":
		run.Outcome, run.Code, run.Text = stoa.Skipped, stoa.CodePaused, "paused: "+h.Paused
	case h.WaitUntil.After(run.Began):
		run.Outcome, run.Code = stoa.Skipped, stoa.CodeWait
		run.Text = "the host asked us to wait until " + h.WaitUntil.UTC().Format(time.RFC3339)
	default:
		return false
	}
	return true
}

// note keeps a run without items, even when the source's time or the program's has run out.
func (c *Crawler) note(ctx context.Context, run *stoa.Run, v map[string]stoa.Validators) error {
	run.Ended = c.Now().UTC()
	run.Seconds = run.Ended.Sub(run.Began).Seconds()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := c.Catalogue.Note(ctx, *run, v); err != nil {
		return fmt.Errorf("harvest %s: keep run: %w", run.Source, err)
	}
	return c.pin(ctx, *run)
}

// pin keeps the captures of a held run.
func (c *Crawler) pin(ctx context.Context, run stoa.Run) error {
	if run.Outcome != stoa.Held || c.Captures == nil {
		return nil
	}
	if err := c.Captures.Pin(run.ID, run.Captures); err != nil {
		return fmt.Errorf("harvest %s: pin captures of held run %s: %w", run.Source, run.ID, err)
	}
	return c.Unpin(context.WithoutCancel(ctx))
}

// Unpin lets go of the captures of runs that are held no longer: released, discarded, or overtaken by a later run. It is done
// at the start and with each run that is held, so that what is pinned stays bounded.
func (c *Crawler) Unpin(ctx context.Context) error {
	if c.Captures == nil || c.Runs == nil {
		return nil
	}
	pinned, err := c.Captures.Pinned()
	if err != nil {
		return fmt.Errorf("unpin captures: %w", err)
	}
	for _, id := range pinned {
		run, err := c.Runs.Run(ctx, id)
		if err != nil && !errors.Is(err, stoa.ErrNotFound) {
			return fmt.Errorf("unpin captures: %w", err)
		}
		if run.Outcome == stoa.Held && run.Released == "" {
			continue
		}
		if err := c.Captures.Unpin(id); err != nil {
			return fmt.Errorf("unpin captures: %w", err)
		}
	}
	return nil
}

// fail settles a run from the error of the response that decided.
func fail(run *stoa.Run, err error) {
	run.Outcome, run.Code, run.Text = stoa.Failed, stoa.CodeInternal, err.Error()
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		run.Outcome, run.Code, run.Status = e.Outcome, e.Code, e.Status
		if e.Address != "" {
			run.Address = e.Address
		}
		run.WaitUntil = e.RetryAt
		return
	}
	var fault interface{ Code() string }
	switch {
	case errors.As(err, &fault):
		run.Code = fault.Code()
	case errors.Is(err, context.DeadlineExceeded):
		run.Code = stoa.CodeTimeout
	}
	if run.Code == stoa.CodeNoMatch {
		run.Outcome = stoa.Held
	}
}
