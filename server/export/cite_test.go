package export

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"stoa"
)

var risLine = regexp.MustCompile(`^[A-Z][A-Z0-9]  - .*$`)

// cited fails unless BibTeX is balanced and of one entry, RIS has tagged lines only, and a citation is one line.
func cited(t *testing.T, l List) {
	t.Helper()
	depth, least := 0, 1
	body := write(t, BibTeX, l)
	for i, r := range body {
		escaped := i > 0 && body[i-1] == '\\'
		switch {
		case r == '{' && !escaped:
			depth++
		case r == '}' && !escaped:
			depth--
			least = min(least, depth)
		}
	}
	if depth != 0 || least < 0 || strings.Count(body, "@misc{") != 1 {
		t.Errorf("BibTeX: depth %d, least %d: %.300q", depth, least, body)
	}
	ris := write(t, RIS, l)
	for line := range strings.SplitSeq(strings.TrimRight(ris, "\r\n"), "\r\n") {
		if !risLine.MatchString(line) {
			t.Errorf("RIS: %.100q", line)
		}
	}
	if strings.Count(ris, "\r\nER  - ") != 1 || !strings.HasPrefix(ris, "TY  - ") {
		t.Errorf("RIS of one record: %.300q", ris)
	}
	if text := write(t, Citations, l); strings.Count(text, "\n") != 1 {
		t.Errorf("a citation of several lines: %q", text)
	}
}

func TestReferencesSayWhoWhenWhatWhere(t *testing.T) {
	r := sample()
	r.Title, r.Published = "Costs & {benefits}: 50% of C_SIRTs", "2026-05-31"
	l := list(t, r)
	cited(t, l)
	bib := write(t, BibTeX, l)
	for _, want := range []string{"@misc{stoa-abcdefg,", `title = {{Costs \& \{benefits\}: 50\% of C\_SIRTs}}`, `author = {{Partner \& Sons}}`, "year = {2026}", "month = {05}", `howpublished = {\url{https://partner.example/course?a=1&b=2}}`, `\url{https://stoa.example/id/` + r.ID + "}"} {
		if !strings.Contains(bib, want) {
			t.Errorf("BibTeX lacks %q:\n%s", want, bib)
		}
	}
	ris := write(t, RIS, l)
	for _, want := range []string{"TI  - Costs & {benefits}: 50% of C_SIRTs\r\n", "AU  - Partner & Sons\r\n", "PY  - 2026\r\n", "DA  - 2026/05/31/\r\n", "UR  - https://partner.example/course?a=1&b=2\r\n", "L2  - https://stoa.example/id/"} {
		if !strings.Contains(ris, want) {
			t.Errorf("RIS lacks %q:\n%s", want, ris)
		}
	}
	if got, want := write(t, Citations, l), "Partner & Sons (2026). Costs & {benefits}: 50% of C_SIRTs. https://partner.example/course?a=1&b=2 [listed by stoa: https://stoa.example/id/"+r.ID+"]\n"; got != want {
		t.Errorf("citation %q, want %q", got, want)
	}
	r.Published = ""
	if got := list(t).Citation(r); !strings.Contains(got, "(n.d.).") {
		t.Errorf("without a year: %q", got)
	}
}

func TestWorkbooksReadBackAndComputeNothing(t *testing.T) {
	r := sample()
	r.Title, r.Summary = "=1+1", "a\x00b\x1b\ufffe\nc"
	book, err := excelize.OpenReader(strings.NewReader(write(t, XLSX, list(t, r, sample()))))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("records")
	if err != nil || len(rows) != 3 || !slices.Equal(rows[0], columns) {
		t.Fatalf("%v: %q", err, rows)
	}
	if rows[1][1] != "=1+1" || rows[1][3] != "ab\nc" || rows[2][1] != sample().Title {
		t.Errorf("%q", rows)
	}
	if f, err := book.GetCellFormula("records", "B2"); err != nil || f != "" {
		t.Errorf("a cell computes %q (%v)", f, err)
	}
}

func TestOrganisationsAreFeedsToReaders(t *testing.T) {
	other := sample()
	other.Organisations = []stoa.Organisation{{ID: "b&c", Name: "<B> & C", Role: stoa.Funder}, {ID: "somewhere", Name: "Somewhere", Role: stoa.Beneficiary}}
	var doc struct {
		Version  string `xml:"version,attr"`
		Outlines []struct {
			Type string `xml:"type,attr"`
			Text string `xml:"text,attr"`
			Feed string `xml:"xmlUrl,attr"`
		} `xml:"body>outline"`
	}
	if err := xml.Unmarshal([]byte(write(t, OPML, list(t, sample(), sample(), other))), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "2.0" || len(doc.Outlines) != 2 || doc.Outlines[0].Text != "<B> & C" || doc.Outlines[0].Feed != "https://stoa.example/en/records.atom?org=b%26c" || doc.Outlines[1].Type != "rss" {
		t.Errorf("%+v", doc)
	}
}

func TestBundlesHoldAllFormsAndTheirHashes(t *testing.T) {
	var b bytes.Buffer
	err := Bundle(&b, list(t, sample()), func(w io.Writer) error {
		_, err := io.WriteString(w, `{"seq":1}`+"\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var manifest struct{ Resources []part }
	if err := json.Unmarshal(files["datapackage.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	for _, p := range manifest.Resources {
		sum := sha256.Sum256(files[p.Path])
		if p.Hash != "sha256:"+hex.EncodeToString(sum[:]) || p.Bytes != int64(len(files[p.Path])) || p.Bytes == 0 {
			t.Errorf("%s: %+v, has %d bytes", p.Path, p, len(files[p.Path]))
		}
		delete(files, p.Path)
	}
	if len(manifest.Resources) != 8 || len(files) != 1 {
		t.Errorf("%d files are described, %d are not", len(manifest.Resources), len(files)-1)
	}
}

// No line of the suites of hostile text computes, breaks out of its place, or adds a record, in any file that is written.
func TestPayloadsAreInertInFiles(t *testing.T) {
	var records []stoa.Record
	for _, name := range []string{"xss.txt", "crlf.txt"} {
		b, err := os.ReadFile("../../testdata/suites/payloads/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for payload := range strings.Lines(string(b)) {
			r := sample()
			payload = strings.TrimRight(payload, "\n")
			r.Title, r.Summary, r.URL, r.Language, r.Short = payload, payload, payload, payload, ""
			r.Organisations = []stoa.Organisation{{ID: payload, Name: payload, Role: stoa.Publisher}}
			records = append(records, r)
		}
	}
	if len(records) < 80 {
		t.Fatalf("%d payloads", len(records))
	}
	for _, r := range records {
		l := list(t, r)
		cited(t, l)
		wellFormed(t, write(t, OPML, l))
	}
	book, err := excelize.OpenReader(strings.NewReader(write(t, XLSX, list(t, records...))))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("records")
	if err != nil || len(rows) != len(records)+1 {
		t.Fatalf("%d rows of %d, %v", len(rows), len(records)+1, err)
	}
	for i, r := range records {
		if rows[i+1][1] != clean(Public(r).Title) {
			t.Errorf("%q is read back as %q", r.Title, rows[i+1][1])
		}
		if f, err := book.GetCellFormula("records", fmt.Sprintf("B%d", i+2)); err != nil || f != "" {
			t.Errorf("%q computes %q (%v)", r.Title, f, err)
		}
	}
	var b bytes.Buffer
	if err := Bundle(&b, list(t, records...), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil {
		t.Error(err)
	}
}
