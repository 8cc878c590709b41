package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/klauspost/compress/s2"
	bbolt "go.etcd.io/bbolt"

	"stoa"
	"stoa/store"
)

// walk looks at every page of one state of a file.
type walk struct {
	ctx    context.Context
	file   io.ReaderAt
	meta   meta
	report func(store.Fault)
	used   []bool               // pages, by number
	found  map[string]*tally    // by table: what is there
	want   map[string][2]uint64 // by table: what its tally says
	marked bool
	packer // read on the way: the engine's own table comes first
}

// Verify implements store.Engine. It reads the file itself, page by page, and does not rely on bbolt.
func (e *Engine) Verify(ctx context.Context, report func(store.Fault)) error {
	f, err := os.Open(e.path)
	if err != nil {
		return fmt.Errorf("verify store: %w", err)
	}
	defer f.Close() // only read
	tx, m, err := e.pin(f)
	if err != nil {
		return fmt.Errorf("verify store: %w", err)
	}
	err = verify(ctx, f, m, report)
	return errors.Join(err, rollback(tx))
}

// pin opens a reading transaction, so that no page it sees is used again, and returns the meta page it reads.
func (e *Engine) pin(f *os.File) (*bbolt.Tx, meta, error) {
	select {
	case <-e.turn: // nobody commits between the two
	case <-e.closed:
		return nil, meta{}, errors.New("closed")
	}
	e.finish(true)
	defer func() { e.turn <- struct{}{} }()
	tx, err := e.beginRead()
	if err != nil {
		return nil, meta{}, err
	}
	m, err := newest(f)
	if err != nil {
		return nil, meta{}, errors.Join(err, rollback(tx))
	}
	return tx, m, nil
}

// VerifyFile verifies a store file that nobody writes, such as a backup.
func VerifyFile(ctx context.Context, path string, report func(store.Fault)) error {
	m, err := inspect(path)
	if errors.Is(err, stoa.ErrDamaged) {
		report(store.Fault{What: err.Error()})
		return nil
	}
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	defer f.Close() // only read
	if err := verify(ctx, f, m, report); err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	return nil
}

func verify(ctx context.Context, f io.ReaderAt, m meta, report func(store.Fault)) error {
	w := &walk{
		ctx: ctx, file: f, meta: m, report: report, used: make([]bool, m.high),
		found: map[string]*tally{}, want: map[string][2]uint64{},
	}
	if err := w.subtree("", m.root, w.bucket); err != nil {
		return err
	}
	if !w.marked {
		report(store.Fault{Table: string(ownBucket), What: "the mark of a stoa store is missing"})
	}
	w.compare()
	return w.free()
}

