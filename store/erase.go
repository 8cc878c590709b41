package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stoa"
	"stoa/normalize"
)

// A lawful erasure takes the name or the address of a person out of all that is stored, and out of all that sources say
// from then on. It is itself a decision: who asked for it and when stays; of what was erased, a salted hash by which it is
// known again when a source repeats it.

// erased is put where something was taken out.
const erased = "…"

// mostNames is the most words that a name may have.
const mostNames = 6

// erasure is what is known again.
type erasure struct {
	salt  string
	words int // 0: an address of mail
	hash  string
}

var mailAddress = regexp.MustCompile(`[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(\.[\p{L}\p{N}-]{1,63}){1,6}`)

// prepareErase puts the hash of a name or an address in its place.
func (w *work) prepareErase(d *stoa.Decision) error {
	if d.Subject != stoa.People {
		return fmt.Errorf("%w subject %q: want %s", stoa.ErrInvalid, clip(d.Subject), stoa.People)
	}
	if strings.HasPrefix(d.Value, "sha256:") {
		return fmt.Errorf("%w value: want a name or an address of mail, not its hash", stoa.ErrInvalid)
	}
	salt := make([]byte, 8)
	w.mu.Lock()
	_, err := io.ReadFull(w.random, salt)
	w.mu.Unlock()
	if err != nil {
		return fmt.Errorf("make salt: %w", err)
	}
	e := erasure{salt: hex.EncodeToString(salt)}
	if found := mailAddress.FindString(d.Value); found != "" && found == d.Value {
		e.hash = e.of(fold(found))
	} else {
		names := wordsOf(d.Value)
		if len(names) < 2 || len(names) > mostNames {
			return fmt.Errorf("%w value: want an address of mail, or a name of 2 to %d words", stoa.ErrInvalid, mostNames)
		}
		e.words = len(names)
		e.hash = e.of(joined(d.Value, names))
	}
	d.Value, d.Field, d.Base, d.Before = e.String(), "", "", ""
	return nil
}

func (e erasure) of(text string) string {
	sum := sha256.Sum256([]byte(e.salt + "\x00" + text))
	return hex.EncodeToString(sum[:])
}

func (e erasure) String() string {
	return "sha256:" + strconv.Itoa(e.words) + ":" + e.salt + ":" + e.hash
}

func readErasure(value string) (e erasure, ok bool) {
	parts := strings.Split(value, ":")
	if len(parts) != 4 || parts[0] != "sha256" {
		return e, false
	}
	n, err := strconv.Atoi(parts[1])
	return erasure{parts[2], n, parts[3]}, err == nil && n >= 0 && n <= mostNames
}

// fold makes two spellings of a word that only differ in case or in their encoding one.
func fold(s string) string { return cases.Fold().String(norm.NFC.String(s)) }

// span is a word of a text.
type span struct{ from, to int }

// wordsOf finds the words of a text: letters with their marks, joined by an apostrophe or a hyphen.
func wordsOf(text string) []span {
	var out []span
	from := -1
	for i, r := range text {
		inside := unicode.IsLetter(r) || unicode.IsMark(r) || from >= 0 && (r == '\'' || r == '’' || r == '-' || r == '‐')
		switch {
		case inside && from < 0:
			from = i
		case !inside && from >= 0:
			out, from = append(out, span{from, i}), -1
		}
	}
	if from >= 0 {
		out = append(out, span{from, len(text)})
	}
	return out
}

// joined is a name in the form that is hashed: its words in one order, so that "Doe, Jane" is "Jane Doe".
func joined(text string, words []span) string {
	var names []string
	for _, s := range words {
		names = append(names, strings.Trim(fold(text[s.from:s.to]), "'’-‐"))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// scrub takes out of a text whatever was erased.
func scrub(text string, all []erasure) string {
	if text == "" || len(all) == 0 {
		return text
	}
	if strings.Contains(text, "@") {
		text = mailAddress.ReplaceAllStringFunc(text, func(found string) string {
			if slices.ContainsFunc(all, func(e erasure) bool { return e.words == 0 && e.of(fold(found)) == e.hash }) {
				return erased
			}
			return found
		})
	}
	for _, e := range all {
		if e.words > 0 {
			text = e.scrubName(text)
		}
	}
	return text
}

func (e erasure) scrubName(text string) string {
	words := wordsOf(text)
	var b strings.Builder
	at := 0
	for i := 0; i+e.words <= len(words); i++ {
		part := words[i : i+e.words]
		if !near(text, part) || e.of(joined(text, part)) != e.hash {
			continue
		}
		b.WriteString(text[at:part[0].from])
		b.WriteString(erased)
		at = part[len(part)-1].to
		i += e.words - 1
	}
	if at == 0 {
		return text
	}
	b.WriteString(text[at:])
	return b.String()
}

// near reports whether words stand together, as those of a name do.
func near(text string, words []span) bool {
	for i := 1; i < len(words); i++ {
		gap := text[words[i-1].to:words[i].from]
		if len(gap) > 6 || strings.ContainsFunc(gap, func(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(",.;_", r) }) {
			return false
		}
	}
	return true
}

// scrubItem takes out of an item, in all its parts, whatever was erased.
func scrubItem(i stoa.Item, all []erasure) (stoa.Item, error) {
	b, err := json.Marshal(i)
	if err != nil {
		return i, fmt.Errorf("encode item: %w", err)
	}
	b, changed, err := scrubJSON(b, all)
	if err != nil || !changed {
		return i, err
	}
	var out stoa.Item
	if err := json.Unmarshal(b, &out); err != nil {
		return i, fmt.Errorf("decode item: %w", err)
	}
	out.Key, out.URL = i.Key, i.URL // what it is known by
	return out, nil
}

// scrubJSON takes out of every text in a value whatever was erased. Names of fields stay.
func scrubJSON(b []byte, all []erasure) ([]byte, bool, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, false, fmt.Errorf("decode: %w", err)
	}
	changed := false
	v = scrubValue(v, all, &changed)
	if !changed {
		return b, false, nil
	}
	out, err := json.Marshal(v)
	return out, true, err
}

// names are fields by which rows find one another.
var names = []string{"key", "id", "record", "subject", "source", "run", "capture", "url"}

func scrubValue(v any, all []erasure, changed *bool) any {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "sha256:") {
			return v
		}
		clean := scrub(v, all)
		*changed = *changed || clean != v
		return clean
	case []any:
		for i := range v {
			v[i] = scrubValue(v[i], all, changed)
		}
	case map[string]any:
		for k := range v {
			if !slices.Contains(names, k) {
				v[k] = scrubValue(v[k], all, changed)
			}
		}
	}
	return v
}

