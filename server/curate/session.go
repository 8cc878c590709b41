package curate

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"stoa"
)

// Bounds of a session.
const (
	idle     = 2 * time.Hour    // without a request
	absolute = 12 * time.Hour   // since sign-in
	turn     = 30 * time.Minute // after which the secret is changed
	touch    = time.Minute      // how exactly the last request is kept
)

// cookieName is bound to the host where the browser knows how.
func (d *Desk) cookieName() string {
	if d.Secure {
		return "__Host-stoa"
	}
	return "stoa_session"
}

func (d *Desk) setCookie(w http.ResponseWriter, secret string) {
	c := &http.Cookie{Name: d.cookieName(), Value: secret, Path: "/", HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// secretOf returns the secret that a browser sent, or "".
func (d *Desk) secretOf(r *http.Request) string {
	c, err := r.Cookie(d.cookieName())
	if err != nil || len(c.Value) < 20 || len(c.Value) > 200 {
		return ""
	}
	return c.Value
}

// whoIs returns who sent a request; stoa.ErrDenied when nobody is signed in. The cookie of an unknown session is left
// alone: another tab may have just got a new one.
func (d *Desk) whoIs(w http.ResponseWriter, r *http.Request) (stoa.User, error) {
	secret := d.secretOf(r)
	if secret == "" {
		return stoa.User{}, stoa.ErrDenied
	}
	s, err := d.Sessions.Session(r.Context(), secret)
	if errors.Is(err, stoa.ErrNotFound) {
		return stoa.User{}, stoa.ErrDenied
	}
	if err != nil {
		return stoa.User{}, err
	}
	now := d.Now()
	if now.Sub(s.Seen) > idle || !now.Before(s.Expires) {
		return stoa.User{}, errors.Join(stoa.ErrDenied, d.Sessions.EndSession(r.Context(), secret))
	}
	user := stoa.User{Name: s.User, Role: s.Role}
	switch {
	case now.Sub(s.Created) > turn && r.Method == http.MethodGet:
		return user, d.renew(w, r, secret, s)
	case now.Sub(s.Seen) > touch:
		return user, d.Sessions.TouchSession(r.Context(), secret)
	}
	return user, nil
}

// renew changes the secret of a session; its absolute end stays.
func (d *Desk) renew(w http.ResponseWriter, r *http.Request, old string, s stoa.Session) error {
	secret, err := d.Sessions.NewSession(r.Context(), stoa.Session{User: s.User, Role: s.Role, Expires: s.Expires, From: r.RemoteAddr})
	if err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	d.setCookie(w, secret)
	return d.Sessions.EndSession(r.Context(), old)
}

// begin signs a person in. Whatever session the browser had ends, so that nobody can plant one.
func (d *Desk) begin(w http.ResponseWriter, r *http.Request, user stoa.User) error {
	if old := d.secretOf(r); old != "" {
		if err := d.Sessions.EndSession(r.Context(), old); err != nil {
			return err
		}
	}
	secret, err := d.Sessions.NewSession(r.Context(), stoa.Session{User: user.Name, Role: user.Role, Expires: d.Now().UTC().Add(absolute), From: r.RemoteAddr})
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	d.setCookie(w, secret)
	return nil
}
