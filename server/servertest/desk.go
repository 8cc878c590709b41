package servertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
)

var sampleSources = []struct{ id, org, title, runs, note string }{
	{"itu-cyberdrills", "ITU", "ITU CyberDrills", "uouuouuouo", ""},
	{"itu-academy", "ITU Academy", "ITU Academy full course catalogue", "ouooouoophx", "The run found 3 courses where 212 are known."},
	{"first-news", "FIRST", "FIRST newsroom feed", "uuouuuouuu", ""},
	{"first-education", "FIRST", "FIRST education and trainings", "uuouuuuuoo", ""},
	{"cybil-projects", "GFCE", "Cybil: capacity-building projects", "ooouoouoop", "2 of 40 pages did not answer; what was read counts, nothing was removed."},
	{"gfce-events", "GFCE", "GFCE events", "oouoooouoo", ""},
	{"enisa-publications", "ENISA", "ENISA publications", "uuouuuuouu", ""},
	{"cisa-resources", "CISA", "CISA resources and tools", "uoubbbbbbb", "The site answers 403 to our user agent."},
	{"asean-centre", "CSA Singapore", "ASCCE programmes", "uouuuoufff", "The host name does not resolve."},
	{"nist-csrc", "NIST", "NIST CSRC publications", "uuuouououus", "The host asked us to wait."},
	{"unidir-events", "UNIDIR", "UNIDIR events", "", ""},
}

var outcomeOf = map[rune]stoa.Outcome{'o': stoa.OK, 'u': stoa.Unchanged, 'p': stoa.Partial, 'h': stoa.Held, 'f': stoa.Failed, 'b': stoa.Refusal, 's': stoa.Skipped}

func (w *World) sources() {
	for i, s := range sampleSources {
		src := stoa.Source{ID: s.id, Organisation: s.org, Title: s.title, URL: "https://" + s.id + ".example.org/", Format: "feed", Trust: stoa.Trusted, Languages: []string{"en"}}
		if s.runs == "" {
			src.Disabled = "the address is a guess"
		}
		w.Listings = append(w.Listings, src)
		h := stoa.History{Source: s.id, Known: 30 + i*17}
		for n, letter := range s.runs {
			outcome, ok := outcomeOf[letter]
			if !ok {
				continue
			}
			at := Now().Add(-time.Duration(len(s.runs)-n)*24*time.Hour + 20*time.Hour)
			run := stoa.Run{ID: fmt.Sprintf("run-%s-%02d", s.id, n), Source: s.id, Outcome: outcome, Status: 200, Address: src.URL, Seen: 30 + i*17, Began: at.Add(-time.Minute), Ended: at, Warnings: []string{}}
			if !outcome.Good() {
				run.Text = s.note
				run.Code = map[stoa.Outcome]string{stoa.Held: stoa.CodeShrunk, stoa.Failed: stoa.CodeDNS, stoa.Refusal: stoa.CodeForbidden, stoa.Skipped: stoa.CodeWait, stoa.Partial: stoa.CodePageFailed}[outcome]
				h.Failures++
			} else {
				h.Good, h.Failures = run, 0
			}
			h.Last = run
			w.PastRuns[s.id] = append([]stoa.Run{run}, w.PastRuns[s.id]...)
		}
		if s.runs != "" {
			h.Next = Now().Add(time.Duration(i+3) * 5 * time.Hour)
		}
		if i == 1 { // read at its second door, and the address of that moves
			h.Way = stoa.Way{Address: "https://second.example.org/feed", Since: Now().Add(-50 * time.Hour), Why: "the host answered 410 Gone"}
			h.Incidents = append(h.Incidents, stoa.Incident{Source: s.id, Rule: stoa.RuleWayIn, About: h.Way.Address, Text: "read from " + h.Way.Address, Since: h.Way.Since, Last: h.Way.Since})
			h.Moved = stoa.Way{Address: "https://third.example.org/feed", Since: Now().Add(-40 * time.Hour)}
		}
		w.Histories[s.id] = h
	}
}

// Sources returns the sample sources.
func (w *World) Sources() []stoa.Source { return slices.Clone(w.Listings) }

