// Package stoa holds the nouns of the catalogue: what sources say (Item, Observation), what people rule
// (Decision), what our rules conclude (Finding), and what readers see (Record, Change).
//
// Three things are stored, and the catalogue is computed from them: observations, decisions and findings.
// normalize.Compose turns them into a Record; it is a pure function, so a ruling outlives every harvest, a
// merge can be undone, and every field can say who said so and when.
//
// The package imports the standard library only and does no I/O. Every other package imports it, and it imports none
// of them.
package stoa

import "errors"

// Errors that callers act on. Everything else is wrapped with what was done and to what.
var (
	// ErrNotFound says that what was asked for is not there.
	ErrNotFound = errors.New("not found")
	// ErrGone says that it was there, and was withdrawn or merged away.
	ErrGone = errors.New("gone")
	// ErrConflict says that somebody else was quicker: the version given is not the current one.
	ErrConflict = errors.New("changed meanwhile")
	// ErrInvalid says that the request itself is wrong; the message says where and why.
	ErrInvalid = errors.New("invalid")
	// ErrDenied says that whoever asks may not.
	ErrDenied = errors.New("not allowed")
	// ErrHeld says that another process holds the store; the message says which.
	ErrHeld = errors.New("store is in use")
	// ErrExcluded says that a source's own rules leave an item out. It is yielded beside the item, and is no fault of it.
	ErrExcluded = errors.New("excluded")
	// ErrDamaged says that stored bytes are not those that were written; the message names the place.
	ErrDamaged = errors.New("store is damaged")
	// ErrWaits says that what was asked for is kept, and counts when a second person confirms it.
	ErrWaits = errors.New("waits for a second person")
	// ErrFull says that nothing can be written at present: the disk is full or read-only. Reading goes on.
	ErrFull = errors.New("store cannot be written")
)
