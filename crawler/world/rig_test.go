package world_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/fetch"
	"stoa/crawler/sources"
	"stoa/crawler/world"
	"stoa/store"
	"stoa/store/bolt"
)

// began is the day on which the world of the tests begins: dates in pages, and with them goldens, are the same in every run.
var began = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

const aDay = 24 * time.Hour

// rig is the simulated world before the real crawler over the real store, with a clock that can be moved.
type rig struct {
	*crawler.Crawler
	catalogue *store.Catalogue
	world     *world.World
	sources   []stoa.Source
	moved     atomic.Int64
}

func (r *rig) now() time.Time { return began.Add(time.Duration(r.moved.Load())) }

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{}
	engine, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "stoa.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	if r.catalogue, err = store.Open(t.Context(), engine, store.Options{Now: r.now, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	allow, err := fetch.ParseAllow([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	captures, err := fetch.Open(t.TempDir(), 1<<26)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { captures.Close() })
	client, err := fetch.New(fetch.Options{AllowNet: allow, Now: r.now, CleanStart: true, Archive: captures})
	if err != nil {
		t.Fatal(err)
	}
	r.Crawler = &crawler.Crawler{Fetch: client, Catalogue: r.catalogue, Captures: captures, Incidents: r.catalogue,
		NewID: r.catalogue.NewID, Now: r.now, Log: slog.New(slog.DiscardHandler)}
	if r.world, err = world.New(stoa.World(), began); err != nil {
		t.Fatal(err)
	}
	if err := r.world.Start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	text, err := r.world.Sources()
	if err != nil {
		t.Fatal(err)
	}
	if r.sources, err = sources.Read("world", text); err != nil {
		t.Fatal(err)
	}
	return r
}

// source returns one source of the world. One that is disabled in the demo is not for the test that asks for it.
func (r *rig) source(t testing.TB, id string) stoa.Source {
	t.Helper()
	for _, s := range r.sources {
		if s.ID == id {
			s.Disabled = ""
			return s
		}
	}
	t.Fatalf("no source %s in the world", id)
	return stoa.Source{}
}

func (r *rig) harvest(t testing.TB, src stoa.Source) stoa.Run {
	t.Helper()
	run, err := r.Harvest(t.Context(), src)
	if err != nil {
		t.Fatalf("harvest %s: %v", src.ID, err)
	}
	if run.Seen != run.New+run.Changed+run.Unchanged+run.Excluded+run.Faulty {
		t.Errorf("%s: seen %d is not new %d + changed %d + unchanged %d + excluded %d + faulty %d", src.ID,
			run.Seen, run.New, run.Changed, run.Unchanged, run.Excluded, run.Faulty)
	}
	return run
}

// observations returns what is remembered, by source.
func (r *rig) observations(t testing.TB) map[string][]stoa.Observation {
	t.Helper()
	out := map[string][]stoa.Observation{}
	for record, err := range r.catalogue.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all, err := r.catalogue.Observations(t.Context(), record.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			known := slices.ContainsFunc(out[o.Source], func(have stoa.Observation) bool { return have.Key == o.Key })
			if !known { // a merged record's are its root's, too
				out[o.Source] = append(out[o.Source], o)
			}
		}
	}
	return out
}

// public lists what readers see.
func (r *rig) public(t testing.TB) string {
	t.Helper()
	var out strings.Builder
	for rec, err := range r.catalogue.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, rec.ID, rec.Version, rec.Title, rec.Summary, rec.URL, rec.State, rec.Relevance)
	}
	return out.String()
}

// named puts the names of sites in the place of their addresses, which differ from run to run.
func (r *rig) named(text string) string {
	for _, site := range r.world.Sites() {
		host := strings.TrimPrefix(r.world.Origin(site), "http://")
		text = strings.ReplaceAll(strings.ReplaceAll(text, "https://"+host, "http://"+site), "http://"+host, "http://"+site)
	}
	return text
}
