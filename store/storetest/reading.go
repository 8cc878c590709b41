package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

func reading(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("absence is ErrNotFound", func(t *testing.T) { absence(t, open) })
	t.Run("records come page by page, each once, in order", func(t *testing.T) { paging(t, open) })
	t.Run("a record answers to its short id", func(t *testing.T) { shortIDs(t, open) })
	t.Run("slow readers keep no writer waiting", func(t *testing.T) { slowReaders(t, open) })
	t.Run("the queue is filtered, paged and ordered", func(t *testing.T) { queueing(t, open) })
	t.Run("counts agree with what is there", func(t *testing.T) { counts(t, open) })
	t.Run("runs come newest first", func(t *testing.T) { runs(t, open) })
	t.Run("a deadline passes without a harvest", func(t *testing.T) { deadline(t, open) })
	t.Run("a rebuild gives the same to the byte", func(t *testing.T) { rebuild(t, open) })
	t.Run("accounts and sessions", func(t *testing.T) { accounts(t, open) })
	t.Run("tokens", func(t *testing.T) { tokens(t, open) })
	t.Run("a new program's store is refused", func(t *testing.T) { newerSchema(t, open) })
	t.Run("a store of an older schema is brought up to date", func(t *testing.T) { olderSchema(t, open) })
	t.Run("a store that lost its schema is not a new one", func(t *testing.T) { lostSchema(t, open) })
	t.Run("a value that cannot be read is named", func(t *testing.T) { unreadable(t, open) })
}

func paging(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 450))
	var ids []string
	for r, err := range w.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, r.ID); len(ids) == 10 { // a writer is not kept waiting by a reader
			w.decide(stoa.Decision{Subject: r.ID, Action: stoa.Note, Value: "seen"})
		}
	}
	if len(ids) != 450 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != 450 {
		t.Errorf("%d records, sorted %t", len(ids), slices.IsSorted(ids))
	}
	n := 0
	for range w.Records(t.Context(), ids[439]) {
		if n++; n == 5 {
			break
		}
	}
	if n != 5 {
		t.Errorf("%d records after the 440th before the break, want 5", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n = 0
	for _, err := range w.Records(ctx, "") {
		if n++; n == 3 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || n < 3 {
		t.Errorf("cancelled after 3 of %d: %v", n, last)
	}
	var all []stoa.Change
	for since := uint64(0); ; {
		page, err := w.Changes(t.Context(), since, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		all, since = append(all, page...), page[len(page)-1].Seq
	}
	for i, ch := range all {
		if ch.Seq != uint64(i+1) {
			t.Fatalf("change %d has number %d", i, ch.Seq)
		}
	}
	if latest, err := w.Latest(t.Context(), 0, 2); err != nil || len(latest) != 2 || latest[0].Seq != uint64(len(all)) {
		t.Errorf("latest %+v, %v", latest, err)
	}
}

// slowReaders stops twenty readers in the middle of all records; a harvest commits meanwhile.
func slowReaders(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 40))
	var wg sync.WaitGroup
	reading, done := make(chan bool), make(chan struct{})
	for range 20 {
		wg.Go(func() {
			n := 0
			for _, err := range w.Records(t.Context(), "") {
				if err != nil {
					t.Error(err)
				}
				if n++; n == 5 {
					reading <- true
					<-done
				}
			}
		})
	}
	for range 20 {
		<-reading
	}
	w.apply(partner, items(10, 60)) // would wait for ever for a transaction that is open
	close(done)
	wg.Wait()
	w.sound()
}

func queueing(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	list := items(0, 30)
	list[20].Extra = map[string]string{"deadline": "2026-06-01"}
	list[10].Extra = map[string]string{"deadline": "2026-04-01"}
	w.apply(doubtful, list)
	tasks, total, err := w.Queue(t.Context(), stoa.TaskQuery{Limit: 10})
	if err != nil || total != 30 || len(tasks) != 10 {
		t.Fatalf("%d of %d, %v", len(tasks), total, err)
	}
	if tasks[0].Record.Deadline != "2026-04-01" || tasks[1].Record.Deadline != "2026-06-01" || len(tasks[0].Why) == 0 {
		t.Errorf("first %q and %q: the nearer deadline comes first", tasks[0].Record.Deadline, tasks[1].Record.Deadline)
	}
	seen := map[string]bool{}
	for offset := 0; offset < 30; offset += 10 {
		page, _, err := w.Queue(t.Context(), stoa.TaskQuery{Limit: 10, Offset: offset})
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range page {
			seen[task.Subject] = true
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d subjects on three pages, want 30", len(seen))
	}
	offers := []stoa.Finding{
		{Subject: tasks[0].Subject, Other: tasks[5].Subject, Kind: stoa.Proposal, Rule: "match:test"},
		{Subject: tasks[6].Subject, Other: tasks[5].Subject, Kind: stoa.Proposal, Rule: "match:test"},
	}
	if err := w.Find(t.Context(), offers); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    stoa.TaskQuery
		want int
	}{
		{stoa.TaskQuery{Reason: stoa.ReasonNew}, 30}, {stoa.TaskQuery{Reason: stoa.ReasonStale}, 0}, {stoa.TaskQuery{}, 32},
		{stoa.TaskQuery{Reason: stoa.ReasonDuplicate}, 2}, {stoa.TaskQuery{Reason: stoa.ReasonConflict}, 0},
		{stoa.TaskQuery{Source: "doubtful"}, 32}, {stoa.TaskQuery{Source: "partner"}, 0},
		{stoa.TaskQuery{Kind: stoa.Guidance, Pillar: stoa.Technical, Language: "en"}, 32}, {stoa.TaskQuery{Kind: stoa.Programme}, 0},
		{stoa.TaskQuery{Subject: tasks[0].Subject}, 2},
	} {
		page, got, err := w.Queue(t.Context(), c.q)
		if err != nil || got != c.want || len(page) != c.want {
			t.Errorf("%+v: %d of %d, %v, want %d", c.q, len(page), got, err, c.want)
		}
		waiting, err := w.Waiting(t.Context(), c.q)
		if n := waiting[c.q.Reason]; err != nil || c.q.Reason != "" && n != c.want {
			t.Errorf("%+v: %d wait, %v, want %d", c.q, n, err, c.want)
		}
		if n := waiting[stoa.ReasonNew] + waiting[stoa.ReasonDuplicate]; c.q.Reason == "" && n != c.want {
			t.Errorf("%+v: %d wait, want %d", c.q, n, c.want)
		}
		if rest, _, err := w.Queue(t.Context(), stoa.TaskQuery{Reason: c.q.Reason, Offset: 1000}); err != nil || len(rest) != 0 {
			t.Errorf("%+v: %d behind the end, %v", c.q, len(rest), err)
		}
	}
}

func counts(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 5))
	w.apply(doubtful, items(10, 15))
	w.decide(stoa.Decision{Subject: w.record(partner, "item-0").ID, Action: stoa.Merge, Value: w.record(partner, "item-1").ID})
	w.decide(stoa.Decision{Subject: w.record(doubtful, "item-10").ID, Action: stoa.Refuse, Reason: "unsafe"})
	s, err := w.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	states, merged := map[stoa.State]int{}, 0
	for r, err := range w.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if r.MergedInto != "" {
			merged++
			continue
		}
		states[r.State]++
	}
	if !same(s.Records, states) || s.Merged != merged || merged != 1 || s.Queue[stoa.ReasonNew] != 4 || s.Sources != 2 {
		t.Errorf("stats %+v, counted %v and %d merged", s, states, merged)
	}
}

