package catalogue

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"stoa"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

// results is a page of a search.
type results struct {
	query   stoa.Query
	total   int
	records []row
	paging  page.Paging
	chips   []chip
	facets  []facet
	forms   []page.Link
}

// chip is one active filter; its link removes it.
type chip struct{ text, href string }

// facet is one list of filters. Name is the parameter.
type facet struct {
	name, title string
	choices     []choice
}

// choice is one filter with what would be left.
type choice struct {
	name, value, text string
	pillar            stoa.Pillar
	language          string // of the text, when it is not the page's
	count             int
	counted, on       bool
}

// shownChoices is how many choices a long facet offers, chosen ones besides.
const shownChoices = 12

func (p *Pages) records(w http.ResponseWriter, r *http.Request, v page.View) error {
	q, at, err := Parse(r.URL.Query())
	if err != nil {
		return err
	}
	q.Reader = v.Code
	hits, err := p.Search.Search(r.Context(), q)
	if err != nil {
		return err
	}
	if q.Text != "" {
		v.Marks = p.Search.Marks(q.Text)
	}
	out := results{query: q, total: hits.Total}
	records, err := p.all(r.Context(), hits.IDs)
	if err != nil {
		return err
	}
	for i := range records {
		records[i] = export.Public(records[i])
	}
	if out.records, err = p.listing(r.Context(), v, records); err != nil {
		return err
	}
	last := min((hits.Total+PageSize-1)/PageSize, MaxOffset/PageSize)
	out.paging = page.Paging{At: at, Last: last, Href: func(n int) string { return v.To(Href(q, "", n)) }}
	out.chips, out.facets = p.chips(v, q), p.facets(v, q, hits)
	for _, f := range export.Formats() {
		if f.Cite {
			continue
		}
		link := page.Link{Name: f.Name, Href: v.To(Href(q, f.Suffix, 1)), Type: f.Type}
		out.forms = append(out.forms, link)
		if f.Feed {
			v.Feeds = append(v.Feeds, page.Link{Name: v.T("feed.search", "form", f.Name), Href: link.Href, Type: f.Type})
		}
	}
	v.Title, v.Nav, v.Glyph = heading(v, q), "records", true
	if q.Open && q.Sort == "closes" {
		v.Nav = "calendar"
	}
	v.Noted = q.Text != "" || at > 1 || len(out.chips) > 2
	return p.send(w, r, recordsPage(v, out))
}

func (p *Pages) chips(v page.View, q stoa.Query) []chip {
	var out []chip
	add := func(text string, change func(*stoa.Query)) {
		without := q
		change(&without)
		out = append(out, chip{text, v.To(Href(without, "", 1))})
	}
	if q.Text != "" {
		add(v.T("quoted", "text", q.Text), func(q *stoa.Query) { q.Text = "" })
	}
	for _, x := range q.Pillars {
		add(v.Word("pillar", string(x)), func(q *stoa.Query) { q.Pillars = without(q.Pillars, x) })
	}
	for _, x := range q.Kinds {
		add(v.Word("kind.many", string(x)), func(q *stoa.Query) { q.Kinds = without(q.Kinds, x) })
	}
	for _, x := range q.Orgs {
		add(p.organisation(x), func(q *stoa.Query) { q.Orgs = without(q.Orgs, x) })
	}
	for _, x := range q.Countries {
		add(v.CountryName(x), func(q *stoa.Query) { q.Countries = without(q.Countries, x) })
	}
	if q.For != "" {
		add(v.T("for.country", "country", v.CountryName(q.For)), func(q *stoa.Query) { q.For = "" })
	}
	for _, x := range q.Months {
		add(monthText(v, x), func(q *stoa.Query) { q.Months = without(q.Months, x) })
	}
	for _, x := range q.Regions {
		add(v.Word("region", string(x)), func(q *stoa.Query) { q.Regions = without(q.Regions, x) })
	}
	for _, x := range q.Languages {
		add(v.LanguageName(x), func(q *stoa.Query) { q.Languages = without(q.Languages, x) })
	}
	for _, x := range q.Modalities {
		add(v.Word("modality", string(x)), func(q *stoa.Query) { q.Modalities = without(q.Modalities, x) })
	}
	for _, x := range q.Windows {
		add(v.Word("window", string(x)), func(q *stoa.Query) { q.Windows = without(q.Windows, x) })
	}
	if q.Open {
		add(v.T("open.now"), func(q *stoa.Query) { q.Open = false })
	}
	if q.Stale {
		add(v.T("stale.too"), func(q *stoa.Query) { q.Stale = false })
	}
	return out
}

