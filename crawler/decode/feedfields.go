package decode

import (
	"cmp"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	ext "github.com/mmcdole/gofeed/extensions"

	"stoa"
	"stoa/normalize"
)

// Bounds of what one item may bring.
const (
	maxTags    = 100
	maxPersons = 50
	maxFiles   = 50
	shortText  = 4 << 10 // bytes of content that serves as summary too
	titleRunes = 80      // of a title made from text
)

// fields are the elements of an item or head for which gofeed has no field, by canonical name.
type fields struct {
	ext ext.Extensions
	w   *rewriter
}

// every returns the elements of a name, in the order of the document.
func (f fields) every(name string) []ext.Extension {
	prefix, local, _ := strings.Cut(name, ":")
	return f.ext[prefix][local]
}

// all returns the texts of the elements of all given names.
func (f fields) all(names ...string) []string {
	var values []string
	for _, name := range names {
		for _, e := range f.every(name) {
			if v := f.w.text(e.Value); v != "" {
				values = append(values, v)
			}
		}
	}
	return values
}

// first returns the first text that any of the names has; earlier names win.
func (f fields) first(names ...string) string {
	for _, name := range names {
		for _, e := range f.every(name) {
			if v := f.w.text(e.Value); v != "" {
				return v
			}
		}
	}
	return ""
}

// attr returns an attribute of an element.
func (f fields) attr(e ext.Extension, name string) string { return f.w.text(e.Attrs[name]) }

// date returns the first date that can be read under any of the names.
func (f fields) date(names ...string) stoa.Date {
	for _, name := range names {
		for _, v := range f.all(name) {
			if d := stamp(v); d != "" {
				return d
			}
			f.w.doc.undated(v)
		}
	}
	return ""
}

// published and updated are the names of the two dates. dc:date says neither; it stands for whichever is missing.
var (
	publishedNames = []string{"x:published", "dcterms:issued", "dcterms:available", "dc:date", "x:created", "dcterms:created"}
	updatedNames   = []string{"x:updated", "dcterms:modified", "dc:date", "x:lastmod"}
)

// common fills in what all formats have from the same modules, where it is still missing.
func (f fields) common(it *stoa.Item) {
	fill := func(to *string, names ...string) {
		if *to == "" {
			*to = f.first(names...)
		}
	}
	fill(&it.Title, "x:title", "dc:title", "itunes:title", "media:title", "atom:title")
	fill(&it.Summary, "x:summary", "dc:description", "itunes:summary", "media:description", "itunes:subtitle")
	fill(&it.Content, "x:content", "x:encoded", "xhtml:body", "x:description")
	fill(&it.Language, "dc:language", "x:language", "x:lang")
	it.Language = strings.ReplaceAll(it.Language, "_", "-")
	fill(&it.Location, "ev:location")
	it.Published, it.Updated = f.date(publishedNames...), f.date(updatedNames...)
	if start := f.first("ev:startdate"); start != "" {
		it.When = start
		if end := f.first("ev:enddate"); end != "" && end != start {
			it.When += " - " + end
		}
	}
	for _, name := range []string{"dc:subject", "media:category"} {
		it.Categories = append(it.Categories, f.all(name)...)
	}
	for _, e := range f.every("itunes:category") {
		it.Categories = append(it.Categories, f.attr(e, "text"))
	}
	for _, list := range f.all("itunes:keywords", "media:keywords") {
		it.Categories = append(it.Categories, strings.Split(list, ",")...)
	}
	for _, e := range f.every("media:content") {
		if kind := f.attr(e, "type"); kind != "" && !strings.HasPrefix(kind, "image/") {
			it.Enclosures = append(it.Enclosures, enclosure(f.attr(e, "url"), kind, f.attr(e, "filesize")))
		}
	}
	for _, name := range []string{"dc:type", "dc:publisher", "dc:coverage", "dc:identifier", "dcterms:spatial",
		"dcterms:audience", "prism:doi", "ev:type", "ev:organizer"} {
		if values := f.all(name); len(values) > 0 {
			if it.Extra == nil {
				it.Extra = map[string]string{}
			}
			it.Extra[name] = strings.Join(values[:min(len(values), maxTags)], "; ")
		}
	}
}

