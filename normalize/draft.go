package normalize

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"stoa"
	"stoa/normalize/classify"
	"stoa/normalize/language"
	"stoa/normalize/link"
	"stoa/normalize/organisation"
	"stoa/normalize/when"
)

// Bounds of what a draft holds.
const (
	longestTitle = 500 // characters
	readText     = 8 << 10
)

// Draft makes an item plain and says what it is: text, dates, places, language, organisations, facts, relevance, kind
// and all five pillars, best first. item.Fetched is what dates without a year refer to. src gives priors, zone, terms
// and trust; it may be the zero Source. Draft is pure and never fails: what cannot be read stays empty.
//
// Of Extra, "id" and "publisher" are taken as they stand; labelled fields (deadline, fee, countries, implementers…) are
// read as text. Only a trusted source's explicit words on kind, pillars, relevance, countries, regions and dates are
// taken for certain.
func Draft(item stoa.Item, src stoa.Source) stoa.Draft {
	return DraftBy(classify.Classify, item, src)
}

// InputOf returns what the classifier is given of an item. Labelled items become training data by it.
func InputOf(item stoa.Item, src stoa.Source) classify.Input {
	var in classify.Input
	DraftBy(func(got classify.Input) classify.Result {
		in = got
		return classify.Result{}
	}, item, src)
	return in
}

// DraftBy is Draft with another judge of relevance, kind and pillars: a model that was trained otherwise.
func DraftBy(judge func(classify.Input) classify.Result, item stoa.Item, src stoa.Source) stoa.Draft {
	labels := labelled(item)
	d := stoa.Draft{
		ID: cmp.Or(item.Extra["id"], item.Key), Title: title(item), Published: item.Published,
		Withdrawn: item.Withdrawn, Version: classify.Version,
	}
	text := plainSummary(item)
	d.URL = address(item, src)
	d.Editions = editions(item, d.URL)
	d.Summary = Teaser(text, TermsOf(item, src.Terms))
	d.Publisher = cmp.Or(Plain(item.Extra["publisher"]), Plain(src.Organisation))
	d.Language = tongue(item, src, d.Title, text)
	sense := when.Options{Reference: item.Fetched, Language: d.Language, Zone: zone(src), USOrder: monthFirst(src)}
	dates(&d, item, labels, sense)
	facts := statedFacts(labels)
	r := judge(classify.Input{
		Title: d.Title, Summary: text, URL: d.URL, Publisher: d.Publisher, Language: d.Language,
		Categories: item.Categories, Facts: facts, HasDeadline: d.Deadline != "", HasDates: d.End != "", Source: src,
	})
	d.Relevant, d.Kind, d.Pillars = r.Relevant, r.Kind, r.Pillars
	d.Organisations = behind(d, labels, src)
	places(&d, item, labels, text)
	stated(&d, item, src)
	datesInText(&d, text, sense)
	noticed(&d, labels["notice"], sense)
	d.Facts = readFacts(facts, d, text)
	return d
}

// plainSummary returns the text that the source gives of an item: the summary, or else the body.
func plainSummary(item stoa.Item) string {
	if s := unsigned(Plain(item.Summary), Plain(item.Title)); s != "" {
		return s
	}
	return unsigned(Plain(item.Content), Plain(item.Title))
}

// title returns the item's title, or what can stand for it: the first sentence of the text, the last word of the
// address.
func title(item stoa.Item) string {
	if t := Plain(item.Title); t != "" {
		return clip(t, longestTitle)
	}
	if s := plainSummary(item); s != "" {
		if i := strings.IndexAny(s, ".!?。"); i > 10 && i < 200 {
			s = s[:i]
		}
		return clip(s, 120)
	}
	u, err := url.Parse(item.URL)
	if err != nil || u.Path == "" || u.Path == "/" {
		return clip(Plain(item.Key), 120)
	}
	base := path.Base(u.Path)
	base = strings.TrimSuffix(base, path.Ext(base))
	return clip(Plain(strings.NewReplacer("-", " ", "_", " ", "+", " ").Replace(base)), 120)
}

// clip cuts s to n characters, at a word where there is one.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-1]
	cut := len(r)
	if i := strings.LastIndexByte(string(r), ' '); i > len(string(r))*3/4 {
		return strings.TrimSpace(string(r)[:i]) + "…"
	}
	return strings.TrimSpace(string(r[:cut])) + "…"
}

func address(item stoa.Item, src stoa.Source) string {
	if item.URL == "" {
		return ""
	}
	u, err := link.Parse(item.URL, src.URL)
	if err != nil {
		return ""
	}
	return u
}

// tongue returns the language of an item: what the text says, helped by what the source says.
func tongue(item stoa.Item, src stoa.Source, title, text string) string {
	hint := item.Language
	if hint == "" && len(src.Languages) == 1 {
		hint = src.Languages[0]
	}
	tag, _ := language.Of(title+". "+head(text, 2000), hint)
	return tag
}

