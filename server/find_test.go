package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/servertest"
)

// Words of the search are marked in titles and teasers of the list, and nowhere else.
func TestWordsOfTheSearchAreMarked(t *testing.T) {
	s := open(t)
	doc := s.get("/en/records?q=team").want(t, http.StatusOK).page(t)
	inTitle, inTeaser := 0, 0
	for _, li := range all(doc, "li", "rec") {
		for _, m := range all(li, "mark", "") {
			if !strings.EqualFold(text(m), "team") {
				t.Errorf("%q is marked", text(m))
			}
			if m.Parent.Data == "a" {
				inTitle++
			} else {
				inTeaser++
			}
		}
	}
	if inTitle == 0 || inTeaser == 0 || len(all(doc, "mark", "")) != inTitle+inTeaser {
		t.Errorf("%d titles and %d teasers are marked, %d in all", inTitle, inTeaser, len(all(doc, "mark", "")))
	}
	if n := len(all(s.get("/en/records").page(t), "mark", "")); n != 0 {
		t.Errorf("%d marks without words", n)
	}
	r := s.world.Entries[servertest.ID(0)]
	r.Title, r.Summary = `<b>team</b> & "team"`, ""
	s.world.Entries[r.ID] = r
	if body := s.get("/en/records?q=team").body; !strings.Contains(body, `&lt;b&gt;<mark>team</mark>&lt;/b&gt; &amp; &#34;team&#34;`) {
		t.Error("a marked title is not escaped")
	}
}

// The boxes of the new facets, their counts and the lists behind them agree, in the page and in the API.
func TestDeadlinesAndModalitiesAreFacets(t *testing.T) {
	s := open(t)
	boxes := 0
	for _, label := range all(s.get("/en/records").page(t), "label", "check") {
		input := all(label, "input", "")[0]
		name, value := attr(input, "name"), attr(input, "value")
		if name != "deadline" && name != "modality" {
			continue
		}
		boxes++
		figure := text(all(label, "span", "num")[0])
		list := s.get("/en/records?"+name+"="+value).want(t, http.StatusOK).page(t)
		if got := strings.Fields(text(all(list, "strong", "")[0]))[0]; got != figure {
			t.Errorf("%s=%s: the box says %s, the list %s", name, value, figure, got)
		}
		total := in[listing](t, s.get("/api/v1/records?count=1&"+name+"="+value)).Total
		if total == nil || figure != strconv.Itoa(*total) {
			t.Errorf("%s=%s: the box says %s, the API %v", name, value, figure, total)
		}
		if !strings.Contains(s.get("/en/records.atom?"+name+"="+value).want(t, http.StatusOK).body, name+"="+value) {
			t.Errorf("%s=%s is lost in the feed", name, value)
		}
	}
	if boxes != len(stoa.Windows())+len(stoa.Modalities()) {
		t.Errorf("%d boxes", boxes)
	}
	for _, query := range []string{"deadline=tomorrow", "modality=by-post"} {
		s.get("/en/records?"+query).want(t, http.StatusBadRequest)
		problem(t, s.get("/api/v1/records?"+query), http.StatusBadRequest, "invalid")
	}
}

// Filtering keeps what the form has no boxes for.
func TestFilteringKeepsTheRestOfTheSearch(t *testing.T) {
	s := open(t)
	kept := map[string]string{}
	for _, f := range all(s.get("/en/records?q=team&sort=title&for=KE&month=2026-11&pillar=capacity").page(t), "form", "facets") {
		for _, input := range all(f, "input", "") {
			if attr(input, "type") == "hidden" {
				kept[attr(input, "name")] = attr(input, "value")
			}
		}
	}
	for name, want := range map[string]string{"q": "team", "sort": "title", "for": "KE", "month": "2026-11"} {
		if kept[name] != want {
			t.Errorf("%s is %q, want %q", name, kept[name], want)
		}
	}
	if len(kept) != 4 {
		t.Errorf("kept %v", kept)
	}
}

