package catalogue

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// Bounds of a country's page.
const (
	shownOpen       = 5  // open programmes under a pillar
	shownPractices  = 5  // practices
	mostComparable  = 40 // states whose practices are looked at
	fewComparable   = 4  // below which a narrower likeness is given up
	countryCodeSize = 2
)

// countryList is all countries by region.
type countryList struct {
	group   stoa.Group // "" is all
	regions []countryRegion
	others  []countryEntry // that are no Member States
	total   int
}

type countryRegion struct {
	region stoa.Region
	states []countryEntry
}

// countryEntry is a country with the records that name it.
type countryEntry struct {
	stoa.Country
	name  string
	named int
}

func (p *Pages) countries(w http.ResponseWriter, r *http.Request, v page.View) error {
	read := parser{values: r.URL.Query()}
	code := read.code("code")
	group := stoa.Group(read.choice("group", append([]string{""}, plain(stoa.Groups())...)))
	if len(read.faults) > 0 {
		return read.faults
	}
	if code != "" { // what the form on the first page asks for
		http.Redirect(w, r, v.To("/countries/"+code), http.StatusSeeOther)
		return nil
	}
	hits, err := p.Search.Search(r.Context(), stoa.Query{Limit: 1})
	if err != nil {
		return err
	}
	d := countryList{group: group}
	byRegion := map[stoa.Region][]countryEntry{}
	for _, c := range v.Countries() { // in the order of the language
		facts, ok := stoa.CountryOf(c.Code)
		if !ok || group != "" && !facts.In(group) {
			continue
		}
		e := countryEntry{facts, c.Name, hits.Facets["country"][c.Code]}
		d.total++
		if facts.Member() {
			byRegion[facts.Region] = append(byRegion[facts.Region], e)
		} else {
			d.others = append(d.others, e)
		}
	}
	for _, g := range stoa.Regions() {
		if len(byRegion[g]) > 0 {
			d.regions = append(d.regions, countryRegion{g, byRegion[g]})
		}
	}
	v.Title, v.Nav = v.T("nav.countries"), "countries"
	return p.send(w, r, countriesPage(v, d))
}

// country is what a state can use now.
type country struct {
	stoa.Country
	name       string
	language   string // that comes first, "" for none
	open       int
	guides     int
	pillars    []countryPillar
	own        practices
	comparable []string // codes of comparable states
	likeness   string   // what they have in common: group, region
	others     practices
	feeds      []page.Link
}

// countryPillar is what is open under one pillar, and what else there is.
type countryPillar struct {
	pillar   stoa.Pillar
	open     int
	shown    []row
	told     int // records that the rows are of
	guidance int
}

// practices are the first of a search for best practices.
type practices struct {
	query stoa.Query
	total int
	rows  []row
}

func (p *Pages) country(w http.ResponseWriter, r *http.Request, v page.View) error {
	code := strings.ToUpper(r.PathValue("code"))
	facts, ok := stoa.CountryOf(code)
	if !ok || len(code) != countryCodeSize {
		return stoa.ErrNotFound
	}
	if code != r.PathValue("code") {
		http.Redirect(w, r, v.To("/countries/"+code), http.StatusPermanentRedirect)
		return nil
	}
	read := parser{values: r.URL.Query()}
	language := read.choice("language", append([]string{""}, stoa.Languages()...))
	if len(read.faults) > 0 {
		return read.faults
	}
	d, err := p.gatherCountry(r.Context(), v, facts, language)
	if err != nil {
		return err
	}
	d.name = v.CountryName(code)
	for _, f := range export.Formats() {
		if f.Feed || f.Suffix == ".ics" || f.Suffix == ".csv" {
			d.feeds = append(d.feeds, page.Link{Name: f.Name, Href: v.To(Href(d.query(), f.Suffix, 1)), Type: f.Type})
		}
		if f.Feed {
			v.Feeds = append(v.Feeds, page.Link{Name: v.T("feed.search", "form", f.Name), Href: v.To(Href(d.query(), f.Suffix, 1)), Type: f.Type})
		}
	}
	v.Title, v.Nav, v.Glyph = v.T("country.title", "country", d.name), "countries", true
	v.Noted = language != ""
	return p.send(w, r, countryPage(v, d))
}

// query is the search for what a state can take part in now.
func (c country) query() stoa.Query {
	return stoa.Query{For: c.Code, Kinds: []stoa.Kind{stoa.Programme}, Open: true, Sort: "closes"}
}

// under is the same under one pillar.
func (c country) under(p stoa.Pillar) stoa.Query {
	q := c.query()
	q.Pillars = []stoa.Pillar{p}
	return q
}

// guidance is the search for guidance that reaches the state, under one pillar or all.
func (c country) guidance(p stoa.Pillar) stoa.Query {
	q := stoa.Query{For: c.Code, Kinds: []stoa.Kind{stoa.Guidance}}
	if p != "" {
		q.Pillars = []stoa.Pillar{p}
	}
	return q
}

