package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"stoa"
	"stoa/store"
)

func engine(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("absence is ErrNotFound", func(t *testing.T) {
		e := open(t)
		put(t, e, "t", "a", "1")
		view(t, e, func(tx store.Tx) error {
			for _, at := range [][2]string{{"t", "b"}, {"no table", "a"}, {"t", ""}} {
				if v, err := tx.Get(at[0], []byte(at[1])); !errors.Is(err, stoa.ErrNotFound) || v != nil {
					t.Errorf("get %q: %q, %v", at, v, err)
				}
			}
			return tx.Scan("no table", store.Range{}, func(k, v []byte) error { return errors.New("something is there") })
		})
		update(t, e, func(tx store.Tx) error { return tx.Delete("no table", []byte("a")) })
	})
	t.Run("what was put is there, what was deleted is not", func(t *testing.T) {
		e := open(t)
		put(t, e, "t", "a", "1", "b", "", "c", string(bytes.Repeat([]byte("x"), 1<<20)), "a", "2")
		update(t, e, func(tx store.Tx) error { return tx.Delete("t", []byte("b")) })
		if got := contents(t, e, store.Range{}); len(got) != 2 || got[0] != "a=2" || len(got[1]) != 1<<20+2 {
			t.Errorf("%d values", len(got))
		}
	})
	t.Run("keys are in the order of their bytes", func(t *testing.T) { order(t, open(t)) })
	t.Run("a scan stops where it is told", func(t *testing.T) {
		e := open(t)
		put(t, e, "t", "a", "1", "b", "2", "c", "3")
		n, torn := 0, errors.New("torn")
		for _, end := range []error{store.Stop, torn} {
			err := e.View(t.Context(), func(tx store.Tx) error {
				return tx.Scan("t", store.Range{}, func(k, v []byte) error {
					if n++; n%2 == 0 {
						return end
					}
					return nil
				})
			})
			if end == torn && !errors.Is(err, torn) || end == store.Stop && err != nil {
				t.Errorf("ended by %v: %v", end, err)
			}
		}
		if n != 4 {
			t.Errorf("%d values seen, want 4", n)
		}
	})
	t.Run("an update that fails leaves nothing", func(t *testing.T) { failing(t, open(t)) })
	t.Run("a view changes nothing and sees one state", func(t *testing.T) { oneState(t, open(t)) })
	t.Run("updates run one after another", func(t *testing.T) { counting(t, open(t)) })
	t.Run("a context that ended ends the waiting", func(t *testing.T) { cancelled(t, open(t)) })
	t.Run("what is whole has no faults", func(t *testing.T) {
		e := open(t)
		put(t, e, "t", "a", "1", "b", "2", "a", "3")
		update(t, e, func(tx store.Tx) error { return tx.Delete("t", []byte("b")) })
		if err := e.Verify(t.Context(), func(f store.Fault) { t.Errorf("%+v", f) }); err != nil {
			t.Error(err)
		}
	})
}

func put(t *testing.T, e store.Engine, table string, pairs ...string) {
	t.Helper()
	update(t, e, func(tx store.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.Put(table, []byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t *testing.T, e store.Engine, f func(store.Tx) error) {
	t.Helper()
	if err := e.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, e store.Engine, f func(store.Tx) error) {
	t.Helper()
	if err := e.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// contents returns table t as "key=value".
func contents(t *testing.T, e store.Engine, r store.Range) (out []string) {
	t.Helper()
	view(t, e, func(tx store.Tx) error {
		return tx.Scan("t", r, func(k, v []byte) error {
			out = append(out, string(k)+"="+string(v))
			return nil
		})
	})
	return out
}

// keysOf returns the keys of table t.
func keysOf(t *testing.T, e store.Engine, r store.Range) (out []string) {
	t.Helper()
	for _, pair := range contents(t, e, r) {
		out = append(out, strings.TrimSuffix(pair, "="))
	}
	return out
}

func order(t *testing.T, e store.Engine) {
	var pairs, all []string
	for _, k := range []string{"b", "a\x00", "a", "\xff", "ab", "a\xff", "\x00", "b\x00c", "ß"} {
		pairs, all = append(pairs, k, ""), append(all, k)
	}
	put(t, e, "t", pairs...)
	slices.Sort(all)
	for _, c := range []struct {
		rule string
		r    store.Range
		keep func(k string) bool
	}{
		{"all", store.Range{}, func(string) bool { return true }},
		{"from", store.Range{From: []byte("a\xff")}, func(k string) bool { return k >= "a\xff" }},
		{"from between keys", store.Range{From: []byte("aa")}, func(k string) bool { return k >= "aa" }},
		{"to is not included", store.Range{To: []byte("b")}, func(k string) bool { return k < "b" }},
		{"from and to", store.Range{From: []byte("a"), To: []byte("b")}, func(k string) bool { return k[0] == 'a' }},
		{"prefix", store.Prefix([]byte("a")), func(k string) bool { return k[0] == 'a' }},
		{"last prefix", store.Prefix([]byte("\xff")), func(k string) bool { return k[0] == '\xff' }},
		{"nothing", store.Range{From: []byte("x"), To: []byte("y")}, func(string) bool { return false }},
	} {
		var want []string
		for _, k := range all {
			if c.keep(k) {
				want = append(want, k)
			}
		}
		if got := keysOf(t, e, c.r); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.rule, got, want)
		}
		c.r.Reverse = true
		slices.Reverse(want)
		if got := keysOf(t, e, c.r); !slices.Equal(got, want) {
			t.Errorf("%s, reverse: %q, want %q", c.rule, got, want)
		}
	}
}

func failing(t *testing.T, e store.Engine) {
	put(t, e, "t", "a", "1", "b", "2")
	torn := errors.New("torn")
	err := e.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put("t", []byte("a"), []byte("9")), tx.Delete("t", []byte("b")), tx.Put("t", []byte("c"), nil),
			tx.Put("other", []byte("d"), nil), torn)
	})
	if !errors.Is(err, torn) {
		t.Errorf("error %v, want the function's own", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic was swallowed")
			}
		}()
		err := e.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Put("t", []byte("a"), []byte("8")); err != nil {
				return err
			}
			panic("torn")
		})
		t.Errorf("went on after a panic: %v", err)
	}()
	if got := contents(t, e, store.Range{}); !slices.Equal(got, []string{"a=1", "b=2"}) {
		t.Errorf("%q", got)
	}
	// The same among others that succeed at the same time and share their write to the disk.
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			err := e.Update(t.Context(), func(tx store.Tx) error {
				if err := tx.Put("t", fmt.Appendf(nil, "n%02d", i), nil); err != nil || i%3 > 0 {
					return err
				}
				return torn
			})
			if (i%3 == 0) != errors.Is(err, torn) {
				t.Errorf("update %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if got := len(contents(t, e, store.Prefix([]byte("n")))); got != 40 {
		t.Errorf("%d values, want 40", got)
	}
	if err := e.Verify(t.Context(), func(f store.Fault) { t.Errorf("%+v", f) }); err != nil {
		t.Error(err)
	}
}

