package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server/servertest"
)

// in decodes an answer.
func in[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in %.300s", err, a.body)
	}
	return v
}

type listing struct {
	Records []stoa.Record `json:"records"`
	Next    string        `json:"next"`
	Total   *int          `json:"total"`
}

type trouble struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
	Request  string `json:"request"`
	Errors   []struct{ Field, Text string }
	Current  map[string]any
	Yours    map[string]any
}

// problem checks the form of an error.
func problem(t *testing.T, a answer, status int, name string) trouble {
	t.Helper()
	a.want(t, status)
	p := in[trouble](t, a)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("type of the problem: %s", got)
	}
	if p.Status != status || p.Type != publicURL+"/problems/"+name || p.Title == "" || p.Instance == "" || p.Request != a.Header.Get("X-Request-Id") {
		t.Errorf("problem %+v, want %d %s", p, status, name)
	}
	return p
}

func TestCursorsWalkAllRecordsOnce(t *testing.T) {
	s := open(t)
	for _, start := range []string{"/api/v1/records?limit=7", "/api/v1/records?limit=7&stale=1", "/api/v1/records?limit=3&pillar=technical&kind=programme", "/api/v1/records?limit=4&changed_since=2026-11-01"} {
		want := in[listing](t, s.get(strings.ReplaceAll(start, "limit=", "limit=50&x="))).Records
		var got []string
		pages := 0
		for path := start; path != ""; pages++ {
			a := s.get(path).want(t, http.StatusOK)
			l := in[listing](t, a)
			for _, r := range l.Records {
				got = append(got, r.ID)
			}
			path = ""
			if l.Next != "" {
				path = start + "&cursor=" + l.Next
				link := a.Header.Get("Link")
				if !strings.Contains(link, "cursor="+l.Next) || !strings.HasSuffix(link, `>; rel="next"`) || !strings.HasPrefix(link, "<"+publicURL) {
					t.Errorf("%s: Link %q", start, link)
				}
			}
		}
		var ids []string
		for _, r := range want {
			ids = append(ids, r.ID)
		}
		if !slices.Equal(got, ids) || len(got) == 0 || pages < 2 {
			t.Errorf("%s: %d records in %d parts, want %d", start, len(got), pages, len(ids))
		}
	}
}

func TestChangedSinceIsTheNewestFirst(t *testing.T) {
	s := open(t)
	l := in[listing](t, s.get("/api/v1/records?changed_since=2026-11-13&limit=500"))
	for i, r := range l.Records {
		if r.Changed.Before(time.Date(2026, 11, 13, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s changed %s", r.ID, r.Changed)
		}
		if i > 0 && r.Changed.After(l.Records[i-1].Changed) {
			t.Errorf("%s stands after an older one", r.ID)
		}
	}
	if len(l.Records) == 0 {
		t.Error("nothing changed")
	}
	problem(t, s.get("/api/v1/records?changed_since=yesterday"), http.StatusBadRequest, "invalid")
}

func TestListsHideWhatPagesHide(t *testing.T) {
	s := open(t)
	l := in[listing](t, s.get("/api/v1/records?limit=500&count=1"))
	if l.Total == nil || *l.Total != len(l.Records) {
		t.Errorf("total %v of %d", l.Total, len(l.Records))
	}
	for _, r := range l.Records {
		if r.State != stoa.Listed || r.Stale() {
			t.Errorf("%s is %s, stale %t", r.ID, r.State, r.Stale())
		}
		for field, p := range r.Provenance {
			if strings.HasPrefix(p.By, "person:") {
				t.Errorf("%s.%s names %s", r.ID, field, p.By)
			}
		}
		if r.Pillars == nil || r.Countries == nil || r.Regions == nil || r.Marks == nil || r.Relations == nil || r.Sightings == nil || r.Organisations == nil {
			t.Errorf("%s: a list is null", r.ID)
		}
	}
	problem(t, s.get("/api/v1/records?state=pending"), http.StatusUnauthorized, "unauthorized")
	problem(t, s.get("/api/v1/records?state=secret", "Authorization", "Bearer "+tokenOf("viewer")), http.StatusBadRequest, "invalid")
	a := s.get("/api/v1/records?state=pending&limit=2", "Authorization", "Bearer "+tokenOf("viewer")).want(t, http.StatusOK)
	first := in[listing](t, a)
	if len(first.Records) != 2 || first.Next == "" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d pending, next %q, %s", len(first.Records), first.Next, a.Header.Get("Cache-Control"))
	}
	rest := in[listing](t, s.get("/api/v1/records?state=pending&limit=2&cursor="+first.Next, "Authorization", "Bearer "+tokenOf("viewer")))
	if len(rest.Records) != 1 || rest.Next != "" {
		t.Errorf("%d more pending, next %q", len(rest.Records), rest.Next)
	}
}

