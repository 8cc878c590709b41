package normalize

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stoa"
)

var t0 = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func hours(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }

// seen is what a source says of an item, n hours after the beginning.
func seen(source, record string, n int, d stoa.Draft) stoa.Observation {
	return stoa.Observation{
		Source: source, Key: d.URL, Record: record, Capture: "cap-" + source, First: hours(n), At: hours(n), Draft: d, Rank: 10, Trusted: true,
	}
}

func guide(title, summary string) stoa.Draft {
	return stoa.Draft{Title: title, Summary: summary, URL: "https://itu.example/guide", Language: "en", Version: "v1",
		Relevant: stoa.Verdict[bool]{Value: true, Confidence: 0.95}, Kind: stoa.Verdict[stoa.Kind]{Value: stoa.Guidance, Confidence: 0.9},
		Pillars: []stoa.PillarVerdict{{Pillar: stoa.Capacity, Confidence: 0.02}, {Pillar: stoa.Legal, Confidence: 0.8}, {Pillar: stoa.Technical, Confidence: 0.7}}}
}

// ruled numbers decisions in the order given, an hour apart, from the hundredth hour on.
func ruled(all ...stoa.Decision) []stoa.Decision {
	for i := range all {
		all[i].Seq, all[i].At = uint64(i+1), hours(100+i)
		if all[i].ID == "" {
			all[i].ID = "d" + string(rune('1'+i))
		}
		if all[i].By == "" {
			all[i].By = "ana"
		}
		if all[i].Subject == "" {
			all[i].Subject = "r1"
		}
	}
	return all
}

func found(all ...stoa.Finding) []stoa.Finding {
	for i := range all {
		all[i].Seq = uint64(i + 1)
		if all[i].At.IsZero() {
			all[i].At = hours(50 + i)
		}
		if all[i].Subject == "" {
			all[i].Subject = "r1"
		}
	}
	return all
}

func compose(o []stoa.Observation, d []stoa.Decision, f []stoa.Finding) stoa.Record {
	return Compose(o, d, f, hours(200))
}

func one() []stoa.Observation {
	return []stoa.Observation{seen("itu", "r1", 0, guide("Guide to CSIRTs", "How to set up a team."))}
}

func TestEveryFieldSaysWhoSaidSo(t *testing.T) {
	obs := one()
	obs[0].Draft.Deadline, obs[0].Draft.When, obs[0].Draft.Facts = "2026-05-31", "by 31 May 2026", map[string]string{"fee": "free"}
	obs[0].Draft.Countries = []string{"KE"}
	r := compose(obs, ruled(stoa.Decision{Action: stoa.Set, Field: "title", Value: "Guide"}, stoa.Decision{Action: stoa.Accept}), nil)
	for field, by := range map[string]string{
		"title": "person:ana", "summary": "source:itu", "url": "source:itu", "deadline": "source:itu", "facts.fee": "source:itu",
		"countries": "source:itu", "kind": "rule:classify", "pillars": "rule:classify", "state": "person:ana",
	} {
		p, ok := r.Provenance[field]
		if !ok || p.By != by || p.At.IsZero() {
			t.Errorf("%s: %+v, want by %s", field, p, by)
		}
		if strings.HasPrefix(by, "source:") && (p.Capture != "cap-itu" || p.Rule != "v1") {
			t.Errorf("%s: capture %q, rule %q", field, p.Capture, p.Rule)
		}
	}
	if got := r.Provenance["deadline"].Text; got != "by 31 May 2026" {
		t.Errorf("words of the deadline: %q", got)
	}
	if o := r.Provenance["title"].Others; len(o) != 1 || o[0].Value != "Guide to CSIRTs" {
		t.Errorf("under the person's title: %+v, want what the source says", o)
	}
	if !slices.Equal(r.Pillars, []stoa.Pillar{stoa.Legal, stoa.Technical}) || r.Kind != stoa.Guidance || r.Facts["fee"] != "free" {
		t.Errorf("%v %s %v", r.Pillars, r.Kind, r.Facts)
	}
	if r.ID != "r1" || r.State != stoa.Listed || len(r.Sightings) != 1 || r.Zone != "" {
		t.Errorf("%s %s %v %q", r.ID, r.State, r.Sightings, r.Zone)
	}
}

