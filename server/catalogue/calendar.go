package catalogue

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"stoa"
	"stoa/server/page"
)

// Bounds of the calendar.
const (
	calendarSize   = 200 // records of one month
	calendarMonths = 12  // months that are offered from now on
)

// calendar is a month of deadlines and events.
type calendar struct {
	query   stoa.Query // of the month
	month   time.Time  // its first day
	today   time.Time
	grid    bool // titles stand in the days
	total   int
	shown   int
	days    []calendarDay // those with something, in order
	weeks   [][]int       // days of the month, Monday first; 0 is none
	vague   []calendarEntry
	offered []calendarMonth
}

// calendarDay is what falls on a day.
type calendarDay struct {
	at      time.Time
	entries []calendarEntry
}

// calendarEntry is one date of a record.
type calendarEntry struct {
	field  string // deadline, start or end
	date   stoa.Date
	record stoa.Record
}

// calendarMonth is a month with the total of its search.
type calendarMonth struct {
	at    time.Time
	count int
}

func (p *Pages) calendar(w http.ResponseWriter, r *http.Request, v page.View) error {
	values := r.URL.Query()
	q, _, err := Parse(values)
	read := parser{values: values}
	view := read.choice("view", []string{"", "month"})
	if err != nil {
		return err
	}
	if len(read.faults) > 0 {
		return read.faults
	}
	month := v.Now.Format("2006-01")
	if len(q.Months) > 0 {
		month = q.Months[0]
	}
	q.Months, q.Sort, q.Offset, q.Limit = []string{month}, "closes", 0, calendarSize
	d, err := p.gatherCalendar(r.Context(), q, v.Now)
	if err != nil {
		return err
	}
	d.grid = view == "month"
	ics := q
	v.Feeds = []page.Link{{Name: v.T("form.ics"), Href: v.To(Href(ics, ".ics", 1)), Type: "text/calendar"}}
	v.Title, v.Nav, v.Glyph = v.T("calendar.title", "month", v.Month(d.month)), "calendar", true
	v.Noted = month < v.Now.Format("2006-01") || q.Stale || q.Text != ""
	return p.send(w, r, calendarPage(v, d))
}

func (p *Pages) gatherCalendar(ctx context.Context, q stoa.Query, now time.Time) (calendar, error) {
	d := calendar{query: q, month: stoa.Date(q.Months[0]).Begin(time.UTC), today: now}
	hits, err := p.Search.Search(ctx, q)
	if err != nil {
		return d, err
	}
	records, err := p.all(ctx, hits.IDs)
	if err != nil {
		return d, err
	}
	d.total, d.shown = hits.Total, len(records)
	d.fill(records)
	any := q
	any.Months, any.Limit = nil, 1
	all, err := p.Search.Search(ctx, any)
	if err != nil {
		return d, err
	}
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for n := range calendarMonths {
		at := first.AddDate(0, n, 0)
		d.offered = append(d.offered, calendarMonth{at, all.Facets["month"][at.Format("2006-01")]})
	}
	d.weeks = weeks(d.month)
	return d, nil
}

// fill puts the dates of records on the days of the month.
func (d *calendar) fill(records []stoa.Record) {
	byDay := map[int][]calendarEntry{}
	for _, r := range records {
		for _, e := range []calendarEntry{{"deadline", r.Deadline, r}, {"start", r.Start, r}, {"end", r.End, r}} {
			switch {
			case e.date.IsZero() || e.field == "end" && day(r.End) == day(r.Start) || len(e.date) < 7 || string(e.date[:7]) != d.query.Months[0]:
			case e.date.Precision() < stoa.Day:
				d.vague = append(d.vague, e)
			default:
				n := stoa.Date(e.date[:10]).Begin(time.UTC).Day()
				byDay[n] = append(byDay[n], e)
			}
		}
	}
	for n := 1; n <= 31; n++ {
		if list := byDay[n]; len(list) > 0 {
			slices.SortStableFunc(list, func(a, b calendarEntry) int { return cmp.Compare(order(a), order(b)) })
			d.days = append(d.days, calendarDay{d.month.AddDate(0, 0, n-1), list})
		}
	}
}

// order puts what closes before what begins.
func order(e calendarEntry) int { return slices.Index([]string{"deadline", "start", "end"}, e.field) }

// day is the day of a date as it is stated, or "".
func day(d stoa.Date) string {
	if d.Precision() < stoa.Day {
		return ""
	}
	return string(d[:10])
}

// weeks lays the days of a month under the days of the week.
func weeks(month time.Time) [][]int {
	before := (int(month.Weekday()) + 6) % 7
	last := month.AddDate(0, 1, -1).Day()
	var out [][]int
	for n := 1 - before; n <= last; n += 7 {
		week := make([]int, 7)
		for i := range week {
			if at := n + i; at >= 1 && at <= last {
				week[i] = at
			}
		}
		out = append(out, week)
	}
	return out
}

// on returns what falls on a day of the month.
func (d calendar) on(n int) []calendarEntry {
	for _, x := range d.days {
		if x.at.Day() == n {
			return x.entries
		}
	}
	return nil
}

// isToday reports whether a day of the month is today, in UTC.
func (d calendar) isToday(n int) bool {
	return n > 0 && d.month.AddDate(0, 0, n-1).Format(time.DateOnly) == d.today.UTC().Format(time.DateOnly)
}

// href is the address of a month in a view.
func (d calendar) href(v page.View, month time.Time, grid bool) string {
	q := d.query
	q.Months, q.Sort = []string{month.Format("2006-01")}, ""
	values := Values(q)
	if grid {
		values.Set("view", "month")
	}
	return v.To("/calendar?" + values.Encode())
}

// quiet reports whether nothing falls in a week.
func (d calendar) quiet(week []int) bool {
	return !slices.ContainsFunc(week, func(n int) bool { return len(d.on(n)) > 0 })
}
