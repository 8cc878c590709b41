package stale

import (
	"time"

	"stoa"
)

// mostKept bounds how many looks at one address are kept; no rule counts as many.
const mostKept = 60

// Doubtful reports whether a look that came with a good status needs another opinion: the page does not bear the
// item's title, or shows one of the signs of a page that is not there. Then the site's answer for a random address is
// worth a request (S13, S14).
func (in Input) Doubtful(c stoa.Check) bool {
	s := in.look(c)
	if c.Status != 200 || !s.page.known || parse(in.URL).front() && same(s.Final, in.URL) {
		return false
	}
	if s.kind != fine || !s.title || s.page.noindex {
		return true
	}
	signs, _ := in.hollow(&s)
	return signs > 0
}

// Spare returns which of the checks, given in order of time, need not be kept: those between two that say the same, and
// those that are older than any rule looks. Judge concludes the same without them.
func (in Input) Spare() []int {
	var out, kept []int
	sights := make([]sight, len(in.Checks))
	for i, c := range in.Checks {
		sights[i] = in.look(c)
	}
	for i := range sights {
		if n := len(kept); n >= 2 && between(sights[kept[n-2]], sights[kept[n-1]], sights[i]) {
			out = append(out, kept[n-1])
			kept = kept[:n-1]
		}
		kept = append(kept, i)
	}
	if n := len(kept) - mostKept; n > 0 {
		out = append(out, kept[:n]...)
	}
	return out
}

// between reports whether the middle one of three looks tells nothing that the others do not. Failures all count.
func between(a, b, c sight) bool { return alike(a, b) && alike(b, c) }

func alike(a, b sight) bool {
	if a.kind != b.kind || a.kind != fine && a.kind != refusal || a.Status != b.Status || a.Class != b.Class ||
		!same(a.Final, b.Final) || a.moved != b.moved || a.title != b.title || a.page.known != b.page.known || a.page.newer != b.page.newer || a.page.outdated() != b.page.outdated() {
		return false
	}
	return !a.page.known || a.title || likeness(a.page, b.page) >= alikeBar
}

// Spread returns by how much a look is put off so that looks at many links do not fall due together: a part of the
// time since the last one, at most a fourteenth of it and always the same for the same id. A first look is spread over
// six hours.
func Spread(id string, last, due time.Time) time.Duration {
	width := 6 * time.Hour
	if !last.IsZero() && due.After(last) {
		width = due.Sub(last) / 14
	}
	var h uint64 = 14695981039346656037 // FNV-1a
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return time.Duration(h % uint64(max(width, 1)))
}
