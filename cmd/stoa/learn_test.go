package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stoa"
)

// labelled writes the first items of the labelled data as a folder of their own, and others as a file to import.
func labelled(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/gold/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	if err := os.Mkdir(filepath.Join(dir, "gold"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gold", "items.jsonl"), bytes.Join(lines[:24], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	for _, line := range lines[100:130] {
		var in struct{ ID, Publisher, Summary string }
		if err := json.Unmarshal(line, &in); err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(in.Summary) // a title that the seed does not have, or they would be joined
		row, err := json.Marshal(map[string]string{
			"id": in.ID, "url": "https://partner.example/" + in.ID, "publisher": in.Publisher,
			"title": strings.Join(words[:len(words)/3], " "), "summary": strings.Join(words[len(words)/3:], " "),
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&rows, "%s\n", row)
	}
	if err := os.WriteFile(filepath.Join(dir, "rows.jsonl"), []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shown returns a record as `stoa show` prints it.
func shown(t *testing.T, dir, id string, flags ...string) stoa.Record {
	t.Helper()
	var r stoa.Record
	out := command(t, dir, "", 0, append([]string{"show", id, "--json"}, flags...)...)
	if err := json.Unmarshal([]byte(out[strings.Index(out, `{"id"`):]), &r); err != nil { // behind what is logged
		t.Fatalf("show %s: %v\n%s", id, err, out)
	}
	return r
}

var moving = regexp.MustCompile(`(?m)^  ([0-9a-z]{26})  (kind|pillar)`)

// TestLearnMovesOnlyWhatNobodyChose: what would move is shown and stays; with --apply it moves, but for what a person set.
func TestLearnMovesOnlyWhatNobodyChose(t *testing.T) {
	dir := t.TempDir()
	labelled(t, dir)
	command(t, dir, "", 0, "import", "rows.jsonl")
	report := command(t, dir, "", 0, "learn", "gold")
	for _, want := range []string{"24 labelled items, 0 decided by curators", "\nBefore\n", "\nAfter\n", "records would move"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	ids := moving.FindAllStringSubmatch(report, -1)
	if len(ids) < 2 {
		t.Fatalf("%d records would move: too few to show anything\n%s", len(ids), report)
	}
	before := map[string]stoa.Record{}
	for _, m := range ids {
		before[m[1]] = shown(t, dir, m[1])
	}
	chosen := ids[0][1]
	command(t, dir, "", 0, "decide", chosen, "set", "--field", "kind", "--value", "best-practice")
	command(t, dir, "", 0, "decide", chosen, "set", "--field", "pillars", "--value", "cooperation")
	command(t, dir, "", 0, "decide", chosen, "accept")

	report = command(t, dir, "", 0, "learn", "gold", "--apply")
	for _, want := range []string{"1 decided by curators", "applied"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	moved := 0
	for _, m := range moving.FindAllStringSubmatch(report, -1) {
		if r := shown(t, dir, m[1]); r.Kind != before[m[1]].Kind || r.Primary() != before[m[1]].Primary() {
			moved++
		}
		if m[1] == chosen {
			t.Error("a person's choice is listed as one that would move")
		}
	}
	if moved == 0 {
		t.Error("--apply moved nothing")
	}
	if r := shown(t, dir, chosen); r.Kind != stoa.BestPractice || r.Primary() != stoa.Cooperation {
		t.Errorf("a person's choice became %s, %s", r.Kind, r.Primary())
	}
}
