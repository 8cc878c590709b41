package match

import (
	"cmp"
	"slices"
)

// Index finds candidates among many entries in memory: eight bytes a key, some 130 an entry. It keeps positions, not
// entries; the caller fetches those it wants to compare. Adding is amortised: a short unsorted tail and sorted runs
// that grow by merging. An Index is not safe for concurrent use while entries are added.
type Index struct {
	n    uint32
	tail []uint64   // hash of the key above, position below
	runs [][]uint64 // each sorted; each at least twice as long as the next
}

// tailLength bounds what a look-up scans unsorted.
const tailLength = 1 << 10

// Candidate is an entry that shares keys with the one asked for.
type Candidate struct {
	Position int
	Shared   int // keys in common
}

// Len returns how many entries were added.
func (x *Index) Len() int { return int(x.n) }

// Add files an entry by its keys and returns its position.
func (x *Index) Add(keys []string) int {
	at := x.n
	x.n++
	for _, k := range keys {
		x.tail = append(x.tail, posting(k)|uint64(at))
	}
	if len(x.tail) >= tailLength {
		slices.Sort(x.tail)
		x.runs = append(x.runs, slices.Clone(x.tail))
		x.tail = x.tail[:0]
		for n := len(x.runs); n > 1 && len(x.runs[n-2]) < 2*len(x.runs[n-1]); n = len(x.runs) {
			x.runs[n-2] = merge(x.runs[n-2], x.runs[n-1])
			x.runs[n-1] = nil
			x.runs = x.runs[:n-1]
		}
	}
	return int(at)
}

func posting(key string) uint64 { return hash(key) &^ 0xffffffff }

func merge(a, b []uint64) []uint64 {
	out := make([]uint64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Find returns at most most entries that share a key, those with the most keys in common first. Keys with more than
// Crowd entries are left out, unless they are identities.
func (x *Index) Find(keys []string, most int) []Candidate {
	shared := map[uint32]int{}
	var bucket []uint32
	for _, k := range keys {
		bucket = x.bucket(bucket[:0], k)
		if !crowded(k, len(bucket)) {
			for _, at := range bucket {
				shared[at]++
			}
		}
	}
	out := make([]Candidate, 0, len(shared))
	for at, n := range shared {
		out = append(out, Candidate{int(at), n})
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Shared, a.Shared), cmp.Compare(a.Position, b.Position))
	})
	return out[:min(most, len(out))]
}

// bucket appends the positions under a key, at most as many as tell that it is crowded.
func (x *Index) bucket(out []uint32, key string) []uint32 {
	want := posting(key)
	for _, run := range x.runs {
		i, _ := slices.BinarySearch(run, want)
		for ; i < len(run) && run[i]&^0xffffffff == want && len(out) <= 20*Crowd; i++ {
			out = append(out, uint32(run[i]))
		}
	}
	for _, p := range x.tail {
		if p&^0xffffffff == want {
			out = append(out, uint32(p))
		}
	}
	return out
}
