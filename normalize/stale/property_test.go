package stale

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stoa"
)

func anyDate(t *rapid.T, name string) stoa.Date {
	d := begin.AddDate(0, 0, rapid.IntRange(-800, 800).Draw(t, name))
	switch rapid.IntRange(0, 5).Draw(t, name+" precision") {
	case 0:
		return ""
	case 1:
		return stoa.Date(d.Format("2006"))
	case 2:
		return stoa.Date(d.Format("2006-01"))
	case 3:
		return stoa.At(d)
	}
	return stoa.DayOf(d)
}

func anyInput(t *rapid.T) Input {
	in := Input{
		URL: address, Title: title, Now: begin,
		Kind:  rapid.SampledFrom([]stoa.Kind{"", stoa.Programme, stoa.Guidance, stoa.BestPractice}).Draw(t, "kind"),
		Start: anyDate(t, "start"), End: anyDate(t, "end"), Deadline: anyDate(t, "deadline"), ValidUntil: anyDate(t, "valid"),
		Rolling: rapid.Bool().Draw(t, "rolling"),
		Zone:    rapid.SampledFrom([]string{"", "UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"}).Draw(t, "zone"),
		Changed: at(-float64(rapid.IntRange(0, 2500).Draw(t, "changed"))),
		Rhythm:  rapid.SampledFrom([]time.Duration{0, 0, day, 30 * day, 365 * day}).Draw(t, "rhythm"),
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "checks") {
		in.Checks = append(in.Checks, stoa.Check{
			At: at(-float64(60 - 11*i)), Status: rapid.SampledFrom([]int{200, 200, 304, 403, 404, 410, 429, 500}).Draw(t, "status"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "listings") {
		in.Listings = append(in.Listings, vanishedFor(rapid.IntRange(0, 20).Draw(t, "vanished"), rapid.IntRange(1, 3).Draw(t, "absent"),
			rapid.SampledFrom([]stoa.VanishMeans{stoa.VanishClosed, stoa.VanishRemoved, stoa.VanishNothing}).Draw(t, "means")))
	}
	return in
}

// The calendar changes nothing before NextChange, which is always in the future.
func TestNothingChangesBeforeNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		now := Judge(in)
		if !now.NextChange.IsZero() && !now.NextChange.After(in.Now) {
			t.Fatalf("next change %s is not after %s", now.NextChange, in.Now)
		}
		until := 3000 * 24
		if !now.NextChange.IsZero() {
			until = int(now.NextChange.Sub(in.Now)/time.Hour) - 1
		}
		if until <= 0 {
			return
		}
		in.Now = begin.Add(time.Duration(rapid.IntRange(0, until).Draw(t, "hours")) * time.Hour)
		later := Judge(in)
		if later.Relevance != now.Relevance || later.Availability != now.Availability || !slices.Equal(later.Marks, now.Marks) {
			t.Fatalf("%s %s %v became %s %s %v at %s, before the next change at %s", now.Availability, now.Relevance, now.Marks,
				later.Availability, later.Relevance, later.Marks, in.Now, now.NextChange)
		}
	})
}

// The order in which looks are told does not matter, and every state says by which rule.
func TestOrderOfLooksDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		a := Judge(in)
		in.Checks = rapid.Permutation(in.Checks).Draw(t, "order")
		b := Judge(in)
		if a.Availability != b.Availability || !slices.Equal(a.Why, b.Why) {
			t.Fatalf("%v and %v", a.Why, b.Why)
		}
		if (a.Availability == stoa.Dead || stoa.Stale(a.Availability, a.Relevance)) && len(a.Rules) == 0 {
			t.Fatalf("%s %s without a rule", a.Availability, a.Relevance)
		}
		if n := a.NextCheck; !n.IsZero() && n.Before(in.Now) {
			t.Fatalf("next check %s lies in the past", n)
		}
	})
}

// One look alone never makes a link dead.
func TestNoVerdictOnOneLook(t *testing.T) {
	for code := 100; code < 600; code++ {
		if got := Judge(Input{URL: address, Title: title, Now: at(400), Checks: []stoa.Check{status(0, code)}}); got.Availability == stoa.Dead || got.Availability == stoa.Quarantined {
			t.Errorf("%d once: %s", code, got.Availability)
		}
	}
	for _, class := range []string{"dns", "dns-temporary", "timeout", "refused", "reset", "tls", ""} {
		if got := Judge(Input{URL: address, Title: title, Now: at(400), Checks: []stoa.Check{{At: at(0), Error: "x", Class: class}}}); got.Availability == stoa.Dead {
			t.Errorf("%s once: dead", class)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add(goodPage)
	f.Add("<title>404<svg><title>x</title></svg><h1>not found")
	f.Add("title: x\nheading: y\ntext: z")
	f.Fuzz(func(t *testing.T, body string) {
		p := read(body)
		if p.words < 0 || len(p.headings) > 8 || len(p.text) > len(body)+mostText {
			t.Errorf("%d words, %d headings", p.words, len(p.headings))
		}
		Judge(Input{URL: address, Title: title, Now: at(9), Checks: []stoa.Check{shows(0, body), shows(4, body), shows(8, body)}, Sibling: &stoa.Check{Status: 200, Body: body}})
	})
}
