package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"stoa"
)

// trip is one Do: a request and the redirects that it meets.
type trip struct {
	client  *Client
	request Request
	limit   int64
	left    time.Duration // of Limits.Time
	address string        // of the hop under way
	away    bool          // another host was visited, so the request's own headers stay behind
	hops    []stoa.Hop
	visited []string
}

// reRoute is how long the addresses of a name are good for while a request waits for its turn.
const reRoute = 20 * time.Second

func (t *trip) run(ctx context.Context) (*Response, error) {
	method, body, err := t.sends()
	if err != nil {
		return nil, err
	}
	at, err := parseTarget(t.request.URL, "")
	if err != nil {
		t.address = redacted(t.request.URL)
		return nil, err
	}
	t.address = at.href
	if credentials(t.request.URL) {
		return nil, fail(CodeAddress, errors.New("address names a user; put credentials into the source's headers"))
	}
	l, err := t.upgrade(ctx, at, method)
	if err != nil && !errors.Is(err, errPlain) {
		return nil, err
	}
	for {
		if l == nil {
			t.address = at.href
			if l, err = t.hop(ctx, at, method, body); err != nil {
				return nil, err
			}
		}
		location := l.answer.header.Get("Location")
		if !redirects(l.answer.status) || location == "" {
			return t.finish(ctx, l, method)
		}
		t.visited = append(t.visited, method+" "+l.target.href)
		next, err := t.follow(l.target, l.answer.status, location)
		if err != nil {
			return nil, err
		}
		if method, body, err = onward(l.answer.status, method, body, next.host == l.target.host); err != nil {
			return nil, err
		}
		if slices.Contains(t.visited, method+" "+next.href) {
			return nil, fail(stoa.CodeRedirects, errors.New("redirects lead in a circle"))
		}
		t.away = t.away || !sameHost(l.target, next)
		at, l = next, nil
	}
}

// sends returns the method and body of the first hop.
func (t *trip) sends() (method string, body []byte, err error) {
	switch method = orElse(t.request.Method, http.MethodGet); method {
	case http.MethodGet, http.MethodHead:
		return method, nil, nil
	case http.MethodPost:
		return method, t.request.Body, nil
	}
	return "", nil, fail(stoa.CodeInternal, fmt.Errorf("method %.20q is not for fetching", method))
}

// leg is one hop that was answered.
type leg struct {
	target target
	answer *answer
	sent   http.Header
}

func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// follow judges a redirect before anything is asked of where it leads.
func (t *trip) follow(from target, status int, location string) (target, error) {
	next, err := parseTarget(location, from.href)
	shown := next.href
	if shown == "" {
		shown = redacted(location)
	}
	t.hops = append(t.hops, stoa.Hop{Status: status, Location: shown})
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Status = status
		}
		return next, err
	}
	e := &Error{Outcome: stoa.Failed, Code: stoa.CodeRedirects, Status: status}
	switch {
	case from.scheme == "https" && next.scheme == "http":
		e.Err = fmt.Errorf("redirect from https to %s is not followed", next.href)
		return next, e
	case len(t.hops) > t.client.limits.Redirects:
		e.Err = fmt.Errorf("more than %d redirects", t.client.limits.Redirects)
		return next, e
	}
	return next, nil
}

// onward returns the method and body after a redirect (RFC 9110 section 15.4, as browsers do it). A body is not
// carried to another host.
func onward(status int, method string, body []byte, stays bool) (string, []byte, error) {
	if method != http.MethodPost {
		return method, nil, nil
	}
	if status == 307 || status == 308 {
		if !stays {
			return "", nil, &Error{Outcome: stoa.Failed, Code: stoa.CodeRedirects, Status: status, Err: errors.New("redirect of a POST to another host is not followed")}
		}
		return method, body, nil
	}
	return http.MethodGet, nil, nil
}

// sameHost reports whether b is the host a, for the sake of credentials: the same name and port, or its secure side.
func sameHost(a, b target) bool {
	if a.host != b.host {
		return false
	}
	return a.port == b.port || (a.port == 80 && b.port == 443)
}

// hop passes one address through all stations up to the exchange.
func (t *trip) hop(ctx context.Context, at target, method string, body []byte) (*leg, error) {
	c := t.client
	if c.optOut != nil && c.optOut(at.host) {
		return nil, refuse(stoa.CodeOptOut, fmt.Errorf("%s asked not to be visited", at.host))
	}
	if err := c.hosts.waiting(at); err != nil {
		return nil, err
	}
	way, err := c.dialer.resolve(ctx, at)
	if err != nil {
		return nil, err
	}
	if !t.request.IgnoreRobots {
		if err := c.askRobots(ctx, at, way, t.request.Delay); err != nil {
			return nil, err
		}
	}
	sent, err := c.headers(t.request, !t.away)
	if err != nil {
		return nil, err
	}
	a := ask{target: at, route: way, method: method, header: sent, body: body, limit: packedLimit(t.limit), large: t.request.Large}
	ans, err := c.visit(ctx, a, t.request.Delay, t.left)
	if err != nil {
		return nil, err
	}
	t.left -= ans.took
	return &leg{target: at, answer: ans, sent: sent}, nil
}

