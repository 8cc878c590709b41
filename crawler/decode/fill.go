package decode

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/when"
)

// maxValues bounds the values of one list in an item.
const maxValues = 500

// filler puts values that rules found into items. Formats differ in how they find values; what a field means is the
// same for all of them.
type filler struct {
	base    string // where relative addresses start
	fetched time.Time
	zone    *time.Location
	lang    string
}

func newFiller(p Page, src stoa.Source, base string) filler {
	f := filler{base: base, fetched: p.Fetched}
	if src.Zone != "" {
		if zone, err := time.LoadLocation(src.Zone); err == nil {
			f.zone = zone
		}
	}
	if len(src.Languages) == 1 {
		f.lang = src.Languages[0]
	}
	return f
}

// put fills one field of an item by its name. Empty values change nothing.
func (f filler) put(item *stoa.Item, name string, values []string) {
	values = distinct(values)
	if len(values) == 0 {
		return
	}
	one := values[0]
	switch name {
	case "key":
		item.Key = cut(one, maxRule)
	case "url":
		if u := absolute(one, f.base); isWeb(u) {
			item.URL = u
		}
	case "title":
		item.Title = undouble(plainLine(one))
	case "summary":
		item.Summary = one
	case "content":
		item.Content = cut(strings.Join(values, "\n"), maxProse)
	case "published":
		item.Published = f.date(item, name, one)
	case "updated":
		item.Updated = f.date(item, name, one)
	case "when":
		item.When = undouble(fold(strings.Join(apart(folded(values)), " – ")))
	case "location":
		item.Location = undouble(strings.Join(folded(values), "; "))
	case "categories":
		item.Categories = folded(values)
	case "language":
		f.language(item, values)
	case "authors":
		item.Authors = people(folded(values))
	case "enclosures":
		item.Enclosures = f.enclosures(values)
	case "withdrawn":
		item.Withdrawn = !slices.Contains([]string{"false", "0", "no"}, strings.ToLower(one))
	case "start", "end", "deadline":
		f.day(item, name, folded(values))
	default:
		extra(item, name, strings.Join(folded(values), "; "))
	}
}

// apart returns at most four values, none of which stands within one before it: a date is often marked up twice.
func apart(values []string) []string {
	var out []string
	for _, v := range values {
		within := func(o string) bool { return strings.Contains(o, v) }
		if !slices.ContainsFunc(out, within) && len(out) < 4 {
			out = append(out, v)
		}
	}
	return out
}

