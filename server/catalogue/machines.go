package catalogue

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"stoa"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

// sitemapSize is how many records stand in one part of a site map.
const sitemapSize = 1000

func (p *Pages) robots(w http.ResponseWriter, r *http.Request) {
	body := "User-agent: *\nDisallow: /curate/\nDisallow: /api/\nAllow: /api/v1/records\nAllow: /api/v1/changes\n\nSitemap: " + p.Site.Absolute("/sitemap.xml") + "\n"
	page.Send(w, r, page.Answer{Type: "text/plain; charset=utf-8", Body: []byte(body), Cache: "public, max-age=3600"})
}

func (p *Pages) security(w http.ResponseWriter, r *http.Request) {
	contact := p.Site.Contact
	if contact == "" {
		contact = p.Site.Absolute("/en/about")
	}
	expires := p.Now().UTC().AddDate(0, 6, 0).Truncate(24 * time.Hour)
	body := fmt.Sprintf("Contact: %s\nExpires: %s\nPreferred-Languages: en, fr, es, ar, zh, ru\nCanonical: %s\n",
		page.ContactHref(contact), expires.Format(time.RFC3339), p.Site.Absolute("/.well-known/security.txt"))
	page.Send(w, r, page.Answer{Type: "text/plain; charset=utf-8", Body: []byte(body), Cache: "public, max-age=3600"})
}

type openSearchURL struct {
	Type     string `xml:"type,attr"`
	Template string `xml:"template,attr"`
}

type openSearch struct {
	XMLName     xml.Name        `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
	ShortName   string          `xml:"ShortName"`
	Description string          `xml:"Description"`
	URLs        []openSearchURL `xml:"Url"`
	Input       string          `xml:"InputEncoding"`
}

func (p *Pages) openSearch(w http.ResponseWriter, r *http.Request) {
	d := openSearch{ShortName: short16(p.Site.Title), Description: p.Site.Title, Input: "UTF-8"}
	l := locales.Negotiate(r.Header.Get("Accept-Language"))
	for _, f := range []struct{ kind, suffix string }{{"text/html", ""}, {"application/atom+xml", ".atom"}, {"application/rss+xml", ".rss"}} {
		d.URLs = append(d.URLs, openSearchURL{f.kind, p.Site.Absolute("/" + l.Code + "/records" + f.suffix + "?q={searchTerms}")})
	}
	p.sendXML(w, r, d, "application/opensearchdescription+xml; charset=utf-8", "Accept-Language")
}

// short16 cuts a title to the 16 characters that OpenSearch allows.
func short16(s string) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), 16)])
}

type sitemapEntry struct {
	Loc     string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

type sitemap struct {
	XMLName xml.Name       `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapEntry `xml:"url"`
}