func TestPrecedence(t *testing.T) {
	owner := seen("itu", "r1", 5, guide("Owner's title", "Owner's summary"))
	aggregator := seen("cybil", "r1", 0, guide("Aggregator's title", strings.Repeat("A much longer summary by an aggregator. ", 8)))
	aggregator.Rank = 50
	aggregator.Draft.Deadline = "2026-05-31"
	aggregator.Draft.Organisations = []stoa.Organisation{{ID: "cybil", Name: "Cybil", Role: stoa.Publisher}, {ID: "norway", Name: "Norway", Role: stoa.Funder}}
	owner.Draft.Organisations = []stoa.Organisation{{ID: "itu", Name: "ITU", Role: stoa.Publisher}}
	r := compose([]stoa.Observation{aggregator, owner}, nil, nil)
	if r.Title != "Owner's title" || r.Summary != "Owner's summary" {
		t.Errorf("%q %q: an aggregator's words beat the owner's", r.Title, r.Summary)
	}
	if r.Deadline != "2026-05-31" || r.Provenance["deadline"].By != "source:cybil" {
		t.Errorf("%q: what only an aggregator knows is lost", r.Deadline)
	}
	var names []string
	for _, o := range r.Organisations {
		names = append(names, o.ID)
	}
	if !slices.Equal(names, []string{"itu", "norway"}) {
		t.Errorf("organisations %v, want the publisher and the funder", names)
	}
	if o := r.Provenance["title"].Others; len(o) != 1 || o[0].By != "source:cybil" {
		t.Errorf("others: %+v", o)
	}
}

func TestDeadlineConflictShowsBoth(t *testing.T) {
	a, b := seen("itu", "r1", 0, guide("G", "s")), seen("gfce", "r1", 1, guide("G", "s"))
	a.Draft.Deadline, b.Draft.Deadline = "2026-05-31", "2026-06-15"
	r := compose([]stoa.Observation{a, b}, nil, nil)
	if o := r.Provenance["deadline"].Others; r.Deadline != "2026-05-31" || len(o) != 1 || o[0].Value != "2026-06-15" {
		t.Errorf("%s, others %+v", r.Deadline, o)
	}
	b.Draft.Deadline = "2026-05"
	if o := compose([]stoa.Observation{a, b}, nil, nil).Provenance["deadline"].Others; len(o) != 0 {
		t.Errorf("a month agrees with a day of it: %+v", o)
	}
}

// The owner changes hands only when another is clearly better, so that small changes never make a record flicker.
func TestOwnerChangesHandsWithHysteresis(t *testing.T) {
	first := seen("first", "r1", 0, guide("First", strings.Repeat("x ", 100)))
	second := seen("second", "r1", 1, guide("Second", strings.Repeat("x ", 140)))
	second.Draft.Deadline, second.Draft.Start = "2026-05-31", "2026-05-01"
	if r := compose([]stoa.Observation{first, second}, nil, nil); r.Title != "First" {
		t.Errorf("a summary 1.4 times as long took the record")
	}
	second.Draft.Summary = strings.Repeat("x ", 150)
	if r := compose([]stoa.Observation{first, second}, nil, nil); r.Title != "Second" {
		t.Errorf("a summary 1.5 times as long and two more fields did not take the record")
	}
	first.Vanished, first.Absent, first.Means, second.Draft.Summary = hours(2), 2, stoa.VanishRemoved, "short"
	if r := compose([]stoa.Observation{first, second}, nil, nil); r.Title != "Second" {
		t.Errorf("a source that no longer lists the item kept it")
	}
	first.Means = stoa.VanishNothing
	if r := compose([]stoa.Observation{first, second}, nil, nil); r.Title != "First" {
		t.Errorf("leaving a window of latest items cost the record")
	}
}

