package normalize

import (
	"slices"

	"stoa"
)

// words says whether a field holds words of a source rather than a fact.
func words(field string) bool { return field == "summary" }

// takesDown says whether a ruling takes down the words of a source on a record, whose ids and those of what is merged into it are members.
func takesDown(d stoa.Decision, source string, member func(string) bool) bool {
	return d.Action == stoa.Takedown && (d.Subject == source || member(d.Subject))
}

func (c *composer) hushed(source string) bool {
	return slices.ContainsFunc(c.rulings, func(d stoa.Decision) bool {
		return takesDown(d, source, func(id string) bool { return c.members[id] })
	})
}

// takedown says in a record's provenance why it has no summary, when that is by a person's ruling.
func (c *composer) takedown(obs []stoa.Observation) {
	for _, d := range c.rulings {
		for _, o := range obs {
			if c.rec.Summary == "" && takesDown(d, o.Source, func(id string) bool { return c.members[id] }) {
				c.rec.Provenance["summary"] = stoa.Provenance{By: "person:" + d.By, At: d.At, Rule: "takedown:" + d.ID}
			}
		}
	}
}

// Hush takes out of observations the words that rulings in force have taken down. ids are those of the record and of what is merged into it.
func Hush(observations []stoa.Observation, rulings []stoa.Decision, ids []string) {
	for i := range observations {
		o := &observations[i]
		member := func(id string) bool { return slices.Contains(ids, id) }
		if !slices.ContainsFunc(rulings, func(d stoa.Decision) bool { return takesDown(d, o.Source, member) }) {
			continue
		}
		o.Item.Summary, o.Item.Content, o.Draft.Summary = "", "", ""
		delete(o.Missing, "summary")
	}
}
