package stoa

import "time"

// Ledger is what is entered of one host that was visited: what its robots.txt asks, what was kept to, and what came of it.
type Ledger struct {
	Host        string        `json:"host"`
	Requests    int64         `json:"requests"`
	Conditional int64         `json:"conditional"` // requests that said what was known
	NotModified int64         `json:"not_modified"`
	Bytes       int64         `json:"bytes"`    // packed, of bodies
	Refusals    int64         `json:"refusals"` // 401, 403, 429, 451, and addresses that robots.txt forbids
	Failures    int64         `json:"failures"` // no answer
	Last        time.Time     `json:"last,omitzero"`
	Delay       time.Duration `json:"delay"`       // that was kept last
	CrawlDelay  time.Duration `json:"crawl_delay"` // that robots.txt asks for, as it is honoured
	Robots      string        `json:"robots,omitempty"`
	RobotsAt    time.Time     `json:"robots_at,omitzero"`
	WaitUntil   time.Time     `json:"wait_until,omitzero"` // the host told us to
	OptedOut    string        `json:"opted_out,omitempty"` // why it is not visited: a person's decision
}
