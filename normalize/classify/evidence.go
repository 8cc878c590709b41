package classify

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"stoa"
)

// most is how many pieces of evidence a verdict lists, and least the weight that is worth listing.
const (
	most  = 4
	least = 0.15
)

// heaped is how far a heap of terms is trusted: not so far that anything would be done without a person.
const heaped = 0.2

// damp draws probabilities towards even odds where there is little to go by, or where a text is a heap of terms and
// not a text.
func (r *reading) damp(p *[classes]float64) {
	trust := 1 - math.Exp(-float64(len(r.found))/1.5)
	r.strayed = r.strayed && p[relevant] > 0.5 // what does not belong may end as it likes
	if r.stuffed || r.strayed {
		trust = min(trust, heaped)
	}
	if trust > 0.95 {
		return
	}
	for _, g := range groups {
		even := 1 / float64(g.hi-g.lo)
		if g.hi-g.lo == 1 {
			even = 0.5
		}
		for c := g.lo; c < g.hi; c++ {
			p[c] = even + trust*(p[c]-even)
		}
	}
}

// reason is one piece of evidence and what it weighs for a class.
type reason struct {
	feature int32
	weight  float64
}

func (c *Classifier) result(r *reading, in *Input, fs []feature, p [classes]float64) Result {
	var res Result
	pr := p[relevant]
	res.Relevant.Value, res.Relevant.Confidence = pr >= 0.5, max(pr, 1-pr)
	sign := 1.0
	if !res.Relevant.Value {
		sign = -1
	}
	res.Relevant.Why = c.why(r, in, fs, relevant, groups[0], sign)
	best := bestPractice
	for k := bestPractice; k <= programme; k++ {
		if p[k] > p[best] {
			best = k
		}
	}
	res.Kind = stoa.Verdict[stoa.Kind]{Value: stoa.Kinds()[best-bestPractice], Confidence: p[best], Why: c.why(r, in, fs, best, groups[1], 1)}
	res.Pillars = make([]stoa.PillarVerdict, 5)
	for i, pillar := range stoa.Pillars() {
		res.Pillars[i] = stoa.PillarVerdict{Pillar: pillar, Confidence: p[legal+i]}
	}
	slices.SortStableFunc(res.Pillars, func(a, b stoa.PillarVerdict) int { return cmp.Compare(b.Confidence, a.Confidence) })
	for i := range res.Pillars {
		v := &res.Pillars[i]
		if i > 0 {
			v.Confidence = min(res.Pillars[i-1].Confidence, c.index.model.beside(v.Confidence))
		}
		v.Why = c.why(r, in, fs, legal+slices.Index(stoa.Pillars(), v.Pillar), groups[2], 1)
	}
	return res
}

// why lists the strongest evidence for a class, or against it when sign is negative, measured against the mean of its
// group: what speaks for every pillar alike speaks for none.
func (c *Classifier) why(r *reading, in *Input, fs []feature, class int, g group, sign float64) []string {
	var top [most]reason
	n := 0
	for i, f := range fs {
		w := c.weigh(f, class, g)
		if int(f.index) <= 2*len(c.lexicon.concepts) && i+1 < len(fs) && c.paired(f.index, fs[i+1].index) {
			continue // the title's share is added to the concept's
		}
		if i > 0 && c.paired(fs[i-1].index, f.index) {
			w += c.weigh(fs[i-1], class, g)
		}
		if w *= sign; w < least {
			continue
		}
		at := n
		for at > 0 && top[at-1].weight < w {
			at--
		}
		if at < most {
			copy(top[at+1:], top[at:most-1])
			top[at] = reason{f.index, w}
			n = min(n+1, most)
		}
	}
	why := make([]string, 0, n+2)
	for _, t := range top[:n] {
		why = append(why, c.say(r, t, class, sign))
	}
	why = append(why, c.sayPriors(in, class)...)
	if r.stuffed {
		why = append(why, "a heap of terms rather than a text: confidence is lowered")
	} else if r.strayed || len(r.found) < 3 {
		why = append(why, "little to go by: confidence is lowered")
	}
	return why
}

func (c *Classifier) paired(title, concept int32) bool {
	n := int32(len(c.lexicon.concepts))
	return title > n && title <= 2*n && title-n == concept
}

func (c *Classifier) weigh(f feature, class int, g group) float64 {
	w := &c.index.weights[f.index]
	mean := float32(0)
	if g.hi-g.lo > 1 {
		for k := g.lo; k < g.hi; k++ {
			mean += w[k]
		}
		mean /= float32(g.hi - g.lo)
	}
	return float64((w[class] - mean) * f.value)
}

// classNames are the classes in words.
var classNames = [classes]string{"relevant", "best-practice", "guidance", "programme", "legal", "technical", "organizational", "capacity", "cooperation"}

// say puts one piece of evidence into words.
func (c *Classifier) say(r *reading, t reason, class int, sign float64) string {
	b := c.name(r.said[:0], r, t.feature)
	if sign < 0 {
		b = append(b, " speaks against "...)
	} else {
		b = append(b, " speaks for "...)
	}
	b = append(b, classNames[class]...)
	if sign < 0 {
		b = append(b, " (−"...)
	} else {
		b = append(b, " (+"...)
	}
	b = append(strconv.AppendFloat(b, t.weight, 'f', 1, 64), ')')
	r.said = b
	return string(b)
}

// name appends what a feature is: the words found and the concept they stand for.
func (c *Classifier) name(b []byte, r *reading, index int32) []byte {
	n := int32(len(c.lexicon.concepts))
	if index <= n {
		k := index - 1
		m, f := r.first[k], &r.summary
		if m.title {
			f = &r.title
		}
		b = append(append(b, "“"...), f.surface(int(m.lo), int(m.hi))...)
		b = append(append(b, "” ("...), c.lexicon.concepts[k].words...)
		return append(b, ')')
	}
	name := c.index.names[index]
	switch kind, rest, _ := strings.Cut(name, ":"); kind {
	case "h":
		return append(append(b, "the title names it "...), c.lexicon.concepts[c.lexicon.byName[rest]].words...)
	case "o":
		return append(append(b, "the text begins with "...), c.lexicon.concepts[c.lexicon.byName[rest]].words...)
	case "w":
		return append(append(append(b, "the word “"...), cmp.Or(r.title.word(rest), r.summary.word(rest), rest)...), "”"...)
	case "org":
		return append(append(b, "the publisher "...), rest...)
	default:
		return append(b, c.lexicon.formWords[name]...)
	}
}

func (c *Classifier) sayPriors(in *Input, class int) []string {
	v := 0.0
	switch {
	case class >= legal:
		v = pillarPrior * in.Source.Pillars[stoa.Pillar(classNames[class])]
	case class >= bestPractice:
		v = kindPrior * in.Source.Kinds[stoa.Kind(classNames[class])]
	}
	if v < least {
		return nil
	}
	return []string{fmt.Sprintf("the source “%s” is known for %s (+%.1f)", cmp.Or(in.Source.Title, in.Source.ID), classNames[class], v)}
}
