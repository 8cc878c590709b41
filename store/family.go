package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stoa"
)

// A record that is merged into another keeps its id, observations, decisions and findings; only its parent tells where it
// belongs. The parent is derived from decisions and findings alone, so a split restores both sides exactly.

// parent returns the record that id is merged into, or "". A person's word comes before a rule's: a rule joins only
// what no person parted.
func (w *work) parent(id string) (string, error) {
	rulings, err := rulingsOn(w.tx, id)
	if err != nil {
		return "", err
	}
	findings, err := findingsOn(w.tx, id)
	if err != nil {
		return "", err
	}
	into, parted := "", map[string]bool{}
	for _, d := range inForce(rulings) {
		switch {
		case d.Action == stoa.Merge && d.Value == id:
			into = d.Subject
			delete(parted, d.Subject)
		case d.Action == stoa.Merge:
			delete(parted, d.Value)
		case d.Action == stoa.Split && d.Value == id:
			into = ""
			parted[d.Subject] = true
		case d.Action == stoa.Split, d.Action == stoa.Differ:
			parted[other(d, id)] = true
		}
	}
	for _, f := range findings {
		if f.Kind == stoa.Join && f.Other == id && into == "" && !parted[f.Subject] {
			into = f.Subject
		}
	}
	return into, nil
}

// other returns the side of a decision on two records that is not id.
func other(d stoa.Decision, id string) string {
	if d.Subject == id {
		return d.Value
	}
	return d.Subject
}

// inForce returns the decisions that nobody took back, oldest first, without the Undo decisions themselves.
func inForce(decisions []stoa.Decision) []stoa.Decision {
	undone := map[string]bool{}
	var kept []stoa.Decision
	for _, d := range slices.Backward(decisions) {
		if undone[d.ID] {
			continue
		}
		if d.Action == stoa.Undo {
			undone[d.Value] = true
			continue
		}
		kept = append(kept, d)
	}
	slices.Reverse(kept)
	return kept
}

// rootOf follows merges to the record that readers see.
func rootOf(tx Tx, id string) (string, error) {
	for range 1000 {
		b, err := tx.Get(tMerged, []byte(id))
		if errors.Is(err, stoa.ErrNotFound) {
			return id, nil
		}
		if err != nil {
			return "", err
		}
		id = string(b)
	}
	return "", fmt.Errorf("%w: merges of %s form a circle; run rebuild", stoa.ErrDamaged, id)
}

// familyOf returns a record and all that are merged into it, directly or not.
func familyOf(tx Tx, root string) ([]string, error) {
	family := []string{root}
	for i := 0; i < len(family) && i < 10000; i++ {
		children, err := keysIn(tx, tAbsorbed, part(family[i]), 0)
		if err != nil {
			return nil, err
		}
		for _, k := range children {
			if id := last(k, 1); !slices.Contains(family, id) {
				family = append(family, id)
			}
		}
	}
	return family, nil
}

// maxChecks is how many of the latest looks at a link are put before the rules: more than any rule counts.
const maxChecks = 64

// gather reads all that is known of some records.
func gather(tx Tx, ids []string) (facts, error) {
	f := facts{ids: ids}
	decided, found := map[uint64]bool{}, map[uint64]bool{}
	for _, id := range ids {
		obs, err := observationsOf(tx, id)
		if err != nil {
			return f, err
		}
		f.observations = append(f.observations, obs...)
		rulings, err := rulingsOn(tx, id)
		if err != nil {
			return f, err
		}
		for _, d := range rulings {
			if !decided[d.Seq] {
				decided[d.Seq] = true
				f.decisions = append(f.decisions, d)
			}
		}
		findings, err := findingsOn(tx, id)
		if err != nil {
			return f, err
		}
		for _, x := range findings {
			if !found[x.Seq] {
				found[x.Seq] = true
				f.findings = append(f.findings, x)
			}
		}
	}
	switches, err := switchesOf(tx, f.observations)
	if err != nil {
		return f, err
	}
	f.decisions = append(f.decisions, switches...)
	slices.SortFunc(f.decisions, func(a, b stoa.Decision) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(f.findings, func(a, b stoa.Finding) int { return cmp.Compare(a.Seq, b.Seq) })
	f.findings = latestChecks(f.findings)
	return f, nil
}

// latestChecks drops all but the latest looks at links.
func latestChecks(findings []stoa.Finding) []stoa.Finding {
	n := 0
	for _, f := range findings {
		if f.Kind == stoa.Link {
			n++
		}
	}
	return slices.DeleteFunc(findings, func(f stoa.Finding) bool {
		if f.Kind != stoa.Link {
			return false
		}
		n--
		return n >= maxChecks
	})
}

// observationsOf returns the observations that were filed under a record when first seen.
func observationsOf(tx Tx, id string) ([]observation, error) {
	members, err := keysIn(tx, tMembers, part(id), 0)
	if err != nil {
		return nil, err
	}
	out := make([]observation, 0, len(members))
	for _, k := range members {
		o, err := read[observation](tx, tObservations, []byte(last(k, 1)))
		if err != nil {
			return nil, fmt.Errorf("observation %q of record %s: %w", last(k, 1), id, err)
		}
		out = append(out, o)
	}
	return out, nil
}

// rulingsOn returns the decisions that are about a subject, oldest first, undone ones included.
func rulingsOn(tx Tx, subject string) ([]stoa.Decision, error) {
	return listed[stoa.Decision](tx, tRulings, tDecisions, subject)
}

// findingsOn returns the findings that are about a record, oldest first.
func findingsOn(tx Tx, subject string) ([]stoa.Finding, error) {
	return listed[stoa.Finding](tx, tConcerns, tFindings, subject)
}

// listed returns the numbered values that an index lists under a subject.
func listed[T any](tx Tx, index, table, subject string) ([]T, error) {
	keys, err := keysIn(tx, index, part(subject), 0)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	out := make([]T, 0, len(keys))
	for _, k := range keys {
		v, err := read[T](tx, table, number(numberOf(k)))
		if err != nil {
			return nil, fmt.Errorf("%s number %d, about %s: %w", strings.TrimSuffix(table, "s"), numberOf(k), subject, err)
		}
		out = append(out, v)
	}
	return out, nil
}
