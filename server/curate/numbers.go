package curate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"stoa"
)

// Bounds of the numbers.
const (
	tallied   = 50_000          // decisions that are looked through, the newest first
	tallyKept = 5 * time.Minute // for so long numbers are shown as they were counted
	dayBars   = 30
	costRows  = 25
	waitsRead = 100_000
)

// share counts how often the machine and a person agreed.
type share struct{ same, all int }

func (s *share) add(same bool) {
	s.all++
	if same {
		s.same++
	}
}

// part is the share from 0 to 1; of nothing it is 0.
func (s share) part() float64 {
	if s.all == 0 {
		return 0
	}
	return float64(s.same) / float64(s.all)
}

// agreement is how often machine and persons agreed on what belongs together: a pillar, a kind, a language.
type agreement struct {
	family, of             string // family: pillar kind language
	relevant, kind, pillar share
}

// sum is the share over all three questions.
func (a agreement) sum() share {
	return share{a.relevant.same + a.kind.same + a.pillar.same, a.relevant.all + a.kind.all + a.pillar.all}
}

// cost is what a source costs in corrections.
type cost struct {
	source               string
	corrected, refused   int // rulings against what it said
	records              int // that persons ruled on
	corrections, perItem float64
}

// pace is how much a person decided.
type pace struct {
	by        string
	decisions int
	hours     int // in which they decided at all
}

// tally are the numbers of the desk.
type tally struct {
	at        time.Time
	looked    int
	agreed    []agreement
	costs     []cost
	paces     []pace
	days      []int // decisions a day, the oldest first, up to today
	ages      map[string][]time.Time
	unsettled int
}

// talliedNumbers keeps the last count, since counting reads much.
type talliedNumbers struct {
	mu   sync.Mutex
	last tally
}

func (d *Desk) numbers(w http.ResponseWriter, r *http.Request, v visit) error {
	t, err := d.tally(r.Context())
	if err != nil {
		return err
	}
	v.Title, v.Nav, v.Glyph = v.T("desk.nav.numbers"), "numbers", false
	return d.send(w, r, http.StatusOK, numbersPage(v, t, d.titlesOf()))
}

// titlesIn are the titles of some sources by id.
func titlesIn(sources map[string]stoa.Source) map[string]string {
	out := make(map[string]string, len(sources))
	for id, s := range sources {
		out[id] = s.Title
	}
	return out
}

// titlesOf are the titles of sources by id.
func (d *Desk) titlesOf() map[string]string {
	out := map[string]string{}
	for _, s := range d.Sources() {
		out[s.ID] = s.Title
	}
	return out
}

func (d *Desk) tally(ctx context.Context) (tally, error) {
	d.tallies.mu.Lock()
	defer d.tallies.mu.Unlock()
	now := d.Now().UTC()
	if age := now.Sub(d.tallies.last.at); !d.tallies.last.at.IsZero() && age >= 0 && age < tallyKept {
		return d.tallies.last, nil
	}
	c := newCounter(now)
	for one, err := range d.decisions(ctx, journalQuery{}, tallied) {
		if err != nil {
			return tally{}, err
		}
		c.timed(one)
		if err := c.judged(ctx, d.Records, one); err != nil {
			return tally{}, err
		}
	}
	waits, err := d.Records.Waits(ctx, waitsRead)
	if err != nil {
		return tally{}, err
	}
	d.tallies.last = c.done(waits)
	return d.tallies.last, nil
}

// counter goes through the log, the newest decision first.
type counter struct {
	now    time.Time
	looked int
	hours  map[string]map[int64]bool
	made   map[string]int
	days   []int
	seen   map[string]bool // records whose verdict was counted
	cared  map[string]bool // records that somebody ruled on or corrected
	undone map[string]bool // decisions that were taken back
	agreed map[[2]string]*agreement
	costs  map[string]*cost
}

func newCounter(now time.Time) counter {
	return counter{
		now: now, hours: map[string]map[int64]bool{}, made: map[string]int{}, days: make([]int, dayBars), seen: map[string]bool{}, cared: map[string]bool{},
		undone: map[string]bool{}, agreed: map[[2]string]*agreement{}, costs: map[string]*cost{},
	}
}

