package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/fetch"
	"stoa/store"
	"stoa/store/bolt"
)

// town is a web of made-up sites under a clock of our own, and a catalogue that links to them.
type town struct {
	t         *testing.T
	catalogue *store.Catalogue
	checker   *crawler.Checker
	answer    func(method string, u *url.URL) page // how the web answers now

	mu      sync.Mutex
	clock   time.Time
	jumped  time.Duration // of the clock
	trusted time.Time
	asked   map[string]int // method and address → requests
}

// page is one answer of a site.
type page struct {
	status int // 0 is no answer: class says why
	class  string
	kind   string // of content; default text/html
	body   string
	to     string // where a 30x leads
	after  string // Retry-After
	robots bool   // forbidden by robots.txt
}

var townBegin = time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, clock: townBegin, asked: map[string]int{}, answer: func(_ string, u *url.URL) page { return goodPage(u) }}
	engine, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "stoa.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	random := rand.NewChaCha8([32]byte{1})
	if w.catalogue, err = store.Open(t.Context(), engine, store.Options{Now: w.now, Random: random, Lag: w.lag}); err != nil {
		t.Fatal(err)
	}
	w.checker = &crawler.Checker{Fetch: w, Catalogue: w.catalogue, Incidents: w.catalogue, Now: w.now, Log: slog.New(slog.DiscardHandler)}
	return w
}

func (w *town) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *town) lag() (time.Duration, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.jumped, w.trusted
}

// jump moves the clock as no clock should; it is believed an hour later.
func (w *town) jump(d time.Duration) {
	w.mu.Lock()
	w.jumped, w.trusted = d, w.clock.Add(d+time.Hour)
	w.mu.Unlock()
	w.pass(d)
}

func (w *town) pass(d time.Duration) {
	w.mu.Lock()
	w.clock = w.clock.Add(d)
	w.mu.Unlock()
	if _, err := w.catalogue.Advance(w.t.Context(), w.now()); err != nil {
		w.t.Fatal(err)
	}
}

// titled is the title of what stands under an address; its words are its own.
func titled(u *url.URL) string {
	h := rand.New(rand.NewPCG(uint64(len(u.String())), hash(u.Host+u.Path)))
	words := strings.Fields("incident response team national strategy capacity network training exercise maturity governance legal evidence forensic awareness regional standard protection critical infrastructure vulnerability disclosure")
	out := make([]string, 5)
	for i := range out {
		out[i] = words[h.IntN(len(words))] + string(rune('a'+h.IntN(26))) + string(rune('a'+h.IntN(26)))
	}
	return strings.Join(out, " ")
}

func hash(s string) (h uint64) {
	for i := range len(s) {
		h = h*131 + uint64(s[i])
	}
	return h
}

func goodPage(u *url.URL) page {
	title := titled(u)
	return page{status: 200, body: fmt.Sprintf(`<html lang="en"><title>%s</title><h1>%s</h1><p>This page tells about %s. %s</p></html>`,
		title, title, title, strings.Repeat("It has a text of its own with steps, names and dates for those who need it. ", 8))}
}

// missing is what a site says of a path that nobody made, with a good status.
const missing = `<html lang="en"><title>Page not found</title><h1>Page not found</h1><p>Sorry, what you look for is not here.</p></html>`

// Do answers as the client does.
func (w *town) Do(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	var hops []stoa.Hop
	for {
		w.mu.Lock()
		w.asked[method+" "+u.String()]++
		w.mu.Unlock()
		p := w.answer(method, u)
		e := &fetch.Error{Outcome: stoa.Failed, Status: p.status, Address: u.String(), Hops: hops, Header: http.Header{}, Err: errors.New("scripted")}
		if p.kind == "" {
			p.kind = "text/html; charset=utf-8"
		}
		e.Header.Set("Content-Type", p.kind)
		switch {
		case p.robots:
			e.Outcome, e.Code = stoa.Refusal, stoa.CodeRobots
		case p.status == 0:
			e.Code, e.Err = faults(p.class)
		case p.status == 429 || p.status == 503 && p.after != "":
			e.Outcome, e.Code, e.RetryAt = stoa.Skipped, stoa.CodeWait, w.now().Add(time.Hour)
		case p.status >= 300 && p.status < 400 && p.to != "":
			if u, err = u.Parse(p.to); err != nil {
				return nil, err
			}
			hops = append(hops, stoa.Hop{Status: p.status, Location: u.String()})
			continue
		case p.status == 401 || p.status == 403 || p.status == 451:
			e.Outcome, e.Code = stoa.Refusal, stoa.CodeForbidden
		case p.status == 410:
			e.Code = stoa.CodeGone
		case p.status >= 400:
			e.Code = stoa.CodeStatus
		default:
			res := &fetch.Response{Status: p.status, URL: u.String(), Header: e.Header, Hops: hops, Fetched: w.now()}
			if method != http.MethodHead {
				res.Body = []byte(p.body)
			}
			return res, nil
		}
		e.Body = []byte(p.body)
		return nil, e
	}
}

