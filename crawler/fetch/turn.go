package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stoa"
)

// What the client keeps to, whatever a source or a host says.
const (
	MinDelay      = time.Second      // between two requests to a host outside AllowNet
	MaxCrawlDelay = 60 * time.Second // of robots.txt that is honoured; longer ones count as this
	MaxWait       = 24 * time.Hour   // of Retry-After that is honoured
	DefaultWait   = 5 * time.Minute  // when a host says 429 without saying how long, or says it unreadably
)

const maxHosts = 10_000 // remembered

// Host is what the politeness ledger holds of one host, and what the next process needs of it.
type Host = stoa.Ledger

// hosts keeps the turns. Delays go by the monotonic clock, so that no change of the wall clock shortens them; only
// waits that a host asked for end by the wall clock too, whichever of the two says so first.
type hosts struct {
	now   func() time.Time
	clean bool
	floor time.Duration // MinDelay
	began time.Time
	mu    sync.Mutex
	all   map[string]*host
}

type host struct {
	line    chan struct{} // holds a token while somebody has the turn
	queued  int           // in line or at the host
	ledger  Host
	last    time.Time // end of the last visit, monotonic
	forbids time.Time // end of the wait, monotonic
}

func newHosts(now func() time.Time, clean bool, before []Host) *hosts {
	h := &hosts{now: now, clean: clean, floor: MinDelay, began: time.Now(), all: map[string]*host{}}
	for _, l := range before {
		if len(h.all) < maxHosts && l.Host != "" {
			known := h.add(l.Host)
			known.ledger = l
			if age := now().Sub(l.Last); clean && !l.Last.IsZero() && age >= 0 {
				known.last = h.began.Add(-age)
			}
			if left := min(l.WaitUntil.Sub(now()), MaxWait); left > 0 {
				known.forbids = h.began.Add(left)
			}
		}
	}
	return h
}

// add makes a host; the caller holds mu.
func (h *hosts) add(name string) *host {
	n := &host{line: make(chan struct{}, 1), ledger: Host{Host: name}}
	if !h.clean {
		n.last = h.began
	}
	h.all[name] = n
	return n
}

// get returns the host of that name, new if need be; the caller holds mu.
func (h *hosts) get(name string) *host {
	n, ok := h.all[name]
	if !ok {
		if len(h.all) >= maxHosts {
			h.forget()
		}
		n = h.add(name)
	}
	return n
}

// forget drops the hosts that were idle longest, a tenth of them, but none that is in use or that told us to wait.
func (h *hosts) forget() {
	now := time.Now()
	idle := slices.Collect(maps.Keys(h.all))
	idle = slices.DeleteFunc(idle, func(name string) bool {
		n := h.all[name]
		return n.queued > 0 || now.Before(n.forbids) || now.Sub(n.last) < MaxCrawlDelay
	})
	slices.SortFunc(idle, func(a, b string) int { return h.all[a].last.Compare(h.all[b].last) })
	for _, name := range idle[:min(len(idle), maxHosts/10)] {
		delete(h.all, name)
	}
}

// turn is the right to talk to a host. Whoever took it gives it back, once.
type turn struct {
	hosts       *hosts
	host        *host
	conditional bool
}

// take waits for the host's turn and for the delay since the last visit. A host that told us to wait is an error at
// once; so is a context that ends.
func (h *hosts) take(ctx context.Context, t target, local bool, delay time.Duration) (*turn, error) {
	h.mu.Lock()
	turn := &turn{hosts: h, host: h.get(t.line())}
	turn.host.queued++
	h.mu.Unlock()
	select {
	case turn.host.line <- struct{}{}:
	case <-ctx.Done():
		h.mu.Lock()
		defer h.mu.Unlock()
		turn.host.queued--
		return nil, ended(ctx, "wait for the turn of "+t.line())
	}
	if err := h.ready(ctx, turn.host, local, delay); err != nil {
		turn.leave()
		return nil, err
	}
	return turn, nil
}

// ready waits until the host may be visited; the caller has its turn.
func (h *hosts) ready(ctx context.Context, n *host, local bool, delay time.Duration) error {
	h.mu.Lock()
	if !local {
		delay = max(delay, h.floor)
	}
	delay = max(delay, n.ledger.CrawlDelay)
	n.ledger.Delay = delay
	until, why := h.forbidden(n)
	left := delay
	if n.last.IsZero() {
		left = 0
	} else {
		left -= time.Since(n.last)
	}
	h.mu.Unlock()
	if why != nil {
		return wait(until, why)
	}
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx, "wait between two requests to "+n.ledger.Host)
	}
}

// forbidden returns until when the host does not want to be asked; the caller holds mu.
func (h *hosts) forbidden(n *host) (time.Time, error) {
	now := h.now()
	until, left := n.ledger.WaitUntil.UTC(), time.Until(n.forbids)
	if left <= 0 || !now.Before(until) {
		return time.Time{}, nil
	}
	if until.Sub(now) > left+time.Second { // the wall clock was put back
		until = now.Add(left).UTC()
	}
	return until, fmt.Errorf("%s asked us to wait until %s", n.ledger.Host, until.Format(time.RFC3339))
}

// waiting returns an error while the host of t does not want to be asked.
func (h *hosts) waiting(t target) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	n, ok := h.all[t.line()]
	if !ok {
		return nil
	}
	if until, why := h.forbidden(n); why != nil {
		return wait(until, why)
	}
	return nil
}

