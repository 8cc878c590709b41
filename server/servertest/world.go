// Package servertest is a small catalogue in memory that behaves as the store and the search do, for tests of the
// server and of nothing else.
package servertest

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa"
)

// World is the catalogue, the search, and the accounts. Fields may be changed before it is used.
type World struct {
	Clock func() time.Time

	mu        sync.Mutex
	Entries   map[string]stoa.Record
	Changed   []stoa.Change
	Histories map[string]stoa.History
	PastRuns  map[string][]stoa.Run
	Tasks     []stoa.Task
	Rulings   []stoa.Decision
	Letters   []stoa.Letter
	Motions   []stoa.Motion
	Second    bool // every act waits for a second person
	Held      []stoa.Claim
	Done      []stoa.Act // oldest first
	Seen      map[string][]stoa.Observation
	Found     map[string][]stoa.Finding
	Persons   map[string]stoa.User
	sessions  map[string]stoa.Session
	Programs  map[string]stoa.Token
	Listings  []stoa.Source
	Broken    error // what every call answers when set
	secrets   int
}

//go:embed records.json
var records []byte

// sketch is a record of records.json.
type sketch struct {
	stoa.Record
	Organisation  string     `json:"organisation"`
	Second        string     `json:"second"`
	OtherDeadline stoa.Date  `json:"other_deadline"`
	Ties          [][2]any   `json:"relations"`
	At            *stoa.Date `json:"checked"`
}

// Now is the time at which the world stands.
var now = time.Date(2026, 11, 23, 9, 45, 0, 0, time.UTC)

// Now returns the instant of the sample world.
func Now() time.Time { return now }

// ID returns the id of the n-th sample record.
func ID(n int) string { return fmt.Sprintf("01hg%06dabcd%04dxyzefgh%04d", n, n*7919%10000, n)[:26] }

// New returns a world with some forty records, ten sources and a queue.
func New() (*World, error) {
	w := &World{
		Clock: Now, Entries: map[string]stoa.Record{}, Histories: map[string]stoa.History{}, PastRuns: map[string][]stoa.Run{}, Seen: map[string][]stoa.Observation{},
		Found: map[string][]stoa.Finding{}, Persons: map[string]stoa.User{}, sessions: map[string]stoa.Session{}, Programs: map[string]stoa.Token{},
	}
	var sketches []sketch
	if err := json.Unmarshal(records, &sketches); err != nil {
		return nil, fmt.Errorf("read sample records: %w", err)
	}
	for i, s := range slices.Backward(sketches) { // the first changed last
		w.add(i, s)
	}
	w.sources()
	w.queue()
	for _, role := range stoa.UserRoles() {
		name := string(role)
		w.Persons[name] = stoa.User{Name: name, Role: role, Password: "hash of " + name + "-password", Created: now}
		w.Programs["stoa_token-of-"+name+"-0123456789"] = stoa.Token{ID: "t-" + name, User: name, Role: role, Created: now}
	}
	return w, nil
}

func kebab(s string) string {
	return strings.Trim(strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	}), "-"), "-")
}

