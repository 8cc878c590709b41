package curate

import (
	"context"
	"strconv"
	"time"

	"stoa"
)

// Job kinds: what the harvesters do for the desk.
const (
	JobHarvest  = "harvest"  // one run of a source, now
	JobTry      = "try"      // what an entry would yield; nothing is kept
	JobDiscover = "discover" // ways into a site, each with a ready entry
	JobRehearse = "rehearse" // stored captures through a changed entry
	JobRedo     = "redo"     // a held run through a changed entry, judged anew
)

// Ask is what the desk asks of the harvesters.
type Ask struct {
	Kind    string
	Source  string // id, of all but discover
	Address string // of discover
	Entry   string // as in sources.yaml; of try, rehearse and redo. Empty is the entry in force
	Run     string // of redo
	By      string
}

// Job is work of the harvesters for the desk. It goes on while nobody looks, and is forgotten after a while.
type Job struct {
	Ask
	ID     string
	Began  time.Time
	Ended  time.Time // zero: still at work
	Failed string    // why there is no result
	Found  Found
}

// Found is what a job found, as far as its kind finds it.
type Found struct {
	Run       stoa.Run
	Before    *stoa.Run          // of a rehearsal: by the entry in force
	Fill      map[string]float64 // share of items with each field
	Was       map[string]float64 // the same by the entry in force
	Items     []stoa.Item        // the first of them
	Gained    []stoa.Item
	Lost      []stoa.Item
	Differ    []stoa.Item
	Proposals []Way
	Warnings  []string
}

// Way is a way into a site that was tried.
type Way struct {
	Address, Format, Why, Entry string
	Items                       int
	Titles                      []string
}

// Workshop is the harvesters' side of the desk.
type Workshop interface {
	// Start begins a job and returns its id. Too many at once are stoa.ErrFull, what cannot be done stoa.ErrInvalid.
	Start(ctx context.Context, a Ask) (id string, err error)
	// Job returns a job by its id; stoa.ErrNotFound when it is forgotten.
	Job(id string) (Job, error)
	// TakeIn makes an item that somebody proposed an observation, and returns the record that it became.
	TakeIn(ctx context.Context, item stoa.Item) (record string, err error)
}

// Shelf is where entries of sources and captures are kept.
type Shelf interface {
	// Entry returns the entry of a source as text, and whether it may be changed here.
	Entry(id string) (text string, own bool, err error)
	// Put checks an entry, addresses included, and keeps it: the entry of the source id, or with "" one of a source that
	// there is not yet. Faults are stoa.ErrInvalid, all at once.
	Put(ctx context.Context, id, text string) (stoa.Source, error)
	// Capture returns a fetched response as it came; stoa.ErrNotFound when it has expired.
	Capture(id string) (Capture, error)
	// Host tells what is kept of visits to the host of an address; ok is false when it was never visited.
	Host(ctx context.Context, address string) (l stoa.Ledger, ok bool)
}

// Capture is a fetched response.
type Capture struct {
	Address string
	Status  int
	Type    string
	At      time.Time
	Body    []byte
}

// countNames are the counts of a run, in the order in which they are shown.
func countNames() []string {
	return []string{"seen", "new", "changed", "unchanged", "vanished", "excluded", "faulty"}
}

// countsOf returns the counts of a run in that order.
func countsOf(r stoa.Run) []int {
	return []int{r.Seen, r.New, r.Changed, r.Unchanged, r.Vanished, r.Excluded, r.Faulty}
}

// percent writes a share.
func percent(share float64) string { return strconv.Itoa(int(100*share+0.5)) + " %" }

// stampShort is an instant as a table of the desk shows it.
func stampShort(v visit, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.Short(t, v.Now)
}

// trouble says in words why the last run of a source was not good.
func trouble(s shelved) string {
	switch last := s.history.Last; {
	case s.Disabled != "":
		return s.Disabled
	case last.Outcome.Good() || last.Outcome == "":
		return ""
	default:
		return last.Text
	}
}

// entryOr is the entry that the form begins with.
func entryOr(n newEntry) string {
	if n.entry != "" {
		return n.entry
	}
	address := n.address
	if address == "" {
		address = "https://"
	}
	return "sources:\n  - id: \n    organisation: \n    title: \n    url: " + address + "\n    format: feed\n    trust: draft\n"
}
