package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
)

const aDay = 24 * time.Hour

// TestS08HeadThenGet is S8: HEAD is enough for a document, and GET decides where HEAD fails.
func TestS08HeadThenGet(t *testing.T) {
	w := newTown(t)
	paper, wary := "https://a.example/paper.pdf", "https://b.example/wary"
	ids := w.plant([]string{paper, wary}, nil)
	w.answer = func(method string, u *url.URL) page {
		switch {
		case u.Host == "a.example":
			return page{status: 200, kind: "application/pdf", body: "%PDF-1.7"}
		case method == http.MethodHead:
			return page{status: 405}
		}
		return goodPage(u)
	}
	if n := len(w.check()); n != 2 {
		t.Fatalf("%d looks, want 2", n)
	}
	for a, id := range ids {
		if r := w.record(id); r.Availability != stoa.Alive || !r.Checked.Equal(townBegin) {
			t.Errorf("%s is %s, checked %s", a, r.Availability, r.Checked)
		}
	}
	if w.asked["GET "+paper] != 0 || w.asked["GET "+wary] != 1 {
		t.Errorf("requests %v: want no GET of a document, and one where HEAD failed", w.asked)
	}
	if n := len(w.check()); n != 0 {
		t.Errorf("%d looks at once again, want none before seven days", n)
	}
}

// TestAPageThatGoes follows one page of a fine host from the first 404 to its return.
func TestAPageThatGoes(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 8)
	ids := w.plant(all, nil)
	gone := false
	w.answer = func(_ string, u *url.URL) page {
		if gone && u.String() == all[3] {
			return page{status: 404}
		}
		return goodPage(u)
	}
	w.check()
	gone = true
	for _, step := range []struct {
		days int
		want stoa.Availability
	}{{7, stoa.Suspect}, {2, stoa.Suspect}, {1, stoa.Suspect}, {3, stoa.Dead}} {
		w.pass(time.Duration(step.days) * aDay)
		w.check()
		if r := w.record(ids[all[3]]); r.Availability != step.want {
			t.Fatalf("%s: %s (%v), want %s", w.now().Format(time.DateOnly), r.Availability, r.Reasons, step.want)
		}
	}
	r := w.record(ids[all[3]])
	if want := "Link last worked on 5 January; not found (404) on 12, 15 and 18 January."; !slices.Contains(r.Reasons, want) {
		t.Errorf("readers are told %q, want %q", r.Reasons, want)
	}
	if !r.NextCheck.Equal(w.now().Add(30 * aDay)) {
		t.Errorf("next look %s, want thirty days later", r.NextCheck)
	}
	gone = false
	w.pass(30 * aDay)
	w.check()
	if r := w.record(ids[all[3]]); r.Availability != stoa.Alive {
		t.Errorf("%s after it came back, want alive", r.Availability)
	}
	if len(w.incidents()) != 0 {
		t.Errorf("incidents %v for one page", w.incidents())
	}
}

