package server_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"stoa"
	"stoa/server/page"
	"stoa/server/servertest"
)

// payloads reads the lines of a suite, and adds what breaks a layout.
func payloads(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range []string{"xss.txt", "crlf.txt"} {
		b, err := os.ReadFile("../testdata/suites/payloads/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Split(strings.TrimRight(string(b), "\n"), "\n")...)
	}
	if len(out) < 80 {
		t.Fatalf("%d payloads", len(out))
	}
	return append(out, "</div></div></main></body>", "\u202e\u2066right\u2069", strings.Repeat("a\u0301", 50)+strings.Repeat("\u0336", 10_000), "\u200b", "]]>", "\x00\ufffe\x1b[31m", "\xff\xfe",
		"title\r\nX-Injected: yes\r\n\r\n<script>alert(1)</script>", "javascript:alert(1)", " \tjava\nscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "//evil.example/", "{{.}} ${7*7} {n}")
}

// poison puts a payload into every field that comes from outside.
func poison(w *servertest.World, s string) {
	for _, n := range []int{0, 3, 5, 22, 25, 28, 33, 40, 41} {
		r := w.Entries[servertest.ID(n)]
		r.Title, r.Summary, r.URL, r.When = s, s, s, s
		r.Organisations = []stoa.Organisation{{ID: "x", Name: s, Role: stoa.Publisher}, {ID: s, Name: s, Role: stoa.Host}}
		r.Facts = map[string]string{"fee": s, "eligibility": s, s: s}
		r.Language, r.Countries, r.Reasons, r.Rules = s, []string{s}, []string{s}, []string{s}
		r.Sightings = []stoa.Sighting{{Source: s, Key: s, URL: s, First: servertest.Now()}}
		r.Provenance = map[string]stoa.Provenance{"deadline": {By: "source:" + s, Text: s, Others: []stoa.Said{{By: s, Value: s}}}, s: {By: s, Text: s}, "title": {By: "rule:" + s}}
		r.Verdicts.Relevant.Why, r.Verdicts.Kind.Why = []string{s}, []string{s}
		for i := range r.Verdicts.Pillars {
			r.Verdicts.Pillars[i].Why = []string{s}
		}
		r.Terms = stoa.Terms{Licence: s, Attribution: s}
		w.Entries[r.ID] = r
		w.Seen[r.ID] = []stoa.Observation{{Source: s, Key: s, Item: stoa.Item{Title: s, URL: s, Summary: s, When: s, Location: s, Categories: []string{s}, Extra: map[string]string{s: s}}}}
	}
	for i := range w.Listings {
		w.Listings[i].Title, w.Listings[i].Organisation, w.Listings[i].URL, w.Listings[i].Disabled = s, s, s, s
		id := w.Listings[i].ID
		h := w.Histories[id]
		h.Last.Text, h.Last.Code, h.Last.Address, h.Paused = s, s, s, s
		w.Histories[id] = h
	}
	for i, t := range w.Tasks {
		w.Tasks[i].Why = []string{s, s}
		if t.Run != nil {
			run := *t.Run
			run.Text, run.Code, run.Address = s, s, s
			w.Tasks[i].Run = &run
		}
		if t.Conflict != nil {
			c := *t.Conflict
			c.Base, c.Theirs, c.Ours, c.Default = s, s+" x", s, s
			w.Tasks[i].Conflict = &c
		}
	}
	w.Rulings[0].Value, w.Rulings[0].Before, w.Rulings[0].Reason, w.Rulings[0].By = s, s, s, s
}

// outputs are all places at which a poisoned record is shown.
func outputs(s *site) []string {
	rec := s.world.Entries[servertest.ID(0)]
	own := "/en" + page.Address(rec)
	paths := []string{"/en/", "/ar/", "/en/records", "/en/records?stale=1&page=2", own, "/en" + page.Address(s.world.Entries[servertest.ID(41)]), "/en/sources", "/en/changes", "/en/changes.atom", "/en/sitemap.xml",
		"/api/v1/records?limit=500", "/api/v1/records/" + rec.ID, "/api/v1/sources", "/metrics", "/curate/queue", "/curate/queue?reason=conflict", "/curate/queue?reason=duplicate", "/curate/queue?reason=stale",
		"/curate/queue?reason=new", "/curate/records/" + servertest.ID(3), "/curate/records/" + servertest.ID(41), "/curate/runs", "/curate/log"}
	paths = append(paths, "/oai?verb=ListRecords&metadataPrefix=oai_dc", "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:stoa.example:"+rec.ID, "/en/organisations.opml",
		"/api/v1/changes?since=0&full=1", "/en/records?q=team")
	for _, suffix := range []string{".atom", ".rss", ".feed.json", ".ics", ".csv", ".json", ".jsonld", ".dcat.jsonld", ".bib", ".ris", ".txt"} {
		paths = append(paths, "/en/records"+suffix+"?stale=1", own+suffix)
	}
	return paths
}

// sound fails when an answer could run, is not balanced, or carries a header that nobody set.
func sound(t *testing.T, path, payload string, a answer) {
	t.Helper()
	for name, values := range a.Header {
		if strings.ContainsAny(strings.Join(values, ""), "\r\n") || strings.EqualFold(name, "X-Injected") || strings.EqualFold(name, "Set-Cookie") && strings.Contains(strings.Join(values, ""), "crlf") {
			t.Errorf("%s with %.40q: header %s: %q", path, payload, name, values)
		}
	}
	var found []string
	switch kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";"); {
	case kind == "text/html":
		found = faults(a.body)
	case strings.HasSuffix(kind, "xml"), kind == "text/x-opml":
		for dec := xml.NewDecoder(strings.NewReader(a.body)); ; {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				found = append(found, err.Error())
				break
			}
		}
	case strings.HasSuffix(kind, "json"):
		if !json.Valid([]byte(a.body)) {
			found = append(found, "no JSON")
		}
	case kind == "text/csv":
		if _, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll(); err != nil {
			found = append(found, err.Error())
		}
	case kind == "text/calendar":
		if strings.Count(a.body, "BEGIN:") != strings.Count(a.body, "\r\nBEGIN:")+1 || strings.Contains(strings.ReplaceAll(a.body, "\r\n", ""), "\n") {
			found = append(found, "lines of a calendar are broken")
		}
	}
	if a.StatusCode == http.StatusOK {
		found = append(found, servertest.FeedFaults(a.Header.Get("Content-Type"), a.body)...)
	}
	for _, f := range found {
		t.Errorf("%s with %.40q: %s", path, payload, f)
	}
}

