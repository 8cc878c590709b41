package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server"
	"stoa/server/locales"
	"stoa/server/page"
	"stoa/server/servertest"
)

// addressOf is the path of a sample record below the language.
func (s *site) addressOf(n int) string {
	s.t.Helper()
	return page.Address(s.world.Entries[servertest.ID(n)])
}

// publicPaths are all kinds of public pages, below the language.
func (s *site) publicPaths() []string {
	return []string{
		"/", "/records", "/records?q=team&pillar=technical&kind=programme&open=1&sort=closes", "/records?q=nothing-fits-this", "/records?page=2&stale=1",
		s.addressOf(0), s.addressOf(5), s.addressOf(10), s.addressOf(19), s.addressOf(41), "/sources", "/sources?q=itu&outcome=held", "/changes", "/about", "/crawler",
		"/countries", "/countries?group=sids", "/countries/SN", "/countries/SN?language=fr", "/countries/FJ", "/countries/VA", "/organisations", "/organisations?q=itu", "/organisations/itu", "/map", "/map?pillar=capacity&open=1",
		"/calendar", "/calendar?month=2026-12&view=month", "/calendar?month=2031-01", "/gaps", "/gaps?kind=programme&open=1", "/report",
	}
}

func TestPagesAreValidInAllLanguages(t *testing.T) {
	s := open(t)
	for _, code := range stoa.Languages() {
		for _, path := range s.publicPaths() {
			a := s.get("/"+code+path).want(t, http.StatusOK)
			for _, f := range faults(a.body) {
				t.Errorf("/%s%s: %s", code, path, f)
			}
			doc := a.page(t)
			root := all(doc, "html", "")[0]
			if dir := map[bool]string{true: "rtl", false: "ltr"}[code == "ar"]; attr(root, "lang") != code || attr(root, "dir") != dir {
				t.Errorf("/%s%s: lang %q, dir %q", code, path, attr(root, "lang"), attr(root, "dir"))
			}
			shown, _, _ := strings.Cut(a.body, `<script type="application/ld+json">`)
			if strings.Contains(shown, "{") || strings.Contains(shown, "%!") {
				t.Errorf("/%s%s: a place was left unfilled", code, path)
			}
		}
	}
}

// Page and sheet together stay small on the line, and a first view asks for these two only.
func TestPagesFitAPoorLine(t *testing.T) {
	s := open(t)
	for _, code := range stoa.Languages() {
		for _, path := range s.publicPaths() {
			a := s.get("/"+code+path, "Accept-Encoding", "gzip").want(t, http.StatusOK)
			sheets := 0
			size := a.packed
			for _, l := range all(a.page(t), "link", "") {
				switch attr(l, "rel") {
				case "stylesheet":
					sheets++
					size += s.get(attr(l, "href"), "Accept-Encoding", "gzip").want(t, http.StatusOK).packed
				case "icon":
					if !strings.HasPrefix(attr(l, "href"), "data:") {
						t.Errorf("/%s%s: the icon costs a request", code, path)
					}
				}
			}
			if sheets != 1 || size > 30_000 {
				t.Errorf("/%s%s: %d sheets, %d bytes", code, path, sheets, size)
			}
		}
	}
}

func TestSheetStaysSmall(t *testing.T) {
	s := open(t)
	for _, l := range all(s.get("/en/").page(t), "link", "") {
		if attr(l, "rel") == "stylesheet" {
			if n := len(s.get(attr(l, "href")).body); n > 12<<10 {
				t.Errorf("the sheet has %d bytes, more than 12 KB", n)
			}
			return
		}
	}
	t.Error("the page names no sheet")
}

