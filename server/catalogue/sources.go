package catalogue

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// health of all sources, as a page.
type sourcesList struct {
	query         string
	outcome       stoa.Outcome
	all, shown    int
	organisations int
	week          int  // read well in the last seven days
	never         bool // none was read yet
	rows          []Health
	held          []Health
	paging        page.Paging
	outcomes      []stoa.Outcome
}

// sourcesSize is how many sources stand on a page.
const sourcesSize = 60

func outcomes() []stoa.Outcome {
	return []stoa.Outcome{stoa.OK, stoa.Unchanged, stoa.Partial, stoa.Held, stoa.Failed, stoa.Refusal, stoa.Skipped}
}

func (p *Pages) sources(w http.ResponseWriter, r *http.Request, v page.View) error {
	read := parser{values: r.URL.Query()}
	text, at := read.text("q"), read.number("page", 1, 1, 1000)
	names := []string{""}
	for _, o := range outcomes() {
		names = append(names, string(o))
	}
	outcome := stoa.Outcome(read.choice("outcome", names))
	if len(read.faults) > 0 {
		return read.faults
	}
	health, err := p.health(r.Context(), v.Now)
	if err != nil {
		return err
	}
	d := summed(health, v.Now)
	d.query, d.outcome, d.outcomes = text, outcome, outcomes()
	rows := slices.DeleteFunc(slices.Clone(health), func(h Health) bool { return !matching(h, text, outcome) })
	d.shown = len(rows)
	from := min((at-1)*sourcesSize, len(rows))
	d.rows = rows[from:min(from+sourcesSize, len(rows))]
	d.paging = page.Paging{At: at, Last: (len(rows) + sourcesSize - 1) / sourcesSize, Href: func(n int) string {
		return v.To(sourcesHref(text, outcome, n))
	}}
	v.Title, v.Nav = v.T("nav.sources"), "sources"
	return p.send(w, r, sourcesPage(v, d))
}

func summed(health []Health, now time.Time) sourcesList {
	d := sourcesList{all: len(health), never: true}
	seen := map[string]bool{}
	for _, h := range health {
		if !seen[h.Source.Organisation] {
			seen[h.Source.Organisation] = true
			d.organisations++
		}
		d.never = d.never && h.History.Good.Ended.IsZero()
		if now.Sub(h.History.Good.Ended) < 7*24*time.Hour {
			d.week++
		}
		if last := h.History.Last; last.Outcome == stoa.Held && last.Released == "" {
			d.held = append(d.held, h)
		}
	}
	return d
}

func matching(h Health, text string, outcome stoa.Outcome) bool {
	if outcome != "" && h.History.Last.Outcome != outcome {
		return false
	}
	all := strings.ToLower(h.Source.ID + " " + h.Source.Title + " " + h.Source.Organisation)
	return strings.Contains(all, strings.ToLower(text))
}

func sourcesHref(text string, outcome stoa.Outcome, n int) string {
	v := Values(stoa.Query{Text: text})
	if outcome != "" {
		v.Set("outcome", string(outcome))
	}
	if n > 1 {
		v.Set("page", page.Decimal(n))
	}
	if len(v) == 0 {
		return "/sources"
	}
	return "/sources?" + v.Encode()
}

// history says the last ten runs in words, oldest first: "2 unchanged, 1 ok".
func history(v page.View, runs []stoa.Run) string {
	var parts []string
	for i := len(runs) - 1; i >= 0; {
		j := i
		for j >= 0 && runs[j].Outcome == runs[i].Outcome {
			j--
		}
		parts = append(parts, v.Number(i-j)+" "+v.Word("outcome", string(runs[i].Outcome)))
		i = j
	}
	return v.T("history.label", "runs", strings.Join(parts, v.T("list.comma")))
}

// next says when a source is due.
func next(v page.View, h Health) string {
	switch {
	case h.Source.Disabled != "":
		return v.T("next.disabled")
	case h.History.Paused != "":
		return v.T("next.paused")
	case h.History.Last.Outcome == stoa.Held && h.History.Last.Released == "":
		return v.T("next.release")
	case h.History.Next.IsZero():
		return "–"
	}
	return short(v, h.History.Next)
}

// short is an instant in UTC as a table shows it.
func short(v page.View, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.Short(t, v.Now)
}

// reason says in words why a run was not good, and what follows.
func reason(h Health) string {
	if h.Source.Disabled != "" {
		return h.Source.Disabled
	}
	last := h.History.Last
	if last.Outcome.Good() || last.Outcome == "" {
		return ""
	}
	if last.Text != "" {
		return last.Text
	}
	return last.Code
}

// waysIn says when a source is read from another address than the usual one, and when that redirects.
func waysIn(v page.View, h Health) []string {
	var out []string
	if way := h.History.Way; way.Address != "" && way.Address != cmp.Or(h.History.Address, h.Source.URL) {
		out = append(out, v.T("sources.way", "address", way.Address, "time", v.Stamp(way.Since)))
	}
	if moved := h.History.Moved; moved.Address != "" {
		out = append(out, v.T("sources.moved", "address", moved.Address, "time", v.Stamp(moved.Since)))
	}
	return out
}

// changesSize is how many changes stand on a page.
const changesSize = 50

// changeRow is a change with the record that it speaks of, as far as readers may see it.
type changeRow struct {
	stoa.Change
	record stoa.Record
	shown  bool
}

func (p *Pages) changes(w http.ResponseWriter, r *http.Request, v page.View) error {
	read := parser{values: r.URL.Query()}
	before := uint64(read.number("before", 0, 1, 1<<62))
	if len(read.faults) > 0 {
		return read.faults
	}
	rows, older, err := p.latest(r.Context(), before)
	if err != nil {
		return err
	}
	v.Title, v.Nav = v.T("nav.changes"), "changes"
	v.Feeds = []page.Link{{Name: v.T("nav.changes"), Href: v.To("/changes.atom"), Type: "application/atom+xml"}}
	return p.send(w, r, changesPage(v, rows, older))
}

// latest returns the newest changes below a number, newest first, and the number below which older ones stand.
func (p *Pages) latest(ctx context.Context, before uint64) (rows []changeRow, older uint64, err error) {
	list, err := p.Records.Latest(ctx, before, changesSize+1)
	if err != nil {
		return nil, 0, err
	}
	if len(list) > changesSize {
		list = list[:changesSize]
		older = list[changesSize-1].Seq
	}
	for _, c := range list {
		row := changeRow{Change: c}
		if rec, err := p.Records.Get(ctx, c.Record); err == nil && !rec.FirstListed.IsZero() {
			row.record, row.shown = export.Public(rec), true
		}
		rows = append(rows, row)
	}
	return rows, older, nil
}

// changeBy says what kind of thing caused a change.
func changeBy(v page.View, c stoa.Change) string {
	kind, name, _ := strings.Cut(c.By, ":")
	switch kind {
	case "run":
		return v.T("change.run")
	case "decision":
		return v.T("by.curator")
	case "rule":
		return v.T("by.rule", "rule", name)
	}
	return ""
}

func (p *Pages) about(w http.ResponseWriter, r *http.Request, v page.View) error {
	v.Title, v.Nav = v.T("nav.about"), "about"
	v.Glyph = true
	return p.send(w, r, aboutPage(v, len(p.Sources())))
}

// rules are the numbers of the staleness rules, in their order.
func rules() []string {
	out := make([]string, 31)
	for i := range out {
		out[i] = "S" + strconv.Itoa(i+1)
	}
	return out
}
