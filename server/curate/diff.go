package curate

import (
	"iter"
	"maps"
	"strings"
)

func keys(m map[string]string) iter.Seq[string] { return maps.Keys(m) }

// Kinds of a word in a difference.
const (
	kept = iota
	inserted
	deleted
)

// word is a run of words of one kind.
type word struct {
	kind int
	text string
}

// maxWords bounds what is compared word by word; a longer text is shown as replaced.
const maxWords = 400

// difference tells, word by word, what to delete from a and insert to get b: the longest common subsequence stays.
func difference(a, b string) []word {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) > maxWords || len(y) > maxWords {
		return []word{{deleted, a}, {inserted, b}}
	}
	table := make([][]int, len(x)+1)
	for i := range table {
		table[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	var out []word
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, word{kept, x[i]})
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && table[i+1][j] >= table[i][j+1]:
			out = append(out, word{deleted, x[i]})
			i++
		default:
			out = append(out, word{inserted, y[j]})
			j++
		}
	}
	return joined(out)
}

// joined makes runs of neighbours of one kind.
func joined(in []word) []word {
	var out []word
	for _, w := range in {
		if n := len(out); n > 0 && out[n-1].kind == w.kind {
			out[n-1].text += " " + w.text
			continue
		}
		out = append(out, w)
	}
	return out
}
