package fetch

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"stoa"
)

func nil2(http.ResponseWriter, *http.Request) {}

func port(s *httptest.Server) string {
	_, p, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(s.URL, "https://"), "http://"), ":")
	return p
}

// canary listens on every address of this machine but 127.0.0.1 and counts who comes. It stands for a service of the house.
func canary(t *testing.T) (port string, count func() int) {
	t.Helper()
	var n atomic.Int64
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	listeners := []net.Listener{l}
	if six, err := net.Listen("tcp", "[::1]:"+port); err == nil {
		listeners = append(listeners, six)
	}
	for _, l := range listeners {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				n.Add(1)
				conn.Close()
			}
		}()
	}
	return port, func() int { return int(n.Load()) }
}

// everywhere is a canary on all addresses, 127.0.0.1 included.
func everywhere(t *testing.T) (port string, count func() int) {
	t.Helper()
	var n atomic.Int64
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, func() int { return int(n.Load()) }
}

// payloads returns the addresses that must be refused, as they are and with the canary's port where they name none.
func payloads(t *testing.T, port string) []string {
	t.Helper()
	f, err := os.Open("../../testdata/suites/payloads/ssrf.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		var c struct{ URL, Must string }
		if err := json.Unmarshal(s.Bytes(), &c); err != nil || c.Must != "refuse" {
			t.Fatalf("case %s: %v", s.Bytes(), err)
		}
		out = append(out, c.URL)
		if rest, ok := strings.CutPrefix(c.URL, "http://"); ok && strings.Count(rest, ":") != 1 && strings.HasSuffix(rest, "/") {
			out = append(out, "http://"+strings.TrimSuffix(rest, "/")+":"+port+"/")
		}
	}
	if len(out) < 80 {
		t.Fatalf("only %d addresses", len(out))
	}
	return out
}

// refused checks that an error is the guard's.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || !slices.Contains([]string{stoa.CodePrivateAddress, CodeAddress}, e.Code) {
		t.Errorf("%s: %v, want a refusal by the guard", what, err)
	}
}

func TestNoPayloadReachesTheHouse(t *testing.T) {
	trap, count := everywhere(t)
	all := payloads(t, trap)
	strict := func(o *Options) { o.AllowNet = nil }
	t.Run("saved", func(t *testing.T) {
		for _, address := range all {
			refused(t, address, CheckAddress(address, nil))
		}
	})
	t.Run("as source", func(t *testing.T) {
		c := client(t, strict)
		for _, address := range all {
			_, err := c.Do(t.Context(), Request{URL: address})
			refused(t, address, err)
		}
	})
	t.Run("by redirect", func(t *testing.T) {
		redirectTo(t, all, http.StatusFound, func(c *Client, s *httptest.Server, from, to string) {
			_, err := c.Do(t.Context(), Request{URL: from})
			refused(t, to, err)
		})
	})
	t.Run("by redirect of robots.txt", func(t *testing.T) {
		for _, address := range all {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", address)
				w.WriteHeader(http.StatusMovedPermanently)
			}))
			if strings.HasPrefix(address, "//") {
				address = "http:" + address
			}
			c := client(t, func(o *Options) { o.AllowNet = loopback(t, "127.0.0.1:"+port(s)) })
			fails(t, c, Request{URL: s.URL + "/feed"}, stoa.Refusal, stoa.CodeRobots)
			s.Close()
		}
	})
	if n := count(); n != 0 {
		t.Errorf("%d connections at the canary, want none", n)
	}
	t.Run("the canary can be reached", func(t *testing.T) {
		c := client(t, func(o *Options) { o.AllowNet = loopback(t, "127.0.0.0/8") })
		c.Do(t.Context(), Request{URL: "http://①②⑦.⓪.⓪.①:" + trap + "/"})
		if count() == 0 {
			t.Error("no connection although the network is allowed: the test would pass on anything")
		}
	})
}

// redirectTo runs f for each address with a server that redirects there.
func redirectTo(t *testing.T, all []string, status int, f func(c *Client, s *httptest.Server, from, to string)) {
	t.Helper()
	var to atomic.Value
	s := origin(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to.Load().(string))
		w.Header().Set("Refresh", "0; url="+to.Load().(string))
		w.WriteHeader(status)
	})
	c := client(t, func(o *Options) { o.AllowNet = loopback(t, "127.0.0.1:"+port(s)) })
	for _, address := range all {
		to.Store(address)
		f(c, s, s.URL+"/feed", address)
	}
}

