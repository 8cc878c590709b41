package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"
)

// bomb is a body that is small to describe: prefix, open × n, close × n, suffix; or the body itself.
type bomb struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Headers map[string]string `json:"headers"`
	Gzip    bool              `json:"gzip"`
	Prefix  string            `json:"prefix"`
	Open    string            `json:"open"`
	N       int               `json:"n"`
	Close   string            `json:"close"`
	Suffix  string            `json:"suffix"`
	Body    string            `json:"body"`
	formats []string          // whose readers get it; all, when empty
}

// writeTo writes the body, unpacked.
func (b bomb) writeTo(w io.Writer) error {
	for _, part := range []struct {
		text string
		n    int
	}{{b.Body, 1}, {b.Prefix, 1}, {b.Open, b.N}, {b.Close, b.N}, {b.Suffix, 1}} {
		if part.text == "" {
			continue
		}
		many := max(1, min(part.n, (64<<10)/len(part.text)))
		chunk := strings.Repeat(part.text, many)
		for left := part.n; left > 0; left -= many {
			if _, err := io.WriteString(w, chunk[:min(left, many)*len(part.text)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// packed returns prefix and open × n as one gzip member. Only a piece is compressed and then repeated, so that a gigabyte takes no time.
func (b bomb) packed(t *testing.T) []byte {
	t.Helper()
	deflated := func(s string) []byte {
		var out bytes.Buffer
		w, err := flate.NewWriter(&out, flate.BestCompression)
		if err == nil {
			_, err = io.WriteString(w, s)
		}
		if err == nil {
			err = w.Flush() // ends on a byte, so that pieces can follow one another
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	const piece = 1 << 20
	chunk := strings.Repeat(b.Open, piece/len(b.Open))
	times := b.N * len(b.Open) / len(chunk)
	sum, size := crc32.ChecksumIEEE([]byte(b.Prefix)), len(b.Prefix)+times*len(chunk)
	for range times {
		sum = crc32.Update(sum, crc32.IEEETable, []byte(chunk))
	}
	out := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}
	out = append(out, deflated(b.Prefix)...)
	out = append(out, bytes.Repeat(deflated(chunk), times)...)
	out = append(out, 1, 0, 0, 0xff, 0xff) // an empty stored block, the last
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(size))
}

// suiteBombs reads the suite's generators.
func suiteBombs(t *testing.T) (list []bomb) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/suites/bombs/bombs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var b bomb
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// ownBombs are bodies just below the limit of 10 MB in the language of each format.
func ownBombs() []bomb {
	const size = 9_500_000
	fill := func(name, kind, formats, prefix, open, end, suffix string) bomb {
		n := (size - len(prefix) - len(suffix)) / (len(open) + len(end))
		return bomb{Name: name, Type: kind, Prefix: prefix, Open: open, Close: end, Suffix: suffix, N: n, formats: strings.Fields(formats)}
	}
	const page, js, ics = "text/html", "application/json", "text/calendar"
	return []bomb{
		fill("html-nested", page, "html metadata pdf-links", "<body>", "<div>", "</div>", ""),
		fill("html-unclosed", page, "html metadata pdf-links", "<body>", "<b><p class=i>", "", ""),
		fill("html-items", page, "html pdf-links", "<body>", `<p class=i><a href=/a.pdf>Course for teams</a></p>`, "", ""),
		fill("html-attributes", page, "html metadata", "<body><p class=i ", "a=1 ", "", ">x"),
		fill("html-table", page, "html", "<table>", "<tr>x", "", ""),
		fill("json-nested", js, "json wordpress peer", `{"records":`, `{"a":`, "}", "}"),
		fill("json-items", js, "json peer", `{"records":[`, `{"id":"x","title":"a"},`, "", "{}]}"),
		fill("json-text", js, "json peer", `{"records":[{"id":"x","title":"`, "<b>", "", `"}]}`),
		fill("json-escapes", js, "json peer", `{"records":[{"id":"x","title":"`, `\u0000`, "", `"}]}`),
		fill("posts", js, "wordpress", "[", `{"id":1,"link":"https://g.example/1","title":{"rendered":"a"}},`, "", "{}]"),
		fill("post-text", js, "wordpress", `[{"id":1,"link":"https://g.example/1","title":{"rendered":"`, "<b>", "", `"}}]`),
		fill("lines-nested", js, "table", "", `{"title":`, "", "\n"),
		fill("ld-nested", page, "metadata", `<script type="application/ld+json">`, `{"@type":"Event","subEvent":`, "", "</script>"),
		fill("ld-many", page, "metadata", "", `<script type="application/ld+json">{"@type":"Event","name":"x"}</script>`, "", ""),
		fill("sitemap-nested", "application/xml", "sitemap", "<urlset>", "<url>", "", ""),
		fill("sitemap-addresses", "application/xml", "sitemap", "<urlset>", "<url><loc>https://g.example/1</loc></url>", "", "</urlset>"),
		fill("events-nested", ics, "ical", "BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\nBEGIN:VALARM\r\n", "", ""),
		fill("events-folded", ics, "ical", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x", "\r\n x", "", "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
		fill("events-many", ics, "ical", "BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:x\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\n", "", ""),
		fill("oai-nested", "text/xml", "oaipmh", "<OAI-PMH><ListRecords><record>", "<a>", "</a>", ""),
		fill("oai-records", "text/xml", "oaipmh", "<OAI-PMH><ListRecords>", "<record><header><identifier>x</identifier></header></record>", "", "</ListRecords></OAI-PMH>"),
		fill("oai-titles", "text/xml", "oaipmh", "<OAI-PMH><ListRecords><record><header><identifier>x</identifier></header><metadata><dc>", "<title>x</title>", "", ""),
		fill("stix-collections", js, "stix", `{"type":"bundle","objects":[`, `{"type":"x-mitre-collection","id":"x","name":"a"},`, "", "{}]}"),
		fill("stix-techniques", js, "stix", `{"type":"bundle","objects":[`, `{"type":"attack-pattern","name":"a"},`, "", `{"type":"x-mitre-collection","id":"x","name":"a"}]}`),
		fill("stix-nested", js, "stix", `{"type":"bundle","objects":[{"type":"x-mitre-collection","external_references":`, "[", "]", "}]}"),
		fill("rows", "text/csv", "table", "title,url\n", "a,b\n", "", ""),
		fill("columns", "text/csv", "table", "title,url\n", ",", "", "\n"),
		fill("quotes", "text/csv", "table", "title,url\n\"", "x", "", ""),
		fill("outlines", "text/x-opml", "table", "<opml><body>", `<outline text="x">`, "", ""),
		fill("feed-bases", "application/rss+xml", "feed", `<rss version="2.0"><channel><item><title>a</title>`, `<x xml:base="a/">`, "", ""),
		fill("feed-attributes", "application/rss+xml", "feed", `<rss version="2.0"><channel><item><title `, `a="1" `, "", ">x</title></item></channel></rss>"),
		fill("feed-spaces", "application/atom+xml", "feed", "", " ", "", "<feed/>"),
	}
}

// chain answers with one page of a listing that has no last page.
func chain(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n")) // 0 at the start
	if token := r.URL.Query().Get("resumptionToken"); token != "" {
		n, _ = strconv.Atoi(token)
	}
	text := map[string]string{
		"html": `<body><p class=i><a href="/item/%[1]d">Course %[1]d for response teams</a></p><a rel=next href="/chain/html/%[2]d">next</a></body>`,
		"feed": `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><link rel="next" href="/chain/feed/%[2]d"/>` +
			`<entry><id>urn:%[1]d</id><title>Guide %[1]d</title><link href="/item/%[1]d"/></entry></feed>`,
		"json":    `{"records":[{"id":"%[1]d","title":"Guide %[1]d","url":"/item/%[1]d"}],"next":"/chain/json/%[2]d"}`,
		"sitemap": `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://` + r.Host + `/chain/sitemap/%[2]d</loc></sitemap></sitemapindex>`,
		"oaipmh": `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header><identifier>%[1]d</identifier></header>` +
			`<metadata><dc><title>Guide %[1]d</title></dc></metadata></record><resumptionToken>%[2]d</resumptionToken></ListRecords></OAI-PMH>`,
	}[r.PathValue("format")]
	w.Header().Set("Content-Type", map[string]string{"html": "text/html", "json": "application/json"}[r.PathValue("format")])
	fmt.Fprintf(w, text, n, n+1)
}

// arsenal serves bombs as they come under /bomb, a gigabyte packed in every way under /packed, and listings without end under /chain.
func arsenal(t *testing.T, bombs map[string]bomb) *httptest.Server {
	packed := sync.OnceValue(func() []byte { return bombs["gzip-1gb"].packed(t) })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /robots.txt", http.NotFound)
	mux.HandleFunc("GET /good", func(w http.ResponseWriter, r *http.Request) {
		body, _ := fiftyItems("rss")
		_, _ = io.WriteString(w, body) // whoever asked may be gone
	})
	mux.HandleFunc("GET /chain/{format}/{n}", chain)
	mux.HandleFunc("GET /packed/{name}", func(w http.ResponseWriter, r *http.Request) {
		body := packed()
		switch r.PathValue("name") {
		case "encoding":
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/rss+xml")
		case "file.xml.gz":
			w.Header().Set("Content-Type", "application/octet-stream")
		case "type":
			w.Header().Set("Content-Type", "application/gzip")
		case "twice.xml.gz":
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/gzip")
			var again bytes.Buffer
			z := gzip.NewWriter(&again)
			if _, err := z.Write(body); err != nil {
				t.Error(err)
			}
			if err := z.Close(); err != nil {
				t.Error(err)
			}
			body = again.Bytes()
		}
		_, _ = w.Write(body)
	})
	mux.HandleFunc("GET /bomb/{name}", func(w http.ResponseWriter, r *http.Request) {
		b := bombs[r.PathValue("name")]
		w.Header().Set("Content-Type", b.Type)
		for k, v := range b.Headers {
			w.Header().Set(k, v)
		}
		if b.Gzip {
			_, _ = w.Write(packed())
			return
		}
		_ = b.writeTo(w)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// mappings say where the items of bombs stand, for the formats that ask.
func mappings(format string) entry {
	field := map[string]any{"title": "a || .", "url": "a@href", "summary": "."}
	switch format {
	case "html":
		return entry{"mapping": map[string]any{"item": ".i, tr, div", "fields": field, "next": map[string]any{"link": "a[rel=next]@href"}}}
	case "stix":
		return entry{"preset": "stix", "mapping": map[string]any{"fields": map[string]any{"url": map[string]any{"const": "https://guard.example/base"}}}}
	case "json":
		return entry{"mapping": map[string]any{"item": "records", "fields": map[string]any{"title": "title", "url": "url", "key": "id"}, "next": map[string]any{"link": "next"}}}
	}
	return nil
}

// bombed are the sources of one bombardment, and why each is there.
func bombed(origin string, suite []bomb, limits entry) (list []entry) {
	formats := []string{"feed", "html", "json", "wordpress", "sitemap", "metadata", "ical", "oaipmh", "table", "pdf-links", "peer"}
	add := func(name, format, path string) {
		e := source(name, strings.Replace(format, "stix", "json", 1), origin+path, mappings(format))
		maps.Copy(e, limits)
		list = append(list, e)
	}
	for _, b := range slices.Concat(suite, ownBombs(), sheetBombs()) {
		for _, f := range append(formats, "stix") {
			if f == "stix" && !slices.Contains(b.formats, f) {
				continue // a preset: it gets the bombs of its own shape
			}
			if len(b.formats) == 0 || slices.Contains(b.formats, f) {
				add(b.Name+"-"+f, f, "/bomb/"+b.Name)
			}
		}
	}
	for i, path := range []string{"encoding", "file.xml.gz", "type", "twice.xml.gz"} {
		for _, f := range formats {
			add(fmt.Sprintf("packed-%d-%s", i, f), f, "/packed/"+path)
		}
	}
	for _, f := range []string{"feed", "html", "json", "sitemap", "oaipmh"} {
		add("chain-"+f, f, "/chain/"+f+"/0?verb=ListRecords")
	}
	return list
}

// probe reads the catalogue twice a second until it is told to stop, and returns how long each answer took, sorted.
func probe(t *testing.T, s *serving, stop <-chan struct{}) []time.Duration {
	var took []time.Duration
	for {
		for _, path := range []string{"/en/records?q=csirt", "/ar/"} {
			began := time.Now()
			if status, _, _ := s.get(t, path); status != http.StatusOK {
				t.Errorf("%s answered %d", path, status)
			}
			took = append(took, time.Since(began))
		}
		select {
		case <-stop:
			slices.Sort(took)
			return took
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// bombs: whatever a source sends, in whatever format it is to be read, the process lives within 1 GB of data, needs less than 300 MB for
// it, and the catalogue answers meanwhile.
func (g *guards) bombs(t *testing.T) {
	const memory, deadline, page = 300 << 20, 60 * time.Second, time.Second
	suite := suiteBombs(t)
	byName := map[string]bomb{}
	for _, b := range slices.Concat(suite, ownBombs(), sheetBombs()) {
		byName[b.Name] = b
	}
	origin := arsenal(t, byName)
	list := bombed(origin.URL, suite, nil)
	chance := g.chance(t)
	if !long() { // the suite's feeds, and one bomb in ten of all others
		list = slices.DeleteFunc(list, func(e entry) bool {
			suites := e["format"] == "feed" && strings.Contains(fmt.Sprint(e["url"]), "/bomb/") && slices.ContainsFunc(suite, func(b bomb) bool { return b.Name+"-feed" == e["id"] })
			return !suites && chance.IntN(10) > 0
		})
	}
	file := sourcesFile(t, append(list, source("good", "feed", origin.URL+"/good", nil))...)
	s := g.serveWithin(t, 1<<20, g.data(t), loopback, "--sources", file)
	stop, probed := make(chan struct{}), make(chan []time.Duration)
	go func() { probed <- probe(t, s, stop) }()
	s.harvest(t, "good")
	idle, most := s.memory(t, "VmRSS"), int64(0)
	for _, e := range list {
		id := e["id"].(string)
		s.forgetPeak(t)
		began := time.Now()
		run := s.harvest(t, id)[id]
		took, peak := time.Since(began), s.memory(t, "VmHWM")-idle
		most = max(most, peak)
		if long() || peak > memory/2 || took > 5*time.Second {
			t.Logf("%-36s %6.2f s %4d MB %-9s %-12s %.150s", id, took.Seconds(), peak>>20, run.Outcome, run.Code, run.Text)
		}
		if !s.alive() || run.Outcome == "" || peak > memory || took > deadline {
			t.Errorf("%s: outcome %q after %.1f s with %d MB", id, run.Outcome, took.Seconds(), peak>>20)
		}
	}
	s.forgetPeak(t)
	all := s.harvest(t)
	together := s.memory(t, "VmHWM") - idle
	if run := all["good"]; run.Outcome != stoa.Unchanged {
		t.Errorf("the good source among the bombs: %+v", run)
	}
	close(stop)
	took := <-probed
	p99 := took[len(took)*99/100]
	if p99 > page {
		t.Errorf("the catalogue answered within %v (99 %%), the bar is %v", p99, page)
	}
	for path := range strings.FieldsSeq("/en/records.json /api/v1/records?limit=100") {
		if _, _, body := s.get(t, path); strings.Contains(body, "lollol") || strings.Contains(body, "&l9;") || strings.Contains(body, "root:") {
			t.Errorf("%s shows what an entity stood for", path)
		}
	}
	t.Logf("%d bombs one by one: at most %d MB above idle (%d MB); all at once: %d MB; catalogue p99 %v of %d", len(list), most>>20, idle>>20, together>>20, p99, len(took))
}
