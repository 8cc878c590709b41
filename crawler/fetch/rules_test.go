package fetch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
)

// ruled is an origin with a robots.txt of its own; count is how often it was asked for.
func ruled(t *testing.T, robots http.HandlerFunc) (s *httptest.Server, count func() int) {
	t.Helper()
	var n atomic.Int32
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "robots.txt") {
			n.Add(1)
			robots(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s, func() int { return int(n.Load()) }
}

// robotsAnswer is an answer to robots.txt and the code with which /a ends; "" is allowed.
type robotsAnswer struct {
	name   string
	robots http.HandlerFunc
	code   string
}

func judged(t *testing.T, answers []robotsAnswer) {
	t.Helper()
	for _, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			s, _ := ruled(t, c.robots)
			cl := client(t)
			switch c.code {
			case "":
				get(t, cl, Request{URL: s.URL + "/a"})
			case stoa.CodeWait:
				fails(t, cl, Request{URL: s.URL + "/a"}, stoa.Skipped, c.code)
			default:
				fails(t, cl, Request{URL: s.URL + "/a"}, stoa.Refusal, c.code)
			}
		})
	}
}

func TestWhatTheAnswerToRobotsMeans(t *testing.T) {
	judged(t, []robotsAnswer{
		{"404 allows", http.NotFound, ""},
		{"401 allows", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, ""},
		{"410 allows", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, ""},
		{"empty allows", nil2, ""},
		{"500 forbids", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, stoa.CodeRobots},
		{"503 forbids", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, stoa.CodeRobots},
		{"999 forbids", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(999) }, stoa.CodeRobots},
		{"429 asks to wait", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, stoa.CodeWait},
		{"cut off forbids", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "User-agent: *\n")
		}, stoa.CodeRobots},
		{"a bomb forbids", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(pack(t, "gzip", make([]byte, 8<<20)))
		}, stoa.CodeRobots},
		{"packed rules are read", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(pack(t, "gzip", []byte("User-agent: *\nDisallow: /a")))
		}, stoa.CodeRobots},
		{"megabytes count up to the limit", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "User-agent: *\nDisallow: /a\n")
			for range 100 {
				fmt.Fprint(w, strings.Repeat("# no rule\n", 3000))
			}
		}, stoa.CodeRobots},
		{"megabytes announced count too", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3000028")
			fmt.Fprint(w, "User-agent: *\nDisallow: /a\n", strings.Repeat("# no rule\n", 300000))
		}, stoa.CodeRobots},
	})
}

func TestRedirectsOfRobots(t *testing.T) {
	elsewhere, _ := ruled(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\nDisallow: /a") })
	hop := func(n int) string { return "/" + strings.Repeat("x", n) + "/robots.txt" }
	judged(t, []robotsAnswer{
		{"a redirect to another host is followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/robots.txt", http.StatusFound)
		}, stoa.CodeRobots},
		{"five redirects are followed", func(w http.ResponseWriter, r *http.Request) {
			if n := len(r.URL.Path) - len(hop(0)); n < 5 {
				http.Redirect(w, r, hop(max(n, 0)+1), http.StatusMovedPermanently)
				return
			}
			http.NotFound(w, r)
		}, ""},
		{"six are not", func(w http.ResponseWriter, r *http.Request) {
			if n := len(r.URL.Path) - len(hop(0)); n < 6 {
				http.Redirect(w, r, hop(max(n, 0)+1), http.StatusMovedPermanently)
				return
			}
			http.NotFound(w, r)
		}, stoa.CodeRobots},
		{"a circle forbids", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/robots.txt", http.StatusMovedPermanently)
		}, stoa.CodeRobots},
		{"a redirect to nobody forbids", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusMovedPermanently)
		}, stoa.CodeRobots},
		{"a redirect into the house forbids", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusMovedPermanently)
		}, stoa.CodeRobots},
		{"a redirect to no address forbids", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://")
			w.WriteHeader(301)
		}, stoa.CodeRobots},
	})
}

func TestRobotsAreAskedOnceAnHour(t *testing.T) {
	var closed atomic.Bool
	s, count := ruled(t, func(w http.ResponseWriter, _ *http.Request) {
		if closed.Load() {
			fmt.Fprint(w, "User-agent: *\nDisallow: /")
		}
	})
	var shift atomic.Int64
	c := client(t, func(o *Options) { o.Now = func() time.Time { return noon.Add(time.Duration(shift.Load())) } })
	var g sync.WaitGroup
	for range 5 {
		g.Go(func() { get(t, c, Request{URL: s.URL}) })
	}
	g.Wait()
	if count() != 1 {
		t.Errorf("asked %d times by five requests at once", count())
	}
	closed.Store(true)
	shift.Store(int64(time.Hour - time.Second))
	get(t, c, Request{URL: s.URL})
	shift.Store(int64(time.Hour))
	fails(t, c, Request{URL: s.URL}, stoa.Refusal, stoa.CodeRobots)
	if count() != 2 {
		t.Errorf("asked %d times, want again after an hour", count())
	}
	closed.Store(false)
	shift.Store(int64(-time.Hour)) // a clock that was put back tells no age
	get(t, c, Request{URL: s.URL})
}

// TestAHostOptsOutByName tells the host's word to stoa from a word to all the world.
func TestAHostOptsOutByName(t *testing.T) {
	for _, c := range []struct{ name, robots, code string }{
		{"named and let in nowhere", "User-agent: stoa\nDisallow: /\n", stoa.CodeOptOut},
		{"named with a version, among others", "User-agent: other\nUser-agent: Stoa/1.0\nDisallow: /\n", stoa.CodeOptOut},
		{"everybody is kept out", "User-agent: *\nDisallow: /\n", stoa.CodeRobots},
		{"named and kept out of a part", "User-agent: stoa\nDisallow: /a\n", stoa.CodeRobots},
		{"named and let into a part", "User-agent: stoa\nDisallow: /\nAllow: /feed\n", stoa.CodeRobots},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := ruled(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.robots) })
			fails(t, client(t), Request{URL: s.URL + "/a"}, stoa.Refusal, c.code)
		})
	}
}

func TestRobotsThatForbadeByFailingAreAskedAgain(t *testing.T) {
	var up atomic.Bool
	s, _ := ruled(t, func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(500)
		}
	})
	c := client(t)
	if e := fails(t, c, Request{URL: s.URL}, stoa.Refusal, stoa.CodeRobots); e.Status != 500 {
		t.Errorf("status %d", e.Status)
	}
	up.Store(true)
	get(t, c, Request{URL: s.URL})
}

func TestAnUnreachableHostIsNotCalledForbidden(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(nil2))
	s.Close()
	fails(t, client(t), Request{URL: s.URL}, stoa.Failed, stoa.CodeConnect)
}

func TestWhatIsKeptOfRobotsIsBounded(t *testing.T) {
	r := newRules(time.Now)
	big := ParseRobots([]byte("User-agent: *\n" + strings.Repeat("Disallow: /"+strings.Repeat("a", 200)+"\n", 1200))).only("stoa")
	for i := range robotsKept + 500 {
		name := fmt.Sprintf("https://h%d.example:443", i)
		r.keep(name, r.get(name), big)
	}
	sum := 0
	for _, k := range r.all {
		sum += k.size
	}
	if len(r.all) > robotsKept || r.bytes > robotsBytes || sum != r.bytes {
		t.Errorf("%d kept with %d bytes (%d by count)", len(r.all), r.bytes, sum)
	}
}
