package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"stoa"
)

// house of a test: a catalogue that is served, and what types commands at it.
type neighbour struct {
	t                     *testing.T
	dir, data, file, home string
}

func (s *neighbour) do(args ...string) string {
	s.t.Helper()
	return command(s.t, s.dir, "", 0, append(args, "--data", s.data, "--sources", s.file, loopback)...)
}

// named returns the records of a title that the API gives to everyone, stale ones too.
func (s *neighbour) named(title string) (out []stoa.Record) {
	s.t.Helper()
	for line := range strings.Lines(s.do("search", "--json", "--stale", title)) {
		var r stoa.Record
		if err := json.Unmarshal([]byte(line), &r); err == nil && r.Title == title {
			out = append(out, r)
		}
	}
	return out
}

// standing fails unless a catalogue shows a title so many times as something that one can use.
func (s *neighbour) standing(when, title string, want int) {
	s.t.Helper()
	n := 0
	for _, r := range s.named(title) {
		if r.Public() && !r.Stale() {
			n++
		}
	}
	if n != want {
		s.t.Errorf("%s: %s shows %q %d times, want %d: %+v", when, s.data, title, n, want, s.named(title))
	}
}

// Two stoas take from each other: what one lists the other lists too, once; what one takes back the other takes back; and
// nothing goes round in a circle: what came from the one does not live on there because the other has it.
func TestPeersShareAndForgetWithoutCircles(t *testing.T) {
	dir := t.TempDir()
	const zebra, yak = "Zebra course on incident handling for national teams", "Yak guide to national cybersecurity strategies"
	var list atomic.Value
	list.Store("title,url,summary,publisher\n" + zebra + ",https://zebra.example/course,A training course for staff of national response teams.,Zebra\n" +
		yak + ",https://yak.example/guide,A guide for ministries that write a strategy.,Yak\n")
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprint(w, list.Load())
	}))
	defer origin.Close()
	peer := func(id, home string) entry {
		return source(id, "peer", home+"/api/v1/changes?since=0&full=1", entry{"vanish_means": "nothing"})
	}
	file := func(name string, entries ...entry) string { // rewritten while it is in use
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(sourcesFile(t, entries...))
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	var back atomic.Value // where the second is; it is not there yet
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := url.Parse(back.Load().(string))
		if err != nil {
			t.Error(err)
		}
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
	}))
	defer way.Close()
	one := &neighbour{t: t, dir: dir, data: "one", file: file("one.yaml", source("list", "table", origin.URL, entry{"vanish_means": "removed"}), peer("two", way.URL))}
	one.home = hall(t, dir, "--data", "one", "--sources", one.file, loopback)
	two := &neighbour{t: t, dir: dir, data: "two", file: file("two.yaml", peer("one", one.home))}
	two.home = hall(t, dir, "--data", "two", "--sources", two.file, loopback)

	back.Store(two.home)

	one.do("harvest", "list")
	two.do("harvest", "one")
	two.standing("after the first harvest", zebra, 1)
	two.standing("after the first harvest", yak, 1)

	one.do("harvest", "two")
	one.standing("after it asked back", zebra, 1)
	for _, r := range one.named(zebra) {
		for _, s := range r.Sightings {
			if s.Source != "list" {
				t.Errorf("%q came home: %s lists it", zebra, s.Source)
			}
		}
	}
	circle := &neighbour{t: t, dir: dir, data: "three", file: file("three.yaml", peer("two", two.home))}
	circle.do("harvest", "two")
	circle.standing("from a stoa that has it from another", zebra, 0)

	refused := one.named(yak)
	if len(refused) != 1 {
		t.Fatalf("%d records of %q", len(refused), yak)
	}
	one.do("decide", refused[0].ID, "refuse", "--reason", "out-of-scope")
	two.do("harvest", "one")
	two.standing("after the one refused it", yak, 0)
	two.standing("after the one refused it", zebra, 1)
	if left := two.named(yak); len(left) != 1 || left[0].Relevance != stoa.Withdrawn {
		t.Errorf("what was taken back is not known any more: %+v", left)
	}
	if again := two.do("harvest", "--json", "one"); !strings.Contains(again, `"outcome":"unchanged"`) {
		t.Errorf("the same log again: %s", again)
	}
	library := &neighbour{t: t, dir: dir, data: "four", file: file("four.yaml", source("archive", "oaipmh", one.home+"/oai?verb=ListRecords&metadataPrefix=oai_dc", nil))}
	if got := library.do("harvest", "--json", "archive"); !strings.Contains(got, `"outcome":"ok"`) || !strings.Contains(got, `"excluded":1,`) {
		t.Errorf("as an open archive: %s", got) // the one that was refused is told as deleted
	}
	library.standing("from the open archive", zebra, 1)
}
