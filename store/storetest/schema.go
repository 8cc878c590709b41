package storetest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// olderSchema opens a store as the program before the table of planned looks left it: without that table, and without
// the time of the next look in its records. Opened, it is the same to the byte as one that was never older.
func olderSchema(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 20))
	id := w.record(partner, "item-3").ID
	w.decide(stoa.Decision{Subject: id, Action: stoa.Set, Field: "title", Value: "Ours"})
	want := dump(t, w.engine, store.Tables()...)
	if due := w.due(t); len(due) != 20 {
		t.Fatalf("%d links are planned, want 20", len(due))
	}
	age(t, w.engine)
	if due := w.due(t); len(due) != 0 {
		t.Fatalf("%d links are planned in the older store", len(due))
	}
	w.reopen()
	compare(t, want, dump(t, w.engine, store.Tables()...))
	if due := w.due(t); len(due) != 20 || w.get(id).Title != "Ours" {
		t.Errorf("%d links are planned, want 20; title %q", len(due), w.get(id).Title)
	}
	w.sound()
}

func (w *world) due(t *testing.T) []stoa.DueCheck {
	t.Helper()
	due, err := w.DueChecks(t.Context(), epoch.AddDate(1, 0, 0), nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// age makes a store what it was under schema 1.
func age(t *testing.T, e store.Engine) {
	t.Helper()
	rows := dump(t, e, "checks", "records")
	err := e.Update(t.Context(), func(tx store.Tx) error {
		errs := []error{tx.Put("meta", []byte("schema"), []byte("1"))}
		for at, v := range rows {
			table, key, _ := strings.Cut(at, " ")
			if table == "checks" {
				errs = append(errs, tx.Delete(table, []byte(key)))
				continue
			}
			var r struct {
				stoa.Record
				NextChange time.Time `json:"next_change,omitzero"`
			}
			errs = append(errs, json.Unmarshal([]byte(v), &r))
			b, err := json.Marshal(r)
			errs = append(errs, err, tx.Put(table, []byte(key), b))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
}
