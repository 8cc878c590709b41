package decode

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
	rssfeed "github.com/mmcdole/gofeed/rss"

	"stoa"
)

// rssItem translates an item of RSS, RDF or CDF.
func (r *feedReader) rssItem(it *rssfeed.Item, w *rewriter) stoa.Item {
	f := fields{it.Extensions, w}
	out := stoa.Item{
		Title:   w.text(it.Title),
		Summary: w.text(it.Description),
		Content: w.text(it.Content),
	}
	f.common(&out)
	out.Title = titleText(out.Title)
	if it.GUID != nil {
		out.Key = w.text(it.GUID.Value)
	}
	out.Key = cmp.Or(out.Key, f.first("x:id", "atom:id", "x:about"))
	out.URL = f.itemLink(it)
	out.Authors = persons(append([]string{w.text(it.Author)}, f.all("x:author", "dc:creator")...)...)
	if len(out.Authors) == 0 {
		out.Authors = persons(f.all("atom:author", "itunes:author")...)
	}
	var categories []string
	for _, c := range it.Categories {
		categories = append(categories, w.text(c.Value))
	}
	for _, e := range f.every("atom:category") {
		categories = append(categories, f.attr(e, "term"))
	}
	out.Categories = append(categories, out.Categories...)
	var files []stoa.Enclosure
	for _, e := range it.Enclosures {
		files = append(files, enclosure(w.text(e.URL), w.text(e.Type), w.text(e.Length)))
	}
	for _, e := range f.every("atom:link") {
		if f.attr(e, "rel") == "enclosure" {
			files = append(files, enclosure(f.attr(e, "href"), f.attr(e, "type"), f.attr(e, "length")))
		}
	}
	out.Enclosures = append(files, out.Enclosures...)
	r.mapping.apply(&out, f)
	r.complete(&out)
	return out
}

// itemLink returns the address of an item's page: what says so, else an id that is one, else the page of its comments.
func (f fields) itemLink(it *rssfeed.Item) string {
	if stated := cmp.Or(f.first("feedburner:origlink"), f.link("x:link", "atom:link"), f.first("x:href")); stated != "" {
		return stated
	}
	if id := f.guidLink(it.GUID); id != "" {
		return id
	}
	for _, id := range []string{f.first("x:about"), f.first("atom:id", "x:id"), f.w.text(it.Comments)} {
		if address := webAddress(id); address != "" {
			return address
		}
	}
	return ""
}

// link returns the address that elements of the given names point to: as their text, or as a link to the page itself.
func (f fields) link(names ...string) string {
	for _, name := range names {
		for _, e := range f.every(name) {
			if rel := f.attr(e, "rel"); rel != "" && rel != "alternate" {
				continue
			}
			if address := f.attr(e, "href"); address != "" {
				return address
			}
		}
	}
	return ""
}

// guidLink returns a guid that is a link: RSS 2.0 says that every one is that is not said not to be, but many that
// are not said to be are none. One that is a path, or is said to be a link, is read from where it stands.
func (f fields) guidLink(guid *rssfeed.GUID) string {
	if guid == nil || f.w.text(guid.IsPermalink) == "false" {
		return ""
	}
	return cmp.Or(webAddress(f.w.text(guid.Value)), webAddress(f.first("x:guidlink")))
}

// webAddress returns an address of the web as browsers write it, and "" for anything else.
func webAddress(s string) string {
	if len(s) < 8 || !strings.EqualFold(s[:4], "http") {
		return ""
	}
	return absolute(s, "")
}

// rssHead translates what a channel says of itself.
func (r *feedReader) rssHead(feed *rssfeed.Feed, w *rewriter) {
	f := fields{feed.Extensions, w}
	var as stoa.Item
	f.common(&as)
	r.listing.Head = stoa.Head{
		Title:    titleText(cmp.Or(w.text(feed.Title), as.Title)),
		URL:      cmp.Or(f.link("x:link", "atom:link"), f.first("x:href"), webAddress(f.first("x:about"))),
		Summary:  cmp.Or(w.text(feed.Description), as.Summary, f.first("x:info")),
		Language: cmp.Or(w.text(feed.Language), as.Language),
		Updated:  cmp.Or(as.Updated, as.Published),
	}
	r.listing.Fresh = freshFor(f)
	r.authors = tidyPersons(persons(f.all("x:author", "dc:creator", "atom:author")...))
	if len(r.authors) == 0 {
		r.authors = tidyPersons(persons(f.all("itunes:author")...))
	}
	r.next(f.every("atom:link"), f)
}

// freshFor is how long a feed says that it stays as it is: by its ttl, in minutes, else by how often it is updated.
func freshFor(f fields) time.Duration {
	if minutes, err := strconv.Atoi(strings.TrimSpace(f.first("x:ttl"))); err == nil && minutes > 0 {
		return min(time.Duration(min(minutes, 1<<20))*time.Minute, maxFresh)
	}
	periods := map[string]time.Duration{"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour}
	period := periods[strings.ToLower(strings.TrimSpace(f.first("sy:updateperiod")))]
	often, err := strconv.Atoi(strings.TrimSpace(f.first("sy:updatefrequency")))
	if err != nil || often < 1 {
		often = 1
	}
	return min(period/time.Duration(often), maxFresh)
}

// next notes the addresses of further pages (RFC 5005).
func (r *feedReader) next(links []ext.Extension, f fields) {
	for _, e := range links {
		if address := f.attr(e, "href"); f.attr(e, "rel") == "next" && isWeb(address) {
			r.listing.Next = append(r.listing.Next, address)
		}
	}
}

// head writes what stands outside all items.
func (w *rewriter) head(rules map[string]feedRule, before, after string) {
	w.reset()
	w.given = map[string]bool{}
	w.write(before)
	var t token
	scan := newScanner(w.doc.src, w.doc.start, w.doc.end)
	if scan.next(&t) && t.kind == startToken {
		w.about(&t, w.doc.root)
	}
	from := t.end
	for _, sp := range w.doc.items {
		if int(sp.from) > from && strings.IndexByte(w.doc.src[from:sp.from], '<') >= 0 {
			w.children(from, int(sp.from), w.doc.root, rules)
		}
		from = int(sp.to)
	}
	w.children(from, w.doc.end, w.doc.root, rules)
	w.write(after)
}

// tombstone reads a deleted-entry of RFC 6721.
func (w *rewriter) tombstone(sp span) (stoa.Item, error) {
	var t token
	scan := newScanner(w.doc.src, int(sp.from), int(sp.to))
	scan.next(&t)
	it := stoa.Item{Withdrawn: true}
	for a, rest := nextAttribute(t.attrs); a.name != ""; a, rest = nextAttribute(rest) {
		switch value := strings.TrimSpace(w.doc.entities.decode(a.value)); localName(a.name) {
		case "ref":
			it.Key = strings.Clone(value)
		case "when":
			it.Updated = stamp(value)
		}
	}
	if it.Key == "" {
		return stoa.Item{}, fmt.Errorf("deleted entry at bytes %d to %d: %w: it does not say which", sp.from, sp.to, ErrUnparsable)
	}
	it.URL = webAddress(it.Key)
	return it, nil
}
