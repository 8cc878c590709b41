package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"stoa/server/assets"
)

// void elements have no end.
var void = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

// active elements have no place on our pages.
var active = []string{"script", "iframe", "object", "embed", "applet", "frame", "frameset", "base", "style", "video", "audio", "img", "math", "marquee"}

// phrasing elements may stand in a paragraph.
var phrasing = []string{"a", "abbr", "b", "bdi", "br", "button", "code", "del", "em", "i", "input", "ins", "kbd", "label", "mark", "option", "path", "defs", "q", "select", "small", "span", "strong", "svg", "textarea", "time", "use"}

// children are all that may stand in an element; nil is no rule.
func children(parent string) []string {
	switch parent {
	case "ul", "ol":
		return []string{"li"}
	case "dl":
		return []string{"dt", "dd", "div"}
	case "table":
		return []string{"caption", "thead", "tbody", "tfoot", "colgroup"}
	case "thead", "tbody", "tfoot":
		return []string{"tr"}
	case "tr":
		return []string{"th", "td"}
	case "select":
		return []string{"option", "optgroup"}
	case "html":
		return []string{"head", "body"}
	case "head":
		return []string{"meta", "title", "link", "script"}
	}
	return nil
}

// required are the attributes that an element has to have, by the standard or by our own rules.
func required(name string) []string {
	switch name {
	case "a":
		return []string{"href"}
	case "time":
		return []string{"datetime"}
	case "th":
		return []string{"scope"}
	case "html":
		return []string{"lang", "dir"}
	case "link":
		return []string{"rel", "href"}
	case "option":
		return []string{"value"}
	case "form":
		return []string{"action"}
	}
	return nil
}

// faults returns what is wrong with a page: elements that are not closed in their order, doubled ids and attributes,
// blocks in paragraphs, controls without labels, references to nothing, and anything that could run.
func faults(page string) []string {
	c := checker{ids: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				c.say("%v", z.Err())
			}
			return c.finish()
		case html.StartTagToken:
			t := z.Token()
			if t.Data == "script" && len(t.Attr) == 1 && t.Attr[0].Key == "type" && t.Attr[0].Val == "application/ld+json" {
				c.data(z)
				continue
			}
			if own(t) { // the desk's script, from its own address
				if z.Next() != html.EndTagToken || z.Token().Data != "script" {
					c.say("the desk's script holds text")
				}
				continue
			}
			c.start(t, false)
		case html.SelfClosingTagToken:
			c.start(z.Token(), true)
		case html.EndTagToken:
			c.end(z.Token())
		}
	}
}

// own reports whether an element is the desk's script: a file of ours, deferred, and nothing else.
func own(t html.Token) bool {
	return t.Data == "script" && len(t.Attr) == 2 && t.Attr[0].Key == "src" && t.Attr[0].Val == assets.Path("desk.js") && t.Attr[1].Key == "defer"
}

// data looks at a block of data for machines, which is no script: JSON without anything that could end it.
func (c *checker) data(z *html.Tokenizer) {
	kind, text := z.Next(), string(z.Raw())
	if kind != html.TextToken || !json.Valid([]byte(text)) || strings.ContainsAny(text, "<>&") {
		c.say("a block of data that is none: %.60q", text)
	}
	if z.Next() != html.EndTagToken || z.Token().Data != "script" {
		c.say("a block of data is not closed")
	}
}

type checker struct {
	stack, found, controls, labels, wanted []string
	ids                                    map[string]int
	headings                               []int
}

func (c *checker) say(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *checker) start(t html.Token, closed bool) {
	if slices.Contains(active, t.Data) {
		c.say("active element <%s>", t.Data)
	}
	if slices.Contains(c.stack, "p") && !slices.Contains(phrasing, t.Data) {
		c.say("<%s> inside a paragraph", t.Data)
	}
	if len(c.stack) > 0 {
		if may := children(c.stack[len(c.stack)-1]); may != nil && !slices.Contains(may, t.Data) {
			c.say("<%s> stands in <%s>", t.Data, c.stack[len(c.stack)-1])
		}
	}
	if t.Data == "a" && slices.Contains(c.stack, "a") {
		c.say("a link inside a link")
	}
	if len(t.Data) == 2 && t.Data[0] == 'h' && t.Data[1] >= '1' && t.Data[1] <= '6' {
		c.headings = append(c.headings, int(t.Data[1]-'0'))
	}
	seen := map[string]string{}
	for _, a := range t.Attr {
		if _, twice := seen[a.Key]; twice {
			c.say("<%s> has %s twice", t.Data, a.Key)
		}
		seen[a.Key] = a.Val
		c.attribute(t.Data, a)
	}
	for _, name := range required(t.Data) {
		if _, there := seen[name]; !there {
			c.say("<%s> has no %s", t.Data, name)
		}
	}
	c.control(t.Data, seen)
	if !slices.Contains(void, t.Data) && !closed {
		c.stack = append(c.stack, t.Data)
	}
}

func (c *checker) attribute(name string, a html.Attribute) {
	value := strings.ToLower(strings.TrimSpace(a.Val))
	switch {
	case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
		c.say("<%s> has the attribute %s", name, a.Key)
	case a.Key == "id":
		c.ids[a.Val]++
	case a.Key == "aria-labelledby", a.Key == "for":
		c.wanted = append(c.wanted, a.Val)
	case a.Key == "href" || a.Key == "src" || a.Key == "action":
		if strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "vbscript:") || strings.HasPrefix(value, "data:") && name != "link" {
			c.say("<%s> leads to %.40s", name, a.Val)
		}
		if name == "a" && strings.HasPrefix(a.Val, "#") && len(a.Val) > 1 {
			c.wanted = append(c.wanted, a.Val[1:])
		}
	}
}

func (c *checker) control(name string, attrs map[string]string) {
	if name == "label" && attrs["for"] != "" {
		c.labels = append(c.labels, attrs["for"])
	}
	hidden := attrs["type"] == "hidden"
	if (name == "input" || name == "select" || name == "textarea") && !hidden && !slices.Contains(c.stack, "label") && attrs["aria-label"] == "" {
		if attrs["id"] == "" {
			c.say("<%s name=%q> has no label", name, attrs["name"])
		}
		c.controls = append(c.controls, attrs["id"])
	}
}

func (c *checker) end(t html.Token) {
	if len(c.stack) == 0 || c.stack[len(c.stack)-1] != t.Data {
		c.say("</%s> does not close %v", t.Data, c.stack)
		return
	}
	c.stack = c.stack[:len(c.stack)-1]
}

func (c *checker) finish() []string {
	if len(c.stack) > 0 {
		c.say("not closed: %v", c.stack)
	}
	for id, n := range c.ids {
		if n > 1 {
			c.say("id %q stands %d times", id, n)
		}
	}
	for _, id := range c.controls {
		if !slices.Contains(c.labels, id) {
			c.say("control %q has no label", id)
		}
	}
	for _, id := range c.wanted {
		if c.ids[id] == 0 {
			c.say("nothing has the id %q", id)
		}
	}
	if len(c.headings) > 0 && (c.headings[0] != 1 || slices.Contains(c.headings[1:], 1)) {
		c.say("headings %v: want one h1, first", c.headings)
	}
	for i := 1; i < len(c.headings); i++ {
		if c.headings[i] > c.headings[i-1]+1 {
			c.say("headings %v: a level is left out", c.headings)
		}
	}
	return c.found
}
