package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"stoa"
	"stoa/store"
)

// doubtful is a source whose every item is queued.
var doubtful = stoa.Source{
	ID: "doubtful", Organisation: "Somebody", Format: "feed", Trust: stoa.Probation, VanishMeans: stoa.VanishNothing, Zone: "UTC",
}

func ruling(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("a ruling outlives every harvest", func(t *testing.T) { outlives(t, open) })
	t.Run("a wrong decision is refused, with the place", func(t *testing.T) { wrong(t, open) })
	t.Run("a version that is not the current one is refused", func(t *testing.T) { versions(t, open) })
	t.Run("a field that was set stays, and a change under it asks once", func(t *testing.T) { underEdit(t, open) })
	t.Run("what is added to a list stays beside what sources say", func(t *testing.T) { additions(t, open) })
	t.Run("undo restores, once, and can itself be undone", func(t *testing.T) { undo(t, open) })
	t.Run("a decision can be sent twice", func(t *testing.T) { sentTwice(t, open) })
	t.Run("what people decide of a source is in its history", func(t *testing.T) { ofSources(t, open) })
	t.Run("everything decided is in the log", func(t *testing.T) { logged(t, open) })
	t.Run("the log only grows", func(t *testing.T) { onlyGrows(t, open) })
}

func outlives(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 3))
	accepted, refused := w.record(doubtful, "item-0").ID, w.record(doubtful, "item-1").ID
	w.decide(stoa.Decision{Subject: accepted, Action: stoa.Accept})
	d := w.decide(stoa.Decision{Subject: refused, Action: stoa.Refuse, Reason: "commercial"})
	if d.Before != "pending" || d.Seq == 0 || d.ID == "" || d.At.IsZero() {
		t.Errorf("decision %+v", d)
	}
	if got := len(w.queue(stoa.ReasonNew)); got != 1 {
		t.Errorf("%d new tasks left, want 1", got)
	}
	for n := range 10 {
		list := items(0, 3)
		for i := range list {
			list[i].Summary += strings.Repeat(" again", n)
		}
		w.apply(doubtful, list)
		if r := w.get(accepted); r.State != stoa.Listed {
			t.Fatalf("after %d harvests the accepted record is %s", n+1, r.State)
		}
		if r := w.get(refused); r.State != stoa.Refused || r.Reason != "commercial" {
			t.Fatalf("after %d harvests the refused record is %s %s", n+1, r.State, r.Reason)
		}
	}
	w.reopen()
	if r := w.get(refused); r.State != stoa.Refused {
		t.Errorf("after a restart the refused record is %s", r.State)
	}
	w.sound()
}

func wrong(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	run := w.apply(partner, items(0, 3))
	a, b := w.record(partner, "item-0").ID, w.record(partner, "item-1").ID
	for _, c := range wrongDecisions(a, b, run.ID) {
		_, err := w.Decide(t.Context(), c.d)
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v with %q", c.rule, err, c.want, c.says)
		}
	}
	if log, err := w.Log(t.Context(), 0, 10); err != nil || len(log) != 0 {
		t.Errorf("refused decisions were kept: %+v, %v", log, err)
	}
	w.sound()
}

// wrongDecision is a decision that must be refused, with which error, and what the message must say.
type wrongDecision struct {
	rule string
	d    stoa.Decision
	want error
	says string
}

