package crawler

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"stoa"
	"stoa/crawler/fetch"
	"stoa/normalize/stale"
)

// pageBytes is how much of a page is read to tell whether it is there. A larger one is there.
const pageBytes = 1 << 20

// siblingAge is for how long a site's answer for a random path is good.
const siblingAge = 24 * time.Hour

// What keeps a look from being one. None of them says anything of the link.
var (
	errOurs = errors.New("our own network or its proxy failed")
	errStop = errors.New("the program stops")
)

// told is a host that asked us to wait (S4).
type told struct{ until time.Time }

func (t told) Error() string {
	return "the host asked us to wait until " + t.until.UTC().Format(time.RFC3339)
}

// sighted is one look at one record's link.
type sighted struct {
	rec    stoa.Record
	check  stoa.Check
	answer stale.Result // as if it were the only look
}

func (s sighted) input() stale.Input {
	return stale.Input{
		URL: s.rec.URL, Kind: s.rec.Kind, Title: s.rec.Title, Checks: []stoa.Check{s.check}, Sibling: s.check.Sibling, Now: s.check.At,
	}
}

// good reports whether the page is there.
func (s sighted) good() bool { return s.answer.Availability == stoa.Alive }

// parked reports whether the page endangers readers, which never waits.
func (s sighted) parked() bool { return s.answer.Availability == stoa.Quarantined }

// refused reports whether the host does not let us look (S3).
func (s sighted) refused() bool { return s.answer.Availability == stoa.Blocked }

// failed reports whether the look speaks against the link.
func (s sighted) failed() bool {
	redirect := s.check.Status >= 300 && s.check.Status < 400
	return !s.good() && !s.parked() && !redirect
}

// fresh reports whether the link was good, or not known to be bad, before.
func (s sighted) fresh() bool {
	return s.rec.Availability == stoa.Alive || s.rec.Availability == stoa.Unconfirmed
}

// settled reports whether the link was known to be bad before, so that its failure is no news of its host.
func (s sighted) settled() bool {
	return s.rec.Availability == stoa.Dead || s.rec.Availability == stoa.Blocked || s.rec.Availability == stoa.Quarantined
}

// look asks for a record's link: HEAD first, which is enough for a document; then GET, which decides (S8).
func (c *Checker) look(ctx context.Context, rec stoa.Record, v *visited, delay time.Duration) (sighted, error) {
	s := sighted{rec: rec}
	ask := fetch.Request{URL: rec.URL, Method: http.MethodHead, Limit: pageBytes, Delay: delay, Source: "check", NoCapture: true}
	res, err := c.Fetch.Do(ctx, ask)
	if !decisive(res, err) {
		ask.Method = http.MethodGet
		res, err = c.Fetch.Do(ctx, ask)
	}
	var fault error
	if s.check, fault = c.checkOf(res, err); fault != nil {
		return s, fault
	}
	if s.check.Class != "" {
		if c.ours(ctx, rec.URL) {
			return s, errOurs
		}
	} else {
		c.answered()
	}
	if s.input().Doubtful(s.check) {
		s.check.Sibling = c.sibling(ctx, rec.URL, v, delay)
	}
	s.answer = stale.Judge(s.input())
	return s, nil
}

// decisive reports whether an answer to HEAD needs no GET: a document that is there, a host that may not or cannot be
// asked. Whatever else HEAD fails with, GET may do better.
func decisive(res *fetch.Response, err error) bool {
	if err == nil {
		kind := res.Header.Get("Content-Type")
		return kind != "" && !textual(kind)
	}
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok || e.Outcome == stoa.Skipped {
		return true
	}
	if e.Outcome == stoa.Refusal {
		return e.Status == 0
	}
	return e.Class() == "dns" || e.Class() == "dns-temporary" || e.Class() == "refused" || e.Class() == "tls" || e.Code == fetch.CodeProxy
}

func textual(kind string) bool {
	kind = strings.ToLower(kind)
	return strings.Contains(kind, "html") || strings.HasPrefix(kind, "text/plain")
}

// checkOf turns an answer into a look, or into the reason why it is none.
func (c *Checker) checkOf(res *fetch.Response, err error) (stoa.Check, error) {
	check := stoa.Check{At: c.Now().UTC().Truncate(time.Second)}
	if err == nil {
		check.Status, check.Final, check.Hops, check.Headers = res.Status, res.URL, res.Hops, telling(res.Header)
		if kind := res.Header.Get("Content-Type"); (kind == "" || textual(kind)) && !res.Truncated {
			check.Body = stale.Evidence(text(res.Body, kind))
		}
		return check, nil
	}
	e, ok := errors.AsType[*fetch.Error](err)
	switch {
	case !ok, e.Code == stoa.CodeInternal:
		return check, err
	case e.Code == fetch.CodeStopped:
		return check, errStop
	case e.Outcome == stoa.Skipped:
		return check, told{e.RetryAt}
	case e.Code == fetch.CodeProxy:
		return check, errOurs
	}
	check.Status, check.Final, check.Hops, check.Headers = e.Status, e.Address, e.Hops, telling(e.Header)
	if e.Class() != "" || e.Status == 0 {
		check.Status, check.Class, check.Error = 0, e.Class(), worded(e)
	}
	if kind := e.Header.Get("Content-Type"); check.Status >= 500 && len(e.Body) > 0 && textual(kind) {
		check.Body = stale.Evidence(text(e.Body, kind)) // it may be a guard before the site, rather than the site that fails
	}
	return check, nil
}

// worded names an error in fixed words: the rules read them, and addresses in a message could be mistaken for one.
func worded(e *fetch.Error) string {
	switch e.Code {
	case stoa.CodeRobots, stoa.CodeOptOut, stoa.CodeForbidden:
		return "not allowed: " + e.Code
	case stoa.CodePrivateAddress:
		return "not allowed: private address"
	}
	if c := e.Class(); c != "" {
		return c
	}
	return e.Code
}

// telling keeps the headers that rules look at.
func telling(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Content-Type", "X-Robots-Tag", "Retry-After", "Cf-Mitigated", "X-Amzn-Waf-Action"} {
		if v := h.Get(name); v != "" && len(v) < 200 {
			out[name] = v
		}
	}
	for _, v := range h.Values("Link") {
		if strings.Contains(v, "successor-version") && len(v) < 2000 { // RFC 5829
			out["Link"] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// text returns a page as UTF-8.
func text(body []byte, kind string) string {
	if utf8.Valid(body) {
		return string(body)
	}
	encoding, _, _ := charset.DetermineEncoding(body[:min(len(body), 4096)], kind)
	plain, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return string(plain)
}

// sibling returns what a site answers for a path beside the page that nobody made: at most once a day for each host.
func (c *Checker) sibling(ctx context.Context, address string, v *visited, delay time.Duration) *stoa.Check {
	if v.sibling != nil && c.Now().Sub(v.sibling.At).Abs() < siblingAge {
		return v.sibling
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	beside := url.URL{Scheme: u.Scheme, Host: u.Host, Path: path.Join("/", path.Dir(u.Path), strings.ToLower(rand.Text()))}
	res, err := c.Fetch.Do(ctx, fetch.Request{URL: beside.String(), Limit: pageBytes, Delay: delay, Source: "check", NoCapture: true})
	check, fault := c.checkOf(res, err)
	if fault != nil || check.Class != "" {
		return nil
	}
	if e, ok := errors.AsType[*fetch.Error](err); ok && len(e.Body) > 0 {
		check.Body = stale.Evidence(text(e.Body, e.Header.Get("Content-Type")))
	}
	v.sibling = &check
	return &check
}
