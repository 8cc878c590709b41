package store

import (
	"slices"

	"stoa"
)

// warm is a transaction of the engine that keeps at hand what one transaction of the catalogue comes back to again and
// again: sequences, counts and the history of a source are raised in memory and written once, at its end. Observations
// and findings that it wrote itself are not decoded again when the records they belong to are composed.
type warm struct {
	Tx
	values map[string][]byte // of the tables that wait; nil is deleted
	wrote  map[string]any
}

func warmed(tx Tx) *warm { return &warm{Tx: tx, values: map[string][]byte{}, wrote: map[string]any{}} }

// waits reports whether writes to a table wait for the end.
func waits(table string) bool { return table == tMeta || table == tCounts || table == tSources }

// Get implements Tx.
func (w *warm) Get(table string, key []byte) ([]byte, error) {
	if !waits(table) {
		return w.Tx.Get(table, key)
	}
	at := table + sep + string(key)
	v, ok := w.values[at]
	if ok && v == nil {
		return nil, stoa.ErrNotFound
	}
	if ok {
		return v, nil
	}
	return w.Tx.Get(table, key)
}

// Put implements Tx.
func (w *warm) Put(table string, key, value []byte) error {
	if !waits(table) {
		w.forget(table, key)
		return w.Tx.Put(table, key, value)
	}
	w.values[table+sep+string(key)] = append([]byte{}, value...)
	return nil
}

// Delete implements Tx.
func (w *warm) Delete(table string, key []byte) error {
	if !waits(table) {
		w.forget(table, key)
		return w.Tx.Delete(table, key)
	}
	w.values[table+sep+string(key)] = nil
	return nil
}

// Scan implements Tx.
func (w *warm) Scan(table string, r Range, each func(key, value []byte) error) error {
	if waits(table) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	return w.Tx.Scan(table, r, each)
}

// flush writes what waited, in order.
func (w *warm) flush() error {
	at := make([]string, 0, len(w.values))
	for k := range w.values {
		at = append(at, k)
	}
	slices.Sort(at)
	for _, k := range at {
		table, name := splitKey(k)
		var err error
		if v := w.values[k]; v == nil {
			err = w.Tx.Delete(table, name)
		} else {
			err = w.Tx.Put(table, name, v)
		}
		if err != nil {
			return err
		}
	}
	clear(w.values)
	return nil
}

func splitKey(at string) (table string, name []byte) {
	rest := last([]byte(at), 1)
	return at[:len(at)-len(rest)-len(sep)], []byte(rest)
}

// remembered reports whether what is written to a table is read again in the same transaction.
func remembered(table string) bool { return table == tObservations || table == tFindings }

// recollect keeps what was written to the transaction, when it is one that remembers.
func recollect[T any](tx Tx, table string, key []byte, v T) {
	if w, ok := tx.(*warm); ok && remembered(table) {
		w.wrote[table+sep+string(key)] = v
	}
}

func (w *warm) forget(table string, key []byte) {
	if remembered(table) {
		delete(w.wrote, table+sep+string(key))
	}
}

// recall returns a value that this transaction wrote.
func recall[T any](tx Tx, table string, key []byte) (v T, ok bool) {
	w, warm := tx.(*warm)
	if !warm || !remembered(table) {
		return v, false
	}
	v, ok = w.wrote[table+sep+string(key)].(T)
	return v, ok
}
