// Package api is the catalogue for programs: JSON under /api/v1/, the nouns as they are. Reading needs no token and
// hides what pages hide; ruling needs one. Errors are RFC 9457 problems.
package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"stoa"
	"stoa/server/catalogue"
	"stoa/server/curate"
	"stoa/server/page"
)

// Records is what the API needs of the catalogue.
type Records interface {
	curate.Together
	catalogue.Records
	curate.Rulings
	Walker
	// Decision returns a decision by its id, and whether nobody took it back.
	Decision(ctx context.Context, id string) (stoa.Decision, bool, error)
}

// Walker reads all records, and all changes.
type Walker interface {
	// Records yields all records whose id is greater than after, in the order of ids, whatever their state.
	Records(ctx context.Context, after string) iter.Seq2[stoa.Record, error]
	// Changes returns at most limit changes after the number since, oldest first.
	Changes(ctx context.Context, since uint64, limit int) ([]stoa.Change, error)
}

// API answers /api/v1/.
type API struct {
	Records  Records
	Search   catalogue.Search
	Accounts curate.Accounts
	Sources  func() []stoa.Source
	Site     page.Site
	Now      func() time.Time
	Log      *slog.Logger

	document func() ([]byte, error) // OpenAPI, made when it is first asked for
}

// handler answers a call; its error becomes a problem in one place.
type handler func(w http.ResponseWriter, r *http.Request) error

// Register adds the addresses of the API to a mux.
func (a *API) Register(mux page.Mux) {
	a.document = sync.OnceValues(func() ([]byte, error) { return document(a.Site) })
	at := func(pattern string, h handler) { mux.Handle(pattern, a.call(h)) }
	at("GET /api/v1/records", a.list)
	at("GET /api/v1/records/{id}", a.record)
	at("GET /api/v1/changes", a.changes)
	at("GET /api/v1/sources", a.sources)
	at("GET /api/v1/sources/{id}", a.source)
	at("GET /api/v1/queue", a.queue)
	at("POST /api/v1/decisions", a.decide)
	at("POST /api/v1/acts", a.act)
	at("POST /api/v1/runs/{run}/release", a.settleRun(stoa.Release))
	at("POST /api/v1/runs/{run}/discard", a.settleRun(stoa.Discard))
	at("GET /api/v1/openapi.json", a.openAPI)
	at("GET /oai", a.oai)
	at("POST /oai", a.oai)
}

func (a *API) call(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*") // public data; what a token opens is no cookie's to give
		if err := h(w, r); err != nil && r.Context().Err() == nil {
			a.fail(w, r, err)
		}
	})
}

// refusal is an error with its own status and what else belongs into the problem.
type refusal struct {
	problem page.Problem
	err     error
}

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := page.Problem{Status: page.Status(err)}
	var own *refusal
	if errors.As(err, &own) {
		p = own.problem
	}
	var faults page.Faults
	if errors.As(err, &faults) {
		p.Errors = faults
	}
	switch {
	case p.Status >= http.StatusInternalServerError:
		a.Log.ErrorContext(r.Context(), "request failed", "request", page.RequestID(r.Context()), "method", r.Method, "path", r.URL.Path, "err", err)
		if errors.Is(err, stoa.ErrFull) {
			p.Detail = "nothing can be written now: the disk is full, or may only be read; nothing was lost, and reading goes on"
		}
	case p.Detail == "":
		p.Detail = err.Error()
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="stoa"`)
	}
	page.SendProblem(w, r, a.Site, p)
}

// send answers with JSON.
func send(w http.ResponseWriter, r *http.Request, status int, v any, cache, tag string) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	page.Send(w, r, page.Answer{Status: status, Type: "application/json", Body: append(body, '\n'), Cache: cache, Tag: tag, Vary: "Authorization"})
	return nil
}

// who returns the token of a request, nil when it has none. A token that is wrong or over is an error, never nothing.
func (a *API) who(r *http.Request) (*stoa.Token, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, nil
	}
	scheme, secret, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(secret) == "" {
		return nil, unauthorized("want Authorization: Bearer TOKEN")
	}
	t, err := curate.TokenOf(r.Context(), a.Accounts, strings.TrimSpace(secret))
	if errors.Is(err, stoa.ErrDenied) || errors.Is(err, stoa.ErrNotFound) {
		return nil, unauthorized("the token is unknown or over")
	}
	return &t, err
}

// known returns the token of a request that must have one.
func (a *API) known(r *http.Request) (stoa.Token, error) {
	t, err := a.who(r)
	if err == nil && t == nil {
		err = unauthorized("this needs a token: stoa user add NAME --role R --token")
	}
	if err != nil {
		return stoa.Token{}, err
	}
	return *t, nil
}

// need returns the token of a request that must have one with at least a role, for a part of the API.
func (a *API) need(r *http.Request, role stoa.UserRole, scope stoa.Scope) (stoa.Token, error) {
	t, err := a.known(r)
	if err != nil {
		return stoa.Token{}, err
	}
	if !t.Role.May(role) {
		return stoa.Token{}, fmt.Errorf("%w: this needs the role %s, the token has %s", stoa.ErrDenied, role, t.Role)
	}
	if !t.Opens(scope) {
		return stoa.Token{}, outside(scope, t)
	}
	return t, nil
}

func outside(scope stoa.Scope, t stoa.Token) error {
	return fmt.Errorf("%w: this needs a token with the scope %s, this one has %v", stoa.ErrDenied, scope, t.Scopes)
}

func unauthorized(text string) error {
	return &refusal{page.Problem{Status: http.StatusUnauthorized, Detail: text}, stoa.ErrDenied}
}

// cursor is where a list goes on. It is opaque to callers.
type cursor struct {
	kind string // offset, log or id
	at   string
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.kind + ":" + c.at))
}

func (c cursor) number() uint64 {
	n, err := strconv.ParseUint(c.at, 10, 63)
	if err != nil {
		return 0
	}
	return n
}

func readCursor(s, kind string) (cursor, error) {
	if s == "" {
		return cursor{kind: kind}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	c := cursor{}
	var ok bool
	if err == nil {
		c.kind, c.at, ok = strings.Cut(string(raw), ":")
	}
	if !ok || c.kind != kind || len(c.at) > 64 {
		return cursor{}, page.Faults{{Field: "cursor", Text: "want the next of the list before, with the same parameters"}}
	}
	return c, nil
}

// MaxLimit is the most records that one answer holds; a greater limit gets as many.
const MaxLimit = 500

func limitOf(v url.Values) (int, error) {
	s := v.Get("limit")
	if s == "" {
		return 50, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, page.Faults{{Field: "limit", Text: fmt.Sprintf("want a number from 1; answers hold at most %d", MaxLimit)}}
	}
	return min(n, MaxLimit), nil
}

// linkNext names the next part of a list in a header too (RFC 8288).
func (a *API) linkNext(w http.ResponseWriter, r *http.Request, next string) {
	if next == "" {
		return
	}
	v := r.URL.Query()
	v.Set("cursor", next)
	w.Header().Add("Link", "<"+a.Site.Absolute(r.URL.EscapedPath()+"?"+v.Encode())+`>; rel="next"`)
}
