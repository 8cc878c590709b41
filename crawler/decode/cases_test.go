package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bufio"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"stoa"
)

var update = flag.Bool("update", false, "rewrite the want parts of testdata/cases")

// fetched is the time of every page in the tests.
var fetched = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// pageCase is one file of testdata/cases: a source, the page that it was given, and what must come of it.
type pageCase struct {
	src    stoa.Source
	page   Page
	detail *Page
}

// outcome is what a page gave.
type outcome struct {
	Error     string      `json:"error,omitempty"`
	Code      string      `json:"code,omitempty"`
	Head      stoa.Head   `json:"head,omitzero"`
	Items     []stoa.Item `json:"items,omitempty"`
	Faults    []string    `json:"faults,omitempty"`
	Next      []string    `json:"next,omitempty"`
	Total     int         `json:"total"`
	Truncated bool        `json:"truncated,omitempty"`
	Warnings  []string    `json:"warnings,omitempty"`
	Detail    *stoa.Item  `json:"detail,omitempty"`
}

func readCase(t *testing.T, ar *txtar.Archive) pageCase {
	t.Helper()
	var c pageCase
	var entry struct {
		ID, URL, Preset, Zone string
		Format                stoa.Format
		Languages             []string
		Items                 int
		Status                int
		Page                  string // the address of the page, where it is not the source's
		Detail                string // the address of the detail page
		Mapping               yaml.Node
	}
	for _, f := range ar.Files {
		if f.Name != "source.yaml" {
			continue
		}
		dec := yaml.NewDecoder(bytes.NewReader(f.Data))
		dec.KnownFields(true)
		if err := dec.Decode(&entry); err != nil {
			t.Fatal(err)
		}
	}
	c.src = stoa.Source{ID: entry.ID, URL: entry.URL, Format: entry.Format, Preset: entry.Preset, Zone: entry.Zone, Languages: entry.Languages, Limits: stoa.Limits{Items: entry.Items}}
	if entry.Mapping.Kind != 0 {
		m, errs := MappingFor(entry.Format, &entry.Mapping)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		c.src.Mapping = m
	}
	address, status := entry.URL, http.StatusOK
	if entry.Page != "" {
		address = entry.Page
	}
	if entry.Status != 0 {
		status = entry.Status
	}
	c.page = Page{URL: address, Header: http.Header{}, Fetched: fetched, Status: status}
	for _, f := range ar.Files {
		switch f.Name {
		case "header":
			h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(f.Data, '\n')))).ReadMIMEHeader()
			if err != nil {
				t.Fatal(err)
			}
			c.page.Header = http.Header(h)
		case "page":
			c.page.Body = f.Data
		case "detail":
			c.detail = &Page{URL: entry.Detail, Header: http.Header{}, Body: f.Data, Fetched: fetched, Status: http.StatusOK}
		}
	}
	return c
}

// run reads the page, and the first item's detail page.
func (c pageCase) run() outcome {
	out := outcome{Total: -1}
	l, err := Open(c.page, c.src)
	if err != nil {
		out.Error = err.Error()
		if f, ok := errors.AsType[Fault](err); ok {
			out.Code = f.Code()
		}
		return out
	}
	for item, err := range l.Items {
		if err != nil {
			out.Faults = append(out.Faults, err.Error())
			continue
		}
		item.Source, item.Fetched = "", time.Time{}
		out.Items = append(out.Items, item)
	}
	out.Head, out.Next, out.Total, out.Truncated, out.Warnings = l.Head, l.Next, l.Total, l.Truncated, l.Warnings
	if c.detail != nil && len(out.Items) > 0 {
		if c.detail.URL == "" {
			c.detail.URL = out.Items[0].URL
		}
		item, err := Detail(*c.detail, c.src, out.Items[0])
		if err != nil {
			out.Faults = append(out.Faults, err.Error())
		}
		out.Detail = &item
	}
	return out
}

// TestCases reads pages in the shapes that partners serve, in our own words.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d cases in testdata (%v)", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var buf bytes.Buffer
			enc := json.NewEncoder(&buf)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(readCase(t, ar).run()); err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == "want.json" })
			if *update {
				if i < 0 {
					ar.Files = append(ar.Files, txtar.File{Name: "want.json"})
					i = len(ar.Files) - 1
				}
				ar.Files[i].Data = buf.Bytes()
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if i < 0 {
				t.Fatal("no want.json: run with -update and read what it wrote")
			}
			if got, want := buf.String(), string(ar.Files[i].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
