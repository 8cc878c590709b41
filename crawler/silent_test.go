package crawler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
)

// listing serves a feed of which the number of items can be set.
func listing(t *testing.T, b *bench) (src stoa.Source, set func(items int)) {
	t.Helper()
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, rss(int(n.Load()), ""))
	}))
	t.Cleanup(srv.Close)
	b.Crawler.Incidents = b.catalogue
	return feedSource(srv.URL + "/feed"), func(items int) { n.Store(int64(items)) }
}

func (b *bench) pass(d time.Duration) { b.moved.Add(int64(d)) }

func (b *bench) wrong(t *testing.T) []stoa.Incident {
	t.Helper()
	h, err := b.catalogue.History(t.Context(), "partner")
	if err != nil {
		t.Fatal(err)
	}
	return h.Incidents
}

// TestS28AnEmptyFeed: a feed without items is empty, not failed, however often.
func TestS28AnEmptyFeed(t *testing.T) {
	b := newBench(t)
	src, set := listing(t, b)
	for range 4 {
		run := b.harvest(t, src)
		if !run.Outcome.Good() {
			t.Errorf("an empty feed without a history: %s %s (%s)", run.Outcome, run.Code, run.Text)
		}
		b.pass(aDay)
	}
	set(10)
	b.harvest(t, src)
	set(0)
	for range 3 {
		b.pass(aDay)
		if run := b.harvest(t, src); run.Outcome != stoa.Held || run.Code != stoa.CodeEmpty {
			t.Errorf("a feed that was full once: %s %s, want held (S18)", run.Outcome, run.Code)
		}
	}
	h, err := b.catalogue.History(t.Context(), src.ID)
	if err != nil {
		t.Fatal(err)
	}
	if h.Failures != 0 {
		t.Errorf("%d failures counted of a feed that is empty", h.Failures)
	}
}

// TestS18TooManyMissing: one item may go, or a tenth; a run that lacks more is held, and nothing leaves.
func TestS18TooManyMissing(t *testing.T) {
	for _, c := range []struct {
		name      string
		was, is   int
		switchOff bool
		held      bool
	}{
		{"one of five", 5, 4, false, false},
		{"two of five", 5, 3, false, true},
		{"a tenth of forty", 40, 36, false, false},
		{"more than a tenth of forty", 40, 35, false, true},
		{"all", 40, 0, false, true},
		{"two of five, where the rule is switched off", 5, 3, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			src, set := listing(t, b)
			src.VanishMeans = stoa.VanishRemoved
			if c.switchOff {
				if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Subject: src.ID, Action: stoa.Switch, Field: "S18", Value: "off", By: "ada"}); err != nil {
					t.Fatal(err)
				}
			}
			set(c.was)
			b.harvest(t, src)
			set(c.is)
			b.pass(aDay)
			run := b.harvest(t, src)
			if held := run.Outcome == stoa.Held; held != c.held {
				t.Errorf("%s %s, held %v, want %v", run.Outcome, run.Code, held, c.held)
			}
		})
	}
}

// TestS29ASilentSource: three times its usual gap and sixty days without anything new bring a source before a person; something
// new ends that.
func TestS29ASilentSource(t *testing.T) {
	b := newBench(t)
	src, set := listing(t, b)
	items := 5
	next := func(days int, more int) stoa.Run {
		b.pass(time.Duration(days) * aDay)
		items += more
		set(items)
		return b.harvest(t, src)
	}
	next(0, 0)
	for range 4 {
		next(30, 1) // something new every month
	}
	next(61, 0)
	if inc := b.wrong(t); len(inc) != 0 {
		t.Errorf("incidents %+v after two silent months of a monthly source, want none before three", inc)
	}
	run := next(30, 0)
	inc := b.wrong(t)
	if len(inc) != 1 || inc[0].Rule != "S29" || !strings.Contains(inc[0].Text, "stoa sources discover") {
		t.Fatalf("incidents %+v after three silent months, want S29 with what to do", inc)
	}
	if !slices.ContainsFunc(run.Warnings, func(w string) bool { return strings.HasPrefix(w, "S29") }) {
		t.Errorf("warnings %v: want S29 in the run's report", run.Warnings)
	}
	tasks, _, err := b.catalogue.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident, Source: src.ID})
	if err != nil || len(tasks) != 1 {
		t.Errorf("tasks %+v, %v: want one on the source", tasks, err)
	}
	next(10, 1)
	if inc := b.wrong(t); len(inc) != 0 {
		t.Errorf("incidents %+v after something new came", inc)
	}
}

// TestS29ABusySource: sixty days are the least, however often something comes.
func TestS29ABusySource(t *testing.T) {
	b := newBench(t)
	src, set := listing(t, b)
	for i := range 5 {
		set(5 + i)
		b.harvest(t, src)
		b.pass(aDay)
	}
	b.pass(57 * aDay)
	if b.harvest(t, src); len(b.wrong(t)) != 0 {
		t.Errorf("incidents %+v before sixty days", b.wrong(t))
	}
	b.pass(3 * aDay)
	if b.harvest(t, src); len(b.wrong(t)) != 1 {
		t.Errorf("incidents %+v after sixty days, want S29", b.wrong(t))
	}
}

// TestRulesAreSwitchedPerSource: a rule that people switched off for a source counts for its records no more, at once, and
// counts again when it is switched on or the switch is undone.
func TestRulesAreSwitchedPerSource(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 6)
	ids := w.plant(all, func(_ int, d *stoa.Draft) { d.Deadline = "2026-01-10" })
	w.check()
	w.pass(20 * aDay)
	rules := func() []string { return w.record(ids[all[0]]).Rules }
	if !slices.Contains(rules(), "S20") {
		t.Fatalf("rules %v, want S20", rules())
	}
	before, err := w.catalogue.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if before.Stale != 6 {
		t.Fatalf("%d stale, want 6", before.Stale)
	}
	decide := func(d stoa.Decision) stoa.Decision {
		t.Helper()
		d.Subject, d.By = "town", "ada"
		got, err := w.catalogue.Decide(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	off := decide(stoa.Decision{Action: stoa.Switch, Field: "S20", Value: "off"})
	for _, id := range ids {
		if r := w.record(id); slices.Contains(r.Rules, "S20") || r.Stale() {
			t.Errorf("switched off, and %v: %s", r.Rules, r.Relevance)
		}
	}
	w.pass(time.Minute)
	decide(stoa.Decision{Action: stoa.Undo, Value: off.ID})
	if !slices.Contains(rules(), "S20") {
		t.Errorf("rules %v after the switch was undone, want S20", rules())
	}
	decide(stoa.Decision{Action: stoa.Switch, Field: "S20", Value: "off"})
	decide(stoa.Decision{Action: stoa.Switch, Field: "S20", Value: "on"})
	if !slices.Contains(rules(), "S20") {
		t.Errorf("rules %v after the rule was switched on, want S20", rules())
	}
	for name, d := range map[string]stoa.Decision{
		"no rule":  {Subject: "town", Action: stoa.Switch, Field: "S99", Value: "off", By: "ada"},
		"no value": {Subject: "town", Action: stoa.Switch, Field: "S20", Value: "maybe", By: "ada"},
		"S4":       {Subject: "town", Action: stoa.Switch, Field: "S4", Value: "off", By: "ada"},
	} {
		if _, err := w.catalogue.Decide(t.Context(), d); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if n, err := w.catalogue.Rebuild(t.Context()); err != nil || n != 0 {
		t.Errorf("rebuilt: %d records differ, %v", n, err)
	}
}
