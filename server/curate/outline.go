package curate

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"

	"stoa"
	"stoa/server/page"
)

// Bounds of an outline that is taken in.
const (
	maxOutline      = 200 << 10
	maxOutlines     = 500
	maxOutlineDepth = 20
)

// Outline is one source in OPML 2.0, which feed readers exchange.
type Outline struct {
	Title, Address, Page, Organisation, Format string
}

type opmlNode struct {
	Text     string     `xml:"text,attr"`
	Title    string     `xml:"title,attr,omitempty"`
	Type     string     `xml:"type,attr,omitempty"`
	Address  string     `xml:"xmlUrl,attr,omitempty"`
	Page     string     `xml:"htmlUrl,attr,omitempty"`
	Category string     `xml:"category,attr,omitempty"`
	Inner    []opmlNode `xml:"outline"`
}

type opmlFile struct {
	XMLName xml.Name   `xml:"opml"`
	Version string     `xml:"version,attr"`
	Title   string     `xml:"head>title"`
	Body    []opmlNode `xml:"body>outline"`
}

// WriteOPML writes sources as OPML 2.0, grouped by organisation. What is no feed is named with its page.
func WriteOPML(w io.Writer, title string, all []stoa.Source) error {
	file := opmlFile{Version: "2.0", Title: clean(title)}
	places := map[string]int{}
	for _, s := range all {
		at, ok := places[s.Organisation]
		if !ok {
			at = len(file.Body)
			places[s.Organisation] = at
			file.Body = append(file.Body, opmlNode{Text: clean(s.Organisation)})
		}
		n := opmlNode{Text: clean(s.Title), Title: clean(s.Title), Category: s.ID}
		if s.Format == "feed" {
			n.Type, n.Address = "rss", s.URL
		} else {
			n.Type, n.Page = "link", s.URL
		}
		file.Body[at].Inner = append(file.Body[at].Inner, n)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(file); err != nil {
		return fmt.Errorf("write OPML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// clean drops what XML 1.0 cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 0xFFFE || r == 0xFFFF || r < ' ' && r != '\t' && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// ReadOPML reads the feeds that an outline names. It is bounded in size, depth and number before it is looked at.
func ReadOPML(r io.Reader) ([]Outline, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxOutline+1))
	if err != nil {
		return nil, fmt.Errorf("read OPML: %w", err)
	}
	if len(body) > maxOutline {
		return nil, fmt.Errorf("read OPML: %w: more than %d bytes", stoa.ErrInvalid, maxOutline)
	}
	dec := xml.NewDecoder(strings.NewReader(string(body)))
	dec.CharsetReader = charset.NewReaderLabel
	var out []Outline
	var groups []string // of the outlines that are open
	opened := false
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read OPML: %w: %v", stoa.ErrInvalid, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			opened = opened || t.Name.Local == "opml"
			if groups = append(groups, ""); len(groups) > maxOutlineDepth {
				return nil, fmt.Errorf("read OPML: %w: deeper than %d", stoa.ErrInvalid, maxOutlineDepth)
			}
			if t.Name.Local != "outline" {
				continue
			}
			o, text := outlineOf(t)
			groups[len(groups)-1] = text
			if o.Address == "" {
				continue
			}
			o.Organisation = above(groups)
			if out = append(out, o); len(out) > maxOutlines {
				return nil, fmt.Errorf("read OPML: %w: more than %d sources", stoa.ErrInvalid, maxOutlines)
			}
		case xml.EndElement:
			groups = groups[:max(len(groups)-1, 0)]
		}
	}
	if !opened {
		return nil, fmt.Errorf("read OPML: %w: there is no opml element", stoa.ErrInvalid)
	}
	return out, nil
}

// above is the group that an outline stands in.
func above(groups []string) string {
	for i := len(groups) - 2; i >= 0; i-- {
		if groups[i] != "" {
			return groups[i]
		}
	}
	return ""
}

func outlineOf(t xml.StartElement) (o Outline, text string) {
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "text", "title":
			if text == "" {
				text = strings.TrimSpace(a.Value)
			}
		case "xmlUrl":
			o.Address, o.Format = strings.TrimSpace(a.Value), "feed"
		}
	}
	o.Title = text
	return o, text
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// EntryOf makes an entry of an outline: a draft that somebody completes. taken tells ids that there are already.
func EntryOf(o Outline, taken func(id string) bool) (string, error) {
	if page.Outgoing(o.Address) == "" || strings.HasPrefix(o.Address, "mailto:") {
		return "", fmt.Errorf("%w address %q: want http://… or https://…", stoa.ErrInvalid, o.Address)
	}
	base := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(page.HostOf(o.Address)+" "+o.Title), "-"), "-")
	base = strings.Trim(base[:min(len(base), 50)], "-")
	id := base
	for n := 2; taken(id); n++ {
		id = base + "-" + page.Decimal(n)
	}
	title, org := o.Title, o.Organisation
	if title == "" {
		title = page.HostOf(o.Address)
	}
	if org == "" {
		org = page.HostOf(o.Address)
	}
	return fmt.Sprintf("sources:\n  - id: %s\n    organisation: %q\n    title: %q\n    url: %q\n    format: feed\n    trust: draft\n", id, org, title, o.Address), nil
}

// outlines gives all sources as OPML.
func (d *Desk) outlines(w http.ResponseWriter, r *http.Request, v visit) error {
	var b strings.Builder
	if err := WriteOPML(&b, d.Site.Title, d.Sources()); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="sources.opml"`)
	page.Send(w, r, page.Answer{Type: "text/x-opml; charset=utf-8", Body: []byte(b.String()), Cache: page.Private})
	return nil
}

// takeOutlines makes drafts of the feeds of an outline. What is known by its address, or cannot be, is named.
func (d *Desk) takeOutlines(w http.ResponseWriter, r *http.Request, v visit) error {
	if d.Office.Shelf == nil {
		return noWorkshop()
	}
	var in io.Reader
	if file, _, err := r.FormFile("file"); err == nil {
		defer file.Close()
		in = file
	} else if text := r.FormValue("opml"); text != "" {
		in = strings.NewReader(text)
	} else {
		return page.Faults{{Field: "file", Text: "want an OPML file"}}
	}
	list, err := ReadOPML(in)
	if err != nil {
		return page.Faults{{Field: "file", Text: err.Error()}}
	}
	n := newEntry{imported: true}
	known := map[string]bool{}
	ids := map[string]bool{}
	for _, s := range d.Sources() {
		known[s.URL], ids[s.ID] = true, true
	}
	for _, o := range list {
		if known[o.Address] {
			n.skipped = append(n.skipped, o.Address)
			continue
		}
		known[o.Address] = true
		text, err := EntryOf(o, func(id string) bool { return ids[id] })
		var made stoa.Source
		if err == nil {
			made, err = d.Office.Shelf.Put(r.Context(), "", text)
		}
		if err != nil && !errors.Is(err, stoa.ErrInvalid) {
			return err
		}
		if err != nil {
			n.skipped = append(n.skipped, o.Address)
			continue
		}
		ids[made.ID] = true
		n.taken++
	}
	d.Log.InfoContext(r.Context(), "outline taken", "request", page.RequestID(r.Context()), "sources", n.taken, "by", v.user.Name)
	return d.showNew(w, r, v, http.StatusOK, n)
}
