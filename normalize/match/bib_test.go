package match

import "testing"

// arrange puts authors and venue into the fields in which sources put them.
func arrange(e Entry, how string) Entry {
	switch how {
	case "authors as publisher":
		e.Publisher, e.Summary = e.Summary, e.Publisher
	case "all in the summary":
		e.Summary, e.Publisher = e.Summary+". "+e.Publisher, ""
	case "title and year alone":
		e.Summary, e.Publisher = "", ""
	}
	return e
}

// TestPapers joins bibliographic entries of two indexes that spell titles, authors and venues each in its own way.
// Nothing was fitted to them.
func TestPapers(t *testing.T) {
	for how, bar := range map[string]float64{"venue as publisher": 0.95, "authors as publisher": 0.95, "all in the summary": 0.95, "title and year alone": 0.9} {
		t.Run(how, func(t *testing.T) {
			want := map[[2]string]bool{}
			for _, p := range readLines[goldPair](t, "testdata/papers-pairs.jsonl") {
				want[[2]string{p.A, p.B}] = true
			}
			var all []Entry
			for _, e := range readLines[Entry](t, "testdata/papers.jsonl") {
				all = append(all, arrange(e, how))
			}
			right, wrong := 0, 0
			for _, p := range All(all, false) {
				a, b := all[p.A].ID, all[p.B].ID
				switch {
				case p.Verdict.Verdict != Duplicate:
				case want[[2]string{a, b}]:
					right++
				default:
					wrong++
					t.Logf("joined wrongly: %q and %q: %v", all[p.A].Title, all[p.B].Title, p.Verdict.Why)
				}
			}
			f1 := 2 * float64(right) / float64(2*right+wrong+len(want)-right)
			t.Logf("%d of %d joined, %d wrongly: F1 %.3f", right, len(want), wrong, f1)
			if f1 < bar {
				t.Errorf("F1 %.3f, want %.2f", f1, bar)
			}
		})
	}
}
