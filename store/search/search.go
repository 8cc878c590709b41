// Package search is the full-text projection of the catalogue: bleve for the words, columns in memory for filters, counts and
// sorts. It follows the log of changes, behind the write path, and is no source of truth: it is built anew
// whenever it is missing, hurt, or of another version.
//
// Each record is indexed in the analyzer of its own language (Arabic, Chinese, English, French, Russian, Spanish) and
// once more without stemming or accents, which is where a word with a typo is looked for. A query is words; all of
// them have to be there. It has no syntax, so no query is wrong.
package search

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"

	"stoa"
)

// version of the index on disk. Another one is built anew.
const version = "8"

// Catalogue is what the index needs of the store.
type Catalogue interface {
	Get(ctx context.Context, id string) (stoa.Record, error)
	Changes(ctx context.Context, since uint64, limit int) ([]stoa.Change, error)
	Latest(ctx context.Context, before uint64, limit int) ([]stoa.Change, error)
	Changed() <-chan struct{}
	Records(ctx context.Context, after string) iter.Seq2[stoa.Record, error]
}

// Options of an index. The zero value is right for a server.
type Options struct {
	Now   func() time.Time // the clock; default time.Now
	Log   *slog.Logger     // default: none
	Names                  // default: none
}

// Names returns the names, in one of the languages of the pages, of what a record says by codes: countries, regions, its language.
type Names func(lang string, r stoa.Record) []string

// Index answers searches. It is safe for concurrent use.
type Index struct {
	dir      string
	from     Catalogue
	now      func() time.Time
	log      *slog.Logger
	mapping  *mapping.IndexMappingImpl
	words    bleve.Index
	glossary *glossary
	names    Names

	mu    sync.RWMutex
	cols  columns
	seq   uint64        // of the last change that is in both
	saved atomic.Uint64 // of the last change that is in the saved columns

	follow sync.Mutex // one follower at a time
	torn   bool       // writing words failed; guarded by follow
}

// Open opens the index in dir and brings it up to the log's present end; where there is none that can be used, it is
// built from all records. The catalogue is read page by page: no transaction is open while words are indexed.
func Open(ctx context.Context, dir string, from Catalogue, o Options) (*Index, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Names == nil {
		o.Names = func(string, stoa.Record) []string { return nil }
	}
	m, err := newMapping()
	if err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	x := &Index{dir: dir, from: from, now: o.Now, log: o.Log, mapping: m, names: o.Names, cols: newColumns()}
	x.glossary = newGlossary(x.stems)
	began := time.Now()
	built := false
	if x.words, err = reopen(dir); err != nil {
		o.Log.InfoContext(ctx, "search index is built", "why", err)
		if x.words, err = x.create(); err != nil {
			return nil, fmt.Errorf("open search index: %w", err)
		}
		built = true
	}
	err = x.start(ctx, built)
	if errors.Is(err, stoa.ErrFull) && !built {
		o.Log.WarnContext(ctx, "search index is behind", "err", err)
		err = nil
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open search index: %w", err), x.shut())
	}
	o.Log.InfoContext(ctx, "search index is open", "records", x.cols.live, "seq", x.seq, "built", built, "took", time.Since(began))
	return x, nil
}

var (
	seqKey     = []byte("seq") // the number of a change, and its mark
	versionKey = []byte("version")
)

// markOf tells a change from another of the same number: a store that was restored from a backup has another log.
func markOf(ch stoa.Change) string {
	return fmt.Sprintf("%d %s %s %d", ch.Seq, ch.Op, ch.Record, ch.At.UnixNano())
}

// place is a position in the log, as kept in the index.
func place(seq uint64, mark string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, seq), mark...)
}

// reopen opens an index that is there, whole, and of this version.
func reopen(dir string) (bleve.Index, error) {
	words, err := bleve.OpenUsing(filepath.Join(dir, "words"), map[string]any{"bolt_timeout": "3s"})
	if err != nil {
		return nil, err
	}
	v, err := words.GetInternal(versionKey)
	if err == nil && string(v) != version {
		err = fmt.Errorf("version %q is not %q", v, version)
	}
	if err != nil {
		return nil, errors.Join(err, words.Close())
	}
	return words, nil
}

// create makes an empty index in the place of whatever is there.
func (x *Index) create() (bleve.Index, error) {
	words := filepath.Join(x.dir, "words")
	if err := os.RemoveAll(words); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(x.dir, 0o700); err != nil {
		return nil, err
	}
	return bleve.New(words, x.mapping)
}

const (
	batchDocs = 500
	pageOfLog = 1000
)

// start brings words and columns up to the end of the log, each from where it was kept, or builds them.
func (x *Index) start(ctx context.Context, build bool) error {
	if build {
		return x.load(ctx, true)
	}
	b, err := x.words.GetInternal(seqKey)
	if err != nil {
		return err
	}
	if len(b) < 8 {
		return x.anew(ctx)
	}
	seq := binary.BigEndian.Uint64(b)
	known, err := x.logHas(ctx, seq, string(b[8:]))
	if err != nil {
		return err
	}
	if !known {
		x.log.InfoContext(ctx, "search index is of another log and is built anew", "seq", seq)
		return x.anew(ctx)
	}
	if x.seq = seq; x.restore(ctx, seq) {
		return x.catchUp(ctx)
	}
	if err := x.load(ctx, false); err != nil {
		return err
	}
	x.seq = seq
	return x.catchUp(ctx)
}

