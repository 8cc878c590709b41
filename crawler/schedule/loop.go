package schedule

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"stoa"
)

// wake is the longest sleep: a clock that was set is noticed within it.
const wake = 30 * time.Second

// Loop harvests what is due, a bounded number at a time, never one source twice at once. Its fields are set before Run.
type Loop struct {
	Sources func() []stoa.Source                                           // the current good set
	History func(ctx context.Context, source string) (stoa.History, error) // what is known of a source's runs
	Harvest func(ctx context.Context, src stoa.Source) error               // one run; logs and keeps its own outcome
	Workers int
	Now     func() time.Time
	Log     *slog.Logger

	mu      sync.Mutex
	running map[string]bool
	anchors map[string]time.Time // sources whose last run lies in the future, and when that was noticed
}

// due is a source and since when it waits.
type due struct {
	src stoa.Source
	at  time.Time
}

// Run returns when ctx ends and all harvests under way have returned. Harvests see ctx end and stop by themselves.
func (l *Loop) Run(ctx context.Context) error {
	began := l.Now()
	l.running, l.anchors = map[string]bool{}, map[string]time.Time{}
	slots := make(chan struct{}, l.Workers)
	var g sync.WaitGroup
	defer g.Wait()
	for {
		ready, next := l.plan(ctx, began)
		for _, d := range ready {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if !l.claim(d.src.ID) {
				<-slots
				continue
			}
			g.Go(func() {
				defer func() { <-slots }()
				defer l.release(d.src.ID)
				l.one(ctx, d.src)
			})
		}
		timer := time.NewTimer(min(max(next.Sub(l.Now()), 100*time.Millisecond), wake))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// plan returns what is due now, oldest first, and when the next one is.
func (l *Loop) plan(ctx context.Context, began time.Time) (ready []due, next time.Time) {
	now := l.Now()
	next = now.Add(wake)
	for _, src := range l.Sources() {
		if src.Disabled != "" || l.busy(src.ID) {
			continue
		}
		h, err := l.History(ctx, src.ID)
		if err != nil {
			l.Log.ErrorContext(ctx, "history not read", "source", src.ID, "err", err)
			continue
		}
		if trust := cmp.Or(h.Trust, src.Trust); h.Paused != "" || trust == stoa.DraftSource || trust == stoa.Rehearsed {
			continue
		}
		if h.Last.Began.After(now.Add(wake)) {
			h.Last.Began = l.anchor(src.ID, now)
		}
		at := Next(src, h, began)
		if !at.After(now) {
			ready = append(ready, due{src, at})
		} else if at.Before(next) {
			next = at
		}
	}
	slices.SortFunc(ready, func(a, b due) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.src.ID, b.src.ID)) })
	return ready, next
}

// one runs a harvest; a panic ends that harvest alone.
func (l *Loop) one(ctx context.Context, src stoa.Source) {
	defer func() {
		if p := recover(); p != nil {
			l.Log.ErrorContext(ctx, "harvest panicked", "source", src.ID, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	if err := l.Harvest(ctx, src); err != nil && ctx.Err() == nil {
		l.Log.ErrorContext(ctx, "harvest not kept", "source", src.ID, "err", err)
	}
}

// anchor stands in for a last run that lies in the future, because the clock was set back: the source is visited one interval after that
// was noticed, neither at once nor only when the clock has caught up.
func (l *Loop) anchor(id string, now time.Time) time.Time {
	if at, ok := l.anchors[id]; ok && !at.After(now) {
		return at
	}
	l.anchors[id] = now
	return now
}

func (l *Loop) claim(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running[id] {
		return false
	}
	l.running[id] = true
	return true
}

func (l *Loop) release(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.running, id)
}

func (l *Loop) busy(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running[id]
}
