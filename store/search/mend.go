package search

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2"

	"stoa"
)

// bleve does not survive a full disk: what it could not write it misses later, and panics. So nothing is written while
// there is little room, and after any failure the words are opened anew, as they are on the disk.

// minRoom is the room, in bytes, that is left alone. An index that is merged needs its own size besides.
const minRoom = 16 << 20

// retryEvery is how long a follower waits after an error, when nothing else wakes it.
const retryEvery = 5 * time.Second

// roomy returns stoa.ErrFull when the disk has little room.
func (x *Index) roomy() error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(x.dir, &disk); err != nil {
		return err
	}
	need := int64(minRoom)
	err := filepath.WalkDir(x.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files come and go while bleve works
		}
		if info, err := d.Info(); err == nil {
			need += info.Size()
		}
		return nil
	})
	if free := int64(disk.Bavail) * int64(disk.Bsize); err == nil && free < need {
		return fmt.Errorf("%w: %d MB are free, the search index keeps %d MB clear", stoa.ErrFull, free>>20, need>>20)
	}
	return err
}

// write keeps a batch. After a failure the words are not to be trusted before mend.
func (x *Index) write(b *bleve.Batch) (err error) {
	if err := x.roomy(); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("write words: %v", p)
		}
		x.torn = x.torn || err != nil
	}()
	return x.words.Batch(b)
}

// mend opens the words anew after a failure, or builds them. The caller is the follower.
func (x *Index) mend(ctx context.Context) error {
	if !x.torn {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	_ = x.shut() // whatever it says, it is not used again
	words, err := reopen(x.dir)
	if err == nil {
		x.words = words
		var b []byte
		if b, err = words.GetInternal(seqKey); err == nil && len(b) >= 8 {
			x.seq, x.torn = binary.BigEndian.Uint64(b), false
			return nil
		}
	}
	x.log.WarnContext(ctx, "search index cannot be mended and is built", "err", err)
	return x.anew(ctx)
}

// anew builds the words from all records.
func (x *Index) anew(ctx context.Context) (err error) {
	x.torn = true // until it is done
	_ = x.shut()  // whatever it says, it is not used again
	if err := x.roomy(); err != nil {
		return err
	}
	if x.words, err = x.create(); err != nil {
		x.words = nil // and not a nil in an interface
		return err
	}
	x.cols, x.seq = newColumns(), 0
	if err := x.load(ctx, true); err != nil {
		return err
	}
	x.torn = false
	return nil
}

// shut closes the words, which may be hurt; the caller holds mu.
func (x *Index) shut() (err error) {
	if x.words == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("close words: %v", p)
		}
	}()
	words := x.words
	x.words = nil
	return words.Close()
}

var errTorn = errors.New("the search index is being mended")
