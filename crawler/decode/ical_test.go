package decode

import (
	"net/http"
	"strings"
	"testing"

	"stoa"
)

// TestCalendarsOfCarelessPrograms names what programs do to calendars that RFC 5545 does not foresee, and what is read
// of it all the same.
func TestCalendarsOfCarelessPrograms(t *testing.T) {
	event := func(lines ...string) string {
		return "BEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\n"
	}
	for _, c := range []struct {
		name, body, contentType string
		titles                  string // of the items, joined
		faults                  int
	}{
		{"a fold between the bytes of a character", event("UID:1", "SUMMARY:Caf\xc3\r\n \xa9 and \xe7\xb6\r\n\t\xb2 and \xe7\n \xb6\xb2"), "", "Café and 網 and 網", 0},
		{"a fold after a character that is no UTF-8", event("UID:1", "SUMMARY:Caf\xe9\r\n  bar"), "text/calendar; charset=iso-8859-1", "Café bar", 0},
		{"an event that another one breaks off is a fault, not nothing", "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a\r\n" + event("UID:2", "SUMMARY:b"), "", "b", 1},
		{"an alarm's words are not the event's", event("UID:1", "SUMMARY:a", "BEGIN:VALARM", "SUMMARY:b", "END:VALARM"), "", "a", 0},
		{"two calendars in one body", event("UID:1", "SUMMARY:a") + "END:VCALENDAR\r\nBEGIN:VCALENDAR\r\n" + event("UID:2", "SUMMARY:b"), "", "a, b", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Page{URL: "https://partner.example/events.ics", Header: http.Header{"Content-Type": {c.contentType}}}
			p.Body = []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + c.body + "END:VCALENDAR\r\n")
			_, items, faults := readAll(t, p, stoa.Source{Format: "ical"})
			var titles []string
			for _, item := range items {
				titles = append(titles, item.Title)
			}
			if got := strings.Join(titles, ", "); got != c.titles || len(faults) != c.faults {
				t.Errorf("%q and %d faults %v, want %q and %d", got, len(faults), faults, c.titles, c.faults)
			}
		})
	}
}
