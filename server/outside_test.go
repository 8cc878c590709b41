package server_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/curate"
	"stoa/server/page"
	"stoa/server/servertest"
)

func TestPublicFormsAreValidInAllLanguages(t *testing.T) {
	s := open(t, withOffice)
	rec := s.world.Entries[servertest.ID(3)]
	link := "/partner/" + seal.Sign("partner", s.lend("ITU").ID)
	for _, code := range stoa.Languages() {
		for _, path := range []string{
			"/report/" + rec.Short, "/report/" + rec.Short + "?sent=1", "/propose", "/propose?what=source&sent=1", link, link + "?faults=1&saved=3",
			curate.EndMailLink(seal, "curator", "digest"), curate.EndMailLink(seal, "curator", "urgent"),
		} {
			a := s.get("/"+code+path).want(t, http.StatusOK)
			for _, f := range faults(a.body) {
				t.Errorf("%s in %s: %s", path, code, f)
			}
			if strings.ContainsAny(text(a.page(t)), "{}") {
				t.Errorf("%s in %s: a place was left unfilled", path, code)
			}
			if a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.body, `content="noindex"`) {
				t.Errorf("%s in %s may be kept or found", path, code)
			}
		}
	}
}

// Every record's page leads to the form, and what comes waits in the queue: quarantined, as text, its address no link.
func TestAMistakeIsReportedAndModerated(t *testing.T) {
	s := open(t, withOffice)
	rec := s.world.Entries[servertest.ID(3)]
	doc := s.get("/fr"+page.Address(rec)).want(t, http.StatusOK)
	if !strings.Contains(doc.body, "/fr/report/"+rec.Short) {
		t.Fatal("the record's page does not lead to the form")
	}
	s.post("/fr/report/"+rec.Short, "text", "").want(t, http.StatusBadRequest)
	s.post("/fr/report/"+rec.Short, "text", "x", "from", "not an address").want(t, http.StatusBadRequest)
	a := s.post("/fr/report/"+rec.Short, "text", "La date est <b>fausse</b> : http://evil.example/", "from", "une.personne@partner.example").want(t, http.StatusSeeOther)
	if to := a.Header.Get("Location"); to != "/fr/report/"+rec.Short+"?sent=1" {
		t.Errorf("sent on to %s", to)
	}
	if len(s.world.Letters) != 1 || s.world.Letters[0].Language != "fr" || s.world.Letters[0].Record != rec.ID {
		t.Fatalf("letters: %+v", s.world.Letters)
	}
	s.signIn("curator")
	queue := s.get("/curate/queue?reason=letter").want(t, http.StatusOK)
	if strings.Contains(queue.body, `href="http://evil.example`) || strings.Contains(queue.body, "<b>fausse") || !strings.Contains(queue.body, "une.personne@partner.example") {
		t.Error("the letter is not shown as plain text")
	}
	form := formWith(t, queue.page(t), "taken")
	a = s.post(attr(form, "action"), append(fields(form), "value", "taken")...).want(t, http.StatusSeeOther)
	if to := a.Header.Get("Location"); to != "/curate/records/"+rec.ID {
		t.Errorf("a mistake that is taken leads to %s", to)
	}
	if body := s.get("/curate/queue?reason=letter").body; strings.Contains(body, "une.personne") {
		t.Error("the letter waits on")
	}
}

