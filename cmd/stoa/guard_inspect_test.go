package main

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// inspection looks at answers. Faults are what no answer may have; shapes are what it is made of (elements with their attributes, properties,
// names of headers), to be compared with those of a harmless twin, each with an address that has it.
type inspection struct {
	faults []string
	shapes map[string]string
}

func newInspection() *inspection { return &inspection{shapes: map[string]string{}} }

func (in *inspection) fault(path, format string, args ...any) {
	if len(in.faults) < 50 {
		in.faults = append(in.faults, path+": "+fmt.Sprintf(format, args...))
	}
}

func (in *inspection) shape(path, format string, args ...any) {
	if s := fmt.Sprintf(format, args...); in.shapes[s] == "" {
		in.shapes[s] = path
	}
}

// look inspects one answer by its type.
func (in *inspection) look(path string, a answer) {
	if a.status >= 500 || a.status == http.StatusBadRequest || a.status == http.StatusUnauthorized {
		in.fault(path, "answered %d: %.300s", a.status, a.body)
	}
	for name, values := range a.header {
		in.shape(path, "header %s × %d", name, len(values))
		if joined := strings.Join(values, "\n"); strings.Contains(joined, "crlf=") && name != "Link" && name != "Location" {
			in.fault(path, "header %s: %q", name, joined)
		}
	}
	if !utf8.ValidString(a.body) {
		in.fault(path, "is no UTF-8")
	}
	if i := strings.IndexFunc(a.body, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0xfffe }); i >= 0 {
		in.fault(path, "has a control character: %q", a.body[max(0, i-40):min(len(a.body), i+40)])
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	switch {
	case a.body == "":
	case kind == "text/html":
		in.page(path, a.body)
	case strings.HasSuffix(path, ".jsonl"):
		for line := range strings.Lines(a.body) {
			in.object(path, line)
		}
	case strings.HasSuffix(kind, "json"):
		in.object(path, a.body)
	case kind == "application/x-research-info-systems":
		in.citation(path, a.body)
	case kind == "application/x-bibtex":
		in.bibliography(path, a.body)
	case strings.HasSuffix(kind, "xml"):
		in.xml(path, a.body)
	case kind == "text/csv":
		in.table(path, a.body)
	case kind == "text/calendar":
		in.calendar(path, a.body)
	case kind == "text/plain", kind == "text/css":
	default:
		in.fault(path, "is of type %q", kind)
	}
}

// quiet are attributes that depend on the words themselves: their language and direction, and what they say.
var quiet = []string{"lang", "dir", "title", "aria-label", "hreflang"}

// page inspects markup.
func (in *inspection) page(path, body string) {
	void := []string{"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
	var stack []string
	roots := 0
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := z.Next()
		t := z.Token()
		switch kind {
		case html.ErrorToken:
			if z.Err() != io.EOF || len(stack) > 0 || roots > 1 {
				in.fault(path, "unbalanced: %v %v, %d roots", z.Err(), stack, roots)
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			if t.Data == "html" {
				roots++
			}
			in.element(path, t.Data, t.Attr)
			if kind == html.StartTagToken && !slices.Contains(void, t.Data) {
				stack = append(stack, t.Data)
			}
		case html.EndTagToken:
			if len(stack) == 0 || stack[len(stack)-1] != t.Data {
				in.fault(path, "unbalanced: </%s> in %v", t.Data, stack)
				return
			}
			stack = stack[:len(stack)-1]
		case html.TextToken:
			if len(stack) > 0 && stack[len(stack)-1] == "script" {
				in.data(path, t.Data)
			}
		case html.CommentToken:
			in.shape(path, "comment")
		}
	}
}

// element inspects one element of a page.
func (in *inspection) element(path, name string, attrs []html.Attribute) {
	var names []string
	for _, a := range attrs {
		if !slices.Contains(quiet, a.Key) {
			names = append(names, a.Key)
		}
		switch {
		case strings.HasPrefix(a.Key, "on"), a.Key == "srcdoc", a.Key == "style":
			in.fault(path, "active: <%s %s=%q>", name, a.Key, a.Val)
		case slices.Contains([]string{"href", "src", "action", "formaction", "cite", "data", "poster", "xlink:href"}, a.Key):
			in.address(path, a.Val, name == "link" || name == "img")
		case a.Key == "http-equiv":
			in.fault(path, "active: <%s %s=%q>", name, a.Key, a.Val)
		}
	}
	slices.Sort(names)
	in.shape(path, "<%s %s>", name, strings.Join(names, " "))
	if name == "script" {
		in.script(path, attrs)
	}
	if slices.Contains([]string{"iframe", "object", "embed", "base", "frame", "applet", "style", "math", "video", "audio"}, name) {
		in.fault(path, "active: <%s>", name)
	}
}

// script inspects a script: it is the desk's own file, or data that no browser runs.
func (in *inspection) script(path string, attrs []html.Attribute) {
	of := map[string]string{}
	for _, a := range attrs {
		of[a.Key] = a.Val
	}
	own := strings.HasPrefix(path, "/curate/") && len(of) == 2 && regexp.MustCompile(`^/assets/desk\.[0-9a-z]+\.js$`).MatchString(of["src"])
	_, deferred := of["defer"]
	if !(own && deferred) && !(len(of) == 1 && of["type"] == "application/ld+json") {
		in.fault(path, "active: <script> with %v", attrs)
	}
}

// data inspects what stands in a script: JSON, in which nothing could end it.
func (in *inspection) data(path, text string) {
	if strings.ContainsAny(text, "<>") {
		in.fault(path, "active: markup in data: %.100q", text)
	}
	in.object(path, text)
}

// address inspects what a link leads to.
func (in *inspection) address(path, raw string, data bool) {
	plain := strings.TrimLeftFunc(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(raw), func(r rune) bool { return r <= ' ' }) // as browsers read it
	m := scheme.FindStringSubmatch(strings.ToLower(plain))
	if m != nil && !slices.Contains([]string{"http", "https", "mailto"}, m[1]) && !(data && m[1] == "data") {
		in.fault(path, "leads to %q", raw)
	}
}

// object inspects JSON: members that hold addresses or markup.
func (in *inspection) object(path, body string) {
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		in.fault(path, "is no JSON: %v", err)
		return
	}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				walk(k, e)
			}
		case []any:
			for _, e := range v {
				walk(name, e)
			}
		case string:
			switch {
			case name == "url" || name == "external_url" || strings.HasSuffix(name, "_page_url") || name == "@id" || name == "image":
				in.address(path, v, false)
			case strings.HasSuffix(name, "_html"):
				in.page(path, v)
			}
		}
	}
	walk("", v)
}

