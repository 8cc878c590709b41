package curate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"stoa"
)

// drift is how one measure of the last run compares with the runs before it.
type drift struct {
	name     string
	now, was string // as they are shown; was is the median, and the range where there is one
	far      bool   // somebody should look at it
	line     string // the runs as points of a line, the oldest first, in a box of 100 to 20
}

// measure is what drift looks at: one number of each profile.
type measure struct {
	name string
	of   func(stoa.Profile) float64
	show func(float64) string
	far  func(now, least, usual, most float64) bool
}

// drifts compares the newest profile with those before it: how many items, how long their texts are, how many stayed as they were,
// and the share that has each field.
func drifts(v visit, profiles []stoa.Profile) []drift {
	if len(profiles) < 2 {
		return nil
	}
	number := func(n float64) string { return v.Number(int(n + 0.5)) }
	all := []measure{
		{v.T("source.drift.items"), func(p stoa.Profile) float64 { return float64(p.Items) }, number, func(now, least, _, most float64) bool { return 2*now < least || now > 2*most }},
		{v.T("source.drift.text"), func(p stoa.Profile) float64 { return float64(p.MedianText) }, number, func(now, least, _, most float64) bool { return now < 0.4*least || now > 3*most }},
		{v.T("source.drift.same"), func(p stoa.Profile) float64 { return p.Same }, percent, func(now, _, usual, _ float64) bool { return usual >= 0.7 && now < 0.2 }},
	}
	fields := map[string]bool{}
	for _, p := range profiles {
		for name := range p.Fill {
			fields[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		all = append(all, measure{v.Word("field", name), func(p stoa.Profile) float64 { return p.Fill[name] }, percent,
			func(now, least, _, most float64) bool { return least-now > 0.2 || now-most > 0.4 }})
	}
	var out []drift
	for _, m := range all {
		out = append(out, m.compare(profiles))
	}
	return out
}

func (m measure) compare(profiles []stoa.Profile) drift {
	var before []float64
	for _, p := range profiles[1:] {
		before = append(before, m.of(p))
	}
	slices.Sort(before)
	now, least, usual, most := m.of(profiles[0]), before[0], before[len(before)/2], before[len(before)-1]
	d := drift{name: m.name, now: m.show(now), was: m.show(usual), far: m.far(now, least, usual, most)}
	if m.show(least) != m.show(most) {
		d.was += " (" + m.show(least) + "–" + m.show(most) + ")"
	}
	top := max(now, most)
	if top == 0 {
		top = 1
	}
	var points []string
	for i, p := range slices.Backward(profiles) {
		x := 100 * float64(len(profiles)-1-i) / float64(len(profiles)-1)
		points = append(points, strconv.FormatFloat(x, 'f', 1, 64)+","+strconv.FormatFloat(19-18*m.of(p)/top, 'f', 1, 64))
	}
	d.line = strings.Join(points, " ")
	return d
}
