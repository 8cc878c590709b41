package curate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"stoa"
	"stoa/server/page"
)

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func score(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

func currentPart(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "true"}
}

// taskLabel is why a person is needed, in one short phrase.
func taskLabel(v visit, t stoa.Task) string {
	if t.Conflict != nil {
		return v.T("task.number", "reason", v.Word("task", t.Reason), "number", strconv.FormatUint(t.Conflict.Number, 10))
	}
	if t.Reason == stoa.ReasonIncident && t.Run == nil {
		return v.T("incident.source")
	}
	return v.Word("task", t.Reason)
}

// unsafe tells tasks that are a danger to readers.
func unsafe(t stoa.Task) bool {
	return t.Conflict != nil && t.Conflict.Kind == stoa.Unsafe || t.Record != nil && t.Record.Availability == stoa.Quarantined
}

// reasonWord is a reason that is a word of ours, or one of the sentences about a record's link and dates, in the language of the
// page; ok is false for what the rules wrote otherwise.
func reasonWord(v visit, t stoa.Task, reason string) (word string, ok bool) {
	for _, word := range []string{v.Word("relate", reason), v.Word("conflict", reason), v.Word("letter.kind", reason), v.Word("code", reason), v.Word("rule", reason)} {
		if word != reason {
			return word, true
		}
	}
	if t.Motion != nil {
		return v.Word("second.rule", reason), true // or a name
	}
	if t.Record != nil {
		if i := slices.Index(t.Record.Reasons, reason); i >= 0 {
			return page.Why(v.View, *t.Record)[i], true
		}
	}
	return reason, false
}

// theirsOf is what the other side of a conflict says. Where that is no text of a source but a word of the rules, it is said in the
// language of the page.
func theirsOf(v visit, q stoa.Conflict) string {
	if q.Kind == stoa.WithdrawnEdited || q.Kind == stoa.PeerDecision {
		return v.Tell(q.Theirs)
	}
	return q.Theirs
}

// oursOf is what stands here, likewise.
func oursOf(v visit, q stoa.Conflict) string {
	switch q.Kind {
	case stoa.Unsafe:
		return v.Tell(q.Ours)
	case stoa.RefusedReturns:
		return v.Word("reason", q.Ours)
	case stoa.PeerDecision:
		return v.Word("state", q.Ours)
	case stoa.WithdrawnEdited:
		fields := strings.Split(q.Ours, ", ")
		for i, f := range fields {
			fields[i] = v.Word("field", f)
		}
		return v.List(fields)
	}
	return q.Ours
}

// proposed is the relation that a rule proposes between two records, or "".
func proposed(t stoa.Task) string {
	for _, w := range t.Why {
		if slices.Contains(relations(), w) {
			return w
		}
	}
	return ""
}

// telling drops the pillars that nothing speaks for.
func telling(all []stoa.PillarVerdict) []stoa.PillarVerdict {
	return slices.DeleteFunc(slices.Clone(all), func(p stoa.PillarVerdict) bool { return p.Confidence < 0.05 })
}

func cardHue(c card) string {
	if c.record == nil {
		return ""
	}
	return page.Hue(c.record.Primary())
}

func sourceTitle(v visit, c card, id string) string {
	if id == page.SeedSource {
		return v.T("by.seed")
	}
	return cmp.Or(c.sources[id].Title, id)
}

func runTitle(h heldRun) string { return cmp.Or(h.source.Title, h.run.Source) }

func relations() []string {
	return []string{string(stoa.EditionOf), string(stoa.SessionOf), string(stoa.Supersedes), string(stoa.PartOf), string(stoa.SuccessorOf)}
}

// did says what a decision did, without its value: "Set · Closes".
func did(v visit, d stoa.Decision) string {
	parts := []string{v.Word("action", string(d.Action))}
	if d.Field != "" {
		parts = append(parts, v.Word("field", v.Word("relate", d.Field)))
	}
	if d.Reason != "" {
		parts = append(parts, v.Word("reason", d.Reason))
	}
	return strings.Join(parts, " · ")
}

// valued says a value of a decision, what was before or what it is now, in words where it is one of our codes.
func valued(v visit, d stoa.Decision, value string) string {
	switch {
	case value == "":
		return ""
	case d.Action == stoa.Accept || d.Action == stoa.Refuse:
		return v.Word("state", value)
	case d.Action == stoa.Stage:
		return v.Word("trust", value)
	case d.Field == "language":
		return v.LanguageName(value)
	case d.Field == "kind":
		return v.Word("kind", value)
	case d.Field == "pillars":
		var words []string
		for code := range strings.SplitSeq(value, ",") {
			words = append(words, v.Word("pillar.short", strings.TrimSpace(code)))
		}
		return v.List(words)
	}
	return clipped(value)
}

