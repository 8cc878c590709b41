package search

import (
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/char/regexp"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"

	"stoa"
)

// Fields of the index. Title and text come once in each language, and once plain.
const (
	titleField = "title"
	textField  = "text"
	orgsField  = "orgs"
	addrField  = "address" // addresses as addressOf writes them
	factsField = "facts"   // names of what a record says by codes: countries, regions, its language; and years
	plain      = "plain"   // suffix and analyzer: no stems, no accents, ё as е, alef forms as one
)

// languages are those with an analyzer of their own. Everything else is searched plain.
func languages() []string { return []string{"ar", "en", "es", "fr", "ru", "zh"} }

// analyzers of the fields, by suffix.
func analyzers() map[string]map[string]any {
	chain := func(chars []string, filters ...string) map[string]any {
		return map[string]any{
			"type": custom.Name, "tokenizer": unicode.Name,
			"char_filters": anyOf(chars), "token_filters": anyOf(append([]string{lowercase.Name}, filters...)),
		}
	}
	folded := []string{asciifolding.Name}
	return map[string]map[string]any{
		"x_ar":    chain(nil, ar.NormalizeName, ar.StopName, ar.StemmerName),
		"x_en":    chain(folded, en.PossessiveName, en.StopName, en.SnowballStemmerName),
		"x_es":    chain(folded, es.StopName, es.LightStemmerName),
		"x_fr":    chain(folded, fr.ElisionName, fr.StopName, fr.LightStemmerName),
		"x_ru":    chain([]string{"yo"}, ru.StopName, ru.SnowballStemmerName),
		"x_zh":    chain(nil, cjk.WidthName, cjk.BigramName),
		"x_plain": chain([]string{"yo", asciifolding.Name}, ar.NormalizeName),
	}
}

func anyOf(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// newMapping says how records are indexed. Nothing but the words is kept: records come from the store, and
// filters and sorts from the columns.
func newMapping() (*mapping.IndexMappingImpl, error) {
	m := mapping.NewIndexMapping()
	if err := m.AddCustomCharFilter("yo", map[string]any{"type": regexp.Name, "regexp": "ё", "replace": "е"}); err != nil {
		return nil, err
	}
	for name, config := range analyzers() {
		if err := m.AddCustomAnalyzer(name, config); err != nil {
			return nil, err
		}
	}
	m.DefaultAnalyzer = keyword.Name
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = false, false, false
	doc := mapping.NewDocumentStaticMapping()
	field := func(name, analyzer string) {
		f := mapping.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = analyzer, false, false, false, false
		doc.AddFieldMappingsAt(name, f)
	}
	for _, lang := range append(languages(), plain) {
		field(titleField+"_"+lang, "x_"+lang)
		field(textField+"_"+lang, "x_"+lang)
	}
	field(orgsField, "x_"+plain)
	field(addrField, keyword.Name)
	for _, lang := range factsIn() {
		field(factsField+"_"+lang, "x_"+lang)
	}
	m.DefaultMapping = doc
	return m, m.Validate()
}

// factsIn are the analyzers of the facts: those of the languages whose names are inflected or written without spaces, and
// the plain one, which has the names in all languages.
func factsIn() []string { return []string{"ar", "ru", "zh", plain} }

// facts are the names, in all languages, of what a record says by codes, and the years of its dates: whoever asks for a
// country, a language or a year finds what is of it, whatever the title says.
func facts(r stoa.Record, names Names, doc map[string]any) {
	var all []string
	for _, d := range []stoa.Date{r.Published, r.Start, r.End, r.Deadline} {
		if d.Precision() != stoa.NoDate {
			all = append(all, string(d[:4]))
		}
	}
	for _, lang := range languages() {
		list := names(lang, r)
		if slices.Contains(factsIn(), lang) {
			doc[factsField+"_"+lang] = strings.Join(list, " ; ")
		}
		all = append(all, list...)
	}
	doc[factsField+"_"+plain] = strings.Join(all, " ; ")
}

// document is what is indexed of a record.
func document(r stoa.Record, names Names) map[string]any {
	var orgs []string
	for _, o := range r.Organisations {
		orgs = append(orgs, o.Name, o.ID)
	}
	doc := map[string]any{orgsField: strings.Join(orgs, " ; ")}
	facts(r, names, doc)
	addresses := []string{addressOf(r.URL)}
	for _, s := range r.Sightings {
		addresses = append(addresses, addressOf(s.URL))
	}
	doc[addrField] = addresses
	lang := analyzed(r)
	if lang != "zh" {
		doc[titleField+"_"+plain], doc[textField+"_"+plain] = r.Title, r.Summary
	}
	if lang != "" {
		doc[titleField+"_"+lang], doc[textField+"_"+lang] = r.Title, r.Summary
	}
	return doc
}

// addressOf is an address as it is looked for: without scheme, www, and what follows a # or a last slash, in small letters.
func addressOf(link string) string {
	link, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(link)), "#")
	for _, head := range []string{"https://", "http://", "www."} {
		link = strings.TrimPrefix(link, head)
	}
	return strings.TrimSuffix(link, "/")
}

// isAddress reports whether a query is one address.
func isAddress(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")) && !strings.ContainsAny(text, " \t\n")
}

// analyzed returns the language in which a record is indexed, or "" when it has none of its own.
func analyzed(r stoa.Record) string {
	base, _, _ := strings.Cut(strings.ToLower(r.Language), "-")
	for _, l := range languages() {
		if l == base {
			return l
		}
	}
	if strings.ContainsFunc(r.Title, han) {
		return "zh"
	}
	return ""
}

// han reports whether r is written without spaces between words.
func han(r rune) bool { return r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff }
