package crawler_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
)

// truth is what really becomes of one item, and which changes of state readers must see for it.
type truth struct {
	address string
	from    int // day on which it begins; until is when it ends, 0 is never
	until   int
	answer  func(w *town, u *url.URL) page // while it lasts
	draft   func(d *stoa.Draft)
	want    []turn
}

// turn is one change of state that must be seen, within days.
type turn struct {
	state       string
	after, upTo float64
}

// Delays of the year. A look comes within a week, half a day of spread, and a tick.
const (
	week  = 7.9
	again = 3.9 // a suspect's
)

// plots are the lives that a page can have. d is the day on which it begins.
func plots() []func(d int) truth {
	state := func(status int) func(*town, *url.URL) page {
		return func(*town, *url.URL) page { return page{status: status} }
	}
	fault := func(class string) func(*town, *url.URL) page {
		return func(*town, *url.URL) page { return page{class: class} }
	}
	soft := func(p page) func(*town, *url.URL) page { return func(*town, *url.URL) page { return p } }
	D := func(d int) float64 { return float64(d) }
	softDeath := func(d int) []turn {
		return []turn{{"suspect", D(d) + 1, D(d) + 2*week}, {"dead", D(d) + 6, D(d) + 2*week + again}}
	}
	return []func(d int) truth{
		func(d int) truth { // removed (S2)
			return truth{from: d, answer: state(404), want: []turn{{"suspect", D(d), D(d) + week}, {"dead", D(d) + 6, D(d) + week + 2*again}}}
		},
		func(d int) truth { // removed on purpose (S1)
			return truth{from: d, answer: state(410), want: []turn{{"suspect", D(d), D(d) + week}, {"dead", D(d) + 3, D(d) + week + again}}}
		},
		func(d int) truth { // says sorry with a 200 (S13)
			return truth{from: d, answer: soft(page{status: 200, body: missing}), want: softDeath(d)}
		},
		func(d int) truth { // sends to the door (S11)
			return truth{from: d, answer: soft(page{status: 302, to: "/"}), want: softDeath(d)}
		},
		func(d int) truth { // sends to a page of errors (S12)
			return truth{from: d, answer: soft(page{status: 302, to: "/errors/404.html"}), want: softDeath(d)}
		},
		func(d int) truth { // fails for three days: nothing
			return truth{from: d, until: d + 3, answer: state(500)}
		},
		func(d int) truth { // fails for good (S5)
			return truth{from: d, answer: state(500), want: []turn{{"suspect", D(d) + 7, D(d) + 4*week}, {"dead", D(d) + 30, D(d) + 4*week + 3*again}}}
		},
		func(d int) truth { // away for three weeks: dies, and is alive again at the next look (S31)
			return truth{from: d, until: d + 24, answer: state(404), want: []turn{
				{"suspect", D(d), D(d) + week}, {"dead", D(d) + 6, D(d) + week + 2*again}, {"alive", D(d) + 36, D(d) + week + 2*again + 33}}}
		},
		func(d int) truth { // asks for a login: blocked after the second look (S3)
			return truth{from: d, answer: state(401), want: []turn{{"blocked", D(d), D(d) + 2*week}}}
		},
		func(d int) truth { // a certificate that is renewed late: a warning only (S7)
			return truth{from: d, until: d + 12, answer: fault("tls")}
		},
		func(d int) truth { // resets for a week: nothing
			return truth{from: d, until: d + 7, answer: fault("reset")}
		},
		func(d int) truth { // moves (S10)
			return truth{from: d, answer: func(w *town, u *url.URL) page {
				if strings.HasPrefix(u.Path, "/moved") {
					old := *u
					old.Path = strings.TrimPrefix(u.Path, "/moved")
					return goodPage(&old)
				}
				return page{status: 301, to: "/moved" + u.Path}
			}}
		},
		func(d int) truth { // changes its subject (S15): a task, no change of state
			return truth{from: d, answer: soft(page{status: 200, body: `<html lang="en"><title>Timetable of the ferries</title><h1>Timetable of the ferries</h1><p>` +
				strings.Repeat("Boats leave from the old harbour on the hour and come back in the evening. ", 9) + `</p></html>`})}
		},
		func(d int) truth { // sold (S14)
			return truth{from: d, answer: soft(page{status: 200, body: `<html><title>Domain for sale</title><h1>Buy this domain</h1><p>This domain is for sale. Make an offer.</p><script src="https://img.sedoparking.com/x.js"></script></html>`}),
				want: []turn{{"quarantined", D(d), D(d) + week}}}
		},
		func(d int) truth { // a call that closes at the end of a day somewhere (S20)
			return truth{draft: func(x *stoa.Draft) {
				x.Deadline = stoa.DayOf(townBegin.AddDate(0, 0, d))
			}, want: []turn{{"closed", D(d) + 1.24, D(d) + 1.51}}} // UTC−12: at noon of the next day
		},
		func(d int) truth { // a call with a stated zone (S20)
			at := townBegin.AddDate(0, 0, d).In(time.FixedZone("", 14*3600))
			return truth{draft: func(x *stoa.Draft) { x.Deadline = stoa.Date(at.Format(time.RFC3339)) }, want: []turn{{"closed", D(d), D(d) + 0.26}}}
		},
		func(d int) truth { // a course that ends (S21)
			return truth{draft: func(x *stoa.Draft) {
				x.Kind.Value = stoa.Programme
				x.Start, x.End = stoa.DayOf(townBegin.AddDate(0, 0, d-3)), stoa.DayOf(townBegin.AddDate(0, 0, d))
			}, want: []turn{{"ended", D(d) + 1.24, D(d) + 1.51}}}
		},
	}
}

