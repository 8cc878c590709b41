package stoa

import "time"

// Action is what a person can rule.
type Action string

// Actions. Subjects are record ids, except where a run, a source or a conflict is named.
const (
	Accept  Action = "accept"
	Refuse  Action = "refuse"  // Reason from the closed list
	Set     Action = "set"     // Field to Value; stands until changed
	Unset   Action = "unset"   // back to what sources say
	Add     Action = "add"     // Value to the list Field
	Remove  Action = "remove"  // Value from the list Field
	Merge   Action = "merge"   // Value (another record id) into Subject
	Split   Action = "split"   // Value (a merged record id) out of Subject again
	Differ  Action = "differ"  // Subject and Value are two things; never proposed again
	Tie     Action = "tie"     // Field is the Relation, Value the other record
	Untie   Action = "untie"   // the opposite of Tie
	Confirm Action = "confirm" // valid; Value a day until which, or empty
	Retire  Action = "retire"  // no longer of use; Value what replaces it, or empty
	Release Action = "release" // Subject is a held run
	Discard Action = "discard" // Subject is a held run
	Settle  Action = "settle"  // Subject is a conflict number; Value ours or theirs
	Undo    Action = "undo"    // Value is the decision's id
	Note    Action = "note"    // Value is text for colleagues
	Stage   Action = "stage"   // Subject is a source; Value its trust
	Pause   Action = "pause"   // Subject is a source; Value the reason, empty to resume
	Adopt   Action = "adopt"   // Subject is a source; Value the address to use from now on; others on offer then are declined
	Leave   Action = "leave"   // Subject is a host that asked not to be visited, its subdomains too; Value how it asked, empty to visit it again
	Switch  Action = "switch"  // Subject is a source; Field is a staleness rule, Value on or off for what it owns

	Takedown Action = "takedown" // Subject is a record or a source: the words that its sources gave are shown nowhere; the fact stays
	Snooze   Action = "snooze"   // not asked whether it is stale until the day Value
	Withdraw Action = "withdraw" // its publisher takes it back, over a signed link
	Answer   Action = "answer"   // Subject is a letter; Value taken or dismissed
	Invite   Action = "invite"   // Subject is an organisation; until the day Value its link opens; Undo revokes it
	Propose  Action = "propose"  // Subject is a motion: what is to be confirmed by another person; Value the decisions as JSON
	Second   Action = "second"   // Subject is a motion; Value yes or no
	Erase    Action = "erase"    // Subject is people; Value the name or address of a person, of which only a hash is kept
)

// Actions returns every action.
func Actions() []Action {
	return []Action{Accept, Refuse, Set, Unset, Add, Remove, Merge, Split, Differ, Tie, Untie, Confirm, Retire, Release, Discard, Settle, Undo, Note, Stage, Pause, Adopt, Leave, Switch, Takedown, Snooze, Withdraw, Answer, Invite, Erase, Propose, Second}
}

