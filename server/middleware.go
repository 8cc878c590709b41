package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"stoa/server/page"
)

// policy keeps a page to its own house: no script at all, styles and pictures from here, forms to here.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// deskPolicy lets the desk's own script run and fetch from here, and nothing else.
const deskPolicy = policy + "; script-src 'self'; connect-src 'self'"

// chain puts around the routes what holds for all of them, the outermost first.
func (s *server) chain(mux *http.ServeMux) http.Handler {
	cross := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.PublicURL); err == nil { // a proxy may change Host on the way
		if err := cross.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			s.Log.Warn("public address is no origin: forms are judged by Host alone", "url", s.PublicURL, "err", err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusForbidden, "the request comes from another site")
	}))
	var h http.Handler = cross.Handler(mux)
	h = s.bounded(h, newBuckets(s.Rate, s.Now))
	h = s.recovered(h)
	h = s.headed(h)
	h = s.meter.measured(h, mux)
	return s.identified(h)
}

// identified gives a request its id, and the address that it really came from.
func (s *server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw [8]byte
		rand.Read(raw[:]) // never fails
		id := hex.EncodeToString(raw[:])
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(page.WithRequestID(r.Context(), id))
		r.RemoteAddr = s.clientOf(r)
		next.ServeHTTP(w, r)
	})
}

// clientOf returns the address of whoever asks. A forwarded address is believed only from a configured proxy: the
// last one that is no proxy itself.
func (s *server) clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !s.proxied(host) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		if host = hop; !s.proxied(hop) {
			break
		}
	}
	return host
}

func (s *server) proxied(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range s.Proxies {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// headed sets the headers that every answer has.
func (s *server) headed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		if strings.HasPrefix(r.URL.Path, "/curate/") {
			h.Set("Content-Security-Policy", deskPolicy)
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// bodyLimit is the most bytes that a form may send.
const bodyLimit = 256 << 10

// maxPath is the longest address that is looked at.
const maxPath = 8 << 10

// bounded refuses what no reader sends: odd methods, endless addresses, floods.
func (s *server) bounded(next http.Handler, buckets *buckets) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodPost:
		case http.MethodOptions:
			w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
			w.WriteHeader(http.StatusNoContent)
			return
		default:
			w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
			s.refuse(w, r, http.StatusMethodNotAllowed, "want GET, HEAD or POST")
			return
		}
		if len(r.URL.RawQuery)+len(r.URL.Path) > maxPath {
			s.refuse(w, r, http.StatusBadRequest, "the address is too long")
			return
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		}
		if costly(r) {
			if wait := buckets.take(r.RemoteAddr); wait > 0 {
				w.Header().Set("Retry-After", page.Decimal(int(wait/time.Second)+1))
				s.refuse(w, r, http.StatusTooManyRequests, "")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// costly tells requests that search or compute.
func costly(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || r.URL.RawQuery != "" || r.Method == http.MethodPost
}

// refuse answers in the form of the address: a problem for the API, a page for people.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		page.SendProblem(w, r, s.site, page.Problem{Status: status, Detail: detail})
		return
	}
	page.SendError(w, r, page.View{Site: s.site, Now: s.Now()}, page.WithStatus(status, errors.New(detail)))
}

// recovered turns a panic into one logged line and a page. A connection that was cut on purpose stays cut.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &witness{ResponseWriter: w}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			s.Log.ErrorContext(r.Context(), "request panicked", "request", page.RequestID(r.Context()), "method", r.Method, "path", r.URL.Path,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			if seen.began {
				panic(http.ErrAbortHandler) // half an answer must not pass for a whole one
			}
			s.refuse(w, r, http.StatusInternalServerError, "")
		}()
		next.ServeHTTP(seen, r)
	})
}

// witness knows whether an answer has begun.
type witness struct {
	http.ResponseWriter
	began bool
}

func (w *witness) WriteHeader(status int) {
	w.began = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(b []byte) (int, error) {
	w.began = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }
