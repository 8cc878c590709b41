package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server"
	"stoa/server/page"
	"stoa/server/servertest"
)

// deskPaths are all pages of the desk.
func deskPaths() []string {
	var out []string
	for _, reason := range append([]string{""}, stoa.TaskReasons()...) {
		out = append(out, "/curate/queue?reason="+reason)
	}
	for _, n := range []int{3, 22, 33, 25, 41} {
		out = append(out, "/curate/records/"+servertest.ID(n))
	}
	return append(out, "/curate/runs", "/curate/log", "/curate/queue?done=dec0000001", "/curate/nothing",
		"/curate/account", "/curate/log?rule=S9", "/curate/log?by=curator&action=set", "/curate/numbers", "/curate/stale", "/curate/stale?saved=3", "/curate/sources", "/curate/sources?stage=trusted&q=itu",
		"/curate/sources/itu-academy", "/curate/sources/unidir-events", "/curate/sources/first-news", "/curate/sources/new", "/curate/people", "/curate/partners")
}

func TestDeskPagesAreValidInAllLanguages(t *testing.T) {
	s := open(t, withOffice)
	for _, role := range []string{"viewer", "curator", "admin"} {
		s.cookies = map[string]string{}
		s.signIn(role)
		for _, code := range stoa.Languages() {
			for _, path := range deskPaths() {
				mark := "?"
				if strings.Contains(path, "?") {
					mark = "&"
				}
				a := s.get(path + mark + "language=" + code)
				for _, f := range faults(a.body) {
					t.Errorf("%s in %s: %s", path, code, f)
				}
				if strings.Contains(a.body, "{") || strings.Contains(a.body, "%!") {
					t.Errorf("%s in %s: a place was left unfilled", path, code)
				}
				root := all(a.page(t), "html", "")[0]
				if attr(root, "lang") != code || code == "ar" != (attr(root, "dir") == "rtl") {
					t.Errorf("%s in %s: lang %q, dir %q", path, code, attr(root, "lang"), attr(root, "dir"))
				}
			}
		}
		for _, f := range faults(s.get("/curate/login").body) {
			t.Errorf("sign-in: %s", f)
		}
	}
}

func TestAcceptedOnTheDeskIsSeenInPublic(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	rec := s.world.Entries[servertest.ID(33)]
	s.get("/en"+page.Address(rec)).want(t, http.StatusNotFound)
	doc := s.get("/curate/queue?reason=new").want(t, http.StatusOK).page(t)
	form := formWith(t, doc, "accept")
	a := s.post(attr(form, "action"), append(fields(form), "action", "accept")...).want(t, http.StatusSeeOther)
	if !strings.HasPrefix(a.Header.Get("Location"), "/curate/queue?") || !strings.Contains(a.Header.Get("Location"), "done=") {
		t.Errorf("after the form to %s", a.Header.Get("Location"))
	}
	s.get("/en"+page.Address(rec)).want(t, http.StatusOK)
	next := s.get(a.Header.Get("Location")).want(t, http.StatusOK)
	if !strings.Contains(next.body, "Saved.") {
		t.Error("the desk does not say that it is saved")
	}
	undo := formWith(t, next.page(t), "undo")
	s.post(attr(undo, "action"), append(fields(undo), "action", "undo")...).want(t, http.StatusSeeOther)
	s.get("/en"+page.Address(rec)).want(t, http.StatusNotFound)
}

// formWith finds the form with a button for an action.
func formWith(t *testing.T, doc *htmlNode, action string) *htmlNode {
	t.Helper()
	for _, form := range all(doc, "form", "") {
		for _, b := range all(form, "button", "") {
			if attr(b, "value") == action {
				return form
			}
		}
	}
	t.Fatalf("no form to %s", action)
	return nil
}

// fields are the hidden inputs of a form, as pairs.
func fields(form *htmlNode) []string {
	var out []string
	for _, in := range all(form, "input", "") {
		if attr(in, "type") == "hidden" {
			out = append(out, attr(in, "name"), attr(in, "value"))
		}
	}
	return out
}

