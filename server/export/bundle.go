package export

import (
	"archive/zip"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"stoa"
)

// XLSX writes a workbook with one sheet, the columns of CSV. Every cell is text: nothing in it is computed.
func XLSX(w io.Writer, l List) (err error) {
	book := excelize.NewFile()
	defer func() {
		if e := book.Close(); err == nil {
			err = e
		}
	}()
	const sheet = "records"
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	rows, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	n := 0
	put := func(cells []string) error {
		n++
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = c
		}
		return rows.SetRow(fmt.Sprintf("A%d", n), row)
	}
	if err := put(columns); err != nil {
		return err
	}
	if err := each(l, func(r stoa.Record) error { return put(l.cells(r)) }); err != nil {
		return err
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}

type opmlOutline struct {
	Type string `xml:"type,attr"`
	Text string `xml:"text,attr"`
	Feed string `xml:"xmlUrl,attr"`
	Page string `xml:"htmlUrl,attr"`
}

type opml struct {
	XMLName  xml.Name      `xml:"opml"`
	Version  string        `xml:"version,attr"`
	Title    string        `xml:"head>title"`
	Date     string        `xml:"head>dateCreated"`
	Outlines []opmlOutline `xml:"body>outline"`
}

// OPML writes the organisations of a list, each with the feed of its records here, for readers of feeds (OPML 2.0).
func OPML(w io.Writer, l List) error {
	names := map[string]string{}
	err := each(l, func(r stoa.Record) error {
		for _, o := range r.Organisations {
			if o.ID != "" && o.Role != stoa.Beneficiary {
				names[o.ID] = cmp.Or(line(o.Name), o.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.Organisations(w, names)
}

// Organisations writes OPML of organisations, given by id with their names.
func (l List) Organisations(w io.Writer, names map[string]string) error {
	doc := opml{Version: "2.0", Title: line(l.Title), Date: l.Now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}
	own := l.Site.Absolute("/" + l.Words.Code)
	for id, name := range names {
		doc.Outlines = append(doc.Outlines, opmlOutline{
			Type: "rss", Text: line(name), Feed: own + "/records.atom?org=" + url.QueryEscape(id), Page: own + "/organisations/" + url.PathEscape(id),
		})
	}
	slices.SortFunc(doc.Outlines, func(a, b opmlOutline) int {
		return cmp.Or(strings.Compare(a.Text, b.Text), strings.Compare(a.Feed, b.Feed))
	})
	return writeXML(w, doc)
}

// part is a file of a bundle, as a Data Package describes it.
type part struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Type   string `json:"mediatype"`
	Bytes  int64  `json:"bytes"`
	Hash   string `json:"hash"`
	Format string `json:"format"`
}

// Bundle writes a list in all its forms as one ZIP file, described by datapackage.json (Frictionless Data Package), which has the hash of each
// file. The list is read once a form. changes is the log, a change a line; nil leaves it out.
func Bundle(w io.Writer, l List, changes func(io.Writer) error) error {
	z := zip.NewWriter(w)
	forms := []struct {
		name, kind string
		write      func(io.Writer) error
	}{
		{"records.jsonl", "application/jsonl", func(w io.Writer) error { return Lines(w, l) }},
		{"records.csv", "text/csv", func(w io.Writer) error { return CSV(w, l) }},
		{"records.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(w io.Writer) error { return XLSX(w, l) }},
		{"records.jsonld", "application/ld+json", func(w io.Writer) error { return JSONLD(w, l) }},
		{"dcat.jsonld", "application/ld+json", func(w io.Writer) error { return DCAT(w, l) }},
		{"records.ics", "text/calendar", func(w io.Writer) error { return Calendar(w, l) }},
		{"organisations.opml", "text/x-opml", func(w io.Writer) error { return OPML(w, l) }},
		{"changes.jsonl", "application/jsonl", changes},
	}
	var parts []part
	for _, f := range forms {
		if f.write == nil {
			continue
		}
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: l.Now.UTC()})
		if err != nil {
			return err
		}
		sum := sha256.New()
		count := &counter{w: io.MultiWriter(out, sum)}
		if err := f.write(count); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		name, format, _ := strings.Cut(f.name, ".")
		parts = append(parts, part{name + "-" + format, f.name, f.kind, count.n, "sha256:" + hex.EncodeToString(sum.Sum(nil)), format})
	}
	out, err := z.CreateHeader(&zip.FileHeader{Name: "datapackage.json", Method: zip.Deflate, Modified: l.Now.UTC()})
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	err = enc.Encode(map[string]any{
		"name": "stoa-records", "title": line(l.Title), "created": stamp(l.Now), "homepage": l.Page, "sources": []map[string]string{{"title": line(l.Site.Title), "path": l.Site.URL}}, "resources": parts,
	})
	if err != nil {
		return err
	}
	return z.Close()
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
