package language

import (
	_ "embed" // the sample texts
	"math"
	"math/bits"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed samples.txt
var samples string

// grams is the model of the languages in Latin letters: how often three letters follow one another in each, and which
// words each has.
type grams struct {
	tags  []string
	rows  map[uint64][]float32 // log of the frequency, by language
	floor []float32            // the same for what was never seen
	vocab map[string]uint64    // languages that have the word, a bit each
	prior []float32
}

// priors are how much more often a language is met in listings than others, as a logarithm.
var priors = map[string]float64{"en": 3, "fr": 1.5, "es": 1.5, "pt": 1, "de": 1, "it": 0, "id": 0, "nl": 0, "tr": 0, "pl": 0, "hu": 0, "ro": 0, "cs": 0, "sv": 0, "fi": 0, "vi": 0}

const rare = -1.5 // the prior of the others

var model = sync.OnceValue(func() *grams {
	g := &grams{rows: map[uint64][]float32{}, vocab: map[string]uint64{}}
	var texts []string
	for line := range strings.Lines(samples) {
		if tag, text, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") && len(tag) <= 3 {
			g.tags = append(g.tags, tag)
			texts = append(texts, text)
		}
	}
	totals := make([]float64, len(g.tags))
	for i, text := range texts {
		p, ok := priors[g.tags[i]]
		if !ok {
			p = rare
		}
		g.prior = append(g.prior, float32(p))
		for _, w := range strings.FieldsFunc(strings.ToLower(text), apart) {
			g.vocab[w] |= 1 << i
			each(w, func(key uint64) {
				row := g.rows[key]
				if row == nil {
					row = make([]float32, len(g.tags))
					g.rows[key] = row
				}
				row[i]++
				totals[i]++
			})
		}
	}
	g.smooth(totals)
	return g
})

// smooth turns counts into logarithms.
func (g *grams) smooth(totals []float64) {
	const unseen = 0.2
	size := unseen * float64(len(g.rows))
	for i := range g.tags {
		g.floor = append(g.floor, float32(math.Log(unseen/(totals[i]+size))))
	}
	for _, row := range g.rows {
		for i := range row {
			row[i] = float32(math.Log((float64(row[i]) + unseen) / (totals[i] + size)))
		}
	}
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

// each calls f with each three letters of a word, its ends marked.
func each(word string, f func(uint64)) {
	const mask = 1<<63 - 1
	key := uint64('_')
	n := 0
	for _, r := range word {
		key = (key<<21 | uint64(r)) & mask
		if n++; n >= 2 {
			f(key)
		}
	}
	f((key<<21 | '_') & mask)
}

// enough is how many letters decide at most, some how many at least; between them a clear lead decides. More would only
// cost time.
const (
	enough = 200
	some   = 70
	clear  = 14
)

// latin returns the language of a text in Latin letters. Acronyms say nothing, names with a capital letter less than
// other words.
func (g *grams) latin(text, hint string) (string, float64) {
	score := make([]float32, len(g.tags))
	copy(score, g.prior)
	for i, tag := range g.tags {
		if tag == hint || tag == "nb" && (hint == "no" || hint == "nn") || tag == "hr" && (hint == "bs" || hint == "sr") {
			score[i] += 5
		}
	}
	shouting := !strings.ContainsFunc(text, unicode.IsLower)
	letters := 0
	for w := range strings.FieldsFuncSeq(text, apart) {
		r, _ := utf8.DecodeRuneInString(w)
		if !unicode.Is(unicode.Latin, r) || len(w) > 40 {
			continue
		}
		weight := 1.0
		if unicode.IsUpper(r) && !shouting {
			if len(w) > 1 && strings.ToUpper(w) == w {
				continue
			}
			weight = 0.6
		}
		g.word(strings.ToLower(w), weight, score)
		if letters += len(w); letters > enough || letters > some && lead(score) > clear {
			break
		}
	}
	return g.best(score, letters, hint)
}

// word adds what one word says.
func (g *grams) word(w string, weight float64, score []float32) {
	half := float32(weight) / 2 // trigrams overlap
	each(w, func(key uint64) {
		row, ok := g.rows[key]
		if !ok {
			row = g.floor
		}
		for i, v := range row {
			score[i] += half * v
		}
	})
	if mask := g.vocab[w]; mask != 0 {
		bonus := float32(weight * 3 / math.Sqrt(float64(bits.OnesCount64(mask))))
		for i := range score {
			if mask>>i&1 == 1 {
				score[i] += bonus
			}
		}
	}
}

// lead returns how far the best score is before the next.
func lead(score []float32) float32 {
	first, second := float32(math.Inf(-1)), float32(math.Inf(-1))
	for _, s := range score {
		if s > first {
			first, second = s, first
		} else if s > second {
			second = s
		}
	}
	return first - second
}

// best returns the language with the highest score; how sure that is comes from the distance to the next.
func (g *grams) best(score []float32, letters int, hint string) (string, float64) {
	first, second := 0, -1
	for i := 1; i < len(score); i++ {
		switch {
		case score[i] > score[first]:
			first, second = i, first
		case second < 0 || score[i] > score[second]:
			second = i
		}
	}
	if letters == 0 {
		if hint != "" {
			return "", 0 // only acronyms: the source knows better
		}
		return "en", 0.3
	}
	sure := 1 / (1 + math.Exp(-float64(score[first]-score[second])/4))
	return g.tags[first], math.Min(0.99, sure) * math.Min(1, 0.5+float64(letters)/40)
}
