// Package link reads addresses as browsers do, and says when two of them are the same.
//
// Parse follows the WHATWG URL standard: it is how an address in a page or feed is resolved and fetched. Canonical is
// identity only: scheme, "www.", tracking parameters and the order of parameters do not tell two things apart. What
// Canonical returns need not answer when fetched; fetch what Parse returns.
package link

import (
	"fmt"
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/publicsuffix"

	"stoa"
)

// Longest is the length in bytes above which an address is refused. Servers refuse far shorter ones.
const Longest = 16 << 10

// Parse resolves raw against base (which may be empty) and returns the absolute address as the WHATWG URL standard
// serialises it. The error wraps stoa.ErrInvalid.
func Parse(raw, base string) (string, error) {
	if settled(raw) {
		return raw, nil
	}
	u, err := parse(raw, base)
	if err != nil {
		return "", err
	}
	return u.Href(false), nil
}

// parser encodes "^" in paths, as the standard has asked since November 2023.
var parser = whatwg.NewParser(whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^')))

func parse(raw, base string) (*whatwg.Url, error) {
	if len(raw) > Longest || len(base) > Longest {
		return nil, fmt.Errorf("parse address of %d bytes: %w: longer than %d", len(raw), stoa.ErrInvalid, Longest)
	}
	var u *whatwg.Url
	var err error
	if base == "" {
		u, err = parser.Parse(raw)
	} else {
		u, err = parser.ParseRef(base, raw)
	}
	if err != nil {
		return nil, fmt.Errorf("parse address %q: %w: %w", raw, stoa.ErrInvalid, err)
	}
	return u, nil
}

// Canonical returns the form of raw under which the same page is always found: https, lower-case host without "www."
// and trailing dot, no default port, no user, no fragment (but for "#/…" and "#!…", which script applications use as
// paths), no tracking parameters, parameters sorted, percent-encoding as RFC 3986 section 6.2.2 has it. A missing
// scheme is read as https. When keep is not empty, only the query parameters it names stay, tracking parameters never.
// It is idempotent. Anything but http and https is an error that wraps stoa.ErrInvalid.
func Canonical(raw string, keep []string) (string, error) {
	u, err := parse(withScheme(raw), "")
	if err != nil {
		return "", err
	}
	if s := u.Scheme(); s != "http" && s != "https" {
		return "", fmt.Errorf("canonical address %q: %w: scheme is %s, want http or https", raw, stoa.ErrInvalid, s)
	}
	host := bare(u.Hostname())
	if !known(host) || strings.Contains(u.Hostname(), "..") {
		return "", fmt.Errorf("canonical address %q: %w: no host that a name server could know", raw, stoa.ErrInvalid)
	}
	var b strings.Builder
	b.WriteString("https://")
	b.WriteString(host)
	if p := u.Port(); p != "" && p != "443" {
		b.WriteString(":" + p)
	}
	b.WriteString(settle(u.Pathname()))
	if q := query(u.Query(), keep); q != "" {
		b.WriteString("?" + q)
	}
	if f := u.Fragment(); strings.HasPrefix(f, "/") || strings.HasPrefix(f, "!") {
		b.WriteString("#" + settle(f))
	}
	if b.Len() > Longest {
		return "", fmt.Errorf("canonical address of %d bytes: %w: longer than %d", b.Len(), stoa.ErrInvalid, Longest)
	}
	return b.String(), nil
}

// known reports whether a name server could know host. The standard lets a browser try quotes and empty labels too, and writes labels in
// Punycode that it does not read again ("---ⳉ" becomes "xn---jr107j").
func known(host string) bool {
	if host == "" || host[0] == '.' || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:[]") != "" {
		return false
	}
	if !strings.Contains(host, "xn--") {
		return true
	}
	_, err := parser.Parse("https://" + host + "/")
	return err == nil
}

// withScheme reads "//itu.int/x", "itu.int/x" and "itu.int:443/x" as addresses of the web, as people mean them.
func withScheme(raw string) string {
	raw = strings.TrimSpace(raw)
	if strings.HasPrefix(raw, "//") {
		return "https:" + raw
	}
	head, _, _ := strings.Cut(raw, "/")
	name, port, has := strings.Cut(head, ":")
	if !strings.Contains(name, ".") || strings.ContainsAny(name, "?#@ ") {
		return raw
	}
	if !has || (port != "" && strings.Trim(port, "0123456789") == "") {
		return "https://" + raw
	}
	return raw
}

// bare strips what does not tell hosts apart: trailing dots and leading "www.".
func bare(host string) string {
	host = strings.TrimRight(host, ".")
	for {
		rest, ok := strings.CutPrefix(host, "www.")
		if !ok || !strings.Contains(rest, ".") {
			return host
		}
		host = rest
	}
}

// query returns the parameters that identify, sorted. Order carries no meaning that a listing would rely on.
func query(raw string, keep []string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	kept := pairs[:0]
	for _, p := range pairs {
		p = settle(p)
		name, _, _ := strings.Cut(p, "=")
		name = strings.ToLower(plainName(name))
		if name == "" || Tracking(name) || !wanted(name, keep) {
			continue
		}
		kept = append(kept, p)
	}
	slices.Sort(kept)
	return strings.Join(slices.Compact(kept), "&")
}

func wanted(name string, keep []string) bool {
	return len(keep) == 0 || slices.ContainsFunc(keep, func(k string) bool { return strings.EqualFold(k, name) })
}

// plainName decodes the escapes that are met in names of parameters: "b_start%3Aint".
func plainName(name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if c, ok := unhex(name, i); ok {
			b.WriteByte(c)
			i += 2
			continue
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// settle brings percent-encoding to one form: upper-case digits, unreserved characters decoded, a bare "%" encoded.
func settle(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		c, ok := unhex(s, i)
		switch {
		case !ok:
			b.WriteString("%25")
		case unreserved(c):
			b.WriteByte(c)
			i += 2
		default:
			b.WriteString(strings.ToUpper(s[i : i+3]))
			i += 2
		}
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '~'
}

// unhex reads the escape "%XX" at s[i:].
func unhex(s string, i int) (byte, bool) {
	if s[i] != '%' || i+2 >= len(s) {
		return 0, false
	}
	hi, lo := digit(s[i+1]), digit(s[i+2])
	if hi > 15 || lo > 15 {
		return 0, false
	}
	return hi<<4 | lo, true
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// Host returns the host of raw as Canonical has it, without "www." and port, or "" when raw is no web address.
func Host(raw string) string {
	u, err := parse(withScheme(raw), "")
	if err != nil || !u.IsSpecialScheme() {
		return ""
	}
	return bare(u.Hostname())
}

// Site returns the registrable domain of raw by the public suffix list ("itu.int" of "https://academy.itu.int/x"), its
// host where there is none (IP addresses, bare suffixes such as gov.uk), or "" when raw is no web address.
func Site(raw string) string {
	host := Host(raw)
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && !address(host) {
		return site
	}
	return host
}

// address reports whether host is an IP address; the standard's parser has made all forms of them regular.
func address(host string) bool {
	return strings.HasPrefix(host, "[") || host != "" && strings.Trim(host, "0123456789.") == ""
}
