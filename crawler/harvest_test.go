package crawler_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/fetch"
	"stoa/store"
	"stoa/store/bolt"
)

// bench is a crawler over a real store, with a clock that can be moved.
type bench struct {
	*crawler.Crawler
	catalogue *store.Catalogue
	moved     atomic.Int64
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.moved.Load())) }

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	engine, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "stoa.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	if b.catalogue, err = store.Open(t.Context(), engine, store.Options{Now: b.now, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	allow, err := fetch.ParseAllow([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	captures, err := fetch.Open(t.TempDir(), 1<<26)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { captures.Close() })
	client, err := fetch.New(fetch.Options{AllowNet: allow, Now: b.now, CleanStart: true, Archive: captures})
	if err != nil {
		t.Fatal(err)
	}
	b.Crawler = &crawler.Crawler{Fetch: client, Catalogue: b.catalogue, Captures: captures, Runs: b.catalogue, Incidents: b.catalogue, NewID: b.catalogue.NewID, Now: b.now, Log: slog.New(slog.DiscardHandler)}
	return b
}

func (b *bench) harvest(t *testing.T, src stoa.Source) stoa.Run {
	t.Helper()
	run, err := b.Harvest(t.Context(), src)
	if err != nil {
		t.Fatalf("harvest %s: %v", src.ID, err)
	}
	if run.Seen != run.New+run.Changed+run.Unchanged+run.Excluded+run.Faulty {
		t.Errorf("%s: seen %d is not new %d + changed %d + unchanged %d + excluded %d + faulty %d", src.ID,
			run.Seen, run.New, run.Changed, run.Unchanged, run.Excluded, run.Faulty)
	}
	return run
}

func feedSource(address string) stoa.Source {
	return stoa.Source{ID: "partner", Organisation: "Partner", Title: "Partner", URL: address, Format: "feed", VanishMeans: stoa.VanishNothing,
		Trust: stoa.Trusted, Limits: stoa.Limits{Items: 1000, Body: 1 << 20, Pages: 5, Time: 5 * time.Second}}
}

// rss is a feed of n items; edit changes the text of all.
func rss(n int, edit string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>P</title><link>https://p.example/</link><description>d</description>`)
	for i := range n {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">g%d</guid><title>%s Training course number %d</title><link>https://p.example/%d</link><description>A course on incident handling for national teams. %s</description></item>`, i, edit, i, i, edit)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

// TestOutcomes shows each cause of section 7 of the design with its outcome and code.
func TestOutcomes(t *testing.T) {
	good := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, rss(10, ""))
	}
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	html := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, body)
		}
	}
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		outcome stoa.Outcome
		code    string
	}{
		{"a good feed", good, stoa.OK, ""},
		{"404", status(404), stoa.Failed, stoa.CodeStatus},
		{"410", status(410), stoa.Failed, stoa.CodeGone},
		{"500", status(500), stoa.Failed, stoa.CodeStatus},
		{"401", status(401), stoa.Refusal, stoa.CodeForbidden},
		{"403", status(403), stoa.Refusal, stoa.CodeForbidden},
		{"451", status(451), stoa.Refusal, stoa.CodeForbidden},
		{"429", status(429, "Retry-After", "3600"), stoa.Skipped, stoa.CodeWait},
		{"no feed at all", html("<p>hello</p>"), stoa.Failed, stoa.CodeUnparsable},
		{"a login page", html(`<title>Sign in</title><form><input type="password" name="p"></form>`), stoa.Held, stoa.CodeLoginWall},
		{"a bot check", html(`<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/x"></script>`), stoa.Held, stoa.CodeBotWall},
		{"a 202 challenge", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); fmt.Fprint(w, "<html>wait</html>") }, stoa.Held, stoa.CodeBotWall},
		{"a private address behind a redirect", status(302, "Location", "http://10.0.0.1/feed"), stoa.Refusal, stoa.CodePrivateAddress},
		{"too large", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, rss(1, strings.Repeat("x", 2<<20))) }, stoa.Failed, stoa.CodeTooLarge},
		{"nested too deep", html(`<?xml version="1.0"?><rss><channel>` + strings.Repeat("<a>", 5000)), stoa.Failed, stoa.CodeTooDeep},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			body := rss(10, "")
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			fmt.Fprint(w, body[:len(body)*3/4])
		}, stoa.Partial, stoa.CodeTruncated},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }, stoa.Failed, stoa.CodeRedirects},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					http.NotFound(w, r)
					return
				}
				c.answer(w, r)
			}))
			t.Cleanup(srv.Close)
			run := newBench(t).harvest(t, feedSource(srv.URL+"/feed"))
			if run.Outcome != c.outcome || run.Code != c.code {
				t.Errorf("%s %q (%s), want %s %q", run.Outcome, run.Code, run.Text, c.outcome, c.code)
			}
			if run.Outcome != stoa.OK && run.Text == "" {
				t.Error("no words say why")
			}
		})
	}
}

func TestRobotsForbid(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			t.Errorf("asked for %s, which robots.txt forbids", r.URL.Path)
		}
		fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
	}))
	t.Cleanup(srv.Close)
	if run := newBench(t).harvest(t, feedSource(srv.URL+"/feed")); run.Outcome != stoa.Refusal || run.Code != stoa.CodeRobots {
		t.Errorf("%s %s", run.Outcome, run.Code)
	}
}

// served is a feed whose body can be exchanged between harvests.
type served struct{ body atomic.Value }

