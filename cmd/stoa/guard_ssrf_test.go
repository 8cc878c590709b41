package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"

	"stoa"
	"stoa/crawler/sources"
)

// canary stands for a service that is none of our business: it counts who comes.
type canary struct {
	port  int // on all addresses
	calls atomic.Int64
}

// newCanary listens on all addresses of this machine: on a port of its own, and on port 80 where that may be had.
func newCanary(t *testing.T) *canary {
	t.Helper()
	c := &canary{}
	for _, address := range []string{":0", ":80"} {
		l, err := net.Listen("tcp", address)
		if err != nil && address == ":80" {
			t.Logf("the canary is not on port 80, only on its own: %v", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.port == 0 {
			c.port = l.Addr().(*net.TCPAddr).Port
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				c.calls.Add(1)
				conn.Close()
			}
		}()
	}
	return c
}

// forbidden returns the suite's addresses, each also with the canary's own port where one can be put in.
func forbidden(t *testing.T, port int) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/suites/payloads/ssrf.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var one struct{ URL string }
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one.URL)
		host, path, ok := strings.Cut(strings.TrimPrefix(one.URL, "http://"), "/")
		bare := host[strings.LastIndexByte(host, '@')+1:]
		if ok && strings.HasPrefix(one.URL, "http://") && !strings.ContainsAny(bare, `#\%`) && (strings.HasSuffix(bare, "]") || !strings.Contains(bare, ":")) {
			list = append(list, fmt.Sprintf("http://%s:%d/%s", host, port, path))
		}
	}
	return list
}

// lure serves what leads to an address: /ROUTE/N leads to the N-th.
type lure struct{ targets []string }

