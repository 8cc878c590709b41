package server_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"stoa/server"
	"stoa/server/servertest"
)

// site is a server over the sample world, asked without a network.
type site struct {
	t       *testing.T
	world   *servertest.World
	handler http.Handler
	log     *lines
	cookies map[string]string
	from    string
	clock   *clock
}

// lines collects what is logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const publicURL = "http://stoa.example"

func open(t *testing.T, change ...func(*servertest.World, *server.Options)) *site {
	t.Helper()
	w, err := servertest.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, world: w, log: &lines{}, cookies: map[string]string{}, from: "192.0.2.1:4000", clock: &clock{now: servertest.Now()}}
	w.Clock = s.clock.Now
	o := server.Options{
		Catalogue: w, Search: w, Accounts: w, Password: servertest.Password, Sources: w.Sources, Now: s.clock.Now, PublicURL: publicURL,
		Contact: "desk@stoa.example", Version: "0.1", Log: slog.New(slog.NewJSONHandler(s.log, nil)), Rate: 1e6,
	}
	for _, f := range change {
		f(w, &o)
	}
	if s.handler, err = server.New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is what came back, unpacked.
type answer struct {
	*http.Response
	body   string
	packed int // bytes on the line
}

func (s *site) do(r *http.Request) answer {
	s.t.Helper()
	if r.RemoteAddr == "192.0.2.1:1234" { // what httptest gives
		r.RemoteAddr = s.from
	}
	for name, value := range s.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(s.cookies, c.Name)
		} else {
			s.cookies[c.Name] = c.Value
		}
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{Response: res, body: string(raw), packed: len(raw)}
	if res.Header.Get("Content-Encoding") == "gzip" && len(raw) > 0 {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			s.t.Fatalf("%s: unpack: %v", r.URL, err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			s.t.Fatalf("%s: unpack: %v", r.URL, err)
		}
		a.body = string(plain)
	}
	return a
}

// get asks for a path; headers are pairs of name and value.
func (s *site) get(path string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(r)
}

// has fails when a page does not say something.
func (a answer) has(t *testing.T, part string) {
	t.Helper()
	if !strings.Contains(a.body, part) {
		t.Errorf("the page does not say %q", part)
	}
}

// post sends a form.
func (s *site) post(path string, pairs ...string) answer {
	s.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r)
}

// send sends JSON with a token.
func (s *site) send(path, token, body string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(r)
}

// tokenOf is the token of a sample account.
func tokenOf(role string) string { return "stoa_token-of-" + role + "-0123456789" }

// signIn signs a sample account in.
func (s *site) signIn(name string) {
	s.t.Helper()
	if a := s.post("/curate/login", "name", name, "password", name+"-password"); a.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("sign in as %s: %d", name, a.StatusCode)
	}
}

// want fails unless an answer has a status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s: status %d, want %d\n%.600s", where(a), a.StatusCode, status, a.body)
	}
	return a
}

func where(a answer) string {
	if a.Request != nil {
		return a.Request.URL.String()
	}
	return fmt.Sprint(a.Header.Get("Location"))
}

// page parses an answer as HTML.
func (a answer) page(t *testing.T) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// each calls f for every element.
func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// text is what a reader sees of an element.
func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// all returns the elements of a name and, unless it is "", a class.
func all(doc *html.Node, name, class string) []*html.Node {
	var out []*html.Node
	each(doc, func(n *html.Node) {
		if n.Data == name && (class == "" || hasClass(n, class)) {
			out = append(out, n)
		}
	})
	return out
}

func hasClass(n *html.Node, class string) bool {
	for c := range strings.FieldsSeq(attr(n, "class")) {
		if c == class {
			return true
		}
	}
	return false
}
