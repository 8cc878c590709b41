package match

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// alignment is what two titles share and what is left of each.
type alignment struct {
	shared float64 // weight
	lw, rw float64 // of what the other lacks
	lp, rp float64 // the part of it that is names of places
}

// dice is the share of weight in common.
func (a alignment) dice() float64 {
	if a.shared == 0 {
		return 0
	}
	return 2 * a.shared / (2*a.shared + a.lw + a.rw)
}

// contained is the share of the smaller title that the larger one has.
func (a alignment) contained() float64 {
	if a.shared == 0 {
		return 0
	}
	return a.shared / (a.shared + min(a.lw, a.rw))
}

// replaced is the weight by which each title says something that the other does not: 0 where one only says more.
func (a alignment) replaced() float64 { return min(a.lw, a.rw) }

// align matches tokens: equal ones, acronyms with what they stand for, near spellings, and words written as one.
func align(a, b *profile) alignment {
	var out alignment
	var room [2][32]*token // most titles are shorter
	left, right := out.equal(a.title, b.title, room[0][:0], room[1][:0])
	left = out.acronyms(left, b)
	right = out.acronyms(right, a)
	same := alike
	if len(left) > 0 && len(right) > 0 && foreign(a, b) {
		same = cognate
	}
	left, right = out.near(left, right, same)
	left, right = out.compounds(left, right)
	right, left = out.compounds(right, left)
	out.lw, out.lp = lacked(left, a, b)
	out.rw, out.rp = lacked(right, a, b)
	return out
}

// lacked weighs what the other title lacks, and names of places in it.
func lacked(words []*token, a, b *profile) (weight, places float64) {
	for _, t := range words {
		switch {
		case known(*t, a, b):
			weight += 0.15 * t.weight
		case t.text[0] == '@':
			places += t.weight
			fallthrough
		default:
			weight += t.weight
		}
	}
	return weight, places
}

// known reports whether a word of a title is the name of one of the publishers, and so says nothing new.
func known(t token, a, b *profile) bool {
	return t.text[0] != '@' && (a.names.has(t.hash) || b.names.has(t.hash))
}

// equal matches words that are the same, and appends to l and r what is left of each title.
func (al *alignment) equal(left, right []token, l, r []*token) (restLeft, restRight []*token) {
	for i := range left {
		t := &left[i]
		there, before := count(right, t.hash), count(left[:i], t.hash)
		if there > before {
			al.shared += t.weight
		} else if there == 0 { // a word said twice is said
			l = append(l, t)
		}
	}
	for i := range right {
		if count(left, right[i].hash) == 0 {
			r = append(r, &right[i])
		}
	}
	return l, r
}

// count tells how often a title has a word.
func count(title []token, hash uint64) int {
	n := 0
	for i := range title {
		if title[i].hash == hash {
			n++
		}
	}
	return n
}

// acronyms drops from left those whose letters begin consecutive words of the other title, or of its own.
func (al *alignment) acronyms(left []*token, other *profile) []*token {
	return slices.DeleteFunc(left, func(t *token) bool {
		if !t.caps {
			return false
		}
		name := strings.ToLower(strings.TrimRight(t.raw, "s"))
		n := utf8.RuneCountInString(name)
		if n >= 2 && n <= 9 && other.initials.has(hash(name)) {
			al.shared += 0.3 * t.weight
			return true
		}
		return false
	})
}

// near matches what is spelt almost alike.
func (al *alignment) near(left, right []*token, same func(a, b token) bool) (l, r []*token) {
	var taken [longestTitle]bool
	l, r = left[:0], right[:0]
next:
	for _, t := range left {
		for i, o := range right {
			if !taken[i] && !t.caps && !o.caps && same(*t, *o) {
				taken[i] = true
				al.shared += min(t.weight, o.weight) * 0.9
				continue next
			}
		}
		l = append(l, t)
	}
	for i, o := range right {
		if !taken[i] {
			r = append(r, o)
		}
	}
	return l, r
}