func TestOneRecordByItsNames(t *testing.T) {
	s := open(t)
	r := s.world.Entries[servertest.ID(0)]
	a := s.get("/api/v1/records/"+r.ID).want(t, http.StatusOK)
	if got := in[stoa.Record](t, a); got.Title != r.Title || got.Deadline != r.Deadline || len(got.Sightings) != 1 || got.Provenance["deadline"].By == "" {
		t.Errorf("%+v", got)
	}
	if !strings.HasPrefix(a.Header.Get("ETag"), fmt.Sprintf(`"%d-`, r.Version)) {
		t.Errorf("ETag %s does not begin with the version %d", a.Header.Get("ETag"), r.Version)
	}
	s.get("/api/v1/records/"+r.Short).want(t, http.StatusOK)
	problem(t, s.get("/api/v1/records/nothing"), http.StatusNotFound, "not-found")
	problem(t, s.get("/api/v1/records/"+servertest.ID(33)), http.StatusNotFound, "not-found")
	s.get("/api/v1/records/"+servertest.ID(33), "Authorization", "Bearer "+tokenOf("viewer")).want(t, http.StatusOK)
	if p := problem(t, s.get("/api/v1/records/"+servertest.ID(40)), http.StatusGone, "gone"); p.Current["relevance"] != "withdrawn" {
		t.Errorf("gone, and says %v", p.Current)
	}
	gone := s.world.Entries[servertest.ID(40)]
	gone.Relations = []stoa.RelationTo{{Relation: stoa.Supersedes, Record: servertest.ID(5)}, {Relation: stoa.Supersedes, Record: r.ID, Inverse: true}}
	s.world.Entries[gone.ID] = gone
	if p := problem(t, s.get("/api/v1/records/"+gone.ID), http.StatusGone, "gone"); p.Current["replaced_by"] != r.ID {
		t.Errorf("replaced by %v, want %s", p.Current["replaced_by"], r.ID)
	}
	merged := s.world.Entries[servertest.ID(27)]
	merged.MergedInto = r.ID
	s.world.Entries[merged.ID] = merged
	if a := s.get("/api/v1/records/"+merged.ID).want(t, http.StatusMovedPermanently); a.Header.Get("Location") != "/api/v1/records/"+r.ID {
		t.Errorf("merged leads to %s", a.Header.Get("Location"))
	}
}

func TestTheLogOfChanges(t *testing.T) {
	s := open(t)
	type log struct {
		Changes []stoa.Change
		Next    uint64
	}
	first := in[log](t, s.get("/api/v1/changes?since=0&limit=10"))
	if len(first.Changes) != 10 || first.Next != 10 || first.Changes[0].Seq != 1 {
		t.Errorf("%d changes from %d, next %d", len(first.Changes), first.Changes[0].Seq, first.Next)
	}
	rest := in[log](t, s.get("/api/v1/changes?since=10"))
	if len(rest.Changes) != 32 || rest.Next != 42 {
		t.Errorf("%d more, next %d", len(rest.Changes), rest.Next)
	}
	end := s.get("/api/v1/changes?since=42")
	if l := in[log](t, end); l.Next != 42 || !strings.Contains(end.body, `"changes":[]`) {
		t.Errorf("at the end: %s", end.body)
	}
	problem(t, s.get("/api/v1/changes?since=-1"), http.StatusBadRequest, "invalid")
}

