// Package server is what people and machines see: the public catalogue, the curators' desk and the JSON API, behind
// one handler. It needs the catalogue through small interfaces and knows nothing of how it is kept.
package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"

	"stoa"
	"stoa/server/api"
	"stoa/server/assets"
	"stoa/server/catalogue"
	"stoa/server/curate"
	"stoa/server/page"
)

// Catalogue is all that the server needs of the store. Its parts are declared by those who call them.
type Catalogue interface {
	catalogue.Records
	catalogue.Whole
	curate.Records
	curate.Evidence
	curate.Rulings
	curate.Papers
	curate.Together
	curate.Claiming
	curate.Post
	api.Walker
}

// Accounts is who may sign in, and who did.
type Accounts interface {
	curate.Accounts
	curate.Sessions
	curate.People
	curate.SignedIn
	curate.Tokens
}

// Options is what a server is made of. Catalogue, Search, Accounts, Password and Sources are needed.
type Options struct {
	Catalogue Catalogue
	Search    catalogue.Search
	Accounts  Accounts
	Password  func(encoded, password string) bool // whether a password belongs to a hash; takes as long for an empty hash
	Sources   func() []stoa.Source                // in force, disabled ones included
	Hosts     func(context.Context) []stoa.Ledger // the politeness ledger, by host; may be nil
	Agent     string                              // what the crawler calls itself

	OrganisationID func(name string) string // the id of an organisation by its name; default: its letters, kebab-case

	PublicURL string // default http://localhost:8080
	Contact   string // an address of mail, or of a page
	Title     string // default stoa
	Version   string

	Now     func() time.Time // default time.Now
	Log     *slog.Logger     // default discards
	Metrics *prometheus.Registry
	Ready   func(context.Context) error // what /readyz asks besides the store; may be nil

	Proxies       []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto are believed; none by default
	Rate          float64        // requests a second for one address on searches and the API; default 100
	CloseMetrics  bool           // /metrics only for admins' tokens
	PasswordDelay time.Duration  // first delay after some wrong passwords; default 1 s

	Hash     func(password string) (string, error) // encodes a new password; nil: passwords are changed on the command line only
	Workshop curate.Workshop                       // tries and harvests sources; nil: the desk does without
	Shelf    curate.Shelf                          // entries and captures; nil: the desk does without
	Seal     curate.Seal                           // signs links; default: a key that ends with the process
	Mail     bool                                  // mail is configured
}

func (o *Options) fill() error {
	if o.Catalogue == nil || o.Search == nil || o.Accounts == nil || o.Password == nil || o.Sources == nil {
		return fmt.Errorf("make server: %w: Catalogue, Search, Accounts, Password and Sources are needed", stoa.ErrInvalid)
	}
	if o.PublicURL == "" {
		o.PublicURL = "http://localhost:8080"
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if page.Outgoing(o.PublicURL) == "" {
		return fmt.Errorf("make server: %w: public address %q: want http://… or https://…", stoa.ErrInvalid, o.PublicURL)
	}
	if o.Title == "" {
		o.Title = "stoa"
	}
	if o.OrganisationID == nil {
		o.OrganisationID = kebab
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.Rate == 0 {
		o.Rate = 100
	}
	if o.PasswordDelay == 0 {
		o.PasswordDelay = time.Second
	}
	if len(o.Seal) == 0 {
		o.Seal = make(curate.Seal, 32)
		rand.Read(o.Seal) // never fails
	}
	return nil
}

// kebab makes an id of a name.
func kebab(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "-")
}

// server holds what the middleware shares.
type server struct {
	Options
	site   page.Site
	secure bool // the public address is https
	meter  *meter
}

// New returns the handler for everything. It fails on options that cannot work, and starts nothing.
func New(o Options) (http.Handler, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	s := &server{
		Options: o, secure: strings.HasPrefix(o.PublicURL, "https://"),
		site: page.Site{Title: o.Title, URL: o.PublicURL, Contact: o.Contact, Version: o.Version},
	}
	var err error
	if s.meter, err = newMeter(o); err != nil {
		return nil, err
	}
	mux, err := s.routes()
	if err != nil {
		return nil, err
	}
	return s.chain(mux.ServeMux), nil
}

// routes is a mux that remembers its patterns, so that a test can see that none is forgotten.
type routes struct {
	*http.ServeMux
	patterns []string
}

// Handle adds a route.
func (m *routes) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

// HandleFunc adds a route.
func (m *routes) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

func (s *server) routes() (*routes, error) {
	mux := &routes{ServeMux: http.NewServeMux()}
	pages := &catalogue.Pages{Records: s.Catalogue, Whole: s.Catalogue, Search: s.Search, Sources: s.Sources, Hosts: s.Hosts, Agent: s.Agent, Site: s.site, Now: s.Now, Fail: s.fail, OrganisationID: s.OrganisationID}
	if err := pages.Register(mux); err != nil {
		return nil, err
	}
	desk := &curate.Desk{
		Records: s.Catalogue, Accounts: s.Accounts, Sessions: s.Accounts, Password: s.Password, Sources: s.Sources, Site: s.site, Now: s.Now, Log: s.Log, Fail: s.fail,
		Secure: s.secure, Delay: s.PasswordDelay,
		Office: curate.Office{People: s.Accounts, SignedIn: s.Accounts, Tokens: s.Accounts, Workshop: s.Workshop, Shelf: s.Shelf, Hash: s.Hash, Seal: s.Seal, Mail: s.Mail},
	}
	desk.Register(mux)
	outside := &curate.Outside{
		Records: s.Catalogue, Post: s.Catalogue, Accounts: s.Accounts, People: s.Accounts, Sources: s.Sources, Site: s.site, Now: s.Now, Log: s.Log, Fail: s.fail, Seal: s.Seal,
	}
	if err := outside.Register(mux); err != nil {
		return nil, err
	}
	machines := &api.API{
		Records: s.Catalogue, Search: s.Search, Accounts: s.Accounts, Sources: s.Sources, Site: s.site, Now: s.Now, Log: s.Log,
	}
	machines.Register(mux)
	files := assets.Handler()
	mux.Handle("GET /assets/{name}", files)
	for _, name := range []string{"/favicon.ico", "/favicon.svg", "/mark.svg"} {
		mux.Handle("GET "+name, files)
	}
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("GET /problems/{name}", s.problem)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.notFound(w, r, mux.ServeMux) })
	return mux, nil
}

