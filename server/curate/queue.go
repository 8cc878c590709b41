package curate

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stoa"
	"stoa/server/page"
)

// queueSize is how many tasks stand on a page.
const queueSize = 30

// maxPages is the deepest page of the queue that is shown; whoever gets there filters first.
const maxPages = 500

var (
	sourcePattern   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	languagePattern = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)
	idPattern       = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

// ParseTasks reads a part of the queue from query parameters: reason, source, kind, pillar, language, subject, q (a part of the
// title). All that
// is wrong is told at once, as page.Faults.
func ParseTasks(v url.Values) (stoa.TaskQuery, error) {
	var faults page.Faults
	take := func(name string, valid func(string) bool, want string) string {
		s := v.Get(name)
		if s != "" && !valid(s) {
			faults = append(faults, page.Fault{Field: name, Text: "want " + want})
			return ""
		}
		return s
	}
	q := stoa.TaskQuery{
		Reason:   take("reason", func(s string) bool { return slices.Contains(stoa.TaskReasons(), s) }, "one of "+strings.Join(stoa.TaskReasons(), ", ")),
		Source:   take("source", sourcePattern.MatchString, "the id of a source"),
		Kind:     stoa.Kind(take("kind", func(s string) bool { return stoa.Kind(s).Valid() }, "a kind")),
		Pillar:   stoa.Pillar(take("pillar", func(s string) bool { return stoa.Pillar(s).Valid() }, "a pillar")),
		Language: take("language", languagePattern.MatchString, "a language tag, BCP 47"),
		Subject:  take("subject", idPattern.MatchString, "an id"),
		Text:     strings.TrimSpace(take("q", func(s string) bool { return len(s) <= 200 && utf8.ValidString(s) }, "at most 200 bytes of text")),
	}
	if len(faults) > 0 {
		return stoa.TaskQuery{}, faults
	}
	return q, nil
}

// queueHref is the address of a part of the queue, of a page in it, and of the task that is open.
func queueHref(q stoa.TaskQuery, at int, open string) string {
	v := url.Values{}
	for _, f := range []struct{ name, value string }{
		{"reason", q.Reason}, {"source", q.Source}, {"kind", string(q.Kind)}, {"pillar", string(q.Pillar)}, {"in", q.Language}, {"q", q.Text}, {"open", open},
	} {
		if f.value != "" {
			v.Set(f.name, f.value)
		}
	}
	if at > 1 {
		v.Set("page", page.Decimal(at))
	}
	if len(v) == 0 {
		return home
	}
	return home + "?" + v.Encode()
}

// line is a task in the list.
type line struct {
	stoa.Task
	name string // by which the list tells tasks apart
	run  string // title of the source of a run
	href string
	now  bool
	held stoa.Claim
}

// desk is the queue with one task open.
type desk struct {
	query  stoa.TaskQuery
	total  int
	counts []count
	lines  []line
	open   *card
	paging page.Paging
	told   told
	self   string // its own address
	all    int    // tasks of all reasons that the filter leaves
}

// count is a part of the queue.
type count struct {
	reason string
	n      int
	href   string
	now    bool
}

// taskName tells tasks apart: a record may be in the queue for several reasons.
func taskName(t stoa.Task) string {
	name := t.Reason + "-" + t.Subject
	if t.Other != nil {
		name += "-" + t.Other.ID
	}
	if t.Reason == stoa.ReasonIncident && t.Run == nil && len(t.Why) > 0 { // a source may have several
		name += "-" + t.Why[0]
	}
	return name
}

// partOf reads a part of the queue as the desk's own addresses have it, and the number of the page.
func partOf(params url.Values) (q stoa.TaskQuery, at int, err error) {
	params.Del("subject")
	if in := params.Get("in"); in != "" { // "language" is the page's own here
		params.Set("language", in)
	} else {
		params.Del("language")
	}
	if q, err = ParseTasks(params); err != nil {
		return q, 0, err
	}
	at = 1
	if s := params.Get("page"); s != "" {
		if at, err = strconv.Atoi(s); err != nil || at < 1 || at > maxPages {
			return q, 0, page.Faults{{Field: "page", Text: "want a number from 1 to " + page.Decimal(maxPages)}}
		}
	}
	return q, at, nil
}

