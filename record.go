package stoa

import (
	"slices"
	"time"
)

// Record is the catalogue's entry for one real thing. It may stand on many observations and holds plain text only.
type Record struct {
	ID            string                `json:"id"`
	Short         string                `json:"short"`
	Slug          string                `json:"slug,omitempty"`
	Version       uint64                `json:"version"` // the If-Match number: grows with every change, public or not
	Title         string                `json:"title"`
	URL           string                `json:"url,omitempty"`
	Summary       string                `json:"summary,omitempty"`
	Language      string                `json:"language,omitempty"`
	Kind          Kind                  `json:"kind,omitempty"`
	Pillars       []Pillar              `json:"pillars"` // primary first
	Organisations []Organisation        `json:"organisations"`
	Countries     []string              `json:"countries"`
	Regions       []Region              `json:"regions"`
	Published     Date                  `json:"published,omitempty"`
	Start         Date                  `json:"start,omitempty"`
	End           Date                  `json:"end,omitempty"`
	Deadline      Date                  `json:"deadline,omitempty"`
	Rolling       bool                  `json:"rolling,omitempty"`
	When          string                `json:"when,omitempty"`
	Zone          string                `json:"zone,omitempty"` // in which dates without a zone are read
	Facts         map[string]string     `json:"facts,omitempty"`
	OpenTo        []string              `json:"open_to,omitempty"` // whom it says that it is open to: "all", or countries, regions, groups, bodies; none is not known
	State         State                 `json:"state"`
	Reason        string                `json:"reason,omitempty"` // of a refusal
	Availability  Availability          `json:"availability"`
	Relevance     Relevance             `json:"relevance"`
	Marks         []Mark                `json:"marks"`
	Rules         []string              `json:"rules,omitempty"`   // S1…S31 behind the two axes
	Reasons       []string              `json:"reasons,omitempty"` // the same in words
	Grounds       []Ground              `json:"grounds,omitempty"` // the same as data, so that it can be said in any language
	Relations     []RelationTo          `json:"relations"`
	Sightings     []Sighting            `json:"sightings"`
	Provenance    map[string]Provenance `json:"provenance"`
	Verdicts      *Verdicts             `json:"verdicts,omitempty"` // what the machine thinks, and why
	Terms         Terms                 `json:"terms,omitzero"`
	MergedInto    string                `json:"merged_into,omitempty"`
	FirstListed   time.Time             `json:"first_listed,omitzero"`
	Changed       time.Time             `json:"changed,omitzero"`
	Checked       time.Time             `json:"checked,omitzero"` // last look at the link
	ValidUntil    Date                  `json:"valid_until,omitempty"`
	Archive       string                `json:"archive,omitempty"` // address of a copy that a person chose, for when the page is gone
	NextChange    time.Time             `json:"-"`                 // when the calendar will change an axis by itself
	NextCheck     time.Time             `json:"-"`                 // when the link is due to be looked at; zero is never by itself
}

// Stale reports whether the record left the default lists.
func (r Record) Stale() bool { return Stale(r.Availability, r.Relevance) }

// OpenNow reports whether one can take part now; it is what open=1 asks for.
func (r Record) OpenNow() bool { return r.Relevance == Open || r.Relevance == Rolling }

// Public reports whether readers may see the record in lists.
func (r Record) Public() bool { return r.State == Listed && r.MergedInto == "" }

// Primary returns the primary pillar, or "" when there is none.
func (r Record) Primary() Pillar {
	if len(r.Pillars) == 0 {
		return ""
	}
	return r.Pillars[0]
}

// Ground is one sentence about the link or the relevance of a record, taken apart.
type Ground struct {
	Rule  string   `json:"rule,omitempty"`
	Code  string   `json:"code"`            // which sentence
	What  []string `json:"what,omitempty"`  // what was seen: a word and, if there was one, the status, as in "not-found 404"
	Last  Date     `json:"last,omitempty"`  // when the link last worked
	On    []Date   `json:"on,omitempty"`    // on which days, or since when
	Value string   `json:"value,omitempty"` // an address, a number of days, a month
}

// RelationTo ties a record to another.
type RelationTo struct {
	Relation Relation `json:"relation"`
	Record   string   `json:"record"`
	By       string   `json:"by"`                // a rule or a person
	Inverse  bool     `json:"inverse,omitempty"` // the other record stands in Relation to this one
}

