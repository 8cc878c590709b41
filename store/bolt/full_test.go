package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"

	"stoa"
	"stoa/store"
)

// fillUp writes until the disk takes no more (a limit on the size of files stands for it), checks that reading goes on and that
// nothing of the failed write is seen, and writes again when there is room.
func fillUp(ctx context.Context, path string, out io.Writer) error {
	e, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	small := limit
	small.Cur = 4 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		return err
	}
	n, err := write(ctx, e, 0)
	if !errors.Is(err, stoa.ErrFull) {
		return fmt.Errorf("a full disk gave %v, want ErrFull", err)
	}
	if err := whole(ctx, e, n); err != nil {
		return fmt.Errorf("while the disk is full: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for range 20 {
		if err := e.Update(ctx, one(n)); err != nil {
			return fmt.Errorf("with room again: %w", err)
		}
		n++
	}
	if err := whole(ctx, e, n); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	fmt.Fprintln(out, "recovered after", n)
	return e.Close()
}

func one(n int) func(store.Tx) error {
	value := make([]byte, 50_000) // that cannot be packed
	dice := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	return func(tx store.Tx) error {
		if _, err := dice.Read(value); err != nil {
			return err
		}
		return tx.Put("a", fmt.Appendf(nil, "%06d", n), value)
	}
}

func write(ctx context.Context, e *Engine, n int) (int, error) {
	for ; n < 1000; n++ {
		if err := e.Update(ctx, one(n)); err != nil {
			return n, err
		}
	}
	return n, nil
}

// whole checks that exactly n values are there, and nothing is hurt.
func whole(ctx context.Context, e *Engine, n int) error {
	got := 0
	err := e.View(ctx, func(tx store.Tx) error {
		return tx.Scan("a", store.Range{}, func(_, _ []byte) error {
			got++
			return nil
		})
	})
	if err != nil {
		return err
	}
	if got != n {
		return fmt.Errorf("%d values, %d were acknowledged", got, n)
	}
	var fault error
	if err := e.Verify(ctx, func(f store.Fault) { fault = fmt.Errorf("%+v", f) }); err != nil {
		return err
	}
	return fault
}

func TestAFullDiskRefusesWritesAndRecoversAlone(t *testing.T) {
	cmd, lines := child(t, "full", filepath.Join(t.TempDir(), "stoa.db"))
	said := ""
	for lines.Scan() {
		said = lines.Text()
	}
	_ = cmd.Wait() // the child always ends with 1; what it says counts
	if said == "" {
		t.Error("the child did not get to its end; see above")
	}
}
