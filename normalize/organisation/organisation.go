// Package organisation knows who is who: the partners and other bodies of the field, under one id each, with the
// names they go by in several languages, what sort of body each is, and what it is there for.
//
// The table is organisations.txt. It serves three ends: names are tied to ids, a publisher's remit is a prior
// for what its items are about, and a publisher's sort (a newspaper, a vendor) is a prior for whether they are
// relevant at all.
package organisation

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"stoa"
)

// Sort is what sort of body an organisation is.
type Sort string

// Sorts.
const (
	International Sort = "international" // United Nations bodies, regional unions, treaty bodies
	Government    Sort = "government"    // ministries, agencies, regulators, national response teams
	Community     Sort = "community"     // forums of practitioners, registries, research networks
	NonProfit     Sort = "nonprofit"     // foundations, think tanks, associations
	University    Sort = "university"    // universities and journals
	Press         Sort = "press"         // newspapers, agencies, magazines, broadcasters
	Vendor        Sort = "vendor"        // sells products or services
	Lawyers       Sort = "lawyers"       // law firms and consultants
)

// Entry is one known organisation.
type Entry struct {
	ID      string
	Row     string // what names its remit: its own id, or that of a row in which several bodies of one sort, country and remit stand
	Name    string
	Sort    Sort
	Country string                  // of a national body: ISO 3166-1 alpha-2
	Pillars map[stoa.Pillar]float64 // its remit, 0 to 1
	Kinds   map[stoa.Kind]float64
	Noise   float64  // how much of what it lists is news of others or not about cybersecurity, 0 to 1
	aliases []string // folded, the name among them
}

//go:embed organisations.txt
var file string

// table is the file, read once. It is never changed afterwards.
var table = sync.OnceValue(func() *index {
	x, err := read(file)
	if err != nil {
		panic(err) // the file is part of the program and a test reads it
	}
	return x
})

// word is a word in the name of a body that is not in the table.
type word struct {
	text string // folded
	open bool   // more letters may follow
	sort Sort
}

type index struct {
	words   []word
	entries []*Entry
	byAlias map[string]*Entry
	byFirst map[string][]*Entry // by the first word of an alias
	byID    map[string]*Entry
}

// All returns every known organisation, in the table's order.
func All() []*Entry { return table().entries }

// Of returns the organisation of an id, or nil.
func Of(id string) *Entry { return table().byID[id] }

// Find returns the organisation that goes by a name, in any of its languages, or nil. Spacing, case, marks and a
// parenthesis at the end make no difference.
func Find(name string) *Entry {
	name = bound(name)
	x, f := table(), fold(name)
	if e := x.byAlias[f]; e != nil {
		return e
	}
	if i := strings.IndexByte(name, '('); i > 0 {
		if e := x.byAlias[fold(name[:i])]; e != nil {
			return e
		}
		if j := strings.LastIndexByte(name, ')'); j > i {
			return x.byAlias[fold(name[i+1:j])]
		}
	}
	for _, sep := range []string{" / ", "/", " – ", " - ", ", "} {
		if head, _, ok := strings.Cut(name, sep); ok {
			if e := x.byAlias[fold(head)]; e != nil {
				return e
			}
		}
	}
	return nil
}

// bound cuts what is too long to be a name.
func bound(name string) string {
	const longest = 400 // bytes
	if len(name) <= longest {
		return name
	}
	return strings.ToValidUTF8(name[:longest], "")
}

// ID returns the kebab-case id of an organisation: the table's, or one made of the name.
func ID(name string) string {
	if e := Find(name); e != nil {
		return e.ID
	}
	return slug(name)
}

// longestID bounds ids made of names, in characters.
const longestID = 60

// slug makes an id of a name.
func slug(name string) string {
	id := []rune(strings.NewReplacer(" ", "-", "+", "", "#", "").Replace(fold(bound(name))))
	return strings.Trim(string(id[:min(len(id), longestID)]), "-")
}

// In appends to out the organisation of publisher, or else those named in the publisher's or the item's text.
func In(out []*Entry, publisher, text string) []*Entry {
	if e := Find(publisher); e != nil {
		return append(out, e)
	}
	out = Mentioned(out, publisher)
	if len(out) == 0 && publisher == "" {
		out = Mentioned(out, text)
	}
	return out
}

// Mentioned appends to out the known organisations whose names stand in text, in order, each once. Names of one
// short word count only in capitals, as the name has them ("FIRST", not "first"); where a script has none, those of the
// press do not count, since they are common words (العربية, الخليج).
func Mentioned(out []*Entry, text string) []*Entry {
	const most = 8 << 10
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	x := table()
	words, raw := split(text)
	for i := range words {
		for _, e := range x.byFirst[words[i]] {
			if !slices.Contains(out, e) && e.stands(words[i:], raw[i]) {
				out = append(out, e)
			}
		}
	}
	return out
}

func (e *Entry) stands(words []string, raw string) bool {
	for _, a := range e.aliases {
		n := strings.Count(a, " ") + 1
		if n > len(words) || strings.Join(words[:n], " ") != a {
			continue
		}
		if n == 1 && e.Sort == Press && strings.ToUpper(raw) == strings.ToLower(raw) {
			continue
		}
		if n > 1 || strings.ToUpper(raw) == raw && utf8.RuneCountInString(raw) > 1 || len(a) > 6 && raw != a {
			return true
		}
	}
	return false
}