// alike reports whether two words are one word with a slip or another ending. Short words and numbers never are.
func alike(x, y token) bool {
	if x.near == 0 || y.near == 0 {
		return false
	}
	return slip(x.text, y.text, x.near, y.near)
}

// slip reports whether two words of so many letters are spelt almost alike.
func slip(a, b string, la, lb int) bool {
	least, most := min(la, lb), max(la, lb)
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return most-least <= 3
	}
	limit := 1
	if least >= 9 {
		limit = 2
	}
	return most-least <= limit && distance(a, b, limit) <= limit
}

// cognate reports whether two words of different languages are likely of one root: after Cyrillic is spelt in Latin
// letters, more than half of the longer one is a common beginning of at least five letters.
func cognate(x, y token) bool {
	if x.latin == "" || y.latin == "" {
		return false
	}
	a, b := x.latin, y.latin
	la, lb := len(a), len(b)
	n := 0
	for n < la && n < lb && a[n] == b[n] {
		n++
	}
	if n >= 5 && n*2 > max(la, lb) {
		return true
	}
	if x.slips == 0 || y.slips == 0 {
		return false
	}
	return slip(a, b, x.slips, y.slips)
}

var cyrillic = strings.NewReplacer(
	"а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "ж", "zh", "з", "z", "и", "i", "к", "k", "л", "l", "м", "m",
	"н", "n", "о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "h", "ц", "ts", "ч", "ch", "ш", "sh",
	"щ", "shch", "ъ", "", "ы", "y", "ь", "", "э", "e", "ю", "yu", "я", "ya", "і", "i", "ї", "i", "є", "e", "қ", "k", "ғ", "g",
	"ұ", "u", "ү", "u", "ң", "n", "ө", "o", "ә", "a", "һ", "h")

func latin(s string) string {
	if _, ascii := foldASCII(s); ascii {
		return s
	}
	return cyrillic.Replace(s)
}

// distance is the edit distance of two words, or limit+1 where it is more.
func distance(a, b string, limit int) int {
	const longest = 64
	var x, y [longest]rune
	la, lb := spell(&x, a), spell(&y, b)
	if la-lb > limit || lb-la > limit || la > longest || lb > longest {
		return limit + 1
	}
	var row [longest + 1]int
	for j := range lb + 1 {
		row[j] = j
	}
	for i := range la {
		last, best := row[0], i+1
		row[0] = i + 1
		for j := range lb {
			cost := last
			if x[i] != y[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last = row[j+1]
			row[j+1] = cost
			best = min(best, cost)
		}
		if best > limit {
			return limit + 1
		}
	}
	return row[lb]
}

// spell writes the letters of a word that has room, and counts them.
func spell(out *[64]rune, word string) int {
	n := 0
	for _, r := range word {
		if n < len(out) {
			out[n] = r
		}
		n++
	}
	return n
}

// compounds matches one word of left with two neighbours of right written apart.
func (al *alignment) compounds(left, right []*token) (l, r []*token) {
	if len(left) == 0 || len(right) < 2 {
		return left, right
	}
	l = left[:0]
	for _, t := range left {
		found := -1
		for i := 0; i+1 < len(right); i++ {
			x, y := right[i].text, right[i+1].text
			if len(x)+len(y) == len(t.text) && t.text[:len(x)] == x && t.text[len(x):] == y {
				found = i
				break
			}
		}
		if found < 0 {
			l = append(l, t)
			continue
		}
		al.shared += t.weight
		right = slices.Delete(right, found, found+2)
	}
	return l, right
}

// overlap compares two texts: the share of the smaller that the larger has, and the share in common.
func overlap(a, b *profile) (contained, dice float64) {
	if len(a.text.list) < 3 || len(b.text.list) < 3 {
		return 0, 0
	}
	shared := a.text.shared(b.text)
	return shared / min(a.text.sum, b.text.sum), 2 * shared / (a.text.sum + b.text.sum)
}
