package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stoa"
	"stoa/normalize"
)

// question numbers the questions that a composition leaves, closes those that answered themselves, and returns the
// open ones. The same question keeps its number when it comes back.
func (w *work) question(now []stoa.Conflict, rec stoa.Record) ([]stoa.Conflict, error) {
	stored, err := questionsOn(w.tx, rec.ID)
	if err != nil {
		return nil, err
	}
	var open []stoa.Conflict
	asked := map[uint64]bool{}
	for _, q := range now {
		q.Record = rec.ID
		for _, old := range stored {
			if !asked[old.Number] && normalize.Same(old, q) {
				q.Number, q.At = old.Number, old.At
				break
			}
		}
		if q.Number == 0 {
			if q.Number, err = next(w.tx, seqConflict); err != nil {
				return nil, err
			}
			if err := w.tx.Put(tQuestions, under(rec.ID, q.Number), nil); err != nil {
				return nil, err
			}
		}
		if q.At.IsZero() {
			q.At = w.at
		}
		asked[q.Number] = true
		if err := write(w.tx, tConflicts, number(q.Number), q); err != nil {
			return nil, err
		}
		open = append(open, q)
	}
	for _, old := range stored {
		if asked[old.Number] || old.Settled != "" {
			continue
		}
		old.Settled = w.by
		if old.Settled == "" {
			old.Settled = "rule:answered-itself"
		}
		if err := write(w.tx, tConflicts, number(old.Number), old); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// questionsOn returns all questions that were ever asked about a record, by number.
func questionsOn(tx Tx, record string) ([]stoa.Conflict, error) {
	return listed[stoa.Conflict](tx, tQuestions, tConflicts, record)
}

// conflictNumber reads the subject of a Settle decision.
func conflictNumber(subject string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(subject, "conflict:"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w subject %q: want the number of a conflict", stoa.ErrInvalid, clip(subject))
	}
	return n, nil
}

// followUp returns the decision that carries out what a person chose of a conflict; ok is false where the ruling
// itself is all there is to do.
func followUp(q stoa.Conflict, d stoa.Decision) (f stoa.Decision, ok bool) {
	f = stoa.Decision{Subject: q.Record, By: d.By, At: d.At, Reason: settledBy(d)}
	if q.Kind == stoa.WithdrawnEdited && d.Value == "ours" {
		f.Action = stoa.Confirm
		return f, true
	}
	if d.Value != "theirs" {
		return f, false
	}
	switch q.Kind {
	case stoa.PeerDecision:
		f.Action = stoa.Retire
	case stoa.UnderEdit:
		f.Action, f.Field = stoa.Unset, q.Field
	case stoa.TwoSources:
		f.Action, f.Field, f.Value = stoa.Set, q.Field, q.Theirs
	case stoa.RefusedReturns:
		f.Action = stoa.Accept
	case stoa.MergeStrain:
		f.Action = stoa.Split
		f.Value, _, _ = strings.Cut(q.Theirs, ":")
	default:
		return f, false
	}
	return f, true
}

// settledBy marks a decision that carries out another.
func settledBy(d stoa.Decision) string { return "settles:" + d.ID }

// conflict returns a numbered question, settled or not.
func (w *work) conflict(n uint64) (stoa.Conflict, error) {
	q, err := read[stoa.Conflict](w.tx, tConflicts, number(n))
	if errors.Is(err, stoa.ErrNotFound) {
		return q, fmt.Errorf("conflict %d: %w", n, err)
	}
	return q, err
}