// packedLimit is how much of a packed body is read: packing may make small things a little larger.
func packedLimit(unpacked int64) int64 { return unpacked + unpacked/64 + 64<<10 }

// visit takes the host's turn for one exchange of at most budget.
func (c *Client) visit(ctx context.Context, a ask, delay, budget time.Duration) (*answer, error) {
	if budget <= 0 {
		return nil, fail(stoa.CodeTimeout, errDeadline)
	}
	asked := time.Now()
	turn, err := c.hosts.take(ctx, a.target, a.route.local, delay)
	if err != nil {
		return nil, err
	}
	turn.conditional = conditional(a.header)
	if time.Since(asked) > reRoute {
		if a.route, err = c.dialer.resolve(ctx, a.target); err != nil {
			turn.leave()
			return nil, err
		}
	}
	began := time.Now()
	limited, cancel := context.WithTimeoutCause(ctx, budget, errDeadline)
	defer cancel()
	ans, err := c.exchange(limited, a)
	if err != nil {
		turn.give(nil)
		return nil, err
	}
	ans.took = time.Since(began)
	if until := c.hosts.asked(ans); !until.IsZero() {
		turn.wait(until)
	}
	turn.give(ans)
	if told := c.hosts.told(ans); told != nil {
		return nil, told
	}
	return ans, nil
}

// finish turns the last answer into a Response, or into the error that its status means.
func (t *trip) finish(ctx context.Context, l *leg, method string) (*Response, error) {
	c, at, ans := t.client, l.target, l.answer
	if e := statusFault(ans.status, conditional(l.sent)); e != nil {
		e.Status, e.Header = ans.status, ans.header
		if u, err := unpack(ans.packed, ans.header, bounds{bytes: 8 * glance, ratio: c.limits.Ratio}); err == nil {
			e.Body = u.body[:min(len(u.body), glance)]
		}
		return nil, e
	}
	res := &Response{
		Status: ans.status, Asked: t.request.URL, URL: at.href, Header: ans.header, Fetched: ans.began, Hops: t.hops,
		Validators: validators(ans.header, ans.began),
	}
	if ans.status == http.StatusNotModified {
		res.Validators = refreshed(t.request.Validators, ans.header)
		return res, nil
	}
	if method == http.MethodHead {
		return res, nil
	}
	if ans.over {
		return nil, t.sized(ans, tooLarge("body is larger than %d bytes", t.limit))
	}
	if packed := ans.header.Get("Content-Encoding") != "" || isGzip(ans.packed); packed {
		if err := mayKeep(ctx, t.request.Large); err != nil {
			return nil, err
		}
	}
	u, err := unpack(ans.packed, ans.header, bounds{bytes: t.limit, ratio: c.limits.Ratio})
	if err != nil {
		return nil, t.sized(ans, err)
	}
	res.Body, res.Truncated = u.body, u.cut || ans.cut
	if c.archive != nil && !t.request.NoCapture {
		if res.Capture, err = c.archive.Write(res, ans.proto, ans.packed, ans.ip); err != nil {
			// A full disk must not cost the harvest: the fields will say that they cite no capture.
			c.log.WarnContext(ctx, "capture not kept", "source", t.request.Source, "address", at.href, "err", err)
		}
	}
	return res, nil
}

// sized adds to a refused body what answer it was.
func (t *trip) sized(ans *answer, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Status, e.Header = ans.status, ans.header
	}
	return err
}

// statusFault is what a status means when it is no usable answer, or nil. asked says that the request was conditional.
func statusFault(status int, asked bool) *Error {
	text := fmt.Errorf("the host answered %d %s", status, http.StatusText(status))
	switch {
	case status/100 == 2, status == http.StatusNotModified && asked:
		return nil
	case status == http.StatusNotModified:
		return fail(stoa.CodeStatus, errors.New("the host answered 304 although nothing was said to be known"))
	case status == 401, status == 403, status == 451:
		return refuse(stoa.CodeForbidden, text)
	case status == http.StatusGone:
		return fail(stoa.CodeGone, text)
	}
	return fail(stoa.CodeStatus, text)
}
