package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stoa"
)

// secondRule returns why decisions of one person need a second, or "". Where nobody could confirm them, because fewer
// than two accounts may rule, nobody is asked; nor is the operator, who has no account and holds the store itself.
func (w *work) secondRule(ds []stoa.Decision) (string, error) {
	refused, rule := 0, ""
	for _, d := range ds {
		if d.Action == stoa.Refuse {
			refused++
		}
		why, err := w.secondFor(d)
		if err != nil {
			return "", err
		}
		if why != "" {
			rule = why
		}
	}
	if refused > stoa.MaxRefusals {
		rule = stoa.BulkRefusal
	}
	if rule == "" {
		return "", nil
	}
	people, err := values[stoa.User](w.tx, tUsers, Range{}, 0)
	if err != nil {
		return "", err
	}
	may, known := 0, false
	for _, u := range people {
		if u.Role.May(stoa.Curator) && !u.Disabled {
			may++
		}
		known = known || u.Name == ds[0].By
	}
	if may < 2 || !known {
		return "", nil
	}
	return rule, nil
}

// secondFor returns why one prepared decision needs a second person.
func (w *work) secondFor(d stoa.Decision) (string, error) {
	switch d.Action {
	case stoa.Release:
		return stoa.ReleaseHeld, nil
	case stoa.Retire:
		rec, err := read[record](w.tx, tRecords, []byte(d.Subject))
		if err == nil && rec.Kind == stoa.Guidance && rec.State == stoa.Listed {
			return stoa.RetireGuidance, nil
		}
		return "", err
	case stoa.Merge:
		a, err := read[record](w.tx, tRecords, []byte(d.Subject))
		if err != nil {
			return "", err
		}
		b, err := read[record](w.tx, tRecords, []byte(d.Value))
		if err == nil && strangers(a.Organisations, b.Organisations) {
			return stoa.MergeAcross, nil
		}
		return "", err
	}
	return "", nil
}

// strangers reports whether two records have publishers, and none in common.
func strangers(a, b []stoa.Organisation) bool {
	x, y := publishers(a), publishers(b)
	return len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(id string) bool { return slices.Contains(y, id) })
}

func publishers(all []stoa.Organisation) []string {
	var out []string
	for _, o := range all {
		if o.Role == stoa.Publisher {
			out = append(out, o.ID)
		}
	}
	return out
}

// propose keeps decisions as a motion, and queues it.
func (w *work) propose(id, rule string, ds []stoa.Decision) (stoa.Decision, error) {
	m := stoa.Motion{ID: id, By: ds[0].By, At: w.at, Rule: rule, Decisions: ds}
	text, err := json.Marshal(ds)
	if err != nil {
		return stoa.Decision{}, fmt.Errorf("encode motion: %w", err)
	}
	d := stoa.Decision{ID: id, Subject: id, Action: stoa.Propose, Field: rule, Value: string(text), By: m.By, At: w.at}
	if err := w.decided(&d); err != nil {
		return d, err
	}
	if err := write(w.tx, tMotions, []byte(id), m); err != nil {
		return d, err
	}
	return d, w.move(m)
}

// move queues a motion that waits.
func (w *work) move(m stoa.Motion) error {
	t := task{Task: stoa.Task{Subject: m.ID, Reason: stoa.ReasonSecond, Since: m.At, Why: []string{m.Rule, m.By}}}
	t.Weight = weights[stoa.ReasonSecond]
	return w.queue(m.ID, t.Reason, t)
}

