package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stoa"
)

// partner is a target that no test dials.
func partner(t *testing.T, address string) target {
	t.Helper()
	got, err := parseTarget(address, "")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// visits takes and gives n turns, each holding the host for a while, and returns when they began, counted from now.
func visits(t *testing.T, h *hosts, at target, local bool, delay, hold time.Duration, n int) []time.Duration {
	t.Helper()
	began := time.Now()
	var out []time.Duration
	for range n {
		turn, err := h.take(t.Context(), at, local, delay)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, time.Since(began))
		time.Sleep(hold)
		turn.give(&answer{status: 200})
	}
	return out
}

func TestDelaysBetweenRequests(t *testing.T) {
	for _, c := range []struct {
		name         string
		local        bool
		delay, crawl time.Duration
		clean        bool
		want         string
	}{
		{"the source's delay", false, 5 * time.Second, 0, true, "[0s 5.1s 10.2s]"},
		{"at least a second outside", false, 0, 0, true, "[0s 1.1s 2.2s]"},
		{"as given inside", true, 0, 0, true, "[0s 100ms 200ms]"},
		{"as given inside, longer", true, 200 * time.Millisecond, 0, true, "[0s 300ms 600ms]"},
		{"robots.txt asks for more", false, 5 * time.Second, 20 * time.Second, true, "[0s 20.1s 40.2s]"},
		{"robots.txt asks for less", false, 5 * time.Second, 2 * time.Second, true, "[0s 5.1s 10.2s]"},
		{"robots.txt asks for too much", false, 5 * time.Second, time.Hour, true, "[0s 1m0.1s 2m0.2s]"},
		{"after an unclean start", false, 5 * time.Second, 0, false, "[5s 10.1s 15.2s]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHosts(time.Now, c.clean, nil)
				at := partner(t, "https://partner.example/")
				h.robotsSeen(at, "", c.crawl)
				if got := fmt.Sprint(visits(t, h, at, c.local, c.delay, 100*time.Millisecond, 3)); got != c.want {
					t.Errorf("visits at %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestTheNextProcessKeepsTheWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, busy := partner(t, "https://partner.example/"), partner(t, "https://busy.example/")
		c := client(t, func(o *Options) { o.Now = time.Now })
		visits(t, c.hosts, at, false, 0, 0, 1)
		turn, err := c.hosts.take(t.Context(), busy, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		turn.wait(time.Now().Add(time.Hour))
		turn.give(&answer{status: 429})
		time.Sleep(2 * time.Second)

		next := client(t, func(o *Options) { o.Now, o.Hosts = time.Now, c.Hosts() })
		if got := fmt.Sprint(visits(t, next.hosts, at, false, 5*time.Second, 0, 2)); got != "[3s 8s]" {
			t.Errorf("visits at %s, want the first 3 s after the start", got)
		}
		if left := time.Until(next.Waiting("https://busy.example/feed")); left < 59*time.Minute || left > time.Hour {
			t.Errorf("waits %v more", left)
		}
		unclean := client(t, func(o *Options) { o.Now, o.Hosts, o.CleanStart = time.Now, c.Hosts(), false })
		if got := fmt.Sprint(visits(t, unclean.hosts, at, false, 5*time.Second, 0, 1)); got != "[5s]" {
			t.Errorf("after an unclean start: visit at %s, want 5s", got)
		}
	})
}

func TestOneConnectionPerHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(time.Now, true, nil)
		var now, most, done atomic.Int32
		var g sync.WaitGroup
		for i := range 20 {
			at := partner(t, []string{"https://partner.example/", "http://PARTNER.example./x"}[i%2])
			g.Go(func() {
				turn, err := h.take(t.Context(), at, true, 0)
				if err != nil {
					t.Error(err)
					return
				}
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Second)
				now.Add(-1)
				done.Add(1)
				turn.give(nil)
			})
		}
		g.Wait()
		if most.Load() != 1 || done.Load() != 20 {
			t.Errorf("%d at once, %d in all", most.Load(), done.Load())
		}
	})
}

func TestHostsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(time.Now, true, nil)
		hanging, err := h.take(t.Context(), partner(t, "https://slow.example/"), false, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer hanging.leave()
		if got := visits(t, h, partner(t, "https://partner.example/"), false, 0, 0, 1); got[0] != 0 {
			t.Errorf("waited %v for another host", got[0])
		}
	})
}

func TestAWaitInLineCanBeCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(time.Now, true, nil)
		at := partner(t, "https://partner.example/")
		holder, err := h.take(t.Context(), at, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		stopping := errors.New("stopping")
		short := func(want error) {
			t.Helper()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(want) })
			began := time.Now()
			_, err := h.take(ctx, at, false, time.Minute)
			if !errors.Is(err, want) || time.Since(began) != time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}
		short(stopping) // in line
		holder.give(&answer{status: 200})
		short(stopping) // between two requests
		if got := visits(t, h, at, false, 0, 0, 1); got[0] != 0 {
			t.Errorf("the host is not free again: waited %v", got[0])
		}
	})
}

func TestRetryAfterIsRead(t *testing.T) {
	for _, c := range []struct {
		stated string
		want   time.Duration
	}{
		{"120", 2 * time.Minute}, {" 120 ", 2 * time.Minute}, {"0", MinDelay}, {"-5", MinDelay}, {"315360000", MaxWait},
		{"99999999999999999999999", MaxWait}, {"-99999999999999999999999", MinDelay}, {"soon", DefaultWait}, {"", DefaultWait}, {"1e3", DefaultWait},
		{"89.2", 90 * time.Second}, {"90 seconds", 90 * time.Second}, {"90s", 90 * time.Second}, {"1.2.3", DefaultWait}, {"NaN", DefaultWait}, {"Inf", DefaultWait},
		{"60, 120", 2 * time.Minute}, {"soon, 120", 2 * time.Minute}, {".", DefaultWait}, {"s", DefaultWait}, {"١٢٠", DefaultWait},
		{"Mon, 02 Mar 2026 14:00:00 +0100", time.Hour}, {"Mon, 02 Mar 2026 13:00:00 UTC", time.Hour}, {"2026-03-02T13:00:00Z", time.Hour},
		{"Mon Mar  2 13:00:00 2026", time.Hour}, {"Mon, 02 Mar 2026 13:00:00 PST", DefaultWait},
		{noon.Add(time.Hour).Format(http.TimeFormat), time.Hour}, {noon.Add(-time.Hour).Format(http.TimeFormat), MinDelay},
		{noon.AddDate(10, 0, 0).Format(http.TimeFormat), MaxWait}, {"Monday, 02-Mar-26 13:00:00 GMT", time.Hour},
	} {
		if got := retryAfter(c.stated, noon); got != c.want {
			t.Errorf("Retry-After: %s: %v, want %v", c.stated, got, c.want)
		}
	}
}

func TestAHostThatTellsUsToWaitIsLeftAlone(t *testing.T) {
	var n atomic.Int32
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if r.URL.Path == "/busy" {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	var shift atomic.Int64
	c := client(t, func(o *Options) { o.Now = func() time.Time { return noon.Add(time.Duration(shift.Load())) } })
	e := fails(t, c, Request{URL: s.URL + "/busy", Source: "a"}, stoa.Skipped, stoa.CodeWait)
	if !e.RetryAt.Equal(noon.Add(time.Hour)) || e.Status != 429 {
		t.Errorf("status %d, retry at %v", e.Status, e.RetryAt)
	}
	e = fails(t, c, Request{URL: s.URL + "/", Source: "b"}, stoa.Skipped, stoa.CodeWait)
	if !e.RetryAt.Equal(noon.Add(time.Hour)) || e.Status != 0 || n.Load() != 1 {
		t.Errorf("another source: status %d, retry at %v, %d requests", e.Status, e.RetryAt, n.Load())
	}
	shift.Store(int64(-24 * time.Hour)) // the wall clock is put back: nobody waits longer for that
	e = fails(t, c, Request{URL: s.URL + "/"}, stoa.Skipped, stoa.CodeWait)
	if left := e.RetryAt.Sub(noon.Add(-24 * time.Hour)); left > time.Hour {
		t.Errorf("after the clock was put back: %v more", left)
	}
	shift.Store(int64(time.Hour))
	get(t, c, Request{URL: s.URL + "/"})
}

// Any error and any redirect may ask for a while; it keeps its own meaning.
func TestEveryStatusMayAskUsToWait(t *testing.T) {
	for _, c := range []struct {
		status  int
		outcome stoa.Outcome
		code    string
	}{
		{403, stoa.Refusal, stoa.CodeForbidden}, {404, stoa.Failed, stoa.CodeStatus}, {413, stoa.Failed, stoa.CodeStatus},
		{500, stoa.Failed, stoa.CodeStatus}, {502, stoa.Failed, stoa.CodeStatus}, {302, stoa.Skipped, stoa.CodeWait},
	} {
		var n atomic.Int32
		s := origin(t, func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			w.Header().Set("Retry-After", "600")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
		})
		fetcher := client(t)
		fails(t, fetcher, Request{URL: s.URL}, c.outcome, c.code)
		e := fails(t, fetcher, Request{URL: s.URL + "/again"}, stoa.Skipped, stoa.CodeWait)
		if !e.RetryAt.Equal(noon.Add(10*time.Minute)) || n.Load() != 1 {
			t.Errorf("%d: retry at %v, %d requests", c.status, e.RetryAt, n.Load())
		}
	}
}

