package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stoa"
	"stoa/normalize"
)

// Decide keeps what a person ruled and carries it out, in one transaction. The decision comes back with its id,
// number, time, and for a field with what stood there before. One whose ID is kept already is returned as kept, so that
// a call can be repeated.
//
// Where the rules ask for a second person, nothing is carried out: the Propose decision of the motion comes back with
// stoa.ErrWaits.
//
// A wrong action, field or value is stoa.ErrInvalid and says which; an unknown subject is stoa.ErrNotFound; a version
// that is not the current one, a merge that would make a circle and a run that was settled already are stoa.ErrConflict.
func (c *Catalogue) Decide(ctx context.Context, d stoa.Decision) (stoa.Decision, error) {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return d, err
	}
	defer leave()
	done, run, waits := d, "", false
	err = c.update(ctx, func(w *work) (err error) {
		done, run, waits = d, "", false
		if known, err := w.repeated(d); err != nil || known.Seq > 0 {
			done, waits = known, known.Action == stoa.Propose
			return err
		}
		if done.ID == "" {
			if done.ID, err = w.NewID(); err != nil {
				return err
			}
		}
		done.At = w.at
		w.by = "decision:" + done.ID
		if err := w.prepare(&done); err != nil {
			return err
		}
		rule, err := w.secondRule([]stoa.Decision{done})
		if err != nil {
			return err
		}
		if waits = rule != ""; waits {
			done, err = w.propose(done.ID, rule, []stoa.Decision{done})
			return err
		}
		if err := w.decided(&done); err != nil {
			return err
		}
		if run, err = w.carryOut(done); err != nil {
			return err
		}
		return w.acted(done.By, done.ID, []stoa.Decision{done})
	})
	if err != nil {
		return stoa.Decision{}, fmt.Errorf("decide %s of %q: %w", d.Action, clip(d.Subject), err)
	}
	if waits {
		return done, fmt.Errorf("decide %s of %q: %w: motion %s, because of %s", d.Action, clip(d.Subject), stoa.ErrWaits, done.ID, done.Field)
	}
	if err := c.follow(context.WithoutCancel(ctx), done, run); err != nil {
		return done, fmt.Errorf("decide %s of %q: %w", d.Action, clip(d.Subject), err)
	}
	return done, nil
}

// follow does what comes of a decision behind it: the decision is acknowledged on disk, so what follows is carried out. run is the held run
// that it was about, if any.
func (c *Catalogue) follow(ctx context.Context, done stoa.Decision, run string) error {
	switch {
	case done.Action == stoa.Erase:
		if err := c.erase(ctx); err != nil {
			return fmt.Errorf("%w; what remains is erased at the next start", err)
		}
		return nil
	case run != "" && done.Action == stoa.Discard:
		return c.drop(ctx, run)
	case run != "":
		return c.resume(ctx, run)
	case done.Action == stoa.Switch, done.Action == stoa.Takedown, done.Action == stoa.Undo:
		_, err := c.advance(ctx, c.now())
		return err
	}
	return nil
}

// repeated returns the kept decision of the same id. Its Seq is 0 when there is none.
func (w *work) repeated(d stoa.Decision) (stoa.Decision, error) {
	if d.ID == "" {
		return stoa.Decision{}, nil
	}
	seq, err := read[uint64](w.tx, tDecisionIDs, []byte(d.ID))
	if errors.Is(err, stoa.ErrNotFound) {
		return stoa.Decision{}, nil
	}
	if err != nil {
		return stoa.Decision{}, err
	}
	return read[stoa.Decision](w.tx, tDecisions, number(seq))
}

// decided appends a decision and files it under all that it is about. Whoever ruled is not at work on it any more.
func (w *work) decided(d *stoa.Decision) (err error) {
	if d.Seq, err = next(w.tx, seqEvent); err != nil {
		return err
	}
	subjects, err := w.subjects(*d)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if err := errors.Join(w.unclaim(s, d.By), w.tx.Put(tRulings, under(s, d.Seq), nil)); err != nil {
			return err
		}
	}
	return errors.Join(write(w.tx, tDecisions, number(d.Seq), d), write(w.tx, tDecisionIDs, []byte(d.ID), d.Seq))
}