// motions queues what waits for a second person; for Rebuild.
func (w *work) motions() error {
	all, err := values[stoa.Motion](w.tx, tMotions, Range{}, 0)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Answered == "" {
			if err := w.move(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// Motion returns a motion, or stoa.ErrNotFound.
func (c *Catalogue) Motion(ctx context.Context, id string) (stoa.Motion, error) {
	m, err := one[stoa.Motion](ctx, c, tMotions, []byte(id))
	if err != nil {
		return m, fmt.Errorf("motion %q: %w", clip(id), err)
	}
	return m, nil
}

// prepareSecond checks an answer to a motion. Whoever proposed may only withdraw.
func (w *work) prepareSecond(d *stoa.Decision) error {
	m, err := read[stoa.Motion](w.tx, tMotions, []byte(d.Subject))
	switch {
	case err != nil:
		return fmt.Errorf("motion: %w", err)
	case m.Answered != "":
		return fmt.Errorf("%w: the motion was answered by %s", stoa.ErrConflict, m.Answered)
	case d.Value != stoa.Seconded && d.Value != stoa.Declined:
		return fmt.Errorf("%w value %q: want yes or no", stoa.ErrInvalid, clip(d.Value))
	case d.Value == stoa.Seconded && d.By == m.By:
		return fmt.Errorf("%w: %s proposed it, so another person has to confirm it", stoa.ErrDenied, clip(d.By))
	}
	d.Field = m.Rule
	return nil
}

// seconded answers a motion. What was confirmed is ruled now, in the name of whoever proposed it; whoever confirmed saw
// how things stand now, so versions of then do not count.
func (w *work) seconded(d stoa.Decision) (run string, err error) {
	m, err := read[stoa.Motion](w.tx, tMotions, []byte(d.Subject))
	if err != nil {
		return "", err
	}
	m.Answered = d.ID
	if err := write(w.tx, tMotions, []byte(m.ID), m); err != nil {
		return "", err
	}
	if err := w.unqueue(m.ID, stoa.ReasonSecond); err != nil || d.Value != stoa.Seconded {
		return "", err
	}
	act := stoa.Act{ID: m.ID, By: m.By, At: w.at}
	var ready []stoa.Decision
	for _, x := range m.Decisions {
		x.ID, x.IfMatch, x.Second = "", 0, d.By
		if err := w.prepare(&x); err != nil {
			if len(m.Decisions) == 1 || !leftOut(err) {
				return "", err
			}
			continue // settled meanwhile
		}
		ready = append(ready, x)
	}
	if len(ready) == 1 && ready[0].Action == stoa.Release {
		x := ready[0]
		x.Batch, x.At = act.ID, act.At
		if x.ID, err = w.NewID(); err != nil {
			return "", err
		}
		if err := w.decided(&x); err != nil {
			return "", err
		}
		return w.endHold(x)
	}
	return "", w.carry(&act, ready)
}

// Claim notes that a person is at work on a subject. A claim of somebody else that is not over comes back with
// stoa.ErrConflict, unless it is to be taken over.
func (c *Catalogue) Claim(ctx context.Context, subject, by string, over bool) (claim stoa.Claim, err error) {
	if subject == "" || by == "" || len(subject) > maxLine || len(by) > maxLine {
		return claim, fmt.Errorf("claim: %w subject or person", stoa.ErrInvalid)
	}
	err = c.engine.Update(ctx, func(tx Tx) error {
		all, err := values[stoa.Claim](tx, tClaims, Range{}, 0)
		if err != nil {
			return err
		}
		now := c.now()
		claim = stoa.Claim{Subject: subject, By: by, Until: now.Add(stoa.ClaimTime)}
		for _, old := range all {
			switch {
			case !old.Until.After(now):
				if err := tx.Delete(tClaims, []byte(old.Subject)); err != nil {
					return err
				}
			case old.Subject == subject && old.By != by && !over:
				claim = old
				return fmt.Errorf("%w: %s is at work on it until %s", stoa.ErrConflict, old.By, old.Until.Format(time.RFC3339))
			}
		}
		if len(all) >= mostClaims {
			return fmt.Errorf("%w: %d claims", stoa.ErrFull, len(all))
		}
		return write(tx, tClaims, []byte(subject), claim)
	})
	if err != nil {
		return claim, fmt.Errorf("claim %q: %w", clip(subject), err)
	}
	return claim, nil
}

// mostClaims bounds the claims at a time.
const mostClaims = 1000

// Unclaim ends a claim of a person; that there is none is no error.
func (c *Catalogue) Unclaim(ctx context.Context, subject, by string) error {
	err := c.engine.Update(ctx, func(tx Tx) error { return (&work{Catalogue: c, tx: tx}).unclaim(subject, by) })
	if err != nil {
		return fmt.Errorf("end claim of %q: %w", clip(subject), err)
	}
	return nil
}

func (w *work) unclaim(subject, by string) error {
	old, err := readOr[stoa.Claim](w.tx, tClaims, []byte(subject))
	if err != nil || old.By != by || by == "" {
		return err
	}
	return w.tx.Delete(tClaims, []byte(subject))
}

// Claims returns who is at work on what.
func (c *Catalogue) Claims(ctx context.Context) ([]stoa.Claim, error) {
	all, err := every[stoa.Claim](ctx, c, tClaims)
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	now := c.now()
	return slices.DeleteFunc(all, func(x stoa.Claim) bool { return !x.Until.After(now) }), nil
}