func without[T comparable](in []T, x T) []T {
	return slices.DeleteFunc(slices.Clone(in), func(y T) bool { return x == y })
}

func (p *Pages) facets(v page.View, q stoa.Query, hits stoa.Hits) []facet {
	state := facet{title: v.T("facet.state"), choices: []choice{
		{name: "open", value: "1", text: v.T("open.now"), on: q.Open, count: hits.Facets["open"]["1"], counted: true},
		{name: "stale", value: "1", text: v.T("stale.too"), on: q.Stale},
	}}
	out := []facet{state}
	closed := func(name, title string, values []string, on []string, text func(string) string) facet {
		f := facet{name: name, title: title}
		for _, x := range values {
			f.choices = append(f.choices, choice{name: name, value: x, text: text(x), count: hits.Facets[name][x], counted: true, on: slices.Contains(on, x)})
		}
		return f
	}
	pillars := closed("pillar", v.T("pillar"), plain(stoa.Pillars()), plain(q.Pillars), func(x string) string { return v.Word("pillar.short", x) })
	for i, x := range stoa.Pillars() {
		pillars.choices[i].pillar = x
	}
	out = append(out,
		closed("deadline", v.T("facet.deadline"), plain(stoa.Windows()), plain(q.Windows), func(x string) string { return v.Word("window", x) }),
		pillars,
		closed("kind", v.T("kind"), plain(stoa.Kinds()), plain(q.Kinds), func(x string) string { return v.Word("kind.many", x) }),
		closed("region", v.T("region"), plain(stoa.Regions()), plain(q.Regions), func(x string) string { return v.Word("region", x) }),
		closed("modality", v.T("field.modality"), plain(stoa.Modalities()), plain(q.Modalities), func(x string) string { return v.Word("modality", x) }),
	)
	most := func(name, title string, on []string, text func(string) string) facet {
		return closed(name, title, commonest(hits.Facets[name], on), on, text)
	}
	languages := most("language", v.T("language"), q.Languages, locales.SelfName)
	for i := range languages.choices {
		if v.Foreign(languages.choices[i].value) {
			languages.choices[i].language = languages.choices[i].value
		}
	}
	out = append(out, languages,
		most("country", v.T("country"), q.Countries, v.CountryName),
		most("org", v.T("organisation"), q.Orgs, p.organisation),
	)
	return slices.DeleteFunc(out, func(f facet) bool {
		idle := f.name == "deadline" || f.name == "modality" // with nothing to choose
		for _, c := range f.choices {
			idle = idle && !c.on && c.count == 0
		}
		return idle || len(f.choices) == 0
	})
}

func plain[T ~string](in []T) []string {
	var out []string
	for _, x := range in {
		out = append(out, string(x))
	}
	return out
}

// commonest returns the values with the highest counts, the chosen ones always among them.
func commonest(counts map[string]int, on []string) []string {
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	out := values[:min(len(values), shownChoices)]
	for _, x := range on {
		if !slices.Contains(out, x) {
			out = append(slices.Clone(out), x)
		}
	}
	return out
}

// hidden are the parameters that the filter form carries along: those that it has no boxes for.
func hidden(q stoa.Query) []chip {
	return parameters(Values(stoa.Query{Text: q.Text, Sort: q.Sort, For: q.For, Months: q.Months}))
}

func parameters(v url.Values) []chip {
	var out []chip
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, chip{name, value})
		}
	}
	return out
}

// others are the parameters that the search form carries along: all filters.
func others(q stoa.Query) []chip {
	q.Text, q.Sort = "", ""
	return parameters(Values(q))
}

func count(v page.View, c choice) string { return v.Number(c.count) }

// sortChoices are the orders to choose from. Without words there is no best match: nothing chosen is the newest.
func sortChoices(v page.View, q stoa.Query) []chip {
	var out []chip
	for _, s := range Sorts() {
		switch {
		case s == "" && q.Text == "" && q.Sort != "newest":
			out = append(out, chip{v.Word("sort", "newest"), s})
		case s == "newest" && q.Text == "" && q.Sort == "", s == "" && q.Text == "":
		case s == "":
			out = append(out, chip{v.T("sort.best"), s})
		default:
			out = append(out, chip{v.Word("sort", s), s})
		}
	}
	return out
}
