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

// bulk is a preview of one answer to many records: what it would do, what it leaves out and why, and how many of which
// source.
type bulk struct {
	do     stoa.Action // accept refuse set confirm merge
	field  string      // of set: kind or pillars
	value  string
	reason string
	into   *stoa.Record      // of merge
	titles map[string]string // of sources
	lines  []bulkLine
	sum    []fromOne
	second bool // another person will be asked
	back   string
}

// bulkLine is one record of a preview. One with a fault is left out.
type bulkLine struct {
	record stoa.Record
	fault  string
	claim  string
	pairs  []pair // of merge
}

type fromOne struct {
	name string
	n    int
}

// takes counts the lines that the act would take.
func (b bulk) takes() (n int) {
	for _, l := range b.lines {
		if l.fault == "" {
			n++
		}
	}
	return n
}

// bulkOf reads which answer is meant.
func bulkOf(v url.Values) (bulk, error) {
	b := bulk{do: stoa.Action(v.Get("do")), reason: v.Get("reason"), value: v.Get("value"), back: ownPath(v.Get("next"))}
	if r := v.Get("refuse"); r != "" {
		b.do, b.reason = stoa.Refuse, r
	}
	if p := v.Get("pillar"); p != "" && b.do == "" {
		b.do, b.field, b.value = stoa.Set, "pillars", p
	}
	if k := v.Get("kind"); k != "" && b.do == "" {
		b.do, b.field, b.value = stoa.Set, "kind", k
	}
	if f := v.Get("field"); f != "" {
		b.field = f
	}
	switch b.do {
	case stoa.Accept, stoa.Confirm, stoa.Merge:
		return b, nil
	case stoa.Refuse:
		if slices.Contains(stoa.Reasons(), b.reason) {
			return b, nil
		}
		return b, page.Faults{{Field: "reason", Text: "want one of " + strings.Join(stoa.Reasons(), ", ")}}
	case stoa.Set:
		if b.field == "pillars" && stoa.Pillar(b.value).Valid() || b.field == "kind" && stoa.Kind(b.value).Valid() {
			return b, nil
		}
		return b, page.Faults{{Field: "value", Text: "want a pillar or a kind"}}
	}
	return b, page.Faults{{Field: "do", Text: "want accept, confirm, refuse, set or merge"}}
}

// preview shows what an answer to many would do. It is an address, so it can be looked at by two.
func (d *Desk) preview(w http.ResponseWriter, r *http.Request, v visit) error {
	params := r.URL.Query()
	b, err := bulkOf(params)
	if err != nil {
		return err
	}
	ids, err := d.chosen(r, params)
	if err != nil {
		return err
	}
	if b.do == stoa.Merge {
		if ids, err = d.mergeInto(r, &b, params.Get("into"), ids); err != nil {
			return err
		}
	}
	if err := d.weigh(r, v, &b, ids); err != nil {
		return err
	}
	v.Title, v.Nav, v.Glyph = v.T("bulk.title"), "queue", true
	return d.send(w, r, http.StatusOK, bulkPage(v, b))
}

// chosen returns the records that were ticked, or all that a part of the queue is about.
func (d *Desk) chosen(r *http.Request, params url.Values) ([]string, error) {
	if params.Get("all") == "" {
		ids := params["sel"]
		if len(ids) > stoa.MaxAct {
			return nil, page.Faults{{Field: "sel", Text: "want at most " + page.Decimal(stoa.MaxAct)}}
		}
		return ids, nil
	}
	part, err := url.ParseQuery(params.Get("part"))
	if err != nil {
		return nil, page.Faults{{Field: "part", Text: "want the address of a part of the queue"}}
	}
	q, _, err := partOf(part)
	if err != nil {
		return nil, err
	}
	q.Limit, q.Offset = stoa.MaxAct, 0
	tasks, _, err := d.Records.Queue(r.Context(), q)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range tasks {
		if t.Record != nil && t.Letter == nil {
			ids = append(ids, t.Record.ID)
		}
	}
	return ids, nil
}

// mergeInto takes the record that stays out of those that go.
func (d *Desk) mergeInto(r *http.Request, b *bulk, into string, ids []string) ([]string, error) {
	if into == "" && len(ids) > 0 {
		into = ids[0]
	}
	rec, err := d.Records.Get(r.Context(), into)
	if err != nil {
		return nil, err
	}
	b.into = &rec
	return slices.DeleteFunc(ids, func(id string) bool { return id == rec.ID || id == rec.Short }), nil
}

