package match

import "testing"

func BenchmarkCompare(b *testing.B) {
	entries, _ := gold(b)
	var all []*profile
	for _, id := range sorted(entries) {
		all = append(all, profileOf(entries[id]))
	}
	for i := 0; b.Loop(); i++ {
		compare(all[i%len(all)], all[(i*7+3)%len(all)], false)
	}
}

func BenchmarkKeys(b *testing.B) {
	entries, _ := gold(b)
	ids := sorted(entries)
	for i := 0; b.Loop(); i++ {
		Keys(entries[ids[i%len(ids)]])
	}
}
