package eval

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is the scores of a folder. Shares are 0 to 1; parts without data are nil.
type Report struct {
	Items  *Items  `json:"items,omitempty"`
	Dates  *Dates  `json:"dates,omitempty"`
	Dedupe *Dedupe `json:"dedupe,omitempty"`
	Stale  *Stale  `json:"stale,omitempty"`
	Errors []Miss  `json:"errors,omitempty"`
}

// Items are the scores of classification, places and language.
type Items struct {
	Count     int                  `json:"count"`
	Relevant  Classes              `json:"relevant"` // classes "relevant" and "noise"
	Kind      Classes              `json:"kind"`     // of relevant items
	Pillar    Classes              `json:"pillar"`   // primary, of relevant items
	TopTwo    float64              `json:"top_two"`  // the primary pillar is among the best two
	Secondary Score                `json:"secondary"`
	Languages map[string]Language  `json:"languages"`
	Countries Score                `json:"countries"`
	Tongue    float64              `json:"language"`       // the language is right
	TitleOnly float64              `json:"language_title"` // …from the title alone
	Baselines map[string]Baselines `json:"baselines"`      // "majority" and "keywords"
}

// Language is how well items in one language are classified; "other" sums up all but English.
type Language struct {
	Count    int     `json:"count"`
	Relevant float64 `json:"relevant"`
	Kind     float64 `json:"kind"`
	Pillar   float64 `json:"pillar"`
}

// Baselines are what simple means reach on the same items.
type Baselines struct {
	RelevantF1  float64 `json:"relevant_f1"`
	NoiseRecall float64 `json:"noise_recall"`
	KindMacroF1 float64 `json:"kind_macro_f1"`
	Pillar      float64 `json:"pillar_accuracy"`
}

// Score is precision, recall and their harmonic mean.
type Score struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"`
}

func scoreOf(hit, said, right int) Score {
	s := Score{Support: right}
	if said > 0 {
		s.Precision = float64(hit) / float64(said)
	}
	if right > 0 {
		s.Recall = float64(hit) / float64(right)
	}
	if said+right > 0 {
		s.F1 = 2 * float64(hit) / float64(said+right)
	}
	return s
}

// Classes are the scores of a choice between classes.
type Classes struct {
	Accuracy    float64                   `json:"accuracy"`
	MacroF1     float64                   `json:"macro_f1"`
	Class       map[string]Score          `json:"class"`
	Confusion   map[string]map[string]int `json:"confusion"` // right class → class said → count
	Calibration Calibration               `json:"calibration"`
}

// Calibration is whether confidences mean what they say.
type Calibration struct {
	Error float64 `json:"error"`         // mean distance between confidence and accuracy, over ten bins
	Sure  float64 `json:"accuracy_sure"` // accuracy where confidence is at least 0.9
	Share float64 `json:"share_sure"`    // share of items there
}

// Dates are the scores of dates.jsonl: a line is right when start, end and deadline all are, wrong when any date is
// given that is not so, and missing when dates are only left out.
type Dates struct {
	Count   int     `json:"count"`
	Right   float64 `json:"right"`
	Wrong   float64 `json:"wrong"`
	Missing float64 `json:"missing"`
}

// Dedupe are the scores of labelled pairs.
type Dedupe struct {
	Pairs         int     `json:"pairs"`
	JoinPrecision float64 `json:"join_precision"` // of pairs joined, those that are duplicates
	JoinRecall    float64 `json:"join_recall"`    // of duplicates, those joined
	Found         float64 `json:"found"`          // of duplicates and translations, those joined, tied or proposed
	Translations  float64 `json:"translations"`   // of translations, those found
	DistinctJoins int     `json:"distinct_joined"`
}

// Stale are the scores of stale.jsonl. A page is gone when it is dead or quarantined.
type Stale struct {
	Count int              `json:"count"`
	Gone  Score            `json:"gone"`
	Class map[string]Score `json:"class"`
}

// Miss is one thing that the program got wrong.
type Miss struct {
	Part  string   `json:"part"` // relevant kind pillar countries language dates dedupe stale
	ID    string   `json:"id"`
	Title string   `json:"title,omitempty"`
	Want  string   `json:"want"`
	Got   string   `json:"got"`
	Why   []string `json:"why,omitempty"`
}

