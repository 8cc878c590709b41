package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stoa"

	"golang.org/x/net/http/httpguts"
)

// Limits bound one request. Zero fields take the defaults.
type Limits struct {
	Body      int64         // unpacked bytes of a body; 10 MB. Request.Limit overrides it
	Header    int64         // bytes of all headers of an answer; 128 KiB
	Redirects int           // hops after the first request; 5, and never more
	Time      time.Duration // of all exchanges of one request together, without the wait for a turn; 60 s
	Idle      time.Duration // without a byte, within Time; 30 s
	Ratio     int64         // unpacked to packed bytes, looked at above 1 MiB; 200
}

// Options say how a Client behaves. Now is required; the zero value of everything else is the strict choice.
type Options struct {
	AllowNet []Network         // networks besides public addresses; see ParseAllow
	Proxy    string            // address of an HTTP proxy; see New
	Resolver string            // host:port of a DNS server instead of the system's
	Contact  string            // address or mailbox that the user agent names
	Version  string            // of stoa, in the user agent
	Limits   Limits            //
	Now      func() time.Time  // the clock that stamps and Retry-After go by
	Log      *slog.Logger      // nil logs nothing
	Archive  *Archive          // where captures go; nil keeps none
	Roots    *x509.CertPool    // certificate authorities; nil trusts the system's
	OptOut   func(string) bool // whether a host asked not to be visited; nil means none did
	Hosts    []Host            // what Hosts returned when the last process ended, so that its waits go on

	// CleanStart says that the last process ended in order, so that Hosts is whole. Without it every host counts as
	// just visited: who was killed does not know when it last knocked.
	CleanStart bool
}

// Request is one thing to fetch.
type Request struct {
	URL    string            // absolute, http or https
	Method string            // GET when empty; HEAD and POST are allowed
	Header map[string]string // sent to the first host only; see Do
	Body   []byte            // of a POST
	// Validators of an earlier answer; they make the request conditional and are sent back exactly as received.
	Validators   stoa.Validators
	Limit        int64         // unpacked bytes; zero is the client's limit
	Delay        time.Duration // between two requests to the host; outside AllowNet at least a second
	Source       string        // id, for the log
	IgnoreRobots bool          // for hosts whose owner asked us in
	NoCapture    bool          // for checks, which would only push captures out of the archive

	// Large is called before more than LargeBody bytes of a body are kept, or a packed one is unpacked. It may wait, so that only
	// few large bodies are in memory at once. Its error ends the request.
	Large func(context.Context) error
}

// LargeBody is how many bytes of a body are kept without asking Request.Large.
const LargeBody = 256 << 10

// Response is an answer that can be used: status 2xx, or 304 to a conditional request.
type Response struct {
	Status     int
	Asked      string      // the address that was asked for, before redirects
	URL        string      // of the answer, after redirects
	Header     http.Header // as received, Content-Encoding included
	Body       []byte      // unpacked
	Fetched    time.Time   // when the answer began, in UTC
	Capture    string      // id in the archive; empty when none was kept
	Hops       []stoa.Hop  // redirects that were followed, in order
	Truncated  bool        // the body was cut off on its way; Body holds what came
	Validators stoa.Validators
}

// Client fetches. It is safe for use by several goroutines.
type Client struct {
	limits    Limits
	agent     string // the whole user agent
	now       func() time.Time
	log       *slog.Logger
	archive   *Archive
	optOut    func(string) bool
	guard     *guard
	dialer    *dialer
	transport *http.Transport
	hosts     *hosts
	rules     *rules
	secure    *secure
}

// agentName is the product token that robots.txt groups are matched with.
const agentName = "stoa"

