// Package locales holds every word that the server shows, in the six languages of the catalogue, and the rules by
// which words are put together: plural forms (CLDR), dates, numbers, lists, names of countries and languages.
//
// A key is looked up with a literal: Locale.T("nav.records"), Locale.N("count.records", n), Locale.Word("pillar",
// code). A test reads the source of the server and fails on a key that is missing from any file, or used nowhere.
package locales

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"stoa"
)

//go:embed *.json countries.txt
var files embed.FS

// Locale is one language of the interface. It is immutable and may be used by many goroutines.
type Locale struct {
	Code string // en fr es ar zh ru
	Dir  string // ltr or rtl
	Name string // the language in itself

	tag       language.Tag
	words     map[string]phrase
	names     map[string]string // of countries, where the Unicode tables have another
	regions   display.Namer
	languages display.Namer
	countries func() []Country
}

// phrase is a text, or one text for each plural form.
type phrase struct {
	text  string
	forms map[string]string
}

func (p *phrase) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		return json.Unmarshal(b, &p.forms)
	}
	return json.Unmarshal(b, &p.text)
}

// Country is a choice in a list of countries.
type Country struct{ Code, Name string }

// All reads the six locales, in the order of the language switch. The files are part of the program, so an error is
// a mistake of the build.
var All = sync.OnceValues(func() ([]*Locale, error) {
	var all []*Locale
	for _, code := range stoa.Languages() {
		l, err := read(code)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
})

func read(code string) (*Locale, error) {
	raw, err := files.ReadFile(code + ".json")
	if err != nil {
		return nil, fmt.Errorf("read locale %s: %w", code, err)
	}
	l := &Locale{Code: code, Dir: "ltr", tag: language.Make(code)}
	if err := json.Unmarshal(raw, &l.words); err != nil {
		return nil, fmt.Errorf("read locale %s: %w", code, err)
	}
	if code == "ar" {
		l.Dir = "rtl"
	}
	l.Name = l.words["language.self"].text
	l.regions, l.languages = display.Regions(l.tag), display.Languages(l.tag)
	if l.names, err = countryNames(code); err != nil {
		return nil, err
	}
	l.countries = sync.OnceValue(func() []Country { return l.listCountries() })
	return l, nil
}

// For returns the locale of a code, and whether there is one.
func For(code string) (*Locale, bool) {
	all, err := All()
	if err != nil {
		return nil, false
	}
	for _, l := range all {
		if l.Code == code {
			return l, true
		}
	}
	return nil, false
}

// Negotiate chooses a locale from an Accept-Language header, q-values included (RFC 9110, 12.5.4). English is the
// answer to nothing and to nonsense.
func Negotiate(header string) *Locale {
	all, err := All()
	if err != nil {
		return &Locale{Code: "en", Dir: "ltr"}
	}
	if len(header) > 1000 { // a list of more than some dozen languages is no wish
		header = ""
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return all[0]
	}
	tags := make([]language.Tag, len(all))
	for i, l := range all {
		tags[i] = l.tag
	}
	_, i, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return all[0]
	}
	return all[i]
}

// T returns the text of a key. Pairs of name and value fill its {places}; numbers are grouped by the language's rule.
func (l *Locale) T(key string, pairs ...any) string {
	p, ok := l.words[key]
	if !ok {
		return key
	}
	return l.fill(p.text, pairs)
}

// N returns the form of a key that goes with n, which fills {n}.
func (l *Locale) N(key string, n int, pairs ...any) string {
	p, ok := l.words[key]
	if !ok {
		return key
	}
	text, ok := p.forms[plural(l.Code, n)]
	if !ok {
		text = p.forms["other"]
	}
	return l.fill(text, append([]any{"n", n}, pairs...))
}

// Word returns the label of one member of a closed family: a pillar, a kind, an outcome. An unknown member is
// returned as it is, since what comes from outside may be newer than the words.
func (l *Locale) Word(family, member string) string {
	if p, ok := l.words[family+"."+member]; ok {
		return p.text
	}
	return member
}

// Say fills the text of one member of a closed family; "" when there is none. See T.
func (l *Locale) Say(family, member string, pairs ...any) string {
	p, ok := l.words[family+"."+member]
	if !ok {
		return ""
	}
	return l.fill(p.text, pairs)
}

// Has reports whether the family has a label for the member.
func (l *Locale) Has(family, member string) bool {
	_, ok := l.words[family+"."+member]
	return ok
}

func (l *Locale) fill(text string, pairs []any) string {
	if len(pairs) == 0 || !strings.Contains(text, "{") {
		return text
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		value := ""
		switch v := pairs[i+1].(type) {
		case string:
			value = v
		case int:
			value = l.Number(v)
		default:
			value = fmt.Sprint(v)
		}
		old = append(old, "{"+pairs[i].(string)+"}", value)
	}
	return strings.NewReplacer(old...).Replace(text)
}

