package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// Queue returns what people are needed for, what matters most first, and how many tasks the question matches in all.
// Each task comes with the records, run or conflict to look at.
func (c *Catalogue) Queue(ctx context.Context, q stoa.TaskQuery) (out []stoa.Task, total int, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		var page []task
		page, total, err = c.tasks(ctx, tx, q, bounded(q.Limit, 50, 500))
		out = nil
		if err != nil {
			return err
		}
		for _, t := range page {
			whole, err := t.whole(tx)
			if err != nil {
				return err
			}
			out = append(out, whole)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("queue: %w", err)
	}
	return out, total, nil
}

// tasks returns a page of the queue, and how many tasks there are in all. What is not on the page is not read.
func (c *Catalogue) tasks(ctx context.Context, tx Tx, q stoa.TaskQuery, limit int) (page []task, total int, err error) {
	if q.Subject != "" {
		return about(tx, q, limit)
	}
	waiting, err := c.waiting(ctx, tx, q)
	if err != nil {
		return nil, 0, err
	}
	for reason, n := range waiting {
		if q.Reason == "" || q.Reason == reason {
			total += n
		}
	}
	if q.Offset >= total {
		return nil, total, nil
	}
	part, apart := stretch(q.Reason)
	plain := apart && q == (stoa.TaskQuery{Reason: q.Reason, Offset: q.Offset, Limit: q.Limit})
	n := 0
	err = tx.Scan(tQueue, part, func(k, b []byte) error {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !plain && !fits(b, q) {
			return nil
		}
		if n++; n <= q.Offset {
			return nil
		}
		var t task
		if err := decode(tQueue, k, b, &t); err != nil {
			return err
		}
		if page = append(page, t); len(page) == min(limit, total-q.Offset) {
			return Stop
		}
		return nil
	})
	return page, total, err
}

// about returns the tasks on one record, run, source or conflict, which are filed under it.
func about(tx Tx, q stoa.TaskQuery, limit int) (page []task, total int, err error) {
	subject := q.Subject
	if n, err := conflictNumber(subject); err == nil {
		c, err := read[stoa.Conflict](tx, tConflicts, number(n))
		if err != nil && !errors.Is(err, stoa.ErrNotFound) {
			return nil, 0, err
		}
		subject = c.Record
	}
	var places []string
	err = tx.Scan(tQueued, part(subject), func(_, at []byte) error {
		places = append(places, string(at))
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	slices.Sort(places)
	for _, at := range places {
		b, err := tx.Get(tQueue, []byte(at))
		if err != nil {
			return nil, 0, err
		}
		if !fits(b, q) {
			continue
		}
		if total++; total > q.Offset && len(page) < limit {
			var t task
			if err := decode(tQueue, []byte(at), b, &t); err != nil {
				return nil, 0, err
			}
			page = append(page, t)
		}
	}
	return page, total, nil
}

// stretch returns the part of the queue that holds all tasks of a reason and no others; ok is false where others stand
// between them, and the part is then where all of them are. Weights say which reasons stand apart.
func stretch(reason string) (r Range, ok bool) {
	switch reason {
	case "":
		return Range{}, true
	case stoa.ReasonConflict, stoa.ReasonIncident: // quarantines stand before held runs
		return Range{To: heaviest(math.Nextafter(weights[reason], 0))}, false
	}
	from := weights[reason]
	return Range{From: heaviest(math.Nextafter(from+apartBy, 0)), To: heaviest(math.Nextafter(from, 0))}, true
}

// apartBy is how far the weights of reasons are apart at least; what fill adds stays below it.
const apartBy = 10

// fits reports whether a stored task is one of those asked for. It is looked at without decoding it: of thousands only a page is
// shown.
func fits(stored []byte, q stoa.TaskQuery) bool {
	var reason, kind, pillar, language, title string
	about, source := q.Subject == "", q.Source == ""
	gjson.ParseBytes(stored).ForEach(func(name, v gjson.Result) bool {
		switch name.Str {
		case "reason":
			reason = v.Str
		case "kind":
			kind = v.Str
		case "pillar":
			pillar = v.Str
		case "language":
			language = v.Str
		case "title":
			title = v.Str
		case "subject":
			about = about || v.Str == q.Subject
		case "conflict":
			about = about || v.Get("record").Str == q.Subject
		case "sources":
			source = source || slices.ContainsFunc(v.Array(), func(s gjson.Result) bool { return s.Str == q.Source })
		}
		return true
	})
	asked := func(want, is string) bool { return want == "" || want == is }
	return about && source && asked(q.Reason, reason) && asked(string(q.Kind), kind) && asked(string(q.Pillar), pillar) &&
		asked(q.Language, language) && strings.Contains(title, strings.ToLower(q.Text))
}

// whole adds what a person has to look at.
func (t task) whole(tx Tx) (stoa.Task, error) {
	out := t.Task
	if t.Reason == stoa.ReasonIncident {
		run, err := read[stoa.Run](tx, tRuns, []byte(t.Subject))
		if errors.Is(err, stoa.ErrNotFound) { // the subject is a source: see Incident
			return out, nil
		}
		out.Run = &run
		return out, err
	}
	if t.Reason == stoa.ReasonSecond {
		m, err := read[stoa.Motion](tx, tMotions, []byte(t.Subject))
		out.Motion = &m
		return out, err
	}
	if t.Reason == stoa.ReasonLetter {
		return t.wholeLetter(tx)
	}
	id := t.Subject
	if t.Conflict != nil {
		id = t.Conflict.Record
	}
	rec, err := get(tx, id)
	if err != nil {
		return out, err
	}
	out.Record = &rec
	if t.Other != "" {
		peer, err := get(tx, t.Other)
		if err != nil {
			return out, err
		}
		out.Other = &peer
	}
	return out, nil
}

// wholeLetter adds the letter, and of a mistake the record that it speaks of.
func (t task) wholeLetter(tx Tx) (stoa.Task, error) {
	out := t.Task
	l, err := read[stoa.Letter](tx, tLetters, []byte(t.Subject))
	if err != nil {
		return out, err
	}
	out.Letter = &l
	if l.Record == "" {
		return out, nil
	}
	root, err := rootOf(tx, l.Record)
	if err != nil {
		return out, err
	}
	rec, err := get(tx, root)
	if errors.Is(err, stoa.ErrNotFound) {
		return out, nil
	}
	out.Record = &rec
	return out, err
}
