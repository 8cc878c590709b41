package decode

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"
)

// maxLabel is the length in characters up to which a text can be a label.
const maxLabel = 80

// pair is a label and what stands beside it.
type pair struct {
	label  string // folded by labelForm
	values []string
	links  []string
	list   bool // the values are a list, not the lines of one text
}

// joined returns the values of a list, or the lines of a text as one value.
func (p pair) joined(field string) []string {
	if p.list || field == "when" || len(p.values) == 1 {
		return p.values
	}
	if field != "content" && field != "summary" && !slices.ContainsFunc(p.values, sentence) {
		return p.values
	}
	gap := " "
	if field == "content" || field == "summary" {
		gap = "\n"
	}
	return []string{strings.Join(p.values, gap)}
}

// sentence reports whether a line is part of a text, not an entry of a list.
func sentence(line string) bool {
	return len(line) > 2*maxLabel || strings.HasSuffix(line, ".") || strings.HasSuffix(line, "。")
}

// labelForm brings labels to one form: "Beneficiary countries:" and "BENEFICIARY  COUNTRIES" are the same.
func labelForm(s string) string {
	return strings.ToLower(strings.TrimRight(fold(s), ":： *"))
}

// cell kinds.
type cellKind int

const (
	plain   cellKind = iota
	term             // dt: its value is the dd that follow
	header           // th, or a td that reads like a label: its value is the rest of its row
	heading          // h1 to h6: its value runs to the next heading that is not below it
	inline           // strong, label, an element with a known label: its value is the rest of its line or box, or the next line
)

// cell is one line of a page as a reader sees it, or one label.
type cell struct {
	kind  cellKind
	text  string
	level int        // of a heading
	block *html.Node // nearest block around it
	line  int        // number of the line
	dl    *html.Node // nearest list of terms around it
	tr    *html.Node // nearest row around it
	box   *html.Node // inline: the element around the label element
	form  el.Atom    // inline: the sort of block in which the label stands first
	item  bool       // one of a list
	known bool
	links []string
}

// pairs returns all labels in n with their values. Where a known label begins, the value before it ends; so an empty
// value is empty, and not the next label.
func (d *page) pairs(n *html.Node, known map[string]bool) []pair {
	s := liner{doc: d, known: known}
	var out []pair
	if n.DataAtom == el.Tr {
		out = s.columns(n)
	}
	s.walk(n)
	s.flush()
	for i, c := range s.cells {
		if c.kind == plain {
			continue
		}
		p := pair{label: labelForm(c.text)}
		for _, v := range s.valueOf(i) {
			p.values = append(p.values, v.text)
			p.links = append(p.links, v.links...)
			p.list = p.list || v.item
		}
		p.links = append(p.links, c.links...)
		out = append(out, p)
	}
	return out
}

// liner turns a part of a page into cells.
type liner struct {
	doc   *page
	known map[string]bool
	cells []cell
	buf   strings.Builder
	links []string
	at    cell // where the liner stands: block, line, dl, tr, item
}

// flush ends a line.
func (s *liner) flush() {
	text := fold(s.buf.String())
	s.doc.work -= s.buf.Len()
	s.buf.Reset()
	links := s.links
	s.links = nil
	s.at.line++
	if text == "" && len(links) == 0 || s.doc.work <= 0 {
		return
	}
	c := s.at
	c.line--
	for _, part := range s.parts(text) {
		if part == "" {
			continue
		}
		label, value, ok := strings.Cut(part, ":")
		c.text, c.links = part, nil
		if ok && s.known[labelForm(label)] {
			l := c
			l.kind, l.text, l.known, l.box = inline, label, true, c.block
			s.cells = append(s.cells, l)
			if c.text = strings.TrimSpace(value); c.text == "" {
				continue
			}
		}
		s.cells = append(s.cells, c)
	}
	if len(links) == 0 {
		return
	}
	if n := len(s.cells) - 1; n >= 0 && s.cells[n].kind == plain && s.cells[n].line == c.line {
		s.cells[n].links = links
		return
	}
	c.text, c.links = "", links
	s.cells = append(s.cells, c)
}

// maxSplit is the length in bytes up to which a line is searched for labels within it.
const maxSplit = 4 << 10

