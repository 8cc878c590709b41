package servertest

import (
	"context"
	"fmt"
	"slices"

	"stoa"
)

// DecideAll is part of the catalogue. Of the rules for a second person it knows the one on many refusals.
func (w *World) DecideAll(ctx context.Context, ds []stoa.Decision) (stoa.Act, error) {
	refused := 0
	for _, d := range ds {
		if d.Action == stoa.Refuse {
			refused++
		}
	}
	act := stoa.Act{ID: fmt.Sprintf("act%07d", len(w.Done)+len(w.Motions)+1), By: ds[0].By, At: w.Clock()}
	if refused > stoa.MaxRefusals || w.Second {
		m := stoa.Motion{ID: act.ID, By: act.By, At: act.At, Rule: stoa.BulkRefusal, Decisions: ds}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.Motions = append(w.Motions, m)
		w.Tasks = append([]stoa.Task{{Subject: m.ID, Reason: stoa.ReasonSecond, Why: []string{m.Rule, m.By}, Since: m.At, Weight: 80, Motion: &m}}, w.Tasks...)
		act.Motion = &m
		return act, stoa.ErrWaits
	}
	for _, d := range ds {
		d.Batch = act.ID
		made, err := w.Decide(ctx, d)
		if err != nil {
			act.Left = append(act.Left, stoa.Left{Decision: d, Text: err.Error()})
			continue
		}
		act.Decisions = append(act.Decisions, made)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Broken != nil {
		return stoa.Act{}, w.Broken
	}
	if ds[0].Action != stoa.Undo && len(ds) > 1 { // Decide filed each by itself
		w.Done = append(w.Done[:max(len(w.Done)-len(act.Decisions), 0)], act)
	}
	return act, nil
}

// done files what was decided, so that it can be taken back.
func (w *World) done(d stoa.Decision) {
	switch d.Action {
	case stoa.Undo:
		for i, a := range w.Done {
			if slices.ContainsFunc(a.Decisions, func(x stoa.Decision) bool { return x.ID == d.Value }) {
				w.Done[i].Undone = true
			}
		}
	case stoa.Release, stoa.Discard, stoa.Erase, stoa.Second:
	default:
		w.Done = append(w.Done, stoa.Act{ID: d.ID, By: d.By, At: d.At, Decisions: []stoa.Decision{d}})
	}
}

// Acts is part of the catalogue.
func (w *World) Acts(ctx context.Context, by string) ([]stoa.Act, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Act
	for _, a := range slices.Backward(w.Done) {
		if a.By == by && len(out) < stoa.MaxUndo {
			out = append(out, a)
		}
	}
	return out, w.check(ctx)
}

// Motion is part of the catalogue.
func (w *World) Motion(ctx context.Context, id string) (stoa.Motion, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.Motions {
		if m.ID == id {
			return m, w.check(ctx)
		}
	}
	return stoa.Motion{}, stoa.ErrNotFound
}

// second answers a motion; what was confirmed is ruled when the lock is free again.
func (w *World) second(d stoa.Decision) error {
	for i, m := range w.Motions {
		switch {
		case m.ID != d.Subject:
			continue
		case m.Answered != "":
			return stoa.ErrConflict
		case d.Value == stoa.Seconded && d.By == m.By:
			return stoa.ErrDenied
		}
		w.Motions[i].Answered = "dec"
		if d.Value == stoa.Seconded {
			for _, x := range m.Decisions {
				x.IfMatch = 0
				if err := w.ruleRecord(&x); err != nil {
					return err
				}
			}
		}
		return w.drop(m.ID)
	}
	return stoa.ErrNotFound
}

// Claim is part of the catalogue.
func (w *World) Claim(ctx context.Context, subject, by string, over bool) (stoa.Claim, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, c := range w.Held {
		if c.Subject != subject || !c.Until.After(w.Clock()) {
			continue
		}
		if c.By != by && !over {
			return c, stoa.ErrConflict
		}
		w.Held = slices.Delete(w.Held, i, i+1)
		break
	}
	c := stoa.Claim{Subject: subject, By: by, Until: w.Clock().Add(stoa.ClaimTime)}
	w.Held = append(w.Held, c)
	return c, w.check(ctx)
}

// Unclaim is part of the catalogue.
func (w *World) Unclaim(ctx context.Context, subject, by string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Held = slices.DeleteFunc(w.Held, func(c stoa.Claim) bool { return c.Subject == subject && c.By == by })
	return w.check(ctx)
}

// Claims is part of the catalogue.
func (w *World) Claims(ctx context.Context) ([]stoa.Claim, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.Held), func(c stoa.Claim) bool { return !c.Until.After(w.Clock()) }), w.check(ctx)
}
