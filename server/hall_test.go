package server_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/servertest"
)

var leading = regexp.MustCompile(`^(?:All )?([0-9,]+)\b`)

// Every figure that leads to a search is the total of that search, on every page that counts.
func TestFiguresAgreeWithTheSearchesTheyLeadTo(t *testing.T) {
	s := open(t)
	totals := map[string]string{}
	for path, least := range map[string]int{
		"/en/": 20, "/en/organisations": 28, "/en/organisations/itu": 20, "/en/map": 12, "/en/map?open=1": 1, "/en/gaps": 245, "/en/gaps?kind=programme&open=1": 245,
		"/en/report": 30, "/en/countries/SN": 9, "/en/countries/FJ": 9, "/en/calendar": 1, "/en/calendar?month=2026-12": 1,
	} {
		checked := 0
		for _, a := range all(s.get(path).want(t, http.StatusOK).page(t), "a", "") {
			href, figure := attr(a, "href"), leading.FindStringSubmatch(strings.TrimSpace(text(a)))
			if figure == nil || href != "/en/records" && !strings.HasPrefix(href, "/en/records?") {
				continue
			}
			if totals[href] == "" {
				list := s.get(href).want(t, http.StatusOK).page(t)
				totals[href], _, _ = strings.Cut(text(all(list, "strong", "")[0]), " ")
			}
			if totals[href] != figure[1] {
				t.Errorf("%s says %s, %s finds %s", path, figure[1], href, totals[href])
			}
			checked++
		}
		if checked < least {
			t.Errorf("%s: %d figures were checked, want %d or more", path, checked, least)
		}
	}
}

// The map has each Member State once, and so has its table.
func TestTheMapHasEveryMemberStateOnce(t *testing.T) {
	s := open(t)
	doc := s.get("/en/map").want(t, http.StatusOK).page(t)
	seen := map[string]int{}
	for _, a := range all(doc, "a", "") {
		if code, ok := strings.CutPrefix(attr(a, "href"), "/en/countries/"); ok {
			seen[code]++
		}
	}
	for _, c := range stoa.Countries() {
		if want := map[bool]int{true: 2}[c.Member()]; seen[c.Code] != want {
			t.Errorf("%s is there %d times, want %d: on the map and in the table", c.Code, seen[c.Code], want)
		}
	}
}

