package decode

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"stoa"
)

// bombed is a small body that unpacks to more than any page may be.
func bombed(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	chunk := make([]byte, 1<<20)
	for range 12 {
		if _, err := z.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostilePages reads megabytes of what makes careless readers slow, large or dead. What each costs in all is in
// proportion to the page; the bound on allocation is far above what it takes and far below what a bomb would.
func TestHostilePages(t *testing.T) {
	const size = 256 << 10
	rep := func(prefix, unit, suffix string) string {
		return prefix + strings.Repeat(unit, size/len(unit)) + suffix
	}
	each := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	narrow := stoa.Mapping{Item: "li, div, p, tr, a, h2", Fields: map[string]stoa.Field{
		"title": {Path: "a || ."}, "summary": {Path: "."}, "content": {Path: "*"}, "x": {Label: []string{"Duration", "Label"}}, "y": {Path: "p ~ p"},
	}}
	for name, c := range map[string]struct {
		format stoa.Format
		body   string
	}{
		"elements within elements":              {"html", rep("<body>", "<div>", "")},
		"items one after another":               {"html", rep("<ul>", "<li><a href=/x>a title of it</a>", "")},
		"items with links of their own":         {"html", "<ul>" + each(size/40, "<li><a href=/x%d>a title of it</a>")},
		"formatting reopened in every block":    {"html", "<div>" + each(400, "<b x=%d>") + "</div>" + rep("", "<div>x</div>", "")},
		"links never closed":                    {"html", rep("", "<a href=/x>", "")},
		"links over blocks":                     {"html", rep("", "<a><p></a>", "")},
		"text before rows":                      {"html", rep("<table>", "x<tr>", "")},
		"attributes merged into the body":       {"html", "<body>" + each(size/20, "<body a%d=1>")},
		"attributes of one element":             {"html", "<div " + each(size/12, "a%d=1 ") + ">"},
		"comments":                              {"html", rep("", "<!x>", "")},
		"five hundred deep, over and over":      {"html", strings.Repeat(strings.Repeat("<div class=item>", 500)+"words"+strings.Repeat("</div>", 500), size/11_000)},
		"siblings":                              {"html", rep("", "<p>x</p>", "")},
		"labels":                                {"html", rep("", "<p><strong>Duration:</strong> 1", "")},
		"names that are never alone":            {"html", strings.Repeat(each(400, "<div class=x%d><a href=/p>a long title of it</a>")+strings.Repeat("</div>", 400), size/24_000)},
		"one long text":                         {"html", rep("<p>", "word ", "")},
		"a table without head":                  {"html", rep("<table>", "<tr><td>Label<td>x", "")},
		"arrays within arrays":                  {"json", rep(`{"data":`, "[", "")},
		"objects within objects":                {"json", rep("", `{"a":`, "")},
		"empty arrays":                          {"json", rep("[", "[],", "[]]")},
		"a list of numbers where a text stands": {"json", rep(`[{"title":"x","categories":[`, "1,", `1]}]`)},
		"escapes":                               {"json", rep(`[{"title":"`, `\u0000`, `"}]`)},
		"columns":                               {"table", "title,url\n" + rep("", ",", "\n")},
		"rows":                                  {"table", "title,url\n" + rep("", "a,b\n", "")},
		"quotes":                                {"table", "title,url\n" + rep("", `"`, "")},
		"lines of JSON":                         {"table", rep("", "{\"title\":\"x\"}\n", "")},
		"one line of JSON":                      {"table", rep(`{"title":"`, "x", `"}`)},
		"outlines":                              {"table", rep("<opml>", `<outline text="x">`, "")},
		"addresses":                             {"sitemap", rep("<urlset>", "<url><loc>https://x.example/1</loc></url>", "</urlset>")},
		"sitemaps":                              {"sitemap", "<sitemapindex>" + each(size/60, "<sitemap><loc>https://x.example/%d</loc></sitemap>")},
		"languages":                             {"sitemap", "<urlset><url><loc>https://x.example/1</loc>" + each(size/60, `<link rel="alternate" hreflang="x%d" href="/x"/>`)},
		"things":                                {"metadata", rep(`<script type="application/ld+json">[`, `{"@type":"Event","name":"x"},`, `{}]</script>`)},
		"things within things":                  {"metadata", rep(`<script type="application/ld+json">`, `{"@type":"Event","subEvent":`, "")},
		"scripts":                               {"metadata", rep("", `<script type="application/ld+json">{"@type":"Event","name":"x"}</script>`, "")},
		"meta elements":                         {"metadata", rep("", `<meta name="keywords" content="x">`, "")},
		"events":                                {"ical", rep("", "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n", "")},
		"components within components":          {"ical", rep("", "BEGIN:VEVENT\n", "")},
		"one folded line":                       {"ical", "BEGIN:VEVENT\n" + rep("SUMMARY:", "\n x", "")},
		"rules":                                 {"ical", "BEGIN:VEVENT\nSUMMARY:x\n" + rep("", "RRULE:FREQ=SECONDLY\n", "END:VEVENT\n")},
		"records":                               {"oaipmh", rep("<OAI-PMH>", "<record><header><identifier>x</identifier></header></record>", "")},
		"titles of one record":                  {"oaipmh", rep("<OAI-PMH><record><header><identifier>x</identifier></header>", "<title>x</title>", "</record>")},
		"documents":                             {"pdf-links", rep("<ul>", "<li><a href=/x.pdf>a title</a>", "")},
		"documents of one block":                {"pdf-links", "<div>" + each(size/30, "<a href=/x%d.pdf>download</a>")},
		"records of a peer":                     {"peer", rep(`{"records":[`, `{"id":"x","title":"t"},`, `{}]}`)},
		"changes of a peer":                     {"peer", `{"changes":[` + each(size/50, `{"seq":1,"op":"removed","record":"r%d"},`) + `{"seq":2,"op":"removed","record":"x"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, m := range []stoa.Mapping{{}, narrow} {
				if c.format != "html" && m.Item != "" {
					continue
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				p := Page{URL: "https://x.example/changes", Header: http.Header{}, Body: []byte(c.body), Fetched: fetched}
				l, err := Open(p, stoa.Source{Format: c.format, Mapping: m, Limits: stoa.Limits{Items: 200}})
				if err == nil {
					items, faults := collect(l)
					if len(items)+len(faults) > 200 {
						t.Errorf("%d items and %d faults, the limit is 200", len(items), len(faults))
					}
				}
				runtime.ReadMemStats(&after)
				if spent := after.TotalAlloc - before.TotalAlloc; spent > 250<<20 {
					t.Errorf("a page of %d bytes made %d MB", len(c.body), spent>>20)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("took %v", took)
				}
			}
		})
	}
}

// TestLongTextIsCutAloud keeps the item, not all of its text, and says so.
func TestLongTextIsCutAloud(t *testing.T) {
	for format, body := range map[stoa.Format]string{
		"json":  `[{"id":"x","title":"%s","url":"https://x.example/1"}]`,
		"table": "title,url\n%s,https://x.example/1\n",
	} {
		p := Page{URL: "https://x.example/", Header: http.Header{}, Body: fmt.Appendf(nil, body, strings.Repeat("ä", 1<<20)), Fetched: fetched}
		l, err := Open(p, stoa.Source{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		items, faults := collect(l)
		if len(items) != 1 || len(faults) != 0 {
			t.Fatalf("%s: %d items, %v", format, len(items), faults)
		}
		if n := len(items[0].Title) + len(items[0].Content); n < 1000 || n > maxProse+1000 || len(l.Warnings) != 1 {
			t.Errorf("%s: %d bytes are kept, warnings %q", format, n, l.Warnings)
		}
	}
}
