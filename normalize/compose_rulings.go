package normalize

import (
	"cmp"
	"slices"
	"strings"

	"stoa"
	"stoa/normalize/classify"
)

// verdicts takes what the machine thinks from the owner's draft, or from a later model's verdict on it.
func (c *composer) verdicts() {
	for _, o := range c.contributors() {
		d := o.Draft
		at, capture, rule := o.At, o.Capture, cmp.Or(d.Version, "classify")
		for _, f := range c.findings {
			if f.Kind == stoa.Classification && f.Draft != nil && f.At.After(o.At) && (f.Subject == o.Record || f.Subject == c.id) {
				d, at, rule = *f.Draft, f.At, cmp.Or(f.Version, f.Draft.Version, f.Rule)
			}
		}
		if d.Kind.Value == "" && len(d.Pillars) == 0 && d.Relevant.Confidence == 0 {
			continue
		}
		c.rec.Verdicts = &stoa.Verdicts{Relevant: d.Relevant, Kind: d.Kind, Pillars: d.Pillars, Version: d.Version}
		p := stoa.Provenance{By: "rule:classify", At: at, Capture: capture, Rule: rule}
		if d.Kind.Value.Valid() {
			c.rec.Kind = d.Kind.Value
			c.rec.Provenance["kind"] = p
		}
		if c.rec.Pillars = pillars(d.Pillars); len(c.rec.Pillars) > 0 {
			c.rec.Provenance["pillars"] = p
		}
		return
	}
}

// pillars returns the best pillar and those that are likely enough beside it.
func pillars(verdicts []stoa.PillarVerdict) []stoa.Pillar {
	best := slices.Clone(verdicts)
	slices.SortStableFunc(best, func(a, b stoa.PillarVerdict) int { return cmp.Compare(b.Confidence, a.Confidence) })
	out := []stoa.Pillar{}
	for _, v := range classify.Chosen(best) {
		out = append(out, v.Pillar)
	}
	return out
}

func lists() []string { return []string{"pillars", "countries", "regions", "organisations"} }

// override applies what persons ruled on fields: the last Set or Unset of a field, and what was added to and removed
// from a list after it.
func (c *composer) override() {
	for _, field := range stoa.Settable() {
		var rulings []stoa.Decision
		for _, d := range c.rulings {
			if !c.members[d.Subject] || d.Field != field {
				continue
			}
			switch d.Action {
			case stoa.Set, stoa.Unset:
				rulings = []stoa.Decision{d}
			case stoa.Add, stoa.Remove:
				if slices.Contains(lists(), field) {
					rulings = append(rulings, d)
				}
			}
		}
		for _, d := range rulings {
			c.rule(field, d)
		}
	}
}

func (c *composer) rule(field string, d stoa.Decision) {
	p := stoa.Provenance{By: "person:" + d.By, At: d.At, Rule: "decision:" + d.ID}
	if old, ok := c.rec.Provenance[field]; ok && strings.HasPrefix(old.By, "source:") {
		p.Others = append([]stoa.Said{{By: old.By, Value: Value(c.rec, field), At: old.At}}, old.Others...)
	} else if ok {
		p.Others = old.Others
	}
	switch d.Action {
	case stoa.Unset:
		return
	case stoa.Set:
		if assign(&c.rec, field, d.Value) != nil {
			return
		}
	case stoa.Add:
		c.edit(field, d.Value, true)
	case stoa.Remove:
		c.edit(field, d.Value, false)
	}
	c.rec.Provenance[field] = p
}

// edit adds values to a list field or removes them from it.
func (c *composer) edit(field, text string, add bool) {
	r := &c.rec
	switch field {
	case "pillars":
		r.Pillars = edited(r.Pillars, elements[stoa.Pillar](text), add, func(p stoa.Pillar) string { return string(p) })
		r.Pillars = slices.DeleteFunc(r.Pillars, func(p stoa.Pillar) bool { return !p.Valid() })
	case "countries":
		r.Countries = edited(r.Countries, elements[string](text), add, func(s string) string { return s })
	case "regions":
		r.Regions = edited(r.Regions, elements[stoa.Region](text), add, func(s stoa.Region) string { return string(s) })
	case "organisations":
		r.Organisations = edited(r.Organisations, organisations(text), add, func(o stoa.Organisation) string {
			return cmp.Or(o.ID, kebab(o.Name))
		})
	}
}

func edited[T any](old, change []T, add bool, key func(T) string) []T {
	out := slices.Clone(old)
	for _, v := range change {
		same := func(o T) bool { return key(o) == key(v) }
		switch {
		case !add:
			out = slices.DeleteFunc(out, same)
		case !slices.ContainsFunc(out, same):
			out = append(out, v)
		}
	}
	return out
}

// Value returns a field of a record as text, in the form of Values.
func Value(r stoa.Record, field string) string {
	switch field {
	case "kind":
		return string(r.Kind)
	case "pillars":
		return list(r.Pillars)
	case "valid_until":
		return string(r.ValidUntil)
	case "archive":
		return r.Archive
	}
	return Values(stoa.Draft{
		Title: r.Title, URL: r.URL, Summary: r.Summary, Language: r.Language, Published: r.Published, Start: r.Start,
		End: r.End, Deadline: r.Deadline, Rolling: r.Rolling, When: r.When, Countries: r.Countries, Regions: r.Regions,
		Organisations: r.Organisations, Facts: r.Facts,
	})[field]
}

// state is the last Accept or Refuse of a person; else what a rule concluded; else pending.
func (c *composer) state() {
	c.rec.State = stoa.Pending
	if d, ok := c.ruling(); ok {
		c.rec.State = stoa.Listed
		if d.Action == stoa.Refuse {
			c.rec.State, c.rec.Reason = stoa.Refused, d.Reason
		}
		c.rec.Provenance["state"] = stoa.Provenance{By: "person:" + d.By, At: d.At, Rule: "decision:" + d.ID}
		return
	}
	if f, ok := c.conclusion(); ok {
		c.rec.State = stoa.Listed
		if f.Kind == stoa.Noise {
			c.rec.State, c.rec.Reason = stoa.Refused, cmp.Or(f.Value, "out-of-scope")
		}
		c.rec.Provenance["state"] = stoa.Provenance{By: "rule:" + f.Rule, At: f.At, Rule: f.Rule, Text: strings.Join(f.Why, "; ")}
	}
}

// ruling returns the decision that governs the state. What was refused as a duplicate before it was merged says
// nothing about the record that it became part of.
func (c *composer) ruling() (stoa.Decision, bool) {
	for _, d := range slices.Backward(c.rulings) {
		if !c.members[d.Subject] || d.Action == stoa.Refuse && d.Reason == "duplicate" && d.Subject != c.id {
			continue
		}
		if d.Action == stoa.Accept || d.Action == stoa.Refuse {
			return d, true
		}
	}
	return stoa.Decision{}, false
}

// conclusion returns the Listing or Noise finding that governs the state: the survivor's last one, else any member's
// Listing, else a Noise.
func (c *composer) conclusion() (stoa.Finding, bool) {
	var best stoa.Finding
	score := 0
	for _, f := range c.findings {
		if f.Kind != stoa.Listing && f.Kind != stoa.Noise || !c.members[f.Subject] {
			continue
		}
		s := 1
		if f.Kind == stoa.Listing {
			s = 2
		}
		if f.Subject == c.id {
			s = 3
		}
		if s >= score {
			best, score = f, s
		}
	}
	return best, score > 0
}