// wrongDecisions are about two records and a run that is not held.
func wrongDecisions(a, b, run string) []wrongDecision {
	set := func(field, value string) stoa.Decision {
		return stoa.Decision{Subject: a, Action: stoa.Set, Field: field, Value: value, By: "ada"}
	}
	return []wrongDecision{
		{"no such action", stoa.Decision{Subject: a, Action: "burn", By: "ada"}, stoa.ErrInvalid, "burn"},
		{"nobody decided", stoa.Decision{Subject: a, Action: stoa.Accept}, stoa.ErrInvalid, "by whom"},
		{"nothing decided on", stoa.Decision{Action: stoa.Accept, By: "ada"}, stoa.ErrInvalid, "subject"},
		{"an unknown record", stoa.Decision{Subject: "nosuch", Action: stoa.Accept, By: "ada"}, stoa.ErrNotFound, "nosuch"},
		{"refused without a reason", stoa.Decision{Subject: a, Action: stoa.Refuse, By: "ada"}, stoa.ErrInvalid, "out-of-scope"},
		{"a reason that is not in the list", stoa.Decision{Subject: a, Action: stoa.Refuse, Reason: "ugly", By: "ada"}, stoa.ErrInvalid, "ugly"},
		{"a field that cannot be set", set("state", "listed"), stoa.ErrInvalid, "state"},
		{"an empty title", set("title", " <b></b> "), stoa.ErrInvalid, "title"},
		{"an address that runs", set("url", "javascript:alert(1)"), stoa.ErrInvalid, "url"},
		{"an address with a password", set("url", "https://u:p@x.example/"), stoa.ErrInvalid, "url"},
		{"a kind that is none", set("kind", "webinar"), stoa.ErrInvalid, "webinar"},
		{"a pillar that is none", set("pillars", `["legal","sixth"]`), stoa.ErrInvalid, "sixth"},
		{"a country that is none", set("countries", `["ZZ"]`), stoa.ErrInvalid, "ZZ"},
		{"a region that is none", set("regions", `["moon"]`), stoa.ErrInvalid, "moon"},
		{"an organisation without a role", set("organisations", `[{"id":"x","name":"X"}]`), stoa.ErrInvalid, "role"},
		{"a date that is none", set("deadline", "31 May"), stoa.ErrInvalid, "31 May"},
		{"a language that is none", set("language", "english!"), stoa.ErrInvalid, "english!"},
		{"rolling that is neither", set("rolling", "perhaps"), stoa.ErrInvalid, "perhaps"},
		{"a list that is no list", set("countries", `["KE"`), stoa.ErrInvalid, "countries"},
		{"adding to what is no list", stoa.Decision{Subject: a, Action: stoa.Add, Field: "title", Value: "x", By: "ada"}, stoa.ErrInvalid, "title"},
		{"adding nothing", stoa.Decision{Subject: a, Action: stoa.Add, Field: "countries", By: "ada"}, stoa.ErrInvalid, "empty"},
		{"merged into itself", stoa.Decision{Subject: a, Action: stoa.Merge, Value: a, By: "ada"}, stoa.ErrInvalid, "same record"},
		{"merged with nothing", stoa.Decision{Subject: a, Action: stoa.Merge, Value: "nosuch", By: "ada"}, stoa.ErrNotFound, "nosuch"},
		{"split though not merged", stoa.Decision{Subject: a, Action: stoa.Split, Value: b, By: "ada"}, stoa.ErrInvalid, "not merged"},
		{"tied by no relation", stoa.Decision{Subject: a, Action: stoa.Tie, Field: "cousin_of", Value: b, By: "ada"}, stoa.ErrInvalid, "cousin_of"},
		{"valid until no day", stoa.Decision{Subject: a, Action: stoa.Confirm, Value: "2027", By: "ada"}, stoa.ErrInvalid, "2027"},
		{"replaced by itself", stoa.Decision{Subject: a, Action: stoa.Retire, Value: a, By: "ada"}, stoa.ErrInvalid, "itself"},
		{"an empty note", stoa.Decision{Subject: a, Action: stoa.Note, By: "ada"}, stoa.ErrInvalid, "empty"},
		{"a run that is not held", stoa.Decision{Subject: run, Action: stoa.Release, By: "ada"}, stoa.ErrInvalid, "not held"},
		{"an unknown run", stoa.Decision{Subject: "nosuch", Action: stoa.Discard, By: "ada"}, stoa.ErrNotFound, "nosuch"},
		{"a source that cannot be", stoa.Decision{Subject: "No Such", Action: stoa.Pause, By: "ada"}, stoa.ErrInvalid, "No Such"},
		{"a trust that is none", stoa.Decision{Subject: "partner", Action: stoa.Stage, Value: "blind", By: "ada"}, stoa.ErrInvalid, "blind"},
		{"an address that cannot be adopted", stoa.Decision{Subject: "partner", Action: stoa.Adopt, Value: "ftp://x", By: "ada"}, stoa.ErrInvalid, "ftp"},
		{"a conflict that is no number", stoa.Decision{Subject: "x", Action: stoa.Settle, Value: "ours", By: "ada"}, stoa.ErrInvalid, "number"},
		{"an unknown conflict", stoa.Decision{Subject: "77", Action: stoa.Settle, Value: "ours", By: "ada"}, stoa.ErrNotFound, "77"},
		{"an unknown decision undone", stoa.Decision{Action: stoa.Undo, Value: "nosuch", By: "ada"}, stoa.ErrNotFound, "nosuch"},
		{"text that is not UTF-8", set("title", "a\xff"), stoa.ErrInvalid, "UTF-8"},
		{"text without end", set("summary", strings.Repeat("x", 1<<20)), stoa.ErrInvalid, "too long"},
	}
}

func versions(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	r := w.record(partner, "item-0")
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() {
			_, results[i] = w.Decide(t.Context(), stoa.Decision{
				Subject: r.ID, Action: stoa.Set, Field: "title", Value: "Curator " + string(rune('A'+i)), By: "ada", IfMatch: r.Version,
			})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, stoa.ErrConflict) {
			t.Errorf("%v, want ErrConflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 curators won, want 1", won)
	}
	if now := w.get(r.ID); now.Version != r.Version+1 {
		t.Errorf("version %d after %d", now.Version, r.Version)
	}
}