// TestS09AHostThatFails is S9: whatever a host as a whole does, no record of it changes, and a person is told.
func TestS09AHostThatFails(t *testing.T) {
	for name, bad := range map[string]page{
		"not found everywhere":        {status: 404},
		"gone everywhere":             {status: 410},
		"a wall of 403":               {status: 403},
		"server errors":               {status: 500},
		"503 without a time":          {status: 503},
		"no answer":                   {class: "timeout"},
		"no name":                     {class: "dns"},
		"refused":                     {class: "refused"},
		"a bad certificate":           {class: "tls"},
		"sends everybody to its door": {status: 302, to: "/"},
		"says sorry with a 200":       {status: 200, body: missing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			all := street("a.example", 30)
			ids := w.plant(append(slices.Clone(all), street("b.example", 5)...), nil)
			w.checker.Canaries = func(context.Context) []string { return street("b.example", 1) }
			w.check()
			before := map[string]uint64{}
			down := true
			w.answer = func(_ string, u *url.URL) page {
				if down && u.Host == "a.example" && u.Path != "/" {
					return bad
				}
				return goodPage(u)
			}
			for range 20 {
				w.pass(aDay)
				w.check()
			}
			for _, a := range all {
				r := w.record(ids[a])
				if r.Availability != stoa.Alive || len(r.Rules) > 0 {
					t.Fatalf("%s is %s by %v", a, r.Availability, r.Rules)
				}
				before[a] = r.Version
			}
			inc := w.incidents()
			if len(inc) != 1 || inc[0].Rule != "S9" || inc[0].About != "a.example" {
				t.Fatalf("incidents %+v, want one of a.example", inc)
			}
			tasks, _, err := w.catalogue.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident})
			if err != nil || len(tasks) != 1 || tasks[0].Subject != "town" {
				t.Errorf("tasks %+v, %v: want one on the source", tasks, err)
			}
			down = false
			for range 9 {
				w.pass(aDay)
				w.check()
			}
			if inc := w.incidents(); len(inc) != 0 {
				t.Errorf("still an incident after the host came back: %+v", inc)
			}
			for _, a := range all {
				if r := w.record(ids[a]); r.Availability != stoa.Alive || w.now().Sub(r.Checked) > 9*aDay {
					t.Errorf("%s is %s, last looked at %s", a, r.Availability, r.Checked)
				}
			}
		})
	}
}

// TestSomePagesOfAHost: what is removed of a large site is no failure of its host, however much falls due together.
func TestSomePagesOfAHost(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 60)
	ids := w.plant(all, nil)
	w.check()
	gone := all[:12]
	w.answer = func(_ string, u *url.URL) page {
		if slices.Contains(gone, u.String()) {
			return page{status: 404}
		}
		return goodPage(u)
	}
	for range 20 {
		w.pass(aDay)
		w.check()
	}
	for _, a := range all {
		want := stoa.Alive
		if slices.Contains(gone, a) {
			want = stoa.Dead
		}
		if r := w.record(ids[a]); r.Availability != want {
			t.Errorf("%s is %s, want %s", a, r.Availability, want)
		}
	}
	if inc := w.incidents(); len(inc) != 0 {
		t.Errorf("incidents %+v", inc)
	}
}

// TestAHostThatNeverComesBack: S9 waits for a month, then the rules over single links count.
func TestAHostThatNeverComesBack(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 6)
	ids := w.plant(append(slices.Clone(all), street("b.example", 3)...), nil)
	w.checker.Canaries = func(context.Context) []string { return street("b.example", 1) }
	w.check()
	w.answer = func(_ string, u *url.URL) page {
		if u.Host == "a.example" {
			return page{class: "dns"}
		}
		return goodPage(u)
	}
	for range 30 {
		w.pass(aDay)
		w.check()
	}
	if r := w.record(ids[all[0]]); r.Availability != stoa.Alive {
		t.Errorf("%s within the month, want alive", r.Availability)
	}
	for range 40 {
		w.pass(aDay)
		w.check()
	}
	for _, a := range all {
		if r := w.record(ids[a]); r.Availability != stoa.Dead || !slices.Contains(r.Rules, "S6") {
			t.Errorf("%s is %s by %v after two months, want dead by S6", a, r.Availability, r.Rules)
		}
	}
}

// TestDangerNeverWaits: a parked host is quarantined at once, with all its links.
func TestDangerNeverWaits(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 8)
	ids := w.plant(all, nil)
	w.check()
	sold := `<html><title>a.example is for sale</title><h1>Buy this domain</h1><p>The domain a.example is for sale. Make an offer.</p><script src="https://img.sedoparking.com/x.js"></script></html>`
	w.answer = func(string, *url.URL) page { return page{status: 200, body: sold} }
	w.pass(7 * aDay)
	w.check()
	for _, a := range all {
		r := w.record(ids[a])
		if r.Availability != stoa.Quarantined || !r.NextCheck.IsZero() {
			t.Errorf("%s is %s, next look %s; want quarantined and none", a, r.Availability, r.NextCheck)
		}
	}
	before := w.requests()
	w.pass(400 * aDay)
	w.check()
	if n := w.requests() - before; n != 0 {
		t.Errorf("%d requests to quarantined links, want none by itself", n)
	}
}

