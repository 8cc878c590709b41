package server

import (
	"sync"
	"time"
)

// buckets bound how often one address may ask for what costs. An address may save up ten seconds' worth.
type buckets struct {
	rate  float64 // a second
	now   func() time.Time
	mu    sync.Mutex
	level map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// maxBuckets is how many addresses are remembered; beyond, full ones are forgotten, which favours nobody.
const maxBuckets = 20_000

func newBuckets(rate float64, now func() time.Time) *buckets {
	return &buckets{rate: rate, now: now, level: map[string]bucket{}}
}

// take takes one request, or says how long to wait.
func (b *buckets) take(address string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, most := b.now(), 10*b.rate
	one, ok := b.level[address]
	if !ok {
		if len(b.level) >= maxBuckets {
			b.forget(now, most)
		}
		one = bucket{left: most, at: now}
	}
	// A clock that went back gives nothing and takes nothing.
	if passed := now.Sub(one.at).Seconds(); passed > 0 {
		one.left = min(one.left+passed*b.rate, most)
	}
	one.at = now
	if one.left < 1 {
		b.level[address] = one
		return time.Duration((1 - one.left) / b.rate * float64(time.Second))
	}
	one.left--
	b.level[address] = one
	return 0
}

// forget drops the addresses that have saved up all again.
func (b *buckets) forget(now time.Time, most float64) {
	for address, one := range b.level {
		if one.left+now.Sub(one.at).Seconds()*b.rate >= most {
			delete(b.level, address)
		}
	}
	if len(b.level) >= maxBuckets {
		clear(b.level)
	}
}
