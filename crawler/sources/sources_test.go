package sources

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stoa"
)

// entryWith is a good entry with further lines.
func entryWith(lines ...string) string {
	return "sources:\n  - id: partner\n    organisation: P\n    title: P\n    url: https://p.example/feed\n    format: feed\n" +
		strings.Join(append(lines, ""), "\n")
}

func TestEveryFaultIsNamedWithItsLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an empty file", "", `f:1: the file is empty`},
		{"no YAML", "sources: [", `f:1: not readable as YAML`},
		{"another key at the top", "source: []\n", `f:1: unknown key "source"`},
		{"no list", "sources: {}\n", `f:1: want a list`},
		{"two documents", "sources: []\n---\nsources: []\n", `f:1: more than one YAML document`},
		{"an unknown key", entryWith("    trusst: trusted"), `f:7: unknown key "trusst": did you mean "trust"?`},
		{"a key twice", entryWith("    title: Q"), `f:7: key "title" stands twice`},
		{"an unknown format", strings.Replace(entryWith(), "format: feed", "format: rss", 1), `f:6: unknown "rss": have feed, html`},
		{"a rule that is none", entryWith("    rules_off: [S11, S99]"), `f:7: rule "S99": want one that can be switched off`},
		{"a rule that says what is not done", entryWith("    rules_off: [S4]"), `f:7: rule "S4"`},
		{"rules without a list", entryWith("    rules_off: S11"), `f:7: want a list`},
		{"an unknown trust", entryWith("    trust: full"), `f:7: unknown "full": have draft`},
		{"a password in an address", strings.Replace(entryWith(), "https://", "https://u:p@", 1), `carries a password`},
		{"an address without a host", strings.Replace(entryWith(), "https://p.example/feed", "https:///x", 1), `f:5: address "https:///x" has no host`},
		{"an unknown preset", entryWith("    preset: joomla"), `f:7: unknown preset "joomla": have drupal`},
		{"a preset of another format", entryWith("    preset: drupal"), `preset "drupal" is for format "html", the entry says "feed"`},
		{"a bad selector", strings.Replace(entryWith("    mapping: {item: 'li['}"), "format: feed", "format: html", 1), `f:7:`},
		{"a bad pattern", entryWith("    exclude: [{field: title, match: 'a('}]"), `f:7: pattern "a("`},
		{"a filter without a field", entryWith("    exclude: [{match: a}]"), `f:7: a filter needs field`},
		{"schedule and cron", entryWith("    schedule: every 6h", `    cron: "0 4 * * *"`), `both schedule and cron`},
		{"a schedule that never runs", entryWith(`    cron: "0 0 31 2 *"`), `f:7: cron "0 0 31 2 *" never runs`},
		{"a zone inside a schedule", entryWith(`    cron: "TZ=0 0 4 * * *"`), `f:7: cron`},
		{"an unknown zone", entryWith("    zone: Mars/Olympus"), `f:7: unknown zone "Mars/Olympus"`},
		{"a weight above one", entryWith("    pillars: {legal: 2}"), `f:7: weight "2" of legal`},
		{"an unknown pillar", entryWith("    pillars: {law: 1}"), `f:7: unknown "law": have legal`},
		{"a limit of nothing", entryWith("    limits: {items: 0}"), `f:7: "0": want a whole number from 1`},
		{"an odd size", entryWith("    limits: {body: many}"), `f:7: size "many"`},
		{"a header that injects", entryWith("    headers: {X: \"a\\r\\nY: b\"}"), `f:7: header "X"`},
		{"a language that is none", entryWith("    languages: [English!]"), `f:7: language "English!"`},
		{"terms with another key", entryWith("    terms: {license: x}"), `f:7: unknown key "license"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read("f", []byte(c.text))
			if !errors.Is(err, stoa.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	set, err := Read("f", []byte(entryWith("    trust: full", "    zone: Nowhere")+"  - id: good\n    organisation: G\n    title: G\n    url: https://g.example/\n    format: html\n"))
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Errorf("faults: %v", err)
	}
	if len(set) != 1 || set[0].ID != "good" {
		t.Errorf("the entry without fault is not returned: %v", set)
	}
}

func TestDefaults(t *testing.T) {
	set, err := Read("f", []byte(entryWith()))
	if err != nil {
		t.Fatal(err)
	}
	s := set[0]
	if s.Trust != stoa.Probation || s.Delay != 5*time.Second || s.VanishMeans != stoa.VanishNothing || s.Schedule.Min != 6*time.Hour || s.Schedule.Max != 7*24*time.Hour ||
		s.Limits != (stoa.Limits{Items: 20000, Body: 10_000_000, Pages: 50, Time: 5 * time.Minute}) || s.Terms.Excerpt != 300 || s.Terms.Attribution != "P" {
		t.Errorf("defaults: %+v", s)
	}
}

func TestFiltersFoldCase(t *testing.T) {
	set, err := Read("f", []byte(entryWith("    include: [{field: title, match: cyber}]")))
	if err != nil || !set[0].Include[0].RE.MatchString("National CYBER strategy") {
		t.Errorf("%v, %v", set, err)
	}
}

// twelve are the sources to build first, by section 4 of the partners' fact sheet.
var twelve = []string{"cybil-projects", "itu-academy-catalogue", "itu-d-cybersecurity-legacy", "itu-hub-feed", "first-api-news", "first-events", "gfce-feed",
	"cybil-events", "cybil-publications", "enisa-publications", "coe-capacity-projects", "unidir-cyber-policy-portal"}

func TestTheSourcesThatShip(t *testing.T) {
	set, err := Load("", stoa.SourcesYAML(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(set) < 140 {
		t.Errorf("%d sources, want at least 140", len(set))
	}
	known := map[string]stoa.Source{}
	for _, s := range set {
		known[s.ID] = s
		if len(s.Pillars) == 0 || len(s.Languages) == 0 {
			t.Errorf("%s has no priors or no language", s.ID)
		}
		if s.Format == "html" && s.Disabled == "" && s.Mapping.Item == "" {
			t.Errorf("%s: a page whose items nobody described is to be disabled, with the reason", s.ID)
		}
	}
	for _, id := range twelve {
		if s, ok := known[id]; !ok || s.Disabled != "" {
			t.Errorf("%s is missing or disabled %q", id, s.Disabled)
		}
	}
}

func TestIdsDifferOverAllFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(entryWith()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load("", []byte("sources: []\n"), dir)
	if err == nil || !strings.Contains(err.Error(), "b.yaml:2: id \"partner\" stands at") {
		t.Errorf("got %v", err)
	}
}

func TestOneEntryIsWrittenEditedAndReadBack(t *testing.T) {
	src, whole, err := One("entry", []byte("{id: partner, organisation: P, title: P, url: 'https://p.example/', format: feed}"))
	if err != nil || src.ID != "partner" {
		t.Fatal(src, err)
	}
	path := filepath.Join(t.TempDir(), "sources.d", "partner.yaml")
	if err := Write(path, whole); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src, _, err = Edit(path, text, map[string]string{"title": "Another", "languages": "[fr, en]"})
	if err != nil || src.Title != "Another" || len(src.Languages) != 2 {
		t.Errorf("edited: %+v, %v", src, err)
	}
	if _, _, err := Edit(path, text, map[string]string{"format": "rss"}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("an edit with a fault gives %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".entry-*"))
	if len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(entryWith("    mapping: {item: li, fields: {title: {path: a, match: 'x'}}}"))
	f.Add("sources:\n- &a {id: x}\n- *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := Read("f", []byte(text))
		for _, s := range set {
			if s.ID == "" || s.URL == "" || s.Format == "" {
				t.Errorf("an entry without id, address or format passed: %+v (%v)", s, err)
			}
		}
	})
}
