package place

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"stoa"
)

type goldItem struct {
	ID, Title, URL, Publisher, Language, Summary string
	Countries, Regions                           []string
	Relevant                                     bool
}

func gold(t testing.TB) []goldItem {
	t.Helper()
	f, err := os.Open("../../testdata/gold/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []goldItem
	for s := bufio.NewScanner(f); s.Scan(); {
		var g goldItem
		if err := json.Unmarshal(s.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	if len(out) < 200 {
		t.Fatalf("only %d items", len(out))
	}
	return out
}

func f1(t *testing.T, find func(goldItem) []string) float64 {
	hit, extra, missed := 0, 0, 0
	for _, g := range gold(t) {
		got := find(g)
		var more, less []string
		for _, c := range got {
			if slices.Contains(g.Countries, c) {
				hit++
			} else {
				extra++
				more = append(more, c)
			}
		}
		for _, c := range g.Countries {
			if !slices.Contains(got, c) {
				missed++
				less = append(less, c)
			}
		}
		if len(more)+len(less) > 0 {
			t.Logf("+%v -%v  %s | %s | %s | %.60s | %.300s", more, less, g.Language, g.Publisher, g.Title, g.URL, g.Summary)
		}
	}
	p, r := float64(hit)/float64(hit+extra), float64(hit)/float64(hit+missed)
	t.Logf("precision %.3f recall %.3f F1 %.3f (%d %d %d)", p, r, 2*p*r/(p+r), hit, extra, missed)
	return 2 * p * r / (p + r)
}

// TestGold holds About to what was measured on labelled items, beside what could be: labels that nothing in title,
// summary, publisher, address or language leads to ("eight focus countries") cannot be found.
func TestGold(t *testing.T) {
	exact, labels, reachable := 0, 0, 0
	all := gold(t)
	f := f1(t, func(g goldItem) []string {
		in := Input{Title: g.Title, Summary: g.Summary, Publisher: g.Publisher, URL: g.URL, Language: g.Language}
		labels += len(g.Countries)
		for _, c := range g.Countries {
			if slices.Contains(hints(in), c) {
				reachable++
			}
		}
		c, _ := About(in)
		if slices.Equal(slices.Sorted(slices.Values(c)), slices.Sorted(slices.Values(g.Countries))) {
			exact++
		}
		return c
	})
	t.Logf("all countries right in %d of %d items; of %d labels something leads to %d", exact, len(all), labels, reachable)
	if f < 0.90 || exact < 244 {
		t.Errorf("F1 %.3f, %d items right: less than was measured", f, exact)
	}
}

// hints returns every country that anything in an item hints at, whatever it weighs.
func hints(in Input) []string {
	var out []string
	for _, m := range slices.Concat(search(in.Title, in.Language), search(in.Summary, in.Language), search(in.Publisher, in.Language)) {
		if out = append(out, m.code); m.group > 0 {
			out = append(out, groups[m.group-1].members...)
		}
	}
	return append(out, domain(in.URL), spokenIn[base(in.Language)])
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ rule, language, text, countries, regions string }{
		{"a name", "en", "Cyber drill in Kenya", "KE", "africa"},
		{"a possessive", "en", "Kenya's national strategy", "KE", "africa"},
		{"people", "en", "Training of Kenyan judges", "KE", "africa"},
		{"a city", "en", "Workshop in Lusaka", "ZM", "africa"},
		{"several, in order", "en", "Chile, Peru and Ecuador", "CL PE EC", "americas"},
		{"a space missing after the comma", "en", "Ghana,Togo,Benin", "GH TG BJ", "africa"},
		{"accents", "fr", "Sénégal et Côte d'Ivoire", "SN CI", "africa"},
		{"the typographic apostrophe", "fr", "Côte d’Ivoire", "CI", "africa"},
		{"a former name", "en", "Swaziland and Burma", "SZ MM", "africa asia-pacific"},
		{"Niger is not Nigeria", "en", "Niger", "NE", "africa"},
		{"Nigeria is not Niger", "en", "Nigeria", "NG", "africa"},
		{"four Guineas", "en", "Guinea, Guinea-Bissau, Equatorial Guinea, Papua New Guinea", "GN GW GQ PG", "africa asia-pacific"},
		{"the Gulf of Guinea is no country", "en", "Security in the Gulf of Guinea", "", ""},
		{"two Congos", "en", "Democratic Republic of the Congo; Republic of the Congo", "CD CG", "africa"},
		{"two Koreas", "en", "Republic of Korea and DPRK", "KR KP", "asia-pacific"},
		{"Northern Ireland", "en", "Northern Ireland", "GB", "europe"},
		{"Ireland", "en", "Ireland", "IE", "europe"},
		{"South Sudan", "en", "South Sudan", "SS", "africa"},
		{"Dominica and the Dominican Republic", "en", "Dominica; Dominican Republic", "DM DO", "americas"},
		{"New Mexico lies in the United States", "en", "New Mexico", "US", "americas"},
		{"the Indian Ocean", "en", "States of the Indian Ocean", "", ""},
		{"Latin American is not American", "en", "Latin American teams", "", "americas"},
		{"Georgia Tech", "en", "A course by Georgia Tech", "", ""},
		{"Georgia", "en", "National strategy of Georgia", "GE", "europe"},
		{"Michael Jordan", "en", "A talk by Michael Jordan", "", ""},
		{"Jordan", "en", "National CERT of Jordan", "JO", "arab-states"},
		{"turkey without a capital", "en", "a turkey and some china", "", ""},
		{"a presidency of the Union", "de", "Französische Präsidentschaft der Europäischen Union", "", "europe"},
		{"where somebody was before", "en", "After postings in Baghdad and Kabul she takes over", "", ""},
		{"where a project worked", "en", "The project worked in Kenya and served Ghana", "KE GH", "africa"},
		{"fairly high is no comparison", "zh", "水平较高的新加坡", "SG", "asia-pacific"},
		{"what something is held against", "zh", "办法解读，比较英国等国", "", ""},
		{"a team by its country's code", "en", "Advice of CERT-UA, KG-CERT and CSIRT.SK", "UA KG SK", "europe cis"},
		{"a team in one word", "en", "Advice of UgCERT", "UG", "africa"},
		{"the CERT in a country", "en", "the CERT in Lusaka", "ZM", "africa"},
		{"CERT-EU and CERT/CC are no country's", "en", "CERT-EU, CERT/CC", "", "europe"},
		{"endings of names", "hu", "Durbanben tárgyalt", "ZA", "africa"},
		{"a large city that no table of ours had", "en", "Workshop in Surabaya and Cochabamba", "ID BO", "asia-pacific americas"},
		{"us without capitals", "en", "join us", "", ""},
		{"US in capitals", "en", "US agencies", "US", "americas"},
		{"dollars", "en", "It costs US$10 million", "", ""},
		{"a text in capitals", "en", "JOIN US IN GHANA", "GH", "africa"},
		{"U.S.", "en", "the U.S. government", "US", "americas"},
		{"a treaty", "en", "The Budapest Convention", "", ""},
		{"a treaty in Spanish", "es", "El Convenio de Budapest", "", ""},
		{"a treaty in Russian", "ru", "Будапештская конвенция", "", ""},
		{"a treaty in Arabic", "ar", "اتفاقية بودابست", "", ""},
		{"a treaty in Chinese", "zh", "布达佩斯公约", "", ""},
		{"Budapest", "en", "Meeting in Budapest", "HU", "europe"},
		{"who pays", "en", "A project for Ghana, funded by Japan", "GH", "africa"},
		{"who pays, in French", "fr", "Un projet au Bénin avec le soutien du Canada", "BJ", "africa"},
		{"who pays, in a compound", "en", "A UK-funded course for Ghana, with a Swedish grant", "GH", "africa"},
		{"who pays, by its agency", "en", "A fellowship by Australian DFAT", "", ""},
		{"the talks in a seat of the United Nations", "en", "ready to join the debate in New York", "", ""},
		{"a meeting there", "en", "two days at UN Headquarters", "US", "americas"},
		{"where an idea came up", "en", "An idea that came up in Kigali", "", ""},
		{"the Council of Europe in French", "fr", "Conseil de l'Europe", "", ""},
		{"a presidency in Czech", "cs", "Francouzské předsednictví", "", ""},
		{"departments of one country", "en", "A former DfID official", "GB", "europe"},
		{"a language", "en", "Available in French and Spanish", "", ""},
		{"a language of a version", "en", "Chinese version", "", ""},
		{"the Council of Europe", "en", "Council of Europe", "", ""},
		{"Europe", "en", "Across Europe", "", "europe"},
		{"a region", "en", "Teams of South-East Asia and the Pacific", "", "asia-pacific"},
		{"CIS in capitals", "en", "CIS countries", "", "cis"},
		{"worldwide", "en", "Global programme", "", "global"},
		{"a company's seat", "en", "the company, based in Geneva", "", ""},
		{"Spanish", "es", "Estados Unidos, Perú y España", "US PE ES", "americas europe"},
		{"Spanish people", "es", "jueces colombianos", "CO", "americas"},
		{"Portuguese", "pt", "Moçambique e Cabo Verde", "MZ CV", "africa"},
		{"German", "de", "Deutschland, Österreich und die Schweiz", "DE AT CH", "europe"},
		{"Russian, inflected", "ru", "в Казахстане и Узбекистане", "KZ UZ", "cis"},
		{"Russian, of two words", "ru", "стратегия Российской Федерации", "RU", "cis"},
		{"Russian people", "ru", "для кыргызских судей", "KG", "cis"},
		{"Arabic", "ar", "ورشة عمل في الأردن وتونس", "JO TN", "arab-states"},
		{"Arabic with particles", "ar", "للمغرب وبالكويت", "MA KW", "arab-states"},
		{"Arabic: a kingdom that is not the Saudi one", "ar", "استراتيجية لمملكة البحرين والمملكة المغربية", "BH MA", "arab-states"},
		{"Arabic: the Kingdom", "ar", "الجهات في المملكة", "SA", "arab-states"},
		{"Arabic: Amman is not Oman", "ar", "دورة في عمان، الأردن", "JO", "arab-states"},
		{"Arabic: Oman", "ar", "دورة في عمان", "OM", "arab-states"},
		{"Arabic: financial is not Mali", "ar", "القطاع المالي", "", ""},
		{"Chinese", "zh", "中国与埃及的合作", "CN EG", "asia-pacific arab-states"},
		{"Chinese: Indonesia is not India", "zh", "印度尼西亚", "ID", "asia-pacific"},
		{"Chinese: developing countries are not China", "zh", "面向发展中国家", "", ""},
		{"Chinese: the 15th, this", "zh", "3月15日本次会议", "", ""},
		{"Japanese", "ja", "日本とベトナム", "JP VN", "asia-pacific"},
		{"Korean", "ko", "대한민국 서울", "KR", "asia-pacific"},
		{"a German word that is a country is none in English", "en", "Pacific Island Countries", "", "asia-pacific"},
		{"nothing", "en", "", "", ""},
	} {
		countries, regions := Find(c.text, c.language)
		var names []string
		for _, r := range regions {
			names = append(names, string(r))
		}
		if strings.Join(countries, " ") != c.countries || strings.Join(names, " ") != c.regions {
			t.Errorf("%s: Find(%q) = %v %v, want %s %s", c.rule, c.text, countries, regions, c.countries, c.regions)
		}
	}
}

func TestAbout(t *testing.T) {
	for _, c := range []struct {
		rule string
		in   Input
		want string
	}{
		{"a national body, where nothing is named", Input{Title: "Toolkit for elections", Seat: "US"}, "US"},
		{"its seat does not count where a place is named", Input{Title: "Strategy of Sierra Leone", Seat: "GB"}, "SL"},
		{"nor where the world is meant", Input{Title: "Global guidance", Seat: "GB"}, ""},
		{"the publisher's name", Input{Title: "Strategy 2022", Publisher: "Government of Kenya"}, "KE"},
		{"a domain", Input{Title: "Strategy 2022", URL: "https://nc4.go.ke/x"}, "KE"},
		{"a domain sold everywhere", Input{Title: "Strategy 2022", URL: "https://example.io/x"}, ""},
		{"a university's domain", Input{Title: "Maturity model", URL: "https://gcscc.ox.ac.uk/x"}, ""},
		{"a language of one country", Input{Title: "情報セキュリティ講座", Language: "ja"}, "JP"},
		{"a group with its number", Input{Title: "Project in ASEAN", Summary: "Ten countries took part."}, "BN ID KH LA MM MY PH SG TH VN"},
		{"a group without", Input{Title: "Guidance for ASEAN"}, ""},
		{"the source's own field", Input{Title: "Training", Location: "Accra, Ghana"}, "GH"},
		{"a part of a country in the publisher's name", Input{Title: "Metodología", Publisher: "Universitat Oberta de Catalunya", Language: "es"}, "ES"},
		{"a language of mostly one country", Input{Title: "Учебный план курса", Language: "ru"}, "RU"},
		{"not of an international body's", Input{Title: "Учебный план курса", Language: "ru", Foreign: true}, ""},
		{"a faculty's domain", Input{Title: "Training school", URL: "https://www.uni-sofia.bg/x"}, ""},
		{"a body in the text, where nothing else is", Input{Title: "Guide for schools", Summary: "Written with CyberNB."}, "CA"},
		{"two parties in the publisher's name", Input{Title: "Drill", Summary: "Held in Bangkok.", Publisher: "Japan-ASEAN Fund"}, "TH JP"},
		{"a programme with its number", Input{Title: "Women in International Security and Cyberspace Fellowship", Summary: "Five governments pay for it."}, "AU CA GB NL NZ"},
		{"with more words of it", Input{Title: "Cyber drill", Summary: "Pour les 10 pays de l'ANASE.", Language: "fr"}, "BN ID KH LA MM MY PH SG TH VN"},
		{"a programme that its title names, and no country", Input{Title: "CyberSouth: regional workshop on training strategies"}, "DZ JO LB MA TN"},
		{"a programme at work in one country", Input{Title: "CyberSouth: workshop for Lebanese judges"}, "LB"},
		{"a programme in passing", Input{Title: "Training strategies", Summary: "As in CyberSouth."}, ""},
		{"who pays for a programme, named beside it", Input{Title: "Women in International Security and Cyberspace Fellowship", Summary: "Two days in New York, with Canada and Germany."}, "US"},
		{"cities of meetings in several regions", Input{Title: "Meetings for Africa and the Caribbean", Summary: "One was held in Accra."}, ""},
		{"the bodies that wrote a paper together", Input{Title: "Guidance on logging", Summary: "A joint paper of ANSSI and BSI."}, "FR DE"},
		{"one country's strategy, a partner in passing", Input{Title: "Cyber strategy of Singapore", Summary: "A plan made with Malaysia."}, "SG"},
		{"a partner named twice", Input{Title: "Cyber strategy of Singapore", Summary: "A plan made with Malaysia. Malaysia signed it."}, "SG MY"},
		{"a sitting of a world body", Input{Title: "First session of the OEWG", Summary: "Iran warned and Cuba agreed."}, ""},
		{"a roll of speakers", Input{Title: "Session", Summary: "Malaysia, Chile, Russia, Japan and Cuba spoke."}, ""},
		{"a list of who takes part", Input{Title: "Regional drill", Summary: "Teams of Malaysia, Chile, Russia, Japan and Cuba shared indicators."}, "MY CL RU JP CU"},
		{"the same in Russian", Input{Title: "Киберучения", Summary: "Команды Армении, Беларуси, Казахстана, Кыргызстана и России отразили атаку.", Language: "ru", Foreign: true}, "AM BY KZ KG RU"},
		{"examples from many", Input{Title: "Study", Summary: "From Chile to Japan, with Malaysia in between, Cuba as an outlier and Fiji last."}, ""},
		{"a project of a small group", Input{Title: "Cyber rapid response in the Western Balkans", Summary: "The project helps to align laws."}, "AL BA ME MK RS XK"},
		{"a webinar of a small group", Input{Title: "Regional webinar for the Western Balkans", Summary: "Part of a project."}, ""},
		{"a project of a large group", Input{Title: "ECOWAS cyber project", Summary: "Aims."}, "BF BJ CI CV GH GM GN GW LR ML NE NG SL SN TG"},
		{"a project in a large region", Input{Title: "Response to cybercrime in ECOWAS", Summary: "A project with laboratories."}, ""},
		{"a name that several countries' bodies bear", Input{Title: "Diplomado", Publisher: "CNCS", Seat: "PT", URL: "https://cncs.gob.do/d"}, "DO"},
		{"a team whose name begins like another country's code", Input{Title: "SLCERT on fake accounts"}, "LK"},
		{"speakers of a language", Input{Title: "Lei-modelo para os países de língua portuguesa", Language: "pt", Foreign: true}, ""},
		{"a law by its own name", Input{Title: "Обзор 187-ФЗ", Language: "ru"}, "RU"},
	} {
		got, _ := About(c.in)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: About(%+v) = %v, want %s", c.rule, c.in, got, c.want)
		}
	}
}

func TestBeyondTwentyOnlyRegions(t *testing.T) {
	var names []string
	for _, code := range fields("AO BJ BW BF BI CM CF TD ET GA GM GH GN KE LS LR MG MW NA NE NG RW") {
		r, err := language.ParseRegion(code)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, display.English.Regions().Name(r))
	}
	countries, regions := About(Input{Title: strings.Join(names, ", ")})
	if len(countries) != 0 || !slices.Equal(regions, []stoa.Region{"africa"}) {
		t.Errorf("%v %v, want no countries, only Africa", countries, regions)
	}
}