// logHas reports whether the log has this very change.
func (x *Index) logHas(ctx context.Context, seq uint64, mark string) (bool, error) {
	if seq == 0 {
		return mark == "", nil
	}
	ch, err := x.from.Changes(ctx, seq-1, 1)
	if err != nil {
		return false, err
	}
	return len(ch) == 1 && markOf(ch[0]) == mark, nil
}

// load fills the columns from the records, and the words too when they are built.
func (x *Index) load(ctx context.Context, build bool) error {
	// Whatever changes while the records are read comes again with the log.
	end, mark, err := x.end(ctx)
	if err != nil {
		return err
	}
	batch := x.words.NewBatch()
	for rec, err := range x.from.Records(ctx, "") {
		if err != nil {
			return err
		}
		if !rec.Public() {
			continue
		}
		x.cols.put(rec)
		if !build {
			continue
		}
		if err := batch.Index(rec.ID, document(rec, x.names)); err != nil {
			return err
		}
		if batch.Size() >= batchDocs {
			if err := x.write(batch); err != nil {
				return err
			}
			batch.Reset()
		}
	}
	if !build {
		return nil
	}
	batch.SetInternal(versionKey, []byte(version)) // last: an index without it was not built to its end
	batch.SetInternal(seqKey, place(end, mark))
	x.seq = end
	return x.write(batch)
}

// end returns the number of the last change and its mark.
func (x *Index) end(ctx context.Context) (uint64, string, error) {
	ch, err := x.from.Latest(ctx, 0, 1)
	if err != nil || len(ch) == 0 {
		return 0, "", err
	}
	return ch[0].Seq, markOf(ch[0]), nil
}

// Follow keeps the index up to date until the context ends, and returns its cause. An error of the disk or the
// store is logged and tried again.
func (x *Index) Follow(ctx context.Context) error {
	for {
		grown := x.from.Changed()
		var again <-chan time.Time
		if err := x.catchUp(ctx); err != nil && ctx.Err() == nil {
			x.log.ErrorContext(ctx, "search index is behind", "err", err)
			again = time.After(retryEvery)
		}
		if x.Seq()-x.saved.Load() >= saveEvery {
			if err := x.save(); err != nil {
				x.log.ErrorContext(ctx, "columns not saved; the next start reads all records", "err", err)
			}
		}
		select {
		case <-grown:
		case <-again:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// CatchUp takes in all that the log has at present.
func (x *Index) CatchUp(ctx context.Context) error {
	if err := x.catchUp(ctx); err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	return nil
}

func (x *Index) catchUp(ctx context.Context) error {
	x.follow.Lock()
	defer x.follow.Unlock()
	if err := x.mend(ctx); err != nil {
		return err
	}
	for {
		page, err := x.from.Changes(ctx, x.Seq(), pageOfLog)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := x.take(ctx, page); err != nil {
			return errors.Join(err, x.mend(ctx))
		}
	}
}

// take indexes the records of some changes, each once, as they are now.
func (x *Index) take(ctx context.Context, page []stoa.Change) error {
	batch := x.words.NewBatch()
	var recs []stoa.Record
	gone := map[string]bool{}
	seen := map[string]bool{}
	for _, ch := range page {
		if seen[ch.Record] {
			continue
		}
		seen[ch.Record] = true
		rec, err := x.from.Get(ctx, ch.Record)
		if err != nil && !errors.Is(err, stoa.ErrNotFound) {
			return err
		}
		if err != nil || !rec.Public() {
			gone[ch.Record] = true
			batch.Delete(ch.Record)
			continue
		}
		recs = append(recs, rec)
		if err := batch.Index(rec.ID, document(rec, x.names)); err != nil {
			return err
		}
	}
	end := page[len(page)-1].Seq
	batch.SetInternal(seqKey, place(end, markOf(page[len(page)-1])))
	if err := x.write(batch); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for id := range gone {
		x.cols.drop(id)
	}
	for _, rec := range recs {
		x.cols.put(rec)
	}
	x.seq = end
	return nil
}

// Seq is the number of the last change that searches see.
func (x *Index) Seq() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.seq
}

// Close closes the index. Searches under way end first.
func (x *Index) Close() error {
	x.follow.Lock()
	defer x.follow.Unlock()
	var err error
	if x.Seq() != x.saved.Load() && !x.torn {
		err = x.save()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := errors.Join(err, x.shut()); err != nil {
		return fmt.Errorf("close search index: %w", err)
	}
	return nil
}

// Rebuild builds the index from all records. Searches wait meanwhile.
func (x *Index) Rebuild(ctx context.Context) error {
	x.follow.Lock()
	defer x.follow.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.anew(ctx); err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	return nil
}
