package decode

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"stoa"
)

// fuzzItems is the limit of items that fuzzed sources have.
const fuzzItems = 50

// seed gives a fuzz target the pages of the golden cases of its format.
func seed(f *testing.F, format stoa.Format) {
	names, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatalf("no cases (%v)", err)
	}
	n := 0
	for _, name := range names {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var page []byte
		ours := false
		for _, file := range ar.Files {
			switch file.Name {
			case "source.yaml":
				ours = strings.Contains(string(file.Data), "\nformat: "+string(format)+"\n")
			case "page", "detail":
				page = file.Data
			}
			if ours && page != nil {
				f.Add(page)
				page = nil
				n++
			}
		}
	}
	if n == 0 {
		f.Fatalf("no case of format %s", format)
	}
}

// sound reads a body and checks what holds for every body: an error with a code, or a bounded number of items, each
// with a key, with text that is valid and addresses that are whole.
func sound(t *testing.T, body []byte, src stoa.Source) {
	t.Helper()
	src.ID, src.URL, src.Limits.Items = "fuzz", "https://fuzz.example/list?page=1", fuzzItems
	p := Page{URL: "https://fuzz.example/list?page=1", Header: http.Header{}, Body: body, Fetched: fetched, Status: http.StatusOK}
	l, err := Open(p, src)
	if err != nil {
		if !utf8.ValidString(err.Error()) {
			t.Errorf("error is no text: %q", err)
		}
		return
	}
	n := 0
	for item, err := range l.Items {
		if n++; n > fuzzItems {
			t.Fatalf("more than %d items", fuzzItems)
		}
		if err != nil {
			if item.Key != "" || item.Title != "" {
				t.Errorf("a bad item comes with its error: %+v", item)
			}
			continue
		}
		soundItem(t, item)
		detailed, err := Detail(p, src, item)
		if detailed.Source != item.Source || err == nil && detailed.Key == "" {
			t.Errorf("detail loses identity: %+v, %v", detailed, err)
		}
		soundItem(t, detailed)
	}
	for _, next := range l.Next {
		if !strings.HasPrefix(next, "http") || next == p.URL {
			t.Errorf("next page %q", next)
		}
	}
	for _, w := range l.Warnings {
		if !utf8.ValidString(w) {
			t.Errorf("warning is no text: %q", w)
		}
	}
}

func soundItem(t *testing.T, item stoa.Item) {
	t.Helper()
	texts := []string{item.Key, item.Title, item.Summary, item.Content, item.When, item.Location, item.Language, item.URL}
	texts = append(texts, item.Categories...)
	for k, v := range item.Extra {
		texts = append(texts, k, v)
	}
	for _, a := range item.Authors {
		texts = append(texts, a.Name, a.Email)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Errorf("no text: %q", s)
		}
	}
	if item.Key == "" {
		t.Errorf("no key: %+v", item)
	}
	addresses := []string{item.URL}
	for _, e := range item.Enclosures {
		addresses = append(addresses, e.URL)
	}
	for _, u := range addresses {
		if u != "" && !isWeb(u) && !strings.HasPrefix(u, "mailto:") {
			t.Errorf("address %q", u)
		}
	}
	for _, d := range []stoa.Date{item.Published, item.Updated} {
		if d != "" && d.Precision() == stoa.NoDate {
			t.Errorf("date %q", d)
		}
	}
	if strings.ContainsAny(item.Title+item.When+item.Location, "\n\r\t") {
		t.Errorf("more than a line: %+v", item)
	}
}

