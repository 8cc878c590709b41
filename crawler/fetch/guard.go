package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"stoa"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// Network is one entry of --allow-net: addresses that may be visited although they are not public, at one port or all.
type Network struct {
	Prefix netip.Prefix
	Port   uint16 // 0 opens all ports
}

// String is the entry as ParseAllow reads it.
func (n Network) String() string {
	if n.Port == 0 {
		return n.Prefix.String()
	}
	return n.Prefix.String() + ":" + strconv.Itoa(int(n.Port))
}

// ParseAllow reads entries of the form CIDR[:PORT]. A single address stands for itself; IPv6 with a port is written
// [::1]:80 or [fd00::]/8:80. All faults are reported at once.
func ParseAllow(entries []string) ([]Network, error) {
	var out []Network
	var errs []error
	for _, e := range entries {
		n, err := parseNetwork(strings.TrimSpace(e))
		if err != nil {
			errs = append(errs, fmt.Errorf("read allowed network %q: %w; write it as 192.0.2.0/24, 127.0.0.1:8080 or [::1]:8080", e, err))
			continue
		}
		out = append(out, n)
	}
	return out, errors.Join(errs...)
}

func parseNetwork(s string) (Network, error) {
	var n Network
	// What follows the last colon is a port if a bracket, a dotted address or a prefix length comes before it.
	if i := strings.LastIndexByte(s, ':'); i > 0 && (strings.ContainsAny(s[:i], "].") || strings.Contains(s[:i], "/")) && !strings.ContainsAny(s[i:], "]/.") {
		port, err := strconv.ParseUint(s[i+1:], 10, 16)
		if err != nil || port == 0 {
			return n, fmt.Errorf("port %q is not one of 1 to 65535", s[i+1:])
		}
		n.Port, s = uint16(port), s[:i]
	}
	s = strings.NewReplacer("[", "", "]", "").Replace(s)
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return n, err
		}
		a = a.Unmap().WithZone("")
		n.Prefix = netip.PrefixFrom(a, a.BitLen())
		return n, nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return n, err
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	n.Prefix = p.Masked()
	return n, nil
}

// target is one address to visit, as browsers read it.
type target struct {
	href    string // without fragment and credentials
	scheme  string
	host    string     // lower case, punycode, no brackets, no trailing dot
	literal netip.Addr // valid when host is an IP
	port    uint16
	url     *url.URL // for net/http
}

// authority is what robots.txt and connections belong to.
func (t target) authority() string {
	return t.scheme + "://" + net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))
}

// line is what takes turns: the host, whatever scheme; other ports than the two of the web are hosts of their own.
func (t target) line() string {
	if t.port == 80 || t.port == 443 {
		return t.host
	}
	return net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))
}

// maxAddress bounds an address in bytes; longer ones are refused before they are parsed.
const maxAddress = 8 << 10

// parseTarget reads an address by the WHATWG rules. base is the address it was found at, or "".
func parseTarget(raw, base string) (target, error) {
	if len(raw) > maxAddress {
		return target{}, fail(CodeAddress, fmt.Errorf("address of %d bytes is longer than %d", len(raw), maxAddress))
	}
	raw = strings.Trim(raw, " \t\r\n\f")
	if err := wellFormed(raw); err != nil {
		return target{}, fail(CodeAddress, fmt.Errorf("address %s: %w", redacted(raw), err))
	}
	var u *whatwg.Url
	var err error
	if base == "" {
		u, err = whatwg.Parse(raw)
	} else {
		u, err = whatwg.ParseRef(base, raw)
	}
	if err != nil {
		return target{}, fail(CodeAddress, fmt.Errorf("address %s is not well formed", redacted(raw)))
	}
	return newTarget(u)
}

func newTarget(u *whatwg.Url) (target, error) {
	t := target{scheme: u.Scheme()}
	if t.scheme != "http" && t.scheme != "https" {
		return t, refuse(stoa.CodePrivateAddress, fmt.Errorf("scheme %q: only http and https are fetched", t.scheme))
	}
	u.SetUsername("")
	u.SetPassword("")
	if h := u.Hostname(); strings.HasSuffix(h, ".") {
		u.SetHostname(strings.TrimSuffix(h, ".")) // the root's dot would make one host two
	}
	t.host = strings.Trim(u.Hostname(), "[]")
	t.href = u.Href(true)
	if len(t.href) > maxAddress { // bytes that were no UTF-8 are nine bytes each by now
		return t, fail(CodeAddress, fmt.Errorf("address is %d bytes when it is written out, more than %d", len(t.href), maxAddress))
	}
	if t.host == "" || strings.Contains("."+t.host+".", "..") {
		return t, fail(CodeAddress, errors.New("address names no host"))
	}
	if strings.Contains(t.host, "xn--") {
		if _, err := whatwg.Parse(t.href); err != nil { // "≠" is written in Punycode that is not read again
			return t, fail(CodeAddress, fmt.Errorf("address names the host %s, which is not well formed", t.host))
		}
	}
	t.port = 80
	if t.scheme == "https" {
		t.port = 443
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return t, fail(CodeAddress, fmt.Errorf("port %q", p))
		}
		t.port = uint16(n)
	}
	if a, err := netip.ParseAddr(t.host); err == nil {
		t.literal = a.Unmap()
	}
	var err error
	if t.url, err = url.Parse(t.href); err != nil {
		// Browsers send a percent sign that begins no escape as it is; net/url wants it escaped.
		if t.url, err = url.Parse(escapeStray(t.href)); err != nil {
			return t, fail(CodeAddress, fmt.Errorf("address is not well formed: %w", err))
		}
	}
	return t, nil
}

