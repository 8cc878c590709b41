// Package alert tells the people of the desk of work by mail: a digest of the queue once a day, and at once what cannot
// wait. Nobody gets any unasked, each letter ends what it belongs to with one click, and without a mail server nothing is
// sent.
package alert

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"stoa"
	"stoa/server/curate"
	"stoa/server/locales"
	"stoa/server/page"
)

// Letter is one mail. Text and HTML say the same. Stop is the address at which a POST ends such letters, "" for one that
// comes once.
type Letter struct {
	To, Subject, Text, HTML, Stop string
}

// Sender hands letters to a mail server.
type Sender interface {
	Send(ctx context.Context, l Letter) error
}

// Accounts are who may get mail, and what they got.
type Accounts interface {
	Users(ctx context.Context) ([]stoa.User, error)
	// Mailed notes up to when somebody was told; a zero time leaves what was noted.
	Mailed(ctx context.Context, name string, asked, digested, urged time.Time) error
}

// Queue is what waits.
type Queue interface {
	Queue(ctx context.Context, q stoa.TaskQuery) ([]stoa.Task, int, error)
	Stats(ctx context.Context) (stoa.Stats, error)
}

// Bounds of what is sent.
const (
	lookEvery  = 30 * time.Second
	digestHour = 6  // UTC, from which the day's digest goes out
	shownTasks = 10 // of a digest
	urgentRead = 200
	urgentGap  = 5 * time.Minute // between two urgent letters to one person
	mostTries  = 8
	firstRetry = time.Minute
	longRetry  = time.Hour
	askAgain   = 30 * 24 * time.Hour // an address that nobody confirmed
)

// Desk writes to the people of the desk.
type Desk struct {
	Accounts Accounts
	Queue    Queue
	Sources  func() []stoa.Source
	Send     Sender
	Seal     curate.Seal
	Site     page.Site
	Now      func() time.Time
	Log      *slog.Logger

	tries map[string]try
}

// try is how often a letter could not be handed over, and when it is tried again.
type try struct {
	count int
	next  time.Time
}

// Run looks for work until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		if err := d.Round(ctx); err != nil && ctx.Err() == nil {
			d.Log.ErrorContext(ctx, "mail not looked after", "err", err)
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Round writes whatever is due now. A letter that cannot be handed over is tried again later, and at last given up; it
// keeps no other from its way.
func (d *Desk) Round(ctx context.Context) error {
	if d.tries == nil {
		d.tries = map[string]try{}
	}
	users, err := d.Accounts.Users(ctx)
	if err != nil {
		return err
	}
	var urgent []stoa.Task
	read := false
	for _, u := range users {
		if u.Disabled || u.Email == "" || !u.Mail.Digest && !u.Mail.Urgent {
			continue
		}
		if u.Mail.Confirmed != u.Email {
			err = errors.Join(err, d.ask(ctx, u))
			continue
		}
		if u.Mail.Urgent && !read {
			var readErr error
			if urgent, readErr = d.urgent(ctx); readErr != nil {
				return errors.Join(err, readErr)
			}
			read = true
		}
		err = errors.Join(err, d.urge(ctx, u, urgent), d.digest(ctx, u))
	}
	return err
}

// words are those of an account's language.
func words(u stoa.User) *locales.Locale {
	if l, ok := locales.For(u.Mail.Language); ok {
		return l
	}
	return locales.Negotiate("")
}

// ask has somebody confirm that an address is theirs before anything else goes there.
func (d *Desk) ask(ctx context.Context, u stoa.User) error {
	now := d.Now().UTC()
	if !u.Mail.Asked.IsZero() && now.Sub(u.Mail.Asked) < askAgain && !now.Before(u.Mail.Asked) {
		return nil
	}
	l := words(u)
	href := d.Site.Absolute("/" + l.Code + curate.ConfirmMailLink(d.Seal, u.Name, u.Email))
	body := newBody(l)
	body.paragraph(l.T("mail.confirm.text", "site", d.Site.Title, "name", u.Name))
	body.link(l.T("mail.confirm.do"), href)
	body.paragraph(l.T("mail.confirm.not"))
	letter := body.letter(u.Email, l.T("mail.confirm.subject", "site", d.Site.Title), "")
	return d.hand(ctx, "ask "+u.Name+" "+u.Email, letter, func() error {
		return d.Accounts.Mailed(ctx, u.Name, now, time.Time{}, time.Time{})
	})
}

// urgent returns what cannot wait, the oldest first: held runs, and addresses that are a danger to readers.
func (d *Desk) urgent(ctx context.Context) ([]stoa.Task, error) {
	held, _, err := d.Queue.Queue(ctx, stoa.TaskQuery{Reason: stoa.ReasonIncident, Limit: urgentRead})
	if err != nil {
		return nil, err
	}
	asked, _, err := d.Queue.Queue(ctx, stoa.TaskQuery{Reason: stoa.ReasonConflict, Limit: urgentRead})
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(held, func(t stoa.Task) bool { return t.Run == nil })
	for _, t := range asked {
		if t.Conflict != nil && t.Conflict.Kind == stoa.Unsafe {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b stoa.Task) int { return a.Since.Compare(b.Since) })
	return out, nil
}

