package server_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/servertest"
)

// take removes a record from what readers see, as a curator's refusal or a merge does.
func (s *site) take(n int, op stoa.Op) stoa.Record {
	r := s.world.Entries[servertest.ID(n)]
	at := s.clock.Now().Add(-time.Minute)
	c := stoa.Change{Seq: uint64(len(s.world.Changed) + 1), At: at, Op: op, Record: r.ID}
	switch op {
	case stoa.OpMerged:
		r.MergedInto = servertest.ID(1)
		c.Into = r.MergedInto
	case stoa.OpRemoved:
		r.State, r.Reason = stoa.Refused, "out-of-scope"
	}
	r.Changed, r.Version = at, r.Version+1
	s.world.Entries[r.ID] = r
	s.world.Changed = append(s.world.Changed, c)
	return r
}

func TestFeedsAndCalendarsAreValidInAllLanguages(t *testing.T) {
	s := open(t)
	s.take(27, stoa.OpMerged)
	s.take(0, stoa.OpRemoved)
	for _, code := range stoa.Languages() {
		for _, suffix := range []string{".atom", ".rss", ".feed.json", ".ics"} {
			for _, path := range []string{"/records" + suffix, "/records" + suffix + "?q=team&stale=1", "/records" + suffix + "?q=nothing-fits-this", s.addressOf(5) + suffix, "/records" + suffix + "?page=2&stale=1"} {
				a := s.get("/"+code+path).want(t, http.StatusOK)
				for _, f := range servertest.FeedFaults(a.Header.Get("Content-Type"), a.body) {
					t.Errorf("/%s%s: %s", code, path, f)
				}
			}
		}
		a := s.get("/"+code+"/changes.atom").want(t, http.StatusOK)
		for _, f := range servertest.AtomFaults(a.body) {
			t.Errorf("/%s/changes.atom: %s", code, f)
		}
	}
}

// The judges of feeds know a bad one: each of these changes is a fault.
func TestJudgesOfFeedsAreNotBlind(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ path, old, new string }{
		{"/en/records.atom", "<updated>", "<updated>x"}, {"/en/records.atom", "</feed>", ""}, {"/en/records.atom", `rel="self"`, `rel="other"`}, {"/en/records.atom", "<entry><id>", "<entry><id>a</id><id>"},
		{"/en/records.rss", `version="2.0"`, ""}, {"/en/records.rss", "<pubDate>", "<pubDate>x"}, {"/en/records.rss", "<item><title>", "<item><link>x</link><title>"},
		{"/en/records.feed.json", "version/1.1", "version/9"}, {"/en/records.feed.json", `"content_text"`, `"content_html"`}, {"/en/records.feed.json", `"date_modified":"`, `"date_modified":"x`},
		{"/en/records.ics", "\r\nUID:", "\r\nX-ID:"}, {"/en/records.ics", "\r\nEND:VEVENT", ""}, {"/en/records.ics", "\r\nSUMMARY:", "\r\nSUMMARY:a;b"}, {"/en/records.ics", "STATUS:CONFIRMED", "STATUS:MAYBE"},
	} {
		a := s.get(c.path).want(t, http.StatusOK)
		spoilt := strings.Replace(a.body, c.old, c.new, 1)
		if spoilt == a.body || len(servertest.FeedFaults(a.Header.Get("Content-Type"), spoilt)) == 0 {
			t.Errorf("%s with %q for %q passes", c.path, c.new, c.old)
		}
	}
}

