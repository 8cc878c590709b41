package normalize

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stoa"
	"stoa/normalize/match"
	"stoa/normalize/stale"
)

// teaser is how many characters of a summary are shown where the source's terms say nothing.
const teaser = 300

// Teaser cuts a summary to what terms allow, at a word where there is one, with an ellipsis within the length.
func Teaser(summary string, terms stoa.Terms) string {
	limit := cmp.Or(max(terms.Excerpt, 0), teaser)
	if utf8.RuneCountInString(summary) <= limit {
		return summary
	}
	runes := []rune(summary)[:limit-1]
	cut := len(runes)
	for i := len(runes) - 1; i > len(runes)*3/4; i-- {
		if unicode.IsSpace(runes[i]) {
			cut = i
			break
		}
	}
	return strings.TrimRightFunc(string(runes[:cut]), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:–-(", r) }) + "…"
}

// relations ties the record to others: by persons, and by rules where no person untied.
func (c *composer) relations() {
	type key struct {
		relation stoa.Relation
		other    string
		inverse  bool
	}
	ties, untied := map[key]string{}, map[key]bool{}
	side := func(subject, other string, relation stoa.Relation) (key, bool) {
		switch {
		case c.members[subject] && !c.members[other] && other != "":
			return key{relation, other, false}, true
		case c.members[other] && !c.members[subject]:
			return key{relation, subject, directed(relation)}, true
		}
		return key{}, false
	}
	for _, d := range c.rulings {
		k, ok := side(d.Subject, d.Value, stoa.Relation(d.Field))
		switch {
		case ok && d.Action == stoa.Tie:
			ties[k] = "person:" + d.By
			delete(untied, k)
		case ok && d.Action == stoa.Untie:
			delete(ties, k)
			untied[k] = true
		}
	}
	for _, f := range c.findings {
		if k, ok := side(f.Subject, f.Other, f.Relation); ok && f.Kind == stoa.Tied && !untied[k] && ties[k] == "" {
			ties[k] = "rule:" + f.Rule
		}
	}
	for k, by := range ties {
		c.rec.Relations = append(c.rec.Relations, stoa.RelationTo{Relation: k.relation, Record: k.other, By: by, Inverse: k.inverse})
	}
	slices.SortFunc(c.rec.Relations, func(a, b stoa.RelationTo) int {
		side := func(r stoa.RelationTo) string { return strconv.FormatBool(r.Inverse) }
		return cmp.Or(cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Record, b.Record), cmp.Compare(a.By, b.By), cmp.Compare(side(a), side(b)))
	})
}

// directed reports whether a relation reads differently from its other end.
func directed(r stoa.Relation) bool { return r != stoa.EditionOf && r != stoa.SessionOf }

func (c *composer) sightings() {
	for _, o := range c.obs {
		c.rec.Sightings = append(c.rec.Sightings, stoa.Sighting{
			Source: o.Source, Key: o.Key, URL: cmp.Or(o.Draft.URL, o.Item.URL), First: o.First, Last: o.At, Vanished: o.Vanished,
		})
	}
	slices.SortFunc(c.rec.Sightings, func(a, b stoa.Sighting) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Key, b.Key))
	})
	if len(c.obs) > 0 && !slices.ContainsFunc(c.obs, func(o stoa.Observation) bool { return !strings.HasPrefix(o.Source, "seed") }) {
		c.rec.Marks = append(c.rec.Marks, stoa.Seeded)
	}
}

// judge asks the staleness rules about the record as composed so far.
func (c *composer) judge() {
	r := &c.rec
	in := c.question()
	c.judged = stale.Judge(in)
	r.Availability, r.Relevance = c.judged.Availability, c.judged.Relevance
	r.Marks = append(r.Marks, c.judged.Marks...)
	slices.Sort(r.Marks)
	r.Rules, r.Reasons, r.Grounds = c.judged.Rules, c.judged.Why, c.judged.Grounds
	r.Checked, r.NextChange = c.judged.Checked, c.judged.NextChange
	if r.State != stoa.Refused {
		r.NextCheck = stale.Due(in, c.judged)
	}
}

