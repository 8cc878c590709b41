package search

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"pgregory.net/rapid"

	"stoa"
)

// shelf is a catalogue in memory: records and their log.
type shelf struct {
	mu      sync.Mutex
	records map[string]stoa.Record
	log     []stoa.Change
	grown   chan struct{}
}

func newShelf(records ...stoa.Record) *shelf {
	s := &shelf{records: map[string]stoa.Record{}, grown: make(chan struct{})}
	for _, r := range records {
		s.put(r)
	}
	return s
}

func (s *shelf) put(r stoa.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := stoa.OpListed
	if _, ok := s.records[r.ID]; ok {
		op = stoa.OpChanged
	}
	s.records[r.ID] = r
	s.log = append(s.log, stoa.Change{Seq: uint64(len(s.log) + 1), Op: op, Record: r.ID})
	close(s.grown)
	s.grown = make(chan struct{})
}

func (s *shelf) Get(_ context.Context, id string) (stoa.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	if !ok {
		return r, stoa.ErrNotFound
	}
	return r, nil
}

func (s *shelf) Changes(_ context.Context, since uint64, limit int) ([]stoa.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.log[min(int(since), len(s.log)):]
	return page[:min(limit, len(page))], nil
}

func (s *shelf) Latest(_ context.Context, _ uint64, limit int) ([]stoa.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.log)
	return slices.Clone(s.log[n-min(limit, n):]), nil
}

func (s *shelf) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grown
}

func (s *shelf) Records(_ context.Context, after string) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(s.records)) {
			if id > after && !yield(s.records[id], nil) {
				return
			}
		}
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func record(id, lang, title, summary string) stoa.Record {
	return stoa.Record{
		ID: id, Title: title, Summary: summary, Language: lang, State: stoa.Listed, Kind: stoa.Guidance,
		Pillars: []stoa.Pillar{stoa.Technical}, FirstListed: noon, Relevance: stoa.Current,
		Organisations: []stoa.Organisation{{ID: "itu", Name: "International Telecommunication Union", Role: stoa.Publisher}},
	}
}

