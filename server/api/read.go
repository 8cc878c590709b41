package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"stoa"
	"stoa/server/catalogue"
	"stoa/server/export"
	"stoa/server/page"
)

// List is the answer of /records.
type List struct {
	Records []stoa.Record `json:"records"`
	Next    string        `json:"next,omitempty" doc:"Cursor of the next part; absent at the end."`
	Total   *int          `json:"total,omitempty" doc:"With count=1: how many there are."`
}

func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q, _, err := catalogue.Parse(v)
	if err != nil {
		return err
	}
	limit, err := limitOf(v)
	if err != nil {
		return err
	}
	token, err := a.who(r)
	if err != nil {
		return err
	}
	var out List
	switch state := stoa.State(v.Get("state")); {
	case state != "" && state != stoa.Listed:
		if out, err = a.hidden(r, state, q, limit); err != nil {
			return err
		}
	case v.Get("changed_since") != "":
		out, err = a.changedSince(r, q, limit)
	default:
		out, err = a.search(r, q, limit)
	}
	if err != nil {
		return err
	}
	for i := range out.Records {
		out.Records[i] = a.shown(out.Records[i], token)
	}
	a.linkNext(w, r, out.Next)
	return send(w, r, http.StatusOK, out, cacheOf(token), "")
}

// shown is a record as its reader may see it: whoever has a token sees who ruled. What other stoas list is marked.
func (a *API) shown(r stoa.Record, token *stoa.Token) stoa.Record {
	if token == nil || !token.Opens(stoa.ScopeRead) {
		r = export.Public(r)
	}
	r.Sightings = slices.Clone(r.Sightings)
	for _, s := range a.Sources() {
		for i := range r.Sightings {
			if s.Format == "peer" && r.Sightings[i].Source == s.ID {
				r.Sightings[i].Peer = true
			}
		}
	}
	return r
}

func cacheOf(token *stoa.Token) string {
	if token != nil {
		return page.Private
	}
	return page.Public
}

func (a *API) search(r *http.Request, q stoa.Query, limit int) (List, error) {
	v := r.URL.Query()
	c, err := readCursor(v.Get("cursor"), "offset")
	if err != nil {
		return List{}, err
	}
	q.Limit, q.Offset = limit, int(c.number())
	if c.at == "" && v.Get("page") != "" { // pages work too, for people
		_, at, err := catalogue.Parse(v)
		if err != nil {
			return List{}, err
		}
		q.Offset = (at - 1) * limit
	}
	hits, err := a.Search.Search(r.Context(), q)
	if err != nil {
		return List{}, err
	}
	out := List{Records: []stoa.Record{}}
	if v.Get("count") == "1" {
		out.Total = &hits.Total
	}
	for _, id := range hits.IDs {
		rec, err := a.Records.Get(r.Context(), id)
		if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
			continue
		}
		if err != nil {
			return List{}, err
		}
		if rec.Public() {
			out.Records = append(out.Records, rec)
		}
	}
	if end := q.Offset + len(hits.IDs); len(hits.IDs) > 0 && end < hits.Total {
		out.Next = cursor{"offset", strconv.Itoa(end)}.String()
	}
	return out, nil
}

// hidden lists records that readers do not see, for whoever has a token.
func (a *API) hidden(r *http.Request, state stoa.State, q stoa.Query, limit int) (List, error) {
	if !slices.Contains([]stoa.State{stoa.Pending, stoa.Refused, "any"}, state) {
		return List{}, page.Faults{{Field: "state", Text: "want listed, pending, refused or any"}}
	}
	if _, err := a.need(r, stoa.Viewer, stoa.ScopeRead); err != nil {
		return List{}, err
	}
	c, err := readCursor(r.URL.Query().Get("cursor"), "id")
	if err != nil {
		return List{}, err
	}
	out := List{Records: []stoa.Record{}}
	for rec, err := range a.Records.Records(r.Context(), c.at) {
		if err != nil {
			return List{}, err
		}
		if state != "any" && rec.State != state || !catalogue.Fits(rec, q, a.Now()) {
			continue
		}
		if len(out.Records) == limit {
			out.Next = cursor{"id", out.Records[limit-1].ID}.String()
			break
		}
		out.Records = append(out.Records, rec)
	}
	return out, nil
}

// look is how many changes changedSince reads at a time.
const look = 500

