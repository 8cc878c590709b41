package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"stoa"
	"stoa/server"
	"stoa/server/servertest"
)

type htmlNode = html.Node

var errBroken = errors.New("disk on fire")

func TestEveryAnswerHasItsGuards(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/", "/en/", "/en/records.atom", "/api/v1/records", "/curate/login", "/curate/queue", "/nope", "/favicon.ico", "/metrics", "/healthz", "/en/records?pillar=x"} {
		h := s.get(path).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "X-Frame-Options": "DENY",
		} {
			if !strings.HasPrefix(h.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if p := h.Get("Content-Security-Policy"); strings.Contains(p, "unsafe") || !strings.Contains(p, "frame-ancestors 'none'") || strings.Contains(p, "script-src 'self'") != strings.HasPrefix(path, "/curate/") {
			t.Errorf("%s: policy %q", path, p)
		}
		if h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS without https", path)
		}
		if len(h.Get("X-Request-Id")) != 16 {
			t.Errorf("%s: request id %q", path, h.Get("X-Request-Id"))
		}
	}
	secure := open(t, func(_ *servertest.World, o *server.Options) { o.PublicURL = "https://stoa.example" })
	if secure.get("/en/").Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS with https")
	}
}

func TestPrivatePagesAreNeverKept(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/curate/", "/curate/queue", "/curate/login", "/curate/x.css", "/curate/log", "/curate/runs"} {
		if got := s.get(path).Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("signed out, %s: %q", path, got)
		}
	}
	s.signIn("curator")
	for _, path := range []string{"/curate/", "/curate/queue", "/curate/x.css", "/curate/log", "/curate/runs", "/curate/records/" + servertest.ID(3)} {
		a := s.get(path)
		if got := a.Header.Get("Cache-Control"); got != "no-store" || a.Header.Get("ETag") != "" {
			t.Errorf("signed in, %s: %q, ETag %q", path, got, a.Header.Get("ETag"))
		}
	}
	a := s.get("/api/v1/queue", "Authorization", "Bearer "+tokenOf("viewer")).want(t, http.StatusOK)
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("the queue may be kept")
	}
}

func TestSecondVisitCostsA304(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/en/", "/en/records", "/en" + s.addressOf(0), "/en/sources", "/en/records.atom", "/en/records.csv", "/api/v1/records", "/api/v1/records/" + servertest.ID(0), "/api/v1/sources", "/robots.txt", "/sitemap.xml", "/en/sitemap.xml", "/api/v1/openapi.json", "/favicon.svg"} {
		for _, coding := range []string{"", "gzip"} {
			first := s.get(path, "Accept-Encoding", coding).want(t, http.StatusOK)
			tag := first.Header.Get("ETag")
			if tag == "" || strings.HasPrefix(tag, "W/") {
				t.Errorf("%s: ETag %q", path, tag)
				continue
			}
			again := s.get(path, "Accept-Encoding", coding, "If-None-Match", tag)
			if again.StatusCode != http.StatusNotModified || again.body != "" || again.Header.Get("ETag") != tag {
				t.Errorf("%s (%s): %d with %d bytes", path, coding, again.StatusCode, len(again.body))
			}
			if other := s.get(path, "If-None-Match", `"something-else"`); other.StatusCode != http.StatusOK {
				t.Errorf("%s: a foreign tag gives %d", path, other.StatusCode)
			}
			if !strings.Contains(strings.Join(first.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s: Vary %q", path, first.Header.Values("Vary"))
			}
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/en/", "/en/records.csv", "/api/v1/records", "/favicon.ico"} {
		get := s.get(path)
		r := httptest.NewRequest(http.MethodHead, path, nil)
		head := s.do(r)
		if head.StatusCode != get.StatusCode || head.body != "" || head.Header.Get("Content-Length") != get.Header.Get("Content-Length") || head.Header.Get("ETag") != get.Header.Get("ETag") {
			t.Errorf("%s: HEAD gives %d, %q, %d bytes", path, head.StatusCode, head.Header.Get("Content-Length"), len(head.body))
		}
	}
}

func TestOddMethodsAreRefused(t *testing.T) {
	s := open(t)
	for _, method := range []string{"PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "BREW"} {
		for _, path := range []string{"/en/", "/api/v1/records", "/curate/queue", "/api/v1/decisions"} {
			a := s.do(httptest.NewRequest(method, path, nil))
			if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") == "" {
				t.Errorf("%s %s: %d, Allow %q", method, path, a.StatusCode, a.Header.Get("Allow"))
			}
		}
	}
	for _, path := range []string{"/en/", "/en/records", "/api/v1/records", "/healthz"} {
		if a := s.post(path, "a", "b"); a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, a.StatusCode)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/curate/logout", nil)
	r.Header.Set("X-HTTP-Method-Override", "POST")
	if a := s.do(r); a.StatusCode == http.StatusSeeOther && len(a.Header.Values("Set-Cookie")) > 0 {
		t.Error("a header overrides the method")
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	s := open(t)
	s.get("/en/records?q="+strings.Repeat("a", 10_000)).want(t, http.StatusBadRequest)
	s.get("/api/v1/records?q="+strings.Repeat("*", 1000)).want(t, http.StatusBadRequest)
	s.signIn("curator")
	if a := s.post("/curate/records/"+servertest.ID(33), "action", "note", "value", strings.Repeat("x", 300_000)); a.StatusCode < 400 || a.StatusCode >= 500 {
		t.Errorf("a form of 300 KB: %d", a.StatusCode)
	}
	s.send("/api/v1/decisions", tokenOf("curator"), `{"subject":"`+strings.Repeat("x", 80_000)+`"}`).want(t, http.StatusRequestEntityTooLarge)
}

func TestFloodsWaitAndGoodReadersDoNot(t *testing.T) {
	s := open(t, func(_ *servertest.World, o *server.Options) { o.Rate = 5 })
	limited := 0
	for range 80 {
		if a := s.get("/api/v1/records"); a.StatusCode == http.StatusTooManyRequests {
			limited++
			if a.Header.Get("Retry-After") == "" || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("429 with Retry-After %q, %s", a.Header.Get("Retry-After"), a.Header.Get("Content-Type"))
			}
		}
	}
	if limited != 30 {
		t.Errorf("%d of 80 calls were put off, want 30", limited)
	}
	s.from = "198.51.100.7:999"
	s.get("/api/v1/records").want(t, http.StatusOK)
	s.from = "192.0.2.1:4000"
	s.clock.pass(1e9)
	s.get("/api/v1/records").want(t, http.StatusOK)
}