func TestRefusedNeedsAReasonFromTheList(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	path := "/curate/records/" + servertest.ID(33)
	s.post(path, "action", "refuse").want(t, http.StatusBadRequest)
	s.post(path, "action", "refuse", "reason", "mood").want(t, http.StatusBadRequest)
	s.post(path, "action", "refuse", "reason", "commercial").want(t, http.StatusSeeOther)
	if r := s.world.Entries[servertest.ID(33)]; r.State != stoa.Refused || r.Reason != "commercial" {
		t.Errorf("%s %s", r.State, r.Reason)
	}
	s.post(path, "action", "release").want(t, http.StatusBadRequest)
	s.post(path, "action", "explode").want(t, http.StatusBadRequest)
	s.post("/curate/records/nothing", "action", "accept").want(t, http.StatusNotFound)
}

func TestSettingThePillarKeepsTheOthersBehindIt(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	s.post("/curate/records/"+servertest.ID(3), "action", "set", "field", "pillars", "value", "organizational").want(t, http.StatusSeeOther)
	if got := fmt.Sprint(s.world.Entries[servertest.ID(3)].Pillars); got != "[organizational capacity cooperation]" {
		t.Errorf("pillars %s", got)
	}
}

func TestTheLaterOfTwoCuratorsSeesBoth(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	form := formWith(t, s.get("/curate/records/"+servertest.ID(33)).page(t), "accept")
	s.post(attr(form, "action"), "action", "set", "field", "title", "value", "Another title")
	a := s.post(attr(form, "action"), append(fields(form), "action", "set", "field", "title", "value", "My title")...).want(t, http.StatusConflict)
	for _, want := range []string{"Not saved.", "Another title", "My title"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, f := range faults(a.body) {
		t.Error(f)
	}
}

func TestHeldRunsAreReleasedOnTheDesk(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	form := formWith(t, s.get("/curate/runs").want(t, http.StatusOK).page(t), "release")
	to := s.post(attr(form, "action"), append(fields(form), "action", "release")...).want(t, http.StatusSeeOther).Header.Get("Location")
	body := s.get(to).body
	if !strings.Contains(body, "No run waits.") {
		t.Error("the run still waits")
	}
	if !strings.Contains(body, "Release</p>") {
		t.Errorf("%s does not say what was done", to)
	}
	late := s.post(attr(form, "action"), append(fields(form), "action", "release")...).want(t, http.StatusConflict)
	if !strings.Contains(late.body, `href="/curate/queue"`) {
		t.Error("the page of an error leads away from the desk")
	}
}

// Whoever is asked to sign in is told why, and a store's refusal is told in the language of the page.
func TestTheDoorSaysWhyOneStandsBeforeIt(t *testing.T) {
	s := open(t)
	lost := s.post("/curate/records/"+servertest.ID(1), "action", "accept").want(t, http.StatusSeeOther).Header.Get("Location")
	s.get(lost).want(t, http.StatusOK).has(t, "what you sent last was not kept")
	s.get("/curate/login?next=/curate/log").want(t, http.StatusOK).has(t, "you go on to the page")
	if body := s.get("/curate/login?why=<b>").want(t, http.StatusOK).body; strings.Contains(body, `class="note`) || strings.Contains(body, `href="/curate/queue"`) {
		t.Error("the door says something nobody asked, or offers what is behind it")
	}
	s.signIn("curator")
	s.get(s.post("/curate/logout").want(t, http.StatusSeeOther).Header.Get("Location")).has(t, "You are signed out.")
	s.signIn("curator")
	s.get("/curate/account?language=fr").has(t, "Langue du bureau")
	s.post("/curate/records/"+servertest.ID(1), "action", "explode").want(t, http.StatusBadRequest).has(t, "attendu : une valeur qui a sa place ici")
}

func TestConflictsAreSettledOnTheDesk(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	doc := s.get("/curate/queue?reason=conflict").want(t, http.StatusOK).page(t)
	if ins, del := all(doc, "ins", ""), all(doc, "del", ""); len(ins) == 0 || len(del) == 0 || text(ins[0]) != "Eighth" || text(del[0]) != "Seventh" {
		t.Error("the difference is not shown word by word")
	}
	form := formWith(t, doc, "theirs")
	s.post(attr(form, "action"), append(fields(form), "value", "theirs")...).want(t, http.StatusSeeOther)
	if d := s.world.Rulings[len(s.world.Rulings)-1]; d.Action != stoa.Settle || d.Subject != "418" || d.Value != "theirs" {
		t.Errorf("ruled %+v", d)
	}
}

func TestT20SignInGivesANewSessionThatEnds(t *testing.T) {
	s := open(t)
	s.cookies["stoa_session"] = "planted-by-somebody-else-0123456789"
	s.signIn("curator")
	first := s.cookies["stoa_session"]
	if first == "planted-by-somebody-else-0123456789" || first == "" {
		t.Fatal("the session of before is used on")
	}
	s.get("/curate/queue").want(t, http.StatusOK)
	s.signIn("curator")
	if s.cookies["stoa_session"] == first || s.world.SessionCount() != 1 {
		t.Errorf("a second sign-in leaves %d sessions", s.world.SessionCount())
	}
	second := s.cookies["stoa_session"]
	s.post("/curate/logout").want(t, http.StatusSeeOther)
	s.cookies["stoa_session"] = second
	s.get("/curate/queue").want(t, http.StatusSeeOther)
}

func TestT20SessionsTurnIdleAndEnd(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	first := s.cookies["stoa_session"]
	s.clock.pass(31 * time.Minute)
	s.get("/curate/queue").want(t, http.StatusOK)
	if s.cookies["stoa_session"] == first {
		t.Error("the secret does not change with time")
	}
	turned := s.cookies["stoa_session"]
	s.cookies["stoa_session"] = first
	s.get("/curate/queue").want(t, http.StatusSeeOther)
	s.cookies["stoa_session"] = turned
	s.clock.pass(121 * time.Minute)
	s.get("/curate/queue").want(t, http.StatusSeeOther)
	s.signIn("curator")
	for range 13 { // busy all day
		s.clock.pass(time.Hour)
		s.get("/curate/queue")
	}
	s.get("/curate/queue").want(t, http.StatusSeeOther)
}

func TestT20SessionsFollowTheAccount(t *testing.T) {
	s := open(t)
	s.signIn("curator")
	u := s.world.Persons["curator"]
	u.Role = stoa.Viewer
	s.world.Persons["curator"] = u
	s.post("/curate/records/"+servertest.ID(33), "action", "accept").want(t, http.StatusForbidden)
	u.Disabled = true
	s.world.Persons["curator"] = u
	s.get("/curate/queue").want(t, http.StatusSeeOther)
	if a := s.post("/curate/login", "name", "curator", "password", "curator-password"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a disabled account signs in: %d", a.StatusCode)
	}
}

func TestT20CookiesAreOutOfReach(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := open(t, func(_ *servertest.World, o *server.Options) {
			if secure {
				o.PublicURL = "https://stoa.example"
			}
		})
		a := s.post("/curate/login", "name", "curator", "password", "curator-password").want(t, http.StatusSeeOther)
		for _, c := range a.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || secure && c.Name != "__Host-stoa" || c.MaxAge != 0 {
				t.Errorf("secure %t: %+v", secure, c)
			}
		}
		if len(a.Cookies()) != 1 {
			t.Errorf("%d cookies", len(a.Cookies()))
		}
		if len(s.get("/en/").Header.Values("Set-Cookie")) != 0 {
			t.Error("readers get cookies")
		}
	}
}

