package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

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
