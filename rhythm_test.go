package stoa

import (
	"testing"
	"time"
)

func TestARhythmIsWhatVisitsTell(t *testing.T) {
	monday := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	visits := func(every time.Duration, n int, changed func(i int) bool) (r Rhythm) {
		for i := range n {
			r = r.Visited(monday.Add(time.Duration(i)*every), monday.Add(time.Duration(i+1)*every), changed(i))
		}
		return r
	}
	const hoursADay, day = 24, 24 * time.Hour
	for _, c := range []struct {
		name        string
		got         Rhythm
		least, most float64 // changes a day
	}{
		{"nothing known", Rhythm{}, 0.015, 0.018},
		{"the first visit tells nothing", Rhythm{}.Visited(time.Time{}, monday, true), 0.015, 0.018},
		{"a clock that went back tells nothing", Rhythm{}.Visited(monday, monday.Add(-time.Hour), true), 0.015, 0.018},
		{"one change is believed", Rhythm{}.Visited(monday, monday.Add(day), true), 0.04, 0.06},
		{"every fourth visit finds one", visits(6*time.Hour, 400, func(i int) bool { return i%4 == 0 }), 0.9, 1.8}, // at random they would come in clumps
		{"most visits find one, and some more than that", visits(day, 400, func(i int) bool { return i%7 > 0 }), 1.5, 2.5},
		{"none since long", visits(day, 800, func(i int) bool { return i < 100 && i%2 == 0 }), 0.002, 0.03},
	} {
		if got := c.got.Rate() * hoursADay; got < c.least || got > c.most {
			t.Errorf("%s: %.3f changes a day, want %.3f to %.3f", c.name, got, c.least, c.most)
		}
	}
	night := visits(6*time.Hour, 800, func(i int) bool { return i%4 == 3 }).Week() // between 18 and 24 o'clock
	if evening, noon := night[WeekSlot(monday.Add(21*time.Hour))], night[WeekSlot(monday.Add(12*time.Hour))]; evening < 5*noon {
		t.Errorf("changes between 18 and 24 o'clock: %.2f in the evening, %.2f at noon", evening, noon)
	}
	sum := 0.0
	for _, w := range night {
		sum += w
	}
	if sum < WeekSlots-0.01 || sum > WeekSlots+0.01 {
		t.Errorf("a week has %.2f slots, want %d", sum, WeekSlots)
	}
}
