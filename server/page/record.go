package page

import (
	"time"

	"stoa"
)

// Due is what the date column says of a record: a phrase, its date, and a badge.
type Due struct {
	Text  string
	Stamp string // machine form of the date, "" for none
	Badge string
	Soon  bool
	Past  bool // said for the record only: it asks for nothing
}

// DueOf says when a record matters: when it closes, starts, closed or ended.
func DueOf(v View, r stoa.Record) Due {
	zone := r.Location()
	switch {
	case r.Relevance == stoa.Closed && !r.Deadline.IsZero():
		return dated(v.T("due.closed", "date", v.Date(r.Deadline)), r.Deadline)
	case r.Relevance == stoa.Ended:
		d := firstDate(r.End, r.Start, r.Deadline)
		if d.IsZero() {
			return Due{Text: v.T("due.over")}
		}
		return dated(v.T("due.ended", "date", v.Date(d)), d)
	case r.Relevance == stoa.Superseded:
		return Due{Text: v.T("due.superseded")}
	case r.Relevance == stoa.Withdrawn:
		return Due{Text: v.T("due.withdrawn")}
	case r.Relevance == stoa.Rolling || r.Rolling:
		return Due{Text: v.T("due.rolling")}
	case !r.Deadline.IsZero() && r.Deadline.Finish(zone).After(v.Now):
		d := dated(v.T("due.closes", "date", v.Date(r.Deadline)), r.Deadline)
		d.Badge, d.Soon = v.left(r.Deadline)
		return d
	case !r.Start.IsZero() && r.Start.Begin(zone).After(v.Now):
		d := dated(v.T("due.starts", "date", v.Date(r.Start)), r.Start)
		d.Badge, _ = v.left(r.Start) // what begins soon is no call that ends
		return d
	case r.Relevance == stoa.Open && !r.End.IsZero():
		return dated(v.T("due.until", "date", v.Date(r.End)), r.End)
	case r.Relevance == stoa.Open:
		return Due{Text: v.T("due.open")}
	case !r.Published.IsZero():
		d := dated(v.T("due.published", "date", v.Date(r.Published)), r.Published)
		d.Past = true
		return d
	case r.Kind == stoa.Programme:
		return Due{Text: v.T("due.unknown")}
	}
	return Due{}
}

func dated(text string, d stoa.Date) Due { return Due{Text: text, Stamp: string(d)} }

func firstDate(dates ...stoa.Date) stoa.Date {
	for _, d := range dates {
		if !d.IsZero() {
			return d
		}
	}
	return ""
}

// left says in how many days something comes, and whether that is within a week. Days are those of the calendar: from
// today, in the zone of the date, else in UTC.
func (v View) left(d stoa.Date) (badge string, soon bool) {
	at := d.Begin(time.UTC)
	if d.Precision() < stoa.Day {
		return "", false
	}
	day := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	days := int(day(at).Sub(day(v.Now.In(at.Location()))).Hours() / 24)
	if days <= 0 {
		return v.T("due.today"), true
	}
	return v.N("due.days", days), days <= 7
}

// Badge is a state in one short phrase. Class is "old" for doubt, "bad" for what is broken or unsafe.
type Badge struct{ Text, Class string }

// Badges says what readers must know of a record's link and age.
func Badges(v View, r stoa.Record) []Badge {
	var out []Badge
	switch r.Availability {
	case stoa.Dead:
		out = append(out, Badge{v.T("badge.dead"), "bad"})
	case stoa.Quarantined:
		out = append(out, Badge{v.T("badge.quarantined"), "bad"})
	case stoa.Suspect:
		out = append(out, Badge{v.T("badge.suspect"), "old"})
	case stoa.Blocked:
		out = append(out, Badge{v.T("badge.blocked"), "old"})
	case stoa.Unconfirmed:
		if !r.Checked.IsZero() {
			out = append(out, Badge{v.T("badge.unconfirmed", "date", v.Day(r.Checked.UTC())), "old"})
		}
	}
	if r.Relevance == stoa.Dormant {
		out = append(out, Badge{v.T("badge.dormant"), "old"})
	}
	for _, m := range r.Marks {
		if v.Has("mark", string(m)) {
			out = append(out, Badge{v.Word("mark", string(m)), "old"})
		}
	}
	return out
}

// Publishers are the organisation under whose name a record is shown, and the others besides beneficiaries.
func Publishers(r stoa.Record) (first string, others []string) {
	for _, o := range r.Organisations {
		if o.Role == stoa.Publisher {
			first = o.Name
			break
		}
	}
	for _, o := range r.Organisations {
		switch {
		case o.Role == stoa.Beneficiary, o.Name == first:
		case first == "":
			first = o.Name
		default:
			others = append(others, o.Name)
		}
	}
	return first, others
}

// titleOf is a title, or words for its absence, so that a link is never empty.
func titleOf(v View, r stoa.Record) string {
	if r.Title == "" {
		return v.T("untitled")
	}
	return r.Title
}

// TitleOf is a record's title, or words for its absence.
func TitleOf(v View, r stoa.Record) string { return titleOf(v, r) }
