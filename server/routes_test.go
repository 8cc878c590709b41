package server_test

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stoa"
	"stoa/server"
	"stoa/server/assets"
	"stoa/server/curate"
	"stoa/server/page"
	"stoa/server/servertest"
)

// seal signs the links of the tests.
var seal = curate.Seal("a key of thirty-two bytes or more")

// withOffice gives a site all that the desk may have.
func withOffice(w *servertest.World, o *server.Options) {
	shop := &servertest.Shop{World: w}
	o.Workshop, o.Shelf, o.Seal = shop, shop, seal
	o.Hash = func(password string) (string, error) { return "hash of " + password, nil }
}

// asked is one way to use a route: by a form, by JSON, or by a plain GET.
type asked struct {
	path  string
	form  []string
	json  string
	codes [5]int // nobody viewer curator editor admin
}

const (
	ok, made, other, moved = http.StatusOK, http.StatusCreated, http.StatusSeeOther, http.StatusFound
	bad, unknown           = http.StatusBadRequest, http.StatusNotFound
	anon, denied           = http.StatusUnauthorized, http.StatusForbidden
)

// Codes by role, for what several routes have in common.
var (
	anyone   = [5]int{ok, ok, ok, ok, ok}
	sees     = [5]int{other, ok, ok, ok, ok}
	rules    = [5]int{other, denied, other, other, other}
	edits    = [5]int{other, denied, denied, other, other}
	runsIt   = [5]int{other, denied, denied, denied, other}
	onward   = [5]int{other, other, other, other, other}
	choosing = [5]int{moved, moved, moved, moved, moved}
	reads    = [5]int{anon, ok, ok, ok, ok}
	decides  = [5]int{anon, denied, made, made, made}
)

