package eval

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"stoa/normalize/classify"
)

var quoted = regexp.MustCompile(`“([^”]*)”`)

// TestEvidenceStandsInTheItem: what a verdict quotes is a whole word or more of the item, letter by letter, in whatever script.
func TestEvidenceStandsInTheItem(t *testing.T) {
	for _, folder := range []string{"field", "gold"} {
		examples, err := Examples(os.DirFS("../../testdata/" + folder))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range examples {
			r := classify.Classify(e.Input)
			all := append(append([]string(nil), r.Relevant.Why...), r.Kind.Why...)
			for _, p := range r.Pillars {
				all = append(all, p.Why...)
			}
			for _, why := range all {
				for _, m := range quoted.FindAllStringSubmatch(why, -1) {
					n++
					if m[1] == "" || !strings.Contains(e.Input.Title, m[1]) && !strings.Contains(e.Input.Summary, m[1]) {
						t.Errorf("%s: %q is not in %q", why, m[1], e.Input.Title)
					}
				}
			}
		}
		if n < 1000 {
			t.Errorf("%s: only %d words quoted", folder, n)
		}
	}
}

// TestField holds the program to items and date lines in our own words that no model was trained on, in eight languages:
// testdata/field/README.md says what they are.
func TestField(t *testing.T) {
	r, err := Run(os.DirFS("../../testdata/field"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Items == nil || r.Items.Count < 450 || r.Dates == nil || r.Dates.Count < 260 {
		t.Fatalf("the folder lost lines: %+v", r)
	}
	s := r.Items
	for _, m := range []struct {
		measure      string
		got, atLeast float64
	}{
		{"relevant: F1", s.Relevant.Class["relevant"].F1, 0.97},
		{"relevant: recall of noise", s.Relevant.Class["noise"].Recall, 0.9},
		{"kind: macro F1", s.Kind.MacroF1, 0.93},
		{"best practices: recall", s.Kind.Class["best-practice"].Recall, 0.9},
		{"primary pillar: accuracy", s.Pillar.Accuracy, 0.93},
		{"primary pillar among the top two", s.TopTwo, 0.96},
		{"pillar where confidence is 0.9 or more", s.Pillar.Calibration.Sure, 0.97},
		{"pillar in other languages, beside English", s.Languages["other"].Pillar, s.Languages["en"].Pillar - 0.07},
		{"countries: F1", s.Countries.F1, 0.95},
		{"language of title and summary", s.Tongue, 0.98},
		{"language of the title", s.TitleOnly, 0.97},
		{"dates: right", r.Dates.Right, 0.95},
		{"dates: not wrong", 1 - r.Dates.Wrong, 0.99},
	} {
		if m.got < m.atLeast {
			t.Errorf("%s: %.3f, want at least %.3f", m.measure, m.got, m.atLeast)
		}
	}
	for _, tag := range []string{"fr", "es", "ar", "zh", "ru"} {
		if l := s.Languages[tag]; l.Count < 20 || l.Relevant < 0.9 || l.Kind < 0.9 || l.Pillar < 0.85 {
			t.Errorf("%s: %+v", tag, l)
		}
	}
}