// Whose address a request comes from is believed only from a configured proxy.
func TestForwardedHeadersAreBelievedFromProxiesOnly(t *testing.T) {
	trusting := func(_ *servertest.World, o *server.Options) {
		o.Rate, o.Proxies = 1, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	}
	for _, c := range []struct {
		name, from string
		put        bool // each forwarded address is its own
	}{{"from a stranger", "203.0.113.9:5", false}, {"from the proxy", "10.1.2.3:5", true}} {
		s := open(t, trusting)
		s.from = c.from
		refused := 0
		for i := range 40 {
			client := "198.51.100." + string(rune('0'+i%10))
			if s.get("/api/v1/records", "X-Forwarded-For", "6.6.6.6, "+client, "X-Forwarded-Host", "evil.example", "Forwarded", "for=1.1.1.1").StatusCode == http.StatusTooManyRequests {
				refused++
			}
		}
		if (refused == 0) != c.put {
			t.Errorf("%s: %d of 40 refused", c.name, refused)
		}
	}
	s := open(t)
	for _, header := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Host"} {
		if body := s.get("/en/", header, "evil.example").body; strings.Contains(body, "evil.example") {
			t.Errorf("%s reaches the page", header)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/en/", nil)
	r.Host = "evil.example"
	if body := s.do(r).body; strings.Contains(body, "evil.example") {
		t.Error("Host reaches the page")
	}
}

func TestT19OtherSitesCannotPost(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		r := httptest.NewRequest(http.MethodPost, "/curate/records/"+servertest.ID(33), strings.NewReader("action=accept"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(headers[0], headers[1])
		if a := s.do(r); a.StatusCode != http.StatusForbidden {
			t.Errorf("%v: %d", headers, a.StatusCode)
		}
	}
	if s.world.Entries[servertest.ID(33)].State != stoa.Pending {
		t.Error("another site ruled")
	}
}

// GET changes nothing, whatever is put into the address.
func TestT19GetChangesNothing(t *testing.T) {
	s := open(t)
	s.signIn("admin")
	for _, path := range []string{
		"/curate/records/" + servertest.ID(33) + "?action=accept", "/curate/runs/" + s.world.Tasks[0].Subject + "?action=release", "/curate/undo?action=undo&value=dec0000001",
		"/curate/conflicts/418?action=settle&value=ours", "/api/v1/decisions?subject=x&action=accept", "/api/v1/runs/" + s.world.Tasks[0].Subject + "/release",
	} {
		s.get(path)
	}
	if n := len(s.world.Rulings); n != 1 {
		t.Errorf("%d rulings, want the one of before", n)
	}
}

func TestPanicsAreOneLineAndOnePage(t *testing.T) {
	s := open(t, func(_ *servertest.World, o *server.Options) {
		o.Search = exploding{}
	})
	a := s.get("/en/records?q=boom").want(t, http.StatusInternalServerError)
	if !strings.Contains(a.body, a.Header.Get("X-Request-Id")) {
		t.Error("the page does not name the number of the fault")
	}
	if got := strings.Count(s.log.String(), "\n"); got != 1 || !strings.Contains(s.log.String(), "request panicked") {
		t.Errorf("%d lines logged: %s", got, s.log)
	}
	s.get("/healthz").want(t, http.StatusOK)
	if p := s.get("/api/v1/records").want(t, http.StatusInternalServerError); p.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the API answers a panic with %s", p.Header.Get("Content-Type"))
	}
}

type exploding struct{}

func (exploding) Search(context.Context, stoa.Query) (stoa.Hits, error) {
	panic("search exploded\nforged line")
}

func (exploding) Marks(string) func(language, text string) []stoa.Span { return nil }

func TestLogsAreOneEventALine(t *testing.T) {
	s := open(t)
	s.post("/curate/login", "name", "eve\n{\"level\":\"INFO\",\"msg\":\"forged\"}", "password", "hunter2-hunter2")
	for line := range strings.SplitSeq(strings.TrimSpace(s.log.String()), "\n") {
		if !strings.HasPrefix(line, `{"time"`) || strings.Contains(line, "hunter2") {
			t.Errorf("logged %q", line)
		}
	}
	if strings.Count(s.log.String(), "\n") != 1 {
		t.Errorf("logged %q", s.log)
	}
}

func TestMetricsTellOfSourcesAndQueueAndCanBeClosed(t *testing.T) {
	s := open(t)
	s.get("/en/")
	body := s.get("/metrics").want(t, http.StatusOK).body
	for _, want := range []string{
		`stoa_source_last_good_timestamp_seconds{source="itu-cyberdrills"}`, `stoa_source_failures{code="dns",outcome="failed",source="asean-centre"} 3`,
		`stoa_queue_tasks{reason="new"} 3`, `stoa_records{state="pending"} 3`, `stoa_store_bytes 1.048576e+06`, `stoa_changes_total 42`, `stoa_http_requests_total{route="GET /en/{$}",status="200"} 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	closed := open(t, func(_ *servertest.World, o *server.Options) { o.CloseMetrics = true })
	closed.get("/metrics").want(t, http.StatusForbidden)
	closed.get("/metrics", "Authorization", "Bearer "+tokenOf("viewer")).want(t, http.StatusForbidden)
	closed.get("/metrics", "Authorization", "Bearer "+tokenOf("admin")).want(t, http.StatusOK)
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	w, err := servertest.New()
	if err != nil {
		t.Fatal(err)
	}
	good := server.Options{Catalogue: w, Search: w, Accounts: w, Password: servertest.Password, Sources: w.Sources}
	if _, err := server.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*server.Options){
		"no catalogue": func(o *server.Options) { o.Catalogue = nil }, "no search": func(o *server.Options) { o.Search = nil }, "no accounts": func(o *server.Options) { o.Accounts = nil },
		"no password check": func(o *server.Options) { o.Password = nil }, "bad address": func(o *server.Options) { o.PublicURL = "javascript:alert(1)" },
	} {
		o := good
		spoil(&o)
		if _, err := server.New(o); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConventionalAddresses(t *testing.T) {
	s := open(t)
	for path, want := range map[string]string{
		"/robots.txt": "Sitemap: " + publicURL + "/sitemap.xml", "/.well-known/security.txt": "Contact: mailto:desk@stoa.example", "/opensearch.xml": publicURL + "/en/records?q={searchTerms}",
		"/sitemap.xml": publicURL + "/ar/sitemap.xml", "/en/sitemap.xml": publicURL + "/en" + s.addressOf(0), "/problems/not-found": "not-found: 404", "/healthz": "ok", "/readyz": "ready",
	} {
		if body := s.get(path).want(t, http.StatusOK).body; !strings.Contains(body, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
	css := ""
	for _, l := range all(s.get("/en/").page(t), "link", "") {
		if attr(l, "rel") == "stylesheet" {
			css = attr(l, "href")
		}
	}
	if a := s.get(css).want(t, http.StatusOK); !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the sheet: %q %q", a.Header.Get("Cache-Control"), a.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/assets/stoa.css", "/assets/..%2fserver.go", "/assets/stoa.0000000000.css", "/assets/"} {
		if a := s.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

// breaking is a search that works some times and then no more.
type breaking struct {
	*servertest.World
	after int
}

func (b *breaking) Search(ctx context.Context, q stoa.Query) (stoa.Hits, error) {
	if b.after--; b.after < 0 {
		return stoa.Hits{}, errBroken
	}
	return b.World.Search(ctx, q)
}
