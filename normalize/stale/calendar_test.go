package stale

import (
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

func when(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func listed(l ...Listing) []Listing { return l }

func vanishedFor(days int, absent int, means stoa.VanishMeans) Listing {
	return Listing{Source: "s", First: at(-400), Vanished: at(-float64(days)), Absent: absent, Means: means}
}

func TestS16Vanished(t *testing.T) {
	prove(t, "S16", []rule{
		{"two good runs, seven days: unlisted", Input{Now: begin, Listings: listed(vanishedFor(7, 2, stoa.VanishRemoved))}, true, "current"},
		{"closed, where the source means it so", Input{Now: begin, Kind: stoa.Programme, Listings: listed(vanishedFor(7, 2, stoa.VanishClosed))}, true, "closed"},
		{"one run", Input{Now: begin, Listings: listed(vanishedFor(30, 1, stoa.VanishRemoved))}, false, "current"},
		{"six days", Input{Now: begin, Listings: listed(vanishedFor(6, 2, stoa.VanishRemoved))}, false, "current"},
		{"another source lists it", Input{Now: begin, Listings: listed(vanishedFor(30, 2, stoa.VanishRemoved), Listing{Source: "other"})}, false, "current"},
		{"the clock jumped", Input{Now: begin, Steady: at(-28), Listings: listed(vanishedFor(30, 2, stoa.VanishRemoved))}, false, "current"},
		{"a person vouches for it", Input{Now: begin, ValidUntil: "2026-12-31", Listings: listed(vanishedFor(30, 2, stoa.VanishRemoved))}, false, "current"},
	})
	got := Judge(Input{Now: begin, Listings: listed(vanishedFor(7, 2, stoa.VanishRemoved))})
	if !slices.Contains(got.Marks, stoa.Unlisted) {
		t.Errorf("marks %v, want unlisted", got.Marks)
	}
	dead := Judge(Input{URL: address, Now: begin, Listings: listed(vanishedFor(7, 2, stoa.VanishRemoved)), Checks: []stoa.Check{status(-9, 410), status(-1, 410)}})
	if slices.Contains(dead.Marks, stoa.Unlisted) || dead.Availability != stoa.Dead {
		t.Errorf("marks %v, %s: a dead page is dead, not unlisted", dead.Marks, dead.Availability)
	}
}

func TestS17Window(t *testing.T) {
	got := Judge(Input{Now: begin, Listings: listed(vanishedFor(300, 9, stoa.VanishNothing))})
	if len(got.Marks) > 0 || got.Relevance != stoa.Current {
		t.Errorf("%v %s: missing from a window means nothing", got.Marks, got.Relevance)
	}
	got = Judge(Input{Now: begin, Listings: listed(vanishedFor(300, 9, stoa.VanishRemoved))})
	if len(got.Marks) == 0 {
		t.Error("missing from a complete listing means something")
	}
}

func TestS19Withdrawn(t *testing.T) {
	taken := Listing{Source: "owner", Withdrawn: at(-1)}
	prove(t, "S19", []rule{
		{"by its publisher, at once", Input{Now: begin, Listings: listed(taken)}, true, "withdrawn"},
		{"by the owner, though another lists it", Input{Now: begin, Listings: listed(taken, Listing{Source: "aggregator"})}, true, "withdrawn"},
		{"by an aggregator alone", Input{Now: begin, Listings: listed(Listing{Source: "owner"}, taken)}, false, "current"},
		{"confirmed by a person afterwards", Input{Now: begin, Confirmed: at(-0.5), Listings: listed(taken)}, false, "current"},
	})
}

func TestS20Deadline(t *testing.T) {
	call := func(deadline stoa.Date, zone, now string) Input {
		return Input{Kind: stoa.Programme, Deadline: deadline, Zone: zone, Now: when(now)}
	}
	prove(t, "S20", []rule{
		{"a stated instant, one second before", call("2026-05-31T17:00:00+02:00", "", "2026-05-31T14:59:59Z"), false, "open"},
		{"a stated instant", call("2026-05-31T17:00:00+02:00", "", "2026-05-31T15:00:00Z"), true, "closed"},
		{"a day, in the zone of the source, last second", call("2026-05-31", "Asia/Tokyo", "2026-05-31T14:59:59Z"), false, "open"},
		{"a day, in the zone of the source", call("2026-05-31", "Asia/Tokyo", "2026-05-31T15:00:00Z"), true, "closed"},
		{"a day, when clocks change", call("2026-10-25", "Europe/Berlin", "2026-10-25T22:59:59Z"), false, "open"},
		{"a day, after clocks changed", call("2026-10-25", "Europe/Berlin", "2026-10-25T23:00:00Z"), true, "closed"},
		{"zone unknown: still that day somewhere", call("2026-05-31", "", "2026-06-01T11:59:59Z"), false, "open"},
		{"zone unknown: that day is over everywhere", call("2026-05-31", "", "2026-06-01T12:00:00Z"), true, "closed"},
		{"no such zone", call("2026-05-31", "Mars/Base", "2026-06-01T11:59:59Z"), false, "open"},
		{"a month", call("2026-05", "UTC", "2026-05-31T23:00:00Z"), false, "open"},
		{"a clock that jumped changes nothing", func() Input { in := call("2026-05-31", "UTC", "2026-06-01T00:00:00Z"); in.Steady = at(-100); return in }(), true, "closed"},
		{"not yet open", func() Input {
			in := call("2026-05-31", "UTC", "2026-04-01T00:00:00Z")
			in.Start = "2026-05-01"
			return in
		}(), false, "upcoming"},
		{"registration before the event", func() Input {
			in := call("2026-05-31", "UTC", "2026-04-01T00:00:00Z")
			in.Start = "2026-06-20"
			return in
		}(), false, "open"},
	})
	in := call("2026-05-31", "Asia/Tokyo", "2026-05-01T00:00:00Z")
	if got := Judge(in).NextChange; !got.Equal(when("2026-05-31T15:00:00Z")) {
		t.Errorf("next change %s, want the end of the day in Tokyo", got)
	}
}

func TestS20AnyZoneClosesWithinAMinute(t *testing.T) {
	for _, zone := range []string{"Pacific/Kiritimati", "Asia/Kolkata", "America/New_York", "Pacific/Pago_Pago", "Africa/Cairo", "Asia/Kathmandu", "UTC"} {
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		end := time.Date(2026, 6, 1, 0, 0, 0, 0, z)
		for shift, want := range map[time.Duration]stoa.Relevance{-time.Minute: stoa.Open, time.Minute: stoa.Closed} {
			got := Judge(Input{Deadline: "2026-05-31", Zone: zone, Now: end.Add(shift).UTC()})
			if got.Relevance != want {
				t.Errorf("%s %v: %s, want %s", zone, shift, got.Relevance, want)
			}
		}
	}
}

func TestS21Ended(t *testing.T) {
	event := func(end stoa.Date, now string) Input {
		return Input{Kind: stoa.Programme, Start: "2026-05-29", End: end, Zone: "UTC", Now: when(now)}
	}
	strategy := event("2025", "2026-05-01T00:00:00Z")
	strategy.Kind, strategy.Start = stoa.BestPractice, "2021"
	prove(t, "S21", []rule{
		{"its last day", event("2026-05-31", "2026-05-31T23:59:59Z"), false, "current"},
		{"the day after", event("2026-05-31", "2026-06-01T00:00:00Z"), true, "ended"},
		{"an instant and a day", event("2026-05-31T12:00:00Z", "2026-06-01T12:00:00Z"), true, "ended"},
		{"an instant, not yet a day", event("2026-05-31T12:00:00Z", "2026-06-01T11:59:59Z"), false, "current"},
		{"before it begins", event("2026-05-31", "2026-05-01T00:00:00Z"), false, "upcoming"},
		{"a strategy does not end like a course", strategy, false, "current"},
	})
}

func with(in Input, earlier ...stoa.Date) Input { in.Earlier = earlier; return in }

func TestS22Reopens(t *testing.T) {
	call := Input{Kind: stoa.Programme, Start: "2026-03-02", Deadline: "2026-04-30", Zone: "UTC", Now: when("2026-06-01T00:00:00Z")}
	again := call
	again.Earlier = []stoa.Date{"2024-03-05", "2025-03-03"}
	open := again
	open.Now = when("2026-04-01T00:00:00Z")
	prove(t, "S22", []rule{
		{"closed, came back in March twice", again, true, "closed"},
		{"closed, no history", call, false, "closed"},
		{"open still", open, false, "open"},
		{"once in spring, once in autumn", with(call, "2025-09-10"), false, "closed"},
		{"another month every year", with(call, "2022-07-01", "2023-11-01", "2024-09-01", "2025-01-20"), false, "closed"},
		{"about the turn of the year", with(Input{Kind: stoa.Programme, Opened: "2026-01-04", Deadline: "2026-01-30", Zone: "UTC", Now: when("2026-06-01T00:00:00Z")}, "2024-12-20"), true, "closed"},
	})
	if got := Judge(again); !strings.Contains(strings.Join(got.Why, " "), "Usually reopens around March.") {
		t.Errorf("%v, want the month", got.Why)
	}
}

func TestS23Rhythm(t *testing.T) {
	prove(t, "S23", []rule{
		{"monthly, 43 days", Input{Now: begin, Rhythm: 30 * day, Changed: at(-43)}, false, "current"},
		{"monthly, 44 days: overdue", Input{Now: begin, Rhythm: 30 * day, Changed: at(-44)}, true, "current"},
		{"daily, two days: overdue", Input{Now: begin, Rhythm: day, Changed: at(-2)}, true, ""},
		{"weekly, 14 days: overdue", Input{Now: begin, Rhythm: 7 * day, Changed: at(-14)}, true, ""},
		{"quarterly, 120 days", Input{Now: begin, Rhythm: 91 * day, Changed: at(-120)}, false, ""},
		{"quarterly, 121 days: overdue", Input{Now: begin, Rhythm: 91 * day, Changed: at(-121)}, true, ""},
		{"yearly, 425 days: overdue", Input{Now: begin, Rhythm: 365 * day, Changed: at(-425)}, true, ""},
		{"confirmed meanwhile", Input{Now: begin, Rhythm: 30 * day, Changed: at(-100), Confirmed: at(-10)}, false, ""},
		{"never is always fresh", Input{Now: begin, Never: true, Changed: at(-1000)}, false, "current"},
		{"a person vouches for it", Input{Now: begin, Rhythm: 30 * day, Changed: at(-100), ValidUntil: "2026-12-31"}, false, ""},
		{"the clock jumped", Input{Now: begin, Rhythm: 30 * day, Changed: at(-100), Steady: at(-99)}, false, ""},
	})
	got := Judge(Input{Now: begin, Rhythm: 30 * day, Changed: at(-60)})
	if !slices.Contains(got.Marks, stoa.Overdue) || !slices.Contains(got.Tasks, "S23") || !strings.HasPrefix(got.Why[0], "Long overdue") {
		t.Errorf("%v %v %v: want overdue, long, and a task", got.Marks, got.Tasks, got.Why)
	}
	if next := Judge(Input{Now: begin, Rhythm: 30 * day, Changed: at(-40)}).NextChange; !next.Equal(at(4)) {
		t.Errorf("next change %s, want when it becomes overdue", next)
	}
}

func TestS23RhythmInWords(t *testing.T) {
	for text, want := range map[string]string{
		"Monthly": "monthly", "annually": "yearly", "every year": "yearly", "trimestriel": "quarterly", "Semanal": "weekly", "ежегодно": "yearly", "شهريًا": "monthly", "每季度": "quarterly",
		"http://publications.europa.eu/resource/authority/frequency/MONTHLY": "monthly", "freq:annual": "yearly", "http://publications.europa.eu/resource/authority/frequency/ANNUAL_2": "half-yearly",
		"P1Y": "yearly", "R/P1M": "monthly", "P2W": "fortnightly", "P10D": "P10D", "as needed": "as needed", "Jamais": "as needed",
		"": "", "from time to time": "", "P": "", "PT1H": "", "P0D": "", "http://x.example/": "",
	} {
		got := RhythmWord(text)
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if again := RhythmWord(got); again != got {
			t.Errorf("%q is %q, and that is %q", text, got, again)
		}
	}
}

func TestS24Dormant(t *testing.T) {
	guide := func(days float64) Input { return Input{Now: begin, Kind: stoa.Guidance, Changed: at(-days)} }
	course := Input{Now: begin, Kind: stoa.Programme, Start: "2025-08-01", Changed: at(-180)}
	rhythm := guide(2000)
	rhythm.Never = true
	vouched := guide(2000)
	vouched.ValidUntil = "2027-01-01"
	confirmed := guide(2000)
	confirmed.Confirmed = at(-10)
	prove(t, "S24", []rule{
		{"guidance, 24 months", guide(720), true, "dormant"},
		{"guidance, a day less", guide(719), false, "current"},
		{"a strategy, 59 months", Input{Now: begin, Kind: stoa.BestPractice, Changed: at(-1799)}, false, "current"},
		{"a strategy, 60 months", Input{Now: begin, Kind: stoa.BestPractice, Changed: at(-1800)}, true, "dormant"},
		{"a dated course, 180 days", course, true, "dormant"},
		{"a self-paced course, 12 months", Input{Now: begin, Kind: stoa.Programme, Changed: at(-365)}, true, "dormant"},
		{"a rhythm of its own", rhythm, false, "current"},
		{"a person vouches for it", vouched, false, "current"},
		{"confirmed", confirmed, false, "current"},
		{"rolling", Input{Now: begin, Kind: stoa.Programme, Rolling: true, Changed: at(-2000)}, false, "rolling"},
	})
}

func TestS25Superseded(t *testing.T) {
	prove(t, "S25", []rule{
		{"a person accepted the newer edition", Input{Now: begin, Superseded: "01h"}, true, "superseded"},
		{"nobody did", Input{Now: begin}, false, "current"},
		{"its page links to what replaces it", checks(shows(0, strings.Replace(goodPage, "<title>", `<link rel="successor-version" href="/guide-2"><title>`, 1))), true, "alive"},
		{"its header links to what replaces it", checks(func() stoa.Check {
			c := good(0)
			c.Headers = map[string]string{"Link": `</style.css>; rel=preload, </guide-2>; rel="successor-version"`}
			return c
		}()), true, "alive"},
		{"its page says so", checks(shows(0, strings.Replace(goodPage, "<p>", "<p>Withdrawn. It has been superseded by the second edition.</p><p>", 1))), true, "current"},
		{"it says so no more", checks(shows(0, strings.Replace(goodPage, "<p>", "<p>It has been superseded.</p><p>", 1)), good(7)), false, "alive"},
		{"a page about something else says so", checks(shows(0, "<title>Standards</title><h1>Standards</h1><p>Part 2 has been superseded by part 3. "+strings.Repeat("All parts are listed. ", 40))), false, ""},
		{"far down, of another", checks(shows(0, strings.Replace(goodPage, "</body>", "<p>"+strings.Repeat("More of the guide. ", 120)+"Annex 3 has been superseded.</p></body>", 1))), false, "alive"},
	})
	if got := Judge(Input{Now: begin, Retired: at(-1)}); got.Relevance != stoa.Withdrawn {
		t.Errorf("retired: %s, want withdrawn", got.Relevance)
	}
}

func TestS26Unconfirmed(t *testing.T) {
	prove(t, "S26", []rule{
		{"60 days", Input{Checks: []stoa.Check{good(0)}, Now: at(60)}, true, "unconfirmed"},
		{"59 days", Input{Checks: []stoa.Check{good(0)}, Now: at(59)}, false, "alive"},
		{"never looked at", Input{Now: begin}, false, "unconfirmed"},
		{"the clock jumped", Input{Checks: []stoa.Check{good(0)}, Now: at(90), Steady: at(1)}, false, "alive"},
	})
}

func TestS27NotModified(t *testing.T) {
	dead := checks(good(0), status(7, 404), status(8, 304), status(10, 404), status(13, 404))
	dead.URL, dead.Title, dead.Now = address, title, at(13)
	if got := Judge(dead); got.Verdict != Dead {
		t.Errorf("304 cleared a failure: %s", got.Verdict)
	}
	dead.Off = map[string]bool{"S27": true}
	if got := Judge(dead); got.Verdict == Dead {
		t.Error("switched off, 304 clears the failure")
	}
	fine := checks(good(0), status(50, 304))
	fine.URL, fine.Title, fine.Now = address, title, at(70)
	if got := Judge(fine); got.Availability != stoa.Alive {
		t.Errorf("304 after a success: %s, want alive", got.Availability)
	}
}

func TestS30Vouched(t *testing.T) {
	prove(t, "S30", []rule{
		{"until a day", Input{Now: begin, ValidUntil: "2026-03-01", Zone: "UTC"}, true, "current"},
		{"the day passed", Input{Now: begin, ValidUntil: "2026-02-28", Zone: "UTC"}, false, "current"},
		{"not against a dead link", Input{Now: at(9), ValidUntil: "2026-12-31", Checks: []stoa.Check{status(0, 404), status(4, 404), status(8, 404)}}, true, "dead"},
	})
	in := Input{Now: begin, Kind: stoa.Guidance, Changed: at(-2000), ValidUntil: "2026-03-02", Zone: "UTC"}
	next := Judge(in).NextChange
	in.Now = next
	if got := Judge(in); got.Relevance != stoa.Dormant {
		t.Errorf("at %s: %s, want dormant again", next, got.Relevance)
	}
}

func TestReadersSeeASentenceWithDates(t *testing.T) {
	in := Input{
		URL: address, Title: title, Now: when("2026-05-20T00:00:00Z"),
		Checks: []stoa.Check{
			{At: when("2026-05-03T08:00:00Z"), Status: 200, Body: goodPage},
			{At: when("2026-05-10T08:00:00Z"), Status: 404}, {At: when("2026-05-13T08:00:00Z"), Status: 404}, {At: when("2026-05-17T08:00:00Z"), Status: 404},
		},
	}
	want := "Link last worked on 3 May; not found (404) on 10, 13 and 17 May."
	if got := Judge(in).Why; len(got) == 0 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNextCheck(t *testing.T) {
	rows := []struct {
		name string
		in   Input
		want time.Time
	}{
		{"never looked at: now", Input{URL: address, Now: begin}, begin},
		{"no address: never", Input{Now: begin}, time.Time{}},
		{"alive: a week", checks(good(0)), at(7)},
		{"an open call's last fortnight: a day", Input{Checks: []stoa.Check{good(0)}, Deadline: "2026-03-12", Zone: "UTC"}, at(1)},
		{"suspect: three days", checks(good(0), status(7, 404)), at(10)},
		{"dead: thirty days", checks(status(0, 410), status(2, 410)), at(32)},
		{"dead: ninety days", checks(status(0, 410), status(2, 410), status(32, 410)), at(92)},
		{"dead: a year", checks(status(0, 410), status(2, 410), status(32, 410), status(92, 410)), at(367)},
		{"blocked: a week", checks(status(0, 403)), at(7)},
		{"parked: a person decides", checks(shows(0, `<h1>this domain is for sale</h1><script src="//bodis.com/x"></script>`)), time.Time{}},
		{"never in the past", Input{Checks: []stoa.Check{good(0)}, Now: at(50)}, at(50)},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			in := r.in
			if in.URL == "" && len(in.Checks) > 0 {
				in.URL = address
			}
			in.Title = title
			if in.Now.IsZero() {
				in.Now = in.Checks[len(in.Checks)-1].At
			}
			if got := Judge(in).NextCheck; !got.Equal(r.want) {
				t.Errorf("next check %s, want %s", got, r.want)
			}
		})
	}
}

func TestEvidenceReadsBack(t *testing.T) {
	for _, body := range []string{goodPage, `<title>Page not found</title><meta name=robots content=noindex><h1>Oops</h1>`, `<title>x is for sale</title><script src="//bodis.com/a"></script><h2>Buy this domain</h2>`} {
		in := Input{URL: address, Title: title}
		before, after := in.look(shows(0, body)), in.look(shows(0, Evidence(body)))
		if before.kind != after.kind || before.rule != after.rule || before.title != after.title {
			t.Errorf("%q: %v %s, condensed %v %s", body[:20], before.kind, before.rule, after.kind, after.rule)
		}
	}
}
