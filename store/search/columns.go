package search

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"stoa"
)

// columns hold of every listed record what is filtered, counted and sorted by: about 200 bytes each.
type columns struct {
	rows    []row
	at      map[string]uint32 // record → row
	free    []uint32
	live    int
	names   [dims]names // of the values of each facet
	order   titles
	answers *answers
}

// The facets.
const (
	pillarDim = iota
	reachDim
	monthDim
	kindDim
	orgDim
	countryDim
	regionDim
	languageDim
	openDim
	modalityDim
	deadlineDim // its values follow the clock: see due.go
	dims
)

// facetNames are the keys of Hits.Facets; what reaches a country is asked for and not counted.
var facetNames = [dims]string{"pillar", "", "month", "kind", "org", "country", "region", "language", "open", "modality", "deadline"}

// row is one record. Its values are numbers of names; a list is short.
type row struct {
	id     string
	values [dims][]uint32
	stale  bool
	newest int64 // seconds
	closes int64 // seconds; never where nothing closes
	due    int64 // seconds; when the deadline passes, never where there is none
	link   stoa.Availability
	script string // of the title: the language whose readers read it, or ""
	title  string // collation key
}

const never = int64(1) << 62

// names number the values of a facet.
type names struct {
	number map[string]uint32
	text   []string
}

func (n *names) of(text string) uint32 {
	if i, ok := n.number[text]; ok {
		return i
	}
	i := uint32(len(n.text))
	n.number[text] = i
	n.text = append(n.text, text)
	return i
}

func newColumns() columns {
	c := columns{at: map[string]uint32{}, order: titles{}, answers: &answers{}}
	for i := range c.names {
		c.names[i].number = map[string]uint32{}
	}
	for _, w := range stoa.Windows() { // numbered as due.go counts them
		c.names[deadlineDim].of(string(w))
	}
	return c
}

// put keeps a record, in the place of its former state.
func (c *columns) put(r stoa.Record) {
	c.answers.forget()
	i, ok := c.at[r.ID]
	switch {
	case ok:
	case len(c.free) > 0:
		i = c.free[len(c.free)-1]
		c.free = c.free[:len(c.free)-1]
		c.live++
	default:
		i = uint32(len(c.rows))
		c.rows = append(c.rows, row{})
		c.live++
	}
	c.at[r.ID] = i
	c.rows[i] = c.row(r)
}

func (c *columns) drop(id string) {
	c.answers.forget()
	i, ok := c.at[id]
	if !ok {
		return
	}
	delete(c.at, id)
	c.rows[i] = row{}
	c.free = append(c.free, i)
	c.live--
}

func (c *columns) row(r stoa.Record) row {
	out := row{id: r.ID, stale: r.Stale(), newest: newest(r).Unix(), closes: closes(r), due: due(r), link: r.Availability}
	out.script, out.title = scriptOf(r.Title), c.order.key(r.Language, clipped(r.Title))
	add := func(dim int, text string) {
		if text == "" {
			return
		}
		if n := c.names[dim].of(text); !slices.Contains(out.values[dim], n) {
			out.values[dim] = append(out.values[dim], n)
		}
	}
	for _, p := range r.Pillars {
		add(pillarDim, string(p))
	}
	for _, x := range r.Reach() {
		add(reachDim, x)
	}
	for _, m := range r.Months() {
		add(monthDim, m)
	}
	add(kindDim, string(r.Kind))
	for _, o := range r.Organisations {
		add(orgDim, o.ID)
	}
	for _, code := range r.Countries {
		add(countryDim, code)
	}
	for _, g := range r.Regions {
		add(regionDim, string(g))
	}
	base, _, _ := strings.Cut(strings.ToLower(r.Language), "-")
	add(languageDim, base)
	if r.OpenNow() {
		add(openDim, "1")
	}
	add(modalityDim, string(stoa.ModalityOf(r.Facts["modality"])))
	return out
}

// clipped bounds what a title weighs in the order.
func clipped(s string) string {
	n := 0
	for i := range s {
		if n++; n > 60 {
			return s[:i]
		}
	}
	return s
}

// newest is the date that puts a record among the new ones: when it was published, as long as that is believable, else
// when it was first listed. A date before 1990, or after the day on which we first saw the record, orders nothing.
func newest(r stoa.Record) time.Time {
	at := r.Published.Begin(time.UTC)
	if at.Year() < 1990 || at.After(r.FirstListed.Add(24*time.Hour)) {
		return r.FirstListed
	}
	return at
}

