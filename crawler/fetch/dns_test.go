package fetch

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"

	"golang.org/x/net/dns/dnsmessage"
)

type rcode = dnsmessage.RCode

// zone answers one question: addresses, and how it went. A nil slice with success is an empty answer.
type zone func(name string, v6 bool) ([]string, rcode)

// drop as a code makes the server stay silent.
const drop = dnsmessage.RCode(99)

// nameServer serves a zone by UDP and returns its address.
func nameServer(t *testing.T, z zone) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := answerDNS(buf[:n], z); out != nil {
				conn.WriteTo(out, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func answerDNS(in []byte, z zone) []byte {
	var m dnsmessage.Message
	if m.Unpack(in) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	found, code := z(strings.TrimSuffix(q.Name.String(), "."), q.Type == dnsmessage.TypeAAAA)
	if code == drop {
		return nil
	}
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true, RCode: code}, Questions: m.Questions}
	for _, s := range found {
		a := netip.MustParseAddr(s)
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET} // TTL 0
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	b, err := out.Pack()
	if err != nil {
		return nil
	}
	return b
}

// at answers every question with the same addresses.
func at(addresses ...string) zone {
	return func(string, bool) ([]string, rcode) { return addresses, dnsmessage.RCodeSuccess }
}

// resolver makes a client use the name server of a zone.
func resolver(t *testing.T, z zone) func(*Options) {
	address := nameServer(t, z)
	return func(o *Options) { o.Resolver = address }
}

func TestDNSFaultsHaveTheirNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		code  dnsmessage.RCode
		class string
	}{
		{"no such host", dnsmessage.RCodeNameError, "dns"},
		{"server failure", dnsmessage.RCodeServerFailure, "dns-temporary"},
		{"no answer", drop, "dns-temporary"},
		{"empty answer", dnsmessage.RCodeSuccess, "dns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c2 := client(t, resolver(t, func(string, bool) ([]string, rcode) { return nil, c.code }), func(o *Options) {
				o.Limits.Time = 400 * time.Millisecond
			})
			e := fails(t, c2, Request{URL: "http://partner.example/"}, stoa.Failed, stoa.CodeDNS)
			if e.Class() != c.class || !strings.Contains(e.Error(), "("+c.class+")") {
				t.Errorf("class %s of %v, want %s", e.Class(), e, c.class)
			}
		})
	}
}

func TestNegativeAnswersAreNotKept(t *testing.T) {
	s := origin(t, nil2)
	var mu sync.Mutex
	up := false
	c := client(t, resolver(t, func(string, bool) ([]string, rcode) {
		mu.Lock()
		defer mu.Unlock()
		if !up {
			return nil, dnsmessage.RCodeNameError
		}
		return []string{"127.0.0.1"}, dnsmessage.RCodeSuccess
	}))
	address := "http://partner.example:" + port(s)
	fails(t, c, Request{URL: address}, stoa.Failed, stoa.CodeDNS)
	mu.Lock()
	up = true
	mu.Unlock()
	get(t, c, Request{URL: address})
}

func TestIPv4IsTriedWhenIPv6LeadsNowhere(t *testing.T) {
	s := origin(t, nil2) // listens on 127.0.0.1 only
	c := client(t, resolver(t, at("::1", "127.0.0.1")), func(o *Options) {
		o.AllowNet = loopback(t, "127.0.0.1", "::1")
	})
	get(t, c, Request{URL: "http://partner.example:" + port(s)})
}

func TestNoSearchDomainIsAsked(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]bool{}
	c := client(t, resolver(t, func(name string, _ bool) ([]string, rcode) {
		mu.Lock()
		defer mu.Unlock()
		asked[name] = true
		return nil, dnsmessage.RCodeNameError
	}))
	fails(t, c, Request{URL: "http://partner/"}, stoa.Failed, stoa.CodeDNS)
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 1 || !asked["partner"] {
		t.Errorf("asked for %v, want partner alone", asked)
	}
}

func TestTheCheckedAddressIsTheDialledOne(t *testing.T) {
	// The origin stands for the public address, the canary for a service of the house.
	s := origin(t, nil2)
	trap, count := canary(t)
	for _, c := range []struct {
		name  string
		first []string
		then  []string
	}{
		{"public, then private", []string{"127.0.0.1"}, []string{"127.0.0.2"}},
		{"private, then public", []string{"127.0.0.2"}, []string{"127.0.0.1"}},
		{"both at once", []string{"127.0.0.2", "127.0.0.1"}, []string{"127.0.0.1", "127.0.0.2"}},
		{"A public, AAAA private", []string{"::ffff:127.0.0.2", "::1", "127.0.0.1"}, []string{"::1", "127.0.0.1"}},
		{"all private", []string{"127.0.0.2", "::1", "10.0.0.1"}, []string{"127.0.0.2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			asked := 0
			c2 := client(t, resolver(t, func(_ string, v6 bool) ([]string, rcode) {
				mu.Lock()
				defer mu.Unlock()
				if !v6 {
					asked++
				}
				if asked/2%2 == 0 { // each port sees both
					return c.first, dnsmessage.RCodeSuccess
				}
				return c.then, dnsmessage.RCodeSuccess
			}), func(o *Options) {
				o.AllowNet = loopback(t, "127.0.0.1/32:"+port(s), "127.0.0.1/32:"+trap)
				o.Limits.Time = 2 * time.Second
			})
			good := 0
			for range 6 {
				for _, p := range []string{port(s), trap} {
					if _, err := c2.Do(t.Context(), Request{URL: "http://partner.example:" + p + "/"}); err == nil {
						good++
					}
				}
			}
			if (good == 0) != (c.name == "all private") {
				t.Errorf("%d requests were answered", good)
			}
			if n := count(); n != 0 {
				t.Errorf("%d connections at the canary", n)
			}
		})
	}
}