// A near-copy planted in an untrusted source changes nothing that readers see, until a person says that it belongs.
func TestPoisonChangesNothing(t *testing.T) {
	owner := one()[0]
	poison := seen("evil", "r1", -10, guide("Guide to CSIRTs!", strings.Repeat("Buy our pills. ", 40)))
	poison.Trusted, poison.Rank, poison.Draft.URL = false, 0, "https://evil.example/"
	poison.Draft.Deadline, poison.Draft.Withdrawn = "2026-01-01", true
	poison.Draft.Organisations = []stoa.Organisation{{ID: "evil", Role: stoa.Funder}}
	alone := compose([]stoa.Observation{owner}, nil, nil)
	both := compose([]stoa.Observation{owner, poison}, nil, nil)
	both.Sightings = alone.Sightings
	if diff := cmp.Diff(alone, both); diff != "" {
		t.Errorf("a planted copy changed the record:\n%s", diff)
	}
	poison.First, poison.At = hours(1), hours(1)
	r := compose([]stoa.Observation{owner, poison}, ruled(stoa.Decision{Action: stoa.Accept}), nil)
	if r.Title != "Guide to CSIRTs" || r.URL != owner.Draft.URL || r.Deadline != "2026-01-01" {
		t.Errorf("%q %q %q: after a person accepted, it may fill what is empty and nothing else", r.Title, r.URL, r.Deadline)
	}
}

func TestEmptyNeverReplacesFilledUntilTwoRunsAgree(t *testing.T) {
	obs := one()
	next := obs[0].Draft
	next.Summary, next.Deadline = "", ""
	obs[0].Draft.Deadline = "2026-05-31"
	before := obs[0]
	for run, want := range map[int]string{1: "How to set up a team.", 2: ""} {
		o := before
		for range run {
			o.Missing, o.Draft = Carry(o, next), next
		}
		r := compose([]stoa.Observation{o}, nil, nil)
		if r.Summary != want || (r.Deadline == "") != (want == "") {
			t.Errorf("after %d runs: %q %q", run, r.Summary, r.Deadline)
		}
		if run == 1 && r.Provenance["summary"].Rule != "kept-until-two-runs" {
			t.Errorf("provenance %+v", r.Provenance["summary"])
		}
	}
	back := before
	back.Missing, back.Draft = Carry(before, next), next
	again := next
	again.Summary = "New words."
	if m := Carry(back, again); m["summary"].Value != "" || m["deadline"].Runs != 2 {
		t.Errorf("carried %+v: what is given again is not missing", m)
	}
	other := seen("gfce", "r1", 9, guide("G", "Another source's words"))
	if r := compose([]stoa.Observation{back, other}, nil, nil); r.Summary != "How to set up a team." {
		t.Errorf("%q: another source jumped in after one run", r.Summary)
	}
}

