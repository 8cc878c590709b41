package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"stoa"
	"stoa/store"
)

// long returns how often a seeded test repeats: n, or many in a long run (make soak).
func long(n, many int) int {
	if os.Getenv("STOA_SOAK") != "" {
		return many
	}
	return n
}

// contents reads all values of the two tables through the engine.
func contents(ctx context.Context, e *Engine) (map[string]string, error) {
	out := map[string]string{}
	err := e.View(ctx, func(tx store.Tx) error {
		for _, name := range []string{"a", "b"} {
			err := tx.Scan(name, store.Range{}, func(k, v []byte) error {
				out[name+string(k)] = string(v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// TestDamageToLiveValuesIsSeen flips 16 bytes in each of many copies. Either verify names what is hurt, or
// every value is still the one that was written.
func TestDamageToLiveValuesIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	filled(t, whole, 400)
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	want, err := contents(t.Context(), open(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	seen, harmless := 0, 0
	for seed := range long(60, 400) {
		dice := rand.New(rand.NewPCG(uint64(seed), 1))
		b := append([]byte(nil), good...)
		for range 16 {
			b[dice.IntN(len(b))] ^= byte(1 + dice.IntN(255))
		}
		path := filepath.Join(dir, "copy.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		faults := 0
		if err := VerifyFile(t.Context(), path, func(store.Fault) { faults++ }); err != nil {
			t.Fatal(err)
		}
		if faults > 0 {
			seen++
			refused(t, path)
			continue
		}
		harmless++
		unhurt(t, path, want, seed)
	}
	t.Logf("%d copies hurt and seen, %d harmless", seen, harmless)
	if seen == 0 {
		t.Error("no copy was hurt: the test shows nothing")
	}
}

// refused checks that a damaged file is no backup to restore.
func refused(t *testing.T, path string) {
	t.Helper()
	to := path + ".restored"
	if err := Restore(t.Context(), path, to); !errors.Is(err, stoa.ErrDamaged) {
		t.Errorf("restoring a damaged backup: %v, want ErrDamaged", err)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("a refused backup left a store behind")
	}
}

// unhurt checks that a file in which verify found nothing holds what was written.
func unhurt(t *testing.T, path string, want map[string]string, seed int) {
	t.Helper()
	e, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Errorf("seed %d: verify saw nothing, and it does not open: %v", seed, err)
		return
	}
	defer shut(t, e)
	got, err := contents(t.Context(), e)
	if err != nil || len(got) != len(want) {
		t.Errorf("seed %d: %d values of %d, %v", seed, len(got), len(want), err)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("seed %d: %q changed unseen", seed, k)
		}
	}
}

func TestAHurtValueIsAnErrorThatNamesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stoa.db")
	filled(t, path, 50)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, n := "key 00042", 0
	for i := range len(b) - 2*len(key) - sealLen { // the key, its seal, and the value, which is short and the same
		value := i + len(key) + sealLen
		if string(b[i:i+len(key)]) == key && string(b[value:value+len(key)]) == key {
			b[value] ^= 1
			n++
		}
	}
	if n == 0 {
		t.Fatal("nothing to hurt")
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	e := open(t, path)
	err = e.View(t.Context(), func(tx store.Tx) error {
		_, err := tx.Get("b", []byte("key 00042"))
		return err
	})
	if !errors.Is(err, stoa.ErrDamaged) || !strings.Contains(err.Error(), `table b, key "key 00042"`) {
		t.Errorf("%v, want ErrDamaged with table and key", err)
	}
	err = e.View(t.Context(), func(tx store.Tx) error {
		_, err := tx.Get("b", []byte("key 00041"))
		return err
	})
	if err != nil {
		t.Errorf("its neighbour: %v", err)
	}
	var faults []store.Fault
	if err := e.Verify(t.Context(), func(f store.Fault) { faults = append(faults, f) }); err != nil {
		t.Fatal(err)
	}
	if len(faults) == 0 || faults[0].Table != "b" || faults[0].Key != `"key 00042"` {
		t.Errorf("faults %+v", faults)
	}
}

// TestABackupUnderLoadIsOneState moves amounts between accounts while backups are taken: in each the sum is right.
func TestABackupUnderLoadIsOneState(t *testing.T) {
	dir := t.TempDir()
	e := open(t, filepath.Join(dir, "stoa.db"))
	const accounts, each = 50, 1000
	err := e.Update(t.Context(), func(tx store.Tx) error {
		for i := range accounts {
			if err := tx.Put("a", number(i), number(each)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for seed := range 4 {
		wg.Go(func() { move(t, e, seed, stop) })
	}
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprintf("backup-%d.db", i))
		if err := e.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		restored := filepath.Join(dir, fmt.Sprintf("restored-%d.db", i))
		if err := Restore(t.Context(), path, restored); err != nil {
			t.Fatal(err)
		}
		if sum := total(t, open(t, restored)); sum != accounts*each {
			t.Errorf("backup %d: sum %d, want %d", i, sum, accounts*each)
		}
		if err := e.Backup(t.Context(), path); !errors.Is(err, stoa.ErrConflict) {
			t.Errorf("backing up over a backup: %v, want ErrConflict", err)
		}
	}
	close(stop)
	wg.Wait()
	if sum := total(t, e); sum != accounts*each {
		t.Errorf("sum %d", sum)
	}
}

func number(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func move(t *testing.T, e *Engine, seed int, stop chan struct{}) {
	dice := rand.New(rand.NewPCG(uint64(seed), 2))
	for {
		select {
		case <-stop:
			return
		default:
		}
		err := e.Update(t.Context(), func(tx store.Tx) error {
			from, to := number(dice.IntN(50)), number(dice.IntN(50))
			for at, by := range map[string]int{string(from): -1, string(to): 1} {
				b, err := tx.Get("a", []byte(at))
				if err != nil {
					return err
				}
				if string(from) == string(to) {
					by = 0
				}
				if err := tx.Put("a", []byte(at), number(int(binary.BigEndian.Uint64(b))+by)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
			return
		}
	}
}

func total(t *testing.T, e *Engine) (sum int) {
	t.Helper()
	err := e.View(t.Context(), func(tx store.Tx) error {
		return tx.Scan("a", store.Range{}, func(_, v []byte) error {
			sum += int(binary.BigEndian.Uint64(v))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestRestoreKeepsTheFormerStoreBeside(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "stoa.db"), filepath.Join(dir, "backup.db")
	filled(t, path, 20)
	e := open(t, path)
	if err := e.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	err := e.Update(t.Context(), func(tx store.Tx) error { return tx.Put("a", []byte("later"), nil) })
	if err != nil {
		t.Fatal(err)
	}
	shut(t, e)
	if err := Restore(t.Context(), backup, path); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]error{path: stoa.ErrNotFound, path + ".old": nil} {
		err := open(t, at).View(t.Context(), func(tx store.Tx) error {
			_, err := tx.Get("a", []byte("later"))
			return err
		})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", filepath.Base(at), err, want)
		}
	}
}