// compare holds what was found against the tallies.
func (w *walk) compare() {
	names := slices.Sorted(maps.Keys(w.want))
	for _, name := range names {
		got := tally{}
		if t := w.found[name]; t != nil {
			got = *t
		}
		if want := w.want[name]; got.count != want[0] {
			w.report(store.Fault{Table: name, What: fmt.Sprintf("%d entries of %d are there", got.count, want[0])})
		} else if got.sum != want[1] {
			w.report(store.Fault{Table: name, What: "the entries are not those that were written last"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.found)) {
		if _, ok := w.want[name]; !ok && w.found[name].count > 0 && name != string(ownBucket) {
			w.report(store.Fault{Table: name, What: "has no tally"})
		}
	}
}

// free checks that no page in use is listed as free: the next write would destroy it.
func (w *walk) free() error {
	ids, err := w.freed()
	if errors.Is(err, errPage) {
		w.report(store.Fault{What: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id >= w.meta.high || w.used[id] {
			w.report(store.Fault{What: fmt.Sprintf("page %d is in use and listed as free", id)})
		}
	}
	return nil
}

// subtree walks the tree below page id and hands each entry of its leaves to leaf. Faults are reported; the error is
// for what kept it from looking.
func (w *walk) subtree(name string, id uint64, leaf func(name string, e entry) error) error {
	var before []byte
	var down func(id uint64, depth int) error
	down = func(id uint64, depth int) error {
		if err := w.ctx.Err(); err != nil {
			return context.Cause(w.ctx)
		}
		p, err := w.readPage(id)
		if err == nil && p.flags != branchFlag && p.flags != leafFlag {
			err = fmt.Errorf("%w: page %d is of kind %#x", errPage, id, p.flags)
		}
		if err == nil && depth > 64 {
			err = fmt.Errorf("%w: page %d is too deep", errPage, id)
		}
		if err != nil {
			return w.hurt(name, err)
		}
		for i := range p.count {
			e, err := p.entry(i)
			if err != nil {
				return w.hurt(name, err)
			}
			if p.flags == branchFlag {
				if err := down(e.child, depth+1); err != nil {
					return err
				}
				continue
			}
			if !inOrder(before, e.key) {
				w.report(store.Fault{Table: name, Key: show(e.key), What: "key is out of order"})
			}
			before = e.key
			if err := leaf(name, e); err != nil {
				return err
			}
		}
		return nil
	}
	return down(id, 0)
}

// hurt reports a damaged page and lets the walk go on elsewhere.
func (w *walk) hurt(name string, err error) error {
	if errors.Is(err, errPage) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		w.report(store.Fault{Table: name, What: err.Error()})
		return nil
	}
	return err
}

// bucket walks one table. Small ones lie within the entry itself.
func (w *walk) bucket(_ string, e entry) error {
	name := string(e.key)
	if e.flags&bucketFlag == 0 || len(e.value) < rootLen {
		w.report(store.Fault{Table: show(e.key), What: "is no table"})
		return nil
	}
	w.found[name] = &tally{}
	if root := binary.NativeEndian.Uint64(e.value); root != 0 {
		return w.subtree(name, root, w.value)
	}
	if len(e.value) < rootLen+headLen {
		w.report(store.Fault{Table: name, What: "is cut short"})
		return nil
	}
	p := parseHead(e.value[rootLen:])
	p.data = e.value[rootLen:]
	if p.flags != leafFlag {
		w.report(store.Fault{Table: name, What: "is hurt"})
		return nil
	}
	for i := range p.count {
		e, err := p.entry(i)
		if err != nil {
			return w.hurt(name, err)
		}
		if err := w.value(name, e); err != nil {
			return err
		}
	}
	return nil
}

// value checks one value against its seal and counts it.
func (w *walk) value(name string, e entry) error {
	v, err := w.unsealed(name, e.key, e.value)
	if err != nil {
		w.report(store.Fault{Table: name, Key: show(e.key), What: strings.TrimPrefix(err.Error(), stoa.ErrDamaged.Error()+": ")})
	}
	if len(e.value) >= sealLen {
		w.found[name].add(e.value)
	}
	if name != string(ownBucket) || err != nil {
		return nil
	}
	switch key := string(e.key); {
	case key == string(markKey):
		w.marked = string(v) == mark
	case key == string(dictKey):
		w.dict = s2.MakeDict(bytes.Clone(v), nil)
	case len(key) > len("tally ") && len(v) == 16:
		w.want[key[len("tally "):]] = [2]uint64{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}
	}
	return nil
}

// Backup implements store.Engine. The file appears under its name only when it was read back and found whole; one
// that is already there is stoa.ErrConflict.
func (e *Engine) Backup(ctx context.Context, path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up store to %s: %w", path, named(err))
		}
	}()
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%w: a file of that name is there; choose another", stoa.ErrConflict)
	}
	part := path + ".part"
	err = e.copyTo(ctx, part)
	if err == nil {
		err = prove(ctx, part)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, removed(part))
	}
	return syncFolder(filepath.Dir(path))
}

// prove refuses a copy that is not whole.
func prove(ctx context.Context, path string) error {
	var faults []store.Fault
	if err := VerifyFile(ctx, path, func(f store.Fault) { faults = append(faults, f) }); err != nil {
		return err
	}
	if len(faults) == 0 {
		return nil
	}
	f := faults[0]
	return fmt.Errorf("%w in %d places; the first: table %q key %s: %s", stoa.ErrDamaged, len(faults), f.Table, f.Key, f.What)
}

func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (e *Engine) copyTo(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = e.view(func(tx *txn) error {
		_, err := tx.tx.WriteTo(cutShort{ctx, f})
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// cutShort is a writer that ends with its context.
type cutShort struct {
	ctx context.Context
	w   io.Writer
}

func (c cutShort) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.w.Write(p)
}

// Restore puts a backup in the place of the store at path. A damaged backup is refused, and so is a store that
// another process holds. A store that stood at path stays beside it as path.old, replacing an older one.
func Restore(ctx context.Context, backup, path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore %s: %w", backup, named(err))
		}
	}()
	release, err := claim(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	part := path + ".part"
	if err := copyFile(ctx, backup, part); err != nil {
		return errors.Join(err, removed(part))
	}
	if err := prove(ctx, part); err != nil {
		return errors.Join(err, removed(part))
	}
	// At no instant is there no store at path: a start at that instant would make a new, empty one.
	if err := errors.Join(removed(path+".old"), aside(path)); err != nil {
		return errors.Join(err, removed(part))
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// aside gives the store at path, if there is one, a second name.
func aside(path string) error {
	if err := os.Link(path, path+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// claim takes the lock of the store at path, if there is one, as bbolt does.
func claim(path string) (release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w by process %s; stop it first", stoa.ErrHeld, holder(path)), f.Close())
	}
	return f.Close, nil
}

func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(cutShort{ctx, out}, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