func (d *Desk) queue(w http.ResponseWriter, r *http.Request, v visit) error {
	params := r.URL.Query()
	q, at, err := partOf(params)
	if err != nil {
		return err
	}
	q.Limit, q.Offset = queueSize, (at-1)*queueSize
	tasks, total, err := d.Records.Queue(r.Context(), q)
	if err != nil {
		return err
	}
	if len(tasks) == 0 && total > 0 { // the last page was settled
		at = min(at, (total+queueSize-1)/queueSize)
		q.Offset = (at - 1) * queueSize
		if tasks, total, err = d.Records.Queue(r.Context(), q); err != nil {
			return err
		}
	}
	out := desk{query: q, total: total, told: d.told(r, v), paging: page.Paging{At: at, Last: min((total+queueSize-1)/queueSize, maxPages), Href: func(n int) string { return queueHref(q, n, "") }}}
	if out.counts, out.all, err = d.counts(r, q); err != nil {
		return err
	}
	if err := d.openTask(r, v, &out, tasks, params.Get("open"), at); err != nil {
		return err
	}
	v.Title, v.Nav, v.Glyph = v.T("queue.title", "n", total), "queue", true
	return d.send(w, r, http.StatusOK, queuePage(v, out))
}

// openTask opens the task that was asked for, else the first. A task that is settled meanwhile opens the first too.
func (d *Desk) openTask(r *http.Request, v visit, out *desk, tasks []stoa.Task, wanted string, at int) error {
	held, err := d.claims(r)
	if err != nil {
		return err
	}
	opened := -1
	for i, t := range tasks {
		name := taskName(t)
		out.lines = append(out.lines, line{Task: t, name: name, run: d.runTitle(t), href: queueHref(out.query, at, name), held: held[claimed(t)]})
		if name == wanted {
			opened = i
		}
	}
	out.self = queueHref(out.query, at, "")
	if len(tasks) == 0 {
		return nil
	}
	next := queueHref(out.query, at, "")
	if opened < 0 {
		opened = 0
	}
	if opened+1 < len(tasks) { // after an answer the one below opens
		next = out.lines[opened+1].href
	}
	out.lines[opened].now = true
	c, err := d.card(r, v, tasks[opened])
	if err != nil {
		return err
	}
	c.next, c.self = next, out.lines[opened].href
	out.self = c.self
	if c.claim, err = d.renewClaim(r, v, out.lines[opened].held); err != nil {
		return err
	}
	out.lines[opened].held = c.claim
	out.open = &c
	return nil
}

// runTitle returns the title of the source of a task on a run.
func (d *Desk) runTitle(t stoa.Task) string {
	id := ""
	switch {
	case t.Run != nil:
		id = t.Run.Source
	case t.Reason == stoa.ReasonIncident:
		id = t.Subject
	}
	for _, s := range d.Sources() {
		if s.ID == id && s.Title != "" {
			return s.Title
		}
	}
	return id
}

// counts tells how many tasks of each reason a filter leaves, and in all.
func (d *Desk) counts(r *http.Request, q stoa.TaskQuery) (out []count, sum int, err error) {
	waiting, err := d.Records.Waiting(r.Context(), q)
	if err != nil {
		return nil, 0, err
	}
	for _, reason := range stoa.TaskReasons() {
		part, n := q, waiting[reason]
		part.Reason, part.Limit, part.Offset = reason, 0, 0
		sum += n
		if n > 0 || q.Reason == reason {
			out = append(out, count{reason, n, queueHref(part, 1, ""), q.Reason == reason})
		}
	}
	return out, sum, nil
}

// card is one thing to settle: what was harvested, what the machine thinks and why, what it resembles, what changed.
type card struct {
	task     stoa.Task
	record   *stoa.Record
	seen     []stoa.Observation
	findings []stoa.Finding
	ruled    []stoa.Decision // newest first
	sources  map[string]stoa.Source
	next     string // where a form leads afterwards
	self     string // its own address
	late     *late
	claim    stoa.Claim
	motion   []motionLine
	members  []member
	history  stoa.History // of the source of an incident
}

// offered is the address that an incident offers, or "".
func (c card) offered() string {
	for _, i := range c.history.Incidents {
		if (i.Rule == stoa.RuleWayIn || i.Rule == stoa.RuleMoved) && slices.Equal(c.task.Why, []string{i.Rule, i.Text}) {
			return i.About
		}
	}
	return ""
}

