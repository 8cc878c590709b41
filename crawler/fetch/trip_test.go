package fetch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"stoa"
)

// log collects what a server was asked.
type asked struct {
	mu    sync.Mutex
	lines []string
}

func (a *asked) add(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, fmt.Sprintf(format, args...))
}

func (a *asked) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.lines)
}

func TestRedirectsAreFollowedAndRecorded(t *testing.T) {
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "b?x=1#y", http.StatusMovedPermanently)
		case "/b":
			http.Redirect(w, r, "//"+r.Host+"/c", http.StatusTemporaryRedirect)
		default:
			fmt.Fprintf(w, "%s %s", r.Method, r.URL)
		}
	})
	res := get(t, client(t), Request{URL: s.URL + "/a"})
	want := []stoa.Hop{{Status: 301, Location: s.URL + "/b?x=1"}, {Status: 307, Location: s.URL + "/c"}}
	if res.URL != s.URL+"/c" || !slices.Equal(res.Hops, want) || string(res.Body) != "GET /c" {
		t.Errorf("at %s after %v: %s", res.URL, res.Hops, res.Body)
	}
}

func TestRedirectsThatAreNotFollowed(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, "http://"+r.Host+"/", http.StatusFound)
	}))
	defer secure.Close()
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case r.URL.Path == "/endless":
			http.Redirect(w, r, "/endless?"+r.URL.RawQuery+"x", http.StatusFound)
		case r.URL.Path == "/nowhere":
			w.Header().Set("Location", "http://")
			w.WriteHeader(http.StatusFound)
		case r.URL.Path == "/other":
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusPermanentRedirect)
		}
	})
	c := client(t, trusting(secure))
	for _, k := range []struct {
		name   string
		r      Request
		code   string
		status int
		hops   int
	}{
		{"a circle", Request{URL: s.URL + "/circle"}, stoa.CodeRedirects, 0, 1},
		{"more than five", Request{URL: s.URL + "/endless"}, stoa.CodeRedirects, 302, 6},
		{"from https to http", Request{URL: secure.URL}, stoa.CodeRedirects, 302, 1},
		{"to no address", Request{URL: s.URL + "/nowhere"}, CodeAddress, 302, 1},
		{"a POST to another host", Request{URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/other", Method: "POST", Body: []byte("x")}, stoa.CodeRedirects, 308, 1},
	} {
		t.Run(k.name, func(t *testing.T) {
			e := fails(t, c, k.r, stoa.Failed, k.code)
			if len(e.Hops) != k.hops || e.Status != k.status {
				t.Errorf("status %d after %d hops, want %d after %d: %v", e.Status, len(e.Hops), k.status, k.hops, e)
			}
		})
	}
}

// trusting lets a client trust a TLS test server.
func trusting(s *httptest.Server) func(*Options) {
	return func(o *Options) { o.Roots = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs }
}

func TestMethodsAfterARedirect(t *testing.T) {
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		if code := r.URL.Query().Get("code"); code != "" {
			var n int
			fmt.Sscan(code, &n)
			w.Header().Set("Location", "/")
			w.WriteHeader(n)
			return
		}
		w.Header().Set("X-Method", r.Method)
		b := make([]byte, 10)
		n, _ := r.Body.Read(b)
		w.Header().Set("X-Body", string(b[:n]))
	})
	c := client(t)
	for _, k := range []struct {
		method string
		code   int
		want   string
		body   string
	}{
		{"POST", 301, "GET", ""}, {"POST", 302, "GET", ""}, {"POST", 303, "GET", ""}, {"POST", 307, "POST", "x=1"}, {"POST", 308, "POST", "x=1"},
		{"GET", 303, "GET", ""}, {"HEAD", 302, "HEAD", ""}, {"HEAD", 303, "HEAD", ""},
	} {
		res := get(t, c, Request{URL: fmt.Sprintf("%s/?code=%d", s.URL, k.code), Method: k.method, Body: []byte("x=1")})
		if got, body := res.Header.Get("X-Method"), res.Header.Get("X-Body"); got != k.want || body != k.body {
			t.Errorf("%s after %d: %s with %q, want %s with %q", k.method, k.code, got, body, k.want, k.body)
		}
	}
	e := fails(t, c, Request{URL: s.URL, Method: "DELETE"}, stoa.Failed, stoa.CodeInternal)
	if e.Address != s.URL && e.Address != "" {
		t.Errorf("address %q", e.Address)
	}
}

