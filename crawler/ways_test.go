package crawler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"stoa"
)

// doors is a partner with two ways in: /feed, which can fail or move, and /other.
type doors struct {
	*httptest.Server
	feed atomic.Value // "" answers, else a status, or "moved"
}

func playDoors(t *testing.T) *doors {
	d := &doors{}
	d.feed.Store("")
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state := d.feed.Load().(string)
		switch {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/feed" && state == "gone":
			http.Error(w, "gone", http.StatusGone)
		case r.URL.Path == "/feed" && state == "forbidden":
			http.Error(w, "no", http.StatusForbidden)
		case r.URL.Path == "/feed" && state == "moved":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		case r.URL.Path == "/feed" && state == "aside":
			http.Redirect(w, r, "/new", http.StatusFound)
		default:
			w.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprint(w, rss(8, ""))
		}
	}))
	t.Cleanup(d.Close)
	return d
}

// offers are the addresses that the queue offers for a source, by rule.
func (b *bench) offers(t *testing.T) map[string]string {
	t.Helper()
	tasks, _, err := b.catalogue.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident, Source: "partner"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, task := range tasks {
		out[task.Why[0]] = task.Why[1]
	}
	return out
}

func (b *bench) known(t *testing.T) stoa.History {
	t.Helper()
	h, err := b.catalogue.History(t.Context(), "partner")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestASwitchIsOfferedToAPerson walks a chain: the preferred way fails, its alternate stands in, the switch is kept with date and reason and
// offered; accepted, it is remembered, and the other way stays in the chain.
func TestASwitchIsOfferedToAPerson(t *testing.T) {
	d, b := playDoors(t), newBench(t)
	src := feedSource(d.URL + "/feed")
	src.Alternates = []string{d.URL + "/other"}
	b.harvest(t, src)
	if h := b.known(t); h.Way.Address != src.URL || h.Way.Why != "" || len(b.offers(t)) != 0 {
		t.Fatalf("the preferred way: %+v", h.Way)
	}
	d.feed.Store("gone")
	b.pass(aDay)
	run := b.harvest(t, src)
	h := b.known(t)
	if !run.Outcome.Good() || run.Way != d.URL+"/other" || h.Way.Address != run.Way || !strings.Contains(h.Way.Why, "410") || h.Way.Since.IsZero() || len(h.Ways) != 1 || h.Ways[0].Address != src.URL {
		t.Fatalf("the alternate: %+v, %+v, %+v", run, h.Way, h.Ways)
	}
	if got := b.offers(t)[stoa.RuleWayIn]; !strings.Contains(got, "adopt --value "+d.URL+"/other") || !strings.Contains(got, "410") {
		t.Errorf("offered: %q", got)
	}
	b.pass(aDay)
	b.harvest(t, src) // asks once, not with every run
	if len(b.offers(t)) != 1 {
		t.Errorf("offered: %v", b.offers(t))
	}
	if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Subject: "partner", Action: stoa.Adopt, Value: d.URL + "/other", By: "ada"}); err != nil {
		t.Fatal(err)
	}
	if len(b.offers(t)) != 0 {
		t.Errorf("accepted, and still offered: %v", b.offers(t))
	}
	d.feed.Store("")
	b.pass(aDay)
	if run := b.harvest(t, src); run.Way != d.URL+"/other" || run.WayWhy != "" {
		t.Errorf("the adopted way is not preferred: %+v", run)
	}
	if len(b.offers(t)) != 0 {
		t.Errorf("offered after adoption: %v", b.offers(t))
	}
}

