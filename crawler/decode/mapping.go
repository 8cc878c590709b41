package decode

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"stoa"
)

// How rules are written:
//
// In pages of markup (html, pdf-links, and every detail page) a path is a CSS selector below the item, and after "@" the
// attribute that holds the value: "h3 a@href", "@data-id"; "." is the item itself. Without attribute the value is what
// a reader sees, for url the link's address, for published and updated the datetime of a time element, for summary and
// content the markup. A label asks for what stands beside it: in a list of terms, a row, under the head of its column,
// after bold words or a colon, under a heading. With a path it is looked for there only; "@href" asks for the value's link.
//
// In JSON a path is gjson's: "data", "title.rendered", "tags.#.name". "@key" is the name under which an item stands in an
// object keyed by id; "dates[types=2|1]" is the value of one list beside the first of these words in another. Next.Link
// may be "@link", the Link header.
//
// Everywhere "a || b" takes the first that gives anything; then match, split and prefix apply in this order.

// maxRule bounds one rule of a mapping, in bytes: a selector, a path or a pattern.
const maxRule = 1000

// MappingFromYAML reads a mapping as sources.yaml has it (section 6 of the design). It reports every fault, each
// beginning "line N: ", and returns what could be read. A field is either a text, which is its path, or a mapping
// with the keys path, label, match, prefix, split and const; the empty text takes a preset's field away.
//
// Without a format, selectors and paths cannot be told apart and only what holds for both is checked; MappingFor
// checks them too.
func MappingFromYAML(node *yaml.Node) (stoa.Mapping, []error) {
	return MappingFor("", node)
}

// MappingFor is MappingFromYAML for a source of a known format: selectors and paths are compiled as well.
func MappingFor(format stoa.Format, node *yaml.Node) (stoa.Mapping, []error) {
	r := mappingReader{format: format}
	m := r.mapping(node, false)
	return m, r.errs
}

// CheckMapping compiles every rule of a mapping for a format and returns all faults, each naming its place
// ("fields.title: …"). It is for mappings that are complete: preset and own rules merged.
func CheckMapping(format stoa.Format, m stoa.Mapping) []error {
	var errs []error
	note := func(place string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", place, err))
		}
	}
	check := func(prefix string, format stoa.Format, m stoa.Mapping) {
		note(prefix+"item", checkPath(format, m.Item))
		note(prefix+"region", checkPath("html", m.Region))
		note(prefix+"next", checkNext(format, m.Next))
		for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
			note(prefix+"fields."+name, checkField(format, m.Fields[name]))
		}
		note(prefix+"status", checkField(format, m.Status))
	}
	check("", format, m)
	if m.Detail != nil {
		check("detail.", detailFormat(format), *m.Detail)
	}
	return errs
}

// detailFormat is the format in which the rules of a detail page are written. Those behind a JSON listing may be
// either, and are told apart when the page is there.
func detailFormat(listing stoa.Format) stoa.Format {
	switch listing {
	case "json", "":
		return ""
	default:
		return "html"
	}
}

func checkPath(format stoa.Format, path string) error {
	if path == "" {
		return nil
	}
	if len(path) > maxRule {
		return fmt.Errorf("a rule of %d bytes: keep it under %d", len(path), maxRule)
	}
	var err error
	switch format {
	case "html", "pdf-links", "metadata", "sitemap":
		_, err = compileWays(path)
	case "json", "wordpress", "peer":
		err = checkJSONPath(path)
	}
	return err
}

func checkField(format stoa.Format, f stoa.Field) error {
	if _, err := compileMatch(f.Match); err != nil {
		return err
	}
	return checkPath(format, f.Path)
}

func checkNext(format stoa.Format, n stoa.Next) error {
	ways := 0
	for _, set := range []bool{n.Param != "" && n.Cursor == "", n.Link != "", n.Path != "", n.Cursor != ""} {
		if set {
			ways++
		}
	}
	switch {
	case ways > 1:
		return fmt.Errorf("more than one of param, link, path and cursor: keep one (param stands beside cursor only)")
	case n.Cursor != "" && n.Param == "":
		return fmt.Errorf("cursor without param: add the query parameter in which the token is sent back")
	case n.Path != "" && !strings.Contains(n.Path, "{n}"):
		return fmt.Errorf("path %q: put {n} where the number of the page stands", n.Path)
	case n.From < 0 || n.Step < 0 || n.Size < 0 || n.Limit < 0:
		return fmt.Errorf("from, step, size and limit count up: no negative numbers")
	}
	for _, path := range []string{n.Link, n.Total, n.Cursor} {
		if path == headerLink {
			continue
		}
		if err := checkPath(format, path); err != nil {
			return err
		}
	}
	return nil
}

func compileMatch(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	if len(pattern) > maxRule {
		return nil, fmt.Errorf("pattern of %d bytes: keep it under %d", len(pattern), maxRule)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	return re, nil
}

// mappingReader reads nodes, and goes on after a fault.
type mappingReader struct {
	format stoa.Format
	errs   []error
}

func (r *mappingReader) fault(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("line %d: %s", n.Line, fmt.Sprintf(format, args...)))
}

