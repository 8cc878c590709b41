package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

func office(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("word from outside waits until it is answered, once", func(t *testing.T) { letters(t, open) })
	t.Run("a snoozed record is asked about again on its day", func(t *testing.T) { snooze(t, open) })
	t.Run("a publisher's word over its link withdraws, and its confirmation brings back", func(t *testing.T) { withdraw(t, open) })
	t.Run("a link is in force until it is revoked", func(t *testing.T) { invites(t, open) })
	t.Run("a partner's list is walked once, in parts", func(t *testing.T) { listedBy(t, open) })
	t.Run("what is erased is gone, and does not come back", func(t *testing.T) { erasure(t, open) })
	t.Run("accounts: roles, mail, passwords, sessions and scopes", func(t *testing.T) { people(t, open) })
}

func letters(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 1))
	id := w.record(doubtful, "item-0").ID
	for rule, l := range map[string]stoa.Letter{
		"no kind":                 {Language: "en", Text: "x"},
		"no language":             {Kind: stoa.LetterMistake, Record: id, Text: "x"},
		"a mistake in silence":    {Kind: stoa.LetterMistake, Record: id, Language: "en"},
		"no address":              {Kind: stoa.LetterItem, Title: "A guide", Language: "en"},
		"an address that is none": {Kind: stoa.LetterItem, Title: "A guide", URL: "javascript:alert(1)", Language: "en"},
		"endless":                 {Kind: stoa.LetterMistake, Record: id, Language: "en", Text: strings.Repeat("x", stoa.MaxLetterText+1)},
	} {
		if _, err := w.Write(t.Context(), l); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("%s: %v", rule, err)
		}
	}
	if _, err := w.Write(t.Context(), stoa.Letter{Kind: stoa.LetterMistake, Record: "nothing", Text: "x", Language: "en"}); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a mistake of nothing: %v", err)
	}
	l, err := w.Write(t.Context(), stoa.Letter{Kind: stoa.LetterMistake, Record: id, Text: "The <b>date</b> is wrong.", Language: "en", Answered: "already"})
	if err != nil || l.Text != "The date is wrong." || l.Answered != "" {
		t.Fatalf("%+v, %v", l, err)
	}
	tasks := w.queue(stoa.ReasonLetter)
	if len(tasks) != 1 || tasks[0].Letter == nil || tasks[0].Letter.ID != l.ID || tasks[0].Record == nil || tasks[0].Record.ID != id {
		t.Fatalf("tasks: %+v", tasks)
	}
	if _, err := w.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.queue(stoa.ReasonLetter)); n != 1 {
		t.Errorf("after a rebuild %d letters wait", n)
	}
	d := w.decide(stoa.Decision{Subject: l.ID, Action: stoa.Answer, Value: stoa.LetterTaken})
	if got, err := w.Letter(t.Context(), l.ID); err != nil || got.Answered != d.ID || len(w.queue(stoa.ReasonLetter)) != 0 {
		t.Errorf("answered %+v, %v", got, err)
	}
	if _, err := w.Decide(t.Context(), stoa.Decision{Subject: l.ID, Action: stoa.Answer, Value: stoa.LetterDismissed, By: "bo"}); !errors.Is(err, stoa.ErrConflict) {
		t.Errorf("answered twice: %v", err)
	}
	w.decide(stoa.Decision{Action: stoa.Undo, Value: d.ID})
	if len(w.queue(stoa.ReasonLetter)) != 1 {
		t.Error("an answer that is taken back leaves no task")
	}
	w.sound()
}

