package place

import (
	_ "embed" // the table of names
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"stoa/normalize/letters"
)

var (
	//go:embed places.txt
	places string
	//go:embed cities.txt
	cities string
)

// sort is what a name names.
type sort int8

const (
	country sort = iota
	people       // "Kenyan"
	city
	body // "NIST": speaks of one country without naming it
	area // a region
	set  // a group of countries, where it is no region
)

var sorts = map[string]sort{"people": people, "city": city, "body": body, "region": area}

// name is one entry of the table.
type name struct {
	code   string // ISO 3166-1 alpha-2, or the code of a region
	sort   sort
	tongue bool   // also the name of a language
	upper  bool   // an acronym: counts in capitals only
	group  int8   // index of a group plus one, where it names one
	tag    string // the language it is taken from, where it may be a common word of another
}

// names is the table by folded words.
type names struct {
	whole   map[string]name
	stems   map[string]name
	phrases map[string]int // first word → words of the longest phrase
	dense   int            // bytes of the longest name in a script without spaces
}

var table = sync.OnceValue(func() *names {
	t := &names{whole: map[string]name{}, stems: map[string]name{}, phrases: map[string]int{}}
	t.read(places)
	t.unicode()
	for _, word := range []string{"发展中国家", "發展中國家"} { // developing countries, with China's name inside
		t.add(word, name{sort: set})
	}
	for i, g := range groups {
		for word := range strings.FieldsSeq(g.names) {
			t.add(word, name{sort: set, group: int8(i + 1)})
		}
	}
	t.read(cities) // last: what the others have an entry for, they know better
	return t
})

// read enters the lines of a table.
func (t *names) read(lines string) {
	for line := range strings.Lines(lines) {
		head, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		code, kind, _ := strings.Cut(head, " ")
		for word := range strings.FieldsSeq(list) {
			t.add(word, name{code: code, sort: sorts[kind]})
		}
	}
}

// spoken are the languages whose names of countries are known.
var spoken = []string{"en", "fr", "es", "pt", "de", "it", "ru", "uk", "ar", "zh", "zh-Hant", "ja", "ko", "id", "kk", "fa", "hu", "nl", "vi"}

// refused are names of the Unicode tables that are common words or parts of other names.
var refused = map[string]bool{"مالي": true, "chili": true, "jersey": true, "man": true, "reunion": true, "martin": true, "island": true, "maurice": true, "dominique": true, "granada": true, "grenade": true}

// unicode adds the names of the Unicode tables, where the table has no entry of its own.
func (t *names) unicode() {
	for _, tag := range spoken {
		in := display.Regions(language.MustParse(tag))
		for code := range regionOf {
			r, err := language.ParseRegion(code)
			if err != nil {
				continue
			}
			full, _, _ := strings.Cut(in.Name(r), "(")
			if full = strings.TrimSpace(full); full == "" || strings.Contains(full, " - ") || strings.Contains(full, " – ") {
				continue
			}
			n := name{code: code}
			if tag != "en" {
				n.tag = tag[:2]
			}
			t.add(strings.NewReplacer(" ", "_").Replace(full), n)
		}
	}
}

// add enters one name. A star at its end stands for any ending, an exclamation mark says that it names a language too.
func (t *names) add(word string, n name) {
	word, star := strings.CutSuffix(word, "*")
	word, n.tongue = strings.CutSuffix(word, "!")
	if !star {
		word, star = strings.CutSuffix(word, "*")
	}
	short := utf8.RuneCountInString(word) <= 3 && !strings.Contains(word, "_")
	n.upper = (n.sort == body || n.sort == area) && short && spaced(word) ||
		n.sort == body && !strings.Contains(word, "_") && len(word) <= 4 && word[0] < utf8.RuneSelf || capitals[word]
	key := strings.Join(words(word), " ")
	if key == "" || refused[key] {
		return
	}
	into := t.whole
	if star {
		into = t.stems
	}
	if old, ok := into[key]; !ok {
		into[key] = n
	} else if n.group > 0 {
		old.group = n.group
		into[key] = old
	} else if old.code == n.code && old.tag != n.tag {
		old.tag = "" // several languages have it
		into[key] = old
	}
	if first, rest, ok := strings.Cut(key, " "); ok {
		t.phrases[first] = max(t.phrases[first], strings.Count(rest, " ")+2)
	}
	if r, _ := utf8.DecodeRuneInString(key); letters.Unspaced(r) {
		t.dense = max(t.dense, len(key))
	} else if !star && n.sort == country && unicode.Is(unicode.Cyrillic, r) && !strings.Contains(key, " ") {
		if stem := strings.TrimRight(key, "аяйьыиоеую"); utf8.RuneCountInString(stem) >= 4 {
			if _, ok := t.stems[stem]; !ok {
				t.stems[stem] = n
			}
		}
	}
}

// capitals are longer names that count in capitals only.
var capitals = map[string]bool{
	"us": true, "uk": true, "uae": true, "usa": true, "drc": true, "rdc": true, "prc": true, "ksa": true, "rsa": true, "eua": true, "рф": true, "сша": true,
	"оаэ": true, "юар": true, "кнр": true, "фрг": true, "ес": true, "dprk": true, "eeuu": true, "oecs": true, "arf": true, "asean": false, "cicte": true, "carib": true, "igad": true, "ecowas": true, "cedeao": true, "sadc": true,
	"mena": true, "oewg": true, "enisa": false, "geant": false, "dora": true, "lac4": true, "comesa": true, "eccas": true, "ceeac": true, "saarc": true, "anase": true,
	"apec": true, "eaeu": true, "eac": true, "pif": true, "sica": true, "gcc": true, "ccg": true, "cplp": true, "hipcar": true, "еаэс": true, "ссагпз": true, "eccc": true, "gfce": true, "sirius": true,
}

// spaced reports whether word is of a script that writes spaces between words and has capitals.
func spaced(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek)
}

// words returns the folded words of a table entry.
func words(entry string) []string {
	folded := string(letters.Fold(nil, entry))
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
}