// changedSince lists what readers saw change after a time, the newest first, by walking the log backwards.
func (a *API) changedSince(r *http.Request, q stoa.Query, limit int) (List, error) {
	v := r.URL.Query()
	d, err := stoa.ParseDate(v.Get("changed_since"))
	if err != nil {
		return List{}, page.Faults{{Field: "changed_since", Text: "want YYYY-MM-DD or an RFC 3339 time"}}
	}
	since := d.Begin(time.UTC)
	c, err := readCursor(v.Get("cursor"), "log")
	if err != nil {
		return List{}, err
	}
	out, seen := List{Records: []stoa.Record{}}, map[string]bool{}
	for before := c.number(); ; {
		changes, err := a.Records.Latest(r.Context(), before, look)
		if err != nil {
			return List{}, err
		}
		for _, change := range changes {
			before = change.Seq
			if change.At.Before(since) {
				return out, nil
			}
			if len(out.Records) == limit {
				out.Next = cursor{"log", strconv.FormatUint(change.Seq+1, 10)}.String()
				return out, nil
			}
			if err := a.addChanged(r.Context(), &out, seen, change, q); err != nil {
				return List{}, err
			}
		}
		if len(changes) < look {
			return out, nil
		}
	}
}

// addChanged adds the record of a change unless a later change already brought it.
func (a *API) addChanged(ctx context.Context, out *List, seen map[string]bool, change stoa.Change, q stoa.Query) error {
	if seen[change.Record] {
		return nil
	}
	seen[change.Record] = true
	rec, err := a.Records.Get(ctx, change.Record)
	if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if !rec.Public() || rec.Changed.After(change.At) || rec.Stale() && !q.Stale || !catalogue.Fits(rec, q, a.Now()) {
		return nil
	}
	out.Records = append(out.Records, rec)
	return nil
}

func (a *API) record(w http.ResponseWriter, r *http.Request) error {
	token, err := a.who(r)
	if err != nil {
		return err
	}
	rec, err := a.Records.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if rec.MergedInto != "" {
		http.Redirect(w, r, "/api/v1/records/"+rec.MergedInto, http.StatusMovedPermanently)
		return nil
	}
	if (token == nil || !token.Opens(stoa.ScopeRead)) && (rec.State != stoa.Listed || rec.Relevance == stoa.Withdrawn) {
		if rec.FirstListed.IsZero() {
			return fmt.Errorf("record %s: %w", r.PathValue("id"), stoa.ErrNotFound)
		}
		return &refusal{page.Problem{Status: http.StatusGone, Detail: "the record was taken back", Current: replacement(rec)}, stoa.ErrGone}
	}
	rec = a.shown(rec, token)
	body, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("write record %s: %w", rec.ID, err)
	}
	sum := sha256.Sum256(body)
	tag := strconv.FormatUint(rec.Version, 10) + "-" + hex.EncodeToString(sum[:6])
	page.Send(w, r, page.Answer{Type: "application/json", Body: append(body, '\n'), Cache: cacheOf(nil), Tag: tag, Vary: "Authorization"})
	return nil
}

// replacement names what stands instead of a record that was taken back.
func replacement(r stoa.Record) map[string]any {
	out := map[string]any{"id": r.ID, "state": r.State, "relevance": r.Relevance}
	for _, to := range r.Relations {
		if to.Inverse && (to.Relation == stoa.Supersedes || to.Relation == stoa.SuccessorOf) {
			out["replaced_by"] = to.Record
		}
	}
	return out
}

// Entry is a change, and with full=1 what became of the record.
type Entry struct {
	stoa.Change
	Current *stoa.Record `json:"current,omitempty" doc:"The record as it is now, with its last change, when full=1."`
	Gone    bool         `json:"gone,omitempty" doc:"It is not listed any more, or was withdrawn; with its last change, when full=1."`
}

// Log is the answer of /changes.
type Log struct {
	Changes []Entry `json:"changes"`
	Full    bool    `json:"full,omitempty" doc:"Asked with full=1: each record comes with its last change."`
	Next    uint64  `json:"next" doc:"Ask with since=next for what follows."`
}

func (a *API) changes(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	limit, err := limitOf(v)
	if err != nil {
		return err
	}
	since := uint64(0)
	if s := v.Get("since"); s != "" {
		if since, err = strconv.ParseUint(s, 10, 63); err != nil {
			return page.Faults{{Field: "since", Text: "want the number of a change"}}
		}
	}
	if v.Get("limit") == "" {
		limit = MaxLimit
	}
	list, err := a.Records.Changes(r.Context(), since, limit)
	if err != nil {
		return err
	}
	out := Log{Changes: make([]Entry, len(list)), Next: since, Full: v.Get("full") == "1"}
	for i, c := range list {
		if out.Changes[i].Change = c; out.Full {
			if err := a.settle(r.Context(), &out.Changes[i]); err != nil {
				return err
			}
		}
	}
	if len(list) > 0 {
		out.Next = list[len(list)-1].Seq
	}
	return send(w, r, http.StatusOK, out, page.Public, "")
}

