package stoa

import "time"

// Reasons of a Task.
const (
	ReasonNew       = "new"       // pending: nobody has ruled, and no rule was sure enough
	ReasonChanged   = "changed"   // listed, and its source says something else now
	ReasonConflict  = "conflict"  // a numbered question
	ReasonDuplicate = "duplicate" // a proposal to merge or tie
	ReasonStale     = "stale"     // dead, quarantined, dormant, overdue or unlisted
	ReasonIncident  = "incident"  // a held run
	ReasonLetter    = "letter"    // word from outside
	ReasonSecond    = "second"    // one person proposed, another confirms
)

// TaskReasons returns why a person can be needed, the most urgent first.
func TaskReasons() []string {
	return []string{ReasonIncident, ReasonSecond, ReasonConflict, ReasonDuplicate, ReasonChanged, ReasonNew, ReasonLetter, ReasonStale}
}

// TaskQuery asks for a part of the queue. Empty fields do not restrict.
type TaskQuery struct {
	Reason   string
	Source   string
	Kind     Kind
	Pillar   Pillar
	Language string
	Subject  string // tasks on one record, run or conflict
	Text     string // a part of the title, in any case
	Offset   int
	Limit    int // 0 is 50, at most 500
}

// Stats count what the store holds.
type Stats struct {
	Records   map[State]int  `json:"records"` // merged ones are not counted
	Stale     int            `json:"stale"`   // of the listed ones
	Merged    int            `json:"merged"`
	Queue     map[string]int `json:"queue"` // tasks by reason
	Conflicts int            `json:"conflicts"`
	Sources   int            `json:"sources"` // that were ever harvested
	Changes   uint64         `json:"changes"` // number of the last change
	Changed   time.Time      `json:"changed,omitzero"`
	Bytes     int64          `json:"bytes"`  // of the store file
	Schema    int            `json:"schema"` // number
}