// What is taken out is told to those who follow: by a tombstone, by a cancelled event; only to those whom it concerns, and not for ever.
func TestWhatIsTakenOutIsTakenBack(t *testing.T) {
	s := open(t)
	merged, refused := s.take(27, stoa.OpMerged), s.take(0, stoa.OpRemoved)
	withdrawn := s.world.Entries[servertest.ID(40)]
	s.world.Changed = append(s.world.Changed, stoa.Change{Seq: uint64(len(s.world.Changed) + 1), At: s.clock.Now(), Op: stoa.OpStale, Record: withdrawn.ID})
	body := s.get("/en/records.atom").want(t, http.StatusOK).body
	for _, r := range []stoa.Record{merged, refused, withdrawn} {
		if !strings.Contains(body, `<at:deleted-entry ref="tag:stoa.example,2026:record/`+r.ID+`"`) || strings.Contains(body, "<id>tag:stoa.example,2026:record/"+r.ID) {
			t.Errorf("no tombstone for %s, or an entry besides", r.ID)
		}
	}
	for _, want := range []string{"Withdrawn by its publisher.", "Not in the catalogue any more.", `href="` + publicURL + "/id/" + servertest.ID(1) + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the feed does not say %q", want)
		}
	}
	if other := s.get("/en/records.atom?country=XX").want(t, http.StatusOK).body; strings.Contains(other, refused.ID) {
		t.Error("a feed takes back what it never showed")
	}
	cal := strings.ReplaceAll(s.get("/en/records.ics").want(t, http.StatusOK).body, "\r\n ", "")
	event := cal[strings.Index(cal, "UID:"+refused.ID+"-deadline@"):]
	event = event[:strings.Index(event, "END:VEVENT")]
	if !strings.Contains(event, "STATUS:CANCELLED") || !strings.Contains(event, fmt.Sprintf("SEQUENCE:%d\r\n", refused.Version)) {
		t.Errorf("the event of what was taken out: %s", event)
	}
	s.clock.pass(40 * 24 * time.Hour)
	if body := s.get("/en/records.atom").body; strings.Contains(body, "deleted-entry") {
		t.Error("tombstones stand for ever")
	}
}

// oaiDoc is an answer of the Open Archives protocol, read by names alone.
type oaiDoc struct {
	Request struct {
		Verb string `xml:"verb,attr"`
		Base string `xml:",chardata"`
	} `xml:"request"`
	Error struct {
		Code string `xml:"code,attr"`
	} `xml:"error"`
	Identify struct {
		Base     string `xml:"baseURL"`
		Mail     string `xml:"adminEmail"`
		Earliest string `xml:"earliestDatestamp"`
		Deleted  string `xml:"deletedRecord"`
	}
	Sets    []string `xml:"ListSets>set>setSpec"`
	Formats []string `xml:"ListMetadataFormats>metadataFormat>metadataPrefix"`
	Headers []header `xml:"ListIdentifiers>header"`
	Records []struct {
		Header header `xml:"header"`
		Core   *struct {
			Title      string   `xml:"title"`
			Identifier []string `xml:"identifier"`
			Subject    []string `xml:"subject"`
		} `xml:"metadata>dc"`
	} `xml:"ListRecords>record"`
	One []struct {
		Header header `xml:"header"`
	} `xml:"GetRecord>record"`
	Token      *string `xml:"ListRecords>resumptionToken"`
	TokenShort *string `xml:"ListIdentifiers>resumptionToken"`
}

type header struct {
	Status     string   `xml:"status,attr"`
	Identifier string   `xml:"identifier"`
	Stamp      string   `xml:"datestamp"`
	Sets       []string `xml:"setSpec"`
}

func (s *site) oai(query string) oaiDoc {
	s.t.Helper()
	a := s.get("/oai?"+query).want(s.t, http.StatusOK)
	var doc oaiDoc
	if err := xml.Unmarshal([]byte(a.body), &doc); err != nil {
		s.t.Fatalf("%s: %v in %.300s", query, err, a.body)
	}
	return doc
}

