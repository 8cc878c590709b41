// Package classify decides what a thing is: whether it belongs in the catalogue, its kind, and its pillars; how sure
// that is; and why.
//
// It adds up evidence. Evidence is concepts of the field (a training, a treaty, an incident response team), found by
// the terms of data/*.txt in nine languages; words; the form of the item (a deadline, a fee, a question); the
// publisher's remit; and the priors of the source. Each piece speaks for or against each class with a weight.
// The lexicon states weights from knowledge of the field, and a linear model learnt from labelled items what to add
// to them. Because concepts are shared by all languages, what is learnt in one helps in the others.
// Probabilities are calibrated on items that were not trained on, and damped where evidence is thin or stuffed.
package classify

import (
	"sync"

	"stoa"
)

// Version names the rules, the lexicon and the model together. It is kept with every verdict.
const Version = "classify/2"

// Input is what is known of an item, as plain text.
type Input struct {
	Title, Summary, URL, Publisher, Language string
	Categories                               []string
	Facts                                    map[string]string // modality, level, duration, fee, credential, registration, eligibility, audience
	HasDeadline, HasDates                    bool
	Source                                   stoa.Source // priors; may be zero
}

// Result is what an item is taken for.
type Result struct {
	Relevant stoa.Verdict[bool]
	Kind     stoa.Verdict[stoa.Kind] // given for what is not relevant, too, should a person think otherwise
	// Pillars are all five, best first. The first confidence is that of being the primary one, the others that of
	// belonging beside it.
	Pillars []stoa.PillarVerdict
}

// Classify judges an item with the model of the program. It never fails: where nothing is known, confidence is low.
// It may be called from many goroutines.
func Classify(in Input) Result { return theModel().Classify(in) }

// Default returns the classifier with the model of the program.
func Default() *Classifier { return theModel() }

// Classifier is a model ready for use.
type Classifier struct {
	lexicon  *lexicon
	index    *index
	readings sync.Pool
}

// New returns a classifier with a model.
func New(m *Model) *Classifier {
	l := theLexicon()
	c := &Classifier{lexicon: l, index: layout(l, m)}
	c.readings.New = func() any { return newReading(l) }
	return c
}

// Classify judges an item.
func (c *Classifier) Classify(in Input) Result {
	r := c.readings.Get().(*reading)
	defer c.readings.Put(r)
	r.read(c.lexicon, &in)
	fs := r.features(c.lexicon, c.index, &in, nil)
	s := c.index.score(fs)
	priors(&in, &s)
	p := c.index.model.chances(s)
	r.damp(&p)
	return c.result(r, &in, fs, p)
}

// priors adds what the source is known to list.
func priors(in *Input, s *[classes]float64) {
	for i, p := range stoa.Pillars() {
		s[legal+i] += pillarPrior * in.Source.Pillars[p]
	}
	for i, k := range stoa.Kinds() {
		s[bestPractice+i] += kindPrior * in.Source.Kinds[k]
	}
}

// What a prior of 1 in sources.yaml weighs.
const (
	pillarPrior = 1.2
	kindPrior   = 1.5
)

// Chosen cuts the five pillars of a Result to those that belong in the catalogue: the primary one, and at most two
// more that are likely enough.
func Chosen(pillars []stoa.PillarVerdict) []stoa.PillarVerdict {
	n := 1
	for n < len(pillars) && n < 3 && pillars[n].Confidence >= Secondary {
		n++
	}
	return pillars[:min(n, len(pillars))]
}

// Secondary is the confidence from which a further pillar is named beside the primary one.
const Secondary = 0.35