func TestAnItemAndASourceAreProposed(t *testing.T) {
	s := open(t, withOffice)
	for _, c := range []struct {
		rule string
		form []string
		want int
	}{
		{"no title", []string{"what", "item", "url", "https://guide.example/"}, http.StatusBadRequest},
		{"an address that is none", []string{"what", "item", "title", "A guide", "url", "javascript:alert(1)"}, http.StatusBadRequest},
		{"mail for an address", []string{"what", "item", "title", "A guide", "url", "mailto:a@b.example"}, http.StatusBadRequest},
		{"a long title", []string{"what", "item", "title", strings.Repeat("t", 400), "url", "https://guide.example/"}, http.StatusBadRequest},
		{"an item", []string{"what", "item", "title", "A guide", "url", "https://guide.example/"}, http.StatusSeeOther},
		{"a source", []string{"what", "source", "title", "A list", "url", "https://list.example/"}, http.StatusSeeOther},
		{"a program that fills in everything is thanked", []string{"what", "item", "title", "Buy", "url", "https://spam.example/", "website", "https://spam.example/"}, http.StatusSeeOther},
	} {
		if a := s.post("/en/propose", c.form...); a.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.rule, a.StatusCode, c.want)
		}
	}
	if len(s.world.Letters) != 2 {
		t.Fatalf("%d letters, want the item and the source", len(s.world.Letters))
	}
	s.signIn("editor")
	for i, want := range []string{"/curate/records/" + servertest.ID(33), "/curate/sources/new?address=https%3A%2F%2Flist.example%2F"} {
		a := s.post("/curate/letters/"+s.world.Letters[i].ID, "action", "answer", "value", "taken").want(t, http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != want {
			t.Errorf("letter %d leads to %s, want %s", i, to, want)
		}
	}
}

func TestLettersAreBoundedByAddress(t *testing.T) {
	s := open(t, withOffice)
	form := []string{"what", "item", "title", "A guide", "url", "https://guide.example/"}
	for range 5 {
		s.post("/en/propose", form...).want(t, http.StatusSeeOther)
	}
	a := s.post("/en/propose", form...).want(t, http.StatusTooManyRequests)
	if a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, `value="A guide"`) {
		t.Error("what was written is lost, or it is not said when to try again")
	}
	s.from = "198.51.100.7:1"
	s.post("/en/propose", form...).want(t, http.StatusSeeOther)
	s.from = "192.0.2.1:4000"
	s.clock.pass(61 * time.Minute)
	s.post("/en/propose", form...).want(t, http.StatusSeeOther)
}

// partnerSite is a site whose organisation ITU Academy holds a link.
func partnerSite(t *testing.T) (s *site, path string, own, foreign stoa.Record) {
	t.Helper()
	s = open(t, withOffice)
	for _, r := range s.world.Entries {
		mine := r.Sightings[0].Source == "itu-academy"
		switch {
		case mine && r.Public() && r.Relevance != stoa.Withdrawn && own.ID == "":
			own = r
		case !mine && foreign.ID == "":
			foreign = r
		}
	}
	return s, "/en/partner/" + seal.Sign("partner", s.lend("ITU Academy").ID), own, foreign
}

func TestAPartnerConfirmsAndWithdrawsItsOwnItemsOnly(t *testing.T) {
	s, path, own, foreign := partnerSite(t)
	a := s.get(path).want(t, http.StatusOK)
	if !strings.Contains(a.body, own.Title) || foreign.Title != "" && strings.Contains(a.body, `value="`+foreign.ID+`"`) {
		t.Error("the page does not show the partner's items alone")
	}
	s.post(path, "action", "confirm", "id", own.ID).want(t, http.StatusSeeOther)
	s.post(path, "action", "withdraw", "id", own.ID).want(t, http.StatusSeeOther)
	s.post(path, "action", "withdraw", "id", foreign.ID).want(t, http.StatusNotFound)
	s.post(path, "action", "accept", "id", own.ID).want(t, http.StatusBadRequest)
	var said []string
	for _, d := range s.world.Rulings[2:] {
		said = append(said, fmt.Sprint(d.Action, " ", d.Subject == own.ID, " ", d.By))
	}
	if got := strings.Join(said, "; "); got != "confirm true partner:ITU Academy; withdraw true partner:ITU Academy" {
		t.Errorf("ruled: %s", got)
	}
}

