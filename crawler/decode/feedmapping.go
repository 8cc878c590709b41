package decode

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"stoa"
)

// feedMapping holds the fields that a source of format feed maps itself, because its publisher uses elements that are
// in no vocabulary that we know. Of a mapping it reads fields alone: path is the name of an element of the item, as the
// feed writes it or as we do ("ev:startdate"), with "@name" after it an attribute; in a JSON Feed it is a path as in
// format json. match, split, prefix and const do what they do everywhere. What is mapped replaces what was read.
type feedMapping struct {
	rules  []mappedField
	filler filler
}

type mappedField struct {
	name          string // of the item's field
	element, attr string // in lower case
	match         *regexp.Regexp
	field         stoa.Field
}

func newFeedMapping(p Page, src stoa.Source) (feedMapping, error) {
	m := feedMapping{filler: newFiller(p, src, documentBase(p))}
	for _, name := range slices.Sorted(maps.Keys(src.Mapping.Fields)) {
		f := src.Mapping.Fields[name]
		if f.IsZero() {
			continue // takes a preset's field away
		}
		re, err := compileMatch(f.Match)
		if err != nil {
			return m, fmt.Errorf("fields.%s: %w: %w", name, stoa.ErrInvalid, err)
		}
		element, attr, _ := strings.Cut(strings.ToLower(f.Path), "@")
		m.rules = append(m.rules, mappedField{name, strings.TrimSpace(element), attr, re, f})
	}
	return m, nil
}

// apply puts what the rules found into an item.
func (m feedMapping) apply(item *stoa.Item, f fields) {
	for i, r := range m.rules {
		values := []string{r.field.Const}
		if r.field.Const == "" {
			values = refine(f.all(mappedName(i)), r.match, r.field)
		}
		m.filler.put(item, r.name, values)
	}
	if len(m.rules) > 0 {
		finishDates(item)
	}
}

// mappedName is the element under which gofeed keeps what the i-th rule found.
func mappedName(i int) string { return "map:r" + strconv.Itoa(i) }

// mapped writes an element once more for each rule that asks for it.
func (w *rewriter) mapped(name string, t *token, end int) {
	raw := strings.ToLower(t.text)
	for i, r := range w.mapping.rules {
		if r.element != name && r.element != raw || r.element == "" {
			continue
		}
		value := ""
		if r.attr == "" {
			value = w.plain(t.end, end)
		}
		for a, rest := nextAttribute(t.attrs); a.name != "" && r.attr != ""; a, rest = nextAttribute(rest) {
			if strings.EqualFold(a.name, r.attr) {
				value = strings.TrimSpace(w.doc.entities.decode(a.value))
				break
			}
		}
		w.element(mappedName(i), value)
	}
}
