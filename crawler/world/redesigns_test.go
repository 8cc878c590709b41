package world_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"stoa"
	"stoa/crawler/world"
)

// answer is what a site says.
type answer struct {
	status int
	header http.Header
	body   []byte
	cut    bool // the connection ends in the middle
}

func page(title, body string) []byte {
	return []byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body>" + body + "</body></html>")
}

// redesign is what becomes of a site overnight.
type redesign struct {
	name string
	// change makes the answer to a request another; nil when there is nothing to change for such a source.
	change func(src stoa.Source, r *http.Request, a answer) answer
	fits   func(src stoa.Source, items int) bool
	want   []string // outcome, and code where it matters: any of these
}

// listing says whether a request is for the listing of a source, its further pages, or what it leads to but detail pages.
func listing(src stoa.Source, r *http.Request) bool {
	return strings.HasSuffix(strings.TrimSuffix(pathOf(src.URL), "/"), strings.TrimSuffix(r.URL.Path, "/")) || strings.Contains(r.URL.Path, "sitemap")
}

func pathOf(address string) string {
	_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, "http://"), "https://"), "/")
	path, _, _ = strings.Cut(path, "?")
	return "/" + path
}

func everywhere(change func(answer) answer) func(stoa.Source, *http.Request, answer) answer {
	return func(_ stoa.Source, r *http.Request, a answer) answer {
		if r.URL.Path == "/robots.txt" {
			return a
		}
		return change(a)
	}
}

func says(status int, body []byte) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: body}
}

// redesigns are the ten of the issue, two of them in two ways.
func redesigns() []redesign {
	always := func(stoa.Source, int) bool { return true }
	detailed := func(src stoa.Source, _ int) bool { return src.Mapping.Detail != nil }
	text := func(src stoa.Source, n int) bool { // of the spreadsheet and the feed with wrong tags, no text can be found to change
		return n >= 3 && !strings.HasSuffix(src.URL, ".xlsx") && src.ID != "world-apcert"
	}
	return []redesign{
		{"selector gone", func(_ stoa.Source, _ *http.Request, a answer) answer { a.body = renamed(a.body); return a },
			func(src stoa.Source, _ int) bool {
				return src.Format == "html" || src.Format == "json" || src.Format == "wordpress"
			},
			[]string{"held no-match", "held lost-fields", "failed status", "failed unparsable"}},
		{"detail gone", func(src stoa.Source, r *http.Request, a answer) answer {
			if !listing(src, r) && r.URL.Path != "/robots.txt" {
				return says(http.StatusNotFound, page("Not found", "<p>This page has gone.</p>"))
			}
			return a
		}, detailed, []string{"held lost-fields"}},
		{"detail gone: it says other things", func(src stoa.Source, r *http.Request, a answer) answer {
			if !listing(src, r) && r.URL.Path != "/robots.txt" {
				return says(http.StatusOK, page("", "<div id=app><em>Welcome to the new site</em></div>"))
			}
			return a
		}, detailed, []string{"held lost-fields"}},
		{"feed moved", everywhere(func(answer) answer { return says(http.StatusNotFound, page("404", "<p>Not here.</p>")) }), always, []string{"failed status"}},
		{"feed moved: the home page answers", func(src stoa.Source, r *http.Request, a answer) answer {
			if r.URL.Path == "/robots.txt" || r.URL.Path == "/welcome" {
				return says(http.StatusOK, page("Welcome", "<h1>Welcome</h1><p>News, events and more.</p>"))
			}
			return answer{status: http.StatusMovedPermanently, header: http.Header{"Location": {"/welcome"}}}
		}, always, []string{"held no-match", "failed unparsable", "failed no-match"}},
		{"scripts only", everywhere(func(answer) answer {
			return says(http.StatusOK, page("App", `<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript><script src="/static/main.js"></script>`))
		}), always, []string{"held no-match", "failed unparsable", "held bot-wall"}},
		{"202 wall", everywhere(func(answer) answer {
			return says(http.StatusAccepted, page("", `<script src="https://token.awswaf.example/challenge.js"></script>`))
		}), always, []string{"held bot-wall"}},
		{"login", func(_ stoa.Source, r *http.Request, a answer) answer {
			if r.URL.Path == "/robots.txt" {
				return a
			}
			if r.URL.Path != "/login" {
				return answer{status: http.StatusFound, header: http.Header{"Location": {"/login"}}}
			}
			return says(http.StatusOK, page("Sign in", `<form method=post><input name=user><input type="password" name=pass></form>`))
		}, always, []string{"held login-wall"}},
		{"parked", everywhere(func(answer) answer {
			return says(http.StatusOK, page("partner.example", `<p>This domain is for sale. Buy this domain.</p><a href="https://sedoparking.com/">Offers</a>`))
		}), always, []string{"held bot-wall"}},
		{"truncated", everywhere(func(a answer) answer { a.cut = len(a.body) > 100; return a }), always,
			[]string{"partial truncated", "failed unparsable", "failed connect", "failed truncated", "held no-match", "held lost-fields"}},
		{"half the items", func(src stoa.Source, r *http.Request, a answer) answer {
			if listing(src, r) {
				a.body = halved(src, a.body)
			}
			return a
		}, func(src stoa.Source, n int) bool { return n >= 4 && text(src, n) && src.Format != "metadata" }, []string{"held shrunk"}},
		{"other language", func(src stoa.Source, r *http.Request, a answer) answer {
			if r.URL.Path != "/robots.txt" {
				a.body = translated(src, a.body)
			}
			return a
		}, func(src stoa.Source, n int) bool { return text(src, n) && src.Format != "sitemap" }, []string{"held wrong-language", "held rewritten", "held shrunk"}},
	}
}

