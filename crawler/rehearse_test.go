package crawler_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
	"stoa/crawler/sources"
)

// redesigned is a site of twelve projects whose markup changes with its stage; each has a page of its own.
type redesigned struct {
	*httptest.Server
	stage atomic.Int32
	hits  atomic.Int32
}

func redesign(t *testing.T) *redesigned {
	s := &redesigned{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		switch {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case strings.HasPrefix(r.URL.Path, "/p/"):
			fmt.Fprintf(w, `<html lang="en"><h1>Project</h1><dl><dt>Countries</dt><dd>Kenya</dd><dt>Donor</dt><dd>A fund %s</dd></dl>`, r.URL.Path)
		default:
			fmt.Fprint(w, `<html lang="en"><body><main>`)
			for i := range 12 {
				if s.stage.Load() == 0 {
					fmt.Fprintf(w, `<div class="card"><h3><a href="/p/%d">Training of response teams, part %d</a></h3><p>Courses on incident handling for national teams.</p></div>`, i, i)
				} else {
					fmt.Fprintf(w, `<section class="tile"><a class="tile-link" href="/p/%d"><b>Training of response teams, part %d</b></a><div class="lead">Courses on incident handling for national teams.</div></section>`, i, i)
				}
			}
			fmt.Fprint(w, `</main></body></html>`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func entry(t *testing.T, address, mapping string) stoa.Source {
	t.Helper()
	src, _, err := sources.One("entry", fmt.Appendf(nil, "{id: partner, organisation: P, title: P, url: %q, format: html, delay: 0s, languages: [en], trust: trusted, mapping: %s}", address, mapping))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

const (
	oldMapping = `{item: .card, fields: {title: h3, url: 'h3 a@href', summary: p}, detail: {fields: {countries: {label: [Countries]}}}}`
	newMapping = `{item: .tile, fields: {title: .tile-link, url: '.tile-link@href', summary: .lead}, detail: {fields: {countries: {label: [Countries]}, funder: {label: [Donor]}}}}`
)

// TestACorrectedMappingIsAppliedToTheHeldRun walks the whole way of a redesign: the run is held, the changed entry is rehearsed over what
// was captured, and is then applied to it in one step, without a request.
func TestACorrectedMappingIsAppliedToTheHeldRun(t *testing.T) {
	site := redesign(t)
	b := newBench(t)
	old, fixed := entry(t, site.URL+"/list", oldMapping), entry(t, site.URL+"/list", newMapping)
	if run := b.harvest(t, old); run.New != 12 {
		t.Fatalf("first run: %+v", run)
	}
	before := b.public(t)
	site.stage.Store(1)
	b.moved.Add(int64(24 * time.Hour))
	held := b.harvest(t, old)
	if held.Outcome != stoa.Held || held.Code != stoa.CodeNoMatch {
		t.Fatalf("after the redesign: %+v", held)
	}
	if pinned, err := b.Captures.Pinned(); err != nil || len(pinned) != 1 || pinned[0] != held.ID {
		t.Errorf("pinned %v, %v", pinned, err)
	}
	asked := site.hits.Load()

	r, err := b.Rehearse(t.Context(), old, fixed, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.From != held.ID || r.Known != 12 || r.Before.Run.Code != stoa.CodeNoMatch || r.After.Run.Outcome == stoa.Held || len(r.Gained) != 12 || len(r.Lost) != 0 || r.After.Fill["summary"] != 1 || r.After.Fill["funder"] != 1 {
		t.Errorf("rehearsal: %+v", r)
	}
	if runs, err := b.catalogue.Runs(t.Context(), "partner", 10); err != nil || len(runs) != 2 {
		t.Errorf("a rehearsal leaves runs: %v, %v", runs, err)
	}

	run, err := b.Redo(t.Context(), old, fixed, held.ID)
	if err != nil || !run.Outcome.Good() || run.Seen != 12 || run.New != 0 || run.Vanished != 0 {
		t.Fatalf("redone: %+v, %v", run, err)
	}
	if site.hits.Load() != asked {
		t.Errorf("%d requests were made", site.hits.Load()-asked)
	}
	settled, err := b.catalogue.Run(t.Context(), held.ID)
	if err != nil || settled.Released != "run:"+run.ID {
		t.Errorf("the held run: %+v, %v", settled, err)
	}
	if tasks, _, err := b.catalogue.Queue(t.Context(), stoa.TaskQuery{Reason: stoa.ReasonIncident}); err != nil || len(tasks) != 0 {
		t.Errorf("still queued: %+v, %v", tasks, err)
	}
	if pinned, err := b.Captures.Pinned(); err != nil || len(pinned) != 0 {
		t.Errorf("still pinned: %v, %v", pinned, err)
	}
	if after := b.public(t); len(before) != 12 || !maps.Equal(after, before) {
		t.Errorf("the catalogue is %v, before the redesign it was %v", after, before)
	}
	if _, err := b.Redo(t.Context(), old, fixed, held.ID); !errors.Is(err, stoa.ErrConflict) {
		t.Errorf("a run is redone twice: %v", err)
	}
	b.moved.Add(int64(24 * time.Hour))
	if run := b.harvest(t, fixed); run.Outcome != stoa.Unchanged {
		t.Errorf("the next harvest: %+v", run)
	}
}

// public is what readers see of each record: its title, address and states, by id.
func (b *bench) public(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for rec, err := range b.catalogue.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		out[rec.ID] = fmt.Sprint(rec.Title, rec.URL, rec.State, rec.Availability, rec.Relevance)
	}
	return out
}

// TestARehearsalSaysWhatItCannotRead covers what has no captures: an unknown run, a source that never ran, a changed address, a run that is
// not held.
func TestARehearsalSaysWhatItCannotRead(t *testing.T) {
	site := redesign(t)
	b := newBench(t)
	src := entry(t, site.URL+"/list", oldMapping)
	if _, err := b.Rehearse(t.Context(), src, src, ""); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a source that never ran: %v", err)
	}
	run := b.harvest(t, src)
	if _, err := b.Rehearse(t.Context(), src, src, "nothing"); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("an unknown run: %v", err)
	}
	r, err := b.Rehearse(t.Context(), src, entry(t, site.URL+"/elsewhere", oldMapping), run.ID)
	if err != nil || r.After.Run.Outcome != stoa.Failed || r.After.Run.Code != "not-captured" || len(r.Lost) != 12 {
		t.Errorf("another address: %s %s, %d lost, %v", r.After.Run.Outcome, r.After.Run.Code, len(r.Lost), err)
	}
	if _, err := b.Redo(t.Context(), src, src, run.ID); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("a run that is not held: %v", err)
	}
}
