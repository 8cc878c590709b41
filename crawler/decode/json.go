package decode

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// ErrStatus says that an answer that came as a success tells of an error in its body.
const ErrStatus Fault = stoa.CodeStatus

// openJSON reads an answer of a JSON service: a list of objects, an object whose members are the items keyed by their
// ids, or a single object.
func openJSON(p Page, src stoa.Source) (*Listing, error) {
	return listJSON(p, src, mappingOf(src))
}

func listJSON(p Page, src stoa.Source, m stoa.Mapping) (*Listing, error) {
	doc, cut, err := parseJSON(p, m.Item)
	if err != nil {
		return nil, err
	}
	if err := checkStatus(doc, m.Status); err != nil {
		return nil, err
	}
	if m.Item == "" {
		m.Item = guessItems(doc)
	}
	if len(m.Fields) == 0 && len(m.Aliases) == 0 {
		m.Fields = commonFields()
	}
	rules, err := compileJSON(m)
	if err != nil {
		return nil, err
	}
	list := at(doc, m.Item)
	if !list.Exists() {
		return nil, fmt.Errorf("%w: nothing at %q in the answer%s", ErrNoMatch, m.Item, complaint(doc))
	}
	l := &Listing{Total: -1, Truncated: cut}
	if cut {
		l.warn("the answer ends in the middle: the items before are kept")
	}
	n := count(list)
	if m.Next.Total != "" {
		l.Total = wholeNumber(at(doc, m.Next.Total))
	}
	if !cut {
		l.Next = nextPages(m.Next, src, p.URL, turn{items: n, total: l.Total, link: jsonLink(doc, p, m.Next), cursor: scalar(at(doc, m.Next.Cursor))})
	}
	l.Items = objects(list, rules, newFiller(p, src, p.URL))
	return l, nil
}

// parseJSON returns the document, whole. Of one that was cut off in the middle of the items at path it returns what
// comes before the cut, and says so.
func parseJSON(p Page, path string) (doc gjson.Result, cut bool, err error) {
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), jsonText)
	text = strings.TrimSpace(text)
	depth, open := scanJSON(text)
	switch {
	case text == "":
		return doc, false, fmt.Errorf("%w: the answer is empty", ErrUnparsable)
	case text[0] == '<':
		return doc, false, fmt.Errorf("%w: markup where JSON was expected: a page for people, a login or a challenge", ErrUnparsable)
	case depth > maxDepth:
		return doc, false, fmt.Errorf("%w: nested deeper than %d", ErrTooDeep, maxDepth)
	}
	if json.Valid([]byte(text)) {
		return gjson.Parse(text), false, nil
	}
	if open {
		if whole, ok := salvage(text, path); ok {
			return gjson.Parse(whole), true, nil
		}
	}
	return doc, false, fmt.Errorf("%w: %w", ErrUnparsable, json.Unmarshal([]byte(text), new(json.RawMessage)))
}

// scanJSON tells how deep a text is nested, and whether it ends before it closes. It stops where it is too deep.
func scanJSON(text string) (depth int, open bool) {
	level, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if level++; level > depth {
				depth = level
			}
			if depth > maxDepth {
				return depth, true
			}
		case c == '}' || c == ']':
			level--
		}
	}
	return depth, quoted || level > 0
}

// salvage closes a document that was cut off after the last whole element of the list at path.
func salvage(text, path string) (string, bool) {
	want := 1
	if path != "" && path != "@this" {
		if strings.ContainsAny(path, "#@|*?[](){}!=<>%\\") {
			return "", false
		}
		want += strings.Count(path, ".") + 1
	}
	var stack []byte
	end, quoted := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
			continue
		case c == '"':
			quoted = true
		case c == '{':
			stack = append(stack, '}')
		case c == '[':
			stack = append(stack, ']')
		case c == '}' || c == ']':
			if len(stack) == 0 {
				return "", false
			}
			stack = stack[:len(stack)-1]
			if len(stack) == want {
				end = i + 1
			}
			if len(stack) < want {
				end = 0 // that list is closed: the cut comes after it, or this was another
			}
		}
	}
	if end == 0 || len(stack) < want {
		return "", false
	}
	var b strings.Builder
	b.WriteString(text[:end])
	for i := want - 1; i >= 0; i-- {
		b.WriteByte(stack[i])
	}
	whole := b.String()
	return whole, json.Valid([]byte(whole)) && at(gjson.Parse(whole), path).Exists()
}

// at follows a path; "" and "@this" are the document itself.
func at(doc gjson.Result, path string) gjson.Result {
	for one := range strings.SplitSeq(path, "||") {
		if one = strings.TrimSpace(one); one == "" || one == "@this" {
			return doc
		}
		if r := doc.Get(one); r.Exists() {
			return r
		}
	}
	return gjson.Result{}
}

