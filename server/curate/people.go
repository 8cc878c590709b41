package curate

import (
	"errors"
	"net/http"
	"slices"

	"stoa"
	"stoa/server/page"
)

// person is an account as admins see it.
type person struct {
	stoa.User
	sessions []stoa.Session
	tokens   []stoa.Token
}

// peopleShown is how many accounts stand on a page.
const peopleShown = 30

// peopleList is what the page of accounts shows.
type peopleList struct {
	people []person
	paging page.Paging
	self   string
	saved  bool
	erased string // hash of what was just erased
	asked  string // what is about to be erased, to be confirmed
}

func (d *Desk) people(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.showPeople(w, r, v, peopleList{saved: wasSaved(r)})
}

func (d *Desk) showPeople(w http.ResponseWriter, r *http.Request, v visit, p peopleList) error {
	users, err := d.Office.People.Users(r.Context())
	if err != nil {
		return err
	}
	sessions, err := d.Office.SignedIn.Sessions(r.Context(), "")
	if err != nil {
		return err
	}
	tokens, err := d.tokensOf(r, "")
	if err != nil {
		return err
	}
	part, err := pageOf(r, len(users), peopleShown)
	if err != nil {
		return err
	}
	p.paging = part.Paging
	for _, u := range users[part.from:part.to] {
		u.Password = ""
		one := person{User: u}
		for _, s := range sessions {
			if s.User == u.Name {
				one.sessions = append(one.sessions, s)
			}
		}
		for _, t := range tokens {
			if t.User == u.Name {
				one.tokens = append(one.tokens, t)
			}
		}
		p.people = append(p.people, one)
	}
	p.self = v.user.Name
	v.Title, v.Nav = v.T("people.title"), "people"
	return d.send(w, r, http.StatusOK, peoplePage(v, p))
}

// rulePeople changes the accounts of others. Nobody takes their own rights away: then nobody might be left who has any.
func (d *Desk) rulePeople(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	name, action := r.PostForm.Get("name"), r.PostForm.Get("action")
	user, err := d.Accounts.User(r.Context(), name)
	if err != nil {
		return err
	}
	switch action {
	case "role", "disable", "enable":
		if name == v.user.Name {
			return page.Faults{{Field: "name", Text: "want another than yourself"}}
		}
		role := user.Role
		if action == "role" {
			role = stoa.UserRole(r.PostForm.Get("role"))
		}
		err = d.Office.People.SetRole(r.Context(), name, role, action == "disable" || action == "role" && user.Disabled)
	case "end":
		err = d.Office.SignedIn.EndSessionOf(r.Context(), name, r.PostForm.Get("id"))
	case "end-all":
		err = d.Office.SignedIn.EndSessions(r.Context(), name)
	case "token-end":
		err = d.endTokenOf(r, name)
	default:
		err = page.Faults{{Field: "action", Text: "want one that belongs here"}}
	}
	if err != nil {
		return explained(err)
	}
	d.Log.InfoContext(r.Context(), "account changed", "request", page.RequestID(r.Context()), "name", name, "action", action, "by", v.user.Name)
	seeOther(w, r, okHref("/curate/people"))
	return nil
}

func (d *Desk) endTokenOf(r *http.Request, user string) error {
	all, err := d.tokensOf(r, user)
	if err != nil {
		return err
	}
	id := r.PostForm.Get("id")
	if !slices.ContainsFunc(all, func(t stoa.Token) bool { return t.ID == id }) {
		return stoa.ErrNotFound
	}
	return d.Office.Tokens.EndToken(r.Context(), id)
}

// erase takes the name or the address of a person out of all that is stored, after it was shown once more.
func (d *Desk) erase(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	value, reason := r.PostForm.Get("value"), r.PostForm.Get("reason")
	if r.PostForm.Get("sure") != "1" {
		return d.showPeople(w, r, v, peopleList{asked: value})
	}
	made, err := d.Records.Decide(r.Context(), stoa.Decision{Subject: stoa.People, Action: stoa.Erase, Value: value, Reason: reason, By: v.user.Name})
	if err != nil {
		return explained(err)
	}
	return d.showPeople(w, r, v, peopleList{erased: made.Value})
}
