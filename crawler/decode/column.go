package decode

import (
	"strconv"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"
)

// maxColumns bounds the columns of a table that are told apart.
const maxColumns = 200

// maxHeadRows is how many rows from the top the heads of columns are looked for.
const maxHeadRows = 4

// columnHeads returns the texts that stand above the columns of a row's table: those of the first row that has
// nothing but th, or else of the very first row.
func columnHeads(row *html.Node) []string {
	table := row.Parent
	for table != nil && table.DataAtom != el.Table {
		table = table.Parent
	}
	if table == nil {
		return nil
	}
	var top *html.Node
	rows := 0
	for m := table; m != nil; m = within(table, m) {
		if m.DataAtom != el.Tr {
			continue
		}
		if top == nil {
			top = m
		}
		if onlyHeads(m) {
			top = m
			break
		}
		if rows++; m == row || rows == maxHeadRows {
			break
		}
	}
	if top == nil || top == row {
		return nil
	}
	var heads []string
	for c := top.FirstChild; c != nil && len(heads) < maxColumns; c = c.NextSibling {
		if c.DataAtom != el.Td && c.DataAtom != el.Th {
			continue
		}
		text, _ := labelText(c)
		heads = append(heads, text)
		for i := 1; i < reach(c) && len(heads) < maxColumns; i++ {
			heads = append(heads, "")
		}
	}
	return heads
}

// onlyHeads reports whether a row has heads and no other cells.
func onlyHeads(row *html.Node) bool {
	heads := false
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case el.Td:
			return false
		case el.Th:
			heads = true
		}
	}
	return heads
}

// reach returns over how many columns a cell reaches.
func reach(c *html.Node) int {
	if n, err := strconv.Atoi(attr(c, "colspan")); err == nil && n > 1 {
		return min(n, maxColumns)
	}
	return 1
}
