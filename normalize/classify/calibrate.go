package classify

import "math"

// calibrate fits the scales of m on scores of items that were not trained on, so that "0.9" is right nine times in ten.
func (t *trainer) calibrate(m *Model, items []int, seed uint64) {
	const k = 5
	if len(items) < 10*k {
		return
	}
	scores := make(map[int][classes]float64, len(items))
	for _, part := range folds(items, k, seed) {
		x := layout(t.lexicon, keep(t.fit(without(items, part)), t.index))
		for _, i := range part {
			scores[i] = x.score(t.samples[i].features)
		}
	}
	m.scaleRelevant, m.shiftRelevant = t.fitRelevant(scores, items)
	m.scaleKind = t.fitScale(scores, items, groups[1])
	m.scalePillar = t.fitScale(scores, items, groups[2])
}

// keep lays words that a part did not need into its model, so that features keep their numbers.
func keep(m *Model, x *index) *Model {
	for _, name := range x.names {
		if _, ok := m.learnt[name]; !ok && len(name) > 2 && name[:2] == "w:" {
			m.learnt[name] = weights{}
		}
	}
	return m
}

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
	least := math.Inf(1)
	for a := 0.2; a < 3; a += 0.05 {
		for b := -1.5; b <= 1.5; b += 0.05 {
			loss := 0.0
			for _, i := range items {
				q := min(max(logistic(a*scores[i][relevant]+b), 1e-6), 1-1e-6)
				y := t.samples[i].target[relevant]
				loss -= y*math.Log(q) + (1-y)*math.Log(1-q)
			}
			if loss < least {
				least, scale, shift = loss, a, b
			}
		}
	}
	return scale, shift
}
