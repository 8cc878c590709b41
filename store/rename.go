package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/link"
)

// Some sources give their items a new key at every fetch, or after a move to other software. An item whose key is
// unknown, while its source lists no longer the item that had the same link and title, is that item under a new key. It keeps
// its record, and counts as changed or unchanged.

// rename is a known item under a new key.
type rename struct {
	from, to string
	same     bool // its print is as before
}

// twin is what an item and its former self have in common: link and title. An item without a link has none.
func (in *intake) twin(item stoa.Item) string {
	address, err := link.Canonical(item.URL, in.src.KeepParams)
	title := normalize.Plain(item.Title)
	if err != nil || address == "" || title == "" {
		return ""
	}
	h := sha256.Sum256([]byte(address + sep + strings.ToLower(title)))
	return hex.EncodeToString(h[:12])
}

// recognise notes that an unknown item may be a known one under a new key.
func (in *intake) recognise(tx Tx, item stoa.Item, fp string) error {
	twin := in.twin(item)
	if twin == "" {
		return nil
	}
	b, err := tx.Get(tTwins, key(in.src.ID, twin))
	if errors.Is(err, stoa.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	from := string(b)
	m, err := readOr[mark](tx, tPrints, itemKey(in.src.ID, from))
	if err == nil && m.Record != "" {
		in.renamed = append(in.renamed, rename{from, item.Key, m.Print == fp && !m.Vanished && !m.Waiting})
	}
	return err
}

// settleNames decides, now that all items were read, which of the unknown items are known ones: those whose former key
// is not listed any more. Of several with the same former key it is the first.
func (in *intake) settleNames() {
	kept := in.renamed[:0]
	for _, r := range in.renamed {
		k := string(itemKey("", r.from))
		if in.seen[k] {
			continue
		}
		in.seen[k] = true // it is not missing, and nobody else's former self
		in.run.New--
		if r.same {
			in.run.Unchanged++
		} else {
			in.run.Changed++
		}
		kept = append(kept, r)
	}
	in.renamed = kept
}

// rename files an observation under its item's new key.
func (w *work) rename(source string, from []byte, to string) error {
	o, err := read[observation](w.tx, tObservations, from)
	if errors.Is(err, stoa.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	k := itemKey(source, to)
	item, err := read[stoa.Item](w.tx, tItems, from)
	if err != nil {
		return err
	}
	m, err := read[mark](w.tx, tPrints, from)
	if err != nil {
		return err
	}
	o.Key, o.Item.Key, item.Key = to, to, to
	w.touch(o.Record)
	return errors.Join(
		w.tx.Delete(tObservations, from), w.tx.Delete(tItems, from), w.tx.Delete(tPrints, from),
		w.tx.Delete(tMembers, append(key(o.Record, ""), from...)), w.tx.Put(tMembers, append(key(o.Record, ""), k...), nil),
		write(w.tx, tObservations, k, o), write(w.tx, tItems, k, item), write(w.tx, tPrints, k, m),
	)
}
