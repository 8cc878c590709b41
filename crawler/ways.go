package crawler

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"stoa"
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
