package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"
)

// sheetType is the type of a workbook.
const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// sheetBombs are workbooks: small files that unpack to much, in each place where a reader looks.
var sheetBombs = sync.OnceValue(func() []bomb {
	const (
		head  = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row>`
		row   = `<row><c t="inlineStr"><is><t>Course for teams</t></is></c></row>`
		tail  = `</sheetData></worksheet>`
		words = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	)
	one := func(name string, parts ...packedPart) bomb {
		return bomb{Name: name, Type: sheetType, Body: workbookOf(parts...), formats: []string{"table"}}
	}
	sheet := func(open, unit string, bytes int, end string) packedPart {
		return packedPart{"xl/worksheets/sheet1.xml", open, unit, bytes / len(unit), end}
	}
	var many []packedPart
	for i := range 5000 {
		many = append(many, packedPart{fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), head, row, 1, tail})
	}
	return []bomb{
		one("xlsx-rows-1gb", sheet(head, row, 1<<30, tail)),
		one("xlsx-cell-1gb", sheet(head+`<row><c t="inlineStr"><is><t>`, "x", 1<<30, `</t></is></c></row>`+tail)),
		one("xlsx-columns", sheet(head+"<row>", `<c t="inlineStr"><is><t>a</t></is></c>`, 64<<20, "</row>"+tail)),
		one("xlsx-nested", sheet(head, "<row>", 64<<20, tail)),
		one("xlsx-words-1gb", sheet(head, row, 100, tail), packedPart{"xl/sharedStrings.xml", words, "<si><t>word</t></si>", (1 << 30) / 20, "</sst>"}),
		one("xlsx-styles-1gb", sheet(head, row, 100, tail), packedPart{"xl/styles.xml", `<styleSheet><cellXfs>`, `<xf numFmtId="14"/>`, (1 << 30) / 19, `</cellXfs></styleSheet>`}),
		one("xlsx-rows-30mb", sheet(head, row, 30<<20, tail)), // just below the limit
		one("xlsx-cells-30mb", sheet(head+"<row>", `<c t="inlineStr"><is><t>a</t></is></c>`, 30<<20, "</row>"+tail)),
		one("xlsx-words-30mb", sheet(head, row, 100, tail), packedPart{"xl/sharedStrings.xml", words, "<si><t>word</t></si>", (30 << 20) / 20, "</sst>"}),
		one("xlsx-sheets", many...),
		one("xlsx-far-cell", sheet(head, `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`, 4<<20, tail)),
		one("xlsx-entities", sheet(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`+head, `<row><c t="inlineStr"><is><t>&b;</t></is></c></row>`, 1<<20, tail)),
	}
})

// packedPart is a file of a package: open, unit × n, end.
type packedPart struct {
	name, open, unit string
	n                int
	end              string
}

// workbookOf packs a workbook around some parts. Of a unit that is repeated only a piece is compressed and then repeated.
func workbookOf(parts ...packedPart) string {
	var sheets, rels, types strings.Builder
	for i, p := range parts {
		if strings.HasPrefix(p.name, "xl/worksheets/") {
			fmt.Fprintf(&sheets, `<sheet name="S%[1]d" sheetId="%[1]d" r:id="rId%[1]d"/>`, i+1)
			fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="%s"/>`, i+1, strings.TrimPrefix(p.name, "xl/"))
			fmt.Fprintf(&types, `<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, p.name)
		}
	}
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	base := []packedPart{
		{name: "[Content_Types].xml", open: `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + sheetType + `.main+xml"/>` + types.String() + `</Types>`},
		{name: "_rels/.rels", open: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{name: "xl/workbook.xml", open: `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{name: "xl/_rels/workbook.xml.rels", open: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels.String() + `</Relationships>`},
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range append(base, parts...) {
		if err := p.writeTo(z); err != nil {
			panic(err) // memory takes what is written
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.String()
}

func (p packedPart) writeTo(z *zip.Writer) error {
	const piece = 1 << 20
	per := max(1, min(p.n, piece/max(1, len(p.unit))))
	chunk, times := strings.Repeat(p.unit, per), p.n/per
	var body bytes.Buffer
	packed := map[string][]byte{}
	sum := uint32(0)
	add := func(text string) error {
		if packed[text] == nil {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, flate.BestCompression)
			if err == nil {
				_, err = io.WriteString(w, text)
			}
			if err == nil {
				err = w.Flush() // ends on a byte, so that pieces can follow one another
			}
			if err != nil {
				return err
			}
			packed[text] = b.Bytes()
		}
		body.Write(packed[text])
		sum = crc32.Update(sum, crc32.IEEETable, []byte(text))
		return nil
	}
	size := len(p.open) + times*len(chunk) + len(p.end)
	if err := add(p.open); err != nil {
		return err
	}
	for range times {
		if err := add(chunk); err != nil {
			return err
		}
	}
	if err := add(p.end); err != nil {
		return err
	}
	body.Write([]byte{1, 0, 0, 0xff, 0xff}) // an empty stored block, the last
	w, err := z.CreateRaw(&zip.FileHeader{Name: p.name, Method: zip.Deflate, CRC32: sum, CompressedSize64: uint64(body.Len()), UncompressedSize64: uint64(size)})
	if err == nil {
		_, err = w.Write(body.Bytes())
	}
	return err
}