func TestACountryLearnsWhatReachesItAndWhy(t *testing.T) {
	s := open(t)
	change := func(n int, f func(*stoa.Record)) string {
		r := s.world.Entries[servertest.ID(n)]
		r.Kind, r.Relevance, r.Availability, r.Deadline = stoa.Programme, stoa.Rolling, stoa.Alive, ""
		f(&r)
		s.world.Entries[r.ID] = r
		return r.Title
	}
	unsaid := change(0, func(r *stoa.Record) { r.Title, r.Countries, r.Regions, r.Facts = "A call to nobody", nil, nil, nil })
	elsewhere := change(15, func(r *stoa.Record) {
		r.Title, r.Countries, r.Regions = "A call to Mali", []string{"ML"}, []stoa.Region{"africa"}
	})
	eligible := change(16, func(r *stoa.Record) {
		r.Title, r.Countries, r.Regions, r.Facts = "A call to civil servants", []string{"SN"}, nil, map[string]string{"eligibility": "civil servants"}
	})
	for n, who := range map[int][]string{17: {"all"}, 18: {"ldc", "sids"}, 19: {"commonwealth"}, 20: nil} {
		change(n, func(r *stoa.Record) {
			r.Title, r.Countries, r.Regions, r.OpenTo = "A call to "+strings.Join(who, " and "), nil, []stoa.Region{"global"}, who
			r.Pillars, r.Relevance, r.Deadline = []stoa.Pillar{stoa.Pillars()[n%5]}, stoa.Open, stoa.DayOf(servertest.Now().AddDate(0, 0, 1)) // first under its pillar
		})
	}
	body := text(s.get("/en/countries/SN").want(t, http.StatusOK).page(t))
	for _, want := range []string{unsaid, "nobody says for whom", eligible, "names Senegal", "civil servants", "for the region Africa", "open to all", "not known", "least developed country", "French",
		"open to: least developed countries"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, other := range []string{elsewhere, "A call to commonwealth"} {
		if strings.Contains(body, other) {
			t.Errorf("%q stands on Senegal's page", other)
		}
	}
	if kenya := text(s.get("/en/countries/KE").want(t, http.StatusOK).page(t)); !strings.Contains(kenya, "open to: Commonwealth") || strings.Contains(kenya, "A call to ldc") {
		t.Error("Kenya is of the Commonwealth and no least developed country, and its page does not go by that")
	}
	for path, to := range map[string]string{"/en/countries?code=sn": "/en/countries/SN", "/en/countries/sn": "/en/countries/SN"} {
		if a := s.get(path); a.StatusCode/100 != 3 || a.Header.Get("Location") != to {
			t.Errorf("%s: %d to %q, want %s", path, a.StatusCode, a.Header.Get("Location"), to)
		}
	}
	for _, path := range []string{"/en/countries/QQ", "/en/countries/SEN", "/en/countries/%00", "/en/organisations/nobody", "/en/organisations/%3Cb%3E"} {
		s.get(path).want(t, http.StatusNotFound)
	}
	s.get("/en/countries?group=rich").want(t, http.StatusBadRequest)
	s.get("/en/countries/SN?language=xx").want(t, http.StatusBadRequest)
	s.get("/en/calendar?month=2026-13").want(t, http.StatusBadRequest)
	s.get("/en/calendar?view=year").want(t, http.StatusBadRequest)
}

// What is asked for in a language comes first, and the rest stays.
func TestACountryMayReadItsOwnLanguageFirst(t *testing.T) {
	s := open(t)
	first := func(path string) (lang string, rows int) {
		for _, section := range all(s.get(path).want(t, http.StatusOK).page(t), "section", "p4") {
			titles := all(section, "th", "")
			titles = slices.DeleteFunc(titles, func(n *htmlNode) bool { return attr(n, "scope") != "row" })
			return attr(all(titles[0], "a", "")[0], "lang"), len(titles)
		}
		t.Fatalf("%s: no section", path)
		return "", 0
	}
	_, plain := first("/en/countries/SN")
	lang, rows := first("/en/countries/SN?language=fr")
	if lang != "fr" || rows != plain {
		t.Errorf("first is in %q, %d rows; want fr and %d", lang, rows, plain)
	}
}

func TestTheCalendarPutsEachDateOnItsDay(t *testing.T) {
	s := open(t)
	r := s.world.Entries[servertest.ID(0)]
	r.Relevance, r.Deadline, r.Start, r.End = stoa.Open, "2026-12-31T23:30:00-05:00", "2027-01", "2027-01-20"
	s.world.Entries[r.ID] = r
	on := func(path, id string) string {
		for _, section := range all(s.get(path).want(t, http.StatusOK).page(t), "section", "") {
			if attr(section, "aria-labelledby") == id {
				return text(section)
			}
		}
		return ""
	}
	for _, c := range []struct{ path, day, want string }{
		{"/en/calendar?month=2026-12", "d31", "23:30 UTC−5"}, // the day as its publisher states it, though it is the next in UTC
		{"/en/calendar?month=2027-01", "d-some", r.Title},
		{"/en/calendar?month=2027-01", "d20", "Ends"},
	} {
		if got := on(c.path, c.day); !strings.Contains(got, c.want) || !strings.Contains(got, r.Title) {
			t.Errorf("%s, %s: %q", c.path, c.day, got)
		}
	}
	if got := on("/en/calendar?month=2026-11", "d26"); !strings.Contains(got, "Closes") {
		t.Errorf("26 November: %q", got)
	}
	for _, lang := range stoa.Languages() {
		cells := 0
		for _, td := range all(s.get("/"+lang+"/calendar?month=2026-11&view=month").want(t, http.StatusOK).page(t), "td", "") {
			if text(td) != "" {
				cells++
			}
		}
		if cells != 30 {
			t.Errorf("%s: November has %d days", lang, cells)
		}
	}
}

func TestTheReportTellsTheMonths(t *testing.T) {
	s := open(t)
	s.world.Rulings = nil
	for n := range 3 {
		s.world.Rulings = append(s.world.Rulings, stoa.Decision{ID: fmt.Sprint(n), Seq: uint64(n + 1), Action: stoa.Accept, By: "ana", At: servertest.Now().AddDate(0, -1, 0)})
	}
	s.world.Changed = append(s.world.Changed, stoa.Change{Seq: uint64(len(s.world.Changed) + 1), At: servertest.Now(), Op: stoa.OpStale, Record: servertest.ID(0)})
	rows := map[string]string{}
	for _, tr := range all(s.get("/en/report").want(t, http.StatusOK).page(t), "tr", "") {
		if th := all(tr, "th", ""); len(th) > 0 {
			var cells []string
			for _, td := range all(tr, "td", "") {
				cells = append(cells, strings.TrimSpace(text(td)))
			}
			rows[strings.TrimSpace(text(th[0]))] = strings.Join(cells, " ")
		}
	}
	if got := rows["October 2026"]; !strings.HasSuffix(got, " 0 3") {
		t.Errorf("October: %q, want three decisions", got)
	}
	if got := rows["November 2026"]; !strings.HasSuffix(got, " 1 0") {
		t.Errorf("November: %q, want one that left", got)
	}
	if got := rows["Accept"]; !strings.HasPrefix(got, "3") {
		t.Errorf("decisions: %q", got)
	}
	s.clock.pass(2 * time.Minute)
	s.get("/en/report").want(t, http.StatusOK)
}

// TestAnArchivedCopyStandsBesideADeadLink, with the date on which a person chose it, and in what programs read.
func TestAnArchivedCopyStandsBesideADeadLink(t *testing.T) {
	s := open(t)
	r := s.world.Entries[servertest.ID(0)]
	r.Availability, r.Archive = stoa.Dead, "https://archive.example/2026/course"
	r.Provenance = map[string]stoa.Provenance{"archive": {By: "person:ada", At: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)}}
	s.world.Entries[r.ID] = r
	at := "/en/records/" + r.Slug + "-" + r.Short
	doc := s.get(at).want(t, http.StatusOK).page(t)
	links := map[string]string{}
	for _, a := range all(doc, "a", "btn") {
		links[attr(a, "href")] = text(a)
		if quiet := strings.Contains(attr(a, "class"), "quiet"); quiet != (attr(a, "href") == r.URL) {
			t.Errorf("%s: quiet is %v; the copy stands out, the dead link does not", attr(a, "href"), quiet)
		}
	}
	if links[r.Archive] != "Archived copy at archive.example" || links[r.URL] == "" {
		t.Errorf("the links are %v", links)
	}
	if !strings.Contains(text(doc), "chosen on 3 May 2026") {
		t.Error("nothing says when the copy was chosen")
	}
	for _, path := range []string{"/api/v1/records/" + r.ID, at + ".jsonld"} {
		if body := s.get(path).want(t, http.StatusOK).body; !strings.Contains(string(body), r.Archive) {
			t.Errorf("%s does not name the copy", path)
		}
	}
	r.Archive = "javascript:alert(1)"
	s.world.Entries[r.ID] = r
	if body := s.get(at).want(t, http.StatusOK).body; strings.Contains(string(body), `href="javascript`) {
		t.Error("an address that is none is a link")
	}
}