// New returns a client.
//
// Behind Options.Proxy the proxy resolves each name once more and dials by itself. The client still resolves and checks
// every target, hop by hop, before it asks the proxy for it; what a name answers to the proxy a moment later is out
// of its sight, so the proxy has to refuse private networks too. The proxy's own address is not checked: the operator
// named it.
func New(o Options) (*Client, error) {
	if o.Now == nil {
		return nil, errors.New("make fetch client: no clock given")
	}
	agent := agentName + "/" + orElse(o.Version, "dev")
	if o.Contact != "" {
		agent += " (+" + o.Contact + ")"
	}
	if !httpguts.ValidHeaderFieldValue(agent) {
		return nil, fmt.Errorf("make fetch client: contact %q cannot stand in a header", o.Contact)
	}
	var proxy *url.URL
	if o.Proxy != "" {
		var err error
		if proxy, err = url.Parse(o.Proxy); err != nil || proxy.Host == "" || (proxy.Scheme != "http" && proxy.Scheme != "https") {
			return nil, errors.New("make fetch client: the proxy must be given as http://HOST:PORT")
		}
	}
	c := &Client{
		limits: o.Limits.filled(), agent: agent, now: o.Now, log: o.Log, archive: o.Archive, optOut: o.OptOut,
		guard: newGuard(o.AllowNet),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.dialer = newDialer(c.guard, o.Resolver, proxy, c.limits)
	c.transport = newTransport(c.dialer, proxy, o.Roots, c.limits)
	c.hosts = newHosts(o.Now, o.CleanStart, o.Hosts)
	c.rules = newRules(o.Now)
	c.secure = &secure{until: map[string]time.Time{}}
	return c, nil
}

// Close gives back idle connections. Requests under way go on.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// UserAgent returns what the client calls itself.
func (c *Client) UserAgent() string { return c.agent }

func (l Limits) filled() Limits {
	if l.Body <= 0 {
		l.Body = 10_000_000
	}
	if l.Header <= 0 {
		l.Header = 128 << 10
	}
	if l.Redirects <= 0 || l.Redirects > 5 {
		l.Redirects = 5
	}
	if l.Time <= 0 {
		l.Time = time.Minute
	}
	if l.Idle <= 0 {
		l.Idle = 30 * time.Second
	}
	if l.Ratio <= 0 {
		l.Ratio = 200
	}
	return l
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Do fetches r, following at most five redirects by its own rules: each hop passes the guard, robots.txt and its host's
// turn; https never goes back to http; Request.Header other than Accept and Accept-Language, credentials therefore
// included, is sent to the first host only and never again once another host was visited. A POST becomes a GET where browsers do so.
//
// Host, User-Agent, Referer, the conditional and the hop-by-hop headers are Do's own: what Request.Header says of
// them is not sent.
//
// The error is always an *Error; one that came from ctx has the context's cause in its chain.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	t := &trip{client: c, request: r, limit: r.Limit, left: c.limits.Time}
	if t.limit <= 0 {
		t.limit = c.limits.Body
	}
	res, err := t.run(ctx)
	if err == nil {
		return res, nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = fail(stoa.CodeInternal, err)
	}
	e.Hops = t.hops
	if e.Address == "" {
		e.Address = t.address
	}
	c.log.DebugContext(ctx, "fetch failed", "source", r.Source, "address", e.Address, "code", e.Code, "err", e.Err)
	return nil, e
}

// validators returns what a 2xx answer gave for asking again.
func validators(h http.Header, at time.Time) stoa.Validators {
	return stoa.Validators{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified"), Full: at}
}

// refreshed returns the validators after a 304, which may bring newer ones. Full stays: no full answer came.
func refreshed(old stoa.Validators, h http.Header) stoa.Validators {
	old.ETag = orElse(h.Get("ETag"), old.ETag)
	old.LastModified = orElse(h.Get("Last-Modified"), old.LastModified)
	return old
}

// redacted removes what a log or a page must not show from an address that could not be read.
func redacted(raw string) string {
	if i := strings.LastIndexByte(raw, '@'); i >= 0 {
		if j := strings.Index(raw, "//"); j >= 0 && j < i {
			raw = raw[:j+2] + "…" + raw[i:]
		}
	}
	if len(raw) > 200 {
		raw = raw[:200] + "…"
	}
	return fmt.Sprintf("%q", raw)
}
