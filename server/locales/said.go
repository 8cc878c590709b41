package locales

import (
	"cmp"
	_ "embed" // the tables
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa"
)

// Rules write their reasons in English: what is stored, and what programs read, has one wording. A page says them in the
// language of its reader. The tables hold every sentence that a rule can write, with its places, in the six languages; a
// test reads the rules' source and fails on a sentence that is missing.

//go:embed sentences.txt
var sentencesTable string

//go:embed terms.txt
var termsTable string

//go:embed refusals.txt
var refusalsTable string

// tables are all that hold sentences.
func tables() []string { return []string{termsTable, sentencesTable, refusalsTable} }

// Voice is whose words a Piece is.
type Voice int

// Voices.
const (
	Ours    Voice = iota // the words of the page
	Quoted               // what was read: a title, an address, a number of theirs
	English              // a sentence of a program that has no translation: an error of a network, of a parser
)

// Piece is a part of a sentence.
type Piece struct {
	Text  string
	Voice Voice
}

// sentence is a row of the tables.
type sentence struct {
	cut   []string // its English text, cut at its places: text, name, text …
	texts []string // in the order of stoa.Languages' columns here
	size  int      // letters that are not a place
}

// columns are the languages of the tables, in their order.
var columns = []string{"en", "fr", "es", "ar", "zh", "ru"}

// sentences are the rows of both tables: whole ones by their text, those with places by how much they say.
type sentences struct {
	whole map[string]*sentence
	open  []*sentence
}

var spoken = sync.OnceValues(func() (*sentences, error) {
	s := &sentences{whole: map[string]*sentence{}}
	for _, table := range tables() {
		for line := range strings.Lines(table) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			row, err := readSentence(line)
			if err != nil {
				return nil, err
			}
			if len(row.cut) == 1 {
				s.whole[row.cut[0]] = row
			} else {
				s.open = append(s.open, row)
			}
		}
	}
	slices.SortStableFunc(s.open, func(a, b *sentence) int { return cmp.Compare(b.size, a.size) })
	return s, nil
})

func readSentence(line string) (*sentence, error) {
	texts := strings.Split(line, " | ")
	if len(texts) != len(columns) {
		return nil, fmt.Errorf("read sentences: %w line %q: it has %d columns", stoa.ErrInvalid, line, len(texts))
	}
	row := &sentence{cut: pieces(texts[0]), texts: texts}
	for i := 0; i < len(row.cut); i += 2 {
		row.size += len(row.cut[i])
		if row.cut[i] == "" && i > 0 && i < len(row.cut)-1 {
			return nil, fmt.Errorf("read sentences: %w line %q: two places stand together", stoa.ErrInvalid, line)
		}
	}
	return row, nil
}

// Said puts a sentence of a rule into the language of l. What is unknown comes back whole, as English.
func (l *Locale) Said(text string) []Piece {
	table, err := spoken()
	if err != nil { // a mistake of the build
		return []Piece{{text, English}}
	}
	return l.say(table, text, 6)
}

// Knows reports whether a rule's sentence is in the tables.
func (l *Locale) Knows(text string) bool {
	return !slices.ContainsFunc(l.Said(text), func(p Piece) bool { return p.Voice == English })
}

// Tell is Said as plain text.
func (l *Locale) Tell(text string) string {
	var b strings.Builder
	for _, p := range l.Said(text) {
		b.WriteString(p.Text)
	}
	return b.String()
}

// say translates one sentence; a sentence may hold others, to a depth.
func (l *Locale) say(table *sentences, text string, depth int) []Piece {
	row, values := table.whole[text], map[string][]string(nil)
	if row == nil && depth > 0 {
		for _, r := range table.open {
			if v, ok := r.read(text); ok {
				row, values = r, v
				break
			}
		}
	}
	if row == nil {
		return []Piece{{text, English}}
	}
	var out []Piece
	for i, part := range pieces(row.texts[slices.Index(columns, l.Code)]) {
		switch {
		case i%2 == 0 && part != "":
			out = append(out, Piece{part, Ours})
		case i%2 == 1:
			value := values[part][0]
			if len(values[part]) > 1 {
				values[part] = values[part][1:]
			}
			out = append(out, l.place(table, part, value, depth-1)...)
		}
	}
	return out
}