// Pieces cuts the text of a key at its {places}, so that a page can put elements there: text at even places, names at
// odd ones.
func (l *Locale) Pieces(text string) []string { return pieces(text) }

func pieces(text string) []string {
	var out []string
	for {
		before, rest, ok := strings.Cut(text, "{")
		out = append(out, before)
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return out
		}
		out, text = append(out, name), after
	}
}

// Number groups the digits of n by the language's rule; digits are 0 to 9 in all six languages.
func (l *Locale) Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	group := l.words["number.group"].text
	if len(s) < 4 || len(s) == 4 && l.Code == "es" { // the Academy's rule: four digits stand together
		return sign + s
	}
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// List joins names as a sentence does: "a, b and c".
func (l *Locale) List(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	head := strings.Join(names[:len(names)-1], l.words["list.comma"].text)
	return l.T("list.and", "a", head, "b", names[len(names)-1])
}

// CountryName returns the name of an ISO 3166-1 alpha-2 code, or the code when it has none.
func (l *Locale) CountryName(code string) string {
	if name, ok := l.names[code]; ok {
		return name
	}
	r, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := l.regions.Name(r); name != "" {
		return name
	}
	return code
}

// NamesOf returns the names, in one of the six languages, of what a record says by codes: its countries, its regions but for the
// whole world, and its language. It is what the search takes for words of the record.
func NamesOf(code string, r stoa.Record) []string {
	l, ok := For(code)
	if !ok {
		return nil
	}
	var out []string
	for _, c := range r.Countries {
		out = append(out, l.CountryName(c))
	}
	for _, region := range r.Regions {
		if region != "global" {
			out = append(out, l.Word("region", string(region)))
		}
	}
	if r.Language != "" {
		out = append(out, l.LanguageName(Base(r.Language)))
	}
	return out
}

// countryNames reads the names of countries in one language from the table.
func countryNames(code string) (map[string]string, error) {
	raw, err := files.ReadFile("countries.txt")
	if err != nil {
		return nil, fmt.Errorf("read names of countries: %w", err)
	}
	out, column := map[string]string{}, 1+slices.Index(stoa.Languages(), code)
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 1+len(stoa.Languages()) {
			return nil, fmt.Errorf("read names of countries: %w line %q", stoa.ErrInvalid, line)
		}
		out[cells[0]] = cells[column]
	}
	return out, nil
}

// LanguageName returns the name of a BCP 47 tag in this language, or the tag.
func (l *Locale) LanguageName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := l.languages.Name(t); name != "" {
		return name
	}
	return tag
}

// SelfName returns the name of a language in itself, or the tag.
func SelfName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := display.Self.Name(t); name != "" {
		r, size := firstRune(name)
		return strings.ToUpper(string(r)) + name[size:]
	}
	return tag
}

func firstRune(s string) (rune, int) {
	for _, r := range s {
		return r, len(string(r))
	}
	return 0, 0
}

// Base returns the language of a tag without script and region: "zh" of "zh-Hans".
func Base(tag string) string {
	head, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(head)
}

// Direction returns rtl for languages written from the right.
func Direction(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return "ltr"
	}
	script, _ := t.Script()
	if slices.Contains([]string{"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Countries returns the states and territories of ISO 3166-1, in the order of the language.
func (l *Locale) Countries() []Country { return l.countries() }

func (l *Locale) listCountries() []Country {
	var out []Country
	for _, code := range countryCodes() {
		out = append(out, Country{Code: code, Name: l.CountryName(code)})
	}
	c := collate.New(l.tag)
	slices.SortFunc(out, func(a, b Country) int { return c.CompareString(a.Name, b.Name) })
	return out
}

// countryCodes lists ISO 3166-1 alpha-2: what CLDR calls a country and names in English under its own code.
func countryCodes() []string {
	var out []string
	english := display.Regions(language.English)
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			r, err := language.ParseRegion(code)
			if err != nil || !r.IsCountry() || r.String() != code || r.Canonicalize() != r || notISO(code) || english.Name(r) == "" {
				continue
			}
			out = append(out, code)
		}
	}
	return out
}

// notISO tells codes that CLDR uses and ISO 3166-1 does not assign.
func notISO(code string) bool {
	return slices.Contains([]string{"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "XK", "QO", "EU", "EZ", "UN", "ZZ", "XA", "XB"}, code)
}

// Keys returns every key of the locale, sorted.
func (l *Locale) Keys() []string { return slices.Sorted(maps.Keys(l.words)) }

// Text returns the plain text of a key, with its places unfilled.
func (l *Locale) Text(key string) string { return l.words[key].text }
