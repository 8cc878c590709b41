package server

import (
	"errors"
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

// Capped bounds how many connections of a listener are open at once. Beyond, the oldest that is still waiting for
// its first request is closed for the new one, so that silent connections keep nobody out.
func Capped(l net.Listener, most int) net.Listener {
	return &capped{Listener: l, most: most, open: map[*conn]struct{}{}}
}

type capped struct {
	net.Listener
	most int
	mu   sync.Mutex
	open map[*conn]struct{}
}

// Accept takes a connection. When there are too many, it closes the one that was silent for longest.
func (c *capped) Accept() (net.Conn, error) {
	raw, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	one := &conn{Conn: raw, of: c, since: time.Now()}
	c.mu.Lock()
	var oldest *conn
	if len(c.open) >= c.most {
		for other := range c.open {
			if oldest == nil || other.silent().Before(oldest.silent()) {
				oldest = other
			}
		}
	}
	c.open[one] = struct{}{}
	c.mu.Unlock()
	if oldest != nil {
		if err := oldest.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return one, nil // it was closing already
		}
	}
	return one, nil
}

// conn is a connection that knows since when it wrote nothing.
type conn struct {
	net.Conn
	of    *capped
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
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