func TestRulingsOnFields(t *testing.T) {
	with := func(d ...stoa.Decision) stoa.Record {
		o := one()
		o[0].Draft.Countries = []string{"KE", "UG"}
		return compose(o, ruled(d...), nil)
	}
	set := func(field, value string) stoa.Decision {
		return stoa.Decision{Action: stoa.Set, Field: field, Value: value}
	}
	add := stoa.Decision{Action: stoa.Add, Field: "countries", Value: "TZ"}
	remove := stoa.Decision{Action: stoa.Remove, Field: "countries", Value: "KE"}
	unset := stoa.Decision{Action: stoa.Unset, Field: "countries"}
	cases := []struct {
		name string
		got  []string
		want []string
	}{
		{"add", with(add).Countries, []string{"KE", "UG", "TZ"}},
		{"remove", with(remove).Countries, []string{"UG"}},
		{"add twice is once", with(add, add).Countries, []string{"KE", "UG", "TZ"}},
		{"set, then add", with(set("countries", `["FR"]`), add).Countries, []string{"FR", "TZ"}},
		{"add, then set", with(add, set("countries", `["FR"]`)).Countries, []string{"FR"}},
		{"unset forgets what was before", with(add, remove, unset).Countries, []string{"KE", "UG"}},
		{"set to nothing", with(set("countries", `[]`)).Countries, []string{}},
		{"pillars", toStrings(with(set("pillars", `["capacity","no-such"]`)).Pillars), []string{"capacity"}},
		{"pillar added", toStrings(with(stoa.Decision{Action: stoa.Add, Field: "pillars", Value: "cooperation"}).Pillars), []string{"legal", "technical", "cooperation"}},
		{"organisation", []string{with(stoa.Decision{Action: stoa.Add, Field: "organisations", Value: `{"id":"first","name":"FIRST","role":"host"}`}).Organisations[0].Name}, []string{"FIRST"}},
		{"dates", []string{string(with(set("deadline", "2026-07-01")).Deadline), string(with(set("start", "rubbish")).Start)}, []string{"2026-07-01", ""}},
		{"kind", []string{string(with(set("kind", "programme")).Kind), string(with(set("kind", "rubbish")).Kind)}, []string{"programme", "guidance"}},
	}
	for _, c := range cases {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if r := with(set("rolling", "true"), set("valid_until", "2027-01-01")); !r.Rolling || r.ValidUntil != "2027-01-01" {
		t.Errorf("%v %s", r.Rolling, r.ValidUntil)
	}
}

func toStrings[T ~string](l []T) []string {
	out := []string{}
	for _, v := range l {
		out = append(out, string(v))
	}
	return out
}

func TestUndo(t *testing.T) {
	set := stoa.Decision{ID: "a", Action: stoa.Set, Field: "title", Value: "Ours"}
	undo := stoa.Decision{ID: "b", Action: stoa.Undo, Value: "a"}
	again := stoa.Decision{ID: "c", Action: stoa.Undo, Value: "b"}
	for want, d := range map[string][]stoa.Decision{"Ours": {set, undo, again}, "Guide to CSIRTs": {set, undo}} {
		if r := compose(one(), ruled(d...), nil); r.Title != want {
			t.Errorf("%d decisions: %q, want %q", len(d), r.Title, want)
		}
	}
}

func TestState(t *testing.T) {
	accept, refuse := stoa.Decision{Action: stoa.Accept}, stoa.Decision{Action: stoa.Refuse, Reason: "commercial"}
	listing, noise := stoa.Finding{Kind: stoa.Listing, Rule: "sure"}, stoa.Finding{Kind: stoa.Noise, Rule: "noise"}
	cases := []struct {
		name   string
		d      []stoa.Decision
		f      []stoa.Finding
		state  stoa.State
		reason string
	}{
		{"nobody ruled", nil, nil, stoa.Pending, ""},
		{"a rule was sure", nil, found(listing), stoa.Listed, ""},
		{"a rule was sure that it is noise", nil, found(noise), stoa.Refused, "out-of-scope"},
		{"the later finding", nil, found(noise, listing), stoa.Listed, ""},
		{"a person beats rules", ruled(refuse), found(listing), stoa.Refused, "commercial"},
		{"the later ruling", ruled(refuse, accept), nil, stoa.Listed, ""},
		{"undone", ruled(accept, stoa.Decision{Action: stoa.Undo, Value: "d1"}), found(noise), stoa.Refused, "out-of-scope"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if r := compose(one(), c.d, c.f); r.State != c.state || r.Reason != c.reason {
				t.Errorf("%s %q, want %s %q", r.State, r.Reason, c.state, c.reason)
			}
		})
	}
}

func TestLaterModelReplacesTheMachineOnly(t *testing.T) {
	better := guide("", "")
	better.Kind.Value, better.Version = stoa.Programme, "v2"
	f := found(stoa.Finding{Kind: stoa.Classification, Rule: "learn", Version: "v2", Draft: &better})
	if r := compose(one(), nil, f); r.Kind != stoa.Programme || r.Verdicts.Version != "v2" {
		t.Errorf("%s %s: the later model's verdict is not used", r.Kind, r.Verdicts.Version)
	}
	if r := compose(one(), ruled(stoa.Decision{Action: stoa.Set, Field: "kind", Value: "best-practice"}), f); r.Kind != stoa.BestPractice {
		t.Errorf("%s: a model overruled a person", r.Kind)
	}
	fresh := one()
	fresh[0].At = hours(90)
	if r := compose(fresh, nil, f); r.Kind != stoa.Guidance {
		t.Errorf("%s: a verdict on older words is used", r.Kind)
	}
}