func (r *mappingReader) check(n *yaml.Node, err error) {
	if err != nil {
		r.fault(n, "%v", err)
	}
}

// pairs calls do for each key of n, after aliases are followed.
func (r *mappingReader) pairs(n *yaml.Node, do func(k, v *yaml.Node)) {
	n = followAlias(n)
	if n.Kind != yaml.MappingNode {
		r.fault(n, "want a mapping (key: value)")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], followAlias(n.Content[i+1])
		if seen[k.Value] {
			r.fault(k, "key %q stands twice: keep one", k.Value)
			continue
		}
		seen[k.Value] = true
		do(k, v)
	}
}

func followAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func (r *mappingReader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fault(n, "want a text")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (r *mappingReader) path(n *yaml.Node, format stoa.Format) string {
	s := r.text(n)
	r.check(n, checkPath(format, s))
	return s
}

func (r *mappingReader) count(n *yaml.Node) int {
	i, err := strconv.Atoi(r.text(n))
	if err != nil || i < 0 || i > 1_000_000 {
		r.fault(n, "want a whole number from 0 to 1000000, have %q", n.Value)
		return 0
	}
	return i
}

func (r *mappingReader) list(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n)}
	}
	if n.Kind != yaml.SequenceNode {
		r.fault(n, "want a text or a list of texts")
		return nil
	}
	out := make([]string, 0, len(n.Content))
	for _, c := range n.Content {
		out = append(out, r.text(followAlias(c)))
	}
	return out
}

func (r *mappingReader) mapping(n *yaml.Node, detail bool) stoa.Mapping {
	var m stoa.Mapping
	format := r.format
	if detail {
		format = detailFormat(r.format)
	}
	r.pairs(n, func(k, v *yaml.Node) {
		switch k.Value {
		case "item":
			m.Item = r.path(v, format)
		case "fields":
			m.Fields = r.fields(v, format)
		case "next":
			m.Next = r.next(v, format)
		case "detail":
			if detail {
				r.fault(k, "a detail page has no detail of its own: remove it")
				return
			}
			d := r.mapping(v, true)
			m.Detail = &d
		case "status":
			m.Status = r.field(v, format)
		case "method":
			if m.Method = strings.ToUpper(r.text(v)); m.Method != "GET" && m.Method != "POST" {
				r.fault(v, "method %q: want GET or POST", v.Value)
			}
		case "body":
			m.Body = r.text(v)
		case "region":
			m.Region = r.path(v, "html")
		case "aliases":
			m.Aliases = map[string][]string{}
			r.pairs(v, func(k, v *yaml.Node) { m.Aliases[k.Value] = r.list(v) })
		default:
			r.fault(k, "unknown key %q: a mapping has item, fields, next, detail, status, method, body, region, aliases", k.Value)
		}
	})
	return m
}

func (r *mappingReader) fields(n *yaml.Node, format stoa.Format) map[string]stoa.Field {
	out := map[string]stoa.Field{}
	r.pairs(n, func(k, v *yaml.Node) {
		if k.Value == "" || len(k.Value) > 60 {
			r.fault(k, "want the name of a field, of at most 60 characters")
			return
		}
		out[k.Value] = r.field(v, format)
	})
	return out
}

func (r *mappingReader) field(n *yaml.Node, format stoa.Format) stoa.Field {
	if n.Kind == yaml.ScalarNode {
		return stoa.Field{Path: r.path(n, format)}
	}
	var f stoa.Field
	r.pairs(n, func(k, v *yaml.Node) {
		switch k.Value {
		case "path":
			f.Path = r.path(v, format)
		case "label":
			f.Label = r.list(v)
		case "match":
			f.Match = r.text(v)
			_, err := compileMatch(f.Match)
			r.check(v, err)
		case "prefix":
			f.Prefix = v.Value // spaces count
		case "split":
			f.Split = v.Value
		case "const":
			f.Const = r.text(v)
		default:
			r.fault(k, "unknown key %q: a field has path, label, match, prefix, split, const", k.Value)
		}
	})
	if f.IsZero() && len(n.Content) == 0 {
		r.fault(n, "want a path, a label or a const")
	}
	return f
}

func (r *mappingReader) next(n *yaml.Node, format stoa.Format) stoa.Next {
	var next stoa.Next
	r.pairs(n, func(k, v *yaml.Node) {
		switch k.Value {
		case "param":
			next.Param = r.text(v)
		case "from":
			next.From = r.count(v)
		case "step":
			next.Step = r.count(v)
		case "size":
			next.Size = r.count(v)
		case "limit":
			next.Limit = r.count(v)
		case "total":
			next.Total = r.text(v)
		case "link":
			next.Link = r.text(v)
		case "path":
			next.Path = r.text(v)
		case "cursor":
			next.Cursor = r.text(v)
		default:
			r.fault(k, "unknown key %q: next has param, from, step, size, total, link, path, cursor, limit", k.Value)
		}
	})
	r.check(n, checkNext(format, next))
	return next
}
