package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stoa"
)

// What a run brought waits in tStaged under the run's id: observations, and the keys of what it lacked. It is read by
// nobody until the run counts. Then either one transaction applies all of it, or, for a large run, one marks the
// run as counting and further ones apply it in batches; a kill between them is made good by Open.

// Sorts of staged rows. They are applied in this order.
const (
	stagedHow   = "0" // of a held run: what is needed to apply the rest
	stagedName  = "1" // a known item under a new key
	stagedItem  = "2"
	stagedFresh = "3" // the run was the first to lack it
	stagedAgain = "4" // an earlier run lacked it too
)

// stage writes the batch under the run's id.
func (in *intake) stage(ctx context.Context) error {
	for len(in.batch) > 0 {
		n := min(len(in.batch), stageItems)
		err := in.engine.Update(ctx, func(tx Tx) error { return in.put(tx, in.batch[:n]) })
		if err != nil {
			return err
		}
		in.staged += n
		in.batch = in.batch[n:]
	}
	in.batch, in.weight = nil, 0
	return nil
}

func (in *intake) put(tx Tx, batch []pending) error {
	for _, p := range batch {
		if err := write(tx, tStaged, key(in.run.ID, stagedItem, string(itemKey("", p.Item.Key))), p); err != nil {
			return err
		}
	}
	return nil
}