// checkStatus reads the word of an answer about itself.
func checkStatus(doc gjson.Result, f stoa.Field) error {
	if f.IsZero() {
		if doc.Get("code").Type == gjson.String && doc.Get("data.status").Exists() { // WordPress
			return fmt.Errorf("%w: %s%s", ErrStatus, cut(doc.Get("code").Str, 80), complaint(doc))
		}
		return nil
	}
	re, err := compileMatch(f.Match)
	if err != nil {
		return fmt.Errorf("status: %w: %w", stoa.ErrInvalid, err)
	}
	said := scalar(at(doc, f.Path))
	if re != nil && !re.MatchString(said) || re == nil && said == "" {
		return fmt.Errorf("%w: the answer says %s = %q, want %s%s", ErrStatus, f.Path, cut(said, 80), f.Match, complaint(doc))
	}
	return nil
}

// complaint quotes what an answer without items says is wrong.
func complaint(doc gjson.Result) string {
	for _, path := range []string{"error.message", "error_description", "message", "error", "errors.0.message", "detail"} {
		if r := doc.Get(path); r.Type == gjson.String && r.Str != "" {
			return ": it says " + fmt.Sprintf("%q", cut(fold(r.Str), 200))
		}
	}
	return ""
}

// keyed reports whether a list is an object whose members are the items. A single item has members that are no objects.
func keyed(list gjson.Result) bool {
	if !list.IsObject() {
		return false
	}
	all := true
	list.ForEach(func(_, v gjson.Result) bool {
		all = v.IsObject()
		return all
	})
	return all
}

// count returns how many items a list holds.
func count(list gjson.Result) int {
	switch {
	case list.IsArray() || keyed(list):
		n := 0
		list.ForEach(func(_, _ gjson.Result) bool { n++; return true })
		return n
	case list.IsObject():
		return 1
	}
	return 0
}

// objects yields an item for each element of a list.
func objects(list gjson.Result, rules []jsonRule, fill filler) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		byKey := keyed(list)
		if list.IsObject() && !byKey {
			item, err := object(list, "", rules, fill)
			yield(item, err)
			return
		}
		n := 0
		list.ForEach(func(key, v gjson.Result) bool {
			n++
			item, err := object(v, key.Str, rules, fill)
			if err != nil {
				if byKey {
					return true // "facets" and the like stand among the items
				}
				err = fmt.Errorf("item %d: %w", n, err)
			}
			return yield(item, err)
		})
	}
}

func object(v gjson.Result, key string, rules []jsonRule, fill filler) (stoa.Item, error) {
	if !v.IsObject() {
		return stoa.Item{}, fmt.Errorf("%w: want an object, have %s", ErrUnparsable, cut(v.Raw, 40))
	}
	var item stoa.Item
	for _, r := range rules {
		fill.put(&item, r.name, r.values(v, key))
	}
	finishDates(&item)
	if item.Title == "" && item.URL == "" {
		return stoa.Item{}, fmt.Errorf("%w: it has neither title nor address", ErrNoMatch)
	}
	return item, nil
}

// jsonLink returns the address of the next page as the answer states it.
func jsonLink(doc gjson.Result, p Page, n stoa.Next) string {
	switch n.Link {
	case "":
		return ""
	case headerLink:
		return linkHeader(p, "next")
	}
	if u := absolute(scalar(at(doc, n.Link)), p.URL); strings.HasPrefix(u, "http") {
		return u
	}
	return ""
}

// jsonDetail reads the answer about one item.
func jsonDetail(p Page, src stoa.Source, m *stoa.Mapping, item stoa.Item) (stoa.Item, error) {
	if m == nil {
		return item, nil
	}
	doc, _, err := parseJSON(p, m.Item)
	if err != nil {
		return item, err
	}
	if err := checkStatus(doc, m.Status); err != nil {
		return item, err
	}
	rules, err := compileJSON(*m)
	if err != nil {
		return item, err
	}
	v := at(doc, m.Item)
	if v.IsArray() {
		v = v.Get("0")
	}
	var fresh stoa.Item
	found, fill := false, newFiller(p, src, p.URL)
	for _, r := range rules {
		values := r.values(v, "")
		found = found || len(values) > 0 && r.field.Const == ""
		fill.put(&fresh, r.name, values)
	}
	if !found {
		return item, fmt.Errorf("%w: none of the detail rules finds anything%s", ErrNoMatch, complaint(doc))
	}
	return overlay(item, fresh), nil
}
