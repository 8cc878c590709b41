package catalogue

import (
	"context"
	"net/http"
	"time"

	"stoa"
	"stoa/server/page"
)

// gapsAge is how old the counts of the gaps may be while readers see no change.
const gapsAge = time.Minute

// gapTable is how many records there are by pillar, region and language, and where there are none.
type gapTable struct {
	query   stoa.Query // kind and open narrow it
	pillars []gapPillar
	cells   int
	empty   int
}

type gapPillar struct {
	pillar stoa.Pillar
	rows   []gapRow
}

// gapRow is one region: the total, and the total in each of the six languages.
type gapRow struct {
	region stoa.Region
	all    int
	counts map[string]int
}

func (p *Pages) gaps(w http.ResponseWriter, r *http.Request, v page.View) error {
	q, _, err := Parse(r.URL.Query())
	if err != nil {
		return err
	}
	q = stoa.Query{Kinds: q.Kinds, Open: q.Open}
	d, err := p.keptGaps.get(r.Context(), p, Href(q, "", 1), gapsAge, func(ctx context.Context) (gapTable, error) { return p.gatherGaps(ctx, q) })
	if err != nil {
		return err
	}
	v.Title, v.Glyph, v.Noted = v.T("nav.gaps"), true, len(Values(q)) > 0
	return p.send(w, r, gapsPage(v, d))
}

func (p *Pages) gatherGaps(ctx context.Context, q stoa.Query) (gapTable, error) {
	d := gapTable{query: q}
	for _, pillar := range stoa.Pillars() {
		t := gapPillar{pillar: pillar}
		for _, region := range stoa.Regions() {
			one := d.cell(pillar, region, "")
			one.Limit = 1
			hits, err := p.Search.Search(ctx, one)
			if err != nil {
				return d, err
			}
			row := gapRow{region: region, all: hits.Total, counts: map[string]int{}}
			for _, l := range stoa.Languages() {
				n := hits.Facets["language"][l]
				row.counts[l] = n
				d.cells++
				if n == 0 {
					d.empty++
				}
			}
			t.rows = append(t.rows, row)
		}
		d.pillars = append(d.pillars, t)
	}
	return d, nil
}

// cell is the search that proves a figure; language "" is all languages.
func (d gapTable) cell(p stoa.Pillar, g stoa.Region, language string) stoa.Query {
	q := d.query
	q.Pillars, q.Regions = []stoa.Pillar{p}, []stoa.Region{g}
	if language != "" {
		q.Languages = []string{language}
	}
	return q
}
