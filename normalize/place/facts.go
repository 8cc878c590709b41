package place

import (
	"maps"
	"slices"
	"sync"

	"golang.org/x/text/language"

	"stoa"
)

// subregions are the M49 codes of the subregions of the world, as the United Nations Statistics Division divides it.
var subregions = []string{
	"015", "011", "014", "017", "018", "021", "029", "013", "005", "143", "030", "035", "034", "145", "151", "154", "039", "155", "053", "054", "057", "061",
}

// subregionOf is computed once from the Unicode tables, which contain M49's.
var subregionOf = sync.OnceValue(func() map[string]int {
	out := map[string]int{"BV": 5, "GS": 5, "CC": 53, "CX": 53, "HM": 53, "IO": 14, "TF": 14, "UM": 57} // which Unicode leaves out
	for _, code := range subregions {
		group, err := language.ParseRegion(code)
		if err != nil {
			continue
		}
		for c := range regionOf {
			if r, err := language.ParseRegion(c); err == nil && group.Contains(r) {
				out[c] = group.M49()
			}
		}
	}
	return out
})

// Facts returns what is known of a country, and whether code is one.
func Facts(code string) (stoa.Country, bool) {
	c, ok := stoa.CountryOf(code)
	if !ok {
		return stoa.Country{}, false
	}
	c.M49, c.Subregion = M49(code), subregionOf()[code]
	return c, true
}

// Countries returns the codes of all countries and territories, in order.
func Countries() []string { return slices.Sorted(maps.Keys(regionOf)) }
