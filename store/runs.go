package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"stoa"
)

// source is what is remembered of a source's runs.
type source struct {
	stoa.History
	Complete time.Time `json:"complete,omitzero"` // when the last complete run ended: what it listed was seen then
	Windowed bool      `json:"windowed,omitempty"`
	Runs     uint64    `json:"runs,omitempty"`
	Waiting  int       `json:"waiting,omitempty"` // observations that another good run will change though nothing new is listed
	Held     string    `json:"held,omitempty"`    // the run that waits for a person
}

const (
	maxProfiles   = 10
	maxValidators = 500
	keepRuns      = 365 * 24 * time.Hour
)

func (c *Catalogue) source(ctx context.Context, id string) (s source, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		s, err = sourceOf(tx, id)
		return err
	})
	return s, err
}

func sourceOf(tx Tx, id string) (source, error) {
	s, err := readOr[source](tx, tSources, []byte(id))
	s.History.Source = id
	return s, err
}

// Begin returns an id for a new run. Nothing is written until the run is applied or noted.
func (c *Catalogue) Begin(ctx context.Context, source string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", context.Cause(ctx)
	}
	return c.NewID()
}

// History tells what is known of a source's runs; a source that never ran has an empty one.
func (c *Catalogue) History(ctx context.Context, source string) (stoa.History, error) {
	s, err := c.source(ctx, source)
	if err != nil {
		return stoa.History{}, fmt.Errorf("history of %s: %w", source, err)
	}
	return s.History, nil
}

// Histories returns the history of every source that ever ran, by id.
func (c *Catalogue) Histories(ctx context.Context) (out []stoa.History, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		all, err := values[source](tx, tSources, Range{}, 0)
		out = nil
		for _, s := range all {
			out = append(out, s.History)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("histories: %w", err)
	}
	return out, nil
}

// Note keeps a run that read no items: unchanged, failed, blocked, skipped, or held for what its answer looked like.
// Validators are added to those of the source. A good run that brought nothing
// says that all is as it was: what the run before lacked is lacking still.
func (c *Catalogue) Note(ctx context.Context, run stoa.Run, v map[string]stoa.Validators) error {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	former := ""
	err = c.update(ctx, func(w *work) (err error) {
		w.by = "run:" + run.ID
		s, err := sourceOf(w.tx, run.Source)
		if err != nil {
			return err
		}
		if former, err = w.keepRun(run, s.Windowed, v); err != nil || !run.Outcome.Good() || s.Waiting == 0 {
			return err
		}
		return w.age(applied{Run: run.ID, Source: run.Source, Good: true, Complete: s.Complete})
	})
	if err == nil && former != "" {
		err = c.drop(ctx, former)
	}
	if err != nil {
		return fmt.Errorf("note run %s of %s: %w", run.ID, run.Source, err)
	}
	return nil
}

// keepRun stores a run and brings its source's history up to date. It returns the run of the same source that was held
// before and gave way, if what it brought is to be dropped.
func (w *work) keepRun(run stoa.Run, windowed bool, v map[string]stoa.Validators) (former string, err error) {
	if run.ID == "" || run.Source == "" || run.Outcome == "" {
		return "", fmt.Errorf("%w run: id %q, source %q, outcome %q", stoa.ErrInvalid, run.ID, run.Source, run.Outcome)
	}
	if ok, err := has(w.tx, tRuns, []byte(run.ID)); err != nil {
		return "", err
	} else if ok {
		return "", fmt.Errorf("%w: run %s is kept already", stoa.ErrConflict, run.ID)
	}
	s, err := sourceOf(w.tx, run.Source)
	if err != nil {
		return "", err
	}
	s.Runs++
	s.Windowed = windowed
	if s.Held != "" && (run.Outcome == stoa.Held || run.Outcome.Good()) {
		if former, err = w.overtake(&s, run); err != nil {
			return "", err
		}
	}
	if run.Outcome == stoa.Held {
		s.Held = run.ID
		if err := w.incident(run); err != nil {
			return "", err
		}
	}
	remember(&s, run, v)
	if err := w.saw(s); err != nil {
		return "", err
	}
	return former, errors.Join(
		write(w.tx, tRuns, []byte(run.ID), run),
		w.tx.Put(tSourceRuns, append(under(run.Source, s.Runs), run.ID...), nil),
		write(w.tx, tSources, []byte(run.Source), s),
	)
}