// timed counts when and by whom was decided, over the last days.
func (c *counter) timed(d stoa.Decision) {
	c.looked++
	day := int(c.now.Truncate(24*time.Hour).Sub(d.At.UTC().Truncate(24*time.Hour)) / (24 * time.Hour))
	if day < 0 || day >= dayBars {
		return
	}
	c.days[dayBars-1-day]++
	c.made[d.By]++
	if c.hours[d.By] == nil {
		c.hours[d.By] = map[int64]bool{}
	}
	c.hours[d.By][d.At.Unix()/3600] = true
}

// judged counts a ruling on a record: whether the machine thought so too, and what it cost the sources. What was taken back
// counts for nothing; going backwards, the undo comes first.
func (c *counter) judged(ctx context.Context, records Records, d stoa.Decision) error {
	if c.undone[d.ID] {
		return nil
	}
	if d.Action == stoa.Undo {
		c.undone[d.Value] = true
	}
	verdict := d.Action == stoa.Accept || d.Action == stoa.Refuse
	correction := slices.Contains([]stoa.Action{stoa.Set, stoa.Add, stoa.Remove}, d.Action)
	if !verdict && !correction {
		return nil
	}
	rec, err := records.Get(ctx, d.Subject)
	if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range rec.Sightings {
		k := c.costs[s.Source]
		if k == nil {
			k = &cost{source: s.Source}
			c.costs[s.Source] = k
		}
		switch {
		case correction:
			k.corrected++
		case d.Action == stoa.Refuse:
			k.refused++
		}
		if !c.cared[rec.ID] {
			k.records++
		}
	}
	c.cared[rec.ID] = true
	if verdict && !c.seen[rec.ID] {
		c.seen[rec.ID] = true
		c.agree(rec, d)
	}
	return nil
}

// about are the reasons to refuse that say something of what a thing is, rather than of its state.
func about(reason string) bool {
	return slices.Contains([]string{"out-of-scope", "commercial", "not-for-states", "test-entry"}, reason)
}

// agree compares the machine's verdicts with a person's.
func (c *counter) agree(rec stoa.Record, d stoa.Decision) {
	if rec.Verdicts == nil || d.Action == stoa.Refuse && !about(d.Reason) {
		return
	}
	groups := [][2]string{{"pillar", string(rec.Primary())}, {"kind", string(rec.Kind)}, {"language", rec.Language}}
	for _, g := range groups {
		if g[1] == "" {
			continue
		}
		a := c.agreed[g]
		if a == nil {
			a = &agreement{family: g[0], of: g[1]}
			c.agreed[g] = a
		}
		a.relevant.add(rec.Verdicts.Relevant.Value == (d.Action == stoa.Accept))
		if d.Action != stoa.Accept {
			continue
		}
		a.kind.add(rec.Verdicts.Kind.Value == rec.Kind)
		if len(rec.Verdicts.Pillars) > 0 {
			a.pillar.add(rec.Verdicts.Pillars[0].Pillar == rec.Primary())
		}
	}
}

func (c *counter) done(waits map[string][]time.Time) tally {
	t := tally{at: c.now, looked: c.looked, days: c.days, ages: waits}
	for _, k := range slices.SortedFunc(maps.Keys(c.agreed), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(place(a[0]), place(b[0])), cmp.Compare(rank(a), rank(b)), cmp.Compare(a[1], b[1]))
	}) {
		t.agreed = append(t.agreed, *c.agreed[k])
	}
	for _, k := range c.costs {
		k.corrections = float64(k.corrected + k.refused)
		k.perItem = k.corrections / float64(max(k.records, 1))
		if k.corrections > 0 {
			t.costs = append(t.costs, *k)
		}
	}
	slices.SortFunc(t.costs, func(a, b cost) int {
		return cmp.Or(cmp.Compare(b.corrections, a.corrections), cmp.Compare(a.source, b.source))
	})
	t.costs = t.costs[:min(len(t.costs), costRows)]
	for by, n := range c.made {
		t.paces = append(t.paces, pace{by, n, len(c.hours[by])})
	}
	slices.SortFunc(t.paces, func(a, b pace) int { return cmp.Or(cmp.Compare(b.decisions, a.decisions), cmp.Compare(a.by, b.by)) })
	for _, list := range waits {
		t.unsettled += len(list)
	}
	return t
}