func TestOpenArchivesHarvest(t *testing.T) {
	s := open(t)
	// More changes than one answer holds, most of them of the same records.
	for i := range 260 {
		id := fmt.Sprintf("01hgextra%017d", i)
		r := s.world.Entries[servertest.ID(1)]
		r.ID, r.Short, r.Title, r.Changed = id, id[19:], fmt.Sprintf("Extra %d", i), s.clock.Now().Add(time.Duration(i)*time.Second)
		s.world.Entries[id] = r
		for range 2 {
			s.world.Changed = append(s.world.Changed, stoa.Change{Seq: uint64(len(s.world.Changed) + 1), At: r.Changed, Op: stoa.OpListed, Record: id})
		}
	}
	refused := s.take(0, stoa.OpRemoved)
	want := map[string]bool{}
	for id, r := range s.world.Entries {
		if !r.FirstListed.IsZero() && slices.ContainsFunc(s.world.Changed, func(c stoa.Change) bool { return c.Record == id }) && (r.Public() || id == refused.ID) {
			want[id] = true
		}
	}
	got, parts, query := map[string]header{}, 0, "verb=ListRecords&metadataPrefix=oai_dc"
	for ; query != "" && parts < 10; parts++ {
		doc := s.oai(query)
		for _, r := range doc.Records {
			id := strings.TrimPrefix(r.Header.Identifier, "oai:stoa.example:")
			if _, twice := got[id]; twice {
				t.Errorf("%s comes twice", id)
			}
			got[id] = r.Header
			if (r.Core == nil) != (r.Header.Status == "deleted") {
				t.Errorf("%s is %q and has metadata: %t", id, r.Header.Status, r.Core != nil)
			}
			if r.Core != nil && (r.Core.Title == "" || len(r.Core.Subject) == 0 || !slices.Contains(r.Core.Identifier, publicURL+"/id/"+id)) {
				t.Errorf("%s: %+v", id, r.Core)
			}
		}
		if len(doc.Records) > 100 {
			t.Errorf("%d records in one answer", len(doc.Records))
		}
		query = ""
		if doc.Token != nil && *doc.Token != "" {
			query = "verb=ListRecords&resumptionToken=" + *doc.Token
		}
	}
	for id := range want {
		if _, ok := got[id]; !ok {
			t.Errorf("%s (%s) is missing", id, s.world.Entries[id].State)
		}
	}
	if parts < 3 || got[refused.ID].Status != "deleted" {
		t.Errorf("%d parts; the refused record is %q", parts, got[refused.ID].Status)
	}
	since := s.clock.Now().Add(255 * time.Second).UTC().Format(time.RFC3339)
	if doc := s.oai("verb=ListIdentifiers&metadataPrefix=oai_dc&from=" + since); len(doc.Headers) != 5 {
		t.Errorf("%d records from %s, want 5", len(doc.Headers), since)
	}
	if doc := s.oai("verb=ListIdentifiers&metadataPrefix=oai_dc&until=2026-11-01"); len(doc.Headers) == 0 || doc.Headers[len(doc.Headers)-1].Stamp > "2026-11-01T23:59:59Z" {
		t.Errorf("until the first of November: %v", doc.Headers)
	}
	doc := s.oai("verb=ListRecords&metadataPrefix=oai_dc&set=pillar:legal")
	for _, r := range doc.Records {
		if !slices.Contains(r.Header.Sets, "pillar:legal") {
			t.Errorf("%s is in no such set: %v", r.Header.Identifier, r.Header.Sets)
		}
	}
	if len(doc.Records) == 0 {
		t.Error("the set is empty")
	}
}

func TestOpenArchivesTellsOfItselfAndOfFaults(t *testing.T) {
	s := open(t)
	i := s.oai("verb=Identify").Identify
	if i.Base != publicURL+"/oai" || i.Mail != "desk@stoa.example" || i.Deleted != "persistent" || i.Earliest != s.world.Changed[0].At.UTC().Format(time.RFC3339) {
		t.Errorf("%+v", i)
	}
	id := "oai:stoa.example:" + servertest.ID(0)
	if doc := s.oai("verb=ListSets"); len(doc.Sets) != 10 {
		t.Errorf("sets %v", doc.Sets)
	}
	if doc := s.oai("verb=ListMetadataFormats&identifier=" + id); !slices.Equal(doc.Formats, []string{"oai_dc"}) {
		t.Errorf("formats %v", doc.Formats)
	}
	if doc := s.oai("verb=GetRecord&metadataPrefix=oai_dc&identifier=" + id); len(doc.One) != 1 || doc.One[0].Header.Identifier != id {
		t.Errorf("one record: %+v", doc.One)
	}
	for query, code := range map[string]string{
		"": "badVerb", "verb=Nothing": "badVerb", "verb=Identify&verb=Identify": "badVerb", "verb=Identify&x=1": "badArgument", "verb=ListRecords": "badArgument",
		"verb=ListRecords&metadataPrefix=marc": "cannotDisseminateFormat", "verb=ListRecords&metadataPrefix=oai_dc&from=yesterday": "badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01&until=2026-01-01": "badArgument",
		"verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01&until=2026-03-01T00:00:00Z": "badArgument", "verb=ListRecords&metadataPrefix=oai_dc&set=mood": "badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2099-01-01": "noRecordsMatch",
		"verb=ListRecords&resumptionToken=eHh4": "badResumptionToken", "verb=ListRecords&resumptionToken=x&metadataPrefix=oai_dc": "badArgument", "verb=ListSets&resumptionToken=x": "badResumptionToken",
		"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:stoa.example:nothing": "idDoesNotExist", "verb=GetRecord&metadataPrefix=oai_dc&identifier=" + servertest.ID(0): "idDoesNotExist",
		"verb=GetRecord&metadataPrefix=marc&identifier=" + id: "cannotDisseminateFormat", "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:stoa.example:" + servertest.ID(33): "idDoesNotExist",
	} {
		doc := s.oai(query)
		if doc.Error.Code != code {
			t.Errorf("%s: %q, want %s", query, doc.Error.Code, code)
		}
		if (code == "badVerb" || code == "badArgument") && doc.Request.Verb != "" || doc.Request.Base != publicURL+"/oai" {
			t.Errorf("%s: the request is repeated as %+v", query, doc.Request)
		}
	}
	if a := s.post("/oai", "verb", "Identify"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "<repositoryName>") {
		t.Errorf("POST: %d", a.StatusCode)
	}
}

