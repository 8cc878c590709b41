package servertest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa"
	"stoa/server/curate"
)

// Decision is part of the catalogue.
func (w *World) Decision(ctx context.Context, id string) (stoa.Decision, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.Rulings {
		if d.ID == id {
			undone := slices.ContainsFunc(w.Rulings, func(u stoa.Decision) bool { return u.Action == stoa.Undo && u.Value == id })
			return d, !undone, w.check(ctx)
		}
	}
	return stoa.Decision{}, false, fmt.Errorf("decision: %w", stoa.ErrNotFound)
}

// Letter is part of the catalogue.
func (w *World) Letter(ctx context.Context, id string) (stoa.Letter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.Letters {
		if l.ID == id {
			return l, w.check(ctx)
		}
	}
	return stoa.Letter{}, fmt.Errorf("letter: %w", stoa.ErrNotFound)
}

// ListedBy is part of the catalogue.
func (w *World) ListedBy(ctx context.Context, sources []string, after string, limit int) ([]stoa.Record, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Record
	for _, id := range slices.Sorted(maps.Keys(w.Entries)) {
		r := w.Entries[id]
		if id <= after || !slices.ContainsFunc(r.Sightings, func(s stoa.Sighting) bool { return slices.Contains(sources, s.Source) }) {
			continue
		}
		if len(out) == limit {
			return out, out[limit-1].ID, w.check(ctx)
		}
		out = append(out, r)
	}
	return out, "", w.check(ctx)
}

// Waits is part of the catalogue.
func (w *World) Waits(ctx context.Context, limit int) (map[string][]time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string][]time.Time{}
	for _, t := range w.Tasks[:min(limit, len(w.Tasks))] {
		out[t.Reason] = append(out[t.Reason], t.Since)
	}
	return out, w.check(ctx)
}

// Concluded is part of the catalogue.
func (w *World) Concluded(ctx context.Context, rule string, before uint64, limit int) ([]stoa.Finding, uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Finding
	for _, list := range w.Found {
		for _, f := range list {
			if f.Rule == rule && (before == 0 || f.Seq < before) && len(out) < limit {
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b stoa.Finding) int { return cmp.Compare(b.Seq, a.Seq) })
	return out, 0, w.check(ctx)
}

// Users is part of the accounts.
func (w *World) Users(ctx context.Context) ([]stoa.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.User
	for _, name := range slices.Sorted(maps.Keys(w.Persons)) {
		out = append(out, w.Persons[name])
	}
	return out, w.check(ctx)
}

// change changes one account; with out, its sessions end.
func (w *World) change(ctx context.Context, name string, out bool, do func(*stoa.User)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.Persons[name]
	if !ok {
		return fmt.Errorf("user: %w", stoa.ErrNotFound)
	}
	do(&u)
	w.Persons[name] = u
	if out {
		maps.DeleteFunc(w.sessions, func(_ string, s stoa.Session) bool { return s.User == name })
	}
	return w.check(ctx)
}

// SetRole is part of the accounts.
func (w *World) SetRole(ctx context.Context, name string, role stoa.UserRole, disabled bool) error {
	if !role.Valid() {
		return fmt.Errorf("set role: %w role %q", stoa.ErrInvalid, role)
	}
	return w.change(ctx, name, true, func(u *stoa.User) { u.Role, u.Disabled = role, disabled })
}

// SetKeys is part of the accounts.
func (w *World) SetKeys(ctx context.Context, name string, keys stoa.Keys) error {
	return w.change(ctx, name, false, func(u *stoa.User) { u.Keys = keys })
}

// SetMail is part of the accounts.
func (w *World) SetMail(ctx context.Context, name, email string, wishes stoa.Wishes) error {
	return w.change(ctx, name, false, func(u *stoa.User) { u.Email, u.Mail = email, wishes })
}

// SetPassword is part of the accounts.
func (w *World) SetPassword(ctx context.Context, name, encoded string) error {
	return w.change(ctx, name, true, func(u *stoa.User) { u.Password = encoded })
}

// Sessions is part of the accounts.
func (w *World) Sessions(ctx context.Context, user string) ([]stoa.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []stoa.Session
	for _, s := range w.sessions {
		if user == "" || s.User == user {
			out = append(out, s)
		}
	}
	return out, w.check(ctx)
}

// EndSessionOf is part of the accounts.
func (w *World) EndSessionOf(ctx context.Context, user, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.sessions)
	maps.DeleteFunc(w.sessions, func(_ string, s stoa.Session) bool { return s.User == user && s.ID == id })
	if len(w.sessions) == n {
		return fmt.Errorf("session: %w", stoa.ErrNotFound)
	}
	return w.check(ctx)
}

// EndSessions is part of the accounts.
func (w *World) EndSessions(ctx context.Context, user string) error {
	return w.change(ctx, user, true, func(*stoa.User) {})
}

// Tokens is part of the accounts.
func (w *World) Tokens(ctx context.Context) ([]stoa.Token, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.Programs), func(a, b stoa.Token) int { return cmp.Compare(a.ID, b.ID) }), w.check(ctx)
}