func TestT21WrongSignInsTellNothingAndCostTime(t *testing.T) {
	asked := 0
	counting := func(_ *servertest.World, o *server.Options) {
		o.Password = func(hash, password string) bool { asked++; return servertest.Password(hash, password) }
	}
	s := open(t, counting)
	known := s.post("/curate/login", "name", "curator", "password", "wrong").want(t, http.StatusUnauthorized)
	unknown := s.post("/curate/login", "name", "nobody9", "password", "wrong").want(t, http.StatusUnauthorized)
	if strings.ReplaceAll(known.body, "curator", "X") != strings.ReplaceAll(unknown.body, "nobody9", "X") || asked != 2 {
		t.Errorf("known and unknown names are told apart; %d passwords checked", asked)
	}
	if strings.Contains(known.body, "wrong\"") {
		t.Error("the page gives the password back")
	}
	tried, waited := 0, 0
	for range 1000 {
		switch s.post("/curate/login", "name", "curator", "password", "guess").StatusCode {
		case http.StatusUnauthorized:
			tried++
		case http.StatusTooManyRequests:
			waited++
		}
	}
	if tried > 5 || tried+waited != 1000 {
		t.Errorf("%d of 1000 guesses were looked at", tried)
	}
	if a := s.post("/curate/login", "name", "curator", "password", "curator-password"); a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("from the guesser's address, even the right one: %d", a.StatusCode)
	}
	s.from = "198.51.100.20:1" // the real person, elsewhere, waits some seconds at most
	s.clock.pass(5 * time.Second)
	s.signIn("curator")
}