// question puts the record to the staleness rules.
func (c *composer) question() stale.Input {
	r := &c.rec
	in := stale.Input{
		URL: r.URL, Kind: r.Kind, Title: r.Title, Published: r.Published, Start: r.Start, End: r.End,
		Deadline: r.Deadline, Rolling: r.Rolling, Zone: r.Zone, Facts: r.Facts,
		Now: c.clock.Now, Steady: c.clock.Steady, Trusted: c.clock.Trusted, Off: c.switches(),
	}
	for _, o := range c.contributors() {
		l := stale.Listing{Source: o.Source, First: o.First, Vanished: o.Vanished, Absent: o.Absent, Means: o.Means}
		if takenBack(o) && (o.Rank != stoa.PeerRank || c.peersOnly()) {
			l.Withdrawn = o.At
		}
		in.Listings = append(in.Listings, l)
		if o.At.After(in.Changed) {
			in.Changed = o.At
		}
	}
	for _, f := range c.findings {
		if f.Kind == stoa.Link && f.Check != nil && c.members[f.Subject] && (f.Value == "" || f.Value == r.URL) {
			in.Checks = append(in.Checks, *f.Check)
			if f.Check.Sibling != nil {
				in.Sibling = f.Check.Sibling
			}
		}
	}
	c.ruled(&in)
	for _, t := range r.Relations {
		if t.Relation == stoa.Supersedes && t.Inverse && strings.HasPrefix(t.By, "person:") {
			in.Superseded = t.Record
		}
	}
	in.ValidUntil = r.ValidUntil
	in.Rhythm, in.Never, _ = stale.Rhythm(r.Facts["frequency"])
	for _, o := range c.obs { // earlier cycles of the same call
		if n := len(o.Cycles); n > 1 {
			in.Earlier = append(in.Earlier, o.Cycles[:n-1]...)
			in.Opened = cmp.Or(in.Opened, o.Cycles[n-1])
		}
		if s := o.Draft.Start; len(s) >= 4 && len(r.Start) >= 4 && s[:4] < r.Start[:4] {
			in.Earlier = append(in.Earlier, s)
		}
	}
	in.Checks = in.Checks[max(0, len(in.Checks)-mostChecks):]
	return in
}

// peersOnly reports whether nobody but other catalogues knows the record. Beside anybody else their word is advice.
func (c *composer) peersOnly() bool {
	return !slices.ContainsFunc(c.obs, func(o stoa.Observation) bool { return o.Rank != stoa.PeerRank })
}

// ruled adds what people ruled about the record's validity.
func (c *composer) ruled(in *stale.Input) {
	r := &c.rec
	for _, d := range c.rulings {
		if !c.members[d.Subject] {
			continue
		}
		switch d.Action {
		case stoa.Confirm:
			in.Confirmed, in.Retired, in.Superseded = d.At, time.Time{}, ""
			if until, err := stoa.ParseDate(d.Value); err == nil && until != "" {
				r.ValidUntil = until
				r.Provenance["valid_until"] = stoa.Provenance{By: "person:" + d.By, At: d.At, Rule: "decision:" + d.ID}
			}
		case stoa.Retire:
			in.Retired, in.Superseded = d.At, d.Value
		case stoa.Withdraw:
			for i := range in.Listings {
				in.Listings[i].Withdrawn = d.At
			}
		case stoa.Set, stoa.Unset:
			if until, err := stoa.ParseDate(d.Value); d.Field == "valid_until" && err == nil {
				r.ValidUntil = until
			}
		}
	}
}

// switches returns the rules that people switched off for the source that owns the record.
func (c *composer) switches() map[string]bool {
	off := map[string]bool{}
	for _, d := range c.rulings {
		if d.Action == stoa.Switch && len(c.obs) > 0 && d.Subject == c.obs[0].Source {
			off[d.Field] = d.Value == "off"
		}
	}
	return off
}

// mostChecks bounds how many looks at a link count; a year of weekly ones.
const mostChecks = 60

// moved takes the address to which the page moved for good (S10), for as long as sources still name the one
// that was being checked then. A person's own choice comes after it.
func (c *composer) moved() {
	var checked string // the address of the last look before the finding
	for _, f := range c.findings {
		if !c.members[f.Subject] {
			continue
		}
		switch f.Kind {
		case stoa.Link:
			checked = f.Value
		case stoa.Moved:
			p := c.rec.Provenance["url"]
			if f.Value == "" || checked == "" && p.At.After(f.At) || checked != "" && match.Address(checked) != match.Address(c.rec.URL) {
				continue
			}
			old := stoa.Said{By: p.By, Value: c.rec.URL, At: p.At}
			c.rec.URL = f.Value
			c.rec.Provenance["url"] = stoa.Provenance{
				By: "rule:" + f.Rule, At: f.At, Rule: f.Rule, Text: strings.Join(f.Why, "; "), Others: append([]stoa.Said{old}, p.Others...),
			}
		}
	}
}
