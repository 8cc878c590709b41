package match

import "testing"

// fields in which sources put authors and venue
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

func TestPapers(t *testing.T) {
	for _, how := range []string{"venue as publisher", "authors as publisher", "all in the summary", "title and year alone"} {
		t.Run(how, func(t *testing.T) {
			want := map[[2]string]bool{}
			for _, p := range readLines[goldPair](t, "testdata/papers-pairs.jsonl") {
				want[[2]string{p.A, p.B}] = true
			}
			var all []*profile
			for _, e := range readLines[Entry](t, "testdata/papers.jsonl") {
				all = append(all, profileOf(arrange(e, how)))
			}
			right, wrong, proposed, proposedWrong := 0, 0, 0, 0
			for i, a := range all {
				for _, b := range all[i+1:] {
					v := compare(a, b)
					is := want[[2]string{a.ID, b.ID}]
					switch {
					case v.Verdict == Duplicate && is:
						right++
					case v.Verdict == Duplicate:
						wrong++
						t.Log("WRONG", a.Title, "|", b.Title, v.Why)
					case v.Verdict == Proposal && is:
						proposed++
						t.Log("proposed", a.Title, "|", b.Title, v.Why)
					case v.Verdict == Proposal:
						proposedWrong++
					case is:
						t.Log("missed", a.Title, "|", b.Title, v)
					}
				}
			}
			f1 := 2 * float64(right) / float64(2*right+wrong+len(want)-right)
			t.Logf("%d of %d joined, %d wrongly, %d proposed, %d wrongly: F1 %.3f", right, len(want), wrong, proposed, proposedWrong, f1)
		})
	}
}
