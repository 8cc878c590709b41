package match

import (
	"testing"

	"stoa"
)

// TestNamedCases keeps apart, ties and joins what is often taken for one another.
func TestNamedCases(t *testing.T) {
	coe := func(title string) Entry { return Entry{Title: title, Publisher: "Council of Europe", Language: "en"} }
	by := func(publisher, title string, more ...string) Entry {
		e := Entry{Title: title, Publisher: publisher, Language: "en"}
		for i, m := range more {
			switch i {
			case 0:
				e.Published = stoa.Date(m)
			case 1:
				e.URL = m
			}
		}
		return e
	}
	text := func(e Entry, s string) Entry { e.Summary = s; return e }
	in := func(e Entry, language string) Entry { e.Language = language; return e }
	const boilerplate = "Participants learn over three days how material is found, secured and put before a court, with exercises drawn from practice in twelve jurisdictions of the region."
	cases := []struct {
		name     string
		a, b     Entry
		verdict  string
		relation stoa.Relation
		inverse  bool
	}{
		{"GLACY and GLACY+", coe("GLACY – Global Action on Cybercrime"), coe("GLACY+ – Global Action on Cybercrime Extended"), Distinct, stoa.SuccessorOf, true},
		{"GLACY+ and GLACY-e", coe("GLACY+ Global Action on Cybercrime Extended"), coe("GLACY-e Global Action on Cybercrime Enhanced"), Distinct, stoa.SuccessorOf, true},
		{"GLACY-e and GLACY", coe("GLACY-e project"), coe("GLACY project"), Distinct, stoa.SuccessorOf, false},
		{"CyberEast and CyberEast+", coe("CyberEast: Action on Cybercrime for Cyber Resilience in the Eastern Partnership Region"), coe("CyberEast+: Enhanced Action on Cybercrime for Cyber Resilience in Eastern Partnership States"), Distinct, stoa.SuccessorOf, true},
		{"GLACY+ twice", coe("GLACY+"), coe("GLACY+ | Council of Europe"), Proposal, "", false},
		{"one article of a serial", text(by("Annals", "Norms for the state use of computers", "2019"), "ISSN 2049-3630"), text(by("The annals", "Norms for the State Use of Computers", "2019"), "ISSN: 20493630"), Duplicate, "", false},
		{"two articles of a serial", text(by("Annals", "Norms for the state use of computers", "2019"), "ISSN 2049-3630"), text(by("Annals", "Harbours as critical infrastructure", "2019"), "ISSN 2049-3630"), Distinct, "", false},
		{"one text, other readers", text(by("UNODC", "Training for judges on electronic evidence", "2024-03"), boilerplate), text(by("UNODC", "Training for prosecutors on electronic evidence", "2024-03"), boilerplate), Proposal, "", false},
		{"one text, one number", text(by("NIST", "NIST Special Publication 800-181: NICE Cybersecurity Workforce Framework", "2017-08-07"), boilerplate), text(by("NIST", "National Initiative for Cybersecurity Education (NICE) Cybersecurity Workforce Framework, SP 800-181", "2017-08"), boilerplate), Duplicate, "", false},
		{"phases", by("JAIF", "ASEAN Cyber Capacity Development Project – Phase I"), by("JAIF", "ASEAN Cyber Capacity Development Project – Phase II"), Distinct, stoa.SuccessorOf, true},
		{"a phase and the whole", by("JAIF", "ASEAN Cyber Capacity Development Project"), by("JAIF", "ASEAN Cyber Capacity Development Project – Phase II"), Distinct, stoa.PartOf, true},
		{"Roman and Arabic numerals", text(by("JAIF", "ASEAN Cyber Capacity Development Project – Phase II", "2019"), "Carried out by INTERPOL with Japanese funds at the proposal of Singapore for ten countries of the region."), text(by("JAIF", "ASEAN Cyber Capacity Development Project, Phase 2", "2019"), "Carried out by INTERPOL with Japanese funds at the proposal of Singapore for ten countries of the region."), Duplicate, "", false},
		{"cohorts", by("UNIDIR", "Cyber Stability Course, cohort 3"), by("UNIDIR", "Cyber Stability Course, cohort 4"), Distinct, stoa.SessionOf, false},
		{"iterations", by("UNITAR", "8th Iteration of the Women in Cyber Fellowship", "2024"), by("UNITAR", "Ninth Iteration of the Women in Cyber Fellowship", "2025"), Distinct, stoa.SessionOf, false},
		{"a course in another country", by("LACNIC", "AMPARO workshop, Saint Lucia"), by("LACNIC", "AMPARO workshop, Trinidad and Tobago"), Distinct, stoa.SessionOf, false},
		{"draft and final", by("NIST", "Cybersecurity Framework 2.0 (draft)"), by("NIST", "Cybersecurity Framework 2.0"), Distinct, stoa.Supersedes, true},
		{"TLP 1.0 and 2.0", by("FIRST", "Traffic Light Protocol (TLP) version 1.0"), by("FIRST", "Traffic Light Protocol (TLP) version 2.0"), Distinct, stoa.Supersedes, true},
		{"TLP v2.0 twice", by("FIRST", "Traffic Light Protocol (TLP) version 2.0", "2022"), by("FIRST", "Traffic Light Protocol (TLP) v2.0 – FIRST", "2022"), Duplicate, "", false},
		{"services framework 1.1 and 2.1", by("FIRST", "FIRST CSIRT Services Framework v1.1"), by("FIRST", "FIRST CSIRT Services Framework v2.1"), Distinct, stoa.Supersedes, true},
		{"ITU-T editions", by("ITU", "ITU-T X.1205 (04/2008) Overview of cybersecurity", "2008"), by("ITU", "ITU-T X.1205 (06/2020) Overview of cybersecurity", "2020"), Distinct, stoa.Supersedes, true},
		{"ITU-T numbers", by("ITU", "Recommendation ITU-T X.1205"), by("ITU", "Recommendation ITU-T X.1500"), Distinct, "", false},
		{"the strategy guide, two editions", by("ITU", "Guide to Developing a National Cybersecurity Strategy, 2018"), by("ITU", "Guide to Developing a National Cybersecurity Strategy, 2nd edition 2021"), Distinct, stoa.Supersedes, true},
		{"revisions of one number", by("NIST", "NIST SP 800-82 Rev. 2, Guide to Industrial Control Systems Security"), by("NIST", "NIST SP 800-82 Rev. 3, Guide to Operational Technology Security"), Distinct, stoa.Supersedes, true},
		{"one number at two sources", by("NIST", "Guide to Operational Technology (OT) Security, NIST SP 800-82 Rev. 3", "2023-09"), by("NIST", "NIST SP 800-82 Rev. 3, Guide to Operational Technology (OT) Security", "2023-09-28"), Duplicate, "", false},
		{"strategies of two countries", by("ANSSI", "Stratégie nationale de cybersécurité 2021-2025 (Burkina Faso)", "2021"), by("Ministère", "Stratégie nationale de cybersécurité 2021-2025 (Côte d'Ivoire)", "2021"), Distinct, "", false},
		{"chapters", by("CSA", "Singapore Cybersecurity Strategy 2021, Chapter 1: Build Resilient Infrastructure"), by("CSA", "Singapore Cybersecurity Strategy 2021, Chapter 2: Enable a Safer Cyberspace"), Distinct, "", false},
		{"one address but for tracking", by("ENISA", "Threat Landscape 2024", "2024", "https://www.enisa.europa.eu/publications/threat-landscape?utm_source=rss"), by("ENISA", "ENISA Threat Landscape", "2024", "http://enisa.europa.eu./publications/threat-landscape/"), Duplicate, "", false},
		{"one address, two things in turn", by("GFCE", "Call for papers", "2024", "https://thegfce.org/news/"), by("GFCE", "Meeting of the community in Accra", "2024", "https://thegfce.org/news/"), Distinct, "", false},
		{"editions by language in the address", in(by("Council of Europe", "Guidance Notes", "", "https://www.coe.int/en/web/cybercrime/guidance-notes"), "en"), in(by("Conseil de l'Europe", "Notes d'orientation", "", "https://www.coe.int/fr/web/cybercrime/guidance-notes"), "fr"), Translation, stoa.EditionOf, false},
		{"editions that the page names", Entry{Title: "Guide", Language: "en", URL: "https://a.example/one", Editions: []string{"https://a.example/deux?utm_source=x"}}, Entry{Title: "Le guide", Language: "fr", URL: "https://www.a.example/deux/"}, Translation, stoa.EditionOf, false},
		{"editions by document number", by("European Commission", "Commission Recommendation (EU) 2021/1086 on building a Joint Cyber Unit"), in(by("Commission européenne", "Recommandation (UE) 2021/1086 relative à la création d'une unité conjointe"), "fr"), Translation, stoa.EditionOf, false},
		{"editions by likeness only", by("ITU", "Guidelines for policy-makers on Child Online Protection 2020", "2020"), in(by("МСЭ", "Руководящие указания для директивных органов по защите ребенка в онлайновой среде 2020", "2020"), "ru"), Proposal, stoa.EditionOf, false},
		{"companion guides in two languages", by("ITU", "Guidelines for industry on Child Online Protection 2014", "2014"), in(by("МСЭ", "Руководящие указания для родителей по защите ребенка в онлайновой среде 2020", "2020"), "ru"), Distinct, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Compare(c.a, c.b)
			if got.Verdict != c.verdict || got.Relation != c.relation || got.Inverse != c.inverse {
				t.Errorf("%s %s inverse %v (%.3f, %s): %v; want %s %s inverse %v", got.Verdict, got.Relation, got.Inverse, got.Score, got.Rule, got.Why, c.verdict, c.relation, c.inverse)
			}
			back := Compare(c.b, c.a)
			if back.Verdict != got.Verdict || back.Relation != got.Relation {
				t.Errorf("the other way round: %s %s", back.Verdict, back.Relation)
			}
			if len(got.Why) == 0 {
				t.Error("no evidence in words")
			}
		})
	}
}
