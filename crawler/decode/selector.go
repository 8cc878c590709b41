package decode

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// way is one path of a rule: a selector, or "" for the element itself, and the attribute that holds the value.
type way struct {
	sel  cascadia.Selector
	attr string
}

// rule is a field's rule, compiled.
type rule struct {
	name   string
	field  stoa.Field
	ways   []way
	match  *regexp.Regexp
	labels []string // folded
}

var attrForm = regexp.MustCompile(`^[A-Za-z_][-A-Za-z0-9_:.]*$`)

// compileWays reads "h3 a@href", "@data-id", ".date || time@datetime": paths in order of preference, each a selector
// and after the last "@" an attribute.
func compileWays(path string) ([]way, error) {
	var ways []way
	for one := range strings.SplitSeq(path, "||") {
		var w way
		one = strings.TrimSpace(one)
		if i := strings.LastIndexByte(one, '@'); i >= 0 && attrForm.MatchString(one[i+1:]) {
			one, w.attr = strings.TrimSpace(one[:i]), strings.ToLower(one[i+1:])
		}
		if one != "" && one != "." {
			sel, err := compileSelector(one)
			if err != nil {
				return nil, err
			}
			w.sel = sel
		}
		ways = append(ways, w)
	}
	return ways, nil
}

func compileSelector(text string) (cascadia.Selector, error) {
	if len(text) > maxRule {
		return nil, fmt.Errorf("selector of %d bytes: keep it under %d", len(text), maxRule)
	}
	sel, err := cascadia.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("selector %q: %w", text, err)
	}
	return sel, nil
}

