package eval

import (
	"io/fs"
	"math"
	"slices"
	"strings"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/classify"
	"stoa/normalize/language"
)

// choice gathers what was said and what is right, for Classes.
type choice struct {
	right, said []string
	confidence  []float64
}

func (c *choice) add(right, said string, confidence float64) {
	c.right, c.said, c.confidence = append(c.right, right), append(c.said, said), append(c.confidence, confidence)
}

func (c *choice) classes(names ...string) Classes {
	out := Classes{Class: map[string]Score{}, Confusion: map[string]map[string]int{}}
	for _, name := range names {
		var hit, said, right int
		out.Confusion[name] = map[string]int{}
		for i := range c.right {
			if c.said[i] == name {
				said++
			}
			if c.right[i] == name {
				right++
				out.Confusion[name][c.said[i]]++
				if c.said[i] == name {
					hit++
				}
			}
		}
		s := scoreOf(hit, said, right)
		out.Class[name] = s
		out.MacroF1 += s.F1 / float64(len(names))
		out.Accuracy += share(hit, len(c.right))
	}
	out.Calibration = c.calibration()
	return out
}

func (c *choice) calibration() (out Calibration) {
	const bins = 10
	var count, hits [bins]int
	var sum [bins]float64
	sure, sureHits := 0, 0
	for i, p := range c.confidence {
		b := min(int(p*bins), bins-1)
		count[b]++
		sum[b] += p
		hit := c.right[i] == c.said[i]
		if hit {
			hits[b]++
		}
		if p >= 0.9 {
			sure++
			if hit {
				sureHits++
			}
		}
	}
	for b := range bins {
		out.Error += math.Abs(sum[b]-float64(hits[b])) / math.Max(float64(len(c.confidence)), 1)
	}
	out.Sure, out.Share = share(sureHits, sure), share(sure, len(c.confidence))
	return out
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

var relevance = map[bool]string{true: "relevant", false: "noise"}

// scoreItems scores items.jsonl.
func scoreItems(files fs.FS, r *Report, judge func([]classify.Example) []classify.Result) error {
	items, err := lines[labelled](files, "items.jsonl")
	if err != nil {
		return err
	}
	examples, err := Examples(files)
	if err != nil {
		return err
	}
	verdicts := judge(examples)
	s := &Items{Count: len(items), Languages: map[string]Language{}, Baselines: baselines(items)}
	t := tally{report: r, items: s, relevantIn: map[string]int{}}
	for i, l := range items {
		d := normalize.DraftBy(func(classify.Input) classify.Result { return verdicts[i] }, l.item(), stoa.Source{})
		t.add(l, d, verdicts[i])
	}
	t.finish()
	r.Items = s
	return nil
}

// tally counts while items go by.
type tally struct {
	report                 *Report
	items                  *Items
	relevant, kind, pillar choice
	topTwo                 int
	any, places            [3]int // hit, said, right
	relevantIn             map[string]int
	tongue, titleOnly      int
}

func (t *tally) miss(part string, l labelled, want, got string, why []string) {
	t.report.Errors = append(t.report.Errors, Miss{Part: part, ID: l.ID, Title: l.Title, Want: want, Got: got, Why: why})
}

func (t *tally) add(l labelled, d stoa.Draft, v classify.Result) {
	right, said := relevance[l.Relevant], relevance[v.Relevant.Value]
	t.relevant.add(right, said, v.Relevant.Confidence)
	if right != said {
		t.miss("relevant", l, right, said, v.Relevant.Why)
	}
	t.language(l, d)
	t.countries(l, d)
	hit := [3]bool{right == said}
	if l.Relevant {
		hit[1], hit[2] = l.Kind == v.Kind.Value, l.Pillars[0] == v.Pillars[0].Pillar
		t.kind.add(string(l.Kind), string(v.Kind.Value), v.Kind.Confidence)
		t.pillar.add(string(l.Pillars[0]), string(v.Pillars[0].Pillar), v.Pillars[0].Confidence)
		if !hit[1] {
			t.miss("kind", l, string(l.Kind), string(v.Kind.Value), v.Kind.Why)
		}
		if !hit[2] {
			t.miss("pillar", l, join(l.Pillars), string(v.Pillars[0].Pillar)+", "+string(v.Pillars[1].Pillar), v.Pillars[0].Why)
		}
		if hit[2] || l.Pillars[0] == v.Pillars[1].Pillar {
			t.topTwo++
		}
		chosen := classify.Chosen(v.Pillars)
		t.any[1] += len(chosen)
		t.any[2] += len(l.Pillars)
		for _, c := range chosen {
			if slices.Contains(l.Pillars, c.Pillar) {
				t.any[0]++
			}
		}
	}
	tags := []string{l.Language}
	if l.Language != "en" {
		tags = append(tags, "other")
	}
	for _, tag := range tags {
		x := t.items.Languages[tag]
		x.Count++
		x.Relevant += one(hit[0])
		x.Kind += one(hit[1])
		x.Pillar += one(hit[2])
		if l.Relevant {
			t.relevantIn[tag]++
		}
		t.items.Languages[tag] = x
	}
}

func one(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

func (t *tally) language(l labelled, d stoa.Draft) {
	if base(d.Language) == base(l.Language) {
		t.tongue++
	} else {
		t.miss("language", l, l.Language, d.Language, nil)
	}
	if tag, _ := language.Of(l.Title, ""); base(tag) == base(l.Language) {
		t.titleOnly++
	}
}

// base is a tag without region and script.
func base(tag string) string {
	b, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return b
}

func (t *tally) countries(l labelled, d stoa.Draft) {
	hit := 0
	for _, c := range d.Countries {
		if slices.Contains(l.Countries, c) {
			hit++
		}
	}
	t.places[0] += hit
	t.places[1] += len(d.Countries)
	t.places[2] += len(l.Countries)
	if hit < len(d.Countries) || hit < len(l.Countries) {
		t.miss("countries", l, strings.Join(l.Countries, " "), strings.Join(d.Countries, " "), nil)
	}
}

func (t *tally) finish() {
	s := t.items
	s.Relevant = t.relevant.classes("relevant", "noise")
	s.Kind = t.kind.classes("best-practice", "guidance", "programme")
	s.Pillar = t.pillar.classes("legal", "technical", "organizational", "capacity", "cooperation")
	s.TopTwo = share(t.topTwo, len(t.pillar.right))
	s.Secondary = scoreOf(t.any[0], t.any[1], t.any[2])
	s.Countries = scoreOf(t.places[0], t.places[1], t.places[2])
	s.Tongue, s.TitleOnly = share(t.tongue, s.Count), share(t.titleOnly, s.Count)
	for tag, x := range s.Languages {
		x.Relevant /= float64(x.Count)
		n := math.Max(float64(t.relevantIn[tag]), 1)
		x.Kind, x.Pillar = x.Kind/n, x.Pillar/n
		s.Languages[tag] = x
	}
}
