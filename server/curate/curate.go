// Package curate is the desk: sign-in, the queue, records with what the machine thinks and why, held runs, the log.
// Everything works by plain forms and links. Each ruling is a decision; the store checks and keeps it.
package curate

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/a-h/templ"

	"stoa"
	"stoa/server/locales"
	"stoa/server/page"
)

// Rulings is what a person rules on, and how.
type Rulings interface {
	// Queue returns a part of what waits, what matters most first, and how much waits in all.
	Queue(ctx context.Context, q stoa.TaskQuery) ([]stoa.Task, int, error)
	// Waiting counts by reason what waits of the part of the queue that a question is about, whatever reason it names.
	Waiting(ctx context.Context, q stoa.TaskQuery) (map[string]int, error)
	// Decide keeps a decision and carries it out. Wrong ones are stoa.ErrInvalid, late ones stoa.ErrConflict.
	Decide(ctx context.Context, d stoa.Decision) (stoa.Decision, error)
	// Stats counts what there is, the queue by reason among it.
	Stats(ctx context.Context) (stoa.Stats, error)
}

// Together is what people do as one, and with one another.
type Together interface {
	// DecideAll keeps decisions of one person as one act; those wrong or late are left out. Where a second person is
	// needed it keeps a motion, and the error is stoa.ErrWaits.
	DecideAll(ctx context.Context, ds []stoa.Decision) (stoa.Act, error)
	// Acts returns what a person did last, newest first, as far as it can be taken back as one.
	Acts(ctx context.Context, by string) ([]stoa.Act, error)
	// Motion returns what waits, or waited, for a second person.
	Motion(ctx context.Context, id string) (stoa.Motion, error)
}

// Claiming is who is at work on what.
type Claiming interface {
	// Claim notes that a person is at work. Another's claim comes back with stoa.ErrConflict, unless it is taken over.
	Claim(ctx context.Context, subject, by string, over bool) (stoa.Claim, error)
	Unclaim(ctx context.Context, subject, by string) error
	Claims(ctx context.Context) ([]stoa.Claim, error)
}

// Records is what the desk looks up.
type Records interface {
	Get(ctx context.Context, id string) (stoa.Record, error)
	History(ctx context.Context, source string) (stoa.History, error)
	Runs(ctx context.Context, source string, limit int) ([]stoa.Run, error)
	Run(ctx context.Context, id string) (stoa.Run, error)
	// Decision returns a decision by its id, and whether nobody took it back.
	Decision(ctx context.Context, id string) (stoa.Decision, bool, error)
}

// Evidence is what a record stands on.
type Evidence interface {
	Observations(ctx context.Context, record string) ([]stoa.Observation, error)
	Findings(ctx context.Context, record string) ([]stoa.Finding, error)
	Decisions(ctx context.Context, subject string) ([]stoa.Decision, error)
	// Log returns decisions on anything, newest first, before a number (0: from the end).
	Log(ctx context.Context, before uint64, limit int) ([]stoa.Decision, error)
}

// Catalogue is all that the desk needs of the store.
type Catalogue interface {
	Rulings
	Records
	Evidence
	Papers
	Together
	Claiming
}

// Desk answers /curate/.
type Desk struct {
	Records  Catalogue
	Accounts Accounts
	Sessions Sessions
	Password func(encoded, password string) bool // argon2id; takes its time for an empty hash too
	Sources  func() []stoa.Source
	Site     page.Site
	Now      func() time.Time
	Log      *slog.Logger
	Fail     func(w http.ResponseWriter, r *http.Request, v page.View, err error)
	Secure   bool          // cookies travel over https only
	Delay    time.Duration // after a first wrong password
	Office   Office

	guard   guard
	tallies talliedNumbers
}

// visit is a request of somebody who signed in.
type visit struct {
	page.View
	user stoa.User
	keys stoa.Keys
}

// may reports whether the person has at least a role.
func (v visit) may(role stoa.UserRole) bool { return v.user.Role.May(role) }

type handler func(w http.ResponseWriter, r *http.Request, v visit) error

// Register adds the desk's addresses to a mux.
func (d *Desk) Register(mux page.Mux) {
	d.guard.init(d.Delay, d.Now)
	mux.HandleFunc("GET /curate/login", d.loginPage)
	mux.HandleFunc("POST /curate/login", d.login)
	mux.HandleFunc("POST /curate/logout", d.logout)
	at := func(pattern string, need stoa.UserRole, h handler) { mux.Handle(pattern, d.signedIn(need, h)) }
	at("GET /curate/{$}", stoa.Viewer, d.front)
	at("GET /curate/queue", stoa.Viewer, d.queue)
	at("GET /curate/records/{id}", stoa.Viewer, d.record)
	at("GET /curate/runs", stoa.Viewer, d.runs)
	at("GET /curate/log", stoa.Viewer, d.log)
	at("POST /curate/records/{id}", stoa.Curator, d.ruleRecord)
	at("POST /curate/conflicts/{id}", stoa.Curator, d.ruleConflict)
	at("POST /curate/runs/{id}", stoa.Curator, d.ruleRun)
	at("POST /curate/undo", stoa.Curator, d.undo)
	at("POST /curate/motions/{id}", stoa.Curator, d.ruleMotion)
	at("GET /curate/records/{id}/edit", stoa.Curator, d.edit)
	at("POST /curate/records/{id}/edit", stoa.Curator, d.ruleEdit)
	at("GET /curate/bulk", stoa.Curator, d.preview)
	at("POST /curate/bulk", stoa.Curator, d.apply)
	at("GET /curate/acts", stoa.Curator, d.acts)
	at("GET /curate/keys", stoa.Viewer, d.keysPage)
	at("POST /curate/keys", stoa.Viewer, d.ruleKeys)
	at("GET /curate/claims", stoa.Viewer, d.claimsList)
	at("POST /curate/claims", stoa.Curator, d.ruleClaim)
	d.registerOffice(at)
	at("GET /curate/", stoa.Viewer, func(http.ResponseWriter, *http.Request, visit) error { return stoa.ErrNotFound })
}