func TestSourcesSayHowTheyAre(t *testing.T) {
	s := open(t)
	type source struct {
		ID, Disabled string
		Known        int
		Last, Good   *stoa.Run
		Next         *time.Time
		Runs         []stoa.Run
	}
	all := in[struct{ Sources []source }](t, s.get("/api/v1/sources")).Sources
	if len(all) != len(s.world.Listings) {
		t.Fatalf("%d sources", len(all))
	}
	for _, one := range all {
		if one.Disabled == "" && (one.Last == nil || one.Next == nil || one.Known == 0) {
			t.Errorf("%s does not say its last and next run", one.ID)
		}
	}
	one := in[source](t, s.get("/api/v1/sources/asean-centre"))
	if one.Last.Outcome != stoa.Failed || one.Last.Code != "dns" || one.Good == nil || len(one.Runs) != 10 {
		t.Errorf("%+v", one)
	}
	problem(t, s.get("/api/v1/sources/nothing"), http.StatusNotFound, "not-found")
}

func TestBadCallsAreProblems(t *testing.T) {
	s := open(t)
	p := problem(t, s.get("/api/v1/records?pillar=x&sort=y&limit=5"), http.StatusBadRequest, "invalid")
	if len(p.Errors) != 2 {
		t.Errorf("%d faults told, want both: %+v", len(p.Errors), p.Errors)
	}
	for _, query := range []string{"limit=0", "limit=x", "cursor=%21%21", "cursor=bm9uc2Vuc2U", "cursor=aWQ6eA", "page=1000000000"} {
		problem(t, s.get("/api/v1/records?"+query), http.StatusBadRequest, "invalid")
	}
	problem(t, s.get("/api/v1/nothing"), http.StatusNotFound, "not-found")
	if l := in[listing](t, s.get("/api/v1/records?limit=1000000000")); len(l.Records) < 30 {
		t.Errorf("a huge limit gives %d records", len(l.Records))
	}
	if p := problem(t, s.get("/api/v1/records?limit=x", "Accept-Language", "fr"), http.StatusBadRequest, "invalid"); p.Title != "La demande est erronée" {
		t.Errorf("title in French: %q", p.Title)
	}
}

func TestDecidingNeedsARightfulToken(t *testing.T) {
	s := open(t)
	body := fmt.Sprintf(`{"subject":%q,"action":"accept"}`, servertest.ID(33))
	problem(t, s.send("/api/v1/decisions", "", body), http.StatusUnauthorized, "unauthorized")
	for _, token := range []string{"short", "stoa_token-of-nobody-0123456789", strings.Repeat("x", 500)} {
		if a := s.send("/api/v1/decisions", token, body); a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%.20s: no challenge", token)
		} else {
			problem(t, a, http.StatusUnauthorized, "unauthorized")
		}
	}
	problem(t, s.get("/api/v1/queue", "Authorization", "Basic Y3VyYXRvcjp4"), http.StatusUnauthorized, "unauthorized")
	problem(t, s.send("/api/v1/decisions", tokenOf("viewer"), body), http.StatusForbidden, "forbidden")
	problem(t, s.send("/api/v1/decisions", tokenOf("curator"), `{"subject":"itu-academy","action":"stage","value":"trusted"}`), http.StatusForbidden, "forbidden")
	s.send("/api/v1/decisions", tokenOf("editor"), `{"subject":"itu-academy","action":"stage","value":"trusted"}`).want(t, http.StatusCreated)
	made := in[stoa.Decision](t, s.send("/api/v1/decisions", tokenOf("curator"), strings.Replace(body, "}", `,"by":"somebody else"}`, 1)).want(t, http.StatusCreated))
	if made.By != "curator" || made.ID == "" || made.Action != stoa.Accept {
		t.Errorf("made %+v", made)
	}
	s.get("/api/v1/records/"+servertest.ID(33)).want(t, http.StatusOK)
}

