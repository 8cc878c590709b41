package decode

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"stoa"
)

// TestHazardsHaveFixtures lists what sites of the partners are known to do; each has a case of its own.
func TestHazardsHaveFixtures(t *testing.T) {
	for hazard, name := range map[string]string{
		"byte order mark before JSON (NIST)":                        "hazard-byte-order-mark",
		"error status in the body of a 200 (FIRST)":                 "hazard-json-error-in-200",
		"null summary (FIRST)":                                      "hazard-null-summary",
		"challenge page with status 202 (ITU DataHub)":              "hazard-challenge-page",
		"ellipsis inside an open bracket (ENISA)":                   "hazard-ellipsis-in-bracket",
		"text repeated twice in one card (Cybil events)":            "hazard-text-twice",
		"literal <br/> in text (HKCERT)":                            "hazard-literal-break",
		"obfuscated mail (AT) (ITU-T)":                              "hazard-obfuscated-mail",
		"old names of countries in prose (ITU CIRT page)":           "hazard-old-names-in-prose",
		"missing space after a comma (INTERPOL)":                    "hazard-missing-space-in-list",
		"percent-encoded dashes and spaces (IGF, ITU)":              "hazard-encoded-addresses",
		"parentheses in an address (ASEANAPOL)":                     "hazard-parentheses-in-address",
		"right-to-left titles (AICTO, INTERPOL)":                    "hazard-right-to-left",
		"banner of archived content (FIRST guides)":                 "hazard-archived-banner",
		"staging host in results (Commonwealth)":                    "hazard-staging-host",
		"notice that the activity ended (TERENA)":                   "hazard-activity-ended",
		"PDF without extension (ECCC)":                              "hazard-pdf-without-extension",
		"objects keyed by id where a list is expected (World Bank)": "worldbank-keyed-objects",
		"values in lists of one (EU portal)":                        "eu-one-element-lists",
		"parallel lists (IATI)":                                     "iati-parallel-arrays",
		"empty value followed by the next label (Oxford)":           "label-value-page",
		"dates only in the attribute (ITU Academy)":                 "itu-academy",
		"featured items repeated on every page (ENISA)":             "enisa-publications",
	} {
		if _, err := os.Stat(filepath.Join("testdata/cases", name+".txtar")); err != nil {
			t.Errorf("%s: %v", hazard, err)
		}
	}
}

