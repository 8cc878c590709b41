package decode

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// Guess is a block of a page that repeats like a listing.
type Guess struct {
	Mapping stoa.Mapping // that would read it
	Items   int
	Score   float64    // the items, weighted by how much each looks like a listing's; comparable within a page only
	Titles  []string   // of the first items, to show
	common  *html.Node // the lowest element around all of them
}

// Guesses returns the blocks of a page that repeat like listings, best first.
func Guesses(p Page) ([]Guess, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	return doc.guesses(), nil
}

func bestGuess(doc *page) (stoa.Mapping, bool) {
	all := doc.guesses()
	if len(all) == 0 {
		return stoa.Mapping{}, false
	}
	return all[0].Mapping, true
}

// Bounds of guessing: it looks at every element of a page that nobody described.
const (
	maxGuesses  = 8
	maxShapes   = 2000 // kinds of elements that are told apart
	maxMembers  = 2000 // elements of one kind that are looked at
	shownTitles = 5
)

// guessedFields are the rules for an item that nobody described.
func guessedFields() map[string]stoa.Field {
	return map[string]stoa.Field{
		"title":      {Path: "h1 a || h2 a || h3 a || h4 a || h5 a || h6 a || h1, h2, h3, h4, h5, h6 || a.title, .title a, .title || a[href]"},
		"url":        {Path: "h1 a@href || h2 a@href || h3 a@href || h4 a@href || h5 a@href || h6 a@href || a.title@href || .title a@href || a[href]@href || ."},
		"published":  {Path: "time[datetime]@datetime || time || .date, .published, .created, [class$=date], [itemprop=datePublished]"},
		"summary":    {Path: "[class*=summary], [class*=excerpt], [class*=teaser], [class*=abstract], [class*=descr], .field--name-body, .entry-content, .entry-body, .card-text || p:not(.meta):not(.date)"},
		"categories": {Path: "[rel~=tag] || .tags li, .tag, .category, .categories li"},
		"location":   {Path: ".location, .venue, .place, [itemprop=location]"},
	}
}

// kindOfBlock is a kind of element: those that share tag and telling classes, and whose parents do.
type kindOfBlock struct {
	selector string
	members  []*html.Node
	order    int
}

// guesses finds shapes whose members each carry a link of their own with a title.
func (d *page) guesses() []Guess {
	work := d.work
	defer func() { d.work = work }() // guessing is not what the page's items cost
	byName := map[string]*kindOfBlock{}
	for n := d.root; n != nil; {
		next := following(n)
		if n.Type == html.ElementNode {
			if chrome(n) {
				n = after(n)
				continue
			}
			if name := selectorOf(n); name != "" {
				s := byName[name]
				if s == nil && len(byName) < maxShapes {
					s = &kindOfBlock{selector: name, order: len(byName)}
					byName[name] = s
				}
				if s != nil && len(s.members) < maxMembers {
					s.members = append(s.members, n)
				}
			}
		}
		n = next
	}
	var out []Guess
	order := map[string]int{}
	for _, s := range byName {
		if g, ok := d.rate(s); ok {
			out = append(out, g)
			order[g.Mapping.Item] = s.order
		}
	}
	slices.SortFunc(out, func(a, b Guess) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(order[a.Mapping.Item], order[b.Mapping.Item]))
	})
	return d.settleGuesses(out[:min(len(out), 2*maxGuesses)])
}

// settleGuesses confines each guess to the smallest part of the page that has a name of its own, and lowers the score of
// those that match more than was seen.
func (d *page) settleGuesses(all []Guess) []Guess {
	for i, g := range all {
		sel, err := compileSelector(g.Mapping.Item)
		if err != nil {
			continue
		}
		region := d.all()
		if name := d.named(g.common); name != "" {
			all[i].Mapping.Region = name
			region = region.Find(name).First()
		}
		if matches := region.FindMatcher(sel).Length(); matches > g.Items {
			all[i].Score *= float64(g.Items) / float64(matches)
		}
	}
	slices.SortStableFunc(all, func(a, b Guess) int { return cmp.Compare(b.Score, a.Score) })
	return all[:min(len(all), maxGuesses)]
}

// maxTries bounds how many selectors are tried on a whole page to find one that is alone.
const maxTries = 4

// named returns a selector for n, or for the nearest element around it, that matches nothing else on the page.
func (d *page) named(n *html.Node) string {
	for tries := 0; n != nil && n.DataAtom != el.Body && tries < maxTries; n = n.Parent {
		names := []string{simpleSelector(n)}
		if id := attr(n, "id"); plainClass.MatchString(id) {
			names = []string{"#" + id, names[0]}
		}
		for _, name := range names {
			if !strings.ContainsAny(name, ".#") && n.DataAtom != el.Main {
				continue
			}
			tries++
			if sel, err := compileSelector(name); err == nil && d.all().FindMatcher(sel).Length() == 1 {
				return name
			}
		}
	}
	return ""
}

// commonTo returns the lowest element around two.
func commonTo(a, b *html.Node) *html.Node {
	around := map[*html.Node]bool{}
	for ; a != nil; a = a.Parent {
		around[a] = true
	}
	for ; b != nil && !around[b]; b = b.Parent {
	}
	return b
}

// chrome reports whether n is a part of a page that lists the site, not its items.
func chrome(n *html.Node) bool {
	switch n.DataAtom {
	case el.Nav, el.Header, el.Footer, el.Aside, el.Head, el.Form, el.Script, el.Style, el.Noscript:
		return !insideItem(n)
	}
	switch attr(n, "role") {
	case "navigation", "banner", "contentinfo", "search":
		return true
	}
	for word := range strings.FieldsSeq(strings.ToLower(attr(n, "class") + " " + attr(n, "id"))) {
		switch word {
		case "nav", "menu", "navbar", "breadcrumb", "breadcrumbs", "pager", "pagination", "sidebar", "footer", "header", "cookie-banner":
			return n.DataAtom != el.Body && n.DataAtom != el.Html && !insideItem(n)
		}
	}
	return false
}

