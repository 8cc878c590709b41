package classify

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"stoa"
	"stoa/normalize/organisation"
)

// Model is what was learnt from labelled items, on top of the weights that the lexicon states. Its text form has a
// line a feature: the name, and what was learnt to add to its stated weights, in hundredths, class by class.
type Model struct {
	learnt map[string]weights
	// Scales turn scores into probabilities that mean what they say; they were fitted on items not trained on.
	scaleRelevant, shiftRelevant, scaleKind, scalePillar float64
	// Of a pillar that is not the primary one: how its chance of being primary tells whether it belongs at all.
	scaleBeside, shiftBeside float64
}

// group is a set of classes of which one is right; relevant is a group of its own.
type group struct {
	lo, hi int
	pull   float64 // how strongly its weights are held to the stated ones, beside the rest
}

var groups = [...]group{{relevant, relevant + 1, pullNoise}, {bestPractice, programme + 1, 1}, {legal, cooperation + 1, 1}}

// index is a model laid out for use: features by number.
type index struct {
	concept, title []int32
	head, opening  []int32
	word           map[string]int32
	names          []string
	weights        []weights
	model          *Model
}

// stated returns the names of features that have weights before anything is learnt, in a fixed order, and the weights.
func stated(l *lexicon) (names []string, prior []weights) {
	add := func(name string, w weights) { names, prior = append(names, name), append(prior, w) }
	add("bias", weights{})
	for _, c := range l.concepts {
		add("c:"+c.name, c.prior)
	}
	for _, c := range l.concepts {
		add("t:"+c.name, weights{})
	}
	for _, c := range l.concepts {
		add("h:"+c.name, c.kinds(headShare))
	}
	for _, c := range l.concepts {
		add("o:"+c.name, c.kinds(openingShare))
	}
	for _, f := range l.forms {
		add(f.name, f.prior)
	}
	row := ""
	for _, o := range organisation.All() {
		if o.Row != row { // the bodies of a row stand together
			row = o.Row
			add("org:"+row, remit(o))
		}
	}
	return names, prior
}

// What a concept weighs more for the kind where it names the thing itself, as a share of its own weight.
const (
	headShare    = 1.2
	openingShare = 0.7
)

// kinds returns a share of what a concept says about the kind.
func (c *concept) kinds(share float32) (w weights) {
	for k := bestPractice; k <= programme; k++ {
		w[k] = share * c.prior[k]
	}
	return w
}

// remit turns what an organisation is there for into weights.
func remit(o *organisation.Entry) (w weights) {
	for i, p := range stoa.Pillars() {
		w[legal+i] = float32(1.5 * o.Pillars[p])
	}
	for i, k := range stoa.Kinds() {
		w[bestPractice+i] = float32(1.5 * o.Kinds[k])
	}
	w[relevant] = float32(-1.5 * o.Noise)
	return w
}

// layout numbers the features of l and those that m learnt beside them.
func layout(l *lexicon, m *Model) *index {
	names, prior := stated(l)
	x := &index{word: map[string]int32{}, model: m}
	for name := range m.learnt {
		if kind, _, ok := strings.Cut(name, ":"); ok && kind == "w" {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(prior):])
	n := len(l.concepts)
	for i, name := range names {
		var w weights
		if i < len(prior) {
			w = prior[i]
		}
		for c, d := range m.learnt[name] {
			w[c] += d
		}
		x.weights = append(x.weights, w)
		switch {
		case i == 0:
		case i <= n:
			x.concept = append(x.concept, int32(i))
		case i <= 2*n:
			x.title = append(x.title, int32(i))
		case i <= 3*n:
			x.head = append(x.head, int32(i))
		case i <= 4*n:
			x.opening = append(x.opening, int32(i))
		default:
			x.word[strings.TrimPrefix(name, "w:")] = int32(i)
		}
	}
	x.names = names
	return x
}

