package decode

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"stoa"
)

// TestAnAddressCanBeAWayInItself reads what is no page for people by how it begins.
func TestAnAddressCanBeAWayInItself(t *testing.T) {
	const at = "https://site.example/data?rows=2&os=0"
	for _, c := range []struct {
		name, body string
		want       Hint
	}{
		{"a feed", `<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>A</title><link>https://site.example/a</link></item></channel></rss>`, Hint{Format: "feed", Items: 1}},
		{"a calendar", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Drill\r\nDTSTART:20270101T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", Hint{Format: "ical", Items: 1}},
		{"a sitemap", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://site.example/a</loc></url></urlset>`, Hint{Format: "sitemap", Items: 1}},
		{"a list of posts", `[{"id":1,"title":{"rendered":"A guide"},"link":"https://site.example/a"}]`, Hint{Format: "wordpress", Items: 1}},
		{"a calendar of WordPress", `{"events":[{"id":1,"title":"Drill","url":"https://site.example/e/1","description":"x","date":"2027-01-01","date_utc":"2027-01-01","modified":"2027-01-01","modified_utc":"2027-01-01","start_date":"2027-01-01","end_date":"2027-01-02","timezone":"UTC","excerpt":"x"}],"total":1}`, Hint{Format: "json", Preset: "tribe-events", Items: 1}},
		{"a service with offsets", `{"status":"OK","total":7,"offset":0,"limit":2,"data":[{"id":1,"title":"A","link":"https://site.example/a"},{"id":2,"title":"B","link":"https://site.example/b"}]}`,
			Hint{Format: "json", Items: 2, Mapping: stoa.Mapping{Item: "data", Next: stoa.Next{Param: "offset", Step: 2, Size: 2, Total: "total"}}}},
		{"objects keyed by id, paged by the address", `{"total":"9","projects":{"P1":{"project_name":"One","url":"https://site.example/P1"},"P2":{"project_name":"Two","url":"https://site.example/P2"}}}`,
			Hint{Format: "json", Items: 2, Mapping: stoa.Mapping{Item: "projects", Next: stoa.Next{Param: "os", Step: 2, Size: 2, Total: "total"}}}},
		{"items below, with the next address", `{"response":{"docs":[{"headline":"A","permalink":"https://site.example/a"}]},"next":"https://site.example/data?page=2"}`,
			Hint{Format: "json", Items: 1, Mapping: stoa.Mapping{Item: "response.docs", Next: stoa.Next{Link: "next"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ways, err := Ways(Page{URL: at, Header: http.Header{}, Body: []byte(c.body), Fetched: fetched})
			if err != nil || len(ways) != 1 {
				t.Fatalf("%+v, %v", ways, err)
			}
			got := ways[0]
			if got.Format != c.want.Format || got.Preset != c.want.Preset || got.Items != c.want.Items || got.Mapping.Item != c.want.Mapping.Item || got.Mapping.Next != c.want.Mapping.Next {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestPagersAreRecognised finds how a listing goes on from the links of its pager.
func TestPagersAreRecognised(t *testing.T) {
	cards := strings.Repeat(`<div class="card"><h3><a href="/d/#">A document on incidents</a></h3><p>Words about it, somewhat longer than a title.</p></div>`, 4)
	for i := range 4 {
		cards = strings.Replace(cards, "#", string(rune('1'+i)), 1)
	}
	for _, c := range []struct {
		name, pager string
		want        stoa.Next
	}{
		{"none", ``, stoa.Next{}},
		{"a link that says next", `<a rel="next" href="/list?p=2">more</a>`, stoa.Next{Link: nextLinks[0]}},
		{"pages from 0", `<a href="/list?page=1">2</a> <a href="/list?page=2">3</a>`, stoa.Next{Param: "page"}},
		{"pages from 1", `<a href="/list?sf_paged=2">2</a> <a href="/list?sf_paged=3">3</a>`, stoa.Next{Param: "sf_paged", From: 1}},
		{"one more page", `<a href="/list?cur=2">2</a>`, stoa.Next{Param: "cur", From: 1}},
		{"offsets", `<a href="/list?start=10">2</a> <a href="/list?start=20">3</a>`, stoa.Next{Param: "start", Step: 10}},
		{"in the path", `<a href="/list/page/2/">2</a> <a href="/list/page/3/">3</a>`, stoa.Next{Path: "/page/{n}/", From: 1}},
		{"the next article is no page of the list", `<a rel="next" href="/article/another">next article</a>`, stoa.Next{}},
		{"years are no pages", `<a href="/list?year=2024">2024</a> <a href="/list?year=2025">2025</a>`, stoa.Next{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `<html lang="en"><body><main id="list">` + cards + `</main><div class="pages">` + c.pager + `</div></body></html>`
			hints, err := Hints(Page{URL: "https://site.example/list", Header: http.Header{}, Body: []byte(body), Fetched: fetched})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(hints, func(h Hint) bool { return h.Format == "html" && h.Preset == "" })
			if i < 0 || hints[i].Mapping.Next != c.want {
				t.Errorf("got %+v, want %+v", hints, c.want)
			}
		})
	}
}

// TestLeads finds the pages of a site that may list something, in its own languages, and no others.
func TestLeads(t *testing.T) {
	body := `<nav><a href="/projets/">Nos projets</a><a href="/الموارد">موارد</a><a href="/项目">项目</a><a href="/contact">Contact</a></nav>
<a href="/projects/page/2/">2</a><a href="/report.pdf">Report</a><a href="https://other.example/courses">Courses</a><a href="https://www.site.example/courses#top">Courses</a>`
	leads, err := Leads(Page{URL: "https://site.example/", Header: http.Header{}, Body: []byte(body), Fetched: fetched})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range leads {
		got = append(got, l.URL)
	}
	slices.Sort(got)
	want := []string{"https://site.example/%D8%A7%D9%84%D9%85%D9%88%D8%A7%D8%B1%D8%AF", "https://site.example/%E9%A1%B9%E7%9B%AE", "https://site.example/projets/", "https://www.site.example/courses"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func FuzzWays(f *testing.F) {
	f.Add("text/html", `<div class="a"><a href="/x">A thing that is listed</a></div><div class="a"><a href="/y">Another thing listed</a></div><a href="?page=1">2</a>`)
	f.Add("application/json", `{"data":[{"title":"A","link":"https://x.example/"}],"offset":0,"limit":1}`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		p := Page{URL: "https://site.example/", Header: http.Header{"Content-Type": {kind}}, Body: []byte(body), Fetched: fetched}
		ways, err := Ways(p)
		if err != nil {
			return
		}
		for _, w := range ways {
			if faults := CheckMapping(w.Format, w.Mapping); len(faults) > 0 {
				t.Errorf("%s: the proposed rules have faults: %v", w.Why, faults)
			}
		}
		if _, err := Leads(p); err != nil {
			t.Errorf("leads of a page that gives ways: %v", err)
		}
	})
}
