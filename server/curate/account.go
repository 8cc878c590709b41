package curate

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"stoa"
	"stoa/server/page"
)

// minPassword is the shortest password, in characters (NIST SP 800-63B, 3.1.1.2, for a password alone).
const minPassword = 15

// longestToken bounds for how long a token opens that is made at the desk.
const longestToken = 366

// ownAccount is what somebody sees of themselves.
type ownAccount struct {
	user     stoa.User
	sessions []stoa.Session
	current  string // handle of the session that asks
	tokens   []stoa.Token
	fresh    string // secret of a token that was just made
	mail     bool
	saved    bool
	wrong    string // what was not saved, and why
}

func (d *Desk) account(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.showAccount(w, r, v, http.StatusOK, ownAccount{saved: wasSaved(r)})
}

func (d *Desk) showAccount(w http.ResponseWriter, r *http.Request, v visit, status int, a ownAccount) error {
	var err error
	if a.user, err = d.Accounts.User(r.Context(), v.user.Name); err != nil {
		return err
	}
	if a.sessions, err = d.Office.SignedIn.Sessions(r.Context(), v.user.Name); err != nil {
		return err
	}
	slices.SortFunc(a.sessions, func(x, y stoa.Session) int { return cmp.Or(y.Seen.Compare(x.Seen), cmp.Compare(x.ID, y.ID)) })
	if secret := d.secretOf(r); secret != "" {
		if s, err := d.Sessions.Session(r.Context(), secret); err == nil {
			a.current = s.ID
		}
	}
	if a.tokens, err = d.tokensOf(r, v.user.Name); err != nil {
		return err
	}
	a.mail = d.Office.Mail
	if a.user.Mail.Language == "" { // nothing was chosen: the language that is read here
		a.user.Mail.Language = v.Code
	}
	v.Title, v.Nav = v.T("account.title"), "account"
	return d.send(w, r, status, accountPage(v, a))
}

func (d *Desk) tokensOf(r *http.Request, user string) ([]stoa.Token, error) {
	all, err := d.Office.Tokens.Tokens(r.Context())
	out := slices.DeleteFunc(all, func(t stoa.Token) bool { return user != "" && t.User != user })
	slices.SortFunc(out, func(x, y stoa.Token) int { return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.ID, y.ID)) })
	return out, err
}

// ruleAccount changes what is one's own: mail, password, sessions, tokens.
func (d *Desk) ruleAccount(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	var err error
	switch r.PostForm.Get("action") {
	case "mail":
		err = d.wishMail(r, v)
	case "password":
		return d.changePassword(w, r, v)
	case "end":
		err = d.Office.SignedIn.EndSessionOf(r.Context(), v.user.Name, r.PostForm.Get("id"))
	case "end-others":
		err = d.endOthers(r, v)
	case "token":
		return d.newToken(w, r, v)
	case "token-end":
		err = d.endToken(r, v)
	default:
		err = page.Faults{{Field: "action", Text: "want one that belongs here"}}
	}
	if err != nil {
		return explained(err)
	}
	d.Log.InfoContext(r.Context(), "account changed", "request", page.RequestID(r.Context()), "name", v.user.Name, "action", r.PostForm.Get("action"))
	seeOther(w, r, okHref("/curate/account"))
	return nil
}

func (d *Desk) wishMail(r *http.Request, v visit) error {
	user, err := d.Accounts.User(r.Context(), v.user.Name)
	if err != nil {
		return err
	}
	was, now := user.Mail, d.Now().UTC()
	wish := was
	wish.Digest, wish.Urgent = r.PostForm.Get("digest") == "1", r.PostForm.Get("urgent") == "1"
	wish.Language = r.PostForm.Get("language")
	if r.PostForm.Get("email") != user.Email {
		wish.Confirmed = ""
	}
	if wish.Urgent && !was.Urgent { // told from now on
		wish.Urged = now
	}
	if wish.Digest && !was.Digest {
		wish.Digested = time.Time{}
	}
	return d.Office.People.SetMail(r.Context(), v.user.Name, r.PostForm.Get("email"), wish)
}

