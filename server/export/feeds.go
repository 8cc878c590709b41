package export

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"time"

	"stoa"
	"stoa/server/page"
)

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr"`
	Label  string `xml:"label,attr"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      atomText       `xml:"title"`
	Updated    string         `xml:"updated"`
	Published  string         `xml:"published,omitempty"`
	Author     *atomPerson    `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    *atomText      `xml:"summary"`
	Rights     string         `xml:"rights,omitempty"`
}

// atomDeleted is a tombstone (RFC 6721).
type atomDeleted struct {
	Ref     string     `xml:"ref,attr"`
	When    string     `xml:"when,attr"`
	Comment atomText   `xml:"at:comment"`
	Links   []atomLink `xml:"link"`
}

type atomFeed struct {
	XMLName   xml.Name      `xml:"http://www.w3.org/2005/Atom feed"`
	Stones    string        `xml:"xmlns:at,attr"`
	Lang      string        `xml:"xml:lang,attr"`
	ID        string        `xml:"id"`
	Title     string        `xml:"title"`
	Updated   string        `xml:"updated"`
	Author    atomPerson    `xml:"author"`
	Generator string        `xml:"generator"`
	Links     []atomLink    `xml:"link"`
	Deleted   []atomDeleted `xml:"at:deleted-entry"`
	Entries   []atomEntry   `xml:"entry"`
}

// Atom writes an Atom feed (RFC 4287) with paging links (RFC 5005), and a tombstone (RFC 6721) for what was withdrawn or taken out. Ids
// never change; updated is when readers last saw a difference.
func Atom(w io.Writer, l List) error {
	records, err := l.collect()
	if err != nil {
		return err
	}
	f := atomFeed{
		Stones: "http://purl.org/atompub/tombstones/1.0", Lang: l.Words.Code, ID: l.First, Title: line(l.Title), Updated: stamp(updated(records, l.Gone)),
		Author: atomPerson{Name: line(l.Site.Title)}, Generator: "stoa",
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: l.Self}, {Rel: "alternate", Type: "text/html", Href: l.Page}},
	}
	if f.ID == "" {
		f.ID = l.Self
	}
	for _, n := range []struct{ rel, href string }{{"first", l.First}, {"previous", l.Previous}, {"next", l.Next}, {"last", l.Last}} {
		if n.href != "" {
			f.Links = append(f.Links, atomLink{Rel: n.rel, Type: "application/atom+xml", Href: n.href})
		}
	}
	for _, g := range l.Gone {
		f.Deleted = append(f.Deleted, l.tombstone(g))
	}
	for _, r := range records {
		if r.Relevance == stoa.Withdrawn {
			f.Deleted = append(f.Deleted, l.tombstone(Gone{Record: r, At: r.Changed}))
			continue
		}
		f.Entries = append(f.Entries, l.atomEntry(r))
	}
	return writeXML(w, f)
}

// tombstone says that an entry is to be forgotten, why, and what stands in its place.
func (l List) tombstone(g Gone) atomDeleted {
	out := atomDeleted{Ref: l.tag(g.Record), When: stamp(g.At), Comment: atomText{Lang: l.Words.Code, Text: l.Words.T("feed.removed")}}
	switch {
	case g.Into != "":
		out.Comment.Text = l.Words.T("feed.merged")
		out.Links = []atomLink{{Rel: "related", Type: "text/html", Href: l.Site.Absolute("/id/" + g.Into)}}
	case g.Record.Relevance == stoa.Withdrawn:
		out.Comment.Text = l.Words.T("feed.withdrawn")
	}
	return out
}

func (l List) atomEntry(r stoa.Record) atomEntry {
	e := atomEntry{
		ID: l.tag(r), Title: atomText{Lang: tagged(r.Language), Text: line(r.Title)}, Updated: stamp(r.Changed),
		Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: l.Address(r)}},
	}
	if !r.FirstListed.IsZero() {
		e.Published = stamp(r.FirstListed)
	}
	if name := publisher(r); name != "" {
		e.Author = &atomPerson{Name: line(name)}
	}
	if to := page.Outgoing(r.URL); to != "" {
		e.Links = append(e.Links, atomLink{Rel: "related", Href: to})
	}
	for _, p := range r.Pillars {
		e.Categories = append(e.Categories, atomCategory{Term: string(p), Scheme: l.Site.Absolute("/pillars"), Label: l.Words.Word("pillar", string(p))})
	}
	if r.Kind != "" {
		e.Categories = append(e.Categories, atomCategory{Term: string(r.Kind), Scheme: l.Site.Absolute("/kinds"), Label: l.Words.Word("kind", string(r.Kind))})
	}
	if text := l.teaser(r); text != "" {
		e.Summary = &atomText{Lang: tagged(r.Language), Type: "text", Text: text}
	}
	e.Rights = rights(r)
	return e
}

