package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
)

// slowReaders: twenty who take one byte a second of an export hold nobody up: harvests commit within two seconds, decisions too.
func (g *guards) slowReaders(t *testing.T) {
	const bar = 2 * time.Second
	var version atomic.Int64
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var items []map[string]string
		for n := range 100 {
			items = append(items, map[string]string{"id": fmt.Sprint(n), "title": fmt.Sprintf("Exercise %d for response teams, edition %d", n, version.Load()), "url": fmt.Sprintf("https://guard.example/%d", n)})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"records": items[:10+int(version.Load())%90]}) // whoever asked may be gone
	}))
	defer origin.Close()
	s := g.serve(t, g.data(t), loopback, "--sources", sourcesFile(t, source("steps", "json", origin.URL+"/list", mappings("json"))))
	fillUp(t, s, form(1000, 5000))
	s.harvest(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers sync.WaitGroup
	var taken, open atomic.Int64
	for i := range 20 {
		path := []string{"/en/records.csv", "/en/records.json", "/ar/records.jsonld", "/api/v1/records?limit=100"}[i%4]
		readers.Go(func() {
			if err := readSlowly(ctx, s.home, path, &taken, &open); err != nil && ctx.Err() == nil {
				t.Errorf("%s: %v", path, err)
			}
		})
	}
	var slowest time.Duration
	runs := 0
	for began := time.Now(); time.Since(began) < form(3*time.Second, time.Minute); runs++ {
		version.Add(1)
		at := time.Now()
		run := s.harvest(t)["steps"]
		slowest = max(slowest, time.Since(at))
		if run.Outcome != stoa.OK && run.Outcome != stoa.Held {
			t.Errorf("harvest: %+v", run)
		}
		pause(t, 200*time.Millisecond)
	}
	still := open.Load()
	cancel()
	readers.Wait()
	if slowest > bar || still != 20 {
		t.Errorf("%d of 20 readers were there to the end; a harvest took %v, the bar is %v", still, slowest, bar)
	}
	t.Logf("20 readers took %d bytes; %d harvests meanwhile, the slowest took %v", taken.Load(), runs, slowest)
}

// fillUp imports so many records that an export is larger than what lies between two programs.
func fillUp(t *testing.T, s *serving, n int) {
	t.Helper()
	if status, out := s.do(t, "import", handbooks(t, n), "--trust", "trusted"); status != 0 {
		t.Fatalf("import: %s", out)
	}
	if status, out := s.do(t, "search", "zebra"); status != 0 || !strings.Contains(out, fmt.Sprint("of ", n)) { // catches up with the log
		t.Fatalf("search: %s", tail(out))
	}
}

// handbooks writes a list of so many, of which everything is stated, and returns its name.
func handbooks(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"r%[1]d","title":"Zebra handbook %[1]d of series %[2]x","url":"https://guard.example/handbook/%[1]d","summary":"%[3]s",`+
			`"kind":"guidance","pillars":["capacity"],"relevant":true}`+"\n", i, i*7919, strings.Repeat("How teams answer incidents together. ", 8))
	}
	file := filepath.Join(t.TempDir(), "handbooks.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// readSlowly takes a byte a second of an answer until ctx ends.
func readSlowly(ctx context.Context, home, path string, taken, open *atomic.Int64) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(home, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: guard\r\nAccept-Encoding: identity\r\n\r\n", path); err != nil {
		return err
	}
	open.Add(1)
	defer open.Add(-1)
	for one := make([]byte, 1); ; {
		if _, err := conn.Read(one); err != nil {
			return err
		}
		taken.Add(1)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

// drips: hundreds of connections that send a byte a second, for ever, keep no good reader waiting.
func (g *guards) drips(t *testing.T) {
	const bar = time.Second
	s := g.serve(t, g.data(t), form("--limit=connections=80", "--limit=connections=1000"))
	var slowest time.Duration
	for _, many := range form([]int{100}, []int{500, 1500}) { // less and more than there may be
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var sent atomic.Int64
		for range many {
			wg.Go(func() {
				for ctx.Err() == nil {
					drip(ctx, s.home, &sent)
					pause(t, 10*time.Millisecond)
				}
			})
		}
		good := 0
		for began := time.Now(); time.Since(began) < form(3*time.Second, time.Minute); good++ {
			at := time.Now()
			if err := visit(s.home, "/en/"); err != nil {
				t.Errorf("a good reader among %d: %v", many, err)
			}
			slowest = max(slowest, time.Since(at))
			pause(t, 100*time.Millisecond)
		}
		cancel()
		wg.Wait()
		if slowest > bar {
			t.Errorf("a good reader waited %v among %d, the bar is %v", slowest, many, bar)
		}
		t.Logf("%d dripping connections sent %d bytes; %d visits of a good reader, the slowest took %v", many, sent.Load(), good, slowest)
	}
}

// drip sends a request a byte a second until it is cut off or ctx ends. It comes from another address than good readers do.
func drip(ctx context.Context, home string, sent *atomic.Int64) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(home, "http://"))
	if err != nil {
		return
	}
	defer conn.Close()
	for _, b := range []byte("GET /en/ HTTP/1.1\r\nHost: guard\r\nX-Long: " + strings.Repeat("a", 10_000)) {
		if _, err := conn.Write([]byte{b}); err != nil {
			return
		}
		sent.Add(1)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return
		}
	}
}

// visit reads a page over a connection of its own.
func visit(home, path string) error {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	res, err := c.Get(home + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", path, res.Status)
	}
	return nil
}
