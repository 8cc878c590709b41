package crawler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/normalize/link"
)

// Bounds of S9, by which a host that fails as a whole changes no record.
const (
	togetherLeast = 5                   // addresses of a host that must have been looked at
	togetherMost  = 12                  // addresses that are looked at before their time, to tell a page from its host
	hostPatience  = 30 * 24 * time.Hour // a host that was away longer is no outage any more
	holdFirst     = 6 * time.Hour       // before a host that failed is asked again
	holdMost      = 3 * 24 * time.Hour  // as a suspect link
)

// round is one visit to one host.
type round struct {
	*Checker
	host   string
	v      *visited
	delay  time.Duration
	report func(Look)
	seen   []sighted
	kept   int  // of seen
	spent  bool // no further link of the host can be looked at
	asked  map[string]bool
}

// host looks at some links of one host, one after the other. What fails is kept only when the host as a whole did not
// fail (S9); what endangers readers is kept at once.
func (c *Checker) host(ctx context.Context, name string, ids []string, report func(Look)) error {
	v := c.at(name)
	select {
	case v.busy <- struct{}{}:
		defer func() { <-v.busy }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	r := &round{Checker: c, host: name, v: v, delay: c.delay(name), report: report, asked: map[string]bool{}}
	for len(ids) > 0 {
		if c.held(v) || c.quiet() {
			return nil
		}
		n := min(len(ids), hostRound)
		more, err := r.run(ctx, ids[:n])
		if err != nil || !more {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// run looks at a part of the links and settles it. It reports whether the host may be asked for more.
func (r *round) run(ctx context.Context, ids []string) (more bool, err error) {
	err = r.walk(ctx, ids)
	var wait told
	switch {
	case err == nil:
		return r.settle(ctx)
	case errors.Is(err, errStop):
		return false, context.Cause(ctx)
	case errors.As(err, &wait):
		r.hold(r.v, wait.until)
	case errors.Is(err, errOurs):
		r.rest()
	default:
		return false, err
	}
	clear, _ := r.judge()
	return false, r.flush(ctx, clear && !errors.Is(err, errOurs)) // else what failed before may have had the same cause
}

// walk looks at links until the host is known to fail as a whole, and at further ones where that is not clear. A host
// that failed lately shows by some others first whether it is back.
func (r *round) walk(ctx context.Context, ids []string) error {
	if r.v.step > 0 {
		if err := r.sample(ctx, togetherLeast); err != nil {
			return err
		}
		if _, together := r.judge(); together {
			return nil
		}
	}
	for _, id := range ids {
		if _, err := r.one(ctx, id, false); err != nil {
			return err
		}
		if !r.hopeless() {
			continue
		}
		if err := r.sample(ctx, 0); err != nil {
			return err
		}
		if _, together := r.judge(); together {
			return nil
		}
	}
	return r.sample(ctx, 0)
}

// one looks at one record, if it is still to be looked at; extra ones only when they were good until now.
func (r *round) one(ctx context.Context, id string, extra bool) (looked bool, err error) {
	if r.asked[id] {
		return false, nil
	}
	rec, err := r.Catalogue.Get(ctx, id)
	if err != nil || rec.MergedInto != "" || link.Host(rec.URL) != r.host || extra && !(sighted{rec: rec}).fresh() {
		return false, ignore(err, stoa.ErrNotFound)
	}
	r.asked[id] = true
	s, err := r.look(ctx, rec, r.v, r.delay)
	var wait told
	switch {
	case errors.As(err, &wait):
		r.tell(rec, s, "S4", wait.Error())
	case errors.Is(err, errOurs):
		r.tell(rec, s, "S9", errOurs.Error())
	case err == nil:
		r.seen = append(r.seen, s)
	}
	return true, err
}

func ignore(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

// tell reports a look from which nothing was concluded.
func (r *round) tell(rec stoa.Record, s sighted, rule, text string) {
	s.check.At = r.Now().UTC().Truncate(time.Second)
	l := lookOf(rec, s.check)
	l.Suspended, l.Text = rule, text
	r.report(l)
}

// telling returns the looks that tell of the host, in their order.
func (r *round) telling() []sighted {
	return slices.DeleteFunc(slices.Clone(r.seen), sighted.settled)
}

// hopeless reports whether the last looks all failed, so that going on may only trouble the host.
func (r *round) hopeless() bool {
	all := r.telling()
	return len(all) >= togetherLeast && !slices.ContainsFunc(all[len(all)-togetherLeast:], func(s sighted) bool { return !s.failed() })
}

// judge tells whether the host is clearly fine as a whole, or failed as a whole (S9): from some look on, at least half
// of what was looked at failed, and at least half of what had been good.
func (r *round) judge() (clear, together bool) {
	all := r.telling()
	total, failed, fresh, freshFailed := 0, 0, 0, 0
	for _, s := range slices.Backward(all) {
		total++
		if s.failed() {
			failed++
		}
		if s.fresh() {
			fresh++
		}
		if s.fresh() && s.failed() {
			freshFailed++
		}
		together = together || total >= togetherLeast && failed*2 >= total && fresh > 0 && freshFailed*2 >= fresh
	}
	if failed == 0 {
		return true, false
	}
	return total >= togetherLeast && !together && !all[total-1].failed(), together
}

// sample looks at further links of the host before their time, those that were good, until it is clear whether a
// page failed or its host; at the least given at any rate. Those that are due next come first: their look is done early, and is none that is
// added. Taken at random, one link of a host may be asked twice as often as the rhythm says.
func (r *round) sample(ctx context.Context, least int) error {
	if clear, _ := r.judge(); r.spent || clear && least == 0 {
		return nil
	}
	due, err := r.Catalogue.DueChecks(ctx, r.Now().AddDate(2, 0, 0), []string{r.host}, len(r.asked)+10*togetherMost)
	if err != nil {
		return err
	}
	looked, good := 0, 0
	for _, d := range due {
		clear, _ := r.judge()
		if looked >= least && (clear || looked >= togetherMost || looked >= togetherLeast && good*2 <= looked) {
			return nil
		}
		ok, err := r.one(ctx, d.Record, true)
		if err != nil {
			return err
		}
		if ok {
			looked++
		}
		if ok && !r.seen[len(r.seen)-1].failed() {
			good++
		}
	}
	r.spent = true
	return nil
}

// settle keeps what was seen. Where the host failed as a whole, its failures are not kept: an incident is.
func (r *round) settle(ctx context.Context) (more bool, err error) {
	if _, together := r.judge(); !together || r.off(ctx, r.seen[0].rec)["S9"] {
		r.v.step = 0
		return true, errors.Join(r.flush(ctx, true), r.end(ctx))
	}
	patient, err := r.open(ctx)
	if err != nil {
		return false, err
	}
	if patient {
		r.v.step = min(max(2*r.v.step, holdFirst), holdMost)
		r.hold(r.v, r.Now().Add(r.v.step))
	}
	return !patient, r.flush(ctx, !patient)
}

// flush keeps what was seen and not kept yet; failures only where they are the links' own.
func (r *round) flush(ctx context.Context, failures bool) error {
	var out []sighted
	for _, s := range r.seen[r.kept:] {
		if failures || !s.failed() || s.settled() {
			out = append(out, s)
		} else {
			r.tell(s.rec, s, "S9", fmt.Sprintf("links of %s fail together; nothing is concluded", r.host))
		}
	}
	r.kept = len(r.seen)
	return r.keep(ctx, out, r.report)
}

// sources returns the sources that name failing links of the host.
func (r *round) sources() []string {
	var out []string
	for _, s := range r.seen {
		for _, at := range s.rec.Sightings {
			if at.Vanished.IsZero() && link.Host(at.URL) == r.host && !slices.Contains(out, at.Source) {
				out = append(out, at.Source)
			}
		}
	}
	slices.Sort(out)
	return out
}

// open notes that the host fails as a whole. It reports whether that is to be waited out: not for ever, unless the host
// merely refuses us.
func (r *round) open(ctx context.Context) (patient bool, err error) {
	if r.Incidents == nil {
		return true, nil
	}
	failed, refused := 0, 0
	var why []string
	all := r.telling()
	for _, s := range all {
		if !s.failed() {
			continue
		}
		failed++
		if s.refused() {
			refused++
		}
		if w := strings.TrimSpace(fmt.Sprint(orBlank(s.check.Status), s.check.Class)); w != "" && !slices.Contains(why, w) {
			why = append(why, w)
		}
	}
	patient = true
	for _, source := range r.sources() {
		i, err := r.Incidents.Incident(ctx, stoa.Incident{Source: source, Rule: "S9", About: r.host, Text: fmt.Sprintf(
			"%d of %d links on %s fail together (%s); no record was changed. Look at the site, and at the source's address.",
			failed, len(all), r.host, strings.Join(why, ", "))})
		if err != nil {
			return true, err
		}
		if r.Now().Sub(i.Since) > hostPatience && refused*2 < failed {
			patient = false
		}
	}
	r.Log.WarnContext(ctx, "a host fails as a whole", "host", r.host, "failed", failed, "of", len(all))
	return patient, nil
}

func orBlank(status int) string {
	if status == 0 {
		return ""
	}
	return fmt.Sprint(status)
}

// end notes that the host is as it was.
func (r *round) end(ctx context.Context) error {
	if clear, _ := r.judge(); r.Incidents == nil || !clear || len(r.telling()) == 0 {
		return nil
	}
	for _, source := range r.sources() {
		h, err := r.Incidents.History(ctx, source)
		if err != nil {
			return err
		}
		for _, i := range h.Incidents {
			if i.Rule == "S9" && i.About == r.host {
				if _, err := r.Incidents.Incident(ctx, stoa.Incident{Source: source, Rule: "S9", About: r.host}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
