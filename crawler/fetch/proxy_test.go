package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"stoa"
)

// public is an address that nothing in these tests dials: the proxy leads elsewhere.
const public = "93.184.215.14"

// proxyTo is an outgoing proxy that leads every CONNECT to one address, answers plain requests itself, and notes what it was asked.
func proxyTo(t *testing.T, secure string, seen *asked) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.add("%s %s", r.Method, r.RequestURI)
		if r.Method != http.MethodConnect {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprint(w, "by proxy")
			return
		}
		if secure == "" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		there, err := net.Dial("tcp", secure)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(there, here); there.Close() }()
		go func() { io.Copy(here, there); here.Close() }()
	}))
	t.Cleanup(s.Close)
	return s
}

// partnerOrigin is a TLS origin that is partner.example, and the authorities to trust for it.
func partnerOrigin(t *testing.T, h http.HandlerFunc) (address string, roots *x509.CertPool) {
	t.Helper()
	_, root := authority{}.issue(t, ca)
	cert, _ := root.issue(t, func(*x509.Certificate) {})
	roots = x509.NewCertPool()
	roots.AddCert(root.cert)
	s := secureOrigin(t, &tls.Config{Certificates: []tls.Certificate{cert}}, h)
	return strings.TrimPrefix(s.URL, "https://"), roots
}

func TestProxyVariablesAreIgnored(t *testing.T) {
	trap, count := everywhere(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+trap)
	}
	t.Setenv("NO_PROXY", "")
	s := origin(t, nil2)
	c := client(t, resolver(t, at("127.0.0.1")))
	get(t, c, Request{URL: "http://partner.example:" + port(s)})
	if n := count(); n != 0 {
		t.Errorf("%d connections at the proxy of the environment", n)
	}
}

func TestTheProxyIsAskedOnlyForWhatTheGuardPermits(t *testing.T) {
	var seen asked
	secure, roots := partnerOrigin(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "by tunnel") })
	proxy := proxyTo(t, secure, &seen)
	c := client(t, resolver(t, func(name string, v6 bool) ([]string, rcode) {
		if name == "house.example" {
			return at("10.0.0.1", "127.0.0.1")(name, v6)
		}
		return at(public)(name, v6)
	}), func(o *Options) {
		o.AllowNet, o.Proxy, o.Roots = loopback(t, public), proxy.URL, roots
	})
	if res := get(t, c, Request{URL: "http://partner.example/a"}); string(res.Body) != "by proxy" {
		t.Errorf("http: %q", res.Body)
	}
	if res := get(t, c, Request{URL: "https://partner.example/b"}); string(res.Body) != "by tunnel" {
		t.Errorf("https: %q", res.Body)
	}
	for _, address := range []string{"http://house.example/", "https://house.example/", "http://127.0.0.1/", "https://169.254.169.254/", "http://①②⑦.⓪.⓪.①/"} {
		fails(t, c, Request{URL: address}, stoa.Refusal, stoa.CodePrivateAddress)
	}
	want := []string{"GET http://partner.example/robots.txt", "GET http://partner.example/a", "CONNECT partner.example:443"}
	if got := seen.all(); !slices.Equal(got, want) {
		t.Errorf("the proxy was asked %q, want %q", got, want)
	}
}

func TestProxyFaultsHaveTheirName(t *testing.T) {
	answering := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	gone := httptest.NewServer(http.HandlerFunc(nil2))
	gone.Close()
	for _, c := range []struct {
		name, proxy, address string
		code                 string
		status               int
		say                  string
	}{
		{"down", gone.URL, "http://partner.example/", CodeProxy, 0, "connect to the outgoing proxy"},
		{"down, https", gone.URL, "https://partner.example/", CodeProxy, 0, "connect to the outgoing proxy"},
		{"wants a password", answering(407), "http://partner.example/", CodeProxy, 407, "wants a password"},
		{"wants a password, https", answering(407), "https://partner.example/", CodeProxy, 407, "wants a password"},
		{"refuses the tunnel", answering(403), "https://partner.example/", CodeProxy, 403, "answered 403 to CONNECT"},
		{"hangs up", "http://" + talker(t, func(net.Conn) {}), "https://partner.example/", CodeProxy, 0, "ask the outgoing proxy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := client(t, resolver(t, at(public)), func(o *Options) { o.AllowNet, o.Proxy = loopback(t, public), c.proxy })
			e := fails(t, cl, Request{URL: c.address}, stoa.Failed, c.code)
			if e.Status != c.status || !strings.Contains(e.Error(), c.say) {
				t.Errorf("status %d: %v", e.Status, e)
			}
		})
	}
	t.Run("cut in the middle", func(t *testing.T) {
		proxy := raw(t, func(w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") })
		cl := client(t, resolver(t, at(public)), func(o *Options) { o.AllowNet, o.Proxy = loopback(t, public), proxy })
		if res := get(t, cl, Request{URL: "http://partner.example/"}); !res.Truncated || string(res.Body) != "half" {
			t.Errorf("truncated %v: %q", res.Truncated, res.Body)
		}
	})
}

func TestAProxyMustBeAnAddress(t *testing.T) {
	for _, bad := range []string{"proxy", "socks5://127.0.0.1:1", "http://", "http://user:secret@[::1"} {
		_, err := New(Options{Now: nowNoon, Proxy: bad})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("proxy %q: %v", bad, err)
		}
	}
	if _, err := New(Options{Now: nowNoon, Contact: "a\r\nb"}); err == nil {
		t.Error("a contact with a line break is taken")
	}
	if _, err := New(Options{}); err == nil {
		t.Error("no clock is taken")
	}
}

func TestTheSecureSideIsTriedFirst(t *testing.T) {
	var seen asked
	secure, roots := partnerOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/back":
			http.Redirect(w, r, "http://partner.example/", http.StatusFound)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		default:
			fmt.Fprint(w, "by tunnel")
		}
	})
	for _, c := range []struct {
		path, secure string
		body, url    string
		hops         int
	}{
		{"/", secure, "by tunnel", "https://partner.example/", 1},
		{"/back", secure, "by proxy", "http://partner.example/back", 0},
		{"/gone", secure, "by proxy", "http://partner.example/gone", 0},
		{"/", "", "by proxy", "http://partner.example/", 0},
	} {
		t.Run(c.path+c.body, func(t *testing.T) {
			proxy := proxyTo(t, c.secure, &seen)
			cl := client(t, resolver(t, at(public)), func(o *Options) { o.AllowNet, o.Proxy, o.Roots = nil, proxy.URL, roots })
			cl.hosts.floor = 0
			res := get(t, cl, Request{URL: "http://partner.example" + c.path})
			if string(res.Body) != c.body || res.URL != c.url || len(res.Hops) != c.hops {
				t.Errorf("%q of %s after %v", res.Body, res.URL, res.Hops)
			}
			if lacks := cl.secure.lacks("partner.example"); lacks != (c.hops == 0) {
				t.Errorf("the secure side is remembered as lacking: %v", lacks)
			}
		})
	}
}