func runs(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 20))
	failed := w.run(partner)
	failed.Outcome, failed.Code, failed.WaitUntil = stoa.Failed, stoa.CodeTimeout, w.now.Add(time.Hour)
	same304 := w.run(partner)
	same304.Outcome, same304.Code, same304.Ended = stoa.Unchanged, stoa.CodeNotModified, w.now
	for _, r := range []stoa.Run{failed, same304} {
		if err := w.Note(t.Context(), r, map[string]stoa.Validators{"https://x.example/": {ETag: r.ID}}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.Runs(t.Context(), partner.ID, 2)
	if err != nil || len(got) != 2 || got[0].ID != same304.ID || got[1].ID != failed.ID {
		t.Errorf("runs %+v, %v", got, err)
	}
	h, err := w.History(t.Context(), partner.ID)
	if err != nil || h.Known != 20 || h.Failures != 0 || h.Last.ID != same304.ID || h.Validators["https://x.example/"].ETag != same304.ID || len(h.Profiles) != 1 {
		t.Errorf("history %+v, %v", h, err)
	}
	if r := w.record(partner, "item-3"); !r.Sightings[0].Last.Equal(same304.Ended) {
		t.Errorf("last seen %s, want %s: a 304 says that all is as it was", r.Sightings[0].Last, same304.Ended)
	}
	if err := w.Note(t.Context(), failed, nil); !errors.Is(err, stoa.ErrConflict) {
		t.Errorf("the same run again: %v, want ErrConflict", err)
	}
	if err := w.Note(t.Context(), stoa.Run{ID: "x"}, nil); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("a run of nothing: %v, want ErrInvalid", err)
	}
	w.now = w.now.AddDate(1, 0, 2)
	w.apply(partner, items(0, 20))
	if _, err := w.Advance(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Runs(t.Context(), "", 10); err != nil || len(got) != 1 {
		t.Errorf("%d runs after a year, want the last one; %v", len(got), err)
	}
}

func deadline(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	call := item(1)
	call.Extra = map[string]string{"deadline": "2026-05-31"}
	w.apply(partner, []stoa.Item{call})
	before := w.record(partner, call.Key)
	at := w.last()
	w.now = before.NextChange.Add(-time.Second)
	if n, err := w.Advance(t.Context(), w.now); err != nil || n != 0 || w.last() != at {
		t.Errorf("a second before: %d due, %v", n, err)
	}
	w.now = before.NextChange.Add(time.Second)
	if n, err := w.Advance(t.Context(), w.now); err != nil || n != 1 {
		t.Errorf("a second after: %d due, %v", n, err)
	}
	if got := w.changes(at); len(got) != 1 || got[0].Op != stoa.OpStale || got[0].By != "rule:calendar" {
		t.Errorf("changes %+v", got)
	}
	if r := w.get(before.ID); r.Relevance != stoa.Closed || r.State != stoa.Listed {
		t.Errorf("record %s %s", r.Relevance, r.State)
	}
}

func rebuild(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 30))
	w.apply(doubtful, items(20, 40))
	w.apply(second, items(10, 25))
	w.decide(stoa.Decision{Subject: w.record(partner, "item-0").ID, Action: stoa.Merge, Value: w.record(partner, "item-1").ID})
	w.decide(stoa.Decision{Subject: w.record(partner, "item-2").ID, Action: stoa.Set, Field: "title", Value: "Ours"})
	w.decide(stoa.Decision{Subject: w.record(doubtful, "item-31").ID, Action: stoa.Refuse, Reason: "unsafe"})
	changed := items(2, 28)
	changed[0].Title += " of theirs"
	w.apply(partner, changed)
	w.applyWith(second, seq(nil), stoa.Steps{Draft: draft, Judge: judged(stoa.CodeEmpty)})
	id := func(n int) string { return w.record(partner, item(n).Key).ID }
	offer := stoa.Finding{Subject: id(5), Other: id(9), Kind: stoa.Proposal, Rule: "match:test"}
	if err := w.Find(t.Context(), []stoa.Finding{offer, {Subject: id(11), Other: id(5), Kind: stoa.Proposal, Rule: "match:test"}}); err != nil {
		t.Fatal(err)
	}
	w.decide(stoa.Decision{Subject: id(9), Action: stoa.Refuse, Reason: "unsafe"})
	before := dump(t, w.engine, store.Tables()...)
	n, err := w.Rebuild(t.Context())
	if err != nil || n != 0 {
		t.Errorf("%d records came out different, %v", n, err)
	}
	compare(t, before, dump(t, w.engine, store.Tables()...))
	w.sound()
}