// complete makes an item whole when all its elements have been read.
func (r *feedReader) complete(it *stoa.Item) {
	if it.Summary == "" && len(it.Content) <= shortText {
		it.Summary = it.Content
	}
	if it.Title == "" {
		it.Title = cmp.Or(titleFrom(it.Summary, it.Content), it.URL)
	}
	if len(it.Authors) == 0 {
		it.Authors = r.authors
	}
	if it.Language == "" {
		it.Language = r.language
	}
	it.Categories = tidyList(it.Categories, maxTags)
	it.Authors = tidyPersons(it.Authors)
	it.Enclosures = tidyEnclosures(it.Enclosures)
	if it.Key == "" && it.URL == "" && len(it.Enclosures) > 0 {
		it.Key = it.Enclosures[0].URL // an item that is only a file
	}
}

// titleFrom makes a title of the first words of a text.
func titleFrom(texts ...string) string {
	for _, markup := range texts {
		if len(markup) > shortText {
			markup = strings.ToValidUTF8(markup[:shortText], "")
		}
		plain := normalize.Plain(markup)
		if plain == "" {
			continue
		}
		plain, _, _ = strings.Cut(plain, "\n")
		if utf8.RuneCountInString(plain) <= titleRunes {
			return plain
		}
		cut := string([]rune(plain)[:titleRunes])
		if i := strings.LastIndexByte(cut, ' '); i > titleRunes/2 {
			cut = cut[:i]
		}
		return strings.TrimRight(cut, " ,;:.-–") + "…"
	}
	return ""
}

// titleText reads the entities that are left in a title of RSS, which has no types: publishers' tools escape titles
// once too often more often than they write about markup. A title that would become markup by it stays.
func titleText(title string) string {
	if strings.IndexByte(title, '&') < 0 || strings.IndexByte(title, '<') >= 0 {
		return title
	}
	read := html.UnescapeString(title)
	if strings.IndexByte(read, '<') >= 0 || html.UnescapeString(read) != read {
		return title
	}
	return read
}

// persons reads "name (address)", "address (name)", "name <address>", a name, or an address.
func persons(texts ...string) []stoa.Person {
	var all []stoa.Person
	for _, text := range texts {
		if p := personOf(text); p != (stoa.Person{}) && len(all) < maxPersons {
			all = append(all, p)
		}
	}
	return all
}

func personOf(text string) stoa.Person {
	text = strings.Join(strings.Fields(strings.TrimPrefix(strings.TrimSpace(text), "mailto:")), " ")
	for _, brackets := range []string{"<>", "()"} {
		before, rest, ok := strings.Cut(text, brackets[:1])
		inside, _, closed := strings.Cut(rest, brackets[1:])
		if !ok || !closed {
			continue
		}
		before, inside = strings.Trim(before, ` "`), strings.TrimPrefix(strings.TrimSpace(inside), "mailto:")
		switch {
		case isMail(inside):
			return stoa.Person{Name: before, Email: inside}
		case isMail(before):
			return stoa.Person{Name: inside, Email: before}
		}
	}
	if isMail(text) {
		return stoa.Person{Email: text}
	}
	if name, mail := lastWord(text); isMail(mail) {
		return stoa.Person{Name: strings.TrimRight(name, " ,;:-"), Email: mail}
	}
	return stoa.Person{Name: text}
}

func lastWord(text string) (before, word string) {
	i := strings.LastIndexByte(text, ' ')
	return text[:max(i, 0)], text[i+1:]
}

func isMail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " ()<>,;")
}

func enclosure(address, kind, length string) stoa.Enclosure {
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	return stoa.Enclosure{URL: address, Type: kind, Length: n}
}

// tidyList trims, drops what is empty or repeated, and bounds a list.
func tidyList(list []string, limit int) []string {
	kept := list[:0]
	for _, v := range list {
		if v = strings.TrimSpace(v); v != "" && len(kept) < limit && !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

func tidyPersons(list []stoa.Person) []stoa.Person {
	var kept []stoa.Person
	for _, p := range list {
		if len(kept) < maxPersons && !slices.Contains(kept, p) {
			kept = append(kept, p)
		}
	}
	return kept
}

func tidyEnclosures(list []stoa.Enclosure) []stoa.Enclosure {
	var kept []stoa.Enclosure
	for _, e := range list {
		same := func(k stoa.Enclosure) bool { return k.URL == e.URL }
		if e.URL != "" && len(kept) < maxFiles && !slices.ContainsFunc(kept, same) {
			kept = append(kept, e)
		}
	}
	return kept
}
