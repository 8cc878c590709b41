package decode

import (
	"net/url"
	"strconv"
	"strings"

	"stoa"
)

// headerLink, as Next.Link, stands for the Link header with rel=next (RFC 8288).
const headerLink = "@link"

// maxCount bounds counted pages; counting on from a hostile address must not overflow.
const maxCount = 1_000_000_000

// turn is what a page tells about the pages after it.
type turn struct {
	items  int    // on this page
	total  int    // on all pages; -1 unknown
	link   string // of the next page, absolute
	cursor string
}

// nextPages returns the addresses that follow a page by the rule of its source; none after the last.
func nextPages(n stoa.Next, src stoa.Source, at string, t turn) []string {
	switch {
	case n.IsZero():
		return nil
	case n.Link != "":
		if t.link == "" || t.link == at {
			return nil
		}
		return []string{t.link}
	case t.items == 0 || n.Size > 0 && t.items < n.Size && t.total < 0:
		return nil
	case n.Cursor != "":
		if t.cursor == "" || t.cursor == param(at, n.Param) {
			return nil
		}
		return []string{withParam(at, n.Param, t.cursor)}
	}
	from, cur := n.From, number(n, src, at)
	if n.Path != "" {
		from = max(from, 1)
	}
	step := max(n.Step, 1)
	page := (cur-from)/step + 1
	if n.Limit > 0 && page >= n.Limit || cur > maxCount {
		return nil
	}
	// An offset grows by items, a page number by one.
	read := page * n.Size
	if n.Step > 1 {
		read = page * step
	}
	if t.total >= 0 && read >= t.total && read > 0 {
		return nil
	}
	next := strconv.Itoa(cur + step)
	if n.Path != "" {
		return []string{withPath(src.URL, strings.ReplaceAll(n.Path, "{n}", next))}
	}
	return []string{withParam(at, n.Param, next)}
}

// firstPage reports whether an address is that of the listing's first page. Only there is an empty page a fault: a
// page counted too far is the end.
func firstPage(n stoa.Next, src stoa.Source, at string) bool {
	if n.IsZero() || n.Link != "" || n.Cursor != "" {
		return true
	}
	from := n.From
	if n.Path != "" {
		from = max(from, 1)
	}
	return number(n, src, at) <= from
}

// number returns the number of the page at an address, its first where it states none.
func number(n stoa.Next, src stoa.Source, at string) int {
	if n.Path == "" {
		if i, err := strconv.Atoi(param(at, n.Param)); err == nil && i >= 0 && i <= maxCount {
			return i
		}
		return n.From
	}
	from := max(n.From, 1)
	before, after, _ := strings.Cut(n.Path, "{n}")
	u, err := url.Parse(at)
	if err != nil {
		return from
	}
	i := strings.LastIndex(u.Path, before)
	if i < 0 {
		return from
	}
	digits := strings.TrimSuffix(u.Path[i+len(before):], after)
	if v, err := strconv.Atoi(strings.Trim(digits, "/")); err == nil && v >= 0 && v <= maxCount {
		return v
	}
	return from
}

// param returns a query parameter of an address.
func param(at, name string) string {
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

// withParam sets a query parameter and leaves all others as they are, in their order: some servers mind.
func withParam(at, name, value string) string {
	at, _, _ = strings.Cut(at, "#")
	head, query, _ := strings.Cut(at, "?")
	set := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	var parts []string
	done := false
	for part := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(key); err == nil && plain == name {
			if !done {
				parts, done = append(parts, set), true
			}
			continue
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	if !done {
		parts = append(parts, set)
	}
	return head + "?" + strings.Join(parts, "&")
}

// withPath appends to the path of an address and keeps its query.
func withPath(at, more string) string {
	at, _, _ = strings.Cut(at, "#")
	head, query, has := strings.Cut(at, "?")
	head = strings.TrimRight(head, "/") + "/" + strings.TrimLeft(more, "/")
	if has {
		head += "?" + query
	}
	return head
}

// linkHeader returns the address of a Link header's relation (RFC 8288), absolute.
func linkHeader(p Page, rel string) string {
	for _, line := range p.Header.Values("Link") {
		for part := range strings.SplitSeq(cut(line, maxField), ",") {
			target, params, _ := strings.Cut(part, ">")
			_, target, ok := strings.Cut(target, "<")
			params = strings.ToLower(strings.ReplaceAll(params, `"`, ""))
			if ok && strings.Contains(strings.ReplaceAll(params, " ", "")+";", "rel="+rel+";") {
				return absolute(strings.TrimSpace(target), p.URL)
			}
		}
	}
	return ""
}
