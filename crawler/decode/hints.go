package decode

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// Hint is a way into a site that one of its pages gives away.
type Hint struct {
	Format  stoa.Format
	URL     string
	Preset  string
	Mapping stoa.Mapping
	Items   int     // that the page itself shows by it; 0 where another address has to be read first
	Score   float64 // how promising it is, from 0 to 1
	Why     string
	Titles  []string // of the first items, to show
}

// Hints returns the ways into a site that a page gives away, most promising first: feeds, WordPress, calendars, sitemaps
// and archives that it links to, things that it describes for machines, blocks that repeat like listings. What it links
// to has yet to be read.
func Hints(p Page) ([]Hint, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	hints := doc.linkedWays(p)
	fill := newFiller(p, stoa.Source{}, doc.base)
	if things, _ := doc.things(fill); len(things) > 1 {
		h := Hint{Format: "metadata", URL: p.URL, Items: len(things), Score: 0.6, Why: "the page describes its items in JSON-LD"}
		for _, item := range things[:min(len(things), shownTitles)] {
			h.Titles = append(h.Titles, item.Title)
		}
		hints = append(hints, h)
	}
	hints = append(hints, doc.listings(p)...)
	slices.SortStableFunc(hints, func(a, b Hint) int { return cmp.Compare(b.Score, a.Score) })
	return hints, nil
}

// linkedWays finds the addresses of services that a page links to.
func (d *page) linkedWays(p Page) []Hint {
	var out []Hint
	seen := map[string]bool{}
	add := func(format stoa.Format, address string, score float64, why string) {
		if isWeb(address) && !seen[address] && len(out) < 50 {
			seen[address] = true
			out = append(out, Hint{Format: format, URL: address, Score: score, Why: why})
		}
	}
	if api := linkHeader(p, "https://api.w.org/"); api != "" {
		add("wordpress", api+"wp/v2/posts", 0.9, "the answer names the WordPress API")
	}
	for n := d.root; n != nil; n = following(n) {
		if n.Type != html.ElementNode || n.DataAtom != el.Link && n.DataAtom != el.A {
			continue
		}
		address := absolute(attr(n, "href"), d.base)
		rel, kind := strings.ToLower(attr(n, "rel")), strings.ToLower(attr(n, "type"))
		path, _, _ := strings.Cut(strings.ToLower(address), "?")
		switch {
		case rel == "https://api.w.org/":
			add("wordpress", address+"wp/v2/posts", 0.9, "the page names the WordPress API")
		case strings.Contains(kind, "rss") || strings.Contains(kind, "atom") || strings.Contains(kind, "feed+json"):
			score := 0.85
			if strings.Contains(path, "comment") {
				score = 0.1 // what readers say, not what is listed
			}
			add("feed", address, score, "the page names a feed")
		case strings.Contains(kind, "calendar") || strings.HasSuffix(path, ".ics"):
			add("ical", address, 0.7, "the page links to a calendar")
		case rel == "sitemap":
			add("sitemap", address, 0.4, "the page names a sitemap")
		case strings.Contains(strings.ToLower(address), "verb=identify") || strings.HasSuffix(path, "/oai") || strings.HasSuffix(path, "/oai2"):
			base, _, _ := strings.Cut(address, "?")
			add("oaipmh", base, 0.6, "the page links to an archive's interface")
		case n.DataAtom == el.A && (strings.HasSuffix(path, "/feed/") || strings.HasSuffix(path, ".rss") || strings.HasSuffix(path, "/rss.xml") || strings.HasSuffix(path, "/atom.xml")):
			add("feed", address, 0.7, "the page links to what looks like a feed")
		}
	}
	return out
}

// listings returns the presets that fit the page, and the blocks that repeat.
func (d *page) listings(p Page) []Hint {
	var out []Hint
	best := 0
	guesses := d.guesses()
	for _, g := range guesses {
		best = max(best, g.Items)
	}
	for _, name := range Presets() {
		m, format, ok := Preset(name)
		if !ok || format != "html" {
			continue
		}
		if titles, n := d.fits(m, p); n >= 2 && 5*n >= 4*best {
			out = append(out, Hint{Format: format, URL: p.URL, Preset: name, Items: n, Score: 0.75, Why: "the page has the shape of the preset " + name, Titles: titles})
		}
	}
	for i, g := range guesses[:min(len(guesses), 3)] {
		score := (0.3 + 0.3*min(1, float64(g.Items)/8)) / float64(i+1)
		out = append(out, Hint{Format: "html", URL: p.URL, Mapping: d.tighten(g.Mapping), Items: g.Items, Score: score, Why: "a block repeats like a listing: " + g.Mapping.Item, Titles: g.Titles})
	}
	if documents := d.documents(d.all(), htmlRules{}); documents.Length() >= 2 {
		out = append(out, Hint{Format: "pdf-links", URL: p.URL, Items: documents.Length(), Score: 0.3, Why: "the page links to documents"})
	}
	return out
}

// fits counts the items with title and address that a mapping finds.
func (d *page) fits(m stoa.Mapping, p Page) (titles []string, n int) {
	rules, err := compileHTML(m)
	if err != nil {
		return nil, 0
	}
	content, err := rules.content(d)
	if err != nil {
		return nil, 0
	}
	fill := newFiller(p, stoa.Source{}, d.base)
	found := rowsOf(content.FindMatcher(rules.item))
	for i := range min(found.Length(), maxMembers) {
		c := &card{doc: d, sel: found.Eq(i), known: rules.known}
		if item, err := c.item(rules.fields, fill); err == nil && item.Title != "" && item.URL != "" {
			if n++; n <= shownTitles {
				titles = append(titles, item.Title)
			}
		}
	}
	return titles, n
}
