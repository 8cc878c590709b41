package match

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// areas are parts of the world that titles name, and names of countries that lists of countries do not have.
var areas = map[string]string{
	"@africa":        "africa, african, afrique, africain*, africa*, afrika*, африк*, африканск*, 非洲, افريقيا, افريقي*",
	"@asia":          "asia, asian, asie, asien, азии, азия, 亚洲, اسيا",
	"@asia-pacific":  "asia pacific, asia and the pacific, asie pacifique, asia y el pacifico, 亚太",
	"@pacific":       "pacific, pacifique, pacifico, 太平洋",
	"@southeastasia": "southeast asia, south east asia, asie du sud est, sudeste asiatico, 东南亚, asean, 东盟",
	"@centralasia":   "central asia, asie centrale, asia central, центральной азии",
	"@latinamerica":  "latin america, latin american, america latina, amerique latine, lateinamerika, латинской америк*, 拉丁美洲, latinoamerica*",
	"@caribbean":     "caribbean, caribe, caraibes, карибск*, 加勒比",
	"@balkans":       "western balkans, balkans occidentaux, balcanes occidentales, westbalkan, west balkans",
	"@mena":          "middle east, mena, moyen orient, oriente medio, medio oriente, 中东, الشرق الاوسط",
	"@commonwealth":  "commonwealth",
	"@easteurope":    "eastern partnership, eastern europe, partenariat oriental",
	"@cis":           "cis region, снг",
	"@ecowas":        "ecowas, cedeao, 西共体",
	"@sadc":          "sadc",
	"@nordic":        "nordic",
	"@baltic":        "baltic",
	"@KG":            "kyrgyz republic, kyrgyz, кыргызск* республик*, кыргызск*, кр",
	"@RU":            "russian federation, российск* федераци*, российск*",
	"@KZ":            "қазақстан*",
	"@GB":            "uk, united kingdom, great britain, royaume uni, reino unido",
	"@US":            "usa, u s, united states, estados unidos, etats unis",
	"@CI":            "ivory coast, cote d ivoire",
	"@VN":            "viet nam, vietnam",
	"@TR":            "turkiye, turkey, turquie, turquia",
	"@CZ":            "czech republic",
	"@KR":            "republic of korea, south korea, coree",
	"@CD":            "democratic republic of the congo, republique democratique du congo, drc, rdc",
	"@CG":            "republic of the congo",
	"@TZ":            "united republic of tanzania",
	"@MD":            "republic of moldova",
	"@MK":            "north macedonia",
	"@SY":            "syrian arab republic",
	"@BO":            "bolivia",
	"@VE":            "venezuela",
	"@IR":            "iran",
	"@LA":            "lao pdr, laos",
	"@BN":            "brunei",
	"@CV":            "cabo verde, cape verde",
	"@SZ":            "eswatini, swaziland",
	"@PS":            "palestine, state of palestine, فلسطين",
	"@KW":            "koweit",
	"@SG":            "singapore",
}

// ambiguous are names of countries in one language that are plain words or first names in another: Iceland in German, Mauritius,
// Dominica and Grenada in French, Réunion, where a meeting is one.
var ambiguous = strings.Fields("island maurice dominique grenade reunion")

// places adds the names of countries in several languages, under "@" and their code.
func (w *words) places() {
	seen := map[string]bool{}
	add := func(name, concept string) {
		if name = strings.TrimSpace(name); name != "" && !seen[fold(name)] {
			seen[fold(name)] = true
			w.add(name, concept)
			w.weight[concept] = 1
		}
	}
	for _, concept := range sorted(areas) {
		for name := range strings.SplitSeq(areas[concept], ", ") {
			add(name, concept)
		}
	}
	regions := make([]language.Region, 0, 256)
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if r, err := language.ParseRegion(string([]rune{a, b})); err == nil && r.IsCountry() && r.Canonicalize() == r {
				regions = append(regions, r)
			}
		}
	}
	for _, tag := range []string{"en", "fr", "es", "pt", "de", "ru", "ar", "zh", "ja", "it"} {
		names := display.Regions(language.MustParse(tag))
		for _, r := range regions {
			name := names.Name(r)
			if name == "" || strings.ContainsAny(name, "()（）[") || len([]rune(name)) < 2 {
				continue
			}
			for _, form := range forms(name) {
				if !slices.Contains(ambiguous, fold(form)) {
					add(form, "@"+r.String())
				}
			}
		}
	}
}

// forms returns how a country's name is met in titles.
func forms(name string) []string {
	runes := []rune(name)
	if unicode.Is(unicode.Cyrillic, runes[0]) && !strings.Contains(name, " ") {
		return cases(name)
	}
	out := []string{name}
	if strings.Contains(name, "&") {
		out = append(out, strings.ReplaceAll(name, "&", "and"))
	}
	if strings.Contains(name, "St. ") {
		out = append(out, strings.ReplaceAll(strings.ReplaceAll(name, "St. ", "Saint "), "&", "and"))
	}
	return out
}

// cases returns a country's name in the cases in which Russian titles have it, and what its adjective begins with. A short stem stands
// for much else: Дания is not in "данных", nor Индия in "индекс".
func cases(name string) []string {
	stem := strings.TrimRight(name, "аяийоыье")
	if len([]rune(stem)) >= 5 {
		return []string{stem + "*"}
	}
	endings := func(base string, all ...string) []string {
		out := make([]string, len(all))
		for i, ending := range all {
			out[i] = base + ending
		}
		return out
	}
	for _, c := range []struct {
		ending string
		all    []string
	}{
		{"ия", []string{"ия", "ии", "ию", "ией", "ийск*"}},
		{"я", []string{"я", "и", "ю", "ей", "йск*"}},
		{"й", []string{"й", "я", "ю", "ем", "е", "йск*"}},
		{"а", []string{"а", "ы", "у", "ой", "е"}},
	} {
		if base, ok := strings.CutSuffix(name, c.ending); ok && len([]rune(base)) >= 3 {
			return endings(base, c.all...)
		}
	}
	if stem != name || len([]rune(name)) < 4 {
		return []string{name}
	}
	return endings(name, "", "а", "у", "ом", "е", "ск*")
}
