package decode

import (
	"net/http"
	"testing"

	"stoa"
)

func TestHints(t *testing.T) {
	body := `<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"><link rel="alternate" type="application/rss+xml" href="/comments/feed/">
<link rel="sitemap" href="/sitemap.xml"></head><body><nav><ul><li><a href="/about-us-and-others">About us and others</a></li><li><a href="/contact-the-office">Contact the office</a></li></ul></nav>
<main><div class="view"><div class="views-row"><h3><a href="/c/1">A course on evidence</a></h3><p>Four weeks.</p></div><div class="views-row"><h3><a href="/c/2">A course on strategy</a></h3><p>Two days.</p></div><div class="views-row"><h3><a href="/c/3">A drill of the region</a></h3><p>One week.</p></div></div>
<a href="/events.ics">Calendar</a> <a href="https://archive.example/oai?verb=Identify">Archive</a></main></body></html>`
	p := Page{URL: "https://site.example/courses", Header: http.Header{"Link": {`<https://site.example/wp-json/>; rel="https://api.w.org/"`}}, Body: []byte(body), Fetched: fetched}
	hints, err := Hints(p)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Hint{}
	for i, h := range hints {
		if i > 0 && h.Score > hints[i-1].Score {
			t.Errorf("hints out of order at %d: %+v", i, h)
		}
		found[string(h.Format)+" "+h.Preset+" "+h.URL] = h
	}
	for _, want := range []string{
		"feed  https://site.example/feed/", "wordpress  https://site.example/wp-json/wp/v2/posts", "sitemap  https://site.example/sitemap.xml",
		"ical  https://site.example/events.ics", "oaipmh  https://archive.example/oai", "html drupal https://site.example/courses", "html  https://site.example/courses",
	} {
		if _, ok := found[want]; !ok {
			t.Errorf("no hint %q in %v", want, hints)
		}
	}
	if h := found["feed  https://site.example/comments/feed/"]; h.Score > 0.2 {
		t.Errorf("a feed of comments is proposed: %+v", h)
	}
	for _, h := range hints {
		if h.Format != "html" {
			continue
		}
		l, err := Open(p, stoa.Source{Format: h.Format, Preset: h.Preset, Mapping: h.Mapping})
		if err != nil {
			t.Fatalf("%+v: %v", h, err)
		}
		if items, _ := collect(l); len(items) < h.Items {
			t.Errorf("%s promises %d items and gives %d", h.Why, h.Items, len(items))
		}
	}
}
