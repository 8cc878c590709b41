package classify

import (
	"math"
	"slices"
	"strings"
)

// calibrate fits the scales of m on scores of items that were not trained on, so that "0.9" is right nine times in ten.
func (t *trainer) calibrate(m *Model, items []int, seed uint64) {
	const k = 5
	if len(items) < 10*k {
		return
	}
	scores := make(map[int][classes]float64, len(items))
	for _, part := range folds(items, k, seed) {
		t.scoreBy(t.fit(without(items, part)), part, scores)
	}
	t.scale(m, scores, items)
}

// scoreBy adds to scores what a model says of items.
func (t *trainer) scoreBy(m *Model, items []int, scores map[int][classes]float64) {
	x := layout(t.lexicon, keep(m, t.index))
	for _, i := range items {
		scores[i] = x.score(t.samples[i].features)
	}
}

// scale fits the scales of m to scores of items.
func (t *trainer) scale(m *Model, scores map[int][classes]float64, items []int) {
	if len(items) < 50 {
		return // too few to say anything
	}
	m.scaleRelevant, m.shiftRelevant = t.fitRelevant(scores, items)
	m.scaleKind = t.fitScale(scores, items, groups[1])
	m.scalePillar = t.fitScale(scores, items, groups[2])
	m.scaleBeside, m.shiftBeside = t.fitBeside(scores, items, m.scalePillar)
}

// fitBeside fits how the chance of being primary tells whether a pillar belongs beside another one.
func (t *trainer) fitBeside(scores map[int][classes]float64, items []int, scale float64) (a, b float64) {
	g := groups[2]
	var chances []float64
	var belongs []float64
	for _, i := range items {
		s, v := &t.samples[i], scores[i]
		if !s.known[g.lo] {
			continue
		}
		var p [classes]float64
		softmax(v[g.lo:g.hi], scale, p[g.lo:g.hi])
		top := slices.Max(p[g.lo:g.hi])
		for c := g.lo; c < g.hi; c++ {
			if p[c] == top {
				continue
			}
			chances = append(chances, logit(p[c]))
			y := 0.0
			if s.target[c] > 0 {
				y = 1
			}
			belongs = append(belongs, y)
		}
	}
	return fitLogistic(chances, belongs)
}

// fitLogistic fits scale and shift of a logistic curve to points by Newton's method, drawn a little towards 1 and 0.
func fitLogistic(xs, ys []float64) (scale, shift float64) {
	const rounds, pull = 40, 0.5
	scale = 1
	for range rounds {
		ga, gb := pull*(scale-1), pull*shift
		haa, hab, hbb := pull, 0.0, pull
		for i, x := range xs {
			q := logistic(scale*x + shift)
			d, w := q-ys[i], q*(1-q)
			ga, gb = ga+d*x, gb+d
			haa, hab, hbb = haa+w*x*x, hab+w*x, hbb+w
		}
		det := haa*hbb - hab*hab
		scale = max(scale-step((hbb*ga-hab*gb)/det), 0.1)
		shift -= step((haa*gb - hab*ga) / det)
	}
	return scale, shift
}

// step keeps a step of Newton's method from leaping over the valley.
func step(x float64) float64 { return min(max(x, -0.3), 0.3) }

func (t *trainer) fitScale(scores map[int][classes]float64, items []int, g group) float64 {
	best, least := 1.0, math.Inf(1)
	var p [classes]float64
	for scale := 0.2; scale < 3; scale += 0.02 {
		loss := 0.0
		for _, i := range items {
			s := &t.samples[i]
			if !s.known[g.lo] {
				continue
			}
			v := scores[i]
			softmax(v[g.lo:g.hi], scale, p[g.lo:g.hi])
			loss -= math.Log(max(p[primary(s, g)], 1e-9))
		}
		if loss < least {
			best, least = scale, loss
		}
	}
	return best
}

// primary is the class of a group that is right above all.
func primary(s *sample, g group) int {
	best := g.lo
	for c := g.lo; c < g.hi; c++ {
		if s.target[c] > s.target[best] {
			best = c
		}
	}
	return best
}

func (t *trainer) fitRelevant(scores map[int][classes]float64, items []int) (scale, shift float64) {
	xs, ys := make([]float64, len(items)), make([]float64, len(items))
	for k, i := range items {
		xs[k], ys[k] = scores[i][relevant], t.samples[i].target[relevant]
	}
	return fitLogistic(xs, ys)
}

// keep lays words that a part did not need into its model, so that features keep their numbers.
func keep(m *Model, x *index) *Model {
	for _, name := range x.names {
		if _, ok := m.learnt[name]; !ok && strings.HasPrefix(name, "w:") {
			m.learnt[name] = weights{}
		}
	}
	return m
}
