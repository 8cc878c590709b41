package search

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"stoa"
)

// The columns are saved now and then, so that a start need not read all records. They are a copy: without them, or
// when they are of another version or log, the records are read.

// saveEvery is how many changes the saved columns may be behind.
const saveEvery = 10_000

// saved is the file. Rows of one record each; values by their texts' numbers in Names.
type saved struct {
	Version string
	Names   [dims][]string
	Rows    []savedRow
}

type savedRow struct {
	ID     string
	Values [dims][]uint32
	Stale  bool
	Newest int64
	Closes int64
	Due    int64
	Link   stoa.Availability
	Script string
	Title  string
}

func (x *Index) columnsFile() string { return filepath.Join(x.dir, "columns") }

// save writes the columns beside the words, under the position that both have.
func (x *Index) save() error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.words == nil {
		return errTorn
	}
	b, err := x.words.GetInternal(seqKey)
	if err != nil {
		return err
	}
	out := saved{Version: version + " " + string(b), Rows: make([]savedRow, 0, x.cols.live)}
	for dim := range dims {
		out.Names[dim] = x.cols.names[dim].text
	}
	for _, r := range x.cols.rows {
		if r.id != "" {
			out.Rows = append(out.Rows, savedRow{r.id, r.values, r.stale, r.newest, r.closes, r.due, r.link, r.script, r.title})
		}
	}
	if err := writeGob(x.columnsFile(), out); err != nil {
		return err
	}
	x.saved.Store(x.seq)
	return nil
}

// writeGob writes a file under another name first, so that it is never there by half.
func writeGob(path string, v any) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "columns-*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(gob.NewEncoder(w).Encode(v), w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// restore reads saved columns whose position the words have reached; the log brings both up to date. It reports whether
// there were any.
func (x *Index) restore(ctx context.Context, words uint64) bool {
	f, err := os.Open(x.columnsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		x.log.InfoContext(ctx, "saved columns not read", "err", err)
		return false
	}
	defer f.Close() // only read
	var in saved
	if err := gob.NewDecoder(bufio.NewReaderSize(f, 1<<20)).Decode(&in); err != nil {
		x.log.InfoContext(ctx, "saved columns not read", "err", err)
		return false
	}
	at, ok := strings.CutPrefix(in.Version, version+" ")
	if !ok || len(at) < 8 {
		return false
	}
	seq := position(at)
	if known, err := x.logHas(ctx, seq, at[8:]); err != nil || !known {
		return false
	}
	for dim := range dims {
		for _, text := range in.Names[dim] {
			x.cols.names[dim].of(text)
		}
	}
	for _, r := range in.Rows {
		x.cols.at[r.ID] = uint32(len(x.cols.rows))
		x.cols.rows = append(x.cols.rows, row{id: r.ID, values: r.Values, stale: r.Stale, newest: r.Newest, closes: r.Closes, due: r.Due, link: r.Link, script: r.Script, title: r.Title})
	}
	x.cols.live = len(x.cols.rows)
	x.saved.Store(seq)
	x.seq = min(words, seq)
	return true
}

// position reads the number that place wrote.
func position(at string) (n uint64) {
	for i := range 8 {
		n = n<<8 | uint64(at[i])
	}
	return n
}