// TestS09OurOwnNetwork is the other half of S9: when canaries do not answer either, nothing is concluded of anybody.
func TestS09OurOwnNetwork(t *testing.T) {
	var all []string
	for i := range 12 {
		all = append(all, fmt.Sprintf("https://h%d.example/a/page", i))
	}
	for name, canaries := range map[string]func(context.Context) []string{
		"with canaries":         func(context.Context) []string { return []string{"https://c1.example/", "https://c2.example/"} },
		"without":               nil,
		"a portal that answers": func(context.Context) []string { return []string{"https://c1.example/", "https://c2.example/"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			ids := w.plant(all, nil)
			w.checker.Canaries = canaries
			w.check()
			w.answer = func(_ string, u *url.URL) page {
				if name[0] == 'a' && strings.HasPrefix(u.Host, "c") {
					return page{status: 302, to: "https://portal.test/login"}
				}
				if name[0] == 'a' && u.Host == "portal.test" {
					return goodPage(u)
				}
				return page{class: "dns-temporary"}
			}
			for range 60 {
				w.pass(12 * time.Hour)
				for _, l := range w.check() {
					if l.Suspended == "" && canaries != nil {
						t.Errorf("concluded %+v", l)
					}
				}
			}
			for _, id := range ids {
				if r := w.record(id); r.Availability != stoa.Alive {
					t.Errorf("%s is %s by %v", r.URL, r.Availability, r.Rules)
				}
			}
			w.answer = func(_ string, u *url.URL) page { return goodPage(u) }
			w.pass(2 * time.Hour)
			if looks := w.check(); len(looks) == 0 {
				t.Error("nothing looked at after the network came back")
			}
		})
	}
}

// TestS04ToldToWait is S4: a host that asks us to wait is not asked again, and nothing is concluded.
func TestS04ToldToWait(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 20)
	ids := w.plant(all, nil)
	w.answer = func(string, *url.URL) page { return page{status: 503, after: "3600"} }
	looks := w.check()
	if len(looks) != 1 || looks[0].Suspended != "S4" || w.requests() != 1 {
		t.Errorf("%d looks, %d requests; want one of each: %+v", len(looks), w.requests(), looks)
	}
	w.pass(30 * time.Minute)
	if w.check(); w.requests() != 1 {
		t.Errorf("%d requests before the time is up", w.requests())
	}
	w.answer = func(_ string, u *url.URL) page { return goodPage(u) }
	w.pass(31 * time.Minute)
	if looks := w.check(); len(looks) != 20 {
		t.Errorf("%d looks after the time was up, want 20", len(looks))
	}
	if r := w.record(ids[all[0]]); r.Availability != stoa.Alive {
		t.Errorf("%s", r.Availability)
	}
}

// TestS03AGuardBeforeTheSite: an answer of 503 that asks whether a person is looking is a refusal, and never makes a link dead; a plain
// 503 is a failure.
func TestS03AGuardBeforeTheSite(t *testing.T) {
	const guard = `<html><head><title>Just a moment...</title></head><body>Checking your browser before you go on.</body></html>`
	for body, want := range map[string]stoa.Availability{guard: stoa.Blocked, "<html><title>503</title><p>Busy</p></html>": stoa.Dead} {
		w := newTown(t)
		all := street("a.example", 3)
		ids := w.plant(all, nil)
		w.check()
		w.answer = func(_ string, u *url.URL) page {
			if u.String() == all[1] {
				return page{status: 503, body: body}
			}
			return goodPage(u)
		}
		for range 60 {
			w.pass(aDay)
			w.check()
		}
		if r := w.record(ids[all[1]]); r.Availability != want {
			t.Errorf("%s: %s, want %s", body, r.Availability, want)
		}
	}
}

