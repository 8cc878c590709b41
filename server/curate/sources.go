package curate

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"stoa"
	"stoa/server/page"
)

// shelved is a source with its health, as the desk lists it.
type shelved struct {
	stoa.Source
	history stoa.History
	trust   stoa.Trust
}

// trustOf is how far a source is believed: what people decided, else what its entry says.
func trustOf(s stoa.Source, h stoa.History) stoa.Trust {
	if h.Trust != "" {
		return h.Trust
	}
	return s.Trust
}

// stages are the steps of a source's life, in order.
func stages() []stoa.Trust {
	return []stoa.Trust{stoa.DraftSource, stoa.Rehearsed, stoa.Probation, stoa.Trusted}
}

// shelfSize is how many sources stand on a page.
const shelfSize = 50

// shelf is the list of sources.
type shelf struct {
	all    []shelved
	paging page.Paging
	found  int
	query  string
	stage  stoa.Trust
	total  int
}

func (d *Desk) sources(w http.ResponseWriter, r *http.Request, v visit) error {
	q := r.URL.Query()
	out := shelf{query: q.Get("q"), stage: stoa.Trust(q.Get("stage"))}
	if out.stage != "" && !slices.Contains(stages(), out.stage) {
		return page.Faults{{Field: "stage", Text: "want draft, rehearsed, probation or trusted"}}
	}
	for _, s := range d.Sources() {
		h, err := d.Records.History(r.Context(), s.ID)
		if err != nil {
			return err
		}
		one := shelved{s, h, trustOf(s, h)}
		out.total++
		text := strings.ToLower(s.ID + " " + s.Title + " " + s.Organisation)
		if strings.Contains(text, strings.ToLower(out.query)) && (out.stage == "" || one.trust == out.stage) {
			out.all = append(out.all, one)
		}
	}
	slices.SortStableFunc(out.all, func(a, b shelved) int {
		return cmp.Compare(strings.ToLower(a.Organisation), strings.ToLower(b.Organisation))
	})
	part, err := pageOf(r, len(out.all), shelfSize)
	if err != nil {
		return err
	}
	out.found, out.all, out.paging = len(out.all), out.all[part.from:part.to], part.Paging
	v.Title, v.Nav = v.T("desk.nav.sources"), "desk-sources"
	return d.send(w, r, http.StatusOK, shelfPage(v, out))
}

// sourceRuns is how many runs a source's page shows.
const sourceRuns = 20

// sourceCard is all that the desk knows of a source.
type sourceCard struct {
	shelved
	runs     []stoa.Run
	ruled    []stoa.Decision // newest first
	held     *stoa.Run
	drift    []drift
	entry    string
	own      bool // the entry may be changed here
	host     stoa.Ledger
	known    bool // the host was visited
	workshop bool
	saved    bool
	faults   string // what is wrong with an entry that was sent
}

func (d *Desk) findSource(id string) (stoa.Source, error) {
	for _, s := range d.Sources() {
		if s.ID == id {
			return s, nil
		}
	}
	return stoa.Source{}, stoa.ErrNotFound
}

func (d *Desk) source(w http.ResponseWriter, r *http.Request, v visit) error {
	return d.showSource(w, r, v, http.StatusOK, sourceCard{saved: wasSaved(r)})
}

func (d *Desk) showSource(w http.ResponseWriter, r *http.Request, v visit, status int, c sourceCard) error {
	src, err := d.findSource(r.PathValue("id"))
	if err != nil {
		return err
	}
	h, err := d.Records.History(r.Context(), src.ID)
	if err != nil {
		return err
	}
	c.shelved = shelved{src, h, trustOf(src, h)}
	if c.runs, err = d.Records.Runs(r.Context(), src.ID, sourceRuns); err != nil {
		return err
	}
	for i := range c.runs {
		if c.runs[i].Outcome == stoa.Held && c.runs[i].Released == "" && c.held == nil {
			c.held = &c.runs[i]
		}
	}
	if c.ruled, err = d.Records.Decisions(r.Context(), src.ID); err != nil {
		return err
	}
	slices.Reverse(c.ruled)
	c.drift = drifts(v, h.Profiles)
	c.workshop = d.Office.Workshop != nil
	if d.Office.Shelf != nil {
		c.host, c.known = d.Office.Shelf.Host(r.Context(), src.URL)
		text, own, err := d.Office.Shelf.Entry(src.ID)
		if err != nil {
			return err
		}
		if c.own = own; c.entry == "" {
			c.entry = text
		}
	}
	v.Title, v.Nav = src.Title, "desk-sources"
	return d.send(w, r, status, sourcePage(v, c))
}

// ruleSource takes what is done on a source's page: decisions on it, and work of the harvesters.
func (d *Desk) ruleSource(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	src, err := d.findSource(r.PathValue("id"))
	if err != nil {
		return err
	}
	switch r.PostForm.Get("action") {
	case JobHarvest, JobTry, JobRehearse, JobRedo:
		return d.work(w, r, v, Ask{Kind: r.PostForm.Get("action"), Source: src.ID, Entry: r.PostForm.Get("entry"), Run: r.PostForm.Get("run"), By: v.user.Name})
	case "entry":
		return d.changeEntry(w, r, v, src)
	}
	want, err := asked(r, v, []stoa.Action{stoa.Stage, stoa.Pause, stoa.Adopt, stoa.Switch, stoa.Takedown})
	if err != nil {
		return err
	}
	made, err := d.Records.Decide(r.Context(), want)
	if err != nil {
		return explained(err)
	}
	if r.PostForm.Get("next") != "" { // from the queue
		back(w, r, made)
		return nil
	}
	seeOther(w, r, okHref("/curate/sources/"+src.ID))
	return nil
}

