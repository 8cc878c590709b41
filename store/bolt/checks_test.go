package bolt

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

var checksBegan = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

// linked is a catalogue with n records on two hosts, under a clock that can be set.
func linked(t *testing.T, n int, now *time.Time) (*store.Catalogue, []string) {
	t.Helper()
	c, err := store.Open(t.Context(), open(t, filepath.Join(t.TempDir(), "stoa.db")), store.Options{Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	src := stoa.Source{ID: "list", Organisation: "List", Format: "html", Trust: stoa.Trusted, VanishMeans: stoa.VanishRemoved}
	items := func(yield func(stoa.Item, error) bool) {
		for i := range n {
			if !yield(stoa.Item{Key: fmt.Sprint(i), URL: fmt.Sprintf("https://h%d.example/%d", i%2, i)}, nil) {
				return
			}
		}
	}
	words := []string{"harbour", "meadow", "lantern", "quarry", "orchard", "viaduct", "glacier", "pottery", "compass", "saffron"}
	_, err = c.Apply(t.Context(), stoa.Run{}, src, items, stoa.Steps{
		Settle: func(*stoa.Run) {},
		Judge:  func(stoa.Run, stoa.History) (string, string) { return "", "" },
		Draft: func(i stoa.Item) stoa.Draft {
			var n int
			fmt.Sscan(i.Key, &n)
			return stoa.Draft{ID: i.Key, Title: words[n%10] + " " + words[(n*7+3)%10] + " " + i.Key, URL: i.URL, Version: "1",
				Relevant: stoa.Verdict[bool]{Value: true, Confidence: 1}, Kind: stoa.Verdict[stoa.Kind]{Value: stoa.Guidance, Confidence: 1},
				Pillars: []stoa.PillarVerdict{{Pillar: stoa.Technical, Confidence: 1}}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range n {
		o, err := c.Observation(t.Context(), "list", fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, o.Record)
	}
	return c, ids
}

func looked(id, address string, at time.Time, status int) stoa.Finding {
	return stoa.Finding{Subject: id, Kind: stoa.Link, Rule: "check", At: at, Value: address, Check: &stoa.Check{At: at, Status: status, Final: address}}
}

// TestDueChecks: what is due comes in the order in which it is, of hosts that are named, and never of what is refused.
func TestDueChecks(t *testing.T) {
	now := checksBegan
	c, ids := linked(t, 6, &now)
	due := func(by time.Time, hosts ...string) (out []string) {
		t.Helper()
		list, err := c.DueChecks(t.Context(), by, hosts, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			out = append(out, d.Record)
		}
		return out
	}
	if got := due(now); len(got) != 6 {
		t.Fatalf("%d due at first, want all", len(got))
	}
	if got := due(now, "h1.example"); len(got) != 3 || !slices.Contains(got, ids[1]) {
		t.Errorf("of one host: %v", got)
	}
	for i, id := range ids {
		if i > 0 {
			at := now.Add(time.Duration(-i) * time.Hour)
			if err := c.Find(t.Context(), []stoa.Finding{looked(id, fmt.Sprintf("https://h%d.example/%d", i%2, i), at, 200)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := due(now); !slices.Equal(got, ids[:1]) {
		t.Errorf("due %v, want the one that was not looked at", got)
	}
	week := now.AddDate(0, 0, 7)
	if got := due(week); !slices.Equal(got, []string{ids[0], ids[5], ids[4], ids[3], ids[2], ids[1]}) {
		t.Errorf("after a week %v, want the longest due first", got)
	}
	list, err := c.DueChecks(t.Context(), week, nil, 2)
	if err != nil || len(list) != 2 || !list[0].Last.IsZero() || !list[1].Last.Equal(now.Add(-5*time.Hour)) || list[1].Host != "h1.example" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := c.Decide(t.Context(), stoa.Decision{Subject: ids[0], Action: stoa.Refuse, Reason: stoa.Reasons()[0], By: "ada"}); err != nil {
		t.Fatal(err)
	}
	if got := due(now); len(got) != 0 {
		t.Errorf("due %v after it was refused", got)
	}
	if n, err := c.Rebuild(t.Context()); err != nil || n != 0 {
		t.Fatalf("rebuilt: %d differ, %v", n, err)
	}
	if got := due(week); len(got) != 5 {
		t.Errorf("%d due after a rebuild, want 5", len(got))
	}
}

// TestLooksAreThinned: a year of good looks at a link is kept as few, and a rebuild makes the same of them.
func TestLooksAreThinned(t *testing.T) {
	now := checksBegan
	c, ids := linked(t, 1, &now)
	for range 52 {
		now = now.AddDate(0, 0, 7)
		if err := c.Find(t.Context(), []stoa.Finding{looked(ids[0], "https://h0.example/0", now, 200)}); err != nil {
			t.Fatal(err)
		}
	}
	findings, err := c.Findings(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range findings {
		if f.Kind == stoa.Link {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d looks are kept, want 2", n)
	}
	r, err := c.Get(t.Context(), ids[0])
	if err != nil || !r.Checked.Equal(now) || r.Availability != stoa.Alive {
		t.Errorf("%s, checked %s, %v", r.Availability, r.Checked, err)
	}
	if n, err := c.Rebuild(t.Context()); err != nil || n != 0 {
		t.Errorf("rebuilt: %d differ, %v", n, err)
	}
}

// TestIncidentsOfSources: they open once, go on, end, and stand in the queue for as long, rebuilt or not.
func TestIncidentsOfSources(t *testing.T) {
	now := checksBegan
	c, _ := linked(t, 1, &now)
	tell := func(text string) stoa.Incident {
		t.Helper()
		i, err := c.Incident(t.Context(), stoa.Incident{Source: "list", Rule: "S9", About: "h0.example", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	queued := func() int {
		t.Helper()
		tasks, n, err := c.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident})
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			if task.Subject != "list" || task.Run != nil || len(task.Why) != 2 || task.Why[0] != "S9" {
				t.Errorf("task %+v", task)
			}
		}
		return n
	}
	tell("all fail")
	now = now.Add(time.Hour)
	if i := tell("all fail still"); !i.Since.Equal(checksBegan) || !i.Last.Equal(now) || queued() != 1 {
		t.Errorf("%+v, %d tasks: want one since the beginning", i, queued())
	}
	if _, err := c.Rebuild(t.Context()); err != nil || queued() != 1 {
		t.Errorf("%d tasks after a rebuild, %v", queued(), err)
	}
	if i := tell(""); i != (stoa.Incident{}) || queued() != 0 {
		t.Errorf("%+v, %d tasks after the end", i, queued())
	}
	tell("")
	if _, err := c.Incident(t.Context(), stoa.Incident{Source: "list"}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("an incident without a rule: %v", err)
	}
}
