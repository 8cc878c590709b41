package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
)

// sourced are the fields that sources give, by the names of the record's JSON. Facts come beside them, as "facts.fee".
func sourced() []string {
	return []string{
		"title", "summary", "url", "language", "published", "start", "end", "deadline", "rolling", "when",
		"countries", "regions", "organisations",
	}
}

// Values returns what a draft says, one text a field, by the names of the record's JSON and "facts.NAME"; fields that
// it leaves empty are absent. Lists are JSON. It is the form of Carried.Value, and of Value and Base of decisions.
func Values(d stoa.Draft) map[string]string {
	v := map[string]string{
		"title": d.Title, "summary": d.Summary, "url": d.URL, "language": d.Language,
		"published": string(d.Published), "start": string(d.Start), "end": string(d.End),
		"deadline": string(d.Deadline), "when": d.When,
		"countries": list(d.Countries), "regions": list(d.Regions), "organisations": list(d.Organisations),
	}
	if d.Rolling {
		v["rolling"] = "true"
	}
	for name, fact := range d.Facts {
		v["facts."+name] = fact
	}
	for name, text := range v {
		if text == "" {
			delete(v, name)
		}
	}
	return v
}

// Carry returns what an observation must go on carrying when a good run gives next for an item: the filled fields of
// before that next leaves empty, with the number of good runs that left them so. Compose drops a value at two.
func Carry(before stoa.Observation, next stoa.Draft) map[string]stoa.Carried {
	old, now := Values(before.Draft), Values(next)
	var out map[string]stoa.Carried
	keep := func(field string, c stoa.Carried) {
		if out == nil {
			out = map[string]stoa.Carried{}
		}
		out[field] = c
	}
	for field, c := range before.Missing {
		if now[field] == "" {
			keep(field, stoa.Carried{Value: c.Value, Runs: c.Runs + 1})
		}
	}
	for field, value := range old {
		if now[field] == "" {
			keep(field, stoa.Carried{Value: value, Runs: 1})
		}
	}
	return out
}

// list encodes a list as JSON; an empty one is "".
func list[T any](l []T) string {
	if len(l) == 0 {
		return ""
	}
	b, err := json.Marshal(l)
	if err != nil {
		return ""
	}
	return string(b)
}

// voice is what one observation says of one field.
type voice struct {
	text    string
	obs     *stoa.Observation
	carried bool
}

func (v voice) said() stoa.Said {
	return stoa.Said{By: "source:" + v.obs.Source, Value: v.text, At: v.obs.At}
}

// voices returns who says what of a field, in precedence, without those who say nothing.
func (c *composer) voices(field string, obs []stoa.Observation) []voice {
	var out []voice
	for i := range obs {
		o := &obs[i]
		if text := c.values(o)[field]; text != "" {
			out = append(out, voice{text: text, obs: o})
		} else if m, ok := o.Missing[field]; ok && m.Runs < 2 && m.Value != "" && !(words(field) && c.hushed(o.Source)) {
			out = append(out, voice{text: m.Value, obs: o, carried: true})
		}
	}
	return out
}

func (c *composer) values(o *stoa.Observation) map[string]string {
	key := o.Source + "\x00" + o.Key
	if v, ok := c.cache[key]; ok {
		return v
	}
	v := Values(o.Draft)
	if v["url"] == "" && o.Item.URL != "" {
		v["url"] = o.Item.URL
	}
	if c.hushed(o.Source) {
		delete(v, "summary")
	}
	c.cache[key] = v
	return v
}

// contributors are the observations whose words may become the record's. Beside a trusted source an untrusted one only
// counts as a sighting, until a person has merged it or accepted the record after it came: a near-copy planted
// elsewhere changes nothing that readers see.
func (c *composer) contributors() []stoa.Observation {
	if len(c.obs) == 0 || !c.obs[0].Trusted {
		return c.obs
	}
	return slices.DeleteFunc(slices.Clone(c.obs), func(o stoa.Observation) bool { return !o.Trusted && !c.vouched(o) })
}

func (c *composer) vouched(o stoa.Observation) bool {
	return slices.ContainsFunc(c.rulings, func(d stoa.Decision) bool {
		return d.Action == stoa.Merge && (d.Value == o.Record || d.Subject == o.Record) ||
			d.Action == stoa.Accept && c.members[d.Subject] && d.At.After(o.First)
	})
}

