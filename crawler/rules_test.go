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
	"stoa/crawler/schedule"
)

// origin answers by whatever stands in it now.
func origin(t *testing.T) (answer *atomic.Value, address string) {
	t.Helper()
	answer = &atomic.Value{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		answer.Load().(func(http.ResponseWriter, *http.Request))(w, r)
	}))
	t.Cleanup(srv.Close)
	return answer, srv.URL
}

func body(kind, text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, text)
	}
}

const rssType = "application/rss+xml"

// TestS16TwoGoodRuns: what leaves a complete listing is unlisted after two good runs and a week, and not before; what comes back is listed again.
func TestS16TwoGoodRuns(t *testing.T) {
	b := newBench(t)
	src, set := listing(t, b)
	src.VanishMeans = stoa.VanishRemoved
	set(20)
	b.harvest(t, src)
	o, err := b.catalogue.Observation(t.Context(), src.ID, "g19")
	if err != nil {
		t.Fatal(err)
	}
	unlisted := func() bool {
		t.Helper()
		if _, err := b.catalogue.Advance(t.Context(), b.now()); err != nil {
			t.Fatal(err)
		}
		r, err := b.catalogue.Get(t.Context(), o.Record)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(r.Rules, "S16")
	}
	set(19)
	b.pass(aDay)
	if run := b.harvest(t, src); run.Vanished != 1 || unlisted() {
		t.Errorf("%d vanished; it counts after the first run that lacks it", run.Vanished)
	}
	b.pass(aDay)
	if b.harvest(t, src); unlisted() {
		t.Error("it counts before a week is over")
	}
	b.pass(7 * aDay)
	if b.harvest(t, src); !unlisted() {
		t.Error("two good runs and a week lacked it, and it does not count")
	}
	set(20)
	b.pass(aDay)
	if b.harvest(t, src); unlisted() {
		t.Error("it is listed again, and still counts")
	}
}

// TestS17WindowsRetireNothing: what rolls out of a feed's window stays as it is, however long.
func TestS17WindowsRetireNothing(t *testing.T) {
	b := newBench(t)
	answer, address := origin(t)
	src := feedSource(address + "/feed")
	window := func(from int) {
		items := strings.SplitAfter(rss(40, ""), "</item>")
		items[0] = items[0][strings.Index(items[0], "<item>"):]
		head, _, _ := strings.Cut(rss(1, ""), "<item>")
		answer.Store(body(rssType, head+strings.Join(items[from:from+10], "")+"</channel></rss>"))
	}
	window(0)
	b.harvest(t, src)
	first, err := b.catalogue.Observation(t.Context(), src.ID, "g0")
	if err != nil {
		t.Fatal(err)
	}
	for from := 5; from <= 30; from += 5 {
		window(from)
		b.pass(10 * aDay)
		if run := b.harvest(t, src); run.Outcome != stoa.OK || run.Vanished != 0 || run.New != 5 {
			t.Errorf("%s %s: %d new, %d vanished", run.Outcome, run.Code, run.New, run.Vanished)
		}
	}
	now, err := b.catalogue.Observation(t.Context(), src.ID, "g0")
	if err != nil || !now.Vanished.IsZero() || now.Absent != first.Absent {
		t.Errorf("%+v, %v", now, err)
	}
	if r, err := b.catalogue.Get(t.Context(), first.Record); err != nil || slices.Contains(r.Rules, "S16") {
		t.Errorf("%v, %v", r.Rules, err)
	}
}