func TestOverloadWithAndWithoutATime(t *testing.T) {
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		if stated := r.URL.Query().Get("wait"); stated != "" {
			w.Header().Set("Retry-After", stated)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	fails(t, client(t), Request{URL: s.URL}, stoa.Failed, stoa.CodeStatus)
	e := fails(t, client(t), Request{URL: s.URL + "?wait=60"}, stoa.Skipped, stoa.CodeWait)
	if e.Status != 503 || !e.RetryAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("status %d, retry at %v", e.Status, e.RetryAt)
	}
}

func TestTheOriginSeesTheDelayAndOneConnection(t *testing.T) {
	var mu sync.Mutex
	var times []time.Time
	var now, most int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		times = append(times, time.Now())
		now++
		most = max(most, now)
		mu.Unlock()
		defer func() { mu.Lock(); now--; mu.Unlock() }()
		if strings.HasSuffix(r.URL.Path, "robots.txt") {
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	c := client(t)
	var g sync.WaitGroup
	for i := range 4 {
		g.Go(func() { get(t, c, Request{URL: fmt.Sprint(s.URL, "/", i), Delay: 60 * time.Millisecond}) })
	}
	g.Wait()
	if len(times) != 5 || most != 1 {
		t.Errorf("%d requests, %d at once", len(times), most)
	}
	for i := 1; i < len(times); i++ {
		if d := times[i].Sub(times[i-1]); d < 60*time.Millisecond {
			t.Errorf("request %d came after %v", i, d)
		}
	}
}

func TestTheLedgerSaysWhatWasDone(t *testing.T) {
	const rules = "User-agent: *\nCrawl-delay: 0.01\nDisallow: /closed"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/robots.txt":
			fmt.Fprint(w, rules)
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		case r.URL.Path == "/forbidden":
			w.WriteHeader(http.StatusForbidden)
		default:
			fmt.Fprint(w, "hello")
		}
	}))
	defer s.Close()
	c := client(t)
	get(t, c, Request{URL: s.URL})
	get(t, c, Request{URL: s.URL, Validators: stoa.Validators{ETag: "x"}})
	fails(t, c, Request{URL: s.URL + "/closed"}, stoa.Refusal, stoa.CodeRobots)
	fails(t, c, Request{URL: s.URL + "/forbidden"}, stoa.Refusal, stoa.CodeForbidden)
	all := c.Hosts()
	if len(all) != 1 {
		t.Fatalf("%d hosts", len(all))
	}
	want := Host{
		Host: "127.0.0.1:" + port(s), Requests: 4, Conditional: 1, NotModified: 1, Bytes: int64(len(rules) + len("hello")), Refusals: 2, Last: noon,
		Delay: 10 * time.Millisecond, CrawlDelay: 10 * time.Millisecond, Robots: "1 rule", RobotsAt: noon,
	}
	if got := all[0]; got != want {
		t.Errorf("ledger\n%+v\nwant\n%+v", got, want)
	}
}

func TestTheLedgerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(time.Now, true, nil)
		told := partner(t, "https://told.example/")
		turn, err := h.take(t.Context(), told, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		turn.wait(time.Now().Add(MaxWait))
		turn.give(&answer{status: 429})
		for i := range maxHosts + maxHosts/20 {
			visits(t, h, partner(t, fmt.Sprintf("https://h%d.example/", i)), false, 0, 100*time.Millisecond, 1)
		}
		if len(h.all) > maxHosts {
			t.Errorf("%d hosts are remembered", len(h.all))
		}
		if h.waiting(told) == nil {
			t.Error("a host that told us to wait is forgotten")
		}
	})
}
