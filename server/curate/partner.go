package curate

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// Bounds of a partner's page.
const (
	partnerSize = 50
	wholeList   = stoa.MaxAct // records confirmed in one step; the page leads on to the rest
)

// guest is a partner who came by a link.
type guest struct {
	organisation string
	until        stoa.Date
	sources      []stoa.Source
	link         string // signed
}

// by is the name under which a partner's word is kept.
func (g guest) by() string { return "partner:" + g.organisation }

func (g guest) ids() []string {
	var out []string
	for _, s := range g.sources {
		out = append(out, s.ID)
	}
	return out
}

// owns reports whether a record is listed by one of the partner's sources.
func (g guest) owns(r stoa.Record) bool {
	return slices.ContainsFunc(r.Sightings, func(s stoa.Sighting) bool { return slices.Contains(g.ids(), s.Source) })
}

// invited returns who holds a link: one that was signed here, is not revoked and whose day has not passed. Anything else
// is not found.
func (o *Outside) invited(r *http.Request) (guest, error) {
	id, ok := o.Seal.Read(linkPurpose, r.PathValue("link"))
	if !ok {
		return guest{}, stoa.ErrNotFound
	}
	d, standing, err := o.Records.Decision(r.Context(), id)
	if err != nil {
		return guest{}, err
	}
	g := guest{organisation: d.Subject, until: stoa.Date(d.Value), link: r.PathValue("link")}
	if d.Action != stoa.Invite || !standing || !g.until.Finish(time.UTC).After(o.Now()) {
		return guest{}, stoa.ErrNotFound
	}
	for _, s := range o.Sources() {
		if s.Organisation == d.Subject {
			g.sources = append(g.sources, s)
		}
	}
	return g, nil
}

// partnerList is what a partner sees.
type partnerList struct {
	guest
	records []stoa.Record
	runs    []partnerRun
	faults  bool // only what has a fault
	next    string
	sure    int    // how many are about to be confirmed
	more    bool   // of the list there are more than that
	after   string // where the part that is to be confirmed begins
	saved   int    // how many were confirmed
	path    string
}

// partnerRun is the health of one of a partner's sources.
type partnerRun struct {
	source  stoa.Source
	history stoa.History
}

