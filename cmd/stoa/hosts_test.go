package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"stoa"
	"stoa/crawler/fetch"
)

// A host that asked us to stay away is left alone by all of its sources, also after a restart. While the program runs, no file says
// what it knew when it last stopped.
func TestHostsOutliveAStop(t *testing.T) {
	var visits atomic.Int64
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		visits.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer origin.Close()
	dir := t.TempDir()
	file := sourcesFile(t, source("one", "feed", origin.URL+"/1", nil), source("two", "feed", origin.URL+"/2", nil))
	harvest := func(id string) stoa.Run {
		t.Helper()
		var r stoa.Run
		var out output
		p := process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: t.Output(), Getenv: func(string) string { return "" }, Dir: dir}
		status := run(t.Context(), []string{"harvest", "--json", id, "--data", "data", "--sources", file, loopback}, p)
		if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
			t.Fatalf("exit status %d, printed %q: %v", status, out.String(), err)
		}
		return r
	}
	if r := harvest("one"); r.Code != stoa.CodeWait || visits.Load() != 1 {
		t.Fatalf("%d visits, %+v", visits.Load(), r)
	}
	kept := filepath.Join(dir, "data", "hosts.json")
	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	var hosts []fetch.Host
	if err := json.Unmarshal(text, &hosts); err != nil || len(hosts) != 1 || hosts[0].WaitUntil.IsZero() {
		t.Errorf("%v, %+v", err, hosts)
	}
	if r := harvest("two"); r.Code != stoa.CodeWait || visits.Load() != 1 {
		t.Errorf("another source of that host: %d visits, %+v", visits.Load(), r)
	}
	for name, content := range map[string]string{"garbage": "{", "nothing": ""} {
		if err := os.WriteFile(kept, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := harvest("two"); r.Outcome != stoa.Skipped {
			t.Errorf("%s in hosts.json: %+v", name, r)
		}
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "running"), fmt.Appendln(nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	harvest("two")
	if _, err := os.Stat(filepath.Join(dir, "data", "running")); !os.IsNotExist(err) {
		t.Errorf("the mark of a killed run is still there: %v", err)
	}
}