// Every link on a public page that stays in the house leads somewhere.
func TestEveryOwnLinkLeadsSomewhere(t *testing.T) {
	s := open(t)
	seen := map[string]bool{}
	todo := []string{"/en/", "/ar/"}
	for len(todo) > 0 && len(seen) < 200 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		a := s.get(path)
		if a.StatusCode >= 400 && a.StatusCode != http.StatusGone { // the log speaks of what was taken back too
			t.Errorf("%s answers %d", path, a.StatusCode)
			continue
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, l := range append(all(a.page(t), "a", ""), all(a.page(t), "link", "")...) {
			u, err := url.Parse(attr(l, "href"))
			if err != nil {
				t.Errorf("%s: link %q: %v", path, attr(l, "href"), err)
				continue
			}
			if u.Host == "" && strings.HasPrefix(u.Path, "/") {
				u.Fragment = ""
				todo = append(todo, u.String())
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d addresses were found", len(seen))
	}
}

func TestFirstVisitNegotiatesTheLanguageOnce(t *testing.T) {
	s := open(t)
	for header, want := range map[string]string{"": "/en/", "fr;q=0.3, ar;q=0.9": "/ar/", "de": "/en/", "zh-Hans-CN": "/zh/"} {
		a := s.get("/", "Accept-Language", header).want(t, http.StatusFound)
		if got := a.Header.Get("Location"); got != want {
			t.Errorf("%q: to %s, want %s", header, got, want)
		}
		if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%q: Vary %q", header, a.Header.Values("Vary"))
		}
	}
	if got := s.get("/records?q=a%20b&pillar=legal", "Accept-Language", "ru").want(t, http.StatusFound).Header.Get("Location"); got != "/ru/records?q=a%20b&pillar=legal" {
		t.Errorf("a search is sent to %s", got)
	}
	if got := s.get("/fr/", "Accept-Language", "en").want(t, http.StatusOK).page(t); attr(all(got, "html", "")[0], "lang") != "fr" {
		t.Error("a page with a language negotiates again")
	}
}

// The figures of the grid are those of the lists behind them.
func TestGridCountsAgreeWithLists(t *testing.T) {
	s := open(t)
	cells := all(s.get("/en/").page(t), "td", "")
	checked := 0
	for _, td := range cells {
		links := all(td, "a", "")
		if len(links) != 1 || !strings.HasPrefix(attr(links[0], "href"), "/en/records?") {
			continue
		}
		figure := text(links[0])
		list := s.get(attr(links[0], "href")).page(t)
		if got := text(all(list, "strong", "")[0]); got != figure+" records" && got != figure+" record" {
			t.Errorf("%s: the grid says %s, the list %s", attr(links[0], "href"), figure, got)
		}
		checked++
	}
	if checked != 20 {
		t.Errorf("%d figures, want 5 pillars × (3 kinds + open)", checked)
	}
}

func TestHomeShowsWhatClosesSoonFirst(t *testing.T) {
	s := open(t)
	var got []string
	for _, n := range all(s.get("/en/").page(t), "time", "due") {
		got = append(got, attr(n, "datetime"))
	}
	want := []string{"2026-11-26", "2026-11-27", "2026-11-30T18:00:00+01:00", "2026-12-04", "2026-12-07T23:59:00+01:00"}
	if !slices.Equal(got, want) {
		t.Errorf("deadlines %v, want %v", got, want)
	}
	s.clock.pass(4 * 24 * time.Hour) // 27 Nov, 09:45 UTC: the 26th is over everywhere only at noon
	if body := s.get("/en/").body; !strings.Contains(body, `datetime="2026-11-26"`) {
		t.Error("a day without a zone is over before it ended at UTC−12")
	}
	s.clock.pass(3 * time.Hour)
	if body := s.get("/en/").body; strings.Contains(body, `datetime="2026-11-26"`) {
		t.Error("a deadline that passed is still on the first page")
	}
}

func TestFacetsAndChipsOfASearch(t *testing.T) {
	s := open(t)
	doc := s.get("/en/records?pillar=technical&pillar=capacity&kind=programme&open=1&q=team").want(t, http.StatusOK).page(t)
	var checked []string
	each(doc, func(n *htmlNode) {
		if n.Data == "input" && attr(n, "type") == "checkbox" && has(n, "checked") {
			checked = append(checked, attr(n, "name")+"="+attr(n, "value"))
		}
	})
	if want := []string{"open=1", "pillar=technical", "pillar=capacity", "kind=programme"}; !slices.Equal(checked, want) {
		t.Errorf("checked %v, want %v", checked, want)
	}
	var chips []string
	for _, ul := range all(doc, "ul", "chips") {
		for _, a := range all(ul, "a", "") {
			chips = append(chips, attr(a, "href"))
		}
	}
	if len(chips) != 6 || !slices.Contains(chips, "/en/records?kind=programme&open=1&pillar=capacity&pillar=technical&q=team") && !slices.Contains(chips, "/en/records?kind=programme&open=1&pillar=technical&q=team") {
		t.Errorf("chips lead to %v", chips)
	}
}

func TestBadParametersAreToldAllAtOnce(t *testing.T) {
	s := open(t)
	for _, query := range []string{
		"pillar=magic", "kind=x", "open=maybe", "stale=2", "sort=random", "page=0", "page=-1", "page=1000000000", "page=abc", "country=XYZ", "region=mars",
		"language=%3Cscript%3E", "org=%00", "q=%ff%fe", "q=" + strings.Repeat("x", 301), strings.Repeat("country=SN&", 1) + many("pillar=legal", 3) + "&pillar=zzz",
	} {
		a := s.get("/en/records?" + query)
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("%.40q: %d, want 400", query, a.StatusCode)
		}
		for _, f := range faults(a.body) {
			t.Errorf("%.40q: %s", query, f)
		}
	}
	body := s.get("/en/records?pillar=magic&sort=random&page=0").body
	for _, field := range []string{"pillar", "sort", "page"} {
		if !strings.Contains(body, "<code>"+field+"</code>") {
			t.Errorf("the page does not name %s", field)
		}
	}
}