type sitemapIndex struct {
	XMLName xml.Name       `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Maps    []sitemapEntry `xml:"sitemap"`
}

func (p *Pages) sitemapIndex(w http.ResponseWriter, r *http.Request) {
	all, err := locales.All()
	if err != nil || len(all) == 0 {
		p.Fail(w, r, page.View{Site: p.Site, Now: p.Now()}, fmt.Errorf("list locales: %w", err))
		return
	}
	hits, err := p.Search.Search(r.Context(), stoa.Query{Stale: true, Limit: 1})
	if err != nil {
		p.Fail(w, r, p.view(all[0], r), err)
		return
	}
	var out sitemapIndex
	for _, l := range all {
		for part := range max((hits.Total+sitemapSize-1)/sitemapSize, 1) {
			loc := "/" + l.Code + "/sitemap.xml"
			if part > 0 {
				loc += "?part=" + page.Decimal(part+1)
			}
			out.Maps = append(out.Maps, sitemapEntry{Loc: p.Site.Absolute(loc)})
		}
	}
	p.sendXML(w, r, out, "application/xml; charset=utf-8", "")
}

func (p *Pages) sitemap(w http.ResponseWriter, r *http.Request, v page.View) error {
	read := parser{values: r.URL.Query()}
	part := read.number("part", 1, 1, 5000)
	if len(read.faults) > 0 {
		return read.faults
	}
	hits, err := p.Search.Search(r.Context(), stoa.Query{Stale: true, Sort: "newest", Limit: sitemapSize, Offset: (part - 1) * sitemapSize})
	if err != nil {
		return err
	}
	records, err := p.all(r.Context(), hits.IDs)
	if err != nil {
		return err
	}
	var out sitemap
	if part == 1 {
		for _, path := range []string{"/", "/records", "/countries", "/organisations", "/calendar", "/map", "/gaps", "/sources", "/changes", "/about"} {
			out.URLs = append(out.URLs, sitemapEntry{Loc: p.Site.Absolute(v.To(path))})
		}
	}
	for _, rec := range records {
		if rec.Relevance == stoa.Withdrawn {
			continue // it answers 410
		}
		e := sitemapEntry{Loc: p.Site.Absolute(v.To(page.Address(rec)))}
		if !rec.Changed.IsZero() {
			e.Changed = stampOf(rec.Changed)
		}
		out.URLs = append(out.URLs, e)
	}
	p.sendXML(w, r, out, "application/xml; charset=utf-8", "")
	return nil
}

func (p *Pages) sendXML(w http.ResponseWriter, r *http.Request, doc any, kind, vary string) {
	body, err := xml.Marshal(doc)
	if err != nil {
		p.Fail(w, r, page.View{Site: p.Site, Now: p.Now()}, fmt.Errorf("write xml: %w", err))
		return
	}
	page.Send(w, r, page.Answer{Type: kind, Body: append([]byte(xml.Header), body...), Vary: vary})
}

// changesFeed is the log of changes as a feed: entries are records, newest change first, each once.
func (p *Pages) changesFeed(w http.ResponseWriter, r *http.Request, v page.View) error {
	rows, _, err := p.latest(r.Context(), 0)
	if err != nil {
		return err
	}
	var records []stoa.Record
	seen := map[string]bool{}
	for _, c := range rows {
		if c.shown && !seen[c.record.ID] && c.record.Public() {
			seen[c.record.ID] = true
			records = append(records, c.record)
		}
	}
	f := p.forms()[".atom"]
	l := p.list(v, f, v.T("nav.changes"), "/changes")
	l.Total, l.Records = len(records), each(records)
	if l.Gone, err = p.removed(r.Context(), stoa.Query{}); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := export.Atom(&b, l); err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Type: f.Type, Body: b.Bytes()})
	return nil
}

// organisationsAs is the list of organisations for readers of feeds: each with the feed of its records here.
func (p *Pages) organisationsAs(w http.ResponseWriter, r *http.Request, v page.View) error {
	hits, err := p.Search.Search(r.Context(), stoa.Query{Stale: true, Limit: 1})
	if err != nil {
		return err
	}
	names := map[string]string{}
	for id := range hits.Facets["org"] {
		if names[id], err = p.nameOf(r.Context(), id); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	l := export.List{Title: v.T("nav.organisations") + " – " + p.Site.Title, Words: v.Locale, Site: p.Site, Now: v.Now.Truncate(24 * time.Hour)}
	if err := l.Organisations(&b, names); err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Type: "text/x-opml; charset=utf-8", Body: b.Bytes()})
	return nil
}

// scheme is the taxonomy for machines (SKOS in JSON-LD), with labels in six languages. Feeds name it as the scheme of their categories.
func (p *Pages) scheme(w http.ResponseWriter, r *http.Request) {
	all, err := locales.All()
	if err != nil {
		p.Fail(w, r, page.View{Site: p.Site, Now: p.Now()}, err)
		return
	}
	at := p.Site.Absolute(r.URL.Path)
	codes, label := plain(stoa.Pillars()), func(l *locales.Locale, code string) string { return l.Word("pillar", code) }
	if r.URL.Path == "/kinds" {
		codes, label = plain(stoa.Kinds()), func(l *locales.Locale, code string) string { return l.Word("kind", code) }
	}
	graph := []map[string]any{{"@id": at, "@type": "skos:ConceptScheme"}}
	for _, code := range codes {
		labels := map[string]string{}
		for _, l := range all {
			labels[l.Code] = label(l, code)
		}
		graph = append(graph, map[string]any{
			"@id": at + "#" + code, "@type": "skos:Concept", "skos:notation": code, "skos:inScheme": map[string]string{"@id": at}, "skos:prefLabel": labels,
		})
	}
	body, err := json.Marshal(map[string]any{
		"@context": map[string]any{"skos": "http://www.w3.org/2004/02/skos/core#", "skos:prefLabel": map[string]string{"@container": "@language"}}, "@graph": graph,
	})
	if err != nil {
		p.Fail(w, r, page.View{Site: p.Site, Now: p.Now()}, fmt.Errorf("write scheme: %w", err))
		return
	}
	page.Send(w, r, page.Answer{Type: "application/ld+json", Body: append(body, '\n')})
}