// TestS19ATombstone: a feed's word that an entry was deleted counts in the first run, and for that entry alone.
func TestS19ATombstone(t *testing.T) {
	b := newBench(t)
	answer, address := origin(t)
	entry := func(n int) string {
		return fmt.Sprintf(`<entry><id>tag:p,%d</id><title>Course number %d on incident response</title><link href="https://p.example/%d"/><updated>2026-01-0%dT00:00:00Z</updated><summary>For national teams.</summary></entry>`, n, n, n, n)
	}
	feed := func(parts ...string) func(http.ResponseWriter, *http.Request) {
		return body("application/atom+xml", `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><id>tag:p</id><title>P</title><updated>2026-01-01T00:00:00Z</updated>`+strings.Join(parts, "")+`</feed>`)
	}
	src := feedSource(address + "/feed")
	answer.Store(feed(entry(1), entry(2), entry(3)))
	b.harvest(t, src)
	b.pass(aDay)
	answer.Store(feed(entry(1), entry(3), `<at:deleted-entry ref="tag:p,2" when="2026-02-01T00:00:00Z"/>`, `<at:deleted-entry ref="tag:p,9" when="2026-02-01T00:00:00Z"/>`))
	run := b.harvest(t, src)
	if run.Outcome != stoa.OK || run.Changed != 1 || run.Excluded != 1 {
		t.Errorf("%s %s %s: %d changed, %d excluded; want the known entry changed and the unknown one left out", run.Outcome, run.Code, run.Text, run.Changed, run.Excluded)
	}
	for n, want := range map[int]bool{1: false, 2: true, 3: false} {
		o, err := b.catalogue.Observation(t.Context(), src.ID, fmt.Sprintf("tag:p,%d", n))
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.catalogue.Get(t.Context(), o.Record)
		if err != nil || (r.Relevance == stoa.Withdrawn) != want || r.Title == "" {
			t.Errorf("entry %d: %q is %s (%v)", n, r.Title, r.Relevance, err)
		}
	}
}

// TestF11AFlappingOrigin: an origin that flaps loses nothing, is left alone longer and longer, and is told once, when it failed several times running.
func TestF11AFlappingOrigin(t *testing.T) {
	b := newBench(t)
	b.Crawler.Incidents = b.catalogue
	answer, address := origin(t)
	src := feedSource(address + "/feed")
	src.Limits.Time = 300 * time.Millisecond
	src.Schedule = stoa.Schedule{Min: time.Hour, Max: 7 * aDay}
	good := body(rssType, rss(10, ""))
	broken := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	answer.Store(good)
	b.harvest(t, src)
	before, told, running := public(t, b), 0, 0
	for step, what := range strings.Fields("bad ok hang ok bad bad ok bad hang bad bad bad ok ok bad ok hang bad ok ok") {
		b.pass(aDay)
		answer.Store(map[string]func(http.ResponseWriter, *http.Request){"ok": good, "bad": broken, "hang": hangs}[what])
		run := b.harvest(t, src)
		if running++; what == "ok" {
			running = 0
		}
		if good := run.Outcome.Good(); good != (what == "ok") {
			t.Errorf("step %d, %s: %s %s %s", step, what, run.Outcome, run.Code, run.Text)
		}
		incidents := len(b.wrong(t))
		if want := running >= 3; incidents > 1 || (incidents == 1) != want {
			t.Errorf("step %d: %d incidents after %d failures running", step, incidents, running)
		}
		told = max(told, incidents)
		h, err := b.catalogue.History(t.Context(), src.ID)
		if err != nil {
			t.Fatal(err)
		}
		if wait := schedule.Next(src, h, b.now()).Sub(h.Last.Began); running > 1 && wait < time.Duration(running)*5*time.Minute {
			t.Errorf("step %d: asked again after %v, %d failures running", step, wait, running)
		}
	}
	if after := public(t, b); after != before || told != 1 {
		t.Errorf("told %d times; the catalogue went from\n%s\nto\n%s", told, before, after)
	}
}

// TestF12WhatStandsInTheWay: an origin that shrinks, or answers an empty feed, a login, a parking page or a captcha with 200, is held with a reason, and its items stay.
func TestF12WhatStandsInTheWay(t *testing.T) {
	for name, then := range map[string]func(http.ResponseWriter, *http.Request){
		"none":                body(rssType, rss(0, "")),
		"a tenth":             body(rssType, rss(5, "")),
		"a login":             body("text/html", `<title>Sign in</title><form><input name="u"><input type="password" name="p"></form>`),
		"a parked domain":     body("text/html", `<title>p.example</title><p>This domain is for sale</p>`),
		"a captcha":           body("text/html", `<title>Are you human?</title><div class="g-recaptcha"></div>`),
		"a captcha in a feed": body(rssType, `<html><head><title>Just a moment...</title></head><body><script src="/cdn-cgi/challenge-platform/x.js"></script></body></html>`),
		"a challenge":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
	} {
		for _, means := range []stoa.VanishMeans{stoa.VanishRemoved, stoa.VanishNothing} {
			t.Run(name+", "+string(means), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				answer, address := origin(t)
				src := feedSource(address + "/feed")
				src.VanishMeans = means
				answer.Store(body(rssType, rss(50, "")))
				b.harvest(t, src)
				before := public(t, b)
				answer.Store(then)
				b.pass(aDay)
				run := b.harvest(t, src)
				if (run.Outcome != stoa.Held && run.Outcome != stoa.Failed) || run.Text == "" {
					t.Errorf("%s %s %q", run.Outcome, run.Code, run.Text)
				}
				if after := public(t, b); after != before {
					t.Errorf("the catalogue went from\n%s\nto\n%s", before, after)
				}
			})
		}
	}
}

