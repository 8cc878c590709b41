package catalogue

import (
	"context"
	"sync"
	"time"
)

// memo keeps what was gathered from the whole catalogue, by key, until readers could see a change, or for a while.
type memo[T any] struct {
	mu   sync.Mutex
	kept map[string]gathered[T]
}

// gathered is up to which change something holds, and since when.
type gathered[T any] struct {
	seq   uint64
	at    time.Time
	value T
}

// memoSize bounds how many answers are kept.
const memoSize = 32

// get returns what is kept under a key, or gathers it. Whoever asks meanwhile waits for the same answer.
func (m *memo[T]) get(ctx context.Context, p *Pages, key string, age time.Duration, gather func(context.Context) (T, error)) (T, error) {
	var none T
	last, err := p.Records.Latest(ctx, 0, 1)
	if err != nil {
		return none, err
	}
	seq := uint64(0)
	if len(last) > 0 {
		seq = last[0].Seq
	}
	now := p.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.kept[key]; ok && k.seq == seq {
		if old := now.Sub(k.at); old >= 0 && old < age {
			return k.value, nil
		}
	}
	value, err := gather(ctx)
	if err != nil {
		return none, err
	}
	if m.kept == nil || len(m.kept) >= memoSize {
		m.kept = map[string]gathered[T]{}
	}
	m.kept[key] = gathered[T]{seq, now, value}
	return value, nil
}