// queue fills the queue with one task of each reason and some new items.
func (w *World) queue() {
	at := func(n int) *stoa.Record {
		r := w.Entries[ID(n)]
		return &r
	}
	for _, n := range []int{33, 28, 25} {
		r := w.Entries[ID(n)]
		r.State, r.FirstListed = stoa.Pending, time.Time{}
		w.Entries[ID(n)] = r
	}
	held := w.PastRuns["itu-academy"][0]
	w.Tasks = []stoa.Task{
		{Subject: held.ID, Reason: stoa.ReasonIncident, Why: []string{held.Text}, Since: Now().Add(-6 * time.Hour), Weight: 90, Run: &held},
		{Subject: "418", Reason: stoa.ReasonConflict, Why: []string{string(stoa.UnderEdit)}, Since: Now().Add(-26 * time.Hour), Weight: 70, Record: at(3), Conflict: &stoa.Conflict{
			Number: 418, Kind: stoa.UnderEdit, Record: ID(3), Field: "summary", Default: "ours", At: Now().Add(-26 * time.Hour),
			Base:   "Seventh edition, in Istanbul, for programme managers in EU Delegations.",
			Theirs: "Eighth edition, in Tallinn, for programme managers in EU Delegations and diplomats who are no specialists.",
			Ours:   "For managers of external programmes and for diplomats. Three days in a classroom, in English.",
		}},
		{Subject: ID(22), Reason: stoa.ReasonDuplicate, Why: []string{"likeness 0.87", "same organiser and title"}, Since: Now().Add(-30 * time.Hour), Weight: 50, Record: at(22), Other: at(21)},
		{Subject: ID(33), Reason: stoa.ReasonNew, Why: []string{"its source is on probation", "kind: programme (0.52)"}, Since: Now().Add(-50 * time.Hour), Weight: 30, Record: at(33)},
		{Subject: ID(28), Reason: stoa.ReasonNew, Why: []string{"its source is on probation"}, Since: Now().Add(-50 * time.Hour), Weight: 30, Record: at(28)},
		{Subject: ID(25), Reason: stoa.ReasonNew, Why: []string{"no pillar is sure"}, Since: Now().Add(-72 * time.Hour), Weight: 30, Record: at(25)},
		{Subject: ID(41), Reason: stoa.ReasonStale, Why: []string{"S9"}, Since: Now().Add(-2 * time.Hour), Weight: 10, Record: at(41)},
	}
	w.Rulings = []stoa.Decision{{ID: "dec0000001", Seq: 1, Subject: ID(3), Action: stoa.Set, Field: "summary", Value: "For managers of external programmes and for diplomats.", By: "curator", At: Now().AddDate(0, -2, 0), Before: "Seventh edition"}}
}

// Queue is part of the catalogue.
func (w *World) Queue(ctx context.Context, q stoa.TaskQuery) ([]stoa.Task, int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.check(ctx); err != nil {
		return nil, 0, err
	}
	var all []stoa.Task
	for _, t := range w.Tasks {
		about := t.Conflict != nil && t.Conflict.Record == q.Subject
		if q.Reason != "" && t.Reason != q.Reason || q.Subject != "" && t.Subject != q.Subject && !about {
			continue
		}
		if q.Text != "" && (t.Record == nil || !strings.Contains(strings.ToLower(t.Record.Title), strings.ToLower(q.Text))) {
			continue
		}
		if t.Record != nil && (q.Kind != "" && t.Record.Kind != q.Kind || q.Pillar != "" && t.Record.Primary() != q.Pillar || q.Language != "" && t.Record.Language != q.Language) {
			continue
		}
		if t.Record != nil {
			r := w.Entries[t.Record.ID]
			t.Record = &r
		}
		all = append(all, t)
	}
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	from := min(q.Offset, len(all))
	return slices.Clone(all[from:min(from+limit, len(all))]), len(all), nil
}

