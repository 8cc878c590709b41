package normalize

import (
	"maps"
	"slices"
	"strings"

	"stoa"
)

// mostEditions bounds the editions of one item; the United Nations have six languages, the European Union 24.
const mostEditions = 30

// editions returns the addresses of an item's editions in other languages, which decode keeps as "hreflang:TAG".
func editions(item stoa.Item, own string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(item.Extra)) {
		u := item.Extra[name]
		if strings.HasPrefix(name, "hreflang:") && u != "" && u != own && u != item.URL && !slices.Contains(out, u) && len(out) < mostEditions {
			out = append(out, u)
		}
	}
	return out
}
