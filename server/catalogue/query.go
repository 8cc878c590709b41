package catalogue

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stoa"
	"stoa/server/page"
)

// Bounds of a search. They keep the cost of one request small, whatever is asked.
const (
	PageSize  = 20     // records on a page for people
	MaxLimit  = 200    // records in one answer of the API
	MaxOffset = 10_000 // the deepest record that paging reaches; the API's cursor goes further
	maxText   = 300    // characters of q
	maxValues = 40     // values of one facet
)

var (
	codePattern  = regexp.MustCompile(`^[A-Za-z]{2}$`)
	tagPattern   = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)
	monthPattern = regexp.MustCompile(`^[12]\d{3}-(0[1-9]|1[0-2])$`)
	namePattern  = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{0,79}$`)
)

// Sorts returns the orders that a search knows; "" is best match, or newest without words.
func Sorts() []string { return []string{"", "newest", "closes", "title"} }

// Parse reads a search from query parameters, as DESIGN section 8 lists them. All that is wrong is told at once, as
// page.Faults. Parameters that it does not know are ignored, so that a bookmark outlives a parameter.
func Parse(v url.Values) (stoa.Query, int, error) {
	p := parser{values: v}
	q := stoa.Query{
		Text:       p.text("q"),
		For:        p.code("for"),
		Months:     p.list("month", monthPattern.MatchString, "a month, YYYY-MM"),
		Pillars:    typed[stoa.Pillar](p.list("pillar", func(s string) bool { return stoa.Pillar(s).Valid() }, "one of "+joined(stoa.Pillars()))),
		Kinds:      typed[stoa.Kind](p.list("kind", func(s string) bool { return stoa.Kind(s).Valid() }, "one of "+joined(stoa.Kinds()))),
		Orgs:       p.list("org", namePattern.MatchString, "the id of an organisation"),
		Countries:  upper(p.list("country", codePattern.MatchString, "a code of two letters, ISO 3166-1")),
		Regions:    typed[stoa.Region](p.list("region", func(s string) bool { return slices.Contains(stoa.Regions(), stoa.Region(s)) }, "one of "+joined(stoa.Regions()))),
		Languages:  p.list("language", tagPattern.MatchString, "a language tag, BCP 47"),
		Modalities: typed[stoa.Modality](p.list("modality", func(s string) bool { return stoa.Modality(s).Valid() }, "one of "+joined(stoa.Modalities()))),
		Windows:    typed[stoa.Window](p.list("deadline", func(s string) bool { return stoa.Window(s).Valid() }, "one of "+joined(stoa.Windows()))),
		Open:       p.flag("open"),
		Stale:      p.flag("stale"),
		Sort:       p.choice("sort", Sorts()),
		Limit:      PageSize,
	}
	at := p.number("page", 1, 1, MaxOffset/PageSize)
	q.Offset = (at - 1) * PageSize
	if len(p.faults) > 0 {
		return stoa.Query{}, 1, p.faults
	}
	return q, at, nil
}

// Values writes a search as query parameters; Parse reads them back. Limit, Offset and Reader are not part of a search.
func Values(q stoa.Query) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Text)
	set("for", q.For)
	for _, x := range q.Months {
		v.Add("month", x)
	}
	for _, x := range q.Pillars {
		v.Add("pillar", string(x))
	}
	for _, x := range q.Kinds {
		v.Add("kind", string(x))
	}
	for _, x := range q.Orgs {
		v.Add("org", x)
	}
	for _, x := range q.Countries {
		v.Add("country", x)
	}
	for _, x := range q.Regions {
		v.Add("region", string(x))
	}
	for _, x := range q.Languages {
		v.Add("language", x)
	}
	for _, x := range q.Modalities {
		v.Add("modality", string(x))
	}
	for _, x := range q.Windows {
		v.Add("deadline", string(x))
	}
	if q.Open {
		v.Set("open", "1")
	}
	if q.Stale {
		v.Set("stale", "1")
	}
	set("sort", q.Sort)
	return v
}

// Href returns the path of a search below the language, with a suffix such as ".atom" or none, and a page.
func Href(q stoa.Query, suffix string, at int) string {
	v := Values(q)
	if at > 1 {
		v.Set("page", strconv.Itoa(at))
	}
	path := "/records" + suffix
	if len(v) > 0 {
		path += "?" + v.Encode()
	}
	return path
}

// parser reads parameters and collects what is wrong with them.
type parser struct {
	values url.Values
	faults page.Faults
}

func (p *parser) fault(field, text string) {
	p.faults = append(p.faults, page.Fault{Field: field, Text: text})
}

func (p *parser) text(name string) string {
	s := p.values.Get(name)
	switch {
	case !utf8.ValidString(s):
		p.fault(name, "want UTF-8")
		return ""
	case utf8.RuneCountInString(s) > maxText:
		p.fault(name, fmt.Sprintf("want at most %d characters", maxText))
		return ""
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))
}

// code reads the code of one country.
func (p *parser) code(name string) string {
	s := p.values.Get(name)
	if s != "" && !codePattern.MatchString(s) {
		p.fault(name, "want a code of two letters, ISO 3166-1")
		return ""
	}
	return strings.ToUpper(s)
}

func (p *parser) list(name string, valid func(string) bool, want string) []string {
	var out []string
	for _, s := range p.values[name] {
		switch {
		case s == "" || slices.Contains(out, s):
		case !valid(s):
			p.fault(name, "want "+want)
			return nil
		case len(out) == maxValues:
			p.fault(name, fmt.Sprintf("want at most %d values", maxValues))
			return nil
		default:
			out = append(out, s)
		}
	}
	return out
}

func (p *parser) flag(name string) bool {
	switch p.values.Get(name) {
	case "", "0":
		return false
	case "1":
		return true
	}
	p.fault(name, "want 1, or nothing")
	return false
}

func (p *parser) choice(name string, among []string) string {
	s := p.values.Get(name)
	if !slices.Contains(among, s) {
		p.fault(name, "want one of "+strings.Join(among[1:], ", ")+", or nothing")
		return ""
	}
	return s
}

func (p *parser) number(name string, without, least, most int) int {
	s := p.values.Get(name)
	if s == "" {
		return without
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		p.fault(name, fmt.Sprintf("want a number from %d to %d", least, most))
		return without
	}
	return n
}

func typed[T ~string](in []string) []T {
	var out []T
	for _, s := range in {
		out = append(out, T(s))
	}
	return out
}

func joined[T ~string](in []T) string {
	var out []string
	for _, s := range in {
		out = append(out, string(s))
	}
	return strings.Join(out, ", ")
}

// upper folds codes to their usual form; two that are then the same are one.
func upper(in []string) []string {
	var out []string
	for _, s := range in {
		if s = strings.ToUpper(s); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