// place and rank keep groups in the order of the Agenda and of the Decision.
func place(family string) int { return slices.Index([]string{"pillar", "kind", "language"}, family) }

func rank(g [2]string) int {
	switch g[0] {
	case "pillar":
		return slices.Index(stoa.Pillars(), stoa.Pillar(g[1]))
	case "kind":
		return slices.Index(stoa.Kinds(), stoa.Kind(g[1]))
	}
	return 0
}

// ageBounds are the ages by which the queue is counted.
func ageBounds() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{day, 3 * day, 7 * day, 30 * day}
}

// aged counts what waits by its age: up to each of the bounds, and beyond the last.
func aged(since []time.Time, now time.Time) []int {
	out := make([]int, len(ageBounds())+1)
	for _, at := range since {
		n, _ := slices.BinarySearch(ageBounds(), now.Sub(at))
		out[n]++
	}
	return out
}

// ageNames are the names of those counts.
func ageNames(v visit) []string {
	var out []string
	for _, b := range ageBounds() {
		out = append(out, v.T("numbers.up.to", "age", v.Ago(b)))
	}
	return append(out, v.T("numbers.older"))
}

// bar is one line of a chart.
type bar struct {
	name  string
	value float64
	text  string
}

// Measures of a chart, in its own units.
const (
	barHigh  = 26
	barStart = 210
	barLong  = 320
	barText  = 8
)

func chartHeight(n int) string { return strconv.Itoa(n*barHigh + 4) }

func barY(i int) string { return strconv.Itoa(i*barHigh + 4) }

func barLength(b bar, most float64) string {
	if most <= 0 {
		return "0"
	}
	return strconv.FormatFloat(barLong*b.value/most, 'f', 1, 64)
}

func barEnd(b bar, most float64) string {
	if most <= 0 {
		return strconv.Itoa(barStart + barText)
	}
	return strconv.FormatFloat(barStart+barText+barLong*b.value/most, 'f', 1, 64)
}

// most is the longest of bars.
func most(bars []bar) float64 {
	out := 0.0
	for _, b := range bars {
		out = max(out, b.value)
	}
	return out
}

// agreeBars draws the share over all questions for each group.
func agreeBars(v visit, t tally) []bar {
	var out []bar
	for _, a := range t.agreed {
		s := a.sum()
		out = append(out, bar{groupName(v, a), s.part(), percent(s.part()) + " (" + v.Number(s.all) + ")"})
	}
	return out
}

func groupName(v visit, a agreement) string {
	switch a.family {
	case "pillar":
		return v.Word("pillar.short", a.of)
	case "kind":
		return v.Word("kind", a.of)
	}
	return v.LanguageName(a.of)
}

func ageBars(v visit, t tally) []bar {
	sums := make([]int, len(ageBounds())+1)
	for _, list := range t.ages {
		for i, n := range aged(list, t.at) {
			sums[i] += n
		}
	}
	var out []bar
	for i, name := range ageNames(v) {
		out = append(out, bar{name, float64(sums[i]), v.Number(sums[i])})
	}
	return out
}

func costBars(v visit, t tally, titles map[string]string) []bar {
	var out []bar
	for _, c := range t.costs[:min(len(t.costs), 10)] {
		out = append(out, bar{shortened(cmp.Or(titles[c.source], c.source)), c.corrections, v.Number(int(c.corrections))})
	}
	return out
}

func paceBars(v visit, t tally) []bar {
	var out []bar
	for _, p := range t.paces {
		out = append(out, bar{shortened(p.by), perHour(p), decimal(perHour(p))})
	}
	return out[:min(len(out), 12)]
}

func perHour(p pace) float64 { return float64(p.decisions) / float64(max(p.hours, 1)) }

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// shortened keeps a name within the room that a chart has for it.
func shortened(s string) string {
	runes := []rune(s)
	if len(runes) > 28 {
		return string(runes[:27]) + "…"
	}
	return s
}

func shareText(s share) string {
	if s.all == 0 {
		return "–"
	}
	return percent(s.part())
}
