package stale

import (
	"time"

	"stoa"
)

// Line is what `stoa stale` reads, one object a line; the caller has loaded the bodies into Body.
type Line struct {
	ID       string       `json:"id"`
	URL      string       `json:"url"`
	Kind     stoa.Kind    `json:"kind,omitempty"`
	Title    string       `json:"title,omitempty"`
	Start    stoa.Date    `json:"start,omitempty"`
	End      stoa.Date    `json:"end,omitempty"`
	Deadline stoa.Date    `json:"deadline,omitempty"`
	Rolling  bool         `json:"rolling,omitempty"`
	Zone     string       `json:"zone,omitempty"`
	Checks   []stoa.Check `json:"checks"`
	Sibling  *stoa.Check  `json:"sibling,omitempty"`
}

// Answer is what `stoa stale` writes for a Line.
type Answer struct {
	ID           string            `json:"id"`
	Verdict      string            `json:"verdict"`
	Availability stoa.Availability `json:"availability"`
	Relevance    stoa.Relevance    `json:"relevance"`
	Rules        []string          `json:"rules"`
	Why          []string          `json:"why"`
}

// Judge answers a line by itself, as of now; the zero time is that of the last check.
func (l Line) Judge(now time.Time) Answer {
	if now.IsZero() {
		for _, c := range l.Checks {
			if c.At.After(now) {
				now = c.At
			}
		}
	}
	r := Judge(Input{
		URL: l.URL, Kind: l.Kind, Title: l.Title, Start: l.Start, End: l.End, Deadline: l.Deadline, Rolling: l.Rolling,
		Zone: l.Zone, Checks: l.Checks, Sibling: l.Sibling, Now: now,
	})
	a := Answer{ID: l.ID, Verdict: r.Verdict, Availability: r.Availability, Relevance: r.Relevance, Rules: r.Rules, Why: r.Why}
	if a.Rules == nil {
		a.Rules = []string{}
	}
	if a.Why == nil {
		a.Why = []string{}
	}
	return a
}