func (p *Pages) gatherCountry(ctx context.Context, v page.View, facts stoa.Country, language string) (country, error) {
	d := country{Country: facts, language: language}
	total := func(q stoa.Query) (int, error) {
		q.Limit = 1
		hits, err := p.Search.Search(ctx, q)
		return hits.Total, err
	}
	var err error
	if d.open, err = total(d.query()); err != nil {
		return d, err
	}
	if d.guides, err = total(d.guidance("")); err != nil {
		return d, err
	}
	for _, pillar := range stoa.Pillars() {
		row := countryPillar{pillar: pillar}
		var records []stoa.Record
		if records, row.open, err = p.firstIn(ctx, d.under(pillar), language); err != nil {
			return d, err
		}
		if row.shown, row.told, err = p.works(ctx, v, records, shownOpen); err != nil {
			return d, err
		}
		if row.guidance, err = total(d.guidance(pillar)); err != nil {
			return d, err
		}
		d.pillars = append(d.pillars, row)
	}
	if d.own, err = p.practices(ctx, v, []string{facts.Code}); err != nil {
		return d, err
	}
	d.comparable, d.likeness = alike(facts)
	d.others, err = p.practices(ctx, v, d.comparable)
	return d, err
}

// firstIn returns the first records of a search, those in a language before the others, and how many there are in all.
func (p *Pages) firstIn(ctx context.Context, q stoa.Query, language string) ([]stoa.Record, int, error) {
	q.Limit = shownOpen
	hits, err := p.Search.Search(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	ids := hits.IDs
	if language != "" {
		q.Languages = []string{language}
		first, err := p.Search.Search(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(first.IDs, id) })
		ids = append(first.IDs, rest...)
	}
	records, err := p.all(ctx, ids[:min(len(ids), shownOpen)])
	return records, hits.Total, err
}

func (p *Pages) practices(ctx context.Context, v page.View, codes []string) (practices, error) {
	out := practices{query: stoa.Query{Kinds: []stoa.Kind{stoa.BestPractice}, Countries: codes, Sort: "newest"}}
	if len(codes) == 0 {
		return out, nil
	}
	q := out.query
	q.Limit = shownPractices
	hits, err := p.Search.Search(ctx, q)
	if err != nil {
		return out, err
	}
	out.total = hits.Total
	records, err := p.all(ctx, hits.IDs)
	if err != nil {
		return out, err
	}
	out.rows, _, err = p.works(ctx, v, records, shownPractices)
	return out, err
}

// alike returns the states from whose practices a state may learn, and what they have in common with it: its region and
// its groups ("group"), or else its region ("region"). Those that work in one of its languages come first.
func alike(c stoa.Country) (codes []string, likeness string) {
	pick := func(like func(stoa.Country) bool) []string {
		var near, far []string
		for _, o := range stoa.Countries() {
			if o.Code == c.Code || !o.Member() || o.Region != c.Region || !like(o) {
				continue
			}
			if slices.ContainsFunc(o.Languages(), func(l string) bool { return slices.Contains(c.Languages(), l) }) {
				near = append(near, o.Code)
			} else {
				far = append(far, o.Code)
			}
		}
		out := append(near, far...)
		return out[:min(len(out), mostComparable)]
	}
	if len(c.Groups()) > 0 {
		codes = pick(func(o stoa.Country) bool { return slices.Equal(o.Groups(), c.Groups()) })
		if len(codes) < fewComparable {
			codes = pick(func(o stoa.Country) bool { return slices.ContainsFunc(c.Groups(), o.In) })
		}
		if len(codes) >= fewComparable {
			return codes, "group"
		}
	}
	return pick(func(o stoa.Country) bool { return len(o.Groups()) == 0 || len(c.Groups()) > 0 }), "region"
}

// reachText says why a record counts for a country. All the world is only taken for said where the publisher says so: it is also
// where those records stand of which nobody does.
func reachText(v page.View, c stoa.Country, name string, r stoa.Record) string {
	if slices.Contains(r.OpenTo, stoa.OpenToAll) {
		return v.T("reach.all")
	}
	if len(r.OpenTo) > 0 {
		reaching := stoa.Reaching(c.Code)
		return v.T("reach.open", "who", openTo(v, slices.DeleteFunc(slices.Clone(r.OpenTo), func(x string) bool { return !slices.Contains(reaching, x) })))
	}
	if slices.Contains(r.Countries, c.Code) {
		return v.T("reach.names", "country", name)
	}
	for _, g := range c.Regions() {
		if slices.Contains(r.Regions, g) {
			return v.T("reach.region", "region", v.Word("region", string(g)))
		}
	}
	return ""
}

// openTo names those whom something is open to.
func openTo(v page.View, who []string) string {
	var names []string
	for _, x := range who {
		switch {
		case v.Has("opento", x):
			names = append(names, v.Word("opento", x))
		case slices.Contains(stoa.Regions(), stoa.Region(x)):
			names = append(names, v.Word("region", x))
		default:
			names = append(names, v.CountryName(x))
		}
	}
	return v.List(names)
}

// eligibility is who may take part, in the publisher's words; "" is not known.
func eligibility(r stoa.Record) string {
	if s := r.Facts["eligibility"]; s != "" {
		return s
	}
	return r.Facts["audience"]
}
