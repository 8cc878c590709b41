package stale

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"stoa"
)

const otherPage = `<html lang="en"><head><title>Summer timetable of the ferries</title></head><body><h1>Summer timetable</h1>
<p>From June to September boats leave every hour from the old harbour; bicycles are carried free of charge on weekdays,
and groups of more than ten are asked to write two days before they come, so that a larger boat can be found.</p></body></html>`

// someCheck makes one of the looks that a year brings.
func someCheck(r *rand.Rand, days float64) stoa.Check {
	switch r.IntN(9) {
	case 0:
		return status(days, 404)
	case 1:
		return status(days, 403)
	case 2:
		return status(days, 500)
	case 3:
		return fails(days, "timeout")
	case 4:
		return redirected(days, "https://csirt.example/new/guide", 301, goodPage)
	case 5, 6:
		return shows(days, otherPage)
	}
	return good(days)
}

// TestSpareChecksChangeNoVerdict drops what need not be kept, look by look as the store does, and asks again.
func TestSpareChecksChangeNoVerdict(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	dropped := 0
	for range 30 {
		in := Input{URL: address, Title: title}
		var kept []stoa.Check
		day := 0.0
		one := someCheck(r, 0)
		for range 25 {
			day += 1 + float64(r.IntN(8))
			if r.IntN(3) == 0 {
				one = someCheck(r, 0)
			}
			one.At = at(day)
			in.Checks, kept = append(in.Checks, one), append(kept, one)
			thin := in
			thin.Checks = kept
			spare := thin.Spare()
			for _, i := range slices.Backward(spare) {
				kept = slices.Delete(slices.Clone(kept), i, i+1)
			}
			dropped += len(spare)
			thin.Checks = kept
			in.Now = one.At.Add(time.Duration(r.IntN(80)) * 24 * time.Hour)
			thin.Now = in.Now
			a, b := Judge(in), Judge(thin)
			if a.Verdict != b.Verdict || a.Availability != b.Availability || !slices.Equal(a.Rules, b.Rules) || a.To != b.To ||
				!a.NextChange.Equal(b.NextChange) || !a.NextCheck.Equal(b.NextCheck) {
				t.Fatalf("with all %d looks %s %v, with %d kept %s %v", len(in.Checks), a.Verdict, a.Rules, len(kept), b.Verdict, b.Rules)
			}
		}
	}
	if dropped == 0 {
		t.Error("nothing was ever spare: the test shows nothing")
	}
}

func TestAYearOfGoodLooksIsKeptAsTwo(t *testing.T) {
	in := checks(looks(52, 7, good)...)
	in.URL, in.Title = address, title
	if n := 52 - len(in.Spare()); n != 2 {
		t.Errorf("%d looks are kept, want the first and the last", n)
	}
	var long []stoa.Check
	for i := range 200 {
		long = append(long, []stoa.Check{good(float64(i)), status(float64(i), 404)}[i%2])
	}
	in.Checks = long
	if n := 200 - len(in.Spare()); n != mostKept {
		t.Errorf("%d looks are kept of a link that comes and goes, want %d", n, mostKept)
	}
}

// TestDoubtful tells when a page is worth a second request to its site.
func TestDoubtful(t *testing.T) {
	in := Input{URL: address, Title: title}
	for name, c := range map[string]struct {
		check stoa.Check
		want  bool
	}{
		"the page itself":         {good(0), false},
		"another page":            {shows(0, otherPage), true},
		"a page that says sorry":  {shows(0, "<title>Page not found</title><h1>Page not found</h1>"), true},
		"not to be indexed":       {shows(0, `<title>Guide to setting up a national team</title><meta name="robots" content="noindex"><p>text</p>`), true},
		"not found, by status":    {status(0, 404), false},
		"nothing was read":        {status(0, 200), false},
		"a document, not a page":  {shows(0, "%PDF-1.7 …"), false},
		"redirected to the front": {redirected(0, "https://csirt.example/", 302, otherPage), true},
	} {
		if got := in.Doubtful(c.check); got != c.want {
			t.Errorf("%s: doubtful %v, want %v", name, got, c.want)
		}
	}
}