// parts cuts a line before each known label with a colon: "Date: 1 May | Venue: Hall" is two.
func (s *liner) parts(line string) []string {
	line = strings.ReplaceAll(line, "：", ":")
	lower := strings.ToLower(line)
	if len(line) > maxSplit || len(lower) != len(line) || strings.Count(line, ":") < 2 {
		return []string{line}
	}
	var out []string
	from := 0
	for i := range len(line) {
		if line[i] != ':' {
			continue
		}
		if begin := s.labelBefore(lower[:i]); begin > from {
			out, from = append(out, strings.Trim(line[from:begin], " |;•")), begin
		}
	}
	return append(out, strings.Trim(line[from:], " |;•"))
}

// labelBefore returns where the longest known label begins that a text ends with, or -1.
func (s *liner) labelBefore(text string) int {
	text = strings.TrimRight(text, " ")
	best := -1
	for label := range s.known {
		rest, ok := strings.CutSuffix(text, label)
		if !ok || label == "" || rest != "" && !strings.ContainsRune(" |;•", rune(rest[len(rest)-1])) {
			continue
		}
		if best < 0 || len(rest) < best {
			best = len(rest)
		}
	}
	return best
}

func (s *liner) walk(n *html.Node) {
	if s.doc.work <= 0 {
		return
	}
	switch {
	case n.Type == html.TextNode:
		s.lines(n.Data)
		return
	case n.Type != html.ElementNode && n.Type != html.DocumentNode, unread[n.DataAtom]:
		return
	case n.DataAtom == el.Br:
		s.flush()
		return
	case n.DataAtom == el.Time && n.FirstChild == nil:
		s.buf.WriteString(" " + datetimeOf(n) + " ")
		return
	}
	if u := s.doc.href(n); u != "" {
		s.links = append(s.links, u)
	}
	if s.label(n) {
		return
	}
	if flowing[n.DataAtom] {
		s.children(n)
		return
	}
	s.flush()
	before := s.at
	s.at.block = n
	switch n.DataAtom {
	case el.Dl:
		s.at.dl = n
	case el.Tr:
		s.at.tr = n
	case el.Li, el.Dd, el.Td:
		s.at.item = true
	}
	if strings.Contains(attr(n, "class"), "field__item") {
		s.at.item = true
	}
	s.children(n)
	s.flush()
	line := s.at.line
	s.at = before
	s.at.line = line
}

func (s *liner) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.walk(c)
	}
}

// lines adds text; a literal break ends the line.
func (s *liner) lines(text string) {
	if !strings.Contains(text, "<") {
		s.buf.WriteString(text)
		return
	}
	for i, part := range literalBreak.Split(text, -1) {
		if i > 0 {
			s.flush()
		}
		s.buf.WriteString(part)
	}
}

// label adds n as a label if it is one.
func (s *liner) label(n *html.Node) bool {
	text, short := labelText(n)
	if text == "" || !short {
		return false
	}
	c := cell{text: text, known: s.known[labelForm(text)]}
	colon := strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：")
	switch n.DataAtom {
	case el.Dt:
		c.kind = term
	case el.Th:
		c.kind = header
	case el.H1, el.H2, el.H3, el.H4, el.H5, el.H6:
		c.kind, c.level = heading, int(n.Data[1]-'0')
	case el.Td:
		if !c.known && !colon {
			return false
		}
		c.kind = header
	case el.Strong, el.B, el.Em, el.I, el.U, el.Span, el.Font:
		if strings.TrimSpace(s.buf.String()) != "" || !c.known && !marked(n, text, colon) {
			return false
		}
		c.kind = inline
	case el.A:
		return false
	default:
		if !c.known && !labelClass(n) {
			return false
		}
		c.kind = inline
	}
	s.flush()
	c.block, c.line, c.dl, c.tr, c.box = s.at.block, s.at.line, s.at.dl, s.at.tr, n.Parent
	if c.form = n.DataAtom; flowing[n.DataAtom] && n.Parent != nil {
		c.form = n.Parent.DataAtom
	}
	c.links = s.links
	s.cells = append(s.cells, c)
	return true
}

