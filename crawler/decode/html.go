package decode

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// htmlRules are the rules of one page of markup, compiled.
type htmlRules struct {
	item    cascadia.Selector
	region  cascadia.Selector
	place   string // the region's selector
	guessed bool   // nobody described the page
	fields  []rule
	known   map[string]bool
}

func compileHTML(m stoa.Mapping) (htmlRules, error) {
	var r htmlRules
	var err error
	if m.Item != "" {
		if r.item, err = compileSelector(m.Item); err != nil {
			return r, fmt.Errorf("item: %w: %w", stoa.ErrInvalid, err)
		}
	}
	if m.Region != "" {
		if r.region, err = compileSelector(m.Region); err != nil {
			return r, fmt.Errorf("region: %w: %w", stoa.ErrInvalid, err)
		}
	}
	r.place = m.Region
	r.fields, err = compileRules(m)
	r.known = knownLabels(r.fields)
	return r, err
}

// content returns what is inside the content region: the first that matches, or the whole page without a rule.
func (r htmlRules) content(d *page) (*goquery.Selection, error) {
	all := d.all()
	if r.region == nil {
		return all, nil
	}
	if region := all.FindMatcher(r.region).First(); region.Length() > 0 {
		return region, nil
	}
	return nil, fmt.Errorf("%w: the region %q is not on the page: the site was redesigned, or this is another page", ErrNoMatch, r.place)
}

// openHTML reads a page that lists items. Without a mapping it looks for the block that repeats like a listing.
func openHTML(p Page, src stoa.Source) (*Listing, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	m := mappingOf(src)
	guessed := m.Item == "" && len(m.Fields) == 0
	if m.Item == "" {
		best, ok := bestGuess(doc)
		if !ok {
			return nil, fmt.Errorf("%w: no block on the page repeats like a listing; say what an item is with mapping.item", ErrNoMatch)
		}
		m = Merge(best, m)
	}
	rules, err := compileHTML(m)
	if err != nil {
		return nil, err
	}
	rules.guessed = guessed
	content, err := rules.content(doc)
	if err != nil {
		return nil, err
	}
	found := rowsOf(content.FindMatcher(rules.item))
	if found.Length() == 0 && firstPage(m.Next, src, p.URL) {
		return nil, fmt.Errorf("%w: the item selector %q finds nothing: the page is empty or was redesigned", ErrNoMatch, m.Item)
	}
	l := &Listing{Head: doc.head(), Total: -1, Truncated: doc.truncated}
	if doc.truncated {
		l.warn("more than %d elements, or more than %d in one: the rest is cut off", maxElements, maxSiblings)
	}
	if guessed && m.Next.IsZero() {
		m.Next.Link = relNext
	}
	l.Total = total(doc, content, m.Next)
	l.Next = nextPages(m.Next, src, p.URL, turn{items: found.Length(), total: l.Total, link: nextLink(doc, m.Next)})
	l.Items = cards(doc, found, rules, newFiller(p, src, doc.base), l)
	return l, nil
}

// rowsOf drops the rows of a table that only head its columns, when an item is a row.
func rowsOf(found *goquery.Selection) *goquery.Selection {
	return found.FilterFunction(func(_ int, s *goquery.Selection) bool {
		return s.Nodes[0].DataAtom != el.Tr || !onlyHeads(s.Nodes[0])
	})
}

// cards yields an item for each card.
func cards(doc *page, found *goquery.Selection, rules htmlRules, fill filler, l *Listing) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for i := range found.Nodes {
			if doc.work <= 0 {
				l.Truncated = true
				l.warn("the items overlap so much that reading them was given up after %d: choose a narrower item selector", i)
				return
			}
			c := &card{doc: doc, sel: found.Eq(i), known: rules.known}
			item, err := c.item(rules.fields, fill)
			if item.Summary == "" && rules.guessed {
				item.Summary = doc.below(found.Nodes[i])
			}
			if err != nil {
				err = fmt.Errorf("item %d: %w", i+1, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// below returns the text under an item that is only a heading: the paragraph or definition that follows it.
func (d *page) below(n *html.Node) string {
	if !isHeading(n) && n.DataAtom != el.Dt {
		return ""
	}
	for next := n.NextSibling; next != nil; next = next.NextSibling {
		switch {
		case next.Type != html.ElementNode:
		case next.DataAtom == el.P, next.DataAtom == el.Dd, next.DataAtom == el.Div:
			return d.prose(next)
		default:
			return ""
		}
	}
	return ""
}

// item reads one card. A card without title and address is no item.
func (c *card) item(rules []rule, fill filler) (stoa.Item, error) {
	item := stoa.Item{Language: c.language()}
	for _, r := range rules {
		fill.put(&item, r.name, c.values(r))
	}
	finishDates(&item)
	if item.Title == "" && item.URL == "" {
		return stoa.Item{}, fmt.Errorf("%w: it has neither title nor address", ErrNoMatch)
	}
	return item, nil
}

// language returns the language that the markup around the card states.
func (c *card) language() string {
	for n := c.sel.Nodes[0]; n != nil; n = n.Parent {
		if lang := attr(n, "lang"); lang != "" {
			return cut(fold(lang), 35)
		}
	}
	return c.doc.language
}

// relNext finds the address that a page itself calls the next.
const relNext = "link[rel~=next]@href || a[rel~=next]@href"

// nextLink returns the address that the rule for the next page's link finds.
func nextLink(doc *page, n stoa.Next) string {
	if n.Link == "" {
		return ""
	}
	ways, err := compileWays(n.Link)
	if err != nil {
		return ""
	}
	all := doc.all()
	for _, w := range ways {
		if w.sel == nil {
			continue
		}
		for _, node := range all.FindMatcher(w.sel).Nodes {
			u := ""
			if w.attr != "" {
				u = absolute(attr(node, w.attr), doc.base)
			} else {
				u = doc.linkOf(node)
			}
			if strings.HasPrefix(u, "http") {
				return u
			}
		}
	}
	return ""
}

// total reads how many items the listing has from a line such as "Showing 1-15 of 120 results": its largest number.
func total(doc *page, content *goquery.Selection, n stoa.Next) int {
	if n.Total == "" {
		return -1
	}
	ways, err := compileWays(n.Total)
	if err != nil || ways[0].sel == nil {
		return -1
	}
	node := content.FindMatcher(ways[0].sel)
	if node.Length() == 0 {
		return -1
	}
	return largest(doc.text(node.Nodes[0]))
}

// largest returns the largest number in a text, -1 when there is none. "1,234" and "1 234" are one number.
func largest(text string) int {
	best := -1
	for i := 0; i < len(text); {
		if text[i] < '0' || text[i] > '9' {
			i++
			continue
		}
		var digits strings.Builder
		for i < len(text) {
			switch c := text[i]; {
			case c >= '0' && c <= '9':
				digits.WriteString(string(c))
				i++
				continue
			case (c == ',' || c == '.') && i+3 < len(text) && allDigits(text[i+1:i+4]):
				i++
				continue
			}
			break
		}
		if v, err := strconv.Atoi(digits.String()); err == nil && v <= maxCount {
			best = max(best, v)
		}
	}
	return best
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