// No line of the suites runs, breaks a page, or adds a header, in any field of any output.
func TestPayloadsInEveryFieldOfEveryOutputAreInert(t *testing.T) {
	all := payloads(t)
	for i, payload := range all {
		s := open(t)
		poison(s.world, payload)
		s.signIn("curator")
		if i == 0 && !strings.Contains(s.get("/en/records").body, html.EscapeString(payload)) {
			t.Fatal("the payload is not shown at all: the test would pass on anything")
		}
		for n, path := range outputs(s) {
			if testing.Short() || raceEnabled {
				if (i+n)%17 != 0 { // each payload meets some outputs, each output some payloads
					continue
				}
			}
			a := s.get(path)
			if a.StatusCode >= 500 {
				t.Fatalf("%s with %.40q: %d %s", path, payload, a.StatusCode, s.log)
			}
			sound(t, path, payload, a)
		}
	}
}

func TestPayloadsInAddressesAndParametersAreInert(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	for _, payload := range payloads(t) {
		q := url.QueryEscape(payload)
		for _, path := range []string{
			"/en/records?q=" + q, "/en/records.atom?q=" + q, "/en/records.csv?q=" + q, "/en/records?org=" + q, "/en/sources?q=" + q, "/en/records/" + url.PathEscape(payload), "/id/" + url.PathEscape(payload),
			"/curate/login?next=" + q, "/curate/queue?open=" + q + "&done=" + q, "/curate/queue?source=" + q, "/curate/records/" + url.PathEscape(payload), "/api/v1/records?q=" + q, "/oai?verb=" + q, "/oai?verb=ListRecords&resumptionToken=" + q, "/oai?verb=Identify&x=" + q, "/en/records?modality=" + q, "/api/v1/records/" + url.PathEscape(payload),
			"/problems/" + url.PathEscape(payload), "/assets/" + url.PathEscape(payload),
		} {
			a := s.get(path)
			if a.StatusCode >= 500 {
				t.Errorf("%s: %d", path, a.StatusCode)
			}
			sound(t, path, payload, a)
		}
		if strings.HasPrefix(payload, "/") { // as an address, as it stands
			if u, err := url.ParseRequestURI(payload); err == nil {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.URL = u
				sound(t, payload, payload, s.do(r))
				r = httptest.NewRequest(http.MethodGet, "/", nil)
				r.URL = &url.URL{Path: "/records" + u.Path, RawQuery: u.RawQuery}
				sound(t, payload, payload, s.do(r))
			}
		}
	}
}
