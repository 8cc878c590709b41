package store

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"stoa"
)

// longestInvite bounds for how long a partner's link opens.
const longestInvite = 400 * 24 * time.Hour

// prepareInvite checks what a partner's link is for.
func (w *work) prepareInvite(d *stoa.Decision) error {
	until, err := stoa.ParseDate(d.Value)
	switch {
	case err != nil || until.Precision() != stoa.Day:
		return fmt.Errorf("%w value %q: want a day (YYYY-MM-DD) until which the link opens", stoa.ErrInvalid, clip(d.Value))
	case !until.Finish(time.UTC).After(w.at), until.Begin(time.UTC).Sub(w.at) > longestInvite:
		return fmt.Errorf("%w value %q: want a day within %d days", stoa.ErrInvalid, clip(d.Value), int(longestInvite/(24*time.Hour)))
	case utf8.RuneCountInString(d.Subject) > 200:
		return fmt.Errorf("%w subject: want the name of an organisation", stoa.ErrInvalid)
	}
	return nil
}

// Decision returns a decision by its id and whether it is in force, or stoa.ErrNotFound.
func (c *Catalogue) Decision(ctx context.Context, id string) (d stoa.Decision, inForceNow bool, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		w := &work{Catalogue: c, tx: tx}
		if d, err = w.decision(id); err != nil {
			return err
		}
		rulings, err := rulingsOn(tx, d.Subject)
		inForceNow = slices.ContainsFunc(inForce(rulings), func(x stoa.Decision) bool { return x.ID == d.ID })
		return err
	})
	if err != nil {
		return stoa.Decision{}, false, fmt.Errorf("decision %q: %w", clip(id), err)
	}
	return d, inForceNow, nil
}

// ListedBy returns at most limit records that some sources list or listed, after a place in the list; "" begins it. next
// is the place after them, "" at the end. A record that is merged away stands for the one that it is part of.
func (c *Catalogue) ListedBy(ctx context.Context, sources []string, after string, limit int) (out []stoa.Record, next string, err error) {
	limit = bounded(limit, 100, 1000)
	sources = slices.Sorted(slices.Values(sources))
	err = c.engine.View(ctx, func(tx Tx) error {
		out, next = nil, ""
		seen := map[string]bool{}
		for _, source := range sources {
			r := part(source)
			if r.To != nil && after >= string(r.To) {
				continue
			}
			if after > string(r.From) {
				r.From = append([]byte(after), 0)
			}
			keys, roots, err := recordsIn(tx, r, limit-len(out)+1, seen)
			if err != nil {
				return err
			}
			for i, id := range roots {
				if len(out) == limit {
					return nil
				}
				rec, err := get(tx, id)
				if err != nil {
					return err
				}
				out, next = append(out, rec), keys[i]
			}
		}
		next = ""
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("list records of sources: %w", err)
	}
	return out, next, nil
}

// recordsIn returns the records of a stretch of observations, each once, and the key at which each was met.
func recordsIn(tx Tx, r Range, limit int, seen map[string]bool) (keys, roots []string, err error) {
	var ids []string
	err = tx.Scan(tObservations, r, func(k, b []byte) error {
		var o struct {
			Record string `json:"record"`
		}
		if err := decode(tObservations, k, b, &o); err != nil {
			return err
		}
		root, err := rootOf(tx, o.Record)
		if err != nil || seen[root] {
			return err
		}
		seen[root] = true
		keys, ids = append(keys, string(k)), append(ids, root)
		if len(ids) == limit {
			return Stop
		}
		return nil
	})
	return keys, ids, err
}

// Waits returns since when each task of the queue waits, by reason, at most a number in all.
func (c *Catalogue) Waits(ctx context.Context, limit int) (out map[string][]time.Time, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		out = map[string][]time.Time{}
		n := 0
		return tx.Scan(tQueue, Range{}, func(k, b []byte) error {
			var t struct {
				Reason string    `json:"reason"`
				Since  time.Time `json:"since"`
			}
			if err := decode(tQueue, k, b, &t); err != nil {
				return err
			}
			out[t.Reason] = append(out[t.Reason], t.Since)
			if n++; n == limit {
				return Stop
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("ages of the queue: %w", err)
	}
	return out, nil
}

// concludedScan is how many findings Concluded reads at most before it gives what it has.
const concludedScan = 50_000

// Concluded returns at most limit findings of a rule, newest first, before the number before (0: from the end). older is
// the number before which to go on, 0 at the end.
func (c *Catalogue) Concluded(ctx context.Context, rule string, before uint64, limit int) (out []stoa.Finding, older uint64, err error) {
	r := Range{Reverse: true}
	if before > 0 {
		r.To = number(before)
	}
	limit = bounded(limit, 100, 1000)
	err = c.engine.View(ctx, func(tx Tx) error {
		out, older = nil, 0
		read := 0
		return tx.Scan(tFindings, r, func(k, b []byte) error {
			var f stoa.Finding
			if err := decode(tFindings, k, b, &f); err != nil {
				return err
			}
			if f.Rule == rule {
				out = append(out, f)
			}
			if read++; len(out) == limit || read == concludedScan {
				older = f.Seq
				return Stop
			}
			return nil
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("findings of rule %q: %w", clip(rule), err)
	}
	return out, older, nil
}
