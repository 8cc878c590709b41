package stoa

import "time"

// Outcome is how a run ended; exactly one of seven.
type Outcome string

// Outcomes.
const (
	OK        Outcome = "ok"        // read and applied; something new, changed or vanished
	Unchanged Outcome = "unchanged" // 304, or every item as before
	Partial   Outcome = "partial"   // what was whole counts, nothing vanishes
	Held      Outcome = "held"      // looks wrong; nothing changes until a curator releases it
	Failed    Outcome = "failed"    // no usable answer
	Refusal   Outcome = "blocked"   // not allowed: robots, 401, 403, 451, private address, opted out
	Skipped   Outcome = "skipped"   // not tried: still running, paused, told to wait
)

// Good reports whether a run read its source.
func (o Outcome) Good() bool { return o == OK || o == Unchanged }

// Codes that say more than the outcome. The list of a failed run is open: fetch errors name themselves.
const (
	CodeNotModified = "not-modified"
	CodeSame        = "same"

	CodeTruncated   = "truncated"
	CodeFaultyItems = "faulty-items"
	CodePageFailed  = "page-failed"

	CodeEmpty         = "empty"
	CodeShrunk        = "shrunk"
	CodeRewritten     = "rewritten"
	CodeLoginWall     = "login-wall"
	CodeBotWall       = "bot-wall"
	CodeWrongLanguage = "wrong-language"
	CodeLostFields    = "lost-fields"
	CodeNoMatch       = "no-match"

	CodeDNS        = "dns"
	CodeConnect    = "connect"
	CodeTLS        = "tls"
	CodeTimeout    = "timeout"
	CodeTooLarge   = "too-large"
	CodeTooDeep    = "too-deep"
	CodeGone       = "gone"
	CodeStatus     = "status"
	CodeRedirects  = "redirects"
	CodeUnparsable = "unparsable"
	CodeInternal   = "internal"

	CodeRobots         = "robots"
	CodeForbidden      = "forbidden"
	CodePrivateAddress = "private-address"
	CodeOptOut         = "opt-out"

	CodeRunning = "running"
	CodePaused  = "paused"
	CodeWait    = "wait"
)

// Run is one harvest of one source. Its JSON is a line of `stoa harvest --json`.
// Seen = New + Changed + Unchanged + Excluded + Faulty, always.
type Run struct {
	ID        string    `json:"run"`
	Source    string    `json:"source"`
	Outcome   Outcome   `json:"outcome"`
	Code      string    `json:"code"`
	Status    int       `json:"status"`  // of the response that decided
	Address   string    `json:"address"` // of the response that decided
	Bytes     int64     `json:"bytes"`   // unpacked
	Seen      int       `json:"seen"`
	New       int       `json:"new"`
	Changed   int       `json:"changed"`
	Unchanged int       `json:"unchanged"`
	Vanished  int       `json:"vanished"`
	Excluded  int       `json:"excluded"` // by the source's own rules
	Faulty    int       `json:"faulty"`
	Warnings  []string  `json:"warnings"`
	Text      string    `json:"text"` // the reason in words, and what to do next
	Seconds   float64   `json:"seconds"`
	Began     time.Time `json:"began"`
	Ended     time.Time `json:"ended"`
	Captures  []string  `json:"captures,omitempty"`
	Profile   Profile   `json:"profile,omitzero"`
	WaitUntil time.Time `json:"wait_until,omitzero"` // the host told us to wait so long
	Released  string    `json:"released,omitempty"`  // the decision that released or discarded a held run
	Way       string    `json:"way,omitempty"`       // the address at which reading began
	WayWhy    string    `json:"way_why,omitempty"`   // why it is not the preferred one
	Moved     string    `json:"moved,omitempty"`     // where that address redirects for good
	// Fresh is how long the publisher said that the listing stays as it is: by Cache-Control, a feed's ttl, a calendar's interval.
	Fresh time.Duration `json:"fresh,omitempty"`
}

// Way is a way into a source: the address at which reading begins.
type Way struct {
	Address string    `json:"address"`
	Since   time.Time `json:"since"`
	Why     string    `json:"why,omitempty"` // why it is not the preferred one
}

// Profile is the shape of a run, compared with the source's own history.
type Profile struct {
	Items      int                `json:"items"`
	Fill       map[string]float64 `json:"fill,omitempty"`        // share of items with each field
	MedianText int                `json:"median_text,omitempty"` // characters
	Same       float64            `json:"same,omitempty"`        // share unchanged
	Languages  map[string]float64 `json:"languages,omitempty"`   // share of items by language
	Moved      int                `json:"moved,omitempty"`       // known keys whose title or address changed
}

// Validators are what a response gave for asking again, sent back exactly as received.
type Validators struct {
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Full         time.Time `json:"full,omitzero"` // last full answer; lying validators are caught by asking without them now and then
}

// History is what a new run needs to know of the old ones.
type History struct {
	Source     string                `json:"source"`
	Last       Run                   `json:"last,omitzero"`
	Good       Run                   `json:"good,omitzero"`        // last good or partial run
	Known      int                   `json:"known"`                // items the source lists now
	Profiles   []Profile             `json:"profiles,omitempty"`   // of the last good runs, newest first, at most ten
	Validators map[string]Validators `json:"validators,omitempty"` // by address
	Failures   int                   `json:"failures,omitempty"`   // consecutive
	WaitUntil  time.Time             `json:"wait_until,omitzero"`  // the host told us to wait
	Trust      Trust                 `json:"trust,omitempty"`      // decided; "" is what sources.yaml says
	Paused     string                `json:"paused,omitempty"`     // the reason
	Address    string                `json:"address,omitempty"`    // adopted: preferred to all others
	Declined   []string              `json:"declined,omitempty"`   // addresses that were offered, and a person chose another
	Way        Way                   `json:"way,omitzero"`         // the way in that the last good run took
	Ways       []Way                 `json:"ways,omitempty"`       // those before it, newest first, at most twenty
	Moved      Way                   `json:"moved,omitzero"`       // where that way redirects for good, as far as the last good run saw
	Next       time.Time             `json:"next,omitzero"`        // when it is due
	Changes    []time.Time           `json:"changes,omitempty"`    // runs that found something, newest first, at most ten
	Rhythm     Rhythm                `json:"rhythm,omitzero"`      // how often and when it changes, as far as its good runs tell
	Off        []string              `json:"off,omitempty"`        // staleness rules that people switched off
	Incidents  []Incident            `json:"incidents,omitempty"`  // what is wrong with it as a whole now
}

// Steps are what Apply asks of its caller while it takes in a run.
type Steps struct {
	// Draft makes an item plain. It is called for new and changed items only.
	Draft func(Item) Draft
	// Settle is called once when all items were read, before the run is judged; it may set Outcome to Partial with its Code.
	Settle func(*Run)
	// Judge says whether the run looks wrong against the source's history: a code and a sentence, or "" and "".
	Judge func(Run, History) (code, text string)
	// Validators are kept with the run when it counts. They are read after Settle.
	Validators map[string]Validators
	// Rank of the source in its observations: owners before aggregators; lower is better.
	Rank int
	// Dry has the run come back as it would be, judged, and leaves everything as it was.
	Dry bool
}
