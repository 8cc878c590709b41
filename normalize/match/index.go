package match

import (
	"cmp"
	"slices"
)

// Pair is two entries of a set and what Compare concluded of them. A and B are positions in the set, A before B.
type Pair struct {
	A, B    int
	Verdict Verdict
}

// small is the number of entries up to which All compares each with each.
const small = 400

// All compares the entries of a set that share a blocking key (all of them, where there are few), and returns what
// is not simply distinct: duplicates, translations, proposals, and distinct pairs with a relation; with everything
// set also the other distinct pairs that were compared. The order is that of the set.
func All(entries []Entry, everything bool) []Pair {
	profiles := make([]*profile, len(entries))
	for i, e := range entries {
		profiles[i] = profileOf(e)
	}
	var out []Pair
	look := func(i, j int) {
		if v := compare(profiles[i], profiles[j], everything); v.Verdict != Distinct || v.Relation != "" || everything {
			out = append(out, Pair{A: i, B: j, Verdict: v})
		}
	}
	if len(entries) <= small {
		for i := range entries {
			for j := i + 1; j < len(entries); j++ {
				look(i, j)
			}
		}
		return out
	}
	for _, c := range candidates(profiles) {
		look(c[0], c[1])
	}
	return out
}

// candidates returns the pairs that share a blocking key, in order.
func candidates(profiles []*profile) [][2]int {
	buckets := map[string][]int{}
	for i, p := range profiles {
		for _, k := range keysOf(p) {
			buckets[k] = append(buckets[k], i)
		}
	}
	var out [][2]int
	for k, list := range buckets {
		if crowded(k, len(list)) {
			continue
		}
		for n, i := range list {
			for _, j := range list[n+1:] {
				out = append(out, [2]int{i, j})
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return slices.Compact(out)
}

// crowded reports whether a key has too many entries to tell anything. Identities always tell something, up to a bound.
func crowded(key string, n int) bool {
	switch key[0] {
	case 'n', 'd', 'i', 'c':
		return n > 20*Crowd
	}
	return n > Crowd
}
