package decode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stoa"
)

// openOAIPMH reads an answer of the Open Archives protocol (OAI-PMH 2.0): records in Dublin Core or in any format with
// elements of the same names, or bare headers. A record that the archive deleted is withdrawn. A page that was cut off
// keeps its whole records.
func openOAIPMH(p Page, src stoa.Source) (*Listing, error) {
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), xmlText)
	a := archive{fill: newFiller(p, src, p.URL), limit: itemLimit(src)}
	l := &Listing{Total: -1}
	for e, err := range xmlSteps(text) {
		if err != nil {
			if !a.seen || errors.Is(err, ErrTooDeep) {
				return nil, err
			}
			l.Truncated = true
			l.warn("%s", strings.TrimPrefix(err.Error(), string(ErrUnparsable)+": "))
			break
		}
		if !a.step(e) {
			l.Truncated = true
			l.warn("more than %d records on the page: the rest is left out", a.limit)
			break
		}
	}
	switch {
	case !a.seen:
		return nil, fmt.Errorf("%w: no answer of an archive: the element OAI-PMH is missing", ErrUnparsable)
	case a.code == "noRecordsMatch":
	case a.code != "":
		return nil, fmt.Errorf("%w: the archive says %s%s", ErrStatus, cut(a.code, maxLabel), quoted(a.message))
	case len(a.items) == 0 && l.Truncated:
		return nil, fmt.Errorf("%w: the page ends before its first record does", ErrUnparsable)
	}
	l.Head.Title = a.name
	if a.total > 0 {
		l.Total = a.total
	}
	if token := strings.TrimSpace(a.token); token != "" && token != param(p.URL, "resumptionToken") && !l.Truncated {
		l.Next = []string{resume(p.URL, first(param(p.URL, "verb"), a.verb, "ListRecords"), token)}
	}
	l.Items = func(yield func(stoa.Item, error) bool) {
		for _, r := range a.items {
			if !yield(r.item, r.err) {
				return
			}
		}
	}
	return l, nil
}

func quoted(s string) string {
	if s = fold(s); s == "" {
		return ""
	}
	return fmt.Sprintf(": %q", cut(s, 200))
}

// resume returns the address of the next part of a list: the verb and the token, and nothing else (section 3.5).
func resume(at, verb, token string) string {
	base, _, _ := strings.Cut(at, "?")
	return withParam(withParam(base, "verb", verb), "resumptionToken", token)
}

// read is one record, or why it could not be read.
type read struct {
	item stoa.Item
	err  error
}

// archive is the state of reading one answer.
type archive struct {
	fill     filler
	limit    int
	seen     bool // the element OAI-PMH
	verb     string
	name     string
	code     string // of an error
	message  string
	token    string
	total    int
	items    []read
	values   map[string][]string // of the record that is being read
	deleted  bool
	inRecord bool
	inHeader bool
	field    string
	text     strings.Builder
}

// step takes one step through the document; false when the limit of records is met.
func (a *archive) step(e xmlEvent) bool {
	switch e.kind {
	case textToken:
		if a.field != "" && a.text.Len() < maxProse {
			a.text.WriteString(e.text)
		}
	case startToken:
		a.enter(e)
	case endToken:
		a.leave(e.name)
		return len(a.items) <= a.limit
	}
	return true
}

func (a *archive) enter(e xmlEvent) {
	a.field = e.name
	a.text.Reset()
	switch e.name {
	case "oai-pmh":
		a.seen = true
	case "listrecords", "listidentifiers", "getrecord":
		a.verb = map[string]string{"listrecords": "ListRecords", "listidentifiers": "ListIdentifiers", "getrecord": "GetRecord"}[e.name]
	case "error":
		a.code = first(a.code, attributesOf(e.attrs)["code"], "error")
	case "resumptiontoken":
		if n, err := strconv.Atoi(attributesOf(e.attrs)["completelistsize"]); err == nil && n <= maxCount {
			a.total = n
		}
	case "record":
		a.begin()
		a.inRecord = true
	case "header":
		if !a.inRecord {
			a.begin() // ListIdentifiers
		}
		a.inHeader = true
		a.deleted = strings.EqualFold(attributesOf(e.attrs)["status"], "deleted")
	}
}

func (a *archive) begin() { a.values, a.deleted = map[string][]string{}, false }

func (a *archive) leave(name string) {
	text := strings.TrimSpace(a.text.String())
	field := a.field
	a.field = ""
	a.text.Reset()
	switch name {
	case "error":
		a.message = text
	case "resumptiontoken":
		a.token = text
	case "repositoryname":
		a.name = fold(text)
	case "header":
		a.inHeader = false
		if !a.inRecord {
			a.end()
		}
	case "record":
		a.inRecord = false
		a.end()
	default:
		if field == name && text != "" && a.values != nil && len(a.values[name]) < maxValues && len(a.values) < maxValues {
			if a.inHeader {
				name = "header " + name
			}
			a.values[name] = append(a.values[name], text)
		}
	}
}

// end makes an item of the record that was read.
func (a *archive) end() {
	v := a.values
	a.values = nil
	if v == nil {
		return
	}
	if len(v["header identifier"]) == 0 {
		a.items = append(a.items, read{err: fmt.Errorf("record %d: %w: its header has no identifier", len(a.items)+1, ErrUnparsable)})
		return
	}
	item := stoa.Item{Withdrawn: a.deleted}
	put := func(field, name string) { a.fill.put(&item, field, v[name]) }
	put("key", "header identifier")
	put("title", "title")
	put("summary", "description")
	put("updated", "header datestamp")
	put("categories", "subject")
	put("authors", "creator")
	put("language", "language")
	for _, date := range v["date"] {
		if item.Published == "" {
			a.fill.put(&item, "published", []string{date})
		}
	}
	for _, doi := range []bool{false, true} { // the archive's own page before the resolver's
		for _, id := range v["identifier"] {
			if u := identifierURL(id, doi); u != "" && item.URL == "" {
				a.fill.put(&item, "url", []string{u})
			}
		}
	}
	for _, name := range []string{"publisher", "contributor", "type", "format", "rights", "coverage", "relation", "source"} {
		put(name, name)
	}
	a.fill.put(&item, "identifiers", v["identifier"])
	a.items = append(a.items, read{item: item})
}

// identifierURL returns the address that an identifier stands for.
func identifierURL(id string, doi bool) string {
	id = strings.TrimSpace(id)
	lower := strings.ToLower(id)
	switch {
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return id
	case !doi:
	case strings.HasPrefix(lower, "doi:"):
		return "https://doi.org/" + strings.TrimSpace(id[4:])
	case strings.HasPrefix(id, "10.") && strings.Contains(id, "/"):
		return "https://doi.org/" + id
	}
	return ""
}
