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
	"stoa/server/assets"
	"stoa/server/locales"
	"stoa/server/page"
)

// Whole is what the report reads of the catalogue as a whole.
type Whole interface {
	// Log returns decisions on anything, newest first, before a number (0: from the end).
	Log(ctx context.Context, before uint64, limit int) ([]stoa.Decision, error)
}

// Bounds of the report.
const (
	reportAge    = time.Minute // how old it may be while readers see no change
	reportMonths = 12
	reportStep   = 1000 // entries of a log read at once
	reportSteps  = 200  // so often at most
)

// Report is the state of the catalogue at an instant. Its JSON is what `stoa report --format json` prints.
type Report struct {
	At            time.Time      `json:"at"`
	Records       int            `json:"records"` // in the default lists
	Open          int            `json:"open"`
	Left          int            `json:"left"` // listed once, out of the default lists now
	Organisations int            `json:"organisations"`
	States        int            `json:"states"` // Member States that some record names
	Pillars       []ReportPillar `json:"pillars"`
	Regions       []ReportCount  `json:"regions"`
	Languages     []ReportCount  `json:"languages"` // most first
	Groups        []ReportGroup  `json:"groups"`
	Links         []ReportCount  `json:"links"` // of the records in the default lists, by availability
	Sources       ReportSources  `json:"sources"`
	Decisions     []ReportCount  `json:"decisions"` // by action, most first
	Months        []ReportMonth  `json:"months"`    // the last twelve, oldest first
}

// ReportPillar is one pillar: records by kind, all, and those open now. A record counts under each of its pillars.
type ReportPillar struct {
	Pillar stoa.Pillar       `json:"pillar"`
	Kinds  map[stoa.Kind]int `json:"kinds"`
	All    int               `json:"all"`
	Open   int               `json:"open"`
}

// ReportCount is a figure with the code of what it counts.
type ReportCount struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
}

// ReportGroup says how many states of a group some record names.
type ReportGroup struct {
	Group stoa.Group `json:"group"`
	Named int        `json:"named"`
	Of    int        `json:"of"`
}

// ReportSources says how the sources are read.
type ReportSources struct {
	All      int           `json:"all"`
	Disabled int           `json:"disabled"`
	Day      int           `json:"day"`   // read well within a day
	Week     int           `json:"week"`  // within seven days, the day's too
	Month    int           `json:"month"` // within thirty days, the week's too
	Never    int           `json:"never"`
	Outcomes []ReportCount `json:"outcomes"` // of the last runs
}

// ReportMonth is what happened in a month.
type ReportMonth struct {
	Month     stoa.Date `json:"month"`
	Listed    int       `json:"listed"`    // became visible
	Left      int       `json:"left"`      // left the default lists
	Decisions int       `json:"decisions"` // of people
}

func (p *Pages) report(w http.ResponseWriter, r *http.Request, v page.View) error {
	d, err := p.Report(r.Context())
	if err != nil {
		return err
	}
	v.Title, v.Glyph = v.T("report.title"), true
	return p.send(w, r, reportPage(v, d))
}

// Report gathers the state of the catalogue. It counts by searches, and reads of the logs what came since the last time; it is kept for a minute while
// readers see no change.
func (p *Pages) Report(ctx context.Context) (Report, error) {
	return p.keptReport.get(ctx, p, "", reportAge, p.gatherReport)
}

// ReportPage is the report as one file that needs nothing else: the page with the sheet inside.
func (p *Pages) ReportPage(ctx context.Context, language string) ([]byte, error) {
	l, ok := locales.For(language)
	if !ok {
		return nil, stoa.ErrInvalid
	}
	d, err := p.Report(ctx)
	if err != nil {
		return nil, err
	}
	v := page.View{Locale: l, Site: p.Site, Now: p.Now().UTC(), Path: "/report", Glyph: true, Title: l.T("report.title")}
	body, err := page.Render(ctx, reportPage(v, d))
	if err != nil {
		return nil, err
	}
	sheet := `<link rel="stylesheet" href="` + assets.Path("stoa.css") + `">`
	whole := strings.Replace(string(body), sheet, "<style>"+assets.Text("stoa.css")+"</style>", 1)
	for _, attribute := range []string{`href="/`, `action="/`} { // from a file on disk only whole addresses lead anywhere
		whole = strings.ReplaceAll(whole, attribute, attribute[:len(attribute)-1]+p.Site.URL+"/")
	}
	return []byte(whole), nil
}

func (p *Pages) gatherReport(ctx context.Context) (Report, error) {
	now := p.Now().UTC()
	d := Report{At: now.Truncate(time.Second)}
	for _, step := range []func(context.Context, *Report, time.Time) error{p.reportCoverage, p.reportSources, p.reportDecisions, p.reportTrends} {
		if err := step(ctx, &d, now); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (p *Pages) reportCoverage(ctx context.Context, d *Report, _ time.Time) error {
	hits, err := p.Search.Search(ctx, stoa.Query{Limit: 1})
	if err != nil {
		return err
	}
	d.Records, d.Open, d.Organisations = hits.Total, hits.Facets["open"]["1"], len(hits.Facets["org"])
	links := map[string]int{}
	for state, n := range hits.Links {
		links[string(state)] = n
	}
	d.Links = most(links)
	ever, err := p.Search.Search(ctx, stoa.Query{Limit: 1, Stale: true})
	if err != nil {
		return err
	}
	d.Left = ever.Total - hits.Total
	g, err := p.gridOf(ctx, stoa.Query{})
	if err != nil {
		return err
	}
	for _, row := range g.rows {
		d.Pillars = append(d.Pillars, ReportPillar{row.pillar, row.counts, hits.Facets["pillar"][string(row.pillar)], row.open})
	}
	for _, x := range stoa.Regions() {
		d.Regions = append(d.Regions, ReportCount{string(x), hits.Facets["region"][string(x)]})
	}
	d.Languages = most(hits.Facets["language"])
	groups := map[stoa.Group]*ReportGroup{}
	for _, x := range stoa.Groups() {
		groups[x] = &ReportGroup{Group: x}
	}
	for _, c := range stoa.Countries() {
		named := hits.Facets["country"][c.Code] > 0
		if c.Member() && named {
			d.States++
		}
		for _, x := range c.Groups() {
			groups[x].Of++
			if named {
				groups[x].Named++
			}
		}
	}
	for _, x := range stoa.Groups() {
		d.Groups = append(d.Groups, *groups[x])
	}
	return nil
}

// most orders counts, the highest first.
func most(counts map[string]int) []ReportCount {
	out := []ReportCount{}
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, ReportCount{code, counts[code]})
	}
	slices.SortStableFunc(out, func(a, b ReportCount) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func (p *Pages) reportSources(ctx context.Context, d *Report, now time.Time) error {
	health, err := p.health(ctx, now)
	if err != nil {
		return err
	}
	outcomes := map[string]int{}
	for _, h := range health {
		d.Sources.All++
		if h.Source.Disabled != "" {
			d.Sources.Disabled++
		}
		if o := h.History.Last.Outcome; o != "" {
			outcomes[string(o)]++
		}
		switch old := now.Sub(h.History.Good.Ended); {
		case h.History.Good.Ended.IsZero():
			d.Sources.Never++
		case old <= 24*time.Hour:
			d.Sources.Day++
			fallthrough
		case old <= 7*24*time.Hour:
			d.Sources.Week++
			fallthrough
		case old <= 30*24*time.Hour:
			d.Sources.Month++
		}
	}
	d.Sources.Outcomes = most(outcomes)
	return nil
}
