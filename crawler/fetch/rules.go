package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"stoa"
)

// How robots.txt is fetched and kept (RFC 9309 sections 2.3 to 2.5).
const (
	robotsAge       = time.Hour // so that a run sees what was changed after the run before
	robotsTime      = 30 * time.Second
	robotsRedirects = 5
	robotsKept      = 2_000    // authorities
	robotsBytes     = 64 << 20 // of all that are kept
)

// rules keeps what robots.txt said, by authority.
type rules struct {
	now   func() time.Time
	mu    sync.Mutex
	all   map[string]*ruling
	bytes int
}

// ruling is one authority's robots.txt. Answers that let nobody in because the host was down are not kept: they are
// asked for again with the next request, which they replace.
type ruling struct {
	line   chan struct{} // one asks, the others wait
	robots *Robots       // nil until asked
	size   int
	wall   time.Time // when it was asked, by the wall
	at     time.Time // and by the monotonic clock
	used   time.Time
	fault  *Error    // why the last try gave no answer
	failed time.Time // when
}

func newRules(now func() time.Time) *rules {
	return &rules{now: now, all: map[string]*ruling{}}
}

func (r *rules) get(authority string) *ruling {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.all[authority]
	if !ok {
		k = &ruling{line: make(chan struct{}, 1)}
		r.all[authority] = k
		r.bound(k)
	}
	k.used = time.Now()
	return k
}

// fresh returns the kept rules while they are younger than robotsAge by both clocks.
func (r *rules) fresh(k *ruling) *Robots {
	r.mu.Lock()
	defer r.mu.Unlock()
	if wall := r.now().Sub(k.wall); k.robots == nil || wall < 0 || wall >= robotsAge || time.Since(k.at) >= robotsAge {
		return nil
	}
	return k.robots
}

func (r *rules) keep(authority string, k *ruling, robots *Robots) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k.robots, k.wall, k.at = robots, r.now(), time.Now()
	if r.all[authority] != k {
		return // forgotten meanwhile; whoever waits for it may still use it
	}
	r.bytes -= k.size
	k.size = robots.size()
	r.bytes += k.size
	r.bound(k)
}

// bound forgets what was used longest ago, but not k; the caller holds mu.
func (r *rules) bound(k *ruling) {
	for len(r.all) > robotsKept || r.bytes > robotsBytes {
		oldest := ""
		for authority, o := range r.all {
			if o != k && (oldest == "" || o.used.Before(r.all[oldest].used)) {
				oldest = authority
			}
		}
		if oldest == "" {
			return
		}
		r.bytes -= r.all[oldest].size
		delete(r.all, oldest)
	}
}

// askRobots returns nil when robots.txt of the target's authority lets us fetch it.
func (c *Client) askRobots(ctx context.Context, t target, way *route, delay time.Duration) error {
	k := c.rules.get(t.authority())
	robots := c.rules.fresh(k)
	if robots == nil {
		var err error
		if robots, err = c.learnRobots(ctx, k, t, way, delay); err != nil {
			return err
		}
	}
	c.hosts.robotsSeen(t, robots.state(agentName), robots.CrawlDelay(agentName))
	if !robots.Allowed(agentName, t.href) {
		c.hosts.robotsRefused(t)
		if robots.optsOut() {
			return refuse(stoa.CodeOptOut, errors.New("robots.txt asks stoa by name to stay away"))
		}
		return refuse(stoa.CodeRobots, errors.New("robots.txt does not let stoa fetch this address"))
	}
	return nil
}

