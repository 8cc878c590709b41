package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"stoa"
)

// Rebuild computes everything that is computed anew: records, merges, match keys, calendar, queue and counts. What was
// stored (observations, decisions, findings) and what was promised (ids, versions, changes, conflict numbers) stays.
// It classifies and joins nothing anew, and takes as its time that of the last composition, so the result is the same
// to the byte. It returns how many records came out different in public; their changes are numbered. Whoever wants to
// change something waits meanwhile; records can be read. It runs in batches; after a kill Open runs it again.
func (c *Catalogue) Rebuild(ctx context.Context) (differing int, err error) {
	leave, err := c.gate.alone(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	defer c.announce()
	if differing, err = c.rebuild(ctx); err != nil {
		return differing, fmt.Errorf("rebuild: %w", err)
	}
	return differing, nil
}

func (c *Catalogue) rebuild(ctx context.Context) (differing int, err error) {
	defer c.tally.forget()
	at := c.now()
	err = c.engine.Update(ctx, func(tx Tx) error {
		if was, err := readOr[time.Time](tx, tMeta, metaNow); err != nil || !was.IsZero() {
			at = was
		}
		return write(tx, tMeta, metaRebuild, true)
	})
	if err != nil {
		return 0, err
	}
	if err := c.clear(ctx, computed()...); err != nil {
		return 0, err
	}
	if err := c.refile(ctx); err != nil {
		return 0, err
	}
	// Families first: a record is composed with all that are merged into it.
	for _, step := range []func(*work, []string) error{(*work).placeAll, (*work).composeAll} {
		n, err := c.eachRecord(ctx, at, step)
		if differing += n; err != nil {
			return differing, err
		}
	}
	return differing, c.update(ctx, func(w *work) error {
		if err := errors.Join(w.incidents(), w.letters(), w.motions()); err != nil {
			return err
		}
		return w.tx.Delete(tMeta, metaRebuild)
	})
}

// eachRecord runs a step over all records, a batch in a transaction.
func (c *Catalogue) eachRecord(ctx context.Context, at time.Time, step func(*work, []string) error) (changes int, err error) {
	for after := ""; ; {
		ids, err := c.idsAfter(ctx, tIdentities, after, advanced)
		if err != nil || len(ids) == 0 {
			return changes, err
		}
		after = ids[len(ids)-1]
		n := 0
		err = c.engine.Update(ctx, func(tx Tx) error {
			held := warmed(tx)
			w := &work{Catalogue: c, tx: held, at: at, by: "rule:rebuild", known: map[string]bool{}, anew: true}
			if err := step(w, ids); err != nil {
				return err
			}
			n = w.changes
			return held.flush()
		})
		if changes += n; err != nil {
			return changes, err
		}
	}
}

// placeAll derives what the records are merged into, and files them for matching.
func (w *work) placeAll(ids []string) error {
	for _, id := range ids {
		if err := w.place(id); err != nil {
			return err
		}
		own, err := observationsOf(w.tx, id)
		if err != nil {
			return err
		}
		for _, o := range own {
			if err := w.file(entryOf(o.Observation), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// composeAll composes those of the records that readers see, with all that are merged into them.
func (w *work) composeAll(ids []string) error {
	for _, id := range ids {
		root, err := rootOf(w.tx, id)
		if err != nil {
			return err
		}
		if root != id {
			continue
		}
		if err := w.compose(id); err != nil {
			return fmt.Errorf("compose %s: %w", id, err)
		}
	}
	return w.askAgain()
}

// incidents queues the held runs and what is wrong with sources.
func (w *work) incidents() error {
	all, err := values[source](w.tx, tSources, Range{}, 0)
	if err != nil {
		return err
	}
	for _, s := range all {
		for _, i := range s.Incidents {
			if err := w.trouble(i); err != nil {
				return err
			}
		}
		if s.Held == "" {
			continue
		}
		run, err := read[stoa.Run](w.tx, tRuns, []byte(s.Held))
		if err != nil {
			return fmt.Errorf("run %s: %w", s.Held, err)
		}
		if err := w.incident(run); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalogue) idsAfter(ctx context.Context, table, after string, limit int) (ids []string, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		keys, err := keysIn(tx, table, Range{From: []byte(after + sep)}, limit)
		ids = nil
		for _, k := range keys {
			ids = append(ids, string(k))
		}
		return err
	})
	return ids, err
}

// clear empties tables in batches.
func (c *Catalogue) clear(ctx context.Context, names ...string) error {
	for _, name := range names {
		for n := stageItems; n == stageItems; {
			err := c.engine.Update(ctx, func(tx Tx) error {
				keys, err := keysIn(tx, name, Range{}, stageItems)
				if err != nil {
					return err
				}
				n = len(keys)
				for _, k := range keys {
					if err := tx.Delete(name, k); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// refile files every observation under its record again.
func (c *Catalogue) refile(ctx context.Context) error {
	for from := []byte(nil); ; {
		n := 0
		err := c.engine.Update(ctx, func(tx Tx) error {
			found := map[string]stoa.Observation{}
			n = 0
			err := tx.Scan(tObservations, Range{From: from}, func(k, b []byte) error {
				var o observation
				if err := decode(tObservations, k, b, &o); err != nil {
					return err
				}
				found[string(k)] = o.Observation
				if n++; n == advanced {
					return Stop
				}
				return nil
			})
			if err != nil {
				return err
			}
			for k, o := range found {
				err := errors.Join(tx.Put(tMembers, key(o.Record, k), nil), write(tx, tPrints, []byte(k), markOf(o)))
				if err != nil {
					return err
				}
				if from == nil || strings.Compare(k, string(from)) >= 0 {
					from = append([]byte(k), 0)
				}
			}
			return nil
		})
		if err != nil || n < advanced {
			return err
		}
	}
}

// Faults walks the catalogue and reports every place that does not fit the rest: bytes that are not those written,
// values that cannot be read, records that composing does not give.
func (c *Catalogue) Faults(ctx context.Context, report func(Fault)) error {
	if err := c.engine.Verify(ctx, report); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	for after := ""; ; {
		ids, err := c.idsAfter(ctx, tIdentities, after, advanced)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		err = c.engine.View(ctx, func(tx Tx) error {
			for _, id := range ids {
				r, err := read[record](tx, tRecords, []byte(id))
				if err != nil {
					report(Fault{Table: tRecords, Key: id, What: err.Error()})
					continue
				}
				if _, err := gather(tx, []string{r.ID}); err != nil {
					report(Fault{Table: tRecords, Key: id, What: err.Error()})
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
	}
}

// Verify reads all that is stored and returns stoa.ErrDamaged with the places that are hurt, at most a hundred of them.
func (c *Catalogue) Verify(ctx context.Context) error {
	var faults []string
	err := c.Faults(ctx, func(f Fault) {
		if len(faults) < 100 {
			faults = append(faults, strings.TrimSpace(fmt.Sprintf("%s %s: %s", f.Table, f.Key, f.What)))
		}
	})
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return fmt.Errorf("%w in these places; restore a backup:\n%s", stoa.ErrDamaged, strings.Join(faults, "\n"))
	}
	return nil
}

// Backup writes a consistent copy into a new file while work goes on, and proves it by reading it back.
func (c *Catalogue) Backup(ctx context.Context, path string) error { return c.engine.Backup(ctx, path) }
