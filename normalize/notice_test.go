package normalize

import (
	"testing"
	"time"

	"stoa"
)

// TestABannerIsThePublishersWord: what a page says of itself in a banner counts; other banners say nothing.
func TestABannerIsThePublishersWord(t *testing.T) {
	for _, c := range []struct {
		name, title, notice string
		kinds               map[stoa.Kind]float64
		withdrawn           bool
		end                 stoa.Date
	}{
		{"a guide that is archived is withdrawn", "Reference guide for small response teams", "This content is archived and should not be considered valid any more.", map[stoa.Kind]float64{stoa.Guidance: 0.9}, true, ""},
		{"a programme that ended on a day has ended on it", "Training courses for new response teams", "This activity ended on 31 December 2020.", map[stoa.Kind]float64{stoa.Programme: 0.9}, false, "2020-12-31"},
		{"a programme that ended some day is withdrawn", "Training courses for new response teams", "This activity has ended.", map[stoa.Kind]float64{stoa.Programme: 0.9}, true, ""},
		{"pages that nobody maintains are withdrawn", "Guide to incident response", "These pages are no longer maintained.", map[stoa.Kind]float64{stoa.Guidance: 0.9}, true, ""},
		{"any other banner says nothing", "Guide to incident response", "A new edition is in preparation.", map[stoa.Kind]float64{stoa.Guidance: 0.9}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Draft(stoa.Item{Key: "k", Title: c.title, URL: "https://p.example/a", Extra: map[string]string{"notice": c.notice}, Fetched: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
				stoa.Source{ID: "p", Organisation: "FIRST", Languages: []string{"en"}, Kinds: c.kinds})
			if d.Withdrawn != c.withdrawn || d.End != c.end {
				t.Errorf("withdrawn %t, end %q; want %t, %q (%s)", d.Withdrawn, d.End, c.withdrawn, c.end, d.Kind.Value)
			}
		})
	}
}
