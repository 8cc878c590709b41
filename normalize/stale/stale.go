// Package stale judges whether a record still answers and still matters. It holds the item rules S1 to S31: each has
// its number, works on what was observed and on the calendar, and never on one finding alone, except where a publisher
// says so or a reader is in danger. Nothing here reads a clock or a network.
//
// Two values come out, never one flag: availability (does the link answer?) and relevance (does it still matter?),
// with the rules behind them, a sentence with dates for each, and the instant at which the calendar alone will change
// the answer.
package stale

import (
	"slices"
	"time"
	_ "time/tzdata" // zones are read the same on every machine

	"stoa"
)

// Version names the rules of this package in findings.
const Version = "stale-1"

// Verdicts in the JSON of `stoa stale`: the availability of a link in one word, where unconfirmed and suspect still
// count as alive, and where a page that moved or changed its subject is told apart.
const (
	Alive       = "alive"
	Dead        = "dead"
	Blocked     = "blocked"
	Quarantined = "quarantined"
	Moved       = "moved"
	Changed     = "changed"
)

// Input is all that the rules look at. Only Now is needed.
type Input struct {
	URL   string
	Kind  stoa.Kind
	Title string

	Published stoa.Date
	Start     stoa.Date
	End       stoa.Date
	Deadline  stoa.Date
	Rolling   bool
	Zone      string            // IANA; in which dates without a zone are read
	Facts     map[string]string // modality, registration… as in stoa.Draft

	Checks   []stoa.Check // of the link, in any order; Body is the page's markup or its plain text
	Sibling  *stoa.Check  // what the same site answers for a random path
	Accepted string       // plain text of the page as it was accepted; "" is unknown (S15)

	Listings   []Listing     // one for each source that lists or listed it
	Changed    time.Time     // when its source last changed it
	Rhythm     time.Duration // in which it is expected to change; 0 is unknown (S23)
	Never      bool          // its rhythm is "never" or "as needed": always fresh
	Confirmed  time.Time     // a person's last confirmation
	ValidUntil stoa.Date     // until when a person vouches for it (S30)
	Superseded string        // the record that a person accepted as the newer edition (S25)
	Retired    time.Time     // a person retired it
	Earlier    []stoa.Date   // when earlier cycles of the same call opened (S22)
	Opened     stoa.Date     // when the present cycle opened; "" is Start

	Off map[string]bool // rules switched off, by number
	Now time.Time       // by the wall clock: what stated instants go by

	// After the wall clock jumped, rules over elapsed time (S2, S5, S16, S23, S24, S26) go by Steady, which did not jump,
	// until Trusted, when the wall clock is believed again. Zero: it did not jump.
	Steady, Trusted time.Time

	sibling page // read once
}

// Listing is one source's word on an item.
type Listing struct {
	Source    string
	First     time.Time
	Withdrawn time.Time // the publisher took it back (S19)
	Vanished  time.Time // first complete run that lacked it
	Absent    int       // consecutive good complete runs that lacked it
	Means     stoa.VanishMeans
}

// Result is what the rules concluded.
type Result struct {
	Verdict      string
	Availability stoa.Availability
	Relevance    stoa.Relevance
	Marks        []stoa.Mark
	Rules        []string      // numbers of the rules behind the two axes and the marks
	Why          []string      // the same in words, one sentence a rule
	Grounds      []stoa.Ground // the same sentences taken apart
	Tasks        []string      // numbers of the rules that ask for a person
	To           string        // of S10: the new address
	Checked      time.Time     // the last look at the link
	NextChange   time.Time     // when the calendar alone will change the answer; zero is never
	NextCheck    time.Time     // when to look at the link again; zero is never
}

// Judge applies every rule.
func Judge(in Input) Result {
	if in.Sibling != nil {
		in.sibling = read(in.Sibling.Body)
	}
	t := in.availability()
	r := Result{Verdict: t.verdict, Availability: t.state, To: t.to, Checked: t.checked}
	r.add(t.notes...)
	r.Tasks = append(r.Tasks, t.tasks...)
	if t.state == stoa.Alive && !in.off("S26") {
		in.lapse(&r, t.lastOK.Add(unconfirmedAge))
	}
	if in.vouched() {
		r.soon(in.ValidUntil.Finish(in.far()), in.Now)
	}
	in.relevance(&r)
	in.marks(&r)
	r.NextCheck = NextCheck(in, r)
	slices.Sort(r.Marks)
	return r
}

// note is one rule that fired, and what it says in words and as data.
type note struct {
	rule, why string
	ground    stoa.Ground
}

func (r *Result) add(notes ...note) {
	for _, n := range notes {
		if n.rule != "" && !slices.Contains(r.Rules, n.rule) {
			r.Rules = append(r.Rules, n.rule)
		}
		if n.why != "" {
			n.ground.Rule = n.rule
			r.Why, r.Grounds = append(r.Why, n.why), append(r.Grounds, n.ground)
		}
	}
}

// steady is the time that rules over elapsed time go by.
func (in Input) steady() time.Time {
	if in.Steady.IsZero() {
		return in.Now
	}
	return in.Steady
}

// lapse is soon for rules over elapsed time: what is over by the wall clock alone is judged when that is believed again.
func (in Input) lapse(r *Result, t time.Time) {
	if !in.Steady.IsZero() && t.After(in.Steady) && !t.After(in.Now) {
		t = in.Trusted
	}
	r.soon(t, in.Now)
}

// soon remembers the earliest instant at which the calendar alone changes the answer.
func (r *Result) soon(t, now time.Time) {
	if t.After(now) && (r.NextChange.IsZero() || t.Before(r.NextChange)) {
		r.NextChange = t
	}
}

// off reports whether a rule is switched off.
func (in Input) off(rule string) bool { return in.Off[rule] }
