package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"stoa"
	"stoa/normalize"
)

// observation is an observation as stored: with its place in the order of events, and the last complete run before
// it vanished. Of its item it holds what composing needs; the whole item lies beside it.
type observation struct {
	stoa.Observation
	Seq  uint64    `json:"seq"`
	Last time.Time `json:"last,omitzero"`
}

// record is a record as stored.
type record struct {
	stoa.Record
	NextChange time.Time `json:"next_change,omitzero"`
	NextCheck  time.Time `json:"next_check,omitzero"`
}

func filed(r stoa.Record) record { return record{r, r.NextChange, r.NextCheck} }

func (r record) whole() stoa.Record {
	out := r.Record
	out.NextChange, out.NextCheck = r.NextChange, r.NextCheck
	return out
}

// identity is what was shown or promised of a record. It is stored, never computed.
type identity struct {
	Short       string    `json:"short"`
	Version     uint64    `json:"version"`
	FirstListed time.Time `json:"first_listed,omitzero"`
	Changed     time.Time `json:"changed,omitzero"`
}

// facts are all that is known of a record and of those merged into it.
type facts struct {
	ids          []string // the record first
	observations []observation
	decisions    []stoa.Decision
	findings     []stoa.Finding
}

func (f facts) said() []stoa.Observation {
	out := make([]stoa.Observation, len(f.observations))
	for i, o := range f.observations {
		out[i] = o.Observation
	}
	return out
}

// settle composes every record that was touched, and numbers what readers can see of it. Records that were merged or
// parted bring their whole families.
func (w *work) settle() error {
	for i := 0; i < len(w.touched); i++ { // grows while it runs
		if err := w.place(w.touched[i]); err != nil {
			return err
		}
	}
	if err := w.stamp(); err != nil {
		return err
	}
	composed := map[string]bool{}
	for _, id := range w.touched {
		root, err := rootOf(w.tx, id)
		if err != nil {
			return err
		}
		if composed[root] {
			continue
		}
		composed[root] = true
		if err := w.compose(root); err != nil {
			return fmt.Errorf("compose %s: %w", root, err)
		}
	}
	return w.askAgain()
}

// stamp remembers the latest time at which anything was composed: Rebuild takes it as its own.
func (w *work) stamp() error {
	if len(w.touched) == 0 || w.anew {
		return nil
	}
	was, err := readOr[time.Time](w.tx, tMeta, metaNow)
	if err != nil || !w.at.After(was) {
		return err
	}
	return write(w.tx, tMeta, metaNow, w.at)
}

// place brings the table of merged records up to date for one record. When it moved, its old and its new family are
// composed too.
func (w *work) place(id string) error {
	into, err := w.parent(id)
	if err != nil {
		return err
	}
	b, err := w.tx.Get(tMerged, []byte(id))
	if err != nil && !errors.Is(err, stoa.ErrNotFound) {
		return err
	}
	old := string(b)
	if old == into {
		return nil
	}
	family, err := familyOf(w.tx, id) // all of it has another survivor now
	if err != nil {
		return err
	}
	w.touch(family...)
	if old != "" {
		if err := w.tx.Delete(tAbsorbed, key(old, id)); err != nil {
			return err
		}
		root, err := rootOf(w.tx, old)
		if err != nil {
			return err
		}
		w.touch(old, root)
	}
	if into == "" {
		return w.tx.Delete(tMerged, []byte(id))
	}
	if err := w.tx.Put(tMerged, []byte(id), []byte(into)); err != nil {
		return err
	}
	w.touch(into)
	return w.tx.Put(tAbsorbed, key(into, id), nil)
}

// compose computes a record and those merged into it, and keeps what differs.
func (w *work) compose(root string) error {
	family, err := familyOf(w.tx, root)
	if err != nil {
		return err
	}
	all, err := gather(w.tx, family)
	if err != nil {
		return err
	}
	if len(all.observations) == 0 { // never seen by a source: there is nothing to compose
		return nil
	}
	said := all.said()
	takeover, err := w.own(said, &all)
	if err != nil {
		return err
	}
	rec := normalize.ComposeBy(w.time(), said, all.decisions, all.findings)
	rec.ID = root
	w.lastSeen(&rec, all.observations)
	wakes(&rec, takeover)
	if until := snoozed(all); until.After(w.at) {
		wakes(&rec, until)
	}
	if err := errors.Join(w.keep(rec), w.fileRuled(rec, all)); err != nil {
		return err
	}
	open, err := w.question(normalize.Conflicts(said, all.decisions, all.findings, rec), rec)
	if err != nil {
		return err
	}
	if err := w.enqueue(rec, all, open); err != nil {
		return err
	}
	for _, id := range family[1:] {
		if !w.known[id] && !w.anew { // neither its own facts nor where it belongs changed
			continue
		}
		if err := w.stub(id, root); err != nil {
			return err
		}
	}
	return nil
}

