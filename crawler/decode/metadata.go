package decode

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// openMetadata reads what a page states for machines: schema.org things in JSON-LD, each an item, or else the page itself
// by Open Graph, citation tags and Dublin Core.
func openMetadata(p Page, src stoa.Source) (*Listing, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	fill := newFiller(p, src, doc.base)
	tags := doc.metaTags()
	things, warnings := doc.things(fill)
	l := &Listing{Head: doc.head(), Total: -1, Truncated: doc.truncated || len(things) >= maxThings, Warnings: warnings}
	if len(things) >= maxThings {
		l.warn("more than %d things on the page: the rest is left out", maxThings)
	}
	if len(things) == 0 {
		page := tags.item(fill)
		if page.Title == "" {
			return nil, fmt.Errorf("%w: the page states nothing about itself: no JSON-LD, Open Graph or Dublin Core", ErrNoMatch)
		}
		page.URL = first(page.URL, doc.head().URL, p.URL)
		things = []stoa.Item{underlay(page, doc.editions(fill))}
	} else if len(things) == 1 {
		things[0].URL = first(things[0].URL, doc.head().URL, p.URL)
		things[0] = underlay(underlay(things[0], tags.item(fill)), doc.editions(fill))
	}
	l.Items = func(yield func(stoa.Item, error) bool) {
		for _, item := range things {
			item.Language = first(item.Language, doc.language)
			if !yield(item, nil) {
				return
			}
		}
	}
	return l, nil
}

// metadataOf returns what a detail page states of the one thing it is about.
func metadataOf(doc *page, fill filler) stoa.Item {
	item := doc.metaTags().item(fill)
	things, _ := doc.things(fill)
	for _, thing := range things {
		if len(things) == 1 || thing.URL == doc.url { // of several, a page is about the one that has its address
			item = underlay(thing, item)
			break
		}
	}
	if item.Title == "" {
		item.Title = doc.heading()
	}
	if item.Language == "" {
		fill.put(&item, "language", []string{doc.language})
	}
	return underlay(item, doc.editions(fill))
}

// heading returns the page's one first heading, or else its title without the name of the site behind a bar.
func (d *page) heading() string {
	var headings []string
	for n := d.root; n != nil && len(headings) < 2; n = following(n) {
		if n.DataAtom == el.H1 {
			headings = append(headings, d.text(n))
		}
	}
	if len(headings) == 1 && headings[0] != "" {
		return headings[0]
	}
	title := d.head().Title
	if i := strings.LastIndex(title, " | "); i > 0 {
		title = title[:i]
	}
	return title
}

// metaTags are the contents of meta elements by name or property, in lower case.
type metaTags map[string][]string

func (d *page) metaTags() metaTags {
	out := metaTags{}
	for n := d.root; n != nil; n = following(n) {
		if n.Type != html.ElementNode || n.DataAtom != el.Meta {
			continue
		}
		name := strings.ToLower(first(attr(n, "property"), attr(n, "name"), attr(n, "itemprop")))
		if content := attr(n, "content"); name != "" && content != "" && len(out[name]) < maxAttrs && len(out) < maxValues {
			out[name] = append(out[name], cut(content, maxField))
		}
	}
	return out
}

// metaFields are the names of meta elements for each field, those that say most first.
var metaFields = []struct {
	field string
	names []string
}{
	{"title", []string{"citation_title", "og:title", "dcterms.title", "dc.title", "twitter:title"}},
	{"url", []string{"og:url"}},
	{"summary", []string{"og:description", "dcterms.abstract", "dcterms.description", "dc.description", "description", "twitter:description"}},
	{"published", []string{"article:published_time", "citation_publication_date", "citation_date", "dcterms.issued", "dcterms.date", "dc.date.issued", "dc.date", "datepublished", "date"}},
	{"updated", []string{"article:modified_time", "og:updated_time", "dcterms.modified", "dc.date.modified", "datemodified", "last-modified"}},
	{"categories", []string{"article:tag", "dcterms.subject", "dc.subject", "keywords"}},
	{"authors", []string{"citation_author", "dcterms.creator", "dc.creator", "author"}},
	{"language", []string{"citation_language", "dcterms.language", "dc.language", "og:locale"}},
	{"enclosures", []string{"citation_pdf_url"}},
	{"publisher", []string{"citation_publisher", "dcterms.publisher", "dc.publisher", "og:site_name"}},
	{"identifier", []string{"citation_doi", "dcterms.identifier", "dc.identifier"}},
}

// item reads the page as one thing.
func (t metaTags) item(fill filler) stoa.Item {
	var item stoa.Item
	for _, f := range metaFields {
		for _, name := range f.names {
			values := t[name]
			if len(values) == 0 {
				values = t[strings.Replace(name, ".", ":", 1)]
			}
			if len(values) == 0 {
				continue
			}
			if f.field == "categories" && len(values) == 1 {
				values = strings.FieldsFunc(values[0], func(r rune) bool { return r == ',' || r == ';' || r == '،' || r == '、' })
			}
			fill.put(&item, f.field, slices.Clone(values))
			break
		}
	}
	return item
}

// editions returns the addresses of the page in other languages, as "hreflang:TAG".
func (d *page) editions(fill filler) stoa.Item {
	var item stoa.Item
	for n := d.root; n != nil; n = following(n) {
		if n.DataAtom != el.Link && n.DataAtom != el.A {
			continue
		}
		tag := strings.ToLower(attr(n, "hreflang"))
		if tag == "" || tag == "x-default" || len(item.Extra) >= maxAttrs || n.DataAtom == el.Link && !strings.Contains(strings.ToLower(attr(n, "rel")), "alternate") {
			continue
		}
		if kind := attr(n, "type"); kind != "" && !strings.Contains(kind, "html") {
			continue // a feed in that language
		}
		if u := absolute(attr(n, "href"), fill.base); strings.HasPrefix(u, "http") {
			if name := "hreflang:" + cut(tag, 35); item.Extra[name] == "" {
				extra(&item, name, u)
			}
		}
	}
	return item
}
