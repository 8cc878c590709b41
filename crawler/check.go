package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"stoa"
	"stoa/normalize/link"
	"stoa/normalize/stale"
)

// Links is what the checker needs of the store.
type Links interface {
	// DueChecks returns links that are due by an instant, the longest due first; of these hosts alone, if any are named.
	DueChecks(ctx context.Context, by time.Time, hosts []string, limit int) ([]stoa.DueCheck, error)
	// Get returns a record.
	Get(ctx context.Context, id string) (stoa.Record, error)
	// Findings returns what is known of a record's link, oldest first.
	Findings(ctx context.Context, record string) ([]stoa.Finding, error)
	// Find keeps what was seen, and composes the records.
	Find(ctx context.Context, findings []stoa.Finding) error
}

// Incidents keeps what is wrong with a source as a whole.
type Incidents interface {
	History(ctx context.Context, source string) (stoa.History, error)
	// Incident opens an incident or tells that it goes on; one without text ends it.
	Incident(ctx context.Context, i stoa.Incident) (stoa.Incident, error)
}

// Checker looks at the links of records: by the rhythm of the rules, through the same client and host budget as the
// harvesters. What it sees it keeps as findings; the rules (normalize/stale) conclude from them when the record is
// composed. Its fields are set before use and not changed.
type Checker struct {
	Fetch     Fetcher
	Catalogue Links
	Incidents Incidents                          // nil keeps none
	Sources   func() []stoa.Source               // for the delays of their hosts
	Canaries  func(ctx context.Context) []string // addresses elsewhere that answered lately; nil knows none
	Rest      func() string                      // why the loop is to rest at present, or ""; nil is never
	Workers   int                                // hosts visited at a time; 0 is 4
	Now       func() time.Time
	Log       *slog.Logger

	mu    sync.Mutex
	hosts map[string]*visited
	net   network
}

// visited is what is remembered of a host between looks.
type visited struct {
	busy    chan struct{} // holds a token while somebody looks at links of the host
	hold    time.Time     // nothing is looked at until then
	step    time.Duration // of the last hold after a failure of the whole host
	sibling *stoa.Check   // what it answered for a random path
}

// Look is what came of looking at a record's link. Its JSON is a line of `stoa check --json`.
type Look struct {
	Record       string            `json:"record"`
	Short        string            `json:"short,omitempty"`
	URL          string            `json:"url"`
	At           time.Time         `json:"at"`
	Status       int               `json:"status,omitempty"`
	Final        string            `json:"final,omitempty"`
	Class        string            `json:"class,omitempty"` // of an error
	Availability stoa.Availability `json:"availability"`    // as concluded now
	Relevance    stoa.Relevance    `json:"relevance"`
	Rules        []string          `json:"rules"`
	Why          []string          `json:"why"`
	Suspended    string            `json:"suspended,omitempty"` // by which rule nothing was concluded: S4 or S9
	Text         string            `json:"text,omitempty"`      // why not, in words
	Next         time.Time         `json:"next,omitzero"`       // when it is due again
}

// Bounds of a round.
const (
	mostDue   = 10_000 // links considered
	hostRound = 25     // links of one host looked at before anything of them is concluded
)

// Due looks at all links that are due now, and reports each as it is settled. With patience, looks are spread so that
// they do not fall due together, and a host gives way to others after some; without, all that the rhythm allows are
// looked at.
func (c *Checker) Due(ctx context.Context, patience bool, report func(Look)) error {
	if patience && c.rests() != "" {
		return nil
	}
	now := c.Now()
	due, err := c.Catalogue.DueChecks(ctx, now, nil, mostDue)
	if err != nil {
		return fmt.Errorf("check links: %w", err)
	}
	byHost := map[string][]string{}
	for _, d := range due {
		if patience && (d.At.Add(stale.Spread(d.Record, d.Last, d.At)).After(now) || len(byHost[d.Host]) == hostRound) {
			continue
		}
		byHost[d.Host] = append(byHost[d.Host], d.Record)
	}
	return c.visit(ctx, byHost, report)
}

// Check looks at the links of these records now, due or not, and reports on them alone. An unknown id is
// stoa.ErrNotFound, and then nothing is looked at.
func (c *Checker) Check(ctx context.Context, ids []string, report func(Look)) error {
	byHost, asked := map[string][]string{}, map[string]bool{}
	for _, id := range ids {
		rec, err := c.Catalogue.Get(ctx, id)
		if err != nil {
			return fmt.Errorf("check links: %w", err)
		}
		if rec.URL == "" {
			return fmt.Errorf("check links: %w: %s has no address", stoa.ErrInvalid, rec.Short)
		}
		if rec.MergedInto != "" {
			return fmt.Errorf("check links: %w: %s is merged into %s; check that", stoa.ErrInvalid, rec.Short, rec.MergedInto)
		}
		host := link.Host(rec.URL)
		byHost[host] = append(byHost[host], rec.ID)
		asked[rec.ID] = true
		c.release(host)
	}
	return c.visit(ctx, byHost, func(l Look) {
		if asked[l.Record] {
			report(l)
		}
	})
}

