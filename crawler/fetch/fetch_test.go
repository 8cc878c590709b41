package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stoa"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func nowNoon() time.Time { return noon }

// loopback is the network of the test's own servers.
func loopback(t *testing.T, entries ...string) []Network {
	t.Helper()
	if len(entries) == 0 {
		entries = []string{"127.0.0.1/32"}
	}
	allow, err := ParseAllow(entries)
	if err != nil {
		t.Fatal(err)
	}
	return allow
}

// client returns a client that may visit 127.0.0.1, with a clean start, changed by the functions.
func client(t *testing.T, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{AllowNet: loopback(t), Contact: "https://stoa.example/about", Version: "1.0", Now: nowNoon, CleanStart: true}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// origin serves h, and 404 for robots.txt.
func origin(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// get fetches address and must succeed.
func get(t *testing.T, c *Client, r Request) *Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	res, err := c.Do(ctx, r)
	if err != nil {
		t.Fatalf("Do(%s): %v", r.URL, err)
	}
	return res
}

// fails fetches and must end as stated; the error is returned for more.
func fails(t *testing.T, c *Client, r Request, outcome stoa.Outcome, code string) *Error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	res, err := c.Do(ctx, r)
	if err == nil {
		t.Fatalf("Do(%s): %d with %d bytes, want %s %s", r.URL, res.Status, len(res.Body), outcome, code)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("Do(%s): %T is no *Error", r.URL, err)
	}
	if e.Outcome != outcome || e.Code != code {
		t.Fatalf("Do(%s): %s %s (%v), want %s %s", r.URL, e.Outcome, e.Code, err, outcome, code)
	}
	return e
}

func TestAnAnswerIsGivenAsItIs(t *testing.T) {
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"a b"`)
		w.Header().Set("Last-Modified", "Mon, 2 Mar 2026 9:00:00 GMT")
		w.Write([]byte("hello"))
	})
	res := get(t, client(t), Request{URL: s.URL + "/a?b=c#d"})
	if res.Status != 200 || string(res.Body) != "hello" || res.URL != s.URL+"/a?b=c" || res.Truncated || !res.Fetched.Equal(noon) {
		t.Errorf("got %+v", res)
	}
	want := stoa.Validators{ETag: `W/"a b"`, LastModified: "Mon, 2 Mar 2026 9:00:00 GMT", Full: noon}
	if res.Validators != want {
		t.Errorf("validators %+v, want %+v", res.Validators, want)
	}
}

func TestTheClientSaysWhoItIs(t *testing.T) {
	var seen http.Header
	s := origin(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	get(t, client(t), Request{URL: s.URL, Header: map[string]string{
		"user-agent": "Mozilla/5.0", "Referer": "https://a.example/", "X-Key": "k", "Accept": "text/csv", "Host": "b.example",
	}})
	want := http.Header{
		"User-Agent": {"stoa/1.0 (+https://stoa.example/about)"}, "Accept": {"text/csv"}, "X-Key": {"k"},
		"Accept-Encoding": {"gzip, deflate, br"},
	}
	for name, value := range want {
		if got := seen.Values(name); len(got) != 1 || got[0] != value[0] {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	for name := range seen {
		if _, ok := want[name]; !ok {
			t.Errorf("unexpected header %s: %q", name, seen.Values(name))
		}
	}
}

func TestEachStatusHasItsOutcome(t *testing.T) {
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		code := 0
		for _, c := range strings.TrimPrefix(r.URL.Path, "/") {
			code = code*10 + int(c-'0')
		}
		w.WriteHeader(code)
		w.Write([]byte("because"))
	})
	for _, c := range []struct {
		path    string
		status  int
		outcome stoa.Outcome
		code    string
	}{
		{"/401", 401, stoa.Refusal, "forbidden"}, {"/403", 403, stoa.Refusal, "forbidden"}, {"/451", 451, stoa.Refusal, "forbidden"},
		{"/404", 404, stoa.Failed, "status"}, {"/410", 410, stoa.Failed, "gone"}, {"/500", 500, stoa.Failed, "status"},
		{"/503", 503, stoa.Failed, "status"}, {"/520", 520, stoa.Failed, "status"}, {"/999", 999, stoa.Failed, "status"},
		{"/300", 300, stoa.Failed, "status"}, {"/302", 302, stoa.Failed, "status"},
	} {
		t.Run(c.path, func(t *testing.T) {
			e := fails(t, client(t), Request{URL: s.URL + c.path}, c.outcome, c.code)
			if e.Status != c.status || e.Address != s.URL+c.path || string(e.Body) != "because" {
				t.Errorf("status %d of %s with %q", e.Status, e.Address, e.Body)
			}
		})
	}
}