// Sighting is one source's listing of a record.
type Sighting struct {
	Source   string    `json:"source"`
	Key      string    `json:"key"`
	URL      string    `json:"url,omitempty"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"` // the source's last complete run that had it
	Vanished time.Time `json:"vanished,omitzero"`
	Peer     bool      `json:"peer,omitempty"` // in answers of the API: the source is another stoa
}

// Handed reports whether a record, as the API gives it, stands on other stoas alone: who takes it over would hand it round in a circle,
// and it would outlive its last source.
func (r Record) Handed() bool {
	handed := false
	for _, s := range r.Sightings {
		if !s.Vanished.IsZero() {
			continue
		}
		if !s.Peer {
			return false
		}
		handed = true
	}
	return handed
}

// Provenance answers for one field: who said so, when, in which capture, by which rule or person.
type Provenance struct {
	By      string    `json:"by"` // "source:ID", "person:NAME" or "rule:NAME"
	At      time.Time `json:"at"`
	Capture string    `json:"capture,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Text    string    `json:"text,omitempty"`   // the source's own words, where they say more
	Others  []Said    `json:"others,omitempty"` // who says otherwise
}

// Said is a value that was not used.
type Said struct {
	By    string    `json:"by"`
	Value string    `json:"value"`
	At    time.Time `json:"at"`
}

// Verdicts are what the machine thinks a record is.
type Verdicts struct {
	Relevant Verdict[bool]   `json:"relevant"`
	Kind     Verdict[Kind]   `json:"kind"`
	Pillars  []PillarVerdict `json:"pillars"`
	Version  string          `json:"version,omitempty"`
}

// Op is what a Change did to what readers can see.
type Op string

// Ops.
const (
	OpListed  Op = "listed"  // became visible
	OpChanged Op = "changed" // visible, and different
	OpStale   Op = "stale"   // left the default lists; its address stays
	OpMerged  Op = "merged"  // redirects to Into
	OpRemoved Op = "removed" // not visible any more
)

// Change is a numbered entry in the log of what readers can see. Feeds, alerts, peers and the search index follow it.
type Change struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Op     Op        `json:"op"`
	Record string    `json:"record"`
	Into   string    `json:"into,omitempty"`
	By     string    `json:"by,omitempty"` // "run:ID", "decision:ID", "rule:S20"
}

// Query is a search. A search is a bookmark: server/catalogue reads and writes it as query parameters.
type Query struct {
	Text      string
	For       string   // a country: what reaches it, see Reaching
	Months    []string // YYYY-MM in which something closes, starts or ends, as each date is stated
	Pillars   []Pillar
	Kinds     []Kind
	Orgs      []string
	Countries []string
	Regions   []Region
	Languages []string
	// Modalities are how one takes part.
	Modalities []Modality
	// Windows are spans of time, from now, within which a deadline passes.
	Windows []Window
	Open    bool   // open or rolling only
	Stale   bool   // stale ones too
	Sort    string // "" (best match, or newest without text) newest closes title
	Reader  string // the language of whoever asks: sorted by title, what is in its letters comes first
	Offset  int
	Limit   int // 0 is 20
}

// Months returns the months, YYYY-MM, in which the record closes, starts or ends, as its dates are stated; a date without a
// month gives none.
func (r Record) Months() []string {
	var out []string
	for _, d := range []Date{r.Deadline, r.Start, r.End} {
		if d.Precision() < Month {
			continue
		}
		if m := string(d[:len("2006-01")]); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// Location is where the record's dates are read that state no zone of their own: in its zone, or where a day ends last, UTC−12, when
// none is known.
func (r Record) Location() *time.Location {
	if r.Zone != "" {
		if zone, err := time.LoadLocation(r.Zone); err == nil {
			return zone
		}
	}
	return time.FixedZone("UTC−12", -12*3600)
}

// Windows returns the windows in which the record's deadline passes, seen from now, the shortest first; none when it has passed or there is
// none.
func (r Record) Windows(now time.Time) []Window {
	return WindowsUntil(r.Deadline.Finish(r.Location()), now)
}

// Span is a part of a text, in bytes.
type Span struct{ From, To int }

// Hits are the answer to a Query. Facet counts agree with results: each counts what would be left if it were chosen too.
type Hits struct {
	Total  int
	IDs    []string
	Facets map[string]map[string]int // pillar month kind org country region language open modality deadline → value → count
	Links  map[Availability]int      // how many of them all are in which state
}