// table says of every route, by its pattern, what each role gets. A pattern of the six languages stands once, under /{l}/.
func table(s *site) map[string][]asked {
	id, held := servertest.ID(33), s.world.Tasks[0].Subject
	rec := s.world.Entries[servertest.ID(3)]
	lent, undo := s.lend("ITU"), "dec0000001"
	partner := "/en/partner/" + seal.Sign("partner", lent.ID)
	none := []string{"action", "nothing"}
	get := func(path string, codes [5]int) []asked { return []asked{{path: path, codes: codes}} }
	out := map[string][]asked{
		"/": get("/nowhere", [5]int{unknown, unknown, unknown, unknown, unknown}),

		"GET /curate/login":         get("/curate/login", [5]int{ok, other, other, other, other}),
		"POST /curate/login":        {{path: "/curate/login", form: []string{"name", "nobody", "password", "wrong"}, codes: [5]int{anon, anon, anon, anon, anon}}},
		"POST /curate/logout":       {{path: "/curate/logout", form: []string{}, codes: onward}},
		"GET /curate/{$}":           get("/curate/", onward),
		"GET /curate/":              get("/curate/nothing", [5]int{other, unknown, unknown, unknown, unknown}),
		"GET /curate/queue":         get("/curate/queue", sees),
		"GET /curate/records/{id}":  get("/curate/records/"+id, sees),
		"GET /curate/runs":          get("/curate/runs", sees),
		"POST /curate/records/{id}": {{path: "/curate/records/" + id, form: []string{"action", "accept"}, codes: rules}},
		"POST /curate/conflicts/{id}": {
			{path: "/curate/conflicts/418", form: []string{"action", "settle", "value", "ours"}, codes: rules},
		},
		"POST /curate/runs/{id}": {{path: "/curate/runs/" + held, form: []string{"action", "release"}, codes: rules}},
		"POST /curate/undo": {
			{path: "/curate/undo", form: []string{"action", "undo", "value", undo}, codes: rules},
			{path: "/curate/undo", form: []string{"action", "undo", "value", lent.ID}, codes: edits}, // of an editor's decision
		},
		"POST /curate/motions/{id}": {
			{path: "/curate/motions/" + s.motion(), form: []string{"action", "second", "value", "yes"}, codes: rules},
		},
		"GET /curate/records/{id}/edit": get("/curate/records/"+id+"/edit", [5]int{other, denied, ok, ok, ok}),
		"POST /curate/records/{id}/edit": {
			{path: "/curate/records/" + id + "/edit", form: []string{"if_match", strconv.FormatUint(s.world.Entries[id].Version, 10), "note", "seen"}, codes: rules},
		},
		"GET /curate/bulk": get("/curate/bulk?do=accept&sel="+id, [5]int{other, denied, ok, ok, ok}),
		"POST /curate/bulk": {
			{path: "/curate/bulk", form: []string{"do", "accept", "pick", id + ":" + strconv.FormatUint(s.world.Entries[id].Version, 10)}, codes: rules},
		},
		"GET /curate/acts":   get("/curate/acts", [5]int{other, denied, ok, ok, ok}),
		"GET /curate/keys":   get("/curate/keys", sees),
		"POST /curate/keys":  {{path: "/curate/keys", form: []string{"on", "1", "accept", "y"}, codes: onward}, {path: "/curate/keys", form: []string{"on", "1", "accept", "r"}, codes: [5]int{other, bad, bad, bad, bad}}},
		"GET /curate/claims": get("/curate/claims", sees),
		"POST /curate/claims": {
			{path: "/curate/claims", form: []string{"subject", id}, codes: rules},
			{path: "/curate/claims", form: []string{"subject", "no id!"}, codes: [5]int{other, denied, bad, bad, bad}},
		},

		"GET /curate/log":       get("/curate/log", sees),
		"GET /curate/log.csv":   get("/curate/log.csv", sees),
		"GET /curate/log.jsonl": get("/curate/log.jsonl", sees),
		"GET /curate/numbers":   get("/curate/numbers", sees),
		"GET /curate/account":   get("/curate/account", sees),
		"POST /curate/account": {
			{path: "/curate/account", form: []string{"action", "mail", "email", "me@desk.example"}, codes: onward},
			{path: "/curate/account", form: []string{"action", "token", "role", "viewer", "scope", "read", "days", "30"}, codes: [5]int{other, ok, ok, ok, ok}},
			{path: "/curate/account", form: []string{"action", "token", "role", "admin", "scope", "read", "days", "30"}, codes: [5]int{other, denied, denied, denied, ok}},
			{path: "/curate/account", form: none, codes: [5]int{other, bad, bad, bad, bad}},
		},
		"GET /curate/people": get("/curate/people", [5]int{other, denied, denied, denied, ok}),
		"POST /curate/people": {
			{path: "/curate/people", form: []string{"name", "viewer", "action", "disable"}, codes: runsIt},
		},
		"POST /curate/erase": {
			{path: "/curate/erase", form: []string{"value", "Jane Doe", "sure", "1"}, codes: [5]int{other, denied, denied, denied, ok}},
		},
		"GET /curate/partners": get("/curate/partners", [5]int{other, denied, denied, ok, ok}),
		"POST /curate/partners": {
			{path: "/curate/partners", form: []string{"action", "invite", "organisation", "ITU", "until", "2027-01-31"}, codes: edits},
			{path: "/curate/partners", form: []string{"action", "undo", "id", lent.ID}, codes: edits},
		},
		"POST /curate/letters/{id}": {
			{path: "/curate/letters/" + s.letter(), form: []string{"action", "answer", "value", "dismissed"}, codes: rules},
		},
		"GET /curate/stale": get("/curate/stale", sees),
		"POST /curate/stale": {
			{path: "/curate/stale", form: []string{"action", "confirm", "id", servertest.ID(41)}, codes: rules},
			{path: "/curate/stale", form: []string{"source", "itu-academy", "sure", "1"}, codes: rules},
		},
		"GET /curate/sources":     get("/curate/sources", sees),
		"GET /curate/sources/new": get("/curate/sources/new", [5]int{other, denied, denied, ok, ok}),
		"POST /curate/sources/new": {
			{path: "/curate/sources/new", form: []string{"action", "keep", "entry", "sources:\n  - id: new-one\n"}, codes: edits},
			{path: "/curate/sources/new", form: []string{"action", "discover", "address", "https://partner.example/"}, codes: edits},
		},
		"GET /curate/sources/opml":  get("/curate/sources/opml", sees),
		"POST /curate/sources/opml": {{path: "/curate/sources/opml", form: []string{"opml", "<opml/>"}, codes: [5]int{other, denied, denied, ok, ok}}},
		"GET /curate/sources/{id}":  get("/curate/sources/itu-academy", sees),
		"POST /curate/sources/{id}": {
			{path: "/curate/sources/itu-academy", form: []string{"action", "stage", "value", "probation"}, codes: edits},
			{path: "/curate/sources/itu-academy", form: []string{"action", "pause", "value", "asked to"}, codes: edits},
			{path: "/curate/sources/itu-academy", form: []string{"action", "switch", "field", "S9", "value", "off"}, codes: edits},
			{path: "/curate/sources/itu-academy", form: []string{"action", "harvest"}, codes: rules},
			{path: "/curate/sources/itu-academy", form: []string{"action", "redo", "run", held}, codes: rules},
			{path: "/curate/sources/itu-academy", form: []string{"action", "rehearse", "entry", "x"}, codes: edits},
			{path: "/curate/sources/first-news", form: []string{"action", "entry", "entry", "sources:\n  - id: first-news\n"}, codes: edits},
		},
		"GET /curate/jobs/{id}":     get("/curate/jobs/none", [5]int{other, unknown, unknown, unknown, unknown}),
		"GET /curate/captures/{id}": get("/curate/captures/1-2-abcdef01", sees),

		"GET /{l}/report/{id}":              get("/en/report/"+rec.Short, anyone),
		"POST /{l}/report/{id}":             {{path: "/en/report/" + rec.Short, form: []string{"text", "It closed."}, codes: onward}},
		"GET /{l}/propose":                  get("/en/propose?what=source", anyone),
		"POST /{l}/propose":                 {{path: "/en/propose", form: []string{"title", "A guide", "url", "https://guide.example/"}, codes: onward}},
		"GET /{l}/partner/{link}":           get(partner, anyone),
		"POST /{l}/partner/{link}":          {{path: partner, form: []string{"action", "preview"}, codes: anyone}},
		"GET /{l}/partner/{link}/items.csv": get(partner+"/items.csv", anyone),
		"GET /{l}/mail/{link}":              get("/en"+curate.EndMailLink(seal, "curator", "digest"), anyone),
		"POST /{l}/mail/{link}":             {{path: "/en" + curate.EndMailLink(seal, "curator", "digest"), form: []string{"List-Unsubscribe", "One-Click"}, codes: anyone}},

		"GET /api/v1/records":             {{path: "/api/v1/records", codes: anyone}, {path: "/api/v1/records?state=pending", codes: reads}},
		"GET /api/v1/records/{id}":        {{path: "/api/v1/records/" + rec.ID, codes: anyone}, {path: "/api/v1/records/" + id, codes: [5]int{unknown, ok, ok, ok, ok}}},
		"GET /api/v1/changes":             get("/api/v1/changes", anyone),
		"GET /api/v1/sources":             get("/api/v1/sources", anyone),
		"GET /api/v1/sources/{id}":        get("/api/v1/sources/itu-academy", anyone),
		"GET /api/v1/queue":               get("/api/v1/queue", reads),
		"GET /api/v1/openapi.json":        get("/api/v1/openapi.json", anyone),
		"POST /api/v1/runs/{run}/release": {{path: "/api/v1/runs/" + held + "/release", json: "{}", codes: decides}},
		"POST /api/v1/runs/{run}/discard": {{path: "/api/v1/runs/" + held + "/discard", json: "{}", codes: decides}},
		"POST /api/v1/acts": {
			{path: "/api/v1/acts", json: `{"decisions":[{"subject":"` + id + `","action":"accept"},{"subject":"` + rec.ID + `","action":"note","value":"seen"}]}`, codes: decides},
			{path: "/api/v1/acts", json: `{"decisions":[]}`, codes: [5]int{anon, bad, bad, bad, bad}},
		},
		"POST /api/v1/decisions": {
			{path: "/api/v1/decisions", json: `{"subject":"` + id + `","action":"accept"}`, codes: decides},
			{path: "/api/v1/decisions", json: `{"subject":"itu-academy","action":"stage","value":"trusted"}`, codes: [5]int{anon, denied, denied, made, made}},
			{path: "/api/v1/decisions", json: `{"subject":"ITU","action":"invite","value":"2027-01-31"}`, codes: [5]int{anon, denied, denied, made, made}},
			{path: "/api/v1/decisions", json: `{"subject":"people","action":"erase","value":"Jane Doe"}`, codes: [5]int{anon, denied, denied, denied, made}},
			{path: "/api/v1/decisions", json: `{"action":"undo","value":"` + lent.ID + `"}`, codes: [5]int{anon, denied, denied, made, made}},
		},
	}
	s.publicRoutes(out, get)
	return out
}