// wellFormed refuses spellings that readers of addresses disagree about.
func wellFormed(raw string) error {
	for _, r := range raw {
		if r < 0x20 || r == 0x7f {
			return errors.New("control character")
		}
	}
	place, _, _ := strings.Cut(raw, "?")
	place, _, _ = strings.Cut(place, "#")
	if before, after, ok := strings.Cut(place, "//"); ok {
		after, _, _ = strings.Cut(after, "/")
		place = before + after
	} else if i := strings.IndexByte(place, '/'); i > 0 && place[i-1] != ':' {
		place = place[:i] // a relative path may hold what it likes after its first segment
	}
	if strings.Contains(place, `\`) {
		return errors.New("backslash before the path")
	}
	return nil
}

// credentials reports whether the place of an absolute address names a user.
func credentials(raw string) bool {
	_, rest, ok := strings.Cut(raw, "//")
	if !ok {
		return false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return strings.Contains(rest, "@")
}

func escapeStray(s string) string {
	hex := func(i int) bool { return i < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0 }
	var b strings.Builder
	for i := range len(s) {
		if b.WriteByte(s[i]); s[i] == '%' && !(hex(i+1) && hex(i+2)) {
			b.WriteString("25")
		}
	}
	return b.String()
}

// guard knows which addresses may be dialled. It never changes.
type guard struct {
	allow   []Network
	special []netip.Prefix
}

func newGuard(allow []Network) *guard {
	g := &guard{allow: slices.Clone(allow)}
	// What the IANA special-purpose registries (RFC 6890) do not call globally reachable, and what is translated
	// into IPv4 or led somewhere by others: 6to4 and its relays, NAT64 and Teredo.
	for _, p := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20",
	} {
		g.special = append(g.special, netip.MustParsePrefix(p))
	}
	return g
}

// public reports whether a is an address of the public internet. Of IPv6 only 2000::/3 is handed out for that.
func (g *guard) public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Zone() != "" || (a.Is6() && a.As16()[0]>>5 != 1) {
		return false
	}
	return !slices.ContainsFunc(g.special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// listed reports whether a and port are opened by --allow-net.
func (g *guard) listed(a netip.Addr, port uint16) bool {
	a = a.Unmap()
	return slices.ContainsFunc(g.allow, func(n Network) bool {
		return n.Prefix.Contains(a) && (n.Port == 0 || n.Port == port)
	})
}

// permits returns why a and port may not be dialled, or nil.
func (g *guard) permits(a netip.Addr, port uint16) error {
	switch {
	case !a.IsValid():
		return refuse(stoa.CodePrivateAddress, errors.New("no address"))
	case g.listed(a, port):
		return nil
	case !g.public(a):
		return refuse(stoa.CodePrivateAddress, fmt.Errorf("%s is not a public address; if it is meant, start with --allow-net %s", a, netip.PrefixFrom(a.Unmap().WithZone(""), a.Unmap().BitLen())))
	case port != 80 && port != 443:
		return refuse(stoa.CodePrivateAddress, fmt.Errorf("port %d is neither 80 nor 443; if it is meant, start with --allow-net %s", port, netip.AddrPortFrom(a, port)))
	}
	return nil
}

// CheckAddress says what is wrong with an address that somebody wants to save: its form, its scheme, a user in it, its
// port, or a host that is no public one by its looks. It asks no resolver; what the name leads to is judged whenever it is dialled.
func CheckAddress(raw string, allow []Network) error { return newGuard(allow).check(raw) }

// CheckAddress is the function of that name with the client's own networks.
func (c *Client) CheckAddress(raw string) error { return c.guard.check(raw) }

func (g *guard) check(raw string) error {
	t, err := parseTarget(raw, "")
	if err != nil {
		return err
	}
	if credentials(raw) {
		return fail(CodeAddress, fmt.Errorf("address %s names a user; put credentials into the source's headers", redacted(raw)))
	}
	if t.literal.IsValid() {
		return g.permits(t.literal, t.port)
	}
	opens := func(n Network) bool { return n.Port == 0 || n.Port == t.port }
	if t.port != 80 && t.port != 443 && !slices.ContainsFunc(g.allow, opens) {
		return refuse(stoa.CodePrivateAddress, fmt.Errorf("port %d is neither 80 nor 443, and no allowed network opens it", t.port))
	}
	for _, suffix := range []string{"localhost", "local", "internal", "home.arpa", "localdomain"} {
		if (t.host == suffix || strings.HasSuffix(t.host, "."+suffix)) && !slices.ContainsFunc(g.allow, opens) {
			return refuse(stoa.CodePrivateAddress, fmt.Errorf("%s names a private host; if it is meant, start with --allow-net", t.host))
		}
	}
	return nil
}