// Waiting is part of the catalogue.
func (w *World) Waiting(ctx context.Context, q stoa.TaskQuery) (map[string]int, error) {
	counts := map[string]int{}
	for _, reason := range stoa.TaskReasons() {
		q.Reason = reason
		_, n, err := w.Queue(ctx, q)
		if err != nil {
			return nil, err
		}
		counts[reason] = n
	}
	return counts, nil
}

// Stats is part of the catalogue.
func (w *World) Stats(ctx context.Context) (stoa.Stats, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := stoa.Stats{Records: map[stoa.State]int{}, Queue: map[string]int{}, Changes: uint64(len(w.Changed)), Bytes: 1 << 20}
	for _, r := range w.Entries {
		s.Records[r.State]++
	}
	for _, t := range w.Tasks {
		s.Queue[t.Reason]++
	}
	return s, w.check(ctx)
}

// Decide is part of the catalogue; it does of each action what a test can see.
func (w *World) Decide(ctx context.Context, d stoa.Decision) (stoa.Decision, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.check(ctx); err != nil {
		return stoa.Decision{}, err
	}
	for _, old := range w.Rulings {
		if d.ID != "" && old.ID == d.ID {
			return old, nil
		}
	}
	if !slices.Contains(stoa.Actions(), d.Action) || d.By == "" {
		return stoa.Decision{}, fmt.Errorf("decide: %w action %q", stoa.ErrInvalid, d.Action)
	}
	var err error
	switch d.Action {
	case stoa.Release, stoa.Discard:
		err = w.settleRun(d)
	case stoa.Undo:
		err = w.undo(&d)
	case stoa.Settle:
		err = w.drop(d.Subject)
	case stoa.Second:
		err = w.second(d)
	case stoa.Answer:
		err = w.drop(d.Subject)
	case stoa.Stage, stoa.Pause, stoa.Adopt, stoa.Leave, stoa.Switch, stoa.Takedown, stoa.Invite, stoa.Erase:
	default:
		err = w.ruleRecord(&d)
	}
	if err != nil {
		return stoa.Decision{}, fmt.Errorf("decide %s of %q: %w", d.Action, d.Subject, err)
	}
	d.Seq, d.At = uint64(len(w.Rulings)+1), w.Clock().UTC()
	if d.ID == "" {
		d.ID = fmt.Sprintf("dec%07d", d.Seq)
	}
	w.Rulings = append(w.Rulings, d)
	w.done(d)
	return d, nil
}

func (w *World) ruleRecord(d *stoa.Decision) error {
	r, err := w.get(d.Subject)
	if err != nil {
		return err
	}
	d.Subject = r.ID
	if d.IfMatch != 0 && d.IfMatch != r.Version {
		return errStale(r.Version, d.IfMatch)
	}
	switch d.Action {
	case stoa.Accept:
		r.State, r.FirstListed = stoa.Listed, w.Clock()
	case stoa.Refuse:
		if !slices.Contains(stoa.Reasons(), d.Reason) {
			return fmt.Errorf("%w reason %q: want one of %s", stoa.ErrInvalid, d.Reason, strings.Join(stoa.Reasons(), ", "))
		}
		r.State, r.Reason = stoa.Refused, d.Reason
	case stoa.Set:
		if err := set(&r, *d); err != nil {
			return err
		}
	case stoa.Merge:
		other, err := w.get(d.Value)
		if err != nil {
			return err
		}
		other.MergedInto = r.ID
		w.Entries[other.ID] = other
	}
	r.Version++
	r.Changed = w.Clock()
	w.Entries[r.ID] = r
	op := stoa.OpChanged
	if d.Action == stoa.Accept {
		op = stoa.OpListed
	}
	w.Changed = append(w.Changed, stoa.Change{Seq: uint64(len(w.Changed) + 1), At: r.Changed, Op: op, Record: r.ID, By: "decision:x"})
	w.Tasks = slices.DeleteFunc(w.Tasks, func(t stoa.Task) bool { return t.Subject == r.ID })
	return nil
}

