package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// acts is what people do as one, and with one another.
func acts(t *testing.T, open func(*testing.T) store.Engine) {
	t.Run("many decisions are one act, and are taken back as one", func(t *testing.T) { actAsOne(t, open) })
	t.Run("of an act only the wrong and the late is left out", func(t *testing.T) { actLeavesOut(t, open) })
	t.Run("the last acts of each person are kept, by person", func(t *testing.T) { actsByPerson(t, open) })
	t.Run("what needs a second person waits for one", func(t *testing.T) { secondPerson(t, open) })
	t.Run("where nobody could confirm nobody is asked", func(t *testing.T) { nobodyToAsk(t, open) })
	t.Run("a claim informs, expires and is taken over", func(t *testing.T) { claiming(t, open) })
}

func refusals(ids []string, by string) []stoa.Decision {
	var out []stoa.Decision
	for _, id := range ids {
		out = append(out, stoa.Decision{Subject: id, Action: stoa.Refuse, Reason: "commercial", By: by})
	}
	return out
}

func (w *world) ids(src stoa.Source, n int) []string {
	var out []string
	for i := range n {
		out = append(out, w.record(src, fmt.Sprintf("item-%d", i)).ID)
	}
	return out
}

// takeBack undoes an act as the desk does.
func (w *world) takeBack(a stoa.Act) {
	w.t.Helper()
	var all []stoa.Decision
	for i := len(a.Decisions) - 1; i >= 0; i-- {
		all = append(all, stoa.Decision{Action: stoa.Undo, Value: a.Decisions[i].ID, By: a.By})
	}
	if done, err := w.DecideAll(w.t.Context(), all); err != nil || len(done.Left) > 0 {
		w.t.Fatalf("take back: %+v, %v", done.Left, err)
	}
}

func actAsOne(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 12))
	ids := w.ids(doubtful, 12)
	var before []stoa.Record
	for _, id := range ids {
		before = append(before, w.get(id))
	}
	act, err := w.DecideAll(t.Context(), refusals(ids, "ada"))
	if err != nil || len(act.Decisions) != 12 || len(act.Left) != 0 {
		t.Fatalf("%+v, %v", act, err)
	}
	for _, id := range ids {
		if r := w.get(id); r.State != stoa.Refused {
			t.Errorf("%s is %s", id, r.State)
		}
	}
	if left := len(w.queue(stoa.ReasonNew)); left != 0 {
		t.Errorf("%d tasks are left", left)
	}
	mine, err := w.Acts(t.Context(), "ada")
	if err != nil || len(mine) != 1 || mine[0].ID != act.ID || mine[0].Undone || len(mine[0].Decisions) != 12 {
		t.Fatalf("acts %s, %v", text(mine), err)
	}
	w.takeBack(mine[0])
	for i, id := range ids {
		if !same(plain(w.get(id)), plain(before[i])) {
			t.Errorf("%s is not as before: %s", id, text(w.get(id)))
		}
	}
	if mine, err = w.Acts(t.Context(), "ada"); err != nil || len(mine) != 1 || !mine[0].Undone {
		t.Errorf("after the undo %s, %v", text(mine), err)
	}
	again := refusals(ids[:2], "ada")
	again[0].Batch, again[1].Batch = "act-of-ada", "act-of-ada"
	for range 2 { // a call that is repeated is one act
		if act, err = w.DecideAll(t.Context(), again); err != nil || len(act.Decisions) != 2 {
			t.Errorf("%+v, %v", act, err)
		}
	}
	w.sound()
}

func actLeavesOut(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 3))
	ids := w.ids(doubtful, 3)
	all := refusals(ids, "ada")
	all[0].IfMatch = w.get(ids[0]).Version + 7
	all[1].Reason = "mood"
	act, err := w.DecideAll(t.Context(), all)
	if err != nil || len(act.Decisions) != 1 || len(act.Left) != 2 {
		t.Fatalf("%+v, %v", act, err)
	}
	for i, want := range []stoa.State{stoa.Pending, stoa.Pending, stoa.Refused} {
		if r := w.get(ids[i]); r.State != want {
			t.Errorf("item %d is %s, want %s", i, r.State, want)
		}
	}
	for name, wrong := range map[string][]stoa.Decision{
		"nothing": nil, "of two people": {{Subject: ids[0], Action: stoa.Accept, By: "ada"}, {Subject: ids[1], Action: stoa.Accept, By: "bob"}},
		"a release among others": {{Subject: "run-1", Action: stoa.Release, By: "ada"}},
	} {
		if _, err := w.DecideAll(t.Context(), wrong); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.sound()
}

