package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"github.com/mmcdole/gofeed"

	"stoa"
	"stoa/server/locales"
	"stoa/server/page"
)

var at = time.Date(2026, 11, 22, 4, 10, 0, 0, time.UTC)

func sample() stoa.Record {
	return stoa.Record{
		ID: "01hg0000abcdefghjkmnpqrstv", Short: "abcdefg", Slug: "a-course", Version: 7, Title: "A course, with \"quotes\"; and more", URL: "https://partner.example/course?a=1&b=2",
		Summary: "First line\nsecond line.", Language: "en", Kind: stoa.Programme, Pillars: []stoa.Pillar{stoa.Capacity, stoa.Legal},
		Organisations: []stoa.Organisation{{ID: "partner", Name: "Partner & Sons", Role: stoa.Publisher}}, Countries: []string{"SN"}, Regions: []stoa.Region{"africa"},
		Published: "2026-05", Start: "2027-02-09", End: "2027-02-11", Deadline: "2026-12-15T23:59:00-05:00", State: stoa.Listed, Availability: stoa.Alive, Relevance: stoa.Open,
		FirstListed: at.AddDate(0, -1, 0), Changed: at, Checked: at,
	}
}

func list(t testing.TB, records ...stoa.Record) List {
	t.Helper()
	l, ok := locales.For("en")
	if !ok {
		t.Fatal("no locale")
	}
	site := page.Site{Title: "stoa", URL: "https://stoa.example"}
	return List{
		Title: "Records – stoa", Words: l, Site: site, Self: "https://stoa.example/en/records.atom?page=2", Page: "https://stoa.example/en/records", First: "https://stoa.example/en/records.atom",
		Previous: "https://stoa.example/en/records.atom", Next: "https://stoa.example/en/records.atom?page=3", Last: "https://stoa.example/en/records.atom?page=9", Now: at, Total: len(records), Records: seq(records),
	}
}