// erasures returns all that was erased.
func erasures(tx Tx) ([]erasure, error) {
	rulings, err := rulingsOn(tx, stoa.People)
	if err != nil {
		return nil, err
	}
	var out []erasure
	for _, d := range rulings {
		if e, ok := readErasure(d.Value); ok && d.Action == stoa.Erase {
			out = append(out, e)
		}
	}
	return out, nil
}

// spoken are the tables in which words of others, or of persons, are stored.
func spoken() []string {
	return []string{tItems, tObservations, tStaged, tDecisions, tFindings, tConflicts, tLetters, tRuns, tQueue}
}

// erase goes through all that is stored. It is done again from the beginning when it was cut short: what is gone
// already costs nothing.
func (c *Catalogue) erase(ctx context.Context) error {
	var all []erasure
	err := c.engine.View(ctx, func(tx Tx) (err error) {
		all, err = erasures(tx)
		return err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	for _, table := range spoken() {
		for from, more := []byte(nil), true; more; {
			err := c.update(ctx, func(w *work) (err error) {
				w.by = "rule:erase"
				from, more, err = w.eraseBatch(table, from, all)
				return err
			})
			if err != nil {
				return fmt.Errorf("erase from %s: %w", table, err)
			}
		}
	}
	return c.engine.Update(ctx, func(tx Tx) error { return tx.Delete(tMeta, metaErase) })
}

// eraseBatch goes through a stretch of a table from a key, and returns where to go on.
func (w *work) eraseBatch(table string, from []byte, all []erasure) (next []byte, more bool, err error) {
	type row struct{ key, value []byte }
	var rows []row
	n := 0
	err = w.tx.Scan(table, Range{From: from}, func(k, b []byte) error {
		if n++; n > advanced {
			next, more = append([]byte(nil), k...), true
			return Stop
		}
		if len(b) == 0 || !json.Valid(b) { // an index row
			return nil
		}
		clean, changed, err := scrubJSON(b, all)
		if changed {
			rows = append(rows, row{append([]byte(nil), k...), clean})
		}
		return err
	})
	for _, r := range rows {
		err = errors.Join(err, w.tx.Put(table, r.key, r.value), w.mended(table, r.key))
	}
	return next, more, err
}

// mended brings what depends on a row up to date: the fingerprint by which an unchanged item is known, and the record.
func (w *work) mended(table string, k []byte) error {
	switch table {
	case tObservations, tItems:
		o, err := read[observation](w.tx, tObservations, k)
		if err != nil {
			return err
		}
		if err := wholeItem(w.tx, &o); err != nil {
			return err
		}
		o.Print = normalize.Fingerprint(o.Item)
		o.Item = needed(o.Item)
		w.touch(o.Record)
		if err := w.file(entryOf(o.Observation), nil); err != nil {
			return err
		}
		return errors.Join(write(w.tx, tObservations, k, o), write(w.tx, tPrints, k, markOf(o.Observation)))
	case tDecisions:
		d, err := read[stoa.Decision](w.tx, tDecisions, k)
		if err != nil {
			return err
		}
		return w.touchKnown(d.Subject)
	case tFindings:
		f, err := read[stoa.Finding](w.tx, tFindings, k)
		if err != nil {
			return err
		}
		return w.touchKnown(f.Subject)
	}
	return nil
}

// touchKnown touches a subject that is a record.
func (w *work) touchKnown(id string) error {
	known, err := has(w.tx, tRecords, []byte(id))
	if known {
		w.touch(id)
	}
	return err
}

// Erased tells what was erased apart from the rest: a function that reports whether a text holds any of it, for what is
// kept beside the store. It is nil when nothing was ever erased.
func (c *Catalogue) Erased(ctx context.Context) (holds func(text string) bool, err error) {
	var all []erasure
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		all, err = erasures(tx)
		return err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return func(text string) bool { return scrub(text, all) != text }, nil
}
