package catalogue

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"stoa"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

// row is one of a list: a record, and its editions in other languages. Every edition is a record of its own and counts as one, so
// that pages, facets, feeds and the API agree; a list shows those on one page together, the reader's language first.
type row struct {
	stoa.Record
	editions []stoa.Record
}

// mostEditions bounds the editions that a row names.
const mostEditions = 8

// listing makes rows of the records on a page of a list.
func (p *Pages) listing(ctx context.Context, v page.View, records []stoa.Record) ([]row, error) {
	known := map[string]stoa.Record{}
	for _, r := range records {
		known[r.ID] = r
	}
	rows := make([]row, 0, len(records))
	placed := map[string]bool{}
	for _, r := range records {
		if placed[r.ID] {
			continue
		}
		work, err := p.work(ctx, r, known)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(work, func(a, b stoa.Record) int { return cmp.Compare(nearness(v, a), nearness(v, b)) })
		for _, one := range work {
			if _, here := known[one.ID]; !here || placed[one.ID] {
				continue
			}
			placed[one.ID] = true
			others := slices.DeleteFunc(slices.Clone(work), func(o stoa.Record) bool {
				_, here := known[o.ID]
				return o.ID == one.ID || locales.Base(o.Language) == locales.Base(one.Language) || o.Stale() && !one.Stale() && !here
			})
			rows = append(rows, row{one, others})
		}
	}
	return rows, nil
}

// works makes rows of the records of a short list, one for each work: its edition nearest to the reader, and links to the others. It also
// tells how many of the records the rows are of; most is how many rows there may be.
func (p *Pages) works(ctx context.Context, v page.View, records []stoa.Record, most int) (rows []row, told int, err error) {
	all, err := p.listing(ctx, v, records)
	if err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.ID] {
			told++
			continue
		}
		if len(rows) == most {
			continue
		}
		for _, e := range r.editions {
			seen[e.ID] = true
		}
		rows, told = append(rows, r), told+1
	}
	return rows, told, nil
}

// work returns a record with its editions, and theirs: a page names the original more often than all that was made of it.
func (p *Pages) work(ctx context.Context, r stoa.Record, known map[string]stoa.Record) ([]stoa.Record, error) {
	work := []stoa.Record{r}
	for i := 0; i < len(work) && len(work) < mostEditions; i++ {
		for _, to := range work[i].Relations {
			if to.Relation != stoa.EditionOf || len(work) == mostEditions || slices.ContainsFunc(work, func(o stoa.Record) bool { return o.ID == to.Record }) {
				continue
			}
			other, here := known[to.Record]
			if !here {
				var err error
				if other, err = p.Records.Get(ctx, to.Record); errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
					continue
				} else if err != nil {
					return nil, err
				}
				other = export.Public(other)
			}
			if other.Public() {
				work = append(work, other)
			}
		}
	}
	return work, nil
}

// nearness is 0 for a record in the reader's language, 1 in English, 2 else.
func nearness(v page.View, r stoa.Record) int {
	switch locales.Base(r.Language) {
	case v.Code:
		return 0
	case "en":
		return 1
	}
	return 2
}