// read takes the values of a sentence's places out of a text; ok is false when it is another sentence.
func (s *sentence) read(text string) (values map[string][]string, ok bool) {
	rest, ok := strings.CutPrefix(text, s.cut[0])
	if !ok || !strings.HasSuffix(rest, s.cut[len(s.cut)-1]) {
		return nil, false
	}
	values = map[string][]string{}
	for i := 1; i < len(s.cut); i += 2 {
		name, after := s.cut[i], s.cut[i+1]
		value := ""
		if i+2 == len(s.cut) {
			value = strings.TrimSuffix(rest, after)
		} else if value, rest, ok = strings.Cut(rest, after); !ok {
			return nil, false
		}
		if !fits(name, value) {
			return nil, false
		}
		values[name] = append(values[name], value)
	}
	return values, true
}

var (
	numeral  = regexp.MustCompile(`^[−-]?[0-9][0-9.,]*$`)
	langsTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*(, [A-Za-z]{2,3}(-[A-Za-z0-9]+)*)*$`)
)

// fits reports whether a value can stand at a place.
func fits(name, value string) bool {
	switch name {
	case "n", "m", "k":
		return numeral.MatchString(value)
	case "langs":
		return langsTag.MatchString(value)
	case "day":
		_, ok := dayOf(value)
		return ok
	case "kind", "outcome", "code", "field":
		return value != "" && !strings.Contains(value, " ")
	}
	return value != ""
}

// dayOf reads a day or an instant as the rules write it.
func dayOf(value string) (time.Time, bool) {
	for _, layout := range []string{"2 January 2006", time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// place is what stands at one place of a sentence.
func (l *Locale) place(table *sentences, name, value string, depth int) []Piece {
	switch name {
	case "n", "m", "k":
		return []Piece{{value, Ours}}
	case "said":
		return l.say(table, value, depth)
	case "class":
		switch {
		case l.Code == "en":
			return []Piece{{value, Ours}}
		case stoa.Pillar(value).Valid():
			return []Piece{{l.Word("pillar", value), Ours}}
		case stoa.Kind(value).Valid():
			return []Piece{{l.Word("kind", value), Ours}}
		}
		return l.say(table, value, depth)
	case "kind", "outcome", "code", "field":
		if word, ok := l.words[name+"."+value]; ok && l.Code != "en" {
			return []Piece{{word.text, Ours}}
		}
		return []Piece{{value, Quoted}} // a field of the source's own, a code of a fetch
	case "langs":
		if l.Code == "en" {
			return []Piece{{value, Ours}}
		}
		var names []string
		for tag := range strings.SplitSeq(value, ", ") {
			names = append(names, l.LanguageName(tag))
		}
		return []Piece{{l.List(names), Ours}}
	case "day":
		t, _ := dayOf(value)
		if strings.Contains(value, "T") {
			return []Piece{{l.Stamp(t), Ours}}
		}
		return []Piece{{l.Day(t), Ours}}
	}
	return []Piece{{value, Quoted}}
}

// refused is the tail of an error that says what was not taken, and why: what it is about, its value, the reason.
var refused = regexp.MustCompile(`^(?:(\w+)(?: "(?:[^"\\]|\\.)*")?)?(?:: (.*))?$`)

// Refusal finds in the text of an error what was not taken and why, both in English; about is "" where the reason says it
// all. What is no refusal comes back whole.
func Refusal(text string) (about, why string) {
	at, kind := -1, ""
	for _, err := range []error{stoa.ErrInvalid, stoa.ErrConflict, stoa.ErrDenied, stoa.ErrWaits, stoa.ErrFull} {
		for _, end := range []string{": ", " "} {
			if i := strings.Index(text, err.Error()+end); i >= 0 && (at < 0 || i < at) {
				at, kind = i, err.Error()
			}
		}
	}
	if at < 0 {
		return "", text
	}
	tail := text[at+len(kind):]
	m := refused.FindStringSubmatch(strings.TrimPrefix(tail, " "))
	if m == nil {
		return "", strings.TrimLeft(tail, ": ")
	}
	return m[1], cmp.Or(m[2], "not one that can be taken")
}
