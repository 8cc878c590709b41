package decode

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// Ways returns the ways into a site that a page gives away, most promising first. A page for people is read by Hints; any
// other is a way in itself: a feed, a calendar, a sitemap, an archive's answer, a service, a table. What a page only links
// to has yet to be read.
func Ways(p Page) ([]Hint, error) {
	h, ok := itself(p)
	if !ok {
		return Hints(p)
	}
	l, err := Open(p, stoa.Source{ID: "way", Format: h.Format, Preset: h.Preset, Mapping: h.Mapping, URL: p.URL})
	if err != nil && h.Format == "oaipmh" { // it answers questions, and this was none, or another
		return []Hint{h}, nil
	}
	if err != nil {
		return nil, err
	}
	for item, err := range l.Items {
		if err != nil || item.Title == "" && h.Format != "sitemap" {
			continue
		}
		if h.Items++; len(h.Titles) < shownTitles {
			h.Titles = append(h.Titles, item.Title)
		}
	}
	return []Hint{h}, nil
}

// itself recognises what is no page for people by how it begins.
func itself(p Page) (Hint, bool) {
	kind := strings.ToLower(p.Header.Get("Content-Type"))
	if bytes.HasPrefix(p.Body, []byte("\x1f\x8b")) {
		return Hint{Format: "sitemap", URL: p.URL, Score: 0.4, Why: "the address is a packed sitemap"}, true
	}
	if bytes.HasPrefix(p.Body, []byte("PK\x03\x04")) || strings.Contains(kind, "text/csv") {
		return Hint{Format: "table", URL: p.URL, Score: 0.8, Why: "the address is a table"}, true
	}
	text, _ := decodeText(p.Body[:min(len(p.Body), maxField)], kind, xmlText)
	text = strings.ToLower(strings.TrimSpace(text))
	if strings.HasPrefix(text, "begin:vcalendar") {
		return Hint{Format: "ical", URL: p.URL, Score: 0.9, Why: "the address is a calendar"}, true
	}
	if looksJSON(p.Body) {
		return itselfJSON(p)
	}
	root := text[:min(len(text), 2000)]
	for _, known := range []struct {
		mark   string
		format stoa.Format
		score  float64
		why    string
	}{
		{"<rss", "feed", 0.95, "the address is a feed"}, {"<rdf:rdf", "feed", 0.95, "the address is a feed"},
		{"<feed", "feed", 0.95, "the address is a feed"}, {"<oai-pmh", "oaipmh", 0.9, "the address is an archive's interface"},
		{"<urlset", "sitemap", 0.4, "the address is a sitemap"}, {"<sitemapindex", "sitemap", 0.4, "the address is a sitemap"},
		{"<opml", "table", 0.6, "the address is a list of feeds"},
	} {
		if strings.Contains(root, known.mark) && !strings.Contains(root, "<html") {
			address := p.URL
			if known.format == "oaipmh" {
				address, _, _ = strings.Cut(address, "?")
			}
			return Hint{Format: known.format, URL: address, Score: known.score, Why: known.why}, true
		}
	}
	return Hint{}, false
}

// itselfJSON tells the services apart: a feed in JSON, WordPress, a platform with a preset, or one that nobody described.
func itselfJSON(p Page) (Hint, bool) {
	doc, _, err := parseJSON(p, "")
	if err != nil {
		return Hint{}, false
	}
	h := Hint{Format: "json", URL: p.URL, Score: 0.9, Why: "the address is a service that answers in JSON"}
	switch {
	case strings.Contains(doc.Get("version").Str, "jsonfeed.org"):
		h.Format, h.Why = "feed", "the address is a feed"
		return h, true
	case doc.IsArray() && doc.Get("0.title.rendered").Exists():
		h.Format, h.Why = "wordpress", "the address is WordPress's list of posts"
		return h, true
	}
	for _, name := range Presets() {
		m, format, ok := Preset(name)
		if !ok || format != "json" || !describes(m, doc) {
			continue
		}
		h.Preset, h.Why = name, "the answer has the shape of the preset "+name
		return h, true
	}
	h.Mapping = guessJSON(doc, p)
	return h, len(h.Mapping.Fields) > 0
}

// describes reports whether a preset's rules fit an answer: its items are there, and most of its rules for title and
// address find something in the first of them, and a rule of its own more.
func describes(m stoa.Mapping, doc gjson.Result) bool {
	rules, err := compileJSON(m)
	if err != nil {
		return false
	}
	list := at(doc, m.Item)
	if m.Item == "" || !list.IsArray() || !list.Get("0").IsObject() {
		return false
	}
	one, hits := list.Get("0"), 0
	for _, r := range rules {
		if len(r.values(one, "")) > 0 {
			hits++
		} else if slices.Contains([]string{"key", "title", "url"}, r.name) {
			return false
		}
	}
	return 2*hits > len(rules)
}

// Types returns the types of WordPress's own making that its list of types shows, by the names under which they are listed.
func Types(p Page) []string {
	doc, _, err := parseJSON(p, "")
	if err != nil || !doc.IsObject() {
		return nil
	}
	var out []string
	doc.ForEach(func(key, v gjson.Result) bool {
		name := v.Get("rest_base").Str
		stock := slices.Contains([]string{"post", "page", "attachment", "nav_menu_item"}, key.Str) || strings.HasPrefix(key.Str, "wp_") || strings.HasPrefix(name, "elementor")
		if !stock && memberName.MatchString(name) && len(out) < 20 {
			out = append(out, name)
		}
		return true
	})
	return out
}

// About returns what a page for people says of itself and of its site: its title and language, and the site's name, if it gives one.
func About(p Page) (head stoa.Head, site string, err error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return stoa.Head{}, "", err
	}
	head = doc.head()
	head.Language = first(doc.language, head.Language)
	if names := doc.metaTags()["og:site_name"]; len(names) > 0 {
		site = fold(names[0])
	}
	return head, site, nil
}
