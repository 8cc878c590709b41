package decode

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// memberKey, as a path, is the name under which an item stands in an object keyed by id.
const memberKey = "@key"

// jsonWay is one path of a rule. With a column and wanted values it picks from parallel lists:
// "activity_date[activity_date_type=2|1]" is the date beside the first type that is 2, or else 1.
type jsonWay struct {
	path   string
	column string
	wanted []string
}

// jsonRule is a field's rule, compiled.
type jsonRule struct {
	name  string
	field stoa.Field
	ways  []jsonWay
	match *regexp.Regexp
}

var parallelForm = regexp.MustCompile(`^(.+)\[([^\[\]=]+)=([^\[\]]*)\]$`)

func compileJSONWays(path string) ([]jsonWay, error) {
	var ways []jsonWay
	for one := range strings.SplitSeq(path, "||") {
		w := jsonWay{path: strings.TrimSpace(one)}
		if m := parallelForm.FindStringSubmatch(w.path); m != nil {
			w.path, w.column, w.wanted = strings.TrimSpace(m[1]), strings.TrimSpace(m[2]), strings.Split(m[3], "|")
		}
		if err := balanced(w.path); err != nil {
			return nil, err
		}
		ways = append(ways, w)
	}
	return ways, nil
}

// checkJSONPath checks what can be checked of a path before there is a document.
func checkJSONPath(path string) error {
	_, err := compileJSONWays(path)
	return err
}

// balanced refuses a path that is empty or leaves a query open; the path language itself refuses nothing.
func balanced(path string) error {
	if path == "" {
		return fmt.Errorf("an empty path: write where the value stands, such as data or title.rendered")
	}
	round, quoted := 0, false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			round++
		case c == ')':
			if round--; round < 0 {
				return fmt.Errorf("path %q: a bracket closes that was never opened", path)
			}
		}
	}
	if round != 0 || quoted {
		return fmt.Errorf("path %q: a bracket or quote is left open", path)
	}
	if strings.HasSuffix(path, ".") || strings.HasPrefix(path, ".") {
		return fmt.Errorf("path %q: it begins or ends with a dot", path)
	}
	return nil
}

func compileJSON(m stoa.Mapping) ([]jsonRule, error) {
	var rules []jsonRule
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		f := m.Fields[name]
		if f.IsZero() {
			continue // takes a preset's field away
		}
		if len(f.Label) > 0 {
			return nil, fmt.Errorf("fields.%s: %w: labels are for pages of markup: give a path", name, stoa.ErrInvalid)
		}
		r := jsonRule{name: name, field: f}
		var err error
		if r.match, err = compileMatch(f.Match); err == nil && f.Path != "" {
			r.ways, err = compileJSONWays(f.Path)
		}
		if err != nil {
			return nil, fmt.Errorf("fields.%s: %w: %w", name, stoa.ErrInvalid, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// values applies a rule to one object, which stands under key in an object of objects.
func (r jsonRule) values(v gjson.Result, key string) []string {
	if r.field.Const != "" {
		return []string{r.field.Const}
	}
	for _, w := range r.ways {
		var got []string
		switch {
		case w.path == memberKey:
			got = []string{key}
		case w.column != "":
			got = w.parallel(v)
		default:
			got = flatten(nil, v.Get(w.path))
		}
		if strings.HasSuffix(w.path, "_gmt") || strings.HasSuffix(w.path, "_utc") {
			got = inUTC(got)
		}
		if out := refine(got, r.match, r.field); len(out) > 0 {
			return out
		}
	}
	return nil
}

var bareTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$`)

// inUTC gives times the zone that the name of their member states.
func inUTC(values []string) []string {
	for i, v := range values {
		if bareTime.MatchString(v) {
			values[i] = strings.Replace(v, " ", "T", 1) + "Z"
		}
	}
	return values
}

// parallel picks the values that stand in one list where a wanted word stands in another, in order of the wanted words.
func (w jsonWay) parallel(v gjson.Result) []string {
	values, words := v.Get(w.path).Array(), v.Get(w.column).Array()
	for _, want := range w.wanted {
		var out []string
		for i, word := range words[:min(len(words), maxValues)] {
			if i < len(values) && scalar(word) == want {
				out = flatten(out, values[i])
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// flatten returns the texts of a value: of a list each, of an object the member that names it. null is nothing.
func flatten(out []string, v gjson.Result) []string {
	if len(out) >= maxValues {
		return out
	}
	switch {
	case v.IsArray():
		v.ForEach(func(_, e gjson.Result) bool {
			out = flatten(out, e)
			return len(out) < maxValues
		})
		return out
	case v.IsObject():
		return flattenObject(out, v)
	}
	if s := scalar(v); strings.TrimSpace(s) != "" {
		out = append(out, s)
	}
	return out
}

// naming are the members by which an object in the place of a text names itself.
var naming = []string{"rendered", "value", "name", "title", "label", "text", "#text", "prefLabel", "en", "narrative", "term", "date", "url", "href"}

func flattenObject(out []string, v gjson.Result) []string {
	if day := v.Get("date"); day.Type == gjson.String && v.Get("time").Exists() { // Indico: {date, time, tz}
		return append(out, strings.Join(folded([]string{day.Str, scalar(v.Get("time")), scalar(v.Get("tz"))}), " "))
	}
	for _, name := range naming {
		if m := v.Get(strings.ReplaceAll(name, "#", `\#`)); m.Exists() && m.Type != gjson.Null {
			return flatten(out, m)
		}
	}
	v.ForEach(func(_, m gjson.Result) bool {
		if m.Type == gjson.String {
			out = flatten(out, m)
			return false
		}
		return true
	})
	return out
}

