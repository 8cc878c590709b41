package main

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"
	"stoa/crawler/sources"
	"stoa/crawler/world"
	"stoa/store"
	"stoa/store/bolt"
)

// field is the demo's full world before the program as a process, which is killed while it harvests all of it.
type field struct {
	g       *guards
	sites   *world.World
	sources string // its sources.yaml
	ids     []string
}

// inventory is what a store holds of the world.
type inventory struct {
	items    map[string]string // source and key → record
	vanished map[string]bool   // those of them that their source no longer lists
	urls     map[string]string // source and address → record, of those that are not merged
	runs     map[string]bool
}

// worldKills: killed at any instant while it harvests the whole simulated world as ninety days pass in it, the program loses nothing, has
// nothing twice, and takes nothing for vanished that its source still lists. In the end it holds what a program holds that was never killed.
func (g *guards) worldKills(t *testing.T) {
	f := &field{g: g, sources: filepath.Join(t.TempDir(), "world.yaml")}
	var err error
	if f.sites, err = world.New(stoa.World(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err = f.sites.Start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	text, err := f.sites.Sources()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.sources, text, 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := sources.Read("world", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range set {
		if src.Disabled == "" {
			f.ids = append(f.ids, src.ID)
		}
	}
	control := f.undisturbed(t)
	chance, data, rounds := g.chance(t), g.data(t), form(4, 50)
	var before inventory
	acknowledged, slowest := 0, time.Duration(0)
	for round := range rounds {
		f.sites.SetDay(90 * round / rounds)
		s := g.serve(t, data, loopback, "--sources", f.sources)
		slowest = max(slowest, s.ready)
		if round == 0 {
			s.harvest(t) // what leaves the listings later was there
		}
		runs := f.harvestUntilKilled(t, s, chance)
		acknowledged += len(runs)
		now := f.look(t, data)
		now.against(t, before, control, runs, round)
		if before = now; t.Failed() {
			t.Fatalf("after round %d:\n%s", round, tail(s.out.String()))
		}
	}
	f.sites.SetDay(90)
	s := g.serve(t, data, loopback, "--sources", f.sources)
	for range 3 {
		s.harvest(t)
	}
	s.stop(t)
	if status, out := g.stoa(t, "verify", "--data", data); status != 0 {
		t.Errorf("verify: %s", out)
	}
	last := f.look(t, data)
	if last.urls, control.urls = nil, nil; !maps.EqualFunc(last.items, control.items, func(string, string) bool { return true }) || !maps.Equal(last.vanished, control.vanished) {
		t.Errorf("killed: %d items, %d vanished; never killed: %d, %d", len(last.items), len(last.vanished), len(control.items), len(control.vanished))
	}
	t.Logf("%d kills in the full world: %d runs acknowledged, %d items of %d sources; lost 0, doubled 0, newly vanished 0; ready within %v",
		rounds, acknowledged, len(last.items), len(f.sites.Sites()), slowest)
}

// undisturbed is what a program holds that was never killed.
func (f *field) undisturbed(t *testing.T) inventory {
	t.Helper()
	data := f.g.data(t)
	s := f.g.serve(t, data, loopback, "--sources", f.sources)
	for _, day := range []int{0, 30, 60, 90, 90, 90} {
		f.sites.SetDay(day)
		s.harvest(t)
	}
	s.stop(t)
	f.sites.SetDay(0)
	return f.look(t, data)
}

// harvestUntilKilled harvests the world over and over until the process is killed, and returns the runs that it acknowledged.
func (f *field) harvestUntilKilled(t *testing.T, s *serving, chance *rand.Rand) []stoa.Run {
	t.Helper()
	v := &victim{serving: s, g: f.g, data: s.data}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var runs []stoa.Run
	var wg sync.WaitGroup
	for _, part := range []int{0, 1, 2} { // everything at once, and single sources meanwhile
		dice := rand.New(rand.NewPCG(chance.Uint64(), uint64(part)))
		wg.Go(func() {
			for ctx.Err() == nil {
				args := []string{"harvest", "--json"}
				if part > 0 {
					args = append(args, f.ids[dice.IntN(len(f.ids))])
				}
				_, out, err := v.ask(ctx, args...)
				mu.Lock()
				for line := range strings.Lines(out) {
					var run stoa.Run
					if json.Unmarshal([]byte(line), &run) == nil && run.ID != "" && run.Outcome != stoa.Skipped {
						runs = append(runs, run)
					}
				}
				mu.Unlock()
				if err != nil {
					return // it was killed
				}
			}
		})
	}
	pause(t, time.Duration(20+chance.IntN(form(900, 2500)))*time.Millisecond)
	s.kill()
	cancel()
	wg.Wait()
	return runs
}

// look opens a copy of the store, as the program would after a kill, and says what it holds.
func (f *field) look(t *testing.T, data string) inventory {
	t.Helper()
	ctx, name := t.Context(), filepath.Join(t.TempDir(), "stoa.db")
	raw, err := os.ReadFile(filepath.Join(data, "stoa.db"))
	if err == nil {
		err = os.WriteFile(name, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	engine, err := bolt.Open(ctx, name, bolt.Options{Must: true})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	c, err := store.Open(ctx, engine, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inv := inventory{map[string]string{}, map[string]bool{}, map[string]string{}, map[string]bool{}}
	for r, err := range c.Records(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		f.file(t, c, r, inv)
	}
	runs, err := c.Runs(ctx, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		inv.runs[run.ID] = true
	}
	if n, err := c.Rebuild(ctx); n != 0 || err != nil {
		t.Errorf("rebuild: %d records differ, %v", n, err)
	}
	(&victim{}).auditChanges(t, c)
	return inv
}

// file puts what is known of one record into an inventory.
func (f *field) file(t *testing.T, c *store.Catalogue, r stoa.Record, inv inventory) {
	t.Helper()
	all, err := c.Observations(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if !strings.HasPrefix(o.Source, "world-") {
			continue
		}
		id := o.Source + " " + o.Key
		inv.items[id] = o.Record
		if !o.Vanished.IsZero() {
			inv.vanished[id] = true
		}
		if place := o.Source + " " + o.Item.URL; o.Item.URL != "" && o.Key != "" {
			if other := inv.urls[place]; other != "" && other != o.Record && !strings.Contains(o.Item.URL, "d-portal") {
				t.Errorf("%s is the address of %s and %s", place, other, o.Record)
			}
			inv.urls[place] = o.Record
		}
	}
}

// against holds an inventory against the one before the kill, and against that of a program that was never killed.
func (inv inventory) against(t *testing.T, before, control inventory, runs []stoa.Run, round int) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(before.items)) {
		if inv.items[id] == "" {
			t.Errorf("round %d: %s is lost", round, id)
		} else if inv.items[id] != before.items[id] {
			t.Errorf("round %d: %s was record %s and is %s", round, id, before.items[id], inv.items[id])
		}
	}
	for _, run := range runs {
		if !inv.runs[run.ID] && len(inv.runs) < 1000 {
			t.Errorf("round %d: run %s of %s was acknowledged and is lost", round, run.ID, run.Source)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.vanished)) {
		if !control.vanished[id] {
			t.Errorf("round %d: %s vanished, though its source never left it out", round, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.items)) {
		if control.items[id] == "" {
			t.Errorf("round %d: %s is in the store, and no source lists it", round, id)
		}
	}
}
