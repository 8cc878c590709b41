package catalogue

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa"
	"stoa/server/page"
)

// home is the Decision as a page.
type home struct {
	total   int // records in the default list
	open    int // of them, open now
	grid    grid
	soon    []stoa.Record
	newest  []stoa.Record
	closing []row // of the soonest
	told    int   // records that the closing ones are of
	fresh   []row // of the newest
	read    freshness
	// who contributes
	organisations int
	most          []organisationRow // with the most records first
}

// freshness says how recently the sources were read.
type freshness struct {
	sources, today      int
	held, failed, never int
	last                time.Time
}

func (p *Pages) home(w http.ResponseWriter, r *http.Request, v page.View) error {
	h, err := p.keptHome(r.Context(), v.Now)
	if err != nil {
		return err
	}
	if h.closing, h.told, err = p.works(r.Context(), v, h.soon, shownFirst); err != nil {
		return err
	}
	if h.fresh, _, err = p.works(r.Context(), v, h.newest, shownFirst); err != nil {
		return err
	}
	v.Text, v.Glyph = v.T("home.text"), true
	v.Feeds = []page.Link{{Name: v.T("home.new"), Href: v.To(Href(stoa.Query{Sort: "newest"}, ".atom", 1)), Type: "application/atom+xml"}}
	return p.send(w, r, homePage(v, h))
}

// keptHome is the first page's content, gathered anew when readers could see a change, or after a moment.
func (p *Pages) keptHome(ctx context.Context, now time.Time) (home, error) {
	return p.first.get(ctx, p, "", moment, func(ctx context.Context) (home, error) { return p.gatherHome(ctx, now) })
}

func (p *Pages) gatherHome(ctx context.Context, now time.Time) (home, error) {
	var h home
	var err error
	if h.grid, err = p.gridOf(ctx, stoa.Query{}); err != nil {
		return h, err
	}
	closing, err := p.Search.Search(ctx, stoa.Query{Open: true, Sort: "closes", Limit: 20})
	if err != nil {
		return h, err
	}
	h.open = closing.Total
	if h.soon, err = p.all(ctx, closing.IDs); err != nil {
		return h, err
	}
	h.soon = slices.DeleteFunc(h.soon, func(r stoa.Record) bool { return !r.Deadline.Finish(r.Location()).After(now) })
	fresh, err := p.Search.Search(ctx, stoa.Query{Sort: "newest", Limit: 4 * shownFirst})
	if err != nil {
		return h, err
	}
	h.total = fresh.Total
	if h.organisations, h.most, err = p.contributors(ctx, fresh.Facets["org"]); err != nil {
		return h, err
	}
	if h.newest, err = p.all(ctx, fresh.IDs); err != nil {
		return h, err
	}
	h.read, err = p.freshness(ctx, now)
	return h, err
}

// shownFirst is how many records the first page shows of what is new and of what closes soon.
const shownFirst = 5

// shownOrganisations is how many contributors the first page names.
const shownOrganisations = 12

// contributors are how many organisations there are, and those with the most records.
func (p *Pages) contributors(ctx context.Context, counts map[string]int) (int, []organisationRow, error) {
	var rows []organisationRow
	for _, c := range most(counts)[:min(len(counts), shownOrganisations)] {
		name, err := p.nameOf(ctx, c.Code)
		if err != nil {
			return 0, nil, err
		}
		rows = append(rows, organisationRow{id: c.Code, name: name, records: c.Count})
	}
	return len(counts), rows, nil
}

func (p *Pages) freshness(ctx context.Context, now time.Time) (freshness, error) {
	var f freshness
	health, err := p.health(ctx, now)
	if err != nil {
		return f, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	for _, s := range health {
		if s.Source.Disabled != "" {
			continue
		}
		f.sources++
		if s.History.Good.Ended.After(f.last) {
			f.last = s.History.Good.Ended
		}
		if !s.History.Good.Ended.Before(day) {
			f.today++
		}
		switch s.History.Last.Outcome {
		case stoa.Held:
			if s.History.Last.Released == "" {
				f.held++
			}
		case stoa.Failed, stoa.Refusal:
			f.failed++
		case "":
			f.never++
		}
	}
	return f, nil
}

// Health is a source with what is known of its runs.
type Health struct {
	Source  stoa.Source
	History stoa.History
	Runs    []stoa.Run // the last ten, newest first
}

// kept is a computed list that is good for a moment, so that a busy page does not read all histories each time.
type kept struct {
	mu     sync.Mutex
	at     time.Time
	health []Health
}

// moment is how old the health of the sources may be on pages.
const moment = time.Second

func (p *Pages) health(ctx context.Context, now time.Time) ([]Health, error) {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	if age := now.Sub(p.kept.at); p.kept.health != nil && age >= 0 && age < moment {
		return p.kept.health, nil
	}
	var out []Health
	for _, s := range p.Sources() {
		h, err := p.Records.History(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		runs, err := p.Records.Runs(ctx, s.ID, 10)
		if err != nil {
			return nil, err
		}
		out = append(out, Health{Source: s, History: h, Runs: runs})
	}
	slices.SortStableFunc(out, func(a, b Health) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Source.Organisation), strings.ToLower(b.Source.Organisation)), cmp.Compare(a.Source.Title, b.Source.Title))
	})
	p.kept.at, p.kept.health = now, out
	return out, nil
}