// TestS13SiblingProbe: a doubtful page has its site asked for a random path, once a day for each host.
func TestS13SiblingProbe(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 6)
	ids := w.plant(append(slices.Clone(all), street("b.example", 4)...), nil)
	apology := `<html><title>Town library</title><h1>Town library</h1><p>` + strings.Repeat("Use the menu to find what you need among our books and papers. ", 12) + `</p></html>`
	probes := map[string]int{}
	w.answer = func(method string, u *url.URL) page {
		if !strings.Contains(u.Path, "item-") && method == http.MethodGet {
			probes[u.Host]++
		}
		if u.String() == all[2] || !strings.Contains(u.Path, "item-") {
			return page{status: 200, body: apology}
		}
		return goodPage(u)
	}
	for range 20 {
		w.pass(aDay)
		w.check()
	}
	if r := w.record(ids[all[2]]); r.Availability == stoa.Alive && probes["a.example"] == 0 {
		t.Errorf("%s, and nobody asked what the site says of other paths", r.Availability)
	}
	if n := probes["a.example"]; n == 0 || n > 20 {
		t.Errorf("%d probes in 20 days, want some, and at most one a day", n)
	}
	if probes["b.example"] != 0 {
		t.Errorf("%d probes of a site without a doubtful page", probes["b.example"])
	}
}

// TestS10MovedPage is S10: twice, seven days apart, then the new address is taken, and looked at from then on.
func TestS10MovedPage(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 6)
	ids := w.plant(all, nil)
	w.check()
	moved := "https://a.example/new/item-2"
	w.answer = func(_ string, u *url.URL) page {
		switch u.String() {
		case all[2]:
			return page{status: 301, to: moved}
		case moved:
			old, _ := url.Parse(all[2])
			return goodPage(old)
		}
		return goodPage(u)
	}
	w.pass(7 * aDay)
	w.check()
	if r := w.record(ids[all[2]]); r.URL != all[2] {
		t.Fatalf("moved after one look, to %s", r.URL)
	}
	w.pass(7 * aDay)
	w.check()
	r := w.record(ids[all[2]])
	if r.URL != moved || r.Availability != stoa.Alive {
		t.Fatalf("%s at %s, want alive at %s", r.Availability, r.URL, moved)
	}
	if p := r.Provenance["url"]; p.Rule != "S10" || len(p.Others) == 0 || p.Others[0].Value != all[2] {
		t.Errorf("provenance %+v: want S10, and the old address kept", p)
	}
	w.pass(7 * aDay)
	w.check()
	if n := w.asked["HEAD "+all[2]]; n != 3 {
		t.Errorf("the old address was asked %d times, want 3", n)
	}
}

// TestRobotsAreObeyed looks through the real client at a real site, whose robots.txt and redirects count.
func TestRobotsAreObeyed(t *testing.T) {
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.Method+" "+r.URL.Path]++
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /private/\n")
		case "/old":
			http.Redirect(w, r, "/library/new", http.StatusMovedPermanently)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			u := *r.URL
			u.Host = r.Host
			fmt.Fprint(w, goodPage(&u).body)
		}
	}))
	t.Cleanup(srv.Close)
	w := newTown(t)
	w.checker.Fetch = newBench(t).Fetch
	private, open, old := srv.URL+"/private/a", srv.URL+"/library/b", srv.URL+"/old"
	ids := w.plant([]string{private, open, old}, nil)
	w.check()
	if r := w.record(ids[private]); r.Availability != stoa.Blocked || asked["HEAD /private/a"]+asked["GET /private/a"] != 0 {
		t.Errorf("%s, asked %v: want blocked without a request", r.Availability, asked)
	}
	if r := w.record(ids[open]); r.Availability != stoa.Alive || asked["GET /library/b"] != 1 {
		t.Errorf("%s, asked %v", r.Availability, asked)
	}
	findings, err := w.catalogue.Findings(t.Context(), ids[old])
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(findings, func(f stoa.Finding) bool { return f.Kind == stoa.Link })
	if i < 0 {
		t.Fatal("no finding of the link")
	}
	c := findings[i].Check
	if len(c.Hops) != 1 || c.Hops[0].Status != 301 || c.Final != srv.URL+"/library/new" || strings.Contains(c.Body, "<") {
		t.Errorf("kept %+v: want the redirect, the final address and plain text", c)
	}
}

