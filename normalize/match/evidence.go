package match

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stoa"
)

// evidence is everything that speaks for or against two entries being one thing.
type evidence struct {
	a, b      *profile
	titles    alignment
	text      float64  // share of the shorter summary that the longer one has
	textDice  float64  // share that both summaries have in common
	whole     float64  // share in common of names, numbers and telling words of everything said
	found     float64  // share of the title that the other says somewhere, of the better found title
	publisher float64  // 0 other, 1 same; 0.5 unknown
	clash     []note   // marks that differ: never joined
	lacking   []note   // marks that only one has: joined on other grounds only
	dates     int      // -1 apart, 0 unknown, 1 same year, 2 same month, 3 same day
	codes     []string // document numbers in both titles, or in one title and the other's text
	address   string   // one address that both have
	sameSite  bool
	numbers   float64 // numbers that both texts give, as a share of those of the one with fewer
	agreeing  int     // marks that both titles bear, alike
	abroad    bool    // both are about countries, and about none in common
	wordy     bool    // say also why two are apart
}

// note is a sentence that is only put together where somebody reads it.
type note struct {
	format string
	values []any
}

func (n note) String() string { return fmt.Sprintf(n.format, n.values...) }

func (e *evidence) clashes(format string, values ...any) {
	e.clash = append(e.clash, note{format, values})
}

func (e *evidence) lacks(format string, values ...any) {
	e.lacking = append(e.lacking, note{format, values})
}

func weigh(a, b *profile) evidence {
	e := evidence{a: a, b: b, titles: align(a, b)}
	e.text, e.textDice = overlap(a, b)
	e.publisher = publishers(a, b)
	if shared(a.issn, b.issn) { // one serial
		e.publisher = 1
	}
	e.whole = common(a, b)
	e.found = max(within(a, b), within(b, a))
	e.compareMarks()
	e.comparePlaces()
	e.abroad = abroad(a, b)
	e.dates = dates(a, b)
	e.numbers = numbersInCommon(a, b)
	e.agreeing = e.agree()
	e.codes = sharedCodes(a, b)
	for _, u := range a.own {
		if slices.Contains(b.own, u) {
			e.address = u
			break
		}
	}
	e.sameSite = a.host != "" && a.host == b.host
	return e
}

// common is the share in common of what two entries tell, of the smaller but never of less than ten words.
func common(a, b *profile) float64 {
	return a.whole.shared(b.whole) / max(10, min(a.whole.sum, b.whole.sum))
}

// within is the share of a's title that b says somewhere.
func within(a, b *profile) float64 {
	said, all := 0.0, 0.0
	for _, t := range a.title {
		all += t.weight
		if b.text.has(t.hash) || b.whole.has(t.hash) || b.names.has(t.hash) {
			said += t.weight
		}
	}
	if all < 1 {
		return 0
	}
	return said / all
}

// enough tells whether the texts are long enough for their likeness to mean anything, 0 to 1.
func (e *evidence) enough() float64 {
	return min(1, float64(min(len(e.a.text.list), len(e.b.text.list)))/12)
}

// publishers compares who publishes: the same name, an acronym of it, or names with most words in common.
func publishers(a, b *profile) float64 {
	if a.byFold == "" || b.byFold == "" {
		return 0.5
	}
	if a.byFold == b.byFold || a.org != "" && a.org == b.org {
		return 1
	}
	score, small := 0.0, a.by
	other, init := b.by, b.byFirst
	if len(b.by) < len(a.by) {
		small, other, init = b.by, a.by, a.byFirst
	}
	sum := 0.0
	for _, t := range small {
		sum += t.weight
		if slices.ContainsFunc(other, func(o token) bool { return o.hash == t.hash || alike(o, t) }) ||
			t.caps && init.has(hash(strings.ToLower(t.raw))) {
			score += t.weight
		}
	}
	if sum == 0 {
		return 0
	}
	return score / sum
}

func (e *evidence) compareMarks() {
	a, b := e.a.marks, e.b.marks
	clash, lack := e.clashes, e.lacks
	if len(a.spans) > 0 && len(b.spans) > 0 && a.spans[0] != b.spans[0] || len(a.years) > 0 && len(b.years) > 0 && !meet(a.years, b.years) {
		clash("other year: %v and %v", a.years, b.years)
	}
	switch {
	case a.version != "" && b.version != "" && a.version != b.version:
		clash("other version: %s and %s", a.version, b.version)
	case (a.version == "") != (b.version == ""):
		lack("version %s", a.version+b.version)
	}
	switch {
	case a.rev != 0 && b.rev != 0 && a.rev != b.rev:
		clash("other revision: %d and %d", a.rev, b.rev)
	case (a.rev == 0) != (b.rev == 0):
		lack("revision %d", a.rev+b.rev)
	}
	e.compareTyped()
	if len(a.counts) > 0 && len(b.counts) > 0 && !meet(a.counts, b.counts) {
		clash("other number: %v and %v", a.counts, b.counts)
	}
	if len(a.codes) > 0 && len(b.codes) > 0 && !overlapping(a.codes, b.codes) {
		clash("other document number: %s and %s", a.codes, b.codes)
	}
	if a.draft != b.draft {
		clash("one is a draft")
	}
	for _, d := range either(a.derived, b.derived) {
		if a.derived[d] != b.derived[d] {
			lack("only one is a %s", d)
		}
	}
}