// insideItem reports whether n stands in an article or list item: there, a header belongs to the item.
func insideItem(n *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.DataAtom == el.Article || n.DataAtom == el.Li {
			return true
		}
	}
	return false
}

// containers are the elements that an item can be.
var containers = map[el.Atom]bool{
	el.Li: true, el.Article: true, el.Div: true, el.Tr: true, el.Section: true, el.A: true, el.Dt: true, el.P: true,
	el.H2: true, el.H3: true, el.H4: true,
}

var (
	plainClass   = regexp.MustCompile(`^-?[A-Za-z_][-A-Za-z0-9_]*$`)
	countedClass = regexp.MustCompile(`\d$|^(odd|even|first|last|active|current|clearfix|row|col.*|has-.*|is-.*)$`)
)

// selectorOf names the kind of n as a selector, or returns "" when n cannot be an item.
func selectorOf(n *html.Node) string {
	if !containers[n.DataAtom] || n.Parent == nil || n.Parent.Type != html.ElementNode {
		return ""
	}
	own, around := simpleSelector(n), simpleSelector(n.Parent)
	switch {
	case strings.Contains(own, "."):
		return own
	case around == "":
		return ""
	}
	return around + " > " + own
}

// simpleSelector names an element by tag and telling classes, or "" where its tag is no name.
func simpleSelector(n *html.Node) string {
	if !plainClass.MatchString(n.Data) {
		return ""
	}
	var classes []string
	for word := range strings.FieldsSeq(attr(n, "class")) {
		if plainClass.MatchString(word) && !countedClass.MatchString(word) && len(classes) < 3 && len(word) < 60 {
			classes = append(classes, word)
		}
	}
	slices.Sort(classes)
	var name strings.Builder
	name.WriteString(n.Data)
	for _, c := range classes {
		name.WriteString("." + c)
	}
	return name.String()
}

// rate scores a kind of block: how many of its members have a link of their own, and whether they look like items.
func (d *page) rate(s *kindOfBlock) (Guess, bool) {
	seen := map[string]bool{}
	items, headed, dated, worded, letters := 0, 0, 0, 0, 0
	var titles []string
	var common *html.Node
	for _, n := range s.members {
		f := d.look(n)
		if f.url == "" || f.letters < 4 || seen[f.url] || d.work <= 0 {
			continue
		}
		seen[f.url] = true
		if common == nil {
			common = n.Parent
		}
		common = commonTo(common, n)
		items++
		letters += min(f.letters, 80)
		headed += one(f.heading)
		dated += one(f.dated)
		worded += one(f.words > f.letters+40)
		if len(titles) < shownTitles {
			titles = append(titles, f.title)
		}
	}
	if items == 0 || items == 1 && headed == 0 {
		return Guess{}, false
	}
	n := float64(items)
	score := n * min(1, float64(letters)/n/25) * (1 + float64(headed)/n + 0.8*float64(dated)/n + 0.7*float64(worded)/n)
	score *= n / float64(len(s.members)) // members that are no items speak against the kind
	if !strings.Contains(s.selector[strings.LastIndexByte(s.selector, ' ')+1:], ".") {
		score *= 0.95 // a class says more than a place
	}
	return Guess{
		Mapping: stoa.Mapping{Item: s.selector, Fields: guessedFields()},
		Items:   items, Score: score, Titles: titles, common: common,
	}, true
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// features are what tells an item from any other block.
type features struct {
	url, title     string
	letters, words int // letters of the title, characters of all
	heading, dated bool
}

var dateWord = regexp.MustCompile(`\b(19|20)\d\d\b`)

// look finds the main link of a block: the one in its heading, else the first that is long enough for a title.
func (d *page) look(n *html.Node) features {
	var f features
	links := 0
	for m := n; m != nil; m = within(n, m) {
		if m.DataAtom == el.Time {
			f.dated = true
		}
		u := d.href(m)
		if u == "" {
			continue
		}
		if links++; links > 30 {
			return features{} // a list of lists
		}
		text := d.text(m)
		inHeading := headingAround(n, m)
		if f.url == "" || inHeading && !f.heading || !f.heading && f.letters < 4 {
			f.url, f.title, f.heading = u, text, inHeading
			f.letters = countLetters(text)
		}
	}
	if f.url != "" {
		if t := d.headingIn(n); t != "" && !f.heading {
			f.title, f.heading, f.letters = t, true, countLetters(t) // the link only says "read more", or is a picture
		}
		all := d.text(n)
		f.words = countLetters(all)
		f.dated = f.dated || dateWord.MatchString(all)
	}
	return f
}

// headingIn returns the text of the first heading in a block.
func (d *page) headingIn(n *html.Node) string {
	for m := n; m != nil; m = within(n, m) {
		if isHeading(m) {
			return d.text(m)
		}
	}
	return ""
}

// headingAround reports whether m stands in a heading within n, or holds one.
func headingAround(n, m *html.Node) bool {
	for up := m; up != nil; up = up.Parent {
		if isHeading(up) {
			return true
		}
		if up == n {
			break
		}
	}
	for c := m; c != nil; c = within(m, c) {
		if isHeading(c) {
			return true
		}
	}
	return false
}

func isHeading(n *html.Node) bool {
	switch n.DataAtom {
	case el.H1, el.H2, el.H3, el.H4, el.H5, el.H6:
		return true
	}
	return false
}

func countLetters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}
