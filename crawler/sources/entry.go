package sources

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"stoa"
	"stoa/crawler/decode"
	"stoa/crawler/schedule"
	"stoa/normalize/link"
)

// maxPattern bounds a pattern, in bytes; RE2 is linear in the text, but not free in the pattern.
const maxPattern = 1000

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// entry reads one element of the list, collecting faults.
type entry struct {
	file   string
	src    stoa.Source
	where  *yaml.Node // of the mapping, which is read when the format is known
	faults Faults
}

func (e *entry) fault(n *yaml.Node, format string, args ...any) {
	e.faults = append(e.faults, Fault{e.file, n.Line, fmt.Sprintf(format, args...)})
}

// keys are the keys of an entry, in the order of the design.
var keys = map[string]func(*entry, *yaml.Node){
	"id":           (*entry).id,
	"organisation": func(e *entry, n *yaml.Node) { e.src.Organisation = e.text(n) },
	"title":        func(e *entry, n *yaml.Node) { e.src.Title = e.text(n) },
	"url":          func(e *entry, n *yaml.Node) { e.src.URL = e.address(n) },
	"alternates":   (*entry).alternates,
	"format":       (*entry).format,
	"preset":       (*entry).preset,
	"mapping":      func(e *entry, n *yaml.Node) { e.where = n },
	"schedule":     (*entry).schedule,
	"cron":         (*entry).cron,
	"zone":         (*entry).zone,
	"delay":        func(e *entry, n *yaml.Node) { e.src.Delay = e.duration(n) },
	"languages":    (*entry).languages,
	"pillars":      func(e *entry, n *yaml.Node) { e.src.Pillars = priors(e, n, stoa.Pillars()) },
	"kinds":        func(e *entry, n *yaml.Node) { e.src.Kinds = priors(e, n, stoa.Kinds()) },
	"include":      func(e *entry, n *yaml.Node) { e.src.Include = e.filters(n) },
	"exclude":      func(e *entry, n *yaml.Node) { e.src.Exclude = e.filters(n) },
	"keep_params":  func(e *entry, n *yaml.Node) { e.src.KeepParams = e.list(n) },
	"vanish_means": func(e *entry, n *yaml.Node) {
		e.src.VanishMeans = oneOf(e, n, []stoa.VanishMeans{stoa.VanishClosed, stoa.VanishRemoved, stoa.VanishNothing})
	},
	"trust": func(e *entry, n *yaml.Node) {
		e.src.Trust = oneOf(e, n, []stoa.Trust{stoa.DraftSource, stoa.Rehearsed, stoa.Probation, stoa.Trusted})
	},
	"aggregator": func(e *entry, n *yaml.Node) {
		if err := n.Decode(&e.src.Aggregator); err != nil || n.Tag != "!!bool" {
			e.fault(n, "aggregator %q: want true when the source lists what others own, or leave it out", n.Value)
		}
	},
	"rules_off": (*entry).rulesOff,
	"limits":    (*entry).limits,
	"headers":   (*entry).headers,
	"terms":     (*entry).terms,
	"disabled":  func(e *entry, n *yaml.Node) { e.src.Disabled = e.text(n) },
}

func (e *entry) read(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		e.fault(n, "want an entry with keys such as id, url and format")
		return
	}
	seen := map[string]bool{}
	e.pairs(n, func(k, v *yaml.Node) {
		read, known := keys[k.Value]
		if !known {
			e.fault(k, "unknown key %q%s", k.Value, suggest(k.Value, keys))
			return
		}
		seen[k.Value] = true
		read(e, v)
	})
	if e.where != nil {
		e.mapping(e.where)
	}
	for _, must := range []string{"id", "organisation", "title", "url", "format"} {
		if !seen[must] {
			e.fault(n, "the key %q is missing: add it", must)
		}
	}
	if seen["cron"] && seen["schedule"] {
		e.fault(n, "both schedule and cron are given: keep one")
	}
	e.defaults(n)
}

// defaults fills in what the entry leaves out.
func (e *entry) defaults(n *yaml.Node) {
	s := &e.src
	if s.Preset != "" {
		preset, format, ok := decode.Preset(s.Preset)
		if ok {
			s.Mapping = decode.Merge(preset, s.Mapping)
			if s.Format != "" && format != "" && format != s.Format {
				e.fault(n, "preset %q is for format %q, the entry says %q: change one of them", s.Preset, format, s.Format)
			}
		}
	}
	if s.Schedule == (stoa.Schedule{}) {
		s.Schedule = stoa.Schedule{Min: DefaultMin, Max: DefaultMax}
	}
	if !hasKey(n, "delay") {
		s.Delay = DefaultDelay
	}
	if s.Trust == "" {
		s.Trust = stoa.Probation
	}
	if s.VanishMeans == "" {
		s.VanishMeans = stoa.VanishRemoved
		if s.Format == "feed" {
			s.VanishMeans = stoa.VanishNothing // a feed is a window
		}
	}
	fill(&s.Limits.Items, DefaultItems)
	fill(&s.Limits.Body, DefaultBody)
	fill(&s.Limits.Pages, DefaultPages)
	fill(&s.Limits.Time, DefaultTime)
	fill(&s.Terms.Excerpt, DefaultExcerpt)
	if s.Terms.Attribution == "" {
		s.Terms.Attribution = s.Organisation
	}
}

