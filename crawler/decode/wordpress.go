package decode

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"stoa"
)

// wordPressFields are the rules for posts and custom types of the REST API, version 2. The dates of "…_gmt" are in UTC
// and say so only by their name.
func wordPressFields() map[string]stoa.Field {
	return map[string]stoa.Field{
		"key":        {Path: "id"},
		"title":      {Path: "title.rendered || title.raw || title || name"},
		"url":        {Path: "link || url"},
		"summary":    {Path: "excerpt.rendered || excerpt || description"},
		"content":    {Path: "content.rendered || content"},
		"published":  {Path: "date_gmt", Match: wordPressTime},
		"updated":    {Path: "modified_gmt", Match: wordPressTime},
		"categories": {Path: "_embedded.wp:term.#.#.name"},
		"authors":    {Path: "_embedded.author.#.name"},
		"language":   {Path: "lang || locale"},
		"type":       {Path: "type"},
	}
}

// wordPressTime matches a time that is set: drafts have a date of zeros.
const wordPressTime = `^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ?`

// openWordPress reads a list of the WordPress REST API: posts, pages or a custom type.
func openWordPress(p Page, src stoa.Source) (*Listing, error) {
	own := mappingOf(src)
	m := Merge(stoa.Mapping{Item: "@this", Fields: wordPressFields()}, own)
	if pastLast(p) {
		return &Listing{Total: -1, Items: none}, nil
	}
	l, err := listJSON(p, src, m)
	if err != nil {
		return nil, err
	}
	if own.Next.IsZero() {
		l.Total = headerNumber(p, "X-WP-Total")
		if next := wordPressNext(p); next != "" && !l.Truncated {
			l.Next = []string{next}
		}
	}
	return l, nil
}

func none(func(stoa.Item, error) bool) {}

// wordPressNext returns the next page: by the Link header, or by the number of pages.
func wordPressNext(p Page) string {
	if next := linkHeader(p, "next"); next != "" {
		return next
	}
	page, pages := max(1, number(stoa.Next{Param: "page", From: 1}, stoa.Source{}, p.URL)), headerNumber(p, "X-WP-TotalPages")
	if page >= pages {
		return ""
	}
	return withParam(p.URL, "page", strconv.Itoa(page+1))
}

// headerNumber returns a number of the response's headers, -1 when there is none.
func headerNumber(p Page, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(p.Header.Get(name)))
	if err != nil || n < 0 || n > maxCount {
		return -1
	}
	return n
}

// pastLast reports whether an answer only says that a counted page lies past the last: WordPress answers 400, custom
// routes 404.
func pastLast(p Page) bool {
	return (p.Status == http.StatusBadRequest || p.Status == http.StatusNotFound) &&
		number(stoa.Next{Param: "page", From: 1}, stoa.Source{}, p.URL) > 1
}

// Start returns the address at which reading a source begins: its own, with the parameters that its format needs and
// its entry does not state. WordPress gives ten posts a page without terms unless asked for more; OAI-PMH wants a verb.
func Start(src stoa.Source) string {
	set := func(at, name, value string) string {
		if u, err := url.Parse(at); err != nil || u.Query().Has(name) {
			return at
		}
		return withParam(at, name, value)
	}
	switch src.Format {
	case "wordpress":
		return set(set(src.URL, "per_page", "100"), "_embed", "1")
	case "oaipmh":
		if param(src.URL, "resumptionToken") != "" {
			return src.URL
		}
		at := set(src.URL, "verb", "ListRecords")
		return set(at, "metadataPrefix", "oai_dc")
	}
	return src.URL
}