// compare fails the test for every row in which two dumps differ.
func compare(t *testing.T, before, after map[string]string) {
	t.Helper()
	for k, v := range after {
		if before[k] != v {
			t.Errorf("%q became\n%s\nwas\n%s", k, v, before[k])
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			t.Errorf("%q is gone", k)
		}
	}
}

func accounts(t *testing.T, open func(*testing.T) store.Engine) {
	w, ctx := begin(t, open), t.Context()
	a := w.Accounts()
	if users, err := a.Users(ctx); err != nil || len(users) != 0 {
		t.Errorf("a new catalogue has users %v, %v", users, err)
	}
	if err := a.AddUser(ctx, stoa.User{Name: "ada", Role: stoa.Curator, Password: "hash"}); err != nil {
		t.Fatal(err)
	}
	for _, u := range []stoa.User{{Name: "Ada!", Role: stoa.Curator}, {Name: "eve", Role: "queen"}} {
		if err := a.AddUser(ctx, u); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("%+v: %v, want ErrInvalid", u, err)
		}
	}
	cookie, err := a.NewSession(ctx, stoa.Session{User: "ada", Expires: w.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := a.Session(ctx, cookie); err != nil || s.User != "ada" || s.Role != stoa.Curator {
		t.Errorf("session %+v, %v", s, err)
	}
	for k := range dump(t, w.engine, "sessions") {
		if strings.Contains(k, cookie) {
			t.Error("a secret is stored as it is")
		}
	}
	if err := a.AddUser(ctx, stoa.User{Name: "ada", Role: stoa.Viewer, Password: "hash"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(ctx, cookie); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a session after the rights changed: %v, want ErrNotFound", err)
	}
	if cookie, err = a.NewSession(ctx, stoa.Session{User: "ada", Expires: w.now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(2 * time.Hour)
	if _, err := a.Session(ctx, cookie); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a session past its end: %v", err)
	}
	if err := a.Sweep(ctx, time.Hour); err != nil || len(dump(t, w.engine, "sessions")) != 0 {
		t.Errorf("sweep: %v", err)
	}
}

func tokens(t *testing.T, open func(*testing.T) store.Engine) {
	w, ctx := begin(t, open), t.Context()
	a := w.Accounts()
	if err := a.AddUser(ctx, stoa.User{Name: "ada", Role: stoa.Curator}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.NewToken(ctx, stoa.Token{User: "ada", Role: stoa.Admin}); !errors.Is(err, stoa.ErrDenied) {
		t.Errorf("a token above its owner: %v, want ErrDenied", err)
	}
	token, err := a.NewToken(ctx, stoa.Token{User: "ada", Role: stoa.Curator, Name: "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	for k := range dump(t, w.engine, "tokens") {
		if strings.Contains(k, token) {
			t.Error("a secret is stored as it is")
		}
	}
	if err := a.AddUser(ctx, stoa.User{Name: "ada", Role: stoa.Viewer}); err != nil {
		t.Fatal(err)
	}
	if tok, err := a.Token(ctx, token); err != nil || tok.Role != stoa.Viewer {
		t.Errorf("a token is now %+v, %v: want the owner's role", tok, err)
	}
	tokens, err := a.Tokens(ctx)
	if err != nil || len(tokens) != 1 {
		t.Fatalf("tokens %v, %v", tokens, err)
	}
	if err := a.EndToken(ctx, tokens[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := a.Token(ctx, token); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
	if err := a.RemoveUser(ctx, "ada"); err != nil {
		t.Error(err)
	}
	if _, err := a.User(ctx, "ada"); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a removed user: %v", err)
	}
}

func absence(t *testing.T, open func(*testing.T) store.Engine) {
	w, ctx := begin(t, open), t.Context()
	_, get := w.Get(ctx, "nosuch")
	_, run := w.Catalogue.Run(ctx, "nosuch")
	_, obs := w.Observation(ctx, "nosuch", "x")
	_, conflict := w.Conflict(ctx, 7)
	_, about := w.Observations(ctx, "nosuch")
	_, found := w.Findings(ctx, "nosuch")
	for i, err := range []error{get, run, obs, conflict, about, found} {
		if !errors.Is(err, stoa.ErrNotFound) {
			t.Errorf("%d: %v, want ErrNotFound", i, err)
		}
	}
	if h, err := w.History(ctx, "nosuch"); err != nil || h.Source != "nosuch" || h.Known != 0 {
		t.Errorf("a source that never ran: %+v, %v", h, err)
	}
	if d, err := w.Decisions(ctx, "nosuch"); err != nil || len(d) != 0 {
		t.Errorf("decisions on nothing: %v, %v", d, err)
	}
}

func shortIDs(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 50))
	for n := range 50 {
		r := w.record(partner, item(n).Key)
		if got := w.get(r.Short); got.ID != r.ID || len(r.Short) < 7 || r.Slug == "" {
			t.Errorf("%q answers with %s, want %s; slug %q", r.Short, got.ID, r.ID, r.Slug)
		}
	}
}

func newerSchema(t *testing.T, open func(*testing.T) store.Engine) {
	e := open(t)
	put(t, e, "meta", "schema", fmt.Sprint(store.Schema+1))
	if _, err := store.Open(t.Context(), e, store.Options{}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
}

func lostSchema(t *testing.T, open func(*testing.T) store.Engine) {
	e := open(t)
	put(t, e, "records", "x", "{}")
	if _, err := store.Open(t.Context(), e, store.Options{}); !errors.Is(err, stoa.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}

func unreadable(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	id := w.record(partner, "item-0").ID
	put(t, w.engine, "records", id, "{")
	if _, err := w.Get(t.Context(), id); !errors.Is(err, stoa.ErrDamaged) || !strings.Contains(err.Error(), "records") || !strings.Contains(err.Error(), id) {
		t.Errorf("get: %v, want ErrDamaged with table and key", err)
	}
	if err := w.Verify(t.Context()); !errors.Is(err, stoa.ErrDamaged) || !strings.Contains(err.Error(), id) {
		t.Errorf("verify: %v, want ErrDamaged with the key", err)
	}
	if _, err := w.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := w.get(id); r.Title != item(0).Title {
		t.Errorf("after the rebuild: %+v", r)
	}
	w.sound()
}