// used is the address that the source has now.
func (c card) used() string { return cmp.Or(c.history.Address, c.sources[c.task.Subject].URL) }

// late is what somebody wanted, when somebody else was quicker.
type late struct{ decision stoa.Decision }

func (d *Desk) card(r *http.Request, v visit, t stoa.Task) (card, error) {
	c := card{task: t, record: t.Record, sources: map[string]stoa.Source{}}
	if t.Motion != nil {
		c.motion = d.motionLines(r, v, *t.Motion)
	}
	for _, s := range d.Sources() {
		c.sources[s.ID] = s
	}
	if t.Reason == stoa.ReasonIncident && t.Run == nil {
		h, err := d.Records.History(r.Context(), t.Subject)
		c.history = h
		return c, err
	}
	if c.record == nil {
		return c, nil
	}
	var errs [3]error
	c.seen, errs[0] = d.Records.Observations(r.Context(), c.record.ID)
	c.findings, errs[1] = d.Records.Findings(r.Context(), c.record.ID)
	c.ruled, errs[2] = d.Records.Decisions(r.Context(), c.record.ID)
	slices.Reverse(c.ruled)
	if err := errors.Join(errs[:]...); err != nil {
		// The record is there, so whatever is missing of it is a fault of ours, and no "not found".
		return c, fmt.Errorf("evidence of %s: %v", c.record.ID, err)
	}
	var err error
	c.members, err = d.members(r, v, c)
	return c, err
}

// record shows one record with everything it stands on.
func (d *Desk) record(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.showRecord(w, r, v, http.StatusOK, nil)
}

func (d *Desk) showRecord(w http.ResponseWriter, r *http.Request, v visit, status int, l *late) error {
	rec, err := d.Records.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	tasks, _, err := d.Records.Queue(r.Context(), stoa.TaskQuery{Subject: rec.ID, Limit: 20})
	if err != nil {
		return err
	}
	c, err := d.card(r, v, stoa.Task{Subject: rec.ID, Record: &rec})
	if err != nil {
		return err
	}
	c.next, c.self, c.late = "/curate/records/"+rec.ID, "/curate/records/"+rec.ID, l
	held, err := d.claims(r)
	if err != nil {
		return err
	}
	if c.claim, err = d.renewClaim(r, v, held[rec.ID]); err != nil {
		return err
	}
	v.Title, v.Nav, v.Glyph = page.TitleOf(v.View, rec), "queue", true
	return d.send(w, r, status, recordPage(v, c, tasks, d.told(r, v)))
}

// heldRun is a run that waits, with the last good one beside it.
type heldRun struct {
	task   stoa.Task
	run    stoa.Run
	good   stoa.Run
	source stoa.Source
}

// heldList is a page of the runs that wait.
type heldList struct {
	runs   []heldRun
	total  int
	paging page.Paging
	told   told
}

// Bounds of the page of runs that wait.
const (
	heldRead  = 1000 // incidents that are looked through
	heldShown = 20
)

func (d *Desk) runs(w http.ResponseWriter, r *http.Request, v visit) error {
	tasks, _, err := d.Records.Queue(r.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident, Limit: heldRead})
	if err != nil {
		return err
	}
	tasks = slices.DeleteFunc(tasks, func(t stoa.Task) bool { return t.Run == nil }) // something is wrong with a source as a whole
	part, err := pageOf(r, len(tasks), heldShown)
	if err != nil {
		return err
	}
	out := heldList{total: len(tasks), paging: part.Paging, told: d.told(r, v)}
	for _, t := range tasks[part.from:part.to] {
		h, err := d.held(r, t)
		if err != nil {
			return err
		}
		out.runs = append(out.runs, h)
	}
	v.Title, v.Nav = v.T("runs.title", "n", out.total), "runs"
	return d.send(w, r, http.StatusOK, runsPage(v, out))
}

func (d *Desk) held(r *http.Request, t stoa.Task) (heldRun, error) {
	h := heldRun{task: t, run: *t.Run, source: stoa.Source{ID: t.Run.Source, Title: t.Run.Source}}
	for _, s := range d.Sources() {
		if s.ID == t.Run.Source {
			h.source = s
		}
	}
	history, err := d.Records.History(r.Context(), t.Run.Source)
	h.good = history.Good
	return h, err
}