func fill[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// pairs calls do for each key of a mapping, and reports keys that stand twice.
func (e *entry) pairs(n *yaml.Node, do func(k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		e.fault(n, "want a mapping (key: value)")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if seen[k.Value] {
			e.fault(k, "key %q stands twice: keep one", k.Value)
			continue
		}
		seen[k.Value] = true
		do(k, v)
	}
}

func (e *entry) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		e.fault(n, "want a text")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (e *entry) list(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		e.fault(n, "want a list: [a, b]")
		return nil
	}
	out := make([]string, 0, len(n.Content))
	for _, c := range n.Content {
		out = append(out, e.text(c))
	}
	return out
}

func (e *entry) rulesOff(n *yaml.Node) {
	e.src.RulesOff = e.list(n)
	for i, rule := range e.src.RulesOff {
		if !slices.Contains(stoa.Rules(), rule) {
			e.fault(n.Content[i], "rule %q: want one that can be switched off, of %s", rule, strings.Join(stoa.Rules(), " "))
		}
	}
}

func (e *entry) id(n *yaml.Node) {
	e.src.ID = e.text(n)
	if !idForm.MatchString(e.src.ID) || len(e.src.ID) > 80 {
		e.fault(n, "id %q: want kebab-case, such as cybil-projects (at most 80 characters); an id is for ever", e.src.ID)
	}
}

func (e *entry) address(n *yaml.Node) string {
	raw := e.text(n)
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		e.fault(n, "address %q: %v", raw, err)
	case u.Scheme != "http" && u.Scheme != "https":
		e.fault(n, "address %q: want http:// or https://", raw)
	case u.Host == "":
		e.fault(n, "address %q has no host", raw)
	case u.User != nil:
		e.fault(n, "address %q carries a password: put credentials under headers", u.Redacted())
	default:
		if _, err := link.Parse(raw, ""); err != nil {
			e.fault(n, "address %q: %v", raw, err)
		}
	}
	return raw
}

func (e *entry) alternates(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		e.fault(n, "want a list of addresses")
		return
	}
	for _, c := range n.Content {
		e.src.Alternates = append(e.src.Alternates, e.address(c))
	}
}

func (e *entry) format(n *yaml.Node) { e.src.Format = oneOf(e, n, stoa.Formats()) }

func (e *entry) preset(n *yaml.Node) {
	e.src.Preset = e.text(n)
	if _, _, ok := decode.Preset(e.src.Preset); !ok {
		e.fault(n, "unknown preset %q: have %s", e.src.Preset, strings.Join(decode.Presets(), ", "))
	}
}

func (e *entry) mapping(n *yaml.Node) {
	m, errs := decode.MappingFor(e.src.Format, n)
	for _, err := range errs {
		line, text := yamlError(err)
		if line == 1 {
			line = n.Line
		}
		e.faults = append(e.faults, Fault{e.file, line, text})
	}
	e.src.Mapping = m
}

func (e *entry) schedule(n *yaml.Node) {
	if n.Kind == yaml.MappingNode { // {cron: …, zone: …}
		e.pairs(n, func(k, v *yaml.Node) {
			switch k.Value {
			case "cron":
				e.cron(v)
			case "zone":
				e.zone(v)
			default:
				e.fault(k, "unknown key %q: a schedule has cron and zone", k.Value)
			}
		})
		return
	}
	s, err := schedule.Parse(e.text(n))
	if err != nil {
		e.fault(n, "%v", err)
	}
	e.src.Schedule = s
}

func (e *entry) cron(n *yaml.Node) {
	spec := e.text(n)
	if err := schedule.CheckCron(spec); err != nil {
		e.fault(n, "%v", err)
	}
	e.src.Schedule = stoa.Schedule{Cron: spec}
}

func (e *entry) zone(n *yaml.Node) {
	e.src.Zone = e.text(n)
	if _, err := time.LoadLocation(e.src.Zone); err != nil || e.src.Zone == "" || e.src.Zone == "Local" {
		e.fault(n, "unknown zone %q: want an IANA name, such as Europe/Berlin", e.src.Zone)
	}
}

func (e *entry) duration(n *yaml.Node) time.Duration {
	d, err := schedule.Duration(e.text(n))
	if err != nil {
		e.fault(n, "%v", err)
	}
	return d
}

var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func (e *entry) languages(n *yaml.Node) {
	e.src.Languages = e.list(n)
	for i, l := range e.src.Languages {
		if !languageForm.MatchString(l) {
			e.fault(n.Content[i], "language %q: want a BCP 47 tag, such as en or pt-BR", l)
		}
	}
}