func read(text string) (*index, error) {
	x := &index{byAlias: map[string]*Entry{}, byFirst: map[string][]*Entry{}, byID: map[string]*Entry{}}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '@' {
			x.addWords(line[1:])
			continue
		}
		row, err := parse(line)
		for _, e := range row {
			err = cmp.Or(err, x.add(e))
		}
		if err != nil {
			return nil, fmt.Errorf("organisations.txt:%d: %w", i+1, err)
		}
	}
	return x, nil
}

func (x *index) add(e *Entry) error {
	if x.byID[e.ID] != nil {
		return fmt.Errorf("%q stands twice", e.ID)
	}
	x.byID[e.ID] = e
	x.entries = append(x.entries, e)
	for _, a := range e.aliases {
		if other := x.byAlias[a]; other != nil {
			return fmt.Errorf("%q is also a name of %s", a, other.ID)
		}
		x.byAlias[a] = e
		first, _, _ := strings.Cut(a, " ")
		if !slices.Contains(x.byFirst[first], e) {
			x.byFirst[first] = append(x.byFirst[first], e)
		}
	}
	return nil
}

// addWords reads "sort: word | word".
func (x *index) addWords(line string) {
	sort, list, _ := strings.Cut(line, ":")
	for _, w := range strings.Split(list, "|") {
		stem, open := strings.CutSuffix(strings.TrimSpace(w), "*")
		if f := fold(stem); f != "" {
			x.words = append(x.words, word{f, open, Sort(sort)})
		}
	}
}

// SortOf returns what sort of body goes by a name: what the table says, or else what the words of the name say, or "".
func SortOf(name string) Sort {
	if e := Find(name); e != nil {
		return e.Sort
	}
	x, f := table(), " "+fold(bound(name))+" "
	for _, w := range x.words {
		for at := 0; ; {
			i := strings.Index(f[at:], w.text)
			if i < 0 {
				break
			}
			end := at + i + len(w.text)
			r, _ := utf8.DecodeRuneInString(w.text)
			if unicode.Is(unicode.Han, r) || f[at+i-1] == ' ' && (w.open || f[end] == ' ') {
				return w.sort
			}
			at = end
		}
	}
	return ""
}

// parse reads "id | sort | remit | Name | alias | alias…"; the remit is a national body's country, then
// words like "legal 0.6". Where the id begins with a star, the row holds several bodies that share it all but their names:
// "*id | sort | remit | Name | Name of another = its alias | …". Each goes by its own first name, and by an id made of that.
func parse(line string) ([]*Entry, error) {
	f := strings.Split(line, "|")
	if len(f) < 4 {
		return nil, fmt.Errorf("want id | sort | remit | Name | alias…")
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	e := &Entry{ID: f[0], Sort: Sort(f[1]), Name: f[3], Pillars: map[stoa.Pillar]float64{}, Kinds: map[stoa.Kind]float64{}}
	remit := strings.Fields(f[2])
	if len(remit) > 0 && len(remit[0]) == 2 && strings.ToUpper(remit[0]) == remit[0] {
		e.Country, remit = remit[0], remit[1:]
	}
	for i := 0; i+1 < len(remit); i += 2 {
		var v float64
		if _, err := fmt.Sscanf(remit[i+1], "%g", &v); err != nil {
			return nil, fmt.Errorf("remit %q: %w", f[2], err)
		}
		switch p, k := stoa.Pillar(remit[i]), stoa.Kind(remit[i]); {
		case p.Valid():
			e.Pillars[p] = v
		case k.Valid():
			e.Kinds[k] = v
		case remit[i] == "noise":
			e.Noise = v
		default:
			return nil, fmt.Errorf("remit %q: neither pillar nor kind", remit[i])
		}
	}
	row, shared := strings.CutPrefix(e.ID, "*")
	e.Row = row
	if !shared {
		e.called(f[3:])
		return []*Entry{e}, nil
	}
	var out []*Entry
	for _, body := range f[3:] {
		names, one := strings.Split(body, " = "), *e
		one.ID, one.Name = slug(names[0]), names[0]
		one.called(names)
		out = append(out, &one)
	}
	return out, nil
}

// called sets the names that an organisation goes by.
func (e *Entry) called(names []string) {
	for _, name := range names {
		if a := fold(name); a != "" && !slices.Contains(e.aliases, a) {
			e.aliases = append(e.aliases, a)
		}
	}
}

// fold makes a name comparable: lower case, no marks, one space between words.
func fold(s string) string {
	words, _ := split(s)
	return strings.Join(words, " ")
}

// marks are the letters with marks that names of the field use, and the plain ones.
var marks = strings.NewReplacer("à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e",
	"ì", "i", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "ù", "u", "ú", "u", "û", "u", "ü", "u",
	"ß", "ss", "œ", "oe", "æ", "ae", "ё", "е", "أ", "ا", "إ", "ا", "آ", "ا", "ى", "ي", "ة", "ه")

func split(s string) (words, raw []string) {
	raw = strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '#' && !unicode.Is(unicode.Mn, r)
	})
	words = make([]string, len(raw))
	for i, w := range raw {
		w = strings.ToLower(w)
		for j := range len(w) {
			if w[j] >= utf8.RuneSelf {
				w = marks.Replace(w)
				break
			}
		}
		words[i] = w
	}
	return words, raw
}
