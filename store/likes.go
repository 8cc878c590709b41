package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"stoa"
	"stoa/normalize/match"
)

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

// file files a record for matching, unless it is filed so already. Where the entry was prepared, p spares reading it again.
func (w *work) file(now entry, p *match.Prepared) error {
	old, err := readOr[entry](w.tx, tEntries, []byte(now.ID))
	if err != nil {
		return err
	}
	if now.Keys == nil {
		was := old
		was.Keys = nil
		if same, err := alike(was, now); err != nil || same {
			return err
		}
		now.Keys = match.Keys(now.Entry)
	}
	for _, k := range old.Keys {
		if !slices.Contains(now.Keys, k) {
			if err := w.tx.Delete(tKeys, append(keyHash(k), now.ID...)); err != nil {
				return err
			}
		}
	}
	for _, k := range now.Keys {
		if !slices.Contains(old.Keys, k) {
			if err := w.tx.Put(tKeys, append(keyHash(k), now.ID...), nil); err != nil {
				return err
			}
		}
	}
	b, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("encode entry %s: %w", now.ID, err)
	}
	if p != nil {
		w.ready(now.ID, readied{crc32.ChecksumIEEE(b), *p, now.Sources})
	}
	return w.tx.Put(tEntries, []byte(now.ID), b)
}

// fileRuled files a record as people have it. Without their rulings it stays filed as its source says.
func (w *work) fileRuled(rec stoa.Record, all facts) error {
	ruled := slices.ContainsFunc(all.decisions, func(d stoa.Decision) bool {
		return slices.Contains([]string{"title", "url", "summary", "language"}, d.Field)
	})
	if !ruled {
		return nil
	}
	e := match.Of(rec)
	for _, o := range all.observations {
		for _, u := range o.Draft.Editions {
			if !slices.Contains(e.Editions, u) {
				e.Editions = append(e.Editions, u)
			}
		}
	}
	return w.file(entry{Entry: e, Sources: sourcesOf(rec)}, nil)
}

// like is a record that an item resembles.
type like struct {
	id, root string
	family   []string // all that is merged into root, and root itself
	sources  []string // that list id
	match.Verdict
}

// likes returns the records that share a match key with an item and are not plainly distinct, the likest first. A key
// under which a crowd is filed tells nothing.
func (w *work) likes(id string, e match.Prepared, keys []string) ([]like, error) {
	shared := map[string]int{}
	var under [][]byte
	for _, k := range keys {
		under = under[:0]
		h, crowd := keyHash(k), match.Crowd
		if strings.ContainsRune("ndic", rune(k[0])) { // an identity tells something even in a crowd
			crowd *= 20
		}
		err := w.tx.Scan(tKeys, Prefix(h), func(k, _ []byte) error {
			if under = append(under, k[len(h):]); len(under) > crowd {
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
			if string(other) != id {
				shared[string(other)]++
			}
		}
	}
	ids := mostShared(shared, compared)
	own, err := rootOf(w.tx, id)
	if err != nil {
		return nil, err
	}
	return w.judged(e, own, ids)
}

// mostShared returns the n records that share most keys, those with most first.
func mostShared(shared map[string]int, n int) []string {
	before := func(a, b string) int { return cmp.Or(cmp.Compare(shared[b], shared[a]), cmp.Compare(a, b)) }
	top := make([]string, 0, n+1)
	for id := range shared {
		if len(top) == n && before(id, top[n-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, id, before)
		top = slices.Insert(top, at, id)
		top = top[:min(len(top), n)]
	}
	return top
}

// mostPrepared bounds the entries that are kept read.
const mostPrepared = 8_000

// readied is a filed entry that was read, and the sum of its stored bytes, which tells when it is another one.
type readied struct {
	sum     uint32
	entry   match.Prepared
	sources []string
}

// ready remembers an entry that was read.
func (w *work) ready(id string, r readied) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.entries) >= mostPrepared {
		clear(w.entries)
	}
	w.entries[id] = r
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
	w.ready(id, now)
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
		family, err := familyOf(w.tx, root)
		if err != nil {
			return nil, err
		}
		out = append(out, like{id, root, family, b.sources, v})
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
