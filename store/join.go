package store

import (
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

// Bounds of the search for likes, so that neither a key that everybody shares nor a source that lists the same thing a
// thousand times costs much.
const (
	compared = 16  // records compared: those that share most keys
	offered  = 3   // proposals of one item
	tied     = 6   // relations of one item
	crowded  = 64  // records merged into one, beyond which no rule adds another
	mostSaid = 200 // findings about one record, beyond which no rule ties another to it
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

// join looks for likes of an item: what is surely the same is joined, what may be is proposed, relations are kept. Only
// a new item is joined by a rule; a known one that changed is proposed, because people may have ruled on it. A
// source that lists two things says that they are two: it is asked about them only where they carry one identity.
func (w *work) join(o observation, p pending, fresh bool) error {
	if p.prepared == nil { // it was staged
		p.prepare()
	}
	likes, err := w.likes(o.Record, *p.prepared, p.keys)
	if err != nil {
		return err
	}
	e := entryOf(o.Observation)
	e.Keys = p.keys
	// Filed at once, so that the next item of the run finds it.
	if err := w.file(e, p.prepared); err != nil {
		return err
	}
	room := map[stoa.FindingKind]int{stoa.Join: 1, stoa.Proposal: offered, stoa.Tied: tied}
	for _, l := range likes {
		f := finding(o.Record, l, fresh)
		if f.Kind == stoa.Join && len(l.family) >= crowded {
			f.Kind = stoa.Proposal
		}
		alone := len(l.sources) == 1 && l.sources[0] == o.Source
		if room[f.Kind] == 0 || f.Kind == stoa.Proposal && (l.Faint || alone && f.Relation == "") {
			continue
		}
		known, err := w.answered(f)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		room[f.Kind]--
		if err := w.find(&f); err != nil || f.Kind == stoa.Join {
			return err
		}
	}
	return nil
}

// finding is what is kept of a likeness.
func finding(id string, l like, fresh bool) stoa.Finding {
	f := stoa.Finding{
		Subject: id, Other: l.root, Rule: l.Rule, Version: match.Version, Confidence: l.Score, Why: l.Why, Relation: l.Relation,
	}
	if l.Inverse {
		f.Subject, f.Other = f.Other, f.Subject
	}
	switch {
	case l.Verdict.Verdict == match.Duplicate && fresh:
		f.Kind, f.Subject, f.Other, f.Relation = stoa.Join, l.root, id, ""
	case l.Verdict.Verdict == match.Translation && l.Score >= sureTie, l.Verdict.Verdict == match.Distinct && l.Relation != stoa.Supersedes:
		f.Kind = stoa.Tied
	default:
		f.Kind = stoa.Proposal
	}
	return f
}

// sureTie is the score from which a translation is tied without a person: hreflang or a document number says so.
const sureTie = 0.95

// beyondMeasure is the likeness of a title to what it was when people said that two things differ, below which they are
// asked again.
const beyondMeasure = 0.6

// answered reports whether a person or a rule already said what the finding would say of the two, a person parted them, or
// so much is said of one of them already that more helps nobody.
func (w *work) answered(f stoa.Finding) (bool, error) {
	rulings, err := rulingsOn(w.tx, f.Subject)
	if err != nil {
		return false, err
	}
	var differ uint64
	for _, d := range inForce(rulings) {
		if other(d, f.Subject) != f.Other {
			continue
		}
		switch d.Action {
		case stoa.Split, stoa.Tie, stoa.Untie:
			return true, nil
		case stoa.Differ:
			changed, err := w.changedSince(d)
			if err != nil || !changed || f.Kind != stoa.Proposal {
				return true, err
			}
			differ = d.Seq
		}
	}
	if f.Kind == stoa.Proposal {
		return w.offered(f, differ)
	}
	about, err := keysIn(w.tx, tConcerns, part(f.Other), mostSaid)
	if err != nil || f.Kind == stoa.Tied && len(about) == mostSaid {
		return true, err
	}
	findings, err := findingsOn(w.tx, f.Subject)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(findings, func(x stoa.Finding) bool {
		return x.Kind == f.Kind && x.Relation == f.Relation && (x.Subject == f.Subject && x.Other == f.Other || x.Subject == f.Other && x.Other == f.Subject)
	}), nil
}

// changedSince reports whether one of two records that a person said differ has another title now, beyond the measure.
func (w *work) changedSince(d stoa.Decision) (bool, error) {
	titles := strings.Split(d.Base, "\n")
	if len(titles) != 2 {
		return false, nil
	}
	for i, id := range []string{d.Subject, d.Value} {
		e, err := readOr[entry](w.tx, tEntries, []byte(id))
		if err != nil {
			return false, err
		}
		if e.Title != "" && match.Likeness(titles[i], e.Title) < beyondMeasure {
			return true, nil
		}
	}
	return false, nil
}

// find keeps a finding and touches the records whose composition it enters.
func (w *work) find(f *stoa.Finding) error {
	var err error
	if f.Seq, err = next(w.tx, seqEvent); err != nil {
		return err
	}
	if f.At.IsZero() {
		f.At = w.at
	}
	if err := write(w.tx, tFindings, number(f.Seq), *f); err != nil {
		return err
	}
	if f.Kind == stoa.Proposal {
		return w.offer(*f)
	}
	w.touch(f.Subject, f.Other)
	if f.Other == "" {
		return w.tx.Put(tConcerns, under(f.Subject, f.Seq), nil)
	}
	return errors.Join(w.tx.Put(tConcerns, under(f.Subject, f.Seq), nil), w.tx.Put(tConcerns, under(f.Other, f.Seq), nil))
}
