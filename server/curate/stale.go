package curate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/server/page"
)

// Bounds of the page of what is stale.
const (
	staleRead  = 500 // tasks that are read and grouped
	staleShown = 20  // that one form holds; a larger group has several
	staleHeld  = 80  // records of a page, where a form counts as staleForm of them
	staleForm  = 3
	mostMarked = stoa.MaxAct // ruled on in one step
)

// staleGroup are records that one rule found stale on one host: those of one form, and how many there are in all.
type staleGroup struct {
	rule, host string
	records    []stoa.Task
	first, all int
}

// staleList is what the page shows: groups, or what is about to be done.
type staleList struct {
	groups  []staleGroup
	paging  page.Paging
	total   int
	read    int
	rule    string // only this rule
	host    string // only this host
	rules   []string
	hosts   []string
	sources []stoa.Source
	sure    *staleStep
	told    told
}

// staleStep is what somebody wants to do with many records, shown before it is done.
type staleStep struct {
	action  stoa.Action
	field   string
	value   string
	records []stoa.Record
	source  string // of a whole list
	after   string
	more    bool
}

func (d *Desk) stale(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.showStale(w, r, v, http.StatusOK, staleList{told: d.told(r, v)})
}

func (d *Desk) showStale(w http.ResponseWriter, r *http.Request, v visit, status int, out staleList) error {
	q := r.URL.Query()
	out.rule, out.host = q.Get("rule"), q.Get("host")
	if len(out.rule) > 20 || len(out.host) > 253 {
		return page.Faults{{Field: "rule", Text: "want a rule and a host"}}
	}
	if out.sure == nil {
		tasks, total, err := d.Records.Queue(r.Context(), stoa.TaskQuery{Reason: stoa.ReasonStale, Limit: staleRead})
		if err != nil {
			return err
		}
		out.total, out.read = total, len(tasks)
		out.group(tasks)
		pages := leaves(out.groups)
		part, err := pageOf(r, len(pages), 1)
		if err != nil {
			return err
		}
		out.groups, out.paging = slices.Concat(pages[part.from:part.to]...), part.Paging
		out.sources = slices.DeleteFunc(slices.Clone(d.Sources()), func(s stoa.Source) bool { return s.Disabled != "" })
		slices.SortFunc(out.sources, func(a, b stoa.Source) int { return cmp.Compare(a.Title, b.Title) })
	}
	v.Title, v.Nav = v.T("desk.nav.stale"), "stale"
	return d.send(w, r, status, stalePage(v, out))
}

// group sorts tasks by the rule that found them and by host, the largest group first, and cuts groups to what a form holds.
func (l *staleList) group(tasks []stoa.Task) {
	all := map[[2]string]*staleGroup{}
	rules, hosts := map[string]bool{}, map[string]bool{}
	for _, t := range tasks {
		if t.Record == nil {
			continue
		}
		rule, host := ruleOf(*t.Record), cmp.Or(page.HostOf(t.Record.URL), "–")
		rules[rule], hosts[host] = true, true
		if l.rule != "" && rule != l.rule || l.host != "" && host != l.host {
			continue
		}
		k := [2]string{rule, host}
		if all[k] == nil {
			all[k] = &staleGroup{rule: rule, host: host}
		}
		all[k].records = append(all[k].records, t)
	}
	for _, g := range all {
		for first := 0; first < len(g.records); first += staleShown {
			l.groups = append(l.groups, staleGroup{g.rule, g.host, g.records[first:min(first+staleShown, len(g.records))], first, len(g.records)})
		}
	}
	slices.SortFunc(l.groups, func(a, b staleGroup) int {
		return cmp.Or(cmp.Compare(b.all, a.all), cmp.Compare(a.rule, b.rule), cmp.Compare(a.host, b.host), cmp.Compare(a.first, b.first))
	})
	l.rules, l.hosts = slices.Sorted(maps.Keys(rules)), slices.Sorted(maps.Keys(hosts))
}

// leaves lays groups out on pages of about the same weight.
func leaves(groups []staleGroup) (out [][]staleGroup) {
	weight := 0
	for _, g := range groups {
		if more := staleForm + len(g.records); len(out) == 0 || weight+more > staleHeld {
			out, weight = append(out, []staleGroup{g}), more
		} else {
			out[len(out)-1], weight = append(out[len(out)-1], g), weight+more
		}
	}
	return out
}

// ruleOf is the rule that says most about why a record is stale: the first.
func ruleOf(r stoa.Record) string {
	for _, rule := range r.Rules {
		if rule != "S31" {
			return rule
		}
	}
	return "–"
}

// ofStale are the answers to what is stale.
func ofStale() []stoa.Action {
	return []stoa.Action{stoa.Confirm, stoa.Retire, stoa.Snooze, stoa.Set}
}

