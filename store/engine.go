package store

import (
	"context"
	"errors"
)

// Engine keeps ordered tables of keys and values. Engines store and order; they know no rule of the domain.
//
// A table exists as soon as something is put into it. Keys are ordered by their bytes.
type Engine interface {
	// View runs f on one consistent state of all tables. Whatever f does, nothing changes.
	View(ctx context.Context, f func(Tx) error) error
	// Update runs f and keeps what it wrote, all of it or, when f fails, nothing. It returns nil only when what was
	// written is on disk. Engines may put several updates into one write to the disk, and may run f again after a
	// failure that was not f's, so f sets all that it hands out anew each time it runs. Updates run one after another.
	Update(ctx context.Context, f func(Tx) error) error
	// Verify reads all that is stored and calls report for every fault it finds. Its own error is for what kept it
	// from looking.
	Verify(ctx context.Context, report func(Fault)) error
	// Backup writes a consistent copy into a new file at path while work goes on, and proves it by reading it back.
	Backup(ctx context.Context, path string) error
}

// Tx is one transaction. It is used by one goroutine at a time, and not after the function it was given to. Keys and
// values that it hands out are valid until then and must not be changed.
type Tx interface {
	// Get returns a value. Absence is stoa.ErrNotFound; bytes that are not those written are stoa.ErrDamaged.
	Get(table string, key []byte) ([]byte, error)
	// Put keeps a copy of value under key.
	Put(table string, key, value []byte) error
	// Delete removes a key; one that is not there is no error.
	Delete(table string, key []byte) error
	// Scan calls each for the keys of a range in order, until it returns an error; Stop ends the scan without one.
	// The table must not be written meanwhile.
	Scan(table string, r Range, each func(key, value []byte) error) error
}

// Range is a part of a table: From ≤ key < To. A nil bound is open. Reverse begins at the end.
type Range struct {
	From, To []byte
	Reverse  bool
}

// Stop ends a Scan early.
//
//lint:ignore ST1012 it is no failure
var Stop = errors.New("stop")

// Prefix returns the range of all keys that begin with p.
func Prefix(p []byte) Range {
	return Range{From: p, To: after(p)}
}

// after returns the first key that is greater than all keys that begin with p, or nil when there is none.
func after(p []byte) []byte {
	to := append([]byte(nil), p...)
	for i := len(to) - 1; i >= 0; i-- {
		if to[i] < 0xff {
			to[i]++
			return to[:i+1]
		}
	}
	return nil
}

// Fault is a place in the store that is not as it was written.
type Fault struct {
	Table string // empty when the file as a whole is hurt
	Key   string // quoted
	What  string // in words
}
