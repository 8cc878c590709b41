package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/normalize"
)

// get reads a record and fills in when each source last listed it.
func get(tx Tx, id string) (stoa.Record, error) {
	r, err := read[record](tx, tRecords, []byte(id))
	if err != nil {
		return stoa.Record{}, err
	}
	rec := r.whole()
	for i, s := range rec.Sightings {
		if !s.Vanished.IsZero() {
			continue
		}
		at, err := readOr[time.Time](tx, tSeen, []byte(s.Source))
		if err != nil {
			return rec, err
		}
		if at.After(s.Last) {
			rec.Sightings[i].Last = at
		}
	}
	return rec, nil
}

// Get returns a record by its id or short id, whatever its state; a merged one says what it is merged into. Absence is
// stoa.ErrNotFound.
func (c *Catalogue) Get(ctx context.Context, id string) (rec stoa.Record, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		full, err := resolve(tx, id)
		if err != nil {
			return err
		}
		rec, err = get(tx, full)
		return err
	})
	if err != nil {
		return stoa.Record{}, fmt.Errorf("record %q: %w", clip(id), err)
	}
	return rec, nil
}

const pageRecords = 200

// Records yields every record after an id, in order of ids, whatever its state, merged ones too. No transaction is
// open while the caller looks at one. The first error ends it.
func (c *Catalogue) Records(ctx context.Context, after string) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		for {
			page, err := c.recordsAfter(ctx, after)
			if err != nil {
				yield(stoa.Record{}, fmt.Errorf("list records: %w", err))
				return
			}
			for _, r := range page {
				if after = r.ID; !yield(r, nil) {
					return
				}
			}
			if len(page) < pageRecords {
				return
			}
		}
	}
}

func (c *Catalogue) recordsAfter(ctx context.Context, id string) (page []stoa.Record, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		keys, err := keysIn(tx, tRecords, Range{From: []byte(id + sep)}, pageRecords)
		page = nil
		for _, k := range keys {
			rec, err := get(tx, string(k))
			if err != nil {
				return err
			}
			page = append(page, rec)
		}
		return err
	})
	return page, err
}

// Changes returns at most limit changes after the number since, oldest first; limit 0 is 100, and 10,000 is the most.
func (c *Catalogue) Changes(ctx context.Context, since uint64, limit int) (out []stoa.Change, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		out, err = values[stoa.Change](tx, tChanges, Range{From: number(since + 1)}, bounded(limit, 100, 10_000))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("changes since %d: %w", since, err)
	}
	return out, nil
}

// Latest returns at most limit changes, newest first, before the number before (0: from the end).
func (c *Catalogue) Latest(ctx context.Context, before uint64, limit int) (out []stoa.Change, err error) {
	r := Range{Reverse: true}
	if before > 0 {
		r.To = number(before)
	}
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		out, err = values[stoa.Change](tx, tChanges, r, bounded(limit, 100, 10_000))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("latest changes: %w", err)
	}
	return out, nil
}

// Observation returns what a source last said under a key, or stoa.ErrNotFound.
func (c *Catalogue) Observation(ctx context.Context, source, key string) (stoa.Observation, error) {
	var o observation
	err := c.engine.View(ctx, func(tx Tx) (err error) {
		if o, err = read[observation](tx, tObservations, itemKey(source, key)); err != nil {
			return err
		}
		return wholeItem(tx, &o)
	})
	if err != nil {
		return stoa.Observation{}, fmt.Errorf("observation %q of %s: %w", clip(key), source, err)
	}
	return o.Observation, nil
}

// allOf reads all that is known of a record and of those merged into it.
func allOf(tx Tx, id string) (facts, error) {
	full, err := resolve(tx, id)
	if err != nil {
		return facts{}, err
	}
	family, err := familyOf(tx, full)
	if err != nil {
		return facts{}, err
	}
	return gather(tx, family)
}

// Observations returns what sources say of a record and of those merged into it, with the whole items, but for words that were taken down.
func (c *Catalogue) Observations(ctx context.Context, id string) (out []stoa.Observation, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		all, err := allOf(tx, id)
		if err != nil {
			return err
		}
		for i := range all.observations {
			if err := wholeItem(tx, &all.observations[i]); err != nil {
				return err
			}
		}
		out = all.said()
		normalize.Hush(out, inForce(all.decisions), all.ids)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", clip(id), err)
	}
	return out, nil
}