func actsByPerson(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, stoa.MaxUndo+5))
	for i, id := range w.ids(doubtful, stoa.MaxUndo+5) {
		w.decide(stoa.Decision{Subject: id, Action: stoa.Accept})
		if i%2 == 0 {
			if _, err := w.Decide(t.Context(), stoa.Decision{Subject: id, Action: stoa.Note, Value: "seen", By: "bob"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	mine, err := w.Acts(t.Context(), "ada")
	if err != nil || len(mine) != stoa.MaxUndo {
		t.Fatalf("%d acts, %v", len(mine), err)
	}
	for i, a := range mine {
		if a.By != "ada" || i > 0 && a.At.After(mine[i-1].At) {
			t.Errorf("act %d: %s", i, text(a))
		}
		w.takeBack(a)
	}
	if left := len(w.queue(stoa.ReasonNew)); left != stoa.MaxUndo {
		t.Errorf("%d tasks after %d acts were taken back", left, stoa.MaxUndo)
	}
	w.sound()
}

// colleagues adds two accounts that may rule.
func (w *world) colleagues() {
	w.t.Helper()
	for _, name := range []string{"ada", "bob"} {
		if err := w.Accounts().AddUser(w.t.Context(), stoa.User{Name: name, Role: stoa.Curator}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func secondPerson(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.colleagues()
	w.apply(partner, items(0, 30))
	ids := w.ids(partner, 30)
	act, err := w.DecideAll(t.Context(), refusals(ids, "ada"))
	if !errors.Is(err, stoa.ErrWaits) || act.Motion == nil || act.Motion.Rule != stoa.BulkRefusal || len(act.Motion.Decisions) != 30 {
		t.Fatalf("thirty refusals: %s, %v", text(act), err)
	}
	if r := w.get(ids[0]); r.State != stoa.Listed {
		t.Errorf("before anybody confirmed it is %s", r.State)
	}
	w.besideIncident()
	answer := stoa.Decision{Subject: act.Motion.ID, Action: stoa.Second, Value: stoa.Seconded, By: "ada"}
	if _, err := w.Decide(t.Context(), answer); !errors.Is(err, stoa.ErrDenied) {
		t.Errorf("whoever proposed confirms: %v", err)
	}
	w.reopen()
	answer.By = "bob"
	if _, err := w.Decide(t.Context(), answer); err != nil {
		t.Fatal(err)
	}
	for _, d := range w.onRecord(ids[3]) {
		if d.Action == stoa.Refuse && (d.By != "ada" || d.Second != "bob") {
			t.Errorf("kept as %s", text(d))
		}
	}
	if r := w.get(ids[3]); r.State != stoa.Refused {
		t.Errorf("confirmed, and %s", r.State)
	}
	if _, err := w.Decide(t.Context(), answer); !errors.Is(err, stoa.ErrConflict) {
		t.Errorf("confirmed twice: %v", err)
	}
	mine, err := w.Acts(t.Context(), "ada")
	if err != nil || len(mine) != 1 || len(mine[0].Decisions) != 30 {
		t.Fatalf("acts %d, %v", len(mine), err)
	}
	w.takeBack(mine[0])
	if r := w.get(ids[3]); r.State != stoa.Listed {
		t.Errorf("taken back, and %s", r.State)
	}
	retire := stoa.Decision{Subject: ids[0], Action: stoa.Retire, By: "ada"}
	motion, err := w.Decide(t.Context(), retire)
	if !errors.Is(err, stoa.ErrWaits) || motion.Field != stoa.RetireGuidance {
		t.Fatalf("guidance is retired by one: %+v, %v", motion, err)
	}
	if _, err := w.Decide(t.Context(), stoa.Decision{Subject: motion.ID, Action: stoa.Second, Value: stoa.Declined, By: "ada"}); err != nil {
		t.Errorf("withdrawn: %v", err)
	}
	if n := len(w.queue(stoa.ReasonSecond)); n != 0 {
		t.Errorf("%d motions are left", n)
	}
	w.heldBySecond()
	w.operatorAlone(ids[0])
	if n, err := w.Rebuild(t.Context()); err != nil || n != 0 {
		t.Errorf("rebuild: %d differ, %v", n, err)
	}
	w.sound()
}

// besideIncident raises an incident of a source beside a motion that waits: each stands among its own.
func (w *world) besideIncident() {
	w.t.Helper()
	if _, err := w.Incident(w.t.Context(), stoa.Incident{Source: partner.ID, Rule: stoa.RuleMoved, About: "https://new.example/", Text: "moved"}); err != nil {
		w.t.Fatal(err)
	}
	if tasks := w.queue(stoa.ReasonSecond); len(tasks) != 1 || tasks[0].Motion == nil {
		w.t.Errorf("to confirm is %s", text(tasks))
	}
	if tasks := w.queue(stoa.ReasonIncident); len(tasks) != 1 || tasks[0].Subject != partner.ID {
		w.t.Errorf("incidents %s", text(tasks))
	}
}

// operatorAlone has who holds the store itself, and no account in it, do what takes two people at the desk.
func (w *world) operatorAlone(guidance string) {
	w.t.Helper()
	kept, err := w.Decide(w.t.Context(), stoa.Decision{Subject: guidance, Action: stoa.Retire, By: "root"})
	if err != nil || kept.Action != stoa.Retire {
		w.t.Errorf("the operator retires guidance: %+v, %v", kept, err)
	}
}

// heldBySecond has a run held and released by two.
func (w *world) heldBySecond() {
	w.t.Helper()
	run := w.applyWith(partner, seq(items(0, 3)), stoa.Steps{Draft: draft, Judge: judged(stoa.CodeShrunk)})
	motion, err := w.Decide(w.t.Context(), stoa.Decision{Subject: run.ID, Action: stoa.Release, By: "ada"})
	if !errors.Is(err, stoa.ErrWaits) {
		w.t.Fatalf("released by one: %v", err)
	}
	if got, err := w.Run(w.t.Context(), run.ID); err != nil || got.Released != "" {
		w.t.Errorf("run %+v, %v", got, err)
	}
	if _, err := w.Decide(w.t.Context(), stoa.Decision{Subject: motion.ID, Action: stoa.Second, Value: stoa.Seconded, By: "bob"}); err != nil {
		w.t.Fatal(err)
	}
	if got, err := w.Run(w.t.Context(), run.ID); err != nil || got.Released == "" || got.Outcome != stoa.OK {
		w.t.Errorf("confirmed run %+v, %v", got, err)
	}
}

// onRecord returns what was ruled on a record.
func (w *world) onRecord(id string) []stoa.Decision {
	w.t.Helper()
	all, err := w.Decisions(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func nobodyToAsk(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	if err := w.Accounts().AddUser(t.Context(), stoa.User{Name: "ada", Role: stoa.Admin}); err != nil {
		t.Fatal(err)
	}
	if err := w.Accounts().AddUser(t.Context(), stoa.User{Name: "eve", Role: stoa.Viewer}); err != nil {
		t.Fatal(err)
	}
	w.apply(doubtful, items(0, 25))
	if act, err := w.DecideAll(t.Context(), refusals(w.ids(doubtful, 25), "ada")); err != nil || len(act.Decisions) != 25 {
		t.Errorf("%d decisions, %v", len(act.Decisions), err)
	}
	w.sound()
}

func claiming(t *testing.T, open func(*testing.T) store.Engine) {
	w := begin(t, open)
	w.apply(doubtful, items(0, 2))
	id := w.ids(doubtful, 1)[0]
	first, err := w.Claim(t.Context(), id, "ada", false)
	if err != nil || first.Until.Sub(w.now) != stoa.ClaimTime {
		t.Fatalf("%+v, %v", first, err)
	}
	if theirs, err := w.Claim(t.Context(), id, "bob", false); !errors.Is(err, stoa.ErrConflict) || theirs.By != "ada" {
		t.Errorf("bob gets %+v, %v", theirs, err)
	}
	// It keeps nobody out.
	if _, err := w.Decide(t.Context(), stoa.Decision{Subject: id, Action: stoa.Note, Value: "urgent", By: "bob"}); err != nil {
		t.Errorf("bob rules: %v", err)
	}
	w.now = w.now.Add(9 * time.Minute)
	if again, err := w.Claim(t.Context(), id, "ada", false); err != nil || again.Until.Sub(w.now) != stoa.ClaimTime {
		t.Errorf("renewed %+v, %v", again, err)
	}
	w.now = w.now.Add(stoa.ClaimTime)
	if all, err := w.Claims(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("after its time %+v, %v", all, err)
	}
	if _, err := w.Claim(t.Context(), id, "bob", false); err != nil {
		t.Error(err)
	}
	if over, err := w.Claim(t.Context(), id, "ada", true); err != nil || over.By != "ada" {
		t.Errorf("taken over %+v, %v", over, err)
	}
	w.decide(stoa.Decision{Subject: id, Action: stoa.Accept})
	if all, err := w.Claims(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("after the ruling %+v, %v", all, err)
	}
	w.sound()
}