func (l lure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var route string
	var n int
	if _, err := fmt.Sscanf(strings.ReplaceAll(r.URL.Path, "/", " "), "%s %d", &route, &n); err != nil || n >= len(l.targets) {
		l.robots(w, r)
		return
	}
	to := l.targets[n]
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(to)
	quoted, _ := json.Marshal(to) // a string can always be written
	switch route {
	case "redirect":
		w.Header()["Location"] = []string{to}
		w.WriteHeader([]int{301, 302, 303, 307, 308}[n%5])
	case "refresh":
		w.Header()["Refresh"] = []string{"0; url=" + to}
		w.Header()["Link"] = []string{"<" + to + ">; rel=next", "<" + to + ">; rel=preload"}
		fmt.Fprintf(w, `<html><head><meta http-equiv="refresh" content="0; url=%s"><base href="%s"></head><p class=i><a href=x>Course</a></p>`, text, text)
	case "sitemap":
		fmt.Fprintf(w, `<sitemapindex><sitemap><loc>%s</loc></sitemap></sitemapindex>`, text)
	case "html":
		fmt.Fprintf(w, `<p class=i><a href="%[1]s">Course</a></p><a rel=next href="%[1]s">next</a>`, text)
	case "links":
		fmt.Fprintf(w, `<p class=i><a href="%[1]s">Guide to incident response, number %[2]d</a></p><p class=i><a href="/redirect/%[2]d">Course on incident response, number %[2]d</a></p>`, text, n)
	case "json":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"records":[{"id":"1","title":"Guide","url":%[1]s}],"next":%[1]s}`, quoted)
	case "feed":
		fmt.Fprintf(w, `<?xml version="1.0"?><?xml-stylesheet href="%[1]s"?><!DOCTYPE feed SYSTEM "%[1]s" [<!ENTITY x SYSTEM "%[1]s">]>
			<feed xmlns="http://www.w3.org/2005/Atom" xmlns:xi="http://www.w3.org/2001/XInclude"><title>x &x;</title><xi:include href="%[1]s"/>
			<link rel="self" href="%[1]s"/><link rel="next" href="%[1]s"/><link rel="hub" href="%[1]s"/><icon>%[1]s</icon><logo>%[1]s</logo>
			<entry><id>%[1]s</id><title>Guide &x;</title><link href="%[1]s"/><link rel="enclosure" href="%[1]s"/><content src="%[1]s"/></entry></feed>`, text)
	case "alternate":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		http.NotFound(w, r)
	}
}

// robots leads whoever asks for the rules to the address of that host's number: 127.0.77.N for the N-th.
func (l lure) robots(w http.ResponseWriter, r *http.Request) {
	host := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr).IP.To4()
	if n := int(host[3]) - 2; r.URL.Path == "/robots.txt" && n >= 0 && n < len(l.targets) {
		w.Header()["Location"] = []string{l.targets[n]}
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	if r.URL.Path == "/listing" {
		fmt.Fprint(w, `<p class=i><a href="/1">Course</a></p>`)
		return
	}
	http.NotFound(w, r)
}

// forbiddenAddresses: no address of the suite is ever dialled, whatever leads to it.
func (g *guards) forbiddenAddresses(t *testing.T) {
	bird := newCanary(t)
	targets := forbidden(t, bird.port)
	port := lureOn(t, targets)
	origin := fmt.Sprintf("http://127.0.77.1:%d", port)
	var entries []entry
	detail := map[string]any{"item": ".i", "fields": map[string]any{"title": "a", "url": "a@href"}, "detail": map[string]any{"fields": map[string]any{"summary": "p"}}}
	for n, to := range targets {
		add := func(route, format, address string, more entry) {
			entries = append(entries, source(fmt.Sprintf("%s-%d", route, n), format, address, more))
		}
		at := func(route string) string { return fmt.Sprintf("%s/%s/%d", origin, route, n) }
		add("source", "feed", to, nil)
		add("redirect", "feed", at("redirect"), nil)
		add("refresh", "html", at("refresh"), mappings("html"))
		add("sitemap", "sitemap", at("sitemap"), nil)
		add("next-html", "html", at("html"), mappings("html"))
		add("next-json", "json", at("json"), mappings("json"))
		add("detail", "html", at("html"), entry{"mapping": detail})
		add("feed", "feed", at("feed"), nil)
		add("alternate", "feed", at("alternate"), entry{"alternates": []string{to}})
		add("links", "html", at("links"), mappings("html"))
		add("robots", "html", fmt.Sprintf("http://127.0.77.%d:%d/listing", n+2, port), mappings("html"))
	}
	text, err := yaml.Marshal(map[string]any{"sources": entries})
	if err != nil {
		t.Fatal(err)
	}
	good, _ := sources.Read("sources.yaml", text) // those that are refused when they are written down go no further
	known := map[string]bool{}
	for _, src := range good {
		known[src.ID] = true
	}
	var kept []entry
	for _, e := range entries {
		if known[e["id"].(string)] {
			kept = append(kept, e)
		}
	}
	s := g.serve(t, g.data(t), "--allow-net=127.0.77.0/24:"+fmt.Sprint(port), "--resolver=127.0.0.1:1", "--sources", sourcesFile(t, kept...))
	outcomes := map[string]int{}
	for id, run := range s.harvest(t) {
		outcomes[id[:strings.LastIndexByte(id, '-')]+" "+string(run.Outcome)+" "+run.Code]++
		if strings.HasPrefix(id, "source-") && (run.Outcome.Good() || run.Code == stoa.CodeInternal) {
			t.Errorf("%s: want it refused, with the reason: %+v", id, run)
		}
	}
	for _, to := range targets {
		if status, out := s.do(t, "sources", "try", to); status == 0 {
			t.Errorf("sources try %s: %s", to, out)
		}
	}
	looked := s.checkLinks(t, "links-")
	if n := bird.calls.Load(); n != 0 {
		t.Errorf("%d connections at the canary", n)
	}
	t.Logf("%d addresses, %d sources (%d refused when written down), %d links looked at: no connection; outcomes %v", len(targets), len(entries), len(entries)-len(kept), looked, outcomes)

	// With the canary's network allowed it hears of us: it does listen.
	control := g.serve(t, g.data(t), loopback, "--sources", sourcesFile(t, source("control", "feed", fmt.Sprintf("http://127.0.0.1:%d/", bird.port), nil)))
	if run := control.harvest(t)["control"]; bird.calls.Load() == 0 {
		t.Errorf("the canary does not sing: %+v", run)
	}
}

// checkLinks has the links of what waits from some sources looked at, and returns how many there were.
func (s *serving) checkLinks(t *testing.T, prefix string) int {
	t.Helper()
	args := []string{"check"}
	_, out := s.do(t, "queue", "--json", "--limit-to", "10000")
	for line := range strings.Lines(out) {
		var task stoa.Task
		if err := json.Unmarshal([]byte(line), &task); err != nil {
			t.Fatalf("queue printed %q: %v", line, err)
		}
		if r := task.Record; r != nil && r.URL != "" && len(r.Sightings) > 0 && strings.HasPrefix(r.Sightings[0].Source, prefix) {
			args = append(args, r.ID)
		}
	}
	status, out := s.do(t, args...)
	if status != 0 && status != 3 || !strings.Contains(out, "looked at") || len(args) < 50 {
		t.Errorf("check of %d links: exit status %d: %s", len(args)-1, status, tail(out))
	}
	return len(args) - 1
}

// lureOn serves the lure on 127.0.77.1 and on an address more for each target, all on one port, which it returns.
func lureOn(t *testing.T, targets []string) int {
	t.Helper()
	srv := &http.Server{Handler: lure{targets}}
	t.Cleanup(func() { srv.Close() })
	port := 0
	for n := range len(targets) + 1 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.77.%d:%d", n+1, port))
		if err != nil {
			t.Fatal(err)
		}
		port = l.Addr().(*net.TCPAddr).Port
		go func() { _ = srv.Serve(l) }() // ends with the server
	}
	return port
}
