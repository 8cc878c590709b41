package curate

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"stoa"
	"stoa/server/page"
)

// ofRecord are the actions that the form of a record may send.
func ofRecord() []stoa.Action {
	return []stoa.Action{
		stoa.Accept, stoa.Refuse, stoa.Set, stoa.Unset, stoa.Add, stoa.Remove, stoa.Merge, stoa.Split, stoa.Differ, stoa.Tie, stoa.Untie,
		stoa.Confirm, stoa.Retire, stoa.Snooze, stoa.Note, stoa.Takedown,
	}
}

// asked reads a decision from a form. The subject comes from the address, the person from the session.
func asked(r *http.Request, v visit, among []stoa.Action) (stoa.Decision, error) {
	if err := r.ParseForm(); err != nil {
		return stoa.Decision{}, errors.Join(stoa.ErrInvalid, err)
	}
	f := r.PostForm
	d := stoa.Decision{
		Subject: r.PathValue("id"), Action: stoa.Action(f.Get("action")), Field: f.Get("field"), Value: f.Get("value"), Reason: f.Get("reason"), By: v.user.Name,
	}
	if !slices.Contains(among, d.Action) {
		return d, page.Faults{{Field: "action", Text: "want one that belongs here"}}
	}
	if !v.may(Needed(d.Action)) {
		return d, stoa.ErrDenied
	}
	if s := f.Get("if_match"); s != "" {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil {
			return d, page.Faults{{Field: "if_match", Text: "want a version"}}
		}
		d.IfMatch = n
	}
	return d, nil
}

func (d *Desk) ruleRecord(w http.ResponseWriter, r *http.Request, v visit) error {
	want, err := asked(r, v, ofRecord())
	if err != nil {
		return err
	}
	if want.Action == stoa.Set && want.Field == "pillars" {
		if want.Value, err = d.withPrimary(r, want.Subject, want.Value); err != nil {
			return err
		}
	}
	made, err := d.Records.Decide(r.Context(), want)
	if errors.Is(err, stoa.ErrConflict) {
		return d.showRecord(w, r, v, http.StatusConflict, &late{want})
	}
	if errors.Is(err, stoa.ErrWaits) {
		waits(w, r, made.ID)
		return nil
	}
	if err != nil {
		return explained(err)
	}
	back(w, r, made)
	return nil
}

// withPrimary puts one pillar first and keeps the others, when a form names just one.
func (d *Desk) withPrimary(r *http.Request, id, value string) (string, error) {
	first := stoa.Pillar(value)
	if !first.Valid() {
		return value, nil
	}
	rec, err := d.Records.Get(r.Context(), id)
	if err != nil {
		return "", err
	}
	all := []string{value}
	for _, p := range rec.Pillars {
		if p != first {
			all = append(all, string(p))
		}
	}
	return strings.Join(all, ","), nil
}

func (d *Desk) ruleConflict(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.rule(w, r, v, []stoa.Action{stoa.Settle})
}

func (d *Desk) ruleRun(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.rule(w, r, v, []stoa.Action{stoa.Release, stoa.Discard})
}

// rule is for what is no record: the form carries the action, and a late one is told in a page.
func (d *Desk) rule(w http.ResponseWriter, r *http.Request, v visit, among []stoa.Action) error {
	want, err := asked(r, v, among)
	if err != nil {
		return err
	}
	meant, err := Undoable(r.Context(), d.Records, want)
	if err != nil {
		return err
	}
	if !v.may(Needed(meant.Action)) {
		return stoa.ErrDenied
	}
	made, err := d.Records.Decide(r.Context(), want)
	switch {
	case errors.Is(err, stoa.ErrWaits):
		waits(w, r, made.ID)
		return nil
	case errors.Is(err, stoa.ErrConflict) && idPattern.MatchString(r.PostForm.Get("record")):
		r.SetPathValue("id", r.PostForm.Get("record"))
		return d.showRecord(w, r, v, http.StatusConflict, &late{want})
	case err != nil:
		return explained(err)
	}
	back(w, r, made)
	return nil
}

// explained lets a person read what the store found wrong with a decision.
func explained(err error) error {
	if errors.Is(err, stoa.ErrInvalid) {
		return page.Faults{page.Refused(err.Error())}
	}
	return err
}

// back leads to where the form wanted to go on, with the decision that can be undone there.
func back(w http.ResponseWriter, r *http.Request, made stoa.Decision) {
	say := url.Values{}
	switch made.Action {
	case stoa.Undo:
	case stoa.Release, stoa.Discard: // nobody takes these back
		say.Set("settled", string(made.Action))
	default:
		say.Set("done", made.ID)
	}
	backWith(w, r, say)
}