// learnRobots fetches robots.txt, one request at a time for an authority. Whoever waited while that failed shares the
// failure: fifty sources of a host that hangs must not wait for it one after the other.
func (c *Client) learnRobots(ctx context.Context, k *ruling, t target, way *route, delay time.Duration) (*Robots, error) {
	asked := time.Now()
	select {
	case k.line <- struct{}{}:
	case <-ctx.Done():
		return nil, ended(ctx, "wait for robots.txt")
	}
	defer func() { <-k.line }()
	if robots := c.rules.fresh(k); robots != nil {
		return robots, nil
	}
	if k.fault != nil && k.failed.After(asked) {
		shared := *k.fault
		return nil, &shared
	}
	robots, err := c.fetchRobots(ctx, t, way, delay)
	if err == nil {
		c.rules.keep(t.authority(), k, robots)
		return robots, nil
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code != CodeStopped && ctx.Err() == nil {
		kept := *e
		k.fault, k.failed = &kept, time.Now()
	}
	return nil, err
}

// fetchRobots asks for robots.txt. 4xx means that there are no rules; 5xx, a cut body or too many redirects forbid
// everything; an unreachable host is its own error. Redirects may lead to other hosts, through the same guard and turns.
func (c *Client) fetchRobots(ctx context.Context, t target, way *route, delay time.Duration) (*Robots, error) {
	at, err := parseTarget("/robots.txt", t.href)
	if err != nil {
		return nil, err
	}
	left := min(robotsTime, c.limits.Time)
	visited := []string{at.href}
	for {
		ans, err := c.robotsHop(ctx, at, way, delay, left)
		if err != nil {
			return nil, robotsFault(t, at, err)
		}
		left -= ans.took
		location := ans.header.Get("Location")
		if !redirects(ans.status) || location == "" {
			return c.readRobots(t, ans)
		}
		next, err := parseTarget(location, at.href)
		switch {
		case err != nil:
			return nil, forbids(ans.status, fmt.Errorf("robots.txt redirects to where it cannot be read: %w", err))
		case len(visited) > robotsRedirects || slices.Contains(visited, next.href):
			return nil, forbids(ans.status, fmt.Errorf("robots.txt redirects more than %d times", robotsRedirects))
		case at.scheme == "https" && next.scheme == "http":
			return nil, forbids(ans.status, errors.New("robots.txt redirects from https to http"))
		}
		if way, err = c.dialer.resolve(ctx, next); err != nil {
			return nil, robotsFault(t, next, err)
		}
		at = next
		visited = append(visited, at.href)
	}
}

func (c *Client) robotsHop(ctx context.Context, at target, way *route, delay, left time.Duration) (*answer, error) {
	header, err := c.headers(Request{Header: map[string]string{"Accept": "text/plain,*/*;q=0.5"}}, true)
	if err != nil {
		return nil, err
	}
	return c.visit(ctx, ask{target: at, route: way, method: "GET", header: header, limit: packedLimit(maxRobots), part: true}, delay, left)
}

// robotsFault is what no answer to robots.txt means. The host itself being unreachable, or telling us to wait, is
// reported as such; a redirect that leads nowhere forbids.
func robotsFault(t, at target, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code == stoa.CodeWait || e.Code == CodeStopped || at.authority() == t.authority() {
		return err
	}
	return forbids(0, fmt.Errorf("robots.txt redirects to %s, which cannot be read: %w", at.href, err))
}

func forbids(status int, why error) error {
	e := refuse(stoa.CodeRobots, why)
	e.Status = status
	return e
}

// readRobots judges the answer to robots.txt.
func (c *Client) readRobots(t target, ans *answer) (*Robots, error) {
	switch {
	case ans.status/100 == 4:
		return ParseRobots(nil), nil
	case ans.status/100 != 2:
		c.hosts.robotsSeen(t, fmt.Sprintf("answers %d, which forbids", ans.status), 0)
		return nil, forbids(ans.status, fmt.Errorf("robots.txt answers %d, which forbids everything", ans.status))
	case ans.cut:
		return nil, forbids(ans.status, errors.New("robots.txt was cut off, which forbids everything"))
	}
	u, err := unpack(ans.packed, ans.header, bounds{bytes: 8 * maxRobots, ratio: c.limits.Ratio})
	if err != nil {
		return nil, forbids(ans.status, fmt.Errorf("robots.txt cannot be unpacked, which forbids everything: %w", err))
	}
	if u.cut && !ans.over {
		return nil, forbids(ans.status, errors.New("robots.txt was cut off, which forbids everything"))
	}
	return ParseRobots(u.body).only(agentName), nil
}