func TestStatusAndCodes(t *testing.T) {
	for code, want := range map[string]string{"BT": "LLDC", "KI": "LDC SIDS", "RW": "LDC LLDC", "DE": "", "SG": "SIDS"} {
		if got := strings.Join(Status(code), " "); got != want {
			t.Errorf("Status(%s) = %s, want %s", code, got, want)
		}
	}
	if !Valid("CH") || Valid("XX") || Valid("ch") || Valid("") {
		t.Error("Valid takes what is no code, or refuses one")
	}
	for code, want := range map[string]int{"CH": 756, "KE": 404, "XX": 0} {
		if got := M49(code); got != want {
			t.Errorf("M49(%s) = %d, want %d", code, got, want)
		}
	}
	for _, list := range statuses {
		for _, code := range list {
			if !Valid(code) {
				t.Errorf("%s is no country", code)
			}
		}
	}
	for _, g := range groups {
		for _, code := range g.members {
			if !Valid(code) {
				t.Errorf("%v: %s is no country", g.names, code)
			}
		}
	}
	for key, n := range table().whole {
		if n.sort != area && n.sort != set && !Valid(n.code) || n.sort == area && !slices.Contains(stoa.Regions(), stoa.Region(n.code)) {
			t.Errorf("%q stands for %q, which is no country or region", key, n.code)
		}
	}
}