var (
	names = regexp.MustCompile(`(class|id)="([^"]*)"`)
	keys  = regexp.MustCompile(`"([\w:@.-]+)"\s*:`)
)

// renamed gives classes, ids and members other names.
func renamed(body []byte) []byte {
	if json := bytes.TrimPrefix(body, []byte("\ufeff")); len(json) > 0 && (json[0] == '{' || json[0] == '[') {
		return keys.ReplaceAll(body, []byte(`"v2_$1":`))
	}
	return names.ReplaceAllFunc(body, func(m []byte) []byte {
		part := names.FindSubmatch(m)
		return []byte(string(part[1]) + `="v2-` + strings.ReplaceAll(string(part[2]), " ", " v2-") + `"`)
	})
}

var parts = map[stoa.Format]*regexp.Regexp{
	"feed":    regexp.MustCompile(`(?s)<(item|entry)[ >].*?</(item|entry)>`),
	"sitemap": regexp.MustCompile(`(?s)<url>.*?</url>`),
	"oaipmh":  regexp.MustCompile(`(?s)<record>.*?</record>`),
	"ical":    regexp.MustCompile(`(?s)BEGIN:VEVENT.*?END:VEVENT\r\n`),
	"table":   regexp.MustCompile(`<outline [^>]*/>`),
}

// halved takes away every first of two items.
func halved(src stoa.Source, body []byte) []byte {
	n := 0
	odd := func() bool { n++; return n%2 == 1 }
	if re := parts[src.Format]; re != nil {
		return re.ReplaceAllFunc(body, func(m []byte) []byte {
			if odd() {
				return nil
			}
			return m
		})
	}
	switch src.Format {
	case "html", "pdf-links":
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if err != nil {
			return body
		}
		doc.Find(src.Mapping.Item).Each(func(_ int, s *goquery.Selection) {
			if s.Find("a").Length() > 0 || goquery.NodeName(s) == "a" || s.Find("h3").Length() > 0 {
				if odd() {
					s.Remove()
				}
			}
		})
		out, err := doc.Html()
		if err != nil {
			return body
		}
		return []byte(out)
	}
	return halvedJSON(src, body, odd)
}

