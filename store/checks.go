package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/link"
	"stoa/normalize/stale"
)

// DueChecks returns at most limit links that are due to be looked at by an instant, the longest due first; limit 0 is
// 100, and 10,000 is the most. With hosts it returns links of these hosts alone.
func (c *Catalogue) DueChecks(ctx context.Context, by time.Time, hosts []string, limit int) (out []stoa.DueCheck, err error) {
	limit = bounded(limit, 100, 10_000)
	err = c.engine.View(ctx, func(tx Tx) error {
		out = nil
		seen := 0
		return tx.Scan(tChecks, Range{To: instant(by.Add(time.Millisecond), "")}, func(k, v []byte) error {
			if seen++; seen%4096 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if len(k) < 8 || len(v) < 8 || len(hosts) > 0 && !slices.Contains(hosts, string(v[8:])) {
				return nil
			}
			d := stoa.DueCheck{Record: string(k[8:]), Host: string(v[8:]), At: time.UnixMilli(int64(numberOf(k[:8]))).UTC()}
			if last := numberOf(v[:8]); last > 0 {
				d.Last = time.UnixMilli(int64(last)).UTC()
			}
			out = append(out, d)
			if len(out) == limit {
				return Stop
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("due checks: %w", err)
	}
	return out, nil
}

// schedule files when a record's link is due to be looked at, and on which host.
func (w *work) schedule(old, rec stoa.Record) error {
	same := old.URL == rec.URL || link.Host(old.URL) == link.Host(rec.URL)
	if old.NextCheck.Equal(rec.NextCheck) && old.Checked.Equal(rec.Checked) && same {
		return nil
	}
	if !old.NextCheck.IsZero() {
		if err := w.tx.Delete(tChecks, instant(old.NextCheck, rec.ID)); err != nil {
			return err
		}
	}
	if rec.NextCheck.IsZero() {
		return nil
	}
	return w.tx.Put(tChecks, instant(rec.NextCheck, rec.ID), instant(rec.Checked, link.Host(rec.URL)))
}

// thin drops looks at the same address that no rule needs any more, now that another was kept.
func (w *work) thin(f stoa.Finding) error {
	if f.Check == nil {
		return nil
	}
	all, err := findingsOn(w.tx, f.Subject)
	if err != nil {
		return err
	}
	rec, err := w.stored(f.Subject)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x stoa.Finding) bool { return x.Kind != stoa.Link || x.Check == nil || x.Value != f.Value })
	slices.SortStableFunc(all, func(a, b stoa.Finding) int { return a.Check.At.Compare(b.Check.At) })
	in := stale.Input{URL: f.Value, Kind: rec.Kind, Title: rec.Title}
	if in.URL == "" {
		in.URL = rec.URL
	}
	for _, x := range all {
		in.Checks = append(in.Checks, *x.Check)
	}
	for _, i := range in.Spare() {
		err := errors.Join(w.tx.Delete(tFindings, number(all[i].Seq)), w.tx.Delete(tConcerns, under(f.Subject, all[i].Seq)))
		if err != nil {
			return err
		}
	}
	return nil
}

// time is what the rules take for the time of this transaction.
func (w *work) time() normalize.Clock {
	c := normalize.Clock{Now: w.at}
	if w.lag == nil {
		return c
	}
	if lag, trusted := w.lag(); lag != 0 && w.at.Before(trusted) {
		c.Steady, c.Trusted = w.at.Add(-lag), trusted.UTC().Truncate(time.Millisecond)
	}
	return c
}

// mostIncidents bounds the incidents that are remembered of one source.
const mostIncidents = 50

// Incident opens an incident of a source, or tells that it goes on; one without text ends it. Incidents are told apart by
// rule and About. The incident comes back as kept, with the time since when it lasts; the zero value is one that ended.
func (c *Catalogue) Incident(ctx context.Context, i stoa.Incident) (kept stoa.Incident, err error) {
	if i.Source == "" || i.Rule == "" {
		return kept, fmt.Errorf("%w incident: source %q, rule %q", stoa.ErrInvalid, i.Source, i.Rule)
	}
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return kept, err
	}
	defer leave()
	err = c.update(ctx, func(w *work) error {
		s, err := sourceOf(w.tx, i.Source)
		if err != nil {
			return err
		}
		kept = stoa.Incident{}
		at := slices.IndexFunc(s.Incidents, func(o stoa.Incident) bool { return o.Rule == i.Rule && o.About == i.About })
		switch {
		case i.Text == "" && at < 0:
			return nil
		case i.Text == "":
			s.Incidents = slices.Delete(s.Incidents, at, at+1)
			err = w.unqueue(i.Source, incidentName(i))
		default:
			kept = i
			switch kept.Since, kept.Last = w.at, w.at; {
			case at >= 0:
				kept.Since = s.Incidents[at].Since
				s.Incidents[at] = kept
			case len(s.Incidents) == mostIncidents:
				return nil // a person has enough to look at there
			default:
				s.Incidents = append(s.Incidents, kept)
			}
			err = w.trouble(kept)
		}
		return errors.Join(err, write(w.tx, tSources, []byte(i.Source), s))
	})
	if err != nil {
		return stoa.Incident{}, fmt.Errorf("keep incident of %s: %w", i.Source, err)
	}
	return kept, nil
}

func incidentName(i stoa.Incident) string { return stoa.ReasonIncident + " " + i.Rule + " " + i.About }

// trouble queues an incident of a source: after held runs, before all else.
func (w *work) trouble(i stoa.Incident) error {
	t := task{Task: stoa.Task{Subject: i.Source, Reason: stoa.ReasonIncident, Since: i.Since, Why: []string{i.Rule, i.Text}, Weight: weights[stoa.ReasonIncident]}}
	t.Sources = []string{i.Source}
	return w.queue(i.Source, incidentName(i), t)
}

// switchesOf returns what people ruled on the sources of observations that bears on their records: switches of staleness rules, and takedowns.
func switchesOf(tx Tx, observations []observation) ([]stoa.Decision, error) {
	var out []stoa.Decision
	var asked []string
	for _, o := range observations {
		if slices.Contains(asked, o.Source) {
			continue
		}
		asked = append(asked, o.Source)
		rulings, err := rulingsOn(tx, o.Source)
		if err != nil {
			return nil, err
		}
		out = append(out, slices.DeleteFunc(inForce(rulings), func(d stoa.Decision) bool {
			return d.Action != stoa.Switch && d.Action != stoa.Takedown
		})...)
	}
	return out, nil
}

// nudge has the calendar compose every record of a source anew, at once: Advance takes them in batches.
func (w *work) nudge(source string) error {
	return w.tx.Scan(tObservations, part(source), func(k, b []byte) error {
		var o observation
		if err := decode(tObservations, k, b, &o); err != nil {
			return err
		}
		root, err := rootOf(w.tx, o.Record)
		if err != nil {
			return err
		}
		return w.tx.Put(tCalendar, instant(w.at, root), nil)
	})
}

// unnudge takes from the calendar what is due there for another reason than the records' own dates.
func (w *work) unnudge(due [][]byte) error {
	for _, k := range due {
		id := string(k[8:])
		rec, err := w.stored(id)
		if err != nil {
			return err
		}
		if string(k) != string(instant(rec.NextChange, id)) {
			if err := w.tx.Delete(tCalendar, k); err != nil {
				return err
			}
		}
	}
	return nil
}
