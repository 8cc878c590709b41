package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"stoa"
)

// The tables. What is stored are observations, decisions and findings; what was promised are identities, changes, runs,
// conflicts and accounts. The rest is computed from them and can be rebuilt at any time.
const (
	tMeta         = "meta"         // name → schema, sequences
	tObservations = "observations" // source, item → observation
	tItems        = "items"        // source, item → the whole item as last read
	tTwins        = "twins"        // source, hash of link and title → the item's key
	tPrints       = "prints"       // source, item → what tells an unchanged item without reading its observation
	tDecisions    = "decisions"    // seq → decision
	tDecisionIDs  = "decision-ids" // id → seq
	tRulings      = "rulings"      // subject, seq → nothing; each decision under all that it is about
	tFindings     = "findings"     // seq → finding
	tConcerns     = "concerns"     // subject, seq → nothing; each finding under both its sides
	tOffers       = "offers"       // record, other → seq and side; proposals, which are no part of any record
	tRuns         = "runs"         // id → run
	tSourceRuns   = "source-runs"  // source, number → run id
	tSources      = "sources"      // id → history
	tSeen         = "seen"         // source → when its last complete run ended; windows have none
	tStaged       = "staged"       // run, sort, item → observation not yet applied
	tApplying     = "applying"     // run → how far a large run is applied
	tIdentities   = "identities"   // record → what was shown or promised of it
	tShorts       = "shorts"       // short id → record
	tChanges      = "changes"      // seq → change
	tConflicts    = "conflicts"    // number → conflict
	tQuestions    = "questions"    // record, number → nothing
	tLetters      = "letters"      // id → letter
	tMotions      = "motions"      // id → motion
	tActs         = "acts"         // person, seq → what they did last, to take it back as one
	tClaims       = "claims"       // subject → who is at work on it

	tRecords  = "records"  // id → record
	tMembers  = "members"  // record, source, item → nothing; where an observation was first filed
	tMerged   = "merged"   // record → the record it is merged into
	tAbsorbed = "absorbed" // record, merged record → nothing
	tRefused  = "refused"  // record → nothing
	tKeys     = "keys"     // hash of a match key, record → nothing
	tEntries  = "entries"  // record → its entry for matching, and its keys
	tCalendar = "calendar" // instant, record → nothing; when the calendar changes a record
	tChecks   = "checks"   // instant, record → when its link was looked at last, and the host; when it is due again
	tQueue    = "queue"    // weight, since, name → task
	tQueued   = "queued"   // record, run or conflict, name → key in queue
	tCounts   = "counts"   // name → number

	tUsers    = "users"    // name → user
	tSessions = "sessions" // hash of secret → session
	tTokens   = "tokens"   // hash of secret → token
)

// Tables lists every table.
func Tables() []string {
	return []string{
		tMeta, tObservations, tItems, tTwins, tPrints, tDecisions, tDecisionIDs, tRulings, tFindings, tConcerns, tOffers, tRuns, tSourceRuns,
		tSources, tSeen, tStaged, tApplying, tIdentities, tShorts, tChanges, tConflicts, tQuestions, tLetters, tMotions, tActs, tClaims, tRecords, tMembers, tMerged,
		tAbsorbed, tRefused, tKeys, tEntries, tCalendar, tChecks, tQueue, tQueued, tCounts, tUsers, tSessions, tTokens,
	}
}

// computed lists the tables that Rebuild empties and makes anew. Records are written over one by one, so that it can
// tell which came out different.
func computed() []string {
	return []string{tPrints, tMembers, tMerged, tAbsorbed, tRefused, tKeys, tEntries, tCalendar, tChecks, tQueue, tQueued, tCounts}
}

// Names in tMeta beside the sequences.
var (
	metaSchema  = []byte("schema")
	metaNow     = []byte("now")     // when anything was last composed
	metaRebuild = []byte("rebuild") // is there while a rebuild is not done
	metaErase   = []byte("erase")   // is there while an erasure is not done
)

