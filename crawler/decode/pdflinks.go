package decode

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
	"stoa/normalize/when"
)

// openPDFLinks reads a page whose items are documents that it links to: the title is the link's text, the date stands
// beside it or in the name of the file. The documents themselves are never opened.
//
// mapping.item chooses the links, or what stands around each; mapping.fields read further fields of it.
func openPDFLinks(p Page, src stoa.Source) (*Listing, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	m := mappingOf(src)
	rules, err := compileHTML(m)
	if err != nil {
		return nil, err
	}
	content, err := rules.content(doc)
	if err != nil {
		return nil, err
	}
	links := doc.documents(content, rules)
	if links.Length() == 0 && firstPage(m.Next, src, p.URL) {
		return nil, fmt.Errorf("%w: no link on the page leads to a document", ErrNoMatch)
	}
	l := &Listing{Head: doc.head(), Total: -1, Truncated: doc.truncated}
	l.Next = nextPages(m.Next, src, p.URL, turn{items: links.Length(), total: -1, link: nextLink(doc, m.Next)})
	fill := newFiller(p, src, doc.base)
	l.Items = func(yield func(stoa.Item, error) bool) {
		seen := map[string]bool{}
		for i := range links.Nodes {
			if doc.work <= 0 {
				l.Truncated = true
				return
			}
			link := doc.linkIn(links.Eq(i))
			u := doc.href(link)
			if seen[u] {
				continue // a picture and its caption lead to one document
			}
			seen[u] = true
			item, err := doc.document(links.Eq(i), link, rules, fill)
			if err != nil {
				err = fmt.Errorf("link %d: %w", i+1, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
	return l, nil
}

// documents returns the links to documents in a region.
func (d *page) documents(content *goquery.Selection, rules htmlRules) *goquery.Selection {
	if rules.item != nil {
		return content.FindMatcher(rules.item)
	}
	return content.Find("a[href]").FilterFunction(func(_ int, s *goquery.Selection) bool { return d.isDocument(s.Nodes[0]) })
}

var saysPDF = regexp.MustCompile(`(?i)(\(|\[|,|\s|^)pdf(\)|\]|,|\s|$)`)

// isDocument reports whether a link leads to a PDF, as far as the page tells: by its path, its type, or its words.
func (d *page) isDocument(n *html.Node) bool {
	u := d.href(n)
	if u == "" {
		return false
	}
	if typeOf(u) != "" || strings.Contains(strings.ToLower(attr(n, "type")), "pdf") {
		return true
	}
	text, short := labelText(n)
	return short && saysPDF.MatchString(text) || saysPDF.MatchString(strings.ReplaceAll(attr(n, "class"), "-", " "))
}

// linkIn returns the link to the document in what was chosen: itself, the first that says so, or the first at all.
func (d *page) linkIn(s *goquery.Selection) *html.Node {
	if s.Nodes[0].DataAtom == el.A {
		return s.Nodes[0]
	}
	all := s.Find("a[href]")
	for _, a := range all.Nodes {
		if d.isDocument(a) {
			return a
		}
	}
	if all.Length() > 0 {
		return all.Nodes[0]
	}
	return s.Nodes[0]
}

// document reads one link and what stands around it.
func (d *page) document(s *goquery.Selection, link *html.Node, rules htmlRules, fill filler) (stoa.Item, error) {
	c := &card{doc: d, sel: s, known: rules.known}
	item := stoa.Item{URL: d.href(link), Language: first(attr(link, "hreflang"), c.language())}
	if item.URL == "" {
		return item, fmt.Errorf("%w: it has no address", ErrNoMatch)
	}
	around := d.around(link)
	item.Title = d.documentTitle(link, around)
	item.Published = d.documentDate(item, around, fill)
	item.Enclosures = []stoa.Enclosure{{URL: item.URL, Type: "application/pdf"}}
	for _, r := range rules.fields {
		fill.put(&item, r.name, c.values(r))
	}
	finishDates(&item)
	return item, nil
}

// around returns the block that a link stands in, as long as that holds no other document.
func (d *page) around(link *html.Node) *html.Node {
	best := link
	for n := link.Parent; n != nil && n.DataAtom != el.Body; n = n.Parent {
		documents := map[string]bool{}
		for m := n; m != nil && len(documents) < 2; m = within(n, m) {
			if m.DataAtom == el.A && d.isDocument(m) {
				documents[d.href(m)] = true
			}
		}
		if len(documents) > 1 || len(d.text(n)) > 600 {
			break
		}
		best = n
		if n.DataAtom == el.Li || n.DataAtom == el.Tr || n.DataAtom == el.Article {
			break
		}
	}
	return best
}

// vague are words of links that name no document, in the languages of the partners.
var vague = regexp.MustCompile(`(?i)^(download|télécharger|descargar|baixar|скачать|تحميل|下载|view|open|read( more)?|here|pdf|file|document|english|en|french|français|fr|spanish|español|es|arabic|العربية|ar|russian|русский|ru|chinese|中文|zh|full text|link|click here|[\s()\[\]0-9.,|:–-]|kb|mb)+$`)

var sizeNote = regexp.MustCompile(`(?i)\s*[(\[]?\s*pdf\s*[,;:|–-]?\s*([\d.,]+\s*[km]i?b)?\s*[)\]]?\s*$`)

// documentTitle returns the link's text, or what else names the document: its title attribute, a heading or the words
// around it, the name of the file.
func (d *page) documentTitle(link, around *html.Node) string {
	tidy := func(s string) string { return strings.TrimSpace(sizeNote.ReplaceAllString(fold(s), "")) }
	text := tidy(d.titleOf(link))
	if text != "" && !vague.MatchString(text) {
		return text
	}
	for m := around; m != nil; m = within(around, m) {
		if isHeading(m) || m.DataAtom == el.Strong || m.DataAtom == el.B {
			if t := tidy(d.text(m)); t != "" && !vague.MatchString(t) {
				return t
			}
		}
	}
	if t := tidy(attr(link, "title")); t != "" && !vague.MatchString(t) {
		return t
	}
	if t := tidy(strings.Replace(d.text(around), d.text(link), " ", 1)); t != "" && !vague.MatchString(t) && len(t) < 300 {
		return t
	}
	return fileTitle(d.href(link))
}

// fileTitle makes a title of a file's name.
func fileTitle(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := path.Base(u.Path)
	name = strings.TrimSuffix(name, path.Ext(name))
	return fold(strings.NewReplacer("-", " ", "_", " ", "+", " ").Replace(name))
}

var (
	dayInName   = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?:\D|$)`)
	monthInName = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)[-_./](0[1-9]|1[0-2])(?:\D|$)`)
	yearInName  = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)(?:\D|$)`)
)

// documentDate returns the date beside the link, else the one in its title or in the address of the file.
func (d *page) documentDate(item stoa.Item, around *html.Node, fill filler) stoa.Date {
	if at := timeOf(around); at != "" {
		if date, err := when.Stamp(at); err == nil {
			return date
		}
	}
	beside := strings.Replace(d.text(around), item.Title, " ", 1)
	r := when.Read(beside, when.Options{Reference: fill.fetched, Language: item.Language, Zone: fill.zone})
	if r.Start != "" && r.End == "" {
		return r.Start
	}
	u, err := url.PathUnescape(item.URL)
	if err != nil {
		u = item.URL
	}
	for _, form := range []*regexp.Regexp{dayInName, monthInName, yearInName} {
		for _, name := range []string{item.Title, path.Base(u), u} {
			if m := form.FindStringSubmatch(name); m != nil {
				if date, err := stoa.ParseDate(strings.Join(m[1:], "-")); err == nil && date.Begin(fill.fetched.Location()).Before(fill.fetched.AddDate(1, 0, 0)) {
					return date
				}
			}
		}
	}
	return ""
}
