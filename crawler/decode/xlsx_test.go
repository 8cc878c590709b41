package decode

import (
	"archive/zip"
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"stoa"
)

// workbook makes a file of one sheet.
func workbook(t testing.TB, rows [][]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := book.SetSheetRow("Sheet1", at, &row); err != nil {
			t.Fatal(err)
		}
	}
	short, err := book.NewStyle(&excelize.Style{NumFmt: 14}) // a day, as the reader's country writes it
	if err != nil {
		t.Fatal(err)
	}
	if err := book.SetCellStyle("Sheet1", "C4", "C4", short); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed makes a package of one part.
func packed(t *testing.T, name, unit string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for chunk := strings.Repeat(unit, 1000); n > 0; n -= 1000 {
		if _, err := w.Write([]byte(chunk)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tablePage(body []byte) Page {
	return Page{URL: "https://files.example/list.xlsx", Header: http.Header{}, Body: body, Fetched: fetched}
}

func TestWorkbook(t *testing.T) {
	t.Run("rows below the heads are items, titles above them are not", func(t *testing.T) {
		body := workbook(t, [][]any{
			{"Courses of the year"}, {},
			{"Title", "URL", "Start", "Seats"},
			{"Evidence", "https://files.example/evidence", time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), 25},
			{},
			{"'=Labs", "/labs", "March 2027", nil},
		})
		l, err := Open(tablePage(body), stoa.Source{ID: "x", Format: "table"})
		if err != nil {
			t.Fatal(err)
		}
		items, faults := collect(l)
		if len(items) != 2 || len(faults) != 0 {
			t.Fatalf("%+v %v", items, faults)
		}
		one, two := items[0], items[1]
		if one.Title != "Evidence" || one.Extra["start"] != "2027-02-01" || one.Extra["seats"] != "25" {
			t.Errorf("first: %+v", one)
		}
		if two.Title != "=Labs" || two.URL != "https://files.example/labs" || two.When != "March 2027" {
			t.Errorf("second: %+v", two)
		}
	})
	t.Run("what is broken says why", func(t *testing.T) {
		for name, c := range map[string]struct {
			body []byte
			want Fault
		}{
			"no package":         {[]byte("PK\x03\x04 and then nothing"), ErrUnparsable},
			"no workbook in it":  {packed(t, "x.xml", "<a/>", 1000), ErrUnparsable},
			"too large unpacked": {packed(t, "xl/worksheets/sheet1.xml", strings.Repeat(" ", 1000), 40_000), ErrTooLarge},
			"too many strings":   {packed(t, "xl/sharedStrings.xml", "<si/>", 2_000_000), ErrTooLarge},
			"no rows":            {workbook(t, nil), ErrUnparsable},
			"no telling heads":   {workbook(t, [][]any{{"a", "b"}, {"1", "2"}}), ErrNoMatch},
		} {
			if _, err := Open(tablePage(c.body), stoa.Source{Format: "table", Limits: stoa.Limits{Body: 64 << 20}}); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
	})
	t.Run("rows that skip to the last column end the sheet", func(t *testing.T) {
		book := excelize.NewFile()
		for i, cell := range []string{"A1", "B1"} {
			if err := book.SetCellStr("Sheet1", cell, []string{"title", "url"}[i]); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := book.Write(&b); err != nil {
			t.Fatal(err)
		}
		body := rewrite(t, b.Bytes(), "xl/worksheets/sheet1.xml", "</sheetData>", strings.Repeat(`<row><c r="XFD1"/></row>`, 2000)+"</sheetData>")
		l, err := Open(tablePage(body), stoa.Source{Format: "table"})
		if err != nil {
			t.Fatal(err)
		}
		if items, faults := collect(l); len(items) != 0 || len(faults) > 1 {
			t.Errorf("%d items, %v", len(items), faults)
		}
	})
}

// rewrite changes one part of a package.
func rewrite(t *testing.T, body []byte, name, old, new string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var part bytes.Buffer
		if _, err := part.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		text := part.String()
		if f.Name == name {
			text = strings.Replace(text, old, new, 1)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
