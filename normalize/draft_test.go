package normalize

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"stoa"
	"stoa/normalize/classify"
)

func TestDraftOfAProgramme(t *testing.T) {
	d := Draft(stoa.Item{
		Key: "k1", URL: "/courses/7", Title: "Cybersecurity <b>diplomacy</b>: online course",
		Summary: "<p>Join our online course for diplomats, eight weeks. Funded by the European Union, implemented by GFCE.</p>",
		Extra:   map[string]string{"Fee": "€ 690 per person", "Application deadline": "2026-05-31", "Level": "Introductory course"},
		Fetched: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
	}, stoa.Source{URL: "https://www.diplomacy.edu/list/", Organisation: "DiploFoundation"})
	for what, pair := range map[string][2]string{
		"id": {d.ID, "k1"}, "title": {d.Title, "Cybersecurity diplomacy: online course"},
		"url": {d.URL, "https://www.diplomacy.edu/courses/7"}, "publisher": {d.Publisher, "DiploFoundation"},
		"kind": {string(d.Kind.Value), "programme"}, "pillar": {string(d.Pillars[0].Pillar), "cooperation"},
		"deadline": {string(d.Deadline), "2026-05-31"}, "fee": {d.Facts["fee"], "€ 690"},
		"level": {d.Facts["level"], "introductory"}, "modality": {d.Facts["modality"], "online instructor-led"},
		"duration": {d.Facts["duration"], "eight weeks"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
	for _, want := range []stoa.Organisation{
		{ID: "diplo", Name: "DiploFoundation", Role: stoa.Publisher}, {ID: "european-union", Name: "European Union", Role: stoa.Funder},
		{ID: "gfce", Name: "GFCE", Role: stoa.Implementer},
	} {
		if !slices.Contains(d.Organisations, want) {
			t.Errorf("organisations %v lack %v", d.Organisations, want)
		}
	}
	if len(d.Pillars) != 5 || !d.Relevant.Value {
		t.Errorf("relevant %v, %d pillars", d.Relevant.Value, len(d.Pillars))
	}
}

func TestOnlyATrustedSourceIsTakenAtItsWord(t *testing.T) {
	item := stoa.Item{
		Key: "x", Title: "Annual report on apples", Summary: "How many apples were picked.",
		Extra: map[string]string{
			"kind": "guidance", "pillars": `["legal","cooperation"]`, "relevant": "true", "countries": "KE; UG", "language": "sw",
			"regions": "Africa", "start": "2024-02", "deadline": "2024-03-01T12:00:00+02:00", "publisher": "Somebody",
		},
	}
	d := Draft(item, stoa.Source{Trust: stoa.Trusted})
	if d.Kind.Value != stoa.Guidance || d.Kind.Confidence != 1 || !slices.Equal(d.Kind.Why, []string{"stated by the source"}) {
		t.Errorf("kind %+v", d.Kind)
	}
	if !d.Relevant.Value || d.Relevant.Confidence != 1 {
		t.Errorf("relevant %+v", d.Relevant)
	}
	if p := classify.Chosen(d.Pillars); len(p) != 2 || p[0].Pillar != stoa.Legal || p[1].Pillar != stoa.Cooperation {
		t.Errorf("pillars %+v", p)
	}
	if len(d.Pillars) != 5 {
		t.Errorf("%d pillars", len(d.Pillars))
	}
	if !slices.Equal(d.Countries, []string{"KE", "UG"}) || !slices.Equal(d.Regions, []stoa.Region{"africa"}) {
		t.Errorf("countries %v, regions %v", d.Countries, d.Regions)
	}
	if d.Start != "2024-02" || d.Deadline != "2024-03-01T12:00:00+02:00" || d.Language != "sw" {
		t.Errorf("start %s, deadline %s, language %s", d.Start, d.Deadline, d.Language)
	}
	d = Draft(item, stoa.Source{Trust: stoa.Probation})
	if d.Kind.Confidence == 1 || d.Relevant.Confidence == 1 || d.Pillars[0].Confidence == 1 || d.Language == "sw" {
		t.Errorf("a source on probation was taken at its word: %+v", d)
	}
}

func TestTitleFallsBack(t *testing.T) {
	for name, c := range map[string]struct {
		item stoa.Item
		want string
	}{
		"own title":      {stoa.Item{Title: " A &amp; B "}, "A & B"},
		"first sentence": {stoa.Item{Summary: "Guide for national teams. It has ten parts."}, "Guide for national teams"},
		"body":           {stoa.Item{Content: "<p>Handbook on drills</p>"}, "Handbook on drills"},
		"address":        {stoa.Item{URL: "https://a.example/files/cyber-drill_manual.pdf", Key: "k"}, "cyber drill manual"},
		"key":            {stoa.Item{Key: "k-7"}, "k-7"},
	} {
		if got := Draft(c.item, stoa.Source{}).Title; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTeaserIsCutToTheTerms(t *testing.T) {
	long := strings.Repeat("word ", 500)
	for excerpt, limit := range map[int]int{0: 300, 80: 80, 900: 900} {
		d := Draft(stoa.Item{Title: "T", Summary: long}, stoa.Source{Terms: stoa.Terms{Excerpt: excerpt}})
		if n := utf8.RuneCountInString(d.Summary); n > limit || n < limit/2 {
			t.Errorf("excerpt %d gives %d characters", excerpt, n)
		}
	}
}

func TestDeadlineInRunningText(t *testing.T) {
	d := Draft(stoa.Item{
		Title:   "Fellowship for women in cybersecurity",
		Summary: "Mentoring and training for officials. Founded on 3 March 2019. Application deadline 15 December 2025. Fellows travel in 2026.",
		Fetched: time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC),
	}, stoa.Source{})
	if d.Deadline != "2025-12-15" || d.Start != "" {
		t.Errorf("deadline %q, start %q", d.Deadline, d.Start)
	}
}

func TestDraftOfHostileItems(t *testing.T) {
	for name, item := range map[string]stoa.Item{
		"empty":         {},
		"broken bytes":  {Title: "\xff\xfe", Summary: "\xc3", URL: "::", Extra: map[string]string{"\xff": "\xff", "fee": "\x00"}},
		"a megabyte":    {Title: strings.Repeat("网络 cyber ", 1<<16), Summary: strings.Repeat("<b>", 1<<18), When: strings.Repeat("2024 ", 1<<16)},
		"bidi controls": {Title: "\u202eelif\u202c", Summary: "\u2066x"},
		"many funders":  {Title: "x", Extra: map[string]string{"funders": strings.Repeat("A; B; ", 5000)}},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			d := Draft(item, stoa.Source{})
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if utf8.RuneCountInString(d.Title) > longestTitle || !utf8.ValidString(d.Title+d.Summary) || len(d.Pillars) != 5 || len(d.Organisations) > 24 {
				t.Errorf("draft out of bounds: %d characters of title, %d organisations", len(d.Title), len(d.Organisations))
			}
		})
	}
}

func TestFactsOfOtherLanguages(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"Formation gratuite en ligne de 40 heures, niveau avancé, avec certificat":       {"fee": "free", "modality": "online instructor-led", "duration": "40 heures", "level": "advanced", "credential": "certificate"},
		"Curso presencial gratuito de tres días":                                         {"fee": "free", "modality": "face-to-face"},
		"Бесплатный дистанционный курс, 72 часа, сертификат":                             {"fee": "free", "modality": "online instructor-led", "duration": "72 часа", "credential": "certificate"},
		"دورة مجانية عن بعد للمبتدئين":                                                   {"fee": "free", "modality": "online instructor-led", "level": "introductory"},
		"免费在线培训课程,颁发证书":                                                                  {"fee": "free", "modality": "online instructor-led", "credential": "certificate"},
		"Self-paced course, 12 hours, open to officials of least developed countries. x": {"modality": "online self-paced", "duration": "12 hours", "audience": "officials of least developed countries"},
	} {
		got := readFacts(nil, stoa.Draft{Title: text, Kind: stoa.Verdict[stoa.Kind]{Value: stoa.Programme}, Relevant: stoa.Verdict[bool]{Value: true}}, "")
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s: %s is %q, want %q", text, name, got[name], v)
			}
		}
	}
}

func BenchmarkDraft(b *testing.B) {
	item := stoa.Item{
		Key: "k", URL: "https://www.unodc.org/unodc/en/frontpage/2021/December/initiative.html?utm_source=rss", Published: "2021-12-10",
		Title:   "UNODC concludes first phase of global initiative on strengthening officials' capacity in obtaining electronic evidence",
		Summary: "With a Vienna workshop for prosecutors and Central Authorities of Central Asia, held with the OSCE, the first phase ends of an initiative run with CTED and prosecutors' associations. Participants learn how to request location data, postings and messages from ISPs abroad with the Practical Guide.",
		Extra:   map[string]string{"publisher": "UNODC"}, Fetched: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	b.ReportAllocs()
	for b.Loop() {
		Draft(item, stoa.Source{})
	}
}