func TestEachKindOfRedirectIsGuarded(t *testing.T) {
	trap, count := canary(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			redirectTo(t, []string{"http://127.0.0.2:" + trap + "/"}, status, func(c *Client, _ *httptest.Server, from, to string) {
				_, err := c.Do(t.Context(), Request{URL: from, Method: method, Body: []byte("x")})
				if e, ok := errors.AsType[*Error](err); !ok || (e.Code != stoa.CodePrivateAddress && e.Code != stoa.CodeRedirects) {
					t.Errorf("%s %d: %v", method, status, err)
				} else if len(e.Hops) != 1 || e.Hops[0].Location != to || e.Hops[0].Status != status {
					t.Errorf("%s %d: hops %v", method, status, e.Hops)
				}
			})
		}
	}
	t.Run("refresh is not followed", func(t *testing.T) {
		s := origin(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Refresh", "0; url=http://127.0.0.2:"+trap+"/")
			w.Write([]byte(`<meta http-equiv="refresh" content="0; url=http://127.0.0.2:` + trap + `/">`))
		})
		get(t, client(t), Request{URL: s.URL})
	})
	if n := count(); n != 0 {
		t.Errorf("%d connections at the canary, want none", n)
	}
}

func TestOnlyPublicAddressesAtWebPorts(t *testing.T) {
	g := newGuard(nil)
	for _, c := range []struct {
		address string
		port    uint16
		ok      bool
	}{
		{"93.184.215.14", 80, true}, {"93.184.215.14", 443, true}, {"93.184.215.14", 8080, false}, {"93.184.215.14", 22, false},
		{"2606:2800:21f:cb07:6820:80da:af6b:8b2c", 443, true}, {"2a00:1450:4001:80b::200e", 80, true},
		{"0.1.2.3", 80, false}, {"100.127.255.255", 80, false}, {"100.128.0.1", 80, true}, {"172.15.0.1", 80, true},
		{"172.31.255.255", 80, false}, {"192.0.0.8", 80, false}, {"192.0.2.1", 80, false}, {"192.88.99.1", 80, false},
		{"198.19.255.255", 80, false}, {"198.51.100.1", 80, false}, {"203.0.113.1", 80, false}, {"223.255.255.254", 80, true},
		{"239.1.1.1", 80, false}, {"240.0.0.1", 80, false}, {"255.255.255.255", 80, false},
		{"::", 80, false}, {"::1", 80, false}, {"::ffff:93.184.215.14", 80, true}, {"::ffff:10.0.0.1", 80, false},
		{"::93.184.215.14", 80, false}, {"64:ff9b::5db8:d70e", 80, false}, {"64:ff9b:1::1", 80, false}, {"100::1", 80, false},
		{"2001::1", 80, false}, {"2001:10::1", 80, false}, {"2001:db8::1", 80, false}, {"2002:5db8:d70e::1", 80, false},
		{"3fff::1", 80, false}, {"3ffe::1", 80, false}, {"5f00::1", 80, false}, {"fc00::1", 80, false}, {"fd12::1", 80, false},
		{"fe80::1", 80, false}, {"fec0::1", 80, false}, {"ff02::1", 80, false},
	} {
		if err := g.permits(netip.MustParseAddr(c.address), c.port); (err == nil) != c.ok {
			t.Errorf("%s port %d: %v, want permitted: %v", c.address, c.port, err, c.ok)
		}
	}
	if err := g.permits(netip.MustParseAddr("fe80::1%lo"), 80); err == nil {
		t.Error("an address with a zone is permitted")
	}
}

// Whatever was checked before, the address that a socket is about to connect to is judged once more.
func TestTheSocketItselfIsJudged(t *testing.T) {
	canary, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer canary.Close()
	at := netip.MustParseAddrPort(canary.Addr().String())
	way := &route{host: "partner.example", port: at.Port(), addrs: []netip.Addr{at.Addr()}}
	conn, err := newDialer(newGuard(nil), "", nil, Limits{}.filled()).connect(t.Context(), way)
	if err == nil {
		conn.Close()
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != stoa.CodePrivateAddress {
		t.Errorf("got %v", err)
	}
}

func TestAllowedNetworksAreRead(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"127.0.0.0/8", "127.0.0.0/8"}, {"127.0.0.1", "127.0.0.1/32"}, {"127.0.0.1:8080", "127.0.0.1/32:8080"},
		{"10.1.2.3/8:90", "10.0.0.0/8:90"}, {"::1", "::1/128"}, {"[::1]", "::1/128"}, {"[::1]:80", "::1/128:80"},
		{"fd00::/8", "fd00::/8"}, {"[fd00::]/8:80", "fd00::/8:80"}, {"fd00::/8:80", "fd00::/8:80"},
		{"::ffff:127.0.0.0/104", "127.0.0.0/8"}, {" 192.0.2.1/32 ", "192.0.2.1/32"},
	} {
		got, err := ParseAllow([]string{c.in})
		if err != nil || len(got) != 1 || got[0].String() != c.want {
			t.Errorf("ParseAllow(%q) = %v, %v, want %s", c.in, got, err, c.want)
		}
	}
	bad := []string{"", "localhost", "127.0.0.1/33", "127.0.0.1:0", "127.0.0.1:99999", "1.2.3", "10.0.0.0/8:x"}
	got, err := ParseAllow(append(bad, "127.0.0.1"))
	if len(got) != 1 || err == nil || strings.Count(err.Error(), "read allowed network") != len(bad) {
		t.Errorf("got %v and %v, want one network and %d faults", got, err, len(bad))
	}
}