func FuzzHTML(f *testing.F) {
	seed(f, "html")
	labels := stoa.Field{Label: []string{"Duration", "Date", "Aim", "Title"}}
	mapped := stoa.Mapping{
		Item: "li, tr, .views-row, article, div > p",
		Fields: map[string]stoa.Field{
			"title": {Path: "h2, h3, a || ."}, "url": {Path: "a@href"}, "summary": {Path: "p || ."}, "content": {Path: "*"},
			"when": {Path: ".date || time"}, "published": {Path: "time@datetime || span"}, "aim": labels, "key": {Path: "@id"},
			"list": {Path: ".", Split: ",", Match: `: (.*)`}, "site": {Label: []string{"Website", "Contact"}, Path: "a@href"},
		},
		Next:   stoa.Next{Param: "page", From: 1},
		Detail: &stoa.Mapping{Fields: map[string]stoa.Field{"when": labels, "summary": {Path: "p"}}},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sound(t, body, stoa.Source{Format: "html"})
		sound(t, body, stoa.Source{Format: "html", Mapping: mapped})
		if guesses, err := Guesses(Page{URL: "https://fuzz.example/", Body: body, Header: http.Header{}}); err == nil {
			for _, g := range guesses {
				if _, err := compileSelector(g.Mapping.Item); err != nil || g.Items < 1 {
					t.Errorf("guess %+v: %v", g, err)
				}
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	seed(f, "json")
	mapped := stoa.Mapping{
		Item: "data || results || @this", Status: stoa.Field{Path: "status", Match: "OK|^$"},
		Fields: map[string]stoa.Field{"key": {Path: "id || @key"}, "title": {Path: "title || name"}, "url": {Path: "link || url", Prefix: "/"}, "when": {Path: "a[b=c|d]"}, "categories": {Path: "tags.#.name"}, "published": {Path: "date_gmt || date"}},
		Next:   stoa.Next{Param: "offset", Step: 10, Total: "total"}, Detail: &stoa.Mapping{Fields: map[string]stoa.Field{"summary": {Path: "summary"}}},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sound(t, body, stoa.Source{Format: "json"})
		sound(t, body, stoa.Source{Format: "json", Mapping: mapped})
		for _, preset := range []string{"indico", "uwazi", "tribe-events", "stix"} {
			sound(t, body, stoa.Source{Format: "json", Preset: preset})
		}
	})
}

func fuzzFormat(f *testing.F, format stoa.Format) {
	seed(f, format)
	f.Fuzz(func(t *testing.T, body []byte) { sound(t, body, stoa.Source{Format: format}) })
}

func FuzzWordPress(f *testing.F) { fuzzFormat(f, "wordpress") }
func FuzzSitemap(f *testing.F)   { fuzzFormat(f, "sitemap") }
func FuzzMetadata(f *testing.F)  { fuzzFormat(f, "metadata") }
func FuzzICal(f *testing.F)      { fuzzFormat(f, "ical") }
func FuzzOAIPMH(f *testing.F)    { fuzzFormat(f, "oaipmh") }
func FuzzPDFLinks(f *testing.F)  { fuzzFormat(f, "pdf-links") }
func FuzzPeer(f *testing.F)      { fuzzFormat(f, "peer") }

func FuzzTable(f *testing.F) {
	f.Add(workbook(f, [][]any{{"Title", "Link"}, {"Guide", "https://x.example/1"}}))
	fuzzFormat(f, "table")
}

// FuzzMapping reads any YAML as a mapping: never a panic, every fault with its line, and what is without fault can be
// used.
func FuzzMapping(f *testing.F) {
	for _, name := range Presets() {
		data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("item: li\nfields: {title: h3, url: 'a@href', x: {label: [A, B], match: '(', split: ','}}\nnext: {param: p}\ndetail: {detail: {}}")
	f.Add("a: &a {item: li}\nb: *a\nfields: *a")
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
			return
		}
		for _, format := range []stoa.Format{"", "html", "json"} {
			m, errs := MappingFor(format, doc.Content[0])
			for _, err := range errs {
				if !strings.HasPrefix(err.Error(), "line ") {
					t.Errorf("fault without line: %v", err)
				}
			}
			if len(errs) > 0 {
				continue
			}
			if more := CheckMapping(format, m); len(more) > 0 {
				t.Errorf("read without fault, yet: %v", more)
			}
			if merged := Merge(m, m); len(merged.Fields) != len(m.Fields) {
				t.Errorf("merging with itself changes it: %+v", merged)
			}
		}
	})
}