// xml inspects feeds and sitemaps: well-formed to the letter, markup in them included.
func (in *inspection) xml(path, body string) {
	d := xml.NewDecoder(strings.NewReader(body))
	markup := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			in.fault(path, "is not well-formed: %v", err)
			return
		}
		switch x := token.(type) {
		case xml.StartElement:
			markup = x.Name.Space == "http://purl.org/rss/1.0/modules/content/" || x.Name.Local == "description"
			var names []string
			for _, a := range x.Attr {
				names = append(names, a.Name.Local)
				if a.Name.Local == "href" || a.Name.Local == "src" || a.Name.Local == "url" {
					in.address(path, a.Value, false)
				}
				markup = markup || a.Name.Local == "type" && a.Value == "html"
			}
			slices.Sort(names)
			in.shape(path, "xml %s %s", x.Name.Local, strings.Join(names, " "))
		case xml.EndElement:
			markup = false
		case xml.CharData:
			if markup {
				in.page(path, string(x))
			}
		case xml.Comment, xml.Directive:
			in.shape(path, "xml %T", x)
		}
	}
}

// table inspects CSV: every row has every cell, and none is a formula.
func (in *inspection) table(path, body string) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		in.fault(path, "%d rows: %v", len(rows), err)
	}
	for _, row := range rows {
		in.shape(path, "csv of %d", len(row))
		for _, cell := range row {
			if strings.IndexAny(strings.TrimLeft(cell, " "), "=+-@\t\r\n") == 0 {
				in.fault(path, "a cell begins as a formula: %q", cell)
			}
		}
	}
	for i, row := range rows[min(1, len(rows)):] {
		if len(row) > 1 && !recordID.MatchString(row[0]) {
			in.fault(path, "row %d begins with %q", i+2, row[0])
		}
	}
}

var (
	recordID = regexp.MustCompile(`^[0-9a-z]{20,}$|^[0-9]+$`) // of a record, or the number of a decision
	tagged   = regexp.MustCompile(`^[A-Z][A-Z0-9]  - `)
	property = regexp.MustCompile(`^([A-Z-]+)[;:]`)
	scheme   = regexp.MustCompile(`^([a-z][a-z0-9+.-]*):`)
)

// citation inspects RIS: one reference, each line of which begins with a tag.
func (in *inspection) citation(path, body string) {
	for line := range strings.Lines(body) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !tagged.MatchString(line+" ") {
			in.fault(path, "a line without a tag: %q", line)
		}
	}
	if strings.Count(body, "TY  - ") != 1 || strings.Count("\n"+body, "\nER  -") != 1 {
		in.fault(path, "is not one reference: %q", body)
	}
}

// bibliography inspects BibTeX: one entry, whose braces are balanced.
func (in *inspection) bibliography(path, body string) {
	open, entries, at := 0, 0, byte(0)
	for i := range len(body) {
		switch c := body[i]; {
		case at == '\\':
			at = 0
			continue
		case c == '{':
			open++
		case c == '}':
			if open--; open == 0 {
				entries++
			}
		case c == '@' && open == 0:
			in.shape(path, "entry")
		}
		at = body[i]
	}
	if open != 0 || entries != 1 {
		in.fault(path, "%d entries, %d braces left open: %q", entries, open, body)
	}
}

// calendar inspects iCalendar: lines of known properties, folded at 75 octets, components within one another.
func (in *inspection) calendar(path, body string) {
	if strings.Count(body, "\n") != strings.Count(body, "\r\n") || strings.Count(body, "\r") != strings.Count(body, "\r\n") {
		in.fault(path, "has bare line ends")
	}
	var stack []string
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			in.fault(path, "line of %d octets: %q", len(line), line)
		}
		if strings.HasPrefix(line, " ") {
			continue
		}
		m := property.FindStringSubmatch(line)
		if m == nil {
			in.fault(path, "line %q", line)
			continue
		}
		in.shape(path, "ics %s", m[1])
		_, value, _ := strings.Cut(line, ":")
		switch m[1] {
		case "BEGIN":
			stack = append(stack, value)
		case "END":
			if len(stack) == 0 || stack[len(stack)-1] != value {
				in.fault(path, "END:%s in %v", value, stack)
				return
			}
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) > 0 {
		in.fault(path, "not ended: %v", stack)
	}
}

// links returns the addresses that a page leads to.
func links(a answer) []string {
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		return nil
	}
	found := map[string]bool{}
	for z := html.NewTokenizer(strings.NewReader(a.body)); z.Next() != html.ErrorToken; {
		t := z.Token()
		for _, attr := range t.Attr {
			if attr.Key == "href" && (t.Data == "a" || t.Data == "link") {
				found[attr.Val] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
