package decode

import (
	"strconv"
	"strings"
)

// feedRuleKind says what of an element is handed on.
type feedRuleKind uint8

const (
	asNothing feedRuleKind = iota // nothing, nor of what is within
	asText                        // its text
	asMarkup                      // its text, or what it holds in elements, as markup
	asPerson                      // its text, or the name and address in it
	asBeside                      // its attributes; what is within counts as standing beside it
	asNested                      // what is within, as within
)

// feedRule is how one element is handed to gofeed.
type feedRule struct {
	kind    feedRuleKind
	attrs   string // its attributes that matter, between blanks
	address bool   // its text is an address
	as      string // another name
	native  bool   // gofeed has a field for it, which holds one value: further ones go beside it
}

// rewriter turns parts of a surveyed document into a small, sound one for gofeed. Instead of every value it writes the
// value's number, so that gofeed sees the structure and never the text: it can neither change an id or a link, nor
// spend time on a megabyte of markup.
type rewriter struct {
	doc   *document
	out   []byte
	texts []string
	given map[string]bool // native elements that this item has already

	mapping feedMapping
}

// reset begins a new document.
func (w *rewriter) reset() {
	w.out, w.texts = w.out[:0], w.texts[:0]
}

// number keeps a value and returns what stands for it. The value is copied: it must not keep the whole feed in memory.
func (w *rewriter) number(value string) string {
	w.texts = append(w.texts, strings.Clone(value))
	return strconv.Itoa(len(w.texts) - 1)
}

// text returns the value that a number of gofeed's stands for, and gofeed's own words as they are.
func (w *rewriter) text(number string) string {
	if number == "" || number[0] < '0' || number[0] > '9' {
		return number
	}
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(w.texts) {
		return ""
	}
	return w.texts[i]
}

func (w *rewriter) write(parts ...string) {
	for _, p := range parts {
		w.out = append(w.out, p...)
	}
}

// item writes one item under the given name.
func (w *rewriter) item(sp span, rules map[string]feedRule, name string) {
	scan := newScanner(w.doc.src, int(sp.from), int(sp.to))
	var t token
	if !scan.next(&t) {
		return
	}
	inner := sp.scope.enter(t.attrs, &w.doc.entities)
	w.given = map[string]bool{}
	w.write("<", name, ">")
	w.about(&t, inner)
	w.children(t.end, int(sp.to), inner, rules)
	w.write("</", name, ">")
}

// about writes what the tag of an item or channel itself says.
func (w *rewriter) about(t *token, sc *scope) {
	for a, rest := nextAttribute(t.attrs); a.name != ""; a, rest = nextAttribute(rest) {
		value := strings.TrimSpace(w.doc.entities.decode(a.value))
		switch name := sc.canonical(a.name); name {
		case "rdf:about", "about", "rdf:resource":
			w.element("x:about", value)
		case "href": // CDF
			w.element("x:href", absolute(value, sc.base))
		case "lastmod":
			w.element("x:lastmod", value)
		}
	}
	if sc.lang != "" {
		w.element("x:lang", sc.lang)
	}
}

// element writes a whole element, unless its text is empty.
func (w *rewriter) element(name, text string) {
	if text != "" {
		w.write("<", name, ">", w.number(text), "</", name, ">")
	}
}

// children writes what stands directly in an item. Unknown elements are left out with all that they hold, so that
// nobody takes an image's title for the item's.
func (w *rewriter) children(from, to int, outer *scope, rules map[string]feedRule) {
	scan := newScanner(w.doc.src, from, to)
	unclosed := map[string]bool{}
	var t token
	for count := 0; scan.next(&t); {
		if t.kind != startToken {
			continue
		}
		if count++; count > maxChildren {
			w.doc.warn("an item with more than %d elements: the rest of it was left out", maxChildren)
			return
		}
		sc := outer.enter(t.attrs, &w.doc.entities)
		name := sc.canonical(t.text)
		r := rules[name]
		if r.kind == asBeside {
			w.open(name, &t, sc, r)
			w.write("</", r.name(name), ">")
			w.mapped(name, &t, t.end)
			continue
		}
		end := t.end
		if !t.closed && !isVoid(t.text) {
			end = w.within(scan, &t, sc, rules, unclosed)
		}
		w.mapped(name, &t, end)
		if r.kind != asNothing {
			w.child(name, r, &t, end, sc)
		}
	}
}

// within moves the scanner past an element and returns where what it holds ends. An element that is never closed
// holds what stands before the next one that the rules know.
func (w *rewriter) within(scan *scanner, t *token, sc *scope, rules map[string]feedRule, unclosed map[string]bool) int {
	if !unclosed[t.text] {
		ahead := *scan
		if end, ok := closing(&ahead, t.text); ok {
			*scan = ahead
			return end
		}
		unclosed[t.text] = true
	}
	if rules[sc.canonical(t.text)].kind == asNothing {
		return t.end
	}
	ahead := *scan
	var next token
	for ahead.next(&next) {
		if next.kind == startToken && rules[sc.canonical(next.text)].kind != asNothing {
			break
		}
		*scan = ahead
	}
	return scan.pos
}

// closing reads to the end tag that closes an element of the given name and returns where it begins.
func closing(scan *scanner, name string) (end int, ok bool) {
	depth := 0
	var t token
	for scan.next(&t) {
		switch {
		case t.kind == cdataToken && t.cut:
			if i := strings.Index(t.text, "</"+name); i >= 0 {
				scan.pos = t.start + len(cdataOpen) + i // as the survey has it
			}
		case t.kind == startToken && !t.closed && t.text == name:
			depth++
		case t.kind == endToken && strings.EqualFold(t.text, name):
			if depth == 0 {
				return t.start, true
			}
			depth--
		}
	}
	return 0, false
}

func (r feedRule) name(canonical string) string {
	if r.as != "" {
		return r.as
	}
	return canonical
}

// open writes the start tag of an element with the attributes that matter.
func (w *rewriter) open(name string, t *token, sc *scope, r feedRule) {
	w.write("<", r.name(name))
	w.attributes(t, sc, r)
	w.write(">")
}

// attributes writes the attributes that matter and reports whether one of them is an address.
func (w *rewriter) attributes(t *token, sc *scope, r feedRule) (addressed bool) {
	if r.attrs == "" {
		return false
	}
	seen := map[string]bool{}
	for a, rest := nextAttribute(t.attrs); a.name != ""; a, rest = nextAttribute(rest) {
		name := strings.ToLower(a.name)
		if strings.Contains(r.attrs, " "+name+" ") && !seen[name] {
			seen[name] = true
			addressed = w.attribute(name, a, sc) || addressed
		}
	}
	return addressed
}

func (w *rewriter) attribute(name string, a attribute, sc *scope) (addressed bool) {
	value := strings.TrimSpace(w.doc.entities.decode(a.value))
	switch name {
	case "href", "url", "src", "rdf:resource":
		value, addressed = absolute(value, sc.base), true
	case "rel": // RFC 4287 section 4.2.7.2 has both forms
		value = strings.TrimPrefix(strings.ToLower(value), "http://www.iana.org/assignments/relation/")
	case "ispermalink":
		name, value = "isPermaLink", strings.ToLower(value)
	}
	if name == "rdf:resource" {
		name = "href"
	}
	w.write(" ", name, `="`, w.number(value), `"`)
	return addressed
}

// child writes one element by its rule.
func (w *rewriter) child(name string, r feedRule, t *token, end int, sc *scope) {
	if r.kind == asNested {
		given := w.given
		w.given = map[string]bool{}
		w.open(name, t, sc, r)
		w.children(t.end, end, sc, nestedRules)
		w.write("</", r.name(name), ">")
		w.given = given
		return
	}
	var value string
	switch r.kind {
	case asMarkup:
		value = w.markup(t, end)
	case asPerson:
		value = w.person(t.end, end, sc)
	default:
		value = w.plain(t.end, end)
	}
	if value != "" && (r.address || r.as == "x:id" && isRelativePath(value)) {
		value = absolute(value, sc.base)
	}
	if value == "" && r.attrs == "" {
		return
	}
	if name == "guid" && !isWeb(value) && (strings.HasPrefix(value, "/") || saysLink(t.attrs)) {
		w.element("x:guidlink", absolute(value, sc.base))
	}
	if out := r.name(name); r.native && value != "" {
		if w.given[out] {
			r = feedRule{as: "x:" + localName(out)}
		}
		w.given[out] = true
	}
	w.write("<", r.name(name))
	if addressed := w.attributes(t, sc, r); r.address && r.attrs != "" {
		if !addressed && value != "" {
			w.write(` href="`, w.number(value), `"`) // a link that stands as text
		}
		value = ""
	}
	w.write(">")
	if value != "" {
		w.write(w.number(value))
	}
	w.write("</", r.name(name), ">")
}

// saysLink reports whether a guid's own words make it a link; gofeed takes those that say nothing for links too.
func saysLink(attrs string) bool {
	for a, rest := nextAttribute(attrs); a.name != ""; a, rest = nextAttribute(rest) {
		if strings.EqualFold(a.name, "isPermaLink") {
			return strings.EqualFold(strings.TrimSpace(a.value), "true")
		}
	}
	return false
}

// plain returns the text of a stretch of the document, without the tags in it.
func (w *rewriter) plain(from, to int) string {
	src := w.doc.src[from:to]
	if strings.IndexByte(src, '<') < 0 {
		return strings.TrimSpace(w.doc.entities.decode(src))
	}
	var b strings.Builder
	scan := newScanner(w.doc.src, from, to)
	var t token
	for scan.next(&t) {
		switch t.kind {
		case textToken:
			b.WriteString(w.doc.entities.decode(t.text))
		case cdataToken:
			b.WriteString(cleanText(t.text))
		}
	}
	return strings.TrimSpace(b.String())
}

// person returns a person as "name <address>" where elements tell the two apart, else the text.
func (w *rewriter) person(from, to int, outer *scope) string {
	parts := map[string]string{}
	scan := newScanner(w.doc.src, from, to)
	var t token
	for scan.next(&t) {
		if t.kind != startToken || t.closed {
			continue
		}
		sc := outer.enter(t.attrs, &w.doc.entities)
		_, local, ok := strings.Cut(sc.canonical(t.text), ":")
		if !ok {
			local = sc.canonical(t.text)
		}
		if end, closed := closing(scan, t.text); closed && parts[local] == "" && len(parts) < 16 {
			parts[local] = w.plain(t.end, end)
		}
	}
	name, mail := parts["name"], strings.TrimPrefix(parts["email"], "mailto:")
	switch {
	case name == "" && mail == "":
		return w.plain(from, to)
	case mail == "":
		return name
	}
	return strings.TrimSpace(name + " <" + mail + ">")
}

// isRelativePath reports whether an id is half an address: Atom wants whole ones, and what some feeds write is only
// an id together with where they stand. Anything else stays exactly as sent.
func isRelativePath(id string) bool {
	i := strings.IndexAny(id, "/: \t\n")
	return i >= 0 && id[i] == '/' && !strings.ContainsAny(id, " \t\n")
}
