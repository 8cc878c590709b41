package decode

import (
	"archive/zip"
	"bytes"
	"fmt"
	"iter"

	"github.com/xuri/excelize/v2"

	"stoa"
)

// Bounds of a workbook. It is a packed folder of XML; unpacked it may be no larger than a page, several times over.
const (
	maxParts    = 1000
	maxUnpacked = 32 << 20
)

// openXLSX reads the first sheet of a workbook that has rows. Formulas are not computed, links not followed.
func openXLSX(p Page, src stoa.Source) (*Listing, error) {
	if err := checkParts(p.Body); err != nil {
		return nil, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(p.Body), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, // equal, or it would unpack into files
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	for _, sheet := range book.GetSheetList() {
		rows, err := book.Rows(sheet)
		if err != nil {
			continue // a chart
		}
		heads, ok, err := headRow(rows)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
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

// checkParts reads only the directory of the package.
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
	}
	return nil
}

// headRow returns the first row with at least two filled cells: titles above a table have one.
func headRow(rows *excelize.Rows) ([]string, bool, error) {
	for n := 0; rows.Next() && n < 50; n++ {
		cells, err := rows.Columns()
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
		for rows.Next() {
			cells, err := rows.Columns()
			if err != nil {
				err = fmt.Errorf("%w: %w", ErrUnparsable, err)
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
