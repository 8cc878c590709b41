package schedule

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stoa"
)

var monday = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)

// watch visits a source by its own schedule for so many days and returns the visits: changed says whether the listing changed between two.
func watch(src stoa.Source, days int, changed func(after, until time.Time) bool) (visits []time.Time, h stoa.History) {
	for at := Next(src, h, monday); at.Before(monday.AddDate(0, 0, days)); at = Next(src, h, monday) {
		h.Rhythm = h.Rhythm.Visited(h.Last.Began, at, !h.Last.Began.IsZero() && changed(h.Last.Began, at))
		h.Last = stoa.Run{Began: at}
		visits = append(visits, at)
	}
	return visits, h
}

// at is a listing that changes at certain instants.
func at(changes []time.Time) func(after, until time.Time) bool {
	return func(after, until time.Time) bool {
		for _, c := range changes {
			if c.After(after) && !c.After(until) {
				return true
			}
		}
		return false
	}
}

// spread are changes at random instants, so long apart on average.
func spread(days int, apart time.Duration) (out []time.Time) {
	r := rand.New(rand.NewPCG(1, 1))
	for t := monday; t.Before(monday.AddDate(0, 0, days)); {
		t = t.Add(time.Duration(r.ExpFloat64() * float64(apart)))
		out = append(out, t)
	}
	return out
}

func TestAdaptiveRhythmFollowsTheSource(t *testing.T) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
	for _, c := range []struct {
		name        string
		apart       time.Duration
		least, most time.Duration // on average between two visits
	}{
		{"several a day", 4 * time.Hour, 6 * time.Hour, 13 * time.Hour},
		{"daily", day, 10 * time.Hour, 24 * time.Hour},
		{"weekly", 7 * day, 24 * time.Hour, 60 * time.Hour},
		{"yearly", 365 * day, 5 * day, 7 * day},
	} {
		visits, _ := watch(src, 400, at(spread(400, c.apart)))
		visits = visits[len(visits)/3:]
		mean := visits[len(visits)-1].Sub(visits[0]) / time.Duration(len(visits)-1)
		if mean < c.least || mean > c.most {
			t.Errorf("%s: visited every %s on average, want %s to %s", c.name, mean.Round(time.Minute), c.least, c.most)
		}
	}
}

// TestAListingThatGoesSilentIsVisitedEverMoreRarely, and one that wakes up soon again.
func TestAListingThatGoesSilentIsVisitedEverMoreRarely(t *testing.T) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
	changes := spread(100, day)
	for _, c := range spread(60, day) {
		changes = append(changes, c.AddDate(0, 0, 500))
	}
	visits, _ := watch(src, 560, at(changes))
	in := func(from, to int) (n int) {
		for _, v := range visits {
			if d := int(v.Sub(monday) / day); d >= from && d < to {
				n++
			}
		}
		return n
	}
	busy, silent, awake := in(60, 100), in(460, 500), in(520, 560)
	if silent*3 > busy || awake < silent*2 {
		t.Errorf("visits in forty days: %d while it changed daily, %d when it had been silent for a year, %d after it woke", busy, silent, awake)
	}
}

// TestVisitsComeSoonAfterTheHoursOfChange: a listing that changes in one hour of the evening, on the working days of its own country, is
// found out, whatever hours were taken for likely.
func TestVisitsComeSoonAfterTheHoursOfChange(t *testing.T) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
	var changes []time.Time
	for d := range 400 { // Sunday to Thursday
		if date := monday.AddDate(0, 0, d); date.Weekday() != time.Friday && date.Weekday() != time.Saturday {
			changes = append(changes, date.Add(21*time.Hour+time.Duration(d%7)*8*time.Minute))
		}
	}
	visits, _ := watch(src, 400, at(changes))
	visits = visits[len(visits)/2:]
	soon, idle := 0, 0
	for _, v := range visits {
		if h := v.Hour(); h >= 22 || h < 2 {
			soon++
		}
		if !at(changes)(v.Add(-day), v) {
			idle++
		}
	}
	if n := len(visits); soon*10 < n*7 || idle*4 > n {
		t.Errorf("of %d visits %d come within four hours of the change, %d where nothing changed for a day", n, soon, idle)
	}
}

func TestBoundsAndFloorsAreNeverLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := time.Duration(rapid.Int64Range(int64(time.Minute), int64(20*day)).Draw(t, "least"))
		most := time.Duration(rapid.Int64Range(int64(least)+1, int64(200*day)).Draw(t, "most"))
		h := stoa.History{Last: stoa.Run{Began: monday.Add(time.Duration(rapid.Int64Range(0, int64(8*day)).Draw(t, "last")))}}
		h.Good.Fresh = time.Duration(rapid.Int64Range(0, int64(400*day)).Draw(t, "fresh"))
		h.Rhythm.Hours = rapid.Float64Range(0, 1e6).Draw(t, "hours")
		h.Rhythm.Changes = rapid.Float64Range(0, 1e6).Draw(t, "changes")
		for i := range h.Rhythm.Times {
			h.Rhythm.Times[i] = rapid.Float64Range(0, 100).Draw(t, "time")
		}
		src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: least, Max: most}}
		got := Next(src, h, monday).Sub(h.Last.Began)
		if floor := max(least, min(h.Good.Fresh, most)); got < floor || got > most {
			t.Fatalf("adaptive %s..%s, fresh for %s: next after %s", least, most, h.Good.Fresh, got)
		}
		if again := Next(src, h, monday.AddDate(1, 0, 0)).Sub(h.Last.Began); again != got {
			t.Fatalf("of the same history %s and %s", got, again)
		}
	})
}

// TestWhatThePublisherSaysIsAFloor: a listing that says how long it stays as it is is not asked sooner, but within its bounds; fixed
// schedules are the operator's word.
func TestWhatThePublisherSaysIsAFloor(t *testing.T) {
	s := stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}
	busy := stoa.History{Last: stoa.Run{Began: monday.Add(9 * time.Hour)}, Rhythm: stoa.Rhythm{Changes: 30, Hours: 60}}
	for _, c := range []struct {
		name        string
		s           stoa.Schedule
		fresh       time.Duration
		least, most time.Duration
	}{
		{"nothing said", s, 0, 6 * time.Hour, day},
		{"an hour is below the least", s, time.Hour, 6 * time.Hour, day},
		{"two days", s, 2 * day, 2 * day, 3 * day},
		{"a year is above the most", s, 365 * day, 7 * day, 7 * day},
		{"a fixed schedule", stoa.Schedule{Min: 6 * time.Hour, Max: 6 * time.Hour}, day, 3 * time.Hour, 9 * time.Hour},
	} {
		busy.Good.Fresh = c.fresh
		if got := Next(stoa.Source{ID: "a", Schedule: c.s}, busy, monday).Sub(busy.Last.Began); got < c.least || got > c.most {
			t.Errorf("%s: next after %s, want %s to %s", c.name, got, c.least, c.most)
		}
	}
}

// TestSourcesOfOneHourAreSpread: the best hour is the same for many, the minute is not.
func TestSourcesOfOneHourAreSpread(t *testing.T) {
	minutes := map[time.Time]int{}
	for i := range 60 {
		src := stoa.Source{ID: "source-" + string(rune('a'+i%26)) + string(rune('a'+i/26)), Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
		minutes[Next(src, stoa.History{Last: stoa.Run{Began: monday.Add(time.Hour)}}, monday).Truncate(time.Minute)]++
	}
	for at, n := range minutes {
		if n > 5 {
			t.Errorf("%d of 60 sources are due at %s", n, at)
		}
	}
}

// TestAHistoryFromBeforeRhythmsWereKept is gone by what its last changes tell.
func TestAHistoryFromBeforeRhythmsWereKept(t *testing.T) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
	with := func(apart time.Duration) time.Duration {
		h := stoa.History{Last: stoa.Run{Began: monday}}
		for i := range 10 {
			h.Changes = append(h.Changes, monday.Add(-time.Duration(i+1)*apart))
		}
		return Next(src, h, monday).Sub(monday)
	}
	if busy, calm := with(12*time.Hour), with(60*day); busy > day || calm < 3*day {
		t.Errorf("what changed twice a day is due after %s, what changed every other month after %s", busy, calm)
	}
}

func BenchmarkNext(b *testing.B) {
	src := stoa.Source{ID: "a", Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * day}}
	_, h := watch(src, 100, at(spread(100, day)))
	for b.Loop() {
		Next(src, h, monday)
	}
}