// own keeps who owns a record where that is new, and returns when it will change hands by itself.
func (w *work) own(said []stoa.Observation, all *facts) (due time.Time, err error) {
	for {
		f, due := normalize.Ownership(said, all.decisions, all.findings, w.at)
		if f == nil || w.anew { // a rebuild judges nothing anew
			return due, nil
		}
		if f.Seq, err = next(w.tx, seqEvent); err != nil {
			return due, err
		}
		f.At = w.at
		if err := errors.Join(write(w.tx, tFindings, number(f.Seq), *f), w.tx.Put(tConcerns, under(f.Subject, f.Seq), nil)); err != nil {
			return due, err
		}
		all.findings = append(all.findings, *f)
	}
}

// stub keeps a merged record as it would be alone, so that its address answers and a split restores it.
func (w *work) stub(id, root string) error {
	own, err := gather(w.tx, []string{id})
	if err != nil {
		return err
	}
	own.decisions = slices.DeleteFunc(own.decisions, func(d stoa.Decision) bool {
		return d.Action == stoa.Merge || d.Action == stoa.Split
	})
	own.findings = slices.DeleteFunc(own.findings, func(f stoa.Finding) bool { return f.Kind == stoa.Join })
	rec := normalize.ComposeBy(w.time(), own.said(), own.decisions, own.findings)
	rec.ID, rec.MergedInto = id, root
	rec.NextChange, rec.NextCheck = time.Time{}, time.Time{} // the survivor follows the calendar
	w.lastSeen(&rec, own.observations)
	if err := errors.Join(w.keep(rec), w.fileRuled(rec, own)); err != nil {
		return err
	}
	if _, err := w.question(nil, rec); err != nil {
		return err
	}
	return w.enqueue(rec, facts{}, nil)
}

// lastSeen fills in when a vanished item was last listed. Where it is listed still, Get derives it from the source's
// last complete run, so that an unchanged run writes nothing.
func (w *work) lastSeen(rec *stoa.Record, observations []observation) {
	for i, s := range rec.Sightings {
		for _, o := range observations {
			if o.Source == s.Source && o.Key == s.Key && o.Last.After(s.Last) {
				rec.Sightings[i].Last = o.Last
			}
		}
	}
}

// keep stores a composed record when it differs from the stored one, and numbers the change when readers can see it.
func (w *work) keep(rec stoa.Record) error {
	who, err := w.identify(rec.ID)
	if err != nil {
		return err
	}
	rec.Slug = slug(rec.Title)
	dress(&rec, who)
	same, err := w.as(rec)
	if err != nil || same && !w.anew {
		return err
	}
	old, err := w.stored(rec.ID)
	if err != nil {
		return err
	}
	if !same && w.anew { // what is planned for a record is no change of it
		dress(&rec, who)
		if same, err = alike(old.Record, rec); err != nil {
			return err
		}
	}
	if !same {
		if err := w.show(&rec, old.Record, who); err != nil {
			return err
		}
	}
	if w.anew {
		old = record{} // the tables below were emptied
	}
	return errors.Join(
		w.recount(old, rec), w.stand(old.Record, rec), w.plan(rec.ID, old.NextChange, rec.NextChange),
		w.schedule(old.whole(), rec), write(w.tx, tRecords, []byte(rec.ID), filed(rec)),
	)
}