func TestBadDecisionsAreToldWhy(t *testing.T) {
	s := open(t)
	token := tokenOf("curator")
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"not JSON":        {"accept", http.StatusBadRequest},
		"two objects":     {`{} {}`, http.StatusBadRequest},
		"unknown action":  {`{"subject":"x","action":"explode"}`, http.StatusBadRequest},
		"unknown reason":  {fmt.Sprintf(`{"subject":%q,"action":"refuse","reason":"mood"}`, servertest.ID(33)), http.StatusBadRequest},
		"unknown subject": {`{"subject":"nobody","action":"accept"}`, http.StatusNotFound},
	} {
		if a := s.send("/api/v1/decisions", token, c.body); a.StatusCode != c.status {
			t.Errorf("%s: %d, want %d: %s", name, a.StatusCode, c.status, a.body)
		}
	}
	problem(t, s.send("/api/v1/decisions", token, `{}`, "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "media-type")
	problem(t, s.send("/api/v1/decisions", token, `{"subject":"x","action":"explode"}`), http.StatusBadRequest, "invalid")
}

func TestLateDecisionsShowBothVersions(t *testing.T) {
	s := open(t)
	token, id := tokenOf("curator"), servertest.ID(33)
	old := s.get("/api/v1/records/"+id, "Authorization", "Bearer "+token).Header.Get("ETag")
	s.send("/api/v1/decisions", token, fmt.Sprintf(`{"subject":%q,"action":"set","field":"title","value":"A better title"}`, id), "If-Match", old).want(t, http.StatusCreated)
	body := fmt.Sprintf(`{"subject":%q,"action":"set","field":"title","value":"Mine","if_match":36}`, id)
	p := problem(t, s.send("/api/v1/decisions", token, body), http.StatusConflict, "conflict")
	if p.Current["title"] != "A better title" || p.Yours["value"] != "Mine" {
		t.Errorf("current %v, yours %v", p.Current["title"], p.Yours["value"])
	}
	problem(t, s.send("/api/v1/decisions", token, strings.Replace(body, `,"if_match":36`, "", 1), "If-Match", old), http.StatusPreconditionFailed, "precondition")
	problem(t, s.send("/api/v1/decisions", token, body, "If-Match", `"garbage"`), http.StatusPreconditionFailed, "precondition")
	s.send("/api/v1/decisions", token, strings.Replace(body, `,"if_match":36`, "", 1), "If-Match", "*").want(t, http.StatusCreated)
}

func TestTheSameKeyRulesOnce(t *testing.T) {
	s := open(t)
	body := fmt.Sprintf(`{"subject":%q,"action":"note","value":"seen"}`, servertest.ID(3))
	first := in[stoa.Decision](t, s.send("/api/v1/decisions", tokenOf("curator"), body, "Idempotency-Key", "k1").want(t, http.StatusCreated))
	again := in[stoa.Decision](t, s.send("/api/v1/decisions", tokenOf("curator"), body, "Idempotency-Key", "k1").want(t, http.StatusCreated))
	if first.ID != again.ID || len(s.world.Rulings) != 2 {
		t.Errorf("%s and %s, %d rulings", first.ID, again.ID, len(s.world.Rulings))
	}
	problem(t, s.send("/api/v1/decisions", tokenOf("curator"), strings.Replace(body, "note", "accept", 1), "Idempotency-Key", "k1"), http.StatusBadRequest, "invalid")
	if s.send("/api/v1/decisions", tokenOf("editor"), body, "Idempotency-Key", "k1").want(t, http.StatusCreated); len(s.world.Rulings) != 3 {
		t.Error("another person's key counts for this one")
	}
}

func TestTheQueueForPrograms(t *testing.T) {
	s := open(t)
	type queue struct {
		Tasks []stoa.Task
		Total int
		Next  string
	}
	bearer := "Bearer " + tokenOf("viewer")
	first := in[queue](t, s.get("/api/v1/queue?limit=4", "Authorization", bearer).want(t, http.StatusOK))
	rest := in[queue](t, s.get("/api/v1/queue?limit=4&cursor="+first.Next, "Authorization", bearer).want(t, http.StatusOK))
	if first.Total != 7 || len(first.Tasks) != 4 || len(rest.Tasks) != 3 || rest.Next != "" {
		t.Errorf("%d of %d, then %d, next %q", len(first.Tasks), first.Total, len(rest.Tasks), rest.Next)
	}
	if got := in[queue](t, s.get("/api/v1/queue?reason=new&kind=guidance", "Authorization", bearer)); got.Total != 2 {
		t.Errorf("%d new guidance tasks", got.Total)
	}
	problem(t, s.get("/api/v1/queue"), http.StatusUnauthorized, "unauthorized")
	problem(t, s.get("/api/v1/queue?reason=boredom", "Authorization", bearer), http.StatusBadRequest, "invalid")
}

func TestHeldRunsAreReleasedOrDiscardedOnce(t *testing.T) {
	for _, verb := range []string{"release", "discard"} {
		s := open(t)
		run := s.world.Tasks[0].Subject
		path := "/api/v1/runs/" + run + "/" + verb
		problem(t, s.send(path, "", ""), http.StatusUnauthorized, "unauthorized")
		problem(t, s.send(path, tokenOf("viewer"), ""), http.StatusForbidden, "forbidden")
		made := in[stoa.Decision](t, s.send(path, tokenOf("curator"), "").want(t, http.StatusCreated))
		if string(made.Action) != verb || made.Subject != run {
			t.Errorf("made %+v", made)
		}
		problem(t, s.send(path, tokenOf("curator"), ""), http.StatusConflict, "conflict")
		problem(t, s.send("/api/v1/runs/nothing/"+verb, tokenOf("curator"), ""), http.StatusNotFound, "not-found")
	}
}

func TestTheDescriptionOfTheAPI(t *testing.T) {
	s := open(t)
	doc := in[map[string]any](t, s.get("/api/v1/openapi.json").want(t, http.StatusOK))
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi %v", doc["openapi"])
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	var check func(v any)
	check = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if _, ok := schemas[strings.TrimPrefix(ref, "#/components/schemas/")]; !ok {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, x := range v {
				check(x)
			}
		case []any:
			for _, x := range v {
				check(x)
			}
		}
	}
	check(doc)
	for path, item := range doc["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			full := "/api/v1" + strings.NewReplacer("{id}", "x", "{run}", "x").Replace(path)
			a := s.get(full)
			if method == "post" {
				a = s.send(full, "", "{}")
			}
			if a.StatusCode == http.StatusMethodNotAllowed || a.StatusCode == http.StatusNotFound && !strings.Contains(path, "{") {
				t.Errorf("%s %s is described and answers %d", method, path, a.StatusCode)
			}
		}
	}
	record := schemas["Record"].(map[string]any)["properties"].(map[string]any)
	for _, field := range strings.Fields("id short title url summary language kind pillars organisations countries regions published start end deadline rolling state availability relevance marks relations sightings provenance first_listed changed checked") {
		if _, ok := record[field]; !ok {
			t.Errorf("a record has no %s", field)
		}
	}
}