// fields takes every sourced field from the first source that fills it.
func (c *composer) fields() {
	obs := c.contributors()
	names := sourced()
	for _, o := range obs {
		for name := range c.values(&o) {
			if strings.HasPrefix(name, "facts.") && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		for name := range o.Missing {
			if strings.HasPrefix(name, "facts.") && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names[len(sourced()):])
	for _, name := range names {
		c.take(name, c.voices(name, obs))
	}
	c.when(obs)
	if len(obs) > 0 {
		c.rec.Terms = c.terms(obs)
		c.rec.Zone = c.zone(obs)
	}
	c.hosts(obs)
	c.takedown(obs)
	c.rec.Summary = Teaser(c.rec.Summary, c.rec.Terms)
}

// terms are those of the source whose words the summary is, else of the first: who is quoted says how far.
func (c *composer) terms(obs []stoa.Observation) stoa.Terms {
	for _, o := range obs {
		if c.rec.Provenance["summary"].By == "source:"+o.Source {
			return o.Terms
		}
	}
	return obs[0].Terms
}

// take gives a field the value of the first voice and remembers who says otherwise.
func (c *composer) take(field string, voices []voice) {
	if len(voices) == 0 {
		return
	}
	first := voices[0]
	if err := assign(&c.rec, field, first.text); err != nil {
		return
	}
	p := stoa.Provenance{By: "source:" + first.obs.Source, At: first.obs.At, Capture: first.obs.Capture, Rule: rule(first)}
	for _, v := range voices[1:] {
		if !agrees(field, v.text, first.text) && len(p.Others) < 5 {
			p.Others = append(p.Others, v.said())
		}
	}
	c.rec.Provenance[field] = p
}

// rule names how a source's value came to be used: as carried on while one run alone lacks it, or by the rules
// that made the draft.
func rule(v voice) string {
	if v.carried {
		return "kept-until-two-runs"
	}
	return v.obs.Draft.Version
}

// when keeps the dates of a record coherent: an end before the start, taken from another source than the start, is
// dropped, a stated deadline beats another source's "rolling", and the dates keep the words they were read from.
func (c *composer) when(obs []stoa.Observation) {
	r := &c.rec
	if r.Start != "" && r.End != "" && r.End.Finish(time.UTC).Before(r.Start.Begin(time.UTC)) &&
		r.Provenance["start"].By != r.Provenance["end"].By {
		r.End = ""
		delete(r.Provenance, "end")
	}
	if r.Rolling && r.Deadline != "" {
		r.Rolling = false
		delete(r.Provenance, "rolling")
	}
	for _, field := range []string{"deadline", "start", "end", "rolling"} {
		p, ok := r.Provenance[field]
		if !ok {
			continue
		}
		for _, o := range obs {
			if "source:"+o.Source == p.By && o.At.Equal(p.At) {
				p.Text = o.Draft.When
				r.Provenance[field] = p
				break
			}
		}
	}
}

// zone is that of the source that gave the deadline, else the owner's.
func (c *composer) zone(obs []stoa.Observation) string {
	by := c.rec.Provenance["deadline"].By
	for _, o := range obs {
		if "source:"+o.Source == by && o.Zone != "" {
			return o.Zone
		}
	}
	return obs[0].Zone
}

// hosts adds the organisations that other sources know: partners of every role from sources of the owner's rank, and
// all but publishers from aggregators, who tend to name themselves.
func (c *composer) hosts(obs []stoa.Observation) {
	for i, o := range obs {
		if i == 0 {
			continue
		}
		for _, org := range o.Draft.Organisations {
			known := slices.ContainsFunc(c.rec.Organisations, func(k stoa.Organisation) bool { return k.ID == org.ID })
			if !known && (org.Role != stoa.Publisher || o.Rank <= obs[0].Rank) {
				c.rec.Organisations = append(c.rec.Organisations, org)
			}
		}
	}
}

// assign decodes text into a field of the record.
func assign(r *stoa.Record, field, text string) error {
	if name, ok := strings.CutPrefix(field, "facts."); ok {
		if r.Facts == nil {
			r.Facts = map[string]string{}
		}
		r.Facts[name] = text
		return nil
	}
	dates := map[string]*stoa.Date{
		"published": &r.Published, "start": &r.Start, "end": &r.End, "deadline": &r.Deadline, "valid_until": &r.ValidUntil,
	}
	if p, ok := dates[field]; ok {
		d, err := stoa.ParseDate(text)
		if err == nil {
			*p = d
		}
		return err
	}
	texts := map[string]*string{"title": &r.Title, "summary": &r.Summary, "url": &r.URL, "language": &r.Language, "when": &r.When, "archive": &r.Archive}
	if p, ok := texts[field]; ok {
		*p = text
		return nil
	}
	return assignList(r, field, text)
}

func assignList(r *stoa.Record, field, text string) error {
	switch field {
	case "rolling":
		r.Rolling = text == "true" || text == "1" || text == "yes"
	case "kind":
		if k := stoa.Kind(text); text != "" && !k.Valid() {
			return fmt.Errorf("%w kind %q", stoa.ErrInvalid, text)
		}
		r.Kind = stoa.Kind(text)
	case "pillars":
		r.Pillars = slices.DeleteFunc(elements[stoa.Pillar](text), func(p stoa.Pillar) bool { return !p.Valid() })
	case "countries":
		r.Countries = elements[string](text)
	case "regions":
		r.Regions = elements[stoa.Region](text)
	case "organisations":
		r.Organisations = organisations(text)
	default:
		return fmt.Errorf("%w field %q", stoa.ErrInvalid, field)
	}
	return nil
}

// elements reads a JSON list, or a plain list with commas; never nil.
func elements[T ~string](text string) []T {
	out := []T{}
	if json.Unmarshal([]byte(text), &out) != nil {
		out = []T{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, T(part))
			}
		}
	}
	return out
}

// organisations reads a JSON list of organisations, one organisation as JSON, or names.
func organisations(text string) []stoa.Organisation {
	out := []stoa.Organisation{}
	if json.Unmarshal([]byte(text), &out) == nil {
		return out
	}
	var one stoa.Organisation
	if json.Unmarshal([]byte(text), &one) == nil && one.ID+one.Name != "" {
		return []stoa.Organisation{one}
	}
	out = []stoa.Organisation{}
	for _, name := range elements[string](text) {
		out = append(out, stoa.Organisation{ID: kebab(name), Name: name, Role: stoa.Publisher})
	}
	return out
}

func kebab(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
	})
	return strings.Join(words, "-")
}
