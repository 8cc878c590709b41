package curate

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"stoa"
	"stoa/server/page"
)

// undo takes back an act or a decision; without a value the visitor's own last act that is in force.
func (d *Desk) undo(w http.ResponseWriter, r *http.Request, v visit) error {
	want, err := asked(r, v, []stoa.Action{stoa.Undo, ""})
	if err != nil {
		return err
	}
	acts, err := d.Records.Acts(r.Context(), v.user.Name)
	if err != nil {
		return err
	}
	for _, a := range acts {
		if want.Value == "" && !a.Undone || want.Value == a.ID {
			return d.undoAct(w, r, v, a)
		}
	}
	if want.Value == "" {
		backWith(w, r, url.Values{"undone": {"nothing"}})
		return nil
	}
	want.Action = stoa.Undo
	target, err := Undoable(r.Context(), d.Records, want)
	if err == nil && !v.may(Needed(target.Action)) {
		err = stoa.ErrDenied
	}
	if err != nil {
		return err
	}
	made, err := d.Records.Decide(r.Context(), want)
	if err != nil {
		return explained(err)
	}
	backWith(w, r, url.Values{"undone": {made.Value}})
	return nil
}

// undoAct takes back all of an act, the last decision first.
func (d *Desk) undoAct(w http.ResponseWriter, r *http.Request, v visit, a stoa.Act) error {
	var all []stoa.Decision
	for _, one := range slices.Backward(a.Decisions) {
		if !v.may(Needed(one.Action)) {
			return stoa.ErrDenied
		}
		all = append(all, stoa.Decision{Subject: one.Subject, Action: stoa.Undo, Value: one.ID, By: v.user.Name})
	}
	done, err := d.Records.DecideAll(r.Context(), all)
	if err != nil {
		return explained(err)
	}
	if len(done.Decisions) == 0 {
		return explained(errors.Join(stoa.ErrConflict, errors.New(done.Left[0].Text)))
	}
	backWith(w, r, url.Values{"undone": {a.ID}})
	return nil
}

// backWith leads to where the form wanted to go on, with a word on what happened.
func backWith(w http.ResponseWriter, r *http.Request, say url.Values) {
	u, err := url.Parse(ownPath(r.PostForm.Get("next")))
	if err != nil {
		seeOther(w, r, home)
		return
	}
	q := u.Query()
	for _, name := range []string{"done", "undone", "waits", "left", "settled"} {
		q.Del(name)
	}
	for name, value := range say {
		q[name] = value
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	seeOther(w, r, u.String())
}

// told is what the page says of what was just done.
type told struct {
	done    string      // an act or decision that can be taken back
	undone  string      // an act that was; "nothing" when there was none
	waits   string      // a motion that another person has to confirm
	left    string      // how many were left out
	settled stoa.Action // what was done that nobody takes back
	what    string      // in words
}

// told reads from the address what was just done, and looks up how to say it.
func (d *Desk) told(r *http.Request, v visit) told {
	q := r.URL.Query()
	take := func(name string) string {
		if s := q.Get(name); idPattern.MatchString(s) {
			return s
		}
		return ""
	}
	t := told{done: take("done"), undone: take("undone"), waits: take("waits"), left: take("left")}
	if s := stoa.Action(q.Get("settled")); s == stoa.Release || s == stoa.Discard {
		t.settled = s
	}
	id := t.done + t.undone
	if id == "" || id == "nothing" {
		return t
	}
	acts, err := d.Records.Acts(r.Context(), v.user.Name)
	if err != nil { // the page works without a word on the past
		return t
	}
	for _, a := range acts {
		if a.ID == id {
			t.what = d.actText(r, v, a)
		}
	}
	return t
}

// actText says what an act did: "Refuse · Commercial: some title", or with how many it was.
func (d *Desk) actText(r *http.Request, v visit, a stoa.Act) string {
	text := did(v, a.Decisions[0])
	subject := a.Decisions[0].Subject
	same := !slices.ContainsFunc(a.Decisions, func(x stoa.Decision) bool { return x.Subject != subject })
	if !same {
		return text + " · " + v.T("acts.of", "n", len(a.Decisions))
	}
	if rec, err := d.Records.Get(r.Context(), subject); err == nil {
		text += ": " + page.TitleOf(v.View, rec)
	}
	return text
}

// actLine is an act with its words.
type actLine struct {
	stoa.Act
	text string
}

// acts lists what the visitor did last, each to be taken back.
func (d *Desk) acts(w http.ResponseWriter, r *http.Request, v visit) error {
	all, err := d.Records.Acts(r.Context(), v.user.Name)
	if err != nil {
		return err
	}
	var lines []actLine
	for _, a := range all {
		lines = append(lines, actLine{a, d.actText(r, v, a)})
	}
	v.Title, v.Nav = v.T("acts.title"), "acts"
	return d.send(w, r, http.StatusOK, actsPage(v, lines, d.told(r, v)))
}

// motion answers what another person proposed, or withdraws what the visitor did.
func (d *Desk) ruleMotion(w http.ResponseWriter, r *http.Request, v visit) error {
	want, err := asked(r, v, []stoa.Action{stoa.Second})
	if err != nil {
		return err
	}
	m, err := d.Records.Motion(r.Context(), want.Subject)
	if err != nil {
		return err
	}
	for _, x := range m.Decisions {
		if !v.may(Needed(x.Action)) {
			return stoa.ErrDenied
		}
	}
	if _, err := d.Records.Decide(r.Context(), want); err != nil {
		return explained(err)
	}
	say := url.Values{}
	if want.Value == stoa.Seconded {
		say.Set("done", m.ID)
	}
	backWith(w, r, say)
	return nil
}

// waits leads on after a motion was made.
func waits(w http.ResponseWriter, r *http.Request, motion string) {
	backWith(w, r, url.Values{"waits": {motion}})
}

// motionLine is what a motion would do to one thing.
type motionLine struct{ text, href, title, language string }

// motionLines shows what a motion would do.
func (d *Desk) motionLines(r *http.Request, v visit, m stoa.Motion) []motionLine {
	var out []motionLine
	for _, x := range m.Decisions {
		l := motionLine{text: did(v, x), title: x.Subject}
		if rec, err := d.Records.Get(r.Context(), x.Subject); err == nil {
			l.title, l.language, l.href = page.TitleOf(v.View, rec), rec.Language, "/curate/records/"+rec.ID
		} else if run, err := d.Records.Run(r.Context(), x.Subject); err == nil {
			l.title, l.href = strings.Join([]string{run.Source, run.Text}, ": "), "/curate/runs"
		}
		if rec, err := d.Records.Get(r.Context(), x.Value); err == nil && x.Value != "" {
			l.text += " · " + page.TitleOf(v.View, rec)
		}
		out = append(out, l)
	}
	return out
}
