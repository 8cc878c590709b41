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
	"stoa/crawler"
)

// library serves a listing of pages and the pages; gone is how many of them are not there any more.
func library(t *testing.T, gone *atomic.Int64) string {
	t.Helper()
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int64
		switch _, err := fmt.Sscanf(r.URL.Path, "/guides/%d", &n); {
		case r.URL.Path == "/feed":
			w.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Guides</title><link>https://guides.example/</link><description>d</description>`)
			for i := range 3 {
				fmt.Fprintf(w, `<item><guid isPermaLink="false">%d</guid><title>Zebra guide number %d to incident response</title><link>%s/guides/%d</link><description>A guide for national response teams.</description></item>`, i, i, srv.URL, i)
			}
			fmt.Fprint(w, `</channel></rss>`)
		case err != nil || n < gone.Load():
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<html lang="en"><title>Zebra guide number %d to incident response</title><h1>Zebra guide number %d to incident response</h1><p>%s</p>`, n, n,
				strings.Repeat("A guide in steps for teams that begin. ", 10))
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestCheck looks at links by the command, alone and through the process that serves.
func TestCheck(t *testing.T) {
	var gone atomic.Int64
	address := library(t, &gone)
	dir := t.TempDir()
	list := fmt.Sprintf("sources:\n  - {id: guides, organisation: Guides, title: Guides, url: %q, format: feed, schedule: adaptive 1h..7d, delay: 1ms, trust: trusted, vanish_means: nothing, languages: [en]}\n", address+"/feed")
	if err := os.WriteFile(filepath.Join(dir, "sources.yaml"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--sources", "sources.yaml", "--allow-net", "127.0.0.0/8"}
	do := func(want int, args ...string) string { return command(t, dir, "", want, append(args, flags...)...) }
	do(0, "harvest")
	ids := map[string]string{}
	for line := range strings.Lines(do(0, "search", "zebra", "--json")) {
		var r stoa.Record
		if err := json.Unmarshal([]byte(line), &r); err == nil && r.URL != "" {
			ids[r.URL[len(r.URL)-1:]] = r.Short
		}
	}
	if len(ids) != 3 {
		t.Fatalf("%d records, want 3", len(ids))
	}
	look := func(want int, args ...string) map[string]crawler.Look {
		out := map[string]crawler.Look{}
		for line := range strings.Lines(do(want, append([]string{"check", "--json"}, args...)...)) {
			var l crawler.Look
			if json.Unmarshal([]byte(line), &l) == nil && l.Short != "" {
				out[l.Short] = l
			}
		}
		return out
	}
	first := look(0, ids["0"], ids["1"])
	if l := first[ids["0"]]; len(first) != 2 || l.Status != 200 || l.Availability != stoa.Alive || l.Next.IsZero() || l.Rules == nil {
		t.Errorf("looked at %+v", first)
	}
	gone.Store(1)
	hall(t, dir, flags...)
	served := look(0, ids["0"], ids["2"])
	if l := served[ids["0"]]; l.Status != 404 || l.Availability != stoa.Suspect || len(l.Why) != 1 || !strings.Contains(l.Why[0], "not found (404)") {
		t.Errorf("through the serving process %+v", served)
	}
	if text := do(0, "check", ids["2"]); !strings.Contains(text, "alive") || !strings.Contains(text, "1 looked at: alive 1") {
		t.Errorf("in words: %q", text)
	}
	if text := do(1, "check", "nosuch1"); !strings.Contains(text, "not found") {
		t.Errorf("an unknown record: %q", text)
	}
}