// score adds up what features say about each class.
func (x *index) score(fs []feature) (s [classes]float64) {
	for c, w := range x.weights[0] {
		s[c] = float64(w)
	}
	for _, f := range fs {
		w := &x.weights[f.index]
		for c := range s {
			s[c] += float64(w[c] * f.value)
		}
	}
	return s
}

// chances turns scores into probabilities, group by group.
func (m *Model) chances(s [classes]float64) (p [classes]float64) {
	p[relevant] = logistic(m.scaleRelevant*s[relevant] + m.shiftRelevant)
	softmax(s[bestPractice:programme+1], m.scaleKind, p[bestPractice:programme+1])
	softmax(s[legal:cooperation+1], m.scalePillar, p[legal:cooperation+1])
	return p
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softmax(s []float64, scale float64, out []float64) {
	top, sum := slices.Max(s), 0.0
	for i, v := range s {
		out[i] = math.Exp(scale * (v - top))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
}

// WriteTo writes the text form, which ReadModel reads. Equal models write equal bytes.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	b.WriteString("scales")
	for _, v := range m.scales() {
		fmt.Fprintf(&b, "\t%.3f", *v)
	}
	b.WriteByte('\n')
	names := make([]string, 0, len(m.learnt))
	for name := range m.learnt {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		row := []byte(name)
		for _, v := range m.learnt[name] {
			row = strconv.AppendInt(append(row, '\t'), int64(math.Round(float64(v)*100)), 10)
		}
		b.Write(append(row, '\n'))
	}
	n, err := w.Write(b.Bytes())
	if err != nil {
		err = fmt.Errorf("write model: %w", err)
	}
	return int64(n), err
}

// ReadModel reads what WriteTo wrote.
func ReadModel(r io.Reader) (*Model, error) {
	m := &Model{learnt: map[string]weights{}}
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		f := strings.Split(sc.Text(), "\t")
		if line == 1 {
			if err := m.readScales(f); err != nil {
				return nil, fmt.Errorf("read model: %w", err)
			}
			continue
		}
		if len(f) != classes+1 {
			return nil, fmt.Errorf("read model: line %d: %d columns, want %d", line, len(f), classes+1)
		}
		var w weights
		for i, s := range f[1:] {
			n, err := strconv.Atoi(s)
			if err != nil {
				return nil, fmt.Errorf("read model: line %d: %w", line, err)
			}
			w[i] = float32(n) / 100
		}
		m.learnt[f[0]] = w
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if m.scalePillar == 0 {
		return nil, fmt.Errorf("read model: no scales")
	}
	return m, nil
}

func (m *Model) readScales(f []string) error {
	scales := m.scales()
	if len(f) != len(scales)+1 || f[0] != "scales" {
		return fmt.Errorf("line 1: want scales and %d numbers", len(scales))
	}
	for i, p := range scales {
		v, err := strconv.ParseFloat(f[i+1], 64)
		if err != nil || v != v || math.Abs(v) > 100 {
			return fmt.Errorf("line 1: bad number %q", f[i+1])
		}
		*p = v
	}
	return nil
}

func (m *Model) scales() []*float64 {
	return []*float64{&m.scaleRelevant, &m.shiftRelevant, &m.scaleKind, &m.scalePillar, &m.scaleBeside, &m.shiftBeside}
}

// beside returns how sure it is that a pillar belongs beside the primary one, from its chance of being primary.
func (m *Model) beside(p float64) float64 {
	return logistic(m.scaleBeside*logit(p) + m.shiftBeside)
}

func logit(p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return math.Log(p / (1 - p))
}

// untrained is the model that has learnt nothing: the lexicon's own weights.
func untrained() *Model {
	return &Model{learnt: map[string]weights{}, scaleRelevant: 1, scaleKind: 1, scalePillar: 1, scaleBeside: 0.8, shiftBeside: 2.5}
}

var theModel = sync.OnceValue(func() *Classifier {
	b, err := data.ReadFile("data/model.tsv")
	if err != nil {
		return New(untrained())
	}
	m, err := ReadModel(bytes.NewReader(b))
	if err != nil {
		panic(err) // the file is part of the program and a test reads it
	}
	return New(m)
})
