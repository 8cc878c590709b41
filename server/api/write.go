package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"stoa"
	"stoa/server/catalogue"
	"stoa/server/curate"
	"stoa/server/page"
)

// bodyLimit is the most bytes that a call may send.
const bodyLimit = 64 << 10

// Ask is the body of POST /decisions: what `stoa decide` takes.
type Ask struct {
	Subject string      `json:"subject" doc:"A record's id; for some actions a run, a source or a conflict."`
	Action  stoa.Action `json:"action"`
	Field   string      `json:"field,omitempty"`
	Value   string      `json:"value,omitempty" doc:"Lists as JSON."`
	Reason  string      `json:"reason,omitempty" doc:"Of a refusal; from the closed list."`
	IfMatch uint64      `json:"if_match,omitempty" doc:"The record's version that was seen; 0 is any."`
}

func (a *API) decide(w http.ResponseWriter, r *http.Request) error {
	token, err := a.known(r)
	if err != nil {
		return err
	}
	var ask Ask
	if err := read(w, r, &ask); err != nil {
		return err
	}
	d := stoa.Decision{Subject: ask.Subject, Action: ask.Action, Field: ask.Field, Value: ask.Value, Reason: ask.Reason, IfMatch: ask.IfMatch, By: token.User}
	return a.rule(w, r, token, d)
}

// Asks is the body of POST /acts: decisions that are made as one.
type Asks struct {
	Decisions []Ask `json:"decisions" minItems:"1" maxItems:"500"`
}

// act makes decisions as one: what is wrong or late of them is left out and told.
func (a *API) act(w http.ResponseWriter, r *http.Request) error {
	token, err := a.known(r)
	if err != nil {
		return err
	}
	var asks Asks
	if err := read(w, r, &asks); err != nil {
		return err
	}
	if len(asks.Decisions) == 0 || len(asks.Decisions) > stoa.MaxAct {
		return page.Faults{{Field: "decisions", Text: "want 1 to " + strconv.Itoa(stoa.MaxAct)}}
	}
	batch := ""
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		sum := sha256.Sum256([]byte(token.User + "\x00act\x00" + key))
		batch = hex.EncodeToString(sum[:13])
	}
	var all []stoa.Decision
	for _, ask := range asks.Decisions {
		d := stoa.Decision{Subject: ask.Subject, Action: ask.Action, Field: ask.Field, Value: ask.Value, Reason: ask.Reason, IfMatch: ask.IfMatch, By: token.User, Batch: batch}
		if err := a.may(r, token, d); err != nil {
			return err
		}
		all = append(all, d)
	}
	act, err := a.Records.DecideAll(r.Context(), all)
	if errors.Is(err, stoa.ErrWaits) {
		return send(w, r, http.StatusAccepted, act, page.Private, "")
	}
	if err != nil {
		return err
	}
	return send(w, r, http.StatusCreated, act, page.Private, "")
}

func (a *API) settleRun(action stoa.Action) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, err := a.need(r, curate.Needed(action), curate.ScopeOf(action))
		if err != nil {
			return err
		}
		return a.rule(w, r, token, stoa.Decision{Subject: r.PathValue("run"), Action: action, By: token.User})
	}
}

// rule makes a decision and answers with it.
func (a *API) rule(w http.ResponseWriter, r *http.Request, token stoa.Token, d stoa.Decision) error {
	if err := a.may(r, token, d); err != nil {
		return err
	}
	matched := false
	if header := r.Header.Get("If-Match"); header != "" && strings.TrimSpace(header) != "*" {
		version, err := versionOf(header)
		if err != nil {
			return err
		}
		d.IfMatch, matched = version, true
	}
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 200 {
		return page.Faults{{Field: "Idempotency-Key", Text: "want at most 200 characters"}}
	}
	if key != "" { // the same key names the same decision, and the store takes it once
		sum := sha256.Sum256([]byte(token.User + "\x00" + key))
		d.ID = hex.EncodeToString(sum[:13])
	}
	made, err := a.Records.Decide(r.Context(), d)
	if errors.Is(err, stoa.ErrWaits) { // kept as a motion: another person has to confirm it
		return send(w, r, http.StatusAccepted, made, page.Private, "")
	}
	if err != nil {
		return a.undecided(r, d, matched, err)
	}
	if made.Action != d.Action || made.Field != d.Field && d.Action != stoa.Settle {
		return page.Faults{{Field: "Idempotency-Key", Text: "was used for another decision"}}
	}
	return send(w, r, http.StatusCreated, made, page.Private, "")
}