// notFound answers for what has no route: 405 when the address exists and only the method is wrong, else 404.
func (s *server) notFound(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" && method != r.Method {
			w.Header().Set("Allow", method)
			s.refuse(w, r, http.StatusMethodNotAllowed, "want "+method)
			return
		}
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		page.SendProblem(w, r, s.site, page.Problem{Status: http.StatusNotFound})
		return
	}
	s.fail(w, r, page.View{Site: s.site, Now: s.Now()}, stoa.ErrNotFound)
}

// fail is the edge at which errors become answers, and the only place where one of ours is logged.
func (s *server) fail(w http.ResponseWriter, r *http.Request, v page.View, err error) {
	if page.Status(err) >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.Log.ErrorContext(r.Context(), "request failed", "request", page.RequestID(r.Context()), "method", r.Method, "path", r.URL.Path, "err", err)
	}
	page.SendError(w, r, v, err)
}

func (s *server) healthz(w http.ResponseWriter, r *http.Request) {
	page.Send(w, r, page.Answer{Type: "text/plain; charset=utf-8", Body: []byte("ok\n"), Cache: page.Private})
}

// readyz asks what the server stands on: the store answers, the search answers.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	status, text := http.StatusOK, "ready\n"
	say := func(what string, err error) {
		if err != nil && status == http.StatusOK {
			status, text = http.StatusServiceUnavailable, what+" does not answer\n"
			s.Log.WarnContext(ctx, "not ready", "part", what, "err", err)
		}
	}
	_, err := s.Catalogue.Changes(ctx, 0, 1)
	say("store", err)
	_, err = s.Search.Search(ctx, stoa.Query{Limit: 1})
	say("search", err)
	if s.Ready != nil {
		say("program", s.Ready(ctx))
	}
	page.Send(w, r, page.Answer{Status: status, Type: "text/plain; charset=utf-8", Body: []byte(text), Cache: page.Private})
}

// problem describes one type of error, so that its address leads somewhere.
func (s *server) problem(w http.ResponseWriter, r *http.Request) {
	for status, name := range page.ProblemNames() {
		if name == r.PathValue("name") {
			body := fmt.Sprintf("%s: %d %s\n", name, status, http.StatusText(status))
			page.Send(w, r, page.Answer{Type: "text/plain; charset=utf-8", Body: []byte(body)})
			return
		}
	}
	s.fail(w, r, page.View{Site: s.site, Now: s.Now()}, stoa.ErrNotFound)
}
