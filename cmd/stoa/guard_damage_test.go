package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"stoa"
)

// damage: of copies of a store with sixteen bytes changed, `stoa verify` names every one in which a value is not the one that was written.
func (g *guards) damage(t *testing.T) {
	data := g.data(t)
	store := filepath.Join(data, "stoa.db")
	whole, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	want, err := rawValues(store)
	if err != nil {
		t.Fatal(err)
	}
	chance, seen, copies := g.chance(t), 0, form(12, 200)
	for n := range copies {
		hurt := bytes.Clone(whole)
		for range 16 {
			hurt[chance.IntN(len(hurt))] ^= byte(1 + chance.IntN(255))
		}
		if err := os.WriteFile(store, hurt, 0o600); err != nil {
			t.Fatal(err)
		}
		status, out := g.stoa(t, "verify", "--data", data)
		if status != 0 {
			seen++
			if !strings.Contains(out, "backup") || strings.Contains(out, "goroutine ") {
				t.Errorf("copy %d: the way back is not named: %s", n, tail(out))
			}
			continue
		}
		got, err := rawValues(store)
		if err != nil || got != want {
			t.Errorf("copy %d: verify saw nothing, but a value is another: %v", n, err)
		}
	}
	if err := os.WriteFile(store, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := g.stoa(t, "verify", "--data", data); status != 0 {
		t.Errorf("the whole store: %s", out)
	}
	if seen == 0 {
		t.Error("no copy was hurt: the test shows nothing")
	}
	t.Logf("%d copies with 16 bytes changed: %d named as damaged, in %d no value was hurt, damage unseen 0", copies, seen, copies-seen)
}

// rawValues sums up every table, key and value of a store file, read by bbolt alone.
func rawValues(path string) (sum [sha256.Size]byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("bbolt: %v", p)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return sum, err
	}
	defer db.Close() // only read
	h := sha256.New()
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				_, err := fmt.Fprintf(h, "%q %q %q\n", name, k, v)
				return err
			})
		})
	})
	h.Sum(sum[:0])
	return sum, err
}

