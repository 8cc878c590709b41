package curate

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"stoa"
	"stoa/server/page"
)

// linkPurpose is what partners' links are signed for.
const linkPurpose = "partner"

// linksShown is how many links stand on a page.
const linksShown = 50

// lent is a partner's link.
type lent struct {
	stoa.Decision
	until stoa.Date
	over  bool // its day has passed
	href  string
}

// PartnerLink returns the address of a partner's link below the language, from the decision that lent it.
func PartnerLink(s Seal, d stoa.Decision) string { return "/partner/" + s.Sign(linkPurpose, d.ID) }

// partnersList is what the page of links shows.
type partnersList struct {
	organisations []string
	open          []lent
	paging        page.Paging
	saved         bool
}

func (d *Desk) partners(w http.ResponseWriter, r *http.Request, v visit) error {
	out := partnersList{organisations: d.organisations(), saved: wasSaved(r)}
	for _, org := range out.organisations {
		all, err := d.Records.Decisions(r.Context(), org)
		if err != nil {
			return err
		}
		for _, one := range Standing(all, stoa.Invite) {
			l := lent{Decision: one, until: stoa.Date(one.Value), href: d.Site.Absolute("/" + v.Code + PartnerLink(d.Office.Seal, one))}
			l.over = !l.until.Finish(time.UTC).After(d.Now())
			out.open = append(out.open, l)
		}
	}
	slices.SortFunc(out.open, func(a, b lent) int { return cmp.Compare(b.Seq, a.Seq) })
	part, err := pageOf(r, len(out.open), linksShown)
	if err != nil {
		return err
	}
	out.open, out.paging = out.open[part.from:part.to], part.Paging
	v.Title, v.Nav = v.T("partners.title"), "partners"
	return d.send(w, r, http.StatusOK, partnersPage(v, out))
}

// Standing returns the decisions of an action that nobody took back.
func Standing(all []stoa.Decision, action stoa.Action) []stoa.Decision {
	undone := map[string]bool{}
	for _, d := range all {
		if d.Action == stoa.Undo {
			undone[d.Value] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(d stoa.Decision) bool { return d.Action != action || undone[d.ID] })
}

// organisations are those that have a source.
func (d *Desk) organisations() []string {
	var out []string
	for _, s := range d.Sources() {
		out = append(out, s.Organisation)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rulePartners lends and revokes links.
func (d *Desk) rulePartners(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	want := stoa.Decision{By: v.user.Name}
	switch r.PostForm.Get("action") {
	case string(stoa.Invite):
		org := r.PostForm.Get("organisation")
		if !slices.Contains(d.organisations(), org) {
			return page.Faults{{Field: "organisation", Text: "want one that has a source"}}
		}
		want.Action, want.Subject, want.Value = stoa.Invite, org, r.PostForm.Get("until")
	case string(stoa.Undo):
		want.Action, want.Value = stoa.Undo, r.PostForm.Get("id")
		target, err := Undoable(r.Context(), d.Records, want)
		if err != nil {
			return err
		}
		if target.Action != stoa.Invite {
			return page.Faults{{Field: "id", Text: "want a link"}}
		}
	default:
		return page.Faults{{Field: "action", Text: "want one that belongs here"}}
	}
	if _, err := d.Records.Decide(r.Context(), want); err != nil {
		return explained(err)
	}
	seeOther(w, r, okHref("/curate/partners"))
	return nil
}