// ruleStale takes an answer for one record, for those that are marked, or for a partner's whole list. For more than one it
// is shown first what would be done.
func (d *Desk) ruleStale(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	f := r.PostForm
	if f.Get("source") != "" {
		return d.confirmList(w, r, v)
	}
	step, err := d.staleStep(r, v)
	if err != nil {
		return err
	}
	if len(step.records) > 1 && f.Get("sure") != "1" {
		return d.showStale(w, r, v, http.StatusOK, staleList{sure: &step})
	}
	want := step.decisions(v.user.Name)
	if len(want) == 1 {
		made, err := d.Records.Decide(r.Context(), want[0])
		switch {
		case errors.Is(err, stoa.ErrWaits):
			waits(w, r, made.ID)
		case err != nil:
			return explained(err)
		default:
			back(w, r, made)
		}
		return nil
	}
	act, err := d.Records.DecideAll(r.Context(), want)
	switch {
	case errors.Is(err, stoa.ErrWaits):
		waits(w, r, act.Motion.ID)
	case err != nil:
		return explained(err)
	case len(act.Decisions) == 0 && len(act.Left) > 0:
		return fmt.Errorf("%w: nothing was kept: %s", stoa.ErrConflict, page.Refused(act.Left[0].Text).Text)
	default:
		seeOther(w, r, doneHref(act))
	}
	return nil
}

// decisions are what the step comes to, one for each record.
func (s staleStep) decisions(by string) []stoa.Decision {
	out := make([]stoa.Decision, 0, len(s.records))
	for _, rec := range s.records {
		out = append(out, stoa.Decision{Subject: rec.ID, Action: s.action, Field: s.field, Value: s.value, By: by})
	}
	return out
}

// staleStep reads what is to be done with which records.
func (d *Desk) staleStep(r *http.Request, v visit) (staleStep, error) {
	f := r.PostForm
	step := staleStep{action: stoa.Action(f.Get("action")), value: strings.TrimSpace(f.Get("value"))}
	switch f.Get("action") {
	case "url", "archive":
		step.action, step.field = stoa.Set, f.Get("action")
	}
	if !slices.Contains(ofStale(), step.action) || step.action == stoa.Set && step.field == "" {
		return step, page.Faults{{Field: "action", Text: "want confirm, retire, snooze, url or archive"}}
	}
	if step.action == stoa.Snooze {
		days, err := whole(f.Get("days"), 1, 365)
		if err != nil && step.value == "" {
			return step, page.Faults{{Field: "days", Text: "want a number from 1 to 365"}}
		}
		if step.value == "" {
			step.value = v.Now.UTC().AddDate(0, 0, days).Format(time.DateOnly)
		}
	}
	ids := f["id"]
	if len(ids) == 0 || len(ids) > mostMarked || step.field != "" && len(ids) != 1 {
		return step, page.Faults{{Field: "id", Text: "want at least one record, and for an address just one"}}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		rec, err := d.Records.Get(r.Context(), id)
		if err != nil {
			return step, err
		}
		step.records = append(step.records, rec)
	}
	return step, nil
}

// confirmList confirms all that one source lists, after it was shown what that is.
func (d *Desk) confirmList(w http.ResponseWriter, r *http.Request, v visit) error {
	src, err := d.findSource(r.PostForm.Get("source"))
	if err != nil {
		return err
	}
	after := r.PostForm.Get("after")
	if r.PostForm.Get("sure") == "1" {
		act, next, err := confirmAll(r.Context(), d.Records, []string{src.ID}, after, v.user.Name)
		if err != nil {
			return explained(err)
		}
		if next == "" || len(act.Decisions) == 0 {
			seeOther(w, r, doneHref(act))
			return nil
		}
		after = next
	}
	return d.previewList(r.Context(), w, r, v, src, after)
}

func (d *Desk) previewList(ctx context.Context, w http.ResponseWriter, r *http.Request, v visit, src stoa.Source, after string) error {
	list, next, err := toConfirm(ctx, d.Records, []string{src.ID}, after)
	if err != nil {
		return err
	}
	step := staleStep{action: stoa.Confirm, records: list, source: src.ID, after: after, more: next != ""}
	return d.showStale(w, r, v, http.StatusOK, staleList{sure: &step})
}

// doneHref leads back to what is stale, with the act that can be taken back there.
func doneHref(act stoa.Act) string {
	say := url.Values{"done": {act.ID}}
	if n := len(act.Left); n > 0 {
		say.Set("left", page.Decimal(n))
	}
	return "/curate/stale?" + say.Encode()
}

// staleHref is the address of a part of what is stale.
func staleHref(rule, host string) string {
	v := url.Values{}
	if rule != "" {
		v.Set("rule", rule)
	}
	if host != "" {
		v.Set("host", host)
	}
	if len(v) == 0 {
		return "/curate/stale"
	}
	return "/curate/stale?" + v.Encode()
}

// ruleText names a rule in a list: its number and how its sentence begins.
func ruleText(v visit, rule string) string {
	if !v.Has("rule", rule) {
		return rule
	}
	text := v.Word("rule", rule)
	if at := strings.IndexAny(text, ":："); at > 0 {
		text = strings.TrimSpace(text[:at])
	}
	return rule + " · " + text
}

// countText tells how many records a group has, and which of them a form holds.
func countText(v visit, g staleGroup) string {
	if len(g.records) == g.all {
		return v.Number(g.all)
	}
	return v.T("stale.some", "from", g.first+1, "to", g.first+len(g.records), "n", g.all)
}

// groupID names a group on its page.
func groupID(n int) string { return "g-" + page.Decimal(n) }
