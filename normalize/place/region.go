package place

import (
	"strings"

	"stoa"
)

// regionOf is the ITU region of each country.
var regionOf = func() map[string]stoa.Region {
	out := map[string]stoa.Region{}
	for _, c := range stoa.Countries() {
		out[c.Code] = c.Region
	}
	return out
}()

// statuses are the United Nations lists of countries in special situations, by their usual letters.
var statuses = func() map[string][]string {
	out := map[string][]string{}
	for _, c := range stoa.Countries() {
		for _, g := range c.Groups() {
			name := strings.ToUpper(string(g))
			out[name] = append(out[name], c.Code)
		}
	}
	return out
}()
