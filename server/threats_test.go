package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/servertest"
)

// T19: no form of any route is taken from another site, whatever the browser says of it; nor is a form that claims to be
// another method.
func TestT19NoFormIsTakenFromAnotherSite(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("admin")
	rulings, letters := len(s.world.Rulings), len(s.world.Letters)
	n := 0
	for pattern, rows := range table(s) {
		for _, c := range rows {
			if !strings.HasPrefix(pattern, "POST ") || c.form == nil {
				continue
			}
			n++
			for name, headers := range map[string][2]string{
				"another origin": {"Origin", "https://evil.example"}, "a null origin": {"Origin", "null"}, "a cross-site request": {"Sec-Fetch-Site", "cross-site"}, "a sister site": {"Sec-Fetch-Site", "same-site"},
			} {
				body := url.Values{}
				for i := 0; i+1 < len(c.form); i += 2 {
					body.Add(c.form[i], c.form[i+1])
				}
				r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(body.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("X-HTTP-Method-Override", "GET")
				r.Header.Set(headers[0], headers[1])
				if a := s.do(r); a.StatusCode != http.StatusForbidden {
					t.Errorf("%s from %s: %d", pattern, name, a.StatusCode)
				}
			}
		}
	}
	if n < 20 {
		t.Fatalf("%d forms tried: the test would pass on anything", n)
	}
	if got := len(s.world.Rulings); got > rulings+n || len(s.world.Letters) > letters+n { // the table itself lends links and writes letters
		t.Errorf("%d rulings, %d letters", got, len(s.world.Letters))
	}
	for _, ruled := range s.world.Rulings[rulings:] {
		if ruled.By != "editor" || ruled.Action != stoa.Invite {
			t.Errorf("ruled %+v", ruled)
		}
	}
}

// T19: a program's call in a form that any page may send is no call.
func TestT19PlainTextIsNoCall(t *testing.T) {
	s := open(t, withOffice)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", ""} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/decisions", strings.NewReader(`{"subject":"x","action":"accept"}`))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "Bearer "+tokenOf("admin"))
		if a := s.do(r); a.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %d", kind, a.StatusCode)
		}
	}
}

// T20: a session can be ended from elsewhere: by its owner, and by an admin.
func TestT20SessionsAreListedAndRevoked(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("curator")
	first := s.cookies["stoa_session"]
	s.cookies = map[string]string{}
	s.from = "198.51.100.9:1"
	s.signIn("curator")
	body := text(s.get("/curate/account").want(t, http.StatusOK).page(t))
	if !strings.Contains(body, "192.0.2.1") || !strings.Contains(body, "198.51.100.9") || !strings.Contains(body, "this one") {
		t.Errorf("the page does not list both:\n%s", body)
	}
	s.post("/curate/account", "action", "end-others").want(t, http.StatusSeeOther)
	second := s.cookies["stoa_session"]
	s.cookies["stoa_session"] = first
	s.get("/curate/queue").want(t, http.StatusSeeOther)
	s.cookies["stoa_session"] = second
	s.get("/curate/queue").want(t, http.StatusOK)

	s.cookies = map[string]string{}
	s.signIn("admin")
	s.post("/curate/people", "name", "curator", "action", "end-all").want(t, http.StatusSeeOther)
	s.cookies["stoa_session"] = second
	s.get("/curate/queue").want(t, http.StatusSeeOther)
}

// T20: nobody ends the session of another by knowing its handle; a change of rights or of the password ends what there was.
func TestT20SessionsOfOthersAreOutOfReach(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("curator")
	theirs, err := s.world.Sessions(t.Context(), "curator")
	if err != nil || len(theirs) != 1 {
		t.Fatalf("%d sessions, %v", len(theirs), err)
	}
	curator := s.cookies["stoa_session"]
	s.cookies = map[string]string{}
	s.signIn("viewer")
	s.post("/curate/account", "action", "end", "id", theirs[0].ID).want(t, http.StatusNotFound)
	s.post("/curate/account", "action", "token-end", "id", "t-admin").want(t, http.StatusNotFound)
	s.cookies = map[string]string{}
	s.signIn("admin")
	s.post("/curate/people", "name", "curator", "action", "role", "role", "editor").want(t, http.StatusSeeOther)
	s.post("/curate/people", "name", "admin", "action", "disable").want(t, http.StatusBadRequest)
	s.cookies["stoa_session"] = curator
	s.get("/curate/queue").want(t, http.StatusSeeOther)
}