func TestEveryCountryIsFoundInSixLanguages(t *testing.T) {
	for _, tag := range stoa.Languages() {
		in := display.Regions(language.MustParse(tag))
		missed := 0
		for code := range regionOf {
			r, err := language.ParseRegion(code)
			if err != nil {
				continue
			}
			if got, _ := Find(in.Name(r), tag); !slices.Contains(got, code) {
				t.Logf("%s: %s is not found as %q", tag, code, in.Name(r))
				missed++
			}
		}
		if missed > 12 {
			t.Errorf("%s: %d countries are not found by their name", tag, missed)
		}
	}
}

func TestHostileTextIsCheap(t *testing.T) {
	for _, unit := range []string{"Guinea ", "a.", "中", "United ", "لل", "-", "Côte d’"} {
		began := time.Now()
		Find(strings.Repeat(unit, 1<<20/len(unit)), "en")
		if took := time.Since(began); took > time.Second {
			t.Errorf("%q: %v for 1 MB", unit, took)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"Kenya and the Gulf of Guinea", "在中国", "للأردن", "U.S.", "Côte d’Ivoire"} {
		f.Add(s, "en")
	}
	f.Fuzz(func(t *testing.T, text, tag string) {
		countries, regions := Find(text, tag)
		for i, c := range countries {
			if !Valid(c) || slices.Contains(countries[:i], c) {
				t.Errorf("Find(%q) = %v", text, countries)
			}
		}
		for _, r := range regions {
			if !slices.Contains(stoa.Regions(), r) {
				t.Errorf("Find(%q) = %v", text, regions)
			}
		}
	})
}

func BenchmarkAbout(b *testing.B) {
	all := gold(b)
	for i := 0; b.Loop(); i++ {
		g := all[i%len(all)]
		About(Input{Title: g.Title, Summary: g.Summary, Publisher: g.Publisher, URL: g.URL, Language: g.Language})
	}
}
