package page

import (
	"strings"
	"testing"

	"stoa"
	"stoa/server/locales"
)

// TestWhyInSixLanguages says every sentence in every language, with its dates.
func TestWhyInSixLanguages(t *testing.T) {
	all, err := locales.All()
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{
		"failed", "failed-first", "taken-off", "blocked", "not-confirmed", "works-again", "certificate", "moved", "another-page", "withdrawn",
		"superseded", "retired", "ended", "closed", "closed-unlisted", "unlisted", "reopens", "vouched", "dormant", "overdue", "long-overdue",
	}
	for _, l := range all {
		said := map[string]bool{}
		for _, code := range codes {
			r := stoa.Record{
				Reasons: []string{"The English sentence."},
				Grounds: []stoa.Ground{{Code: code, What: []string{"not-found 404", "to-front"}, Last: "2026-05-03", On: []stoa.Date{"2026-05-10", "2026-05-13", "2026-05-17"}, Value: "5"}},
			}
			got := Why(View{Locale: l}, r)
			if len(got) != 1 || strings.ContainsAny(got[0], "{}") || l.Code != "en" && got[0] == r.Reasons[0] {
				t.Errorf("%s, %s: %q", l.Code, code, got)
			}
			if l.Code != "en" && said[got[0]] {
				t.Errorf("%s, %s: %q is said of something else too", l.Code, code, got[0])
			}
			said[got[0]] = true
		}
	}
}

// TestWhyWithItsDates is the sentence of the rules in another language.
func TestWhyWithItsDates(t *testing.T) {
	r := stoa.Record{
		Reasons: []string{"Link last worked on 3 May; not found (404) on 10, 13 and 17 May.", "Something without parts."},
		Grounds: []stoa.Ground{
			{Rule: "S2", Code: "failed", What: []string{"not-found 404"}, Last: "2026-05-03", On: []stoa.Date{"2026-05-10", "2026-05-13", "2026-05-17"}},
			{Code: "unheard-of"},
		},
	}
	l, ok := locales.For("fr")
	if !ok {
		t.Fatal("no French")
	}
	got := Why(View{Locale: l}, r)
	if want := "Le lien a fonctionné pour la dernière fois le 3 mai 2026 ; introuvable (404) le 10 mai 2026, 13 mai 2026 et 17 mai 2026."; strings.ReplaceAll(got[0], "\u00a0", " ") != want {
		t.Errorf("%q, want %q", got[0], want)
	}
	if got[1] != r.Reasons[1] {
		t.Errorf("%q, want the rules' own words", got[1])
	}
}
