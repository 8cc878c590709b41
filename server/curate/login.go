package curate

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"stoa"
	"stoa/server/page"
)

// signIn is what the sign-in page shows.
type signIn struct {
	name, next string
	why        string // one comes here: ended, out, changed; or ""
	wrong      bool
	wait       int // seconds
}

func (d *Desk) loginPage(w http.ResponseWriter, r *http.Request) {
	v := d.view(w, r)
	next := ownPath(r.URL.Query().Get("next"))
	if _, err := d.whoIs(w, r); err == nil { // signed in already, maybe in another tab
		seeOther(w, r, next)
		return
	}
	why := r.URL.Query().Get("why")
	if !slices.Contains([]string{"ended", "out", "changed"}, why) {
		why = ""
	}
	d.showLogin(w, r, v, http.StatusOK, signIn{next: next, why: why})
}

func (d *Desk) showLogin(w http.ResponseWriter, r *http.Request, v page.View, status int, s signIn) {
	v.Title, v.Nav = v.T("login.title"), "login"
	if err := d.send(w, r, status, loginPage(v, s)); err != nil {
		d.Fail(w, r, v, err)
	}
}

// login checks a name and a password. Unknown names get the same answer after the same work, and whoever guesses waits.
func (d *Desk) login(w http.ResponseWriter, r *http.Request) {
	v := d.view(w, r)
	if err := r.ParseForm(); err != nil {
		d.Fail(w, r, v, errors.Join(stoa.ErrInvalid, err))
		return
	}
	name, password := strings.ToLower(strings.TrimSpace(r.PostForm.Get("name"))), r.PostForm.Get("password")
	s := signIn{name: name, next: ownPath(r.PostForm.Get("next")), wrong: true}
	if wait := d.guard.wait(name, r.RemoteAddr); wait > 0 {
		s.wait = int(wait/time.Second) + 1
		w.Header().Set("Retry-After", page.Decimal(s.wait))
		d.showLogin(w, r, v, http.StatusTooManyRequests, s)
		return
	}
	user, err := d.checked(r, name, password)
	switch {
	case errors.Is(err, stoa.ErrDenied):
		d.guard.failed(name, r.RemoteAddr)
		d.Log.WarnContext(r.Context(), "sign-in failed", "request", page.RequestID(r.Context()), "name", name, "from", r.RemoteAddr)
		d.showLogin(w, r, v, http.StatusUnauthorized, s)
		return
	case err == nil:
		d.guard.passed(name, r.RemoteAddr)
		err = d.begin(w, r, user)
	}
	if err != nil {
		d.Fail(w, r, v, err)
		return
	}
	d.Log.InfoContext(r.Context(), "signed in", "request", page.RequestID(r.Context()), "name", user.Name, "from", r.RemoteAddr)
	seeOther(w, r, s.next)
}

// checked returns the account of a name and password, or stoa.ErrDenied. The password is checked in any case, so that
// the time tells nothing; few at once, since each check takes much memory.
func (d *Desk) checked(r *http.Request, name, password string) (stoa.User, error) {
	select {
	case d.guard.slots <- struct{}{}:
		defer func() { <-d.guard.slots }()
	case <-r.Context().Done():
		return stoa.User{}, r.Context().Err()
	}
	user, err := d.Accounts.User(r.Context(), name)
	if err != nil && !errors.Is(err, stoa.ErrNotFound) {
		return stoa.User{}, err
	}
	if err != nil || user.Disabled {
		user.Password = ""
	}
	if ok := d.Password(user.Password, password); !ok || err != nil || user.Disabled {
		return stoa.User{}, stoa.ErrDenied
	}
	return user, nil
}

func (d *Desk) logout(w http.ResponseWriter, r *http.Request) {
	if secret := d.secretOf(r); secret != "" {
		if err := d.Sessions.EndSession(r.Context(), secret); err != nil {
			d.Fail(w, r, d.view(w, r), err)
			return
		}
	}
	d.setCookie(w, "")
	seeOther(w, r, "/curate/login?why=out")
}

// guard makes guessing slow. Delays grow with each failure: from one address without much mercy, for one name only a
// little, so that an attacker cannot lock the real person out.
type guard struct {
	now   func() time.Time
	first time.Duration
	slots chan struct{} // password checks at once
	mu    sync.Mutex
	fails map[string]failures
}

type failures struct {
	count int
	until time.Time // no try before
	last  time.Time
}

const (
	checksAtOnce   = 4
	maxNameDelay   = 4 * time.Second
	maxDelay       = 15 * time.Minute
	freeFailures   = 3              // mistypes that cost nothing
	freeFromOne    = 10             // of one address over all names: people share addresses
	forgetFailures = 24 * time.Hour // after the last one
	maxRemembered  = 20_000
)

func (g *guard) init(first time.Duration, now func() time.Time) {
	g.now, g.first, g.fails, g.slots = now, first, map[string]failures{}, make(chan struct{}, checksAtOnce)
}

// keys are under what a failure is counted, with how many are free and the longest delay.
func guardKeys(name, address string) []struct {
	key  string
	free int
	most time.Duration
} {
	if len(name) > 80 || !utf8.ValidString(name) {
		name = "?"
	}
	return []struct {
		key  string
		free int
		most time.Duration
	}{
		{"both " + name + "\x00" + address, freeFailures, maxDelay},
		{"from " + address, freeFromOne, maxDelay},
		{"name " + name, freeFailures, maxNameDelay},
	}
}

// wait returns how long a name from an address has to wait.
func (g *guard) wait(name, address string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	var longest time.Duration
	now := g.now()
	for _, k := range guardKeys(name, address) {
		if left := g.fails[k.key].until.Sub(now); left > longest {
			longest = min(left, k.most) // a clock that went back makes nobody wait longer
		}
	}
	return longest
}

func (g *guard) failed(name, address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for _, k := range guardKeys(name, address) {
		f := g.fails[k.key]
		if now.Sub(f.last) > forgetFailures {
			f = failures{}
		}
		f.count++
		f.last = now
		if over := f.count - k.free; over > 0 {
			f.until = now.Add(min(g.first<<min(over-1, 16), k.most))
		}
		if len(g.fails) >= maxRemembered {
			clear(g.fails)
		}
		g.fails[k.key] = f
	}
}

// passed forgets what was counted for a name from an address; what the address did to other names stays.
func (g *guard) passed(name, address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.fails, guardKeys(name, address)[0].key)
}
