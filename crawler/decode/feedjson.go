package decode

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"
	"github.com/tidwall/gjson"

	"stoa"
	"stoa/normalize/when"
)

// openJSONFeed reads JSON Feed 1.0 and 1.1: each item by itself, so that a fault in one is its own.
func openJSONFeed(p Page, src stoa.Source, text string) (*Listing, error) {
	doc, err := surveyJSON(text)
	if err != nil {
		return nil, err
	}
	var head jsonfeed.Feed
	if err := unmarshalLoosely(doc.head, &head); err != nil {
		return nil, fmt.Errorf("%w: JSON Feed: head: %w", ErrUnparsable, err)
	}
	if !doc.hasItems && !strings.Contains(head.Version, "jsonfeed.org") {
		return nil, fmt.Errorf("%w: JSON, but no JSON Feed: it has neither version nor items; the format \"json\" reads it with a mapping", ErrUnparsable)
	}
	rules, err := compileJSON(src.Mapping)
	if err != nil {
		return nil, err
	}
	base := documentBase(p)
	r := &jsonReader{doc: doc, base: base, rules: rules, filler: newFiller(p, src, base), authors: jsonPersons(head.Author, head.Authors), language: head.Language}
	l := &Listing{Total: -1, Truncated: doc.truncated, Head: stoa.Head{
		Title:    asPlain(head.Title),
		URL:      absolute(head.HomePageURL, base),
		Summary:  asPlain(head.Description),
		Language: cmp.Or(head.Language, languageOf(p.Header.Get("Content-Language"))),
	}}
	if next := absolute(head.NextURL, base); head.NextURL != "" && isWeb(next) {
		l.Next = []string{next}
	}
	if doc.truncated {
		l.warn("the document ends before its object does: %d whole items were read", len(doc.items))
	}
	l.Items = r.items()
	return l, nil
}

type jsonReader struct {
	doc      *jsonDocument
	base     string
	authors  []stoa.Person
	language string
	rules    []jsonRule // what the source maps itself
	filler   filler
}

func (r *jsonReader) items() iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for _, sp := range r.doc.items {
			item, err := r.item(r.doc.src[sp.from:sp.to])
			if err != nil {
				err = fmt.Errorf("item at bytes %d to %d: %w: %w", sp.from, sp.to, ErrUnparsable, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func (r *jsonReader) item(raw string) (stoa.Item, error) {
	var it jsonfeed.Item
	if err := unmarshalLoosely(raw, &it); err != nil {
		return stoa.Item{}, err
	}
	out := stoa.Item{
		Key:       strings.ReplaceAll(it.ID, "\x00", "\uFFFD"),
		URL:       cmp.Or(r.link(it.URL), webAddress(it.ID), r.link(it.ExternalURL)),
		Title:     asPlain(it.Title),
		Summary:   asPlain(it.Summary),
		Content:   cmp.Or(disarm(cleanText(it.ContentHTML)), asPlain(it.ContentText)),
		Published: stamp(it.DatePublished),
		Updated:   stamp(it.DateModified),
		Language:  cleanText(it.Language),
		Authors:   jsonPersons(it.Author, it.Authors),
	}
	for _, tag := range it.Tags {
		out.Categories = append(out.Categories, cleanText(tag))
	}
	if it.Attachments != nil {
		for _, a := range *it.Attachments {
			out.Enclosures = append(out.Enclosures, stoa.Enclosure{URL: r.link(a.URL), Type: a.MimeType, Length: max(a.SizeInBytes, 0)})
		}
	}
	for _, rule := range r.rules {
		r.filler.put(&out, rule.name, rule.values(gjson.Parse(raw), ""))
	}
	if len(r.rules) > 0 {
		finishDates(&out)
	}
	if isEmpty(out) {
		return stoa.Item{}, fmt.Errorf("it says nothing")
	}
	feed := feedReader{authors: r.authors, language: r.language}
	feed.complete(&out)
	return out, nil
}

func (r *jsonReader) link(raw string) string {
	if raw == "" {
		return ""
	}
	return absolute(raw, r.base)
}

// asPlain returns plain text as markup. Only what would be taken for a tag is escaped: titles full of "&amp;" help nobody.
func asPlain(text string) string {
	text = cleanText(text)
	if holdsTag(text) {
		return escaper.Replace(text)
	}
	return text
}

func stamp(text string) stoa.Date {
	if text == "" {
		return ""
	}
	d, err := when.Stamp(text)
	if err != nil {
		return ""
	}
	return d
}

func jsonPersons(one *jsonfeed.Author, many []*jsonfeed.Author) []stoa.Person {
	var all []stoa.Person
	for _, a := range append(many, one) {
		if a == nil || len(all) >= maxPersons {
			continue
		}
		p := personOf(a.Name)
		if p.Email == "" && strings.HasPrefix(a.URL, "mailto:") {
			p.Email = personOf(a.URL).Email
		}
		if p != (stoa.Person{}) {
			all = append(all, p)
		}
	}
	return tidyPersons(all)
}

// unmarshalLoosely reads an object into one of gofeed's types. When a member is not of the type that the standard
// asks for, it is brought into it or left out: it must not cost the others.
func unmarshalLoosely(raw string, into any) error {
	first := json.Unmarshal([]byte(raw), into)
	if first == nil {
		return nil
	}
	var members map[string]any
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber() // an id of twenty digits is not to be rounded
	if dec.Decode(&members) != nil {
		return first
	}
	for name, value := range members {
		if mended := mend(name, value); mended != nil {
			members[name] = mended
		} else {
			delete(members, name)
		}
	}
	b, err := json.Marshal(members)
	if err != nil {
		return first
	}
	return json.Unmarshal(b, into)
}

// mend brings one member of a feed, item, author or attachment into the type that its name asks for, or returns nil.
func mend(name string, value any) any {
	switch name {
	case "authors":
		return jsonObjects(value, "name")
	case "attachments":
		return jsonObjects(value, "url")
	case "author":
		if list := jsonObjects(value, "name"); len(list) > 0 {
			return list[0]
		}
		return nil
	case "tags":
		return jsonTexts(value)
	case "size_in_bytes", "duration_in_seconds", "expired", "id":
		return value // gofeed takes these as they come
	case "items", "hubs":
		return nil
	}
	return textOf(value)
}

// jsonObjects returns a list of objects: of one, of some, or of texts that stand for their main member.
func jsonObjects(value any, main string) []any {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var kept []any
	for _, v := range list {
		switch v := v.(type) {
		case string:
			kept = append(kept, map[string]any{main: v})
		case map[string]any:
			for name, member := range v {
				if v[name] = mend(name, member); v[name] == nil {
					delete(v, name)
				}
			}
			kept = append(kept, v)
		}
	}
	return kept
}

func jsonTexts(value any) []any {
	list, ok := value.([]any)
	if s, isText := value.(string); isText {
		for _, part := range strings.Split(s, ",") {
			list = append(list, part)
		}
	} else if !ok {
		list = []any{value}
	}
	kept := list[:0]
	for _, v := range list {
		if t := textOf(v); t != nil {
			kept = append(kept, t)
		}
	}
	return kept
}

// textOf returns a text for a text, number or truth value, and nil for anything else.
func textOf(value any) any {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return nil
}
