package normalize

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"stoa"
)

func decisionOrder(a, b stoa.Decision) int {
	return cmp.Or(cmp.Compare(a.Seq, b.Seq), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
}

func findingOrder(a, b stoa.Finding) int {
	return cmp.Or(cmp.Compare(a.Seq, b.Seq), a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject))
}

// inForce returns the decisions that nobody took back, oldest first, without the Undo decisions themselves. Only
// a later decision can undo an earlier one, so one pass from the newest suffices; an Undo can itself be undone.
func inForce(decisions []stoa.Decision) []stoa.Decision {
	all := slices.Clone(decisions)
	slices.SortFunc(all, decisionOrder)
	undone := map[string]bool{}
	var kept []stoa.Decision
	for _, d := range slices.Backward(all) {
		switch {
		case undone[d.ID]:
		case d.Action == stoa.Undo:
			undone[d.Value] = true
		default:
			kept = append(kept, d)
		}
	}
	slices.Reverse(kept)
	return kept
}

// move is one step in the history of who belongs to whom.
type move struct {
	at         time.Time
	into, from string
}

// absorbed returns the ids that are merged into another now, each with the time of that merge. Decisions come before
// findings when they meet: a person's Split or Differ ends a rule's Join for good, and a rule never joins what a
// person parted.
func absorbed(rulings []stoa.Decision, findings []stoa.Finding) map[string]move {
	in, parted := map[string]move{}, map[[2]string]bool{}
	for _, d := range rulings {
		switch d.Action {
		case stoa.Merge:
			if d.Subject == d.Value {
				continue
			}
			if leads(in, d.Subject, d.Value) {
				delete(in, d.Subject)
			}
			in[d.Value] = move{at: d.At, into: d.Subject, from: d.Value}
			delete(parted, pair(d.Subject, d.Value))
		case stoa.Split, stoa.Differ:
			for _, m := range []move{in[d.Value], in[d.Subject]} {
				if m.from != "" && pair(m.from, m.into) == pair(d.Subject, d.Value) {
					delete(in, m.from)
				}
			}
			if d.Action == stoa.Split {
				delete(in, d.Value)
			}
			parted[pair(d.Subject, d.Value)] = true
		}
	}
	for _, f := range findings {
		_, done := in[f.Other]
		if f.Kind == stoa.Join && !done && !parted[pair(f.Subject, f.Other)] && !leads(in, f.Subject, f.Other) {
			in[f.Other] = move{at: f.At, into: f.Subject, from: f.Other}
		}
	}
	return in
}

// leads reports whether one id is another, or is merged into it by any number of steps.
func leads(in map[string]move, from, to string) bool {
	for range len(in) + 1 {
		if from == to {
			return true
		}
		m, ok := in[from]
		if !ok {
			return false
		}
		from = m.into
	}
	return false
}

func pair(a, b string) [2]string {
	if a > b {
		a, b = b, a
	}
	return [2]string{a, b}
}

// Survivor returns the id under which Compose's input is one record: the member that is merged into no other. Where
// several are left, it is the one whose observation came first, and then the smallest id.
func Survivor(observations []stoa.Observation, decisions []stoa.Decision, findings []stoa.Finding) string {
	sorted := slices.SortedFunc(slices.Values(findings), findingOrder)
	in := absorbed(inForce(decisions), sorted)
	first := map[string]time.Time{}
	for _, o := range observations {
		if at, ok := first[o.Record]; !ok || o.First.Before(at) {
			first[o.Record] = o.First
		}
	}
	for _, id := range slices.Collect(maps.Keys(first)) { // a survivor may have lost its own observations
		for m, ok := in[id]; ok; m, ok = in[m.into] {
			if _, seen := first[m.into]; !seen {
				first[m.into] = time.Time{}
			}
		}
	}
	if len(first) == 0 {
		for _, d := range decisions {
			first[d.Subject] = d.At
		}
		for _, f := range findings {
			first[f.Subject] = f.At
		}
	}
	ids := slices.SortedFunc(maps.Keys(first), func(a, b string) int {
		_, ina := in[a]
		_, inb := in[b]
		switch {
		case ina != inb && ina:
			return 1
		case ina != inb:
			return -1
		}
		return cmp.Or(first[a].Compare(first[b]), cmp.Compare(a, b))
	})
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// rank puts the owning source first and the others in the order in which they are asked, and the rulings of merged
// records before those of the survivor, so that the latter win.
func (c *composer) rank() {
	slices.SortFunc(c.obs, precedence)
	if i := owning(c.obs, c.findings, c.id); i > 0 {
		first := c.obs[i]
		c.obs = slices.Insert(slices.Delete(c.obs, i, i+1), 0, first)
	}
	in := absorbed(c.rulings, c.findings)
	own := func(d stoa.Decision) int {
		if m, ok := in[d.Subject]; ok && d.At.Before(m.at) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(c.rulings, func(a, b stoa.Decision) int { return cmp.Compare(own(a), own(b)) })
}

// precedence orders observations: trusted sources, then owners before aggregators, then who published first.
func precedence(a, b stoa.Observation) int {
	return cmp.Or(
		cmp.Compare(standing(a), standing(b)),
		a.First.Compare(b.First),
		cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Key, b.Key),
	)
}

// standing is what no amount of text makes up for: trust, whether two complete runs lacked the item, and rank.
func standing(o stoa.Observation) int {
	s := o.Rank
	if gone(o) {
		s += 1 << 20
	}
	if !o.Trusted {
		s += 1 << 24
	}
	return s
}

// gone reports whether the source no longer lists the item, as far as S16 lets two good runs tell.
func gone(o stoa.Observation) bool {
	return !o.Vanished.IsZero() && o.Absent >= 2 && o.Means != stoa.VanishNothing
}