// weigh looks at each record: may the answer be given to it?
func (d *Desk) weigh(r *http.Request, v visit, b *bulk, ids []string) error {
	held, err := d.claims(r)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	b.titles = d.titlesOf()
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		rec, err := d.Records.Get(r.Context(), id)
		if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		l := bulkLine{record: rec, fault: obstacle(v, *b, rec)}
		if c := held[rec.ID]; c.By != v.user.Name {
			l.claim = claimText(v, c)
		}
		if b.into != nil {
			l.pairs = compared(v, b.titles, *b.into, rec)
		}
		if l.fault == "" && len(rec.Sightings) > 0 {
			counts[rec.Sightings[0].Source]++
		}
		b.lines = append(b.lines, l)
	}
	for source, n := range counts {
		b.sum = append(b.sum, fromOne{source, n})
	}
	slices.SortFunc(b.sum, func(x, y fromOne) int {
		if x.n != y.n {
			return y.n - x.n
		}
		return strings.Compare(x.name, y.name)
	})
	b.second = b.do == stoa.Refuse && b.takes() > stoa.MaxRefusals
	return nil
}

// obstacle says why an answer cannot be given to a record, or "".
func obstacle(v visit, b bulk, r stoa.Record) string {
	switch {
	case r.MergedInto != "":
		return v.T("bulk.merged")
	case b.do == stoa.Accept && r.State == stoa.Listed, b.do == stoa.Refuse && r.State == stoa.Refused,
		b.field == "kind" && string(r.Kind) == b.value, b.field == "pillars" && string(r.Primary()) == b.value:
		return v.T("bulk.already")
	case b.do == stoa.Accept && r.Availability == stoa.Quarantined:
		return v.T("bulk.unsafe")
	case b.do == stoa.Confirm && r.State != stoa.Listed:
		return v.T("bulk.unlisted")
	}
	return ""
}

// apply does what was previewed, as one act. What changed since the preview is left out and shown.
func (d *Desk) apply(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	b, err := bulkOf(r.PostForm)
	if err != nil {
		return err
	}
	var all []stoa.Decision
	for _, picked := range r.PostForm["pick"] {
		id, version, _ := strings.Cut(picked, ":")
		n, err := strconv.ParseUint(version, 10, 63)
		if err != nil || !idPattern.MatchString(id) {
			return page.Faults{{Field: "pick", Text: "want ids with versions"}}
		}
		one := stoa.Decision{Subject: id, Action: b.do, Field: b.field, Value: b.value, Reason: b.reason, IfMatch: n, By: v.user.Name}
		switch {
		case b.do == stoa.Merge:
			one.Subject, one.Value, one.IfMatch = r.PostForm.Get("into"), id, 0
		case b.field == "pillars":
			if one.Value, err = d.withPrimary(r, id, b.value); err != nil {
				return err
			}
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return page.Faults{{Field: "pick", Text: "nothing is chosen"}}
	}
	act, err := d.Records.DecideAll(r.Context(), all)
	if errors.Is(err, stoa.ErrWaits) {
		waits(w, r, act.Motion.ID)
		return nil
	}
	if err != nil {
		return explained(err)
	}
	if len(act.Decisions) == 0 && len(act.Left) > 0 {
		return d.nothingDone(w, r, v, b, act.Left)
	}
	backWith(w, r, url.Values{"done": {act.ID}, "left": {page.Decimal(len(act.Left))}})
	return nil
}

// nothingDone shows the preview again, as things stand now.
func (d *Desk) nothingDone(w http.ResponseWriter, r *http.Request, v visit, b bulk, left []stoa.Left) error {
	var ids []string
	for _, l := range left {
		if b.do == stoa.Merge {
			ids = append(ids, l.Decision.Value)
		} else {
			ids = append(ids, l.Decision.Subject)
		}
	}
	if b.do == stoa.Merge {
		var err error
		if ids, err = d.mergeInto(r, &b, r.PostForm.Get("into"), ids); err != nil {
			return err
		}
	}
	if err := d.weigh(r, v, &b, ids); err != nil {
		return err
	}
	v.Title, v.Nav, v.Glyph = v.T("bulk.title"), "queue", true
	return d.send(w, r, http.StatusConflict, bulkPageLate(v, b))
}