// subjects returns what a decision is about.
func (w *work) subjects(d stoa.Decision) ([]string, error) {
	out := []string{d.Subject}
	switch d.Action {
	case stoa.Merge, stoa.Split, stoa.Differ, stoa.Tie, stoa.Untie:
		out = append(out, d.Value)
	case stoa.Settle:
		n, err := conflictNumber(d.Subject)
		if err != nil {
			return nil, err
		}
		q, err := w.conflict(n)
		if err != nil {
			return nil, err
		}
		out = append(out, q.Record)
	case stoa.Undo:
		target, err := w.decision(d.Value)
		if err != nil {
			return nil, err
		}
		more, err := w.subjects(target)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// decision returns a kept decision by its id.
func (w *work) decision(id string) (stoa.Decision, error) {
	seq, err := read[uint64](w.tx, tDecisionIDs, []byte(id))
	if err != nil {
		return stoa.Decision{}, fmt.Errorf("decision %q: %w", clip(id), err)
	}
	return read[stoa.Decision](w.tx, tDecisions, number(seq))
}

// carryOut does what a kept decision says. It returns the run whose staged rows are to be applied or dropped.
func (w *work) carryOut(d stoa.Decision) (run string, err error) {
	switch d.Action {
	case stoa.Release, stoa.Discard:
		return w.endHold(d)
	case stoa.Stage, stoa.Pause, stoa.Adopt:
		return "", w.onSource(d.Subject)
	case stoa.Leave:
		return "", w.onHost(d.Subject)
	case stoa.Switch:
		return "", errors.Join(w.onSource(d.Subject), w.nudge(d.Subject))
	case stoa.Takedown:
		return "", w.takenDown(d.Subject)
	case stoa.Undo:
		return "", w.takeBack(d)
	case stoa.Answer:
		return "", w.replied(d.Subject, d.ID)
	case stoa.Invite:
		return "", nil
	case stoa.Erase:
		return "", write(w.tx, tMeta, metaErase, true)
	case stoa.Settle:
		return "", w.settleQuestion(d)
	case stoa.Second:
		return w.seconded(d)
	}
	subjects, err := w.subjects(d)
	if err != nil {
		return "", err
	}
	w.touch(subjects...)
	return "", nil
}

// settleQuestion closes a conflict and carries out what was chosen.
func (w *work) settleQuestion(d stoa.Decision) error {
	n, err := conflictNumber(d.Subject)
	if err != nil {
		return err
	}
	q, err := w.conflict(n)
	if err != nil {
		return err
	}
	q.Settled = d.ID
	if err := write(w.tx, tConflicts, number(n), q); err != nil {
		return err
	}
	w.touch(q.Record)
	f, ok := followUp(q, d)
	if !ok {
		return nil
	}
	if f.ID, err = w.NewID(); err != nil {
		return err
	}
	if err := w.prepare(&f); err != nil {
		return err
	}
	if err := w.decided(&f); err != nil {
		return err
	}
	_, err = w.carryOut(f)
	return err
}

// takeBack carries out an Undo: whatever the decision touched is computed without it.
func (w *work) takeBack(d stoa.Decision) error {
	target, err := w.decision(d.Value)
	if err != nil {
		return err
	}
	switch target.Action {
	case stoa.Stage, stoa.Pause, stoa.Adopt:
		return w.onSource(target.Subject)
	case stoa.Leave:
		return w.onHost(target.Subject)
	case stoa.Switch:
		return errors.Join(w.onSource(target.Subject), w.nudge(target.Subject))
	case stoa.Takedown:
		return w.takenDown(target.Subject)
	case stoa.Answer:
		return w.replied(target.Subject, "")
	case stoa.Invite:
		return nil
	case stoa.Settle:
		if err := w.unsettle(target, d); err != nil {
			return err
		}
	}
	subjects, err := w.subjects(d)
	if err != nil {
		return err
	}
	for _, id := range subjects {
		ok, err := has(w.tx, tRecords, []byte(id))
		if err != nil {
			return err
		}
		if ok {
			w.touch(id)
		}
	}
	return w.noCircle()
}

// unsettle opens a conflict again, and takes back what carried the answer out.
func (w *work) unsettle(settle, by stoa.Decision) error {
	n, err := conflictNumber(settle.Subject)
	if err != nil {
		return err
	}
	q, err := w.conflict(n)
	if err != nil {
		return err
	}
	q.Settled = ""
	if err := write(w.tx, tConflicts, number(n), q); err != nil {
		return err
	}
	rulings, err := rulingsOn(w.tx, q.Record)
	if err != nil {
		return err
	}
	for _, d := range inForce(rulings) {
		if d.Reason != settledBy(settle) {
			continue
		}
		u := stoa.Decision{Subject: d.Subject, Action: stoa.Undo, Value: d.ID, By: by.By, At: by.At}
		if u.ID, err = w.NewID(); err != nil {
			return err
		}
		if err := w.decided(&u); err != nil {
			return err
		}
		if err := w.takeBack(u); err != nil {
			return err
		}
	}
	return nil
}

// noCircle refuses what would merge records in a circle.
func (w *work) noCircle() error {
	for _, id := range w.touched {
		at := id
		for range 1000 {
			into, err := w.parent(at)
			if err != nil {
				return err
			}
			if into == "" {
				break
			}
			if at = into; at == id {
				return fmt.Errorf("%w: it would merge %s into itself", stoa.ErrConflict, id)
			}
		}
	}
	return nil
}

// onSource derives what people decided about a source: trust, pause, adopted address.
func (w *work) onSource(id string) error {
	rulings, err := rulingsOn(w.tx, id)
	if err != nil {
		return err
	}
	s, err := sourceOf(w.tx, id)
	if err != nil {
		return err
	}
	s.Trust, s.Paused, s.Address, s.Declined, s.Off = "", "", "", nil, nil
	for _, d := range inForce(rulings) {
		switch d.Action {
		case stoa.Stage:
			s.Trust = stoa.Trust(d.Value)
		case stoa.Pause:
			s.Paused = d.Value
		case stoa.Adopt:
			s.Address = d.Value
			s.Declined = append(s.Declined, strings.Fields(d.Base)...)
		case stoa.Switch:
			if s.Off = slices.DeleteFunc(s.Off, func(rule string) bool { return rule == d.Field }); d.Value == "off" {
				s.Off = append(s.Off, d.Field)
			}
		}
	}
	slices.Sort(s.Declined)
	s.Declined = slices.DeleteFunc(slices.Compact(s.Declined), func(address string) bool { return address == s.Address })
	return errors.Join(w.answerOffers(&s), write(w.tx, tSources, []byte(id), s))
}

// answerOffers takes the offers off the queue that a person accepted or declined.
func (w *work) answerOffers(s *source) error {
	var errs []error
	s.Incidents = slices.DeleteFunc(s.Incidents, func(i stoa.Incident) bool {
		done := offers(i) && (i.About == s.Address || slices.Contains(s.Declined, i.About))
		if done {
			errs = append(errs, w.unqueue(i.Source, incidentName(i)))
		}
		return done
	})
	return errors.Join(errs...)
}

// endHold releases or discards a held run. A released run counts from now on, as if nobody had doubted it.
func (w *work) endHold(d stoa.Decision) (string, error) {
	run, err := read[stoa.Run](w.tx, tRuns, []byte(d.Subject))
	if err != nil {
		return "", err
	}
	run.Released = d.ID
	s, err := sourceOf(w.tx, run.Source)
	if err != nil {
		return "", err
	}
	s.Held = ""
	if err := w.unqueue(run.ID, stoa.ReasonIncident); err != nil {
		return "", err
	}
	if d.Action == stoa.Release {
		run.Outcome = stoa.OK
		last := s.Last
		remember(&s, run, nil)
		if s.Last = last; last.ID == run.ID {
			s.Last = run
		}
		if err := errors.Join(w.let(run, &s), w.saw(s)); err != nil {
			return "", err
		}
	}
	return run.ID, errors.Join(write(w.tx, tRuns, []byte(run.ID), run), write(w.tx, tSources, []byte(run.Source), s))
}

// let hands the staged rows of a released run to resume.
func (w *work) let(run stoa.Run, s *source) error {
	how := key(run.ID, stagedHow, "")
	a, err := read[applied](w.tx, tStaged, how)
	if errors.Is(err, stoa.ErrNotFound) { // it was held for its answer and brought no items
		a, err = applied{Run: run.ID, Source: run.Source, Good: true}, nil
	}
	if err != nil {
		return err
	}
	s.Known = run.New + run.Changed + run.Unchanged
	return errors.Join(w.tx.Delete(tStaged, how), write(w.tx, tApplying, []byte(run.ID), a))
}

// says returns a field as sources have it, without what persons set.
func says(all facts, field string, w *work) string {
	rulings := slices.DeleteFunc(slices.Clone(all.decisions), func(d stoa.Decision) bool {
		return d.Field == field && slices.Contains([]stoa.Action{stoa.Set, stoa.Unset, stoa.Add, stoa.Remove}, d.Action)
	})
	return normalize.Value(normalize.Compose(all.said(), rulings, all.findings, w.at), field)
}
