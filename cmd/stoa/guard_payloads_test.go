package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

// payloads reads the suite's lines. Those that speak of line ends stand for the line ends themselves too.
func payloads(t *testing.T) (list []string) {
	t.Helper()
	for _, name := range []string{"xss.txt", "crlf.txt"} {
		text, err := os.ReadFile("../../testdata/suites/payloads/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimRight(line, "\r\n"); line == "" {
				continue
			}
			list = append(list, line)
			if plain, err := url.PathUnescape(line); err == nil && plain != line && name == "crlf.txt" {
				list = append(list, plain)
			}
		}
	}
	return append(list,
		"]]><script>alert(1)</script><![CDATA[", "\"><svg onload=alert(1)>", "'-alert(1)-'", "</title></head><body onload=alert(1)>", "{{7*7}}${7*7}<%= 7*7 %>",
		"=HYPERLINK(\"http://ha.ckers.org\")", "@SUM(1)", "\tcmd|'/c calc'!A0", "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:x", "a\nATTENDEE:mailto:x@y.example",
		"\u2028\u2029\u0000\u0008\u202e\ufffe", "a\";\nb,c\",\"d")
}

// places are the fields of an item in which each payload stands in turn.
var places = []string{"title", "summary", "url", "path", "author", "categories", "location", "key"}

// payloadItem is the n-th item of the listing for one place. Everything else in it is harmless.
func payloadItem(place string, n int, payload string) map[string]any {
	item := map[string]any{
		"id": fmt.Sprintf("%s-%d", place, n), "title": fmt.Sprintf("Incident response course %s %d for national CSIRT teams", place, n),
		"url": fmt.Sprintf("https://guard.example/%s/%d", place, n), "summary": fmt.Sprintf("A training course on incident response, part %d.", n),
		"author": "Ana Author", "categories": []string{"training"}, "location": "Nairobi, Kenya", "when": time.Now().AddDate(0, 3, 0).Format("2 January 2006"),
	}
	switch place {
	case "path":
		item["url"] = "https://guard.example/" + payload
	case "categories":
		item["categories"] = []string{payload}
	case "key":
		item["id"] = payload
	default:
		item[place] = payload
	}
	return item
}

// payloadWorld serves listings with payloads as JSON and as RSS, and returns their sources: one for each place and format, and one for each
// payload whose own name it is.
func payloadWorld(t *testing.T, lines []string) []entry {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		format, place, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
		var items []map[string]any
		for n, line := range lines {
			items = append(items, payloadItem(place, n, line))
		}
		switch format {
		case "json":
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"records": items}) // whoever asked may be gone
		case "feed":
			fmt.Fprint(w, payloadFeed(items))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(origin.Close)
	fields := map[string]any{"key": "id", "title": "title", "url": "url", "summary": "summary", "authors": "author", "categories": "categories", "location": "location", "when": "when"}
	more := entry{"mapping": map[string]any{"item": "records", "fields": fields}, "kinds": map[string]any{"programme": 1}, "pillars": map[string]any{"capacity": 1}}
	var list []entry
	for _, place := range places {
		list = append(list, source("json-"+place, "json", origin.URL+"/json/"+place, more), source("feed-"+place, "feed", origin.URL+"/feed/"+place, nil))
	}
	for n, line := range lines {
		if line = strings.Trim(line, "\r\n\t "); line == "" || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0xfffe }) {
			continue // what YAML cannot hold
		}
		one := maps.Clone(more)
		one["title"], one["organisation"], one["terms"] = line, line, map[string]any{"attribution": line, "licence": line}
		list = append(list, source(fmt.Sprintf("named-%d", n), "json", fmt.Sprintf("%s/json/named-%d", origin.URL, n), one))
	}
	return list
}

