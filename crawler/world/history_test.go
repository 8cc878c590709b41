package world_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"stoa"
)

// TestNinetyNormalDays: items come and go, windows roll, words are edited, banners change; and nobody is woken for it.
func TestNinetyNormalDays(t *testing.T) {
	step := 9
	if os.Getenv("STOA_SOAK") != "" {
		step = 1
	}
	r := newRig(t)
	news, changes, gone, runs := 0, 0, 0, 0
	for day := 0; day <= 90; day += step {
		r.world.SetDay(day)
		r.moved.Store(int64(time.Duration(day) * aDay))
		for _, src := range r.sources {
			if src.Disabled != "" {
				continue
			}
			run := r.harvest(t, src)
			runs++
			if day > 0 {
				news, changes, gone = news+run.New, changes+run.Changed, gone+run.Vanished
			}
			if !run.Outcome.Good() {
				t.Errorf("day %d, %s: %s %s %s", day, src.ID, run.Outcome, run.Code, run.Text)
			}
			for _, w := range run.Warnings {
				if strings.HasPrefix(w, "drift") || strings.HasPrefix(w, "S29") {
					t.Errorf("day %d, %s: %s", day, src.ID, w)
				}
			}
			if src.Windowed() && run.Vanished > 0 {
				t.Errorf("day %d, %s: %d items vanished from a window (S17)", day, src.ID, run.Vanished)
			}
		}
	}
	tasks, _, err := r.catalogue.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if task.Subject != "world-itu-news" || task.Why[0] != stoa.RuleMoved { // its address does redirect for good
			t.Errorf("a false alarm: %s %q", task.Subject, task.Why)
		}
	}
	t.Logf("%d runs in ninety days: %d new, %d changed, %d vanished, no alarm", runs, news, changes, gone)
	if news < 15 || changes < 10 || gone < 2 {
		t.Errorf("%d new, %d changed, %d vanished: that is no history", news, changes, gone)
	}
}

// TestS19ThePublishersWord: an archive's deleted header and a calendar's cancelled event withdraw their records in the first run, and nothing else.
func TestS19ThePublishersWord(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		source, key string
		day         int
	}{
		{"world-unu", "oai:unu.example:103", 46},
		{"world-igf-calendar", "regional-drill@igf", 38},
	} {
		src := r.source(t, c.source)
		for _, day := range []int{0, c.day - 1, c.day} {
			r.world.SetDay(day)
			r.moved.Store(int64(time.Duration(day) * aDay))
			if run := r.harvest(t, src); !run.Outcome.Good() || run.Vanished > 0 {
				t.Errorf("%s on day %d: %s %s %s, %d vanished", c.source, day, run.Outcome, run.Code, run.Text, run.Vanished)
			}
			for _, o := range r.observations(t)[c.source] {
				rec, err := r.catalogue.Get(t.Context(), o.Record)
				if err != nil {
					t.Fatal(err)
				}
				if gone := rec.Relevance == stoa.Withdrawn; gone != (day == c.day && o.Key == c.key) || rec.Title == "" {
					t.Errorf("%s on day %d: %q is %s %v", o.Key, day, rec.Title, rec.Relevance, rec.Rules)
				}
			}
		}
	}
}
