package match

import "testing"

func TestKeysBringPairsTogether(t *testing.T) {
	entries, pairs := gold(t)
	found, all := map[string]int{}, map[string]int{}
	keys, n := map[string][]string{}, 0
	for id, e := range entries {
		keys[id] = Keys(e)
		n += len(keys[id])
	}
	t.Logf("%.1f keys an entry", float64(n)/float64(len(entries)))
	for _, p := range pairs {
		all[p.Label]++
		if common := intersect(keys[p.A], keys[p.B]); len(common) > 0 {
			found[p.Label]++
		} else if p.Label != "distinct" {
			t.Log(p.Label, entries[p.A].Title, "|", entries[p.B].Title)
		}
	}
	t.Log(found, all)
}

func intersect(a, b []string) []string {
	var out []string
	for _, k := range a {
		for _, o := range b {
			if k == o {
				out = append(out, k)
			}
		}
	}
	return out
}
