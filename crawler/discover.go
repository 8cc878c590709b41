package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/crawler/decode"
	"stoa/crawler/fetch"
	"stoa/crawler/sources"
	"stoa/normalize/link"
)

// Bounds of a discovery: it knocks at a site that nobody described.
const (
	discoverPages = 10 // pages for people that are looked at
	discoverAsks  = 60 // requests in all
	discoverWays  = 24 // ways that are tried
	discoverBytes = 40 << 20
	discoverItems = 60 // items that a way is judged by
	discoverTime  = 10 * time.Minute
	twinShare     = 0.8 // ways on one page that share so many items are one
)

// Discovery is what was found at a site.
type Discovery struct {
	Address   string     `json:"address"`
	Asked     int        `json:"asked"`             // requests that were made
	Proposals []Proposal `json:"proposals"`         // best first; each was tried and yields items
	Warnings  []string   `json:"warnings,omitzero"` // what could not be looked at
}

// Proposal is one way into a site, with the entry that reads it.
type Proposal struct {
	Source stoa.Source        `json:"source"`
	Entry  string             `json:"entry"` // ready for sources.d
	Score  float64            `json:"score"` // of the items that it yields; comparable within one discovery
	Why    string             `json:"why"`
	Items  int                `json:"items"` // with title and address, of those that were read
	Fill   map[string]float64 `json:"fill"`
	Titles []string           `json:"titles"`
	More   bool               `json:"more,omitempty"` // there are further pages, which were not read
	urls   map[string]bool
}

// Discover looks for ways into a site: what its pages give away, what they link to, and the conventional addresses of its
// platform. Each way is tried as a run would read it, and judged by the items that it yields. Nothing is kept.
//
// The error is that of the address itself, when it cannot be read at all; what else fails is a warning.
func (c *Crawler) Discover(ctx context.Context, address string) (Discovery, error) {
	if _, err := link.Parse(address, ""); err != nil {
		return Discovery{}, fmt.Errorf("discover %s: %w: %w", address, stoa.ErrInvalid, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, discoverTime, fmt.Errorf("discovery took more than %s: %w", discoverTime, context.DeadlineExceeded))
	defer cancel()
	memo := &memory{fetch: c.Fetch, known: map[string]answered{}}
	reader := *c
	reader.Fetch, reader.Heavy = memo, nil
	s := &scout{crawler: &reader, memo: memo, found: &Discovery{Address: address, Proposals: []Proposal{}}, seen: map[string]bool{}, tried: map[string]bool{}}
	if err := s.survey(ctx, address); err != nil {
		return *s.found, fmt.Errorf("discover %s: %w", address, err)
	}
	s.try(ctx)
	s.found.Asked = memo.asked
	return *s.found, ctx.Err()
}

// scout is one discovery under way.
type scout struct {
	crawler *Crawler
	memo    *memory
	found   *Discovery
	site    stoa.Source     // what all entries of the site have in common
	hints   []decode.Hint   // ways to try
	seen    map[string]bool // pages that were looked at
	tried   map[string]bool // ways that are listed
}

// survey reads the page at the address and the pages that it sends to, and gathers the ways that they give away.
func (s *scout) survey(ctx context.Context, address string) error {
	leads := []decode.Lead{{URL: address, Score: 2}}
	for len(leads) > 0 && len(s.seen) < discoverPages && ctx.Err() == nil {
		l := leads[0]
		leads = leads[1:]
		if s.seen[l.URL] {
			continue
		}
		s.seen[l.URL] = true
		more, err := s.look(ctx, l)
		if err != nil && archiveForm.MatchString(l.URL) { // an archive answers questions only
			more, err = s.look(ctx, decode.Lead{URL: decode.Start(stoa.Source{URL: l.URL, Format: "oaipmh"}), Score: l.Score})
		}
		switch {
		case err != nil && len(s.seen) == 1:
			return err
		case err != nil:
			s.warn("%v", err)
			continue
		}
		leads = append(leads, more...)
		slices.SortStableFunc(leads, func(a, b decode.Lead) int { return cmp.Compare(b.Score, a.Score) })
	}
	s.conventions(ctx, address)
	return nil
}

// archiveForm are the addresses at which archives answer, without a question.
var archiveForm = regexp.MustCompile(`(?i)/(oai|oai2|oai-pmh|oai/request)/?$`)

func (s *scout) warn(format string, args ...any) {
	if len(s.found.Warnings) < maxWarnings {
		s.found.Warnings = append(s.found.Warnings, fmt.Sprintf(format, args...))
	}
}

// look reads one page: its ways, and where it sends to.
func (s *scout) look(ctx context.Context, l decode.Lead) ([]decode.Lead, error) {
	res, err := s.memo.Do(ctx, fetch.Request{URL: l.URL, NoCapture: true})
	if err != nil {
		return nil, err
	}
	if code, text := wall(res, stoa.Source{Format: "html"}); code != "" {
		return nil, fmt.Errorf("%s: %s", l.URL, text)
	}
	s.seen[res.URL] = true
	if s.site.URL == "" {
		s.introduce(page(res))
	}
	hints, err := decode.Ways(page(res))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.URL, err)
	}
	for _, h := range hints {
		h.Score *= 0.5 + 0.5*min(1, l.Score)
		s.add(h)
	}
	leads, err := decode.Leads(page(res))
	if err != nil {
		return nil, nil // no page for people
	}
	for i := range leads {
		leads[i].Score *= min(1, l.Score) * 0.9 // pages near the start first
	}
	return leads, nil
}

