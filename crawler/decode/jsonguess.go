package decode

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// sampled is how many items of an answer are looked at for the names of their members.
const sampled = 5

// guessJSON describes an answer that nobody described: where its items are, what their members mean, how it pages.
func guessJSON(doc gjson.Result, p Page) stoa.Mapping {
	m := stoa.Mapping{Item: guessDeep(doc), Fields: map[string]stoa.Field{}}
	var sample []gjson.Result
	at(doc, m.Item).ForEach(func(_, v gjson.Result) bool {
		if v.IsObject() {
			sample = append(sample, v)
		}
		return len(sample) < sampled
	})
	if len(sample) == 0 {
		return stoa.Mapping{}
	}
	for name, f := range commonFields() {
		if path := usedWays(f.Path, sample); path != "" {
			m.Fields[name] = stoa.Field{Path: path}
		}
	}
	byForm(m.Fields, sample)
	if m.Fields["title"].IsZero() {
		return stoa.Mapping{}
	}
	if keyed(at(doc, m.Item)) && m.Fields["key"].IsZero() {
		m.Fields["key"] = stoa.Field{Path: "@key"}
	}
	m.Next = guessJSONNext(doc, p, count(at(doc, m.Item)))
	if ok := doc.Get("status"); ok.Type == gjson.String && strings.EqualFold(ok.Str, "ok") {
		m.Status = stoa.Field{Path: "status", Match: regexp.QuoteMeta(ok.Str)}
	}
	return m
}

// guessDeep finds the list of items at the top of an answer, or one level below.
func guessDeep(doc gjson.Result) string {
	path := guessItems(doc)
	if path != "@this" || !doc.IsObject() || keyed(doc) {
		return path
	}
	best, size := path, 0
	doc.ForEach(func(key, v gjson.Result) bool {
		if !v.IsObject() || !memberName.MatchString(key.Str) {
			return true
		}
		if inner := guessItems(v); inner != "@this" {
			if n := count(at(v, inner)); n > size {
				best, size = key.Str+"."+inner, n
			}
		}
		return true
	})
	return best
}

var memberName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// usedWays keeps of the ways to a value those that some item uses.
func usedWays(path string, sample []gjson.Result) string {
	var used []string
	for _, v := range sample {
		for way := range strings.SplitSeq(path, " || ") {
			if scalar(v.Get(way)) == "" && len(flatten(nil, v.Get(way))) == 0 {
				continue
			}
			if !slices.Contains(used, way) {
				used = append(used, way)
			}
			break
		}
	}
	return strings.Join(used, " || ")
}

var (
	titleName = regexp.MustCompile(`(?i)(title|name|heading)`)
	dateName  = regexp.MustCompile(`(?i)(date|published|issued|dt$)`)
	dateForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\d`)
)

// byForm fills what no common name told: an address is what looks like one, a title what is called one.
func byForm(fields map[string]stoa.Field, sample []gjson.Result) {
	sample[0].ForEach(func(key, v gjson.Result) bool {
		if !memberName.MatchString(key.Str) {
			return true
		}
		path, text := key.Str, scalar(v)
		if v.IsObject() { // {"rendered": …}, {"en": …}
			v.ForEach(func(inner, w gjson.Result) bool {
				if text = scalar(w); text != "" && memberName.MatchString(inner.Str) {
					path += "." + inner.Str
				}
				return text == ""
			})
		}
		switch {
		case text == "":
		case isWeb(text) && fields["url"].IsZero():
			fields["url"] = stoa.Field{Path: path}
		case titleName.MatchString(key.Str) && fields["title"].IsZero() && !isWeb(text):
			fields["title"] = stoa.Field{Path: path}
		case dateName.MatchString(key.Str) && dateForm.MatchString(text) && fields["published"].IsZero():
			fields["published"] = stoa.Field{Path: path}
		}
		return true
	})
}

// guessJSONNext finds how an answer with n items leads to the next one.
func guessJSONNext(doc gjson.Result, p Page, n int) stoa.Next {
	if linkHeader(p, "next") != "" {
		return stoa.Next{Link: headerLink}
	}
	for _, path := range []string{"next", "next_rest_url", "links.next", "_links.next.href", "meta.next", "pagination.next", "paging.next"} {
		if said := scalar(doc.Get(path)); said != "" && strings.HasPrefix(absolute(said, p.URL), "http") {
			return stoa.Next{Link: path}
		}
	}
	if path, token := lookup(doc, "next_cursor", "nextCursor", "next_page_token", "nextPageToken", "cursor"); token != "" {
		name := map[bool]string{true: "cursor", false: "pageToken"}[strings.Contains(strings.ToLower(path), "cursor")]
		return stoa.Next{Cursor: path, Param: name}
	}
	totalPath, total := lookup(doc, "total", "totalRows", "total_count", "totalCount", "numFound", "count", "recordsTotal")
	all, err := strconv.Atoi(total)
	if err != nil || all < 0 {
		totalPath, all = "", -1
	}
	query := url.Values{}
	if u, err := url.Parse(p.URL); err == nil {
		query = u.Query()
	}
	for _, name := range []string{"offset", "os", "start", "from", "skip"} {
		if path, _ := lookup(doc, name); path == "" && !query.Has(name) {
			continue
		}
		size := n
		if _, limit := lookup(doc, "limit", "rows", "size", "per_page", "page_size"); limit != "" {
			if v, err := strconv.Atoi(limit); err == nil && v > 0 {
				size = v
			}
		}
		return stoa.Next{Param: name, Step: size, Size: size, Total: totalPath}
	}
	pages, _ := lookup(doc, "total_pages", "totalPages", "pages", "page_count", "pageCount", "last_page")
	if current, _ := lookup(doc, "page", "current_page", "currentPage", "pageNumber"); pages != "" && current != "" || query.Has("page") || all > n && current != "" {
		return stoa.Next{Param: "page", From: 1, Size: n, Total: totalPath}
	}
	return stoa.Next{}
}

// lookup finds a member by one of these names at the top of an answer, or in what describes its pages.
func lookup(doc gjson.Result, names ...string) (path, value string) {
	for _, prefix := range []string{"", "meta.", "pagination.", "paging.", "page.", "response."} {
		for _, name := range names {
			v := doc.Get(prefix + name)
			if s := scalar(v); v.Exists() && s != "" && (v.Type == gjson.Number || v.Type == gjson.String) {
				return prefix + name, s
			}
		}
	}
	return "", ""
}
