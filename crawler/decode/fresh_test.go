package decode

import (
	"net/http"
	"testing"
	"time"

	"stoa"
)

// TestHowLongAListingStays reads what feeds and calendars say of their own rhythm.
func TestHowLongAListingStays(t *testing.T) {
	rss := func(head string) string {
		return `<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>F</title>` + head + `<item><title>A</title></item></channel></rss>`
	}
	calendar := func(line string) string {
		return "BEGIN:VCALENDAR\r\n" + line + "\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A\r\nDTSTART:20270101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	for _, c := range []struct {
		name, body string
		format     stoa.Format
		want       time.Duration
	}{
		{"nothing said", rss(""), "feed", 0},
		{"a ttl in minutes", rss("<ttl>720</ttl>"), "feed", 12 * time.Hour},
		{"a ttl without end", rss("<ttl>99999999</ttl>"), "feed", maxFresh},
		{"a ttl that is none", rss("<ttl>-5</ttl>"), "feed", 0},
		{"twice a day", rss("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"), "feed", 12 * time.Hour},
		{"a period alone", rss("<sy:updatePeriod>weekly</sy:updatePeriod>"), "feed", 7 * 24 * time.Hour},
		{"an unknown period", rss("<sy:updatePeriod>often</sy:updatePeriod>"), "feed", 0},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><sy:updatePeriod>daily</sy:updatePeriod><entry><title>A</title></entry></feed>`, "feed", 24 * time.Hour},
		{"a calendar's interval", calendar("REFRESH-INTERVAL;VALUE=DURATION:P1DT12H"), "ical", 36 * time.Hour},
		{"a calendar's older word", calendar("X-PUBLISHED-TTL:PT12H"), "ical", 12 * time.Hour},
		{"a calendar's interval that is none", calendar("X-PUBLISHED-TTL:soon"), "ical", 0},
	} {
		l, err := Open(Page{URL: "https://f.example/", Header: http.Header{}, Body: []byte(c.body), Fetched: fetched}, stoa.Source{Format: c.format})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if items, faults := collect(l); len(items) != 1 || len(faults) != 0 || l.Fresh != c.want {
			t.Errorf("%s: %s of %d items (%v), want %s", c.name, l.Fresh, len(items), faults, c.want)
		}
	}
}
