package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"stoa"
)

// The layout of bbolt's file, version 2, as far as it is needed to look at a file without trusting it: bbolt itself
// follows damaged references until it panics, or without end.
const (
	magic      = 0xED0CDAED
	version    = 2
	headLen    = 16 // of a page: id, flags, count, overflow
	elementLen = 16 // of an entry in a page
	metaLen    = 64 // of a meta page, after the head
	rootLen    = 16 // of a bucket: root page, sequence

	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of an entry
	noFreelist   = ^uint64(0)
)

// meta is a meta page: where everything begins.
type meta struct {
	pageSize             int64
	root, freelist, high uint64 // high is the first page that was never used
	txid                 uint64
}

// inspect reads the meta pages of a file and returns the newer whole one. The file must be as long as it says.
func inspect(path string) (meta, error) {
	f, err := os.Open(path)
	if err != nil {
		return meta{}, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return meta{}, err
	}
	if !info.Mode().IsRegular() {
		return meta{}, fmt.Errorf("%w: it is no regular file", stoa.ErrDamaged)
	}
	if info.Size() == 0 {
		return meta{}, fmt.Errorf("%w: it is empty; restore a backup, or move it away to begin anew", stoa.ErrDamaged)
	}
	m, err := newest(f)
	if err != nil {
		return meta{}, err
	}
	if need := int64(m.high) * m.pageSize; m.high > 1<<40 || info.Size() < need {
		return meta{}, fmt.Errorf("%w: it is cut short, %d bytes of %d; restore a backup", stoa.ErrDamaged, info.Size(), need)
	}
	return m, nil
}

// newest returns the newer of the two meta pages, or the one that is whole.
func newest(f io.ReaderAt) (meta, error) {
	var best meta
	found := false
	for _, at := range []int64{0, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16} {
		m, ok := readMeta(f, at)
		if ok && (at == 0 || m.pageSize == at) && (!found || m.txid > best.txid) {
			best, found = m, true
		}
	}
	if !found {
		return meta{}, fmt.Errorf("%w: it is no stoa store, or its first pages are hurt; restore a backup, or move it away to begin anew", stoa.ErrDamaged)
	}
	return best, nil
}

func readMeta(f io.ReaderAt, at int64) (meta, bool) {
	b := make([]byte, headLen+metaLen)
	if _, err := f.ReadAt(b, at); err != nil {
		return meta{}, false
	}
	b = b[headLen:]
	le := binary.NativeEndian
	h := fnv.New64a()
	h.Write(b[:56])
	if le.Uint32(b) != magic || le.Uint32(b[4:]) != version || le.Uint64(b[56:]) != h.Sum64() {
		return meta{}, false
	}
	return meta{
		pageSize: int64(le.Uint32(b[8:])), root: le.Uint64(b[16:]), freelist: le.Uint64(b[32:]),
		high: le.Uint64(b[40:]), txid: le.Uint64(b[48:]),
	}, true
}

// page is a page read from the file, its overflow included.
type page struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint32
	data     []byte
}

var errPage = errors.New("page is hurt")

// readPage reads page id and checks what it says of itself. Each page may be read once: a second reference to it is a circle.
func (w *walk) readPage(id uint64) (page, error) {
	if id < 2 || id >= w.meta.high {
		return page{}, fmt.Errorf("%w: reference to page %d of %d", errPage, id, w.meta.high)
	}
	head := make([]byte, headLen)
	if _, err := w.file.ReadAt(head, int64(id)*w.meta.pageSize); err != nil {
		return page{}, fmt.Errorf("read page %d: %w", id, err)
	}
	p := parseHead(head)
	last := id + uint64(p.overflow)
	if p.id != id || last >= w.meta.high {
		return page{}, fmt.Errorf("%w: page %d says it is %d to %d", errPage, id, p.id, last)
	}
	for i := id; i <= last; i++ {
		if w.used[i] {
			return page{}, fmt.Errorf("%w: page %d is used twice", errPage, i)
		}
		w.used[i] = true
	}
	p.data = make([]byte, (int64(p.overflow)+1)*w.meta.pageSize)
	if _, err := w.file.ReadAt(p.data, int64(id)*w.meta.pageSize); err != nil {
		return page{}, fmt.Errorf("read page %d: %w", id, err)
	}
	return p, nil
}

func parseHead(b []byte) page {
	le := binary.NativeEndian
	return page{id: le.Uint64(b), flags: le.Uint16(b[8:]), count: int(le.Uint16(b[10:])), overflow: le.Uint32(b[12:])}
}

// entry is one element of a branch or leaf page.
type entry struct {
	flags      uint32
	key, value []byte
	child      uint64
}

// entry returns element i, or an error when it reaches outside the page.
func (p page) entry(i int) (entry, error) {
	at := headLen + i*elementLen
	if at+elementLen > len(p.data) {
		return entry{}, fmt.Errorf("%w: page %d has no room for %d entries", errPage, p.id, p.count)
	}
	le, b := binary.NativeEndian, p.data[at:]
	var e entry
	var pos, klen, vlen int64
	if p.flags == branchFlag {
		pos, klen, e.child = int64(le.Uint32(b)), int64(le.Uint32(b[4:])), le.Uint64(b[8:])
	} else {
		e.flags = le.Uint32(b)
		pos, klen, vlen = int64(le.Uint32(b[4:])), int64(le.Uint32(b[8:])), int64(le.Uint32(b[12:]))
	}
	from := int64(at) + pos
	if from+klen+vlen > int64(len(p.data)) {
		return entry{}, fmt.Errorf("%w: entry %d of page %d reaches outside it", errPage, i, p.id)
	}
	e.key, e.value = p.data[from:from+klen], p.data[from+klen:from+klen+vlen]
	return e, nil
}

// freed returns the pages of the freelist.
func (w *walk) freed() ([]uint64, error) {
	if w.meta.freelist == noFreelist {
		return nil, nil
	}
	p, err := w.readPage(w.meta.freelist)
	if err != nil {
		return nil, err
	}
	if p.flags != freelistFlag {
		return nil, fmt.Errorf("%w: page %d is no list of free pages", errPage, p.id)
	}
	le, ids := binary.NativeEndian, p.data[headLen:]
	n := p.count
	if n == 0xFFFF { // more than fit the count: the first entry is their number
		n, ids = int(le.Uint64(ids)), ids[8:]
	}
	if n < 0 || n > len(ids)/8 {
		return nil, fmt.Errorf("%w: the list of free pages says it has %d entries", errPage, n)
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = le.Uint64(ids[8*i:])
	}
	return out, nil
}

func inOrder(before, key []byte) bool { return before == nil || bytes.Compare(before, key) < 0 }