// Decision is what a person ruled. Decisions are appended and never changed; a later one overrides.
type Decision struct {
	ID      string    `json:"id"`
	Seq     uint64    `json:"seq"`
	Subject string    `json:"subject"`
	Action  Action    `json:"action"`
	Field   string    `json:"field,omitempty"`
	Value   string    `json:"value,omitempty"` // lists as JSON
	Reason  string    `json:"reason,omitempty"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Base    string    `json:"base,omitempty"`     // of Set: what sources said then, so that a change under the edit is seen; of Adopt: the addresses on offer then, a line each
	Before  string    `json:"before,omitempty"`   // the public value before
	IfMatch uint64    `json:"if_match,omitempty"` // the record version that the person saw; 0 is any
	Batch   string    `json:"batch,omitempty"`    // the act that it is part of
	Second  string    `json:"second,omitempty"`   // who confirmed it
}

// People is the subject of an Erase decision.
const People = "people"

// Settable returns the fields that a person may Set.
func Settable() []string {
	return []string{"title", "summary", "url", "language", "kind", "pillars", "countries", "regions", "organisations", "published", "start", "end", "deadline", "rolling", "valid_until", "archive"}
}

// FindingKind is what sort of conclusion a Finding is.
type FindingKind string

// Kinds of findings.
const (
	Listing        FindingKind = "listing"        // trusted and confident: listed without a person
	Noise          FindingKind = "noise"          // trusted source, confidently not relevant: refused without a person
	Classification FindingKind = "classification" // a later model's verdict; Draft holds it
	Join           FindingKind = "join"           // Other is merged into Subject
	Proposal       FindingKind = "proposal"       // Subject and Other may be the same; a person decides
	Tied           FindingKind = "tied"           // Subject Relation Other
	Link           FindingKind = "link"           // Check of Subject's address
	Moved          FindingKind = "moved"          // S10: Value is the new address
	Owner          FindingKind = "owner"          // which source owns the record from then on; Value is an Owned as JSON
)

// Finding is what a check or rule of ours concluded, with rule and version.
type Finding struct {
	Seq        uint64      `json:"seq"`
	Subject    string      `json:"subject"`
	Kind       FindingKind `json:"kind"`
	At         time.Time   `json:"at"`
	Rule       string      `json:"rule"`
	Version    string      `json:"version,omitempty"`
	Confidence float64     `json:"confidence,omitempty"`
	Why        []string    `json:"why,omitempty"`
	Other      string      `json:"other,omitempty"`
	Relation   Relation    `json:"relation,omitempty"`
	Value      string      `json:"value,omitempty"`
	Draft      *Draft      `json:"draft,omitempty"`
	Check      *Check      `json:"check,omitempty"`
}

// Owned is the Value of an Owner finding, as JSON: whose words the record's are, and how much it said when it became the owner.
type Owned struct {
	Source string `json:"source"`
	Key    string `json:"key"`
	Filled int    `json:"filled"` // fields
	Text   int    `json:"text"`   // letters of the summary
}

// Check is one look at an address. It is an element of "checks" in the JSON of `stoa stale`.
type Check struct {
	At       time.Time         `json:"at"`
	Status   int               `json:"status,omitempty"` // of the last answer
	Final    string            `json:"final,omitempty"`  // its address
	Hops     []Hop             `json:"hops,omitempty"`   // the redirects before it
	Headers  map[string]string `json:"headers,omitempty"`
	BodyFile string            `json:"body_file,omitempty"` // filter only
	Body     string            `json:"body,omitempty"`      // plain text, cut; kept as evidence
	Error    string            `json:"error,omitempty"`
	Class    string            `json:"class,omitempty"`   // dns dns-temporary timeout refused reset tls
	Sibling  *Check            `json:"sibling,omitempty"` // what the site answered for a random path, when the page was doubtful
}

// Hop is one redirect.
type Hop struct {
	Status   int    `json:"status"`
	Location string `json:"location"`
}

// ConflictKind is what sort of question a Conflict asks.
type ConflictKind string

// The seven kinds.
const (
	UnderEdit       ConflictKind = "under-edit"       // the source changed a field that a person set; ours stays
	TwoSources      ConflictKind = "two-sources"      // sources disagree on a key field; the owner stays
	RefusedReturns  ConflictKind = "refused-returns"  // a refused item changed beyond the measure; stays refused
	MergeStrain     ConflictKind = "merge-strain"     // members drift apart; stays merged
	WithdrawnEdited ConflictKind = "withdrawn-edited" // withdrawn after a person edited it; marked, text kept
	PeerDecision    ConflictKind = "peer-decision"    // another instance decided otherwise; advice
	Unsafe          ConflictKind = "unsafe"           // quarantine; link off
)

// Conflict is a numbered question for a curator, with a default that loses nothing.
type Conflict struct {
	Number  uint64       `json:"number"`
	Kind    ConflictKind `json:"kind"`
	Record  string       `json:"record"`
	Field   string       `json:"field,omitempty"`
	Base    string       `json:"base,omitempty"`
	Theirs  string       `json:"theirs,omitempty"`
	Ours    string       `json:"ours,omitempty"`
	Default string       `json:"default"`
	At      time.Time    `json:"at"`
	Settled string       `json:"settled,omitempty"` // the decision's id
}

// Task is one line of the queue: a subject, why a person is needed, and the record or run to look at.
type Task struct {
	Subject  string    `json:"subject"` // record id, run id, conflict number or letter id
	Reason   string    `json:"reason"`  // new changed conflict duplicate stale incident letter
	Why      []string  `json:"why,omitempty"`
	Since    time.Time `json:"since"`
	Weight   float64   `json:"weight"` // what matters most comes first
	Record   *Record   `json:"record,omitempty"`
	Run      *Run      `json:"run,omitempty"`
	Conflict *Conflict `json:"conflict,omitempty"`
	Other    *Record   `json:"other,omitempty"` // of a duplicate: what it resembles
	Letter   *Letter   `json:"letter,omitempty"`
	Motion   *Motion   `json:"motion,omitempty"`
}