func TestAPartnerConfirmsItsWholeListAfterSeeingIt(t *testing.T) {
	s, path, _, _ := partnerSite(t)
	before := len(s.world.Rulings)
	preview := s.post(path, "action", "preview").want(t, http.StatusOK)
	if len(s.world.Rulings) != before || !strings.Contains(text(preview.page(t)), "About to be confirmed") {
		t.Error("a preview rules, or shows nothing")
	}
	form := formWith(t, preview.page(t), "all")
	s.post(attr(form, "action"), append(fields(form), "action", "all")...).want(t, http.StatusSeeOther)
	if len(s.world.Rulings) <= before {
		t.Error("nothing was confirmed")
	}
	for _, d := range s.world.Rulings[before:] {
		if d.Action != stoa.Confirm || d.By != "partner:ITU Academy" {
			t.Errorf("ruled %+v", d)
		}
		if d.Batch == "" || d.Batch != s.world.Rulings[before].Batch {
			t.Errorf("the act of %+v is not that of the others", d)
		}
	}
}

// A whole list is one act: one press takes it back.
func TestAListThatACuratorConfirmsIsTakenBackAsOne(t *testing.T) {
	s, _, own, _ := partnerSite(t)
	s.signIn("curator")
	source := own.Sightings[0].Source
	before := len(s.world.Rulings)
	s.post("/curate/stale", "source", source).want(t, http.StatusOK)
	done := s.post("/curate/stale", "source", source, "sure", "1").want(t, http.StatusSeeOther)
	made := len(s.world.Rulings) - before
	if made == 0 {
		t.Fatal("nothing was confirmed")
	}
	form := formWith(t, s.get(done.Header.Get("Location")).want(t, http.StatusOK).page(t), "undo")
	s.post(attr(form, "action"), append(fields(form), "action", "undo")...).want(t, http.StatusSeeOther)
	undone := 0
	for _, d := range s.world.Rulings[before+made:] {
		if d.Action == stoa.Undo {
			undone++
		}
	}
	if undone != made {
		t.Errorf("%d confirmed and %d taken back by one press", made, undone)
	}
}

func TestAPartnersFileIsGuarded(t *testing.T) {
	s, path, own, _ := partnerSite(t)
	own.Title = "=HYPERLINK(\"http://evil.example\")"
	s.world.Entries[own.ID] = own
	a := s.get(path+"/items.csv").want(t, http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if row[0] == own.ID && row[1] != "'"+own.Title {
			t.Errorf("the title is %q", row[1])
		}
	}
}

func TestAPartnersLinkIsSignedEndsAndIsRevoked(t *testing.T) {
	s, path, own, _ := partnerSite(t)
	s.get(path).want(t, http.StatusOK)
	for _, forged := range []string{
		path[:len(path)-2] + "xx", "/en/partner/" + seal.Sign("mail", "dec0000002"), "/en/partner/" + curate.Seal("another key of thirty-two bytes!").Sign("partner", "dec0000002"),
		"/en/partner/" + seal.Sign("partner", "dec0000001"), "/en/partner/x", "/en/partner/..", "/en/partner/" + strings.Repeat("a", 700),
	} {
		if a := s.get(forged); a.StatusCode == http.StatusOK {
			t.Errorf("%s opens", forged)
		}
	}
	s.clock.pass(80 * 24 * time.Hour)
	s.get(path).want(t, http.StatusNotFound)
	s.post(path, "action", "confirm", "id", own.ID).want(t, http.StatusNotFound)

	s, path, own, _ = partnerSite(t)
	s.signIn("editor")
	s.post("/curate/partners", "action", "undo", "id", s.world.Rulings[1].ID).want(t, http.StatusSeeOther)
	s.get(path).want(t, http.StatusNotFound)
	s.get(path+"/items.csv").want(t, http.StatusNotFound)
	s.post(path, "action", "withdraw", "id", own.ID).want(t, http.StatusNotFound)
}