func TestCredentialsStayWithTheirHost(t *testing.T) {
	var seen asked
	note := func(host string, r *http.Request) {
		seen.add("%s%s key=%s auth=%s accept=%s cookie=%s referer=%s", host, r.URL.Path, r.Header.Get("X-Key"), r.Header.Get("Authorization"), r.Header.Get("Accept"), r.Header.Get("Cookie"), r.Header.Get("Referer"))
	}
	var home *httptest.Server
	other := origin(t, func(w http.ResponseWriter, r *http.Request) {
		note("other", r)
		http.Redirect(w, r, home.URL+"/back", http.StatusFound)
	})
	home = origin(t, func(w http.ResponseWriter, r *http.Request) {
		note("home", r)
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
		switch r.URL.Path {
		case "/":
			http.Redirect(w, r, "/same", http.StatusFound)
		case "/same":
			http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "user:pass@127.0.0.1", 1)+"/x", http.StatusFound)
		}
	})
	get(t, client(t), Request{URL: home.URL, Header: map[string]string{"X-Key": "k", "Authorization": "Bearer b", "Accept": "a/b"}})
	want := []string{
		"home/ key=k auth=Bearer b accept=a/b cookie= referer=", "home/same key=k auth=Bearer b accept=a/b cookie= referer=",
		"other/x key= auth= accept=a/b cookie= referer=", "home/back key= auth= accept=a/b cookie= referer=",
	}
	if got := seen.all(); !slices.Equal(got, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCredentialsInAnAddressAreRefused(t *testing.T) {
	e := fails(t, client(t), Request{URL: "http://user:secret@127.0.0.1/"}, stoa.Failed, CodeAddress)
	if strings.Contains(e.Error(), "secret") {
		t.Errorf("the password is in %q", e)
	}
}

func TestValidatorsAreSentBackAsTheyCame(t *testing.T) {
	var seen http.Header
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusMovedPermanently)
		case "/newer":
			w.Header().Set("ETag", `"new"`)
			w.WriteHeader(http.StatusNotModified)
		default:
			w.WriteHeader(http.StatusNotModified)
		}
	})
	known := stoa.Validators{ETag: `W/odd"tag`, LastModified: "yesterday, about noon", Full: noon.AddDate(0, 0, -1)}
	c := client(t)
	for _, path := range []string{"/", "/moved"} {
		res := get(t, c, Request{URL: s.URL + path, Validators: known})
		if seen.Get("If-None-Match") != known.ETag || seen.Get("If-Modified-Since") != known.LastModified {
			t.Errorf("%s: sent %q and %q", path, seen.Get("If-None-Match"), seen.Get("If-Modified-Since"))
		}
		if res.Status != 304 || res.Validators != known {
			t.Errorf("%s: %d with %+v, want 304 with the old validators", path, res.Status, res.Validators)
		}
	}
	if res := get(t, c, Request{URL: s.URL + "/newer", Validators: known}); res.Validators.ETag != `"new"` || res.Validators.Full != known.Full {
		t.Errorf("after a 304 with a new tag: %+v", res.Validators)
	}
	if e := fails(t, c, Request{URL: s.URL}, stoa.Failed, stoa.CodeStatus); e.Status != 304 {
		t.Errorf("a 304 that nobody asked for: status %d", e.Status)
	}
	bad := stoa.Validators{ETag: "a\r\nX-Evil: 1"}
	fails(t, c, Request{URL: s.URL, Validators: bad}, stoa.Failed, stoa.CodeStatus)
	if seen.Get("X-Evil") != "" || seen.Get("If-None-Match") != "" {
		t.Errorf("a validator with a line break was sent: %v", seen)
	}
}

