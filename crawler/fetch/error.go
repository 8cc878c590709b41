package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"stoa"
)

// Codes that only fetching knows; the others stand in stoa's run.go.
const (
	CodeAddress = "address" // failed: the address is not well formed
	CodeProxy   = "proxy"   // failed: the outgoing proxy refused, asked for a password or could not be reached
	CodeStopped = "stopped" // skipped: whoever asked took the request back
)

// Error says why there is no usable answer, in the words of a run.
type Error struct {
	Outcome stoa.Outcome
	Code    string
	Status  int         // of the answer that decided; 0 when none came
	Address string      // of the request that decided, after redirects
	RetryAt time.Time   // of code wait: not before
	Hops    []stoa.Hop  // redirects followed until then
	Header  http.Header // of the answer that decided, if one came
	Body    []byte      // its first 64 KiB, unpacked, for whoever has to tell a wall from an outage
	Err     error
}

// Error is the reason in words.
func (e *Error) Error() string {
	if e.Address == "" {
		return "fetch: " + e.Err.Error()
	}
	return "fetch " + e.Address + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Class names the error as link checks do: dns, dns-temporary, timeout, refused, reset, tls; "" for everything else.
func (e *Error) Class() string {
	switch e.Code {
	case stoa.CodeDNS:
		if d, ok := errors.AsType[*net.DNSError](e.Err); ok && d.IsNotFound {
			return "dns"
		}
		return "dns-temporary"
	case stoa.CodeTimeout:
		return "timeout"
	case stoa.CodeTLS:
		return "tls"
	case stoa.CodeConnect:
		if errors.Is(e.Err, syscall.ECONNREFUSED) {
			return "refused"
		}
		return "reset"
	}
	return ""
}

func fail(code string, err error) *Error {
	return &Error{Outcome: stoa.Failed, Code: code, Err: err}
}

func refuse(code string, err error) *Error {
	return &Error{Outcome: stoa.Refusal, Code: code, Err: err}
}

func wait(until time.Time, err error) *Error {
	return &Error{Outcome: stoa.Skipped, Code: stoa.CodeWait, RetryAt: until, Err: err}
}

// Causes of a context that a limit ended.
var (
	errDeadline = errors.New("time for the request is up")
	errIdle     = errors.New("no byte came for too long")
)

// ended returns the error of a context that is over, or nil.
func ended(ctx context.Context, doing string) *Error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, errDeadline) || errors.Is(cause, errIdle) || errors.Is(cause, context.DeadlineExceeded) {
		return fail(stoa.CodeTimeout, fmt.Errorf("%s: %w", doing, cause))
	}
	return &Error{Outcome: stoa.Skipped, Code: CodeStopped, Err: fmt.Errorf("%s: %w", doing, cause)}
}

// broken turns an error of the transport into an *Error; doing is the phase that failed.
func broken(ctx context.Context, doing string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e // the guard and the resolver speak through the dialer
	}
	if e := ended(ctx, doing); e != nil {
		if e.Code == stoa.CodeTimeout && doing == phaseTLS {
			e.Code, e.Err = stoa.CodeTLS, fmt.Errorf("TLS handshake stalled: %w", e.Err)
		}
		return e
	}
	if text := tlsFault(err); text != "" {
		return fail(stoa.CodeTLS, fmt.Errorf("%s: %w", text, err))
	}
	// The transport names these by text alone.
	if strings.Contains(err.Error(), "server response headers exceeded") || strings.Contains(err.Error(), "too many 1xx") {
		return fail(stoa.CodeTooLarge, fmt.Errorf("headers of the answer: %w", err))
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return fail(stoa.CodeTimeout, fmt.Errorf("%s: %w", doing, err))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the host closed the connection before it answered: %w", err)
	}
	return fail(stoa.CodeConnect, fmt.Errorf("%s: %w", doing, err))
}

// tlsFault names a fault of TLS, or returns "".
func tlsFault(err error) string {
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return "certificate is for another host: " + strings.Join(e.Certificate.DNSNames, ", ")
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch {
		case e.Reason != x509.Expired:
			return "certificate is not valid"
		case time.Now().Before(e.Cert.NotBefore):
			return "certificate is not valid before " + e.Cert.NotBefore.UTC().Format(time.DateOnly)
		}
		return "certificate expired on " + e.Cert.NotAfter.UTC().Format(time.DateOnly)
	}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if e.Cert != nil && string(e.Cert.RawIssuer) == string(e.Cert.RawSubject) {
			return "certificate is self-signed"
		}
		return "certificate is of an unknown authority, or an intermediate certificate is missing"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the host does not speak TLS there"
	}
	if e, ok := errors.AsType[tls.AlertError](err); ok {
		if e == 70 { // protocol_version, RFC 8446 section 6
			return "the host speaks only an old version of TLS"
		}
		return "the host refused TLS"
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "TLS handshake timeout"):
		return "TLS handshake stalled"
	case strings.Contains(text, "unsupported protocol version"), strings.Contains(text, "protocol version not supported"):
		return "the host speaks only an old version of TLS"
	case strings.Contains(text, "tls: "), strings.Contains(text, "x509: "):
		return "TLS"
	}
	return ""
}
