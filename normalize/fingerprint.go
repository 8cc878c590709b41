package normalize

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"stoa"
	"stoa/normalize/link"
)

// Fingerprint returns a hash of what matters in item: 32 hexadecimal digits. Two readings of an item that differ in
// spacing, markup, tracking parameters, order of categories, or in dates of publication and update, which some
// sources renew at every fetch, have the same one. The body counts only where there is no summary: bodies carry
// advertisements that change.
func Fingerprint(item stoa.Item) string {
	h := sha256.New()
	field := func(name, value string) {
		if value != "" {
			h.Write([]byte(name + "\x1f" + value + "\x1e"))
		}
	}
	field("title", Plain(item.Title))
	field("url", identity(item.URL))
	if summary := Plain(item.Summary); summary != "" {
		field("summary", summary)
	} else {
		field("content", head(Plain(item.Content), 300))
	}
	field("when", Plain(item.When))
	field("location", Plain(item.Location))
	field("language", strings.ToLower(strings.TrimSpace(item.Language)))
	for _, c := range texts(item.Categories) {
		field("category", c)
	}
	for _, e := range files(item.Enclosures) {
		field("enclosure", e)
	}
	for _, name := range slices.Sorted(maps.Keys(item.Extra)) {
		if !renewed[strings.ToLower(name)] {
			field("extra "+name, Plain(item.Extra[name]))
		}
	}
	if item.Withdrawn {
		field("withdrawn", "yes")
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// renewed are extra fields that tell when something was fetched or counted, not what it is.
var renewed = map[string]bool{
	"published": true, "updated": true, "modified": true, "fetched": true, "pubdate": true, "lastbuilddate": true,
	"views": true, "hits": true, "downloads": true, "comments": true, "likes": true, "shares": true, "dtstamp": true,
	"last-modified": true, "lastmod": true, "sequence": true,
}

// identity returns the address as far as it identifies, or as it stands where it is no address.
func identity(raw string) string {
	if c, err := link.Canonical(raw, nil); err == nil {
		return c
	}
	return strings.TrimSpace(raw)
}

func files(list []stoa.Enclosure) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, identity(e.URL))
	}
	slices.Sort(out)
	return out
}

// texts returns the plain texts of list, sorted, each once.
func texts(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if p := Plain(s); p != "" {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// head returns at most n characters of s.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
