package curate

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"stoa"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

// Post takes word from outside.
type Post interface {
	// Write keeps a letter until a curator answers it. A wrong one is stoa.ErrInvalid, one too many stoa.ErrFull.
	Write(ctx context.Context, l stoa.Letter) (stoa.Letter, error)
}

// Outside answers the public addresses by which people without an account reach the desk: a mistake reported, an item or
// a source proposed, a partner's link, the end of a mail. All of it works by plain forms.
type Outside struct {
	Records  Catalogue
	Post     Post
	Accounts Accounts
	People   People
	Sources  func() []stoa.Source
	Site     page.Site
	Now      func() time.Time
	Log      *slog.Logger
	Fail     func(w http.ResponseWriter, r *http.Request, v page.View, err error)
	Seal     Seal

	post postbox
}

// plainHandler is a page for somebody without an account.
type plainHandler func(w http.ResponseWriter, r *http.Request, v page.View) error

// Register adds the addresses to a mux.
func (o *Outside) Register(mux page.Mux) error {
	all, err := locales.All()
	if err != nil {
		return err
	}
	o.post.now = o.Now
	o.post.sent = map[string][]time.Time{}
	for _, l := range all {
		at := func(method, path string, h plainHandler) { mux.Handle(method+" /"+l.Code+path, o.in(l, h)) }
		at("GET", "/report/{id}", o.reportForm)
		at("POST", "/report/{id}", o.report)
		at("GET", "/propose", o.proposeForm)
		at("POST", "/propose", o.propose)
		at("GET", "/partner/{link}", o.partner)
		at("POST", "/partner/{link}", o.rulePartner)
		at("GET", "/partner/{link}/items.csv", o.partnerFile)
		at("GET", "/mail/{link}", o.mailForm)
		at("POST", "/mail/{link}", o.endMail)
	}
	return nil
}

func (o *Outside) in(l *locales.Locale, h plainHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.EscapedPath(), "/"+l.Code)
		if r.URL.RawQuery != "" {
			path += "?" + r.URL.RawQuery
		}
		v := page.View{Locale: l, Site: o.Site, Now: o.Now().UTC(), Path: path, Noted: true}
		if err := h(w, r, v); err != nil && !errors.Is(err, context.Canceled) {
			o.Fail(w, r, v, err)
		}
	})
}

func (o *Outside) send(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	body, err := page.Render(r.Context(), c)
	if err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Status: status, Type: page.HTML, Body: body, Cache: page.Private})
	return nil
}

// letterForm is a public form: what was written so far, and what of it cannot stand.
type letterForm struct {
	stoa.Letter
	record *stoa.Record
	faults map[string]bool // by field
	sent   bool
	busy   bool // nothing more is taken now
}

func (o *Outside) reportForm(w http.ResponseWriter, r *http.Request, v page.View) error {
	rec, err := o.shown(r)
	if err != nil {
		return err
	}
	return o.showForm(w, r, v, http.StatusOK, letterForm{Letter: stoa.Letter{Kind: stoa.LetterMistake, Record: rec.ID}, record: &rec})
}

// shown returns a record that readers may see.
func (o *Outside) shown(r *http.Request) (stoa.Record, error) {
	rec, err := o.Records.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return rec, err
	}
	if !rec.Public() {
		return rec, stoa.ErrNotFound
	}
	return export.Public(rec), nil
}

func (o *Outside) showForm(w http.ResponseWriter, r *http.Request, v page.View, status int, f letterForm) error {
	f.sent = r.URL.Query().Get("sent") == "1"
	v.Title = v.T("letter.title.propose")
	if f.Kind == stoa.LetterMistake {
		v.Title = v.T("letter.title.mistake")
	}
	return o.send(w, r, status, letterPage(v, f))
}

func (o *Outside) report(w http.ResponseWriter, r *http.Request, v page.View) error {
	rec, err := o.shown(r)
	if err != nil {
		return err
	}
	f, err := readLetter(r, v)
	if err != nil {
		return err
	}
	f.Kind, f.Record, f.Title, f.URL, f.record = stoa.LetterMistake, rec.ID, "", "", &rec
	if f.Text == "" {
		f.faults["text"] = true
	}
	return o.take(w, r, v, f)
}

func (o *Outside) proposeForm(w http.ResponseWriter, r *http.Request, v page.View) error {
	kind := stoa.LetterItem
	if r.URL.Query().Get("what") == string(stoa.LetterSource) {
		kind = stoa.LetterSource
	}
	return o.showForm(w, r, v, http.StatusOK, letterForm{Letter: stoa.Letter{Kind: kind}})
}

func (o *Outside) propose(w http.ResponseWriter, r *http.Request, v page.View) error {
	f, err := readLetter(r, v)
	if err != nil {
		return err
	}
	if f.Kind != stoa.LetterSource {
		f.Kind = stoa.LetterItem
	}
	f.Record = ""
	if f.Title == "" {
		f.faults["title"] = true
	}
	if to := page.Outgoing(f.URL); to == "" || strings.HasPrefix(strings.ToLower(to), "mailto:") {
		f.faults["url"] = true
	}
	return o.take(w, r, v, f)
}

