package match

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"stoa"
)

// ReadEntry reads a line of `stoa match`. Beside the fields of Entry it knows what bibliographies and normalised drafts call
// by other names: authors, venue or journal, year, and an identifier in a field of its own (doi, isbn, issn), at the top
// or in "extra". Numbers may stand where text is meant; a date that cannot be read is none.
func ReadEntry(line []byte) (Entry, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return Entry{}, fmt.Errorf("read record: %w", err)
	}
	var extra map[string]json.RawMessage
	if json.Unmarshal(fields["extra"], &extra) == nil {
		for name, v := range extra {
			if fields[name] == nil {
				fields[name] = v
			}
		}
	}
	get := func(names ...string) string {
		for _, name := range names {
			if text := strings.Join(texts(fields[name]), ", "); text != "" {
				return text
			}
		}
		return ""
	}
	e := Entry{
		ID: get("id"), Title: get("title"), URL: get("url", "link"), Publisher: get("publisher"), Language: get("language"),
		Summary: get("summary", "abstract"), Published: date(get("published")), Start: date(get("start")),
		URLs: texts(fields["urls"]), Editions: texts(fields["editions"]), Countries: texts(fields["countries"]),
	}
	if e.Published == "" {
		e.Published = date(get("year"))
	}
	venue := get("venue", "journal", "booktitle", "conference")
	if e.Publisher == "" {
		e.Publisher, venue = venue, ""
	}
	for _, more := range []string{get("authors", "author", "creators"), venue} {
		if more != "" && !strings.Contains(e.Summary, more) {
			e.Summary = strings.TrimPrefix(e.Summary+". "+more, ". ")
		}
	}
	for _, name := range []string{"doi", "isbn", "issn"} {
		if id := get(name); id != "" {
			e.Summary += " " + strings.ToUpper(name) + " " + strings.TrimPrefix(id, strings.ToUpper(name)+" ")
		}
	}
	e.Summary = strings.TrimSpace(e.Summary)
	return e, nil
}

// date reads a date; "" where it is none. A year may come as a number with a fraction, as spreadsheets write it.
func date(text string) stoa.Date {
	d, err := stoa.ParseDate(strings.TrimSuffix(text, ".0"))
	if err != nil {
		return ""
	}
	return d
}

// texts returns a value as texts: a text, a number, the elements of a list, the names of persons and organisations.
func texts(v json.RawMessage) []string {
	v = bytes.TrimSpace(v)
	if len(v) == 0 {
		return nil
	}
	var out []string
	switch v[0] {
	case '"':
		var s string
		if json.Unmarshal(v, &s) == nil && s != "" {
			out = append(out, s)
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(v, &list) == nil {
			for _, x := range list {
				if len(x) > 0 && x[0] != '[' { // one level, so that depth costs nothing
					out = append(out, texts(x)...)
				}
			}
		}
	case '{':
		var named struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(v, &named) == nil && named.Name != "" {
			out = append(out, named.Name)
		}
	case 'n', 't', 'f':
	default:
		out = append(out, string(v))
	}
	return out
}
