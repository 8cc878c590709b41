package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/klauspost/compress/s2"
	bbolt "go.etcd.io/bbolt"

	"stoa"
	"stoa/store"
)

var (
	ownBucket  = []byte(".stoa")
	markKey    = []byte("mark")
	dictKey    = []byte("dictionary")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

const (
	mark    = "stoa bolt 2" // the format of this package; the catalogue's schema has a number of its own
	sealLen = 5             // bytes of checksum and packing before each value
)

// sum returns the checksum of a value at its place, so that a value that moved to another key is seen too.
func sum(table string, key, value []byte) uint32 {
	c := crc32.Update(0, castagnoli, []byte(table))
	c = crc32.Update(c, castagnoli, []byte{0})
	c = crc32.Update(c, castagnoli, key)
	c = crc32.Update(c, castagnoli, []byte{0})
	return crc32.Update(c, castagnoli, value)
}

// A stored value is its checksum, how it is packed, and the packed value.
const (
	asItIs = 0
	byS2   = 1
	small  = 64 // bytes, below which nothing is packed
)

// packer packs values. Its dictionary holds what values often contain; a store keeps the one it was made with.
type packer struct{ dict *s2.Dict }

// sealed returns a value as it is stored.
func (p packer) sealed(table string, key, value []byte) []byte {
	out := make([]byte, sealLen, sealLen+len(value))
	if len(value) >= small && p.dict != nil {
		if packed := p.dict.Encode(nil, value); len(packed) < len(value) {
			out[4], value = byS2, packed
		}
	}
	out = append(out, value...)
	binary.BigEndian.PutUint32(out, sum(table, key, out[4:]))
	return out
}

// unsealed returns the value of stored bytes.
func (p packer) unsealed(table string, key, stored []byte) ([]byte, error) {
	if len(stored) < sealLen {
		return nil, damaged(table, key, "too short")
	}
	if binary.BigEndian.Uint32(stored) != sum(table, key, stored[4:]) {
		return nil, damaged(table, key, "checksum differs")
	}
	switch {
	case stored[4] == asItIs:
		return stored[sealLen:], nil
	case stored[4] == byS2 && p.dict != nil:
		value, err := p.dict.Decode(nil, stored[sealLen:])
		if err != nil {
			return nil, damaged(table, key, err)
		}
		return value, nil
	}
	return nil, damaged(table, key, "packed in an unknown way")
}

func damaged(table string, key []byte, what any) error {
	return fmt.Errorf("%w: table %s, key %s: %v; run verify, then restore a backup", stoa.ErrDamaged, table, show(key), what)
}

// show quotes a key, cut at a length that a line can bear.
func show(key []byte) string {
	if len(key) > 80 {
		return strconv.QuoteToASCII(string(key[:80])) + "…"
	}
	return strconv.QuoteToASCII(string(key))
}

// filling is how full a page is left when it is split. Most keys come in the order of time, at the end of their table.
const filling = 0.8

// tally is what a table must hold: how many entries, and the sum of their checksums. Both wrap.
type tally struct{ count, sum uint64 }

func (t *tally) add(stored []byte) { t.count++; t.sum += uint64(binary.BigEndian.Uint32(stored)) }
func (t *tally) remove(stored []byte) {
	t.count--
	if len(stored) >= sealLen {
		t.sum -= uint64(binary.BigEndian.Uint32(stored))
	}
}

func tallyKey(table string) []byte { return append([]byte("tally "), table...) }

// txn is a store.Tx over one bbolt transaction.
type txn struct {
	packer
	tx      *bbolt.Tx
	tables  map[string]*table
	undo    []former // what a failed update takes back, oldest first
	written int      // bytes, of all updates in the transaction
}

// table is a bucket with its tally.
type table struct {
	bucket *bbolt.Bucket
	tally  tally
	dirty  bool
}

// former is what stood at a key before a write; nil stored is nothing.
type former struct {
	table       string
	key, stored []byte
}

// guard turns a panic of bbolt over damaged pages into an error.
func guard(name string, key []byte, err *error) {
	if p := recover(); p != nil {
		*err = damaged(name, key, p)
	}
}

// touch reads one byte of each page that b lies on. A damaged page may name a key or a value that ends behind the file: that is to be
// found out here, under a guard, and not where it is used. It is never inlined, since nobody wants its result.
//
//go:noinline
func touch(b []byte) (all byte) {
	const step = 4096
	for i := 0; i < len(b); i += step {
		all ^= b[i]
	}
	if len(b) > 0 {
		all ^= b[len(b)-1]
	}
	return all
}

// table returns the bucket of a table; nil when it has none yet and none is to be made.
func (t *txn) table(name string, make bool) (tab *table, err error) {
	if tab, ok := t.tables[name]; ok {
		return tab, nil
	}
	defer guard(name, nil, &err)
	b := t.tx.Bucket([]byte(name))
	if b == nil && !make {
		return nil, nil
	}
	if b == nil {
		if b, err = t.tx.CreateBucket([]byte(name)); err != nil {
			return nil, fmt.Errorf("make table %s: %w", name, err)
		}
	}
	tab = &table{bucket: b}
	if t.tx.Writable() {
		b.FillPercent = filling
		if tab.tally, err = t.readTally(name); err != nil {
			return nil, err
		}
	}
	t.tables[name] = tab
	return tab, nil
}

func (t *txn) readTally(name string) (tally, error) {
	own := t.tx.Bucket(ownBucket)
	if own == nil {
		return tally{}, damaged(string(ownBucket), nil, "table is missing")
	}
	key := tallyKey(name)
	kept, err := stored(own, string(ownBucket), key)
	if err != nil || kept == nil {
		return tally{}, err
	}
	v, err := t.unsealed(string(ownBucket), key, kept)
	if err != nil {
		return tally{}, err
	}
	if len(v) != 16 {
		return tally{}, damaged(string(ownBucket), key, "wrong length")
	}
	return tally{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}, nil
}

// seal writes the tallies of all tables that changed. It comes before the commit.
func (t *txn) seal() (err error) {
	for name, tab := range t.tables {
		if !tab.dirty {
			continue
		}
		key := tallyKey(name)
		v := binary.BigEndian.AppendUint64(nil, tab.tally.count)
		v = binary.BigEndian.AppendUint64(v, tab.tally.sum)
		if err := put(t.tx.Bucket(ownBucket), string(ownBucket), key, t.sealed(string(ownBucket), key, v)); err != nil {
			return err
		}
		tab.dirty = false
	}
	return nil
}

func put(b *bbolt.Bucket, name string, key, stored []byte) (err error) {
	defer guard(name, key, &err)
	if err := b.Put(key, stored); err != nil {
		return fmt.Errorf("put into %s at %s: %w", name, show(key), err)
	}
	return nil
}

func stored(b *bbolt.Bucket, name string, key []byte) (v []byte, err error) {
	defer guard(name, key, &err)
	v = b.Get(key)
	touch(v)
	return v, nil
}

// Get implements store.Tx.
func (t *txn) Get(name string, key []byte) ([]byte, error) {
	tab, err := t.table(name, false)
	if err != nil {
		return nil, err
	}
	if tab == nil {
		return nil, stoa.ErrNotFound
	}
	v, err := stored(tab.bucket, name, key)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, stoa.ErrNotFound
	}
	return t.unsealed(name, key, v)
}

