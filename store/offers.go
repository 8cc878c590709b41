package store

import (
	"errors"
	"slices"

	"stoa"
)

// A proposal does not enter any composition: it is a question for a person. It is filed under both records, so that the
// same pair is asked about once, and queued with the record that brought it up.

// Sides of a filed proposal.
const (
	asks  = 's' // the record brought the question up
	asked = 'o' // the record is the other one
)

// mostOffers bounds the open questions of one record.
const mostOffers = 20

// offer files a proposal.
func (w *work) offer(f stoa.Finding) error {
	w.touch(f.Subject)
	return errors.Join(
		w.tx.Put(tOffers, key(f.Subject, f.Other), append(number(f.Seq), asks)),
		w.tx.Put(tOffers, key(f.Other, f.Subject), append(number(f.Seq), asked)),
	)
}

// offered reports whether a pair was proposed after an event already, or the record has enough questions open.
func (w *work) offered(f stoa.Finding, since uint64) (bool, error) {
	filed, err := offersOn(w.tx, f.Subject, 0)
	if err != nil {
		return true, err
	}
	n := 0
	for _, o := range filed {
		if o.other == f.Other && o.seq > since {
			return true, nil
		}
		if o.side == asks {
			n++
		}
	}
	return n >= mostOffers, nil
}

// filedOffer is a row of tOffers.
type filedOffer struct {
	other string
	seq   uint64
	side  byte
}

// offersOn returns the proposals filed under a record, on one side or, with 0, on both.
func offersOn(tx Tx, id string, side byte) (out []filedOffer, err error) {
	err = tx.Scan(tOffers, part(id), func(k, v []byte) error {
		if len(v) == 9 && (side == 0 || v[8] == side) {
			out = append(out, filedOffer{last(k, 1), numberOf(v[:8]), v[8]})
		}
		return nil
	})
	return out, err
}

// offers returns the proposals about a record that nobody has answered.
func (w *work) offers(rec stoa.Record, all facts) ([]task, error) {
	if rec.State == stoa.Refused {
		return nil, nil
	}
	var out []task
	for _, id := range all.ids {
		filed, err := offersOn(w.tx, id, asks)
		if err != nil {
			return nil, err
		}
		for _, o := range filed {
			root, err := rootOf(w.tx, o.other)
			if err != nil {
				return nil, err
			}
			known := root == rec.ID || slices.ContainsFunc(out, func(t task) bool { return t.Other == root })
			if refused, err := has(w.tx, tRefused, []byte(root)); err != nil {
				return nil, err
			} else if known || refused || answers(all.decisions, o.seq, []string{id, rec.ID}, []string{o.other, root}) {
				continue
			}
			f, err := read[stoa.Finding](w.tx, tFindings, number(o.seq))
			if err != nil {
				return nil, err
			}
			out = append(out, offerTask(rec, f, root))
		}
	}
	return out, nil
}

func offerTask(rec stoa.Record, f stoa.Finding, root string) task {
	why := f.Why
	if f.Relation != "" {
		why = append([]string{string(f.Relation)}, why...)
	}
	return task{Task: stoa.Task{Subject: rec.ID, Reason: stoa.ReasonDuplicate, Since: f.At, Why: why}, Other: root}
}

// answers reports whether a person said, after a proposal was made, what two records are to each other. Each may be
// named by the record that it is merged into.
func answers(decisions []stoa.Decision, since uint64, a, b []string) bool {
	return slices.ContainsFunc(inForce(decisions), func(d stoa.Decision) bool {
		both := d.Seq > since && (slices.Contains(a, d.Subject) && slices.Contains(b, d.Value) || slices.Contains(a, d.Value) && slices.Contains(b, d.Subject))
		return both && slices.Contains([]stoa.Action{stoa.Differ, stoa.Tie, stoa.Untie, stoa.Split}, d.Action)
	})
}

// stand notes whether a record is refused. What was proposed to be the same as it is asked or not asked accordingly.
func (w *work) stand(old, rec stoa.Record) error {
	is := rec.State == stoa.Refused
	if was := old.State == stoa.Refused; was == is {
		return nil
	}
	filed, err := offersOn(w.tx, rec.ID, asked)
	if err != nil {
		return err
	}
	for _, o := range filed {
		w.requeue(o.other)
	}
	if is {
		return w.tx.Put(tRefused, []byte(rec.ID), nil)
	}
	return w.tx.Delete(tRefused, []byte(rec.ID))
}