func (w *World) add(i int, s sketch) {
	r := s.Record
	r.ID = ID(i)
	r.Short = stoa.Short(r.ID, 7)
	r.Slug = kebab(r.Title)
	r.Slug = strings.Trim(r.Slug[:min(len(r.Slug), 60)], "-")
	r.Version, r.State = uint64(i+3), stoa.Listed
	org := cmp.Or(kebab(s.Organisation), fmt.Sprintf("org-%d", i))
	r.Organisations = []stoa.Organisation{{ID: org, Name: s.Organisation, Role: stoa.Publisher}}
	if s.Second != "" {
		r.Organisations = append(r.Organisations, stoa.Organisation{ID: kebab(s.Second), Name: s.Second, Role: stoa.Implementer})
	}
	source := sampleSources[i%len(sampleSources)].id
	r.FirstListed = now.AddDate(0, 0, -i*3).Add(-2 * time.Hour)
	r.Changed = now.AddDate(0, 0, -i).Add(-time.Hour)
	switch {
	case s.At != nil:
		r.Checked = s.At.Begin(time.UTC)
	case r.Availability != stoa.Unconfirmed:
		r.Checked = now.Add(-6 * time.Hour)
	}
	r.Terms = stoa.Terms{Licence: "unknown", Excerpt: 300, Attribution: s.Organisation}
	r.Sightings = []stoa.Sighting{{Source: source, Key: r.URL, URL: r.URL, First: r.FirstListed, Last: now.Add(-5 * time.Hour)}}
	for _, t := range s.Ties {
		r.Relations = append(r.Relations, stoa.RelationTo{Relation: stoa.Relation(t[0].(string)), Record: ID(int(t[1].(float64))), By: "person:a.curator"})
	}
	at := now.Add(-5 * time.Hour)
	r.Provenance = map[string]stoa.Provenance{
		"title": {By: "source:" + source, At: at, Capture: "c1"}, "url": {By: "source:" + source, At: at}, "summary": {By: "source:" + source, At: at},
		"kind": {By: "rule:classify", At: at, Rule: "classify"}, "pillars": {By: "rule:classify", At: at}, "countries": {By: "person:a.curator", At: now.AddDate(0, -8, 0)},
	}
	if r.Deadline != "" {
		p := stoa.Provenance{By: "source:" + source, At: at, Text: "Applications close on the day named above, 11:59 pm"}
		if s.OtherDeadline != "" {
			p.Others = []stoa.Said{{By: "source:gfce-events", Value: string(s.OtherDeadline), At: at.AddDate(0, 0, -1)}}
		}
		r.Provenance["deadline"] = p
	}
	v := stoa.Verdicts{Relevant: stoa.Verdict[bool]{Value: true, Confidence: .97, Why: []string{"fellowship", "UN framework"}}, Version: "1"}
	v.Kind = stoa.Verdict[stoa.Kind]{Value: r.Kind, Confidence: .95, Why: []string{"apply by", "dates with a place"}}
	for n, p := range r.Pillars {
		v.Pillars = append(v.Pillars, stoa.PillarVerdict{Pillar: p, Confidence: .93 - .12*float64(n), Why: []string{"negotiation", "national positions"}})
	}
	r.Verdicts = &v
	w.Entries[r.ID] = r
	w.Changed = append(w.Changed, stoa.Change{Seq: uint64(len(w.Changed) + 1), At: r.Changed, Op: stoa.OpListed, Record: r.ID, By: "run:r1"})
	w.Seen[r.ID] = []stoa.Observation{{Source: source, Key: r.URL, Record: r.ID, Run: "r1", First: r.FirstListed, At: at, Item: stoa.Item{
		Source: source, Key: r.URL, URL: r.URL, Title: r.Title, Summary: "<p>" + r.Summary + "</p>", When: "Apply before 30 November, 18:00 (CET)", Location: "Tallinn", Categories: []string{"course"},
	}}}
}

// check is what every call does first.
func (w *World) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.Broken
}

// Get is part of the catalogue.
func (w *World) Get(ctx context.Context, id string) (stoa.Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.check(ctx); err != nil {
		return stoa.Record{}, err
	}
	return w.get(id)
}

func (w *World) get(id string) (stoa.Record, error) {
	if r, ok := w.Entries[id]; ok {
		return r, nil
	}
	for _, r := range w.Entries {
		if r.Short == id && id != "" {
			return r, nil
		}
	}
	return stoa.Record{}, fmt.Errorf("record %q: %w", id, stoa.ErrNotFound)
}

// Records is part of the catalogue.
func (w *World) Records(ctx context.Context, after string) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		w.mu.Lock()
		ids := slices.Sorted(maps.Keys(w.Entries))
		w.mu.Unlock()
		for _, id := range ids {
			if id <= after {
				continue
			}
			r, err := w.Get(ctx, id)
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// Changes is part of the catalogue.
func (w *World) Changes(ctx context.Context, since uint64, limit int) ([]stoa.Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from := min(int(since), len(w.Changed))
	return slices.Clone(w.Changed[from:min(from+limit, len(w.Changed))]), w.check(ctx)
}

// Latest is part of the catalogue.
func (w *World) Latest(ctx context.Context, before uint64, limit int) ([]stoa.Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Change
	for _, c := range slices.Backward(w.Changed) {
		if (before == 0 || c.Seq < before) && len(out) < limit {
			out = append(out, c)
		}
	}
	return out, w.check(ctx)
}

// History is part of the catalogue.
func (w *World) History(ctx context.Context, source string) (stoa.History, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Histories[source], w.check(ctx)
}

// Runs is part of the catalogue.
func (w *World) Runs(ctx context.Context, source string, limit int) ([]stoa.Run, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	runs := w.PastRuns[source]
	return slices.Clone(runs[:min(limit, len(runs))]), w.check(ctx)
}

// Run is part of the catalogue.
func (w *World) Run(ctx context.Context, id string) (stoa.Run, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, runs := range w.PastRuns {
		for _, r := range runs {
			if r.ID == id {
				return r, nil
			}
		}
	}
	return stoa.Run{}, fmt.Errorf("run %q: %w", id, stoa.ErrNotFound)
}

// Observations is part of the catalogue.
func (w *World) Observations(ctx context.Context, id string) ([]stoa.Observation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Seen[id], w.check(ctx)
}

// Findings is part of the catalogue.
func (w *World) Findings(ctx context.Context, id string) ([]stoa.Finding, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Found[id], w.check(ctx)
}

// Log is part of the catalogue.
func (w *World) Log(ctx context.Context, before uint64, limit int) ([]stoa.Decision, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Decision
	for _, d := range slices.Backward(w.Rulings) {
		if (before == 0 || d.Seq < before) && len(out) < limit {
			out = append(out, d)
		}
	}
	return out, w.check(ctx)
}

// Search is part of the search: a record fits when each word stands somewhere in its text.
func (w *World) Search(ctx context.Context, q stoa.Query) (stoa.Hits, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.check(ctx); err != nil {
		return stoa.Hits{}, err
	}
	var all []stoa.Record
	facets := map[string]map[string]int{}
	for _, r := range w.Entries {
		if !r.Public() || !q.Stale && r.Stale() || !speaks(r, q.Text) {
			continue
		}
		for name := range values(r) {
			loose := without(q, name)
			if fits(r, loose) {
				for _, v := range values(r)[name] {
					if facets[name] == nil {
						facets[name] = map[string]int{}
					}
					facets[name][v]++
				}
			}
		}
		if fits(r, q) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b stoa.Record) int { return order(a, b, q.Sort) })
	hits := stoa.Hits{Total: len(all), Facets: facets, Links: map[stoa.Availability]int{}}
	for _, r := range all {
		hits.Links[r.Availability]++
	}
	limit := cmp.Or(q.Limit, 20)
	from := min(q.Offset, len(all))
	for _, r := range all[from:min(from+limit, len(all))] {
		hits.IDs = append(hits.IDs, r.ID)
	}
	return hits, nil
}

