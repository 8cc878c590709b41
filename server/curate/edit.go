package curate

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"stoa"
	"stoa/server/page"
)

// editor is the page on which every field of a record can be changed at once.
type editor struct {
	card
	rows  []editRow
	lists []editList
	note  string
	late  bool // somebody else was quicker: nothing is saved, nothing typed is lost
	wrong page.Faults
}

// editRow is one field with a single value: ours, what it was when the page was asked for, what sources say.
type editRow struct {
	field, value, was string
	stands            string      // what stands now, where somebody changed it meanwhile
	by                string      // who set it
	then              string      // what the source said when it was set
	says              []stoa.Said // what sources say now
	set               bool        // a person set it
}

// editList is one field with a list: additions and removals, so that new values of sources still arrive.
type editList struct {
	field   string
	have    []listEntry
	choices []listEntry // empty: free input
}

type listEntry struct{ value, label string }

// single are the fields with one value, in the order of the form.
func single() []string {
	return []string{"title", "summary", "url", "language", "kind", "published", "start", "end", "deadline", "rolling", "valid_until", "archive"}
}

// valueOf returns a field of a record as a person would write it.
func valueOf(r stoa.Record, field string) string {
	switch field {
	case "title":
		return r.Title
	case "summary":
		return r.Summary
	case "url":
		return r.URL
	case "language":
		return r.Language
	case "kind":
		return string(r.Kind)
	case "rolling":
		return strconv.FormatBool(r.Rolling)
	case "valid_until":
		return string(r.ValidUntil)
	case "archive":
		return r.Archive
	}
	return string(map[string]stoa.Date{"published": r.Published, "start": r.Start, "end": r.End, "deadline": r.Deadline}[field])
}

// rowOf shows a field with whoever set it, and what sources say beside it.
func rowOf(c card, field string) editRow {
	p := c.record.Provenance[field]
	row := editRow{field: field, value: valueOf(*c.record, field), by: p.By, says: p.Others}
	row.was = row.value
	_, row.set = strings.CutPrefix(p.By, "person:")
	for _, d := range c.ruled { // newest first
		if d.Action == stoa.Set && d.Field == field {
			row.then = d.Base
			break
		}
	}
	return row
}

// listsOf shows the list fields.
func listsOf(v visit, r stoa.Record) []editList {
	countries := editList{field: "countries"}
	for _, code := range r.Countries {
		countries.have = append(countries.have, listEntry{code, v.CountryName(code)})
	}
	for _, c := range v.Countries() {
		if !slices.Contains(r.Countries, c.Code) {
			countries.choices = append(countries.choices, listEntry{c.Code, c.Name})
		}
	}
	regions := editList{field: "regions"}
	for _, one := range stoa.Regions() {
		e := listEntry{string(one), v.Word("region", string(one))}
		if slices.Contains(r.Regions, one) {
			regions.have = append(regions.have, e)
		} else {
			regions.choices = append(regions.choices, e)
		}
	}
	pillars := editList{field: "pillars"}
	for _, p := range stoa.Pillars() {
		e := listEntry{string(p), v.Word("pillar", string(p))}
		if slices.Contains(r.Pillars, p) {
			pillars.have = append(pillars.have, e)
		} else {
			pillars.choices = append(pillars.choices, e)
		}
	}
	orgs := editList{field: "organisations"}
	for _, o := range r.Organisations {
		if b, err := json.Marshal(o); err == nil {
			orgs.have = append(orgs.have, listEntry{string(b), o.Name + " (" + string(o.Role) + ")"})
		}
	}
	return []editList{pillars, countries, regions, orgs}
}

// edit shows the page.
func (d *Desk) edit(w http.ResponseWriter, r *http.Request, v visit) error {
	e, err := d.editor(r, v)
	if err != nil {
		return err
	}
	return d.sendEditor(w, r, v, http.StatusOK, e)
}

func (d *Desk) editor(r *http.Request, v visit) (editor, error) {
	rec, err := d.Records.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return editor{}, err
	}
	c, err := d.card(r, v, stoa.Task{Subject: rec.ID, Record: &rec})
	if err != nil {
		return editor{}, err
	}
	c.next = "/curate/records/" + rec.ID
	if next := r.FormValue("next"); next != "" {
		c.next = ownPath(next)
	}
	e := editor{card: c, lists: listsOf(v, rec)}
	for _, f := range single() {
		e.rows = append(e.rows, rowOf(c, f))
	}
	return e, nil
}

func (d *Desk) sendEditor(w http.ResponseWriter, r *http.Request, v visit, status int, e editor) error {
	v.Title, v.Nav = v.T("edit.title", "title", page.TitleOf(v.View, *e.record)), "queue"
	return d.send(w, r, status, editPage(v, e))
}

