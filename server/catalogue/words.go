package catalogue

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"stoa"
	"stoa/server/page"
)

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// freshText says in a few sentences how recently the sources were read.
func freshText(v page.View, f freshness) string {
	var out []string
	if f.last.IsZero() {
		out = append(out, v.N("fresh.never", f.sources))
	} else {
		out = append(out, v.N("fresh.today", f.today, "all", f.sources), v.T("fresh.last", "time", v.Stamp(f.last)))
	}
	if f.held > 0 {
		out = append(out, v.N("fresh.held", f.held))
	}
	if f.failed > 0 {
		out = append(out, v.N("fresh.failed", f.failed))
	}
	return strings.Join(out, " ") + " "
}

// heading says what a search asks for: "Programmes: “response team”".
func heading(v page.View, q stoa.Query) string {
	head := v.T("records")
	if len(q.Kinds) == 1 {
		head = v.Word("kind.many", string(q.Kinds[0]))
	}
	var rest []string
	for _, p := range q.Pillars {
		rest = append(rest, v.Word("pillar", string(p)))
	}
	for _, c := range q.Countries {
		rest = append(rest, v.CountryName(c))
	}
	if q.For != "" {
		rest = append(rest, v.T("for.country", "country", v.CountryName(q.For)))
	}
	for _, m := range q.Months {
		rest = append(rest, monthText(v, m))
	}
	if q.Text != "" {
		rest = append(rest, v.T("quoted", "text", q.Text))
	}
	if len(rest) == 0 {
		return head
	}
	return v.T("heading", "head", head, "rest", strings.Join(rest, v.T("list.comma")))
}

// monthText is a month of a search: "December 2026".
func monthText(v page.View, month string) string { return v.Date(stoa.Date(month)) }

// stateText says what is known of a record's link, and since when.
func stateText(v page.View, e entry) string {
	if e.Checked.IsZero() {
		if e.Availability == stoa.Quarantined {
			return v.T("link.quarantined")
		}
		return v.T("link.never")
	}
	at := v.Stamp(e.Checked)
	switch e.Availability {
	case stoa.Alive:
		return v.T("link.alive", "time", at)
	case stoa.Suspect:
		return v.T("link.suspect", "time", at)
	case stoa.Dead:
		return v.T("link.dead", "time", at)
	case stoa.Blocked:
		return v.T("link.blocked", "time", at)
	case stoa.Quarantined:
		return v.T("link.quarantined")
	}
	return v.T("link.unconfirmed", "time", at)
}

// verdictOn returns what the machine thinks of one pillar; the zero verdict when a person set it.
func verdictOn(v *stoa.Verdicts, p stoa.Pillar) stoa.PillarVerdict {
	for _, x := range v.Pillars {
		if x.Pillar == p {
			return x
		}
	}
	return stoa.PillarVerdict{}
}

func score(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// fieldName is the label of a field of a record.
func fieldName(v page.View, field string) string {
	return v.Word("field", strings.TrimPrefix(field, "facts."))
}

// readText says how many sources were read well this week, or that none was read at all yet.
func readText(v page.View, d sourcesList) string {
	if d.never {
		return v.T("sources.none.read")
	}
	return v.N("sources.week", d.week)
}

// same marks the entry of a list that is the page itself.
func same(word string, is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": word}
}

// timeOf is the time of a date that states one, in its own zone; else "".
func timeOf(v page.View, d stoa.Date) string {
	if d.Precision() < stoa.Instant {
		return ""
	}
	return v.Clock(d)
}
