package match

import (
	"slices"
	"strings"

	"stoa"
)

// series are concepts that name what takes place again and again, rather than what is written anew.
var series = wordSet(`#training #course #workshop #exercise #drill #conference #meeting #forum #summit #programme
	#fellowship #initiative school bootcamp camp hackathon competition challenge week session round cohort intake
	iteration webinar class masterclass master`)

// relation returns how two things that are not the same belong together, read from the first to the second; inverse
// means that it is read from the second to the first.
func (e *evidence) relation() (r stoa.Relation, inverse bool, why []string) {
	if r, inverse, why = e.suffixed(); r != "" {
		return r, inverse, why
	}
	t := e.titles.placeless()
	numbered := strong(e.codes) && e.publisher >= 0.6
	if len(e.clash) == 0 && e.dates >= 0 && len(e.lacking) == 0 && !weekApart(e.a.Start, e.b.Start) || t.dice() < 0.7 && t.contained() < 0.85 && !numbered || t.shared < 0.8 {
		return "", false, nil
	}
	if t.replaced() >= 1.6 && !numbered || e.publisher < 0.5 && !e.telling() {
		return "", false, nil
	}
	if e.a.marks.draft != e.b.marks.draft {
		return stoa.Supersedes, e.a.marks.draft, []string{"the draft of the other"}
	}
	if e.a.marks.rev != 0 || e.b.marks.rev != 0 || e.a.marks.version != "" || e.b.marks.version != "" {
		return e.versions()
	}
	if r, inverse, why = e.parts(); r != "" || why != nil {
		return r, inverse, why
	}
	return e.editions()
}

// placeless leaves out of account that the titles name different places.
func (a alignment) placeless() alignment {
	a.lw -= a.lp
	a.rw -= a.rp
	return a
}

// telling reports whether the titles share more than the words of the field.
func (e *evidence) telling() bool {
	n := 0
	for _, t := range e.a.title {
		if t.weight >= 0.9 && slices.ContainsFunc(e.b.title, func(o token) bool { return o.hash == t.hash }) {
			n++
		}
	}
	return n >= 2
}

// suffixed tells projects that carry on another under its name with a sign: GLACY, GLACY+, GLACY-e.
func (e *evidence) suffixed() (stoa.Relation, bool, []string) {
	if !e.a.signed && !e.b.signed {
		return "", false, nil
	}
	for _, x := range e.a.title {
		for _, y := range e.b.title {
			if x.sign != y.sign && len(x.base) >= 3 && x.base == y.base {
				return stoa.SuccessorOf, x.sign < y.sign, []string{"one project carries the other on: " + x.raw + ", " + y.raw}
			}
		}
	}
	return "", false, nil
}

// suffix returns a project's name without its closing sign, and the sign's rank: none, "+", "-e".
func suffix(raw string) (string, int) {
	raw = strings.ToLower(raw)
	if base, ok := strings.CutSuffix(raw, "+"); ok {
		return base, 1
	}
	if base, ok := strings.CutSuffix(raw, "-e"); ok {
		return base, 2
	}
	return raw, 0
}

func (e *evidence) versions() (stoa.Relation, bool, []string) {
	a, b := e.a.marks, e.b.marks
	switch {
	case a.rev != b.rev && a.rev != 0 && b.rev != 0:
		return stoa.Supersedes, a.rev < b.rev, []string{"another revision"}
	case a.version != b.version && a.version != "" && b.version != "":
		return stoa.Supersedes, compareVersions(a.version, b.version) < 0, []string{"another version"}
	case e.dates < 0:
		return stoa.Supersedes, e.earlier(), []string{"another version"}
	}
	return "", false, nil
}

func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		m, n := 0, 0
		if i < len(x) {
			m, _ = number(word{text: x[i]})
		}
		if i < len(y) {
			n, _ = number(word{text: y[i]})
		}
		if m != n {
			return m - n
		}
	}
	return 0
}

// parts tells chapters from the whole, and phases from one another.
func (e *evidence) parts() (stoa.Relation, bool, []string) {
	a, b := e.a.marks.typed, e.b.marks.typed
	for _, k := range []string{"phase", "roman", "part", "chapter", "volume", "module", "annex", "note", "section", "lesson"} {
		x, y := a[k], b[k]
		switch {
		case x == y:
		case x != 0 && y != 0 && (k == "phase" || k == "roman"):
			return stoa.SuccessorOf, x < y, []string{"another " + typeName(k)}
		case x != 0 && y != 0:
			return "", false, []string{"another " + k}
		case e.textDice < 0.5:
			return stoa.PartOf, x == 0, []string{"one is a " + typeName(k) + " of the other"}
		}
	}
	return "", false, nil
}

// editions tells sessions of a series and later editions of a document.
func (e *evidence) editions() (stoa.Relation, bool, []string) {
	switch {
	case e.recurring():
		if len(e.clash) > 0 || e.dates < 0 || weekApart(e.a.Start, e.b.Start) {
			return stoa.SessionOf, false, []string{"another session of the same series"}
		}
	case e.elsewhere() || e.abroad || len(e.a.marks.codes) > 0 && len(e.b.marks.codes) > 0 && !overlapping(e.a.marks.codes, e.b.marks.codes):
	case len(e.a.marks.counts) > 0 && len(e.b.marks.counts) > 0 && !meet(e.a.marks.counts, e.b.marks.counts):
	case e.dates < 0 && e.titles.dice() >= 0.8:
		return stoa.Supersedes, e.earlier(), []string{"another year or edition"}
	case e.a.marks.typed["nth"] != e.b.marks.typed["nth"] && len(e.clash) > 0:
		return stoa.Supersedes, e.a.marks.typed["nth"] < e.b.marks.typed["nth"], []string{"another edition"}
	}
	return "", false, nil
}

func (e *evidence) recurring() bool {
	has := func(p *profile) bool {
		return slices.ContainsFunc(p.title, func(t token) bool { return series[t.text] })
	}
	return has(e.a) && has(e.b)
}

// elsewhere reports whether the titles name different places.
func (e *evidence) elsewhere() bool {
	x, y := e.a.places, e.b.places
	return len(x) > 0 && len(y) > 0 && !overlapping(x, y)
}

// earlier reports whether a is the older of the two.
func (e *evidence) earlier() bool {
	latest := func(p *profile) int {
		switch {
		case len(p.marks.years) > 0:
			return p.marks.years[0]
		case len(p.years) > 0:
			return p.years[len(p.years)-1]
		}
		return 0
	}
	return latest(e.a) < latest(e.b)
}