// Findings returns what rules concluded about a record and about those merged into it, oldest first.
func (c *Catalogue) Findings(ctx context.Context, id string) (out []stoa.Finding, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		all, err := allOf(tx, id)
		if err != nil {
			return err
		}
		out = all.findings
		for _, member := range all.ids {
			filed, err := offersOn(tx, member, 0)
			if err != nil {
				return err
			}
			for _, o := range filed {
				f, err := read[stoa.Finding](tx, tFindings, number(o.seq))
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(out, func(x stoa.Finding) bool { return x.Seq == f.Seq }) {
					out = append(out, f)
				}
			}
		}
		slices.SortFunc(out, func(a, b stoa.Finding) int { return cmp.Compare(a.Seq, b.Seq) })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", clip(id), err)
	}
	return out, nil
}

// Decisions returns what people ruled about a subject, oldest first: a record with those merged into it, a run, a
// source, or the number of a conflict.
func (c *Catalogue) Decisions(ctx context.Context, subject string) (out []stoa.Decision, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		family := []string{subject}
		if full, err := resolve(tx, subject); err == nil {
			if family, err = familyOf(tx, full); err != nil {
				return err
			}
		}
		all, err := gather(tx, family)
		out = all.decisions
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("decisions on %q: %w", clip(subject), err)
	}
	return out, nil
}

// Log returns at most limit decisions on anything, newest first, before the number before (0: from the end).
func (c *Catalogue) Log(ctx context.Context, before uint64, limit int) (out []stoa.Decision, err error) {
	r := Range{Reverse: true}
	if before > 0 {
		r.To = number(before)
	}
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		out, err = values[stoa.Decision](tx, tDecisions, r, bounded(limit, 100, 10_000))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("log of decisions: %w", err)
	}
	return out, nil
}

// Conflicts returns all questions that were ever asked about a record, by number; settled ones say by what.
func (c *Catalogue) Conflicts(ctx context.Context, id string) (out []stoa.Conflict, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		full, err := resolve(tx, id)
		if err != nil {
			return err
		}
		out, err = questionsOn(tx, full)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("conflicts of %q: %w", clip(id), err)
	}
	return out, nil
}

// Conflict returns a numbered question, settled or not, or stoa.ErrNotFound.
func (c *Catalogue) Conflict(ctx context.Context, n uint64) (q stoa.Conflict, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		q, err = read[stoa.Conflict](tx, tConflicts, number(n))
		return err
	})
	if err != nil {
		return stoa.Conflict{}, fmt.Errorf("conflict %d: %w", n, err)
	}
	return q, nil
}

// due returns at most limit entries of the calendar (an instant, then a record) up to an instant, the longest due first.
func (c *Catalogue) due(ctx context.Context, by time.Time, limit int) (keys [][]byte, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		keys, err = keysIn(tx, tCalendar, Range{To: instant(by.Add(time.Millisecond), "")}, limit)
		return err
	})
	return keys, err
}

// Stats counts what the store holds.
func (c *Catalogue) Stats(ctx context.Context) (s stoa.Stats, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		s = stoa.Stats{Records: map[stoa.State]int{}, Queue: map[string]int{}, Schema: Schema}
		err := tx.Scan(tCounts, Range{}, func(k, b []byte) error {
			var n int
			if err := decode(tCounts, k, b, &n); err != nil {
				return err
			}
			tell(&s, string(k), n)
			return nil
		})
		if err != nil {
			return err
		}
		s.Conflicts = s.Queue[stoa.ReasonConflict]
		sources, err := keysIn(tx, tSources, Range{}, 0)
		if err != nil {
			return err
		}
		s.Sources = len(sources)
		if s.Changes, err = current(tx, seqChange); err != nil || s.Changes == 0 {
			return err
		}
		ch, err := read[stoa.Change](tx, tChanges, number(s.Changes))
		s.Changed = ch.At
		return err
	})
	if err != nil {
		return stoa.Stats{}, fmt.Errorf("stats: %w", err)
	}
	if sized, ok := c.engine.(interface{ Size() int64 }); ok {
		s.Bytes = sized.Size()
	}
	return s, nil
}

// tell puts a stored count where it belongs.
func tell(s *stoa.Stats, name string, n int) {
	kind, of, _ := strings.Cut(name, " ")
	switch kind {
	case "state":
		s.Records[stoa.State(of)] = n
	case "queue":
		s.Queue[of] = n
	case "stale":
		s.Stale = n
	case "merged":
		s.Merged = n
	}
}