// A record shows its editions together, says what replaces it, and can be shared and cited.
func TestRecordsAreTiedSharedAndCited(t *testing.T) {
	s := open(t)
	r := s.world.Entries[servertest.ID(0)]
	edition, newer := s.world.Entries[servertest.ID(5)], s.world.Entries[servertest.ID(10)]
	edition.Language = "ar"
	s.world.Entries[edition.ID] = edition
	var sessions []stoa.RelationTo
	for n := range 15 {
		sessions = append(sessions, stoa.RelationTo{Relation: stoa.SessionOf, Record: servertest.ID(n + 11)})
	}
	r.Relations = append(sessions, []stoa.RelationTo{{Relation: stoa.EditionOf, Record: edition.ID}, {Relation: stoa.Supersedes, Record: newer.ID, Inverse: true}, {Relation: stoa.SessionOf, Record: servertest.ID(1)}}...)
	s.world.Entries[r.ID] = r
	doc := s.get("/en"+s.addressOf(0)).want(t, http.StatusOK).page(t)
	body := text(doc)
	for _, want := range []string{"Also in: العربية", "There is something newer: " + newer.Title, publicURL + "/id/" + r.ID, "(n.d.). " + r.Title} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	shared := map[string]string{} // what a message shows that the address is pasted into
	for _, m := range all(doc, "meta", "") {
		shared[attr(m, "property")] = attr(m, "content")
	}
	if shared["og:title"] != r.Title || shared["og:url"] != publicURL+"/en"+s.addressOf(0) || shared["og:description"] != r.Summary || shared["og:type"] == "" {
		t.Errorf("%q", shared)
	}
	links := map[string]string{}
	for _, a := range all(doc, "a", "") {
		links[text(a)] = attr(a, "href")
	}
	if !strings.HasPrefix(links["Send by e-mail"], "mailto:?") || links["Something wrong? Tell us"] != "/en/report/"+r.Short {
		t.Errorf("%q, %q", links["Send by e-mail"], links["Something wrong? Tell us"])
	}
	for name, want := range map[string]string{"BibTeX": "@misc{stoa-" + r.Short, "RIS": "TY  - ELEC", "TXT": r.Title} {
		if got := s.get(links[name]).want(t, http.StatusOK).body; !strings.Contains(got, want) {
			t.Errorf("%s: %.200q", name, got)
		}
	}
	blocks := all(doc, "script", "")
	if len(blocks) != 1 {
		t.Fatalf("%d blocks of data", len(blocks))
	}
	var thing map[string]any
	if err := json.Unmarshal([]byte(blocks[0].FirstChild.Data), &thing); err != nil || thing["@context"] != "https://schema.org" || thing["name"] != r.Title {
		t.Errorf("%v: %v", err, thing)
	}
}

// A list shows the editions of one work together, the reader's language first and each naming the others. Each stays a record of its
// own: what is counted, fed and exported is the same.
func TestListsShowEditionsTogether(t *testing.T) {
	s := open(t)
	ids := []string{servertest.ID(1), servertest.ID(8), servertest.ID(14)}
	for i, language := range []string{"ar", "fr", "en"} {
		r := s.world.Entries[ids[i]]
		r.Language, r.Title = language, "AA tied "+language
		if i > 0 { // each names the one before
			r.Relations = []stoa.RelationTo{{Relation: stoa.EditionOf, Record: ids[i-1]}}
		}
		if i < 2 {
			r.Relations = append(r.Relations, stoa.RelationTo{Relation: stoa.EditionOf, Record: ids[i+1], Inverse: true})
		}
		s.world.Entries[r.ID] = r
	}
	for reader, first := range map[string]string{"en": "en", "ar": "ar", "fr": "fr", "es": "en"} {
		doc := s.get("/"+reader+"/records?sort=title").want(t, http.StatusOK).page(t)
		var titles []string
		for _, item := range all(doc, "li", "rec") {
			title := text(all(item, "h2", "")[0])
			if titles = append(titles, title); !strings.HasPrefix(title, "AA tied ") {
				continue
			}
			named := map[string]string{}
			for _, a := range all(all(item, "p", "eds")[0], "a", "") {
				named[attr(a, "hreflang")] = attr(a, "lang")
			}
			own := strings.TrimPrefix(title, "AA tied ")
			for _, other := range []string{"ar", "fr", "en"} {
				if lang, ok := named[other]; ok != (other != own) || ok && lang != other {
					t.Errorf("in %s, %s names %v", reader, own, named)
				}
			}
		}
		at := slices.Index(titles, "AA tied "+first)
		if at < 0 || at+2 >= len(titles) || !strings.HasPrefix(titles[at+1], "AA tied ") || !strings.HasPrefix(titles[at+2], "AA tied ") {
			t.Errorf("in %s: %q; want the %s edition, then the two others", reader, titles, first)
		}
	}
	var out struct {
		Records []stoa.Record `json:"records"`
	}
	if err := json.Unmarshal([]byte(s.get("/api/v1/records?limit=100").want(t, http.StatusOK).body), &out); err != nil {
		t.Fatal(err)
	}
	tied := 0
	for _, r := range out.Records {
		if strings.HasPrefix(r.Title, "AA tied ") {
			tied++
		}
	}
	if tied != 3 {
		t.Errorf("%d of the 3 editions in the API", tied)
	}
}