// TestF13CutBodies: a feed of fifty items that arrives cut off keeps its whole items, changes none, loses none, and says so. TestGuard cuts every format at
// every place.
func TestF13CutBodies(t *testing.T) {
	b := newBench(t)
	answer, address := origin(t)
	src := feedSource(address + "/feed")
	src.VanishMeans = stoa.VanishRemoved
	whole := rss(50, "")
	answer.Store(body(rssType, whole))
	b.harvest(t, src)
	before := public(t, b)
	for at := 4; at < 100; at += 8 {
		b.pass(aDay)
		answer.Store(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", rssType)
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			fmt.Fprint(w, whole[:len(whole)*at/100])
		})
		run := b.harvest(t, src)
		complete := strings.Count(whole[:len(whole)*at/100], "</item>")
		if run.Outcome != stoa.Partial || run.Code != stoa.CodeTruncated || run.Unchanged != complete || run.Changed+run.New+run.Vanished != 0 {
			t.Errorf("cut at %d %%: %s %s, %d of %d whole items, %d changed, %d new, %d vanished", at, run.Outcome, run.Code, run.Unchanged, complete, run.Changed, run.New, run.Vanished)
		}
	}
	if after := public(t, b); after != before {
		t.Errorf("the catalogue went from\n%s\nto\n%s", before, after)
	}
}

// TestF31AnotherLayout: selectors that match nothing are no empty listing, and ones that match the wrong thing are seen by the fields that are missing.
// TestRedesigns replays more of them on every simulated site.
func TestF31AnotherLayout(t *testing.T) {
	cards := func(class, date string) string {
		var out strings.Builder
		for i := range 8 {
			fmt.Fprintf(&out, `<div class="%s"><h3><a href="/%d">Training course number %d</a></h3><span class="%s">%d March 2027</span><p>For national teams on handling incidents.</p></div>`, class, i, i, date, i+1)
		}
		return `<html lang="en"><body><main>` + out.String() + `</main></body></html>`
	}
	for _, c := range []struct{ name, then, code string }{
		{"other classes", cards("tile", "when"), stoa.CodeNoMatch},
		{"another class of one field", cards("card", "day"), stoa.CodeLostFields},
		{"the class stands on something else", `<html lang="en"><body><nav><div class="card"><h3><a href="/about">About us</a></h3></div><div class="card"><h3><a href="/jobs">Jobs</a></h3></div></nav></body></html>`, stoa.CodeShrunk},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			answer, address := origin(t)
			src := feedSource(address + "/courses")
			src.Format, src.VanishMeans = "html", stoa.VanishRemoved
			src.Mapping = stoa.Mapping{Item: ".card", Fields: map[string]stoa.Field{"title": {Path: "h3"}, "url": {Path: "a@href"}, "when": {Path: ".when"}, "summary": {Path: "p"}}}
			answer.Store(body("text/html", cards("card", "when")))
			if run := b.harvest(t, src); run.New != 8 {
				t.Fatalf("%s %s %s", run.Outcome, run.Code, run.Text)
			}
			before := public(t, b)
			answer.Store(body("text/html", c.then))
			b.pass(aDay)
			if run := b.harvest(t, src); run.Outcome != stoa.Held || run.Code != c.code {
				t.Errorf("%s %s %s, want held %s", run.Outcome, run.Code, run.Text, c.code)
			}
			if after := public(t, b); after != before {
				t.Errorf("the catalogue went from\n%s\nto\n%s", before, after)
			}
		})
	}
}