// changes reads what a form changes: only fields that differ from what the page showed are ruled on.
func changes(f url.Values, id, by string, version uint64) []stoa.Decision {
	var out []stoa.Decision
	add := func(a stoa.Action, field, value string) {
		out = append(out, stoa.Decision{Subject: id, Action: a, Field: field, Value: value, IfMatch: version, By: by})
	}
	unset := f["unset"]
	for _, field := range append(single(), "pillars", "countries", "regions", "organisations") {
		if slices.Contains(unset, field) {
			add(stoa.Unset, field, "")
		}
	}
	for _, field := range single() {
		if _, shown := f["was_"+field]; !shown { // the form did not have it
			continue
		}
		was, is := f.Get("was_"+field), strings.TrimSpace(f.Get(field))
		if field == "rolling" {
			is = cmp.Or(is, "false")
		}
		if normal(was) != normal(is) && !slices.Contains(unset, field) {
			add(stoa.Set, field, is)
		}
	}
	for _, field := range []string{"pillars", "countries", "regions", "organisations"} {
		for _, value := range f["remove_"+field] {
			add(stoa.Remove, field, value)
		}
		for _, value := range f["add_"+field] {
			if value != "" {
				add(stoa.Add, field, value)
			}
		}
	}
	if name := strings.TrimSpace(f.Get("org_name")); name != "" {
		o := stoa.Organisation{ID: kebab(name), Name: name, Role: stoa.Role(f.Get("org_role"))}
		if b, err := json.Marshal(o); err == nil {
			add(stoa.Add, "organisations", string(b))
		}
	}
	if note := strings.TrimSpace(f.Get("note")); note != "" {
		add(stoa.Note, "", note)
	}
	return out
}

// normal makes line ends of browsers those of ours.
func normal(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// kebab makes the id of an organisation from its name.
func kebab(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	return cmp.Or(strings.Join(words, "-"), "organisation")
}

// ruleEdit keeps all that a form changes as one act. When the record changed meanwhile nothing is kept, and the page comes
// back with both versions and all that was typed.
func (d *Desk) ruleEdit(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	version, err := strconv.ParseUint(r.PostForm.Get("if_match"), 10, 63)
	if err != nil {
		return page.Faults{{Field: "if_match", Text: "want a version"}}
	}
	e, err := d.editor(r, v)
	if err != nil {
		return err
	}
	if e.record.Version != version {
		return d.notSaved(w, r, v, e, nil)
	}
	all := changes(r.PostForm, e.record.ID, v.user.Name, version)
	if len(all) == 0 {
		seeOther(w, r, e.next)
		return nil
	}
	act, err := d.Records.DecideAll(r.Context(), all)
	if err != nil {
		return explained(err)
	}
	if len(act.Decisions) == 0 {
		return d.notSaved(w, r, v, e, act.Left)
	}
	if len(act.Left) > 0 { // what was right is kept; the rest is shown, with what was typed
		if e, err = d.editor(r, v); err != nil {
			return err
		}
		return d.notSaved(w, r, v, e, act.Left)
	}
	backWith(w, r, url.Values{"done": {act.ID}})
	return nil
}

// notSaved shows the form with what was typed, beside what stands.
func (d *Desk) notSaved(w http.ResponseWriter, r *http.Request, v visit, e editor, left []stoa.Left) error {
	status := http.StatusBadRequest
	for _, l := range left {
		e.wrong = append(e.wrong, page.Fault{Field: l.Decision.Field, Text: page.Refused(l.Text).Text})
	}
	if left == nil {
		status, e.late = http.StatusConflict, true
	}
	for i, row := range e.rows {
		typed := normal(r.PostForm.Get(row.field))
		if row.field == "rolling" {
			typed = cmp.Or(typed, "false")
		}
		if normal(row.was) != normal(r.PostForm.Get("was_"+row.field)) {
			e.rows[i].stands = cmp.Or(row.was, "—")
		}
		if typed != normal(r.PostForm.Get("was_"+row.field)) { // what nobody typed shows what stands
			e.rows[i].value = typed
		}
	}
	e.note = r.PostForm.Get("note")
	return d.sendEditor(w, r, v, status, e)
}

// member is a record that is merged into another, with the evidence of both.
type member struct {
	record stoa.Record
	pairs  []pair
}

// members returns what is merged into a record: where its observations were first filed.
func (d *Desk) members(r *http.Request, v visit, c card) ([]member, error) {
	var out []member
	seen := map[string]bool{c.record.ID: true}
	for _, o := range c.seen {
		if seen[o.Record] || len(out) == 20 {
			continue
		}
		seen[o.Record] = true
		rec, err := d.Records.Get(r.Context(), o.Record)
		if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, member{rec, compared(v, titlesIn(c.sources), *c.record, rec)})
	}
	return out, nil
}

// mergeHref is the address of the preview of a merge: what stays, and what goes.
func mergeHref(into, gone, back string) string {
	return "/curate/bulk?" + url.Values{"do": {"merge"}, "into": {into}, "sel": {gone}, "next": {back}}.Encode()
}
