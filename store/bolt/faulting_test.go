package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stoa"
	"stoa/store"
)

// A damaged page may say that a key or a value goes on far behind the end of the file. Whoever reads it gets an error, and lives.
func TestAValueThatEndsBehindTheFileIsDamage(t *testing.T) {
	for name, at := range map[string]int{"key": 8, "value": 12} { // where the length stands in an entry of a leaf: flags, place, length of key, of value
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "stoa.db")
			filled(t, path, 50)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			const page, head, entry = 4096, 16, 16
			hurt := 0
			for p := 0; p+page <= len(b); p += page {
				flags, count := binary.LittleEndian.Uint16(b[p+8:]), int(binary.LittleEndian.Uint16(b[p+10:]))
				if flags != leafFlag || count < 2 {
					continue
				}
				first := p + head + int(binary.LittleEndian.Uint32(b[p+head+4:]))
				if !bytes.HasPrefix(b[first:], []byte("key ")) { // a page of the list of tables
					continue
				}
				binary.LittleEndian.PutUint32(b[p+head+entry*(count/2)+at:], 1<<29)
				hurt++
			}
			if hurt == 0 {
				t.Fatal("nothing to hurt")
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			e := open(t, path)
			if _, err := contents(t.Context(), e); !errors.Is(err, stoa.ErrDamaged) || !strings.Contains(err.Error(), "restore a backup") {
				t.Errorf("reading all: %v, want ErrDamaged and the way back", err)
			}
			for n := range 50 {
				err := e.View(t.Context(), func(tx store.Tx) error {
					_, err := tx.Get("a", fmt.Appendf(nil, "key %05d", n))
					return err
				})
				if err != nil && !errors.Is(err, stoa.ErrDamaged) && !errors.Is(err, stoa.ErrNotFound) {
					t.Errorf("reading %d: %v", n, err)
				}
			}
			faults := 0
			if err := e.Verify(t.Context(), func(store.Fault) { faults++ }); err != nil || faults == 0 {
				t.Errorf("verify: %d faults, %v", faults, err)
			}
		})
	}
}
