package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"stoa"

	"golang.org/x/net/http/httpguts"
)

// answer is one response as it came: nothing followed, nothing unpacked.
type answer struct {
	status int
	proto  string
	header http.Header
	packed []byte // the body without transfer coding
	cut    bool   // the body ended before it was whole
	over   bool   // the body was longer than was to be read
	began  time.Time
	ip     string
	took   time.Duration
}

// ask is what one exchange sends.
type ask struct {
	target target
	route  *route
	method string
	header http.Header
	body   []byte
	limit  int64 // packed bytes to read of the body
	part   bool  // the beginning is wanted even of a body that is longer
	large  func(context.Context) error
}

// glance is how much is read of the body of an answer that is an error.
const glance = 64 << 10

// What an exchange does when it fails tells whose fault it is.
const (
	phaseConnect = "connect"
	phaseTLS     = "TLS handshake"
)

// exchange sends one request and reads one answer. ctx carries its deadline.
func (c *Client) exchange(ctx context.Context, a ask) (*answer, error) {
	phase := new(atomic.Value)
	phase.Store(phaseConnect)
	var ip atomic.Value
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(c.limits.Idle, func() { cancel(errIdle) })
	defer idle.Stop()
	progress := func() { idle.Reset(c.limits.Idle) }
	ctx = httptrace.WithClientTrace(context.WithValue(ctx, routeKey{}, a.route), &httptrace.ClientTrace{
		TLSHandshakeStart: func() { phase.Store(phaseTLS) },
		GotConn: func(i httptrace.GotConnInfo) {
			progress()
			phase.Store("send the request")
			ip.Store(i.Conn.RemoteAddr().String())
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { phase.Store("wait for the answer") },
		GotFirstResponseByte: func() { progress(); phase.Store("read the headers") },
	})
	req, err := a.request(ctx)
	if err != nil {
		return nil, fail(CodeAddress, err)
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		doing := phase.Load().(string)
		e := broken(ctx, doing, err)
		if doing == phaseConnect && e.Code == stoa.CodeConnect && c.dialer.proxy != "" {
			e.Code, e.Err = CodeProxy, fmt.Errorf("ask the outgoing proxy: %w", err)
		}
		return nil, e
	}
	defer res.Body.Close()
	res.Body = watched{ReadCloser: res.Body, progress: progress}
	if res.StatusCode == http.StatusProxyAuthRequired && c.dialer.proxy != "" {
		return nil, proxyRefusal(res.StatusCode)
	}
	out := &answer{status: res.StatusCode, proto: res.Proto, header: res.Header, began: c.now().UTC()}
	out.ip, _ = ip.Load().(string)
	if res.StatusCode/100 != 2 {
		return out, out.glance(ctx, res)
	}
	if res.ContentLength > a.limit && !a.part {
		out.over = true
		return out, nil
	}
	return out, out.read(ctx, res, a.limit, func() error {
		idle.Stop() // it is we who are silent
		defer progress()
		return mayKeep(ctx, a.large)
	})
}

// request is what goes over the wire.
func (a ask) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if len(a.body) > 0 {
		body = bytes.NewReader(a.body)
	}
	req, err := http.NewRequestWithContext(ctx, a.method, a.target.href, body)
	if err != nil {
		// net/url may refuse what browsers accept; the target has a form of it that it does accept.
		if req, err = http.NewRequestWithContext(ctx, a.method, a.target.authority()+"/", body); err != nil {
			return nil, err
		}
	}
	u := *a.target.url
	req.URL, req.Header = &u, a.header
	return req, nil
}

// mayKeep asks whether a large body may be kept, which may take a while.
func mayKeep(ctx context.Context, large func(context.Context) error) error {
	if large == nil {
		return nil
	}
	err := large(ctx)
	if err == nil {
		return nil
	}
	if e := ended(ctx, "wait to keep a large body"); e != nil {
		return e
	}
	return err
}

// watched tells of each byte that comes.
type watched struct {
	io.ReadCloser
	progress func()
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.progress()
	}
	return n, err
}

// glance reads the beginning of a body that only explains: nothing of a redirect's, and of others no longer than the
// deadline lets it.
func (a *answer) glance(ctx context.Context, res *http.Response) error {
	if redirects(a.status) && res.Header.Get("Location") != "" {
		return nil
	}
	err := a.read(ctx, res, glance, nil)
	if e, ok := errors.AsType[*Error](err); ok && e.Code == stoa.CodeTimeout {
		a.cut = true
		return nil // the status is known, whatever the body does
	}
	return err
}

// read takes the body up to limit bytes. An end that comes too early is no error: what came is kept, and marked.
func (a *answer) read(ctx context.Context, res *http.Response, limit int64, large func() error) error {
	var b bytes.Buffer
	_, err := b.ReadFrom(io.LimitReader(res.Body, min(limit, LargeBody)+1))
	if err == nil && b.Len() > LargeBody {
		if err := large(); err != nil {
			return err
		}
		if n := res.ContentLength; n > 0 && n <= limit {
			b.Grow(int(n) - b.Len() + bytes.MinRead) // growing by and by leaves three times as much behind
		}
		_, err = b.ReadFrom(io.LimitReader(res.Body, limit+1-int64(b.Len())))
	}
	a.packed = b.Bytes()
	if int64(len(a.packed)) > limit {
		a.packed, a.over = a.packed[:limit], true
		return nil
	}
	if err == nil {
		return nil
	}
	if e := ended(ctx, "read the body"); e != nil {
		return e
	}
	a.cut = true
	return nil
}

// ownHeaders are the client's own, whatever a source asks for.
var ownHeaders = []string{
	"Host", "User-Agent", "Referer", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since",
	"If-Range", "Range", "Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Content-Length", "Upgrade",
	"Expect", "Proxy-Authorization", "Proxy-Connection",
}

// headers returns what is sent. home says that the hop goes to the host for which the request was made.
func (c *Client) headers(r Request, home bool) (http.Header, error) {
	h := http.Header{}
	for name, value := range r.Header {
		name = http.CanonicalHeaderKey(name)
		if !home && name != "Accept" && name != "Accept-Language" {
			continue
		}
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fail(CodeAddress, fmt.Errorf("header %q of the source cannot be sent", name))
		}
		h.Set(name, value)
	}
	for _, name := range ownHeaders {
		h.Del(name)
	}
	if h.Get("Accept") == "" {
		h.Set("Accept", "*/*")
	}
	if h.Get("Content-Type") == "" && r.Method == http.MethodPost && len(r.Body) > 0 {
		h.Set("Content-Type", kindOf(r.Body))
	}
	h.Set("User-Agent", c.agent)
	h.Set("Accept-Encoding", "gzip, deflate, br")
	condition := func(name, value string) {
		if value != "" && httpguts.ValidHeaderFieldValue(value) {
			h.Set(name, value)
		}
	}
	condition("If-None-Match", r.Validators.ETag)
	condition("If-Modified-Since", r.Validators.LastModified)
	return h, nil
}

// kindOf is the type of a body for which none was given: JSON by its looks, else a form.
func kindOf(body []byte) string {
	if json.Valid(body) {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

func conditional(h http.Header) bool {
	return h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != ""
}

// errTooLarge is wrapped by each refusal of too many bytes.
var errTooLarge = errors.New("too many bytes")

func tooLarge(format string, args ...any) *Error {
	return fail(stoa.CodeTooLarge, fmt.Errorf("%w: "+format, append([]any{errTooLarge}, args...)...))
}