// halvedJSON drops every first of two objects of the list.
func halvedJSON(src stoa.Source, body []byte, odd func() bool) []byte {
	begin := bytes.IndexByte(body, '[')
	if i := bytes.Index(body, []byte(`"`+src.Mapping.Item+`"`)); i >= 0 {
		begin = i + bytes.IndexAny(body[i:], "[{")
	}
	keyed := body[begin] == '{'
	depth, from, quoted := 0, 0, false
	var out bytes.Buffer
	out.Write(body[:begin+1])
	first := true
	for i := begin; i < len(body); i++ {
		switch c := body[i]; {
		case quoted:
			if c == '\\' {
				i++
			}
			quoted = c != '"'
			continue
		case c == '"':
			quoted = true
			if keyed && depth == 1 && from == 0 {
				from = i
			}
		case c == '{' || c == '[':
			depth++
			if depth == 2 && from == 0 {
				from = i
			}
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				out.Write(body[i:])
				return out.Bytes()
			}
			if depth == 1 && from > 0 {
				if !odd() {
					if !first {
						out.WriteByte(',')
					}
					first = false
					out.Write(body[from : i+1])
				}
				from = 0
			}
		}
	}
	return body
}

const russian = "Учебный курс для сотрудников государственных органов по защите информации и реагированию на инциденты, выпуск "

var fields = regexp.MustCompile(`"(title|summary|project_name|pdo|description|excerpt|name|rendered|content|value|label|title_narrative|description_narrative)"(:\s*\[?)"([^"\\]{12,})"`)

var texts = regexp.MustCompile(`(?s)(<(?:title|description|summary|dc:title|dc:description)[^>]*>)(.*?)(</(?:title|description|summary|dc:title|dc:description)>)|(SUMMARY:|DESCRIPTION:)[^\r]*()()|(text=")[^"]*(")()`)

// translated puts Russian in the place of all words of the items.
func translated(src stoa.Source, body []byte) []byte {
	n := 0
	next := func() string { n++; return fmt.Sprint(russian, n) }
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	switch {
	case len(trimmed) == 0:
		return body
	case trimmed[0] == '{' || trimmed[0] == '[':
		return fields.ReplaceAllFunc(body, func(m []byte) []byte {
			p := fields.FindSubmatch(m)
			return []byte(`"` + string(p[1]) + `"` + string(p[2]) + `"` + next() + `"`)
		})
	case bytes.HasPrefix(trimmed, []byte("<?xml")) || trimmed[0] == 'B':
		return texts.ReplaceAllFunc(body, func(m []byte) []byte {
			p := texts.FindSubmatch(m)
			return []byte(string(p[1]) + string(p[4]) + string(p[7]) + next() + string(p[3]) + string(p[8]))
		})
	}
	body = regexp.MustCompile(`"(name|description)":\s*"[^"]{12,}"`).ReplaceAllFunc(body, func(m []byte) []byte {
		return []byte(`"` + strings.Split(string(m), `"`)[1] + `":"` + next() + `"`)
	})
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return body
	}
	for node := range doc.Descendants() {
		short := len(strings.TrimSpace(node.Data)) < 12 || strings.HasSuffix(strings.TrimSpace(node.Data), ":")
		code := node.Parent != nil && slices.Contains([]string{"script", "th", "time"}, node.Parent.Data)
		label := node.Parent != nil && strings.Contains(fmt.Sprint(node.Parent.Attr), "label")
		if node.Type == html.TextNode && !short && !code && !label {
			node.Data = next()
		}
	}
	var out bytes.Buffer
	if err := html.Render(&out, doc); err != nil {
		return body
	}
	return bytes.ReplaceAll(out.Bytes(), []byte(`lang="en"`), []byte(`lang="ru"`))
}