// What browsers, search engines and finders of faults ask for by convention is whole: each address in it leads somewhere.
func TestConventionsAreKept(t *testing.T) {
	s := open(t)
	var description struct {
		Name string `xml:"ShortName"`
		URLs []struct {
			Type     string `xml:"type,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Url"`
	}
	if err := xml.Unmarshal([]byte(s.get("/opensearch.xml").want(t, http.StatusOK).body), &description); err != nil || description.Name == "" || len(description.URLs) != 3 {
		t.Errorf("%v: %+v", err, description)
	}
	for _, u := range description.URLs {
		a := s.get(strings.ReplaceAll(strings.TrimPrefix(u.Template, publicURL), "{searchTerms}", "team")).want(t, http.StatusOK)
		if !strings.HasPrefix(a.Header.Get("Content-Type"), u.Type) {
			t.Errorf("%s gives %s", u.Template, a.Header.Get("Content-Type"))
		}
	}
	type entries struct {
		Locs    []string `xml:"sitemap>loc"`
		URLs    []string `xml:"url>loc"`
		Changes []string `xml:"url>lastmod"`
	}
	read := func(path string) (m entries) {
		if err := xml.Unmarshal([]byte(s.get(path).want(t, http.StatusOK).body), &m); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return m
	}
	maps := read("/sitemap.xml").Locs
	if len(maps) != len(stoa.Languages()) {
		t.Errorf("%d site maps", len(maps))
	}
	m := read(strings.TrimPrefix(maps[0], publicURL))
	for _, at := range m.URLs {
		if a := s.get(strings.TrimPrefix(at, publicURL)); a.StatusCode != http.StatusOK {
			t.Errorf("the site map leads to %s: %d", at, a.StatusCode)
		}
	}
	for _, at := range m.Changes {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			t.Errorf("lastmod %q", at)
		}
	}
	if len(m.URLs) < 30 || len(m.Changes) < 20 {
		t.Errorf("%d addresses, %d with a time", len(m.URLs), len(m.Changes))
	}
	fields := map[string]string{} // RFC 9116
	for line := range strings.Lines(s.get("/.well-known/security.txt").want(t, http.StatusOK).body) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		fields[name] = value
	}
	expires, err := time.Parse(time.RFC3339, fields["Expires"])
	if err != nil || !expires.After(s.clock.Now()) || expires.After(s.clock.Now().AddDate(1, 0, 0)) || fields["Canonical"] != publicURL+"/.well-known/security.txt" || fields["Contact"] != "mailto:desk@stoa.example" {
		t.Errorf("security.txt: %v, %v", err, fields)
	}
	for _, path := range []string{"/pillars", "/kinds"} {
		doc := in[struct {
			Graph []struct {
				ID     string            `json:"@id"`
				Labels map[string]string `json:"skos:prefLabel"`
			} `json:"@graph"`
		}](t, s.get(path).want(t, http.StatusOK))
		for _, c := range doc.Graph[1:] {
			if len(c.Labels) != len(stoa.Languages()) || !strings.HasPrefix(c.ID, publicURL+path+"#") {
				t.Errorf("%s: %+v", path, c)
			}
		}
	}
	if rules := s.get("/robots.txt").body; !strings.Contains(rules, "Allow: /api/v1/changes") || !strings.Contains(rules, "Disallow: /curate/") {
		t.Errorf("robots.txt: %s", rules)
	}
}