// payloadFeed writes the items as RSS, their texts escaped once as its publishers do.
func payloadFeed(items []map[string]any) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\x00", "", "\b", "", "\ufffe", "").Replace
	var b strings.Builder
	b.WriteString(`<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Courses</title>`)
	for _, i := range items {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%s</guid><title>%s</title><link>%s</link><description>%s</description><dc:creator>%s</dc:creator><category>%s</category></item>`,
			escape(i["id"].(string)), escape(i["title"].(string)), escape(i["url"].(string)), escape(i["summary"].(string)), escape(i["author"].(string)),
			escape(i["categories"].([]string)[0]))
	}
	return b.String() + "</channel></rss>"
}

// served is a catalogue with every record of the listings in it, and its answers.
type served struct {
	*serving
	client  *http.Client // signed in
	answers map[string]answer
}

type answer struct {
	status int
	header http.Header
	body   string
}

// serveListings harvests the sources, accepts what waits, and reads every address that can be reached from the first pages.
func (g *guards) serveListings(t *testing.T, entries []entry, most int) *served {
	t.Helper()
	s := &served{serving: g.serve(t, g.data(t), loopback, "--sources", sourcesFile(t, entries...)), answers: map[string]answer{}}
	before := map[string]bool{}
	s.each(t, "/api/v1/records", func(r stoa.Record) { before[r.Short] = true })
	for id, run := range s.harvest(t) {
		if run.Outcome != stoa.OK && run.Outcome != stoa.Partial {
			t.Errorf("%s: %+v", id, run)
		}
	}
	p := process{Stdin: strings.NewReader("a sentence as password\n"), Stdout: s.out, Stderr: s.out, Getenv: func(string) string { return "" }, Dir: s.data}
	if status := run(t.Context(), []string{"user", "add", "ana", "--role", "admin", "--password-stdin", "--data", s.data}, p); status != 0 {
		t.Fatalf("add a curator: %s", tail(s.out.String()))
	}
	status, secret := s.do(t, "user", "add", "robot", "--role", "admin", "--token")
	if status != 0 {
		t.Fatal(secret)
	}
	s.client = signedIn(t, s.home)
	s.acceptAll(t, strings.TrimSpace(secret))
	if status, out := s.do(t, "search", "course"); status != 0 { // catches up with the log
		t.Fatal(out)
	}
	s.crawl(t, most, func(path string) bool {
		i := strings.LastIndexByte(path, '-')
		return strings.Contains(path, "/records/") && i > 0 && before[path[i+1:]]
	})
	return s
}

// each reads all records of a listing of the API.
func (s *serving) each(t *testing.T, path string, do func(stoa.Record)) (n int) {
	t.Helper()
	for next := "?limit=100"; next != ""; {
		var page struct {
			Records []stoa.Record
			Next    string
		}
		_, _, body := s.get(t, path+next)
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatalf("%s%s: %v\n%.500s", path, next, err, body)
		}
		for _, r := range page.Records {
			n++
			do(r)
		}
		if next = ""; page.Next != "" {
			next = "?limit=100&cursor=" + url.QueryEscape(page.Next)
		}
	}
	return n
}

func signedIn(t *testing.T, home string) *http.Client {
	t.Helper()
	jar := &oneJar{}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(home+"/curate/login", url.Values{"name": {"ana"}, "password": {"a sentence as password"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || len(jar.cookies) == 0 {
		t.Fatalf("signing in: %s", res.Status)
	}
	return c
}

// oneJar keeps the cookies of the only host there is.
type oneJar struct{ cookies []*http.Cookie }

// SetCookies keeps cookies.
func (j *oneJar) SetCookies(_ *url.URL, c []*http.Cookie) { j.cookies = append(j.cookies, c...) }

// Cookies returns them.
func (j *oneJar) Cookies(*url.URL) []*http.Cookie { return j.cookies }

// acceptAll accepts whatever waits for a curator.
func (s *served) acceptAll(t *testing.T, token string) {
	t.Helper()
	_, out := s.do(t, "queue", "--json", "--limit-to", "10000")
	for line := range strings.Lines(out) {
		var task stoa.Task
		if err := json.Unmarshal([]byte(line), &task); err != nil {
			t.Fatalf("queue printed %q: %v", line, err)
		}
		if task.Record == nil || task.Record.State == stoa.Listed {
			continue
		}
		body, _ := json.Marshal(map[string]string{"subject": task.Record.ID, "action": "accept"}) // strings can be written
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.home+"/api/v1/decisions", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusCreated && res.StatusCode != http.StatusTooManyRequests {
			t.Errorf("accept %s: %s", task.Record.ID, res.Status)
		}
	}
}

// crawl reads pages as a signed-in reader reaches them, in English and Arabic, at most so many.
func (s *served) crawl(t *testing.T, most int, skip func(path string) bool) {
	t.Helper()
	queue := []string{"/en/", "/ar/", "/en/records", "/ar/records", "/en/sources", "/ar/sources", "/en/changes", "/en/changes.atom", "/api/v1/records?limit=100", "/api/v1/sources",
		"/api/v1/changes?since=0", "/sitemap.xml", "/en/sitemap.xml", "/curate/queue", "/curate/runs", "/curate/log"}
	for _, suffix := range []string{"atom", "rss", "feed.json", "ics", "csv", "json", "jsonld"} {
		queue = append(queue, "/en/records."+suffix, "/ar/records."+suffix)
	}
	s.each(t, "/api/v1/records", func(r stoa.Record) {
		if path := "/records/" + r.Slug + "-" + r.Short; !skip(path) {
			queue = append(queue, "/en"+path, "/ar"+path, "/id/"+r.ID, "/api/v1/records/"+r.ID, "/curate/records/"+r.ID)
		}
	})
	seen := map[string]bool{}
	for len(queue) > 0 && len(s.answers) < most {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || skip(path) {
			continue
		}
		seen[path] = true
		a := s.fetch(t, path)
		s.answers[path] = a
		for _, link := range links(a) {
			if own(link) {
				queue = append(queue, link)
			}
		}
	}
}

// fetch reads one address, and waits when it is asked to.
func (s *served) fetch(t *testing.T, path string) answer {
	t.Helper()
	for {
		res, err := s.client.Get(s.home + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if res.StatusCode != http.StatusTooManyRequests {
			return answer{res.StatusCode, res.Header, string(body)}
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// own reports whether an address is one of ours that shows the same for everybody: English or Arabic, or the desk, with one filter at most.
func own(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Host != "" || !slices.ContainsFunc([]string{"/en/", "/ar/", "/curate/", "/api/"}, func(p string) bool { return strings.HasPrefix(u.Path, p) }) {
		return false
	}
	return len(u.Query()) <= 1 && u.Fragment == "" && u.Path != "/curate/logout"
}

// payloads: nothing that a partner writes, in whatever field, runs, breaks out of its place, or adds a line, a header or an element to any
// answer. A twin with harmless words in the same places shows what belongs there.
func (g *guards) payloads(t *testing.T) {
	lines := payloads(t)
	if !long() {
		chance := g.chance(t)
		chance.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		lines = lines[:4]
	}
	harmless := make([]string, len(lines))
	for i := range lines {
		harmless[i] = fmt.Sprintf("harmless words %d", i)
	}
	most := form(400, 12_000)
	twin := g.serveListings(t, payloadWorld(t, harmless), most)
	want := newInspection()
	for path, a := range twin.answers {
		want.look(path, a)
	}
	for _, f := range want.faults {
		t.Errorf("harmless: %s", f)
	}
	hostile := g.serveListings(t, payloadWorld(t, lines), most)
	got := newInspection()
	for path, a := range hostile.answers {
		got.look(path, a)
	}
	for _, f := range got.faults {
		t.Error(f)
	}
	for shape, path := range got.shapes {
		if want.shapes[shape] == "" {
			t.Errorf("%s has what the harmless twin nowhere has: %s", path, shape)
		}
	}
	if shown := hostile.shown(); shown < len(lines)*len(places) {
		t.Errorf("%d answers hold words of the payloads: they are to be shown, as words", shown)
	}
	t.Logf("%d payloads in %d places and as names of sources: %d answers, %d shapes; the twin: %d answers, %d shapes", len(lines), len(places), len(hostile.answers), len(got.shapes),
		len(twin.answers), len(want.shapes))
}

// shown counts the answers in which words of payloads stand.
func (s *served) shown() (n int) {
	for _, a := range s.answers {
		if strings.Contains(a.body, "alert") || strings.Contains(a.body, "crlf=injection") || strings.Contains(a.body, "ha.ckers") || strings.Contains(a.body, "XSS") {
			n++
		}
	}
	return n
}
