package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

// hangs: hosts that take a request and say nothing cost the others no time, and the program no end: asked to stop, it stops within ten seconds.
func (g *guards) hangs(t *testing.T) {
	const bar, stop = 10 * time.Second, 10 * time.Second
	ctx, cancel := context.WithCancel(t.Context())
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-ctx.Done()
		case "/good":
			fmt.Fprintf(w, `<rss version="2.0"><channel><title>x</title><item><guid>1</guid><title>Course at %[1]s</title><link>http://%[1]s/1</link></item></channel></rss>`, r.Host)
		default:
			http.NotFound(w, r)
		}
	})}
	defer srv.Close()
	defer cancel()
	var entries []entry
	for n := range 50 {
		for i, kind := range []string{"hang", "good"} {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.78.%d:0", 1+2*n+i)) // a host each
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = srv.Serve(l) }() // ends with the server
			entries = append(entries, source(fmt.Sprintf("%s-%d", kind, n), "feed", fmt.Sprintf("http://%s/%s", l.Addr(), kind), entry{"vanish_means": "removed"}))
		}
	}
	s := g.serve(t, g.data(t), loopback, "--sources", sourcesFile(t, entries...))
	began := time.Now()
	var out output
	ended := make(chan int, 1)
	p := process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard, Getenv: func(string) string { return "" }, Dir: s.data}
	go func() { ended <- run(t.Context(), []string{"harvest", "--json", "--data", s.data}, p) }()
	for strings.Count(out.String(), `"outcome":"ok"`) < 50 && time.Since(began) < bar {
		pause(t, 20*time.Millisecond)
	}
	took, good := time.Since(began), strings.Count(out.String(), `"outcome":"ok"`)
	if good < 50 {
		t.Errorf("%d of 50 good sources were read within %v beside 50 that hang", good, bar)
	}
	asked := time.Now()
	s.stop(t)
	if since := time.Since(asked); since > stop {
		t.Errorf("it ended %v after it was asked to, the bar is %v", since, stop)
	}
	t.Logf("50 good sources beside 50 that hang: read after %v; asked to end amid the others, it ended after %v", took, time.Since(asked))
	select {
	case <-ended:
	case <-time.After(stop):
		t.Error("the command did not hear that the program ended")
	}
	again := g.serve(t, s.data, loopback, "--sources", sourcesFile(t, slices.DeleteFunc(entries, func(e entry) bool { return !strings.HasPrefix(e["id"].(string), "good") })...))
	for id, run := range again.harvest(t, "good-0", "good-1") {
		if run.Outcome != stoa.Unchanged {
			t.Errorf("%s after the stop: %+v", id, run)
		}
	}
}

// second: another process that wants the store is told within five seconds who has it.
func (g *guards) second(t *testing.T) {
	s := g.serve(t, g.data(t))
	began := time.Now()
	status, out := g.stoa(t, "serve", "--no-harvest", "--listen", "127.0.0.1:0", "--data", s.data)
	if took := time.Since(began); status != 1 || took > 5*time.Second || !strings.Contains(out, fmt.Sprint(s.cmd.Process.Pid)) {
		t.Errorf("a second one: exit status %d after %v: %s", status, took, out)
	}
	if !answers(s.home + "/en/") {
		t.Error("the first one does not answer any more")
	}
}
