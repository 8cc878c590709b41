package stoa

import "time"

// Act is one thing that a person did: one decision, or several that were made as one.
type Act struct {
	ID        string     `json:"id"` // of the decision, or of the decisions together
	By        string     `json:"by"`
	At        time.Time  `json:"at"`
	Decisions []Decision `json:"decisions"`
	Left      []Left     `json:"left,omitempty"` // what could not be done
	Motion    *Motion    `json:"motion,omitempty"`
	Undone    bool       `json:"undone,omitempty"` // nothing of it is in force
}

// Left is a decision that was not kept, and why.
type Left struct {
	Decision Decision `json:"decision"`
	Text     string   `json:"text"`
}

// MaxAct is how many decisions can be made as one.
const MaxAct = 500

// MaxUndo is how many acts of each person can be taken back as acts, the last first.
const MaxUndo = 20

// Why a second person is asked, as CURATION has it.
const (
	BulkRefusal    = "bulk-refusal"    // more than MaxRefusals at once
	MergeAcross    = "merge-across"    // of records of different publishers
	RetireGuidance = "retire-guidance" // of what is listed as guidance
	ReleaseHeld    = "release-held"    // of a run that looked wrong
)

// SecondRules returns the four.
func SecondRules() []string { return []string{BulkRefusal, MergeAcross, RetireGuidance, ReleaseHeld} }

// MaxRefusals is how many refusals one person makes at once without a second.
const MaxRefusals = 20

// Motion is what one person proposed and another has to confirm. Nothing of it counts until then.
type Motion struct {
	ID        string     `json:"id"`
	By        string     `json:"by"`
	At        time.Time  `json:"at"`
	Rule      string     `json:"rule"` // one of SecondRules
	Decisions []Decision `json:"decisions"`
	Answered  string     `json:"answered,omitempty"` // the decision's id
}

// Answers to a motion: what Value of a Second decision may be.
const (
	Seconded = "yes"
	Declined = "no" // or withdrawn, when it is the proposer's own
)

// Claim says that a person is at work on a subject. It informs others and keeps nobody out.
type Claim struct {
	Subject string    `json:"subject"`
	By      string    `json:"by"`
	Until   time.Time `json:"until"`
}

// ClaimTime is how long a claim lasts without a sign of its holder.
const ClaimTime = 10 * time.Minute

// Keys are the single keys of somebody at the desk.
type Keys struct {
	Off bool              `json:"off,omitempty"`
	Map map[string]string `json:"map,omitempty"` // command → key, where it is not the usual one
}