// add notes a way once. An address may be read in several ways.
func (s *scout) add(h decode.Hint) {
	key := string(h.Format) + " " + h.Preset + " " + h.URL + " " + h.Mapping.Region + " " + h.Mapping.Item
	if !s.tried[key] {
		s.tried[key] = true
		s.hints = append(s.hints, h)
	}
}

// conventions adds addresses at which platforms keep their services, where no page gave them away: the sitemaps that
// robots.txt names, WordPress's feed, its types and its calendar.
func (s *scout) conventions(ctx context.Context, address string) {
	root, err := url.Parse(address)
	if err != nil || root.Host == "" {
		return
	}
	at := func(path string) string { return (&url.URL{Scheme: root.Scheme, Host: root.Host, Path: path}).String() }
	has := func(f stoa.Format) bool {
		return slices.ContainsFunc(s.hints, func(h decode.Hint) bool { return h.Format == f })
	}
	if !has("sitemap") {
		for _, u := range s.sitemaps(ctx, at("/robots.txt")) {
			s.add(decode.Hint{Format: "sitemap", URL: u, Score: 0.4, Why: "robots.txt names the sitemap"})
		}
	}
	if has("wordpress") {
		s.types(ctx)
		return
	}
	if has("feed") {
		return
	}
	for _, path := range []string{"/feed/", "/wp-json/wp/v2/posts", "/feed.xml", "/sitemap.xml"} {
		res, err := s.memo.Do(ctx, fetch.Request{URL: at(path), NoCapture: true})
		if err != nil || ctx.Err() != nil {
			continue
		}
		hints, err := decode.Ways(page(res))
		for _, h := range hints {
			if err == nil && h.Format != "html" && h.URL == res.URL && !s.seen[res.URL] {
				h.Why = "found at the conventional address " + path
				s.add(h)
			}
		}
		if path == "/wp-json/wp/v2/posts" && has("wordpress") {
			s.types(ctx)
		}
	}
}

var sitemapLine = regexp.MustCompile(`(?im)^[ \t]*sitemap:[ \t]*(\S+)`)

// sitemaps returns the sitemaps that robots.txt names.
func (s *scout) sitemaps(ctx context.Context, robots string) (out []string) {
	res, err := s.memo.Do(ctx, fetch.Request{URL: robots, NoCapture: true})
	if err != nil {
		return nil
	}
	for _, m := range sitemapLine.FindAllSubmatch(res.Body[:min(len(res.Body), wallBytes)], 3) {
		if u, err := link.Parse(string(m[1]), robots); err == nil {
			out = append(out, u)
		}
	}
	return out
}

// types adds the types of WordPress's own making that its interface shows: projects, courses, publications; and its calendar.
func (s *scout) types(ctx context.Context) {
	for _, h := range slices.Clone(s.hints) {
		base, ok := strings.CutSuffix(h.URL, "/wp/v2/posts")
		if h.Format != "wordpress" || !ok {
			continue
		}
		if res, err := s.memo.Do(ctx, fetch.Request{URL: base + "/wp/v2/types", NoCapture: true}); err == nil {
			for _, name := range decode.Types(page(res)) {
				s.add(decode.Hint{Format: "wordpress", URL: base + "/wp/v2/" + name, Score: 0.9, Why: "WordPress lists its type " + name})
			}
		}
		if res, err := s.memo.Do(ctx, fetch.Request{URL: base + "/tribe/events/v1/events", NoCapture: true}); err == nil {
			if hints, err := decode.Ways(page(res)); err == nil {
				for _, h := range hints {
					s.add(h)
				}
			}
		}
	}
}

// introduce takes from the first page what all entries of the site have in common.
func (s *scout) introduce(p decode.Page) {
	s.site = stoa.Source{URL: p.URL, Trust: stoa.Probation}
	u, err := url.Parse(p.URL)
	if err != nil {
		return
	}
	s.site.Organisation = strings.TrimPrefix(u.Hostname(), "www.")
	head, name, err := decode.About(p)
	if err != nil {
		return
	}
	s.site.Organisation, s.site.Title = cmp.Or(name, s.site.Organisation), head.Title
	if base, _, _ := strings.Cut(head.Language, "-"); len(base) == 2 {
		s.site.Languages = []string{strings.ToLower(base)}
	}
}

// try reads each way, the most promising first, and keeps those that yield items.
func (s *scout) try(ctx context.Context) {
	slices.SortStableFunc(s.hints, func(a, b decode.Hint) int { return cmp.Compare(b.Score, a.Score) })
	for _, h := range s.hints[:min(len(s.hints), discoverWays)] {
		if ctx.Err() != nil {
			break
		}
		p, err := s.propose(ctx, h)
		if err != nil {
			s.warn("format %s at %s: %v", h.Format, h.URL, err)
		} else if p.Items > 0 {
			s.keep(p)
		}
	}
	slices.SortStableFunc(s.found.Proposals, func(a, b Proposal) int { return cmp.Compare(b.Score, a.Score) })
}