func underEdit(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 1))
	id := w.record(partner, "item-0").ID
	d := w.decide(stoa.Decision{Subject: id, Action: stoa.Set, Field: "title", Value: "Ours"})
	if d.Base != item(0).Title || d.Before != item(0).Title {
		t.Errorf("decision %+v: want base and before", d)
	}
	next := item(0)
	next.Title = "An entirely new heading of theirs"
	for range 2 {
		w.apply(partner, []stoa.Item{next})
	}
	tasks := w.queue(stoa.ReasonConflict)
	if len(tasks) != 1 || tasks[0].Conflict == nil || tasks[0].Conflict.Kind != stoa.UnderEdit || tasks[0].Conflict.Theirs != next.Title {
		t.Fatalf("tasks %+v, want one conflict", tasks)
	}
	if r := w.get(id); r.Title != "Ours" {
		t.Errorf("title %q: ours must stay", r.Title)
	}
	w.decide(stoa.Decision{Subject: tasks[0].Subject, Action: stoa.Settle, Value: "ours"})
	w.apply(partner, []stoa.Item{item(0)})
	w.apply(partner, []stoa.Item{next})
	if got := w.queue(stoa.ReasonConflict); len(got) != 0 {
		t.Errorf("asked again what was answered: %+v", got[0].Conflict)
	}
	next.Title = "Yet another heading"
	w.apply(partner, []stoa.Item{next})
	tasks = w.queue(stoa.ReasonConflict)
	if len(tasks) != 1 {
		t.Fatalf("%d tasks after something new, want 1", len(tasks))
	}
	settle := w.decide(stoa.Decision{Subject: tasks[0].Subject, Action: stoa.Settle, Value: "theirs"})
	if r := w.get(id); r.Title != next.Title {
		t.Errorf("title %q, want theirs", r.Title)
	}
	w.decide(stoa.Decision{Action: stoa.Undo, Value: settle.ID})
	if r := w.get(id); r.Title != "Ours" {
		t.Errorf("title %q after the undo, want ours", r.Title)
	}
	if again := w.queue(stoa.ReasonConflict); len(again) != 1 || again[0].Subject != tasks[0].Subject {
		t.Errorf("after the undo the question must be open under its number: %+v", again)
	}
	w.sound()
}

func undo(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, items(0, 2))
	id := w.record(partner, "item-0").ID
	title := w.get(id).Title
	for _, d := range []stoa.Decision{
		{Action: stoa.Set, Field: "title", Value: "Ours"}, {Action: stoa.Refuse, Reason: "unsafe"}, {Action: stoa.Set, Field: "kind", Value: "programme"},
		{Action: stoa.Add, Field: "countries", Value: "KE"}, {Action: stoa.Confirm, Value: "2030-01-01"},
		{Action: stoa.Merge, Value: w.record(partner, "item-1").ID}, {Action: stoa.Tie, Field: "part_of", Value: w.record(partner, "item-1").ID},
	} {
		before := plain(w.get(id))
		d.Subject = id
		done := w.decide(d)
		if same(before, plain(w.get(id))) {
			t.Errorf("%s changed nothing", d.Action)
		}
		w.decide(stoa.Decision{Action: stoa.Undo, Value: done.ID})
		if after := plain(w.get(id)); !same(before, after) {
			t.Errorf("undo of %s:\n%s\nwant\n%s", d.Action, text(after), text(before))
		}
		if _, err := w.Decide(t.Context(), stoa.Decision{Action: stoa.Undo, Value: done.ID, By: "ada"}); !errors.Is(err, stoa.ErrConflict) {
			t.Errorf("second undo of %s: %v, want ErrConflict", d.Action, err)
		}
	}
	set := w.decide(stoa.Decision{Subject: id, Action: stoa.Set, Field: "title", Value: "Ours"})
	back := w.decide(stoa.Decision{Action: stoa.Undo, Value: set.ID})
	if r := w.get(id); r.Title != title {
		t.Errorf("title %q, want %q", r.Title, title)
	}
	w.decide(stoa.Decision{Action: stoa.Undo, Value: back.ID})
	if r := w.get(id); r.Title != "Ours" {
		t.Errorf("title %q after the undo was undone", r.Title)
	}
	w.sound()
}

