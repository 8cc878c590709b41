package server_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// most bytes on the line for a page with its styles, both packed.
const mostBytes = 30 * 1024

// kinds are the routes of pages for people below a language, as the program registers them: files and feeds have a suffix.
func kinds(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("catalogue/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bat\("(/[^"]*)"`).FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[1], ".") {
				out = append(out, m[1])
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("kinds of pages: %v", out)
	}
	return out
}

// loaded are the addresses that a browser fetches by itself for a page, besides the page.
func loaded(doc *html.Node) (out []string) {
	each(doc, func(n *html.Node) {
		name := map[string]string{"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src", "object": "data", "input": "src", "image": "href", "use": "href"}[n.Data]
		address := attr(n, name)
		if n.Data == "link" && slices.ContainsFunc([]string{"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest"}, func(rel string) bool { return slices.Contains(strings.Fields(attr(n, "rel")), rel) }) {
			address = attr(n, "href")
		}
		if address != "" && !strings.HasPrefix(address, "data:") && !strings.HasPrefix(address, "#") && !slices.Contains(out, address) {
			out = append(out, address)
		}
	})
	return out
}

// walk visits the pages that links lead to from the first page of a language, and calls f for each; of pages that differ by a value only it visits one.
func (s *site) walk(code string, f func(path string, a answer, doc *html.Node)) {
	s.t.Helper()
	seen, visits, todo := map[string]bool{}, map[string]int{}, []string{"/" + code + "/"}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		kind := regexp.MustCompile(`/(records|countries|organisations|report)/.*|=[^&]*`).ReplaceAllString(path, "/$1/")
		if seen[path] || visits[kind] == 1 {
			continue
		}
		seen[path] = true
		visits[kind]++
		a := s.get(path, "Accept-Encoding", "gzip")
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.StatusCode != http.StatusOK {
			continue
		}
		doc := a.page(s.t)
		f(path, a, doc)
		for _, link := range all(doc, "a", "") {
			u, err := url.Parse(attr(link, "href"))
			if err == nil && u.Host == "" && strings.HasPrefix(u.Path, "/"+code+"/") {
				u.Fragment = ""
				todo = append(todo, u.String())
			}
		}
	}
}

// Every kind of page, in three scripts: at most 30 KB with its styles, two requests on the first view, one after it, and
// a 304 for who has it. Markup is what a parser would write.
func TestEveryKindOfPageKeepsToItsBudget(t *testing.T) {
	s := open(t)
	want := kinds(t)
	codes := []string{"en", "ar", "zh"}
	if raceEnabled {
		codes = codes[1:2] // the others run in the same way
	}
	for _, code := range codes {
		pages, kept := 0, []string{}
		s.walk(code, func(path string, a answer, doc *html.Node) {
			pages++
			size, requests := a.packed, 1
			for _, address := range loaded(doc) {
				part := s.get(address, "Accept-Encoding", "gzip").want(t, http.StatusOK)
				requests++
				size += part.packed
				if cache := part.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") || !strings.Contains(cache, "max-age=31536000") {
					t.Errorf("%s: %s is fetched again on the next view: %q", path, address, cache)
				}
			}
			if size > mostBytes || requests > 2 {
				t.Errorf("%s: %d bytes in %d requests", path, size, requests)
			}
			if a.Header.Get("Cache-Control") == "no-store" {
				kept = append(kept, path) // a form that is one visitor's own
			} else if again := s.get(path, "Accept-Encoding", "gzip", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || again.packed != 0 {
				t.Errorf("%s, unchanged: %d with %d bytes", path, again.StatusCode, again.packed)
			}
			for _, fault := range append(faults(a.body), reparsed(a.body, doc)...) {
				t.Errorf("%s: %s", path, fault)
			}
		})
		visited := s.get("/metrics").body
		for _, kind := range want {
			if !strings.Contains(visited, `route="GET /`+code+kind+`",status="200"`) {
				t.Errorf("no link leads to a page of the kind /%s%s", code, kind)
			}
		}
		if pages < 20 || len(kept) > pages/4 {
			t.Errorf("%s: only %d pages, of them not to be kept %v", code, pages, kept)
		}
	}
}

// reparsed returns what a browser's parser would have to mend: elements that it moves, adds or closes by itself.
func reparsed(page string, doc *html.Node) (out []string) {
	var written, parsed []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			name, _ := z.TagName()
			written = append(written, string(name))
		}
	}
	each(doc, func(n *html.Node) { parsed = append(parsed, n.Data) })
	if !slices.Equal(written, parsed) {
		for i := range min(len(written), len(parsed)) {
			if written[i] != parsed[i] {
				return []string{"a parser mends element " + strconv.Itoa(i) + ": <" + written[i] + "> becomes <" + parsed[i] + "> after " + strings.Join(written[max(0, i-4):i], " ")}
			}
		}
		out = append(out, "a parser finds "+strconv.Itoa(len(parsed))+" elements where "+strconv.Itoa(len(written))+" are written")
	}
	return out
}

// The checks of markup know bad markup: each of these has a fault.
func TestChecksOfMarkupAreNotBlind(t *testing.T) {
	for _, body := range []string{
		"<p><div></div></p>", "<table><tr><td></td></tr></table>", "<a href=x>a<a href=y>b</a></a>", "<ul><p></p></ul>", "<p id=a></p><p id=a></p>", "<img src=x>", "<input name=x>", "<h1></h1><h3></h3>", "<label for=x></label>",
		"<script>1</script>", `<script type="application/ld+json">{</script>`, "<b onclick=x></b>", "<a href=javascript:x></a>", "<table><div></div></table>", "<p>", "<dl><p></p></dl>", "<select></select>", `<th scope="sideways"></th>`, "<time>soon</time>",
	} {
		page := "<!DOCTYPE html><html><head><title>t</title></head><body>" + body + "</body></html>"
		doc, err := html.Parse(strings.NewReader(page))
		if err != nil || len(faults(page)) == 0 && len(reparsed(page, doc)) == 0 {
			t.Errorf("%s passes", body)
		}
	}
}