func seq(records []stoa.Record) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func write(t testing.TB, f Writer, l List) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFeedsAreReadByASecondParser(t *testing.T) {
	r := sample()
	for name, f := range map[string]Writer{"atom": Atom, "rss": RSS, "json": JSONFeed} {
		feed, err := gofeed.NewParser().ParseString(write(t, f, list(t, r)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(feed.Items) != 1 {
			t.Errorf("%s: %d items", name, len(feed.Items))
			continue
		}
		item := feed.Items[0]
		if item.Title != r.Title || item.Link != "https://stoa.example/en/records/a-course-abcdefg" || item.GUID == "" {
			t.Errorf("%s: %q %q %q", name, item.Title, item.Link, item.GUID)
		}
		if !strings.HasPrefix(item.Description+item.Content, "Closes 15 Dec 2026, 23:59 UTC−5. First line") {
			t.Errorf("%s: text %q", name, item.Description+item.Content)
		}
		when := item.UpdatedParsed
		if when == nil {
			when = item.PublishedParsed
		}
		if when == nil || !when.Equal(at) {
			t.Errorf("%s: changed %v", name, when)
		}
		if len(item.Categories) != 3 {
			t.Errorf("%s: categories %v", name, item.Categories)
		}
	}
}

func TestAtomIdsStayAndTimesAreHonest(t *testing.T) {
	r := sample()
	first := write(t, Atom, list(t, r))
	r.Title, r.Slug, r.Changed = "Another title", "another", at.Add(time.Hour)
	second := write(t, Atom, list(t, r))
	const id = "<id>tag:stoa.example,2026:record/01hg0000abcdefghjkmnpqrstv</id>"
	if !strings.Contains(first, id) || !strings.Contains(second, id) {
		t.Error("the id of an entry changes with its title")
	}
	if !strings.Contains(second, "<updated>2026-11-22T05:10:00Z</updated>") || !strings.Contains(first, "<published>2026-10-22T04:10:00Z</published>") {
		t.Errorf("times: %s", second)
	}
	for _, rel := range []string{"self", "alternate", "first", "previous", "next", "last"} {
		if !strings.Contains(first, `<link rel="`+rel+`"`) {
			t.Errorf("no link %s", rel)
		}
	}
	if empty := write(t, Atom, list(t)); !strings.Contains(empty, "<updated>1970-01-01T00:00:00Z</updated>") {
		t.Error("an empty feed claims a change")
	}
}

func TestWithdrawnAndClosedSaySoInFeeds(t *testing.T) {
	r := sample()
	r.Relevance = stoa.Withdrawn
	if !strings.Contains(write(t, Atom, list(t, r)), "Withdrawn by its publisher.") {
		t.Error("withdrawn")
	}
	r.Relevance = stoa.Closed
	if !strings.Contains(write(t, RSS, list(t, r)), "Closed 15 Dec 2026") {
		t.Error("closed")
	}
}

func TestCalendarsAreReadByASecondParser(t *testing.T) {
	gone := sample()
	gone.ID, gone.Relevance = "01hg0000zzzzzzghjkmnpqrstv", stoa.Withdrawn
	body := write(t, Calendar, list(t, sample(), gone))
	cal, err := ical.NewDecoder(strings.NewReader(body)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	events := cal.Events()
	if len(events) != 4 {
		t.Fatalf("%d events, want a deadline and a course of each", len(events))
	}
	text := func(e ical.Event, name string) string {
		s, err := e.Props.Text(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return s
	}
	deadline, course := events[0], events[1]
	if got, _ := deadline.DateTimeStart(time.UTC); !got.Equal(time.Date(2026, 12, 16, 4, 59, 0, 0, time.UTC)) {
		t.Errorf("closes %s", got)
	}
	from, _ := course.DateTimeStart(time.UTC)
	to, _ := course.DateTimeEnd(time.UTC)
	if from.Format("2006-01-02") != "2027-02-09" || to.Format("2006-01-02") != "2027-02-12" {
		t.Errorf("course from %s until before %s", from, to)
	}
	if text(course, "SUMMARY") != sample().Title || text(deadline, "SUMMARY") != "Closes: "+sample().Title || text(course, "DESCRIPTION") != sample().Summary {
		t.Errorf("texts %q %q", text(course, "SUMMARY"), text(course, "DESCRIPTION"))
	}
	if text(course, "UID") != sample().ID+"@stoa.example" || course.Props.Get("SEQUENCE").Value != "7" || text(course, "STATUS") != "CONFIRMED" || text(events[3], "STATUS") != "CANCELLED" {
		t.Errorf("uid %s, sequence %s, status %s", text(course, "UID"), course.Props.Get("SEQUENCE").Value, text(events[3], "STATUS"))
	}
}

// A calendar that was taken before is updated in place: the same ids, higher numbers, new days; what was called off is cancelled, not left out.
func TestCalendarsAreUpdatedInPlace(t *testing.T) {
	events := func(l List) map[string]ical.Event {
		cal, err := ical.NewDecoder(strings.NewReader(write(t, Calendar, l))).Decode()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]ical.Event{}
		for _, e := range cal.Events() {
			out[e.Props.Get("UID").Value] = e
		}
		return out
	}
	later := sample()
	later.Version, later.Title, later.Deadline, later.Start, later.End, later.Changed = later.Version+1, "Another title", "2027-01-15", "2027-03-09", "2027-03-11", at.Add(time.Hour)
	off := later
	off.Version++
	gone := list(t)
	gone.Gone = []Gone{{Record: off, At: at}}
	before, after, last := events(list(t, sample())), events(list(t, later)), events(gone)
	if len(before) != 2 {
		t.Fatalf("%d events", len(before))
	}
	number := func(e ical.Event) string { return e.Props.Get("SEQUENCE").Value }
	for uid, e := range before {
		next, is := after[uid]
		end, still := last[uid]
		if !is || !still {
			t.Errorf("%s is left behind", uid)
			continue
		}
		if number(e) != "7" || number(next) != "8" || number(end) != "9" || e.Props.Get("DTSTART").Value == next.Props.Get("DTSTART").Value {
			t.Errorf("%s: numbers %s, %s, %s; starts %s, then %s", uid, number(e), number(next), number(end), e.Props.Get("DTSTART").Value, next.Props.Get("DTSTART").Value)
		}
		if next.Props.Get("STATUS").Value != "CONFIRMED" || end.Props.Get("STATUS").Value != "CANCELLED" {
			t.Errorf("%s is %s, then %s", uid, next.Props.Get("STATUS").Value, end.Props.Get("STATUS").Value)
		}
	}
}

func TestCalendarLinesAreFoldedBetweenCharacters(t *testing.T) {
	r := sample()
	r.Title = strings.Repeat("قطر تستضيف 网络安全 ", 30)
	for line := range strings.SplitSeq(strings.TrimSuffix(write(t, Calendar, list(t, r)), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d octets, valid %t: %q", len(line), utf8.ValidString(line), line)
		}
	}
}

func TestSpreadsheetsReadBackAndComputeNothing(t *testing.T) {
	formulas := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\u00a0=cmd|' /C calc'!A0", "  "}
	var records []stoa.Record
	for _, f := range formulas {
		r := sample()
		r.Title, r.Summary = f, "a,b \"c\"\nd"
		records = append(records, r)
	}
	body := write(t, CSV, list(t, records...))
	if !strings.HasPrefix(body, "\ufeff") {
		t.Error("no mark of UTF-8")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(formulas)+1 || len(rows[0]) != len(columns) {
		t.Fatalf("%d rows of %d", len(rows), len(rows[0]))
	}
	for i, row := range rows[1:] {
		if !strings.HasPrefix(row[1], "'") {
			t.Errorf("%q is written as %q", formulas[i], row[1])
		}
		if row[3] != "a,b \"c\"\nd" {
			t.Errorf("summary %q", row[3])
		}
	}
	if plain := write(t, CSV, list(t, sample())); strings.Contains(plain, "'") {
		t.Error("a harmless cell gets an apostrophe")
	}
}

func TestLinkedDataNamesTheRightThings(t *testing.T) {
	course, event, work := sample(), sample(), sample()
	course.Start, course.End = "", ""
	work.Kind = stoa.Guidance
	var doc struct {
		Context map[string]any   `json:"@context"`
		Graph   []map[string]any `json:"@graph"`
	}
	if err := json.Unmarshal([]byte(write(t, JSONLD, list(t, course, event, work))), &doc); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"Course", "Event", "CreativeWork"} {
		if doc.Graph[i]["@type"] != want {
			t.Errorf("%d is a %v, want %s", i, doc.Graph[i]["@type"], want)
		}
	}
	if doc.Graph[1]["startDate"] != "2027-02-09" || doc.Graph[0]["provider"] == nil || doc.Graph[1]["organizer"] == nil || doc.Graph[2]["publisher"] == nil {
		t.Errorf("%v", doc.Graph)
	}
	if err := json.Unmarshal([]byte(write(t, DCAT, list(t, work))), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Graph) != 3 || doc.Graph[0]["@type"] != "dcat:Catalog" || doc.Graph[2]["@type"] != "dcat:CatalogRecord" || doc.Graph[2]["dct:modified"] != "2026-11-22T04:10:00Z" || doc.Graph[1]["dct:issued"] != "2026-05" {
		t.Errorf("DCAT %v", doc.Graph)
	}
}

func TestJSONIsTheNouns(t *testing.T) {
	l := list(t, sample(), sample())
	l.NextCursor = "abc"
	var got struct {
		Records []stoa.Record
		Next    string
	}
	if err := json.Unmarshal([]byte(write(t, JSON, l)), &got); err != nil || len(got.Records) != 2 || got.Next != "abc" || got.Records[0].Deadline != sample().Deadline {
		t.Errorf("%v %+v", err, got)
	}
	if lines := strings.Split(strings.TrimSpace(write(t, Lines, list(t, sample(), sample()))), "\n"); len(lines) != 2 {
		t.Errorf("%d lines", len(lines))
	}
	if body := write(t, JSON, list(t)); !strings.Contains(body, `"records":[`) || !json.Valid([]byte(body)) {
		t.Errorf("none: %s", body)
	}
}

func TestPeopleStayInside(t *testing.T) {
	r := sample()
	r.Summary = "Write to jane.doe@partner.example or to info@partner.example."
	r.Provenance = map[string]stoa.Provenance{"title": {By: "person:jane", Text: "by jane.doe@partner.example", Others: []stoa.Said{{By: "person:joe", Value: "joe@x.example"}}}}
	r.Relations = []stoa.RelationTo{{Relation: stoa.PartOf, Record: "x", By: "person:jane"}}
	before, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	p := Public(r)
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"jane", "joe"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("%s leaves the house: %s", secret, b)
		}
	}
	if p.Summary != "Write to …@partner.example or to info@partner.example." || p.Provenance["title"].By != "person" {
		t.Errorf("%q by %q", p.Summary, p.Provenance["title"].By)
	}
	if after, err := json.Marshal(r); err != nil || string(after) != string(before) {
		t.Error("the record itself was changed")
	}
}

func TestAnErrorOfTheStoreEndsAList(t *testing.T) {
	broken := errors.New("gone")
	l := list(t)
	l.Records = func(yield func(stoa.Record, error) bool) { yield(stoa.Record{}, broken) }
	for _, f := range Formats() {
		if err := f.Write(io.Discard, l); !errors.Is(err, broken) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for name, f := range map[string]Writer{"one": One, "thing": OneThing, "lines": Lines} {
		if err := f(io.Discard, l); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wellFormed fails on XML that a strict parser refuses.
func wellFormed(t testing.TB, body string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(body))
	for {
		if _, err := dec.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in %.300q", err, body)
		}
	}
}

// Whatever stands in a record, every form of it is well formed and holds one record.
func FuzzForms(f *testing.F) {
	f.Add("]]>&<\x00\ufffe", "a\r\nDTSTART:19700101\x1b", "https://x.example/\r\nSet-Cookie:a")
	f.Add("\u202eright\u2028", "\xff\xfe", "javascript:alert(1)")
	f.Add("=cmd()", strings.Repeat("é", 100), "http://[::1")
	f.Fuzz(func(t *testing.T, title, text, link string) {
		r := sample()
		r.Title, r.Summary, r.URL = title, text, link
		r.Organisations[0].Name, r.Language, r.Slug = text, title, link
		l := list(t, r)
		wellFormed(t, write(t, Atom, l))
		wellFormed(t, write(t, RSS, l))
		wellFormed(t, write(t, OPML, l))
		for _, w := range []Writer{JSONFeed, JSON, JSONLD, DCAT, One, OneThing} {
			if body := write(t, w, l); !json.Valid([]byte(body)) {
				t.Errorf("no JSON: %.300q", body)
			}
		}
		body := write(t, Calendar, l)
		if strings.Count(body, "BEGIN:VEVENT\r\n") != 2 || strings.Count(body, "\r\nDTSTART") != 2 || strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\n") {
			t.Errorf("calendar: %.500q", body)
		}
		for line := range strings.SplitSeq(body, "\r\n") {
			if len(line) > 75 || !utf8.ValidString(line) {
				t.Errorf("line of %d octets: %q", len(line), line)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(write(t, CSV, l), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		cited(t, l)
	})
}
