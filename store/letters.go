package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"stoa"
	"stoa/normalize"
)

// mostLetters bounds how many letters wait for an answer. Beyond, the forms say that nothing more is taken for now.
const mostLetters = 1000

// Write keeps word from outside and queues it. Text is made plain; what is too long, or no letter, is stoa.ErrInvalid.
// Too many unanswered ones are stoa.ErrFull.
func (c *Catalogue) Write(ctx context.Context, l stoa.Letter) (stoa.Letter, error) {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return l, err
	}
	defer leave()
	err = c.update(ctx, func(w *work) (err error) {
		if err := w.prepareLetter(&l); err != nil {
			return err
		}
		waiting, err := readOr[int](w.tx, tCounts, []byte("queue "+stoa.ReasonLetter))
		if err != nil {
			return err
		}
		if waiting >= mostLetters {
			return fmt.Errorf("%w: %d letters wait for an answer", stoa.ErrFull, waiting)
		}
		if l.ID, err = w.NewID(); err != nil {
			return err
		}
		l.At, l.Answered = w.at, ""
		if err := write(w.tx, tLetters, []byte(l.ID), l); err != nil {
			return err
		}
		return w.post(l)
	})
	if err != nil {
		return stoa.Letter{}, fmt.Errorf("write letter: %w", err)
	}
	return l, nil
}

func (w *work) prepareLetter(l *stoa.Letter) error {
	for _, p := range []*string{&l.Title, &l.From, &l.URL} {
		*p = strings.TrimSpace(normalize.Plain(*p))
	}
	l.Text = strings.TrimSpace(normalize.Plain(l.Text))
	switch {
	case !l.Kind.Valid():
		return fmt.Errorf("%w letter: kind %q", stoa.ErrInvalid, clip(string(l.Kind)))
	case !slices.Contains(stoa.Languages(), l.Language):
		return fmt.Errorf("%w letter: language %q", stoa.ErrInvalid, clip(l.Language))
	case len(l.Title) > stoa.MaxLetterLine || len(l.From) > stoa.MaxLetterLine || len(l.Text) > stoa.MaxLetterText:
		return fmt.Errorf("%w letter: it is too long", stoa.ErrInvalid)
	case !utf8.ValidString(l.Title + l.Text + l.From + l.URL):
		return fmt.Errorf("%w letter: it is not UTF-8", stoa.ErrInvalid)
	}
	if l.URL != "" {
		if err := address(l.URL); err != nil {
			return err
		}
	}
	if l.Kind != stoa.LetterMistake {
		if l.Title == "" || l.URL == "" {
			return fmt.Errorf("%w letter: a title and an address are needed", stoa.ErrInvalid)
		}
		l.Record = ""
		return nil
	}
	if l.Text == "" {
		return fmt.Errorf("%w letter: it does not say what is wrong", stoa.ErrInvalid)
	}
	id, err := w.recordNamed(l.Record)
	l.Record = id
	return err
}

// post queues a letter that waits for an answer.
func (w *work) post(l stoa.Letter) error {
	t := task{Task: stoa.Task{Subject: l.ID, Reason: stoa.ReasonLetter, Since: l.At, Why: []string{string(l.Kind)}}, Language: l.Language, Title: strings.ToLower(l.Title)}
	t.Weight = weights[stoa.ReasonLetter]
	return w.queue(l.ID, t.Reason, t)
}

// Letter returns a letter, or stoa.ErrNotFound.
func (c *Catalogue) Letter(ctx context.Context, id string) (stoa.Letter, error) {
	l, err := one[stoa.Letter](ctx, c, tLetters, []byte(id))
	if err != nil {
		return l, fmt.Errorf("letter %q: %w", clip(id), err)
	}
	return l, nil
}

func (w *work) prepareAnswer(d *stoa.Decision) error {
	l, err := read[stoa.Letter](w.tx, tLetters, []byte(d.Subject))
	switch {
	case err != nil:
		return fmt.Errorf("letter: %w", err)
	case l.Answered != "":
		return fmt.Errorf("%w: the letter was answered by %s", stoa.ErrConflict, l.Answered)
	case d.Value != stoa.LetterTaken && d.Value != stoa.LetterDismissed:
		return fmt.Errorf("%w value %q: want taken or dismissed", stoa.ErrInvalid, clip(d.Value))
	}
	return nil
}

// replied notes which decision answered a letter; "" opens it again.
func (w *work) replied(id, by string) error {
	l, err := read[stoa.Letter](w.tx, tLetters, []byte(id))
	if err != nil {
		return fmt.Errorf("letter %q: %w", clip(id), err)
	}
	l.Answered = by
	if err := write(w.tx, tLetters, []byte(id), l); err != nil {
		return err
	}
	if by == "" {
		return w.post(l)
	}
	return w.unqueue(id, stoa.ReasonLetter)
}

// letters queues what waits for an answer; for Rebuild.
func (w *work) letters() error {
	all, err := values[stoa.Letter](w.tx, tLetters, Range{}, 0)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.Answered == "" {
			if err := w.post(l); err != nil {
				return err
			}
		}
	}
	return nil
}