// as reports whether a record is stored as it is, to the byte.
func (w *work) as(rec stoa.Record) (bool, error) {
	old, err := w.tx.Get(tRecords, []byte(rec.ID))
	if errors.Is(err, stoa.ErrNotFound) || w.anew && errors.Is(err, stoa.ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(filed(rec))
	if err != nil {
		return false, fmt.Errorf("encode record %s: %w", rec.ID, err)
	}
	return bytes.Equal(b, old), nil
}

// stored returns the record as it was kept last; Rebuild goes on where it cannot be read any more.
func (w *work) stored(id string) (record, error) {
	old, err := readOr[record](w.tx, tRecords, []byte(id))
	if w.anew && errors.Is(err, stoa.ErrDamaged) {
		w.log.Warn("record was damaged and is computed anew", "record", id, "err", err)
		return record{}, nil
	}
	return old, err
}

// show gives a record that differs its new version, and numbers what readers see of the step.
func (w *work) show(rec *stoa.Record, old stoa.Record, who identity) error {
	op, into := seen(old, *rec)
	who.Version++
	if op != "" {
		who.Changed = w.at
	}
	if who.FirstListed.IsZero() && rec.Public() {
		who.FirstListed = w.at
	}
	dress(rec, who)
	if err := write(w.tx, tIdentities, []byte(rec.ID), who); err != nil || op == "" {
		return err
	}
	return w.change(stoa.Change{Op: op, Record: rec.ID, Into: into})
}

func dress(rec *stoa.Record, who identity) {
	rec.Short, rec.Version, rec.FirstListed, rec.Changed = who.Short, who.Version, who.FirstListed, who.Changed
}

// alike reports whether two values are stored as the same bytes.
func alike(a, b any) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("encode: %w", err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("encode: %w", err)
	}
	return bytes.Equal(x, y), nil
}

// seen tells what readers see of the step from one record to the next; "" is nothing.
func seen(old, now stoa.Record) (op stoa.Op, into string) {
	switch {
	case !old.Public() && !now.Public():
		return "", ""
	case !old.Public():
		return stoa.OpListed, ""
	case now.MergedInto != "":
		return stoa.OpMerged, now.MergedInto
	case !now.Public():
		return stoa.OpRemoved, ""
	case !old.Stale() && now.Stale():
		return stoa.OpStale, ""
	}
	if same, err := alike(record{Record: shown(old)}, record{Record: shown(now)}); err == nil && same {
		return "", ""
	}
	return stoa.OpChanged, ""
}

// shown is a record without what changes though nothing a reader follows does: who said so and when, what
// the machine thinks, when the link was last looked at, and the dates in the reasons: the rules tell what changed.
func shown(r stoa.Record) stoa.Record {
	r.Version, r.Changed, r.Checked, r.FirstListed = 0, time.Time{}, time.Time{}, time.Time{}
	r.Provenance, r.Verdicts, r.Reasons, r.Grounds = nil, nil, nil, nil
	r.NextChange, r.NextCheck = time.Time{}, time.Time{}
	r.Rules = slices.DeleteFunc(slices.Clone(r.Rules), func(s string) bool { return s == "S31" }) // said once, of a link that works again
	r.Sightings = slices.Clone(r.Sightings)
	for i := range r.Sightings {
		r.Sightings[i].Last, r.Sightings[i].Key = time.Time{}, ""
	}
	return r
}

// change appends to the log of what readers can see.
func (w *work) change(ch stoa.Change) error {
	seq, err := next(w.tx, seqChange)
	if err != nil {
		return err
	}
	ch.Seq, ch.At, ch.By = seq, w.at, w.by
	w.changes++
	return write(w.tx, tChanges, number(seq), ch)
}

// plan files when the calendar will change a record.
func (w *work) plan(id string, old, at time.Time) error {
	if old.Equal(at) {
		return nil
	}
	if !old.IsZero() {
		if err := w.tx.Delete(tCalendar, instant(old, id)); err != nil {
			return err
		}
	}
	if at.IsZero() {
		return nil
	}
	return w.tx.Put(tCalendar, instant(at, id), nil)
}

// instant is a key in order of time. Times before 1970 count as 1970.
func instant(t time.Time, id string) []byte {
	return append(number(uint64(max(t.UnixMilli(), 0))), id...)
}

// recount keeps the numbers of records by state.
func (w *work) recount(old record, rec stoa.Record) error {
	names := func(r stoa.Record) []string {
		switch {
		case r.ID == "":
			return nil
		case r.MergedInto != "":
			return []string{"merged"}
		case r.Public() && r.Stale():
			return []string{"state " + string(r.State), "stale"}
		}
		return []string{"state " + string(r.State)}
	}
	for _, n := range names(old.Record) {
		if err := w.count(n, -1); err != nil {
			return err
		}
	}
	for _, n := range names(rec) {
		if err := w.count(n, 1); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) count(name string, by int) error {
	n, err := readOr[int](w.tx, tCounts, []byte(name))
	if err != nil {
		return err
	}
	if n += by; n == 0 {
		return w.tx.Delete(tCounts, []byte(name))
	}
	return write(w.tx, tCounts, []byte(name), n)
}