func TestMergeAndSplit(t *testing.T) {
	a := seen("itu", "r1", 0, guide("Guide to CSIRTs", "How to."))
	b := seen("gfce", "r2", 1, guide("CSIRT guide", "How to."))
	merge := stoa.Decision{Action: stoa.Merge, Subject: "r2", Value: "r1"}
	both := []stoa.Observation{a, b}
	r := compose(both, ruled(stoa.Decision{Subject: "r1", Action: stoa.Set, Field: "title", Value: "Old ruling"}, merge), nil)
	if r.ID != "r2" || r.Title != "Old ruling" {
		t.Errorf("%s %q: want the survivor r2 with the ruling on r1", r.ID, r.Title)
	}
	r = compose(both, ruled(stoa.Decision{Subject: "r2", Action: stoa.Set, Field: "title", Value: "Survivor's"}, stoa.Decision{Subject: "r1", Action: stoa.Set, Field: "title", Value: "Old ruling"}, merge), nil)
	if r.Title != "Survivor's" {
		t.Errorf("%q: the survivor's own ruling goes first", r.Title)
	}
	r = compose(both, ruled(stoa.Decision{Subject: "r1", Action: stoa.Refuse, Reason: "duplicate"}, merge), nil)
	if r.State != stoa.Pending {
		t.Errorf("%s: refused as a duplicate before the merge says nothing of the whole", r.State)
	}
	r = compose(both, ruled(stoa.Decision{Subject: "r1", Action: stoa.Refuse, Reason: "commercial"}, merge), nil)
	if r.State != stoa.Refused {
		t.Errorf("%s: what was refused comes back by a merge", r.State)
	}
	split := ruled(merge, stoa.Decision{Action: stoa.Split, Subject: "r2", Value: "r1"})
	if got := Survivor(both, split, nil); got != "r1" {
		t.Errorf("survivor %s after the split: want the first", got)
	}
	join := found(stoa.Finding{Kind: stoa.Join, Subject: "r1", Other: "r2", Rule: "match:title"})
	if got := Survivor(both, nil, join); got != "r1" {
		t.Errorf("survivor %s of a join into r1", got)
	}
	if in := absorbed(inForce(ruled(stoa.Decision{Action: stoa.Differ, Subject: "r2", Value: "r1"})), join); len(in) != 0 {
		t.Errorf("a rule joined what a person keeps apart: %v", in)
	}
}

func TestRelations(t *testing.T) {
	tie := stoa.Decision{Action: stoa.Tie, Subject: "r9", Field: "supersedes", Value: "r1"}
	r := compose(one(), ruled(tie), nil)
	if len(r.Relations) != 1 || !r.Relations[0].Inverse || r.Relevance != stoa.Superseded {
		t.Errorf("%+v %s: a person accepted the newer edition", r.Relations, r.Relevance)
	}
	rule := found(stoa.Finding{Kind: stoa.Tied, Subject: "r1", Other: "r3", Relation: stoa.EditionOf, Rule: "match:hreflang"})
	if r := compose(one(), nil, rule); len(r.Relations) != 1 || r.Relations[0].By != "rule:match:hreflang" || r.Relations[0].Inverse {
		t.Errorf("%+v", r.Relations)
	}
	untie := stoa.Decision{Action: stoa.Untie, Subject: "r1", Field: "edition_of", Value: "r3"}
	if r := compose(one(), ruled(untie), rule); len(r.Relations) != 0 {
		t.Errorf("%+v: a rule tied what a person untied", r.Relations)
	}
	sup := found(stoa.Finding{Kind: stoa.Tied, Subject: "r9", Other: "r1", Relation: stoa.Supersedes, Rule: "match:apart"})
	if r := compose(one(), nil, sup); r.Relevance == stoa.Superseded {
		t.Error("superseded without a person")
	}
}

func TestTeaser(t *testing.T) {
	long := strings.Repeat("words and ", 60)
	for _, c := range []struct {
		terms stoa.Terms
		max   int
	}{{stoa.Terms{}, 300}, {stoa.Terms{Excerpt: 80}, 80}, {stoa.Terms{Excerpt: 1000}, 600}} {
		got := Teaser(long, c.terms)
		if n := len([]rune(got)); n > c.max || n < c.max*3/4 {
			t.Errorf("excerpt %d: %d characters", c.terms.Excerpt, n)
		}
	}
	if got := Teaser("short", stoa.Terms{Excerpt: 3}); len([]rune(got)) > 3 {
		t.Errorf("%q is longer than the terms allow", got)
	}
	o := one()
	o[0].Draft.Summary = long
	if r := compose(o, ruled(stoa.Decision{Action: stoa.Set, Field: "summary", Value: long}), nil); r.Summary != long {
		t.Error("a curator's own words are no excerpt")
	}
}

