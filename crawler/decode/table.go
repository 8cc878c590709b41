package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// Bounds of tables.
const (
	tableColumns = 256     // columns of a row; the rest is left out
	maxLine      = 1 << 20 // bytes of one JSON line
)

// openTable reads a table in whichever form it comes: CSV, JSON Lines, XLSX or OPML.
func openTable(p Page, src stoa.Source) (*Listing, error) {
	switch {
	case bytes.HasPrefix(p.Body, []byte("PK\x03\x04")):
		return openXLSX(p, src)
	case looksJSON(p.Body):
		return openLines(p, src)
	}
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), plainText)
	if strings.TrimSpace(text) == "" {
		return nil, fmt.Errorf("%w: the table is empty", ErrUnparsable)
	}
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return openOPML(p, src)
	}
	return openCSV(p, src, text)
}

// openLines reads JSON Lines: an object a line, as `stoa parse` writes it, or with any other fields, which are kept by
// their names. An array of objects is read like that, too.
func openLines(p Page, src stoa.Source) (*Listing, error) {
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), jsonText)
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		return listJSON(p, src, Merge(stoa.Mapping{Item: "@this", Fields: lineFields()}, mappingOf(src)))
	}
	m := mappingOf(src)
	rules, err := compileJSON(m)
	if err != nil {
		return nil, err
	}
	fill := newFiller(p, src, p.URL)
	l := &Listing{Total: -1}
	l.Items = func(yield func(stoa.Item, error) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			item, err := lineItem(line, rules, fill)
			if err != nil {
				err = fmt.Errorf("line %d: %w", n, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
	return l, nil
}

// lineFields are the rules for an array of lines' objects.
func lineFields() map[string]stoa.Field {
	out := maps.Clone(commonFields())
	for _, name := range []string{"kind", "pillars", "countries", "regions", "publisher", "relevant"} {
		out[name] = stoa.Field{Path: name}
	}
	return out
}

func lineItem(line string, rules []jsonRule, fill filler) (stoa.Item, error) {
	switch depth, open := scanJSON(line); {
	case len(line) > maxLine:
		return stoa.Item{}, fmt.Errorf("%w: %d bytes, the limit of a line is %d", ErrTooLarge, len(line), maxLine)
	case depth > maxDepth:
		return stoa.Item{}, fmt.Errorf("%w: nested deeper than %d", ErrTooDeep, maxDepth)
	case open || !json.Valid([]byte(line)):
		return stoa.Item{}, fmt.Errorf("%w: not a JSON object", ErrUnparsable)
	}
	v := gjson.Parse(line)
	if !v.IsObject() {
		return stoa.Item{}, fmt.Errorf("%w: want a JSON object, have %s", ErrUnparsable, cut(line, 40))
	}
	var item stoa.Item
	v.ForEach(func(key, value gjson.Result) bool {
		lineField(&item, key.Str, value, fill)
		return len(item.Extra) < tableColumns
	})
	for _, r := range rules {
		fill.put(&item, r.name, r.values(v, ""))
	}
	finishDates(&item)
	if item.Title == "" && item.URL == "" {
		return stoa.Item{}, fmt.Errorf("%w: it has neither title nor url", ErrNoMatch)
	}
	return item, nil
}

// lineField takes one member of a line's object.
func lineField(item *stoa.Item, name string, v gjson.Result, fill filler) {
	switch name {
	case "id":
		if item.Key == "" {
			fill.put(item, "key", []string{scalar(v)})
		}
	case "source", "capture", "fetched", "why":
		// of the run that wrote the line, not of this one
	case "authors", "enclosures":
		lineObjects(item, name, v, fill)
	case "extra":
		v.ForEach(func(key, value gjson.Result) bool {
			if key.Str != "" {
				extra(item, cut(key.Str, maxLabel), strings.Join(folded(flatten(nil, value)), "; "))
			}
			return len(item.Extra) < tableColumns
		})
	default:
		fill.put(item, cut(name, maxLabel), flatten(nil, v))
	}
}

// lineObjects takes lists of people and files as `stoa parse` writes them, or plain texts.
func lineObjects(item *stoa.Item, name string, v gjson.Result, fill filler) {
	if !v.Get("0").IsObject() {
		fill.put(item, name, flatten(nil, v))
		return
	}
	for _, o := range v.Array()[:min(len(v.Array()), maxValues)] {
		if name == "authors" {
			item.Authors = append(item.Authors, stoa.Person{Name: fold(o.Get("name").Str), Email: fold(o.Get("email").Str)})
			continue
		}
		if u := absolute(o.Get("url").Str, fill.base); u != "" {
			item.Enclosures = append(item.Enclosures, stoa.Enclosure{URL: u, Type: fold(o.Get("type").Str), Length: max(0, o.Get("length").Int())})
		}
	}
}

// columnNames are the heads of columns that are read as an item's fields where the mapping says nothing; any other
// column is kept by its name.
var columnNames = map[string][]string{
	"key":        {"id", "key", "identifier", "guid", "uid"},
	"title":      {"title", "name", "titre", "titulo", "título", "titel", "название", "标题", "العنوان", "course", "resource", "project", "document"},
	"url":        {"url", "link", "website", "web address", "address", "lien", "enlace", "ссылка", "网址", "الرابط"},
	"summary":    {"summary", "description", "abstract", "teaser", "résumé", "resume", "resumen", "описание", "摘要", "الوصف"},
	"content":    {"content", "body", "text"},
	"published":  {"published", "publication date", "publish date", "publish_date", "published_at"},
	"updated":    {"updated", "modified", "last updated", "last modified"},
	"when":       {"when", "date", "dates", "period"},
	"location":   {"location", "place", "venue", "lieu", "lugar"},
	"categories": {"categories", "category", "tags", "topics", "topic", "keywords", "theme", "themes"},
	"language":   {"language", "lang", "langue", "idioma"},
	"authors":    {"author", "authors", "auteur", "autor"},
}

// row turns the cells of one row into an item.
type rower struct {
	heads  []string       // as the table has them
	fields []string       // the item's field that each column fills; "" is none
	rules  map[int][]rule // by column, from the mapping
	fill   filler
}

func newRower(heads []string, m stoa.Mapping, fill filler) (*rower, error) {
	r := &rower{heads: heads, fields: make([]string, len(heads)), rules: map[int][]rule{}, fill: fill}
	column := map[string]int{}
	for i, h := range heads {
		name := labelForm(h)
		if _, double := column[name]; !double {
			column[name] = i
		}
	}
	for field, names := range columnNames {
		for _, name := range names {
			if i, ok := column[name]; ok && r.fields[i] == "" {
				r.fields[i] = field
				break
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		f := m.Fields[name]
		re, err := compileMatch(f.Match)
		if err != nil {
			return nil, fmt.Errorf("fields.%s: %w: %w", name, stoa.ErrInvalid, err)
		}
		i, ok := -1, f.Const != ""
		for _, label := range append([]string{f.Path}, f.Label...) {
			if at, found := column[labelForm(label)]; found && !ok {
				i, ok = at, true
			}
		}
		if !ok {
			return nil, fmt.Errorf("%w: fields.%s: the table has no column %q", ErrNoMatch, name, first(append([]string{f.Path}, f.Label...)...))
		}
		r.rules[i] = append(r.rules[i], rule{name: name, field: f, match: re})
		if i >= 0 {
			r.fields[i] = ""
		}
	}
	return r, nil
}

// item reads one row. A row without title and address is no item.
func (r *rower) item(cells []string) (stoa.Item, error) {
	var item stoa.Item
	for i, cell := range cells[:min(len(cells), len(r.heads))] {
		cell = defused(cell)
		switch {
		case len(r.rules[i]) > 0:
			for _, rule := range r.rules[i] {
				r.fill.put(&item, rule.name, refine([]string{cell}, rule.match, rule.field))
			}
		case r.fields[i] == "categories":
			r.fill.put(&item, "categories", strings.FieldsFunc(cell, func(c rune) bool { return c == ';' || c == '|' || c == '\n' }))
		case r.fields[i] != "":
			r.fill.put(&item, r.fields[i], []string{cell})
		case fold(r.heads[i]) != "":
			extra(&item, cut(strings.ToLower(fold(r.heads[i])), maxLabel), fold(cell))
		}
	}
	for _, rule := range r.rules[-1] {
		r.fill.put(&item, rule.name, []string{rule.field.Const})
	}
	finishDates(&item)
	if item.Title == "" && item.URL == "" {
		return stoa.Item{}, fmt.Errorf("%w: it has neither title nor address", ErrNoMatch)
	}
	return item, nil
}

// defused takes away the apostrophe that keeps a spreadsheet from running a cell as a formula.
func defused(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@\t\r", cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

// tableItems yields an item for each row that is not empty.
func tableItems(rows iter.Seq2[[]string, error], r *rower) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		n := 1 // the heads
		for cells, err := range rows {
			n++
			var item stoa.Item
			if err == nil {
				if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
					continue
				}
				item, err = r.item(cells)
			}
			if err != nil {
				err = fmt.Errorf("row %d: %w", n, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}
