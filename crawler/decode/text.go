package decode

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"
)

// literalBreak is a line break that a publisher's system escaped, so that readers see the tag itself.
var literalBreak = regexp.MustCompile(`(?i)<\s*/?\s*br\s*/?\s*>`)

// unread are elements that hold no text to be read.
var unread = map[el.Atom]bool{
	el.Script: true, el.Style: true, el.Noscript: true, el.Template: true, el.Iframe: true, el.Object: true,
	el.Select: true, el.Textarea: true, el.Noframes: true, el.Svg: true,
}

// flowing are elements that do not set their content apart.
var flowing = map[el.Atom]bool{
	el.A: true, el.Abbr: true, el.B: true, el.Bdi: true, el.Bdo: true, el.Big: true, el.Cite: true,
	el.Code: true, el.Data: true, el.Del: true, el.Dfn: true, el.Em: true, el.Font: true, el.I: true,
	el.Ins: true, el.Kbd: true, el.Mark: true, el.Nobr: true, el.Q: true, el.S: true, el.Samp: true,
	el.Small: true, el.Span: true, el.Strike: true, el.Strong: true, el.Sub: true, el.Sup: true,
	el.Time: true, el.Tt: true, el.U: true, el.Var: true, el.Wbr: true, el.Label: true,
}

// text returns what a reader sees of n, on one line: blocks and breaks become spaces, an empty time element its
// datetime.
func (d *page) text(n *html.Node) string {
	var b strings.Builder
	show(&b, n)
	d.work -= b.Len()
	return cut(fold(b.String()), maxField)
}

// show writes the text below n. The parser's bound on depth bounds the recursion.
func show(b *strings.Builder, n *html.Node) {
	switch {
	case b.Len() > maxField:
		return
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
		return
	case n.Type == html.ElementNode && unread[n.DataAtom]:
		return
	case n.DataAtom == el.Time && n.FirstChild == nil:
		b.WriteString(" " + datetimeOf(n) + " ")
		return
	}
	apart := n.Type == html.ElementNode && !flowing[n.DataAtom]
	if apart {
		b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		show(b, c)
	}
	if apart {
		b.WriteByte(' ')
	}
}

// within returns the node after m in document order that still lies in n.
func within(n, m *html.Node) *html.Node {
	if m.FirstChild != nil {
		return m.FirstChild
	}
	return past(n, m)
}

// past returns the node after m and all that it holds that still lies in n.
func past(n, m *html.Node) *html.Node {
	for ; m != nil && m != n; m = m.Parent {
		if m.NextSibling != nil {
			return m.NextSibling
		}
	}
	return nil
}

// datetimeOf returns the datetime of a time element. Drupal writes a day as its noon in UTC, others as its midnight.
func datetimeOf(n *html.Node) string {
	at := attr(n, "datetime")
	for _, plain := range []string{"T12:00:00Z", "T00:00:00Z"} {
		if day, ok := strings.CutSuffix(at, plain); ok {
			return day
		}
	}
	return at
}

// prose returns what n holds as the source has it: text where there is nothing but text, else markup. A block that
// repeats the one before it word for word is left out.
func (d *page) prose(n *html.Node) string {
	if !holdsElement(n) {
		return undouble(d.text(n))
	}
	var b bytes.Buffer
	last := ""
	for c := n.FirstChild; c != nil && b.Len() < maxProse; c = c.NextSibling {
		if c.Type == html.ElementNode && unread[c.DataAtom] {
			continue
		}
		if t := d.text(c); t != "" {
			if t == last && utf8.RuneCountInString(t) >= shortestDouble {
				continue
			}
			last = t
		}
		if err := html.Render(&limited{&b, maxProse}, c); err != nil {
			break
		}
	}
	d.work -= b.Len()
	return strings.TrimSpace(strings.ToValidUTF8(cut(b.String(), maxProse), ""))
}

// limited refuses what would grow a buffer beyond its bound.
type limited struct {
	b   *bytes.Buffer
	max int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.b.Len()+len(p) > l.max {
		return 0, ErrTooLarge
	}
	return l.b.Write(p)
}

// WriteByte and WriteString spare html.Render a buffer of its own.
func (l *limited) WriteByte(c byte) error {
	_, err := l.Write([]byte{c})
	return err
}

func (l *limited) WriteString(s string) (int, error) {
	if l.b.Len()+len(s) > l.max {
		return 0, ErrTooLarge
	}
	return l.b.WriteString(s)
}

func holdsElement(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && !(c.DataAtom == el.Time && c.FirstChild == nil) {
			return true
		}
	}
	return false
}

// shortestDouble is the length in characters from which a text that stands twice is taken for a mistake. Shorter ones
// can be meant: "New York, New York".
const shortestDouble = 25

// undouble returns one half of a text that says the same thing twice.
func undouble(s string) string {
	half := len(s) / 2
	for _, gap := range []int{0, 1} {
		size := (len(s) - gap) / 2
		if size == 0 || 2*size+gap != len(s) {
			continue
		}
		a, b := s[:size], s[size+gap:]
		if a == b && strings.TrimSpace(s[size:size+gap]) == "" && utf8.RuneCountInString(s[:half]) >= shortestDouble {
			return strings.TrimSpace(a)
		}
	}
	return s
}

// fold brings text to one line: literal breaks and whitespace become single spaces.
func fold(s string) string {
	if strings.Contains(s, "<") {
		s = literalBreak.ReplaceAllString(s, " ")
	}
	return strings.Join(strings.Fields(valid(s)), " ")
}

// valid returns s without what no text holds: broken characters and control codes.
func valid(s string) string { return cleanText(strings.ToValidUTF8(s, "\uFFFD")) }

// cut shortens s to at most max bytes, at the end of a character.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}