// RFC 8058: a mail program ends the mail by itself, with a POST and nothing else.
func TestMailEndsWithOneClick(t *testing.T) {
	s := open(t, withOffice)
	wishes := stoa.Wishes{Digest: true, Urgent: true}
	if err := s.world.SetMail(t.Context(), "curator", "curator@desk.example", wishes); err != nil {
		t.Fatal(err)
	}
	link := "/en" + curate.EndMailLink(seal, "curator", "digest")
	s.get(link).want(t, http.StatusOK)
	if !s.world.Persons["curator"].Mail.Digest {
		t.Fatal("a GET ends the mail: programs that look at links would too")
	}
	s.post(link, "List-Unsubscribe", "One-Click").want(t, http.StatusOK)
	if m := s.world.Persons["curator"].Mail; m.Digest || !m.Urgent {
		t.Errorf("wishes: %+v", m)
	}
	s.post("/en"+curate.EndMailLink(curate.Seal("another key of thirty-two bytes!"), "curator", "urgent")).want(t, http.StatusNotFound)
	s.post("/en/mail/"+seal.Sign("partner", "urgent curator")).want(t, http.StatusNotFound)
	confirm := "/en" + curate.ConfirmMailLink(seal, "curator", "curator@desk.example")
	s.post(confirm).want(t, http.StatusOK)
	if m := s.world.Persons["curator"].Mail; m.Confirmed != "curator@desk.example" {
		t.Errorf("wishes: %+v", m)
	}
	s.post("/en"+curate.ConfirmMailLink(seal, "curator", "other@desk.example")).want(t, http.StatusNotFound)
}

func TestTheLogIsReadByPersonActionItemAndRuleAndTakenAway(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("curator")
	id := servertest.ID(33)
	s.post("/curate/records/"+id, "action", "refuse", "reason", "out-of-scope")
	s.world.Found[servertest.ID(3)] = []stoa.Finding{{Seq: 7, Subject: servertest.ID(3), Kind: stoa.Link, Rule: "S9", Why: []string{"connection refused"}, At: servertest.Now()}}
	for query, want := range map[string]int{"": 2, "?by=curator": 2, "?by=nobody": 0, "?action=refuse": 1, "?subject=" + id: 1, "?subject=" + id + "&action=set": 0} {
		lines := strings.Split(strings.TrimSpace(s.get("/curate/log.jsonl"+query).want(t, http.StatusOK).body), "\n")
		if lines[0] == "" {
			lines = nil
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(s.get("/curate/log.csv"+query).body, "\ufeff"))).ReadAll()
		if err != nil || len(lines) != want || len(rows) != want+1 {
			t.Errorf("%q: %d lines, %d rows, want %d, %v", query, len(lines), len(rows)-1, want, err)
		}
		s.get("/curate/log"+query).want(t, http.StatusOK)
	}
	if body := text(s.get("/curate/log?rule=S9").page(t)); !strings.Contains(body, "connection refused") {
		t.Error("what a rule did is not told")
	}
	for _, query := range []string{"?before=x", "?action=explode", "?rule=%3Cscript%3E"} {
		s.get("/curate/log"+query).want(t, http.StatusBadRequest)
	}
}

func TestWhatIsStaleIsGroupedAndAnswered(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("curator")
	one, two := servertest.ID(41), servertest.ID(3)
	body := s.get("/curate/stale").want(t, http.StatusOK)
	if !strings.Contains(body.body, `value="`+one+`"`) {
		t.Fatal("the stale record is not on the page")
	}
	before := len(s.world.Rulings)
	for _, c := range []struct {
		rule string
		form []string
		want int
	}{
		{"nothing marked", []string{"action", "confirm"}, http.StatusBadRequest},
		{"one address for two", []string{"action", "url", "value", "https://new.example/", "id", one, "id", two}, http.StatusBadRequest},
		{"an action from elsewhere", []string{"action", "accept", "id", one}, http.StatusBadRequest},
		{"set without a field", []string{"action", "set", "id", one}, http.StatusBadRequest},
		{"many are shown first", []string{"action", "retire", "id", one, "id", two}, http.StatusOK},
		{"a whole list is shown first", []string{"source", "itu-academy"}, http.StatusOK},
	} {
		if a := s.post("/curate/stale", c.form...); a.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.rule, a.StatusCode, c.want)
		}
	}
	if len(s.world.Rulings) != before {
		t.Errorf("%d rulings from previews and mistakes", len(s.world.Rulings)-before)
	}
	for _, form := range [][]string{
		{"action", "snooze", "days", "30", "id", one}, {"action", "archive", "value", "https://archive.example/x", "id", one}, {"action", "url", "value", "https://new.example/", "id", one},
		{"action", "retire", "id", one, "id", two, "sure", "1"}, {"source", "itu-academy", "sure", "1"},
	} {
		s.post("/curate/stale", form...).want(t, http.StatusSeeOther)
	}
	s.world.Second = true
	kept := len(s.world.Rulings)
	a := s.post("/curate/stale", "action", "retire", "id", one, "id", two, "sure", "1").want(t, http.StatusSeeOther)
	if at := a.Header.Get("Location"); !strings.Contains(at, "waits=") || len(s.world.Rulings) != kept || len(s.world.Motions) != 1 || len(s.world.Motions[0].Decisions) != 2 {
		t.Errorf("guidance that is retired waits for a second person as one motion: %s, %d rulings more, motions %+v", at, len(s.world.Rulings)-kept, s.world.Motions)
	}
	made := map[stoa.Action]int{}
	for _, d := range s.world.Rulings[before:] {
		made[d.Action]++
	}
	if made[stoa.Snooze] != 1 || made[stoa.Set] != 2 || made[stoa.Retire] != 2 || made[stoa.Confirm] == 0 {
		t.Errorf("made: %v", made)
	}
}

