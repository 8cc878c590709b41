package export

import (
	"strings"

	"stoa"
	"stoa/server/page"
)

// Dublin is a record in unqualified Dublin Core, as OAI-PMH asks for it (oai_dc).
type Dublin struct {
	Prefix      string   `xml:"xmlns:oai_dc,attr"`
	Core        string   `xml:"xmlns:dc,attr"`
	XSI         string   `xml:"xmlns:xsi,attr"`
	Schema      string   `xml:"xsi:schemaLocation,attr"`
	Title       Said     `xml:"dc:title"`
	Creator     []string `xml:"dc:creator"`
	Subject     []string `xml:"dc:subject"`
	Description []Said   `xml:"dc:description"`
	Publisher   []string `xml:"dc:publisher"`
	Date        []string `xml:"dc:date"`
	Type        []string `xml:"dc:type"`
	Identifier  []string `xml:"dc:identifier"`
	Source      []string `xml:"dc:source"`
	Language    []string `xml:"dc:language"`
	Relation    []string `xml:"dc:relation"`
	Coverage    []string `xml:"dc:coverage"`
	Rights      []string `xml:"dc:rights"`
}

// Said is a text in a language.
type Said struct {
	Language string `xml:"xml:lang,attr,omitempty"`
	Text     string `xml:",chardata"`
}

// DublinCore describes a record: its own address first, then the permanent one here.
func DublinCore(site page.Site, r stoa.Record) Dublin {
	r = Public(r)
	d := Dublin{
		Prefix: "http://www.openarchives.org/OAI/2.0/oai_dc/", Core: "http://purl.org/dc/elements/1.1/", XSI: "http://www.w3.org/2001/XMLSchema-instance",
		Schema: "http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
		Title:  Said{tagged(r.Language), line(r.Title)}, Type: some(string(r.Kind)), Language: some(tagged(r.Language)),
		Identifier: some(page.Outgoing(r.URL), site.Absolute("/id/"+r.ID)), Date: some(string(r.Published)),
	}
	if r.Summary != "" {
		d.Description = []Said{{tagged(r.Language), clean(r.Summary)}}
	}
	for _, p := range r.Pillars {
		d.Subject = append(d.Subject, string(p))
	}
	for _, o := range r.Organisations {
		switch o.Role {
		case stoa.Publisher:
			d.Publisher = append(d.Publisher, line(o.Name))
		case stoa.Beneficiary:
		default:
			d.Creator = append(d.Creator, line(o.Name))
		}
	}
	for _, c := range r.Countries {
		d.Coverage = append(d.Coverage, line(c))
	}
	for _, g := range r.Regions {
		d.Coverage = append(d.Coverage, string(g))
	}
	for _, to := range r.Relations {
		d.Relation = append(d.Relation, site.Absolute("/id/"+to.Record))
	}
	d.Rights = some(rights(r))
	return d
}

// some are the texts that are there.
func some(in ...string) []string {
	var out []string
	for _, s := range in {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// tagged is a language if it has the form of a tag: other text does not belong into xml:lang.
func tagged(language string) string {
	ok := language != "" && len(language) <= 35 && !strings.ContainsFunc(language, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if !ok || language[0] < 'A' {
		return ""
	}
	return language
}
