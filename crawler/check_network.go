package crawler

import (
	"context"
	"errors"
	"sync"
	"time"

	"stoa/crawler/fetch"
	"stoa/normalize/link"
)

// Bounds of the test of our own network.
const (
	mostCanaries  = 5
	canaryGood    = time.Minute      // for which the last test counts
	canaryTime    = 30 * time.Second // that a test takes at most
	silentHosts   = 3                // without a canary: so many hosts in a row without any answer are our own fault
	networkFirst  = 5 * time.Minute  // of rest after our own network failed
	networkLonger = time.Hour
)

// network is what is known of our own network.
type network struct {
	test   sync.Mutex // held while canaries are asked
	mu     sync.Mutex
	tested time.Time
	fine   bool
	silent map[string]bool // hosts that gave no answer since the last one that did
	until  time.Time       // nothing is looked at until then
	step   time.Duration
}

// answered notes that something out there answered.
func (c *Checker) answered() {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.net.silent, c.net.step = nil, 0
}

// quiet reports whether looks rest after our own network failed.
func (c *Checker) quiet() bool {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	return c.Now().Before(c.net.until)
}

// rest stops all looks for a while.
func (c *Checker) rest() {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.net.step = min(max(2*c.net.step, networkFirst), networkLonger)
	c.net.until = c.Now().Add(c.net.step)
	c.net.tested = time.Time{}
	c.Log.Warn("our own network seems to fail: looks at links rest", "until", c.net.until)
}

// ours reports whether a look without an answer is the fault of our own network (S9): canaries elsewhere do not
// answer either, or, where none are known, nobody does.
func (c *Checker) ours(ctx context.Context, address string) bool {
	c.net.test.Lock()
	defer c.net.test.Unlock()
	host := link.Host(address)
	silent, fine, known := c.net.silence(host, c.Now())
	if known {
		return !fine
	}
	asked, answered := c.sing(ctx, host)
	switch {
	case ctx.Err() != nil:
		return true // nothing is concluded while the program stops
	case asked == 0:
		return silent >= silentHosts
	}
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.net.tested, c.net.fine = c.Now(), answered*2 >= asked
	return !c.net.fine
}

// silence notes a host that gave no answer. It returns how many did in a row, and what the last test said, if it still
// counts.
func (n *network) silence(host string, now time.Time) (silent int, fine, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.silent == nil {
		n.silent = map[string]bool{}
	}
	n.silent[host] = true
	since := now.Sub(n.tested)
	return len(n.silent), n.fine, !n.tested.IsZero() && since >= 0 && since <= canaryGood
}

// sing asks the canaries: addresses on other hosts that answered lately. Any answer of that site is one; a portal that answers
// in its stead is none.
func (c *Checker) sing(ctx context.Context, but string) (asked, answered int) {
	if c.Canaries == nil {
		return 0, 0
	}
	ctx, cancel := context.WithTimeout(ctx, canaryTime)
	defer cancel()
	var g sync.WaitGroup
	var mu sync.Mutex
	for _, address := range c.Canaries(ctx) {
		if link.Host(address) == but {
			continue
		}
		if asked++; asked > mostCanaries {
			asked--
			break
		}
		g.Go(func() {
			if c.alive(ctx, address) {
				mu.Lock()
				defer mu.Unlock()
				answered++
			}
		})
	}
	g.Wait()
	return asked, answered
}

func (c *Checker) alive(ctx context.Context, address string) bool {
	res, err := c.Fetch.Do(ctx, fetch.Request{URL: address, Method: "HEAD", Limit: pageBytes, Source: "canary", NoCapture: true})
	if err == nil {
		return link.Site(res.URL) == link.Site(address)
	}
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && e.Status > 0 && e.Class() == ""
}
