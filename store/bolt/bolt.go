// Package bolt is the embedded engine: ordered tables in one file, by go.etcd.io/bbolt.
//
// What bbolt does not see by itself is added here. Every value carries a CRC-32C over table, key and value, checked at
// each read. Every table has a tally, the number of its entries and the sum of their checksums, so that Verify also
// finds what is missing. An empty, short or foreign file is never taken for a new store: a store is made under
// another name and then renamed, so a file that is there was whole once. A panic inside bbolt, which damaged pages
// cause, is an error that names the place. Updates that wait for each other share one write to the disk.
package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/klauspost/compress/s2"
	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stoa"
	"stoa/store"
)

// Options of an engine. The zero value is right for a server.
type Options struct {
	Wait time.Duration // for the file's lock; default and most 3 s
	Log  *slog.Logger  // default: none
	Must bool          // the store must exist already: ErrNotFound instead of a new one
}

// Engine is an open store file. It is safe for concurrent use.
type Engine struct {
	packer
	path   string
	db     *bbolt.DB
	log    *slog.Logger
	turn   chan struct{} // holds one token while nobody writes
	queued atomic.Int32  // updates that wait for their turn
	group  *group        // guarded by turn
	broken atomic.Pointer[error]
	closed chan struct{}
}

const (
	growth  = 1 << 20  // bytes by which the file grows
	mapping = 64 << 30 // bytes of address space, so that the file is never mapped anew while somebody reads
)

// Open opens the store at path, or makes a new one where there is no file. It waits at most 3 s for a process that
// holds it: stoa.ErrHeld, with its number. A file that is no whole store is stoa.ErrDamaged and left as it is.
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Wait <= 0 || o.Wait > 3*time.Second {
		o.Wait = 3 * time.Second
	}
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.Must:
		return nil, fmt.Errorf("open store %s: %w", path, stoa.ErrNotFound)
	case errors.Is(err, fs.ErrNotExist):
		if err := create(path); err != nil {
			return nil, fmt.Errorf("make store %s: %w", path, named(err))
		}
	case err != nil:
		return nil, fmt.Errorf("open store %s: %w", path, named(err))
	}
	if _, err := inspect(path); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, named(err))
	}
	db, err := openFile(path, o.Wait)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, named(err))
	}
	e := &Engine{path: path, db: db, log: o.Log, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	e.turn <- struct{}{}
	if err := e.marked(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	if err := os.WriteFile(path+".pid", []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, named(err)), db.Close())
	}
	return e, nil
}

// openFile opens a file that inspect found whole.
func openFile(path string, wait time.Duration) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v; restore a backup", stoa.ErrDamaged, p)
		}
	}()
	o := &bbolt.Options{
		Timeout: wait, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapping, NoStatistics: true,
	}
	db, err = bbolt.Open(path, 0o600, o)
	if errors.Is(err, syscall.ENOMEM) { // address space is limited here: do with less
		o.InitialMmapSize = 0
		db, err = bbolt.Open(path, 0o600, o)
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w by process %s; stop that one first, or let it do the work", stoa.ErrHeld, holder(path))
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %v; restore a backup", stoa.ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	db.AllocSize = growth
	return db, nil
}

// create makes a new store under another name and then gives it its own, so that no kill leaves half a store.
func create(path string) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(fresh, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(ownBucket)
		if err != nil {
			return err
		}
		plain := packer{}
		return errors.Join(
			b.Put(markKey, plain.sealed(string(ownBucket), markKey, []byte(mark))),
			b.Put(dictKey, plain.sealed(string(ownBucket), dictKey, []byte(store.Typical))),
		)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	// Unlike a rename, a link never replaces a store that somebody else made meanwhile.
	switch err := os.Link(fresh, path); {
	case err == nil, errors.Is(err, fs.ErrExist):
		err = os.Remove(fresh)
		return errors.Join(err, syncFolder(filepath.Dir(path)))
	default: // a file system without links
		err = os.Rename(fresh, path)
		return errors.Join(err, syncFolder(filepath.Dir(path)))
	}
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// marked checks that the file is ours, and reads by which dictionary its values are packed.
func (e *Engine) marked() error {
	return e.view(func(tx *txn) error {
		v, err := tx.Get(string(ownBucket), markKey)
		switch {
		case errors.Is(err, stoa.ErrNotFound):
			return fmt.Errorf("%w: it is another program's database, not a stoa store", stoa.ErrDamaged)
		case err != nil:
			return err
		case string(v) != mark:
			return fmt.Errorf("%w: it is a store of format %q, this program reads %q", stoa.ErrDamaged, v, mark)
		}
		dict, err := tx.Get(string(ownBucket), dictKey)
		if err != nil {
			return err
		}
		e.dict = s2.MakeDict(bytes.Clone(dict), nil)
		return nil
	})
}

// holder returns the process that holds the store, as far as it can be told.
func holder(path string) string {
	b, err := os.ReadFile(path + ".pid")
	if err != nil || len(b) == 0 {
		return "(unknown)"
	}
	return strings.TrimSpace(string(b))
}

// named gives the errors of a disk that takes nothing their sentinel. bbolt hands some of them on as text only.
func named(err error) error {
	if err == nil || errors.Is(err, stoa.ErrFull) {
		return err
	}
	for _, no := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EROFS, syscall.EACCES, syscall.EPERM} {
		if errors.Is(err, no) || strings.Contains(err.Error(), no.Error()) {
			return fmt.Errorf("%w: %w", stoa.ErrFull, err)
		}
	}
	return err
}

// Close waits for updates under way and closes the file. It may be called twice.
func (e *Engine) Close() error {
	select {
	case <-e.closed:
		return nil
	default:
	}
	<-e.turn // never given back: nobody writes any more
	e.finish(true)
	close(e.closed)
	err := errors.Join(os.Remove(e.path+".pid"), e.db.Close())
	if err != nil {
		return fmt.Errorf("close store %s: %w", e.path, err)
	}
	return nil
}

// Size returns the bytes of the file.
func (e *Engine) Size() int64 {
	info, err := os.Stat(e.path)
	if err != nil {
		return 0
	}
	return info.Size()
}