func faults(class string) (code string, err error) {
	switch class {
	case "dns":
		return stoa.CodeDNS, &net.DNSError{IsNotFound: true, Err: "no such host"}
	case "dns-temporary":
		return stoa.CodeDNS, &net.DNSError{Err: "server misbehaving"}
	case "refused":
		return stoa.CodeConnect, syscall.ECONNREFUSED
	case "tls":
		return stoa.CodeTLS, errors.New("certificate expired")
	case "reset":
		return stoa.CodeConnect, syscall.ECONNRESET
	}
	return stoa.CodeTimeout, errors.New("time is up")
}

// plant has a source list addresses, with the title of what stands there and what more says.
func (w *town) plant(addresses []string, more func(i int, d *stoa.Draft)) map[string]string {
	w.t.Helper()
	src := stoa.Source{ID: "town", Organisation: "Town", Title: "Town", URL: "https://list.example/", Format: "html", Trust: stoa.Trusted, VanishMeans: stoa.VanishRemoved}
	items := func(yield func(stoa.Item, error) bool) {
		for _, a := range addresses {
			if !yield(stoa.Item{Key: a, URL: a, Title: a}, nil) {
				return
			}
		}
	}
	w.apply(src, items, more, addresses)
	ids := map[string]string{}
	for _, a := range addresses {
		o, err := w.catalogue.Observation(w.t.Context(), "town", a)
		if err != nil {
			w.t.Fatal(err)
		}
		ids[a] = o.Record
	}
	return ids
}

func (w *town) apply(src stoa.Source, items iter.Seq2[stoa.Item, error], more func(i int, d *stoa.Draft), addresses []string) {
	w.t.Helper()
	_, err := w.catalogue.Apply(w.t.Context(), stoa.Run{}, src, items, stoa.Steps{
		Judge:  func(stoa.Run, stoa.History) (string, string) { return "", "" },
		Settle: func(*stoa.Run) {},
		Draft: func(i stoa.Item) stoa.Draft {
			u, _ := url.Parse(i.URL)
			d := stoa.Draft{
				ID: i.Key, Title: titled(u), URL: i.URL, Language: "en", Version: "test",
				Relevant: stoa.Verdict[bool]{Value: true, Confidence: 0.99}, Kind: stoa.Verdict[stoa.Kind]{Value: stoa.Guidance, Confidence: 0.99},
				Pillars: []stoa.PillarVerdict{{Pillar: stoa.Technical, Confidence: 0.99}},
			}
			if more != nil {
				more(slices.Index(addresses, i.URL), &d)
			}
			return d
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// check looks at all that is due.
func (w *town) check() []crawler.Look {
	w.t.Helper()
	var looks []crawler.Look
	if err := w.checker.Due(w.t.Context(), false, func(l crawler.Look) { looks = append(looks, l) }); err != nil {
		w.t.Fatal(err)
	}
	return looks
}

func (w *town) record(id string) stoa.Record {
	w.t.Helper()
	r, err := w.catalogue.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *town) requests() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.asked {
		n += k
	}
	return n
}

func (w *town) incidents() []stoa.Incident {
	w.t.Helper()
	h, err := w.catalogue.History(w.t.Context(), "town")
	if err != nil {
		w.t.Fatal(err)
	}
	return h.Incidents
}

// street makes n addresses on a host.
func street(host string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("https://%s/library/item-%d", host, i))
	}
	return out
}
