package decode

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/xuri/excelize/v2"

	"stoa"
)

// Bounds of a workbook. It is a packed folder of XML; unpacked it may be no larger than a page, several times over.
const (
	maxParts    = 1000
	maxUnpacked = 32 << 20
	widestRow   = 16_384     // of a row, as in Excel
	maxCells    = 10_000_000 // of all rows, those that the sheet skips included
)

// tagLimit bounds the tags of one part: the parser makes a structure of each string and style, and streams the cells.
func tagLimit(part string) int {
	switch {
	case strings.Contains(part, "worksheets/"):
		return 5_000_000
	case strings.Contains(part, "sharedStrings"):
		return 1_500_000
	}
	return 300_000
}

// openXLSX reads the first sheet of a workbook that has rows. Formulas are not computed, links not followed.
func openXLSX(p Page, src stoa.Source) (*Listing, error) {
	if err := checkParts(p.Body); err != nil {
		return nil, err
	}
	book, err := openBook(p.Body)
	if err != nil {
		return nil, err
	}
	for _, sheet := range book.GetSheetList() {
		rows, err := book.Rows(sheet)
		if err != nil {
			continue // a chart
		}
		heads, ok, err := headRow(rows)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		r, err := newRower(heads, mappingOf(src), newFiller(p, src, p.URL))
		if err != nil {
			return nil, err
		}
		if !r.tells() {
			return nil, fmt.Errorf("%w: no column of sheet %q is headed title, name, url or link; say which is which with mapping.fields", ErrNoMatch, sheet)
		}
		return &Listing{Total: -1, Head: stoa.Head{Title: fold(sheet)}, Items: tableItems(sheetRows(book, rows), r)}, nil
	}
	return nil, fmt.Errorf("%w: the workbook has no rows", ErrUnparsable)
}

// openBook opens a workbook. The parser panics on some that are broken.
func openBook(body []byte) (book *excelize.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: the workbook is broken: %v", ErrUnparsable, r)
		}
	}()
	book, err = excelize.OpenReader(bytes.NewReader(body), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, // equal, or it would unpack into files
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	return book, nil
}

// checkParts goes over the packed parts before the parser holds any of them whole.
func checkParts(body []byte) error {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	if len(z.File) > maxParts {
		return fmt.Errorf("%w: a workbook of %d parts, the limit is %d", ErrTooLarge, len(z.File), maxParts)
	}
	var size uint64
	for _, f := range z.File {
		if size += f.UncompressedSize64; size > maxUnpacked || f.UncompressedSize64 > maxUnpacked {
			return fmt.Errorf("%w: the workbook unpacks to more than %d bytes", ErrTooLarge, maxUnpacked)
		}
		if err := countTags(f); err != nil {
			return err
		}
	}
	return nil
}

// countTags unpacks a part in passing and counts its tags, and the cells of each row: the parser holds a row whole.
func countTags(f *zip.File) error {
	part, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: part %q: %w", ErrUnparsable, f.Name, err)
	}
	defer part.Close()
	in := bufio.NewReaderSize(part, 32<<10)
	for tags, cells := 0, 0; ; {
		_, err := in.ReadSlice('<')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: part %q: %w", ErrUnparsable, f.Name, err)
		}
		tags++
		next, _ := in.Peek(4) // short at the end
		switch name := strings.TrimRight(string(next), " >/"); {
		case strings.HasPrefix(string(next), "row"):
			cells = 0
		case name == "c" || strings.HasPrefix(string(next), "c "):
			cells++
		}
		if tags > tagLimit(f.Name) {
			return fmt.Errorf("%w: part %q has more than %d tags", ErrTooLarge, f.Name, tagLimit(f.Name))
		}
		if cells > widestRow {
			return fmt.Errorf("%w: part %q has a row of more than %d cells", ErrTooLarge, f.Name, widestRow)
		}
	}
}

// headRow returns the first row with at least two filled cells: titles above a table have one.
func headRow(rows *excelize.Rows) ([]string, bool, error) {
	for n := 0; rows.Next() && n < 50; n++ {
		cells, err := columns(rows)
		if err != nil {
			return nil, false, err
		}
		filled := 0
		for _, c := range cells {
			if fold(c) != "" {
				filled++
			}
		}
		if filled >= 2 {
			return cells[:min(len(cells), tableColumns)], true, nil
		}
	}
	return nil, false, rows.Error()
}

// sheetRows yields the rows below the heads.
func sheetRows(book *excelize.File, rows *excelize.Rows) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		defer book.Close()
		for seen := 0; rows.Next(); {
			cells, err := columns(rows)
			if seen += len(cells) + 1; seen > maxCells {
				yield(nil, fmt.Errorf("%w: the sheet has more than %d cells, the rest is left out", ErrTooLarge, maxCells))
				return
			}
			if !yield(cells, err) {
				return
			}
		}
		if err := rows.Error(); err != nil {
			yield(nil, fmt.Errorf("%w: %w", ErrUnparsable, err))
		}
	}
}

// columns reads a row; see openBook.
func columns(rows *excelize.Rows) (cells []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			cells, err = nil, fmt.Errorf("%w: the row is broken: %v", ErrUnparsable, r)
		}
	}()
	if cells, err = rows.Columns(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	return cells, nil
}
