package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stoa"
)

// deadlines are stated in many ways; at is the instant at which each passes.
var deadlines = []struct{ name, source, deadline, at string }{
	{"a day, in no known zone (UTC−12)", "nowhere", "2027-02-27", "2027-02-28T12:00:00Z"},
	{"first zone on Earth", "nowhere", "2027-03-01T12:00:00+14:00", "2027-02-28T22:00:00Z"},
	{"last zone on Earth", "nowhere", "2027-02-28T10:00:00-12:00", "2027-02-28T22:00:00Z"},
	{"winter time", "zurich", "2027-02-28T23:00:00+01:00", "2027-02-28T22:00:00Z"},
	{"a day in its source's zone, in winter", "zurich", "2027-02-28", "2027-02-28T23:00:00Z"},
	{"summer time", "zurich", "2027-07-01T00:00:00+02:00", "2027-06-30T22:00:00Z"},
	{"a day in its source's zone, in summer", "zurich", "2027-06-30", "2027-06-30T22:00:00Z"},
}

// calls serves two feeds of calls.
func calls(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		source := strings.Trim(r.URL.Path, "/")
		if source != "zurich" && source != "nowhere" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Calls</title><link>https://calls.example/</link><description>d</description>`)
		for i, d := range deadlines {
			if d.source == source {
				fmt.Fprintf(w, `<item><guid isPermaLink="false">%d</guid><title>Call number %d for a fellowship in incident response</title><link>https://calls.example/%d</link><description>A training programme for staff of national response teams.</description></item>`, i, i, i)
			}
		}
		fmt.Fprint(w, `</channel></rss>`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func sourcesOfCalls(address string) string {
	one := `  - {id: %s, organisation: Calls, title: Calls %s, url: "%s/%s", format: feed, schedule: adaptive 1h..7d, delay: 10ms, trust: trusted, vanish_means: nothing, languages: [en]%s}` + "\n"
	return "sources:\n" + fmt.Sprintf(one, "zurich", "of Zurich", address, "zurich", ", zone: Europe/Zurich") + fmt.Sprintf(one, "nowhere", "of nowhere", address, "nowhere", "")
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// callIDs finds the records of the calls, by their number.
func callIDs(t *testing.T, dir string, flags []string) map[int]string {
	t.Helper()
	ids := map[int]string{}
	for line := range strings.Lines(command(t, dir, "", 0, append([]string{"search", "fellowship", "--json"}, flags...)...)) {
		var r stoa.Record
		n := 0
		if json.Unmarshal([]byte(line), &r) != nil {
			continue
		}
		if _, err := fmt.Sscanf(r.Title, "Call number %d", &n); err == nil {
			ids[n] = r.ID
		}
	}
	if len(ids) != len(deadlines) {
		t.Fatalf("%d calls found, want %d", len(ids), len(deadlines))
	}
	return ids
}

// TestNoClosedCallInADefaultList serves calls whose deadlines are stated in every way under a clock that is moved to
// just before each: within the minute after it no list has the call, its address still answers, readers who follow a
// feed are told once, and nothing was harvested. The clock's jumps, by months, make nothing dormant or unconfirmed. The short form looks at
// the first and the last instant.
func TestNoClosedCallInADefaultList(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	flags := []string{"--sources", write("sources.yaml", sourcesOfCalls(calls(t))), "--allow-net", "127.0.0.0/8"}
	command(t, dir, "", 0, append([]string{"harvest"}, flags...)...)
	ids := callIDs(t, dir, flags)
	for i, d := range deadlines {
		command(t, dir, "", 0, append([]string{"decide", ids[i], "set", "--field", "deadline", "--value", d.deadline, "--by", "ada"}, flags...)...)
	}
	clock := write("clock", "0s")
	home := hall(t, dir, append(flags, "--clock-offset", "@"+filepath.Join(dir, clock))...)
	has := func(i int) bool {
		return strings.Contains(fetched(t, home+"/en/records?q=fellowship"), fmt.Sprintf("Call number %d ", i))
	}
	var instants []string
	for _, d := range deadlines {
		if len(instants) == 0 || instants[len(instants)-1] != d.at {
			instants = append(instants, d.at)
		}
	}
	if !long() {
		instants = []string{instants[0], instants[len(instants)-1]}
	}
	for _, at := range instants {
		closes, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		moved := time.Until(closes.Add(-3 * time.Second))
		write("clock", moved.String())
		left := func() time.Duration { return closes.Sub(time.Now().Add(moved)) }
		for i, d := range deadlines {
			if d.at == at && left() > time.Second && !has(i) {
				t.Errorf("%s: not in the list %s before its deadline", d.name, left())
			}
		}
		for i, d := range deadlines {
			for d.at == at && has(i) {
				if left() < -time.Minute {
					t.Fatalf("%s: still in the list a minute after its deadline", d.name)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if d.at == at {
				closedWell(t, home, ids[i], i)
				t.Logf("%s: out of the list %s after its deadline", d.name, -left().Round(100*time.Millisecond))
			}
		}
	}
	if list := fetched(t, home+"/api/v1/records?stale=1&limit=500"); strings.Contains(list, `"S24"`) || strings.Contains(list, `"S26"`) {
		t.Error("the jump of the clock by months made something dormant or unconfirmed")
	}
}

// closedWell checks what is left of a closed call: its address, the rule, and one entry in feeds.
func closedWell(t *testing.T, home, id string, n int) {
	t.Helper()
	var r stoa.Record
	if err := json.Unmarshal([]byte(fetched(t, home+"/api/v1/records/"+id)), &r); err != nil {
		t.Fatal(err)
	}
	if r.Relevance != stoa.Closed || len(r.Rules) == 0 || len(r.Reasons) == 0 || !strings.HasPrefix(strings.Join(r.Reasons, " "), "Closed on ") {
		t.Errorf("call %d is %s by %v: %v", n, r.Relevance, r.Rules, r.Reasons)
	}
	if page := fetched(t, home+"/id/"+id); !strings.Contains(page, fmt.Sprintf("Call number %d ", n)) || !strings.Contains(page, "S20") {
		t.Errorf("the address of call %d does not answer with its rule", n)
	}
	if list := fetched(t, home+"/en/records?q=fellowship&stale=1"); !strings.Contains(list, fmt.Sprintf("Call number %d ", n)) {
		t.Errorf("call %d is not among the stale ones", n)
	}
	var log struct{ Changes []stoa.Change }
	if err := json.Unmarshal([]byte(fetched(t, home+"/api/v1/changes?since=0&limit=10000")), &log); err != nil {
		t.Fatal(err)
	}
	closings := 0
	for _, c := range log.Changes {
		if c.Record == id && c.Op == stoa.OpStale {
			closings++
		}
	}
	if closings != 1 {
		t.Errorf("call %d: %d changes say that it closed, want one", n, closings)
	}
	feed := fetched(t, home+"/en/records.atom?q=fellowship")
	if entries := strings.Count(feed, fmt.Sprintf("Call number %d ", n)); entries != 1 || !strings.Contains(feed, "Closed ") {
		t.Errorf("call %d: %d entries in the feed, want one that says that it closed", n, entries)
	}
}