// clipped keeps a value short in lists.
func clipped(s string) string {
	runes := []rune(s)
	if len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return s
}

// itemRows are the fields of an item as its source has them.
func itemRows(v visit, o stoa.Observation) []page.Link {
	i := o.Item
	var out []page.Link
	add := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			out = append(out, page.Link{Name: name, Href: clipped(value)})
		}
	}
	add(v.T("field.title"), i.Title)
	add(v.T("field.url"), i.URL)
	add(v.T("field.summary"), cmp.Or(o.Draft.Summary, i.Summary, i.Content))
	add(v.T("when"), i.When)
	add(v.T("card.place"), i.Location)
	add(v.T("field.published"), string(i.Published))
	add(v.T("card.categories"), strings.Join(i.Categories, v.T("list.comma")))
	for _, name := range slices.Sorted(keys(i.Extra)) {
		add(extraName(v, name), i.Extra[name])
	}
	return out
}

// extraName is our word for a field of the source's own, where we have one.
func extraName(v visit, name string) string {
	if v.Has("field", name) {
		return v.Word("field", name)
	}
	return name
}

// pair is one field of two records that may be the same.
type pair struct{ name, this, other string }

func (p pair) same() bool {
	return strings.EqualFold(strings.TrimSpace(p.this), strings.TrimSpace(p.other))
}

// words are the difference of the two, word by word.
func (p pair) words() []word { return difference(p.this, p.other) }

// splitAct gives the first member that is merged the key of its command.
func splitAct(i int) string {
	if i == 0 {
		return "split"
	}
	return ""
}

// compared sets two records side by side; titles are those of sources.
func compared(v visit, titles map[string]string, a, b stoa.Record) []pair {
	all := []pair{
		{v.T("field.title"), a.Title, b.Title},
		{v.T("field.url"), a.URL, b.URL},
		{v.T("organisation"), organisations(v, a), organisations(v, b)},
		{v.T("field.language"), v.LanguageName(a.Language), v.LanguageName(b.Language)},
		{v.T("field.published"), v.Date(a.Published), v.Date(b.Published)},
		{v.T("field.start"), v.Date(a.Start), v.Date(b.Start)},
		{v.T("field.deadline"), v.Date(a.Deadline), v.Date(b.Deadline)},
		{v.T("field.summary"), clipped(a.Summary), clipped(b.Summary)},
		{v.T("card.listed"), listed(v, titles, a), listed(v, titles, b)},
	}
	return slices.DeleteFunc(all, func(p pair) bool { return p.this == "" && p.other == "" })
}

func organisations(v visit, r stoa.Record) string {
	first, others := page.Publishers(r)
	return v.List(append([]string{first}, others...))
}

func listed(v visit, titles map[string]string, r stoa.Record) string {
	var out []string
	for _, s := range r.Sightings {
		out = append(out, cmp.Or(titles[s.Source], s.Source))
	}
	return v.List(out)
}

// roles are those that somebody may give a token.
func roles(v visit) []stoa.UserRole {
	return slices.DeleteFunc(stoa.UserRoles(), func(r stoa.UserRole) bool { return !v.may(r) })
}

func scopeNames(v visit, t stoa.Token) []string {
	if len(t.Scopes) == 0 {
		return []string{v.T("any")}
	}
	var out []string
	for _, s := range t.Scopes {
		out = append(out, v.Word("scope", string(s)))
	}
	return out
}

// filtered reports whether more than the reason narrows the queue.
func filtered(q stoa.TaskQuery) bool {
	return q.Source != "" || q.Kind != "" || q.Pillar != "" || q.Language != "" || q.Text != ""
}

// partHref is the address of the queue with the same filter and every reason.
func partHref(q stoa.TaskQuery) string {
	q.Reason = ""
	return queueHref(q, 1, "")
}

// partQuery names a part of the queue in a form.
func partQuery(q stoa.TaskQuery) string {
	_, query, _ := strings.Cut(queueHref(q, 1, ""), "?")
	return query
}

// setBy says who set the field of a conflict, and when.
func setBy(c card) string {
	return strings.TrimPrefix(c.record.Provenance[c.task.Conflict.Field].By, "person:")
}

// tieAct gives the button of a tie the key of acceptance where a rule proposes one.
func tieAct(t stoa.Task) string {
	if proposed(t) != "" {
		return "accept"
	}
	return ""
}