// What the harvesters found is shown as text: titles and pages of others are never markup here.
func TestJobsAndCapturesAreShownAsText(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("editor")
	for _, form := range [][]string{{"action", "discover", "address", "https://partner.example/"}, {"action", "try", "entry", "sources:\n  - id: x\n"}} {
		to := s.post("/curate/sources/new", form...).want(t, http.StatusSeeOther).Header.Get("Location")
		a := s.get(to).want(t, http.StatusOK)
		for _, f := range faults(a.body) {
			t.Errorf("%s: %s", to, f)
		}
		if strings.Contains(a.body, "<b>bold") {
			t.Errorf("%s: markup of others", to)
		}
	}
	for _, action := range []string{"harvest", "try", "rehearse", "redo"} {
		to := s.post("/curate/sources/itu-academy", "action", action, "entry", "x", "run", "r").want(t, http.StatusSeeOther).Header.Get("Location")
		for _, f := range faults(s.get(to).want(t, http.StatusOK).body) {
			t.Errorf("%s: %s", action, f)
		}
	}
	a := s.get("/curate/captures/1-2-abcdef01").want(t, http.StatusOK)
	if a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a capture is sent as %v", a.Header)
	}
	for _, c := range []struct{ form []string }{{[]string{"action", "discover", "address", "file:///etc/passwd"}}, {[]string{"action", "keep", "entry", "nonsense"}}} {
		s.post("/curate/sources/new", c.form...).want(t, http.StatusBadRequest)
	}
}

// TestAnOfferIsTakenOnTheSourcesPage: whoever may rule on sources can take the address on offer, or stay with the one in use; others see the
// offer alone.
func TestAnOfferIsTakenOnTheSourcesPage(t *testing.T) {
	s := open(t, withOffice)
	s.signIn("viewer")
	const page, offered = "/curate/sources/itu-academy", "https://second.example.org/feed"
	if body := s.get(page).want(t, http.StatusOK).body; !strings.Contains(body, "read from "+offered) || strings.Contains(body, `value="adopt"`) {
		t.Error("a viewer does not see the offer, or may take it")
	}
	s.cookies = map[string]string{}
	s.signIn("editor")
	body := s.get(page).want(t, http.StatusOK).body
	for _, address := range []string{offered, "https://itu-academy.example.org/"} {
		if !strings.Contains(body, `<input type="hidden" name="value" value="`+address+`">`) {
			t.Errorf("no button for %s", address)
		}
	}
	s.post(page, "action", "adopt", "value", offered).want(t, http.StatusSeeOther)
	if d := s.world.Rulings[len(s.world.Rulings)-1]; d.Subject != "itu-academy" || d.Action != stoa.Adopt || d.Value != offered {
		t.Errorf("kept: %+v", d)
	}
}
