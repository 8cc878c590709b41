package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stoa"
)

// TestRulesAreSwitchedInTheFile: what an entry says of rules counts at the next harvest, is undone when it says it no more, and
// gives way to a person.
func TestRulesAreSwitchedInTheFile(t *testing.T) {
	dir := t.TempDir()
	entries := sourcesOfCalls(calls(t))
	flags := []string{"--sources", "sources.yaml", "--allow-net", "127.0.0.0/8"}
	stoaOf := func(args ...string) string { return command(t, dir, "", 0, append(args, flags...)...) }
	harvest := func(rules string) {
		t.Helper()
		text := entries
		if rules != "" {
			text = strings.ReplaceAll(entries, "zone: Europe/Zurich", "zone: Europe/Zurich, rules_off: ["+rules+"]")
		}
		if err := os.WriteFile(filepath.Join(dir, "sources.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		stoaOf("harvest")
	}
	harvest("")
	ids := callIDs(t, dir, flags)
	var nowhere, zurich string
	for i, d := range deadlines {
		if d.source == "zurich" {
			zurich = ids[i]
		} else {
			nowhere = ids[i]
		}
	}
	for _, id := range []string{zurich, nowhere} {
		stoaOf("decide", id, "set", "--field", "deadline", "--value", "2020-01-01", "--by", "ada")
	}
	fires := func(when, id string, want bool) {
		t.Helper()
		r := shown(t, dir, id, flags...)
		if got := slices.Contains(r.Rules, "S20"); got != want || (r.Relevance == stoa.Closed) != want {
			t.Errorf("%s: rules %v, %s; want S20 %v", when, r.Rules, r.Relevance, want)
		}
	}
	fires("nothing said", zurich, true)
	harvest("S20")
	fires("switched off in the file", zurich, false)
	fires("another source", nowhere, true)
	harvest("S11, S20")
	fires("with another", zurich, false)
	stoaOf("decide", "zurich", "switch", "--field", "S20", "--value", "on", "--by", "ada")
	harvest("S11, S20")
	fires("a person ruled otherwise since", zurich, true)
	harvest("S11")
	harvest("S20")
	fires("taken out of the file and put in again", zurich, false)
	harvest("")
	fires("nothing said any more", zurich, true)
}