func open(t testing.TB, s *shelf) *Index {
	t.Helper()
	x, err := Open(t.Context(), t.TempDir(), s, Options{Now: func() time.Time { return noon }, Names: named})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func ask(t testing.TB, x *Index, q stoa.Query) stoa.Hits {
	t.Helper()
	h, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWordsAreFoundInTheirLanguage(t *testing.T) {
	x := open(t, newShelf(
		record("en1", "en", "Guide to national cybersecurity strategies", "How a country writes its strategy."),
		record("en2", "en", "Incident response exercises", "Table-top drills for response teams."),
		record("fr1", "fr", "Guide de la cybersécurité pour les collectivités", "Protéger les systèmes d’information des élus."),
		record("es1", "es", "Capacitación en ciberseguridad", "Talleres para equipos de respuesta a incidentes."),
		record("ru1", "ru", "Учёба по реагированию на инциденты", "Курсы для национальных команд."),
		record("ar1", "ar", "الاستراتيجية الوطنية للأمن السيبراني", "دليل لوضع الاستراتيجيات الوطنية"),
		record("zh1", "zh", "网络安全能力建设指南", "面向发展中国家的培训计划。"),
	))
	for _, c := range []struct{ rule, text, want string }{
		{"a stem", "strategy", "en1"},
		{"a plural", "strategies national", "en1"},
		{"an accent left out", "cybersecurite collectivites", "fr1"},
		{"an accent kept", "cybersécurité", "fr1"},
		{"an article elided", "l'information", "fr1"},
		{"a word that all texts have", "the response exercise", "en2"},
		{"ё written as е", "учеба", "ru1"},
		{"a Russian case", "национальная команда", "ru1"},
		{"alef with and without hamza", "الامن السيبراني", "ar1"},
		{"Arabic diacritics", "الأَمن", "ar1"},
		{"Chinese without spaces", "能力建设", "zh1"},
		{"a word in two", "cyber security strategies", "en1"},
		{"a typo", "stratgy", "en1"},
		{"a typo in the first letter", "ztrategies", "en1"},
		{"a letter left out", "capacitacin", "es1"},
		{"a Chinese typo", "网洛安全能力", "zh1"},
		{"a Chinese character left out", "网安全", "zh1"},
		{"a typo in a short word alone", "tabe", "en2"},
		{"one Chinese character", "网", "zh1"},
		{"tatweel", "سيبـــراني", "ar1"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := ask(t, x, stoa.Query{Text: c.text})
			if len(h.IDs) == 0 || h.IDs[0] != c.want || h.Total < len(h.IDs) {
				t.Errorf("%q: %v of %d, want %s first", c.text, h.IDs, h.Total, c.want)
			}
		})
	}
}

// Whoever asks for a country, a region, a language or a year finds what is of it though no text says so, in each of the six languages, behind
// what says so; and a word may be left off.
func TestWordsAreAlsoWhatARecordSaysByCodes(t *testing.T) {
	senegal := record("sn", "fr", "Appel à candidatures", "Une bourse pour magistrats.")
	senegal.Countries, senegal.Regions, senegal.Deadline = []string{"SN"}, []stoa.Region{"africa"}, "2027-03"
	other := record("other", "en", "Senegal and cybercrime", "A report of old.")
	world := record("world", "en", "Cyberdrills for everyone", "Exercises.")
	world.Regions = []stoa.Region{"global"}
	x := open(t, newShelf(senegal, other, world))
	for _, c := range []struct {
		text string
		want []string
	}{
		{"Senegal", []string{"other", "sn"}},
		{"bourse Sénégal", []string{"sn"}}, {"bourse Senegal", []string{"sn"}}, {"bourse Sengal", []string{"sn"}},
		{"в Сенегале", []string{"sn", "other"}}, {"السنغال", []string{"sn", "other"}}, {"塞内加尔", []string{"sn", "other"}}, // the glossary knows the name too
		{"magistrats Africa", []string{"sn"}}, {"магистраты Африки", []string{"sn"}}, {"非洲", []string{"sn"}},
		{"french", []string{"sn"}}, {"francés", []string{"sn"}}, {"الفرنسية", []string{"sn"}}, {"法语", []string{"sn"}},
		{"2027", []string{"sn"}}, {"bourse 2027", []string{"sn"}}, {"bourse 2026", []string{"sn"}},
		{"cyber", []string{"other", "world"}}, {"cyberd", []string{"world"}}, {"magistr", []string{"sn"}},
	} {
		if got := ask(t, x, stoa.Query{Text: c.text}).IDs; !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

// named are the names that CLDR gives of countries and languages, and those of one region.
func named(lang string, r stoa.Record) []string {
	africa := map[string]string{"en": "Africa", "fr": "Afrique", "es": "África", "ru": "Африка", "ar": "أفريقيا", "zh": "非洲"}
	in := language.Make(lang)
	var out []string
	for _, code := range r.Countries {
		out = append(out, display.Regions(in).Name(language.MustParseRegion(code)))
	}
	if slices.Contains(r.Regions, "africa") {
		out = append(out, africa[lang])
	}
	if tag, err := language.Parse(r.Language); err == nil {
		out = append(out, display.Languages(in).Name(tag))
	}
	return out
}

// Whoever pastes an address gets the records at it, by whichever way it is written.
func TestAnAddressFindsItsRecord(t *testing.T) {
	one, two := record("one", "en", "A guide", ""), record("two", "en", "A law", "Of guides.")
	one.URL = "https://www.partner.example/Guides/1/"
	two.Sightings = []stoa.Sighting{{Source: "list", URL: "http://list.example/?id=2"}}
	x := open(t, newShelf(one, two))
	for _, c := range []struct {
		text string
		want []string
	}{
		{"https://www.partner.example/Guides/1/", []string{"one"}}, {" HTTP://partner.example/guides/1#top ", []string{"one"}},
		{"https://list.example/?id=2", []string{"two"}}, {"https://partner.example/guides", []string{}},
	} {
		if got := ask(t, x, stoa.Query{Text: c.text}).IDs; !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestWhatReachesACountry(t *testing.T) {
	s := newShelf()
	for id, change := range map[string]func(*stoa.Record){
		"named":     func(r *stoa.Record) { r.Countries, r.Regions = []string{"SN"}, []stoa.Region{"africa"} },
		"neighbour": func(r *stoa.Record) { r.Countries, r.Regions = []string{"ML"}, []stoa.Region{"africa"} },
		"region":    func(r *stoa.Record) { r.Countries, r.Regions = nil, []stoa.Region{"africa"} },
		"europe":    func(r *stoa.Record) { r.Countries, r.Regions = nil, []stoa.Region{"europe"} },
		"world":     func(r *stoa.Record) { r.Countries, r.Regions = nil, []stoa.Region{"global"} },
		"unsaid":    func(r *stoa.Record) { r.Countries, r.Regions = nil, nil },
	} {
		r := record(id, "en", "A course", "For some.")
		change(&r)
		s.put(r)
	}
	h := ask(t, open(t, s), stoa.Query{For: "SN"})
	slices.Sort(h.IDs)
	if want := []string{"named", "region", "unsaid", "world"}; !slices.Equal(h.IDs, want) {
		t.Errorf("%v, want %v", h.IDs, want)
	}
}

// world makes n records that differ in everything that is filtered and sorted by.
func world(n int) *shelf {
	dice := rand.New(rand.NewPCG(1, 2))
	topics := []string{"forensics", "legislation", "drills", "certificates", "diplomacy", "sensors", "training", "recovery"}
	relevances := []stoa.Relevance{stoa.Current, stoa.Open, stoa.Rolling, stoa.Closed, stoa.Ended, stoa.Upcoming}
	s := newShelf()
	for i := range n {
		r := record(fmt.Sprintf("id-%06d", i), stoa.Languages()[dice.IntN(6)],
			fmt.Sprintf("%s and %s, part %d", topics[dice.IntN(8)], topics[dice.IntN(8)], i),
			fmt.Sprintf("On %s in region %d.", topics[dice.IntN(8)], dice.IntN(50)))
		r.Pillars = []stoa.Pillar{stoa.Pillars()[dice.IntN(5)], stoa.Pillars()[dice.IntN(5)]}
		r.Kind = stoa.Kinds()[dice.IntN(3)]
		r.Organisations[0].ID = fmt.Sprintf("org-%d", dice.IntN(40))
		r.Countries = []string{"KE", "FJ", "CH", "BR"}[dice.IntN(4):]
		r.Regions = []stoa.Region{stoa.Regions()[dice.IntN(7)]}
		r.Relevance = relevances[dice.IntN(6)]
		r.Facts = map[string]string{"modality": []string{"online self-paced", "blended", "face-to-face", "by post", ""}[dice.IntN(5)]}
		r.Published = stoa.DayOf(noon.AddDate(0, 0, -dice.IntN(3000)))
		if dice.IntN(2) == 0 {
			r.Deadline = stoa.DayOf(noon.AddDate(0, 0, dice.IntN(300)-100))
		}
		s.put(r)
	}
	return s
}

func TestEachFacetCountIsWhatChoosingItWouldLeave(t *testing.T) {
	x := open(t, world(400))
	for _, q := range []stoa.Query{
		{}, {Text: "training"}, {Pillars: []stoa.Pillar{stoa.Legal}},
		{Text: "drills", Pillars: []stoa.Pillar{stoa.Legal, stoa.Capacity}, Kinds: []stoa.Kind{stoa.Programme}},
		{Modalities: []stoa.Modality{stoa.Online}, Windows: []stoa.Window{stoa.ThisWeek}}, {Windows: []stoa.Window{stoa.ThisMonth}, Text: "drills"},
		{Countries: []string{"FJ"}, Open: true}, {Languages: []string{"ar"}, Stale: true}, {Orgs: []string{"nobody"}},
		{For: "KE"}, {For: "FJ", Months: []string{"2026-01"}},
	} {
		h := ask(t, x, q)
		for name, counts := range h.Facets {
			for value, n := range counts {
				chosen := choose(q, name, value)
				if got := ask(t, x, chosen).Total; got != n {
					t.Errorf("%+v: %s=%s says %d, choosing it leaves %d", q, name, value, n, got)
				}
			}
		}
		if len(h.Facets) != 10 {
			t.Errorf("%d facets, want 10", len(h.Facets))
		}
	}
}

// The same for combinations of words and filters that nobody thought of: a value counted is a value left.
func TestFacetCountsAgreeForAnyCombination(t *testing.T) {
	x := open(t, world(120))
	rapid.Check(t, func(rt *rapid.T) {
		q := stoa.Query{
			Text: rapid.SampledFrom([]string{"", "training", "drills", "africa", "traning", "dri", "english", "2026", "the"}).Draw(rt, "text"), Open: rapid.Bool().Draw(rt, "open"),
			Stale: rapid.Bool().Draw(rt, "stale"), For: rapid.SampledFrom([]string{"", "KE", "FJ"}).Draw(rt, "for"),
		}
		for range rapid.IntRange(0, 4).Draw(rt, "filters") {
			facets := ask(t, x, q).Facets
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(facets))).Draw(rt, "facet")
			if values := slices.Sorted(maps.Keys(facets[name])); len(values) > 0 {
				q = choose(q, name, rapid.SampledFrom(values).Draw(rt, "value"))
			}
		}
		for name, counts := range ask(t, x, q).Facets {
			for value, n := range counts {
				left := ask(t, x, choose(q, name, value))
				if left.Total != n || left.Facets[name][value] != n {
					rt.Fatalf("%+v: %s=%s says %d, choosing it leaves %d and says %d", q, name, value, n, left.Total, left.Facets[name][value])
				}
			}
		}
	})
}

func choose(q stoa.Query, facet, value string) stoa.Query {
	switch facet {
	case "month":
		q.Months = append(slices.Clone(q.Months), value)
	case "pillar":
		q.Pillars = append(slices.Clone(q.Pillars), stoa.Pillar(value))
	case "kind":
		q.Kinds = append(slices.Clone(q.Kinds), stoa.Kind(value))
	case "org":
		q.Orgs = append(slices.Clone(q.Orgs), value)
	case "country":
		q.Countries = append(slices.Clone(q.Countries), value)
	case "region":
		q.Regions = append(slices.Clone(q.Regions), stoa.Region(value))
	case "language":
		q.Languages = append(slices.Clone(q.Languages), value)
	case "open":
		q.Open = true
	case "modality":
		q.Modalities = append(slices.Clone(q.Modalities), stoa.Modality(value))
	case "deadline":
		q.Windows = append(slices.Clone(q.Windows), stoa.Window(value))
	}
	return q
}

func TestStaleRecordsAreLeftOutUnlessAskedFor(t *testing.T) {
	s := world(200)
	x := open(t, s)
	fresh := 0
	for _, r := range s.records {
		if !r.Stale() {
			fresh++
		}
	}
	if got := ask(t, x, stoa.Query{}).Total; got != fresh {
		t.Errorf("%d, want %d", got, fresh)
	}
	if got := ask(t, x, stoa.Query{Stale: true}).Total; got != 200 {
		t.Errorf("with stale ones: %d, want 200", got)
	}
}

func TestSortsOrderEveryPage(t *testing.T) {
	s := world(300)
	x := open(t, s)
	key := map[string]func(r stoa.Record) string{
		"newest": func(r stoa.Record) string { return string(r.Published) },
		"title":  func(r stoa.Record) string { return r.Title },
	}
	for _, by := range []string{"newest", "title", "closes", ""} {
		var ids []string
		total := 0
		for offset := 0; offset == 0 || offset < total; offset += 7 {
			h := ask(t, x, stoa.Query{Sort: by, Offset: offset, Limit: 7})
			ids, total = append(ids, h.IDs...), h.Total
		}
		unique := slices.Compact(slices.Sorted(slices.Values(ids)))
		if len(ids) != total || len(unique) != total {
			t.Errorf("sort %q: %d ids on the pages, %d of them different, of %d", by, len(ids), len(unique), total)
		}
		if of := key[by]; of != nil {
			var keys []string
			for _, id := range ids {
				keys = append(keys, of(s.records[id]))
			}
			inOrder := sort.StringsAreSorted(keys)
			if by == "newest" {
				slices.Reverse(keys)
				inOrder = sort.StringsAreSorted(keys)
			}
			if !inOrder {
				t.Errorf("sort %q is out of order", by)
			}
		}
	}
	first := s.records[ask(t, x, stoa.Query{Sort: "closes"}).IDs[0]]
	for _, r := range s.records {
		if at := r.Deadline.Finish(time.UTC); !r.Stale() && at.After(noon) && at.Before(first.Deadline.Finish(time.UTC)) {
			t.Errorf("%s closes before %s", r.Deadline, first.Deadline)
		}
	}
}

func TestUnbelievableDatesDoNotComeFirst(t *testing.T) {
	s := newShelf()
	for i, d := range []stoa.Date{"2099-01-01", "0001-01-01", "1970-01-01", "2026-02-20", "9999-12-31"} {
		r := record(fmt.Sprint(i), "en", "x", "")
		r.Published, r.FirstListed = d, noon.AddDate(-1, 0, 0)
		if d == "2026-02-20" {
			r.FirstListed = noon
		}
		s.put(r)
	}
	if got := ask(t, open(t, s), stoa.Query{Sort: "newest"}).IDs; got[0] != "3" {
		t.Errorf("%v, want 3 first", got)
	}
}

func TestNoQueryIsWrong(t *testing.T) {
	x := open(t, world(50))
	for _, text := range []string{
		`"`, `+(`, `title:x`, `*`, `~2`, `a AND (`, "\x00", "%", `\`, "🙂", string(make([]byte, 10_000)), `training~ *`, "'", "’’",
	} {
		if _, err := x.Search(t.Context(), stoa.Query{Text: text, Limit: -1, Offset: -5, Sort: "no such"}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if h := ask(t, x, stoa.Query{Limit: 1 << 40, Offset: 1 << 40}); len(h.IDs) != 0 {
		t.Errorf("%d hits behind the end", len(h.IDs))
	}
}

func TestTheIndexFollowsTheLog(t *testing.T) {
	s, dir := world(20), t.TempDir()
	x, err := Open(t.Context(), dir, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when, word, want string, total int) {
		t.Helper()
		if h := ask(t, x, stoa.Query{Text: word}); len(h.IDs) != 1 || h.IDs[0] != want {
			t.Errorf("%s: %q finds %v, want %s", when, word, h.IDs, want)
		}
		if h := ask(t, x, stoa.Query{Stale: true, Limit: 100}); h.Total != total || slices.Contains(h.IDs, "id-000003") {
			t.Errorf("%s: %d records, want %d without the refused one", when, h.Total, total)
		}
	}
	refused := s.records["id-000003"]
	refused.State = stoa.Refused
	s.put(refused)
	s.put(record("late", "en", "Quantum readiness", ""))
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after following", "quantum", "late", 20)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	s.put(record("later", "en", "Submarine cables", ""))
	if x, err = Open(t.Context(), dir, s, Options{}); err != nil {
		t.Fatal(err)
	}
	check("after a restart", "submarine", "later", 21)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join("words", "store", "root.bolt"), "columns"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("hurt"), 0o600); err != nil {
			t.Fatal(err)
		}
		if x, err = Open(t.Context(), dir, s, Options{}); err != nil {
			t.Fatal(err)
		}
		check("after damage of "+file, "submarine", "later", 21)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s.log = s.log[:5] // the store was restored from an old backup, and its log has grown since
	delete(s.records, "later")
	for range 40 {
		s.log = append(s.log, stoa.Change{Seq: uint64(len(s.log) + 1), Op: stoa.OpChanged, Record: "late", At: noon})
	}
	if x, err = Open(t.Context(), dir, s, Options{}); err != nil {
		t.Fatal(err)
	}
	check("after a restore", "quantum", "late", 20)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	s := world(5)
	x := open(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- x.Follow(ctx) }()
	s.put(record("late", "en", "Quantum readiness", ""))
	for x.Seq() < 6 {
		runtime.Gosched()
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's cause", err)
	}
}

func BenchmarkSearch(b *testing.B) {
	x := open(b, world(100_000))
	for _, c := range []struct {
		name string
		q    stoa.Query
	}{
		{"all", stoa.Query{}},
		{"filtered", stoa.Query{Pillars: []stoa.Pillar{stoa.Legal}, Open: true}},
		{"a rare word", stoa.Query{Text: "90001"}},
		{"a common word", stoa.Query{Text: "training"}},
		{"two words", stoa.Query{Text: "training legislation"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				ask(b, x, c.q)
			}
		})
	}
}