func set(r *stoa.Record, d stoa.Decision) error {
	switch d.Field {
	case "title":
		r.Title = d.Value
	case "summary":
		r.Summary = d.Value
	case "kind":
		r.Kind = stoa.Kind(d.Value)
	case "pillars":
		r.Pillars = nil
		var all []string
		if json.Unmarshal([]byte(d.Value), &all) != nil {
			all = strings.Split(d.Value, ",")
		}
		for _, p := range all {
			r.Pillars = append(r.Pillars, stoa.Pillar(p))
		}
	default:
		if !slices.Contains(stoa.Settable(), d.Field) {
			return fmt.Errorf("%w field %q", stoa.ErrInvalid, d.Field)
		}
	}
	return nil
}

func (w *World) settleRun(d stoa.Decision) error {
	for _, runs := range w.PastRuns {
		for i, r := range runs {
			if r.ID != d.Subject {
				continue
			}
			if r.Released != "" {
				return errSettled
			}
			if r.Outcome != stoa.Held {
				return fmt.Errorf("%w run: it is %s, not held", stoa.ErrInvalid, r.Outcome)
			}
			runs[i].Released = "dec"
			return w.drop(d.Subject)
		}
	}
	return stoa.ErrNotFound
}

func (w *World) drop(subject string) error {
	n := len(w.Tasks)
	w.Tasks = slices.DeleteFunc(w.Tasks, func(t stoa.Task) bool { return t.Subject == subject })
	if len(w.Tasks) == n {
		return stoa.ErrNotFound
	}
	return nil
}

func (w *World) undo(d *stoa.Decision) error {
	for _, old := range w.Rulings {
		if old.ID == d.Value {
			d.Subject = old.Subject
			if old.Action == stoa.Accept || old.Action == stoa.Refuse {
				r := w.Entries[old.Subject]
				r.State = stoa.Pending
				w.Entries[old.Subject] = r
			}
			return nil
		}
	}
	return stoa.ErrNotFound
}

// Decisions is part of the catalogue.
func (w *World) Decisions(ctx context.Context, subject string) ([]stoa.Decision, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Decision
	for _, d := range w.Rulings {
		if d.Subject == subject {
			out = append(out, d)
		}
	}
	return out, w.check(ctx)
}

// User is part of the accounts.
func (w *World) User(ctx context.Context, name string) (stoa.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.Persons[name]
	if !ok {
		return u, fmt.Errorf("user: %w", stoa.ErrNotFound)
	}
	return u, w.check(ctx)
}

// Token is part of the accounts.
func (w *World) Token(ctx context.Context, secret string) (stoa.Token, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.Programs[secret]
	if !ok || w.Persons[t.User].Disabled {
		return stoa.Token{}, fmt.Errorf("token: %w", stoa.ErrNotFound)
	}
	return t, w.check(ctx)
}

// NewSession is part of the accounts.
func (w *World) NewSession(ctx context.Context, s stoa.Session) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets++
	secret := fmt.Sprintf("secret-of-a-session-number-%020d", w.secrets)
	s.Created, s.Seen, s.ID = w.Clock(), w.Clock(), fmt.Sprintf("session-%d", w.secrets)
	w.sessions[secret] = s
	return secret, w.check(ctx)
}

// Session is part of the accounts.
func (w *World) Session(ctx context.Context, secret string) (stoa.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.sessions[secret]
	u := w.Persons[s.User]
	if !ok || u.Disabled || u.Name == "" || !s.Expires.After(w.Clock()) {
		return stoa.Session{}, fmt.Errorf("session: %w", stoa.ErrNotFound)
	}
	s.Role = u.Role
	return s, w.check(ctx)
}

// TouchSession is part of the accounts.
func (w *World) TouchSession(ctx context.Context, secret string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sessions[secret]
	s.Seen = w.Clock()
	w.sessions[secret] = s
	return w.check(ctx)
}

// EndSession is part of the accounts.
func (w *World) EndSession(ctx context.Context, secret string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, secret)
	return w.check(ctx)
}

// SessionCount is how many sessions there are.
func (w *World) SessionCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sessions)
}

// Password reports whether a password belongs to one of the world's hashes.
func Password(encoded, password string) bool {
	return encoded != "" && encoded == "hash of "+password
}
