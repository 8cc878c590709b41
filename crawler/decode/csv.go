package decode

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"stoa"
)

// openCSV reads comma-, semicolon- or tab-separated values (RFC 4180) under a row of heads.
func openCSV(p Page, src stoa.Source, text string) (*Listing, error) {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // as old programs end their lines
	}
	text, comma := stated(text)
	text, narrowed := narrow(text, comma)
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes, in.ReuseRecord = comma, -1, true, true
	heads, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	heads = slices.Clone(heads)
	if len(heads) < 2 && len(fold(heads[0])) > 4*maxLabel {
		return nil, fmt.Errorf("%w: the first row is no row of column heads", ErrUnparsable)
	}
	r, err := newRower(heads, mappingOf(src), newFiller(p, src, p.URL))
	if err != nil {
		return nil, err
	}
	if !r.tells() {
		return nil, fmt.Errorf("%w: no column is headed title, name, url or link; say which is which with mapping.fields", ErrNoMatch)
	}
	l := &Listing{Total: -1}
	if narrowed {
		l.Truncated = true
		l.warn("rows of more than %d columns: the rest of them is left out", tableColumns)
	}
	l.Items = tableItems(csvRows(in, text, l), r)
	return l, nil
}

// tells reports whether a title or an address can come of the columns.
func (r *rower) tells() bool {
	if slices.Contains(r.fields, "title") || slices.Contains(r.fields, "url") {
		return true
	}
	for _, rules := range r.rules {
		for _, rule := range rules {
			if rule.name == "title" || rule.name == "url" {
				return true
			}
		}
	}
	return false
}

// csvRows yields rows until the end. A row that cannot be read does not end the table; one that ends inside a quoted
// cell was cut off, and is left out.
func csvRows(in *csv.Reader, text string, l *Listing) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for {
			row, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				err = fmt.Errorf("%w: %w", ErrUnparsable, err)
			} else if in.InputOffset() >= int64(len(text)) && quoteOpen(in, text, len(row)-1) {
				l.Truncated = true
				l.warn("the table ends inside a quoted cell: its last row is left out")
				return
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// quoteOpen reports whether the last cell that was read begins with a quote that nothing closes.
func quoteOpen(in *csv.Reader, text string, cell int) bool {
	line, column := in.FieldPos(cell)
	for ; line > 1; line-- {
		_, text, _ = strings.Cut(text, "\n")
	}
	raw := text[min(column-1, len(text)):]
	return strings.HasPrefix(raw, `"`) && strings.Count(raw, `"`)%2 == 1
}

// stated returns the text without a first line that only says what parts the cells ("sep=;", as spreadsheets have it), and
// that, or what looks like it.
func stated(text string) (string, rune) {
	line, rest, _ := strings.Cut(text, "\n")
	line = strings.Trim(strings.TrimSpace(line), `"`)
	if len(line) == 5 && strings.EqualFold(line[:4], "sep=") && strings.ContainsAny(line[4:], ",;|") {
		return rest, rune(line[4])
	}
	return text, separator(text)
}

// separator returns what parts the cells of the first line: what stands there most often outside quotes.
func separator(text string) rune {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	counts, quoted := map[rune]int{}, false
	for _, c := range cut(line, maxField) {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ';' || c == '\t'):
			counts[c]++
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// narrow cuts lines with more separators than columns are read: ten megabytes of commas would become a gigabyte of
// cells.
func narrow(text string, comma rune) (string, bool) {
	sep := string(comma)
	wide := false
	for line := range strings.Lines(text) {
		if len(line) > tableColumns && strings.Count(line, sep) > tableColumns {
			wide = true
			break
		}
	}
	if !wide {
		return text, false
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.Count(line, sep) > tableColumns {
			end := 0
			for range tableColumns {
				end += strings.Index(line[end:], sep) + 1
			}
			line = line[:end-1] + "\n"
		}
		b.WriteString(line)
	}
	return b.String(), true
}
