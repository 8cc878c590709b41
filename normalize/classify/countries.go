package classify

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// addCountries makes the names of all countries, in the languages of the lexicon, terms of the concept "country".
func (l *lexicon) addCountries(root *building) {
	k := int32(l.byName["country"])
	tags := []language.Tag{language.English, language.French, language.Spanish, language.Portuguese, language.German, language.Russian, language.Arabic, language.Chinese}
	for _, tag := range tags {
		names := display.Regions(tag)
		for a := 'A'; a <= 'Z'; a++ {
			for b := 'A'; b <= 'Z'; b++ {
				r, err := language.ParseRegion(string([]rune{a, b}))
				if err != nil || !r.IsCountry() || len(r.ISO3()) != 3 || r.ISO3() == "ZZZ" {
					continue
				}
				if name := names.Name(r); len(name) > 3 && name != "Unknown Region" {
					root.add(pattern(open(name, tag)), term{concept: k, tongues: every})
				}
			}
		}
	}
}

// open lets a name of a language that bends names end as it may.
func open(name string, tag language.Tag) string {
	if tag == language.Russian && !strings.Contains(name, " ") && strings.HasSuffix(name, "я") {
		return strings.TrimSuffix(name, "я") + "*"
	}
	if tag == language.Russian && !strings.Contains(name, " ") {
		return strings.TrimRight(name, "аы") + "*"
	}
	return name
}