// veil lays a redesign over a site.
func (d redesign) veil(src stoa.Source) world.Veil {
	return func(site http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-None-Match")
			rec := httptest.NewRecorder()
			site.ServeHTTP(rec, r)
			rec.Header().Del("ETag")
			body := rec.Body.Bytes()
			if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
				if body, err = io.ReadAll(z); err != nil {
					body = rec.Body.Bytes()
				}
			}
			a := d.change(src, r, answer{status: rec.Code, header: rec.Header(), body: body})
			for k, v := range a.header {
				w.Header()[k] = v
			}
			if a.cut {
				w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
				a.body = a.body[:len(a.body)/2]
			}
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body) // whoever asked may be gone
		})
	}
}

// TestRedesigns replays the ten redesigns on the simulated sites, before the real crawler and store: nothing changes in public, the run is
// held or failed with the reason, a person is told after the first run, and all is well again when the site is.
func TestRedesigns(t *testing.T) {
	some := strings.Fields("world-itu-academy world-enisa world-cybil world-eucybernet world-itu-workprogramme world-gfce world-nist world-worldbank world-itu-hub world-unu world-ncsc-guidance world-lac4")
	r := newRig(t)
	replayed := 0
	for _, src := range r.sources {
		if src.Disabled != "" || src.ID == "world-cybil-cmm" || os.Getenv("STOA_SOAK") == "" && !slices.Contains(some, src.ID) {
			continue
		}
		site := r.siteOf(src)
		first := r.harvest(t, src)
		r.moved.Add(int64(aDay))
		r.harvest(t, src)
		for _, d := range redesigns() {
			if !d.fits(src, first.New) {
				continue
			}
			t.Run(d.name+"/"+src.ID, func(t *testing.T) {
				replayed++
				before := r.public(t)
				r.moved.Add(int64(aDay))
				r.world.Veil(site, d.veil(src))
				run := r.harvest(t, src)
				r.world.Veil(site, nil)
				got := strings.TrimSpace(string(run.Outcome) + " " + run.Code)
				if !slices.Contains(d.want, got) {
					t.Errorf("the run is %q (%s; %d seen, %d vanished), want one of %q", got, run.Text, run.Seen, run.Vanished, d.want)
				}
				if after := r.public(t); after != before {
					t.Errorf("the public catalogue changed:%s", differing(before, after))
				}
				if n := r.incidents(t, src); n != 1 {
					t.Errorf("%d incidents in the queue after the first run (%s: %s), want one", n, got, run.Text)
				}
				r.moved.Add(int64(aDay))
				if run := r.harvest(t, src); !run.Outcome.Good() {
					t.Errorf("the site is back, and the run is %s %s %s", run.Outcome, run.Code, run.Text)
				}
				if n := r.incidents(t, src); n != 0 {
					t.Errorf("%d incidents in the queue after the site came back", n)
				}
			})
		}
	}
	t.Logf("%d redesigns of sources replayed", replayed)
	if replayed < 100 {
		t.Errorf("%d redesigns replayed, want a hundred at least", replayed)
	}
}

// differing shows the lines that two texts do not share.
func differing(before, after string) string {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out strings.Builder
	for _, line := range was {
		if !slices.Contains(is, line) {
			fmt.Fprint(&out, "\n- ", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			fmt.Fprint(&out, "\n+ ", line)
		}
	}
	return out.String()
}

// incidents counts what is wrong with a source. That its address has moved for good is an offer, and stays until somebody answers.
func (r *rig) incidents(t *testing.T, src stoa.Source) (n int) {
	t.Helper()
	tasks, _, err := r.catalogue.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident, Source: src.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if !slices.Contains(task.Why, stoa.RuleMoved) {
			n++
		}
	}
	return n
}

func (r *rig) siteOf(src stoa.Source) string {
	for _, site := range r.world.Sites() {
		if strings.HasPrefix(src.URL, r.world.Origin(site)+"/") {
			return site
		}
	}
	return ""
}