// compileRules compiles the fields of a mapping, in order of their names, aliases as labels among them.
func compileRules(m stoa.Mapping) ([]rule, error) {
	fields := maps.Clone(m.Fields)
	for name, labels := range m.Aliases {
		if fields == nil {
			fields = map[string]stoa.Field{}
		}
		f := fields[name]
		f.Label = append(slices.Clone(f.Label), labels...)
		fields[name] = f
	}
	var rules []rule
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := fields[name]
		if f.IsZero() {
			continue // takes a preset's field away
		}
		r := rule{name: name, field: f}
		var err error
		if r.match, err = compileMatch(f.Match); err != nil {
			return nil, fmt.Errorf("fields.%s: %w: %w", name, stoa.ErrInvalid, err)
		}
		if f.Path != "" {
			if r.ways, err = compileWays(f.Path); err != nil {
				return nil, fmt.Errorf("fields.%s: %w: %w", name, stoa.ErrInvalid, err)
			}
		}
		for _, l := range f.Label {
			r.labels = append(r.labels, labelForm(l))
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// knownLabels are all labels that rules ask for: where one begins, the value of the one before ends.
func knownLabels(rules []rule) map[string]bool {
	known := map[string]bool{}
	for _, r := range rules {
		for _, l := range r.labels {
			known[l] = true
		}
	}
	return known
}

// card is one element that holds an item, with what its labels say, found when first asked.
type card struct {
	doc   *page
	sel   *goquery.Selection
	known map[string]bool
	pairs []pair
	read  bool
}

// values applies a rule to a card.
func (c *card) values(r rule) []string {
	if r.field.Const != "" {
		return []string{r.field.Const}
	}
	if len(r.labels) > 0 {
		return refine(c.labelled(r), r.match, r.field)
	}
	for _, w := range r.ways {
		if out := refine(c.way(w, r.name), r.match, r.field); len(out) > 0 {
			return out
		}
	}
	return nil
}

// labelled returns what stands beside the first label that says anything. A path without attribute narrows where
// labels are looked for; "@href" asks for the address of the value's link.
func (c *card) labelled(r rule) []string {
	pairs, wantLink := []pair(nil), r.name == "url" || r.name == "enclosures"
	if len(r.ways) == 0 || r.ways[0].sel == nil {
		pairs = c.all()
	}
	for _, w := range r.ways {
		wantLink = wantLink || w.attr == "href"
		if w.sel != nil {
			c.sel.FindMatcher(w.sel).Each(func(_ int, s *goquery.Selection) {
				pairs = append(pairs, c.doc.pairs(s.Nodes[0], c.known)...)
			})
		}
	}
	for _, label := range r.labels {
		for _, p := range pairs {
			if p.label != label {
				continue
			}
			if wantLink && len(p.links) > 0 {
				return p.links
			}
			if len(p.values) > 0 && !wantLink {
				return p.joined(r.name)
			}
		}
	}
	return nil
}

func (c *card) all() []pair {
	if !c.read {
		c.pairs, c.read = c.doc.pairs(c.sel.Nodes[0], c.known), true
	}
	return c.pairs
}

// way returns the values at one path, in the order of the document.
func (c *card) way(w way, name string) []string {
	found := c.sel
	if w.sel != nil {
		if found = c.sel.FindMatcher(w.sel); found.Length() == 0 && c.sel.IsMatcher(w.sel) {
			found = c.sel // the card is itself the link that is asked for
		}
	}
	var out []string
	for _, n := range found.Nodes {
		if v := c.doc.value(n, w.attr, name); v != "" {
			if out = append(out, v); len(out) >= maxValues || single[name] {
				break
			}
		}
	}
	return out
}

// single are the fields that take the first value only.
var single = map[string]bool{
	"title": true, "url": true, "summary": true, "published": true, "updated": true, "language": true, "key": true,
}

// value reads one element for a field.
func (d *page) value(n *html.Node, name, field string) string {
	switch {
	case d.work <= 0:
		return ""
	case name == "datetime":
		return datetimeOf(n)
	case name == "href" || name == "src":
		return absolute(attr(n, name), d.base)
	case name != "":
		return fold(attr(n, name))
	}
	switch field {
	case "url", "enclosures":
		return d.linkOf(n)
	case "published", "updated":
		if t := timeOf(n); t != "" {
			return t
		}
	case "summary", "content":
		return d.prose(n)
	case "title":
		return d.titleOf(n)
	}
	return d.text(n)
}

// titleOf returns the text of n: of a link around a whole card that of its heading, or else of its first block. Where
// there is only a picture, it is what stands for that.
func (d *page) titleOf(n *html.Node) string {
	if n.DataAtom == el.A {
		if t := first(d.headingIn(n), d.firstBlock(n)); t != "" {
			return t
		}
	}
	if t := d.text(n); t != "" {
		return t
	}
	for m := n; m != nil; m = within(n, m) {
		if t := first(attr(m, "aria-label"), attr(m, "alt"), attr(m, "title")); t != "" {
			return fold(t)
		}
	}
	return ""
}

// firstBlock returns the text of the first of several blocks in n, or "" where there are not several.
func (d *page) firstBlock(n *html.Node) string {
	var texts []string
	for c := n.FirstChild; c != nil && len(texts) < 2; c = c.NextSibling {
		if c.Type == html.ElementNode && !flowing[c.DataAtom] && !unread[c.DataAtom] {
			if t := d.text(c); t != "" {
				texts = append(texts, t)
			}
		}
	}
	if len(texts) < 2 {
		return ""
	}
	return texts[0]
}

// timeOf returns the datetime of n, or of the first time element in it: it is more exact than its words.
func timeOf(n *html.Node) string {
	for m := n; m != nil; m = within(n, m) {
		if m.DataAtom == el.Time {
			if at := datetimeOf(m); at != "" {
				return at
			}
		}
	}
	return ""
}

// linkOf returns the address of n, of the first link in it, or of the link around it.
func (d *page) linkOf(n *html.Node) string {
	for m := n; m != nil; m = within(n, m) {
		if u := d.href(m); u != "" {
			return u
		}
	}
	for m := n.Parent; m != nil; m = m.Parent {
		if u := d.href(m); u != "" {
			return u
		}
	}
	return ""
}

// href returns the address of a link that leads to a page: not to a place in this one, a script or a mailbox.
func (d *page) href(n *html.Node) string {
	if n.DataAtom != el.A && n.DataAtom != el.Area {
		return ""
	}
	raw := attr(n, "href")
	if raw == "" || strings.HasPrefix(raw, "#") {
		return ""
	}
	if u := absolute(raw, d.base); strings.HasPrefix(u, "http") {
		return u
	}
	return ""
}