const sep = "\x00"

// key joins the parts of a key. No part but the last may hold a NUL; ids never do.
func key(parts ...string) []byte { return []byte(strings.Join(parts, sep)) }

// part returns the range of all keys that begin with these parts.
func part(parts ...string) Range { return Prefix(key(append(parts, "")...)) }

// last returns what follows the n-th separator of a key.
func last(k []byte, n int) string {
	s := string(k)
	for range n {
		_, s, _ = strings.Cut(s, sep)
	}
	return s
}

// itemKey is the key of an item of a source. Publishers may send keys of any length; a long one is filed by its hash.
func itemKey(source, item string) []byte {
	if len(item) > 256 {
		h := sha256.Sum256([]byte(item))
		item = item[:64] + "#" + hex.EncodeToString(h[:])
	}
	return key(source, item)
}

// number is the key of a sequence number, in order.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// under is the key of an index from a subject to a sequence number.
func under(subject string, n uint64) []byte { return append(key(subject, ""), number(n)...) }

// numberOf returns the sequence number at the end of a key.
func numberOf(k []byte) uint64 {
	if len(k) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(k[len(k)-8:])
}

// read decodes the value under a key. Absence is stoa.ErrNotFound.
func read[T any](tx Tx, table string, key []byte) (T, error) {
	if v, ok := recall[T](tx, table, key); ok {
		return v, nil
	}
	var v T
	b, err := tx.Get(table, key)
	if err != nil {
		return v, err
	}
	return v, decode(table, key, b, &v)
}

// readOr decodes the value under a key, or returns the zero value when there is none.
func readOr[T any](tx Tx, table string, key []byte) (T, error) {
	v, err := read[T](tx, table, key)
	if errors.Is(err, stoa.ErrNotFound) {
		return v, nil
	}
	return v, err
}

func decode(table string, key, b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: table %s, key %q: %v", stoa.ErrDamaged, table, key, err)
	}
	return nil
}

// write encodes v under a key.
func write[T any](tx Tx, table string, key []byte, v T) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode for table %s: %w", table, err)
	}
	if err := tx.Put(table, key, b); err != nil {
		return err
	}
	recollect(tx, table, key, v)
	return nil
}

// has reports whether there is a key.
func has(tx Tx, table string, key []byte) (bool, error) {
	_, err := tx.Get(table, key)
	if errors.Is(err, stoa.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// keysIn collects the keys of a range, at most limit; 0 is all.
func keysIn(tx Tx, table string, r Range, limit int) ([][]byte, error) {
	var out [][]byte
	err := tx.Scan(table, r, func(k, _ []byte) error {
		out = append(out, append([]byte(nil), k...))
		if len(out) == limit {
			return Stop
		}
		return nil
	})
	return out, err
}

// values collects the decoded values of a range, at most limit; 0 is all.
func values[T any](tx Tx, table string, r Range, limit int) ([]T, error) {
	var out []T
	err := tx.Scan(table, r, func(k, b []byte) error {
		var v T
		if err := decode(table, k, b, &v); err != nil {
			return err
		}
		out = append(out, v)
		if len(out) == limit {
			return Stop
		}
		return nil
	})
	return out, err
}

// next raises a sequence and returns its new number, from 1.
func next(tx Tx, name string) (uint64, error) {
	n, err := readOr[uint64](tx, tMeta, []byte("seq "+name))
	if err != nil {
		return 0, err
	}
	return n + 1, write(tx, tMeta, []byte("seq "+name), n+1)
}

// current returns the last number of a sequence.
func current(tx Tx, name string) (uint64, error) {
	return readOr[uint64](tx, tMeta, []byte("seq "+name))
}

// The sequences. Decisions, findings and observations share one, so that their order is known whatever the clock did.
const (
	seqEvent    = "event"
	seqChange   = "change"
	seqConflict = "conflict"
)