// publicRoutes adds what everybody may read.
func (s *site) publicRoutes(out map[string][]asked, get func(string, [5]int) []asked) {
	rec := s.world.Entries[servertest.ID(3)]
	for pattern, path := range map[string]string{
		"GET /{l}/{$}": "/en/", "GET /{l}/records": "/en/records", "GET /{l}/records/{name}": "/en" + page.Address(rec), "GET /{l}/countries": "/en/countries",
		"GET /{l}/countries/{code}": "/en/countries/EE", "GET /{l}/organisations": "/en/organisations", "GET /{l}/organisations/{id}": "/en/organisations/" + rec.Organisations[0].ID,
		"GET /{l}/organisations.opml": "/en/organisations.opml", "GET /{l}/map": "/en/map", "GET /{l}/gaps": "/en/gaps", "GET /{l}/calendar": "/en/calendar", "GET /{l}/report": "/en/report",
		"GET /{l}/sources": "/en/sources", "GET /{l}/changes": "/en/changes", "GET /{l}/changes.atom": "/en/changes.atom", "GET /{l}/about": "/en/about", "GET /{l}/crawler": "/en/crawler",
		"GET /{l}/sitemap.xml": "/en/sitemap.xml", "GET /robots.txt": "/robots.txt", "GET /sitemap.xml": "/sitemap.xml", "GET /opensearch.xml": "/opensearch.xml",
		"GET /.well-known/security.txt": "/.well-known/security.txt", "GET /favicon.ico": "/favicon.ico", "GET /favicon.svg": "/favicon.svg", "GET /mark.svg": "/mark.svg",
		"GET /healthz": "/healthz", "GET /readyz": "/readyz", "GET /metrics": "/metrics", "GET /problems/{name}": "/problems/not-found",
		"GET /assets/{name}": assets.Path("stoa.css"), "GET /oai": "/oai?verb=Identify", "POST /oai": "/oai?verb=Identify",
		"GET /pillars": "/pillars", "GET /kinds": "/kinds",
	} {
		out[pattern] = get(path, anyone)
	}
	out["POST /oai"] = []asked{{path: "/oai", form: []string{"verb", "Identify"}, codes: anyone}}
	out["GET /{l}/"] = get("/en/nowhere", [5]int{unknown, unknown, unknown, unknown, unknown})
	out["GET /id/{id}"] = get("/id/"+rec.ID, onward)
	for _, name := range []string{"/{$}", "/records", "/countries", "/organisations", "/map", "/gaps", "/calendar", "/report", "/sources", "/changes", "/about", "/crawler"} {
		out["GET "+name] = get(strings.TrimSuffix(name, "{$}"), choosing)
	}
	for _, name := range []string{"/records/{name}", "/countries/{code}", "/organisations/{id}"} {
		out["GET "+name] = get(name[:strings.LastIndex(name, "/")]+"/x", choosing)
	}
	for _, form := range []string{"rss", "feed.json", "ics", "csv", "jsonld", "ris", "txt", "atom", "json", "bib", "dcat.jsonld"} {
		out["GET /{l}/records."+form] = get("/en/records."+form, anyone)
	}
}

