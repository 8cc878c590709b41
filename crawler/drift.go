package crawler

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"stoa"
)

// Bounds of drift: what is no reason to hold a run, but to look at it. A run is compared with the range of the last runs.
const (
	driftRuns  = 3    // so many earlier runs say what is usual
	driftGrow  = 2.0  // times the most items that it had, and
	driftMore  = 10   // more than them by so many
	driftFill  = 0.4  // by which a field's share fell under the least that it was, where that was
	driftHad   = 0.5  // at least this
	driftText  = 40   // characters are a text
	driftShort = 0.4  // of the shortest usual text
	driftLong  = 3.0  // times the longest usual text
	driftCalm  = 0.7  // usual share of unchanged items of a calm source
	driftStir  = 0.2  // share under which it is calm no more
	flaps      = 3    // failures in a row, of a sort that may pass by itself
	cutShare   = 0.75 // of the usual items, under which a run that was cut off is told
)

// drifting says what of a run that counts is unlike its source's history, or "".
func drifting(run stoa.Run, past []stoa.Profile) string {
	now := run.Profile
	if len(past) == 0 {
		return ""
	}
	least, most := math.Inf(1), 0.0
	for _, p := range past {
		least, most = min(least, float64(p.Items)), max(most, float64(p.Items))
	}
	items := float64(now.Items)
	if run.Outcome == stoa.Partial {
		if items < cutShare*least {
			return fmt.Sprintf("only %d items could be read, where at least %.0f were: %s", now.Items, least, run.Text)
		}
		return ""
	}
	if len(past) < driftRuns || now.Items < fewItems {
		return ""
	}
	if items > driftGrow*most && items > most+driftMore {
		return fmt.Sprintf("%d items, where at most %.0f were: the mapping may take something else for items", now.Items, most)
	}
	return cmpFirst(fadedField(now, past), strayedText(now, past), stirred(now, past))
}

func cmpFirst(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// fadedField names a field that many items had in each of the last runs, and far fewer have now.
func fadedField(now stoa.Profile, past []stoa.Profile) string {
	for _, field := range slices.Sorted(maps.Keys(past[0].Fill)) {
		least := 1.0
		for _, p := range past {
			least = min(least, p.Fill[field])
		}
		if share := now.Fill[field]; least >= driftHad && share < least-driftFill {
			return fmt.Sprintf("%.0f %% of the items have the field %q, where at least %.0f %% had it", 100*share, field, 100*least)
		}
	}
	return ""
}

// strayedText compares the median length of the texts.
func strayedText(now stoa.Profile, past []stoa.Profile) string {
	least, most := past[0].MedianText, 0
	for _, p := range past {
		least, most = min(least, p.MedianText), max(most, p.MedianText)
	}
	if text := float64(now.MedianText); least >= driftText && (text < driftShort*float64(least) || text > driftLong*float64(most)) {
		return fmt.Sprintf("the texts have %d characters in the median, where they had %d to %d", now.MedianText, least, most)
	}
	return ""
}

// stirred compares the share of items that are as before.
func stirred(now stoa.Profile, past []stoa.Profile) string {
	shares := make([]float64, 0, len(past))
	for _, p := range past {
		shares = append(shares, p.Same)
	}
	slices.Sort(shares)
	if usual := shares[len(shares)/2]; usual >= driftCalm && now.Same < driftStir {
		return fmt.Sprintf("%.0f %% of the items are as before, where %.0f %% usually are: all texts changed at once", 100*now.Same, 100*usual)
	}
	return ""
}

// failing says why a source that worked is brought before a person, or "". What is gone, refused or of another shape does not mend itself
// and is told at once; a host that is down is told when it was so several times.
func failing(run stoa.Run, h stoa.History) string {
	if run.Outcome != stoa.Failed && run.Outcome != stoa.Refusal {
		return ""
	}
	passes := run.Status >= 500 || run.Status == 408 ||
		slices.Contains([]string{stoa.CodeDNS, stoa.CodeConnect, stoa.CodeTLS, stoa.CodeTimeout, stoa.CodeInternal}, run.Code)
	if passes && h.Failures < flaps || h.Good.ID == "" && h.Failures < flaps {
		return ""
	}
	return fmt.Sprintf("%s (%s): %s. What it listed stays as it is; see whether its address changed, with `stoa sources discover %s`", run.Outcome, run.Code, run.Text, run.Address)
}

// watch opens and ends the incidents of a source after a run: silent (S29), failing, drifting.
func (c *Crawler) watch(ctx context.Context, src stoa.Source, run *stoa.Run) error {
	if run.Outcome == stoa.Skipped || run.Outcome == "" {
		return nil
	}
	h, err := c.Catalogue.History(ctx, src.ID)
	if err != nil {
		return fmt.Errorf("harvest %s: %w", src.ID, err)
	}
	if err := c.tell(ctx, src, h, stoa.RuleFailing, failing(*run, h), run); err != nil || run.Outcome == stoa.Held {
		return err
	}
	if err := c.tell(ctx, src, h, "S29", silent(h, src, run.Began), run); err != nil {
		return err
	}
	if err := c.offer(ctx, h, src, *run); err != nil {
		return err
	}
	if run.Outcome != stoa.Partial && (run.Profile.Items == 0 || !run.Outcome.Good()) {
		return nil // nothing was read that could be compared
	}
	past := h.Profiles
	if run.Outcome.Good() {
		past = past[min(1, len(past)):] // the newest is its own
	}
	return c.tell(ctx, src, h, stoa.RuleDrift, drifting(*run, past), run)
}

// offer opens or ends the incidents of addresses that are on offer.
func (c *Crawler) offer(ctx context.Context, h stoa.History, src stoa.Source, run stoa.Run) error {
	if c.Incidents == nil || !run.Outcome.Good() && run.Outcome != stoa.Partial {
		return nil
	}
	c.logWay(ctx, h, src, run)
	for _, i := range offered(h, src, run.Began) {
		if _, err := c.Incidents.Incident(ctx, i); err != nil {
			return fmt.Errorf("harvest %s: %w", src.ID, err)
		}
	}
	return nil
}

// tell opens an incident, or ends it when there is nothing to say.
func (c *Crawler) tell(ctx context.Context, src stoa.Source, h stoa.History, rule, text string, run *stoa.Run) error {
	if text != "" && rule != stoa.RuleFailing { // the run's own text says that
		run.Warnings = append(run.Warnings, rule+": "+text)
	}
	known := slices.ContainsFunc(h.Incidents, func(i stoa.Incident) bool { return i.Rule == rule })
	if c.Incidents == nil || text == "" && !known || rule == "S29" && known && text != "" {
		return nil
	}
	if _, err := c.Incidents.Incident(ctx, stoa.Incident{Source: src.ID, Rule: rule, Text: text}); err != nil {
		return fmt.Errorf("harvest %s: %w", src.ID, err)
	}
	return nil
}
