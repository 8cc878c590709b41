package decode

import (
	"cmp"

	atomfeed "github.com/mmcdole/gofeed/atom"

	"stoa"
)

// atomItem translates an Atom entry.
func (r *feedReader) atomItem(e *atomfeed.Entry, w *rewriter) stoa.Item {
	f := fields{e.Extensions, w}
	out := stoa.Item{Title: w.text(e.Title), Summary: w.text(e.Summary)}
	var elsewhere string // content that is only pointed to
	if e.Content != nil {
		out.Content, elsewhere = w.text(e.Content.Value), w.text(e.Content.Src)
	}
	f.common(&out)
	out.Key = cmp.Or(f.first("x:id"), f.first("x:about"))
	out.URL = cmp.Or(f.first("feedburner:origlink"), alternate(e.Links, w, "alternate"))
	if out.URL == "" {
		out.URL = cmp.Or(webAddress(out.Key), webAddress(elsewhere), alternate(e.Links, w, "related", "via", "canonical", "self"))
	}
	out.Authors = atomPersons(e.Authors, w)
	if len(out.Authors) == 0 && e.Source != nil {
		out.Authors = atomPersons(e.Source.Authors, w)
	}
	if len(out.Authors) == 0 {
		out.Authors = persons(f.all("dc:creator", "itunes:author")...)
	}
	var categories []string
	for _, c := range e.Categories {
		categories = append(categories, cmp.Or(w.text(c.Term), w.text(c.Label)))
	}
	out.Categories = append(categories, out.Categories...)
	for _, l := range e.Links {
		if w.text(l.Rel) == "enclosure" {
			out.Enclosures = append(out.Enclosures, enclosure(w.text(l.Href), w.text(l.Type), w.text(l.Length)))
		}
	}
	r.mapping.apply(&out, f)
	r.complete(&out)
	return out
}

// alternate returns the first link of any of the relations, the earlier relations first; pages before other files.
func alternate(links []*atomfeed.Link, w *rewriter, rels ...string) string {
	for _, rel := range rels {
		other := ""
		for _, l := range links {
			address := w.text(l.Href)
			if w.text(l.Rel) != rel || !isWeb(address) {
				continue
			}
			switch w.text(l.Type) {
			case "", "text/html", "application/xhtml+xml":
				return address
			}
			other = cmp.Or(other, address)
		}
		if other != "" {
			return other
		}
	}
	return ""
}

func atomPersons(list []*atomfeed.Person, w *rewriter) []stoa.Person {
	var all []stoa.Person
	for _, p := range list {
		one := personOf(w.text(p.Name))
		if mail := personOf(w.text(p.Email)).Email; mail != "" {
			one.Email = mail
		}
		if one != (stoa.Person{}) && len(all) < maxPersons {
			all = append(all, one)
		}
	}
	return all
}

// atomHead translates what a feed says of itself.
func (r *feedReader) atomHead(feed *atomfeed.Feed, w *rewriter) {
	f := fields{feed.Extensions, w}
	var as stoa.Item
	f.common(&as)
	r.listing.Head = stoa.Head{
		Title:    cmp.Or(w.text(feed.Title), as.Title),
		URL:      cmp.Or(alternate(feed.Links, w, "alternate"), f.first("x:href")),
		Summary:  cmp.Or(as.Summary, f.first("x:info")),
		Language: as.Language,
		Updated:  cmp.Or(as.Updated, as.Published),
	}
	r.listing.Fresh = freshFor(f)
	r.authors = tidyPersons(atomPersons(feed.Authors, w))
	if len(r.authors) == 0 {
		r.authors = tidyPersons(persons(f.all("dc:creator", "itunes:author")...))
	}
	for _, l := range feed.Links {
		if address := w.text(l.Href); w.text(l.Rel) == "next" && isWeb(address) {
			r.listing.Next = append(r.listing.Next, address)
		}
	}
}