// lend gives an organisation a link, as an editor does.
func (s *site) lend(organisation string) stoa.Decision {
	s.t.Helper()
	d, err := s.world.Decide(s.t.Context(), stoa.Decision{Subject: organisation, Action: stoa.Invite, Value: "2027-01-31", By: "editor"})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// motion has somebody propose what another has to confirm.
func (s *site) motion() string {
	s.t.Helper()
	var all []stoa.Decision
	for n := range stoa.MaxRefusals + 1 {
		all = append(all, stoa.Decision{Subject: servertest.ID(n), Action: stoa.Refuse, Reason: "closed", By: "somebody"})
	}
	act, err := s.world.DecideAll(s.t.Context(), all)
	if !errors.Is(err, stoa.ErrWaits) {
		s.t.Fatalf("%d refusals: %v", len(all), err)
	}
	return act.Motion.ID
}

// letter puts word from outside into the queue.
func (s *site) letter() string {
	s.t.Helper()
	l, err := s.world.Write(s.t.Context(), stoa.Letter{Kind: stoa.LetterItem, Title: "A guide", URL: "https://guide.example/", Language: "en"})
	if err != nil {
		s.t.Fatal(err)
	}
	return l.ID
}

// once folds the six languages of a pattern into one.
func once(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	for _, code := range stoa.Languages() {
		if rest, ok := strings.CutPrefix(path, "/"+code+"/"); ok {
			return method + " /{l}/" + rest
		}
	}
	return pattern
}

// T23: every route for every role. A route that is missing from the table, or stands there and is no more, fails.
func TestT23EveryRouteForEveryRole(t *testing.T) {
	w, err := servertest.New()
	if err != nil {
		t.Fatal(err)
	}
	o := server.Options{Catalogue: w, Search: w, Accounts: w, Password: servertest.Password, Sources: w.Sources}
	withOffice(w, &o)
	patterns, err := server.Patterns(o)
	if err != nil {
		t.Fatal(err)
	}
	known := table(open(t, withOffice))
	var routes []string
	for _, p := range patterns {
		if p = once(p); !slices.Contains(routes, p) {
			routes = append(routes, p)
		}
	}
	for _, p := range routes {
		if _, ok := known[p]; !ok {
			t.Errorf("%s is in no row of the table: say who may use it", p)
		}
	}
	for p := range known {
		if !slices.Contains(routes, p) {
			t.Errorf("%s stands in the table and is no route", p)
		}
	}
	for i, role := range []string{"", "viewer", "curator", "editor", "admin"} {
		reader, rows := newcomer(t, role)
		for _, p := range routes {
			for n, c := range known[p] {
				s, row := reader, rows[p][n]
				if c.form != nil || c.json != "" { // what changes something has a world of its own
					var fresh map[string][]asked
					s, fresh = newcomer(t, role)
					row = fresh[p][n]
				}
				tryRoute(t, s, p, row, role, c.codes[i])
			}
		}
	}
}

// newcomer is somebody with a role before a fresh world, and the table of that world.
func newcomer(t *testing.T, role string) (*site, map[string][]asked) {
	t.Helper()
	s := open(t, withOffice)
	rows := table(s)
	if role != "" {
		s.signIn(role)
	}
	return s, rows
}

// tryRoute uses one route as one role.
func tryRoute(t *testing.T, s *site, pattern string, c asked, role string, want int) {
	t.Helper()
	isAPI := strings.HasPrefix(c.path, "/api/")
	rulings := len(s.world.Rulings)
	var a answer
	switch {
	case isAPI && c.json != "":
		token := ""
		if role != "" {
			token = tokenOf(role)
		}
		a = s.send(c.path, token, c.json)
	case isAPI && role != "":
		a = s.get(c.path, "Authorization", "Bearer "+tokenOf(role))
	case c.form != nil:
		a = s.post(c.path, c.form...)
	default:
		a = s.get(c.path)
	}
	if a.StatusCode != want {
		t.Errorf("%s (%s %v%s) as %q: %d, want %d", pattern, c.path, c.form, c.json, role, a.StatusCode, want)
	}
	if ruled := len(s.world.Rulings) > rulings; ruled && (want == denied || want == anon || c.form == nil && c.json == "") {
		t.Errorf("%s (%s %v%s) as %q: ruled all the same", pattern, c.path, c.form, c.json, role)
	}
}
