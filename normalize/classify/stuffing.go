package classify

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// heap is what the terms of one field of an item form: how many stand in heaps, one right after the other without the words
// that make a sentence of them, and which concepts of the field stand elsewhere.
type heap struct {
	heaped int
	beside []int32 // distinct
}

// heapSize is from how many terms on, one right after the other, they form a heap.
const heapSize = 7

// apart reports whether the terms of the field stand in heaps and hardly anywhere else: a text on another subject with a
// row of keywords at its end, its beginning or in its title. A text of the field speaks of it in its sentences, too.
func (r *reading) apart() bool {
	if r.titled.heaped+r.told.heaped == 0 {
		return false
	}
	n := len(r.titled.beside)
	for _, k := range r.told.beside {
		if !slices.Contains(r.titled.beside, k) {
			n++
		}
	}
	return n < 2
}

// straying is from how many words on a text is long enough to speak of what its title names.
const straying = 12

// strays reports whether a text never comes to what its title names.
func (r *reading) strays() bool {
	return len(r.titled.beside) > 0 && r.tokens-r.wordsTitle >= straying && !r.touched
}

// ofTheField reports whether a concept belongs to the field, and is not something that any text may speak of.
func (c *concept) ofTheField() bool {
	p := c.prior[legal]
	for k := technical; k <= cooperation; k++ {
		p = max(p, c.prior[k])
	}
	return c.prior[relevant] >= 0.3 && p >= 0.4 || c.prior[relevant] >= 0.6 || p >= 0.9
}

// term reports whether a concept is one that keywords name.
func (c *concept) term() bool {
	return c.ofTheField() || c.telling() >= 0.6 || slices.ContainsFunc(c.prior[legal:], func(w float32) bool { return w >= 0.3 })
}

// heaps reads from the matches of f which of its terms stand in heaps.
func (r *reading) heaps(l *lexicon, f *folded, h *heap) {
	h.heaped, h.beside = 0, h.beside[:0]
	for from := 0; from < len(r.matches); {
		to, terms := r.run(l, f, from)
		if terms >= heapSize {
			h.heaped += terms
		} else {
			for _, m := range r.matches[from:to] {
				if l.concepts[m.concept].ofTheField() && !slices.Contains(h.beside, m.concept) {
					h.beside = append(h.beside, m.concept)
				}
			}
		}
		from = to
	}
}

// run returns the match after those that stand in a row from the given one on, and how many terms these are.
func (r *reading) run(l *lexicon, f *folded, from int) (to, terms int) {
	end := int32(-1)
	for to = from; to < len(r.matches); to++ {
		m := r.matches[to]
		if !l.concepts[m.concept].term() {
			continue
		}
		if m.lo < end {
			end = max(end, m.hi) // inside the one before, or reaching over it
			continue
		}
		if end >= 0 && !bridged(f.text[end:m.lo]) {
			return to, terms
		}
		end = m.hi
		terms++
	}
	return to, terms
}

// bridged reports whether what stands between two terms is too little to tie them together: two words at most, and no preposition.
func bridged(between []byte) bool {
	words, wides := 0, 0
	for len(between) > 0 {
		c, n := utf8.DecodeRune(between)
		if wide(c) {
			wides++
			between = between[n:]
			continue
		}
		if c == ' ' {
			between = between[1:]
			continue
		}
		end := 0
		for end < len(between) && between[end] != ' ' {
			end++
		}
		if functionWord(between[:end]) {
			return false
		}
		words++
		between = between[end:]
	}
	return words <= 2 && wides <= 2
}

// isStuffed reports whether a text is a heap of keywords: much the same words again and again, or nearly nothing but
// terms.
func (r *reading) isStuffed() bool {
	if r.hits >= leastListed && enumerates(r.summary.orig) {
		return true
	}
	if r.apart() {
		return true
	}
	if r.tokens < 16 {
		return false
	}
	r.hashes = r.hashes[:0]
	for _, w := range r.words {
		h := uint64(14695981039346656037) // FNV-1a
		for _, c := range w {
			h = (h ^ uint64(c)) * 1099511628211
		}
		r.hashes = append(r.hashes, h)
	}
	slices.Sort(r.hashes)
	distinct := 1
	for i, h := range r.hashes[1:] {
		if h != r.hashes[i] {
			distinct++
		}
	}
	n := float64(r.tokens)
	listed := float64(r.hits) > 0.6*n && float64(r.function) < 0.07*n && r.spaced()
	return float64(distinct) < 0.4*n || float64(r.hits) > n || listed
}

// leastListed is from how many pieces on a text may be a list and nothing else.
const leastListed = 10

// enumerates reports whether a text is a list of terms, in whatever script: nine of ten pieces between marks are three words
// or six characters of Chinese long, or shorter.
func enumerates(text string) bool {
	pieces, short, words, wides, within := 0, 0, 0, 0, false
	end := func() {
		if words+wides > 0 {
			pieces++
			if words <= 3 && wides <= 6 {
				short++
			}
		}
		words, wides, within = 0, 0, false
	}
	for _, c := range text {
		switch {
		case strings.ContainsRune(",;.|/，、；。،؛·•\n", c):
			end()
		case wide(c):
			wides++
		case c == ' ':
			within = false
		case !within:
			words, within = words+1, true
		}
	}
	end()
	return pieces >= leastListed && short*10 >= pieces*9
}

// spaced reports whether a text is in letters whose languages have many small words of their own: Arabic joins them to
// others, Chinese has few.
func (r *reading) spaced() bool {
	plain := 0
	for _, c := range r.summary.text {
		if c < utf8.RuneSelf || c == 0xD0 || c == 0xD1 {
			plain++
		}
	}
	return plain > len(r.summary.text)/2
}
