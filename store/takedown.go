package store

import (
	"errors"
	"fmt"

	"stoa"
)

// prepareTakedown checks whose words are to be taken down: a record's, or all of a source that was harvested.
func (w *work) prepareTakedown(d *stoa.Decision) error {
	if d.Field != "" || d.Value != "" {
		return fmt.Errorf("%w takedown: it has neither a field nor a value; it is about all words of %s", stoa.ErrInvalid, clip(d.Subject))
	}
	if known, err := w.harvested(d.Subject); err != nil || known {
		return err
	}
	return w.prepareRecord(d)
}

// harvested says whether a subject is a source that was ever harvested.
func (w *work) harvested(subject string) (bool, error) {
	if !sourceID.MatchString(subject) {
		return false, nil
	}
	return has(w.tx, tSources, []byte(subject))
}

// takenDown has every record composed anew that words were taken from, or given back to.
func (w *work) takenDown(subject string) error {
	if known, err := w.harvested(subject); err != nil {
		return err
	} else if known {
		return w.nudge(subject)
	}
	root, err := rootOf(w.tx, subject)
	if errors.Is(err, stoa.ErrNotFound) {
		return nil
	}
	w.touch(root)
	return err
}
