package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa"
)

// task is a line of the queue as stored: without the records, with what is filtered by.
type task struct {
	stoa.Task
	Other    string      `json:"resembles,omitempty"`
	Sources  []string    `json:"sources,omitempty"`
	Kind     stoa.Kind   `json:"kind,omitempty"`
	Pillar   stoa.Pillar `json:"pillar,omitempty"`
	Language string      `json:"language,omitempty"`
	Title    string      `json:"title,omitempty"` // in lower case
}

// weights order the queue by reason first.
var weights = map[string]float64{
	stoa.ReasonIncident: 90, stoa.ReasonSecond: 80, stoa.ReasonConflict: 70, stoa.ReasonDuplicate: 50, stoa.ReasonChanged: 40,
	stoa.ReasonNew: 30, stoa.ReasonLetter: 20, stoa.ReasonStale: 10,
}

// enqueue brings the queue up to date with a composed record.
func (w *work) enqueue(rec stoa.Record, all facts, open []stoa.Conflict) error {
	var want []task
	if rec.MergedInto == "" {
		offers, err := w.offers(rec, all)
		if err != nil {
			return err
		}
		want = append(offers, w.tasksOf(rec, all, open)...)
	}
	have, err := keysIn(w.tx, tQueued, part(rec.ID), 0)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, t := range want {
		fill(&t, rec, all)
		name := taskName(t)
		keep[name] = true
		if err := w.queue(rec.ID, name, t); err != nil {
			return err
		}
	}
	for _, k := range have {
		if name := last(k, 1); !keep[name] {
			if err := w.unqueue(rec.ID, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// askAgain brings the queue up to date with records whose questions depend on what was composed after them.
func (w *work) askAgain() error {
	for _, id := range w.again {
		root, err := rootOf(w.tx, id)
		if err != nil {
			return err
		}
		rec, err := w.stored(root)
		if err != nil {
			return err
		}
		family, err := familyOf(w.tx, root)
		if err != nil {
			return err
		}
		all, err := gather(w.tx, family)
		if err != nil {
			return err
		}
		open, err := questionsOn(w.tx, root)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(q stoa.Conflict) bool { return q.Settled != "" })
		if rec.ID == "" { // not composed yet: its turn comes
			continue
		}
		if err := w.enqueue(rec.whole(), all, open); err != nil {
			return err
		}
	}
	return nil
}

// taskName tells the tasks on one subject apart.
func taskName(t task) string {
	switch {
	case t.Reason == stoa.ReasonDuplicate:
		return t.Reason + " " + t.Other
	case t.Conflict != nil:
		return t.Reason + " " + strconv.FormatUint(t.Conflict.Number, 10)
	}
	return t.Reason
}

// tasksOf returns what a person is needed for: a verdict, a second look, an answer.
func (w *work) tasksOf(rec stoa.Record, all facts, open []stoa.Conflict) []task {
	var out []task
	add := func(reason string, since time.Time, why ...string) {
		out = append(out, task{Task: stoa.Task{Subject: rec.ID, Reason: reason, Since: since, Why: why}})
	}
	ruled := lastRuling(all)
	switch {
	case rec.State == stoa.Pending:
		add(stoa.ReasonNew, firstSeen(all), doubts(rec, all)...)
	case rec.State == stoa.Listed:
		if at, why := changedSince(all, ruled); !at.IsZero() {
			add(stoa.ReasonChanged, at, why...)
		}
		if why := leftOpen(rec, all); len(why) > 0 && !w.at.Before(snoozed(all)) {
			add(stoa.ReasonStale, rec.Checked, why...)
		} else if why := staleWhy(rec); len(why) > 0 && !confirmedSince(all, rec.Checked) && !w.at.Before(snoozed(all)) {
			add(stoa.ReasonStale, rec.Checked, why...)
		}
	}
	for _, q := range open {
		t := task{Task: stoa.Task{Subject: strconv.FormatUint(q.Number, 10), Reason: stoa.ReasonConflict, Since: q.At, Why: []string{string(q.Kind)}, Conflict: &q}}
		out = append(out, t)
	}
	return out
}

// doubts says why no rule was sure enough.
func doubts(rec stoa.Record, all facts) []string {
	var why []string
	trusted := slices.ContainsFunc(all.observations, func(o observation) bool { return o.Trusted })
	if !trusted {
		why = append(why, "its source is on probation")
	}
	if v := rec.Verdicts; v != nil {
		if !v.Relevant.Value || v.Relevant.Confidence < sureRelevant {
			why = append(why, fmt.Sprintf("relevant: %t (%.2f)", v.Relevant.Value, v.Relevant.Confidence))
		}
		if v.Kind.Confidence < sureKind {
			why = append(why, fmt.Sprintf("kind: %s (%.2f)", v.Kind.Value, v.Kind.Confidence))
		}
		if len(v.Pillars) == 0 || v.Pillars[0].Confidence < surePillar {
			why = append(why, "no pillar is sure")
		}
	}
	return why
}

// lastRuling is the place of a person's last ruling on a record in the order of events.
func lastRuling(all facts) uint64 {
	var seq uint64
	for _, d := range inForce(all.decisions) {
		switch d.Action {
		case stoa.Note, stoa.Differ, stoa.Tie, stoa.Untie:
		default:
			seq = max(seq, d.Seq)
		}
	}
	return seq
}

// changedSince tells whether a source changed a listed record since a person looked, so that somebody should look
// again: every change of a source on probation, and of others those that the rules doubt.
func changedSince(all facts, ruled uint64) (at time.Time, why []string) {
	for _, o := range all.observations {
		if o.Seq <= ruled || o.At.Equal(o.First) || !o.Vanished.IsZero() {
			continue
		}
		sure, _, _ := verdict(o.Draft)
		if o.Trusted && sure == stoa.Listing {
			continue
		}
		if o.At.After(at) {
			at = o.At
		}
		why = append(why, o.Source+" changed it")
	}
	return at, why
}

// staleWhy says what a person should look at of a listed record: not what merely ended.
func staleWhy(rec stoa.Record) []string {
	doubtful := rec.Availability == stoa.Dead || rec.Availability == stoa.Quarantined ||
		rec.Relevance == stoa.Dormant || rec.Relevance == stoa.Withdrawn ||
		slices.Contains(rec.Marks, stoa.Overdue) || slices.Contains(rec.Marks, stoa.Unlisted)
	if !doubtful {
		return nil
	}
	if len(rec.Reasons) == 0 {
		return rec.Rules
	}
	return rec.Reasons
}

// leftOpen are the sentences of rules that leave a record as it is and ask a person: a host that refuses to be checked (S3), a page
// that is another now (S15), one that names its own successor (S25). Who answered is not asked again: since the day on which it
// began, or of a refusal, which goes on, at any time.
func leftOpen(rec stoa.Record, all facts) []string {
	var why []string
	for i, g := range rec.Grounds {
		open := rec.Relevance != stoa.Superseded && rec.Relevance != stoa.Withdrawn
		if i >= len(rec.Reasons) || !open || g.Rule != "S3" && g.Rule != "S15" && g.Rule != "S25" {
			continue
		}
		var since time.Time
		if g.Rule != "S3" && len(g.On) > 0 {
			since = g.On[0].Begin(time.UTC)
		}
		if !confirmedSince(all, since) {
			why = append(why, rec.Reasons[i])
		}
	}
	return why
}

// snoozed returns until when nobody is asked whether a record is stale.
func snoozed(all facts) time.Time {
	var until time.Time
	for _, d := range inForce(all.decisions) {
		if d.Action == stoa.Snooze {
			until = stoa.Date(d.Value).Begin(time.UTC)
		}
	}
	return until
}

// wakes brings forward when the calendar looks at a record again; zero is never.
func wakes(rec *stoa.Record, at time.Time) {
	if !at.IsZero() && (rec.NextChange.IsZero() || at.Before(rec.NextChange)) {
		rec.NextChange = at
	}
}

// confirmedSince reports whether a person confirmed or retired a record after the last look at its link.
func confirmedSince(all facts, checked time.Time) bool {
	return slices.ContainsFunc(inForce(all.decisions), func(d stoa.Decision) bool {
		return (d.Action == stoa.Confirm || d.Action == stoa.Retire) && !d.At.Before(checked)
	})
}

func firstSeen(all facts) time.Time {
	var at time.Time
	for _, o := range all.observations {
		if at.IsZero() || o.First.Before(at) {
			at = o.First
		}
	}
	return at
}

// fill adds what the queue is ordered and filtered by. The weight depends on stored facts alone. Of tasks of one reason
// those with a deadline come first, the nearest before; then what the rules are least sure of; then what a trusted
// source lists, since readers are likelier to get it.
func fill(t *task, rec stoa.Record, all facts) {
	t.Weight = weights[t.Reason]
	if t.Conflict != nil && t.Conflict.Kind == stoa.Unsafe {
		t.Weight = weights[stoa.ReasonIncident] + 9
	}
	if d := rec.Deadline.Begin(time.UTC); !d.IsZero() && !rec.Stale() {
		century := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		t.Weight += 4 + 4*min(max(century.Sub(d).Hours()/(24*365.25*100), 0), 1) + doubt(rec, all)*aDay
	} else if t.Weight += doubt(rec, all); rec.OpenNow() {
		t.Weight += 2
	}
	t.Kind, t.Pillar, t.Language, t.Title = rec.Kind, rec.Primary(), rec.Language, strings.ToLower(rec.Title)
	for _, o := range all.observations {
		if !slices.Contains(t.Sources, o.Source) {
			t.Sources = append(t.Sources, o.Source)
		}
	}
}

// aDay is less than what a day makes in the weight of a deadline.
const aDay = 1e-4 / 2

// doubt is how much the rules leave to a person, from 0 to 1.5; what a trusted source lists weighs half a point more.
func doubt(rec stoa.Record, all facts) float64 {
	sum := 0.0
	if v := rec.Verdicts; v != nil {
		sum = 1 - min(1, math.Abs(2*v.Relevant.Confidence-1)*max(v.Kind.Confidence, 0))
	}
	if slices.ContainsFunc(all.observations, func(o observation) bool { return o.Trusted }) {
		sum += 0.5
	}
	return sum
}

// incident queues a held run.
func (w *work) incident(run stoa.Run) error {
	t := task{Task: stoa.Task{Subject: run.ID, Reason: stoa.ReasonIncident, Since: ended(run), Why: []string{run.Code, run.Text}}}
	t.Weight, t.Sources, t.Title = weights[stoa.ReasonIncident]+5, []string{run.Source}, run.Source
	return w.queue(run.ID, t.Reason, t)
}

// queue puts a task in its place, under what it is about.
func (w *work) queue(about, name string, t task) error {
	w.queued = true
	at := heaviest(t.Weight)
	at = append(instantAfter(at, t.Since), key(about, name)...)
	old, err := w.tx.Get(tQueued, key(about, name))
	switch {
	case errors.Is(err, stoa.ErrNotFound):
		if err := w.count("queue "+t.Reason, 1); err != nil {
			return err
		}
	case err != nil:
		return err
	case string(old) != string(at):
		if err := w.tx.Delete(tQueue, old); err != nil {
			return err
		}
	}
	return errors.Join(write(w.tx, tQueue, at, t), w.tx.Put(tQueued, key(about, name), at))
}

// heaviest begins the key of a weight: heavier ones come first.
func heaviest(w float64) []byte {
	return binary.BigEndian.AppendUint64(nil, ^math.Float64bits(max(w, 0)))
}

func instantAfter(k []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(k, uint64(max(t.UnixMilli(), 0)))
}

// unqueue takes a task off.
func (w *work) unqueue(about, name string) error {
	w.queued = true
	at, err := w.tx.Get(tQueued, key(about, name))
	if errors.Is(err, stoa.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t, err := read[task](w.tx, tQueue, at)
	if err != nil {
		return err
	}
	at = append([]byte(nil), at...)
	return errors.Join(w.tx.Delete(tQueue, at), w.tx.Delete(tQueued, key(about, name)), w.count("queue "+t.Reason, -1))
}