// marked reports whether an element sets its text off as a label: bold or slanted, before a colon or alone in its paragraph.
func marked(n *html.Node, text string, colon bool) bool {
	if n.DataAtom == el.Span || n.DataAtom == el.Font {
		return false
	}
	if colon || colonAfter(n) {
		return true
	}
	if n.Parent == nil || n.Parent.DataAtom != el.P && n.Parent.DataAtom != el.Div {
		return false
	}
	whole, short := labelText(n.Parent)
	return short && whole == text
}

// labelClass reports whether the class of n says that it is a label.
func labelClass(n *html.Node) bool {
	if n.DataAtom == el.Label {
		return true
	}
	for word := range strings.FieldsSeq(strings.ToLower(attr(n, "class"))) {
		if word == "label" || strings.HasSuffix(word, "__label") || strings.HasSuffix(word, "-label") || word == "field-label" {
			return true
		}
	}
	return false
}

// colonAfter reports whether the text after n goes on with a colon.
func colonAfter(n *html.Node) bool {
	next := n.NextSibling
	return next != nil && next.Type == html.TextNode && strings.HasPrefix(strings.TrimSpace(next.Data), ":")
}

// labelText returns the text of n, and whether it is short enough for a label.
func labelText(n *html.Node) (string, bool) {
	var b strings.Builder
	nodes := 0
	var add func(n *html.Node) bool
	add = func(n *html.Node) bool {
		if nodes++; nodes > maxLabel {
			return false
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && unread[n.DataAtom] {
			return true
		}
		if b.Len() > 16*maxLabel {
			return false
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !add(c) {
				return false
			}
		}
		return true
	}
	if !add(n) {
		return "", false
	}
	text := fold(b.String())
	return text, len([]rune(text)) <= maxLabel
}

// labelled is a line that looks like "Label: value", whether the label is known or not.
var labelledLine = regexp.MustCompile(`^\p{Lu}[^:.!?]{0,40}:(\s|$)`)

// valueOf returns the cells that are the value of the label at i.
func (s *liner) valueOf(i int) []cell {
	l := s.cells[i]
	var out []cell
	for j := i + 1; j < len(s.cells); j++ {
		c := s.cells[j]
		if c.kind != plain && c.known || c.kind == l.kind && (l.kind != heading || c.level <= l.level) {
			break
		}
		switch l.kind {
		case term:
			if c.dl != l.dl {
				return out
			}
		case header:
			if c.tr != l.tr {
				return out
			}
		case inline:
			if c.kind != plain {
				return out
			}
			if c.line != l.line && len(out) > 0 && out[0].line == l.line {
				return out // the value stood on the label's own line
			}
			if c.line != l.line && labelledLine.MatchString(c.text) {
				return out // another label, that nobody asked for
			}
			if c.line != l.line && !inside(c.block, l.box) {
				if len(out) == 0 && !s.inLine(l) {
					return []cell{c}
				}
				return out
			}
		}
		if c.text = strings.TrimSpace(strings.TrimLeft(c.text, ":：")); c.text != "" || len(c.links) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// inLine reports whether known labels in blocks of the same sort as l's have their values on their own lines. Then one without is empty, and
// what follows it is something else.
func (s *liner) inLine(l cell) bool {
	for i, c := range s.cells[:len(s.cells)-1] {
		next := s.cells[i+1]
		if c.kind == inline && c.known && c.form == l.form && next.kind == plain && next.line == c.line {
			return true
		}
	}
	return false
}

// inside reports whether n lies in box, or is it. A whole page is no box: its lines belong to no label.
func inside(n, box *html.Node) bool {
	if box == nil || box.DataAtom == el.Body || box.DataAtom == el.Main || box.DataAtom == el.Article {
		return false
	}
	for ; n != nil; n = n.Parent {
		if n == box {
			return true
		}
	}
	return false
}

// columns pairs the cells of a row with the heads of their columns.
func (s *liner) columns(row *html.Node) []pair {
	heads := columnHeads(row)
	var out []pair
	i := 0
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != el.Td && c.DataAtom != el.Th {
			continue
		}
		if i < len(heads) && heads[i] != "" {
			p := pair{label: labelForm(heads[i]), list: true}
			for m := c; m != nil; m = within(c, m) {
				if u := s.doc.href(m); u != "" {
					p.links = append(p.links, u)
				}
			}
			if t := s.doc.text(c); t != "" {
				p.values = []string{t}
			}
			out = append(out, p)
		}
		i += reach(c)
	}
	return out
}