// A short list, on the first page, a country's and an organisation's, has one row for a work: the edition that the reader reads, and links to the others.
func TestShortListsHaveOneRowForAWork(t *testing.T) {
	s := open(t)
	ids := []string{servertest.ID(1), servertest.ID(8), servertest.ID(14)}
	for i, language := range []string{"fr", "ar", "en"} {
		r := s.world.Entries[ids[i]]
		r.Language, r.Title, r.Kind, r.Pillars = language, "AA tied "+language, stoa.Programme, []stoa.Pillar{stoa.Legal}
		r.Relevance, r.Deadline, r.Rolling = stoa.Open, stoa.Date(servertest.Now().AddDate(0, 0, 3).Format(time.DateOnly)), false
		r.Organisations, r.FirstListed, r.OpenTo = []stoa.Organisation{{ID: "tied", Name: "Tied", Role: stoa.Publisher}}, servertest.Now(), []string{stoa.OpenToAll}
		r.Relations = nil
		for _, other := range ids {
			if other != r.ID {
				r.Relations = append(r.Relations, stoa.RelationTo{Relation: stoa.EditionOf, Record: other})
			}
		}
		s.world.Entries[r.ID] = r
	}
	for _, address := range []string{"/", "/countries/SN", "/organisations/tied"} {
		for reader, first := range map[string]string{"en": "en", "ar": "ar", "fr": "fr", "es": "en"} {
			doc := s.get("/"+reader+address).want(t, http.StatusOK).page(t)
			shown := map[string]int{}
			for _, a := range all(doc, "a", "") {
				if title := text(a); strings.HasPrefix(title, "AA tied ") {
					shown[title]++
				}
			}
			if len(shown) != 1 || shown["AA tied "+first] == 0 {
				t.Errorf("%s in %s shows %v, want the %s edition alone", address, reader, shown, first)
			}
			eds := all(doc, "p", "eds")
			if len(eds) != shown["AA tied "+first] || len(eds) > 0 && len(all(eds[0], "a", "")) != 2 {
				t.Errorf("%s in %s: %d rows name the other editions", address, reader, len(eds))
			}
		}
	}
}

// Facts in the words of the vocabulary are said in the reader's language; a source's own words stay.
func TestFactsAreSaidInTheReadersLanguage(t *testing.T) {
	s := open(t)
	r := s.world.Entries[servertest.ID(0)]
	r.Facts = map[string]string{"modality": "online self-paced", "registration": "application and selection", "fee": "12 EUR", "level": "advanced", "credential": "certificate"}
	s.world.Entries[r.ID] = r
	body := text(s.get("/fr" + s.addressOf(0)).page(t))
	for _, want := range []string{"en ligne, à votre rythme", "candidature et sélection", "12 EUR", "niveau avancé", "certificat"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
