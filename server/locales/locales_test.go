package locales

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stoa"
)

func every(t *testing.T) []*Locale {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 6 {
		t.Fatalf("%d locales, want 6", len(all))
	}
	return all
}

// uses are the keys and families that the source of the server asks for.
type uses struct {
	plain, counted, families map[string]bool
}

// used reads every call of T, N, Word and Has in the server's source. A key that is no literal is a mistake: it could
// not be checked.
func used(t *testing.T) uses {
	t.Helper()
	u := uses{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		src, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(src, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"T", "N", "Word", "Has"}, sel.Sel.Name) {
				return true
			}
			lit, ok := call.Args[0].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				t.Errorf("%s: the key of %s is no literal", path, sel.Sel.Name)
				return true
			}
			key, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			map[string]map[string]bool{"T": u.plain, "N": u.counted, "Word": u.families, "Has": u.families}[sel.Sel.Name][key] = true
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 || len(u.plain) < 100 {
		t.Fatalf("only %d files and %d keys found: the test would pass on anything", files, len(u.plain))
	}
	return u
}

// ours are keys that the package itself looks up by name.
var ours = []string{"language.self", "number.group", "list.comma", "list.and"}

func TestEveryKeyIsThereAndUsed(t *testing.T) {
	u := used(t)
	for _, l := range every(t) {
		for key := range u.plain {
			if p, ok := l.words[key]; !ok || p.forms != nil {
				t.Errorf("%s: key %q is missing, or counted", l.Code, key)
			}
		}
		for key := range u.counted {
			if p, ok := l.words[key]; !ok || p.forms == nil {
				t.Errorf("%s: counted key %q is missing, or has one form only", l.Code, key)
			}
		}
		for key := range l.words {
			family := slices.ContainsFunc(families(key), func(f string) bool { return u.families[f] })
			if !u.plain[key] && !u.counted[key] && !family && !slices.Contains(ours, key) {
				t.Errorf("%s: key %q is used nowhere", l.Code, key)
			}
		}
		for family := range u.families {
			if !slices.ContainsFunc(l.Keys(), func(k string) bool { return strings.HasPrefix(k, family+".") }) {
				t.Errorf("%s: family %q has no members", l.Code, family)
			}
		}
	}
}

// families returns the families that a key may belong to: all that stands before one of its dots.
func families(key string) []string {
	var out []string
	for i, r := range key {
		if r == '.' {
			out = append(out, key[:i])
		}
	}
	return out
}

var places = regexp.MustCompile(`\{\w+\}`)

func TestEveryTranslationHasItsFormsAndPlaces(t *testing.T) {
	all := every(t)
	english := all[0]
	for _, l := range all {
		if got, want := l.Keys(), english.Keys(); !slices.Equal(got, want) {
			t.Errorf("%s: %d keys, English has %d", l.Code, len(got), len(want))
		}
		for key, p := range l.words {
			want := english.words[key]
			if want.forms == nil {
				if got, want := places.FindAllString(p.text, -1), places.FindAllString(want.text, -1); !same(got, want) {
					t.Errorf("%s: %q has places %v, want %v", l.Code, key, got, want)
				}
				if p.text == "" {
					t.Errorf("%s: %q is empty", l.Code, key)
				}
				continue
			}
			for _, form := range forms(l.Code) {
				if p.forms[form] == "" {
					t.Errorf("%s: %q lacks the form %q", l.Code, key, form)
				}
			}
			if len(p.forms) != len(forms(l.Code)) {
				t.Errorf("%s: %q has forms that the language does not", l.Code, key)
			}
			for form, text := range p.forms { // a form may say the number in words, but names nothing else
				for _, place := range places.FindAllString(text, -1) {
					if !slices.Contains(places.FindAllString(want.forms["other"], -1), place) {
						t.Errorf("%s: %q, form %q: place %s is not filled", l.Code, key, form, place)
					}
				}
			}
		}
	}
}