func serve(t *testing.T) (*served, string) {
	s := &served{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, s.body.Load())
	}))
	t.Cleanup(srv.Close)
	return s, srv.URL + "/feed"
}

// TestT15MassVanishing is the table of T15: what shrinks, empties or is rewritten at once is held, and the public catalogue stays.
func TestT15MassVanishing(t *testing.T) {
	for _, c := range []struct {
		name, then string
		means      stoa.VanishMeans
		outcome    stoa.Outcome
		code       string
	}{
		{"a hundred to none, windowed", rss(0, ""), stoa.VanishNothing, stoa.Held, stoa.CodeEmpty},
		{"a hundred to none, complete", rss(0, ""), stoa.VanishRemoved, stoa.Held, stoa.CodeEmpty},
		{"a hundred to ten, windowed", rss(10, ""), stoa.VanishNothing, stoa.Held, stoa.CodeShrunk},
		{"a hundred to ten, complete", rss(10, ""), stoa.VanishRemoved, stoa.Held, stoa.CodeShrunk},
		{"all titles changed", rss(100, "CHEAP PILLS"), stoa.VanishNothing, stoa.Held, stoa.CodeRewritten},
		{"the same ids, other links", strings.ReplaceAll(rss(100, ""), "https://p.example/", "https://pills.example/"), stoa.VanishNothing, stoa.Held, stoa.CodeRewritten},
		{"a tenth fewer", rss(90, ""), stoa.VanishRemoved, stoa.OK, ""},
		{"as before", rss(100, ""), stoa.VanishRemoved, stoa.Unchanged, stoa.CodeSame},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s, address := serve(t)
			src := feedSource(address)
			src.VanishMeans = c.means
			s.body.Store(rss(100, ""))
			if run := b.harvest(t, src); run.Outcome != stoa.OK || run.New != 100 {
				t.Fatalf("first run: %s %s, %d new", run.Outcome, run.Text, run.New)
			}
			before := public(t, b)
			s.body.Store(c.then)
			run := b.harvest(t, src)
			if run.Outcome != c.outcome || run.Code != c.code {
				t.Errorf("%s %q (%s), want %s %q", run.Outcome, run.Code, run.Text, c.outcome, c.code)
			}
			if after := public(t, b); run.Outcome == stoa.Held && after != before {
				t.Errorf("the public catalogue changed:\n%s\n%s", before, after)
			}
		})
	}
}

// public lists what readers see.
func public(t *testing.T, b *bench) string {
	t.Helper()
	var out strings.Builder
	for r, err := range b.catalogue.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, r.ID, r.Title, r.State, r.Relevance)
	}
	return out.String()
}

// What comes back after a released shrinking is neither new nor a rewriting.
func TestWhatReturnsIsNotHeld(t *testing.T) {
	b := newBench(t)
	s, address := serve(t)
	src := feedSource(address)
	src.VanishMeans = stoa.VanishRemoved
	s.body.Store(rss(20, ""))
	b.harvest(t, src)
	s.body.Store(rss(8, ""))
	run := b.harvest(t, src)
	if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Subject: run.ID, Action: stoa.Release, By: "ana"}); err != nil {
		t.Fatal(err)
	}
	s.body.Store(rss(20, ""))
	if run := b.harvest(t, src); run.Outcome != stoa.OK || run.New != 0 || run.Changed != 12 {
		t.Errorf("%s %s: %s; %d new, %d changed", run.Outcome, run.Code, run.Text, run.New, run.Changed)
	}
}

func TestUnchangedWritesNothingAndNotModifiedIsAsked(t *testing.T) {
	var conditional atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `W/"x y"`)
		if r.Header.Get("If-None-Match") == `W/"x y"` {
			conditional.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, rss(5, ""))
	}))
	t.Cleanup(srv.Close)
	b := newBench(t)
	src := feedSource(srv.URL + "/feed")
	b.harvest(t, src)
	changes, _ := b.catalogue.Changes(t.Context(), 0, 1000)
	if run := b.harvest(t, src); run.Outcome != stoa.Unchanged || run.Code != stoa.CodeNotModified || conditional.Load() != 1 {
		t.Errorf("%s %s after %d conditional requests", run.Outcome, run.Code, conditional.Load())
	}
	b.moved.Store(int64(31 * 24 * time.Hour)) // now and then it is asked in full, so that a lying validator is caught
	if run := b.harvest(t, src); run.Code != stoa.CodeSame || conditional.Load() != 1 {
		t.Errorf("after a month: %s %s, %d conditional requests", run.Outcome, run.Code, conditional.Load())
	}
	if again, _ := b.catalogue.Changes(t.Context(), 0, 1000); len(again) != len(changes) {
		t.Errorf("%d changes became %d", len(changes), len(again))
	}
}

func TestARefusedItemStaysRefusedOverTenHarvests(t *testing.T) {
	b := newBench(t)
	s, address := serve(t)
	src := feedSource(address)
	s.body.Store(rss(5, ""))
	b.harvest(t, src)
	var id string
	for r := range b.catalogue.Records(t.Context(), "") {
		id = r.ID
		break
	}
	if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Subject: id, Action: stoa.Refuse, Reason: "out-of-scope", By: "ana"}); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		s.body.Store(rss(5, strings.Repeat("again ", i%2)))
		b.harvest(t, src)
		if r, err := b.catalogue.Get(t.Context(), id); err != nil || r.State != stoa.Refused {
			t.Fatalf("harvest %d: %s, %v", i, r.State, err)
		}
	}
}