// readLetter reads what all public forms have in common.
func readLetter(r *http.Request, v page.View) (letterForm, error) {
	if err := r.ParseForm(); err != nil {
		return letterForm{}, errors.Join(stoa.ErrInvalid, err)
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := letterForm{faults: map[string]bool{}, Letter: stoa.Letter{
		Kind: stoa.LetterKind(get("what")), Title: get("title"), URL: get("url"), Text: get("text"), From: get("from"), Language: v.Code,
	}}
	if f.From != "" {
		if a, err := mail.ParseAddress(f.From); err != nil || a.Address != f.From {
			f.faults["from"] = true
		}
	}
	for name, value := range map[string]string{"title": f.Title, "url": f.URL, "from": f.From} {
		if len(value) > stoa.MaxLetterLine {
			f.faults[name] = true
		}
	}
	if len(f.Text) > stoa.MaxLetterText {
		f.faults["text"] = true
	}
	return f, nil
}

// take keeps a letter, unless it cannot stand or too many came. What a program filled in that sees no page is thanked for
// and thrown away.
func (o *Outside) take(w http.ResponseWriter, r *http.Request, v page.View, f letterForm) error {
	if len(f.faults) > 0 {
		return o.showForm(w, r, v, http.StatusBadRequest, f)
	}
	if r.PostForm.Get("website") == "" {
		if wait := o.post.take(r.RemoteAddr); wait > 0 {
			w.Header().Set("Retry-After", page.Decimal(int(wait/time.Second)+1))
			f.busy = true
			return o.showForm(w, r, v, http.StatusTooManyRequests, f)
		}
		kept, err := o.Post.Write(r.Context(), f.Letter)
		switch {
		case errors.Is(err, stoa.ErrFull):
			f.busy = true
			return o.showForm(w, r, v, http.StatusServiceUnavailable, f)
		case errors.Is(err, stoa.ErrInvalid):
			return page.Faults{{Field: "letter", Text: "want plain text and a http or https address"}}
		case err != nil:
			return err
		}
		o.Log.InfoContext(r.Context(), "letter came", "request", page.RequestID(r.Context()), "letter", kept.ID, "kind", kept.Kind)
	}
	to := v.To("/propose?sent=1&what=" + string(f.Kind))
	if f.Kind == stoa.LetterMistake {
		to = v.To("/report/" + f.record.Short + "?sent=1")
	}
	seeOther(w, r, to)
	return nil
}

// Bounds of what one address may send.
const (
	lettersAtOnce = 5
	letterTime    = time.Hour
	maxSenders    = 10_000
)

// postbox bounds how many letters come from one address.
type postbox struct {
	now  func() time.Time
	mu   sync.Mutex
	sent map[string][]time.Time
}

// take counts a letter from an address, or says how long to wait.
func (p *postbox) take(address string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	var recent []time.Time
	for _, at := range p.sent[address] {
		if age := now.Sub(at); age >= 0 && age < letterTime {
			recent = append(recent, at)
		}
	}
	if len(recent) >= lettersAtOnce {
		p.sent[address] = recent
		return letterTime - now.Sub(recent[0])
	}
	if len(p.sent) >= maxSenders {
		clear(p.sent)
	}
	p.sent[address] = append(recent, now)
	return 0
}

// mailPurpose is what links that end mail are signed for.
const mailPurpose = "mail"

// EndMailLink returns the path, below the language, at which somebody ends the mail that they get; what is "digest" or
// "urgent".
func EndMailLink(s Seal, name, what string) string {
	return "/mail/" + s.Sign(mailPurpose, what+" "+name)
}

// ConfirmMailLink returns the path, below the language, at which somebody confirms that an address is theirs.
func ConfirmMailLink(s Seal, name, address string) string {
	return "/mail/" + s.Sign(mailPurpose, "confirm "+name+" "+address)
}

// wished reads a link that ends mail.
func (o *Outside) wished(r *http.Request) (user stoa.User, what string, err error) {
	text, ok := o.Seal.Read(mailPurpose, r.PathValue("link"))
	what, rest, _ := strings.Cut(text, " ")
	name, address, _ := strings.Cut(rest, " ")
	if !ok || !slices.Contains([]string{"digest", "urgent", "confirm"}, what) {
		return user, "", stoa.ErrNotFound
	}
	user, err = o.Accounts.User(r.Context(), name)
	if err == nil && what == "confirm" && user.Email != address {
		err = stoa.ErrNotFound
	}
	return user, what, err
}

func (o *Outside) mailForm(w http.ResponseWriter, r *http.Request, v page.View) error {
	user, what, err := o.wished(r)
	if err != nil {
		return err
	}
	wants := user.Mail.Digest && what == "digest" || user.Mail.Urgent && what == "urgent" || what == "confirm" && user.Mail.Confirmed != user.Email
	v.Title = v.T("mail.title")
	return o.send(w, r, http.StatusOK, mailPage(v, what, wants))
}

// endMail ends or confirms what a link names. Mail programs send it by themselves (RFC 8058), people by the form.
func (o *Outside) endMail(w http.ResponseWriter, r *http.Request, v page.View) error {
	user, what, err := o.wished(r)
	if err != nil {
		return err
	}
	switch what {
	case "digest":
		user.Mail.Digest = false
	case "urgent":
		user.Mail.Urgent = false
	default:
		user.Mail.Confirmed = user.Email
	}
	if err := o.People.SetMail(r.Context(), user.Name, user.Email, user.Mail); err != nil {
		return err
	}
	v.Title = v.T("mail.title")
	return o.send(w, r, http.StatusOK, mailPage(v, what, false))
}

// formPath is where a public form is sent, below the language.
func formPath(f letterForm) string {
	if f.Kind == stoa.LetterMistake {
		return "/report/" + f.record.Short
	}
	return "/propose"
}

// wrong marks a field that cannot stand.
func wrong(f letterForm, name string) templ.Attributes {
	if !f.faults[name] {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "fault-" + name}
}