func snooze(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 1))
	id := w.record(doubtful, "item-0").ID
	w.decide(stoa.Decision{Subject: id, Action: stoa.Accept})
	w.now = w.now.Add(6 * 365 * 24 * time.Hour) // far beyond any rhythm
	if _, err := w.Advance(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if n := len(w.queue(stoa.ReasonStale)); n != 1 {
		t.Fatalf("%d stale tasks, want 1", n)
	}
	if _, err := w.Decide(t.Context(), stoa.Decision{Subject: id, Action: stoa.Snooze, Value: "2020-01-01", By: "ada"}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("a day of before: %v", err)
	}
	until := w.now.AddDate(0, 0, 30)
	w.decide(stoa.Decision{Subject: id, Action: stoa.Snooze, Value: until.Format(time.DateOnly)})
	if n := len(w.queue(stoa.ReasonStale)); n != 0 {
		t.Errorf("%d stale tasks while it is snoozed", n)
	}
	w.now = until.Add(time.Hour)
	if _, err := w.Advance(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if n := len(w.queue(stoa.ReasonStale)); n != 1 {
		t.Errorf("%d stale tasks on its day", n)
	}
	w.sound()
}

func withdraw(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 1))
	id := w.record(doubtful, "item-0").ID
	w.decide(stoa.Decision{Subject: id, Action: stoa.Accept})
	w.decide(stoa.Decision{Subject: id, Action: stoa.Withdraw, By: "partner:Somebody"})
	if r := w.get(id); r.Relevance != stoa.Withdrawn || !slices.Contains(r.Rules, "S19") {
		t.Errorf("withdrawn: %s %v", r.Relevance, r.Rules)
	}
	w.now = w.now.Add(time.Hour)
	w.decide(stoa.Decision{Subject: id, Action: stoa.Confirm, By: "partner:Somebody"})
	if r := w.get(id); r.Relevance == stoa.Withdrawn {
		t.Error("confirmed, and withdrawn still")
	}
	w.decide(stoa.Decision{Subject: id, Action: stoa.Set, Field: "archive", Value: "https://archive.example/copy"})
	if r := w.get(id); r.Archive != "https://archive.example/copy" {
		t.Errorf("archived copy %q", r.Archive)
	}
	if _, err := w.Decide(t.Context(), stoa.Decision{Subject: id, Action: stoa.Set, Field: "archive", Value: "javascript:x", By: "ada"}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("an archived copy that is none: %v", err)
	}
	w.sound()
}

func invites(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	for _, until := range []string{"", "soon", "2020-01-01", "2031-01-01", "2026-05"} {
		if _, err := w.Decide(t.Context(), stoa.Decision{Subject: "ITU", Action: stoa.Invite, Value: until, By: "ada"}); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("until %q: %v", until, err)
		}
	}
	d := w.decide(stoa.Decision{Subject: "ITU", Action: stoa.Invite, Value: "2026-06-01"})
	if got, standing, err := w.Decision(t.Context(), d.ID); err != nil || !standing || got.Subject != "ITU" {
		t.Errorf("%+v %t %v", got, standing, err)
	}
	w.decide(stoa.Decision{Action: stoa.Undo, Value: d.ID})
	if _, standing, err := w.Decision(t.Context(), d.ID); err != nil || standing {
		t.Errorf("revoked: %t %v", standing, err)
	}
	if _, _, err := w.Decision(t.Context(), "nothing"); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("no such decision: %v", err)
	}
}

func listedBy(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 25))
	second := doubtful
	second.ID = "second"
	w.apply(second, items(100, 110))
	third := doubtful
	third.ID = "third"
	w.apply(third, items(200, 205))
	seen := map[string]int{}
	parts := 0
	for after := ""; ; parts++ {
		list, next, err := w.ListedBy(t.Context(), []string{"second", "doubtful"}, after, 7)
		if err != nil || len(list) > 7 {
			t.Fatalf("%d records, %v", len(list), err)
		}
		for _, r := range list {
			seen[r.ID]++
		}
		if after = next; next == "" {
			break
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was listed %d times", id, n)
		}
	}
	if len(seen) != 35 || parts < 4 {
		t.Errorf("%d records in %d parts, want 35 in at least 4", len(seen), parts+1)
	}
}

