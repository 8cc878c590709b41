// Package place finds the countries and regions that a text speaks of.
package place

import "stoa"

// Find returns the countries (ISO 3166-1 alpha-2) and regions that text names, in the order met.
func Find(text, language string) (countries []string, regions []stoa.Region) { return nil, nil }

// Region returns the ITU region of a country, or "".
func Region(country string) stoa.Region { return regionOf[country] }

// Valid reports whether code is the ISO 3166-1 alpha-2 code of a country.
func Valid(code string) bool { return regionOf[code] != "" }
