package decode

import (
	"fmt"
	"strings"

	"stoa"
)

// openOPML reads a list of outlines: each that has an address is an item, under the outlines around it as categories.
func openOPML(p Page, src stoa.Source) (*Listing, error) {
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), xmlText)
	if !strings.Contains(strings.ToLower(cut(text, maxField)), "<opml") {
		return nil, fmt.Errorf("%w: markup where a table was expected: a page for people, a login or a challenge", ErrUnparsable)
	}
	l := &Listing{Total: -1}
	fill := newFiller(p, src, p.URL)
	l.Items = func(yield func(stoa.Item, error) bool) {
		var above []string
		inTitle := false
		for e, err := range xmlSteps(text) {
			switch {
			case err != nil:
				l.Truncated = true
				l.warn("%s", strings.TrimPrefix(err.Error(), string(ErrUnparsable)+": "))
				return
			case e.name == "title":
				inTitle = e.kind == startToken
			case e.kind == textToken && inTitle:
				l.Head.Title = first(l.Head.Title, fold(e.text))
			case e.kind == endToken && e.name == "outline" && len(above) > 0:
				above = above[:len(above)-1]
			case e.kind == startToken && e.name == "outline":
				item, has := outline(e.attrs, above, fill)
				above = append(above, first(item.Title, item.URL))
				if has && !yield(item, nil) {
					return
				}
			}
		}
	}
	return l, nil
}

func outline(attrs string, above []string, fill filler) (stoa.Item, bool) {
	at := attributesOf(attrs)
	var item stoa.Item
	fill.put(&item, "title", []string{first(at["title"], at["text"])})
	fill.put(&item, "url", []string{first(at["htmlurl"], at["url"], at["xmlurl"])})
	fill.put(&item, "summary", []string{at["description"]})
	fill.put(&item, "language", []string{at["language"]})
	fill.put(&item, "categories", append(strings.Split(at["category"], ","), above...))
	extra(&item, "feed", absolute(at["xmlurl"], fill.base))
	return item, item.URL != ""
}
