package servertest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// element is an element of XML with what is in it.
type element struct {
	name  xml.Name
	attrs map[string]string // by "space local", or "local"
	text  string
	kids  []*element
}

func (e *element) all(space, local string) (out []*element) {
	for _, k := range e.kids {
		if k.name.Space == space && k.name.Local == local {
			out = append(out, k)
		}
	}
	return out
}

// parse reads a document strictly.
func parse(body string) (*element, error) {
	dec := xml.NewDecoder(strings.NewReader(body))
	root := &element{}
	stack := []*element{root}
	for {
		t, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &element{name: t.Name, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[strings.TrimSpace(a.Name.Space+" "+a.Name.Local)] = a.Value
			}
			top.kids = append(top.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(root.kids) != 1 {
		return nil, fmt.Errorf("%d roots", len(root.kids))
	}
	return root.kids[0], nil
}

// judge collects what is wrong.
type judge struct{ faults []string }

func (j *judge) say(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

// once says so unless an element stands exactly once, or at most once; it returns its text.
func (j *judge) once(e *element, space, local string, must bool) string {
	got := e.all(space, local)
	if len(got) > 1 || must && len(got) == 0 {
		j.say("%s has %d %s", e.name.Local, len(got), local)
	}
	if len(got) == 0 {
		return ""
	}
	return strings.TrimSpace(got[0].text)
}

func (j *judge) absolute(where, address string) {
	if u, err := url.Parse(address); err != nil || !u.IsAbs() {
		j.say("%s: %q is no absolute address", where, address)
	}
}

func (j *judge) instant(where, at string) {
	if _, err := time.Parse(time.RFC3339, at); err != nil {
		j.say("%s: %q is no RFC 3339 time", where, at)
	}
}

const (
	atomSpace  = "http://www.w3.org/2005/Atom"
	stoneSpace = "http://purl.org/atompub/tombstones/1.0"
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
)

var tagForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// AtomFaults returns what is wrong with an Atom feed, by RFC 4287, 5005 and 6721.
func AtomFaults(body string) []string {
	j := &judge{}
	feed, err := parse(body)
	if err != nil {
		return []string{err.Error()}
	}
	if feed.name.Space != atomSpace || feed.name.Local != "feed" {
		j.say("the root is %v", feed.name)
	}
	j.absolute("id", j.once(feed, atomSpace, "id", true))
	j.once(feed, atomSpace, "title", true)
	j.instant("updated", j.once(feed, atomSpace, "updated", true))
	self := 0
	for _, l := range feed.all(atomSpace, "link") {
		j.absolute("link", l.attrs["href"])
		if l.attrs["rel"] == "self" {
			self++
		}
	}
	if self != 1 {
		j.say("%d links to itself", self)
	}
	seen := map[string]bool{}
	for _, e := range feed.all(atomSpace, "entry") {
		j.entry(e, len(feed.all(atomSpace, "author")) > 0, seen)
	}
	for _, d := range feed.all(stoneSpace, "deleted-entry") {
		j.absolute("deleted-entry", d.attrs["ref"])
		j.instant("deleted-entry", d.attrs["when"])
		if seen[d.attrs["ref"]] {
			j.say("%s stands and is deleted", d.attrs["ref"])
		}
	}
	for _, k := range feed.kids {
		known := []string{"id", "title", "updated", "author", "generator", "link", "entry", "subtitle", "category", "rights", "icon", "logo", "contributor"}
		if k.name.Space == atomSpace && !slices.Contains(known, k.name.Local) {
			j.say("a feed has no %s", k.name.Local)
		}
	}
	return j.faults
}

func (j *judge) entry(e *element, author bool, seen map[string]bool) {
	id := j.once(e, atomSpace, "id", true)
	j.absolute("id", id)
	if seen[id] {
		j.say("%s stands twice", id)
	}
	seen[id] = true
	j.once(e, atomSpace, "title", true)
	j.instant("updated", j.once(e, atomSpace, "updated", true))
	if at := j.once(e, atomSpace, "published", false); at != "" {
		j.instant("published", at)
	}
	if len(e.all(atomSpace, "author")) == 0 && !author {
		j.say("%s has no author", id)
	}
	for _, a := range e.all(atomSpace, "author") {
		if j.once(a, atomSpace, "name", true) == "" {
			j.say("%s has an author without a name", id)
		}
	}
	alternates := map[string]bool{}
	for _, l := range e.all(atomSpace, "link") {
		j.absolute("link", l.attrs["href"])
		if kind := l.attrs["type"] + " " + l.attrs["hreflang"]; l.attrs["rel"] == "alternate" {
			if alternates[kind] {
				j.say("%s has two alternates of one type", id)
			}
			alternates[kind] = true
		}
	}
	if len(alternates) == 0 && len(e.all(atomSpace, "content")) == 0 {
		j.say("%s has neither content nor an alternate", id)
	}
	for _, c := range e.all(atomSpace, "category") {
		if c.attrs["term"] == "" {
			j.say("%s has a category without a term", id)
		}
	}
	for _, name := range []string{"title", "summary"} {
		for _, x := range e.all(atomSpace, name) {
			if kind := x.attrs["type"]; kind != "" && kind != "text" || len(x.kids) > 0 {
				j.say("%s: %s is no plain text", id, name)
			}
			if tag, ok := x.attrs[xmlSpace+" lang"]; ok && tag != "" && !tagForm.MatchString(tag) {
				j.say("%s: language %q", id, tag)
			}
		}
	}
}

// RSSFaults returns what is wrong with a feed, by RSS 2.0.
func RSSFaults(body string) []string {
	j := &judge{}
	root, err := parse(body)
	if err != nil {
		return []string{err.Error()}
	}
	if root.name.Local != "rss" || root.attrs["version"] != "2.0" || len(root.all("", "channel")) != 1 {
		return []string{"no RSS 2.0"}
	}
	c := root.all("", "channel")[0]
	for _, name := range []string{"title", "link", "description"} {
		if j.once(c, "", name, true) == "" {
			j.say("the channel's %s is empty", name)
		}
	}
	j.absolute("link", j.once(c, "", "link", true))
	j.date(j.once(c, "", "lastBuildDate", false))
	seen := map[string]bool{}
	for _, item := range c.all("", "item") {
		if j.once(item, "", "title", false) == "" && j.once(item, "", "description", false) == "" {
			j.say("an item has neither title nor description")
		}
		j.absolute("link", j.once(item, "", "link", true))
		j.date(j.once(item, "", "pubDate", false))
		guid := j.once(item, "", "guid", true)
		if seen[guid] {
			j.say("%s stands twice", guid)
		}
		seen[guid] = true
		if item.all("", "guid")[0].attrs["isPermaLink"] != "false" {
			j.absolute("guid", guid)
		}
	}
	return j.faults
}

func (j *judge) date(at string) {
	if _, err := time.Parse(time.RFC1123Z, at); at != "" && err != nil {
		j.say("%q is no RFC 822 date", at)
	}
}

// JSONFeedFaults returns what is wrong with a feed, by JSON Feed 1.1.
func JSONFeedFaults(body string) []string {
	j := &judge{}
	var f struct {
		Version, Title string
		Home           string `json:"home_page_url"`
		Feed           string `json:"feed_url"`
		Next           string `json:"next_url"`
		Language       string
		Items          []map[string]any
	}
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		return []string{err.Error()}
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || f.Items == nil {
		j.say("version %q, title %q, items %t", f.Version, f.Title, f.Items != nil)
	}
	j.absolute("home_page_url", f.Home)
	j.absolute("feed_url", f.Feed)
	seen := map[string]bool{}
	for _, item := range f.Items {
		id, _ := item["id"].(string)
		if id == "" || seen[id] {
			j.say("an item without an id, or twice: %q", id)
		}
		seen[id] = true
		_, text := item["content_text"].(string)
		if _, markup := item["content_html"]; markup || !text {
			j.say("%s has no content_text, or markup", id)
		}
		for _, name := range []string{"url", "external_url"} {
			if at, ok := item[name].(string); ok {
				j.absolute(name, at)
			}
		}
		for _, name := range []string{"date_published", "date_modified"} {
			if at, ok := item[name].(string); ok {
				j.instant(name, at)
			}
		}
	}
	return j.faults
}

var property = regexp.MustCompile(`^([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)$`)

// CalendarFaults returns what is wrong with a calendar, by RFC 5545.
func CalendarFaults(body string) []string {
	j := &judge{}
	if !strings.HasSuffix(body, "\r\n") || strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\r") {
		j.say("a line does not end in CR LF")
	}
	for l := range strings.SplitSeq(body, "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) {
			j.say("a line of %d octets, or cut in a character", len(l))
		}
	}
	var stack []string
	props, uids := map[string][]string{}, map[string]bool{}
	for l := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(body, "\r\n ", ""), "\r\n"), "\r\n") {
		m := property.FindStringSubmatch(l)
		if m == nil {
			j.say("%.60q is no content line", l)
			continue
		}
		switch m[1] {
		case "BEGIN":
			stack, props = append(stack, m[3]), map[string][]string{}
		case "END":
			if len(stack) == 0 || stack[len(stack)-1] != m[3] {
				return append(j.faults, "END:"+m[3]+" closes nothing")
			}
			stack = stack[:len(stack)-1]
			if m[3] == "VEVENT" {
				j.event(props, uids)
			}
		default:
			props[m[1]] = append(props[m[1]], m[2]+":"+m[3])
		}
		if len(stack) == 1 && stack[0] == "VCALENDAR" && m[1] == "VERSION" && m[3] != "2.0" {
			j.say("version %s", m[3])
		}
	}
	if len(stack) > 0 || !strings.HasPrefix(body, "BEGIN:VCALENDAR\r\n") || !strings.Contains(body, "\r\nPRODID:") || !strings.Contains(body, "\r\nVERSION:2.0\r\n") {
		j.say("no whole calendar with VERSION and PRODID")
	}
	return j.faults
}

