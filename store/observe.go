package store

import (
	"errors"
	"slices"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/match"
)

// observe keeps what a run said of one item, new or changed, and touches its record.
func (w *work) observe(a applied, p pending) error {
	k := itemKey(a.Source, p.Item.Key)
	old, err := read[observation](w.tx, tObservations, k)
	fresh := errors.Is(err, stoa.ErrNotFound)
	if err != nil && !fresh {
		return err
	}
	o := observation{Observation: stoa.Observation{
		Source: a.Source, Key: p.Item.Key, Run: a.Run, Capture: p.Item.Capture, First: w.at, At: w.at,
		Item: needed(p.Item), Draft: p.Draft, Print: p.Print,
		Rank: a.Rank, Trusted: a.Trusted, Means: a.Means, Zone: a.Zone, Terms: normalize.TermsOf(p.Item, a.Terms),
	}}
	if fresh {
		if o.Record, err = w.NewID(); err != nil {
			return err
		}
		if err := w.tx.Put(tMembers, append(key(o.Record, ""), k...), nil); err != nil {
			return err
		}
	} else {
		o.Record, o.First = old.Record, old.First
		o.Missing = carry(old.Observation, p.Draft, a.Good)
		if o.Print == old.Print && p.Draft.Version == old.Draft.Version {
			o.At = old.At // only its absence or what it carries changed
		}
	}
	o.Cycles = normalize.Cycles(old.Observation, p.Draft, w.at)
	if err := errors.Join(write(w.tx, tItems, k, p.Item), w.keepObservation(k, &o, fresh)); err != nil {
		return err
	}
	if p.Twin != "" {
		if err := w.tx.Put(tTwins, key(a.Source, p.Twin), []byte(o.Key)); err != nil {
			return err
		}
	}
	w.touch(o.Record)
	if err := w.conclude(o, old, fresh); err != nil {
		return err
	}
	if fresh || o.Draft.Title != old.Draft.Title || o.Draft.URL != old.Draft.URL || !slices.Equal(o.Draft.Editions, old.Draft.Editions) {
		return w.join(o, p, fresh)
	}
	return w.file(entryOf(o.Observation), nil)
}

// entryOf is an observation as match files its record.
func entryOf(o stoa.Observation) entry {
	return entry{Entry: match.FromDraft(o.Record, o.Draft), Sources: []string{o.Source}}
}

// needed is the part of an item that composing a record needs.
func needed(i stoa.Item) stoa.Item {
	return stoa.Item{Source: i.Source, Key: i.Key, URL: i.URL, Withdrawn: i.Withdrawn}
}

// wholeItem puts the item as it was read back into an observation.
func wholeItem(tx Tx, o *observation) (err error) {
	o.Item, err = read[stoa.Item](tx, tItems, itemKey(o.Source, o.Key))
	return err
}

// keepObservation keeps what is known of an item; fresh says that nothing was.
func (w *work) keepObservation(k []byte, o *observation, fresh bool) (err error) {
	m := markOf(o.Observation)
	var old mark
	if o.Seq, err = next(w.tx, seqEvent); err != nil {
		return err
	}
	if !fresh {
		if old, err = readOr[mark](w.tx, tPrints, k); err != nil {
			return err
		}
	}
	if m.Waiting != old.Waiting {
		step := 1
		if old.Waiting {
			step = -1
		}
		if err := w.waiting(o.Source, step); err != nil {
			return err
		}
	}
	return errors.Join(write(w.tx, tObservations, k, *o), write(w.tx, tPrints, k, m))
}

// waiting counts the observations of a source that another good run will change though nothing new is listed.
func (w *work) waiting(source string, by int) error {
	s, err := sourceOf(w.tx, source)
	if err != nil {
		return err
	}
	s.Waiting += by
	return write(w.tx, tSources, []byte(source), s)
}

// age takes in a good run that brought nothing because all is as it was: what waits for another good run had one.
func (w *work) age(a applied) error {
	var waiting [][]byte
	err := w.tx.Scan(tPrints, part(a.Source), func(k, b []byte) error {
		var m mark
		if err := decode(tPrints, k, b, &m); err != nil || !m.Waiting {
			return err
		}
		waiting = append(waiting, append([]byte(nil), k...))
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range waiting {
		o, err := read[observation](w.tx, tObservations, k)
		if err != nil {
			return err
		}
		if !o.Vanished.IsZero() {
			err = w.lack(a, k)
		} else {
			o.Missing = carry(o.Observation, o.Draft, true)
			w.touch(o.Record)
			err = w.keepObservation(k, &o, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// carry keeps what the publisher gave once and gives no longer, until two good runs agree. A run that was read in part
// does not count as one.
func carry(old stoa.Observation, now stoa.Draft, good bool) map[string]stoa.Carried {
	out := normalize.Carry(old, now)
	if good {
		return out
	}
	for field, c := range out {
		c.Runs = old.Missing[field].Runs
		out[field] = c
	}
	return out
}

// lack counts a complete run that did not list a known item.
func (w *work) lack(a applied, k []byte) error {
	o, err := read[observation](w.tx, tObservations, k)
	if errors.Is(err, stoa.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case o.Vanished.IsZero():
		o.Vanished, o.Absent = w.at, 1
		if o.Last = a.Complete; o.Last.Before(o.At) {
			o.Last = o.At
		}
	case o.Absent < 2:
		o.Absent++
	default:
		return nil
	}
	w.touch(o.Record)
	return w.keepObservation(k, &o, false)
}
