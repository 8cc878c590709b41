package crawler

import (
	"testing"

	"stoa"
	"stoa/crawler/fetch"
)

// TestMovedForGood: an address moved where every hop says that it is for good (RFC 9110 sections 15.4.2 and 15.4.9).
func TestMovedForGood(t *testing.T) {
	const end = "https://partner.example/new"
	for _, c := range []struct {
		name string
		hops []int
		want string
	}{
		{"no redirect", nil, ""},
		{"301", []int{301}, end},
		{"308", []int{308}, end},
		{"308 after 301", []int{301, 308}, end},
		{"302", []int{302}, ""},
		{"303", []int{303}, ""},
		{"307", []int{307}, ""},
		{"for good, then for now", []int{308, 307}, ""},
		{"for now, then for good", []int{302, 301}, ""},
	} {
		res := &fetch.Response{URL: end}
		for _, status := range c.hops {
			res.Hops = append(res.Hops, stoa.Hop{Status: status})
		}
		if got := movedTo(res); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
