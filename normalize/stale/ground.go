package stale

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa"
)

// words are what a look can have seen, by how the English sentence begins.
var words = []struct{ text, word string }{
	{"gone", "gone"}, {"not found", "not-found"}, {"refused", "refused"}, {"server error", "server-error"},
	{"name server failed", "name-server"}, {"certificate not valid", "certificate"}, {"timed out", "timeout"},
	{"connection refused", "connection-refused"}, {"name not found", "no-name"}, {"not allowed to look", "not-allowed"},
	{"connection lost", "lost"}, {"parked or sold", "parked"}, {"asks whether a person", "person-check"}, {"asks for a password", "password"},
	{"redirects to the front", "to-front"}, {"redirects to a login", "to-login"}, {"redirects to a search", "to-search"},
	{"redirects to a list", "to-list"}, {"its address says", "error-address"}, {"says that it was not found", "says-not-found"},
}

// word is what a look saw: a word of the list, and the status where the sentence names it.
func (s sight) word() string {
	for _, w := range words {
		if !strings.HasPrefix(s.why, w.text) {
			continue
		}
		if strings.Contains(s.why, "("+strconv.Itoa(s.Status)+")") {
			return w.word + " " + strconv.Itoa(s.Status)
		}
		return w.word
	}
	return ""
}

// groundOf is a sentence about looks, taken apart.
func groundOf(code string, looks []sight) stoa.Ground {
	g := stoa.Ground{Code: code, On: daysOf(timesOf(looks))}
	for _, s := range looks {
		if w := s.word(); w != "" && !slices.Contains(g.What, w) {
			g.What = append(g.What, w)
		}
	}
	return g
}

// groundOn is a sentence about a day, taken apart.
func groundOn(code string, at time.Time) stoa.Ground {
	return stoa.Ground{Code: code, On: daysOf([]time.Time{at})}
}

// mostDays bounds the days that a sentence names: beyond, the first and the last two stand for all.
const mostDays = 5

func daysOf(times []time.Time) []stoa.Date {
	var out []stoa.Date
	for _, t := range times {
		if d := dayOf(t); d != "" && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	if len(out) > mostDays {
		out = append(out[:1:1], out[len(out)-2:]...)
	}
	return out
}

func dayOf(t time.Time) stoa.Date {
	if t.IsZero() {
		return ""
	}
	return stoa.DayOf(t.UTC())
}