// TestADeclinedWayIsNotOfferedAgain: who adopts the preferred address while another is on offer declines that one. The source is read from it
// all the same while it must be.
func TestADeclinedWayIsNotOfferedAgain(t *testing.T) {
	d, b := playDoors(t), newBench(t)
	src := feedSource(d.URL + "/feed")
	src.Alternates = []string{d.URL + "/other"}
	b.harvest(t, src)
	d.feed.Store("gone")
	b.pass(aDay)
	b.harvest(t, src)
	if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Subject: "partner", Action: stoa.Adopt, Value: src.URL, By: "ada"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.pass(aDay)
		if run := b.harvest(t, src); !run.Outcome.Good() || run.Way != d.URL+"/other" {
			t.Errorf("%+v", run)
		}
		if len(b.offers(t)) != 0 {
			t.Errorf("declined, and offered again: %v", b.offers(t))
		}
	}
	decisions, err := b.catalogue.Decisions(t.Context(), "partner")
	if err != nil || len(decisions) != 1 {
		t.Fatal(decisions, err)
	}
	if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Action: stoa.Undo, Value: decisions[0].ID, By: "ada"}); err != nil {
		t.Fatal(err)
	}
	b.pass(aDay)
	if b.harvest(t, src); len(b.offers(t)) != 1 {
		t.Errorf("undone, and not offered: %v", b.offers(t))
	}
}

// TestTheOfferEndsWithItsReason: the preferred way answers again.
func TestTheOfferEndsWithItsReason(t *testing.T) {
	d, b := playDoors(t), newBench(t)
	src := feedSource(d.URL + "/feed")
	src.Alternates = []string{d.URL + "/other"}
	b.harvest(t, src)
	d.feed.Store("gone")
	b.pass(aDay)
	b.harvest(t, src)
	d.feed.Store("")
	b.pass(aDay)
	b.harvest(t, src)
	if h := b.known(t); len(b.offers(t)) != 0 || h.Way.Address != src.URL || len(h.Ways) != 2 {
		t.Errorf("%v, %+v, %+v", b.offers(t), h.Way, h.Ways)
	}
}

// TestARefusalIsNotGotRound: who forbids the preferred way is not asked at the next door.
func TestARefusalIsNotGotRound(t *testing.T) {
	d, b := playDoors(t), newBench(t)
	src := feedSource(d.URL + "/feed")
	src.Alternates = []string{d.URL + "/other"}
	d.feed.Store("forbidden")
	if run := b.harvest(t, src); run.Outcome != stoa.Refusal || run.Way != "" {
		t.Errorf("%+v", run)
	}
}

// TestTheLastGoodWayIsTheLastResort: an entry whose address was changed to one that fails is read as it was before.
func TestTheLastGoodWayIsTheLastResort(t *testing.T) {
	d, b := playDoors(t), newBench(t)
	src := feedSource(d.URL + "/other")
	b.harvest(t, src)
	src.URL = d.URL + "/feed"
	d.feed.Store("gone")
	b.pass(aDay)
	if run := b.harvest(t, src); !run.Outcome.Good() || run.Way != d.URL+"/other" {
		t.Errorf("%+v", run)
	}
	if !strings.Contains(b.offers(t)[stoa.RuleWayIn], "/other") {
		t.Errorf("not offered: %v", b.offers(t))
	}
}

// TestAMovedAddressIsOfferedAfterDays: one week of redirects for good brings the new address before a person; a redirect that does not last
// for good never does.
func TestAMovedAddressIsOfferedAfterDays(t *testing.T) {
	d, b := playDoors(t), newBench(t)
	src := feedSource(d.URL + "/feed")
	d.feed.Store("aside")
	for range 12 {
		b.harvest(t, src)
		b.pass(aDay)
	}
	if h := b.known(t); len(b.offers(t)) != 0 || h.Moved.Address != "" {
		t.Errorf("a redirect for now: %v, %+v", b.offers(t), h.Moved)
	}
	d.feed.Store("moved")
	for day := range 10 {
		b.harvest(t, src)
		if got := b.offers(t)[stoa.RuleMoved] != ""; got != (day >= 7) {
			t.Errorf("day %d: offered %v", day, got)
		}
		b.pass(aDay)
	}
	if _, err := b.catalogue.Decide(t.Context(), stoa.Decision{Subject: "partner", Action: stoa.Adopt, Value: d.URL + "/new", By: "ada"}); err != nil {
		t.Fatal(err)
	}
	run := b.harvest(t, src)
	if h := b.known(t); run.Way != d.URL+"/new" || run.Moved != "" || len(b.offers(t)) != 0 || h.Moved.Address != "" {
		t.Errorf("adopted: %+v, %v", run, b.offers(t))
	}
}