func TestMarksAndAxes(t *testing.T) {
	o := one()
	o[0].Source = "seed-guidance"
	r := compose(o, nil, nil)
	if !slices.Contains(r.Marks, stoa.Seeded) || r.Availability != stoa.Unconfirmed || r.Relevance != stoa.Current {
		t.Errorf("%v %s %s", r.Marks, r.Availability, r.Relevance)
	}
	if r := compose(append(o, seen("itu", "r1", 1, guide("G", "s"))), nil, nil); slices.Contains(r.Marks, stoa.Seeded) {
		t.Error("another source lists it: no seed any more")
	}
	o = one()
	o[0].Vanished, o[0].Absent, o[0].Means = hours(0), 2, stoa.VanishRemoved
	if r := compose(o, nil, nil); !slices.Contains(r.Marks, stoa.Unlisted) || !slices.Contains(r.Rules, "S16") {
		t.Errorf("%v %v", r.Marks, r.Rules)
	}
	look := func(n, status int) stoa.Finding {
		return stoa.Finding{Kind: stoa.Link, Rule: "check", At: hours(n), Check: &stoa.Check{At: hours(n), Status: status}}
	}
	r = compose(one(), nil, found(look(0, 404), look(80, 404), look(160, 404)))
	if r.Availability != stoa.Dead || !r.Checked.Equal(hours(160)) {
		t.Errorf("%s, checked %s", r.Availability, r.Checked)
	}
	o = one()
	o[0].Item.Withdrawn = true
	if r := compose(o, nil, nil); r.Relevance != stoa.Withdrawn {
		t.Errorf("%s, want withdrawn at the publisher's word", r.Relevance)
	}
	if r := compose(one(), ruled(stoa.Decision{Action: stoa.Retire, Value: "r7"}), nil); r.Relevance != stoa.Superseded {
		t.Errorf("%s, want superseded by what replaces it", r.Relevance)
	}
	if r := compose(one(), ruled(stoa.Decision{Action: stoa.Confirm, Value: "2027-01-01"}), nil); r.ValidUntil != "2027-01-01" || !slices.Contains(r.Rules, "S30") {
		t.Errorf("%s %v", r.ValidUntil, r.Rules)
	}
}

func TestMovedPageIsAdopted(t *testing.T) {
	link := stoa.Finding{Kind: stoa.Link, Value: "https://itu.example/guide", Check: &stoa.Check{At: hours(40), Status: 200}}
	moved := stoa.Finding{Kind: stoa.Moved, Rule: "S10", Value: "https://itu.example/library/7"}
	r := compose(one(), nil, found(link, moved))
	if r.URL != moved.Value || r.Provenance["url"].By != "rule:S10" || len(r.Provenance["url"].Others) != 1 {
		t.Errorf("%s %+v", r.URL, r.Provenance["url"])
	}
	renamed := one()
	renamed[0].Draft.URL = "https://itu.example/third"
	if r := compose(renamed, nil, found(link, moved)); r.URL != "https://itu.example/third" {
		t.Errorf("%s: the source gives another address since", r.URL)
	}
	if r := compose(one(), ruled(stoa.Decision{Action: stoa.Set, Field: "url", Value: "https://ours.example/"}), found(link, moved)); r.URL != "https://ours.example/" {
		t.Errorf("%s: a rule overruled a person", r.URL)
	}
}

