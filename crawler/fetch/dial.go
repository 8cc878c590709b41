package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"stoa"
)

// Times of the steps before a request is sent. All of them also count towards Limits.Time.
const (
	lookupTime    = 10 * time.Second
	connectTime   = 15 * time.Second
	handshakeTime = 10 * time.Second
	addressTime   = 4 * time.Second // of one address, while others are left to try
	maxAddresses  = 6               // tried for one connection
)

// dialer resolves names and connects, and is the last to judge an address: it looks at the IP that is about to be
// connected to, so a name that changes its answer between check and use gains nothing.
type dialer struct {
	guard    *guard
	resolver *net.Resolver
	proxy    string        // host:port, or ""
	patience time.Duration // of one lookup
}

func newDialer(g *guard, resolver string, proxy *url.URL, l Limits) *dialer {
	// The C resolver reads 127.1 and 0x7f000001 as addresses; Go's own does not.
	d := &dialer{guard: g, resolver: &net.Resolver{PreferGo: true}, patience: min(lookupTime, l.Time)}
	if resolver != "" {
		d.resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, resolver)
		}
	}
	if proxy != nil {
		d.proxy = proxy.Host
		if proxy.Port() == "" {
			d.proxy = net.JoinHostPort(proxy.Hostname(), map[string]string{"http": "80", "https": "443"}[proxy.Scheme])
		}
	}
	return d
}

// route is where a target may be reached: addresses that the guard permits, in the order to try them.
type route struct {
	host  string
	port  uint16
	addrs []netip.Addr
	local bool // all of them stand in the operator's own networks
}

type routeKey struct{}

// resolve asks for the addresses of t and keeps those that the guard permits.
func (d *dialer) resolve(ctx context.Context, t target) (*route, error) {
	r := &route{host: t.host, port: t.port}
	found, err := d.lookup(ctx, t)
	if err != nil {
		return nil, err
	}
	var why error
	for _, a := range interleaved(found) {
		if err := d.guard.permits(a, t.port); err != nil {
			why = err
			continue
		}
		r.addrs = append(r.addrs, a)
	}
	if len(r.addrs) == 0 {
		return nil, why
	}
	r.addrs = r.addrs[:min(len(r.addrs), maxAddresses)]
	r.local = true
	for _, a := range r.addrs {
		r.local = r.local && d.guard.listed(a, t.port)
	}
	return r, nil
}

// lookup asks the resolver, always from the root, so that a search domain never answers for a partner. No answer is
// kept, a negative one least of all. The name localhost is not asked for (RFC 6761 section 6.3).
func (d *dialer) lookup(ctx context.Context, t target) ([]netip.Addr, error) {
	host := t.host
	switch {
	case t.literal.IsValid():
		return []netip.Addr{t.literal}, nil
	case host == "localhost", strings.HasSuffix(host, ".localhost"):
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	asked, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	found, err := d.resolver.LookupNetIP(asked, "ip", host+".")
	if err != nil {
		if e := ended(ctx, "resolve "+host); e != nil {
			return nil, e
		}
		return nil, dnsFault(host, err)
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, nil
}

func dnsFault(host string, err error) *Error {
	text := "resolve " + host + ": the resolver failed (dns-temporary)"
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case d.IsNotFound:
			text = "resolve " + host + ": no such host (dns)"
		case d.IsTimeout:
			text = "resolve " + host + ": the resolver did not answer in time (dns-temporary)"
		}
	}
	return fail(stoa.CodeDNS, fmt.Errorf("%s: %w", text, err))
}

// interleaved takes IPv6 and IPv4 in turn, in the resolver's order, so that a family that leads nowhere costs one try.
func interleaved(found []netip.Addr) []netip.Addr {
	var six, four, out []netip.Addr
	for _, a := range found {
		if a.Unmap().Is4() {
			four = append(four, a)
		} else {
			six = append(six, a)
		}
	}
	first, second := six, four
	if len(found) > 0 && found[0].Unmap().Is4() {
		first, second = four, six
	}
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			out = append(out, first[i])
		}
		if i < len(second) {
			out = append(out, second[i])
		}
	}
	return out
}

// dial is the transport's DialContext.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.proxy != "" {
		conn, err := (&net.Dialer{Timeout: connectTime}).DialContext(ctx, network, d.proxy)
		if err != nil && ctx.Err() == nil {
			return nil, fail(CodeProxy, fmt.Errorf("connect to the outgoing proxy: %w", err))
		}
		return conn, err
	}
	r, err := d.way(ctx, address)
	if err != nil {
		return nil, err
	}
	return d.connect(ctx, r)
}

// way returns the route that the request resolved, or resolves address itself.
func (d *dialer) way(ctx context.Context, address string) (*route, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, err
	}
	if r, ok := ctx.Value(routeKey{}).(*route); ok && r.host == host && r.port == uint16(port) {
		return r, nil
	}
	t := target{host: host, port: uint16(port)}
	if a, err := netip.ParseAddr(host); err == nil {
		t.literal = a.Unmap()
	}
	return d.resolve(ctx, t)
}

// connect tries the addresses one after the other, never two at once: a host gets one connection.
func (d *dialer) connect(ctx context.Context, r *route) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	var errs []error
	for i, a := range r.addrs {
		dialer := net.Dialer{ControlContext: d.control}
		if i < len(r.addrs)-1 {
			dialer.Timeout = addressTime
		}
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(a, r.port).String())
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// control judges the address of the socket itself, after everything else and before the connection.
func (d *dialer) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return d.guard.permits(ap.Addr(), ap.Port())
}

func newTransport(d *dialer, proxy *url.URL, roots *x509.CertPool, l Limits) *http.Transport {
	t := &http.Transport{
		DialContext:            d.dial,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    handshakeTime,
		DisableCompression:     true, // bodies are unpacked here, within limits
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        15 * time.Second,
		MaxResponseHeaderBytes: l.Header,
		Protocols:              new(http.Protocols),
		// An empty map keeps HTTP/2 off whatever else is set.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	t.Protocols.SetHTTP1(true)
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
		t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode/100 == 2 {
				return nil
			}
			return proxyRefusal(res.StatusCode)
		}
	}
	return t
}

func proxyRefusal(status int) *Error {
	e := fail(CodeProxy, fmt.Errorf("the outgoing proxy answered %d to CONNECT", status))
	if status == http.StatusProxyAuthRequired {
		e.Err = errors.New("the outgoing proxy wants a password; give it as http://USER:PASSWORD@HOST:PORT")
	}
	e.Status = status
	return e
}