// TestAsked: who asks for a record has it looked at whatever is due, and learns what cannot be.
func TestAsked(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 3)
	ids := w.plant(all, nil)
	w.check()
	n := 0
	if err := w.checker.Check(t.Context(), []string{ids[all[1]]}, func(l crawler.Look) {
		n++
		if l.Record != ids[all[1]] || l.Availability != stoa.Alive {
			t.Errorf("look %+v", l)
		}
	}); err != nil || n != 1 {
		t.Errorf("%d looks, %v", n, err)
	}
	w.plant(street("a.example", 9), nil)
	w.answer = func(_ string, u *url.URL) page {
		if u.String() == all[1] {
			return page{status: 404}
		}
		return goodPage(u)
	}
	n = 0
	if err := w.checker.Check(t.Context(), []string{ids[all[1]]}, func(crawler.Look) { n++ }); err != nil || n != 1 {
		t.Errorf("%d looks reported of one that failed, %v; others of its host are looked at, and not asked for", n, err)
	}
	if err := w.checker.Check(t.Context(), []string{"nosuch"}, func(crawler.Look) {}); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("unknown id: %v, want not found", err)
	}
}

// TestRest: while the clock is not to be trusted nothing is looked at, unless somebody asks.
func TestRest(t *testing.T) {
	w := newTown(t)
	w.plant(street("a.example", 3), nil)
	w.checker.Rest = func() string { return "the clock jumped" }
	w.pass(aDay)
	if err := w.checker.Due(t.Context(), true, func(l crawler.Look) { t.Errorf("look %+v", l) }); err != nil || w.requests() != 0 {
		t.Errorf("%d requests, %v", w.requests(), err)
	}
	if looks := w.check(); len(looks) != 3 {
		t.Errorf("%d looks by somebody who asks, want 3", len(looks))
	}
}

// TestPatience: the loop spreads what falls due together, and leaves no host more than a part of a round.
func TestPatience(t *testing.T) {
	w := newTown(t)
	w.plant(street("a.example", 120), nil)
	perHour := map[int]int{}
	total := 0
	for hour := range 8 {
		for range 6 {
			err := w.checker.Due(t.Context(), true, func(crawler.Look) { perHour[hour]++; total++ })
			if err != nil {
				t.Fatal(err)
			}
			w.pass(10 * time.Minute)
		}
	}
	if total != 120 {
		t.Errorf("%d links looked at within eight hours, want all 120", total)
	}
	for hour, n := range perHour {
		if n > 50 {
			t.Errorf("%d looks in hour %d: not spread", n, hour)
		}
	}
}

// TestAJumpOfTheClock: what is stated happens at its instant, what is counted waits until the clock is believed.
func TestAJumpOfTheClock(t *testing.T) {
	w := newTown(t)
	all := street("a.example", 7)
	ids := w.plant(all, func(i int, d *stoa.Draft) {
		if i == 0 {
			d.Deadline = "2026-06-01"
		}
	})
	w.check()
	w.pass(aDay)
	before := w.record(ids[all[1]])
	w.jump(3000 * aDay)
	if r := w.record(ids[all[0]]); r.Relevance != stoa.Closed {
		t.Errorf("a call of years ago is %s", r.Relevance)
	}
	if r := w.record(ids[all[1]]); r.Availability != stoa.Alive || r.Relevance != before.Relevance || len(r.Rules) > 0 {
		t.Errorf("%s and %s by %v after a jump", r.Availability, r.Relevance, r.Rules)
	}
	w.answer = func(string, *url.URL) page { return page{status: 410} }
	for range 3 { // somebody asks all the same
		if err := w.checker.Check(t.Context(), []string{ids[all[1]]}, func(crawler.Look) {}); err != nil {
			t.Fatal(err)
		}
		w.pass(10 * time.Minute)
	}
	if r := w.record(ids[all[1]]); r.Availability != stoa.Alive {
		t.Errorf("%s by looks since the jump", r.Availability)
	}
	w.pass(time.Hour)
	if r := w.record(ids[all[2]]); r.Availability != stoa.Unconfirmed || r.Relevance != stoa.Dormant {
		t.Errorf("%s and %s once the clock is believed, want unconfirmed (S26) and dormant (S24)", r.Availability, r.Relevance)
	}
}
