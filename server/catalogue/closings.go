package catalogue

import (
	"context"
	"slices"
	"time"

	"stoa"
)

// Bounds of what feeds tell of records that left the default lists.
const (
	closingAge   = 30 * 24 * time.Hour // for so long
	closingsMost = 50                  // so many
	closingsFrom = 500                 // changes looked at
	closingsIn   = 1000                // hits of the search among which they must be
)

// closings are the records of a search that closed, ended, were replaced or withdrawn lately: whoever follows the search
// by a feed hears of it once, in an entry under the record's own id that says so.
func (p *Pages) closings(ctx context.Context, q stoa.Query) ([]stoa.Record, error) {
	if q.Stale {
		return nil, nil // they are among the hits
	}
	log, err := p.Records.Latest(ctx, 0, closingsFrom)
	if err != nil {
		return nil, err
	}
	since := p.Now().Add(-closingAge)
	var ids []string
	for _, c := range log {
		if c.At.Before(since) || len(ids) == closingsMost {
			break
		}
		if c.Op == stoa.OpStale && !slices.Contains(ids, c.Record) {
			ids = append(ids, c.Record)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	q.Stale, q.Open, q.Sort, q.Offset, q.Limit = true, false, "newest", 0, closingsIn
	hits, err := p.Search.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	records, err := p.all(ctx, slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(hits.IDs, id) }))
	return slices.DeleteFunc(records, func(r stoa.Record) bool {
		ends := []stoa.Relevance{stoa.Closed, stoa.Ended, stoa.Superseded, stoa.Withdrawn}
		return !r.Public() || !slices.Contains(ends, r.Relevance)
	}), err
}