// Lists that the search does not hold pass their words and filters all the same.
func TestWordsAndFiltersHoldForHiddenAndChangedRecords(t *testing.T) {
	s := open(t)
	bearer := "Bearer " + tokenOf("viewer")
	all := in[listing](t, s.get("/api/v1/records?state=any&limit=500", "Authorization", bearer)).Records
	changed := in[listing](t, s.get("/api/v1/records?changed_since=2026-01-01&limit=500")).Records
	for _, c := range []struct {
		query string
		fits  func(r stoa.Record) bool
	}{
		{"q=team", func(r stoa.Record) bool {
			return strings.Contains(strings.ToLower(r.Title+" "+r.Summary+" "+r.Organisations[0].Name), "team")
		}},
		{"pillar=legal", func(r stoa.Record) bool { return slices.Contains(r.Pillars, stoa.Legal) }},
		{"modality=online", func(r stoa.Record) bool { return stoa.ModalityOf(r.Facts["modality"]) == stoa.Online }},
		{"deadline=month", func(r stoa.Record) bool { return slices.Contains(r.Windows(servertest.Now()), stoa.ThisMonth) }},
	} {
		count := func(list []stoa.Record) (n int) {
			for _, r := range list {
				if c.fits(r) {
					n++
				}
			}
			return n
		}
		if got := len(in[listing](t, s.get("/api/v1/records?state=any&limit=500&"+c.query, "Authorization", bearer)).Records); got != count(all) || got == 0 {
			t.Errorf("any state, %s: %d, want %d", c.query, got, count(all))
		}
		if got := len(in[listing](t, s.get("/api/v1/records?changed_since=2026-01-01&limit=500&"+c.query)).Records); got != count(changed) || got == 0 {
			t.Errorf("changed, %s: %d, want %d", c.query, got, count(changed))
		}
	}
}