// stageRest stages what is left of the batch, the new keys of known items, and the keys of what the run lacked.
func (in *intake) stageRest(ctx context.Context, g gone) error {
	if err := in.stage(ctx); err != nil {
		return err
	}
	type row struct {
		key   []byte
		value []byte
	}
	var rows []row
	for _, r := range in.renamed {
		rows = append(rows, row{key(in.run.ID, stagedName, string(itemKey(in.src.ID, r.from))), []byte(r.to)})
	}
	for _, k := range g.fresh {
		rows = append(rows, row{key: key(in.run.ID, stagedFresh, k)})
	}
	for _, k := range g.again {
		rows = append(rows, row{key: key(in.run.ID, stagedAgain, k)})
	}
	for len(rows) > 0 {
		n := min(len(rows), stageItems)
		err := in.engine.Update(ctx, func(tx Tx) error {
			for _, r := range rows[:n] {
				if err := tx.Put(tStaged, r.key, r.value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		in.staged += n
		rows = rows[n:]
	}
	return nil
}

// hold keeps all that the run brought until a person releases or discards it. Nothing changes in public. A run of the
// same source that was held before gives way: the newer one asks the same question with fresher facts.
func (in *intake) hold(ctx context.Context, g gone) error {
	if err := in.stageRest(ctx, g); err != nil {
		return err
	}
	former := ""
	err := in.update(ctx, func(w *work) (err error) {
		if err := write(w.tx, tStaged, key(in.run.ID, stagedHow, ""), in.applied()); err != nil {
			return err
		}
		former, err = w.keepRun(in.run, in.src.Windowed(), nil)
		return err
	})
	if err != nil {
		return err
	}
	in.kept = true
	if former == "" {
		return nil
	}
	return in.drop(ctx, former)
}

// commit makes the run count.
func (in *intake) commit(ctx context.Context, g gone) error {
	small := in.staged == 0 && len(in.batch)+len(in.renamed)+len(g.fresh)+len(g.again) <= stageItems
	if !small {
		if err := in.stageRest(ctx, g); err != nil {
			return err
		}
	}
	former := ""
	err := in.update(ctx, func(w *work) (err error) {
		w.by = "run:" + in.run.ID
		if former, err = w.keepRun(in.run, in.src.Windowed(), in.steps.Validators); err != nil {
			return err
		}
		if err := w.listing(in.run); err != nil {
			return err
		}
		a := in.applied()
		if !small {
			return write(w.tx, tApplying, []byte(in.run.ID), a)
		}
		return w.applyAll(a, in.renamed, in.batch, g)
	})
	if err != nil {
		return err
	}
	in.kept = true
	if former != "" {
		if err := in.drop(ctx, former); err != nil {
			return err
		}
	}
	if small {
		return nil
	}
	return in.resume(context.WithoutCancel(ctx), in.run.ID) // it counts: a run is not left half applied
}

// applied is what is needed of a run and its source to apply what was staged.
type applied struct {
	Run      string           `json:"run"`
	Source   string           `json:"source"`
	Began    time.Time        `json:"began"`
	Trusted  bool             `json:"trusted,omitempty"`
	Good     bool             `json:"good,omitempty"` // read whole
	Rank     int              `json:"rank,omitempty"`
	Means    stoa.VanishMeans `json:"means,omitempty"`
	Zone     string           `json:"zone,omitempty"`
	Terms    stoa.Terms       `json:"terms,omitzero"`
	Complete time.Time        `json:"complete,omitzero"` // the source's last complete run before this one
}

func (in *intake) applied() applied {
	return applied{
		Run: in.run.ID, Source: in.src.ID, Began: in.run.Began, Trusted: in.trusted, Good: in.run.Outcome != stoa.Partial,
		Rank: in.steps.Rank, Means: in.src.VanishMeans, Zone: in.src.Zone, Terms: in.src.Terms,
		Complete: in.state.Complete,
	}
}

func (w *work) applyAll(a applied, names []rename, batch []pending, g gone) error {
	for _, r := range names {
		if err := w.rename(a.Source, itemKey(a.Source, r.from), r.to); err != nil {
			return err
		}
	}
	for _, p := range batch {
		if err := w.observe(a, p); err != nil {
			return err
		}
	}
	for _, k := range g.fresh {
		if err := w.lack(a, []byte(k)); err != nil {
			return err
		}
	}
	for _, k := range g.again {
		if err := w.lack(a, []byte(k)); err != nil {
			return err
		}
	}
	return nil
}

// resume applies what is staged of a run that counts, batch by batch, to its end.
func (c *Catalogue) resume(ctx context.Context, run string) error {
	for more := true; more; {
		err := c.update(ctx, func(w *work) error {
			w.by = "run:" + run
			a, err := read[applied](w.tx, tApplying, []byte(run))
			if err != nil {
				return err
			}
			keys, err := keysIn(w.tx, tStaged, part(run), applyItems)
			if err != nil {
				return err
			}
			if more = len(keys) == applyItems; !more {
				if err := w.tx.Delete(tApplying, []byte(run)); err != nil {
					return err
				}
			}
			return w.applyStaged(a, keys)
		})
		if err != nil {
			return fmt.Errorf("apply run %s: %w", run, err)
		}
	}
	return nil
}

func (w *work) applyStaged(a applied, keys [][]byte) error {
	for _, k := range keys {
		sort, item := string(k[len(a.Run)+1]), k[len(a.Run)+len(sep)+1+len(sep):]
		if err := w.applyRow(a, sort, item, k); err != nil {
			return err
		}
		if err := w.tx.Delete(tStaged, k); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) applyRow(a applied, sort string, item, k []byte) error {
	switch sort {
	case stagedName:
		to, err := w.tx.Get(tStaged, k)
		if err != nil {
			return err
		}
		return w.rename(a.Source, item, string(to))
	case stagedItem:
		p, err := read[pending](w.tx, tStaged, k)
		if err != nil {
			return err
		}
		return w.observe(a, p)
	default:
		return w.lack(a, item)
	}
}

// drop removes what is staged of a run.
func (c *Catalogue) drop(ctx context.Context, run string) error {
	for {
		n := 0
		err := c.engine.Update(ctx, func(tx Tx) error {
			keys, err := keysIn(tx, tStaged, part(run), stageItems)
			if err != nil {
				return err
			}
			n = len(keys)
			for _, k := range keys {
				if err := tx.Delete(tStaged, k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("drop what run %s brought: %w", run, err)
		}
		if n < stageItems {
			return nil
		}
	}
}

// undone is what a kill interrupted.
type undone struct {
	rebuild  bool
	erase    bool     // an erasure was cut short
	counting []string // runs that count and are not applied to their end
	staged   []string // runs that neither count nor are held, but brought something
}

// recover ends what a kill interrupted; behind says not to wait for it.
func (c *Catalogue) recover(ctx context.Context, behind bool) error {
	left, err := c.undone(ctx)
	if err != nil || !left.rebuild && !left.erase && len(left.counting)+len(left.staged) == 0 {
		return err
	}
	leave, err := c.gate.alone(ctx)
	if err != nil {
		return err
	}
	if !behind {
		defer leave()
		return c.end(ctx, left)
	}
	go func() {
		defer leave()
		if err := c.end(context.WithoutCancel(ctx), left); err != nil { // the store was closed, or is hurt
			c.log.Warn("what was cut short is not done; the next start goes on with it", "err", err)
		}
	}()
	return nil
}

func (c *Catalogue) undone(ctx context.Context) (undone, error) {
	var counting, staged []string
	rebuilding, erasing := false, false
	err := c.engine.View(ctx, func(tx Tx) (err error) {
		counting, staged = nil, nil
		if rebuilding, err = has(tx, tMeta, metaRebuild); err != nil {
			return err
		}
		if erasing, err = has(tx, tMeta, metaErase); err != nil {
			return err
		}
		keys, err := keysIn(tx, tApplying, Range{}, 0)
		if err != nil {
			return err
		}
		for _, k := range keys {
			counting = append(counting, string(k))
		}
		for at := (Range{}); ; { // one key of each run
			keys, err := keysIn(tx, tStaged, at, 1)
			if err != nil || len(keys) == 0 {
				return err
			}
			run := string(keys[0][:len(keys[0])-len(last(keys[0], 1))-1])
			at.From = after(key(run, ""))
			waits, err := readOr[stoa.Run](tx, tRuns, []byte(run))
			if err != nil {
				return err
			}
			if !slices.Contains(counting, run) && (waits.Outcome != stoa.Held || waits.Released != "") {
				staged = append(staged, run)
			}
		}
	})
	return undone{rebuilding, erasing, counting, staged}, err
}

// end applies runs that count to their end, and drops what was staged for runs that neither count nor are held.
func (c *Catalogue) end(ctx context.Context, left undone) error {
	if left.rebuild {
		c.log.InfoContext(ctx, "rebuild was cut short and is done again")
		if _, err := c.rebuild(ctx); err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
		c.announce()
	}
	if left.erase {
		if err := c.erase(ctx); err != nil {
			return err
		}
	}
	for _, run := range left.counting {
		c.log.InfoContext(ctx, "run resumed", "run", run)
		if err := c.resume(ctx, run); err != nil {
			return err
		}
	}
	for _, run := range left.staged {
		c.log.InfoContext(ctx, "run never counted", "run", run)
		if err := c.drop(ctx, run); err != nil {
			return err
		}
	}
	return nil
}