// notAStore: a file that is short, empty or somebody else's is refused with one clear line, by every command, and stays as it is.
func (g *guards) notAStore(t *testing.T) {
	data := g.data(t)
	store := filepath.Join(data, "stoa.db")
	whole, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	if db, err := bbolt.Open(foreign, 0o600, nil); err != nil {
		t.Fatal(err)
	} else if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]byte{
		"empty": {}, "one byte": whole[:1], "100 bytes": whole[:100], "half a page": whole[:2048], "one page": whole[:4096], "two pages": whole[:8192],
		"1 %": whole[:len(whole)/100], "half": whole[:len(whole)/2],
		"another program's bbolt file": other, "SQLite": append([]byte("SQLite format 3\x00"), make([]byte, 8192)...), "text": []byte(strings.Repeat("not a store\n", 2000)), "zeros": make([]byte, 1<<20),
	}
	commands := form([]string{"serve"}, []string{"serve", "verify", "migrate", "rebuild", "queue", "harvest"})
	for name, content := range cases {
		for _, command := range commands {
			if err := os.WriteFile(store, content, 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{command, "--data", data}
			if command == "serve" {
				args = append(args, "--listen", "127.0.0.1:0", "--no-harvest")
			}
			status, out := g.stoa(t, args...)
			last := strings.TrimSpace(out[strings.LastIndexByte(strings.TrimSpace(out), '\n')+1:])
			if status != 1 || !strings.HasPrefix(last, "stoa: ") || strings.Contains(out, "goroutine ") {
				t.Errorf("%s, %s: exit status %d: %s", name, command, status, tail(out))
			}
			if now, err := os.ReadFile(store); err != nil || !bytes.Equal(now, content) {
				t.Errorf("%s, %s: the file was changed (%v)", name, command, err)
			}
		}
	}
	want, err := rawValues(g.planted + "/stoa.db")
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(whole)/2; cut += max(1, len(whole)/form(20, 200)) { // what is cut off may have been room to grow, and nothing else
		if err := os.WriteFile(store, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if status, out := g.stoa(t, "verify", "--data", data); status == 0 {
			if got, err := rawValues(store); err != nil || got != want {
				t.Errorf("without its last %d bytes verify finds it whole: %v", cut, err)
			}
		} else if strings.Contains(out, "goroutine ") {
			t.Errorf("without its last %d bytes: %s", cut, tail(out))
		}
	}
	t.Logf("%d files that are no whole store, %d commands: each refused, each left as it was", len(cases), len(commands))
}

// fullDisk: with the disk full, reading goes on, writes are refused and say why, and with room again all goes on by itself.
func (g *guards) fullDisk(t *testing.T) {
	disk := newDisk(t)
	data := filepath.Join(disk.dir, "data")
	if err := os.CopyFS(data, os.DirFS(g.planted)); err != nil {
		t.Fatal(err)
	}
	s := g.serve(t, data)
	status, token := s.do(t, "user", "add", "robot", "--role", "curator", "--token")
	if status != 0 {
		t.Fatal(token)
	}
	v := &victim{serving: s, model: newModel(), token: strings.TrimSpace(token)}
	v.each(t, "/api/v1/records", func(r stoa.Record) { v.seeds = append(v.seeds, r.ID) })
	disk.fill(t, s)
	big, refused, kept := handbooks(t, 3000), 0, 0
	status, out := s.do(t, "import", big, "--trust", "trusted")
	if status != 1 || !strings.Contains(out, "no space left") && !strings.Contains(out, "file too large") {
		t.Errorf("an import on a full disk: exit status %d: %s", status, out)
	}
	for n := 0; n < 3000 && refused < 3 && s.alive(); n++ { // until the file has no free page left
		value := fmt.Sprint("Summary ", n, strings.Repeat(" of what it is about", 200))
		if ok, err := v.set(t.Context(), v.seeds[n%len(v.seeds)], "summary", value); ok {
			kept++
		} else if err != nil {
			if refused++; !strings.Contains(err.Error(), "507") && !strings.Contains(err.Error(), "503") {
				t.Errorf("a decision on a full disk: %v", err)
			}
		}
	}
	if !s.alive() {
		t.Fatalf("it died of a full disk: %v\n%s", s.cmd.ProcessState, tail(s.out.String()))
	}
	for _, path := range []string{"/en/", "/ar/records", "/api/v1/records", "/en/records.csv", "/healthz"} {
		if status, _, body := s.get(t, path); status != 200 {
			t.Errorf("%s on a full disk: %d %.200s", path, status, body)
		}
	}
	v.check(t, 1)
	disk.free(t, s)
	if err := v.decideOnce(t.Context(), v.seeds[0]); err != nil || v.rulings[v.seeds[0]].acked == "" {
		t.Errorf("a decision with room again: %v", err)
	}
	if status, out := s.do(t, "import", big, "--trust", "trusted"); status != 0 {
		t.Errorf("an import with room again: %s", out)
	}
	v.check(t, 0) // and verify
	if status, out := s.do(t, "search", "zebra"); status != 0 || !strings.Contains(out, "of 3000") {
		t.Errorf("the search index with room again: %s", tail(out))
	}
	t.Logf("%s: an import and %d of %d decisions refused, reading went on, and all goes on with room again", disk.kind, refused, kept+refused)
}

// readOnly: a disk that takes nothing is refused at the start with one clear line.
func (g *guards) readOnly(t *testing.T) {
	disk := newDisk(t)
	data := filepath.Join(disk.dir, "data")
	if err := os.CopyFS(data, os.DirFS(g.planted)); err != nil {
		t.Fatal(err)
	}
	if err := disk.lock(); err != nil {
		if !errors.Is(err, fs.ErrPermission) {
			t.Fatal(err)
		}
		t.Logf("nothing may be mounted here (%v): the rights of a folder stand for it", err)
		if err := os.Chmod(data, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(data, 0o700) }) // so that it can be removed
	}
	status, out := g.stoa(t, "serve", "--no-harvest", "--listen", "127.0.0.1:0", "--data", data)
	if status != 1 || !strings.Contains(out, "stoa: ") || strings.Contains(out, "goroutine ") {
		t.Errorf("serve from a read-only disk: exit status %d: %s", status, tail(out))
	}
}