// priors reads weights from 0 to 1 by pillar or kind.
func priors[T ~string](e *entry, n *yaml.Node, known []T) map[T]float64 {
	out := map[T]float64{}
	e.pairs(n, func(k, v *yaml.Node) {
		if !slices.Contains(known, T(k.Value)) {
			e.fault(k, "unknown %q: have %s", k.Value, join(known))
			return
		}
		w, err := strconv.ParseFloat(v.Value, 64)
		if err != nil || !(w >= 0 && w <= 1) {
			e.fault(v, "weight %q of %s: want a number from 0 to 1", v.Value, k.Value)
			return
		}
		out[T(k.Value)] = w
	})
	return out
}

// filterFields are the fields of an item that a filter can name; extra fields of the mapping may be named too.
var filterFields = []string{"title", "url", "summary", "content", "when", "location", "categories", "language", "key"}

func (e *entry) filters(n *yaml.Node) []stoa.Filter {
	if n.Kind != yaml.SequenceNode {
		e.fault(n, "want a list of {field: …, match: …}")
		return nil
	}
	var out []stoa.Filter
	for _, c := range n.Content {
		var f stoa.Filter
		e.pairs(c, func(k, v *yaml.Node) {
			switch k.Value {
			case "field":
				f.Field = e.text(v)
			case "match":
				f.Match = e.text(v)
				re, err := regexp.Compile("(?i)" + f.Match)
				if len(f.Match) > maxPattern {
					e.fault(v, "pattern of %d bytes: at most %d", len(f.Match), maxPattern)
				} else if err != nil {
					e.fault(v, "pattern %q: %v", f.Match, err)
				}
				f.RE = re
			default:
				e.fault(k, "unknown key %q: a filter has field and match", k.Value)
			}
		})
		if f.Field == "" || f.Match == "" {
			e.fault(c, "a filter needs field (%s, or a field of the mapping) and match", strings.Join(filterFields, " "))
			continue
		}
		out = append(out, f)
	}
	return out
}

func (e *entry) limits(n *yaml.Node) {
	e.pairs(n, func(k, v *yaml.Node) {
		switch k.Value {
		case "items":
			e.src.Limits.Items = e.count(v)
		case "pages":
			e.src.Limits.Pages = e.count(v)
		case "body":
			size, err := Size(e.text(v))
			if err != nil {
				e.fault(v, "%v", err)
			}
			e.src.Limits.Body = size
		case "time":
			if e.src.Limits.Time = e.duration(v); e.src.Limits.Time <= 0 {
				e.fault(v, "limit of time: want more than 0")
			}
		default:
			e.fault(k, "unknown limit %q: have items, body, pages, time", k.Value)
		}
	})
}

func (e *entry) count(n *yaml.Node) int {
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < 1 {
		e.fault(n, "%q: want a whole number from 1", n.Value)
	}
	return v
}

var headerForm = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]+$`)

func (e *entry) headers(n *yaml.Node) {
	e.src.Headers = map[string]string{}
	e.pairs(n, func(k, v *yaml.Node) {
		value := e.text(v)
		if !headerForm.MatchString(k.Value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			e.fault(k, "header %q: want a token and a value without control characters", k.Value)
			return
		}
		e.src.Headers[k.Value] = value
	})
}

func (e *entry) terms(n *yaml.Node) {
	e.pairs(n, func(k, v *yaml.Node) {
		switch k.Value {
		case "licence":
			e.src.Terms.Licence = e.text(v)
		case "attribution":
			e.src.Terms.Attribution = e.text(v)
		case "excerpt":
			e.src.Terms.Excerpt = e.count(v)
		default:
			e.fault(k, "unknown key %q: terms have licence, excerpt, attribution", k.Value)
		}
	})
}

// oneOf reads a word of a closed list.
func oneOf[T ~string](e *entry, n *yaml.Node, known []T) T {
	v := T(e.text(n))
	if !slices.Contains(known, v) {
		e.fault(n, "unknown %q: have %s", v, join(known))
	}
	return v
}

func join[T ~string](words []T) string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return strings.Join(out, ", ")
}

// Size reads a number of bytes: 10MB, 512KiB, 2000.
func Size(s string) (int64, error) {
	number := strings.TrimRight(s, "BKMGTkibm ")
	unit := strings.ToLower(strings.TrimSpace(s[len(number):]))
	factor, ok := map[string]int64{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}[unit]
	v, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || v < 1 || v > (1<<62)/factor {
		return 0, fmt.Errorf("size %q: want a number of bytes, such as 10MB or 512KiB", s)
	}
	return v * factor, nil
}

// suggest names the known key that looks most like a misspelt one.
func suggest(word string, known map[string]func(*entry, *yaml.Node)) string {
	best, distance := "", 4
	for k := range known {
		if d := edits(word, k); d < distance || d == distance && k < best {
			best, distance = k, d
		}
	}
	if best == "" {
		return ": remove it"
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			last, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, last+cost)
		}
	}
	return row[len(b)]
}