func (j *judge) event(props map[string][]string, uids map[string]bool) {
	for _, name := range []string{"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "STATUS"} {
		if len(props[name]) != 1 {
			j.say("an event has %d %s", len(props[name]), name)
			return
		}
	}
	uid := props["UID"][0]
	if uids[uid] {
		j.say("%s stands twice", uid)
	}
	uids[uid] = true
	moment := func(name string) time.Time {
		if len(props[name]) == 0 {
			return time.Time{}
		}
		params, value, _ := strings.Cut(props[name][0], ":")
		layout := "20060102T150405Z"
		if params == ";VALUE=DATE" {
			layout = "20060102"
		}
		at, err := time.Parse(layout, value)
		if err != nil {
			j.say("%s: %s is %q", uid, name, props[name][0])
		}
		return at
	}
	moment("DTSTAMP")
	if start, end := moment("DTSTART"), moment("DTEND"); !end.IsZero() && !end.After(start) {
		j.say("%s ends before it starts", uid)
	}
	if status := props["STATUS"][0]; status != ":CONFIRMED" && status != ":CANCELLED" {
		j.say("%s: status %s", uid, status)
	}
	for _, name := range []string{"SUMMARY", "DESCRIPTION", "CATEGORIES"} {
		for _, v := range props[name] {
			if strings.ContainsAny(regexp.MustCompile(`\\[\\;,nN]`).ReplaceAllString(v[1:], ""), `;,\`) && !strings.HasPrefix(v, ";") {
				j.say("%s: %s is not escaped", uid, name)
			}
		}
	}
}

// FeedFaults judges an answer by its type of content; nothing is known of other types.
func FeedFaults(contentType, body string) []string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return []string{err.Error()}
	}
	switch kind {
	case "application/atom+xml":
		return AtomFaults(body)
	case "application/rss+xml":
		return RSSFaults(body)
	case "application/feed+json":
		return JSONFeedFaults(body)
	case "text/calendar":
		return CalendarFaults(body)
	}
	return nil
}
