package search

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"stoa"
)

// Bounds of what is kept.
const (
	mostAnswers  = 128
	longestAsked = 300 // bytes of a query's text
)

// answers keeps what was answered as long as it stays true: until a row changes, or an instant comes at which a row counts differently.
type answers struct {
	mu    sync.Mutex
	since int64 // seconds; since when the kept ones are true
	until int64 // and until before when
	kept  map[string]stoa.Hits
}

// keyOf names a query; "" is not kept.
func keyOf(q stoa.Query) string {
	if len(q.Text) > longestAsked {
		return ""
	}
	b, err := json.Marshal(q)
	if err != nil {
		return ""
	}
	return string(b)
}

// get returns what is kept. Its facets are shared: callers do not change them.
func (a *answers) get(key string, now int64) (stoa.Hits, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now < a.since || now >= a.until {
		return stoa.Hits{}, false
	}
	hits, ok := a.kept[key]
	hits.IDs = slices.Clone(hits.IDs)
	return hits, ok
}

// put keeps an answer of an instant. turn says when next a row counts differently.
func (a *answers) put(key string, now int64, hits stoa.Hits, turn func(int64) int64) {
	if key == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now < a.since || now >= a.until {
		clear(a.kept)
		a.since, a.until = now, turn(now)
	}
	if len(a.kept) >= mostAnswers {
		clear(a.kept)
	}
	if a.kept == nil {
		a.kept = map[string]stoa.Hits{}
	}
	hits.IDs = slices.Clone(hits.IDs)
	hits.Facets = maps.Clone(hits.Facets)
	a.kept[key] = hits
}

// forget drops all: a row changed.
func (a *answers) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.until = 0
	clear(a.kept)
}

// turn is the first second after now at which some row is in other windows, is over, or is young no more.
func (c *columns) turn(now int64) int64 {
	next := int64(never)
	at := func(second int64) {
		if second > now && second < next {
			next = second
		}
	}
	for i := range c.rows {
		r := &c.rows[i]
		if r.id == "" {
			continue
		}
		at(r.newest + young)
		if r.closes != never {
			at(r.closes)
			at(r.closes + 1)
		}
		if r.due != never {
			at(r.due)
			for _, w := range stoa.Windows() {
				at(r.due - int64(w.Days())*24*3600)
			}
		}
	}
	return next
}
