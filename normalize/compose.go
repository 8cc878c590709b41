package normalize

import (
	"slices"
	"time"

	"stoa"
	"stoa/normalize/place"
	"stoa/normalize/stale"
)

// Compose computes a record from all that is known of it. It is pure: the same input in any order gives the same
// record, and nothing outside the input counts.
//
// observations, decisions and findings are those of the record and of every record merged into it: decisions and
// findings whose Subject is one of these ids, and Tie, Untie, Merge, Split and Differ decisions and Join and Tied
// findings whose other side (Value, Other) is one. Sequence numbers give the order of decisions and of findings.
// Settle decisions count when they name their Field; see Conflicts.
//
// The order of precedence is: a person's override, the publisher's explicit withdrawal, the owning source, other
// sources by rank, machine inference. An empty value never replaces a filled one. ID is filled with Survivor; Short,
// Slug, Version, FirstListed, Changed and Sightings' Last are for the store, which knows them.
func Compose(observations []stoa.Observation, decisions []stoa.Decision, findings []stoa.Finding, now time.Time) stoa.Record {
	return ComposeBy(Clock{Now: now}, observations, decisions, findings)
}

// Clock tells the time to ComposeBy. After the wall clock jumped, rules over elapsed time go by Steady, which did not,
// until Trusted; both are zero where it did not jump.
type Clock struct{ Now, Steady, Trusted time.Time }

// ComposeBy is Compose by a clock that may have jumped.
func ComposeBy(clock Clock, observations []stoa.Observation, decisions []stoa.Decision, findings []stoa.Finding) stoa.Record {
	c := newComposer(observations, decisions, findings, clock)
	c.fields()
	c.moved()
	c.verdicts()
	c.override()
	c.rec.OpenTo = place.OpenTo(c.rec.Facts["eligibility"], c.rec.Facts["audience"])
	c.state()
	c.relations()
	c.sightings()
	c.judge()
	return c.rec
}

// composer holds one composition.
type composer struct {
	obs      []stoa.Observation // the owner first, then by precedence
	rulings  []stoa.Decision    // in force, oldest first
	findings []stoa.Finding     // oldest first
	id       string             // the survivor
	members  map[string]bool
	clock    Clock
	rec      stoa.Record
	cache    map[string]map[string]string // Values of each observation
	judged   stale.Result
}

func newComposer(observations []stoa.Observation, decisions []stoa.Decision, findings []stoa.Finding, clock Clock) *composer {
	c := &composer{
		obs:      slices.Clone(observations),
		rulings:  inForce(decisions),
		findings: slices.Clone(findings),
		members:  map[string]bool{},
		clock:    clock,
		cache:    map[string]map[string]string{},
	}
	slices.SortFunc(c.findings, findingOrder)
	for _, o := range c.obs {
		c.members[o.Record] = true
	}
	c.id = Survivor(observations, decisions, findings)
	c.members[c.id] = true
	c.rank()
	c.rec = stoa.Record{
		ID: c.id, Pillars: []stoa.Pillar{}, Organisations: []stoa.Organisation{}, Countries: []string{},
		Regions: []stoa.Region{}, Marks: []stoa.Mark{}, Relations: []stoa.RelationTo{}, Sightings: []stoa.Sighting{},
		Provenance: map[string]stoa.Provenance{},
	}
	return c
}
