package stoa

import "time"

// DueCheck is a link that is to be looked at.
type DueCheck struct {
	Record string    `json:"record"`
	Host   string    `json:"host"`
	At     time.Time `json:"at"`            // since when
	Last   time.Time `json:"last,omitzero"` // when it was looked at last
}

// Incident is what is wrong with a source as a whole rather than with one of its items, by which rule. It changes no
// record; a person is told.
type Incident struct {
	Source string    `json:"source"`
	Rule   string    `json:"rule"`            // S9, S29, or one of the rules below
	About  string    `json:"about,omitempty"` // of S9: the host; of the rules below: the address on offer
	Text   string    `json:"text"`            // what was seen, and what to do; empty ends the incident
	Since  time.Time `json:"since"`
	Last   time.Time `json:"last"` // when it was last seen to go on
}

// Rules of incidents that offer an address. Adopt of that address accepts it; Adopt of another declines it.
const (
	RuleWayIn = "way-in" // the source is read from an alternate, because the preferred address fails
	RuleMoved = "moved"  // the source's address has redirected for good for days
)

// Rules of incidents that tell how a source does.
const (
	RuleFailing = "failing" // the source worked, and does not
	RuleDrift   = "drift"   // it works, but not as its history would have it
)

// Rules returns the numbers of the staleness rules that people can switch off for a source. The others say what is not
// done (S4, S8, S17, S28), and cannot be.
func Rules() []string {
	return []string{
		"S1", "S2", "S3", "S5", "S6", "S7", "S9", "S10", "S11", "S12", "S13", "S14", "S15", "S16", "S18", "S19", "S20", "S21",
		"S22", "S23", "S24", "S25", "S26", "S27", "S29", "S30", "S31",
	}
}
