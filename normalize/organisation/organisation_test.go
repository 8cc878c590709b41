package organisation

import (
	"strings"
	"testing"
	"unicode"

	"stoa"
)

func TestOneOrganisationByAllItsNames(t *testing.T) {
	for name, want := range map[string]string{
		"GFCE":                                  "gfce",
		"Global Forum on Cyber Expertise":       "gfce",
		"global forum on  cyber expertise":      "gfce",
		"International Telecommunication Union": "itu",
		"МСЭ":                                   "itu",
		"国际电信联盟":                                "itu",
		"الاتحاد الدولي للاتصالات":                      "itu",
		"Union internationale des télécommunications":   "itu",
		"Global Cyber Security Capacity Centre (GCSCC)": "gcscc",
		"OAS/CICTE":                             "oas",
		"OEA":                                   "oas",
		"Conseil de l'Europe":                   "coe",
		"GÉANT":                                 "geant",
		"Geant":                                 "geant",
		"UK Government (FCDO)":                  "fcdo",
		"Nobody in particular":                  "",
		"":                                      "",
		"first":                                 "first", // a name given as a publisher is a name, however it is written
		"Council of Europe / Cybercrime Office": "coe",
	} {
		got := ""
		if e := Find(name); e != nil {
			got = e.ID
		}
		if got != want {
			t.Errorf("Find(%q) is %q, want %q", name, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	for name, want := range map[string]string{
		"Forum of Incident Response and Security Teams": "first",
		"Example Cyber Trust, Ltd.":                     "example-cyber-trust-ltd",
		"  ":                                            "",
		"Ministère de l’Économie":                       "ministere-de-l-economie",
	} {
		if got := ID(name); got != want {
			t.Errorf("ID(%q) = %q, want %q", name, got, want)
		}
	}
	if long := ID(strings.Repeat("word ", 1000)); len(long) > 80 {
		t.Errorf("an id of %d bytes", len(long))
	}
}

func TestTable(t *testing.T) {
	if n := len(All()); n < 150 {
		t.Errorf("only %d organisations", n)
	}
	for _, e := range All() {
		for _, r := range e.ID {
			if r != '-' && unicode.ToLower(r) != r || !unicode.In(r, unicode.L, unicode.Mn, unicode.N) && r != '-' {
				t.Errorf("id %q is not kebab-case", e.ID)
			}
		}
		if Of(e.ID) != e || e.Name == "" {
			t.Errorf("%q is not found by its id", e.ID)
		}
		switch e.Sort {
		case International, Government, Community, NonProfit, University, Press, Vendor, Lawyers:
		default:
			t.Errorf("%s: sort %q", e.ID, e.Sort)
		}
		for p, v := range e.Pillars {
			if v <= 0 || v > 1 {
				t.Errorf("%s: remit %s %g", e.ID, p, v)
			}
		}
	}
	if e := Of("nist"); e.Country != "US" || e.Pillars[stoa.Technical] != 0.8 || e.Kinds[stoa.Guidance] != 0.8 {
		t.Errorf("nist: %+v", e)
	}
}

// A row with a star holds several bodies: what one of them publishes is never said to be another's.
func TestBodiesOfOneRowGoByTheirOwnNames(t *testing.T) {
	for name, want := range map[string][3]string{ // id, name, country
		"Роскомнадзор": {"роскомнадзор", "Роскомнадзор", "RU"},
		"Банк России":  {"банк-россии", "Банк России", "RU"},
		"US Congress":  {"us-congress", "US Congress", "US"},
		"Le Figaro":    {"le-figaro", "Le Figaro", "FR"},
		"ONSA":         {"onsa", "ONSA", "NG"},
		"Office of the National Security Adviser":            {"onsa", "ONSA", "NG"},
		"National Information Technology Development Agency": {"nitda", "NITDA", "NG"},
	} {
		e := Find(name)
		if e == nil || e.ID != want[0] || e.Name != want[1] || e.Country != want[2] {
			t.Errorf("Find(%q) is %+v, want %q", name, e, want)
		}
	}
	if a, b := Find("US Congress"), Find("NTIA"); a.Row != b.Row || a.Row == a.ID || a.Kinds[stoa.Programme] != b.Kinds[stoa.Programme] {
		t.Errorf("two bodies of a row: %+v, %+v", a, b)
	}
}

// Features of the classifier are told by row: one that came up twice would count twice.
func TestRowsStandTogether(t *testing.T) {
	seen, last := map[string]bool{}, ""
	for _, e := range All() {
		if e.Row != last && seen[e.Row] {
			t.Errorf("row %q stands in two places", e.Row)
		}
		seen[e.Row], last = true, e.Row
	}
}

func TestSorts(t *testing.T) {
	for name, want := range map[string]Sort{
		"ITU": International, "Ministry of Justice of Gambia": Government, "Ministério da Justiça": Government,
		"The Daily Star": Press, "صحيفة الوطن": Press, "南方日报": Press, "Газета.ру": Press,
		"University of Nairobi": University, "Smith & Partners LLP": Lawyers, "Acme Software GmbH": Vendor,
		"Cyber Foundation": NonProfit, "xyz": "", "": "",
	} {
		if got := SortOf(name); got != want {
			t.Errorf("SortOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestMentioned(t *testing.T) {
	ids := func(text string) string {
		var s []string
		for _, e := range Mentioned(nil, text) {
			s = append(s, e.ID)
		}
		return strings.Join(s, " ")
	}
	for text, want := range map[string]string{
		"Held with INTERPOL and the Council of Europe.": "interpol coe",
		"The first of its kind":                         "",
		"Experts of FIRST came":                         "first",
		"supported by the European Union, and the EU":   "european-union",
		"nothing of note":                               "",
		"الدول العربية تعقد التمرين":                    "",
	} {
		if got := ids(text); got != want {
			t.Errorf("Mentioned(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFaultsOfTheTable(t *testing.T) {
	for text, want := range map[string]string{
		"a | press | x":                    "want id",
		"a | press | legal x | A":          "remit",
		"a | press | nothing 1 | A":        "neither",
		"a | press | | A\nb | press | | A": "also a name of a",
		"a | press | | A\na | press | | B": "stands twice",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read(%q): %v, want %q", text, err, want)
		}
	}
}