// urge writes of what came since the last letter.
func (d *Desk) urge(ctx context.Context, u stoa.User, all []stoa.Task) error {
	if !u.Mail.Urgent || d.Now().Sub(d.tries["sent "+u.Name].next) < 0 {
		return nil
	}
	news := slices.DeleteFunc(slices.Clone(all), func(t stoa.Task) bool { return !t.Since.After(u.Mail.Urged) })
	if len(news) == 0 {
		return nil
	}
	l := words(u)
	stop := d.Site.Absolute("/" + l.Code + curate.EndMailLink(d.Seal, u.Name, "urgent"))
	body := newBody(l)
	body.paragraph(l.T("mail.urgent.text", "site", d.Site.Title))
	body.tasks(d, news)
	body.foot(stop)
	letter := body.letter(u.Email, l.T("mail.urgent.subject", "site", d.Site.Title, "n", len(news)), stop)
	last := news[len(news)-1].Since
	return d.hand(ctx, "urgent "+u.Name, letter, func() error {
		d.tries["sent "+u.Name] = try{next: d.Now().Add(urgentGap)}
		return d.Accounts.Mailed(ctx, u.Name, time.Time{}, time.Time{}, last)
	})
}

// digest writes once a day what waits. An empty queue is no news.
func (d *Desk) digest(ctx context.Context, u stoa.User) error {
	now := d.Now().UTC()
	today := time.Date(now.Year(), now.Month(), now.Day(), digestHour, 0, 0, 0, time.UTC)
	if !u.Mail.Digest || now.Before(today) || !u.Mail.Digested.Before(today) {
		return nil
	}
	noted := func() error { return d.Accounts.Mailed(ctx, u.Name, time.Time{}, now, time.Time{}) }
	stats, err := d.Queue.Stats(ctx)
	if err != nil {
		return err
	}
	tasks, total, err := d.Queue.Queue(ctx, stoa.TaskQuery{Limit: shownTasks})
	if err != nil {
		return err
	}
	if total == 0 {
		return noted()
	}
	l := words(u)
	stop := d.Site.Absolute("/" + l.Code + curate.EndMailLink(d.Seal, u.Name, "digest"))
	body := newBody(l)
	body.paragraph(l.T("mail.digest.text", "site", d.Site.Title, "n", total))
	var counts []string
	for _, reason := range stoa.TaskReasons() {
		if n := stats.Queue[reason]; n > 0 {
			counts = append(counts, l.Word("task.many", reason)+": "+l.Number(n))
		}
	}
	body.list(counts)
	body.paragraph(l.T("mail.digest.first"))
	body.tasks(d, tasks)
	body.link(l.T("desk.nav.queue"), d.Site.Absolute("/curate/queue"))
	body.foot(stop)
	return d.hand(ctx, "digest "+u.Name, body.letter(u.Email, l.T("mail.digest.subject", "site", d.Site.Title, "n", total), stop), noted)
}

// hand gives a letter to the mail server and notes it. After a failure it waits, longer each time; after the last try the
// letter counts as told, so that one broken address does not go on for ever.
func (d *Desk) hand(ctx context.Context, key string, l Letter, noted func() error) error {
	now := d.Now()
	t := d.tries[key]
	if wait := t.next.Sub(now); wait > 0 && wait <= longRetry { // a clock that went back makes nobody wait longer
		return nil
	}
	err := d.Send.Send(ctx, l)
	if err == nil {
		delete(d.tries, key)
		d.Log.InfoContext(ctx, "mail sent", "what", key)
		return noted()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.count++
	t.next = now.Add(min(firstRetry<<min(t.count-1, 10), longRetry))
	d.tries[key] = t
	d.Log.WarnContext(ctx, "mail not sent", "what", key, "try", t.count, "of", mostTries, "err", err)
	if t.count >= mostTries {
		delete(d.tries, key)
		return noted()
	}
	return nil
}

// titleOf names a task in one line.
func (d *Desk) titleOf(l *locales.Locale, t stoa.Task) (title, href string) {
	href = d.Site.Absolute("/curate/queue?reason=" + t.Reason)
	switch {
	case t.Run != nil:
		title = t.Run.Source
		for _, s := range d.Sources() {
			if s.ID == t.Run.Source {
				title = cmp.Or(s.Title, s.ID)
			}
		}
		return title + ": " + cmp.Or(l.Tell(t.Run.Text), l.Word("code", t.Run.Code)), d.Site.Absolute("/curate/sources/" + t.Run.Source)
	case t.Letter != nil:
		return cmp.Or(t.Letter.Title, l.Word("letter.kind", string(t.Letter.Kind))), href
	case t.Record != nil:
		return cmp.Or(t.Record.Title, l.T("untitled")), d.Site.Absolute("/curate/records/" + t.Record.ID)
	}
	return t.Subject, href
}
