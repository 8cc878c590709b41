package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"stoa"
	"stoa/store"
	"stoa/store/storetest"
)

// open opens the store at path and closes it when the test ends.
func open(t testing.TB, path string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, e) })
	return e
}

func shut(t testing.TB, e *Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Engine { return open(t, filepath.Join(t.TempDir(), "stoa.db")) })
}

func TestRandomHistoriesSoak(t *testing.T) {
	t.Parallel()
	storetest.Random(t, long(6, 300), func(t *testing.T) store.Engine { return open(t, filepath.Join(t.TempDir(), "stoa.db")) })
}

// filled makes a store with n entries in each of two tables and closes it.
func filled(t testing.TB, path string, n int) {
	t.Helper()
	e, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		err := e.Update(t.Context(), func(tx store.Tx) error {
			k := fmt.Appendf(nil, "key %05d", i)
			return errors.Join(tx.Put("a", k, bytes.Repeat(k, 20)), tx.Put("b", k, k), tx.Delete("b", fmt.Appendf(nil, "key %05d", i/2)))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	shut(t, e)
}

func TestAFileThatIsNoWholeStoreIsNeverTakenForANewOne(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	filled(t, whole, 300)
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	want, err := contents(t.Context(), open(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	theirs := theirDatabase(t, filepath.Join(dir, "foreign.db"))
	cases := map[string][]byte{
		"empty": {}, "another program's database": theirs, "text": []byte("sources:\n  - id: itu\n"),
		"SQLite": append([]byte("SQLite format 3\x00"), make([]byte, 8192)...), "zeros": make([]byte, 1<<20),
	}
	for _, percent := range []int{1, 2, 4, 6, 8, 10, 25, 50} {
		cases[fmt.Sprintf("%d %% of a store", percent)] = good[:len(good)*percent/100]
	}
	for rule, b := range cases {
		t.Run(rule, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "stoa.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			e, err := Open(t.Context(), path, Options{})
			if err == nil { // then all of it must be there: what was cut off was never used
				shut(t, e)
				unhurt(t, path, want, 0)
				return
			}
			if !errors.Is(err, stoa.ErrDamaged) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want ErrDamaged with the path", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
				t.Errorf("the file was written to, %v", err)
			}
		})
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil {
		t.Error("a folder was opened as a store")
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "none.db"), Options{Must: true}); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a store that must be there: %v, want ErrNotFound", err)
	}
}

// theirDatabase returns a database of another program that uses bbolt too.
func theirDatabase(t *testing.T, path string) []byte {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASecondProcessIsToldWhoHoldsTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stoa.db")
	open(t, path)
	began := time.Now()
	_, err := Open(t.Context(), path, Options{Wait: 50 * time.Millisecond})
	if !errors.Is(err, stoa.ErrHeld) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("%v, want ErrHeld with process %d", err, os.Getpid())
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if err := Restore(t.Context(), path, path); !errors.Is(err, stoa.ErrHeld) {
		t.Errorf("restoring over a store in use: %v, want ErrHeld", err)
	}
}

func TestUpdatesThatWaitShareTheirWriteToTheDisk(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "stoa.db"))
	before := commits(t, e)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			err := e.Update(t.Context(), func(tx store.Tx) error { return tx.Put("t", fmt.Appendf(nil, "%d", i), nil) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := commits(t, e) - before; n > 150 {
		t.Errorf("%d writes for 200 updates", n)
	}
}

// commits returns how many transactions were written.
func commits(t testing.TB, e *Engine) (n int) {
	t.Helper()
	err := e.view(func(tx *txn) error {
		n = tx.tx.ID()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCloseMayBeCalledTwiceAndEndsUpdates(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "stoa.db"))
	shut(t, e)
	shut(t, e)
	if err := e.Update(t.Context(), func(store.Tx) error { return nil }); err == nil {
		t.Error("updated a closed store")
	}
	if err := e.View(t.Context(), func(store.Tx) error { return nil }); err == nil {
		t.Error("read a closed store")
	}
	if err := e.Verify(t.Context(), func(store.Fault) {}); err == nil {
		t.Error("verified a closed store")
	}
}

func BenchmarkUpdate(b *testing.B) {
	e := open(b, filepath.Join(b.TempDir(), "stoa.db"))
	value := make([]byte, 1000)
	b.Run("alone", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			err := e.Update(b.Context(), func(tx store.Tx) error { return tx.Put("t", fmt.Appendf(nil, "%d", i), value) })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("200 side by side", func(b *testing.B) {
		b.SetParallelism(100)
		b.RunParallel(func(p *testing.PB) {
			for i := 0; p.Next(); i++ {
				err := e.Update(b.Context(), func(tx store.Tx) error { return tx.Put("t", fmt.Appendf(nil, "%d", i), value) })
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
}
