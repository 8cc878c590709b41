package decode

import (
	"bytes"
	"fmt"
	"maps"

	"github.com/PuerkitoBio/goquery"

	"stoa"
)

// Detail reads the page behind an item by the source's detail mapping. What the page says replaces what the listing
// said, which is often cut short; what it does not say stays. What neither maps but the page's metadata states
// (dates, language, editions in other languages) is filled in.
//
// The error wraps a Fault; the item comes back as it was, then. ErrNoMatch says that no rule finds anything.
func Detail(p Page, src stoa.Source, item stoa.Item) (stoa.Item, error) {
	if limit := bodyLimit(src); int64(len(p.Body)) > limit {
		return item, fmt.Errorf("decode detail %s: %w: %d bytes, the limit is %d", p.URL, ErrTooLarge, len(p.Body), limit)
	}
	m := mappingOf(src).Detail
	read := htmlDetail
	if looksJSON(p.Body) {
		read = jsonDetail
	}
	out, err := read(p, src, m, item)
	if err != nil {
		return item, fmt.Errorf("decode detail %s: %w", p.URL, err)
	}
	return out, nil
}

// looksJSON reports whether a body begins as JSON does and markup does not.
func looksJSON(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

func htmlDetail(p Page, src stoa.Source, m *stoa.Mapping, item stoa.Item) (stoa.Item, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return item, err
	}
	if m != nil {
		fresh, err := detailCard(doc, p, src, *m)
		if err != nil {
			return item, err
		}
		item = overlay(item, fresh)
	}
	return underlay(item, metadataOf(doc, newFiller(p, src, doc.base))), nil
}

func detailCard(doc *page, p Page, src stoa.Source, m stoa.Mapping) (stoa.Item, error) {
	rules, err := compileHTML(m)
	if err != nil {
		return stoa.Item{}, err
	}
	content, err := rules.content(doc)
	if err != nil {
		return stoa.Item{}, err
	}
	if rules.item != nil {
		if content = content.FindMatcher(rules.item).First(); content.Length() == 0 {
			return stoa.Item{}, fmt.Errorf("%w: the item selector %q finds nothing", ErrNoMatch, m.Item)
		}
	}
	return fillDetail(&card{doc: doc, sel: content, known: rules.known}, rules.fields, newFiller(p, src, doc.base))
}

func fillDetail(c *card, rules []rule, fill filler) (stoa.Item, error) {
	var fresh stoa.Item
	found := false
	for _, r := range rules {
		values := c.values(r)
		found = found || len(values) > 0 && r.field.Const == ""
		fill.put(&fresh, r.name, values)
	}
	if !found && len(rules) > 0 {
		return stoa.Item{}, fmt.Errorf("%w: none of the detail rules finds anything: the page was redesigned, or is not the item's", ErrNoMatch)
	}
	return fresh, nil
}

// all returns a selection of the whole page.
func (d *page) all() *goquery.Selection { return goquery.NewDocumentFromNode(d.root).Selection }

// overlay lays what a detail page says over what the listing said.
func overlay(item, fresh stoa.Item) stoa.Item {
	text := func(to *string, from string) { *to = first(from, *to) }
	text(&item.Key, fresh.Key)
	text(&item.URL, fresh.URL)
	text(&item.Title, fresh.Title)
	text(&item.Summary, fresh.Summary)
	text(&item.Content, fresh.Content)
	text(&item.When, fresh.When)
	text(&item.Location, fresh.Location)
	text(&item.Language, fresh.Language)
	text((*string)(&item.Published), string(fresh.Published))
	text((*string)(&item.Updated), string(fresh.Updated))
	if len(fresh.Categories) > 0 {
		item.Categories = fresh.Categories
	}
	if len(fresh.Authors) > 0 {
		item.Authors = fresh.Authors
	}
	if len(fresh.Enclosures) > 0 {
		item.Enclosures = fresh.Enclosures
	}
	item.Withdrawn = item.Withdrawn || fresh.Withdrawn
	item.Extra = joinExtra(item.Extra, fresh.Extra)
	finishDates(&item)
	return item
}

// underlay fills in what an item lacks. Its identity stays what the listing said.
func underlay(item, below stoa.Item) stoa.Item {
	below.Key, below.URL, below.Withdrawn = item.Key, item.URL, item.Withdrawn
	return overlay(item, overlay(below, item))
}

// joinExtra lays one set of further fields over another and changes neither.
func joinExtra(below, over map[string]string) map[string]string {
	if len(over) == 0 {
		return below
	}
	out := make(map[string]string, len(below)+len(over))
	maps.Copy(out, below)
	maps.Copy(out, over)
	return out
}