func same(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func TestNoTranslationIsLeftInEnglish(t *testing.T) {
	all := every(t)
	for _, l := range all[1:] {
		left := 0
		for key, p := range l.words {
			if p.forms == nil && len(places.ReplaceAllString(p.text, "")) > 12 && p.text == all[0].words[key].text {
				left++
				t.Logf("%s: %q is as in English: %q", l.Code, key, p.text)
			}
		}
		if left > 3 {
			t.Errorf("%s: %d texts are as in English", l.Code, left)
		}
	}
}

func TestPluralCategories(t *testing.T) {
	for _, c := range []struct {
		code string
		want map[int]string
	}{
		{"en", map[int]string{0: "other", 1: "one", 2: "other", 11: "other", 21: "other"}},
		{"fr", map[int]string{0: "one", 1: "one", 2: "other"}},
		{"es", map[int]string{0: "other", 1: "one", 2: "other"}},
		{"zh", map[int]string{0: "other", 1: "other", 2: "other"}},
		{"ru", map[int]string{0: "many", 1: "one", 2: "few", 4: "few", 5: "many", 11: "many", 12: "many", 14: "many", 21: "one", 22: "few", 111: "many", 121: "one"}},
		{"ar", map[int]string{0: "zero", 1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 99: "many", 100: "other", 102: "other", 103: "few", 111: "many"}},
	} {
		for n, want := range c.want {
			if got := plural(c.code, n); got != want {
				t.Errorf("%s: %d is %q, want %q", c.code, n, got, want)
			}
		}
	}
}

func TestCountsAreWrittenByTheLanguage(t *testing.T) {
	for code, want := range map[string][]string{
		"en": {"0 records", "1 record", "3,922 records"},
		"fr": {"0 fiche", "1 fiche", "3\u202f922 fiches"},
		"es": {"0 fichas", "1 ficha", "3922 fichas"},
		"ar": {"لا سجلات", "سجل واحد", "3,922 سجلاً"},
		"zh": {"0 个条目", "1 个条目", "3,922 个条目"},
		"ru": {"0 записей", "1 запись", "3\u00a0922 записи"},
	} {
		l, ok := For(code)
		if !ok {
			t.Fatalf("no locale %s", code)
		}
		for i, n := range []int{0, 1, 3922} {
			if got := l.N("count.records", n); got != want[i] {
				t.Errorf("%s: %d: %q, want %q", code, n, got, want[i])
			}
		}
	}
}

func TestDatesKeepTheirPrecisionAndZone(t *testing.T) {
	for _, c := range []struct {
		code string
		date stoa.Date
		want string
	}{
		{"en", "2026", "2026"},
		{"en", "2026-05", "May 2026"},
		{"en", "2026-05-31", "31 May 2026"},
		{"en", "2026-12-15T23:59:00-05:00", "15 Dec 2026, 23:59 UTC−5"},
		{"en", "2026-12-15T18:00:00+05:30", "15 Dec 2026, 18:00 UTC+5:30"},
		{"en", "2026-12-15T18:00:00Z", "15 Dec 2026, 18:00 UTC"},
		{"en", "soon", ""},
		{"fr", "2026-08-01", "1er août 2026"},
		{"fr", "2026-08-02", "2 août 2026"},
		{"es", "2026-01-09", "9 ene 2026"},
		{"ar", "2026-11-27", "27 نوفمبر 2026"},
		{"zh", "2026-11-27", "2026年11月27日"},
		{"ru", "2026-11-27", "27 ноября 2026"},
		{"ru", "2026-11", "ноябрь 2026"},
	} {
		l, _ := For(c.code)
		if got := l.Date(c.date); got != c.want {
			t.Errorf("%s: %s: %q, want %q", c.code, c.date, got, c.want)
		}
	}
	for _, l := range every(t) {
		for m := time.January; m <= time.December; m++ {
			at := time.Date(2026, m, 9, 0, 0, 0, 0, time.UTC)
			if l.Month(at) == "" || strings.Contains(l.Day(at), "{") {
				t.Errorf("%s: month %d is not named", l.Code, m)
			}
		}
	}
}

func TestShortTimesNameTheYearOnlyWhenItIsAnother(t *testing.T) {
	l, _ := For("en")
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if got := l.Short(time.Date(2026, 11, 22, 4, 10, 0, 0, time.UTC), now); got != "22 Nov, 04:10" {
		t.Errorf("this year: %q", got)
	}
	if got := l.Short(time.Date(2025, 11, 22, 4, 10, 0, 0, time.UTC), now); got != "22 Nov 2025" {
		t.Errorf("another year: %q", got)
	}
}

func TestAges(t *testing.T) {
	l, _ := For("en")
	for d, want := range map[time.Duration]string{-time.Hour: "0 min", 5 * time.Minute: "5 min", 47 * time.Hour: "47 h", 49 * time.Hour: "2 d"} {
		if got := l.Ago(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestNegotiation(t *testing.T) {
	for header, want := range map[string]string{
		"":                            "en",
		"fr":                          "fr",
		"fr-CA,fr;q=0.8,en;q=0.5":     "fr",
		"de, ar;q=0.7, en;q=0.3":      "ar",
		"en;q=0.1, ru;q=0.9":          "ru",
		"zh-TW":                       "zh",
		"pt-BR;q=0.9":                 "en",
		"*":                           "en",
		"es-419":                      "es",
		"xx;;q=q,%%":                  "en",
		strings.Repeat("ar,", 100_00): "en",
	} {
		if got := Negotiate(header).Code; got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
}

func TestNamesOfCountriesAndLanguages(t *testing.T) {
	for _, c := range []struct{ code, country, language string }{
		{"en", "Senegal", "Arabic"}, {"fr", "Sénégal", "arabe"}, {"ar", "السنغال", "العربية"}, {"ru", "Сенегал", "арабский"}, {"zh", "塞内加尔", "阿拉伯语"},
	} {
		l, _ := For(c.code)
		if got := l.CountryName("SN"); got != c.country {
			t.Errorf("%s: SN is %q", c.code, got)
		}
		if got := l.LanguageName("ar"); got != c.language {
			t.Errorf("%s: ar is %q", c.code, got)
		}
		if got := l.CountryName("not a code"); got != "not a code" {
			t.Errorf("%s: nonsense is named %q", c.code, got)
		}
		list := l.Countries()
		if len(list) != 249 { // ISO 3166-1 has so many
			t.Errorf("%s: %d countries", c.code, len(list))
		}
		for _, one := range list {
			if one.Name == one.Code || one.Name == "" {
				t.Errorf("%s: %s has no name", c.code, one.Code)
			}
		}
	}
	if SelfName("ru") != "Русский" || SelfName("es") != "Español" || SelfName("??") != "??" {
		t.Error("languages do not name themselves")
	}
	if Direction("ar") != "rtl" || Direction("fa-IR") != "rtl" || Direction("en") != "ltr" || Direction("") != "ltr" {
		t.Error("directions are wrong")
	}
}

func TestPiecesCutASentenceAtItsPlaces(t *testing.T) {
	l, _ := For("en")
	if got := l.Pieces("a {b} c {d}"); !slices.Equal(got, []string{"a ", "b", " c ", "d", ""}) {
		t.Errorf("%q", got)
	}
	if got := l.Pieces("no place {"); !slices.Equal(got, []string{"no place "}) {
		t.Errorf("%q", got)
	}
}

// The files are written one key a line, so that a difference can be read, and no key twice: the last would win without a word.
func TestFilesAreOneKeyALine(t *testing.T) {
	for _, code := range stoa.Languages() {
		b, err := os.ReadFile(code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		l, _ := For(code)
		seen := map[string]bool{}
		for line := range strings.Lines(string(b)) {
			if !strings.HasPrefix(line, `  "`) {
				continue // a form of a counted key, or a brace
			}
			key, _, _ := strings.Cut(line[3:], `"`)
			if seen[key] {
				t.Errorf("%s.json: %q stands there twice", code, key)
			}
			seen[key] = true
		}
		if len(seen) != len(l.Keys()) {
			t.Errorf("%s.json has %d lines that begin with a key, for %d keys", code, len(seen), len(l.Keys()))
		}
	}
}

// A thing has one name in a language, and one spelling. Left are those that were once used beside it.
func TestNoSynonyms(t *testing.T) {
	for code, synonyms := range map[string]map[string]string{
		"fr": {"curateur": "modérateur"},
		"es": {"moderador": "curador"},
		"ru": {"модератор": "куратор", "новой редакцией": "новым изданием"},
		"zh": {"审核人员": "审核员", "另一条记录": "另一条目", "(规则": "（规则"},
		"ar": {"القيّمين": "المنسّقين", "\u064b\u0627": "\u0627\u064b"}, // tanwin stands behind its alef, as the United Nations write it
	} {
		b, err := os.ReadFile(code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			for wrong, right := range synonyms {
				if strings.Contains(line, wrong) {
					t.Errorf("%s.json: write %q for %q: %s", code, right, wrong, line)
				}
			}
		}
	}
}

func TestCountriesHaveTheNamesOfTheUnitedNations(t *testing.T) {
	for code, want := range map[string][]string{
		"MK": {"North Macedonia", "Macédoine du Nord", "Macedonia del Norte", "مقدونيا الشمالية", "北马其顿", "Северная Македония"},
		"TR": {"Türkiye", "Türkiye", "Türkiye", "تركيا", "土耳其", "Турция"},
		"SN": {"Senegal", "Sénégal", "Senegal", "السنغال", "塞内加尔", "Сенегал"},
		"QQ": {"QQ", "QQ", "QQ", "QQ", "QQ", "QQ"},
	} {
		for i, lang := range stoa.Languages() {
			l, _ := For(lang)
			if got := l.CountryName(code); got != want[i] {
				t.Errorf("%s: %s is %q, want %q", lang, code, got, want[i])
			}
		}
	}
}

func TestDaysOfTheWeek(t *testing.T) {
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for code, want := range map[string]string{
		"en": "Thursday 26 Nov 2026", "fr": "jeudi 26 nov. 2026", "es": "jueves 26 nov 2026", "ar": "الخميس 26 نوفمبر 2026", "zh": "2026年11月26日 星期四", "ru": "четверг, 26 ноября 2026",
	} {
		l, _ := For(code)
		if got := l.LongDay(at); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
		for n := range 7 {
			if l.Weekday(n) == "" || l.WeekdayShort(n) == "" {
				t.Errorf("%s: day %d has no name", code, n)
			}
		}
	}
}

// A record's facts stand under each other: no two have the same name.
func TestNoTwoFactsHaveOneName(t *testing.T) {
	list, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		of := map[string]string{}
		for _, key := range l.Keys() {
			if !strings.HasPrefix(key, "field.") {
				continue
			}
			if other, ok := of[l.Text(key)]; ok {
				t.Errorf("%s: %s and %s are both %q", l.Code, other, key, l.Text(key))
			}
			of[l.Text(key)] = key
		}
	}
}
