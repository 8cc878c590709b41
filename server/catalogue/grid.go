package catalogue

import (
	"context"

	"stoa"
)

// grid is the Decision as a table: under each pillar how many records of each kind, of a search.
type grid struct {
	base stoa.Query
	rows []gridRow
}

// gridRow is one pillar: counts by kind, and what is open.
type gridRow struct {
	pillar stoa.Pillar
	counts map[stoa.Kind]int
	open   int
}

// gridOf counts a search by pillar and kind. Each figure is the total of the search that href leads to.
func (p *Pages) gridOf(ctx context.Context, base stoa.Query) (grid, error) {
	g := grid{base: base}
	for _, pillar := range stoa.Pillars() {
		q := g.query(pillar, "", false)
		q.Limit = 1
		hits, err := p.Search.Search(ctx, q)
		if err != nil {
			return g, err
		}
		row := gridRow{pillar: pillar, counts: map[stoa.Kind]int{}, open: hits.Facets["open"]["1"]}
		for _, k := range stoa.Kinds() {
			row.counts[k] = hits.Facets["kind"][string(k)]
		}
		g.rows = append(g.rows, row)
	}
	return g, nil
}

// query is the search behind one figure.
func (g grid) query(p stoa.Pillar, k stoa.Kind, open bool) stoa.Query {
	q := g.base
	q.Pillars = []stoa.Pillar{p}
	if k != "" {
		q.Kinds = []stoa.Kind{k}
	}
	q.Open = q.Open || open
	return q
}