// blow is what befalls a host as a whole, or all of them, for some days. It must change nothing.
type blow struct {
	host        string // "" is our own network
	from, until int
	page        page
}

// year is a scripted town over 300 items.
type year struct {
	*town
	days  int
	lives map[string]*truth // by address
	blows []blow
	ids   map[string]string
	seq   uint64            // of the last change that was read
	seen  map[string]string // record → state
	turns map[string][]turn // record → what happened, with its day in after
	looks map[string]int
	quiet []string // addresses that nothing befalls
}

func newYear(t *testing.T, days, shift int, large int, hosts [3]int) *year {
	y := &year{town: newTown(t), days: days, lives: map[string]*truth{}, seen: map[string]string{}, turns: map[string][]turn{}, looks: map[string]int{}}
	var all []string
	for i := range hosts[0] {
		all = append(all, street(fmt.Sprintf("large%d.example", i), large)...)
	}
	for i := range hosts[1] {
		all = append(all, street(fmt.Sprintf("middle%d.example", i), 10)...)
	}
	for i := range hosts[2] {
		all = append(all, street(fmt.Sprintf("small%d.example", i), 2)...)
	}
	y.blows = []blow{
		{"large0.example", 12, 18, page{class: "timeout"}}, {"large0.example", days / 2, days/2 + 9, page{status: 404}},
		{"large1.example", 10, 31, page{status: 403}}, {"large2.example", 20, 27, page{status: 503}},
		{"", 40, 42, page{class: "dns-temporary"}},
	}
	y.settle(all, shift)
	y.answer = y.truth
	y.checker.Workers = 16
	y.checker.Canaries = func(context.Context) []string {
		return []string{"https://canary1.example/", "https://canary2.example/"}
	}
	y.ids = y.plant(all, func(i int, d *stoa.Draft) {
		if l := y.lives[all[i]]; l.draft != nil {
			l.draft(d)
		}
	})
	return y
}

// settle gives every address its life. What befalls one item never befalls half of its host.
func (y *year) settle(all []string, shift int) {
	kinds, n := plots(), 0
	for i, a := range all {
		u, _ := url.Parse(a)
		l := truth{}
		hit := slices.ContainsFunc(y.blows, func(b blow) bool { return b.host == u.Host })
		if !hit && i%3 == 0 {
			begin := 5 + (n*11+shift*7)%(y.days-45)
			l = kinds[(n+shift)%len(kinds)](begin)
			n++
		}
		l.address = a
		y.lives[a] = &l
		if l.answer == nil && l.draft == nil {
			y.quiet = append(y.quiet, a)
		}
	}
}

func (y *year) day() float64 { return y.now().Sub(townBegin).Hours() / 24 }

