package world_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/crawler/decode"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// TestWorldIsTheWholeField: the world has at least sixteen sites in the shapes of the issue, a source of every format and preset,
// no entry with a preset is longer than ten lines, and all of it is small: it is part of the program.
func TestWorldIsTheWholeField(t *testing.T) {
	r := newRig(t)
	sites := r.world.Sites()
	if len(sites) < 16 {
		t.Errorf("%d sites, want 16 at least", len(sites))
	}
	for _, site := range strings.Fields("itu itu-hub itu-academy first gfce cybil enisa coe unidir eucybernet interpol oas aicto anssi cncert") {
		if !slices.Contains(sites, site) {
			t.Errorf("no site %s", site)
		}
	}
	formats, presets := map[stoa.Format]bool{}, map[string]bool{}
	for _, s := range r.sources {
		formats[s.Format], presets[s.Preset] = true, true
	}
	for _, f := range stoa.Formats() {
		if !formats[f] {
			t.Errorf("no simulated source of format %s", f)
		}
	}
	for _, p := range decode.Presets() {
		if !presets[p] {
			t.Errorf("no simulated source with preset %s", p)
		}
	}
	raw, err := fs.ReadFile(stoa.World(), "sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range strings.Split(string(raw), "\n  - ")[1:] {
		if n := strings.Count(strings.TrimSpace(entry), "\n") + 1; n > 10 && strings.Contains(entry, "preset:") {
			t.Errorf("entry %d takes %d lines, want ten at most:\n%s", i+1, n, entry)
		}
	}
	size := int64(0)
	if err := fs.WalkDir(stoa.World(), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}); err != nil || size > 600<<10 {
		t.Errorf("%d bytes of files (%v), want 600 KB at most", size, err)
	}
}

// yield is what a golden keeps of an item: all that its source says, and the dates that were read from it.
type yield struct {
	Item     stoa.Item `json:"item"`
	Start    stoa.Date `json:"start,omitempty"`
	End      stoa.Date `json:"end,omitempty"`
	Deadline stoa.Date `json:"deadline,omitempty"`
	Rolling  bool      `json:"rolling,omitempty"`
}

// TestWorldYields harvests every source, holds what it gives against its golden, harvests again, and once more a month later.
func TestWorldYields(t *testing.T) {
	r := newRig(t)
	for _, src := range r.sources {
		run := r.harvest(t, src)
		want := stoa.OK
		switch {
		case src.Disabled != "":
			want = stoa.Skipped
		case src.ID == "world-cybil-cmm": // an empty feed: see the hazards
			want = stoa.Unchanged
		}
		if run.Outcome != want || run.Outcome == stoa.OK && run.New == 0 || run.Faulty > 0 {
			t.Errorf("%s: %s %s %s, %d new, %d faulty", src.ID, run.Outcome, run.Code, run.Text, run.New, run.Faulty)
		}
	}
	for source, list := range r.observations(t) {
		r.golden(t, source, list)
	}
	for _, src := range r.sources {
		if run := r.harvest(t, src); run.Outcome != stoa.Unchanged && src.Disabled == "" {
			t.Errorf("%s again: %s %s %s", src.ID, run.Outcome, run.Code, run.Text)
		}
	}
	r.world.SetStage(2)
	r.world.SetDay(30)
	r.moved.Store(int64(30 * aDay))
	changed := 0
	for _, src := range r.sources {
		run := r.harvest(t, src)
		if src.ID == "world-cybil" {
			if run.Outcome != stoa.Held || run.Code != stoa.CodeShrunk {
				t.Errorf("%s after its loss: %s %s %s", src.ID, run.Outcome, run.Code, run.Text)
			}
			if _, err := r.catalogue.Decide(t.Context(), stoa.Decision{Subject: run.ID, Action: stoa.Release, By: "ana"}); err != nil {
				t.Errorf("release %s: %v", run.ID, err)
			}
			continue
		}
		if src.Disabled == "" && !run.Outcome.Good() {
			t.Errorf("%s after a month: %s %s %s", src.ID, run.Outcome, run.Code, run.Text)
		}
		if run.Outcome == stoa.OK {
			changed++
		}
	}
	if changed < 15 {
		t.Errorf("%d sources have something new after a month, want 15 at least", changed)
	}
}

func (r *rig) golden(t *testing.T, source string, observations []stoa.Observation) {
	t.Helper()
	var list []yield
	for _, o := range observations {
		o.Item.Source, o.Item.Fetched, o.Item.Capture, o.Item.Listed = "", time.Time{}, "", ""
		list = append(list, yield{o.Item, o.Draft.Start, o.Draft.End, o.Draft.Deadline, o.Draft.Rolling})
	}
	slices.SortFunc(list, func(a, b yield) int { return cmp.Compare(r.named(a.Item.Key), r.named(b.Item.Key)) })
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, y := range list {
		if err := enc.Encode(y); err != nil {
			t.Fatal(err)
		}
	}
	got, name := r.named(b.String()), filepath.Join("testdata", "golden", source+".jsonl")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v; make it with -update, and read what it says", err)
	}
	if got != string(want) {
		t.Errorf("%s yields\n%s\nwant\n%s", source, got, want)
	}
}