func many(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+"&", n), "&") }

func TestAddressesOfRecords(t *testing.T) {
	s := open(t)
	change := func(n int, f func(*stoa.Record)) stoa.Record {
		r := s.world.Entries[servertest.ID(n)]
		f(&r)
		s.world.Entries[r.ID] = r
		return r
	}
	renamed := s.world.Entries[servertest.ID(0)]
	merged := change(27, func(r *stoa.Record) { r.MergedInto = servertest.ID(0) })
	refused := change(30, func(r *stoa.Record) { r.State, r.Reason = stoa.Refused, "commercial" })
	never := change(31, func(r *stoa.Record) { r.State, r.FirstListed = stoa.Refused, time.Time{} })
	now := page.Address(renamed)
	for _, c := range []struct {
		path, to string
		status   int
	}{
		{"/en/records/an-old-title-" + renamed.Short, "/en" + now, http.StatusPermanentRedirect},
		{"/en/records/" + renamed.Short, "/en" + now, http.StatusPermanentRedirect},
		{"/en/records/" + renamed.ID, "/en" + now, http.StatusPermanentRedirect},
		{"/en" + page.Address(merged), "/en" + now, http.StatusMovedPermanently},
		{"/en" + page.Address(merged) + ".json", "/en" + now + ".json", http.StatusMovedPermanently},
		{"/id/" + merged.ID, "/id/" + renamed.ID, http.StatusMovedPermanently},
		{"/id/" + renamed.ID, "/en" + now, http.StatusSeeOther},
		{"/en" + page.Address(refused), "", http.StatusGone},
		{"/en" + s.addressOf(40), "", http.StatusGone}, // withdrawn
		{"/id/" + refused.ID, "", http.StatusGone},
		{"/en" + page.Address(never), "", http.StatusNotFound},
		{"/en" + s.addressOf(33), "", http.StatusNotFound}, // pending
		{"/id/" + servertest.ID(33), "", http.StatusNotFound},
		{"/en/records/no-such-thing", "", http.StatusNotFound},
		{"/en/records/", "", http.StatusNotFound},
		{"/en/nothing/here", "", http.StatusNotFound},
	} {
		a := s.get(c.path)
		if a.StatusCode != c.status || a.Header.Get("Location") != c.to {
			t.Errorf("%s: %d to %q, want %d to %q", c.path, a.StatusCode, a.Header.Get("Location"), c.status, c.to)
		}
		for _, f := range faults(a.body) {
			if c.status == http.StatusGone || c.status == http.StatusNotFound {
				t.Errorf("%s: %s", c.path, f)
			}
		}
	}
	if body := s.get("/en" + page.Address(refused)).body; !strings.Contains(body, "Commercial") {
		t.Error("a record that was taken out does not say why")
	}
}