// String is the line of `stoa eval --errors`.
func (m Miss) String() string {
	s := fmt.Sprintf("%s %s: want %s, got %s: %s", m.Part, m.ID, cmp.Or(m.Want, "nothing"), cmp.Or(m.Got, "nothing"), m.Title)
	if len(m.Why) > 0 {
		s += "\n\t" + strings.Join(m.Why, "\n\t")
	}
	return s
}

// WriteText writes the scores as tables for people.
func (r Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	if r.Items != nil {
		r.Items.write(t)
	}
	if d := r.Dates; d != nil {
		fmt.Fprintf(t, "dates\t%d lines\tright %.3f\twrong %.3f\tmissing %.3f\n\n", d.Count, d.Right, d.Wrong, d.Missing)
	}
	if d := r.Dedupe; d != nil {
		fmt.Fprintf(t, "pairs\t%d\tjoin precision %.3f\tjoin recall %.3f\tfound %.3f\ttranslations %.3f\tdistinct joined %d\n\n",
			d.Pairs, d.JoinPrecision, d.JoinRecall, d.Found, d.Translations, d.DistinctJoins)
	}
	if s := r.Stale; s != nil {
		fmt.Fprintf(t, "stale\t%d pages\tgone: precision %.3f\trecall %.3f\n\n", s.Count, s.Gone.Precision, s.Gone.Recall)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write scores: %w", err)
	}
	return nil
}

func (s *Items) write(t io.Writer) {
	fmt.Fprintf(t, "%d items\tstoa\tmajority\tkeywords\n", s.Count)
	major, words := s.Baselines["majority"], s.Baselines["keywords"]
	row := func(name string, a, b, c float64) { fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\n", name, a, b, c) }
	row("relevant: F1", s.Relevant.Class["relevant"].F1, major.RelevantF1, words.RelevantF1)
	row("relevant: recall of noise", s.Relevant.Class["noise"].Recall, major.NoiseRecall, words.NoiseRecall)
	row("kind: macro F1", s.Kind.MacroF1, major.KindMacroF1, words.KindMacroF1)
	row("primary pillar: accuracy", s.Pillar.Accuracy, major.Pillar, words.Pillar)
	fmt.Fprintf(t, "primary among the top two\t%.3f\n", s.TopTwo)
	fmt.Fprintf(t, "pillars named, at any place: F1\t%.3f\n", s.Secondary.F1)
	fmt.Fprintf(t, "countries: F1\t%.3f\n", s.Countries.F1)
	fmt.Fprintf(t, "language of title and summary; of the title\t%.3f; %.3f\n\n", s.Tongue, s.TitleOnly)
	fmt.Fprintf(t, "calibration\terror\taccuracy where ≥ 0.9\tshare there\n")
	for _, c := range []struct {
		name string
		c    Calibration
	}{{"relevant", s.Relevant.Calibration}, {"kind", s.Kind.Calibration}, {"pillar", s.Pillar.Calibration}} {
		row(c.name, c.c.Error, c.c.Sure, c.c.Share)
	}
	for _, c := range []struct {
		name string
		c    Classes
	}{{"relevant", s.Relevant}, {"kind", s.Kind}, {"pillar", s.Pillar}} {
		c.c.write(t, c.name)
	}
	fmt.Fprintf(t, "\nlanguage\titems\trelevant\tkind\tpillar\n")
	for _, tag := range sorted(s.Languages) {
		l := s.Languages[tag]
		fmt.Fprintf(t, "%s\t%d\t%.3f\t%.3f\t%.3f\n", tag, l.Count, l.Relevant, l.Kind, l.Pillar)
	}
	fmt.Fprintln(t)
}

func (c Classes) write(t io.Writer, name string) {
	fmt.Fprintf(t, "\n%s\tprecision\trecall\tF1\tright ↓ said →", name)
	classes := sorted(c.Class)
	for _, k := range classes {
		fmt.Fprintf(t, "\t%s", k)
	}
	fmt.Fprintln(t)
	for _, k := range classes {
		s := c.Class[k]
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t", k, s.Precision, s.Recall, s.F1)
		for _, said := range classes {
			fmt.Fprintf(t, "\t%d", c.Confusion[k][said])
		}
		fmt.Fprintln(t)
	}
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