func TestNextPage(t *testing.T) {
	const list = "https://site.example/list?type=all"
	for name, c := range map[string]struct {
		next stoa.Next
		at   string
		turn turn
		want string
	}{
		"a parameter that is not there yet counts from its first value": {stoa.Next{Param: "page"}, list, turn{items: 3, total: -1}, list + "&page=1"},
		"Drupal counts from 0":                     {stoa.Next{Param: "page"}, list + "&page=4", turn{items: 3, total: -1}, list + "&page=5"},
		"WordPress counts from 1":                  {stoa.Next{Param: "paged", From: 1}, list, turn{items: 3, total: -1}, list + "&paged=2"},
		"the order of parameters stays":            {stoa.Next{Param: "os", Step: 50}, "https://x.example/a?os=50&b_start%3Aint=2", turn{items: 50, total: -1}, "https://x.example/a?os=100&b_start%3Aint=2"},
		"an empty page is the last":                {stoa.Next{Param: "page"}, list, turn{total: -1}, ""},
		"a page shorter than its size is the last": {stoa.Next{Param: "page", Size: 20}, list, turn{items: 19, total: -1}, ""},
		"the total decides where it is known":      {stoa.Next{Param: "page", From: 1, Size: 20}, list + "&page=2", turn{items: 20, total: 40}, ""},
		"and goes on while more is to come":        {stoa.Next{Param: "page", From: 1, Size: 20}, list + "&page=2", turn{items: 20, total: 41}, list + "&page=3"},
		"an offset grows by its step":              {stoa.Next{Param: "offset", Step: 100, Size: 100}, list + "&offset=100", turn{items: 100, total: 250}, list + "&offset=200"},
		"and ends at the total":                    {stoa.Next{Param: "offset", Step: 100, Size: 100}, list + "&offset=200", turn{items: 50, total: 250}, ""},
		"no more pages than the limit":             {stoa.Next{Param: "page", From: 1, Limit: 3}, list + "&page=3", turn{items: 9, total: -1}, ""},
		"a hostile number does not overflow":       {stoa.Next{Param: "page"}, list + "&page=9223372036854775807", turn{items: 9, total: -1}, list + "&page=1"},
		"a path is appended and the query kept":    {stoa.Next{Path: "/page/{n}/"}, list, turn{items: 3, total: -1}, "https://site.example/list/page/2/?type=all"},
		"a path is counted on":                     {stoa.Next{Path: "/page/{n}/"}, "https://site.example/list/page/2/?type=all", turn{items: 3, total: -1}, "https://site.example/list/page/3/?type=all"},
		"a link is followed":                       {stoa.Next{Link: "a.next"}, list, turn{items: 3, total: -1, link: "https://site.example/more"}, "https://site.example/more"},
		"a link to the page itself is not":         {stoa.Next{Link: "a.next"}, list, turn{items: 3, total: -1, link: list}, ""},
		"a token goes back as its parameter":       {stoa.Next{Cursor: "next", Param: "after"}, list, turn{items: 3, total: -1, cursor: "a b"}, list + "&after=a+b"},
		"the same token again is the end":          {stoa.Next{Cursor: "next", Param: "after"}, list + "&after=x", turn{items: 3, total: -1, cursor: "x"}, ""},
		"no rule is no next page":                  {stoa.Next{}, list, turn{items: 3, total: -1, link: "https://site.example/more"}, ""},
	} {
		got := strings.Join(nextPages(c.next, stoa.Source{URL: list}, c.at, c.turn), " ")
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLinkHeader(t *testing.T) {
	p := Page{URL: "https://site.example/wp-json/wp/v2/posts", Header: http.Header{"Link": {`<https://site.example/wp-json/>; rel="https://api.w.org/"`, `<?page=1>; rel="prev", <?page=3>; rel="next"`}}}
	if got := linkHeader(p, "next"); got != "https://site.example/wp-json/wp/v2/posts?page=3" {
		t.Errorf("next: %q", got)
	}
	if got := linkHeader(p, "last"); got != "" {
		t.Errorf("last: %q", got)
	}
}

func TestStart(t *testing.T) {
	for _, c := range []struct{ format, url, want string }{
		{"wordpress", "https://s.example/wp-json/wp/v2/posts", "https://s.example/wp-json/wp/v2/posts?per_page=100&_embed=1"},
		{"wordpress", "https://s.example/wp-json/wp/v2/posts?per_page=20&_embed=0", "https://s.example/wp-json/wp/v2/posts?per_page=20&_embed=0"},
		{"oaipmh", "https://a.example/oai?set=x", "https://a.example/oai?set=x&verb=ListRecords&metadataPrefix=oai_dc"},
		{"html", "https://s.example/list", "https://s.example/list"},
	} {
		if got := Start(stoa.Source{Format: stoa.Format(c.format), URL: c.url}); got != c.want {
			t.Errorf("Start(%s) = %s, want %s", c.url, got, c.want)
		}
	}
}

func TestMappingFaults(t *testing.T) {
	for name, c := range map[string]struct {
		format stoa.Format
		yaml   string
		want   []string
	}{
		"unknown keys, each with its line": {"html", "item: li\nitems: x\nfields: {title: {pth: h3}}", []string{"line 2: unknown key \"items\"", "line 3: unknown key \"pth\""}},
		"a bad selector":                   {"html", "item: 'li['", []string{"line 1: selector \"li[\""}},
		"a bad selector of a field":        {"html", "fields:\n  title: 'a >'", []string{"line 2: selector"}},
		"a bad path":                       {"json", "fields: {title: 'a.#(b==1'}", []string{"a bracket or quote is left open"}},
		"a bad pattern":                    {"", "fields: {title: {path: x, match: '('}}", []string{"line 1: pattern \"(\""}},
		"a pattern that is too long":       {"", "fields: {title: {path: x, match: '" + strings.Repeat("a", 1001) + "'}}", []string{"keep it under 1000"}},
		"a key that stands twice":          {"html", "item: li\nitem: p", []string{"line 2: key \"item\" stands twice"}},
		"two ways to the next page":        {"html", "next: {param: p, link: a}", []string{"more than one of param, link, path and cursor"}},
		"a path without number":            {"html", "next: {path: /page/}", []string{"put {n} where"}},
		"a cursor without parameter":       {"json", "next: {cursor: next}", []string{"cursor without param"}},
		"a negative number":                {"html", "next: {param: p, from: -1}", []string{"want a whole number"}},
		"a detail of a detail":             {"html", "detail: {detail: {item: x}}", []string{"no detail of its own"}},
		"a list where a mapping is wanted": {"html", "[a, b]", []string{"line 1: want a mapping"}},
		"another method":                   {"json", "method: DELETE", []string{"want GET or POST"}},
	} {
		t.Run(name, func(t *testing.T) {
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(c.yaml), &doc); err != nil {
				t.Fatal(err)
			}
			_, errs := MappingFor(c.format, doc.Content[0])
			for _, want := range c.want {
				if !slices.ContainsFunc(errs, func(err error) bool { return strings.Contains(err.Error(), want) }) {
					t.Errorf("want %q in %v", want, errs)
				}
			}
			if len(errs) > len(c.want) {
				t.Errorf("more faults than there are: %v", errs)
			}
		})
	}
}

func TestMappingFromYAMLReadsTheDesignsExample(t *testing.T) {
	var doc yaml.Node
	text := `{item: .row, fields: {title: h3, url: h3 a@href, when: .date}, next: {param: sf_paged, from: 1}, detail: {fields: {countries: {label: [Beneficiaries, Countries]}}}}`
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	m, errs := MappingFromYAML(doc.Content[0])
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if m.Item != ".row" || m.Fields["url"].Path != "h3 a@href" || m.Next != (stoa.Next{Param: "sf_paged", From: 1}) || !slices.Equal(m.Detail.Fields["countries"].Label, []string{"Beneficiaries", "Countries"}) {
		t.Errorf("%+v", m)
	}
}

func TestPresets(t *testing.T) {
	want := []string{"drupal", "ecl", "indico", "liferay", "search-and-filter", "sharepoint", "stix", "tribe-events", "uwazi"}
	if got := Presets(); !slices.Equal(got, want) {
		t.Errorf("presets %v, want %v", got, want)
	}
	for _, name := range Presets() {
		m, format, ok := Preset(name)
		if !ok || !slices.Contains(stoa.Formats(), format) || m.Fields["title"].IsZero() || m.Item == "" {
			t.Errorf("preset %s: %v %q %+v", name, ok, format, m)
		}
		if errs := CheckMapping(format, m); len(errs) > 0 {
			t.Errorf("preset %s: %v", name, errs)
		}
	}
	for _, name := range []string{"", "nobody", "../presets/drupal", "drupal.yaml"} {
		if _, _, ok := Preset(name); ok {
			t.Errorf("a preset named %q", name)
		}
	}
}

func TestMerge(t *testing.T) {
	preset := stoa.Mapping{Item: "li", Region: "main", Next: stoa.Next{Param: "page"}, Fields: map[string]stoa.Field{"title": {Path: "h3"}, "url": {Path: "a@href"}}, Detail: &stoa.Mapping{Fields: map[string]stoa.Field{"when": {Path: ".w"}}}}
	own := stoa.Mapping{Item: "tr", Next: stoa.Next{Limit: 5}, Fields: map[string]stoa.Field{"title": {Path: "td"}, "url": {}}, Detail: &stoa.Mapping{Fields: map[string]stoa.Field{"fee": {Path: ".f"}}}}
	m := Merge(preset, own)
	if m.Item != "tr" || m.Region != "main" || m.Next != (stoa.Next{Param: "page", Limit: 5}) || m.Fields["title"].Path != "td" {
		t.Errorf("%+v", m)
	}
	if !m.Fields["url"].IsZero() {
		t.Error("an empty field does not take the preset's away")
	}
	if len(m.Detail.Fields) != 2 || len(preset.Detail.Fields) != 1 || preset.Fields["title"].Path != "h3" {
		t.Errorf("detail %+v, preset %+v", m.Detail, preset)
	}
	if again := Merge(preset, m); again.Next != m.Next || len(again.Fields) != len(m.Fields) || again.Item != m.Item {
		t.Errorf("merging twice differs: %+v", again)
	}
	if other := Merge(preset, stoa.Mapping{Next: stoa.Next{Link: "a.next"}}); other.Next != (stoa.Next{Link: "a.next"}) {
		t.Errorf("another way to the next page keeps parts of the preset's: %+v", other.Next)
	}
}

func TestUndouble(t *testing.T) {
	long := "Teams of the region meet and compare notes."
	for in, want := range map[string]string{
		long + " " + long:     long,
		long + long:           long,
		"New York New York":   "New York New York",
		long + " " + long[1:]: long + " " + long[1:],
		"":                    "",
		"。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。": strings.Repeat("。", 25),
	} {
		if got := undouble(in); got != want {
			t.Errorf("undouble(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFaultsHaveCodes(t *testing.T) {
	open := func(format stoa.Format, body string) error {
		_, err := Open(Page{URL: "https://x.example/", Header: http.Header{}, Body: []byte(body)}, stoa.Source{Format: format, Mapping: stoa.Mapping{}})
		return err
	}
	for name, c := range map[string]struct {
		format stoa.Format
		body   string
		want   Fault
	}{
		"JSON nested too deep":              {"json", strings.Repeat("[", 1_000_000), ErrTooDeep},
		"JSON that is none":                 {"json", "{a:1}", ErrUnparsable},
		"nothing":                           {"json", "  ", ErrUnparsable},
		"a path that leads nowhere":         {"peer", `{"items":[]}`, ErrNoMatch},
		"markup nested too deep":            {"html", strings.Repeat("<div>", 100_000), ErrTooDeep},
		"a page without listing":            {"html", "<p>Nothing here</p>", ErrNoMatch},
		"a page without documents":          {"pdf-links", "<p>Nothing here</p>", ErrNoMatch},
		"a page that says nothing":          {"metadata", "<p>Nothing here</p>", ErrNoMatch},
		"a page where a sitemap was":        {"sitemap", "<!DOCTYPE html><title>Log in</title>", ErrUnparsable},
		"elements nested too deep":          {"oaipmh", "<OAI-PMH>" + strings.Repeat("<a>", 100_000), ErrTooDeep},
		"a page where a calendar was":       {"ical", "<html>Log in</html>", ErrUnparsable},
		"a page where a table was":          {"table", "<html>Log in</html>", ErrUnparsable},
		"a table without telling columns":   {"table", "a,b\n1,2\n", ErrNoMatch},
		"a sitemap that packs a bomb":       {"sitemap", string(bombed(t)), ErrTooLarge},
		"a listing that lists its siblings": {"sitemap", "<sitemapindex></sitemapindex>", ErrNoMatch},
	} {
		if err := open(c.format, c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestCutJSONKeepsWholeItems(t *testing.T) {
	head := `{"status":"OK","meta":{"x":[1,[2]]},"data":[`
	items := []string{`{"id":1,"title":"a, {b} [c]","t":{"n":["\"]"]}}`, `{"id":2,"title":"two"}`, `{"id":3,"title":"three"}`}
	whole := head + strings.Join(items, ",") + `],"tail":{"total":3}}`
	end := strings.Index(whole, `],"tail"`)
	for n := 1; n < len(whole); n++ {
		kept := 0
		for i := range items {
			if last := len(head) + len(strings.Join(items[:i+1], ",")); n >= last && n <= end {
				kept = i + 1
			}
		}
		text, ok := salvage(whole[:n], "data")
		if ok != (kept > 0) || ok && strings.Count(text, `"id"`) != kept {
			t.Errorf("cut at %d: %v %s, want %d items", n, ok, text, kept)
		}
	}
}

// TestATableThatIsCutKeepsItsWholeRows cuts inside a quoted cell, where the cut can be seen.
func TestATableThatIsCutKeepsItsWholeRows(t *testing.T) {
	for text, want := range map[string]struct {
		rows int
		cut  bool
	}{
		"title,url\n\"One, two\",https://x.example/1\n":                                              {1, false},
		"title,url\n\"One, \"\"two\"\"\",https://x.example/1\nThree,\"https://x.example/2\"":         {2, false},
		"title,url\n\"One\nand two\",https://x.example/1\n\"Three, and fo":                           {1, true},
		"title,url\nOne,https://x.example/1\nThree,\"https://x.example/2":                            {1, true},
		"title,url\nOne,https://x.example/1\n\"Three\nand\nfour\n":                                   {1, true},
		"title,url\nIts 5\" screen,https://x.example/1\nOther,https://x.example/2\nLast 6\" screen,": {3, false},
	} {
		l, err := Open(Page{URL: "https://x.example/t.csv", Header: http.Header{}, Body: []byte(text), Fetched: fetched}, stoa.Source{Format: "table"})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		items, faults := collect(l)
		if len(items) != want.rows || len(faults) > 0 || l.Truncated != want.cut {
			t.Errorf("%q: %d rows, faults %v, cut off: %t", text, len(items), faults, l.Truncated)
		}
	}
}