// Marks is part of the search: words are found as they stand.
func (w *World) Marks(query string) func(language, text string) []stoa.Span {
	return func(_, text string) (out []stoa.Span) {
		lower := strings.ToLower(text)
		if len(lower) != len(text) {
			return nil
		}
		for word := range strings.FieldsSeq(strings.ToLower(query)) {
			if at := strings.Index(lower, word); at >= 0 {
				out = append(out, stoa.Span{From: at, To: at + len(word)})
			}
		}
		slices.SortFunc(out, func(a, b stoa.Span) int { return a.From - b.From })
		return out
	}
}

func speaks(r stoa.Record, text string) bool {
	all := strings.ToLower(r.Title + " " + r.Summary)
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

func values(r stoa.Record) map[string][]string {
	v := map[string][]string{"kind": {string(r.Kind)}, "country": r.Countries, "for": r.Reach(), "month": r.Months(), "modality": {string(stoa.ModalityOf(r.Facts["modality"]))}, "deadline": texts(r.Windows(now)), "language": {r.Language}, "open": nil}
	for _, p := range r.Pillars {
		v["pillar"] = append(v["pillar"], string(p))
	}
	for _, o := range r.Organisations {
		v["org"] = append(v["org"], o.ID)
	}
	for _, x := range r.Regions {
		v["region"] = append(v["region"], string(x))
	}
	if r.OpenNow() {
		v["open"] = []string{"1"}
	}
	return v
}

func without(q stoa.Query, name string) stoa.Query {
	switch name {
	case "pillar":
		q.Pillars = nil
	case "for":
		q.For = ""
	case "month":
		q.Months = nil
	case "kind":
		q.Kinds = nil
	case "org":
		q.Orgs = nil
	case "country":
		q.Countries = nil
	case "region":
		q.Regions = nil
	case "language":
		q.Languages = nil
	case "modality":
		q.Modalities = nil
	case "deadline":
		q.Windows = nil
	case "open":
		q.Open = false
	}
	return q
}

func fits(r stoa.Record, q stoa.Query) bool {
	v := values(r)
	one := func(want []string, name string) bool {
		return len(want) == 0 || slices.ContainsFunc(want, func(x string) bool { return slices.Contains(v[name], x) })
	}
	var reaching []string
	if q.For != "" {
		reaching = stoa.Reaching(q.For)
	}
	return one(reaching, "for") && one(q.Months, "month") && one(texts(q.Pillars), "pillar") && one(texts(q.Kinds), "kind") && one(q.Orgs, "org") && one(q.Countries, "country") &&
		one(texts(q.Regions), "region") && one(q.Languages, "language") && one(texts(q.Modalities), "modality") &&
		one(texts(q.Windows), "deadline") && (!q.Open || r.OpenNow())
}

func texts[T ~string](in []T) []string {
	var out []string
	for _, x := range in {
		out = append(out, string(x))
	}
	return out
}

func order(a, b stoa.Record, by string) int {
	switch by {
	case "closes":
		if d := cmp.Compare(closes(a), closes(b)); d != 0 {
			return d
		}
	case "title":
		if d := cmp.Compare(a.Title, b.Title); d != 0 {
			return d
		}
	}
	return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
}

func closes(r stoa.Record) string { return cmp.Or(string(r.Deadline), "9999") }

// errStale is what a late decision answers.
func errStale(have, want uint64) error {
	return fmt.Errorf("%w: the record is at version %d, not %d", stoa.ErrConflict, have, want)
}

var errSettled = errors.Join(stoa.ErrConflict, errors.New("it was settled already"))
