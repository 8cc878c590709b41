package store

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"maps"
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
	compared = 24 // records compared: those that share most keys
	offered  = 3  // proposals of one item
	tied     = 6  // relations of one item
	crowded  = 64 // records merged into one, beyond which no rule adds another
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
	Keys    []string `json:"keys"`
	Sources []string `json:"sources,omitempty"` // that list it
}

// keyHash is the key under which a record is filed by one of its match keys.
func keyHash(k string) []byte {
	h := sha256.Sum256([]byte(k))
	return h[:8]
}

// index files a record for matching, unless it is filed so already.
func (w *work) index(e match.Entry, sources []string) error {
	old, err := readOr[entry](w.tx, tEntries, []byte(e.ID))
	if err != nil {
		return err
	}
	now := entry{Entry: e, Keys: old.Keys, Sources: sources}
	if same, err := alike(old, now); err != nil || same && len(old.Keys) > 0 {
		return err
	}
	now.Keys = match.Keys(e)
	return w.refileKeys(old.Keys, now)
}

func (w *work) refileKeys(old []string, now entry) error {
	for _, k := range old {
		if !slices.Contains(now.Keys, k) {
			if err := w.tx.Delete(tKeys, append(keyHash(k), now.ID...)); err != nil {
				return err
			}
		}
	}
	for _, k := range now.Keys {
		if !slices.Contains(old, k) {
			if err := w.tx.Put(tKeys, append(keyHash(k), now.ID...), nil); err != nil {
				return err
			}
		}
	}
	return write(w.tx, tEntries, []byte(now.ID), now)
}

// like is a record that an item resembles.
type like struct {
	id, root string
	sources  []string
	match.Verdict
}

// join looks for likes of an item: what is surely the same is joined, what may be is proposed, relations are kept. Only
// a new item is joined by a rule; a known one that changed is proposed, because people may have ruled on it.
func (w *work) join(o observation, fresh bool) error {
	e := match.FromDraft(o.Record, o.Draft)
	prepared := match.Prepare(e)
	keys := prepared.Keys()
	likes, err := w.likes(o.Record, prepared, keys)
	if err != nil {
		return err
	}
	if fresh { // so that the next item of the run finds it; its record is filed anew when it is composed
		if err := w.refileKeys(nil, entry{Entry: e, Keys: keys, Sources: []string{o.Source}}); err != nil {
			return err
		}
	}
	room := map[stoa.FindingKind]int{stoa.Join: 1, stoa.Proposal: offered, stoa.Tied: tied}
	for _, l := range likes {
		f := finding(o.Record, l, fresh)
		if f.Kind == stoa.Join {
			family, err := familyOf(w.tx, l.root)
			if err != nil {
				return err
			}
			if len(family) >= crowded {
				f.Kind = stoa.Proposal
			}
		}
		if room[f.Kind]--; room[f.Kind] < 0 {
			continue
		}
		known, err := w.answered(f)
		if err != nil {
			return err
		}
		if known {
			continue
		}
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

// likes returns the records that share a match key with an item and are not plainly distinct, the likest first. A key
// under which a crowd is filed tells nothing.
func (w *work) likes(id string, e match.Prepared, keys []string) ([]like, error) {
	shared := map[string]int{}
	for _, k := range keys {
		var under []string
		h, crowd := keyHash(k), match.Crowd
		if strings.ContainsRune("ndic", rune(k[0])) { // an identity tells something even in a crowd
			crowd *= 20
		}
		err := w.tx.Scan(tKeys, Prefix(h), func(k, _ []byte) error {
			if under = append(under, string(k[len(h):])); len(under) > crowd {
				return Stop
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(under) > crowd {
			continue
		}
		for _, other := range under {
			if other != id {
				shared[other]++
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(shared), func(a, b string) int {
		return cmp.Or(cmp.Compare(shared[b], shared[a]), cmp.Compare(a, b))
	})
	ids = ids[:min(len(ids), compared)]
	own, err := rootOf(w.tx, id)
	if err != nil {
		return nil, err
	}
	return w.judged(e, own, ids)
}

// mostPrepared bounds the entries that are kept read.
const mostPrepared = 20_000

// readied is a filed entry that was read, and the sum of its stored bytes, which tells when it is another one.
type readied struct {
	sum     uint32
	entry   match.Prepared
	sources []string
}

// prepared returns the entry of a record, read once for as long as it stays as it is filed.
func (w *work) prepared(id string) (readied, error) {
	b, err := w.tx.Get(tEntries, []byte(id))
	if err != nil {
		return readied{}, err
	}
	sum := crc32.ChecksumIEEE(b)
	w.mu.Lock()
	known, ok := w.entries[id]
	w.mu.Unlock()
	if ok && known.sum == sum {
		return known, nil
	}
	var e entry
	if err := decode(tEntries, []byte(id), b, &e); err != nil {
		return readied{}, err
	}
	now := readied{sum, match.Prepare(e.Entry), e.Sources}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.entries) >= mostPrepared {
		clear(w.entries)
	}
	w.entries[id] = now
	return now, nil
}

// judged compares an entry with candidates, those of one record once by their best verdict.
func (w *work) judged(own match.Prepared, self string, ids []string) ([]like, error) {
	var out []like
	for _, id := range ids {
		root, err := rootOf(w.tx, id)
		if err != nil {
			return nil, err
		}
		if root == self {
			continue
		}
		b, err := w.prepared(id)
		if err != nil {
			return nil, err
		}
		v := own.Compare(b.entry)
		if v.Verdict == match.Distinct && v.Relation == "" {
			continue
		}
		out = append(out, like{id, root, b.sources, v})
	}
	slices.SortStableFunc(out, func(a, b like) int {
		order := []string{match.Duplicate, match.Translation, match.Proposal, match.Distinct}
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Verdict.Verdict), slices.Index(order, b.Verdict.Verdict)),
			cmp.Compare(b.Score, a.Score), cmp.Compare(a.root, b.root),
		)
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

// sourcesOf names the sources that list a record, each once.
func sourcesOf(rec stoa.Record) []string {
	var out []string
	for _, s := range rec.Sightings {
		if !slices.Contains(out, s.Source) {
			out = append(out, s.Source)
		}
	}
	return out
}