// keep adds a proposal, unless a better one reads the same items off the same page.
func (s *scout) keep(p Proposal) {
	for i, q := range s.found.Proposals {
		if q.Source.URL != p.Source.URL || !alike(p.urls, q.urls) {
			continue
		}
		if better(p, q) {
			s.found.Proposals[i] = p
		}
		return
	}
	s.found.Proposals = append(s.found.Proposals, p)
}

// better chooses between two ways to read the same items. Where all of them are documents, what reads documents knows more: the
// date in a label, the title in a file's name.
func better(p, q Proposal) bool {
	switch {
	case p.Source.Format == "pdf-links" && q.Source.Format == "html":
		return p.Items >= q.Items
	case p.Source.Format == "html" && q.Source.Format == "pdf-links":
		return p.Items > q.Items
	}
	return p.Score > q.Score
}

func alike(a, b map[string]bool) bool {
	shared := 0
	for u := range a {
		if b[u] {
			shared++
		}
	}
	return float64(shared) >= twinShare*float64(min(len(a), len(b)))
}

// propose writes the entry of a way, reads it back and tries it.
func (s *scout) propose(ctx context.Context, h decode.Hint) (Proposal, error) {
	src := s.site
	src.URL, src.Format, src.Preset, src.Mapping = h.URL, h.Format, h.Preset, h.Mapping
	src.Delay = sources.DefaultDelay
	src.ID = nameOf(h.URL)
	if h.URL != s.site.URL || src.Title == "" {
		src.Title = src.Organisation + ": " + cmp.Or(lastOf(h.URL), string(h.Format))
	}
	switch h.Format {
	case "feed", "ical":
		src.VanishMeans = stoa.VanishNothing
	case "sitemap":
		src.Mapping.Detail = &stoa.Mapping{Fields: map[string]stoa.Field{"title": {Path: "h1"}}}
	}
	text, err := sources.Text(src)
	if err != nil {
		return Proposal{}, err
	}
	whole, _, err := sources.One("proposal", text)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{Source: whole, Entry: string(text), Why: h.Why, urls: map[string]bool{}}
	return p, s.rate(ctx, &p)
}

// rate tries an entry and scores it by its items: how many have a title and an address of their own, a date, a text.
func (s *scout) rate(ctx context.Context, p *Proposal) error {
	src := p.Source
	src.Delay = 0 // the client keeps the least delay to every host
	src.Limits.Pages, src.Limits.Time = 2, time.Minute
	read := discoverItems
	if src.Mapping.Detail != nil {
		read = 6
	}
	trial, err := s.crawler.try(ctx, src, read)
	if err != nil {
		return err
	}
	if len(trial.Items) == 0 && trial.Run.Text != "" && trial.Run.Code != stoa.CodeEmpty {
		return errors.New(trial.Run.Text)
	}
	for _, item := range trial.Items {
		if item.Title == "" || item.URL == "" || p.urls[item.URL] {
			continue
		}
		p.urls[item.URL] = true
		if p.Items++; len(p.Titles) < 5 {
			p.Titles = append(p.Titles, item.Title)
		}
	}
	p.Fill, p.More = trial.Fill, trial.Run.Outcome == stoa.Partial && trial.Run.Code == stoa.CodeTruncated
	share := float64(p.Items) / float64(max(1, len(trial.Items)))
	dated := max(trial.Fill["published"], trial.Fill["when"], trial.Fill["start"], trial.Fill["updated"]/2)
	told := max(trial.Fill["summary"], trial.Fill["content"])
	score := weight(p.Source) * share * (0.5 + 0.25*dated + 0.25*told) * math.Log2(1+float64(p.Items))
	p.Score = math.Round(100*score) / 100
	return nil
}

// weight is how much a way is worth beside others that yield the same: what is made for programs before what is made for people,
// what a platform always does before what was guessed.
func weight(src stoa.Source) float64 {
	if strings.Contains(src.URL, "comment") {
		return 0.1
	}
	switch src.Format {
	case "sitemap":
		return 0.3
	case "pdf-links":
		return 0.5
	case "html":
		if src.Preset == "" {
			return 0.9
		}
		return 0.95
	}
	return 1
}

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes an id of an address.
func nameOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "site"
	}
	name := strings.TrimPrefix(u.Hostname(), "www.") + "-" + u.Path
	id := strings.Trim(notInID.ReplaceAllString(strings.ToLower(name), "-"), "-")
	return cmp.Or(strings.Trim(id[:min(len(id), 60)], "-"), "site")
}

// lastOf is the last part of an address's path that says something.
func lastOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	last, _, _ := strings.Cut(parts[len(parts)-1], ".")
	return strings.TrimSpace(strings.NewReplacer("-", " ", "_", " ").Replace(last))
}
