package crawler

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa"
	"stoa/crawler/decode"
	"stoa/crawler/fetch"
)

// movedAfter is how long an address has to redirect for good before its new one is offered.
const movedAfter = 7 * 24 * time.Hour

// offered returns what changes among the addresses that a person is offered for a source: a way in that had to stand in for the
// preferred one, and where the address in use redirects for good. Nothing is taken for good without a person; what one
// declined is not offered again.
func offered(h stoa.History, src stoa.Source, now time.Time) []stoa.Incident {
	preferred := cmp.Or(h.Address, src.URL)
	var want []stoa.Incident
	if h.Way.Address != "" && h.Way.Address != preferred {
		want = append(want, stoa.Incident{Source: src.ID, Rule: stoa.RuleWayIn, About: h.Way.Address, Text: fmt.Sprintf(
			"read from %s since %s, because %s gave: %s. Take it for good with `stoa decide %s adopt --value %s`, or stay with the other: `--value %s`",
			h.Way.Address, day(h.Way.Since), preferred, cmp.Or(h.Way.Why, "no answer"), src.ID, h.Way.Address, preferred)})
	}
	if h.Moved.Address != "" && h.Moved.Address != preferred && now.Sub(h.Moved.Since) >= movedAfter {
		want = append(want, stoa.Incident{Source: src.ID, Rule: stoa.RuleMoved, About: h.Moved.Address, Text: fmt.Sprintf(
			"%s has redirected for good to %s since %s. Take the new address with `stoa decide %s adopt --value %s`, or stay with the old one: `--value %s`",
			h.Way.Address, h.Moved.Address, day(h.Moved.Since), src.ID, h.Moved.Address, preferred)})
	}
	want = slices.DeleteFunc(want, func(i stoa.Incident) bool { return slices.Contains(h.Declined, i.About) })
	same := func(a, b stoa.Incident) bool { return a.Rule == b.Rule && a.About == b.About }
	var changes []stoa.Incident
	for _, i := range h.Incidents {
		if i.Rule != stoa.RuleWayIn && i.Rule != stoa.RuleMoved {
			continue
		}
		at := slices.IndexFunc(want, func(w stoa.Incident) bool { return same(w, i) })
		switch {
		case at < 0:
			changes = append(changes, stoa.Incident{Source: src.ID, Rule: i.Rule, About: i.About}) // it ended
		case want[at].Text == i.Text:
			want = slices.Delete(want, at, at+1)
		}
	}
	return append(changes, want...)
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// logWay logs a switch of the way in, when this run made it.
func (c *Crawler) logWay(ctx context.Context, h stoa.History, src stoa.Source, run stoa.Run) {
	if c.Log == nil || len(h.Ways) == 0 || h.Way.Address != run.Way || !h.Way.Since.Equal(run.Ended) {
		return
	}
	c.Log.WarnContext(ctx, "way in switched", "source", src.ID, "from", h.Ways[0].Address, "to", h.Way.Address, "why", cmp.Or(h.Way.Why, "the preferred address answers"))
}

// chain is the ways into the source in the order in which they are tried: the preferred one, its alternates, and the one that the
// last good run took. An adopted address is preferred, and the entry's own is its first alternate.
func (w *walker) chain() []string {
	var out []string
	for _, address := range append([]string{w.history.Address, w.src.URL}, append(slices.Clone(w.src.Alternates), w.history.Way.Address)...) {
		if address != "" && !slices.Contains(out, address) {
			out = append(out, address)
		}
	}
	return out
}

// open reads the first page, through the alternates if need be. It reports whether there are items to apply; if not, the run is settled.
func (w *walker) open() bool {
	fresh := *w.run
	var first error
	var failed stoa.Run // by the preferred way
	for i, address := range w.chain() {
		res, err := w.enter(address)
		if err == nil {
			w.run.Way, w.run.Moved = address, movedTo(res)
			if i > 0 {
				w.run.WayWhy = first.Error()
				w.warn("read from the alternate %s, since the preferred address gave: %v", address, first)
			}
			return w.run.Outcome == ""
		}
		if i == 0 {
			first = err
			fail(w.run, err)
			if w.run.Outcome == stoa.Refusal || w.run.Outcome == stoa.Skipped || w.ctx.Err() != nil {
				return false // a refusal is not to be got round
			}
			failed = *w.run
		}
		bytes, captures := w.run.Bytes, w.run.Captures
		*w.run = fresh
		w.run.Bytes, w.run.Captures = bytes, captures
	}
	failed.Bytes, failed.Captures = w.run.Bytes, w.run.Captures
	*w.run = failed
	return false
}

// enter reads the first page at one way into the source.
func (w *walker) enter(address string) (*fetch.Response, error) {
	src := w.src
	src.URL = address
	res, err := w.visit(w.method(), decode.Start(src), []byte(w.src.Mapping.Body))
	if err != nil {
		return nil, err
	}
	was := w.src.URL
	w.src.URL = address
	if err := w.read(res); err != nil {
		w.src.URL = was
		return nil, err
	}
	return res, nil
}

// movedTo is where an address redirects for good: every hop says so. It is "" where it does not.
func movedTo(res *fetch.Response) string {
	for _, hop := range res.Hops {
		if hop.Status != http.StatusMovedPermanently && hop.Status != http.StatusPermanentRedirect {
			return ""
		}
	}
	if len(res.Hops) == 0 {
		return ""
	}
	return res.URL
}

// freshFor is how long an answer is good by its own word: Cache-Control's max-age, else Expires, less the age it had when it came.
// What is not to be kept, or must be asked for each time, is good for nothing.
func freshFor(res *fetch.Response) time.Duration {
	control := strings.ToLower(strings.Join(res.Header.Values("Cache-Control"), ","))
	if strings.Contains(control, "no-store") || strings.Contains(control, "no-cache") {
		return 0
	}
	good, stated := time.Duration(0), false
	for part := range strings.SplitSeq(control, ",") {
		if digits, ok := strings.CutPrefix(strings.TrimSpace(part), "max-age="); ok {
			seconds, err := strconv.Atoi(strings.Trim(digits, `"`))
			if err == nil && seconds >= 0 {
				good, stated = time.Duration(min(seconds, int(longestFresh/time.Second)))*time.Second, true
			}
		}
	}
	if at, err := http.ParseTime(res.Header.Get("Expires")); err == nil && !stated {
		said, err := http.ParseTime(res.Header.Get("Date"))
		if err != nil {
			said = res.Fetched
		}
		good = at.Sub(said)
	}
	if age, err := strconv.Atoi(res.Header.Get("Age")); err == nil && age > 0 {
		good -= time.Duration(min(age, int(longestFresh/time.Second))) * time.Second
	}
	return max(0, min(good, longestFresh))
}

// longestFresh bounds what is believed of it.
const longestFresh = 30 * 24 * time.Hour
