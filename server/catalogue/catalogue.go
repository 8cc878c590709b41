// Package catalogue holds the pages that everyone may read: the Decision as a page, searches, records, sources,
// changes. A search is a bookmark: Parse and Values read and write it as query parameters, and the same search is
// offered as a feed or a file under its suffix.
package catalogue

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"stoa"
	"stoa/server/locales"
	"stoa/server/page"
)

// Records is what the pages need of the catalogue.
type Records interface {
	// Get returns a record by its id or short id, whatever its state; stoa.ErrNotFound when there is none.
	Get(ctx context.Context, id string) (stoa.Record, error)
	// Latest returns at most limit changes before a number (0: from the end), newest first.
	Latest(ctx context.Context, before uint64, limit int) ([]stoa.Change, error)
	// History returns what is known of a source's runs; the zero History when it never ran.
	History(ctx context.Context, source string) (stoa.History, error)
	// Runs returns the latest runs of a source, newest first.
	Runs(ctx context.Context, source string, limit int) ([]stoa.Run, error)
}

// Search answers searches over listed records.
type Search interface {
	Search(ctx context.Context, q stoa.Query) (stoa.Hits, error)
	// Marks returns a function that finds the words of a query in a text of a language.
	Marks(text string) func(language, text string) []stoa.Span
}

// Pages answers the public addresses.
type Pages struct {
	Records Records
	Search  Search
	Whole   Whole                               // of the report
	Sources func() []stoa.Source                // in force, disabled ones included
	Hosts   func(context.Context) []stoa.Ledger // the politeness ledger, by host; nil has none
	Agent   string                              // what the crawler calls itself
	Site    page.Site
	Now     func() time.Time
	// OrganisationID gives the id under which records have an organisation that a source names.
	OrganisationID func(name string) string
	Fail           func(w http.ResponseWriter, r *http.Request, v page.View, err error) // the one place where errors are logged

	organisations sync.Map // id → name, as last seen
	kept          kept
	first         memo[home]
	keptGaps      memo[gapTable]
	keptReport    memo[Report]
	ruled, moves  counted // of the log of decisions, and of changes
}

// handler is a page; its error is translated in one place.
type handler func(w http.ResponseWriter, r *http.Request, v page.View) error

// Register adds the public addresses to a mux.
func (p *Pages) Register(mux page.Mux) error {
	all, err := locales.All()
	if err != nil {
		return err
	}
	var negotiated []string // pages, which have an address without a language too
	for i, l := range all {
		at := func(path string, h handler) {
			mux.Handle("GET /"+l.Code+path, p.in(l, h))
			if i == 0 && !strings.Contains(path, ".") {
				negotiated = append(negotiated, path)
			}
		}
		at("/{$}", p.home)
		at("/records", p.records)
		at("/records/{name}", p.record)
		at("/countries", p.countries)
		at("/countries/{code}", p.country)
		at("/organisations", p.organisationsPage)
		at("/organisations/{id}", p.organisationPage)
		at("/organisations.opml", p.organisationsAs)
		at("/map", p.world)
		at("/gaps", p.gaps)
		at("/calendar", p.calendar)
		at("/report", p.report)
		at("/sources", p.sources)
		at("/changes", p.changes)
		at("/changes.atom", p.changesFeed)
		at("/about", p.about)
		at("/crawler", p.crawler)
		at("/sitemap.xml", p.sitemap)
		for suffix, write := range p.forms() {
			at("/records"+suffix, p.searchAs(suffix, write))
		}
		mux.Handle("GET /"+l.Code+"/", p.in(l, func(http.ResponseWriter, *http.Request, page.View) error { return stoa.ErrNotFound }))
	}
	for _, path := range negotiated {
		mux.HandleFunc("GET "+path, p.negotiate)
	}
	mux.HandleFunc("GET /id/{id}", p.permanent)
	mux.HandleFunc("GET /pillars", p.scheme)
	mux.HandleFunc("GET /kinds", p.scheme)
	mux.HandleFunc("GET /robots.txt", p.robots)
	mux.HandleFunc("GET /sitemap.xml", p.sitemapIndex)
	mux.HandleFunc("GET /opensearch.xml", p.openSearch)
	mux.HandleFunc("GET /.well-known/security.txt", p.security)
	return nil
}

func (p *Pages) in(l *locales.Locale, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.view(l, r)
		if err := h(w, r, v); err != nil && !errors.Is(err, context.Canceled) {
			p.Fail(w, r, v, err)
		}
	})
}

func (p *Pages) view(l *locales.Locale, r *http.Request) page.View {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/"+l.Code)
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return page.View{Locale: l, Site: p.Site, Now: p.Now().UTC(), Path: path}
}

// negotiate sends an address without a language to the reader's own, once.
func (p *Pages) negotiate(w http.ResponseWriter, r *http.Request) {
	l := locales.Negotiate(r.Header.Get("Accept-Language"))
	to := "/" + l.Code + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Add("Vary", "Accept-Language")
	w.Header().Set("Cache-Control", page.Public)
	http.Redirect(w, r, to, http.StatusFound)
}

func (p *Pages) send(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	body, err := page.Render(r.Context(), c)
	if err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Type: page.HTML, Body: body})
	return nil
}

// all fetches the records of a list of ids, in their order. One that was removed meanwhile is left out.
func (p *Pages) all(ctx context.Context, ids []string) ([]stoa.Record, error) {
	out := make([]stoa.Record, 0, len(ids))
	for _, id := range ids {
		r, err := p.Records.Get(ctx, id)
		if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !r.Public() {
			continue
		}
		for _, o := range r.Organisations {
			p.organisations.Store(o.ID, o.Name)
		}
		out = append(out, r)
	}
	return out, nil
}

// organisation returns the name of an organisation, as far as it was seen in a record, else its id.
func (p *Pages) organisation(id string) string {
	if name, ok := p.organisations.Load(id); ok {
		return name.(string)
	}
	return id
}