func (o *Outside) partner(w http.ResponseWriter, r *http.Request, v page.View) error {
	g, err := o.invited(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := partnerList{guest: g, faults: q.Get("faults") == "1"}
	p.saved, _ = whole(q.Get("saved"), 1, wholeList) // anything else says nothing
	if p.records, p.next, err = o.page(r.Context(), g, q.Get("after"), p.faults); err != nil {
		return err
	}
	for _, s := range g.sources {
		h, err := o.Records.History(r.Context(), s.ID)
		if err != nil {
			return err
		}
		p.runs = append(p.runs, partnerRun{s, h})
	}
	return o.showPartner(w, r, v, p)
}

func (o *Outside) showPartner(w http.ResponseWriter, r *http.Request, v page.View, p partnerList) error {
	p.path = v.To("/partner/" + url.PathEscape(p.link))
	v.Title = p.organisation
	return o.send(w, r, http.StatusOK, partnerPage(v, p))
}

// page returns a part of a partner's list, as far as it is not refused or merged away.
func (o *Outside) page(ctx context.Context, g guest, after string, faults bool) (out []stoa.Record, next string, err error) {
	if len(after) > 2000 {
		return nil, "", page.Faults{{Field: "after", Text: "want the place that the page before names"}}
	}
	if len(g.sources) == 0 {
		return nil, "", nil
	}
	for looked := 0; looked < 40; looked++ { // a part of the list may hold no fault
		list, more, err := o.Records.ListedBy(ctx, g.ids(), after, partnerSize)
		if err != nil {
			return nil, "", err
		}
		for _, rec := range list {
			if rec.State != stoa.Refused && (!faults || faulty(rec)) {
				out = append(out, export.Public(rec))
			}
		}
		if next, after = more, more; more == "" || len(out) >= partnerSize/2 {
			break
		}
	}
	return out, next, nil
}

// faulty tells what a partner should look at: what left the lists though nobody meant it, and what is in doubt.
func faulty(r stoa.Record) bool {
	switch r.Availability {
	case stoa.Dead, stoa.Quarantined, stoa.Suspect, stoa.Blocked:
		return true
	}
	return r.Relevance == stoa.Dormant || slices.Contains(r.Marks, stoa.Overdue) || slices.Contains(r.Marks, stoa.Unlisted)
}

// rulePartner takes a partner's word on its own items: confirmed or withdrawn, one by one; or the whole list confirmed,
// after it was shown how many that are.
func (o *Outside) rulePartner(w http.ResponseWriter, r *http.Request, v page.View) error {
	g, err := o.invited(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	f := r.PostForm
	back := v.To("/partner/"+url.PathEscape(g.link)) + "?saved=1"
	switch action := stoa.Action(f.Get("action")); action {
	case stoa.Confirm, stoa.Withdraw:
		rec, err := o.Records.Get(r.Context(), f.Get("id"))
		if err != nil {
			return err
		}
		if !g.owns(rec) {
			return stoa.ErrNotFound
		}
		if _, err := o.Records.Decide(r.Context(), stoa.Decision{Subject: rec.ID, Action: action, By: g.by()}); err != nil {
			return explained(err)
		}
	case "preview":
		return o.previewPartner(w, r, v, g)
	case "all":
		act, next, err := confirmAll(r.Context(), o.Records, g.ids(), f.Get("after"), g.by())
		if err != nil {
			return explained(err)
		}
		back = v.To("/partner/"+url.PathEscape(g.link)) + "?saved=" + page.Decimal(max(len(act.Decisions), 1))
		if next != "" {
			back += "&after=" + url.QueryEscape(next)
		}
	default:
		return page.Faults{{Field: "action", Text: "want confirm, withdraw, preview or all"}}
	}
	o.Log.InfoContext(r.Context(), "partner spoke", "request", page.RequestID(r.Context()), "organisation", g.organisation, "action", f.Get("action"))
	seeOther(w, r, back)
	return nil
}

func (o *Outside) previewPartner(w http.ResponseWriter, r *http.Request, v page.View, g guest) error {
	p := partnerList{guest: g, after: r.PostForm.Get("after")}
	list, more, err := toConfirm(r.Context(), o.Records, g.ids(), p.after)
	if err != nil {
		return err
	}
	p.sure, p.more = len(list), more != ""
	for _, rec := range list[:min(len(list), partnerSize)] {
		p.records = append(p.records, export.Public(rec))
	}
	return o.showPartner(w, r, v, p)
}

// toConfirm returns what a step that confirms a whole list would confirm: what readers see or would see, and is in force.
func toConfirm(ctx context.Context, c Catalogue, sources []string, after string) (out []stoa.Record, next string, err error) {
	list, next, err := c.ListedBy(ctx, sources, after, wholeList)
	if err != nil {
		return nil, "", err
	}
	return slices.DeleteFunc(list, func(r stoa.Record) bool {
		return r.State != stoa.Listed || r.Availability == stoa.Quarantined || r.Relevance == stoa.Withdrawn || r.Relevance == stoa.Superseded
	}), next, nil
}

// confirmAll confirms a part of a list as one act, and says where the rest begins.
func confirmAll(ctx context.Context, c Catalogue, sources []string, after, by string) (act stoa.Act, next string, err error) {
	list, next, err := toConfirm(ctx, c, sources, after)
	if err != nil {
		return act, "", err
	}
	ds := make([]stoa.Decision, 0, len(list))
	for _, rec := range list {
		ds = append(ds, stoa.Decision{Subject: rec.ID, Action: stoa.Confirm, By: by})
	}
	if len(ds) == 0 {
		return act, next, nil
	}
	act, err = c.DecideAll(ctx, ds)
	return act, next, err
}

// partnerFile is the same list as a file.
func (o *Outside) partnerFile(w http.ResponseWriter, r *http.Request, v page.View) error {
	g, err := o.invited(r)
	if err != nil {
		return err
	}
	asFile(w, "text/csv; charset=utf-8; header=present", "items.csv")
	head := []string{"id", "title", "url", "source", "state", "availability", "relevance", "marks", "rules", "why", "first_listed", "last_seen", "checked"}
	return cut(export.Rows(w, head, o.partnerRows(r.Context(), g, v)))
}

func (o *Outside) partnerRows(ctx context.Context, g guest, v page.View) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for after, more := "", len(g.sources) > 0; more; {
			list, next, err := o.Records.ListedBy(ctx, g.ids(), after, 200)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, rec := range list {
				if rec.State == stoa.Refused {
					continue
				}
				if !yield(partnerRow(export.Public(rec), g, v), nil) {
					return
				}
			}
			after, more = next, next != ""
		}
	}
}

func partnerRow(r stoa.Record, g guest, v page.View) []string {
	var from []string
	var last time.Time
	for _, s := range r.Sightings {
		if slices.Contains(g.ids(), s.Source) {
			from = append(from, s.Source)
			if s.Last.After(last) {
				last = s.Last
			}
		}
	}
	var marks []string
	for _, m := range r.Marks {
		marks = append(marks, string(m))
	}
	return []string{
		r.ID, r.Title, r.URL, strings.Join(from, "; "), string(r.State), string(r.Availability), string(r.Relevance), strings.Join(marks, "; "),
		strings.Join(r.Rules, "; "), strings.Join(page.Why(v, r), " "), stampOr(r.FirstListed), stampOr(last), stampOr(r.Checked),
	}
}

// stampOr is an instant for a file, or nothing.
func stampOr(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stampOf(t)
}

// moreQuery leads to the next part of a partner's list.
func moreQuery(p partnerList) string {
	q := url.Values{"after": {p.next}}
	if p.faults {
		q.Set("faults", "1")
	}
	return "?" + q.Encode()
}
