package stoa

import "time"

// Item is what one source lists once, as read from a capture, markup included. It is the JSON of `stoa parse`.
type Item struct {
	Source     string            `json:"source,omitempty"`
	Key        string            `json:"key"` // the publisher's own id exactly as sent, else the normalised link, else a hash of title and date
	URL        string            `json:"url,omitempty"`
	Title      string            `json:"title,omitempty"`
	Summary    string            `json:"summary,omitempty"`
	Content    string            `json:"content,omitempty"`
	Published  Date              `json:"published,omitempty"`
	Updated    Date              `json:"updated,omitempty"`
	When       string            `json:"when,omitempty"` // the listing's own date line
	Location   string            `json:"location,omitempty"`
	Categories []string          `json:"categories,omitempty"`
	Authors    []Person          `json:"authors,omitempty"`
	Enclosures []Enclosure       `json:"enclosures,omitempty"`
	Language   string            `json:"language,omitempty"`
	Fetched    time.Time         `json:"fetched,omitzero"`
	Extra      map[string]string `json:"extra,omitempty"`     // further fields by the source's names; lists joined with "; "
	Withdrawn  bool              `json:"withdrawn,omitempty"` // the publisher's explicit word (S19): deleted header, tombstone, cancelled event
	Capture    string            `json:"capture,omitempty"`   // where it was read: a capture's id
	Listed     string            `json:"listed,omitempty"`    // fingerprint of what the listing alone said, when a detail page added to it
}

// Person is an author as named by a source. Addresses of persons never leave in public outputs.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Enclosure is a file that a source attaches.
type Enclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"`
}

// Head is what a source says of itself.
type Head struct {
	Title    string `json:"title,omitempty"`
	URL      string `json:"url,omitempty"`
	Summary  string `json:"summary,omitempty"`
	Language string `json:"language,omitempty"`
	Updated  Date   `json:"updated,omitempty"`
}

// Verdict is what a rule concluded, how sure it was (0 to 1), and from what evidence.
type Verdict[T any] struct {
	Value      T        `json:"value"`
	Confidence float64  `json:"confidence"`
	Why        []string `json:"why"`
}

// PillarVerdict is a Verdict on one pillar.
type PillarVerdict struct {
	Pillar     Pillar   `json:"pillar"`
	Confidence float64  `json:"confidence"`
	Why        []string `json:"why"`
}

// Draft is an item made plain: text, dates, places, language, organisations, and what we think it is. It is the
// JSON of `stoa normalize`.
type Draft struct {
	ID            string            `json:"id"` // as given, else the item's key
	Title         string            `json:"title,omitempty"`
	URL           string            `json:"url,omitempty"`
	Summary       string            `json:"summary,omitempty"`
	Publisher     string            `json:"publisher,omitempty"`
	Language      string            `json:"language,omitempty"` // BCP 47
	Published     Date              `json:"published,omitempty"`
	Start         Date              `json:"start,omitempty"`
	End           Date              `json:"end,omitempty"`
	Deadline      Date              `json:"deadline,omitempty"`
	Rolling       bool              `json:"rolling,omitempty"`
	When          string            `json:"when,omitempty"`      // the original text of the dates
	Countries     []string          `json:"countries,omitempty"` // ISO 3166-1 alpha-2
	Regions       []Region          `json:"regions,omitempty"`
	Organisations []Organisation    `json:"organisations,omitempty"`
	Facts         map[string]string `json:"facts,omitempty"` // modality, level, duration, fee, credential, registration, eligibility, audience
	Relevant      Verdict[bool]     `json:"relevant"`
	Kind          Verdict[Kind]     `json:"kind"`
	Pillars       []PillarVerdict   `json:"pillars"`            // primary first
	Editions      []string          `json:"editions,omitempty"` // addresses of its editions in other languages, as its page names them
	Withdrawn     bool              `json:"withdrawn,omitempty"`
	Version       string            `json:"version,omitempty"` // of the rules that made it
}

// Organisation is who publishes, funds, runs or hosts.
type Organisation struct {
	ID   string `json:"id"` // kebab-case
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// Observation is what a source said about an item, when, from which captured response.
type Observation struct {
	Source   string             `json:"source"`
	Key      string             `json:"key"`
	Record   string             `json:"record"` // the id given when first seen; never changes, a merge redirects it
	Run      string             `json:"run"`
	Capture  string             `json:"capture,omitempty"`
	First    time.Time          `json:"first"` // first seen
	At       time.Time          `json:"at"`    // when it was last seen to change
	Item     Item               `json:"item"`
	Draft    Draft              `json:"draft"`
	Print    string             `json:"print"`             // fingerprint of what matters in Item; spacing, markup and tracking parameters do not
	Missing  map[string]Carried `json:"missing,omitempty"` // filled fields that the publisher no longer gives, until two good runs agree
	Vanished time.Time          `json:"vanished,omitzero"` // first complete run that lacked it
	Absent   int                `json:"absent,omitempty"`  // consecutive good complete runs that lacked it
	Cycles   []Date             `json:"cycles,omitempty"`  // when the cycles of the same call opened, the present one last
	Rank     int                `json:"rank"`              // of the source: owners before aggregators; lower is better
	Trusted  bool               `json:"trusted,omitempty"` // of the source, when the item was applied
	Means    VanishMeans        `json:"means,omitempty"`   // of the source, when the item was applied
	Zone     string             `json:"zone,omitempty"`    // of the source, for dates that state none
	Terms    Terms              `json:"terms,omitzero"`
}

// Carried is a value that the publisher gave once and gives no longer, and in how many good runs it was missing.
type Carried struct {
	Value string `json:"value"`
	Runs  int    `json:"runs"`
}
