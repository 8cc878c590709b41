package match

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// alignment is what two titles share and what is left of each.
type alignment struct {
	shared      float64 // weight
	left, right []token // what the other lacks
	lw, rw      float64
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
	left, right := slices.Clone(a.title), slices.Clone(b.title)
	left, right = out.equal(left, right)
	left = out.acronyms(left, b)
	right = out.acronyms(right, a)
	same := alike
	if foreign(a, b) {
		same = cognate
	}
	left, right = out.near(left, right, same)
	left, right = out.compounds(left, right)
	right, left = out.compounds(right, left)
	for _, t := range left {
		if !known(t, a, b) {
			out.left = append(out.left, t)
			out.lw += t.weight
		} else {
			out.lw += 0.15 * t.weight
		}
	}
	for _, t := range right {
		if !known(t, a, b) {
			out.right = append(out.right, t)
			out.rw += t.weight
		} else {
			out.rw += 0.15 * t.weight
		}
	}
	return out
}

// known reports whether a word of a title is the name of one of the publishers, and so says nothing new.
func known(t token, a, b *profile) bool {
	if strings.HasPrefix(t.text, "@") {
		return false
	}
	return a.names[t.text] || b.names[t.text]
}

func (al *alignment) equal(left, right []token) (l, r []token) {
	have := map[string]int{}
	for _, t := range right {
		have[t.text]++
	}
	used := map[string]int{}
	for _, t := range left {
		if have[t.text] > used[t.text] {
			used[t.text]++
			al.shared += t.weight
		} else if used[t.text] == 0 { // a word said twice is said
			l = append(l, t)
		}
	}
	for _, t := range right {
		if used[t.text] > 0 {
			continue
		}
		r = append(r, t)
	}
	return l, r
}

// acronyms drops from left those whose letters begin consecutive words of the other title, or of its own.
func (al *alignment) acronyms(left []token, other *profile) []token {
	return slices.DeleteFunc(left, func(t token) bool {
		name := strings.ToLower(strings.TrimRight(t.raw, "s"))
		n := utf8.RuneCountInString(name)
		if t.caps && n >= 2 && n <= 9 && other.initials[name] {
			al.shared += 0.3 * t.weight
			return true
		}
		return false
	})
}

// near matches what is spelt almost alike.
func (al *alignment) near(left, right []token, same func(a, b string) bool) (l, r []token) {
	taken := make([]bool, len(right))
next:
	for _, t := range left {
		for i, o := range right {
			if !taken[i] && !t.caps && !o.caps && same(t.text, o.text) {
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
func alike(a, b string) bool {
	la, lb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if strings.ContainsAny(a[:1]+b[:1], "#@") || min(la, lb) < 5 || strings.ContainsAny(a+b, "0123456789+") {
		return false
	}
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return max(la, lb)-min(la, lb) <= 3
	}
	limit := 1
	if min(la, lb) >= 9 {
		limit = 2
	}
	return distance(a, b, limit) <= limit
}

// cognate reports whether two words of different languages are likely of one root: after Cyrillic is spelt in Latin
// letters, more than half of the longer one is a common beginning of at least five letters.
func cognate(a, b string) bool {
	if strings.ContainsAny(a[:1]+b[:1], "#@") {
		return false
	}
	a, b = latin(a), latin(b)
	la, lb := len(a), len(b)
	n := 0
	for n < la && n < lb && a[n] == b[n] {
		n++
	}
	return n >= 5 && n*2 > max(la, lb) || alike(a, b)
}

var cyrillic = strings.NewReplacer(
	"а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "ж", "zh", "з", "z", "и", "i", "к", "k", "л", "l", "м", "m",
	"н", "n", "о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "h", "ц", "ts", "ч", "ch", "ш", "sh",
	"щ", "shch", "ъ", "", "ы", "y", "ь", "", "э", "e", "ю", "yu", "я", "ya", "і", "i", "ї", "i", "є", "e", "қ", "k", "ғ", "g",
	"ұ", "u", "ү", "u", "ң", "n", "ө", "o", "ә", "a", "һ", "h")

func latin(s string) string { return cyrillic.Replace(s) }

// distance is the edit distance of two words, or limit+1 where it is more.
func distance(a, b string, limit int) int {
	ra, rb := []rune(a), []rune(b)
	if len(ra)-len(rb) > limit || len(rb)-len(ra) > limit || len(ra) > 64 || len(rb) > 64 {
		return limit + 1
	}
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range ra {
		last, best := row[0], i+1
		row[0] = i + 1
		for j, y := range rb {
			cost := last
			if x != y {
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
	return row[len(rb)]
}

// compounds matches one word of left with two neighbours of right written apart.
func (al *alignment) compounds(left, right []token) (l, r []token) {
	for _, t := range left {
		found := -1
		for i := 0; i+1 < len(right); i++ {
			if right[i].text+right[i+1].text == t.text {
				found = i
				break
			}
		}
		if found < 0 {
			l = append(l, t)
			continue
		}
		al.shared += t.weight
		right = slices.Delete(slices.Clone(right), found, found+2)
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
