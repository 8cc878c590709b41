package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stoa"
)

// Find keeps what checks and rules concluded, and composes the records concerned. Findings about a record that is not
// there are stoa.ErrNotFound, and then none of the call is kept. Seq is set here, and At where it is zero.
func (c *Catalogue) Find(ctx context.Context, findings []stoa.Finding) error {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for len(findings) > 0 {
		n := min(len(findings), applyItems)
		err := c.update(ctx, func(w *work) error {
			for _, f := range findings[:n] {
				if err := w.accept(f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("keep findings: %w", err)
		}
		findings = findings[n:]
	}
	return nil
}

func (w *work) accept(f stoa.Finding) (err error) {
	kinds := []stoa.FindingKind{
		stoa.Listing, stoa.Noise, stoa.Classification, stoa.Join, stoa.Proposal, stoa.Tied, stoa.Link, stoa.Moved,
	}
	if !slices.Contains(kinds, f.Kind) || f.Rule == "" {
		return fmt.Errorf("%w finding on %s: kind %q, rule %q", stoa.ErrInvalid, clip(f.Subject), f.Kind, f.Rule)
	}
	if f.Subject, err = w.recordNamed(f.Subject); err != nil {
		return err
	}
	pair := f.Kind == stoa.Join || f.Kind == stoa.Proposal || f.Kind == stoa.Tied
	if pair {
		if f.Other, err = w.recordNamed(f.Other); err != nil {
			return err
		}
		known, err := w.answered(f)
		if err != nil || known || f.Subject == f.Other {
			return err
		}
	}
	w.by = "rule:" + f.Rule
	if err := w.find(&f); err != nil {
		return err
	}
	if f.Kind == stoa.Link {
		return w.thin(f)
	}
	if f.Kind == stoa.Join {
		return w.noCircle()
	}
	return nil
}

// advanced is how many records Advance composes in one transaction.
const advanced = 200

// Advance brings the catalogue to an instant: records that the calendar changes by itself (a deadline passed, an end)
// are composed anew and their changes numbered. Runs older than a year are forgotten. It returns how many records were due. It is called
// every few seconds and costs nothing while nothing is due.
func (c *Catalogue) Advance(ctx context.Context, now time.Time) (due int, err error) {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	return c.advance(ctx, now)
}

func (c *Catalogue) advance(ctx context.Context, now time.Time) (due int, err error) {
	tried := map[string]bool{}
	for {
		keys, err := c.due(ctx, now, advanced)
		if err != nil {
			return due, fmt.Errorf("advance: %w", err)
		}
		var ids []string
		for _, k := range keys {
			if id := string(k[8:]); !tried[id] {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			break
		}
		err = c.update(ctx, func(w *work) error {
			w.at, w.by = now.UTC().Truncate(time.Millisecond), "rule:calendar"
			w.touch(ids...)
			return w.unnudge(keys)
		})
		if err != nil {
			return due, fmt.Errorf("advance: %w", err)
		}
		for _, id := range ids {
			tried[id] = true
		}
		due += len(ids)
	}
	if err := c.forget(ctx, now); err != nil {
		return due, fmt.Errorf("advance: %w", err)
	}
	return due, nil
}

// forget removes runs older than a year, a few at a time. Held ones stay, and so does the last one of a source.
func (c *Catalogue) forget(ctx context.Context, now time.Time) error {
	var old []stoa.Run
	err := c.engine.View(ctx, func(tx Tx) error {
		runs, err := values[stoa.Run](tx, tRuns, Range{}, 20)
		old = nil
		for _, r := range runs {
			if now.Sub(r.Began) > keepRuns && (r.Outcome != stoa.Held || r.Released != "") {
				old = append(old, r)
			}
		}
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return c.engine.Update(ctx, func(tx Tx) error {
		for _, r := range old {
			if err := tx.Delete(tRuns, []byte(r.ID)); err != nil {
				return err
			}
			keys, err := keysIn(tx, tSourceRuns, part(r.Source), 20)
			if err != nil {
				return err
			}
			for _, k := range keys {
				if string(k[len(r.Source)+1+8:]) == r.ID {
					if err := tx.Delete(tSourceRuns, k); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}
