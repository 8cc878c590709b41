package decode

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// Bounds of one page of markup. The parser itself refuses elements nested deeper than 512.
const (
	maxElements = 300_000   // start tags; what follows is cut off and the page counts as truncated
	maxSiblings = 30_000    // elements in one; selectors that look at siblings are quadratic in them
	maxAttrs    = 64        // attributes of one element
	maxRoots    = 2         // <html> and <body> tags; each further one would merge its attributes into the first
	maxField    = 64 << 10  // bytes of one field's text
	maxProse    = 256 << 10 // bytes of one field's markup
)

// workOf bounds the bytes of text taken out of a page, over all items: several times what it holds.
func workOf(body int) int { return 4<<20 + 8*body }

// page is a parsed page of markup.
type page struct {
	root      *html.Node
	url       string // the page's own
	base      string // where relative addresses start
	language  string
	truncated bool
	work      int // bytes of text that may still be taken out
}

// alias stands before the names of formatting elements while they are parsed. The parser reopens formatting elements
// that were left open in each following block, and so turns 10 MB into gigabytes; elements it does not know it only
// nests and closes.
const alias = "x-stoa-"

var formatting = map[string]bool{
	"b": true, "big": true, "code": true, "em": true, "font": true, "i": true, "nobr": true, "s": true, "small": true,
	"strike": true, "strong": true, "tt": true, "u": true,
}

// parseMarkup reads a page of markup, in any charset, within bounds.
func parseMarkup(p Page) (*page, error) {
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), htmlText)
	body, cut := tame(text)
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		if strings.Contains(err.Error(), "512") {
			return nil, fmt.Errorf("%w: %w", ErrTooDeep, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	doc := &page{root: root, url: p.URL, base: p.URL, truncated: cut, work: workOf(len(p.Body))}
	doc.settle(p)
	return doc, nil
}

// tame rewrites markup so that the parser's tree stays in proportion to it. It reports whether tags were cut off.
func tame(text string) ([]byte, bool) {
	z := html.NewTokenizer(strings.NewReader(text))
	var out bytes.Buffer
	out.Grow(len(text) + len(text)/16)
	tags, roots := 0, map[string]int{}
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case html.ErrorToken:
			return out.Bytes(), false
		case html.StartTagToken, html.SelfClosingTagToken:
			if tags++; tags > maxElements {
				return out.Bytes(), true
			}
			tag := bytes.Clone(raw)
			name, _ := z.TagName()
			word := string(name)
			if word == "html" || word == "body" {
				if roots[word]++; roots[word] > maxRoots {
					continue
				}
			}
			if len(tag) > 4*maxAttrs {
				tag = fewer(z, word, tag)
			}
			out.Write(tag[:1])
			if formatting[word] {
				out.WriteString(alias)
			}
			out.Write(tag[1:])
		case html.EndTagToken:
			name, _ := z.TagName()
			if formatting[string(name)] {
				fmt.Fprintf(&out, "</%s%s>", alias, name)
				continue
			}
			fmt.Fprintf(&out, "</%s>", name)
		case html.CommentToken: // nobody reads them, and each would be a node
		default:
			out.Write(raw)
		}
	}
}

// fewer drops the attributes of a tag beyond the bound.
func fewer(z *html.Tokenizer, name string, raw []byte) []byte {
	var kept []html.Attribute
	n := 0
	for {
		k, v, more := z.TagAttr()
		if n++; n <= maxAttrs {
			kept = append(kept, html.Attribute{Key: string(k), Val: string(v)})
		}
		if !more {
			break
		}
	}
	if n <= maxAttrs {
		return raw
	}
	return []byte(html.Token{Type: html.StartTagToken, Data: name, Attr: kept}.String())
}

// settle gives formatting elements their names back, drops what scripts would fill in, and finds base and language.
func (d *page) settle(p Page) {
	based, siblings := false, map[*html.Node]int{}
	for n := d.root; n != nil; {
		next := following(n)
		if n.Type == html.ElementNode {
			if siblings[n.Parent]++; siblings[n.Parent] > maxSiblings {
				next = after(n)
				n.Parent.RemoveChild(n)
				d.truncated = true
				n = next
				continue
			}
			if name, ok := strings.CutPrefix(n.Data, alias); ok {
				n.Data, n.DataAtom = name, el.Lookup([]byte(name))
			}
			switch n.DataAtom {
			case el.Template:
				next = after(n)
				n.Parent.RemoveChild(n)
			case el.Base:
				if href := attr(n, "href"); href != "" && !based {
					based = true
					d.base = first(absolute(href, p.URL), d.base)
				}
			case el.Html:
				d.language = attr(n, "lang")
			}
		}
		n = next
	}
	if d.language == "" && p.Header != nil {
		if tag := p.Header.Get("Content-Language"); !strings.Contains(tag, ",") {
			d.language = tag
		}
	}
}

// following returns the node after n in document order, its children first.
func following(n *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	return after(n)
}

// after returns the node after n and all that it holds.
func after(n *html.Node) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.NextSibling != nil {
			return n.NextSibling
		}
	}
	return nil
}

// attr returns an attribute's value, trimmed.
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// head is what a page says of itself.
func (d *page) head() stoa.Head {
	h := stoa.Head{Language: d.language}
	for n := d.root; n != nil; n = following(n) {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.DataAtom {
		case el.Title:
			if h.Title == "" && n.Namespace == "" {
				h.Title = d.text(n)
			}
		case el.Link:
			if strings.EqualFold(attr(n, "rel"), "canonical") && h.URL == "" {
				h.URL = absolute(attr(n, "href"), d.base)
			}
		case el.Meta:
			if strings.EqualFold(attr(n, "name"), "description") && h.Summary == "" {
				h.Summary = fold(attr(n, "content"))
			}
		case el.Body:
			return h
		}
	}
	return h
}