// scalar returns a value as it was sent: numbers keep all their digits.
func scalar(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Number:
		return v.Raw
	case gjson.True:
		return "true"
	case gjson.False:
		return "false"
	}
	return ""
}

func wholeNumber(v gjson.Result) int {
	if n, err := strconv.Atoi(strings.ReplaceAll(scalar(v), ",", "")); err == nil && n >= 0 && n <= maxCount {
		return n
	}
	return -1
}

// listNames are the members under which services put their items.
var listNames = []string{
	"data", "items", "results", "entries", "records", "events", "documents", "projects", "value", "rows", "posts", "articles",
	"response.docs", "hits.hits", "_embedded.events", "data.items", "result",
}

// guessItems finds the list of a document that nobody described.
func guessItems(doc gjson.Result) string {
	if doc.IsArray() || !doc.IsObject() {
		return "@this"
	}
	for _, name := range listNames {
		if v := doc.Get(name); v.IsArray() && (v.Get("0").IsObject() || v.Get("#").Int() == 0) || keyed(v) && v.Raw != "{}" {
			return name
		}
	}
	best, size := "@this", int64(0)
	doc.ForEach(func(key, v gjson.Result) bool {
		if n := v.Get("#").Int(); v.IsArray() && v.Get("0").IsObject() && n > size && !strings.ContainsAny(key.Str, ".*?|#@\\!{}[]()") {
			best, size = key.Str, n
		}
		return true
	})
	return best
}

// commonFields are the names that services use, for an answer that nobody described.
func commonFields() map[string]stoa.Field {
	return map[string]stoa.Field{
		"key":        {Path: "id || guid || uuid || identifier || _id"},
		"title":      {Path: "title || name || headline || display_title || label || subject"},
		"url":        {Path: "url || link || permalink || html_url || canonical_url || website || href"},
		"summary":    {Path: "summary || description || excerpt || abstract || teaser"},
		"content":    {Path: "content || body || content_html || content_text"},
		"published":  {Path: "published || date_published || published_at || datePublished || pubDate || publication_date || date_gmt || date || created || created_at"},
		"updated":    {Path: "updated || date_modified || modified || last_modified || lastModified || updated_at || dateModified"},
		"when":       {Path: "when || dates"},
		"start":      {Path: "startDate || start_date || start"},
		"end":        {Path: "endDate || end_date || end"},
		"deadline":   {Path: "deadline || deadlineDate || application_deadline"},
		"location":   {Path: "location || venue || place"},
		"categories": {Path: "categories || tags || topics || keywords"},
		"language":   {Path: "language || lang || langcode"},
		"authors":    {Path: "authors || author"},
	}
}
