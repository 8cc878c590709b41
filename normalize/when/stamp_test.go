package when

import (
	"testing"
	"time"

	"stoa"
)

// TestSuiteOfFeedDates holds Stamp to the dates that feedparser's tests ask for.
func TestSuiteOfFeedDates(t *testing.T) {
	all := lines[struct {
		In  string
		UTC *time.Time
	}](t, "../../testdata/suites/feeds/dates.jsonl")
	for _, c := range all {
		got, err := Stamp(c.In)
		switch {
		case c.UTC == nil && err == nil:
			t.Errorf("Stamp(%q) = %q, want no date", c.In, got)
		case c.UTC != nil && (err != nil || !got.Begin(time.UTC).Equal(*c.UTC)):
			t.Errorf("Stamp(%q) = %q, %v, want %v", c.In, got, err, c.UTC)
		}
	}
}

func TestStamp(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		want     stoa.Date // "" wants an error
	}{
		{"RFC 822", "Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"},
		{"offset", "Thu, 01 Jan 2004 19:48:21 -0500", "2004-01-02T00:48:21Z"},
		{"hyphens, as in RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"},
		{"hyphens and four digits", "06-Nov-2026 08:49:37 +0100", "2026-11-06T07:49:37Z"},
		{"hyphens and no time", "6-nov-2026", "2026-11-06"},
		{"a hyphen that parts nothing", "6 - 2026", ""},
		{"no seconds", "Thu, 01 Jan 2004 00:00 GMT", "2004-01-01T00:00:00Z"},
		{"no day of the week", "1 Jan 2004 10:00:00 +0100", "2004-01-01T09:00:00Z"},
		{"a wrong day of the week", "Mon, 01 Jan 2004 10:00:00 Z", "2004-01-01T10:00:00Z"},
		{"two-digit year of the last century", "Fri, 01 Jan 99 00:00:00 GMT", "1999-01-01T00:00:00Z"},
		{"three-digit year", "Thu, 01 Jan 104 00:00:00 GMT", "2004-01-01T00:00:00Z"},
		{"an ancient year", "Thu, 01 Jan 0100 00:00:01 +0100", "0099-12-31T23:00:01Z"},
		{"Etc/GMT", "Wed, 19 Aug 2009 18:28:00 Etc/GMT", "2009-08-19T18:28:00Z"},
		{"a place", "Wed, 19 Aug 2009 18:28:00 Europe/Paris", "2009-08-19T16:28:00Z"},
		{"an offset with minutes", "Wed, 19 Feb 2012 22:40:00 -01:01", "2012-02-19T23:41:00Z"},
		{"a comment", "Thu, 30 Aug 2012 17:26:16 +0200 (CEST)", "2012-08-30T15:26:16Z"},
		{"as JavaScript writes", "Thu Aug 30 2012 17:26:16 GMT+0200 (Central European Summer Time)", "2012-08-30T15:26:16Z"},
		{"asctime", "Sun Jan  4 16:29:06 2004", "2004-01-04T16:29:06Z"},
		{"asctime with zone", "Sun Jan  4 16:29:06 PST 2004", "2004-01-05T00:29:06Z"},
		{"Perforce", "Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z"},
		{"Greek", "Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z"},
		{"Hungarian", "2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z"},
		{"Korean, afternoon", "2004-05-25 오후 11:23:17", "2004-05-25T14:23:17Z"},
		{"Korean, spelt", "2004년 05월 28일  01:31:15", "2004-05-27T16:31:15Z"},
		{"French", "lun., 13 févr. 2012 10:00:00 +0100", "2012-02-13T09:00:00Z"},
		{"German", "Mo, 13 Mär 2012 10:00:00 +0100", "2012-03-13T09:00:00Z"},
		{"Russian", "Пн, 13 фев 2012 10:00:00 +0300", "2012-02-13T07:00:00Z"},
		{"Japan", "Mon, 13 Feb 2012 09:00:00 JST", "2012-02-13T00:00:00Z"},
		{"Korea", "Mon, 13 Feb 2012 09:00:00 KST", "2012-02-13T00:00:00Z"},
		{"Eastern Australia", "Mon, 13 Feb 2012 10:00:00 AEST", "2012-02-13T00:00:00Z"},
		{"New Zealand", "Mon, 13 Feb 2012 12:00:00 NZST", "2012-02-13T00:00:00Z"},
		{"Hong Kong", "Mon, 13 Feb 2012 08:00:00 HKT", "2012-02-13T00:00:00Z"},
		{"Singapore", "Mon, 13 Feb 2012 08:00:00 SGT", "2012-02-13T00:00:00Z"},
		{"Moscow", "Mon, 13 Feb 2012 03:00:00 MSK", "2012-02-13T00:00:00Z"},
		{"Hawaii", "Mon, 13 Feb 2012 03:00:00 HST", "2012-02-13T13:00:00Z"},
		{"Alaska", "Mon, 13 Feb 2012 03:00:00 AKST", "2012-02-13T12:00:00Z"},
		{"Central Europe", "Thu, 30 Apr 2015 08:57:00 MET", "2015-04-30T07:57:00Z"},
		{"South Africa", "Thu, 30 Apr 2015 08:57:00 SAST", "2015-04-30T06:57:00Z"},
		{"the zones of RFC 822", "Mon, 26 January 2004 16:31:00 CST", "2004-01-26T22:31:00Z"},
		{"a name of no season in summer", "Mon, 26 July 2004 16:31:00 ET", "2004-07-26T20:31:00Z"},
		{"India, Israel or Ireland: the day", "Mon, 13 Feb 2012 10:00:00 IST", "2012-02-13"},
		{"Britain or Bangladesh: the day", "Mon, 13 Jul 2012 10:00:00 BST", "2012-07-13"},
		{"an unknown zone: the day", "Mon, 13 Feb 2012 10:00:00 XYZT", "2012-02-13"},
		{"a military zone, which software got wrong: the day", "Mon, 13 Feb 2012 10:00:00 A", "2012-02-13"},
		{"an unknown place: the day", "Mon, 13 Feb 2012 10:00:00 Mars/Base", "2012-02-13"},
		{"half past", "Mon, 13 Feb 2012 1:30 PM GMT", "2012-02-13T13:30:00Z"},
		{"RFC 3339", "2003-12-31T10:14:55-08:00", "2003-12-31T18:14:55Z"},
		{"fractions", "2007-04-23T23:25:47.538+10:00", "2007-04-23T13:25:47Z"},
		{"a leap day", "2004-02-28T18:14:55-08:00", "2004-02-29T02:14:55Z"},
		{"a month", "2003-12", "2003-12"},
		{"a year", "2003", "2003"},
		{"basic format", "20031231T101455Z", "2003-12-31T10:14:55Z"},
		{"an ordinal day", "2003-335", "2003-12-01"},
		{"a short ordinal day", "03335", "2003-12-01"},
		{"a short date", "03-12-31", "2003-12-31"},
		{"a short month", "-0312", "2003-12"},
		{"a space for T", "2004-07-08 23:56:58.7", "2004-07-08T23:56:58Z"},
		{"slashes", "2004/07/08 23:56", "2004-07-08T23:56:00Z"},
		{"only one order is possible", "9/30/2026 10:00", "2026-09-30T10:00:00Z"},
		{"two orders are possible", "9/10/2026 10:00", ""},
		{"25 hours", "2003-12-31T25:14:55Z", ""},
		{"61 seconds", "2003-12-31T10:14:61Z", ""},
		{"offset of 99 hours", "Thu, 01 Jan 2004 19:48:21 +9999", ""},
		{"no minute in the offset", "Sun, 16 Dec 2012 11:47:32 +00:zz", ""},
		{"no year", "Sun, 16 Dec zz 11:47:32 GMT", ""},
		{"30 February", "2003-02-30", ""},
		{"words", "yesterday", ""},
		{"too long", "2003-12-31                                                                                             x", ""},
	} {
		got, err := Stamp(c.in)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: Stamp(%q) = %q, %v, want %q", c.rule, c.in, got, err, c.want)
		}
	}
}
