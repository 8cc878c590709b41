package server

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Bounds in time of one connection. A page is small, so a minute writes it over any line; long exports move their own
// deadline on while their reader takes something.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 60 * time.Second
	idleTime   = 60 * time.Second
	headerSize = 32 << 10
)

// HTTP returns an http.Server for a handler, with every time bounded. What net/http has to say is logged as it comes.
func HTTP(h http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerSize, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Capped bounds how many connections of a listener are open at once. Beyond, one is closed for the new one: of the
// address that has the most, the one that was answered longest ago, so that silent connections keep nobody out and
// whoever opens many pushes out his own.
func Capped(l net.Listener, most int) net.Listener {
	return &capped{Listener: l, most: most, open: map[*conn]struct{}{}, from: map[string]int{}}
}

type capped struct {
	net.Listener
	most int
	mu   sync.Mutex
	open map[*conn]struct{}
	from map[string]int // open connections by address
}

// Accept takes a connection. When there are too many, it closes another.
func (c *capped) Accept() (net.Conn, error) {
	raw, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(raw.RemoteAddr().String())
	if err != nil {
		host = "" // of a kind of network without ports
	}
	one := &conn{Conn: raw, of: c, host: host, since: time.Now()}
	c.mu.Lock()
	var worst *conn
	if len(c.open) >= c.most {
		worst = c.worst()
	}
	c.open[one] = struct{}{}
	c.from[host]++
	c.mu.Unlock()
	if worst != nil {
		_ = worst.Close() // it may be closing already
	}
	return one, nil
}

// worst chooses the connection to close; the caller holds mu.
func (c *capped) worst() (worst *conn) {
	for other := range c.open {
		switch {
		case worst == nil, c.from[other.host] > c.from[worst.host]:
			worst = other
		case c.from[other.host] == c.from[worst.host] && other.silent().Before(worst.silent()):
			worst = other
		}
	}
	return worst
}

// conn is a connection that knows since when it wrote nothing.
type conn struct {
	net.Conn
	of    *capped
	host  string
	mu    sync.Mutex
	since time.Time
}

func (c *conn) silent() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.mu.Lock()
	c.since = time.Now()
	c.mu.Unlock()
	return n, err
}

func (c *conn) Close() error {
	c.of.mu.Lock()
	if _, counted := c.of.open[c]; counted {
		delete(c.of.open, c)
		if c.of.from[c.host]--; c.of.from[c.host] == 0 {
			delete(c.of.from, c.host)
		}
	}
	c.of.mu.Unlock()
	return c.Conn.Close()
}