func TestPermanentNameAnswersByAccept(t *testing.T) {
	s := open(t)
	path := "/id/" + servertest.ID(0)
	for accept, want := range map[string]string{
		"application/json": "application/json", "application/ld+json, text/html;q=0.5": "application/ld+json", "text/calendar": "text/calendar; charset=utf-8",
		"application/atom+xml": "application/atom+xml; charset=utf-8",
	} {
		a := s.get(path, "Accept", accept).want(t, http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != want {
			t.Errorf("%s: %s", accept, got)
		}
	}
	for _, accept := range []string{"", "text/html,application/xhtml+xml,*/*;q=0.8", "*/*"} {
		s.get(path, "Accept", accept).want(t, http.StatusSeeOther)
	}
}

func TestRecordPageSaysWhoSaysSo(t *testing.T) {
	s := open(t)
	doc := s.get("/en"+s.addressOf(0)).want(t, http.StatusOK).page(t)
	body := text(doc)
	for _, want := range []string{
		"Apply at unitar.example.org", "closes 15 Dec 2026, 23:59 UTC−5", "in 22 days", "The link worked on 23 Nov 2026, 03:45 UTC.", "(rules S20, S24)",
		"More than one deadline is given.", "GFCE events says 12 Dec 2026.", "differs, not used", "a curator", "Certainty 0.93", "International Cooperation, also Capacity",
		"UNITAR, with GFCE", publicURL + "/id/" + servertest.ID(0),
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, a := range all(doc, "a", "out") {
		if rel := attr(a, "rel"); !strings.Contains(rel, "noopener") || !strings.Contains(rel, "nofollow") || !strings.Contains(rel, "ugc") {
			t.Errorf("the link out has rel %q", rel)
		}
	}
	if strings.Contains(s.get("/en"+s.addressOf(0)).body, "a.curator") {
		t.Error("the page names a person")
	}
}

func TestUnsafeAddressesAreNeverLinked(t *testing.T) {
	s := open(t)
	r := s.world.Entries[servertest.ID(41)]
	for _, path := range []string{"/en" + s.addressOf(41), "/en" + s.addressOf(41) + ".json", "/api/v1/records/" + r.ID, "/en/records.csv?stale=1", "/en/records.atom?q=Incident&stale=1"} {
		if body := s.get(path).want(t, http.StatusOK).body; strings.Contains(body, r.URL) {
			t.Errorf("%s gives the address that was taken off", path)
		}
	}
}

func TestAHostThatMayPassForAnotherIsShownInBothFormsWithAWarning(t *testing.T) {
	s := open(t)
	if notes := all(s.get("/en"+s.addressOf(0)).page(t), "p", "note"); len(notes) != 0 {
		t.Errorf("an ordinary host is warned of: %s", text(notes[0]))
	}
	r := s.world.Entries[servertest.ID(0)]
	r.URL = "https://xn--tu-goc.int/course" // ITU's, but for a Cyrillic letter
	s.world.Entries[r.ID] = r
	for _, code := range []string{"en", "ar"} {
		doc := s.get("/" + code + s.addressOf(0)).page(t)
		if notes := all(doc, "p", "note"); len(notes) != 1 {
			t.Errorf("/%s: %d warnings, want one", code, len(notes))
		}
		if whole := text(doc); !strings.Contains(whole, "іtu.int (xn--tu-goc.int)") {
			t.Errorf("/%s does not show the host in both forms", code)
		}
	}
}

func TestEveryRuleIsSaidInSixLanguages(t *testing.T) {
	s := open(t)
	for _, code := range []string{"en", "fr", "es", "ar", "zh", "ru"} {
		said := map[string]string{}
		for _, d := range all(s.get("/"+code+"/about").page(t), "details", "") {
			terms, means := all(d, "dt", ""), all(d, "dd", "")
			for i := range min(len(terms), len(means)) {
				said[attr(terms[i], "id")] = text(means[i])
			}
		}
		for n := 1; n <= 31; n++ {
			if sentence := said[fmt.Sprintf("S%d", n)]; len([]rune(sentence)) < 8 {
				t.Errorf("/%s/about: S%d is %q", code, n, sentence)
			}
		}
	}
	doc := s.get("/en" + s.addressOf(41)).page(t)
	linked := false
	for _, a := range all(doc, "a", "mute") {
		linked = linked || strings.HasPrefix(attr(a, "href"), "/en/about#S")
	}
	if !linked {
		t.Error("a record that rules speak of does not lead to what they say")
	}
}

func TestForeignTitlesKeepTheirLanguageAndDirection(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ page, title, lang, dir string }{
		{"/en/records", "قطر تستضيف", "ar", "rtl"}, {"/ar/records", "TRANSITS-I", "en", "ltr"}, {"/zh/records?q=Taller", "Taller", "es", "ltr"},
	} {
		found := false
		for _, a := range all(s.get(c.page).page(t), "a", "") {
			if strings.HasPrefix(text(a), c.title) {
				found = true
				if attr(a, "lang") != c.lang || attr(a, "dir") != c.dir {
					t.Errorf("%s: %q has lang %q, dir %q", c.page, text(a), attr(a, "lang"), attr(a, "dir"))
				}
			}
		}
		if !found {
			t.Errorf("%s: no title %q", c.page, c.title)
		}
	}
	if body := text(s.get("/en/records").page(t)); !strings.Contains(body, "in Arabic") {
		t.Error("a record in another language does not say so")
	}
}

func TestSourcesPageTellsEverySourceAndWhy(t *testing.T) {
	s := open(t)
	body := text(s.get("/en/sources").want(t, http.StatusOK).page(t))
	for _, src := range s.world.Listings {
		if !strings.Contains(body, src.Title) {
			t.Errorf("%s is not there", src.Title)
		}
	}
	for _, want := range []string{"The host name does not resolve.", "The site answers 403 to our user agent.", "The run found 3 courses where 212 are known.", "the address is a guess", "on release", "Nothing changes until a curator decides.",
		"Read from https://second.example.org/feed since", "Its address has redirected to https://third.example.org/feed since"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !strings.Contains(s.get("/en/sources").body, `aria-label="Last ten runs, oldest first: 2 unchanged, 1 ok,`) {
		t.Error("a history has no spoken label")
	}
	if rows := all(s.get("/en/sources?outcome=blocked").page(t), "span", "hist"); len(rows) != 1 {
		t.Errorf("%d sources are blocked, want 1", len(rows))
	}
}

// TestThePageThatTheUserAgentLeadsTo shows, in each language, what the crawler calls itself, how to keep it out, and what came of its visits.
func TestThePageThatTheUserAgentLeadsTo(t *testing.T) {
	s := open(t, func(_ *servertest.World, o *server.Options) {
		o.Agent = "stoa/0.1 (+https://stoa.example/en/crawler)"
		o.Hosts = func(context.Context) []stoa.Ledger {
			return []stoa.Ledger{
				{Host: "a.example.org", Requests: 8, Conditional: 6, NotModified: 4, Bytes: 12_345_678, Delay: 5 * time.Second, Robots: "3 rules", Last: servertest.Now().Add(-time.Hour)},
				{Host: "b.example.org", OptedOut: "a letter from a person"},
			}
		}
	})
	for _, code := range []string{"en", "fr", "es", "ar", "zh", "ru"} {
		l, _ := locales.For(code)
		body := text(s.get("/"+code+"/crawler").want(t, http.StatusOK).page(t))
		for _, want := range []string{"stoa/0.1 (+https://stoa.example/en/crawler)", "User-agent: stoa", "Disallow: /", "desk@stoa.example", "a.example.org", l.Tell("3 rules"), "12 MB", "b.example.org"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", code, want)
			}
		}
		if strings.Contains(body, "letter from a person") {
			t.Errorf("%s tells who asked", code)
		}
	}
	if body := text(s.get("/en/crawler?q=b.ex").page(t)); strings.Contains(body, "a.example.org") || !strings.Contains(body, "it asked us not to") {
		t.Error("the ledger cannot be searched")
	}
	s.get("/en/crawler?page=0").want(t, http.StatusBadRequest)
}

func TestChangesPageGoesBackInSteps(t *testing.T) {
	s := open(t)
	for i := range 120 {
		s.world.Changed = append(s.world.Changed, stoa.Change{Seq: uint64(43 + i), At: servertest.Now(), Op: stoa.OpChanged, Record: servertest.ID(i % 20), By: "run:r2"})
	}
	seen, path := 0, "/en/changes"
	for range 10 {
		doc := s.get(path).want(t, http.StatusOK).page(t)
		seen += len(all(doc, "tr", "")) - 1
		path = ""
		for _, a := range all(doc, "a", "") {
			if attr(a, "rel") == "next" {
				path = attr(a, "href")
			}
		}
		if path == "" {
			break
		}
	}
	if seen != 162 {
		t.Errorf("%d changes seen, want 162", seen)
	}
}

func TestFailuresOfTheStoreAreOnePageAndOneLine(t *testing.T) {
	s := open(t, func(w *servertest.World, _ *server.Options) { w.Broken = errBroken })
	a := s.get("/en/").want(t, http.StatusInternalServerError)
	if strings.Contains(a.body, errBroken.Error()) {
		t.Error("the page shows what is inside")
	}
	if got := strings.Count(s.log.String(), "\n"); got != 1 || !strings.Contains(s.log.String(), a.Header.Get("X-Request-Id")) {
		t.Errorf("%d lines logged: %s", got, s.log)
	}
	s.get("/readyz").want(t, http.StatusServiceUnavailable)
	s.get("/healthz").want(t, http.StatusOK)
}
