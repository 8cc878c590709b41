package crawler

import (
	"context"
	"errors"
	"net/http"

	"stoa/crawler/fetch"
)

// errAsked ends a discovery that would knock too often.
var errAsked = errors.New("not asked: the site was asked often enough for one discovery")

// memory asks each address of a discovery once, and not without end. It is for one goroutine.
type memory struct {
	fetch Fetcher
	known map[string]answered
	asked int
	bytes int
}

type answered struct {
	res *fetch.Response
	err error
}

// Do answers from memory, or asks.
func (m *memory) Do(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	plain := r.Method == "" || r.Method == http.MethodGet
	if a, ok := m.known[r.URL]; ok && plain {
		return a.res, a.err
	}
	if m.asked >= discoverAsks {
		return nil, errAsked
	}
	m.asked++
	r.NoCapture = true
	res, err := m.fetch.Do(ctx, r)
	if !plain || ctx.Err() != nil {
		return res, err
	}
	if err != nil {
		m.known[r.URL] = answered{nil, err}
		return nil, err
	}
	if m.bytes += len(res.Body); m.bytes <= discoverBytes {
		m.known[r.URL] = answered{res, nil}
	}
	return res, nil
}