// Put implements store.Tx.
func (t *txn) Put(name string, key, value []byte) error {
	t.written += len(key) + len(value)
	return t.write(name, key, t.sealed(name, key, value), true)
}

// Delete implements store.Tx.
func (t *txn) Delete(name string, key []byte) error {
	t.written += len(key)
	return t.write(name, key, nil, true)
}

// write puts stored bytes at a key, or removes it when they are nil, and remembers what stood there.
func (t *txn) write(name string, key, value []byte, remember bool) (err error) {
	if !t.tx.Writable() {
		return fmt.Errorf("write table %s: the transaction only reads", name)
	}
	tab, err := t.table(name, value != nil)
	if err != nil || tab == nil {
		return err
	}
	before, err := stored(tab.bucket, name, key)
	if err != nil {
		return err
	}
	if before == nil && value == nil {
		return nil
	}
	if value == nil {
		err = remove(tab.bucket, name, key)
	} else {
		err = put(tab.bucket, name, key, value)
	}
	if err != nil {
		return err
	}
	if remember {
		t.undo = append(t.undo, former{name, append([]byte(nil), key...), append([]byte(nil), before...)})
	}
	tab.dirty = true
	if before != nil {
		tab.tally.remove(before)
	}
	if value != nil {
		tab.tally.add(value)
	}
	return nil
}

func remove(b *bbolt.Bucket, name string, key []byte) (err error) {
	defer guard(name, key, &err)
	if err := b.Delete(key); err != nil {
		return fmt.Errorf("delete from %s at %s: %w", name, show(key), err)
	}
	return nil
}

// back takes back what was written since the undo list had n entries.
func (t *txn) back(n int) error {
	for i := len(t.undo) - 1; i >= n; i-- {
		f := t.undo[i]
		if err := t.write(f.table, f.key, f.stored, false); err != nil {
			return err
		}
	}
	t.undo = t.undo[:n]
	return nil
}

// Scan implements store.Tx.
func (t *txn) Scan(name string, r store.Range, each func(key, value []byte) error) error {
	tab, err := t.table(name, false)
	if err != nil || tab == nil {
		return err
	}
	c := tab.bucket.Cursor()
	k, v, err := first(c, name, r)
	for k != nil && err == nil && within(k, r) {
		if v, err = t.unsealed(name, k, v); err != nil {
			break
		}
		if err = each(k, v); err != nil {
			break
		}
		k, v, err = next(c, name, k, r.Reverse)
	}
	if errors.Is(err, store.Stop) {
		return nil
	}
	return err
}

func first(c *bbolt.Cursor, name string, r store.Range) (k, v []byte, err error) {
	defer guard(name, r.From, &err)
	switch {
	case !r.Reverse && r.From == nil:
		k, v = c.First()
	case !r.Reverse:
		k, v = c.Seek(r.From)
	case r.To == nil:
		k, v = c.Last()
	default:
		if k, _ = c.Seek(r.To); k == nil {
			k, v = c.Last()
		} else {
			k, v = c.Prev()
		}
	}
	touch(k)
	touch(v)
	return k, v, nil
}

func next(c *bbolt.Cursor, name string, at []byte, reverse bool) (k, v []byte, err error) {
	defer guard(name, at, &err)
	if reverse {
		k, v = c.Prev()
	} else {
		k, v = c.Next()
	}
	touch(k)
	touch(v)
	return k, v, nil
}

func within(k []byte, r store.Range) bool {
	return (r.From == nil || string(k) >= string(r.From)) && (r.To == nil || string(k) < string(r.To))
}