// may refuses what a token's role or scopes do not cover; of an Undo, what the decision that it takes back needed.
func (a *API) may(r *http.Request, token stoa.Token, d stoa.Decision) error {
	if !token.Role.May(stoa.Curator) { // before anything is looked up
		return fmt.Errorf("%w: %s needs the role %s, the token has %s", stoa.ErrDenied, d.Action, stoa.Curator, token.Role)
	}
	meant := d.Action
	if d.Action == stoa.Undo {
		target, _, err := a.Records.Decision(r.Context(), d.Value)
		if err != nil {
			return err
		}
		meant = target.Action
	}
	if d.Action == stoa.Second { // whoever confirms may what is confirmed
		m, err := a.Records.Motion(r.Context(), d.Subject)
		if err != nil {
			return err
		}
		for _, x := range m.Decisions {
			if err := a.may(r, token, x); err != nil {
				return err
			}
		}
		return nil
	}
	if need := curate.Needed(meant); !token.Role.May(need) {
		return fmt.Errorf("%w: %s needs the role %s, the token has %s", stoa.ErrDenied, d.Action, need, token.Role)
	}
	if scope := curate.ScopeOf(meant); !token.Opens(scope) {
		return outside(scope, token)
	}
	return nil
}

// undecided says why nothing was ruled: on a conflict with what stands and what was asked for.
func (a *API) undecided(r *http.Request, d stoa.Decision, matched bool, err error) error {
	if !errors.Is(err, stoa.ErrConflict) {
		return err
	}
	p := page.Problem{Status: http.StatusConflict, Detail: "not saved: " + err.Error(), Yours: d}
	if matched {
		p.Status = http.StatusPreconditionFailed
	}
	if rec, getErr := a.Records.Get(r.Context(), d.Subject); getErr == nil {
		p.Current = rec
	}
	return &refusal{p, err}
}

// versionOf reads the version of a record from its ETag.
func versionOf(header string) (uint64, error) {
	tag := strings.Trim(strings.TrimSpace(header), `"`)
	digits, _, _ := strings.Cut(tag, "-")
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n == 0 {
		return 0, &refusal{page.Problem{Status: http.StatusPreconditionFailed, Detail: "If-Match: want the ETag of the record"}, stoa.ErrConflict}
	}
	return n, nil
}

// read decodes a JSON body, bounded and of the right type.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &refusal{page.Problem{Status: http.StatusUnsupportedMediaType, Detail: "want Content-Type: application/json"}, stoa.ErrInvalid}
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err := dec.Decode(v); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return page.Faults{{Field: "body", Text: "want one JSON object: " + err.Error()}}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return page.Faults{{Field: "body", Text: "want one JSON object and nothing after it"}}
	}
	return nil
}

// Tasks is the answer of /queue.
type Tasks struct {
	Tasks []stoa.Task `json:"tasks"`
	Total int         `json:"total"`
	Next  string      `json:"next,omitempty" doc:"Cursor of the next part; absent at the end."`
}

func (a *API) queue(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.need(r, stoa.Viewer, stoa.ScopeRead); err != nil {
		return err
	}
	v := r.URL.Query()
	q, err := curate.ParseTasks(v)
	if err != nil {
		return err
	}
	if q.Limit, err = limitOf(v); err != nil {
		return err
	}
	c, err := readCursor(v.Get("cursor"), "offset")
	if err != nil {
		return err
	}
	q.Offset = int(min(c.number(), catalogue.MaxOffset*100))
	list, total, err := a.Records.Queue(r.Context(), q)
	if err != nil {
		return err
	}
	out := Tasks{Tasks: list, Total: total}
	if out.Tasks == nil {
		out.Tasks = []stoa.Task{}
	}
	if end := q.Offset + len(list); len(list) > 0 && end < total {
		out.Next = cursor{"offset", strconv.Itoa(end)}.String()
	}
	a.linkNext(w, r, out.Next)
	return send(w, r, http.StatusOK, out, page.Private, "")
}
