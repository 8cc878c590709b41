package catalogue

import (
	"net/http"
	"slices"
	"strings"

	"stoa"
	"stoa/server/page"
)

// tileRows is the world as tiles of one size, a Member State of the United Nations each, about where it lies.
const tileRows = `
.. .. .. .. .. .. .. IS .. .. DK NO SE FI .. .. .. .. .. .. .. .. .. .. .. .. ..
.. .. .. .. .. .. .. IE GB NL DE CZ PL LV EE .. .. .. .. .. .. .. .. .. .. .. ..
.. .. .. .. .. .. .. .. BE LU .. AT SK LT BY .. .. .. .. .. .. .. .. .. .. .. ..
.. .. .. .. .. .. .. .. FR CH LI SI HU RO MD UA .. .. .. KZ RU .. .. .. .. .. ..
CA .. .. .. .. .. .. .. AD MC SM HR BA RS .. .. GE .. .. UZ KG .. .. .. .. .. ..
.. .. .. .. .. .. .. PT ES .. IT .. ME MK BG TR AM AZ TM TJ .. MN KP .. .. .. ..
.. .. .. .. .. .. .. .. MA .. TN MT AL GR CY LB SY IQ .. AF .. CN KR JP .. .. ..
US .. BS .. .. .. .. .. .. DZ .. LY .. .. EG IL JO KW IR PK .. .. .. .. .. .. ..
MX CU HT DO .. .. .. .. .. .. .. .. .. .. .. .. .. BH .. NP BT .. .. .. .. .. ..
BZ HN JM KN AG .. .. MR .. .. .. .. .. .. .. .. SA QA AE IN BD .. .. .. .. .. ..
GT NI .. .. DM CV GM SN ML .. .. .. .. .. .. .. .. .. OM .. MM LA .. .. .. .. ..
SV CR PA VC LC BB GW GN BF BJ NE TD .. .. SD ER YE .. .. LK TH VN .. .. .. .. ..
.. .. .. GD TT .. SL CI GH TG NG .. .. .. .. .. DJ .. .. MV .. KH PH .. .. .. ..
.. .. CO VE GY SR .. LR .. .. CM .. CF .. SS ET SO .. .. .. .. MY BN PW .. MH ..
.. .. EC .. .. .. .. .. .. ST GQ CG CD .. RW UG KE .. .. .. .. SG ID .. FM NR KI
.. .. .. .. .. .. .. .. .. .. GA .. .. .. BI TZ .. SC .. .. .. .. .. TL PG SB TV
.. .. .. PE .. BR .. .. .. .. .. .. AO .. ZM MW KM .. .. .. .. .. .. AU .. VU WS
.. .. .. .. BO PY .. .. .. .. .. .. NA BW ZW MZ MG MU .. .. .. .. .. .. .. FJ TO
.. .. .. CL AR UY .. .. .. .. .. .. .. ZA SZ .. .. .. .. .. .. .. .. .. .. NZ ..
.. .. .. .. .. .. .. .. .. .. .. .. .. .. LS .. .. .. .. .. .. .. .. .. .. .. ..`

// tile is one state on the map: its place, how many records name it, and how dark that makes it, 0 to 4.
type tile struct {
	code, name string
	x, y       int
	count      int
	level      int
}

// Sizes of the map, in units of its own: a tile with its gap, and the tile.
const (
	tileStep = 40
	tileSize = 37
)

// world is the map: how many records of a search name each state.
type world struct {
	query   stoa.Query
	tiles   []tile // from the top, from the left
	columns int
	rows    int
	named   int   // states that some record names
	breaks  []int // the least count of levels 1 to 4
	regions []worldRegion
}

// worldRegion is the table beside the map.
type worldRegion struct {
	region stoa.Region
	tiles  []tile // in the order of the language
}

func (p *Pages) world(w http.ResponseWriter, r *http.Request, v page.View) error {
	q, _, err := Parse(r.URL.Query())
	if err != nil {
		return err
	}
	q.Countries, q.For, q.Offset, q.Limit, q.Sort = nil, "", 0, 1, ""
	hits, err := p.Search.Search(r.Context(), q)
	if err != nil {
		return err
	}
	d := drawn(v, q, hits.Facets["country"])
	v.Title, v.Nav, v.Noted = v.T("nav.map"), "countries", len(Values(q)) > 0
	return p.send(w, r, worldPage(v, d))
}

// drawn puts counts on the map.
func drawn(v page.View, q stoa.Query, counts map[string]int) world {
	d := world{query: q}
	for line := range strings.Lines(strings.TrimSpace(tileRows)) {
		for x, code := range strings.Fields(line) {
			d.columns = max(d.columns, x+1)
			if code == ".." {
				continue
			}
			if counts[code] > 0 {
				d.named++
			}
			d.tiles = append(d.tiles, tile{code: code, name: v.CountryName(code), x: x * tileStep, y: d.rows * tileStep, count: counts[code]})
		}
		d.rows++
	}
	d.breaks = breaks(d.tiles)
	at := map[string]tile{}
	for i, t := range d.tiles {
		for n, least := range d.breaks {
			if t.count >= least {
				d.tiles[i].level = n + 1
			}
		}
		at[t.code] = d.tiles[i]
	}
	byRegion := map[stoa.Region][]tile{}
	for _, c := range v.Countries() {
		if t, ok := at[c.Code]; ok {
			facts, _ := stoa.CountryOf(c.Code)
			byRegion[facts.Region] = append(byRegion[facts.Region], t)
		}
	}
	for _, g := range stoa.Regions() {
		if len(byRegion[g]) > 0 {
			d.regions = append(d.regions, worldRegion{g, byRegion[g]})
		}
	}
	return d
}

// breaks are the least counts of at most four levels that hold about as many states each; none where no state is named.
func breaks(tiles []tile) []int {
	var counts []int
	for _, t := range tiles {
		if t.count > 0 {
			counts = append(counts, t.count)
		}
	}
	slices.Sort(counts)
	var out []int
	for n := range 4 {
		if len(counts) > 0 {
			out = append(out, counts[len(counts)*n/4])
		}
	}
	return slices.Compact(out)
}

// naming is the search behind the figure of a state.
func (d world) naming(code string) stoa.Query {
	q := d.query
	q.Countries = []string{code}
	return q
}

// levelText says which counts a level stands for: "3 to 6".
func levelText(v page.View, d world, n int) string {
	least := d.breaks[n]
	if n+1 == len(d.breaks) {
		return v.T("level.from", "n", least)
	}
	if most := d.breaks[n+1] - 1; most > least {
		return v.T("level.span", "a", least, "b", most)
	}
	return v.Number(least)
}

// paint is the colour of a tile: the more, the darker.
func paint(level int) string {
	return [...]string{"var(--stone)", "color-mix(in srgb,var(--link) 15%,var(--bg))", "color-mix(in srgb,var(--link) 32%,var(--bg))", "var(--link)", "var(--ink)"}[level]
}

// ink is the colour of the letters on it.
func ink(level int) string {
	return [...]string{"var(--mute)", "var(--ink)", "var(--ink)", "var(--bg)", "var(--bg)"}[level]
}