func oneState(t *testing.T, e store.Engine) {
	put(t, e, "t", "a", "1", "b", "1")
	view(t, e, func(tx store.Tx) error {
		if err := tx.Put("t", []byte("a"), nil); err == nil {
			t.Error("a view wrote")
		}
		if err := tx.Delete("t", []byte("a")); err == nil {
			t.Error("a view deleted")
		}
		a, err := tx.Get("t", []byte("a"))
		if err != nil {
			return err
		}
		done := make(chan error)
		go func() { // another goroutine: a reader and a writer in one could wait for each other
			done <- e.Update(context.WithoutCancel(t.Context()), func(tx store.Tx) error {
				return errors.Join(tx.Put("t", []byte("a"), []byte("2")), tx.Put("t", []byte("b"), []byte("2")))
			})
		}()
		if err := <-done; err != nil {
			return err
		}
		b, err := tx.Get("t", []byte("b"))
		if string(a) != "1" || string(b) != "1" {
			t.Errorf("%q and %q: two states in one view", a, b)
		}
		return err
	})
	if got := contents(t, e, store.Range{}); !slices.Equal(got, []string{"a=2", "b=2"}) {
		t.Errorf("%q", got)
	}
}

func counting(t *testing.T, e store.Engine) {
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				err := e.Update(t.Context(), func(tx store.Tx) error {
					b, err := tx.Get("t", []byte("n"))
					if err != nil && !errors.Is(err, stoa.ErrNotFound) {
						return err
					}
					var n uint64
					if len(b) == 8 {
						n = binary.BigEndian.Uint64(b)
					}
					return tx.Put("t", []byte("n"), binary.BigEndian.AppendUint64(nil, n+1))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	view(t, e, func(tx store.Tx) error {
		b, err := tx.Get("t", []byte("n"))
		if err == nil && binary.BigEndian.Uint64(b) != 200 {
			t.Errorf("counted %d, want 200", binary.BigEndian.Uint64(b))
		}
		return err
	})
}

func cancelled(t *testing.T, e store.Engine) {
	gone, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the curator left")
	cancel(cause)
	never := func(store.Tx) error {
		t.Error("ran though its context had ended")
		return nil
	}
	if err := e.View(gone, never); !errors.Is(err, cause) {
		t.Errorf("view: %v, want the cause", err)
	}
	if err := e.Update(gone, never); !errors.Is(err, cause) {
		t.Errorf("update: %v, want the cause", err)
	}
	inside, leave := make(chan bool), make(chan bool)
	first := make(chan error)
	go func() {
		first <- e.Update(t.Context(), func(tx store.Tx) error {
			close(inside)
			<-leave
			return tx.Put("t", []byte("a"), nil)
		})
	}()
	<-inside
	waiting, stop := context.WithCancelCause(t.Context())
	second := make(chan error)
	go func() { second <- e.Update(waiting, never) }()
	stop(cause)
	if err := <-second; !errors.Is(err, cause) {
		t.Errorf("an update that waited: %v, want the cause", err)
	}
	close(leave)
	if err := <-first; err != nil {
		t.Errorf("the update that others waited for: %v", err)
	}
	if got := contents(t, e, store.Range{}); !slices.Equal(got, []string{"a="}) {
		t.Errorf("%q", got)
	}
}
