package stale

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"stoa"
)

// Question is what `stoa stale` reads, one object a line. Bodies are in Body, whatever file they came from.
type Question struct {
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

// Answer is what `stoa stale` writes for a Question.
type Answer struct {
	ID           string            `json:"id"`
	Verdict      string            `json:"verdict"`
	Availability stoa.Availability `json:"availability"`
	Relevance    stoa.Relevance    `json:"relevance"`
	Rules        []string          `json:"rules"`
	Why          []string          `json:"why"`
}

// Line answers one line of JSON as of now; the zero time is that of the last check. load returns the bytes of a file
// that the line names as a body; a body that cannot be loaded is an error.
func Line(line []byte, now time.Time, load func(name string) ([]byte, error)) (Answer, error) {
	var q Question
	if err := json.Unmarshal(line, &q); err != nil {
		return Answer{}, fmt.Errorf("read checks: %w", err)
	}
	fill := func(c *stoa.Check) error {
		if c.BodyFile == "" || c.Body != "" {
			return nil
		}
		b, err := load(c.BodyFile)
		if err != nil {
			return fmt.Errorf("load body of %s: %w", q.ID, err)
		}
		c.Body = decode(b, header(c.Headers, "Content-Type"))
		return nil
	}
	for i := range q.Checks {
		if err := fill(&q.Checks[i]); err != nil {
			return Answer{}, err
		}
	}
	if q.Sibling != nil {
		if err := fill(q.Sibling); err != nil {
			return Answer{}, err
		}
	}
	return q.Judge(now), nil
}

// Judge answers a question by itself, as of now; the zero time is that of the last check.
func (l Question) Judge(now time.Time) Answer {
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

// decode brings a body to UTF-8, by what its header or itself says of its encoding.
func decode(body []byte, contentType string) string {
	if utf8.Valid(body) {
		return string(body)
	}
	encoding, _, _ := charset.DetermineEncoding(body[:min(len(body), 4096)], contentType)
	plain, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return string(plain)
}
