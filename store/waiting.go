package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/tidwall/gjson"

	"stoa"
)

// tally remembers how many tasks wait of each part of the queue that somebody asked about, until the queue changes.
type tally struct {
	mu    sync.Mutex
	round int // raised with every change of the queue
	known map[stoa.TaskQuery]map[string]int
}

// mostTallied bounds the parts that are remembered.
const mostTallied = 100

// get returns what is known of a part, and the round in which it is asked about.
func (t *tally) get(part stoa.TaskQuery) (counts map[string]int, round int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known[part], t.round
}

// put remembers what was counted, unless the queue changed meanwhile.
func (t *tally) put(part stoa.TaskQuery, counts map[string]int, round int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if round != t.round {
		return
	}
	if len(t.known) >= mostTallied {
		clear(t.known)
	}
	if t.known == nil {
		t.known = map[stoa.TaskQuery]map[string]int{}
	}
	t.known[part] = counts
}

func (t *tally) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.round++
	clear(t.known)
}

// Waiting counts the tasks of each reason among those that a question is about, whatever reason it names.
func (c *Catalogue) Waiting(ctx context.Context, q stoa.TaskQuery) (counts map[string]int, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		counts, err = c.waiting(ctx, tx, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return counts, nil
}

// waiting is Waiting within a transaction. The result is shared: nobody changes it.
func (c *Catalogue) waiting(ctx context.Context, tx Tx, q stoa.TaskQuery) (map[string]int, error) {
	q.Reason, q.Offset, q.Limit = "", 0, 0
	if q == (stoa.TaskQuery{}) {
		return queued(tx)
	}
	counts, round := c.tally.get(q)
	if counts != nil {
		return counts, nil
	}
	counts = map[string]int{}
	seen := 0
	err := tx.Scan(tQueue, Range{}, func(_, b []byte) error {
		if seen++; seen%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if fits(b, q) {
			counts[gjson.GetBytes(b, "reason").Str]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.tally.put(q, counts, round)
	return counts, nil
}

// queued returns how many tasks there are of each reason.
func queued(tx Tx) (map[string]int, error) {
	counts := map[string]int{}
	for _, r := range stoa.TaskReasons() {
		n, err := readOr[int](tx, tCounts, []byte("queue "+r))
		if err != nil {
			return nil, err
		}
		counts[r] = n
	}
	return counts, nil
}
