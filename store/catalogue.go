// Package store is what is remembered, and the only place where anything changes.
//
// Three things are stored: observations (what sources said), decisions (what people ruled) and findings (what our
// rules concluded). Apply takes in a run of a source, Decide a ruling, Find conclusions; each does it in one
// transaction that joins, composes the records it touches, and numbers each change that readers can see. Search and
// feeds follow those numbers.
//
// A record is computed by normalize.Compose and never edited. What was shown or promised is kept beside it: ids, short ids,
// versions, the day of first listing, the change log, runs, conflict numbers, accounts. Everything else can be
// rebuilt (Rebuild) and is then the same to the byte.
//
// An Engine (store/bolt) keeps the bytes. No transaction is open while anything waits: neither for a source nor for a
// reader.
package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"stoa"
)

// Options of a catalogue. The zero value is right for a server.
type Options struct {
	Now    func() time.Time // the clock; default time.Now
	Random io.Reader        // for ids; default crypto/rand
	Log    *slog.Logger     // default: none
	// Lag tells by how much the wall clock runs ahead of one that did not jump, and when it is believed again. Until then
	// rules over elapsed time go by the other. Zero, and nil: it did not jump.
	Lag func() (time.Duration, time.Time)
	// Behind has Open return at once though the last process was killed in the middle of something long. It is ended
	// behind readers, and whoever wants to change something waits for it.
	Behind bool
}

// Catalogue is the remembered catalogue over an engine. It is safe for concurrent use.
type Catalogue struct {
	engine Engine
	clock  func() time.Time
	log    *slog.Logger
	gate   gate

	mu      sync.Mutex
	random  io.Reader
	busy    map[string]bool // sources that are being applied
	grown   chan struct{}   // closed at the next change
	entries map[string]readied
	lag     func() (time.Duration, time.Time)
	tally   tally
}

// Open opens the catalogue that the engine holds, or begins one in an empty engine. A store of a newer schema is
// stoa.ErrInvalid. A large run that was being applied when the program ended is applied to its end, a rebuild done
// again; what was staged for runs that never counted is dropped.
func Open(ctx context.Context, e Engine, o Options) (*Catalogue, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Catalogue{
		engine: e, clock: o.Now, random: o.Random, log: o.Log, lag: o.Lag, gate: newGate(),
		busy: map[string]bool{}, grown: make(chan struct{}), entries: map[string]readied{},
	}
	if err := c.schema(ctx); err != nil {
		return nil, fmt.Errorf("open catalogue: %w", err)
	}
	if err := c.recover(ctx, o.Behind); err != nil {
		return nil, fmt.Errorf("open catalogue: %w", err)
	}
	return c, nil
}

// now returns the time to the millisecond, which is what is stored.
func (c *Catalogue) now() time.Time { return c.clock().UTC().Truncate(time.Millisecond) }

// NewID returns a new time-ordered id.
func (c *Catalogue) NewID() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, err := stoa.NewID(c.clock(), c.random)
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id, nil
}

// Changed returns a channel that is closed when the log of changes has grown. Ask for it first, then read the log.
func (c *Catalogue) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.grown
}

func (c *Catalogue) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.grown)
	c.grown = make(chan struct{})
}

// claim makes sure that only one run of a source is applied at a time.
func (c *Catalogue) claim(source string) (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[source] {
		return nil, fmt.Errorf("%w: another run of %s is being applied", stoa.ErrConflict, source)
	}
	c.busy[source] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.busy, source)
	}, nil
}

// work is one transaction of the catalogue: what it touched is composed at its end.
type work struct {
	*Catalogue
	tx      Tx
	at      time.Time
	by      string   // who, for the change log: "run:ID", "decision:ID", "rule:NAME"
	touched []string // records, in the order in which they were touched
	again   []string // records whose place in the queue depends on those
	known   map[string]bool
	changes int
	queued  bool // the queue is another one
	anew    bool // Rebuild: what is computed is filed again even where the record is as before
}

func (w *work) touch(ids ...string) {
	for _, id := range ids {
		if id != "" && !w.known[id] {
			w.known[id] = true
			w.touched = append(w.touched, id)
		}
	}
}

// requeue has a record's tasks looked at when all that was touched is composed.
func (w *work) requeue(id string) { w.again = append(w.again, id) }

// update runs f and composes what it touched, in one transaction.
func (c *Catalogue) update(ctx context.Context, f func(*work) error) error {
	changes, queue := 0, false
	err := c.engine.Update(ctx, func(tx Tx) error {
		held := warmed(tx)
		w := &work{Catalogue: c, tx: held, at: c.now(), known: map[string]bool{}}
		if err := f(w); err != nil {
			return err
		}
		if err := w.settle(); err != nil {
			return err
		}
		changes, queue = w.changes, w.queued
		return held.flush()
	})
	if queue {
		c.tally.forget()
	}
	if err == nil && changes > 0 {
		c.announce()
	}
	return err
}