// settle adds what became of the record of a change, if this is its last one.
func (a *API) settle(ctx context.Context, e *Entry) error {
	rec, err := a.Records.Get(ctx, e.Record)
	switch {
	case errors.Is(err, stoa.ErrNotFound):
		e.Gone = true
	case err != nil:
		return err
	case rec.Changed.After(e.At):
	case rec.Public() && rec.Relevance != stoa.Withdrawn:
		rec = a.shown(rec, nil)
		e.Current = &rec
	default:
		e.Gone = true
	}
	return nil
}

// Source is a source as readers see it.
type Source struct {
	ID           string     `json:"id"`
	Organisation string     `json:"organisation"`
	Title        string     `json:"title"`
	URL          string     `json:"url"`
	Format       string     `json:"format"`
	Languages    []string   `json:"languages,omitempty"`
	Trust        stoa.Trust `json:"trust"`
	Disabled     string     `json:"disabled,omitempty" doc:"The reason."`
	Paused       string     `json:"paused,omitempty" doc:"The reason."`
	Terms        stoa.Terms `json:"terms,omitzero"`
	Known        int        `json:"known" doc:"Items that it lists now."`
	Next         *time.Time `json:"next,omitempty" doc:"When it is due."`
	Last         *stoa.Run  `json:"last,omitempty" doc:"The last run."`
	Good         *stoa.Run  `json:"good,omitempty" doc:"The last good run."`
	Failures     int        `json:"failures" doc:"Runs that failed since the last good one."`
	Runs         []stoa.Run `json:"runs,omitempty" doc:"The last runs, newest first; of a single source only."`
}

// Sources is the answer of /sources.
type Sources struct {
	Sources []Source `json:"sources"`
}

func (a *API) sources(w http.ResponseWriter, r *http.Request) error {
	out := Sources{Sources: []Source{}}
	for _, s := range a.Sources() {
		one, err := a.describe(r.Context(), s)
		if err != nil {
			return err
		}
		out.Sources = append(out.Sources, one)
	}
	return send(w, r, http.StatusOK, out, page.Public, "")
}

func (a *API) source(w http.ResponseWriter, r *http.Request) error {
	for _, s := range a.Sources() {
		if s.ID != r.PathValue("id") {
			continue
		}
		one, err := a.describe(r.Context(), s)
		if err != nil {
			return err
		}
		if one.Runs, err = a.Records.Runs(r.Context(), s.ID, 50); err != nil {
			return err
		}
		for i := range one.Runs {
			one.Runs[i] = publicRun(one.Runs[i])
		}
		return send(w, r, http.StatusOK, one, page.Public, "")
	}
	return fmt.Errorf("source %s: %w", r.PathValue("id"), stoa.ErrNotFound)
}

func (a *API) describe(ctx context.Context, s stoa.Source) (Source, error) {
	h, err := a.Records.History(ctx, s.ID)
	if err != nil {
		return Source{}, fmt.Errorf("source %s: %w", s.ID, err)
	}
	out := Source{
		ID: s.ID, Organisation: s.Organisation, Title: s.Title, URL: s.URL, Format: string(s.Format), Languages: s.Languages, Trust: s.Trust,
		Disabled: s.Disabled, Paused: h.Paused, Terms: s.Terms, Known: h.Known, Failures: h.Failures,
	}
	if h.Trust != "" {
		out.Trust = h.Trust
	}
	if !h.Next.IsZero() {
		out.Next = &h.Next
	}
	if h.Last.ID != "" {
		last := publicRun(h.Last)
		out.Last = &last
	}
	if h.Good.ID != "" {
		good := publicRun(h.Good)
		out.Good = &good
	}
	return out, nil
}

// publicRun is a run without what only curators need.
func publicRun(r stoa.Run) stoa.Run {
	r.Captures, r.Profile = nil, stoa.Profile{}
	return r
}

func (a *API) openAPI(w http.ResponseWriter, r *http.Request) error {
	body, err := a.document()
	if err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Type: "application/openapi+json;version=3.1", Body: body})
	return nil
}