var midnight = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?$`)

// day keeps a date that a source gives apart. Services write a day as its midnight. Of several deadlines the next one
// counts; all of them are kept.
func (f filler) day(item *stoa.Item, name string, values []string) {
	for i, v := range values {
		values[i] = midnight.ReplaceAllString(v, "$1")
	}
	if name == "deadline" && len(values) > 1 {
		extra(item, "deadlines", strings.Join(values, "; "))
		values = values[f.ahead(values):]
	}
	extra(item, name, strings.Join(values[:1], ""))
}

// ahead returns which of several dates comes next, the last when all are past or not all can be told.
func (f filler) ahead(values []string) int {
	best, begin := len(values)-1, time.Time{}
	for i, v := range values {
		at := stoa.Date(v).Finish(time.UTC)
		if at.IsZero() {
			return len(values) - 1
		}
		if at.After(f.fetched) && (begin.IsZero() || at.Before(begin)) {
			best, begin = i, at
		}
	}
	return best
}

// plainLine returns a value as text: services send entities and tags in what they call plain.
func plainLine(s string) string {
	if strings.ContainsAny(s, "<&") {
		return normalize.Plain(s)
	}
	return fold(s)
}

// extra keeps a further field by the source's name.
func extra(item *stoa.Item, name, value string) {
	if value == "" {
		return
	}
	if item.Extra == nil {
		item.Extra = map[string]string{}
	}
	item.Extra[valid(name)] = cut(valid(value), maxField)
}

// date reads the date of a field. Words that are no date are kept as the item's date line, or by the field's name.
func (f filler) date(item *stoa.Item, name, text string) stoa.Date {
	text = fold(text)
	if d := epoch(text); d != "" {
		return d
	}
	if d, err := when.Stamp(text); err == nil {
		return d
	}
	r := when.Read(text, when.Options{Reference: f.fetched, Language: first(item.Language, f.lang), Zone: f.zone})
	switch {
	case !r.Start.IsZero() && r.End.IsZero():
		return r.Start
	case !r.Start.IsZero() && item.When == "":
		item.When = text // a range is no date of publication, but of what takes place
	default:
		extra(item, name, text)
	}
	return ""
}

var epochForm = regexp.MustCompile(`^[1-9]\d{8,12}$`)

// epoch reads seconds or milliseconds since 1970, as services count them.
func epoch(text string) stoa.Date {
	if !epochForm.MatchString(text) {
		return ""
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return ""
	}
	if len(text) >= 12 {
		n /= 1000
	}
	t := time.Unix(n, 0).UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return stoa.DayOf(t)
	}
	return stoa.At(t)
}

// language takes a tag as the language, and keeps anything else, such as "English, French", as the source's words.
func (f filler) language(item *stoa.Item, values []string) {
	tag, err := language.Parse(strings.ReplaceAll(values[0], "_", "-"))
	if len(values) == 1 && err == nil && tag != language.Und && len(values[0]) <= 11 {
		item.Language = tag.String()
		return
	}
	extra(item, "languages", strings.Join(folded(values), "; "))
}

func (f filler) enclosures(values []string) []stoa.Enclosure {
	var out []stoa.Enclosure
	for _, v := range values {
		if u := absolute(v, f.base); u != "" {
			out = append(out, stoa.Enclosure{URL: u, Type: typeOf(u)})
		}
	}
	return out
}

// typeOf tells the type of a file from its address, where that is safe to tell.
func typeOf(address string) string {
	path, _, _ := strings.Cut(address, "?")
	path, _, _ = strings.Cut(path, "#")
	if strings.HasSuffix(strings.ToLower(path), ".pdf") {
		return "application/pdf"
	}
	return ""
}

// hiddenAt are ways to write an address of mail that programs are not to find.
var hiddenAt = regexp.MustCompile(`(?i)([\w.+-])\s*[(\[{]\s*at\s*[)\]}]\s*([\w-])`)

var mailForm = regexp.MustCompile(`[^\s<>()]+@[^\s<>()]+\.[^\s<>()]+`)

// people reads names, with an address beside or instead of them.
func people(values []string) []stoa.Person {
	var out []stoa.Person
	for _, v := range values {
		v = hiddenAt.ReplaceAllString(fold(v), "$1@$2")
		mail := mailForm.FindString(v)
		name := strings.Trim(strings.Replace(v, mail, "", 1), " <>(),;\"")
		out = append(out, stoa.Person{Name: name, Email: strings.TrimPrefix(mail, "mailto:")})
	}
	return out
}

// distinct drops empty and repeated values, and all beyond the bound.
func distinct(values []string) []string {
	seen := make(map[string]bool, len(values))
	var out []string
	for _, v := range values {
		v = strings.TrimSpace(valid(v))
		if v == "" || seen[v] {
			continue
		}
		seen[v] = true
		if out = append(out, v); len(out) == maxValues {
			break
		}
	}
	return out
}

func folded(values []string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		if v = plainLine(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// refine applies the parts of a rule that all formats share: match, split and prefix.
func refine(values []string, re *regexp.Regexp, f stoa.Field) []string {
	var out []string
	for _, v := range values {
		if re != nil {
			v = matched(re, v)
		}
		parts := []string{v}
		if f.Split != "" {
			parts = strings.Split(v, f.Split)
		}
		for _, part := range parts {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, f.Prefix+part)
			}
		}
	}
	return out
}

// matched returns the first group of the match that is not empty, or the whole match when there is no group.
func matched(re *regexp.Regexp, s string) string {
	m := re.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	if len(m) == 1 {
		return m[0]
	}
	return first(m[1:]...)
}

// finishDates makes a date line of the parts that some sources give apart: start, end and deadline.
func finishDates(item *stoa.Item) {
	if zone := first(item.Extra["zone"], item.Extra["timezone"]); zone != "" {
		for _, name := range []string{"start", "end", "deadline"} {
			if at := item.Extra[name]; bareTime.MatchString(at) {
				item.Extra[name] = at + " " + zone
			}
		}
	}
	if at := item.Extra["time"]; at != "" && item.When != "" && !strings.Contains(item.When, at) {
		item.When += ", " + at // sources give the day in one place and the time in another
		delete(item.Extra, "time")
	}
	start, end, deadline := item.Extra["start"], item.Extra["end"], item.Extra["deadline"]
	if item.When != "" || start == "" && end == "" && deadline == "" {
		return
	}
	line := start
	if end != "" && end != start {
		line = strings.TrimSpace(start + " – " + end)
	}
	if deadline != "" {
		if line != "" {
			line += "; "
		}
		line += "Deadline: " + deadline
	}
	item.When = line
}
