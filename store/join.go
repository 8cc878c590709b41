package store

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"stoa"
	"stoa/normalize/match"
)

// How sure the rules must be to list or refuse without a person. Only items of trusted sources are ruled on so.
const (
	sureRelevant = 0.80
	sureNoise    = 0.90
	sureKind     = 0.60
	surePillar   = 0.50
)

// Bounds of the search for likes, so that a key that everybody shares costs little.
const (
	perKey    = 50
	allLikes  = 200
	proposals = 3 // of one new item
)

// conclude lists or refuses an item of a trusted source where the rules are sure. A person's ruling stands above it.
func (w *work) conclude(o, old observation, fresh bool) error {
	if !o.Trusted || o.Draft.Withdrawn {
		return nil
	}
	kind, why, confidence := verdict(o.Draft)
	if kind == "" {
		return nil
	}
	if !fresh {
		was, _, _ := verdict(old.Draft)
		if was == kind && old.Trusted {
			return nil
		}
		if kind == stoa.Noise { // what is listed leaves by a person's word alone
			rec, err := readOr[record](w.tx, tRecords, []byte(o.Record))
			if err != nil || rec.State != stoa.Pending {
				return err
			}
		}
	}
	f := stoa.Finding{
		Subject: o.Record, Kind: kind, Rule: "confident", Version: o.Draft.Version, Confidence: confidence, Why: why,
	}
	if kind == stoa.Noise {
		f.Value = "out-of-scope"
	}
	return w.find(&f)
}

// verdict tells what the rules are sure of; "" is nothing.
func verdict(d stoa.Draft) (kind stoa.FindingKind, why []string, confidence float64) {
	switch {
	case !d.Relevant.Value && d.Relevant.Confidence >= sureNoise:
		return stoa.Noise, d.Relevant.Why, d.Relevant.Confidence
	case !d.Relevant.Value || d.Relevant.Confidence < sureRelevant:
	case d.Title == "" || d.Kind.Confidence < sureKind || !d.Kind.Value.Valid():
	case len(d.Pillars) == 0 || d.Pillars[0].Confidence < surePillar:
	default:
		why = slices.Concat(d.Relevant.Why, d.Kind.Why, d.Pillars[0].Why)
		return stoa.Listing, why, min(d.Relevant.Confidence, d.Kind.Confidence, d.Pillars[0].Confidence)
	}
	return "", nil, 0
}

// entry is a record as match files it.
type entry struct {
	match.Entry
	Keys []string `json:"keys"`
}

// keyHash is the key under which a record is filed by one of its match keys.
func keyHash(k string) []byte {
	h := sha256.Sum256([]byte(k))
	return h[:8]
}

// index files a record for matching.
func (w *work) index(e match.Entry) error {
	old, err := readOr[entry](w.tx, tEntries, []byte(e.ID))
	if err != nil {
		return err
	}
	now := entry{Entry: e, Keys: match.Keys(e)}
	for _, k := range old.Keys {
		if !slices.Contains(now.Keys, k) {
			if err := w.tx.Delete(tKeys, append(keyHash(k), e.ID...)); err != nil {
				return err
			}
		}
	}
	for _, k := range now.Keys {
		if !slices.Contains(old.Keys, k) {
			if err := w.tx.Put(tKeys, append(keyHash(k), e.ID...), nil); err != nil {
				return err
			}
		}
	}
	return write(w.tx, tEntries, []byte(e.ID), now)
}

// like is a record that an item resembles.
type like struct {
	id, root string
	match.Verdict
}

