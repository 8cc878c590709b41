package normalize

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/normalize/match"
)

// Conflicts returns the questions that a composition leaves for a person, without numbers, in a stable order. record
// is what Compose made of the same observations, decisions and findings. A question is left out once it was settled: by a Settle decision
// that names its kind as Reason, its Field, and as Base what the other side (Theirs) said; it is asked again
// when the other side says something new. Same tells whether a conflict that was stored is the one returned now.
func Conflicts(observations []stoa.Observation, decisions []stoa.Decision, findings []stoa.Finding, record stoa.Record) []stoa.Conflict {
	if len(observations) == 1 && len(decisions) == 0 { // nobody to differ with
		q := unsafe(record)
		for i := range q {
			q[i].Record = record.ID
		}
		return q
	}
	c := newComposer(observations, decisions, findings, Clock{})
	c.fields()
	c.verdicts()
	all := slices.Concat(c.underEdit(), c.twoSources(), c.refusedReturns(), c.withdrawnEdited(record), c.mergeStrain(), c.peerDecision(record), unsafe(record))
	out := all[:0]
	for _, q := range all {
		q.Record = record.ID
		if !c.settled(q) {
			out = append(out, q)
		}
	}
	slices.SortStableFunc(out, func(a, b stoa.Conflict) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Theirs, b.Theirs))
	})
	return out
}

// Same reports whether two conflicts ask the same question: of one record, kind and field, with the same other side.
func Same(a, b stoa.Conflict) bool {
	return a.Record == b.Record && a.Kind == b.Kind && a.Field == b.Field && agrees(a.Field, a.Theirs, b.Theirs)
}

func (c *composer) settled(q stoa.Conflict) bool {
	return slices.ContainsFunc(c.rulings, func(d stoa.Decision) bool {
		return d.Action == stoa.Settle && d.Field == q.Field && (d.Reason == "" || d.Reason == string(q.Kind)) && agrees(q.Field, d.Base, q.Theirs)
	})
}

// underEdit asks about every field that a person set, when its sources now say something else than they did then.
func (c *composer) underEdit() []stoa.Conflict {
	set := map[string]stoa.Decision{}
	for _, d := range c.rulings {
		if c.members[d.Subject] && (d.Action == stoa.Set || d.Action == stoa.Unset) {
			set[d.Field] = d
		}
	}
	var out []stoa.Conflict
	for _, field := range stoa.Settable() {
		d, ok := set[field]
		theirs := Value(c.rec, field)
		if !ok || d.Action != stoa.Set || theirs == "" || agrees(field, theirs, d.Base) || agrees(field, theirs, d.Value) {
			continue
		}
		at := c.rec.Provenance[field].At
		if !at.After(d.At) || field == "kind" || field == "pillars" { // it is not a source that changed its mind
			continue
		}
		out = append(out, stoa.Conflict{
			Kind: stoa.UnderEdit, Field: field, Base: d.Base, Theirs: theirs, Ours: d.Value, Default: "ours", At: at,
		})
	}
	return out
}

// twoSources asks about key fields on which sources disagree. Two addresses are a disagreement only when one site
// gives both: an aggregator has its own page for everything.
func (c *composer) twoSources() []stoa.Conflict {
	var out []stoa.Conflict
	for _, field := range []string{"start", "end", "deadline", "facts.fee", "facts.eligibility", "url"} {
		voices := c.voices(field, c.obs)
		for _, v := range voices[min(1, len(voices)):] {
			first := voices[0]
			if v.obs.Source == first.obs.Source && v.obs.Record == first.obs.Record || agrees(field, first.text, v.text) {
				continue
			}
			if field == "url" && (v.obs.Rank != first.obs.Rank || match.Host(v.text) != match.Host(first.text) || c.mergedByHand(first.obs, v.obs)) {
				continue
			}
			at := v.obs.At
			if first.obs.At.After(at) {
				at = first.obs.At
			}
			out = append(out, stoa.Conflict{
				Kind: stoa.TwoSources, Field: field, Theirs: v.text, Ours: first.text, Default: "ours", At: at,
			})
			break
		}
	}
	return out
}

// mergedByHand reports whether a person merged the records of two observations, with both addresses before their eyes.
func (c *composer) mergedByHand(a, b *stoa.Observation) bool {
	return slices.ContainsFunc(c.rulings, func(d stoa.Decision) bool {
		both := d.Subject == a.Record && d.Value == b.Record || d.Subject == b.Record && d.Value == a.Record
		return d.Action == stoa.Merge && both
	})
}

