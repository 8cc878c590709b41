package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"stoa"
)

// fiftyItems returns a feed of fifty items, and the tag that ends one.
func fiftyItems(dialect string) (body, end string) {
	var b strings.Builder
	item := ""
	switch dialect {
	case "rss":
		b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>Courses</title><link>https://guard.example/</link><description>x</description>`)
		item, end = `<item><title>Course %[1]d on incident response for national teams</title><link>https://guard.example/rss/%[1]d</link>`+
			`<guid isPermaLink="false">rss-%[1]d</guid><pubDate>Mon, 02 Mar 2026 09:00:00 GMT</pubDate><description>Exercise %[1]d for response teams &amp; their ministries.</description></item>`, "</item>"
	case "atom":
		b.WriteString(`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Guides</title><id>urn:guard</id><updated>2026-03-02T09:00:00Z</updated>`)
		item, end = `<entry><title>Guide %[1]d to national cybersecurity strategies</title><link href="https://guard.example/atom/%[1]d"/><id>urn:guard:%[1]d</id>`+
			`<updated>2026-03-02T09:00:00Z</updated><summary type="html">Chapter %[1]d, &lt;b&gt;for ministries&lt;/b&gt;.</summary></entry>`, "</entry>"
	case "rdf":
		b.WriteString(`<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
			`<channel rdf:about="https://guard.example/rdf"><title>Projects</title><link>https://guard.example/</link><description>x</description></channel>`)
		item, end = `<item rdf:about="https://guard.example/rdf/%[1]d"><title>Project %[1]d against cybercrime</title><link>https://guard.example/rdf/%[1]d</link>`+
			`<dc:date>2026-03-02T09:00:00Z</dc:date><description>Training of judges, part %[1]d.</description></item>`, "</item>"
	}
	for i := range 50 {
		fmt.Fprintf(&b, item, i)
	}
	b.WriteString(map[string]string{"rss": "</channel></rss>", "atom": "</feed>", "rdf": "</rdf:RDF>"}[dialect])
	return b.String(), end
}

// cuts: a feed that was read whole and then arrives cut off, at any place and in either way (the document is short, or the connection broke),
// keeps its whole items, changes none, and loses none.
func (g *guards) cuts(t *testing.T) {
	dialects := []string{"rss", "atom", "rdf"}
	var percent atomic.Int64 // 100 is whole
	var broken atomic.Bool
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := fiftyItems(strings.Trim(r.URL.Path, "/"))
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		cut := body[:len(body)*int(percent.Load())/100]
		if broken.Load() {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		_, _ = w.Write([]byte(cut)) // a short body makes net/http break the connection
	}))
	defer origin.Close()
	var entries []entry
	for _, d := range dialects {
		entries = append(entries, source(d, "feed", origin.URL+"/"+d, entry{"vanish_means": "removed"}))
	}
	s := g.serve(t, g.data(t), loopback, "--sources", sourcesFile(t, entries...))
	percent.Store(100)
	for id, run := range s.harvest(t) {
		if run.Outcome != stoa.OK || run.New != 50 {
			t.Fatalf("%s read whole: %+v", id, run)
		}
	}
	step := form(7, 1)
	runs, whole, kept := 0, 0, 0
	for p := 1 + g.chance(t).IntN(step); p < 100; p += step {
		for _, how := range form([]bool{p%2 == 0}, []bool{false, true}) {
			percent.Store(int64(p))
			broken.Store(how)
			for id, run := range s.harvest(t) {
				body, end := fiftyItems(id)
				want := strings.Count(body[:len(body)*p/100], end)
				got := run.Seen - run.Faulty
				runs, whole, kept = runs+1, whole+want, kept+min(got, want)
				if got < want || run.Vanished != 0 || run.Changed != 0 || run.New != 0 {
					t.Errorf("%s cut at %d %% (connection broken: %t): %d items whole; %+v", id, p, how, want, run)
				}
				if run.Outcome != stoa.Partial && (want > 0 || run.Outcome == stoa.OK || run.Outcome == stoa.Unchanged) {
					t.Errorf("%s cut at %d %% is %s %s: %s", id, p, run.Outcome, run.Code, run.Text)
				}
			}
		}
	}
	percent.Store(100)
	broken.Store(false)
	for id, run := range s.harvest(t) {
		if run.Outcome != stoa.Unchanged || run.Unchanged != 50 {
			t.Errorf("%s read whole again: %+v", id, run)
		}
	}
	t.Logf("%d cuts of 3 feeds: %d of %d whole items kept (%.1f %%)", runs, kept, whole, 100*float64(kept)/float64(max(1, whole)))
}