// With full=1 the log is a whole copy: each record once, with its last change, and what is gone says so.
func TestTheFullLogIsAWholeCopy(t *testing.T) {
	s := open(t)
	refused, merged := s.take(0, stoa.OpRemoved), s.take(27, stoa.OpMerged)
	for i := range s.world.Listings {
		if s.world.Listings[i].ID == s.world.Entries[servertest.ID(1)].Sightings[0].Source {
			s.world.Listings[i].Format = "peer"
		}
	}
	type entry struct {
		stoa.Change
		Current *stoa.Record
		Gone    bool
	}
	here, gone := map[string]stoa.Record{}, map[string]bool{}
	for since := uint64(0); ; {
		l := in[struct {
			Changes []entry
			Full    bool
			Next    uint64
		}](t, s.get(fmt.Sprintf("/api/v1/changes?full=1&limit=7&since=%d", since)))
		if !l.Full {
			t.Fatal("the log does not say that it is full")
		}
		for _, e := range l.Changes {
			if _, twice := here[e.Record]; twice && e.Current != nil {
				t.Errorf("%s comes twice", e.Record)
			}
			if e.Current != nil {
				here[e.Record] = *e.Current
			}
			gone[e.Record] = gone[e.Record] || e.Gone
		}
		if since = l.Next; len(l.Changes) == 0 {
			break
		}
	}
	for id, r := range s.world.Entries {
		_, is := here[id]
		if public := r.Public() && r.Relevance != stoa.Withdrawn; is != public && r.State != stoa.Pending {
			t.Errorf("%s (%s, %s) is in the copy: %t", id, r.State, r.Relevance, is)
		}
		if is && gone[id] {
			t.Errorf("%s is here and gone", id)
		}
	}
	if !gone[refused.ID] || !gone[merged.ID] || !gone[servertest.ID(40)] {
		t.Errorf("refused %t, merged %t, withdrawn %t: want all gone", gone[refused.ID], gone[merged.ID], gone[servertest.ID(40)])
	}
	if one := here[servertest.ID(1)]; !one.Handed() || here[servertest.ID(2)].Handed() {
		t.Errorf("what only a peer lists does not say so: %+v", one.Sightings)
	}
	if strings.Contains(s.get("/api/v1/changes?since=0").body, `"current"`) {
		t.Error("records come unasked")
	}
}