// changePassword needs the present password, so that a browser left open gives nobody the account for good. Whoever
// guesses it here waits as at the sign-in.
func (d *Desk) changePassword(w http.ResponseWriter, r *http.Request, v visit) error {
	again := func(status int, key string) error {
		return d.showAccount(w, r, v, status, ownAccount{wrong: key})
	}
	if wait := d.guard.wait(v.user.Name, r.RemoteAddr); wait > 0 {
		w.Header().Set("Retry-After", page.Decimal(int(wait/time.Second)+1))
		return again(http.StatusTooManyRequests, v.N("login.wait", int(wait/time.Second)+1))
	}
	next := r.PostForm.Get("new")
	if utf8.RuneCountInString(next) < minPassword {
		return again(http.StatusBadRequest, v.T("account.short", "n", minPassword))
	}
	_, err := d.checked(r, v.user.Name, r.PostForm.Get("password"))
	if errors.Is(err, stoa.ErrDenied) {
		d.guard.failed(v.user.Name, r.RemoteAddr)
		return again(http.StatusForbidden, v.T("account.wrong"))
	}
	if err != nil {
		return err
	}
	encoded, err := d.Office.Hash(next)
	if err != nil {
		return explained(err)
	}
	if err := d.Office.People.SetPassword(r.Context(), v.user.Name, encoded); err != nil {
		return err
	}
	d.Log.InfoContext(r.Context(), "password changed", "request", page.RequestID(r.Context()), "name", v.user.Name)
	d.setCookie(w, "")
	seeOther(w, r, "/curate/login?why=changed")
	return nil
}

func (d *Desk) endOthers(r *http.Request, v visit) error {
	all, err := d.Office.SignedIn.Sessions(r.Context(), v.user.Name)
	if err != nil {
		return err
	}
	own, err := d.Sessions.Session(r.Context(), d.secretOf(r))
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID != own.ID {
			if err := d.Office.SignedIn.EndSessionOf(r.Context(), v.user.Name, s.ID); err != nil && !errors.Is(err, stoa.ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

// newToken shows the secret of a new token, once.
func (d *Desk) newToken(w http.ResponseWriter, r *http.Request, v visit) error {
	t, err := askedToken(r, v, d.Now())
	if err != nil {
		return err
	}
	secret, err := d.Office.Tokens.NewToken(r.Context(), t)
	if err != nil {
		return explained(err)
	}
	d.Log.InfoContext(r.Context(), "token made", "request", page.RequestID(r.Context()), "name", v.user.Name, "role", t.Role, "scopes", t.Scopes)
	return d.showAccount(w, r, v, http.StatusOK, ownAccount{fresh: secret})
}

func askedToken(r *http.Request, v visit, now time.Time) (stoa.Token, error) {
	f := r.PostForm
	t := stoa.Token{User: v.user.Name, Role: v.user.Role, Name: f.Get("name")}
	if utf8.RuneCountInString(t.Name) > 80 {
		return t, page.Faults{{Field: "name", Text: "want at most 80 characters"}}
	}
	if s := stoa.UserRole(f.Get("role")); s != "" {
		if !s.Valid() || !v.user.Role.May(s) {
			return t, stoa.ErrDenied
		}
		t.Role = s
	}
	for _, s := range f["scope"] {
		if !stoa.Scope(s).Valid() {
			return t, page.Faults{{Field: "scope", Text: "want one that there is"}}
		}
		t.Scopes = append(t.Scopes, stoa.Scope(s))
	}
	if len(t.Scopes) == 0 {
		return t, page.Faults{{Field: "scope", Text: "want at least one"}}
	}
	days, err := whole(f.Get("days"), 1, longestToken)
	if err != nil {
		return t, page.Faults{{Field: "days", Text: "want a number from 1 to " + page.Decimal(longestToken)}}
	}
	t.Expires = now.UTC().AddDate(0, 0, days)
	return t, nil
}

// endToken ends a token of one's own.
func (d *Desk) endToken(r *http.Request, v visit) error {
	own, err := d.tokensOf(r, v.user.Name)
	if err != nil {
		return err
	}
	id := r.PostForm.Get("id")
	if !slices.ContainsFunc(own, func(t stoa.Token) bool { return t.ID == id }) {
		return stoa.ErrNotFound
	}
	return d.Office.Tokens.EndToken(r.Context(), id)
}