// visit looks at links host by host, a bounded number of hosts at a time. One host's trouble is no other's.
func (c *Checker) visit(ctx context.Context, byHost map[string][]string, report func(Look)) error {
	var g errgroup.Group
	var mu sync.Mutex
	var errs []error
	told := func(l Look) {
		mu.Lock()
		defer mu.Unlock()
		report(l)
	}
	g.SetLimit(cmp.Or(c.Workers, 4))
	for _, host := range slices.Sorted(maps.Keys(byHost)) {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := c.guarded(ctx, host, byHost[host], told); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, fmt.Errorf("check links of %s: %w", host, err))
			}
			return nil
		})
	}
	_ = g.Wait() // its functions return nil
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(errs...)
}

// guarded is host; a panic ends that host alone.
func (c *Checker) guarded(ctx context.Context, host string, ids []string, report func(Look)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.host(ctx, host, ids, report)
}

// at returns what is remembered of a host.
func (c *Checker) at(host string) *visited {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hosts == nil {
		c.hosts = map[string]*visited{}
	}
	v, ok := c.hosts[host]
	if !ok {
		v = &visited{busy: make(chan struct{}, 1)}
		c.hosts[host] = v
	}
	return v
}

// held reports whether nothing is to be asked of a host now.
func (c *Checker) held(v *visited) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Now().Before(v.hold)
}

func (c *Checker) hold(v *visited, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.hold = until
}

// release lets somebody look who asks for it, whatever was held back.
func (c *Checker) release(host string) {
	c.hold(c.at(host), time.Time{})
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.net.until = time.Time{}
}

// delay is the longest delay between two requests that a source asks for on a host.
func (c *Checker) delay(host string) time.Duration {
	var d time.Duration
	if c.Sources == nil {
		return d
	}
	for _, src := range c.Sources() {
		if link.Host(src.URL) == host {
			d = max(d, src.Delay)
		}
	}
	return d
}

// rests returns why nothing is to be concluded at present, or "".
func (c *Checker) rests() string {
	if c.Rest == nil {
		return ""
	}
	return c.Rest()
}

// keep stores what was seen of some links and reports what the rules conclude.
func (c *Checker) keep(ctx context.Context, seen []sighted, report func(Look)) error {
	var all []stoa.Finding
	for _, s := range seen {
		findings, err := c.findings(ctx, s)
		if err != nil {
			return err
		}
		all = append(all, findings...)
	}
	if len(all) == 0 {
		return nil
	}
	if err := c.Catalogue.Find(ctx, all); err != nil {
		return err
	}
	for _, s := range seen {
		rec, err := c.Catalogue.Get(ctx, s.rec.ID)
		if err != nil {
			return err
		}
		report(lookOf(rec, s.check))
	}
	return nil
}

// findings is what a look at a link adds to what is known: the look, and once the page is known to have moved for good
// (S10), its new address.
func (c *Checker) findings(ctx context.Context, s sighted) ([]stoa.Finding, error) {
	known, err := c.Catalogue.Findings(ctx, s.rec.ID)
	if err != nil {
		return nil, err
	}
	in := s.input()
	in.Off, in.Checks = c.off(ctx, s.rec), nil
	adopted := ""
	for _, f := range known {
		if f.Kind == stoa.Moved {
			adopted = f.Value
		}
		if f.Kind == stoa.Link && f.Check != nil && (f.Value == "" || f.Value == s.rec.URL) {
			in.Checks = append(in.Checks, *f.Check)
		}
	}
	in.Checks = append(in.Checks, s.check)
	all := stale.Judge(in)
	rule := "check"
	if len(all.Rules) > 0 {
		rule = all.Rules[0]
	}
	check := s.check
	out := []stoa.Finding{{Subject: s.rec.ID, Kind: stoa.Link, At: check.At, Rule: rule, Version: stale.Version, Why: all.Why, Value: s.rec.URL, Check: &check}}
	if all.Verdict != stale.Moved || all.To == "" || all.To == adopted || all.To == s.rec.URL {
		return out, nil
	}
	there := check
	there.Hops, there.Sibling = nil, nil
	return append(out,
		stoa.Finding{Subject: s.rec.ID, Kind: stoa.Moved, At: check.At, Rule: "S10", Version: stale.Version, Why: all.Why, Value: all.To},
		stoa.Finding{Subject: s.rec.ID, Kind: stoa.Link, At: check.At, Rule: "S10", Version: stale.Version, Value: all.To, Check: &there},
	), nil
}

// off returns the rules that are switched off for the source that says where a record's link leads.
func (c *Checker) off(ctx context.Context, rec stoa.Record) map[string]bool {
	source, ok := strings.CutPrefix(rec.Provenance["url"].By, "source:")
	if !ok || c.Incidents == nil {
		return nil
	}
	h, err := c.Incidents.History(ctx, source)
	if err != nil {
		c.Log.WarnContext(ctx, "switches not read", "source", source, "err", err)
		return nil
	}
	off := map[string]bool{}
	for _, rule := range h.Off {
		off[rule] = true
	}
	return off
}

func lookOf(rec stoa.Record, check stoa.Check) Look {
	l := Look{
		Record: rec.ID, Short: rec.Short, URL: rec.URL, At: check.At, Status: check.Status, Final: check.Final, Class: check.Class,
		Availability: rec.Availability, Relevance: rec.Relevance, Rules: rec.Rules, Why: rec.Reasons, Next: rec.NextCheck,
	}
	if l.Rules == nil {
		l.Rules = []string{}
	}
	if l.Why == nil {
		l.Why = []string{}
	}
	return l
}
