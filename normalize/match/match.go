// Package match answers one question: are two entries the same thing? It never sees the whole catalogue. Keys gives
// the few blocking keys under which an entry is filed, entries that share a key are candidates, and Compare judges two
// of them.
//
// There are four answers. A duplicate is joined without a person: either both carry the same hard identity, or the
// evidence is such that at least 995 of 1,000 joins are right. A translation is the same thing in another language. A
// proposal is put before a person. Everything else is distinct, and may still be related: a session in another month,
// a later edition, the next project, a part. Everything is pure and depends on the two entries alone.
package match

import (
	"stoa"
)

// Version names the rules of this package in findings.
const Version = "match-1"

// Verdicts of Compare.
const (
	Duplicate   = "duplicate"
	Translation = "translation"
	Proposal    = "proposal"
	Distinct    = "distinct"
)

// Entry is what is compared. Only ID and Title are needed; the rest is used where known. Its JSON is a line that
// `stoa match` reads.
type Entry struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	URL       string    `json:"url,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Language  string    `json:"language,omitempty"` // BCP 47
	Summary   string    `json:"summary,omitempty"`
	Published stoa.Date `json:"published,omitempty"`
	Start     stoa.Date `json:"start,omitempty"`
	URLs      []string  `json:"urls,omitempty"`      // further addresses of the same thing
	Editions  []string  `json:"editions,omitempty"`  // addresses of its editions in other languages (hreflang)
	Countries []string  `json:"countries,omitempty"` // ISO 3166-1 alpha-2
}

// Verdict is what Compare concluded of two entries. Relation is read from the first to the second: with Supersedes, a
// supersedes b. Rule names what decided; Why says it in words.
type Verdict struct {
	Verdict  string
	Relation stoa.Relation
	Score    float64 // the probability that the two are the same thing, in any language
	Why      []string
	Rule     string
	Inverse  bool // the Relation is read from the second to the first
	Faint    bool // of a Proposal: so little speaks for it that nobody is asked unbidden
}

// Of returns the entry of a record.
func Of(r stoa.Record) Entry {
	e := Entry{
		ID: r.ID, Title: r.Title, URL: r.URL, Language: r.Language, Summary: r.Summary,
		Published: r.Published, Start: r.Start, Countries: r.Countries,
	}
	for _, o := range r.Organisations {
		if o.Role == stoa.Publisher || e.Publisher == "" {
			e.Publisher = o.Name
		}
		if o.Role == stoa.Publisher {
			break
		}
	}
	for _, s := range r.Sightings {
		if s.URL != "" && s.URL != r.URL {
			e.URLs = append(e.URLs, s.URL)
		}
	}
	return e
}

// FromDraft returns the entry of a draft under an id.
func FromDraft(id string, d stoa.Draft) Entry {
	return Entry{
		ID: id, Title: d.Title, URL: d.URL, Publisher: d.Publisher, Language: d.Language, Summary: d.Summary,
		Published: d.Published, Start: d.Start, Countries: d.Countries, Editions: d.Editions,
	}
}

// Likeness tells how alike two titles are, 0 to 1.
func Likeness(a, b string) float64 {
	if fold(a) == fold(b) {
		return 1
	}
	return align(profileOf(Entry{Title: a}), profileOf(Entry{Title: b})).dice()
}