// behind lists who stands behind an item, by role, each organisation once a role.
func behind(d stoa.Draft, labels map[string]string, src stoa.Source) []stoa.Organisation {
	var out []stoa.Organisation
	add := func(id, name string, role stoa.Role) {
		o := stoa.Organisation{ID: id, Name: name, Role: role}
		same := func(x stoa.Organisation) bool { return x.ID == id && x.Role == role }
		if id != "" && len(out) < 24 && !slices.ContainsFunc(out, same) {
			out = append(out, o)
		}
	}
	named := func(name string, role stoa.Role) {
		if name = strings.TrimSpace(name); name == "" {
			return
		}
		if e := organisation.Find(name); e != nil {
			add(e.ID, e.Name, role)
			return
		}
		add(organisation.ID(name), clip(name, 160), role)
	}
	named(d.Publisher, stoa.Publisher)
	for _, r := range []struct {
		label string
		role  stoa.Role
	}{{"funders", stoa.Funder}, {"implementers", stoa.Implementer}, {"host", stoa.Host}, {"beneficiary", stoa.Beneficiary}} {
		for _, name := range parts(labels[r.label]) {
			named(name, r.role)
		}
	}
	for _, m := range roleMentions(d.Title + ". " + d.Summary) {
		add(m.entry.ID, m.entry.Name, m.role)
	}
	return out
}

// parts splits a list as sources write it.
func parts(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == '|' || r == '\n' || r == '،' || r == '、' })
}

// mention is an organisation named in a text with what it does.
type mention struct {
	entry *organisation.Entry
	role  stoa.Role
}

// roleWords are the words before a name that say what the organisation does, in lower case.
var roleWords = []struct {
	words string
	role  stoa.Role
}{
	{"funded by", stoa.Funder}, {"financed by", stoa.Funder}, {"paid by", stoa.Funder}, {"paid for by", stoa.Funder}, {"sponsored by", stoa.Funder},
	{"money from", stoa.Funder}, {"with money of", stoa.Funder}, {"financé par", stoa.Funder}, {"financée par", stoa.Funder}, {"financiado por", stoa.Funder},
	{"financiada por", stoa.Funder}, {"при финансировании", stoa.Funder}, {"finanziert von", stoa.Funder}, {"بتمويل من", stoa.Funder},
	{"supported by", stoa.Funder}, {"with support of", stoa.Funder}, {"with the support of", stoa.Funder}, {"avec le soutien de", stoa.Funder},
	{"avec l'appui de", stoa.Funder}, {"con el apoyo de", stoa.Funder}, {"com o apoio d", stoa.Funder}, {"при поддержке", stoa.Funder}, {"بدعم من", stoa.Funder},
	{"implemented by", stoa.Implementer}, {"carried out by", stoa.Implementer}, {"run by", stoa.Implementer}, {"delivered by", stoa.Implementer},
	{"organised by", stoa.Implementer}, {"organized by", stoa.Implementer}, {"mis en œuvre par", stoa.Implementer}, {"organisé par", stoa.Implementer},
	{"implementado por", stoa.Implementer}, {"organizado por", stoa.Implementer}, {"реализует", stoa.Implementer}, {"организован", stoa.Implementer},
	{"durchgeführt von", stoa.Implementer}, {"ينفذه", stoa.Implementer}, {"تنظمه", stoa.Implementer},
	{"hosted by", stoa.Host}, {"accueilli par", stoa.Host}, {"acogido por", stoa.Host},
}

// roleMentions returns the known organisations that a text names right after words that give them a role.
func roleMentions(text string) []mention {
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		lower = text // letters that change length with case: only what stands in lower case is found
	}
	var out []mention
	seen := make([]bool, len(roleWords)) // the first mention of each phrase counts
	for i := 0; i+1 < len(lower); i++ {
		if i > 0 && 'a' <= lower[i-1] && lower[i-1] <= 'z' {
			continue // within a word
		}
		for _, k := range rolesBegin[int(lower[i])<<8|int(lower[i+1])] {
			w := roleWords[k]
			if seen[k] || !strings.HasPrefix(lower[i:], w.words) {
				continue
			}
			seen[k] = true
			after := text[i+len(w.words):]
			if stop := strings.IndexAny(after, ".;:(。"); stop >= 0 {
				after = after[:stop]
			}
			for _, e := range organisation.Mentioned(nil, head(after, 120)) {
				out = append(out, mention{e, w.role})
			}
		}
	}
	return out
}

// rolesBegin has the indexes of roleWords by the first two bytes of the words, so that a text is gone through once.
var rolesBegin = func() map[int][]int {
	m := map[int][]int{}
	for k, w := range roleWords {
		at := int(w.words[0])<<8 | int(w.words[1])
		m[at] = append(m[at], k)
	}
	return m
}()