// changeEntry keeps a changed entry of DATA/sources.d.
func (d *Desk) changeEntry(w http.ResponseWriter, r *http.Request, v visit, src stoa.Source) error {
	if !v.may(stoa.Editor) {
		return stoa.ErrDenied
	}
	if d.Office.Shelf == nil {
		return noWorkshop()
	}
	text := r.PostForm.Get("entry")
	_, err := d.Office.Shelf.Put(r.Context(), src.ID, text)
	if errors.Is(err, stoa.ErrInvalid) {
		return d.showSource(w, r, v, http.StatusBadRequest, sourceCard{entry: text, faults: err.Error()})
	}
	if err != nil {
		return err
	}
	d.Log.InfoContext(r.Context(), "source changed", "request", page.RequestID(r.Context()), "source", src.ID, "by", v.user.Name)
	seeOther(w, r, okHref("/curate/sources/"+src.ID))
	return nil
}

func noWorkshop() error {
	return page.WithStatus(http.StatusServiceUnavailable, errors.New("no harvester runs here"))
}

// work has the harvesters do something, and leads to where it can be watched.
func (d *Desk) work(w http.ResponseWriter, r *http.Request, v visit, a Ask) error {
	need := stoa.Editor
	if a.Kind == JobHarvest || a.Kind == JobRedo && a.Entry == "" {
		need = stoa.Curator
	}
	if !v.may(need) {
		return stoa.ErrDenied
	}
	if d.Office.Workshop == nil {
		return noWorkshop()
	}
	id, err := d.Office.Workshop.Start(r.Context(), a)
	if err != nil {
		return explained(err)
	}
	d.Log.InfoContext(r.Context(), "job began", "request", page.RequestID(r.Context()), "job", id, "kind", a.Kind, "source", a.Source, "address", a.Address, "by", v.user.Name)
	seeOther(w, r, "/curate/jobs/"+id)
	return nil
}

// newEntry is the page on which a source begins.
type newEntry struct {
	address, entry, faults string
	workshop               bool
	taken                  int // sources that an outline brought
	skipped                []string
	imported               bool
}

func (d *Desk) newSource(w http.ResponseWriter, r *http.Request, v visit) error {
	q := r.URL.Query()
	n := newEntry{address: page.Outgoing(q.Get("address"))}
	return d.showNew(w, r, v, http.StatusOK, n)
}

func (d *Desk) showNew(w http.ResponseWriter, r *http.Request, v visit, status int, n newEntry) error {
	n.workshop = d.Office.Workshop != nil
	v.Title, v.Nav = v.T("source.new"), "desk-sources"
	return d.send(w, r, status, newSourcePage(v, n))
}

// workNew tries an entry, looks for ways into a site, or keeps an entry as a draft.
func (d *Desk) workNew(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	f := r.PostForm
	switch f.Get("action") {
	case JobDiscover:
		if page.Outgoing(f.Get("address")) == "" {
			return page.Faults{{Field: "address", Text: "want http://… or https://…"}}
		}
		return d.work(w, r, v, Ask{Kind: JobDiscover, Address: f.Get("address"), By: v.user.Name})
	case JobTry:
		return d.work(w, r, v, Ask{Kind: JobTry, Entry: f.Get("entry"), By: v.user.Name})
	case "edit":
		return d.showNew(w, r, v, http.StatusOK, newEntry{entry: f.Get("entry")})
	case "keep":
		return d.keepEntry(w, r, v, f.Get("entry"))
	}
	return page.Faults{{Field: "action", Text: "want one that belongs here"}}
}

// keepEntry keeps a new entry. It begins as a draft, which is never harvested by itself.
func (d *Desk) keepEntry(w http.ResponseWriter, r *http.Request, v visit, text string) error {
	if d.Office.Shelf == nil {
		return noWorkshop()
	}
	made, err := d.Office.Shelf.Put(r.Context(), "", text)
	if errors.Is(err, stoa.ErrInvalid) {
		return d.showNew(w, r, v, http.StatusBadRequest, newEntry{entry: text, faults: err.Error()})
	}
	if err != nil {
		return err
	}
	if _, err := d.Records.Decide(r.Context(), stoa.Decision{Subject: made.ID, Action: stoa.Stage, Value: string(stoa.DraftSource), By: v.user.Name}); err != nil {
		return explained(err)
	}
	d.Log.InfoContext(r.Context(), "source made", "request", page.RequestID(r.Context()), "source", made.ID, "by", v.user.Name)
	seeOther(w, r, okHref("/curate/sources/"+made.ID))
	return nil
}

func (d *Desk) job(w http.ResponseWriter, r *http.Request, v visit) error {
	if d.Office.Workshop == nil {
		return stoa.ErrNotFound
	}
	j, err := d.Office.Workshop.Job(r.PathValue("id"))
	if err != nil {
		return err
	}
	v.Title, v.Nav = v.Word("job", j.Kind), "desk-sources"
	return d.send(w, r, http.StatusOK, jobPage(v, j))
}

// maxCapture bounds how much of a capture is shown.
const maxCapture = 1 << 20

// capture shows a fetched response as plain text: its bytes come from outside and are never run.
func (d *Desk) capture(w http.ResponseWriter, r *http.Request, v visit) error {
	if d.Office.Shelf == nil {
		return stoa.ErrNotFound
	}
	c, err := d.Office.Shelf.Capture(r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	head := c.Address + "\n" + page.Decimal(c.Status) + " " + c.Type + "\n" + stampOf(c.At) + "\n\n"
	body := strings.ToValidUTF8(string(c.Body[:min(len(c.Body), maxCapture)]), "\ufffd")
	page.Send(w, r, page.Answer{Type: "text/plain; charset=utf-8", Body: []byte(head + body), Cache: page.Private})
	return nil
}