// NewToken is part of the accounts.
func (w *World) NewToken(ctx context.Context, t stoa.Token) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.Persons[t.User].Role.May(t.Role) {
		return "", fmt.Errorf("new token: %w", stoa.ErrDenied)
	}
	w.secrets++
	t.ID, t.Created = fmt.Sprintf("token-%d", w.secrets), w.Clock()
	secret := fmt.Sprintf("stoa_new-token-number-%020d", w.secrets)
	w.Programs[secret] = t
	return secret, w.check(ctx)
}

// EndToken is part of the accounts.
func (w *World) EndToken(ctx context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.Programs)
	maps.DeleteFunc(w.Programs, func(_ string, t stoa.Token) bool { return t.ID == id })
	if len(w.Programs) == n {
		return fmt.Errorf("token: %w", stoa.ErrNotFound)
	}
	return w.check(ctx)
}

// Write is part of the catalogue.
func (w *World) Write(ctx context.Context, l stoa.Letter) (stoa.Letter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.check(ctx); err != nil {
		return l, err
	}
	l.ID, l.At = fmt.Sprintf("letter-%d", len(w.Letters)+1), w.Clock()
	w.Letters = append(w.Letters, l)
	t := stoa.Task{Subject: l.ID, Reason: stoa.ReasonLetter, Why: []string{string(l.Kind)}, Since: l.At, Weight: 20, Letter: &l}
	if r, ok := w.Entries[l.Record]; ok {
		t.Record = &r
	}
	w.Tasks = append(w.Tasks, t)
	return l, nil
}

// Mailed is part of the accounts.
func (w *World) Mailed(ctx context.Context, name string, asked, digested, urged time.Time) error {
	return w.change(ctx, name, false, func(u *stoa.User) {
		for p, at := range map[*time.Time]time.Time{&u.Mail.Asked: asked, &u.Mail.Digested: digested, &u.Mail.Urged: urged} {
			if !at.IsZero() {
				*p = at
			}
		}
	})
}

// Shop is a workshop and a shelf that do at once, and in memory, what they are asked.
type Shop struct {
	World *World
	mu    sync.Mutex
	jobs  []curate.Job
	Kept  map[string]string // entries that were kept, by id
}

// Start is part of the workshop.
func (s *Shop) Start(_ context.Context, ask curate.Ask) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.World.Clock()
	run := stoa.Run{ID: "run-trial", Source: ask.Source, Outcome: stoa.OK, Seen: 2, New: 2, Began: now, Warnings: []string{}}
	item := stoa.Item{Title: "A <b>bold</b> title", URL: "https://partner.example/one", Published: "2026-11-01"}
	j := curate.Job{Ask: ask, ID: fmt.Sprintf("job-%d", len(s.jobs)+1), Began: now, Ended: now, Found: curate.Found{
		Run: run, Before: &run, Fill: map[string]float64{"title": 1, "summary": .5}, Was: map[string]float64{"title": .2}, Items: []stoa.Item{item},
		Gained: []stoa.Item{item}, Lost: []stoa.Item{item}, Differ: []stoa.Item{item}, Warnings: []string{"a page is slow"},
		Proposals: []curate.Way{{Address: "https://partner.example/feed", Format: "feed", Why: "linked from the page", Entry: "sources:\n  - id: new-one\n", Items: 2, Titles: []string{item.Title}}},
	}}
	s.jobs = append(s.jobs, j)
	return j.ID, nil
}

// Job is part of the workshop.
func (s *Shop) Job(id string) (curate.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.ID == id {
			return j, nil
		}
	}
	return curate.Job{}, fmt.Errorf("job: %w", stoa.ErrNotFound)
}

// TakeIn is part of the workshop.
func (s *Shop) TakeIn(context.Context, stoa.Item) (string, error) { return ID(33), nil }

// Entry is part of the shelf.
func (s *Shop) Entry(id string) (string, bool, error) {
	return "sources:\n  - id: " + id + "\n    url: https://" + id + ".example.org/\n", id == "first-news", nil
}

// Put is part of the shelf.
func (s *Shop) Put(_ context.Context, id, text string) (stoa.Source, error) {
	_, rest, ok := strings.Cut(text, "id: ")
	name, _, _ := strings.Cut(rest, "\n")
	if name = strings.TrimSpace(name); !ok || name == "" || id != "" && name != id {
		return stoa.Source{}, fmt.Errorf("%w entry: entry:2: no id", stoa.ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Kept == nil {
		s.Kept = map[string]string{}
	}
	s.Kept[name] = text
	return stoa.Source{ID: name, Title: name, Trust: stoa.DraftSource}, nil
}

// Capture is part of the shelf.
func (s *Shop) Capture(id string) (curate.Capture, error) {
	if id != "1-2-abcdef01" {
		return curate.Capture{}, fmt.Errorf("capture: %w", stoa.ErrNotFound)
	}
	return curate.Capture{Address: "https://partner.example/", Status: 200, Type: "text/html", At: now, Body: []byte("<script>alert(1)</script>\xff")}, nil
}

// Host is part of the shelf.
func (s *Shop) Host(context.Context, string) (stoa.Ledger, bool) {
	return stoa.Ledger{Host: "partner.example", Requests: 1200, NotModified: 900, Refusals: 1, Failures: 3, Last: now.Add(-time.Hour), WaitUntil: now.Add(time.Hour), Delay: 5 * time.Second, Robots: "200"}, true
}
