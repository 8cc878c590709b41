package fetch

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"stoa"
)

// secure remembers which hosts have no usable https beside http, so that it is not tried again for a day.
type secure struct {
	mu    sync.Mutex
	until map[string]time.Time // monotonic
}

const upgradeAge = 24 * time.Hour

// errPlain says that an address is to be fetched as it was given.
var errPlain = errors.New("no secure side")

func (s *secure) lacks(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until[host])
}

func (s *secure) note(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.until) >= maxHosts {
		clear(s.until) // trying again costs one connection a host
	}
	s.until[host] = time.Now().Add(upgradeAge)
}

// upgrade tries the secure side of an http address at port 80 first, so that whoever sits between us and the host
// cannot write our catalogue. A good answer is taken, with the switch as its first hop (307, as browsers note it); a
// host that asks us to wait is obeyed. After anything else it is errPlain, and the
// host is not tried again for a day. Hosts in the operator's own networks are asked as they are named.
func (t *trip) upgrade(ctx context.Context, at target, method string) (*leg, error) {
	c := t.client
	if method == http.MethodPost || at.scheme != "http" || at.port != 80 || at.literal.IsValid() || c.secure.lacks(at.host) {
		return nil, errPlain
	}
	way, err := c.dialer.resolve(ctx, at)
	if err != nil {
		return nil, err
	}
	if way.local {
		return nil, errPlain
	}
	better, err := parseTarget("https"+at.href[len("http"):], "")
	if err != nil {
		return nil, errPlain
	}
	l, err := t.hop(ctx, better, method, nil)
	if e, ok := errors.AsType[*Error](err); ok && (e.Code == stoa.CodeWait || e.Code == CodeStopped) {
		t.address = better.href
		return nil, err
	}
	if err == nil && secureAnswer(l) {
		t.address = better.href
		t.hops = append(t.hops, stoa.Hop{Status: http.StatusTemporaryRedirect, Location: better.href})
		return l, nil
	}
	c.secure.note(at.host)
	return nil, errPlain
}

// secureAnswer reports whether the secure side answered for itself: with a usable answer, or a redirect that stays secure.
func secureAnswer(l *leg) bool {
	location := l.answer.header.Get("Location")
	if !redirects(l.answer.status) || location == "" {
		return statusFault(l.answer.status, conditional(l.sent)) == nil
	}
	next, err := parseTarget(location, l.target.href)
	return err == nil && next.scheme == "https"
}
