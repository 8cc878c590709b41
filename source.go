package stoa

import (
	"regexp"
	"time"
)

// Format is how a source's bytes are read.
type Format string

// Formats returns the formats of sources.yaml.
func Formats() []Format {
	return []Format{"feed", "html", "json", "wordpress", "sitemap", "metadata", "ical", "oaipmh", "table", "pdf-links", "peer"}
}

// Trust is how far a source is believed without a curator.
type Trust string

// Levels of trust. A source goes draft → rehearsed → probation → trusted.
const (
	DraftSource Trust = "draft"     // being written; never harvested on schedule
	Rehearsed   Trust = "rehearsed" // tried on captures; never harvested on schedule
	Probation   Trust = "probation" // every item is queued
	Trusted     Trust = "trusted"   // only doubtful items are queued
)

// VanishMeans says what it means when an item leaves a source's complete listing.
type VanishMeans string

// What vanishing can mean.
const (
	VanishClosed  VanishMeans = "closed"
	VanishRemoved VanishMeans = "removed"
	VanishNothing VanishMeans = "nothing" // a windowed feed
)

// Source is one listing of one organisation, as sources.yaml defines it with all defaults filled in.
type Source struct {
	ID           string             `json:"id"`
	Organisation string             `json:"organisation"`
	Title        string             `json:"title"`
	URL          string             `json:"url"`
	Alternates   []string           `json:"alternates,omitempty"`
	Format       Format             `json:"format"`
	Preset       string             `json:"preset,omitempty"`
	Mapping      Mapping            `json:"mapping,omitzero"`
	Schedule     Schedule           `json:"schedule"`
	Zone         string             `json:"zone,omitempty"` // IANA; of the schedule, and of dates that state none
	Delay        time.Duration      `json:"delay"`
	Languages    []string           `json:"languages,omitempty"`
	Pillars      map[Pillar]float64 `json:"pillars,omitempty"` // priors
	Kinds        map[Kind]float64   `json:"kinds,omitempty"`   // priors
	Include      []Filter           `json:"include,omitempty"`
	Exclude      []Filter           `json:"exclude,omitempty"`
	KeepParams   []string           `json:"keep_params,omitempty"`
	VanishMeans  VanishMeans        `json:"vanish_means"`
	Trust        Trust              `json:"trust"`
	Aggregator   bool               `json:"aggregator,omitempty"` // lists what others own: ranks behind them
	Limits       Limits             `json:"limits"`
	Headers      map[string]string  `json:"headers,omitempty"`
	Terms        Terms              `json:"terms,omitzero"`
	RulesOff     []string           `json:"rules_off,omitempty"` // staleness rules that are off for what it owns, see Rules
	Disabled     string             `json:"disabled,omitempty"`  // the reason
}

// Windowed reports whether the source shows only its latest items, so that a missing item means nothing.
func (s Source) Windowed() bool { return s.VanishMeans == VanishNothing }

// PeerRank is the rank of other catalogues, whose rulings are advice.
const PeerRank = 20

// SeedSource is the id of the records that ship with the program.
const SeedSource = "seed"

// Rank orders the sources of one record, lower first: who owns what is listed, then those who collect what others own, then
// other catalogues, last what shipped with the program. The best rank says what a record is called and where it points; the
// others fill in what it leaves out.
func (s Source) Rank() int {
	switch {
	case s.ID == SeedSource:
		return 30
	case s.Format == "peer":
		return PeerRank
	case s.Aggregator:
		return 10
	}
	return 0
}

// Schedule is when a source is due: adaptive between Min and Max, or by a cron expression in the source's zone.
type Schedule struct {
	Min  time.Duration `json:"min,omitempty"`
	Max  time.Duration `json:"max,omitempty"`
	Cron string        `json:"cron,omitempty"`
}

// Limits bound one run. Bytes are unpacked bytes.
type Limits struct {
	Items int           `json:"items"`
	Body  int64         `json:"body"`
	Pages int           `json:"pages"`
	Time  time.Duration `json:"time"`
}

// Terms are what may be done with a source's words.
type Terms struct {
	Licence     string `json:"licence,omitempty"`
	Excerpt     int    `json:"excerpt,omitempty"` // characters of a teaser
	Attribution string `json:"attribution,omitempty"`
}

// Filter matches one field of an item by RE2.
type Filter struct {
	Field string         `json:"field"`
	Match string         `json:"match"`
	RE    *regexp.Regexp `json:"-"` // compiled when read
}

// Mapping says where an item's fields stand, in the terms of the source's format. The formats document what they read of it.
type Mapping struct {
	Item    string              `json:"item,omitempty"`    // selector (html), path (json)
	Fields  map[string]Field    `json:"fields,omitempty"`  // by item field: title url summary content when published updated location categories language key, or any other name for extra
	Next    Next                `json:"next,omitzero"`     // next page
	Detail  *Mapping            `json:"detail,omitempty"`  // of the page behind an item's url
	Status  Field               `json:"status,omitzero"`   // json: where a 200 tells of an error; Match is what a good answer says
	Method  string              `json:"method,omitempty"`  // json: GET or POST
	Body    string              `json:"body,omitempty"`    // json: body of a POST
	Region  string              `json:"region,omitempty"`  // html: the content region; everything outside is chrome
	Aliases map[string][]string `json:"aliases,omitempty"` // label/value pages: our field → their labels
}

// Field is one rule: a selector or path ("h3 a@href", "title.rendered"), or the label beside which the value stands.
type Field struct {
	Path   string   `json:"path,omitempty"`
	Label  []string `json:"label,omitempty"`
	Match  string   `json:"match,omitempty"`  // RE2; the first group, or the whole match, is the value
	Prefix string   `json:"prefix,omitempty"` // put before the value, e.g. to make an address
	Split  string   `json:"split,omitempty"`  // separator of a list
	Const  string   `json:"const,omitempty"`  // the value itself
}

// IsZero reports whether f says nothing.
func (f Field) IsZero() bool {
	return f.Path == "" && len(f.Label) == 0 && f.Const == ""
}

// Next says how the next page is found. Exactly one of Param, Link, Path, Cursor is set, or none.
type Next struct {
	Param  string `json:"param,omitempty"`  // a query parameter that counts: page, offset, start, os
	From   int    `json:"from,omitempty"`   // its first value
	Step   int    `json:"step,omitempty"`   // how much it grows; default 1; for offsets the page size
	Size   int    `json:"size,omitempty"`   // items a page; a shorter page is the last
	Total  string `json:"total,omitempty"`  // json path of the number of items
	Link   string `json:"link,omitempty"`   // selector or json path of the next page's address
	Path   string `json:"path,omitempty"`   // "/page/{n}/", appended to the listing's path
	Cursor string `json:"cursor,omitempty"` // json path of a token, sent back as Param
	Limit  int    `json:"limit,omitempty"`  // at most so many pages
}

// IsZero reports whether there is only one page.
func (n Next) IsZero() bool {
	return n.Param == "" && n.Link == "" && n.Path == "" && n.Cursor == ""
}
