package decode

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"stoa"
)

// maxChildMaps bounds the sitemaps that one index leads to.
const maxChildMaps = 500

// openSitemap reads a sitemap: a list of addresses (with the words of Google's news extension), an index of further
// sitemaps, or plain text with an address a line; packed with gzip or not. Titles and texts come from detail pages.
func openSitemap(p Page, src stoa.Source) (*Listing, error) {
	body, err := gunzip(p.Body, bodyLimit(src))
	if err != nil {
		return nil, err
	}
	p.Body = body
	text, _ := decodeText(p.Body, p.Header.Get("Content-Type"), xmlText)
	text = strings.TrimSpace(text)
	top := strings.ToLower(cut(text, maxField))
	switch {
	case text == "":
		return nil, fmt.Errorf("%w: the sitemap is empty", ErrUnparsable)
	case strings.Contains(top, "<sitemapindex"), strings.Contains(top, ":sitemapindex"):
		return sitemapIndex(p, text)
	case strings.Contains(top, "<urlset"), strings.Contains(top, ":urlset"):
		return sitemapURLs(p, src, text), nil
	case strings.HasPrefix(text, "<"):
		return nil, fmt.Errorf("%w: markup, but no sitemap: a page for people, a login or a challenge", ErrUnparsable)
	}
	return sitemapText(p, src, text)
}

// gunzip unpacks a body that is packed, up to limit bytes.
func gunzip(body []byte, limit int64) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if int64(len(out)) > limit {
		return nil, fmt.Errorf("%w: unpacks to more than %d bytes", ErrTooLarge, limit)
	}
	if err != nil && len(out) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	return out, nil // cut off: what was whole counts, and the reader notices
}

// sitemapIndex leads to the sitemaps that an index lists.
func sitemapIndex(p Page, text string) (*Listing, error) {
	l := &Listing{Total: -1, Items: none}
	inside, loc := false, ""
	for e, err := range xmlSteps(text) {
		if err != nil {
			l.Truncated = true
			l.warn("%s", strings.TrimPrefix(err.Error(), string(ErrUnparsable)+": "))
			break
		}
		switch {
		case e.name == "loc":
			inside = e.kind == startToken
		case e.kind == textToken && inside:
			loc += e.text
		case e.kind == endToken && e.name == "sitemap":
			if u := absolute(strings.TrimSpace(loc), p.URL); strings.HasPrefix(u, "http") && u != p.URL {
				if len(l.Next) == maxChildMaps {
					l.Truncated = true
					l.warn("more than %d sitemaps in the index: the rest is left out", maxChildMaps)
					return l, nil
				}
				l.Next = append(l.Next, u)
			}
			loc = ""
		}
	}
	if len(l.Next) == 0 {
		return nil, fmt.Errorf("%w: the index lists no sitemap", ErrNoMatch)
	}
	return l, nil
}

// sitemapURLs yields the entries of a sitemap.
func sitemapURLs(p Page, src stoa.Source, text string) *Listing {
	l := &Listing{Total: -1}
	fill := newFiller(p, src, p.URL)
	l.Items = func(yield func(stoa.Item, error) bool) {
		values, field, beside, n := map[string][]string{}, "", "", 0
		for e, err := range xmlSteps(text) {
			switch {
			case err != nil:
				l.Truncated = true
				l.warn("%s", strings.TrimPrefix(err.Error(), string(ErrUnparsable)+": "))
				return
			case e.kind == startToken && e.name == "url":
				clear(values)
				beside = ""
			case beside != "" && e.name != "url":
				if e.kind == endToken && e.name == beside {
					beside = ""
				}
			case e.kind == startToken && (e.name == "image" || e.name == "video"):
				beside = e.name // has an address and a title of its own
			case e.kind == startToken && e.name == "link":
				hreflang(values, e.attrs)
			case e.kind == startToken:
				field = e.name
			case e.kind == textToken && field != "" && len(values[field]) < maxValues:
				values[field] = append(values[field], e.text)
			case e.kind == endToken && e.name == "url":
				n++
				item, err := sitemapItem(values, fill)
				if err != nil {
					err = fmt.Errorf("entry %d: %w", n, err)
				}
				if !yield(item, err) {
					return
				}
				field = ""
			case e.kind == endToken:
				field = ""
			}
		}
	}
	return l
}

// hreflang keeps the address of an edition in another language.
func hreflang(values map[string][]string, attrs string) {
	at := attributesOf(attrs)
	if tag := strings.ToLower(at["hreflang"]); tag != "" && tag != "x-default" && strings.EqualFold(at["rel"], "alternate") && len(values) < maxAttrs {
		values["hreflang:"+cut(tag, 35)] = []string{at["href"]}
	}
}

func sitemapItem(values map[string][]string, fill filler) (stoa.Item, error) {
	text := func(name string) []string { return []string{strings.TrimSpace(strings.Join(values[name], ""))} }
	var item stoa.Item
	if loc := text("loc")[0]; strings.Contains(loc, "://") || strings.HasPrefix(loc, "/") {
		fill.put(&item, "url", []string{loc})
	}
	if !strings.HasPrefix(item.URL, "http") {
		return item, fmt.Errorf("%w: %q is no address", ErrUnparsable, cut(text("loc")[0], maxLabel))
	}
	fill.put(&item, "updated", text("lastmod"))
	fill.put(&item, "title", text("title"))
	fill.put(&item, "published", text("publication_date"))
	fill.put(&item, "language", text("language"))
	fill.put(&item, "categories", strings.Split(text("keywords")[0], ","))
	for name, v := range values {
		if strings.HasPrefix(name, "hreflang:") {
			extra(&item, name, absolute(v[0], fill.base))
		}
	}
	return item, nil
}

// sitemapText reads an address a line.
func sitemapText(p Page, src stoa.Source, text string) (*Listing, error) {
	firstLine, _, _ := strings.Cut(text, "\n")
	if u := absolute(strings.TrimSpace(firstLine), ""); !strings.HasPrefix(u, "http") {
		return nil, fmt.Errorf("%w: neither a sitemap nor a list of addresses", ErrUnparsable)
	}
	fill := newFiller(p, src, p.URL)
	l := &Listing{Total: -1}
	l.Items = func(yield func(stoa.Item, error) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			item, err := sitemapItem(map[string][]string{"loc": {line}}, fill)
			if err != nil {
				err = fmt.Errorf("line %d: %w", n, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
	return l, nil
}
