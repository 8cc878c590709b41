package page

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/locales"
)

func TestGzipOnlyForWhoeverUnpacksIt(t *testing.T) {
	for header, want := range map[string]bool{"": false, "gzip": true, "br, gzip;q=0.8": true, "gzip;q=0": false, "*": true, "identity": false, "x-gzip-not": false, "gzip; q=0.5": true} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", header)
		if got := AcceptsGzip(r); got != want {
			t.Errorf("%q: %t", header, got)
		}
	}
}

func TestTagsMatchInAnyCoding(t *testing.T) {
	for header, want := range map[string]bool{`"a"`: true, `W/"a"`: true, `"a-gz"`: true, `"b", "a"`: true, `"b"`: false, "*": true, "": false, `"ab"`: false} {
		if got := Matches(header, "a"); got != want {
			t.Errorf("%q: %t", header, got)
		}
	}
}

func TestOnlyWebAndMailAddressesAreLinked(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example/x?y#z": "https://a.example/x?y#z", "http://a.example": "http://a.example", "mailto:a@b.example": "mailto:a@b.example", "HTTPS://A.example/": "https://A.example/",
		"javascript:alert(1)": "", " javascript:alert(1)": "", "java\tscript:x": "", "data:text/html,x": "", "vbscript:x": "", "//a.example/x": "", "/x": "", "": "", "http:": "", "ftp://a.example": "",
		"https://user:pass@a.example/": "", "http://[::1": "", "file:///etc/passwd": "",
	} {
		if got := Outgoing(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func TestHostsInOtherLettersAreShownInBothForms(t *testing.T) {
	for raw, want := range map[string]string{
		"https://www.itu.int/x": "itu.int", "https://xn--80ak6aa92e.example/": "аррӏе.example (xn--80ak6aa92e.example)", "https://іtu.int/": "іtu.int (xn--tu-goc.int)", "http://[::1": "", "https://a_b.example:8080/": "a_b.example",
	} {
		if got := HostOf(raw); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestAHostThatMayPassForAnotherIsKnown(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://www.itu.int/x": false, "https://іtu.int/": true, "https://xn--tu-goc.int/": true, "https://xn--80ak6aa92e.example/": true,
		"https://минцифры.рф/": false, "https://xn--b1afankxqj2c.xn--p1ai/": false, "https://münchen.example/": false, "https://例え.example/": false,
		"https://οσε.example/": false, "https://χώρα.example/": false, "https://моск-ва.example/": false, "https://xn--a-zzzzzzz99.example/": true, "http://[::1": false, "": false,
	} {
		if got := Disguised(raw); got != want {
			t.Errorf("Disguised(%s) = %v", raw, got)
		}
	}
}

func TestErrorsHaveTheirStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 200}, {stoa.ErrNotFound, 404}, {fmt.Errorf("x: %w", stoa.ErrGone), 410}, {stoa.ErrConflict, 409}, {stoa.ErrInvalid, 400}, {Faults{{Field: "a", Text: "b"}}, 400},
		{stoa.ErrDenied, 403}, {stoa.ErrHeld, 503}, {stoa.ErrFull, 503}, {errors.New("x"), 500}, {stoa.ErrDamaged, 500}, {WithStatus(429, errors.New("x")), 429}, {&http.MaxBytesError{Limit: 1}, 413},
	} {
		if got := Status(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func view(t *testing.T, code string) View {
	t.Helper()
	l, ok := locales.For(code)
	if !ok {
		t.Fatal("no locale " + code)
	}
	return View{Locale: l, Site: Site{Title: "stoa", URL: "https://stoa.example"}, Now: time.Date(2026, 11, 23, 9, 45, 0, 0, time.UTC), Path: "/"}
}

func TestDatesOfRecordsInOnePhrase(t *testing.T) {
	v := view(t, "en")
	for name, c := range map[string]struct {
		r    stoa.Record
		text string
		left string
		soon bool
	}{
		"closes on a day":             {stoa.Record{Relevance: stoa.Open, Deadline: "2026-11-26"}, "closes 26 Nov 2026", "in 3 days", true},
		"closes today":                {stoa.Record{Relevance: stoa.Open, Deadline: "2026-11-23"}, "closes 23 Nov 2026", "today", true},
		"closes later":                {stoa.Record{Relevance: stoa.Open, Deadline: "2026-12-15T23:59:00-05:00"}, "closes 15 Dec 2026, 23:59 UTC−5", "in 22 days", false},
		"closes in a month":           {stoa.Record{Relevance: stoa.Open, Deadline: "2026-12"}, "closes December 2026", "", false},
		"still open at UTC−12":        {stoa.Record{Relevance: stoa.Open, Deadline: "2026-11-22"}, "closes 22 Nov 2026", "today", true},
		"over where it is":            {stoa.Record{Relevance: stoa.Open, Deadline: "2026-11-22", Zone: "Asia/Tokyo"}, "open now", "", false},
		"closed":                      {stoa.Record{Relevance: stoa.Closed, Deadline: "2026-10-01"}, "closed 1 Oct 2026", "", false},
		"ended":                       {stoa.Record{Relevance: stoa.Ended, End: "2021-03-31"}, "ended 31 Mar 2021", "", false},
		"ended some time":             {stoa.Record{Relevance: stoa.Ended}, "ended", "", false},
		"always":                      {stoa.Record{Relevance: stoa.Rolling, Deadline: "2026-11-26"}, "always open", "", false},
		"starts":                      {stoa.Record{Relevance: stoa.Upcoming, Start: "2026-11-29"}, "starts 29 Nov 2026", "in 6 days", false},
		"until":                       {stoa.Record{Relevance: stoa.Open, Start: "2026-01-01", End: "2027-01-01"}, "until 1 Jan 2027", "", false},
		"replaced":                    {stoa.Record{Relevance: stoa.Superseded, Published: "2020"}, "replaced by a newer edition", "", false},
		"withdrawn":                   {stoa.Record{Relevance: stoa.Withdrawn}, "withdrawn by its publisher", "", false},
		"published":                   {stoa.Record{Relevance: stoa.Current, Published: "2024-08"}, "published August 2024", "", false},
		"a programme without a date":  {stoa.Record{Relevance: stoa.Current, Kind: stoa.Programme}, "no date announced", "", false},
		"guidance that has no date":   {stoa.Record{Relevance: stoa.Current, Kind: stoa.Guidance}, "", "", false},
		"a zone that does not exist ": {stoa.Record{Relevance: stoa.Open, Deadline: "2026-11-24", Zone: "Mars/Base"}, "closes 24 Nov 2026", "in 1 day", true},
	} {
		d := DueOf(v, c.r)
		if d.Text != c.text || d.Badge != c.left || d.Soon != c.soon {
			t.Errorf("%s: %q %q %t", name, d.Text, d.Badge, d.Soon)
		}
	}
}

func TestBadgesSayWhatReadersMustKnow(t *testing.T) {
	v := view(t, "en")
	at := time.Date(2026, 9, 14, 5, 0, 0, 0, time.UTC)
	for want, r := range map[string]stoa.Record{
		"link dead/bad": {Availability: stoa.Dead}, "unsafe, link taken off/bad": {Availability: stoa.Quarantined}, "link in doubt/old": {Availability: stoa.Suspect},
		"link cannot be checked/old": {Availability: stoa.Blocked}, "link unconfirmed since 14 Sep 2026/old": {Availability: stoa.Unconfirmed, Checked: at}, "": {Availability: stoa.Unconfirmed},
		"unchanged for long/old": {Relevance: stoa.Dormant}, "not yet checked here/old": {Marks: []stoa.Mark{stoa.Seeded}}, "due for review/old": {Marks: []stoa.Mark{stoa.Overdue, "unheard-of"}},
	} {
		var got []string
		for _, b := range Badges(v, r) {
			got = append(got, b.Text+"/"+b.Class)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: %v, want %q", r, got, want)
		}
	}
}

func TestPagesToOffer(t *testing.T) {
	for _, c := range []struct {
		at, last int
		want     string
	}{{1, 1, "[1]"}, {1, 3, "[1 2 3]"}, {1, 8, "[1 2 0 8]"}, {5, 9, "[1 2 0 4 5 6 0 9]"}, {9, 9, "[1 2 0 8 9]"}} {
		if got := fmt.Sprint(Paging{At: c.at, Last: c.last}.Numbers()); got != c.want {
			t.Errorf("page %d of %d: %s, want %s", c.at, c.last, got, c.want)
		}
	}
}

func TestAddressesOfRecordsAreEscaped(t *testing.T) {
	for want, r := range map[string]stoa.Record{
		"/records/a-title-abc1234": {Short: "abc1234", Slug: "a-title"}, "/records/abc1234": {Short: "abc1234"}, "/records/01id": {ID: "01id"}, "/records/%2F..%2F%3Fx-abc": {Short: "abc", Slug: "/../?x"},
	} {
		if got := Address(r); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestPublisherComesFirst(t *testing.T) {
	first, others := Publishers(stoa.Record{Organisations: []stoa.Organisation{{Name: "Funder", Role: stoa.Funder}, {Name: "Home", Role: stoa.Publisher}, {Name: "Senegal", Role: stoa.Beneficiary}, {Name: "Home", Role: stoa.Host}}})
	if first != "Home" || len(others) != 1 || others[0] != "Funder" {
		t.Errorf("%s with %v", first, others)
	}
}