// saw keeps when everything that a source lists was seen last.
func (w *work) saw(s source) error {
	if s.Windowed || s.Complete.IsZero() {
		return nil
	}
	return write(w.tx, tSeen, []byte(s.Source), s.Complete)
}

// overtake settles a held run that a later one of its source made idle.
func (w *work) overtake(s *source, by stoa.Run) (string, error) {
	old, err := read[stoa.Run](w.tx, tRuns, []byte(s.Held))
	if err != nil {
		return "", err
	}
	old.Released = "run:" + by.ID
	s.Held = ""
	return old.ID, errors.Join(write(w.tx, tRuns, []byte(old.ID), old), w.unqueue(old.ID, stoa.ReasonIncident))
}

// remember takes a run into the history of its source.
func remember(s *source, run stoa.Run, v map[string]stoa.Validators) {
	s.Last = run
	s.WaitUntil = run.WaitUntil
	switch {
	case run.Outcome.Good() || run.Outcome == stoa.Partial:
		s.Failures = 0
		changed := run.New+run.Changed+run.Vanished > 0
		if run.Outcome.Good() || changed { // what was not read may have changed
			s.Rhythm = s.Rhythm.Visited(s.Good.Began, run.Began, changed)
		}
		s.Good = run
		took(s, run)
		if run.Outcome.Good() {
			s.Complete = ended(run)
		}
		if run.Profile.Items > 0 && run.Outcome.Good() {
			s.Profiles = slices.Insert(s.Profiles, 0, run.Profile)
			s.Profiles = s.Profiles[:min(len(s.Profiles), maxProfiles)]
		}
		if changed {
			s.Changes = slices.Insert(s.Changes, 0, ended(run))
			s.Changes = s.Changes[:min(len(s.Changes), maxProfiles)]
		}
		if run.Outcome != stoa.Partial && len(v) > 0 { // what was cut short is asked for again in full
			if s.Validators == nil || len(s.Validators)+len(v) > maxValidators {
				s.Validators = map[string]stoa.Validators{}
			}
			maps.Copy(s.Validators, v)
		}
	case run.Outcome == stoa.Failed || run.Outcome == stoa.Refusal:
		s.Failures++
	}
}

const maxWays = 20

// took notes the way in that a run took, and where that leads for good.
func took(s *source, run stoa.Run) {
	if run.Way == "" {
		return
	}
	if s.Way.Address != run.Way {
		if s.Way.Address != "" {
			s.Ways = slices.Insert(s.Ways, 0, s.Way)
			s.Ways = s.Ways[:min(len(s.Ways), maxWays)]
		}
		s.Way, s.Moved = stoa.Way{Address: run.Way, Since: ended(run), Why: run.WayWhy}, stoa.Way{}
	}
	if s.Moved.Address != run.Moved {
		s.Moved = stoa.Way{}
		if run.Moved != "" {
			s.Moved = stoa.Way{Address: run.Moved, Since: ended(run)}
		}
	}
}

// listing counts what a run listed.
func (w *work) listing(run stoa.Run) error {
	s, err := sourceOf(w.tx, run.Source)
	if err != nil {
		return err
	}
	if s.Known += run.New; run.Outcome.Good() {
		s.Known = run.New + run.Changed + run.Unchanged
	}
	return write(w.tx, tSources, []byte(run.Source), s)
}

// Runs returns the latest runs of a source, or of all, newest first; limit 0 is 50, and 1,000 is the most.
func (c *Catalogue) Runs(ctx context.Context, source string, limit int) (out []stoa.Run, err error) {
	limit = bounded(limit, 50, 1000)
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		r := Range{Reverse: true}
		if source == "" {
			out, err = values[stoa.Run](tx, tRuns, r, limit)
			return err
		}
		r = part(source)
		r.Reverse = true
		keys, err := keysIn(tx, tSourceRuns, r, limit)
		out = nil
		for _, k := range keys {
			run, err := read[stoa.Run](tx, tRuns, k[len(source)+1+8:])
			if err != nil {
				return err
			}
			out = append(out, run)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("runs of %q: %w", source, err)
	}
	return out, nil
}

// Run returns one run, or stoa.ErrNotFound.
func (c *Catalogue) Run(ctx context.Context, id string) (run stoa.Run, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		run, err = read[stoa.Run](tx, tRuns, []byte(id))
		return err
	})
	if err != nil {
		return stoa.Run{}, fmt.Errorf("run %s: %w", clip(id), err)
	}
	return run, nil
}

func bounded(limit, usual, most int) int {
	if limit <= 0 {
		return usual
	}
	return min(limit, most)
}