// join looks for likes of an item: what is surely the same is joined, what may be is proposed, relations are kept. Only
// a new item is joined by a rule; a known one that changed is proposed, because people may have ruled on it.
func (w *work) join(o observation, fresh bool) error {
	e := match.FromDraft(o.Record, o.Draft)
	likes, err := w.likes(e)
	if err != nil {
		return err
	}
	if fresh { // so that the next item of the run finds it; its record is filed anew when it is composed
		if err := w.index(e); err != nil {
			return err
		}
	}
	offered := 0
	for _, l := range likes {
		f := stoa.Finding{
			Subject: o.Record, Other: l.root, Rule: l.Rule, Version: match.Version, Confidence: l.Score, Why: l.Why, Relation: l.Relation,
		}
		if l.Inverse {
			f.Subject, f.Other = f.Other, f.Subject
		}
		switch {
		case l.Verdict.Verdict == match.Duplicate && fresh:
			f.Kind, f.Subject, f.Other, f.Relation = stoa.Join, l.root, o.Record, ""
		case l.Verdict.Verdict == match.Translation && l.Score >= sureTie, l.Verdict.Verdict == match.Distinct && l.Relation != stoa.Supersedes:
			f.Kind = stoa.Tied
		default:
			f.Kind = stoa.Proposal
		}
		if f.Kind == stoa.Proposal {
			if offered++; offered > proposals {
				continue
			}
		}
		if known, err := w.answered(f); err != nil || known {
			if err != nil {
				return err
			}
			continue
		}
		if err := w.find(&f); err != nil {
			return err
		}
		if f.Kind == stoa.Join {
			return nil
		}
	}
	return nil
}

// sureTie is the score from which a translation is tied without a person: hreflang or a document number says so.
const sureTie = 0.95

// likes returns the records that share a match key with an entry and are not plainly distinct, the likest first.
func (w *work) likes(e match.Entry) ([]like, error) {
	var ids []string
	for _, k := range match.Keys(e) {
		n := 0
		h := keyHash(k)
		err := w.tx.Scan(tKeys, Prefix(h), func(k, _ []byte) error {
			if id := string(k[len(h):]); id != e.ID && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
			if n++; n == perKey || len(ids) >= allLikes {
				return Stop
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	own, err := rootOf(w.tx, e.ID)
	if err != nil {
		return nil, err
	}
	return w.compared(e, own, ids)
}

// compared judges candidates, those of one record once by their best verdict.
func (w *work) compared(e match.Entry, own string, ids []string) ([]like, error) {
	var out []like
	for _, id := range ids {
		root, err := rootOf(w.tx, id)
		if err != nil {
			return nil, err
		}
		if root == own {
			continue
		}
		b, err := read[entry](w.tx, tEntries, []byte(id))
		if err != nil {
			return nil, err
		}
		v := match.Compare(e, b.Entry)
		if v.Verdict == match.Distinct && v.Relation == "" {
			continue
		}
		out = append(out, like{id, root, v})
	}
	slices.SortStableFunc(out, func(a, b like) int {
		order := []string{match.Duplicate, match.Translation, match.Proposal, match.Distinct}
		if i, j := slices.Index(order, a.Verdict.Verdict), slices.Index(order, b.Verdict.Verdict); i != j {
			return i - j
		}
		if a.Score != b.Score {
			if a.Score > b.Score {
				return -1
			}
			return 1
		}
		return strings.Compare(a.root, b.root)
	})
	met := map[string]bool{}
	return slices.DeleteFunc(out, func(l like) bool {
		again := met[l.root]
		met[l.root] = true
		return again
	}), nil
}

// answered reports whether a person or a rule already said what the finding would say of the two, or a person parted them.
func (w *work) answered(f stoa.Finding) (bool, error) {
	rulings, err := rulingsOn(w.tx, f.Subject)
	if err != nil {
		return false, err
	}
	for _, d := range inForce(rulings) {
		if other(d, f.Subject) != f.Other {
			continue
		}
		switch d.Action {
		case stoa.Differ, stoa.Split, stoa.Tie, stoa.Untie:
			return true, nil
		}
	}
	findings, err := findingsOn(w.tx, f.Subject)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(findings, func(x stoa.Finding) bool {
		return x.Kind == f.Kind && x.Relation == f.Relation && (x.Subject == f.Subject && x.Other == f.Other || x.Subject == f.Other && x.Other == f.Subject)
	}), nil
}

// find keeps a finding and touches both its sides.
func (w *work) find(f *stoa.Finding) error {
	var err error
	if f.Seq, err = next(w.tx, seqEvent); err != nil {
		return err
	}
	if f.At.IsZero() {
		f.At = w.at
	}
	errs := []error{write(w.tx, tFindings, number(f.Seq), f), w.tx.Put(tConcerns, under(f.Subject, f.Seq), nil)}
	if f.Other != "" {
		errs = append(errs, w.tx.Put(tConcerns, under(f.Other, f.Seq), nil))
	}
	w.touch(f.Subject, f.Other)
	return errors.Join(errs...)
}
