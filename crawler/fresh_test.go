package crawler

import (
	"net/http"
	"testing"
	"time"

	"stoa/crawler/fetch"
)

// TestHowLongAnAnswerIsGood reads Cache-Control, Expires and Age.
func TestHowLongAnAnswerIsGood(t *testing.T) {
	at := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"nothing said", nil, 0},
		{"max-age", map[string]string{"Cache-Control": "public, max-age=86400"}, 24 * time.Hour},
		{"max-age before Expires", map[string]string{"Cache-Control": "max-age=60", "Expires": "Tue, 05 May 2026 10:00:00 GMT"}, time.Minute},
		{"the age that it had", map[string]string{"Cache-Control": "max-age=86400", "Age": "3600"}, 23 * time.Hour},
		{"older than it may be", map[string]string{"Cache-Control": "max-age=60", "Age": "3600"}, 0},
		{"Expires by the host's own clock", map[string]string{"Expires": "Tue, 05 May 2026 12:00:00 GMT", "Date": "Tue, 05 May 2026 10:00:00 GMT"}, 2 * time.Hour},
		{"Expires by ours", map[string]string{"Expires": "Mon, 04 May 2026 12:00:00 GMT"}, 2 * time.Hour},
		{"to be asked for each time", map[string]string{"Cache-Control": "no-cache, max-age=86400"}, 0},
		{"without end", map[string]string{"Cache-Control": "max-age=99999999999999"}, longestFresh},
		{"very long", map[string]string{"Cache-Control": "max-age=31536000, immutable"}, longestFresh},
		{"unreadable", map[string]string{"Cache-Control": "max-age=soon", "Expires": "0"}, 0},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		if got := freshFor(&fetch.Response{Header: h, Fetched: at}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