// teaser is the summary, led by what matters most: whether and until when one can take part.
func (l List) teaser(r stoa.Record) string {
	lead := ""
	switch {
	case r.Relevance == stoa.Withdrawn:
		lead = l.Words.T("feed.withdrawn")
	case r.Relevance == stoa.Closed:
		lead = l.Words.T("feed.closed", "date", l.Words.Date(r.Deadline))
	case r.Relevance == stoa.Ended && !r.End.IsZero():
		lead = l.Words.T("feed.ended", "date", l.Words.Date(r.End))
	case r.Relevance == stoa.Superseded:
		lead = l.Words.T("feed.superseded")
	case !r.Deadline.IsZero() && r.OpenNow():
		lead = l.Words.T("feed.closes", "date", l.Words.Date(r.Deadline))
	}
	if lead == "" {
		return clean(r.Summary)
	}
	if r.Summary == "" {
		return lead
	}
	return lead + " " + clean(r.Summary)
}

type rssGUID struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	Text      string `xml:",chardata"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	Description string   `xml:"description,omitempty"`
	Creator     string   `xml:"http://purl.org/dc/elements/1.1/ creator,omitempty"`
	Rights      string   `xml:"http://purl.org/dc/elements/1.1/ rights,omitempty"`
	Categories  []string `xml:"category"`
	GUID        rssGUID  `xml:"guid"`
	Date        string   `xml:"pubDate,omitempty"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Built       string    `xml:"lastBuildDate"`
	Generator   string    `xml:"generator"`
	Links       []rssSelf `xml:"http://www.w3.org/2005/Atom link"`
	Items       []rssItem `xml:"item"`
}

type rssSelf struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Channel rssChannel `xml:"channel"`
}

// RSS writes RSS 2.0. The guid is the permanent address of the record.
func RSS(w io.Writer, l List) error {
	records, err := l.collect()
	if err != nil {
		return err
	}
	c := rssChannel{
		Title: line(l.Title), Link: l.Page, Description: line(l.Words.T("feed.about", "site", l.Site.Title)), Language: l.Words.Code,
		Built: updated(records, nil).Format(time.RFC1123Z), Generator: "stoa",
		Links: []rssSelf{{Rel: "self", Type: "application/rss+xml", Href: l.Self}},
	}
	if l.Next != "" {
		c.Links = append(c.Links, rssSelf{Rel: "next", Type: "application/rss+xml", Href: l.Next})
	}
	for _, r := range records {
		item := rssItem{
			Title: line(r.Title), Link: l.Address(r), Description: l.teaser(r), Creator: line(publisher(r)), Rights: rights(r),
			GUID: rssGUID{Permanent: true, Text: l.Permanent(r)}, Date: r.Changed.UTC().Format(time.RFC1123Z),
		}
		for _, p := range r.Pillars {
			item.Categories = append(item.Categories, l.Words.Word("pillar", string(p)))
		}
		if r.Kind != "" {
			item.Categories = append(item.Categories, l.Words.Word("kind", string(r.Kind)))
		}
		c.Items = append(c.Items, item)
	}
	return writeXML(w, rss{Version: "2.0", Channel: c})
}

type feedAuthor struct {
	Name string `json:"name"`
}

type feedItem struct {
	ID       string       `json:"id"`
	URL      string       `json:"url"`
	External string       `json:"external_url,omitempty"`
	Title    string       `json:"title"`
	Text     string       `json:"content_text"`
	Language string       `json:"language,omitempty"`
	Listed   string       `json:"date_published,omitempty"`
	Changed  string       `json:"date_modified"`
	Authors  []feedAuthor `json:"authors,omitempty"`
	Tags     []string     `json:"tags,omitempty"`
	Terms    *feedTerms   `json:"_terms,omitempty"`
}

// feedTerms is an extension of ours, as JSON Feed lets them be: whose words these are.
type feedTerms struct {
	Attribution string `json:"attribution,omitempty"`
	Licence     string `json:"licence,omitempty"`
}

type jsonFeed struct {
	Version  string     `json:"version"`
	Title    string     `json:"title"`
	Home     string     `json:"home_page_url"`
	Feed     string     `json:"feed_url"`
	Next     string     `json:"next_url,omitempty"`
	Language string     `json:"language"`
	Items    []feedItem `json:"items"`
}

// JSONFeed writes JSON Feed 1.1.
func JSONFeed(w io.Writer, l List) error {
	records, err := l.collect()
	if err != nil {
		return err
	}
	f := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: line(l.Title), Home: l.Page, Feed: l.Self, Next: l.Next,
		Language: l.Words.Code, Items: []feedItem{},
	}
	for _, r := range records {
		item := feedItem{
			ID: l.tag(r), URL: l.Address(r), External: page.Outgoing(r.URL), Title: line(r.Title), Text: l.teaser(r),
			Language: tagged(r.Language), Changed: stamp(r.Changed),
		}
		if !r.FirstListed.IsZero() {
			item.Listed = stamp(r.FirstListed)
		}
		if name := publisher(r); name != "" {
			item.Authors = []feedAuthor{{Name: line(name)}}
		}
		for _, p := range r.Pillars {
			item.Tags = append(item.Tags, string(p))
		}
		if r.Kind != "" {
			item.Tags = append(item.Tags, string(r.Kind))
		}
		if t := r.Terms; t.Attribution+t.Licence != "" {
			item.Terms = &feedTerms{line(t.Attribution), line(t.Licence)}
		}
		f.Items = append(f.Items, item)
	}
	enc := json.NewEncoder(w)
	return enc.Encode(f)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	if err := enc.Encode(v); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