// filter is a query by numbers. An empty list of a facet lets all through.
type filter struct {
	want  [dims][]uint32
	set   [dims]bool
	stale bool
	now   int64 // seconds
}

// values are those of a row in a facet.
func (f *filter) values(r *row, dim int) []uint32 {
	if dim == deadlineDim {
		return windows(r.due, f.now)
	}
	return r.values[dim]
}

func (c *columns) filter(q stoa.Query, now time.Time) filter {
	f := filter{stale: q.Stale, now: now.Unix()}
	add := func(dim int, values ...string) {
		for _, v := range values {
			f.set[dim] = true
			if n, ok := c.names[dim].number[v]; ok {
				f.want[dim] = append(f.want[dim], n)
			}
		}
	}
	add(pillarDim, texts(q.Pillars)...)
	if q.For != "" {
		add(reachDim, stoa.Reaching(q.For)...)
	}
	add(monthDim, q.Months...)
	add(kindDim, texts(q.Kinds)...)
	add(orgDim, q.Orgs...)
	add(countryDim, q.Countries...)
	add(regionDim, texts(q.Regions)...)
	for _, tag := range q.Languages {
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		add(languageDim, base)
	}
	if q.Open {
		add(openDim, "1")
	}
	add(modalityDim, texts(q.Modalities)...)
	add(deadlineDim, texts(q.Windows)...)
	return f
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// misses tells which facets let a row not through: none (-1), exactly one, or several (dims).
func (f *filter) misses(r *row) int {
	missed := -1
	for dim := range dims {
		if !f.set[dim] || overlap(f.want[dim], f.values(r, dim)) {
			continue
		}
		if missed >= 0 {
			return dims
		}
		missed = dim
	}
	return missed
}

func overlap(a, b []uint32) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

// tally counts facets while rows go by.
type tally struct {
	links map[stoa.Availability]int // rows that pass
	total int
	has   [dims][]int // rows that pass and have a value
	extra [dims][]int // rows that miss this facet alone and have a value
}

func (c *columns) tally() *tally {
	t := &tally{links: map[stoa.Availability]int{}}
	for dim := range dims {
		t.has[dim] = make([]int, len(c.names[dim].text))
		t.extra[dim] = make([]int, len(c.names[dim].text))
	}
	return t
}

func (t *tally) add(r *row, f *filter, missed int) {
	switch missed {
	case dims:
	case -1:
		t.total++
		t.links[r.link]++
		for dim := range dims {
			for _, v := range f.values(r, dim) {
				t.has[dim][v]++
			}
		}
	default:
		for _, v := range f.values(r, missed) {
			t.extra[missed][v]++
		}
	}
}

// facets says for every value how many results there would be if it were chosen too. Values of one facet are
// alternatives: where some are chosen, another adds its own to what is there.
func (t *tally) facets(c *columns, f filter) map[string]map[string]int {
	out := map[string]map[string]int{}
	for dim := range dims {
		if facetNames[dim] == "" {
			continue
		}
		counts := map[string]int{}
		for v, text := range c.names[dim].text {
			n := t.has[dim][v]
			if f.set[dim] {
				n = t.total + t.extra[dim][v]
				if t.has[dim][v]+t.extra[dim][v] == 0 && !slices.Contains(f.want[dim], uint32(v)) {
					continue
				}
			}
			if n > 0 {
				counts[text] = n
			}
		}
		out[facetNames[dim]] = counts
	}
	return out
}

// hit is a row that passed, with the score of its words.
type hit struct {
	row   *row
	score float64
}

// compare orders hits; ties go by id, so that pages never overlap. Titles in the reader's own letters come before others.
func (h hit) compare(o hit, sort, reader string, now int64) int {
	var by int
	switch sort {
	case "newest":
		by = cmp.Compare(o.row.newest, h.row.newest)
	case "closes":
		by = cmp.Compare(soonest(h.row.closes, now), soonest(o.row.closes, now))
	case "title":
		by = cmp.Or(cmp.Compare(foreign(h.row.script, reader), foreign(o.row.script, reader)), strings.Compare(h.row.title, o.row.title))
	default:
		by = cmp.Compare(o.score, h.score)
	}
	return cmp.Or(by, cmp.Compare(o.row.newest, h.row.newest), strings.Compare(h.row.id, o.row.id))
}

// soonest puts what closes next first, what closed last behind what never closes.
func soonest(at, now int64) int64 {
	if at < now {
		return never + 1 + (now - at)
	}
	return at
}