// refusedReturns asks about what a person refused and what then changed beyond the measure: it was refused as closed
// and now names a later date; its title is no longer the one refused; or it was out of scope, unverifiable
// or a test, changed afterwards, and the machine is now sure that it is relevant.
func (c *composer) refusedReturns() []stoa.Conflict {
	d, ok := c.ruling()
	if !ok || d.Action != stoa.Refuse {
		return nil
	}
	for _, o := range c.contributors() {
		if !o.At.After(d.At) {
			continue
		}
		why := ""
		switch {
		case d.Base != "" && match.Likeness(d.Base, o.Draft.Title) < 0.6:
			why = o.Draft.Title
		case d.Reason == "closed" && later(o.Draft, d.At):
			why = strings.TrimSpace(fmt.Sprintf("%s %s", o.Draft.Title, cmp.Or(o.Draft.Deadline, o.Draft.End, o.Draft.Start)))
		case slices.Contains([]string{"out-of-scope", "unverifiable", "test-entry", "not-for-states"}, d.Reason) &&
			o.Draft.Relevant.Value && o.Draft.Relevant.Confidence >= 0.9:
			why = o.Draft.Title
		}
		if why != "" {
			return []stoa.Conflict{{
				Kind: stoa.RefusedReturns, Field: "state", Base: d.Base, Theirs: why, Ours: d.Reason, Default: "ours", At: o.At,
			}}
		}
	}
	return nil
}

func later(d stoa.Draft, at time.Time) bool {
	for _, date := range []stoa.Date{d.Deadline, d.End, d.Start} {
		if date != "" {
			return date.Finish(time.UTC).After(at)
		}
	}
	return d.Rolling
}

// withdrawnEdited asks about what a source withdrew after a person had worked on it.
func (c *composer) withdrawnEdited(record stoa.Record) []stoa.Conflict {
	if record.Relevance != stoa.Withdrawn || !slices.Contains(record.Rules, "S19") {
		return nil
	}
	var edited []string
	for _, d := range c.rulings {
		if c.members[d.Subject] && slices.Contains([]stoa.Action{stoa.Set, stoa.Add, stoa.Remove}, d.Action) && !slices.Contains(edited, d.Field) {
			edited = append(edited, d.Field)
		}
	}
	if len(edited) == 0 {
		return nil
	}
	q := stoa.Conflict{Kind: stoa.WithdrawnEdited, Theirs: "withdrawn", Ours: strings.Join(edited, ", "), Default: "theirs"}
	for _, o := range c.contributors() {
		if takenBack(o) && o.At.After(q.At) {
			q.At = o.At
		}
	}
	return []stoa.Conflict{q}
}

// peerDecision asks about what another catalogue took back while it stands here on more than its word. Its ruling is
// advice: nothing changes by it.
func (c *composer) peerDecision(record stoa.Record) []stoa.Conflict {
	if record.State != stoa.Listed || record.Relevance == stoa.Withdrawn {
		return nil
	}
	for _, o := range c.obs {
		if takenBack(o) && o.Rank == stoa.PeerRank {
			return []stoa.Conflict{{
				Kind: stoa.PeerDecision, Field: "state", Theirs: o.Source + ": taken back", Ours: string(record.State), Default: "ours", At: o.At,
			}}
		}
	}
	return nil
}

// takenBack reports whether a source says of its item that it is no more.
func takenBack(o stoa.Observation) bool { return o.Draft.Withdrawn || o.Item.Withdrawn }

// mergeStrain asks about members that no longer look like one thing.
func (c *composer) mergeStrain() []stoa.Conflict {
	in := absorbed(c.rulings, c.findings)
	for _, o := range c.obs {
		m, ok := in[o.Record]
		if !ok || len(c.obs) == 0 || o.Record == c.obs[0].Record {
			continue
		}
		a, b := entryOf(c.obs[0]), entryOf(o)
		changed := c.obs[0].At.After(m.at) || o.At.After(m.at)
		if v := match.Compare(a, b); changed && v.Verdict == match.Distinct {
			at := o.At
			if c.obs[0].At.After(at) {
				at = c.obs[0].At
			}
			return []stoa.Conflict{{
				Kind: stoa.MergeStrain, Field: "title", Theirs: o.Record + ": " + o.Draft.Title, Ours: c.obs[0].Draft.Title, Default: "ours", At: at,
			}}
		}
	}
	return nil
}

func entryOf(o stoa.Observation) match.Entry {
	return match.FromDraft(o.Record, o.Draft)
}

func unsafe(record stoa.Record) []stoa.Conflict {
	if record.Availability != stoa.Quarantined {
		return nil
	}
	return []stoa.Conflict{{Kind: stoa.Unsafe, Field: "url", Theirs: record.URL, Ours: "link off", Default: "ours", At: record.Checked}}
}

// agrees reports whether two values of a field say the same: spacing and case do not matter, an order of a list does
// not, and a date agrees with a less precise one.
func agrees(field, a, b string) bool {
	switch field {
	case "published", "start", "end", "deadline":
		return a != "" && b != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) || a == b
	case "url":
		return match.Address(a) == match.Address(b)
	case "countries", "regions", "pillars":
		return slices.Equal(slices.Sorted(slices.Values(elements[string](a))), slices.Sorted(slices.Values(elements[string](b))))
	case "organisations":
		return slices.Equal(ids(a), ids(b))
	}
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

func ids(text string) []string {
	var out []string
	for _, o := range organisations(text) {
		out = append(out, cmp.Or(o.ID, kebab(o.Name))+"/"+string(o.Role))
	}
	slices.Sort(out)
	return out
}
