package api

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"stoa"
	"stoa/server/page"
)

// operation is one call as the document describes it.
type operation struct {
	method, path, id, summary string
	query                     []*huma.Param
	body, answer              reflect.Type
	status                    int
	token                     bool
	errors                    []int
}

func operations() []operation {
	record, list := reflect.TypeFor[stoa.Record](), reflect.TypeFor[List]()
	run := []*huma.Param{inPath("run", "The id of a held run.")}
	return []operation{
		{method: http.MethodGet, path: "/records", id: "listRecords", summary: "Search records; the newest or the best match first.", query: searchParams(), answer: list, status: 200, errors: []int{400, 401}},
		{method: http.MethodGet, path: "/records/{id}", id: "getRecord", summary: "One record by its id or short id.", query: []*huma.Param{inPath("id", "Id or short id.")}, answer: record, status: 200, errors: []int{301, 304, 404, 410}},
		{method: http.MethodGet, path: "/changes", id: "listChanges", summary: "What readers saw change, by number.", query: []*huma.Param{number("since", "The last number that is known; 0 from the start."), number("limit", "At most 500."), word("full", "1: each record comes with its last change, and what is gone says so: a whole copy in one walk.")}, answer: reflect.TypeFor[Log](), status: 200, errors: []int{400}},
		{method: http.MethodGet, path: "/sources", id: "listSources", summary: "Every source with its last and last good run.", answer: reflect.TypeFor[Sources](), status: 200},
		{method: http.MethodGet, path: "/sources/{id}", id: "getSource", summary: "One source with its last runs.", query: []*huma.Param{inPath("id", "The source's id.")}, answer: reflect.TypeFor[Source](), status: 200, errors: []int{404}},
		{method: http.MethodGet, path: "/queue", id: "listQueue", summary: "What waits for a curator.", query: queueParams(), answer: reflect.TypeFor[Tasks](), status: 200, token: true, errors: []int{400, 401, 403}},
		{method: http.MethodPost, path: "/decisions", id: "decide", summary: "Rule on a record, a run, a source or a conflict.", query: headers(), body: reflect.TypeFor[Ask](), answer: reflect.TypeFor[stoa.Decision](), status: 201, token: true, errors: []int{400, 401, 403, 404, 409, 412, 413, 415}},
		{method: http.MethodPost, path: "/acts", id: "act", summary: "Rule on many at once, as one act; 202 when a second person has to confirm it.", query: headers(), body: reflect.TypeFor[Asks](), answer: reflect.TypeFor[stoa.Act](), status: 201, token: true, errors: []int{400, 401, 403, 404, 413, 415}},
		{method: http.MethodPost, path: "/runs/{run}/release", id: "releaseRun", summary: "Let a held run count.", query: run, answer: reflect.TypeFor[stoa.Decision](), status: 201, token: true, errors: []int{401, 403, 404, 409}},
		{method: http.MethodPost, path: "/runs/{run}/discard", id: "discardRun", summary: "Throw a held run away.", query: run, answer: reflect.TypeFor[stoa.Decision](), status: 201, token: true, errors: []int{401, 403, 404, 409}},
	}
}

func param(in, name, text, kind string, required bool) *huma.Param {
	return &huma.Param{Name: name, In: in, Description: text, Required: required, Schema: &huma.Schema{Type: kind}}
}

func inPath(name, text string) *huma.Param { return param("path", name, text, "string", true) }
func number(name, text string) *huma.Param { return param("query", name, text, "integer", false) }
func word(name, text string) *huma.Param   { return param("query", name, text, "string", false) }

func many[T ~string](name, text string, values []T) *huma.Param {
	item := &huma.Schema{Type: "string"}
	for _, v := range values {
		item.Enum = append(item.Enum, string(v))
	}
	explode := true
	return &huma.Param{Name: name, In: "query", Description: text, Explode: &explode, Schema: &huma.Schema{Type: "array", Items: item}}
}

func searchParams() []*huma.Param {
	return []*huma.Param{
		word("q", "Words to look for."),
		many("pillar", "Any of these pillars.", stoa.Pillars()), many("kind", "Any of these kinds.", stoa.Kinds()), many("org", "Any of these organisations, by id.", []string{}),
		many("country", "Any of these countries, ISO 3166-1.", []string{}), many("region", "Any of these regions.", stoa.Regions()), word("for", "What reaches this country, ISO 3166-1: for it, for its region, for all, or for whom nobody says."), many("month", "Something closes, starts or ends in any of these months, YYYY-MM.", []string{}), many("language", "Any of these languages, BCP 47.", []string{}),
		many("modality", "Any of these ways to take part.", stoa.Modalities()), many("deadline", "A deadline that passes within any of these spans.", stoa.Windows()), word("page", "A page, from 1, in place of a cursor."),
		word("open", "1: only what one can take part in now."), word("stale", "1: also what is over or gone."), word("sort", "newest, closes or title; nothing is best match."),
		word("changed_since", "Only what readers saw change after this day or time, the newest first."),
		word("state", "pending, refused or any, with a token."), number("limit", "At most 500; 50 by default."), word("cursor", "next of the part before."), word("count", "1: with the total."),
	}
}

func queueParams() []*huma.Param {
	return []*huma.Param{
		many("reason", "Why a person is needed.", stoa.TaskReasons()), word("source", "Of this source."), word("kind", "Of this kind."), word("pillar", "Under this pillar."),
		word("language", "In this language."), word("subject", "On this record, run or conflict."), word("q", "With this in the title."), number("limit", "At most 500."), word("cursor", "next of the part before."),
	}
}

func headers() []*huma.Param {
	return []*huma.Param{
		param("header", "If-Match", "The ETag of the record that was seen: 412 when it changed since.", "string", false),
		param("header", "Idempotency-Key", "The same key and decision again answers with the first answer.", "string", false),
	}
}

// document makes the OpenAPI 3.1 description from the types that are really sent.
func document(site page.Site) ([]byte, error) {
	reg := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: site.Title, Version: "1", Description: "Best practices, guidance and capacity-building programmes for cybersecurity. Additive changes do not raise the version."},
		Servers: []*huma.Server{{URL: site.Absolute("/api/v1")}},
		Paths:   map[string]*huma.PathItem{},
		Components: &huma.Components{
			Schemas:         reg,
			SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}},
		},
	}
	problem := reg.Schema(reflect.TypeFor[page.Problem](), true, "Problem")
	for _, o := range operations() {
		item, ok := doc.Paths[o.path]
		if !ok {
			item = &huma.PathItem{}
			doc.Paths[o.path] = item
		}
		op := o.describe(reg, problem)
		if o.method == http.MethodPost {
			item.Post = op
		} else {
			item.Get = op
		}
	}
	body, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return body, nil
}

func (o operation) describe(reg huma.Registry, problem *huma.Schema) *huma.Operation {
	op := &huma.Operation{OperationID: o.id, Summary: o.summary, Parameters: o.query, Responses: map[string]*huma.Response{}}
	op.Responses[strconv.Itoa(o.status)] = &huma.Response{Description: http.StatusText(o.status), Content: map[string]*huma.MediaType{
		"application/json": {Schema: reg.Schema(o.answer, true, o.id)},
	}}
	for _, status := range o.errors {
		r := &huma.Response{Description: http.StatusText(status)}
		if status >= 400 {
			r.Content = map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}
		}
		op.Responses[strconv.Itoa(status)] = r
	}
	if o.body != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: reg.Schema(o.body, true, o.id+"Body")}}}
	}
	if o.token {
		op.Security = []map[string][]string{{"token": {}}}
	}
	return op
}