// Needed returns the role that an action needs.
func Needed(a stoa.Action) stoa.UserRole {
	switch a {
	case stoa.Stage, stoa.Pause, stoa.Adopt, stoa.Leave, stoa.Switch, stoa.Invite, stoa.Withdraw, stoa.Takedown:
		return stoa.Editor
	case stoa.Erase:
		return stoa.Admin
	}
	return stoa.Curator
}

// ScopeOf returns the part of the API that an action belongs to.
func ScopeOf(a stoa.Action) stoa.Scope {
	switch a {
	case stoa.Stage, stoa.Pause, stoa.Adopt, stoa.Leave, stoa.Switch:
		return stoa.ScopeSources
	case stoa.Release, stoa.Discard:
		return stoa.ScopeRuns
	case stoa.Invite, stoa.Erase:
		return stoa.ScopePeople
	}
	return stoa.ScopeRecords
}

// Undoable returns the decision that an Undo is about, so that its role is asked for: nobody undoes what they may not do.
func Undoable(ctx context.Context, r Records, d stoa.Decision) (stoa.Decision, error) {
	if d.Action != stoa.Undo {
		return d, nil
	}
	target, _, err := r.Decision(ctx, d.Value)
	return target, err
}

func (d *Desk) front(w http.ResponseWriter, r *http.Request, _ visit) error {
	seeOther(w, r, home)
	return nil
}

// home is where the desk begins.
const home = "/curate/queue"

// seeOther sends a browser on after a form.
func seeOther(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", page.Private)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// ownPath returns next when it is a path of the desk, else the desk's first page. Nothing else is ever sent on to.
func ownPath(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, !strings.HasPrefix(next, "/curate/"), len(next) > 2000:
		return home
	case u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.User != nil:
		return home
	case u.Path != path.Clean(u.Path) || strings.ContainsAny(u.Path, "\\%") || strings.ContainsFunc(next, control):
		return home
	case strings.HasPrefix(u.Path, "/curate/login"), strings.HasPrefix(u.Path, "/curate/logout"):
		return home
	}
	return next
}

func control(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }

// view makes what a page of the desk is given. The language is the reader's: chosen by ?language=, kept in a cookie.
func (d *Desk) view(w http.ResponseWriter, r *http.Request) page.View {
	l := locales.Negotiate(r.Header.Get("Accept-Language"))
	if c, err := r.Cookie(languageCookie); err == nil {
		if chosen, ok := locales.For(c.Value); ok {
			l = chosen
		}
	}
	if chosen, ok := locales.For(r.URL.Query().Get("language")); ok {
		l = chosen
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: l.Code, Path: "/curate/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode})
	}
	q := r.URL.Query()
	q.Del("language")
	own := r.URL.EscapedPath()
	if len(q) > 0 {
		own += "?" + q.Encode()
	}
	return page.View{Locale: l, Site: d.Site, Now: d.Now().UTC(), Path: own, Desk: &page.Desk{}}
}

const languageCookie = "stoa_language"

// send answers with a page that nobody may keep.
func (d *Desk) send(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	body, err := page.Render(r.Context(), c)
	if err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Status: status, Type: page.HTML, Body: body, Cache: page.Private})
	return nil
}

// signedIn lets in whoever has a session and at least a role.
func (d *Desk) signedIn(need stoa.UserRole, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := d.view(w, r)
		user, err := d.whoIs(w, r)
		switch {
		case errors.Is(err, stoa.ErrDenied):
			d.askToSignIn(w, r)
			return
		case err == nil && !user.Role.May(need):
			err = stoa.ErrDenied
		}
		if err == nil {
			var keys stoa.Keys
			if keys, err = d.keysOf(r.Context(), user.Name); err == nil {
				v.Desk = &page.Desk{Name: user.Name, Role: string(user.Role), Keys: bound(keys)}
				err = h(w, r, visit{v, user, keys})
			}
		}
		if err != nil && r.Context().Err() == nil {
			d.Fail(w, r, v, err)
		}
	})
}

// askToSignIn leads to the sign-in, and back to where somebody wanted to go. A form that was sent is lost, and says so.
func (d *Desk) askToSignIn(w http.ResponseWriter, r *http.Request) {
	to := "/curate/login"
	if r.Method == http.MethodGet {
		if next := ownPath(r.URL.RequestURI()); next != home {
			to += "?next=" + url.QueryEscape(next)
		}
	} else {
		to += "?why=ended"
	}
	seeOther(w, r, to)
}