func TestRobotsAreAskedForEachHop(t *testing.T) {
	var seen asked
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.add("other%s", r.URL.Path)
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, "User-agent: *\nDisallow: /private")
		}
	}))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.add("home%s", r.URL.Path)
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /closed\nUser-agent: stoa\nDisallow: /ours")
		case "/out":
			http.Redirect(w, r, other.URL+"/private/x", http.StatusFound)
		case "/in":
			http.Redirect(w, r, "/ours", http.StatusFound)
		}
	}))
	defer home.Close()
	c := client(t)
	get(t, c, Request{URL: home.URL + "/closed"})
	for _, path := range []string{"/ours", "/out", "/in"} {
		e := fails(t, c, Request{URL: home.URL + path}, stoa.Refusal, stoa.CodeRobots)
		if path == "/out" && e.Address != other.URL+"/private/x" {
			t.Errorf("the error names %s", e.Address)
		}
	}
	get(t, c, Request{URL: home.URL + "/ours", IgnoreRobots: true})
	want := []string{"home/robots.txt", "home/closed", "home/out", "other/robots.txt", "home/in", "home/ours"}
	if got := seen.all(); !slices.Equal(got, want) {
		t.Errorf("asked %v, want %v", got, want)
	}
}

func TestAHostThatOptedOutIsNotVisited(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("visited") }))
	defer s.Close()
	c := client(t, func(o *Options) { o.OptOut = func(host string) bool { return host == "127.0.0.1" } })
	fails(t, c, Request{URL: s.URL}, stoa.Refusal, stoa.CodeOptOut)
}

func TestThePathIsSentAsBrowsersSendIt(t *testing.T) {
	var seen asked
	s := origin(t, func(_ http.ResponseWriter, r *http.Request) { seen.add("%s", r.RequestURI) })
	c := client(t)
	var want []string
	for _, k := range []struct{ in, sent string }{
		{"/a%2Fb/%e3%83%84", "/a%2Fb/%e3%83%84"}, {"//double//slash", "//double//slash"}, {"/a;b=c,d", "/a;b=c,d"},
		{"/ü?q=ü&x=[1]&y=100%&z='", "/%C3%BC?q=%C3%BC&x=[1]&y=100%&z=%27"}, {"/a/../b/./c", "/b/c"}, {"?", "/?"},
		{"/a b+c", "/a%20b+c"}, {"/stray%zz%", "/stray%25zz%25"}, {"/~a/(b)!*'$&@:", "/~a/(b)!*'$&@:"}, {"/?a=b&a=c&&", "/?a=b&a=c&&"},
	} {
		get(t, c, Request{URL: s.URL + k.in})
		want = append(want, k.sent)
	}
	if got := seen.all(); !slices.Equal(got, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestABodyHasAType(t *testing.T) {
	var seen asked
	s := origin(t, func(_ http.ResponseWriter, r *http.Request) { seen.add("%s", r.Header.Get("Content-Type")) })
	c := client(t)
	get(t, c, Request{URL: s.URL, Method: "POST", Body: []byte(`{"page":1}`)})
	get(t, c, Request{URL: s.URL, Method: "POST", Body: []byte("page=1")})
	get(t, c, Request{URL: s.URL, Method: "POST", Body: []byte("{}"), Header: map[string]string{"content-type": "text/plain"}})
	get(t, c, Request{URL: s.URL, Body: []byte("{}")})
	if got, want := seen.all(), []string{"application/json", "application/x-www-form-urlencoded", "text/plain", ""}; !slices.Equal(got, want) {
		t.Errorf("types %q, want %q", got, want)
	}
}