func ofSources(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	stage := w.decide(stoa.Decision{Subject: doubtful.ID, Action: stoa.Stage, Value: "trusted"})
	w.decide(stoa.Decision{Subject: doubtful.ID, Action: stoa.Pause, Value: "they asked"})
	w.decide(stoa.Decision{Subject: doubtful.ID, Action: stoa.Adopt, Value: "https://new.example/feed"})
	h, err := w.History(t.Context(), doubtful.ID)
	if err != nil || h.Trust != stoa.Trusted || h.Paused != "they asked" || h.Address != "https://new.example/feed" {
		t.Errorf("history %+v, %v", h, err)
	}
	w.apply(doubtful, items(0, 1))
	if r := w.record(doubtful, "item-0"); r.State != stoa.Listed {
		t.Errorf("an item of a source that was raised to trusted is %s", r.State)
	}
	w.decide(stoa.Decision{Subject: doubtful.ID, Action: stoa.Pause})
	w.decide(stoa.Decision{Action: stoa.Undo, Value: stage.ID})
	if h, err = w.History(t.Context(), doubtful.ID); err != nil || h.Trust != "" || h.Paused != "" {
		t.Errorf("history %+v, %v", h, err)
	}
	if all, err := w.Decisions(t.Context(), doubtful.ID); err != nil || len(all) != 5 {
		t.Errorf("%d decisions, %v", len(all), err)
	}
}

func additions(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(partner, []stoa.Item{item(1)})
	id := w.record(partner, "item-1").ID
	w.decide(stoa.Decision{Subject: id, Action: stoa.Add, Field: "countries", Value: "KE"})
	w.decide(stoa.Decision{Subject: id, Action: stoa.Add, Field: "pillars", Value: "legal"})
	next := item(1)
	next.Extra = map[string]string{"country": "FJ"}
	w.apply(partner, []stoa.Item{next})
	r := w.get(id)
	if !slices.Contains(r.Countries, "KE") || !slices.Contains(r.Countries, "FJ") || !slices.Contains(r.Pillars, stoa.Legal) {
		t.Errorf("countries %v, pillars %v", r.Countries, r.Pillars)
	}
	w.decide(stoa.Decision{Subject: id, Action: stoa.Remove, Field: "countries", Value: "FJ"})
	if r := w.get(id); !slices.Equal(r.Countries, []string{"KE"}) {
		t.Errorf("countries %v, want KE alone", r.Countries)
	}
}

func sentTwice(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, []stoa.Item{item(1)})
	d := stoa.Decision{ID: "01hzzzzzzzzzzzzzzzzzzzzzzz", Subject: w.record(doubtful, "item-1").ID, Action: stoa.Accept}
	first := w.decide(d)
	second := w.decide(d)
	if first.Seq != second.Seq || len(w.changes(0)) != 1 {
		t.Errorf("kept as %d and %d, %d changes", first.Seq, second.Seq, len(w.changes(0)))
	}
}

func logged(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 3))
	for n := range 3 {
		w.decide(stoa.Decision{Subject: w.record(doubtful, item(n).Key).ID, Action: stoa.Note, Value: "seen"})
	}
	log, err := w.Log(t.Context(), 0, 2)
	if err != nil || len(log) != 2 || log[0].Seq <= log[1].Seq {
		t.Fatalf("log %+v, %v", log, err)
	}
	if rest, err := w.Log(t.Context(), log[1].Seq, 10); err != nil || len(rest) != 1 {
		t.Errorf("the rest: %+v, %v", rest, err)
	}
}

// onlyGrows: whatever is decided, taken back, harvested or rebuilt, what the log said before it says to the letter afterwards.
func onlyGrows(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 4))
	id := w.record(doubtful, item(0).Key).ID
	var before []stoa.Decision
	same := func(what string) {
		t.Helper()
		log, err := w.Log(t.Context(), 0, 100)
		if err != nil || len(log) < len(before) || !slices.Equal(log[len(log)-len(before):], before) {
			t.Fatalf("after %s the log is\n%+v, %v\nand was\n%+v", what, log, err, before)
		}
		before = log
	}
	set := w.decide(stoa.Decision{Subject: id, Action: stoa.Set, Field: "title", Value: "Ours", Reason: "shorter"})
	same("an override")
	if set.Before == "" || before[0].Before != set.Before || before[0].Value != "Ours" || before[0].By == "" || before[0].At.IsZero() {
		t.Errorf("the log does not say who, when, what before and after: %+v", before[0])
	}
	w.decide(stoa.Decision{Subject: id, Action: stoa.Undo, Value: set.ID})
	same("an undo")
	w.decide(stoa.Decision{Subject: w.record(doubtful, item(1).Key).ID, Action: stoa.Merge, Value: w.record(doubtful, item(2).Key).ID})
	w.decide(stoa.Decision{Subject: id, Action: stoa.Refuse, Reason: "commercial"})
	same("a merge and a refusal")
	w.apply(doubtful, items(2, 4))
	same("a harvest that lists other things")
	if _, err := w.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	same("a rebuild and a restart")
}