// T21: guessing the present password on the account page costs as much as at the sign-in, and the right one signs out.
func TestT21ThePasswordIsNotGuessedOnTheAccountPage(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("curator")
	const next = "a new sentence as password"
	s.post("/curate/account", "action", "password", "password", "curator-password", "new", "short").want(t, http.StatusBadRequest)
	looked := 0
	for range 100 {
		if s.post("/curate/account", "action", "password", "password", "guess", "new", next).StatusCode == http.StatusForbidden {
			looked++
		}
	}
	if looked > 5 {
		t.Errorf("%d of 100 guesses were looked at", looked)
	}
	s.clock.pass(30 * time.Minute)
	s.post("/curate/account", "action", "password", "password", "curator-password", "new", next).want(t, http.StatusSeeOther)
	s.post("/curate/login", "name", "curator", "password", "curator-password").want(t, http.StatusUnauthorized)
	s.clock.pass(30 * time.Minute)
	s.post("/curate/login", "name", "curator", "password", next).want(t, http.StatusSeeOther)
}

// T22: no page of the desk gives away a hash, and a token's secret is shown once.
func TestT22SecretsAreShownOnceOrNever(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("admin")
	if strings.Contains(s.get("/curate/people").body, "hash of") {
		t.Error("the page of accounts shows hashes")
	}
	a := s.post("/curate/account", "action", "token", "name", "mirror", "role", "viewer", "scope", "read", "days", "30").want(t, http.StatusOK)
	if !strings.Contains(a.body, "stoa_new-token") || a.Header.Get("Cache-Control") != "no-store" {
		t.Error("the new token is not shown, or may be kept")
	}
	if strings.Contains(s.get("/curate/account").body, "stoa_new-token") || strings.Contains(s.log.String(), "stoa_new-token") {
		t.Error("the token is shown again, or logged")
	}
	s.post("/curate/account", "action", "token", "scope", "everything", "days", "30").want(t, http.StatusBadRequest)
	s.post("/curate/account", "action", "token", "days", "30").want(t, http.StatusBadRequest)
	s.post("/curate/account", "action", "token", "scope", "read", "days", "4000").want(t, http.StatusBadRequest)
}

// T23: a token opens what its scopes name, whatever its role may.
func TestT23TokensKeepToTheirScopes(t *testing.T) {
	held := ""
	for _, c := range []struct {
		scope stoa.Scope
		may   []string
	}{
		{stoa.ScopeRead, []string{"queue"}}, {stoa.ScopeRecords, []string{"accept"}}, {stoa.ScopeRuns, []string{"release"}}, {stoa.ScopeSources, []string{"stage"}},
		{stoa.ScopePeople, []string{"invite"}}, {"", []string{"queue", "accept", "release", "stage", "invite"}},
	} {
		for _, what := range []string{"queue", "accept", "release", "stage", "invite"} {
			s := open(t, withOffice)
			held = s.world.Tasks[0].Subject
			token := stoa.Token{ID: "scoped", User: "admin", Role: stoa.Admin}
			if c.scope != "" {
				token.Scopes = []stoa.Scope{c.scope}
			}
			const secret = "stoa_scoped-token-0123456789"
			s.world.Programs[secret] = token
			var a answer
			switch what {
			case "queue":
				a = s.get("/api/v1/queue", "Authorization", "Bearer "+secret)
			case "accept":
				a = s.send("/api/v1/decisions", secret, `{"subject":"`+servertest.ID(33)+`","action":"accept"}`)
			case "release":
				a = s.send("/api/v1/runs/"+held+"/release", secret, "{}")
			case "stage":
				a = s.send("/api/v1/decisions", secret, `{"subject":"itu-academy","action":"stage","value":"trusted"}`)
			case "invite":
				a = s.send("/api/v1/decisions", secret, `{"subject":"ITU","action":"invite","value":"2027-01-31"}`)
			}
			if may := slices.Contains(c.may, what); may == (a.StatusCode == http.StatusForbidden) || a.StatusCode >= 500 {
				t.Errorf("a token for %q on %s: %d", c.scope, what, a.StatusCode)
			}
		}
	}
}
