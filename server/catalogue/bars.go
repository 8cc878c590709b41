package catalogue

import (
	"strconv"

	"stoa"
	"stoa/server/page"
)

// bar is one line of a chart: a label, a figure, and how long it is, in hundredths of the longest.
type bar struct {
	text, figure, width, href string
}

// drawnBars makes lines of counts: as long as their share of the highest, or of whole where that is not 0.
func drawnBars(v page.View, counts []ReportCount, whole int, text func(code string) string, href func(code string) string) []bar {
	for _, c := range counts {
		whole = max(whole, c.Count)
	}
	var out []bar
	for _, c := range counts {
		b := bar{text: text(c.Code), figure: v.Number(c.Count), width: share(c.Count, whole)}
		if href != nil {
			b.href = href(c.Code)
		}
		out = append(out, b)
	}
	return out
}

// share is n in hundredths of whole, with one digit after the point.
func share(n, whole int) string {
	if whole == 0 {
		return "0"
	}
	return strconv.FormatFloat(100*float64(n)/float64(whole), 'f', 1, 64)
}

func regionBars(v page.View, d Report) []bar {
	return drawnBars(v, d.Regions, 0, func(c string) string { return v.Word("region", c) }, func(c string) string {
		return Href(stoa.Query{Regions: []stoa.Region{stoa.Region(c)}}, "", 1)
	})
}

// shownLanguages is how many languages the report names.
const shownLanguages = 10

func languageBars(v page.View, d Report) []bar {
	list := d.Languages[:min(len(d.Languages), shownLanguages)]
	return drawnBars(v, list, 0, v.LanguageName, func(c string) string { return Href(stoa.Query{Languages: []string{c}}, "", 1) })
}

func groupBars(v page.View, d Report) []bar {
	var out []bar
	for _, g := range d.Groups {
		out = append(out, bar{
			text: v.Word("groups", string(g.Group)), figure: v.T("report.of", "n", g.Named, "all", g.Of), width: share(g.Named, g.Of), href: "/countries?group=" + string(g.Group),
		})
	}
	return out
}

func readBars(v page.View, d Report) []bar {
	s := d.Sources
	counts := []ReportCount{{"day", s.Day}, {"week", s.Week}, {"month", s.Month}, {"never", s.Never}}
	return drawnBars(v, counts, s.All, func(c string) string { return v.Word("report.within", c) }, nil)
}

func linkBars(v page.View, d Report) []bar {
	return drawnBars(v, d.Links, d.Records, func(c string) string { return v.Word("availability", c) }, nil)
}

func outcomeBars(v page.View, d Report) []bar {
	return drawnBars(v, d.Sources.Outcomes, d.Sources.All, func(c string) string { return v.Word("outcome", c) }, func(c string) string {
		return sourcesHref("", stoa.Outcome(c), 1)
	})
}

func decisionBars(v page.View, d Report) []bar {
	return drawnBars(v, d.Decisions, 0, func(c string) string { return v.Word("action", c) }, nil)
}

// most3 is the highest sum of the three kinds under one pillar.
func most3(d Report) int {
	out := 0
	for _, p := range d.Pillars {
		sum := 0
		for _, k := range stoa.Kinds() {
			sum += p.Kinds[k]
		}
		out = max(out, sum)
	}
	return out
}

// part is a piece of a bar, in hundredths.
type part struct{ from, width string }

// parts are the three kinds of a pillar one behind the other.
func parts(p ReportPillar, most int) []part {
	var out []part
	sum := 0
	for _, k := range stoa.Kinds() {
		out = append(out, part{share(sum, most), share(p.Kinds[k], most)})
		sum += p.Kinds[k]
	}
	return out
}

// The chart of the months: its columns in units of its own, and their paints.
const (
	chartStep  = 40
	chartWide  = 10
	fillListed = "var(--p2)"
	fillLeft   = "var(--p4)"
	fillRuled  = "var(--p5)"
)

// column is one of a month's three columns.
type column struct {
	x, height int
	fill      string
}

func columnsOf(d Report) []column {
	most := 1
	for _, m := range d.Months {
		most = max(most, m.Listed, m.Left, m.Decisions)
	}
	var out []column
	for i, m := range d.Months {
		for n, c := range []struct {
			count int
			fill  string
		}{{m.Listed, fillListed}, {m.Left, fillLeft}, {m.Decisions, fillRuled}} {
			out = append(out, column{i*chartStep + n*(chartWide+1), 100 * c.count / most, c.fill})
		}
	}
	return out
}