func erasure(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	spoken := items(0, 4)
	for i := range spoken {
		spoken[i].Summary = "Asked: Jane Döe, jane.doe@partner.example. Doe's Jane is another."
		spoken[i].Authors = []stoa.Person{{Name: "DÖE, Jane", Email: "Jane.Doe@partner.example"}}
	}
	w.apply(doubtful, spoken)
	id := w.record(doubtful, "item-0").ID
	w.decide(stoa.Decision{Subject: id, Action: stoa.Note, Value: "I wrote to Jane Döe."})
	if _, err := w.Write(t.Context(), stoa.Letter{Kind: stoa.LetterMistake, Record: id, Text: "It is by Jane Döe.", From: "jane.doe@partner.example", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"Jane", "", "sha256:2:x:y", "one two three four five six seven"} {
		if _, err := w.Decide(t.Context(), stoa.Decision{Subject: stoa.People, Action: stoa.Erase, Value: value, By: "ada"}); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("erase %q: %v", value, err)
		}
	}
	named := w.decide(stoa.Decision{Subject: stoa.People, Action: stoa.Erase, Value: "Jane Döe", Reason: "her letter"})
	w.decide(stoa.Decision{Subject: stoa.People, Action: stoa.Erase, Value: "jane.doe@partner.example"})
	gone := func(when string) {
		t.Helper()
		for table, rows := range tablesOf(t, w.engine) {
			lower := strings.ToLower(rows)
			if strings.Contains(lower, "jane döe") || strings.Contains(lower, "döe, jane") || strings.Contains(lower, "jane.doe@") {
				t.Errorf("%s it still stands in %s", when, table)
			}
		}
	}
	gone("after the erasure")
	log, err := w.Log(t.Context(), 0, 10)
	if err != nil || !slices.ContainsFunc(log, func(d stoa.Decision) bool {
		return d.ID == named.ID && d.Reason == "her letter" && strings.HasPrefix(d.Value, "sha256:2:")
	}) {
		t.Errorf("the fact is not in the log: %+v, %v", log, err)
	}
	for i := range spoken {
		spoken[i].Title += " again"
	}
	run := w.apply(doubtful, spoken)
	gone("after a harvest that says it again")
	if again := w.apply(doubtful, spoken); again.Changed != 0 || run.Changed != 4 {
		t.Errorf("changed %d, then %d: what is erased looks like a change", run.Changed, again.Changed)
	}
	if _, err := w.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone("after a rebuild")
	if _, err := w.Decide(t.Context(), stoa.Decision{Action: stoa.Undo, Value: named.ID, By: "ada"}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("an erasure is taken back: %v", err)
	}
	holds, err := w.Erased(t.Context())
	if err != nil || !holds("by Jane Döe") || holds("by Jane Roe") {
		t.Errorf("what is kept beside the store is judged wrong: %v", err)
	}
	w.sound()
}

// tablesOf returns all that an engine holds, by table, as text.
func tablesOf(t *testing.T, e store.Engine) map[string]string {
	t.Helper()
	out := map[string]string{}
	for k, v := range dump(t, e, store.Tables()...) {
		table, _, _ := strings.Cut(k, " ")
		out[table] += v + "\n"
	}
	return out
}

func people(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	a := w.Accounts()
	if users, err := a.Users(t.Context()); err != nil || len(users) != 0 {
		t.Fatalf("T22: a new store has %d accounts, %v", len(users), err)
	}
	if err := a.AddUser(t.Context(), stoa.User{Name: "ada", Role: stoa.Editor, Password: "x", Email: "ada@desk.example"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.NewSession(t.Context(), stoa.Session{User: "ada", Role: stoa.Editor, Expires: w.now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := a.Sessions(t.Context(), "ada")
	if err != nil || len(list) != 2 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	if err := a.EndSessionOf(t.Context(), "bo", list[0].ID); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("somebody else's session ends: %v", err)
	}
	if err := a.EndSessionOf(t.Context(), "ada", list[0].ID); err != nil {
		t.Error(err)
	}
	if err := a.SetMail(t.Context(), "ada", "ada@desk.example", stoa.Wishes{Digest: true, Language: "fr"}); err != nil {
		t.Error(err)
	}
	if err := a.SetMail(t.Context(), "ada", "a@b.example\r\nBcc: c@d.example", stoa.Wishes{}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("an address with a header: %v", err)
	}
	if list, err = a.Sessions(t.Context(), "ada"); err != nil || len(list) != 1 {
		t.Errorf("wishes sign out: %d sessions, %v", len(list), err)
	}
	if err := a.SetRole(t.Context(), "ada", stoa.Viewer, false); err != nil {
		t.Error(err)
	}
	u, err := a.User(t.Context(), "ada")
	if list, _ = a.Sessions(t.Context(), "ada"); err != nil || len(list) != 0 || u.Role != stoa.Viewer || !u.Mail.Digest || u.Password != "x" {
		t.Errorf("after another role: %+v, %d sessions, %v", u, len(list), err)
	}
	if _, err := a.NewToken(t.Context(), stoa.Token{User: "ada", Role: stoa.Viewer, Scopes: []stoa.Scope{"everything"}}); !errors.Is(err, stoa.ErrInvalid) {
		t.Errorf("a scope that there is not: %v", err)
	}
	secret, err := a.NewToken(t.Context(), stoa.Token{User: "ada", Role: stoa.Viewer, Scopes: []stoa.Scope{stoa.ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Token(t.Context(), secret); err != nil || !got.Opens(stoa.ScopeRead) || got.Opens(stoa.ScopeRecords) {
		t.Errorf("token %+v, %v", got, err)
	}
}
