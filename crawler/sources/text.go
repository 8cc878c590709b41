package sources

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"stoa"
)

// Text writes an entry as sources.yaml has it: a file with one entry, in the order of the design and without what the
// defaults say anyway. src.Mapping holds the source's own rules; those of its preset do not have to be in it.
func Text(src stoa.Source) ([]byte, error) {
	e := table()
	e.put("id", src.ID)
	e.put("organisation", src.Organisation)
	e.put("title", src.Title)
	e.put("url", src.URL)
	e.list("alternates", src.Alternates)
	e.put("format", string(src.Format))
	e.put("preset", src.Preset)
	e.node("mapping", mappingNode(src.Mapping))
	e.put("schedule", scheduleText(src.Schedule))
	e.put("zone", src.Zone)
	if src.Delay != DefaultDelay {
		e.put("delay", src.Delay.String())
	}
	e.list("languages", src.Languages)
	e.node("pillars", weights(src.Pillars))
	e.node("kinds", weights(src.Kinds))
	e.node("include", filterNodes(src.Include))
	e.node("exclude", filterNodes(src.Exclude))
	e.list("keep_params", src.KeepParams)
	e.put("vanish_means", string(src.VanishMeans))
	if src.Trust != stoa.Probation {
		e.put("trust", string(src.Trust))
	}
	if src.Aggregator {
		e.node("aggregator", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}
	e.list("rules_off", src.RulesOff)
	e.node("limits", limitsNode(src.Limits))
	e.node("headers", texts(src.Headers))
	e.node("terms", termsNode(src))
	e.put("disabled", src.Disabled)
	root := table()
	root.node("sources", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{&e.Node}})
	out, err := yaml.Marshal(&root.Node)
	if err != nil {
		return nil, fmt.Errorf("write entry %s: %w", src.ID, err)
	}
	return out, nil
}

// tableNode is a mapping that keeps the order in which its keys are put.
type tableNode struct{ yaml.Node }

func table() *tableNode { return &tableNode{yaml.Node{Kind: yaml.MappingNode}} }

// node puts a value; an absent or empty one is left out.
func (t *tableNode) node(key string, v *yaml.Node) {
	if v == nil || v.Kind != yaml.ScalarNode && len(v.Content) == 0 {
		return
	}
	t.Content = append(t.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
}

func (t *tableNode) put(key, value string) {
	if value != "" {
		t.node(key, text(value))
	}
}

func (t *tableNode) number(key string, n int) {
	if n != 0 {
		t.node(key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(n)})
	}
}

func (t *tableNode) list(key string, values []string) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, text(v))
	}
	t.node(key, n)
}

// text is a scalar that reads back as the same text, quoted where it has to be.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

func texts(m map[string]string) *yaml.Node {
	t := table()
	for _, k := range slices.Sorted(maps.Keys(m)) {
		t.node(k, text(m[k]))
	}
	return &t.Node
}

func weights[T ~string](m map[T]float64) *yaml.Node {
	t := table()
	t.Style = yaml.FlowStyle
	for _, k := range slices.Sorted(maps.Keys(m)) {
		t.node(string(k), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: strconv.FormatFloat(m[k], 'g', -1, 64)})
	}
	return &t.Node
}

func filterNodes(filters []stoa.Filter) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, f := range filters {
		t := table()
		t.Style = yaml.FlowStyle
		t.put("field", f.Field)
		t.put("match", f.Match)
		n.Content = append(n.Content, &t.Node)
	}
	return n
}

func scheduleText(s stoa.Schedule) string {
	switch {
	case s.Cron != "":
		return s.Cron
	case s == stoa.Schedule{Min: DefaultMin, Max: DefaultMax}, s == stoa.Schedule{}:
		return ""
	case s.Min == s.Max:
		return "every " + short(s.Min)
	}
	return "adaptive " + short(s.Min) + ".." + short(s.Max)
}

// short writes a duration as a schedule has it: 7d, 12h, 90m.
func short(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return d.String()
}

func limitsNode(l stoa.Limits) *yaml.Node {
	t := table()
	t.Style = yaml.FlowStyle
	if l.Items != DefaultItems {
		t.number("items", l.Items)
	}
	if l.Body != DefaultBody {
		t.number("body", int(l.Body))
	}
	if l.Pages != DefaultPages {
		t.number("pages", l.Pages)
	}
	if l.Time != DefaultTime && l.Time != 0 {
		t.put("time", l.Time.String())
	}
	return &t.Node
}

func termsNode(src stoa.Source) *yaml.Node {
	t := table()
	t.Style = yaml.FlowStyle
	t.put("licence", src.Terms.Licence)
	if src.Terms.Excerpt != DefaultExcerpt {
		t.number("excerpt", src.Terms.Excerpt)
	}
	if src.Terms.Attribution != src.Organisation {
		t.put("attribution", src.Terms.Attribution)
	}
	return &t.Node
}

func mappingNode(m stoa.Mapping) *yaml.Node {
	t := table()
	t.put("region", m.Region)
	t.put("item", m.Item)
	fields := table()
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		fields.node(name, fieldNode(m.Fields[name]))
	}
	t.node("fields", &fields.Node)
	if !m.Status.IsZero() {
		t.node("status", fieldNode(m.Status))
	}
	t.put("method", m.Method)
	t.put("body", m.Body)
	t.node("next", nextNode(m.Next))
	aliases := table()
	for _, name := range slices.Sorted(maps.Keys(m.Aliases)) {
		aliases.list(name, m.Aliases[name])
	}
	t.node("aliases", &aliases.Node)
	if m.Detail != nil {
		t.node("detail", mappingNode(*m.Detail))
	}
	return &t.Node
}

func fieldNode(f stoa.Field) *yaml.Node {
	plain := stoa.Field{Path: f.Path}
	if len(f.Label) == 0 && f.Match == plain.Match && f.Prefix == "" && f.Split == "" && f.Const == "" {
		return text(f.Path)
	}
	t := table()
	t.Style = yaml.FlowStyle
	t.put("path", f.Path)
	t.list("label", f.Label)
	t.put("match", f.Match)
	t.put("prefix", f.Prefix)
	t.put("split", f.Split)
	t.put("const", f.Const)
	return &t.Node
}

func nextNode(n stoa.Next) *yaml.Node {
	t := table()
	t.Style = yaml.FlowStyle
	t.put("param", n.Param)
	if n.Param != "" && n.Cursor == "" || n.Path != "" {
		t.node("from", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(n.From)})
	}
	t.number("step", n.Step)
	t.number("size", n.Size)
	t.put("total", n.Total)
	t.put("link", n.Link)
	t.put("path", n.Path)
	t.put("cursor", n.Cursor)
	t.number("limit", n.Limit)
	return &t.Node
}
