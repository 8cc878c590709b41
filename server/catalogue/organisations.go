package catalogue

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// organisationsSize is how many organisations stand on a page.
const organisationsSize = 60

// organisationList is who stands behind the records.
type organisationList struct {
	query  string
	all    int
	shown  int // that fit the words
	rows   []organisationRow
	paging page.Paging
}

// organisationRow is one organisation with the totals of two searches.
type organisationRow struct {
	id, name      string
	records, open int
}

func (p *Pages) organisationsPage(w http.ResponseWriter, r *http.Request, v page.View) error {
	read := parser{values: r.URL.Query()}
	text, at := read.text("q"), read.number("page", 1, 1, 1000)
	if len(read.faults) > 0 {
		return read.faults
	}
	hits, err := p.Search.Search(r.Context(), stoa.Query{Limit: 1})
	if err != nil {
		return err
	}
	open, err := p.Search.Search(r.Context(), stoa.Query{Limit: 1, Open: true})
	if err != nil {
		return err
	}
	counts := hits.Facets["org"]
	ids := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	d := organisationList{query: text, all: len(ids)}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !p.calls(id, text) })
	d.shown = len(ids)
	from := min((at-1)*organisationsSize, len(ids))
	for _, id := range ids[from:min(from+organisationsSize, len(ids))] {
		name, err := p.nameOf(r.Context(), id)
		if err != nil {
			return err
		}
		d.rows = append(d.rows, organisationRow{id, name, counts[id], open.Facets["org"][id]})
	}
	d.paging = page.Paging{At: at, Last: (d.shown + organisationsSize - 1) / organisationsSize, Href: func(n int) string {
		v := v.To("/organisations")
		q := Values(stoa.Query{Text: text})
		if n > 1 {
			q.Set("page", page.Decimal(n))
		}
		if len(q) > 0 {
			v += "?" + q.Encode()
		}
		return v
	}}
	v.Title, v.Nav, v.Noted = v.T("nav.organisations"), "organisations", text != "" || at > 1
	return p.send(w, r, organisationsPage(v, d))
}

// calls reports whether an organisation goes by a text: its id, or its name as far as it was seen.
func (p *Pages) calls(id, text string) bool {
	all := strings.ToLower(id + " " + strings.ReplaceAll(id, "-", " ") + " " + p.organisation(id))
	return strings.Contains(all, strings.ToLower(text))
}

// nameOf returns the name of an organisation, from one of its records if it was not seen yet; its id when no record names it.
func (p *Pages) nameOf(ctx context.Context, id string) (string, error) {
	if name, ok := p.organisations.Load(id); ok {
		return name.(string), nil
	}
	hits, err := p.Search.Search(ctx, stoa.Query{Orgs: []string{id}, Stale: true, Limit: 1})
	if err != nil {
		return "", err
	}
	if _, err := p.all(ctx, hits.IDs); err != nil {
		return "", err
	}
	return p.organisation(id), nil
}

// organisationPart is a partner's part.
type organisationPart struct {
	id, name string
	total    int
	grid     grid
	sources  []Health
	last     time.Time // when one of its listings was last read well
	fresh    []row
	closing  []row
	feeds    []page.Link
}

func (p *Pages) organisationPage(w http.ResponseWriter, r *http.Request, v page.View) error {
	id := r.PathValue("id")
	if !namePattern.MatchString(id) {
		return stoa.ErrNotFound
	}
	d, err := p.gatherOrganisation(r.Context(), v, id)
	if err != nil {
		return err
	}
	for _, f := range export.Formats() {
		link := page.Link{Name: f.Name, Href: v.To(Href(d.grid.base, f.Suffix, 1)), Type: f.Type}
		d.feeds = append(d.feeds, link)
		if f.Feed {
			v.Feeds = append(v.Feeds, page.Link{Name: v.T("feed.search", "form", f.Name), Href: link.Href, Type: f.Type})
		}
	}
	v.Title, v.Nav, v.Glyph = d.name, "organisations", true
	return p.send(w, r, organisationPage(v, d))
}

func (p *Pages) gatherOrganisation(ctx context.Context, v page.View, id string) (organisationPart, error) {
	base := stoa.Query{Orgs: []string{id}}
	d := organisationPart{id: id}
	health, err := p.health(ctx, v.Now)
	if err != nil {
		return d, err
	}
	for _, h := range health {
		if p.OrganisationID(h.Source.Organisation) != id {
			continue
		}
		d.sources = append(d.sources, h)
		d.name = h.Source.Organisation
		if h.History.Good.Ended.After(d.last) {
			d.last = h.History.Good.Ended
		}
	}
	ever, err := p.Search.Search(ctx, stoa.Query{Orgs: base.Orgs, Stale: true, Limit: 1})
	if err != nil {
		return d, err
	}
	if ever.Total == 0 && len(d.sources) == 0 {
		return d, stoa.ErrNotFound
	}
	if ever.Total > 0 {
		if d.name, err = p.nameOf(ctx, id); err != nil {
			return d, err
		}
	}
	if d.grid, err = p.gridOf(ctx, base); err != nil {
		return d, err
	}
	newest := base
	newest.Sort = "newest"
	var records []stoa.Record
	if records, d.total, err = p.firstIn(ctx, newest, ""); err != nil {
		return d, err
	}
	if d.fresh, _, err = p.works(ctx, v, records, shownOpen); err != nil {
		return d, err
	}
	closing := base
	closing.Open, closing.Sort = true, "closes"
	if records, _, err = p.firstIn(ctx, closing, ""); err != nil {
		return d, err
	}
	d.closing, _, err = p.works(ctx, v, records, shownOpen)
	return d, err
}
