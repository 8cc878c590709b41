package store

import (
	"context"
	"errors"
	"fmt"

	"stoa"
)

// Schema is the number of the layout in tables.go. A store with a higher one was written by a newer program and is
// refused; one with a lower one is brought up to date when it is opened.
//
//	1  as first shipped
//	2  links to be looked at are planned in a table of their own
const Schema = 2

// schema checks the schema's number, writes it into a new store, and brings an older one up to date.
func (c *Catalogue) schema(ctx context.Context) error {
	var found int
	err := c.engine.View(ctx, func(tx Tx) (err error) {
		found, err = read[int](tx, tMeta, metaSchema)
		return err
	})
	switch {
	case errors.Is(err, stoa.ErrNotFound):
		return c.begin(ctx)
	case err != nil:
		return err
	case found > Schema:
		return fmt.Errorf("%w store: schema %d, this program knows up to %d; use the newer program", stoa.ErrInvalid, found, Schema)
	case found < Schema:
		return c.upgrade(ctx, found)
	}
	return nil
}

// begin makes an empty store a catalogue. A store that holds anything but no schema has lost it.
func (c *Catalogue) begin(ctx context.Context) error {
	return c.engine.Update(ctx, func(tx Tx) error {
		for _, t := range Tables() {
			some, err := keysIn(tx, t, Range{}, 1)
			if err != nil {
				return err
			}
			if len(some) > 0 {
				return fmt.Errorf("%w: the schema's number is missing; restore a backup", stoa.ErrDamaged)
			}
		}
		return write(tx, tMeta, metaSchema, Schema)
	})
}

// upgrade brings a store of an older schema up to date. Every step so far changed only what is computed, so one rebuild
// makes them all. That it is due is kept in the store together with the new number: a kill while it runs loses nothing,
// and whoever opens behind readers need not wait for it.
func (c *Catalogue) upgrade(ctx context.Context, found int) error {
	c.log.InfoContext(ctx, "store is brought up to date", "schema", found, "to", Schema)
	return c.engine.Update(ctx, func(tx Tx) error {
		return errors.Join(write(tx, tMeta, metaRebuild, true), write(tx, tMeta, metaSchema, Schema))
	})
}