func TestT21GuessingOverManyNamesWaitsToo(t *testing.T) {
	s := open(t)
	tried := 0
	for i := range 200 {
		if s.post("/curate/login", "name", fmt.Sprintf("name%d", i), "password", "x").StatusCode == http.StatusUnauthorized {
			tried++
		}
	}
	if tried > 12 {
		t.Errorf("%d of 200 names were tried", tried)
	}
}

func TestT24NextLeadsOnlyToOwnPaths(t *testing.T) {
	b, err := os.ReadFile("../testdata/suites/payloads/open-redirect.txt")
	if err != nil {
		t.Fatal(err)
	}
	payloads := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(payloads) < 60 {
		t.Fatalf("%d payloads", len(payloads))
	}
	payloads = append(payloads, "https://evil.example/", "//evil.example", "/\\evil.example", "/curate/../../evil", "/curate//evil.example", "/curate/\t/evil.example", "/curate/%2f/evil.example",
		"/curate/queue\r\nSet-Cookie: x=1", "javascript:alert(1)", "/curate/logout", "/curate/login?next=/x", "/en/", "\\\\evil.example", "http:/curate/queue", strings.Repeat("/curate/", 400))
	for _, next := range payloads {
		s := open(t)
		a := s.post("/curate/login", "name", "curator", "password", "curator-password", "next", next)
		if got := a.Header.Get("Location"); got != "/curate/queue" {
			t.Errorf("next=%q leads to %q", next, got)
		}
		a = s.post("/curate/records/"+servertest.ID(33), "action", "accept", "next", next)
		if got := a.Header.Get("Location"); !strings.HasPrefix(got, "/curate/queue?done=") {
			t.Errorf("after a form, next=%q leads to %q", next, got)
		}
	}
	s := open(t)
	to := s.get("/curate/log?before=40").want(t, http.StatusSeeOther).Header.Get("Location")
	if to != "/curate/login?next=%2Fcurate%2Flog%3Fbefore%3D40" {
		t.Errorf("asked to sign in at %s", to)
	}
	doc := s.get(to).page(t)
	if a := s.post("/curate/login", append(fields(all(doc, "form", "find")[0]), "name", "curator", "password", "curator-password")...); a.Header.Get("Location") != "/curate/log?before=40" {
		t.Errorf("after sign-in to %s", a.Header.Get("Location"))
	}
}

func TestLanguageOfTheDeskIsKept(t *testing.T) {
	s := open(t)
	s.get("/curate/login?language=ar")
	s.signIn("curator")
	if root := all(s.get("/curate/queue").page(t), "html", "")[0]; attr(root, "dir") != "rtl" {
		t.Error("the desk forgets its language")
	}
	r := httptest.NewRequest(http.MethodGet, "/curate/queue?language=%3Cscript%3E", nil)
	if a := s.do(r).want(t, http.StatusOK); strings.Contains(a.body, "<script>") {
		t.Error("the language reaches the page")
	}
}

func TestTheLogTellsWhoRuledWhat(t *testing.T) {
	s := open(t)
	s.signIn("editor")
	s.post("/curate/records/"+servertest.ID(33), "action", "refuse", "reason", "out-of-scope")
	body := text(s.get("/curate/log").want(t, http.StatusOK).page(t))
	for _, want := range []string{"editor", "Refuse · Out of scope", "Ciberdelincuencia", "Set · Summary", "Seventh edition"} {
		if !strings.Contains(body, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	s.get("/curate/log?before=x").want(t, http.StatusBadRequest)
}