func (e *evidence) compareTyped() {
	a, b := e.a.marks.typed, e.b.marks.typed
	for _, k := range either(a, b) {
		x, y := a[k], b[k]
		if k == "roman" && x != 0 && y == 0 || k == "roman" && y != 0 && x == 0 {
			// a Roman numeral on one side may be the phase or part on the other
			if n := max(x, y); holds(a, n) && holds(b, n) || slices.Contains(e.a.marks.counts, n) || slices.Contains(e.b.marks.counts, n) {
				continue
			}
		}
		switch {
		case x != 0 && y != 0 && x != y:
			e.clashes("other %s: %d and %d", typeName(k), x, y)
		case x != y && k != "nth":
			e.lacks("%s %d", typeName(k), max(x, y))
		}
	}
}

func typeName(k string) string {
	switch k {
	case "nth":
		return "edition"
	case "roman":
		return "number"
	}
	return k
}

func holds(m map[string]int, n int) bool {
	for _, v := range m {
		if v == n {
			return true
		}
	}
	return false
}

// either returns the keys of both maps, sorted.
func either[V any](a, b map[string]V) []string {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(out)
	return slices.Compact(out)
}

func meet(a, b []int) bool {
	return slices.ContainsFunc(a, func(n int) bool { return slices.Contains(b, n) })
}

func overlapping(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// set is a set that reads as a list.
type set map[string]bool

func (s set) String() string { return strings.Join(slices.Sorted(maps.Keys(s)), ", ") }

// sharedCodes returns the document numbers that both carry, at least one of them in its title.
func sharedCodes(a, b *profile) []string {
	if len(a.marks.codes) == 0 && len(b.marks.codes) == 0 {
		return nil
	}
	out := map[string]bool{}
	for k := range a.marks.codes {
		if b.marks.codes[k] || b.soft[k] {
			out[k] = true
		}
	}
	for k := range b.marks.codes {
		if a.soft[k] {
			out[k] = true
		}
	}
	return slices.Sorted(maps.Keys(out))
}

// dates compares like with like: starts, and days of publication, and then any years.
func dates(a, b *profile) int {
	best := 0
	for _, d := range [][2]stoa.Date{{a.Start, b.Start}, {a.Published, b.Published}} {
		best = max(best, near(d[0], d[1]))
	}
	if far(a.span, b.span) {
		return -1
	}
	if best == 0 {
		best = max(near(a.Start, b.Published), near(a.Published, b.Start))
		best = min(best, 2)
	}
	if best > 0 {
		return best
	}
	if len(a.years) > 0 && len(b.years) > 0 {
		if meet(a.years, b.years) {
			return 1
		}
		return -1
	}
	return 0
}

// near is 3 for the same day, 2 for the same month, 1 for the same year.
func near(a, b stoa.Date) int {
	if a == "" || b == "" {
		return 0
	}
	n := 0
	for i, length := range []int{4, 7, 10} {
		if len(a) < length || len(b) < length || a[:length] != b[:length] {
			break
		}
		n = i + 1
	}
	return n
}

// far reports whether two beginnings are known to the day or month and lie more than three weeks apart.
func far(a, b [2]time.Time) bool {
	if a[0].IsZero() || b[0].IsZero() {
		return false
	}
	const weeks = 21 * 24 * time.Hour
	if a[0].After(b[0]) {
		a, b = b, a
	}
	return b[0].Sub(a[1]) > weeks
}

// comparePlaces sets titles apart that name other places. A country within a region named by the other title is no
// clash, but no agreement either.
func (e *evidence) comparePlaces() {
	x, y := e.a.places, e.b.places
	switch {
	case len(x) == 0 && len(y) == 0 || overlapping(x, y):
	case len(x) == 0 || len(y) == 0:
		if e.publisher < 0.6 {
			e.lacks("place %s%s", x, y)
		}
	case country(x) == country(y):
		e.clashes("other place: %s and %s", x, y)
	default:
		e.lacks("places %s and %s", x, y)
	}
}

// fewCountries is up to how many countries an entry is about each of them; of a longer list two sources name different ones.
const fewCountries = 3

// abroad reports whether both entries are known to be about a few countries, and share none.
func abroad(a, b *profile) bool {
	x, y := a.Countries, b.Countries
	return len(x) > 0 && len(y) > 0 && len(x) <= fewCountries && len(y) <= fewCountries &&
		!slices.ContainsFunc(x, func(c string) bool { return slices.Contains(y, c) })
}

func places(title []token) set {
	out := set{}
	for _, t := range title {
		if strings.HasPrefix(t.text, "@") {
			out[t.text[1:]] = true
		}
	}
	return out
}

// country reports whether one of the places is a country rather than a part of the world.
func country(m map[string]bool) bool {
	for k := range m {
		if len(k) == 2 {
			return true
		}
	}
	return false
}

// agree counts the marks that both titles bear and that are alike: a year, an edition, a place, a name in capitals.
func (e *evidence) agree() int {
	a, b, n := e.a, e.b, 0
	if meet(a.marks.years, b.marks.years) {
		n++
	}
	for k, v := range a.marks.typed {
		if b.marks.typed[k] == v {
			n++
		}
	}
	if meet(a.marks.counts, b.marks.counts) {
		n++
	}
	if a.marks.version != "" && a.marks.version == b.marks.version {
		n++
	}
	for _, t := range a.title {
		if (t.caps || strings.HasPrefix(t.text, "@")) && t.weight >= 0.6 &&
			slices.ContainsFunc(b.title, func(o token) bool { return o.hash == t.hash }) {
			n++
		}
	}
	return n
}

// numbersInCommon compares the numbers of two or more digits in two texts.
func numbersInCommon(a, b *profile) float64 {
	both := 0
	for i, j := 0, 0; i < len(a.figures) && j < len(b.figures); {
		switch x, y := a.figures[i], b.figures[j]; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			both++
			i++
			j++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(min(len(a.figures), len(b.figures)))
}