func TestAnAllowedNetworkOpensItsPorts(t *testing.T) {
	g := newGuard(loopback(t, "127.0.0.0/8", "10.0.0.0/8:90", "93.184.215.14"))
	for _, c := range []struct {
		address string
		port    uint16
		ok      bool
	}{
		{"127.1.2.3", 22, true}, {"::ffff:127.0.0.1", 22, true}, {"10.0.0.1", 90, true}, {"10.0.0.1", 80, false},
		{"93.184.215.14", 8080, true}, {"93.184.215.15", 8080, false}, {"192.168.0.1", 80, false},
	} {
		if err := g.permits(netip.MustParseAddr(c.address), c.port); (err == nil) != c.ok {
			t.Errorf("%s port %d: %v, want permitted: %v", c.address, c.port, err, c.ok)
		}
	}
}

func TestAddressesAreCheckedWhenSaved(t *testing.T) {
	for _, c := range []struct {
		address string
		allow   []string
		code    string // "" is good
	}{
		{"https://partner.example/feed.xml", nil, ""}, {"http://partner.example:80/", nil, ""}, {"https://münchen.example/ü?q=ä", nil, ""},
		{"https://partner.example:8443/", nil, "private-address"}, {"https://partner.example:8443/", []string{"10.0.0.0/8"}, ""},
		{"https://partner.example:8443/", []string{"10.0.0.0/8:90"}, "private-address"},
		{"http://localhost/", nil, "private-address"}, {"http://a.localhost/", nil, "private-address"}, {"http://printer.local/", nil, "private-address"},
		{"http://localhost:8097/", []string{"127.0.0.0/8"}, ""}, {"http://127.0.0.1:8097/", []string{"127.0.0.0/8:8097"}, ""},
		{"https://user:secret@partner.example/", nil, "address"}, {"https://partner.example\\@other.example/", nil, "address"},
		{"https:\\\\partner.example/", nil, "address"}, {"https://partner.example/a\nb", nil, "address"}, {"partner.example/feed", nil, "address"},
		{"https://" + strings.Repeat("a", 9000), nil, "address"}, {"", nil, "address"}, {"http:///", nil, "address"},
		{"https://partner.example/a\\b", nil, ""},
	} {
		err := CheckAddress(c.address, loopbackOrNone(t, c.allow))
		e, _ := errors.AsType[*Error](err)
		if (err == nil) != (c.code == "") || (e != nil && e.Code != c.code) {
			t.Errorf("CheckAddress(%.60q): %v, want %q", c.address, err, c.code)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in %q", err)
		}
	}
}

func loopbackOrNone(t *testing.T, allow []string) []Network {
	if allow == nil {
		return nil
	}
	return loopback(t, allow...)
}

func TestAddressesAreReadAsBrowsersDo(t *testing.T) {
	for _, c := range []struct{ in, href, host string }{
		{"HTTP://Partner.EXAMPLE:80/a b?c d#e", "http://partner.example/a%20b?c%20d", "partner.example"},
		{"https://partner.example./x", "https://partner.example/x", "partner.example"},
		{"http://münchen.example/", "http://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"},
		{"http://[2001:DB8::1]/", "http://[2001:db8::1]/", "2001:db8::1"},
		{"http://partner.example/%zz", "http://partner.example/%zz", "partner.example"},
		{" https://partner.example/\t", "https://partner.example/", "partner.example"},
	} {
		got, err := parseTarget(c.in, "")
		if err != nil || got.href != c.href || got.host != c.host {
			t.Errorf("parseTarget(%q) = %q at %q, %v, want %q at %q", c.in, got.href, got.host, err, c.href, c.host)
		}
	}
}

// FuzzTarget asks that whatever is let through is a plain http address whose host net/url and the guard read alike.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"http://①②⑦.⓪.⓪.①/", "http://a@b\\c/", "https://x:443//y", "http://[::1]:80/", "http://0x7f.1/", "//a", "http://a%2fb/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parseTarget(raw, "")
		if err != nil {
			return
		}
		u, err := url.Parse(got.href)
		if err != nil {
			u = got.url
		}
		if u.Scheme != got.scheme || u.User != nil || !strings.EqualFold(u.Hostname(), got.host) {
			t.Errorf("parseTarget(%q): %q is read as host %q", raw, got.href, u.Hostname())
		}
		again, err := parseTarget(got.href, "")
		if err != nil || again.href != got.href || again.host != got.host || again.port != got.port {
			t.Errorf("parseTarget(%q) = %q, and again %q, %v", raw, got.href, again.href, err)
		}
		if a, err := netip.ParseAddr(got.host); err == nil && a.Unmap() != got.literal {
			t.Errorf("parseTarget(%q): %s is not seen as an address", raw, got.host)
		}
	})
}