// truth answers as the web does today.
func (y *year) truth(method string, u *url.URL) page {
	today := y.day()
	for _, b := range y.blows {
		if today >= float64(b.from) && today < float64(b.until) && (b.host == "" || b.host == u.Host) {
			return b.page
		}
	}
	if strings.Contains(u.Path, "/errors/") {
		return page{status: 200, body: missing}
	}
	old := *u
	old.Path = strings.TrimPrefix(u.Path, "/moved")
	l := y.lives[old.String()]
	switch {
	case l == nil && u.Path != "/" && !strings.HasPrefix(u.Host, "canary"):
		return page{status: 404}
	case l != nil && l.answer != nil && today >= float64(l.from) && (l.until == 0 || today < float64(l.until)):
		return l.answer(y.town, u)
	case method == http.MethodHead && strings.HasPrefix(u.Host, "middle1"):
		return page{status: 405}
	}
	return goodPage(&old)
}

// live lets the days go by, and notes every change of state.
func (y *year) live() {
	y.t.Helper()
	for step := 0; step <= y.days*4; step++ {
		err := y.checker.Due(y.t.Context(), true, func(l crawler.Look) { y.looks[l.Record]++ })
		if err != nil {
			y.t.Fatal(err)
		}
		y.note()
		y.pass(6 * time.Hour)
	}
}

// note reads what has changed for readers since it was read last.
func (y *year) note() {
	y.t.Helper()
	log, err := y.catalogue.Changes(y.t.Context(), y.seq, 1000)
	if err != nil {
		y.t.Fatal(err)
	}
	for _, ch := range log {
		y.seq = ch.Seq
		r := y.record(ch.Record)
		state := string(r.Availability)
		if r.Stale() && r.Availability != stoa.Dead && r.Availability != stoa.Quarantined {
			state = string(r.Relevance)
		}
		was := y.seen[ch.Record]
		if was != "" && was != state && !(was == "unconfirmed" && state == "alive" && y.day() < 1) {
			y.turns[ch.Record] = append(y.turns[ch.Record], turn{state, y.day(), 0})
		}
		y.seen[ch.Record] = state
	}
}

// verify compares what was seen with the truth.
func (y *year) verify() {
	y.t.Helper()
	wrong := 0
	for _, l := range y.lives {
		got, ok := y.turns[y.ids[l.address]], true
		want := slices.DeleteFunc(slices.Clone(l.want), func(w turn) bool { return w.upTo > float64(y.days) })
		for i, w := range want {
			ok = ok && i < len(got) && got[i].state == w.state && got[i].after >= w.after && got[i].after <= w.upTo
		}
		if !ok || len(got) > len(l.want) {
			if wrong++; wrong < 12 {
				y.t.Errorf("%s from day %d: seen %v, want %v (%v)", l.address, l.from, got, l.want, y.record(y.ids[l.address]).Reasons)
			}
		}
	}
	if wrong > 0 {
		y.t.Errorf("%d of %d lives were told wrong", wrong, len(y.lives))
	}
}

// TestAYearOfThreeHundredItems lives a scripted year: every change of state is seen within its rule's own delay, none
// is extra, whatever befalls hosts or our own network changes nothing, and requests keep to the rhythm. The short form
// lives ten weeks with eighty of them.
func TestAYearOfThreeHundredItems(t *testing.T) {
	days, shifts, large, hosts := 70, []int{0}, 8, [3]int{3, 4, 9} // the others have 10 and 2 addresses
	if os.Getenv("STOA_SOAK") != "" {
		days, shifts, large, hosts = 365, []int{0, 5, 11}, 25, [3]int{6, 10, 25}
	}
	for _, shift := range shifts {
		t.Run(fmt.Sprint(shift), func(t *testing.T) {
			y := newYear(t, days, shift, large, hosts)
			y.live()
			y.verify()
			weeks := float64(days) / 7
			per := float64(y.requests()) / weeks / float64(len(y.lives))
			most, least := 0.0, 1e9
			for _, a := range y.quiet {
				n := float64(y.looks[y.ids[a]]) / weeks
				most, least = max(most, n), min(least, n)
			}
			t.Logf("%d days: %.2f requests per item and week; a quiet item was looked at %.2f to %.2f times a week", days, per, least, most)
			if per > 2.6 {
				t.Errorf("%.2f requests per item and week; a look takes two", per)
			}
			if most > 2 || least < 0.65 {
				t.Errorf("quiet items were looked at %.2f to %.2f times a week, want once or so", least, most)
			}
		})
	}
}
