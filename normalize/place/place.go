// Package place finds the countries and regions that a text is about, and knows which region and which group of states
// a country belongs to.
//
// Names come from the Unicode tables of golang.org/x/text in some twenty languages, and from a table of other and former
// names, of peoples, of cities, and of national bodies (places.txt). A name counts for less, or not at all, where it says
// who pays, stands in the name of a treaty, or is that of a language.
package place

import (
	"slices"

	"golang.org/x/text/language"

	"stoa"
)

// weights of what is found in running text. A country counts when its mentions reach 1.
var weights = map[sort]float64{country: 1.2, city: 1.1, people: 1, body: 1}

// Find returns the countries (ISO 3166-1 alpha-2) and regions that text speaks of, in the order met. Regions are those
// named ("global" too) and those of the countries. tag (BCP 47, may be empty) tells how names are written.
func Find(text, tag string) (countries []string, regions []stoa.Region) {
	b := board{}
	for _, m := range search(text, tag) {
		b.add(m, weights[m.sort])
	}
	return b.result(1)
}

// board adds up what speaks for each place.
type board struct {
	codes []string // countries, in the order met
	score map[string]float64
	areas []stoa.Region
}

func (b *board) add(m mention, weight float64) {
	if m.factor == 0 || m.sort == set {
		return
	}
	if m.sort == area {
		if r := stoa.Region(m.code); m.factor > 0.3 && !slices.Contains(b.areas, r) {
			b.areas = append(b.areas, r)
		}
		return
	}
	b.put(m.code, weight*m.factor)
}

func (b *board) put(code string, weight float64) {
	if b.score == nil {
		b.score = map[string]float64{}
	}
	if _, ok := b.score[code]; !ok {
		b.codes = append(b.codes, code)
	}
	b.score[code] += weight
}

// both are Arab States that lie in Africa: in a text on Africa they stand for that.
var both = fields("DJ DZ EG KM LY MA MR SD SO TN")

// result returns the countries that reach least, and the regions.
func (b *board) result(least float64) ([]string, []stoa.Region) {
	var countries []string
	for _, c := range b.codes {
		if b.score[c] >= least {
			countries = append(countries, c)
		}
	}
	regions := b.areas
	for _, c := range countries {
		if slices.Contains(both, c) && slices.Contains(b.areas, "africa") {
			continue
		}
		if r := Region(c); r != "" && !slices.Contains(regions, r) {
			regions = append(regions, r)
		}
	}
	return countries, regions
}

// Region returns the ITU region of a country, or "".
func Region(country string) stoa.Region { return regionOf[country] }

// Valid reports whether code is the ISO 3166-1 alpha-2 code of a country or territory (XK included).
func Valid(code string) bool { return regionOf[code] != "" }

// M49 returns the United Nations' numeric code of a country, 0 for what is none.
func M49(country string) int {
	r, err := language.ParseRegion(country)
	if err != nil || !Valid(country) || country == "XK" { // Unicode's number for Kosovo is its own
		return 0
	}
	return r.M49()
}
