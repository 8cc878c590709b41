package match

import (
	"path"
	"regexp"
	"strings"

	"stoa/normalize/link"
)

// Host returns the host of an address without "www." and port, in lower case.
func Host(address string) string { return link.Host(address) }

// Address returns what of an address tells things apart: the canonical form without scheme, closing slash, index file
// and the variants for print and telephones. It is "" for what is no address.
func Address(address string) string {
	if address == "" {
		return ""
	}
	a, err := link.Canonical(address, nil)
	if err != nil {
		return ""
	}
	a = strings.TrimPrefix(a, "https://")
	head, query, has := strings.Cut(a, "?")
	for _, end := range []string{"/index.html", "/index.htm", "/index.php", "/default.aspx", "/index.aspx", "/amp"} {
		if t, ok := strings.CutSuffix(head, end); ok && !(has && end == "/index.php") {
			head = t
		}
	}
	head = strings.TrimRight(head, "/")
	if has {
		return head + "?" + query
	}
	return head
}

var (
	tongues    = `en|fr|es|ar|zh|ru|pt|de|it|cs|pl|nl|ja|ko|tr|uk|ro|el|hu|sv|da|fi|sr|hr|sq|mk|bg|sl|sk|lt|lv|et|ka|az|hy|kk|uz|ky|fa|he|id|vi|th|ms|sw`
	longTongue = `eng|fra|fre|spa|esp|ara|zho|chi|rus|por|deu|ger|ita|kaz|kir|ukr|english|french|francais|spanish|espanol|arabic|chinese|russian|german|portuguese|deutsch`
	segmentRE  = regexp.MustCompile(`(?i)^(?:` + tongues + `)(?:[-_](?:[a-z]{2}|[a-z]{4}))?$|^(?:` + longTongue + `)$`)
	suffixRE   = regexp.MustCompile(`(?i)[-_.](?:in-)?(?:` + tongues + `|` + longTongue + `)$`)
	queryRE    = regexp.MustCompile(`(?i)(?:^|&)(?:lang|language|locale|hl|lng|langid|languageid|preflang)=[^&]*`)
)

// longestSuffix is that of "-in-portuguese".
const longestSuffix = 14

// tongueSegment reports whether a part of an address names a language.
func tongueSegment(s string) bool { return len(s) >= 2 && len(s) <= 10 && segmentRE.MatchString(s) }

// neutral returns an address without what names a language in it, and whether it named one: a label of the host, a
// segment or the end of the path, a parameter.
func neutral(address string) (string, bool) {
	head, query, _ := strings.Cut(address, "?")
	host, p, _ := strings.Cut(head, "/")
	named := false
	if first, rest, ok := strings.Cut(host, "."); ok && tongueSegment(first) && strings.Contains(rest, ".") {
		host, named = rest, true
	}
	var segments []string
	for s := range strings.SplitSeq(p, "/") {
		if tongueSegment(s) {
			named = true
			continue
		}
		segments = append(segments, s)
	}
	if n := len(segments); n > 0 {
		last, ext := segments[n-1], path.Ext(segments[n-1])
		if len(ext) > 5 || len(ext) < 3 {
			ext = ""
		}
		stem := strings.TrimSuffix(last, ext)
		tail := max(0, len(stem)-longestSuffix)
		if at := suffixRE.FindStringIndex(stem[tail:]); at != nil && tail+at[0] > 0 {
			segments[n-1], named = stem[:tail+at[0]]+ext, true
		}
	}
	if query != "" {
		if t := queryRE.ReplaceAllString(query, ""); t != query {
			query, named = strings.TrimPrefix(t, "&"), true
		}
	}
	out := host + "/" + strings.Join(segments, "/")
	if query != "" {
		out += "?" + query
	}
	return strings.ToLower(strings.TrimRight(out, "/")), named
}

// root reports whether an address is the front page of a site.
func root(address string) bool {
	n, _ := neutral(address)
	return !strings.Contains(n, "/")
}
