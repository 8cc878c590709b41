package classify

import (
	"math"
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"stoa"
)

// Seed is the seed of the model that comes with the program.
const Seed = 1

// Example is an item with what it is.
type Example struct {
	Input    Input
	Relevant bool
	Kind     stoa.Kind
	Pillars  []stoa.Pillar // primary first
	Weight   float64       // 0 is 1
}

// How strongly features are held to their stated weights, and what an example of the book counts. They were chosen by
// cross-validation; half or double makes little difference.
const (
	pullConcept = 2.2
	pullTitle   = 3.0
	pullHead    = 2.0
	pullForm    = 2.0
	pullOrg     = 4.0
	pullWord    = 6.0
	pullNoise   = 3.0 // times the others: what is noise is a matter of rules more than of examples
	weightBook  = 0.7
)

// sample is an example as numbers.
type sample struct {
	features []feature
	target   [classes]float64
	known    [classes]bool
	weight   float64
}

// Train learns a model from labelled items and from the examples that come with the program. The same items and seed
// give the same model.
func Train(items []Example, seed uint64) *Model {
	t := newTrainer(items, nil)
	all := make([]int, len(items))
	for i := range all {
		all[i] = i
	}
	m := t.fit(all)
	t.calibrate(m, all, seed)
	return m
}

// trainer holds items, and the examples that are always trained on, as numbers, so that folds are cheap.
type trainer struct {
	lexicon *lexicon
	index   *index
	samples []sample // items first
	items   int
	pull    []float64
	prior   []weights
}

func newTrainer(items, more []Example) *trainer {
	t := &trainer{lexicon: theLexicon(), items: len(items)}
	all := slices.Concat(items, Book(), more)
	m := untrained()
	for name := range vocabulary(t.lexicon, all) {
		m.learnt[name] = weights{}
	}
	t.index = layout(t.lexicon, m)
	t.prior = slices.Clone(t.index.weights)
	r := newReading(t.lexicon)
	for i := range all {
		e := &all[i]
		r.read(t.lexicon, &e.Input)
		s := sample{features: r.features(t.lexicon, t.index, &e.Input, nil), weight: e.Weight}
		if s.weight == 0 {
			s.weight = 1
		}
		s.label(e)
		t.samples = append(t.samples, s)
	}
	for i, name := range t.index.names {
		t.pull = append(t.pull, pullOf(name, i))
	}
	return t
}

// pullOf is how strongly a feature is held to its stated weight.
func pullOf(name string, i int) float64 {
	if i == 0 {
		return 0.05
	}
	switch name[:2] {
	case "c:":
		return pullConcept
	case "t:":
		return pullTitle
	case "h:", "o:":
		return pullHead
	case "or":
		return pullOrg
	case "w:":
		return pullWord
	default:
		return pullForm
	}
}

// label says what is right. Of pillars the primary one has most of the weight, since the order matters, and those
// named beside it the rest.
func (s *sample) label(e *Example) {
	s.known[relevant] = true
	if !e.Relevant {
		return
	}
	s.target[relevant] = 1
	if k := slices.Index(stoa.Kinds(), e.Kind); k >= 0 {
		s.target[bestPractice+k] = 1
		s.known[bestPractice] = true
	}
	shares := [][]float64{{1}, {0.8, 0.2}, {0.75, 0.15, 0.1}}
	if n := min(len(e.Pillars), 3); n > 0 {
		s.known[legal] = true
		for i, p := range e.Pillars[:n] {
			s.target[legal+slices.Index(stoa.Pillars(), p)] += shares[n-1][i]
		}
	}
}

// vocabulary returns the words that occur in enough examples to learn from.
func vocabulary(l *lexicon, all []Example) map[string]bool {
	count := map[string]int{}
	r := newReading(l)
	for i := range all {
		r.read(l, &all[i].Input)
		seen := map[string]bool{}
		for _, b := range r.words {
			w := string(b)
			if !seen[w] && !digits(w) && !prepositions[w] && utf8.RuneCountInString(w) > 1 && (len(w) > 3 || w[0] >= utf8.RuneSelf) {
				seen[w] = true
				count["w:"+w]++
			}
		}
	}
	words := map[string]bool{}
	for w, n := range count {
		if n >= 4 {
			words[w] = true
		}
	}
	return words
}

// fit learns from some of the items and from all that is always trained on.
func (t *trainer) fit(items []int) *Model {
	use := slices.Clone(items)
	for i := t.items; i < len(t.samples); i++ {
		use = append(use, i)
	}
	m := untrained()
	learnt := make([]weights, len(t.prior))
	for _, g := range groups {
		p := problem{t: t, g: g}
		for _, i := range use {
			if t.samples[i].known[g.lo] {
				p.use = append(p.use, i)
			}
		}
		w := p.solve()
		k := g.hi - g.lo
		for f := range learnt {
			for c := range k {
				learnt[f][g.lo+c] = float32(math.Round(w[f*k+c]*100) / 100)
			}
		}
	}
	for f, w := range learnt {
		if w != (weights{}) {
			m.learnt[t.index.names[f]] = w
		}
	}
	return m
}

// problem is one group of classes to be told apart.
type problem struct {
	t   *trainer
	g   group
	use []int
}