// wait keeps everybody from the host until then.
func (t *turn) wait(until time.Time) {
	t.hosts.mu.Lock()
	defer t.hosts.mu.Unlock()
	t.host.ledger.WaitUntil = until
	t.host.forbids = time.Now().Add(until.Sub(t.hosts.now()))
}

// leave ends a turn in which nothing was asked.
func (t *turn) leave() {
	t.hosts.mu.Lock()
	t.host.queued--
	t.hosts.mu.Unlock()
	<-t.host.line
}

// give ends the turn and enters it into the ledger; a is nil when no answer came.
func (t *turn) give(a *answer) {
	t.hosts.mu.Lock()
	l := &t.host.ledger
	l.Requests++
	l.Last = t.hosts.now().UTC()
	if t.conditional {
		l.Conditional++
	}
	if a == nil {
		l.Failures++
	} else {
		l.Bytes += int64(len(a.packed))
		switch a.status {
		case http.StatusNotModified:
			l.NotModified++
		case 401, 403, 429, 451:
			l.Refusals++
		}
	}
	t.host.last = time.Now()
	t.hosts.mu.Unlock()
	t.leave()
}

// told returns the error of an answer that asks us to stay away, or nil: 429 always, 503 when it says how long.
func (h *hosts) told(a *answer) *Error {
	until := h.asked(a)
	if until.IsZero() || a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
		return nil
	}
	e := wait(until, fmt.Errorf("the host answered %d; next try not before %s", a.status, until.Format(time.RFC3339)))
	e.Status, e.Header = a.status, a.header
	return e
}

// asked returns until when an answer asks us to stay away, or the zero time. Every error and every redirect may say so
// (RFC 9110 section 10.2.3; some hosts say 403 for 429). What the answer means is not changed by that.
func (h *hosts) asked(a *answer) time.Time {
	stated := strings.TrimSpace(strings.Join(a.header.Values("Retry-After"), ", "))
	if a.status != http.StatusTooManyRequests && (stated == "" || a.status < 300 || a.status == http.StatusNotModified) {
		return time.Time{}
	}
	now := h.now()
	return now.Add(retryAfter(stated, now)).UTC()
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds or a date. Beyond MaxWait it is MaxWait; what
// cannot be read, or is missing, is DefaultWait; what has passed is MinDelay. Of several the longest counts.
func retryAfter(stated string, now time.Time) time.Duration {
	if d, ok := retryTime(stated, now); ok {
		return d
	}
	longest := time.Duration(0)
	for one := range strings.SplitSeq(stated, ",") {
		if d, ok := retryTime(strings.TrimSpace(one), now); ok {
			longest = max(longest, d)
		}
	}
	return cmp.Or(longest, DefaultWait)
}

// retryTime reads one Retry-After: also with a fraction of a second, with its unit, and with the dates that hosts write
// instead of the one that RFC 9110 asks for.
func retryTime(stated string, now time.Time) (time.Duration, bool) {
	number := strings.ToLower(stated)
	for _, unit := range []string{"seconds", "second", "sec", "s"} {
		if bare, ok := strings.CutSuffix(number, unit); ok {
			number = strings.TrimSpace(bare)
			break
		}
	}
	if whole, fraction, _ := strings.Cut(strings.TrimPrefix(number, "-"), "."); whole != "" && strings.Trim(whole+fraction, "0123456789") == "" {
		seconds, err := strconv.ParseFloat(number, 64)
		if err != nil || seconds > MaxWait.Seconds() {
			return MaxWait, err == nil || seconds > 0
		}
		return max(time.Duration(math.Ceil(seconds))*time.Second, MinDelay), true
	}
	at, err := http.ParseTime(stated)
	if err != nil {
		for _, form := range []string{time.RFC1123Z, "Mon, 02 Jan 2006 15:04:05 UTC", "Mon, 2 Jan 2006 15:04:05 GMT", time.RFC3339} {
			if at, err = time.Parse(form, stated); err == nil {
				break
			}
		}
	}
	return min(max(at.Sub(now), MinDelay), MaxWait), err == nil
}

// robotsSeen enters what robots.txt says into the ledger.
func (h *hosts) robotsSeen(t target, state string, crawlDelay time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &h.get(t.line()).ledger
	l.Robots, l.RobotsAt, l.CrawlDelay = state, h.now().UTC(), min(max(crawlDelay, 0), MaxCrawlDelay)
}

// robotsRefused counts an address that robots.txt keeps us from.
func (h *hosts) robotsRefused(t target) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.get(t.line()).ledger.Refusals++
}

// Hosts returns the ledger: every host that was visited, by name.
func (c *Client) Hosts() []Host {
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	out := make([]Host, 0, len(c.hosts.all))
	for _, n := range c.hosts.all {
		out = append(out, n.ledger)
	}
	slices.SortFunc(out, func(a, b Host) int { return strings.Compare(a.Host, b.Host) })
	return out
}

// Waiting returns until when the host of an address asked not to be visited; the zero time when it did not.
func (c *Client) Waiting(address string) time.Time {
	t, err := parseTarget(address, "")
	if err != nil {
		return time.Time{}
	}
	if e, ok := errors.AsType[*Error](c.hosts.waiting(t)); ok && e.Code == stoa.CodeWait {
		return e.RetryAt
	}
	return time.Time{}
}