// TestRhythm is section 3 of the rules: when a link is looked at again.
func TestRhythm(t *testing.T) {
	in := func(now float64, c ...stoa.Check) Input {
		return Input{URL: address, Title: title, Checks: c, Now: at(now)}
	}
	dead := looks(3, 3, func(d float64) stoa.Check { return status(d, 404) })
	call := in(0, good(0))
	call.Deadline = stoa.DayOf(at(19))
	near := in(10, good(10))
	near.Deadline = stoa.DayOf(at(20))
	gone := in(9, good(8))
	gone.Listings = []Listing{{Source: "a", First: at(0), Vanished: at(8.5), Absent: 1, Means: stoa.VanishRemoved}}
	window := in(9, good(8))
	window.Listings = []Listing{{Source: "a", First: at(0), Vanished: at(8.5), Absent: 1, Means: stoa.VanishNothing}}
	fresh := in(3)
	fresh.Listings = []Listing{{Source: "a", First: at(2)}}
	told := in(0, stoa.Check{At: at(0), Status: 429, Final: address, Headers: map[string]string{"Retry-After": "864000"}})
	for name, c := range map[string]struct {
		in   Input
		want time.Time
	}{
		"alive: seven days":                          {in(1, good(0)), at(7)},
		"suspect: three days":                        {in(7, good(0), status(7, 404)), at(10)},
		"blocked: seven days":                        {in(1, status(0, 403)), at(7)},
		"dead: thirty days":                          {in(6, dead...), at(36)},
		"dead still: ninety days":                    {in(40, append(slices.Clone(dead), status(36, 404))...), at(96)},
		"dead still: a year":                         {in(100, append(slices.Clone(dead), status(36, 404), status(96, 404))...), at(371)},
		"quarantined: never by itself":               {in(1, shows(0, "<title>This domain is for sale</title><h1>Buy this domain</h1><script src='https://sedoparking.com/x'></script>")), time.Time{}},
		"never looked at: since it was first listed": {fresh, at(2)},
		"a call far ahead: as its deadline nears":    {call, at(6.25)},
		"a call in its last fourteen days: daily":    {near, at(11)},
		"no longer listed: at once":                  {gone, at(8.5)},
		"out of a window: nothing":                   {window, at(15)},
		"told to wait: not before (S4)":              {told, at(10)},
		"without an address: never":                  {Input{Now: at(0)}, time.Time{}},
		"an address that is not of the web: never":   {Input{URL: "mailto:a@b.example", Now: at(0)}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Judge(c.in)
			if got := Due(c.in, r); !got.Equal(c.want) {
				t.Errorf("due %s, want %s (%s)", got, c.want, r.Availability)
			}
			if next := NextCheck(c.in, r); next.Before(c.in.Now) && !next.IsZero() {
				t.Errorf("next check %s lies before now", next)
			}
		})
	}
}

// TestSpread keeps looks apart that would fall due together, and none before its time.
func TestSpread(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 300 {
		id := string(rune('a'+i%26)) + string(rune('a'+i/26))
		d := Spread(id, at(0), at(7))
		if d < 0 || d > 12*time.Hour {
			t.Fatalf("%s is put off by %s", id, d)
		}
		if d != Spread(id, at(0), at(7)) {
			t.Fatal("not the same twice")
		}
		seen[d.Truncate(time.Hour)] = true
	}
	if len(seen) < 10 {
		t.Errorf("300 looks fall into %d hours of twelve", len(seen))
	}
}

// TestStatedInstantsOutliveAJump follows a clock that jumps by a year: what is stated happens, what is counted waits
// until the clock is believed.
func TestStatedInstantsOutliveAJump(t *testing.T) {
	in := Input{URL: address, Title: title, Deadline: stoa.DayOf(at(5)), Checks: []stoa.Check{good(0)}, Now: at(366), Steady: at(1), Trusted: at(366).Add(time.Hour)}
	r := Judge(in)
	if r.Relevance != stoa.Closed || r.Availability != stoa.Alive {
		t.Errorf("%s and %s, want alive and closed", r.Availability, r.Relevance)
	}
	if !r.NextChange.Equal(in.Trusted) {
		t.Errorf("looked at again %s, want when the clock is believed: %s", r.NextChange, in.Trusted)
	}
	in.Checks = append(in.Checks, stoa.Check{At: at(366), Status: 410, Final: address}, stoa.Check{At: at(366.5), Status: 410, Final: address})
	if r = Judge(in); r.Availability != stoa.Alive {
		t.Errorf("%s by failures since the jump, want none counted", r.Availability)
	}
	in.Now, in.Steady = at(367), time.Time{}
	in.Checks = in.Checks[:1]
	if r = Judge(in); r.Availability != stoa.Unconfirmed || !slices.Contains(r.Rules, "S26") {
		t.Errorf("%s by %v once the clock is believed, want unconfirmed by S26", r.Availability, r.Rules)
	}
}

// TestALookFromTheFutureCountsForNothing: a clock that was wrong for a while leaves such looks behind.
func TestALookFromTheFutureCountsForNothing(t *testing.T) {
	in := Input{URL: address, Title: title, Now: at(30), Checks: append(looks(3, 3, func(d float64) stoa.Check { return status(d, 404) }), good(4000))}
	if r := Judge(in); r.Availability != stoa.Dead {
		t.Errorf("%s, want dead: the good look is still to come", r.Availability)
	}
}
