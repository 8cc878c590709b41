package match

import "math"

// Bars of probability from which two entries are put before a person: of one language, and of two.
const (
	proposalBar    = 0.04
	translationBar = 0.05
)

// score is the probability that two entries of one language are the same thing: a logistic regression over the
// evidence, fitted on the labelled pairs and on pairs drawn at random. The few weights that matter least were left out.
func (e *evidence) score() float64 {
	t := e.titles
	z := -4.31 + 2.0*t.dice() - 2.39*min(t.replaced(), 3)/3 + 6.36*e.textDice*e.enough() + 0.6*e.whole + 0.7*e.found
	if t.dice() >= 0.95 {
		z += 1.79
	}
	switch {
	case e.dates < 0:
		z -= 3.45
	case e.dates >= 3:
		z += 0.88 + 2.2 + 1.65
	case e.dates == 2:
		z += 0.88 + 2.2
	case e.dates == 1:
		z += 0.88
	}
	z -= 6.42 * float64(min(len(e.clash), 2)) / 2
	z -= 1.01 * float64(min(len(e.lacking), 2)) / 2
	if len(e.codes) > 0 {
		z += 1.7
	}
	return logistic(z)
}

// crossScore is the probability that two entries of different languages are editions of one thing, fitted likewise.
func (e *evidence) crossScore() float64 {
	t := e.titles
	z := -3.41 + 1.54*t.dice() - 4.37*min(t.replaced(), 3)/3 + 0.49*min(t.shared, 3)/3 + 4.1*e.text*e.enough() + 4.59*e.whole +
		2.11*e.numbers + 0.89*float64(min(e.agreeing, 2))/2
	for _, x := range []struct {
		holds bool
		adds  float64
	}{
		{shared(e.a.orgs, e.b.orgs), 1.17}, {e.dates < 0, -2.56}, {e.dates >= 1, 0.22}, {e.dates >= 2, 1.41},
		{len(e.clash) > 0, -2.53}, {len(e.lacking) > 0, -1.95}, {e.sameSite, 1.22}, {len(e.codes) > 0, 1.33},
	} {
		if x.holds {
			z += x.adds
		}
	}
	return logistic(z)
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
