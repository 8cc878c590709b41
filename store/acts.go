package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
)

// actRow is an act as stored: which decisions one person made as one.
type actRow struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Decisions []string  `json:"decisions"`
}

// DecideAll keeps decisions of one person as one act, in one transaction. Those that are wrong or late are left out, each
// with its reason. All carry the act's id as Batch; an act whose id is kept already is returned as kept. Where the rules
// ask for a second person, nothing is carried out and the act comes with its Motion and stoa.ErrWaits.
func (c *Catalogue) DecideAll(ctx context.Context, ds []stoa.Decision) (act stoa.Act, err error) {
	if err := together(ds); err != nil {
		return stoa.Act{}, fmt.Errorf("decide together: %w", err)
	}
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return stoa.Act{}, err
	}
	defer leave()
	var motion stoa.Decision
	err = c.update(ctx, func(w *work) (err error) {
		act, motion = stoa.Act{ID: ds[0].Batch, By: ds[0].By, At: w.at}, stoa.Decision{}
		if act.ID == "" {
			if act.ID, err = w.NewID(); err != nil {
				return err
			}
		} else if known, err := w.actOf(act.By, act.ID); err == nil || !errors.Is(err, stoa.ErrNotFound) {
			act = known
			return err
		}
		w.by = "decision:" + act.ID
		motion, err = w.together(&act, ds)
		return err
	})
	if err != nil {
		return stoa.Act{}, fmt.Errorf("decide together: %w", err)
	}
	if motion.ID != "" {
		m, err := c.Motion(ctx, motion.ID)
		if err != nil {
			return act, err
		}
		act.Motion = &m
		return act, fmt.Errorf("decide together: %w: motion %s, because of %s", stoa.ErrWaits, m.ID, m.Rule)
	}
	if slices.ContainsFunc(act.Decisions, func(d stoa.Decision) bool { return d.Action == stoa.Undo || d.Action == stoa.Switch }) {
		if _, err := c.advance(context.WithoutCancel(ctx), c.now()); err != nil {
			return act, fmt.Errorf("decide together: %w", err)
		}
	}
	return act, nil
}

// together refuses what cannot be one act.
func together(ds []stoa.Decision) error {
	if len(ds) == 0 || len(ds) > stoa.MaxAct {
		return fmt.Errorf("%w act: it has %d decisions, want 1 to %d", stoa.ErrInvalid, len(ds), stoa.MaxAct)
	}
	alone := []stoa.Action{stoa.Release, stoa.Discard, stoa.Erase, stoa.Propose, stoa.Second, stoa.Answer}
	for _, d := range ds {
		switch {
		case d.By != ds[0].By || d.Batch != ds[0].Batch:
			return fmt.Errorf("%w act: it is of one person, and one", stoa.ErrInvalid)
		case slices.Contains(alone, d.Action):
			return fmt.Errorf("%w act: %s is ruled alone", stoa.ErrInvalid, d.Action)
		}
	}
	return nil
}

// together prepares decisions and carries them out, or makes a motion of them.
func (w *work) together(act *stoa.Act, ds []stoa.Decision) (motion stoa.Decision, err error) {
	var ready []stoa.Decision
	for _, d := range ds {
		err := w.prepare(&d)
		if err != nil && !leftOut(err) {
			return motion, err
		}
		if err != nil {
			act.Left = append(act.Left, stoa.Left{Decision: d, Text: err.Error()})
			continue
		}
		ready = append(ready, d)
	}
	rule, err := w.secondRule(ready)
	if err != nil {
		return motion, err
	}
	if rule != "" {
		return w.propose(act.ID, rule, ready)
	}
	return motion, w.carry(act, ready)
}

func leftOut(err error) bool {
	return errors.Is(err, stoa.ErrInvalid) || errors.Is(err, stoa.ErrConflict) || errors.Is(err, stoa.ErrNotFound)
}

// carry appends prepared decisions and carries them out as one act. Each is looked at again in its turn: one before it may
// have made it void.
func (w *work) carry(act *stoa.Act, ready []stoa.Decision) (err error) {
	for i, d := range ready {
		d.Batch, d.At = act.ID, act.At
		if d.ID == "" {
			if d.ID, err = w.NewID(); err != nil {
				return err
			}
		}
		if i > 0 && (d.Action == stoa.Merge || d.Action == stoa.Split || d.Action == stoa.Undo || d.Action == stoa.Settle) {
			if err := w.prepare(&d); err != nil {
				if !leftOut(err) {
					return err
				}
				act.Left = append(act.Left, stoa.Left{Decision: d, Text: err.Error()})
				continue
			}
		}
		if err := w.decided(&d); err != nil {
			return err
		}
		if _, err := w.carryOut(d); err != nil {
			return err
		}
		act.Decisions = append(act.Decisions, d)
	}
	return w.acted(act.By, act.ID, act.Decisions)
}

// acted files what a person did, so that it can be taken back as one. What cannot be taken back is not filed, and of
// each person only the last acts are.
func (w *work) acted(by, id string, ds []stoa.Decision) error {
	f := actRow{ID: id, At: w.at}
	last := uint64(0)
	for _, d := range ds {
		switch d.Action {
		case stoa.Undo, stoa.Release, stoa.Discard, stoa.Erase, stoa.Propose, stoa.Second:
			continue
		}
		f.Decisions, last = append(f.Decisions, d.ID), d.Seq
	}
	if len(f.Decisions) == 0 {
		return nil
	}
	if err := write(w.tx, tActs, under(person(by), last), f); err != nil {
		return err
	}
	all, err := keysIn(w.tx, tActs, part(person(by)), 0)
	if err != nil {
		return err
	}
	for len(all) > stoa.MaxUndo {
		if err := w.tx.Delete(tActs, all[0]); err != nil {
			return err
		}
		all = all[1:]
	}
	return nil
}

// person is a name as a part of a key.
func person(by string) string { return strings.ReplaceAll(by, sep, " ") }

// actOf returns an act of a person by its id, or stoa.ErrNotFound.
func (w *work) actOf(by, id string) (stoa.Act, error) {
	all, err := w.acts(by)
	if err != nil {
		return stoa.Act{}, err
	}
	for _, a := range all {
		if a.ID == id {
			return a, nil
		}
	}
	return stoa.Act{}, stoa.ErrNotFound
}

// acts returns what a person did last, newest first.
func (w *work) acts(by string) ([]stoa.Act, error) {
	r := part(person(by))
	r.Reverse = true
	all, err := values[actRow](w.tx, tActs, r, stoa.MaxUndo)
	if err != nil {
		return nil, err
	}
	var out []stoa.Act
	for _, f := range all {
		a := stoa.Act{ID: f.ID, By: by, At: f.At, Undone: true}
		for _, id := range f.Decisions {
			d, err := w.decision(id)
			if err != nil {
				return nil, err
			}
			rulings, err := rulingsOn(w.tx, d.Subject)
			if err != nil {
				return nil, err
			}
			in := slices.ContainsFunc(inForce(rulings), func(x stoa.Decision) bool { return x.ID == d.ID })
			a.Undone = a.Undone && !in
			a.Decisions = append(a.Decisions, d)
		}
		out = append(out, a)
	}
	return out, nil
}

// Acts returns what a person did last and can still be taken back as one, newest first: at most stoa.MaxUndo, with those
// that were taken back.
func (c *Catalogue) Acts(ctx context.Context, by string) (out []stoa.Act, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		out, err = (&work{Catalogue: c, tx: tx}).acts(by)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("acts of %q: %w", clip(by), err)
	}
	return out, nil
}