func TestConflicts(t *testing.T) {
	kinds := func(o []stoa.Observation, d []stoa.Decision, f []stoa.Finding) string {
		r := compose(o, d, f)
		var out []string
		for _, c := range Conflicts(o, d, f, r) {
			if c.Record != "r1" || c.Default == "" || c.At.IsZero() {
				t.Errorf("incomplete conflict %+v", c)
			}
			out = append(out, string(c.Kind)+":"+c.Field)
		}
		return strings.Join(out, " ")
	}
	set := stoa.Decision{Action: stoa.Set, Field: "title", Value: "Ours", Base: "Guide to CSIRTs"}
	changed := one()
	changed[0].Draft.Title, changed[0].At = "Guide to CSIRTs, new edition", hours(150)
	spaced := one()
	spaced[0].Draft.Title, spaced[0].At = "Guide  to CSIRTs ", hours(150)
	fee := func(text string) stoa.Observation {
		o := seen("gfce", "r1", 1, guide("Guide to CSIRTs", "s"))
		o.Draft.Facts = map[string]string{"fee": text}
		return o
	}
	back := one()
	back[0].At, back[0].Draft.Deadline = hours(150), "2027-01-01"
	withdrawn := one()
	withdrawn[0].At, withdrawn[0].Draft.Withdrawn = hours(150), true
	drifted := []stoa.Observation{changed[0], seen("gfce", "r2", 1, guide("Report of the working group on norms", "Something else altogether was discussed."))}
	parked := found(stoa.Finding{Kind: stoa.Link, Check: &stoa.Check{At: hours(60), Status: 200, Body: "title: this domain is for sale\nhost: bodis.com\ntext: buy this domain"}})
	settle := stoa.Decision{Action: stoa.Settle, Field: "title", Reason: "under-edit", Base: "Guide to CSIRTs, new edition", Value: "ours"}
	cases := []struct {
		name string
		got  string
		want string
	}{
		{"no question", kinds(one(), nil, nil), ""},
		{"the source changed under an edit", kinds(changed, ruled(set), nil), "under-edit:title"},
		{"spacing is no change", kinds(spaced, ruled(set), nil), ""},
		{"the source came to what we say", kinds(changed, ruled(stoa.Decision{Action: stoa.Set, Field: "title", Value: "Guide to CSIRTs, new edition", Base: "x"}), nil), ""},
		{"settled", kinds(changed, ruled(set, settle), nil), ""},
		{"no edit any more", kinds(changed, ruled(set, stoa.Decision{Action: stoa.Unset, Field: "title"}), nil), ""},
		{"two sources, two fees", kinds([]stoa.Observation{fee("free"), withSource(fee("100 euros"), "b")}, nil, nil), "two-sources:facts.fee"},
		{"two sources, one fee", kinds([]stoa.Observation{fee("Free"), withSource(fee("free"), "b")}, nil, nil), ""},
		{"a refused call is open again", kinds(back, ruled(stoa.Decision{Action: stoa.Refuse, Reason: "closed"}), nil), "refused-returns:state"},
		{"refused for another reason", kinds(back, ruled(stoa.Decision{Action: stoa.Refuse, Reason: "commercial"}), nil), ""},
		{"withdrawn after an edit", kinds(withdrawn, ruled(set), nil), "withdrawn-edited:"},
		{"members drift apart", kinds(drifted, ruled(stoa.Decision{Action: stoa.Merge, Value: "r2"}), nil), "merge-strain:title"},
		{"another catalogue took it back", kinds(append(one(), peers(true)), ruled(stoa.Decision{Action: stoa.Accept}), nil), "peer-decision:state"},
		{"another catalogue lists it too", kinds(append(one(), peers(false)), ruled(stoa.Decision{Action: stoa.Accept}), nil), ""},
		{"in danger", kinds(one(), nil, parked), "unsafe:url"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// peers is what another catalogue says of record r1: that it took it back, or nothing special.
func peers(back bool) stoa.Observation {
	o := seen("peer", "r1", 150, guide("Guide to CSIRTs", "Who does what."))
	o.Rank, o.Draft.Withdrawn = stoa.PeerRank, back
	return o
}

// What another catalogue took back stays here as long as anybody else lists it.
func TestAPeersWordIsAdvice(t *testing.T) {
	if r := compose(append(one(), peers(true)), ruled(stoa.Decision{Action: stoa.Accept}), nil); r.Relevance == stoa.Withdrawn || !r.Public() {
		t.Errorf("%s %s", r.State, r.Relevance)
	}
	if r := compose([]stoa.Observation{peers(true)}, ruled(stoa.Decision{Action: stoa.Accept}), nil); r.Relevance != stoa.Withdrawn {
		t.Errorf("known from the peer alone: %s", r.Relevance)
	}
}

func withSource(o stoa.Observation, source string) stoa.Observation {
	o.Source = source
	return o
}

func TestRecordHasNoNullLists(t *testing.T) {
	b, err := json.Marshal(Compose(nil, nil, nil, t0))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "null") {
		t.Errorf("%s", b)
	}
}

func TestEditionsOfAPage(t *testing.T) {
	item := stoa.Item{Title: "Guide to CSIRTs", URL: "https://a.example/en", Extra: map[string]string{
		"hreflang:en": "https://a.example/en", "hreflang:fr": "https://a.example/fr", "hreflang:ru": "https://a.example/ru", "fee": "https://x.example/",
	}}
	if got := Draft(item, stoa.Source{}).Editions; !slices.Equal(got, []string{"https://a.example/fr", "https://a.example/ru"}) {
		t.Errorf("%v", got)
	}
}
