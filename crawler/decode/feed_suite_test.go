package decode

import (
	"bufio"
	"cmp"
	"encoding/json"
	"html"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/normalize/when"
)

// suiteCase is one feed of feedparser's own tests, with what its authors want of it.
type suiteCase struct {
	File    string      `json:"file"`
	Group   string      `json:"group"`
	Headers [][2]string `json:"headers"`
	Want    [][2]any    `json:"want"`
}

func suiteCases(t testing.TB) []suiteCase {
	t.Helper()
	f, err := os.Open(suites + "feeds/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []suiteCase
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c suiteCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	return cases
}

func (c suiteCase) page(t testing.TB) Page {
	t.Helper()
	body, err := os.ReadFile(suites + "feeds/files/" + c.File)
	if err != nil {
		t.Fatal(err)
	}
	p := Page{URL: "http://127.0.0.1:8097/" + c.File, Header: http.Header{}, Body: body}
	for _, h := range c.Headers {
		p.Header.Set(h[0], h[1])
	}
	return p
}

// value looks a field of feedparser's up in what we read; judged is false for what stoa has no place for.
func value(head stoa.Head, items []stoa.Item, field string) (got string, judged bool) {
	part := strings.Split(field, ".")
	if part[0] != "entries" {
		if part[0] == "feed" {
			part = part[1:]
		}
		known := map[string]string{"title": head.Title, "link": head.URL, "summary": head.Summary,
			"subtitle": head.Summary, "language": head.Language, "updated": string(head.Updated)}
		got, judged = known[part[0]]
		return got, judged && len(part) == 1
	}
	n, _ := strconv.Atoi(part[1])
	var it stoa.Item
	if n < len(items) {
		it = items[n]
	}
	i := 0
	if len(part) > 3 {
		i, _ = strconv.Atoi(part[3])
	}
	switch part[2] {
	case "authors":
		if i >= len(it.Authors) {
			return "", true
		}
		return map[string]string{"name": it.Authors[i].Name, "email": it.Authors[i].Email}[part[4]], part[4] != "href"
	case "tags":
		if i >= len(it.Categories) {
			return "", part[4] == "term"
		}
		return it.Categories[i], part[4] == "term"
	case "enclosures":
		if i >= len(it.Enclosures) {
			return "", true
		}
		e := it.Enclosures[i]
		return map[string]string{"href": e.URL, "url": e.URL, "type": e.Type, "length": strconv.FormatInt(e.Length, 10)}[part[4]], true
	case "content":
		return it.Content, i == 0 && part[4] == "value"
	}
	known := map[string]string{"title": it.Title, "link": it.URL, "id": it.Key, "summary": it.Summary, "language": it.Language,
		"published": string(it.Published), "updated": string(it.Updated)}
	got, judged = known[part[2]]
	return got, judged
}

// agrees compares as the suite's README asks: exactly, dates as instants, markup by its text.
func agrees(field, got, want string, asText bool) bool {
	if got == want {
		return true
	}
	if strings.HasSuffix(field, "published") || strings.HasSuffix(field, "updated") {
		a, errA := when.Stamp(want)
		at, wanted := stoa.Date(got).Begin(time.UTC), a.Begin(time.UTC)
		return errA == nil && got != "" && at.Equal(wanted)
	}
	if asText || strings.ContainsAny(want, "<&") {
		return visible(got) == visible(want)
	}
	return false
}

var tags = regexp.MustCompile(`<[^>]*>`)

// visible returns the text between tags, whatever they are: what is active must be gone by now.
func visible(markup string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(markup, ""))), " ")
}

// exceptions are cases that we read otherwise, and why. They count as wrong.
var exceptions = map[string]string{
	"encoding__bozo_linenoise.xml":                  "one stray byte does not make UTF-8 windows-1252: the rest of the text is worth more",
	"wellformed__rss__item_image_link_conflict.xml": "links are written as browsers write them, with the host in lower case",
}

func TestFeedsOfTheSuiteReadAsTheirAuthorsWant(t *testing.T) {
	type score struct{ right, all int }
	scores := map[bool]*score{true: {}, false: {}}
	for _, c := range suiteCases(t) {
		l, items, _ := readAll(t, c.page(t), stoa.Source{Format: "feed"})
		head := stoa.Head{}
		if l != nil {
			head = l.Head
		}
		for _, w := range c.Want {
			field, want := w[0].(string), text(w[1])
			got, judged := value(head, items, field)
			if !judged {
				continue
			}
			s := scores[c.Group == "sanitize"]
			s.all++
			if agrees(field, got, want, c.Group == "sanitize") {
				s.right++
			} else {
				t.Logf("%s: %s is %q, want %q; %s", c.File, field, got, want, cmp.Or(exceptions[c.File], "no reason known"))
			}
		}
	}
	for sanitize, s := range scores {
		share := float64(s.right) / float64(s.all)
		t.Logf("group sanitize %v: %d of %d (%.3f)", sanitize, s.right, s.all, share)
		if share < 0.985 {
			t.Errorf("group sanitize %v: %.3f right, want 0.985", sanitize, share)
		}
	}
}

// TestDatesOfTheSuiteAreRightOrAbsent reads each date as the date of an item.
func TestDatesOfTheSuiteAreRightOrAbsent(t *testing.T) {
	f, err := os.Open(suites + "feeds/dates.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	right, all := 0, 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c struct{ In, UTC string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		_, items, faults := readAll(t, feedPage(inRSS("<guid>1</guid><pubDate>"+html.EscapeString(c.In)+"</pubDate>")), stoa.Source{Format: "feed"})
		if len(items) != 1 {
			t.Fatal(faults)
		}
		got := ""
		if at := items[0].Published.Begin(time.UTC); !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		switch all++; got {
		case c.UTC:
			right++
		case "":
			t.Logf("%q is not read, want %s", c.In, c.UTC)
		default:
			t.Errorf("%q read as %s, want %q", c.In, got, c.UTC)
		}
	}
	if share := float64(right) / float64(all); all == 0 || share < 0.95 {
		t.Errorf("%d of %d dates right, want 0.95", right, all)
	}
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// readAll opens a page and reads all of it. The listing is nil if it could not be opened.
func readAll(t testing.TB, p Page, src stoa.Source) (l *Listing, items []stoa.Item, faults []error) {
	t.Helper()
	l, err := Open(p, src)
	if err != nil {
		return nil, nil, []error{err}
	}
	for it, err := range l.Items {
		if err != nil {
			faults = append(faults, err)
			continue
		}
		items = append(items, it)
	}
	return l, items, faults
}
