package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stoa"
	"stoa/store"
)

// A group is several updates that share one transaction and so one write to the disk. Whoever has the turn runs its
// own function in the group's transaction; the last one in the row commits for all. A function that fails takes back
// its own writes only.
type group struct {
	tx      *txn
	members int
	began   time.Time
	done    chan struct{} // closed when err is set
	err     error
}

// Bounds of a group, so that nobody waits long for others and no transaction grows without end.
const (
	maxMembers = 256
	maxBytes   = 8 << 20
	maxTime    = 100 * time.Millisecond
)

// Update implements store.Engine.
func (e *Engine) Update(ctx context.Context, f func(store.Tx) error) error {
	g, err := e.join(ctx, f)
	if err != nil {
		return err
	}
	<-g.done // a commit under way cannot be called back
	return g.err
}

// join runs f in the current group and commits the group when nobody else waits to join it.
func (e *Engine) join(ctx context.Context, f func(store.Tx) error) (g *group, err error) {
	e.queued.Add(1)
	select {
	case <-e.turn:
	case <-ctx.Done():
		go e.leave() // whoever had the turn may have counted on this one to commit
		return nil, context.Cause(ctx)
	case <-e.closed:
		return nil, errors.New("update store: closed")
	}
	e.queued.Add(-1)
	defer func() { e.turn <- struct{}{} }()
	if p := e.broken.Load(); p != nil {
		return nil, *p
	}
	if e.group == nil {
		tx, err := e.begin()
		if err != nil {
			return nil, err
		}
		e.group = &group{tx: &txn{packer: e.packer, tx: tx, tables: map[string]*table{}}, began: time.Now(), done: make(chan struct{})}
	}
	g = e.group
	defer e.finish(false)
	return g, e.run(ctx, g, f)
}

// leave is for an update that no longer waits for its turn.
func (e *Engine) leave() {
	select {
	case <-e.turn:
	case <-e.closed:
		return
	}
	e.queued.Add(-1)
	e.finish(false)
	e.turn <- struct{}{}
}

func (e *Engine) begin() (tx *bbolt.Tx, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer guard("", nil, &err)
	tx, err = e.db.Begin(true)
	if err != nil {
		return nil, fmt.Errorf("update store: %w", named(err))
	}
	return tx, nil
}

// run runs f, and takes its writes back when it fails or panics.
func (e *Engine) run(ctx context.Context, g *group, f func(store.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	mark, whole := len(g.tx.undo), false
	defer func() {
		if whole {
			return
		}
		if berr := g.tx.back(mark); berr != nil { // then the group cannot be kept at all
			g.err = berr
		}
	}()
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := f(g.tx); err != nil {
		return err
	}
	whole = true
	g.members++
	return nil
}

// finish commits the group when nobody waits to join it, when it is full, or when now is set. It is called with the turn.
func (e *Engine) finish(now bool) {
	g := e.group
	if g == nil {
		return
	}
	full := g.members >= maxMembers || g.tx.written >= maxBytes || time.Since(g.began) >= maxTime || g.err != nil
	if e.queued.Load() > 0 && !full && !now {
		return
	}
	e.group = nil
	if g.err == nil && g.members > 0 && len(g.tx.undo) > 0 {
		g.err = e.commit(g)
	} else if err := rollback(g.tx.tx); err != nil && g.err == nil {
		g.err = err
	}
	close(g.done)
}

// commit writes a group to the disk. A panic inside leaves bbolt's locks in an unknown state, so nothing is written any more
// until the store is opened anew; what was committed before is safe.
func (e *Engine) commit(g *group) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("update store: %w: %v; run verify, then restore a backup", stoa.ErrDamaged, p)
			e.broken.Store(&err)
		}
	}()
	if err := g.tx.seal(); err != nil {
		return errors.Join(err, rollback(g.tx.tx))
	}
	if err := g.tx.tx.Commit(); err != nil {
		return fmt.Errorf("update store: %w", named(err))
	}
	return nil
}

func rollback(tx *bbolt.Tx) (err error) {
	defer guard("", nil, &err)
	if err := tx.Rollback(); err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// View implements store.Engine.
func (e *Engine) View(ctx context.Context, f func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return e.view(func(tx *txn) error { return f(tx) })
}

func (e *Engine) view(f func(*txn) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	tx, err := e.beginRead()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rollback(tx)) }()
	return f(&txn{packer: e.packer, tx: tx, tables: map[string]*table{}})
}

func (e *Engine) beginRead() (tx *bbolt.Tx, err error) {
	defer guard("", nil, &err)
	tx, err = e.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	return tx, nil
}