// loss returns the penalised loss at x and writes its gradient. x holds what is added to the stated weights.
func (p *problem) loss(x, grad []float64) float64 {
	k := p.g.hi - p.g.lo
	total := 0.0
	for i := range x {
		pull := p.t.pull[i/k] * p.g.pull
		total += pull / 2 * x[i] * x[i]
		grad[i] = pull * x[i]
	}
	var score, chance [classes]float64
	for _, i := range p.use {
		s := &p.t.samples[i]
		p.scores(s, x, score[:k])
		if k == 1 {
			q := min(max(logistic(score[0]), 1e-9), 1-1e-9)
			y := s.target[p.g.lo]
			total -= s.weight * (y*math.Log(q) + (1-y)*math.Log(1-q))
			chance[0] = q
		} else {
			softmax(score[:k], 1, chance[:k])
			for c := range k {
				total -= s.weight * s.target[p.g.lo+c] * math.Log(max(chance[c], 1e-12))
			}
		}
		for _, f := range s.features {
			for c := range k {
				grad[int(f.index)*k+c] += s.weight * (chance[c] - s.target[p.g.lo+c]) * float64(f.value)
			}
		}
		for c := range k {
			grad[c] += s.weight * (chance[c] - s.target[p.g.lo+c])
		}
	}
	return total
}

func (p *problem) scores(s *sample, x, out []float64) {
	k := len(out)
	for c := range k {
		out[c] = x[c] + float64(p.t.prior[0][p.g.lo+c])
	}
	for _, f := range s.features {
		w := &p.t.prior[f.index]
		for c := range k {
			out[c] += (x[int(f.index)*k+c] + float64(w[p.g.lo+c])) * float64(f.value)
		}
	}
}

// solve finds the least loss by L-BFGS with a backtracking line search (Nocedal and Wright, algorithm 7.5).
func (p *problem) solve() []float64 {
	const rounds, memory = 60, 8
	n := len(p.t.prior) * (p.g.hi - p.g.lo)
	x, grad := make([]float64, n), make([]float64, n)
	next, nextGrad := make([]float64, n), make([]float64, n)
	var steps, turns [][]float64
	f := p.loss(x, grad)
	for range rounds {
		d := direction(grad, steps, turns)
		slope := dot(d, grad)
		if slope > -1e-6 {
			break
		}
		rate, g := 1.0, 0.0
		if len(steps) == 0 {
			rate = 1 / math.Sqrt(dot(grad, grad))
		}
		for range 30 {
			for i := range x {
				next[i] = x[i] + rate*d[i]
			}
			if g = p.loss(next, nextGrad); g <= f+1e-4*rate*slope {
				break
			}
			rate /= 2
		}
		s, y := make([]float64, n), make([]float64, n)
		for i := range x {
			s[i], y[i] = next[i]-x[i], nextGrad[i]-grad[i]
		}
		if dot(s, y) > 1e-12 {
			steps, turns = append(steps, s), append(turns, y)
			if len(steps) > memory {
				steps, turns = steps[1:], turns[1:]
			}
		}
		done := f-g < 1e-5*math.Abs(f)
		copy(x, next)
		copy(grad, nextGrad)
		if f = g; done {
			break
		}
	}
	return x
}

// direction is the two-loop recursion.
func direction(grad []float64, steps, turns [][]float64) []float64 {
	d := slices.Clone(grad)
	alpha := make([]float64, len(steps))
	for i := len(steps) - 1; i >= 0; i-- {
		alpha[i] = dot(steps[i], d) / dot(steps[i], turns[i])
		axpy(-alpha[i], turns[i], d)
	}
	if k := len(steps) - 1; k >= 0 {
		scale := dot(steps[k], turns[k]) / dot(turns[k], turns[k])
		for i := range d {
			d[i] *= scale
		}
	}
	for i := range steps {
		beta := dot(turns[i], d) / dot(steps[i], turns[i])
		axpy(alpha[i]-beta, steps[i], d)
	}
	for i := range d {
		d[i] = -d[i]
	}
	return d
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func axpy(k float64, x, y []float64) {
	for i := range x {
		y[i] += k * x[i]
	}
}

// folds deals items into k parts, at random but the same for the same seed.
func folds(items []int, k int, seed uint64) [][]int {
	order := slices.Clone(items)
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	out := make([][]int, k)
	for i, item := range order {
		out[i%k] = append(out[i%k], item)
	}
	return out
}

func without(items, part []int) []int {
	return slices.DeleteFunc(slices.Clone(items), func(i int) bool { return slices.Contains(part, i) })
}

// CrossValidate returns what models learnt without an item say of it: items are dealt into k folds, and each fold is
// judged by a model that was trained on the others, on the book, and on more, and calibrated on the others' scores.
func CrossValidate(items []Example, k int, seed uint64, more ...Example) []Result {
	t := newTrainer(items, more)
	all := make([]int, len(items))
	for i := range all {
		all[i] = i
	}
	parts := folds(all, k, seed)
	models := make([]*Model, len(parts))
	scores := make(map[int][classes]float64, len(items))
	for f, part := range parts {
		models[f] = t.fit(without(all, part))
		t.scoreBy(models[f], part, scores)
	}
	out := make([]Result, len(items))
	for f, part := range parts {
		t.scale(models[f], scores, without(all, part))
		c := New(models[f])
		for _, i := range part {
			out[i] = c.Classify(items[i].Input)
		}
	}
	return out
}
