package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/place"
)

// Bounds of what a person may write.
const (
	maxLine = 1000
	maxText = 20_000
)

// prepare checks a decision and fills in what it needs to be understood later: the subject as it is filed, what
// sources said of a field then, and what stood there.
func (w *work) prepare(d *stoa.Decision) error {
	d.Subject, d.Value = strings.TrimSpace(d.Subject), strings.TrimSpace(d.Value)
	switch {
	case !slices.Contains(stoa.Actions(), d.Action):
		return fmt.Errorf("%w action %q", stoa.ErrInvalid, clip(string(d.Action)))
	case d.By == "":
		return fmt.Errorf("%w decision: it does not say by whom", stoa.ErrInvalid)
	case d.Subject == "" && d.Action != stoa.Undo:
		return fmt.Errorf("%w decision: it has no subject", stoa.ErrInvalid)
	case !utf8.ValidString(d.Value + d.Reason + d.Subject + d.By):
		return fmt.Errorf("%w decision: it is not UTF-8", stoa.ErrInvalid)
	case len(d.Value) > maxText || len(d.Reason) > maxText || len(d.Subject) > maxLine || len(d.By) > maxLine:
		return fmt.Errorf("%w decision: it is too long", stoa.ErrInvalid)
	}
	switch d.Action {
	case stoa.Release, stoa.Discard:
		return w.prepareRun(d)
	case stoa.Stage, stoa.Pause, stoa.Adopt, stoa.Switch:
		return w.prepareSource(d)
	case stoa.Takedown:
		return w.prepareTakedown(d)
	case stoa.Leave:
		return prepareHost(d)
	case stoa.Undo:
		return w.prepareUndo(d)
	case stoa.Answer:
		return w.prepareAnswer(d)
	case stoa.Propose:
		return fmt.Errorf("%w action: propose by asking for what you propose", stoa.ErrInvalid)
	case stoa.Second:
		return w.prepareSecond(d)
	case stoa.Invite:
		return w.prepareInvite(d)
	case stoa.Erase:
		return w.prepareErase(d)
	case stoa.Settle:
		return w.prepareSettle(d)
	}
	return w.prepareRecord(d)
}

func (w *work) prepareRun(d *stoa.Decision) error {
	run, err := read[stoa.Run](w.tx, tRuns, []byte(d.Subject))
	switch {
	case err != nil:
		return fmt.Errorf("run: %w", err)
	case run.Released != "":
		return fmt.Errorf("%w: it was settled by %s", stoa.ErrConflict, run.Released)
	case run.Outcome != stoa.Held:
		return fmt.Errorf("%w run: it is %s, not held", stoa.ErrInvalid, run.Outcome)
	}
	return nil
}

var sourceID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (w *work) prepareSource(d *stoa.Decision) error {
	if !sourceID.MatchString(d.Subject) {
		return fmt.Errorf("%w subject %q: want the id of a source", stoa.ErrInvalid, clip(d.Subject))
	}
	switch d.Action {
	case stoa.Stage:
		if !slices.Contains([]stoa.Trust{stoa.DraftSource, stoa.Rehearsed, stoa.Probation, stoa.Trusted}, stoa.Trust(d.Value)) {
			return fmt.Errorf("%w value %q: want draft, rehearsed, probation or trusted", stoa.ErrInvalid, clip(d.Value))
		}
	case stoa.Adopt:
		if err := address(d.Value); err != nil {
			return err
		}
		return w.rememberOffers(d)
	case stoa.Switch:
		if !slices.Contains(stoa.Rules(), d.Field) {
			return fmt.Errorf("%w field %q: want a rule that can be switched, one of %s", stoa.ErrInvalid, clip(d.Field), strings.Join(stoa.Rules(), " "))
		}
		if d.Value != "on" && d.Value != "off" {
			return fmt.Errorf("%w value %q: want on or off", stoa.ErrInvalid, clip(d.Value))
		}
	}
	return nil
}

// rememberOffers keeps which addresses of a source were on offer when a person chose one: the others are not offered again.
func (w *work) rememberOffers(d *stoa.Decision) error {
	s, err := sourceOf(w.tx, d.Subject)
	if err != nil {
		return err
	}
	var on []string
	for _, i := range s.Incidents {
		if offers(i) && i.About != d.Value {
			on = append(on, i.About)
		}
	}
	d.Base = strings.Join(on, "\n")
	return nil
}

// offers reports whether an incident offers an address.
func offers(i stoa.Incident) bool { return i.Rule == stoa.RuleWayIn || i.Rule == stoa.RuleMoved }

func (w *work) prepareUndo(d *stoa.Decision) error {
	target, err := w.decision(d.Value)
	if err != nil {
		return err
	}
	switch target.Action {
	case stoa.Release, stoa.Discard:
		return fmt.Errorf("%w undo: a run that was released or discarded stays so", stoa.ErrInvalid)
	case stoa.Erase:
		return fmt.Errorf("%w undo: what was erased is gone", stoa.ErrInvalid)
	case stoa.Propose, stoa.Second:
		return fmt.Errorf("%w undo: withdraw the motion, or undo what came of it", stoa.ErrInvalid)
	}
	rulings, err := rulingsOn(w.tx, target.Subject)
	if err != nil {
		return err
	}
	alive := target.Action == stoa.Undo
	for _, r := range inForce(rulings) {
		alive = alive || r.ID == target.ID
	}
	for _, r := range rulings {
		if target.Action == stoa.Undo && r.Action == stoa.Undo && r.Value == target.ID {
			alive = false
		}
	}
	if !alive {
		return fmt.Errorf("%w: decision %s was undone already", stoa.ErrConflict, target.ID)
	}
	d.Subject = target.Subject
	return nil
}

func (w *work) prepareSettle(d *stoa.Decision) error {
	n, err := conflictNumber(d.Subject)
	if err != nil {
		return err
	}
	q, err := w.conflict(n)
	switch {
	case err != nil:
		return err
	case q.Settled != "":
		return fmt.Errorf("%w: conflict %d was settled by %s", stoa.ErrConflict, n, q.Settled)
	case d.Value != "ours" && d.Value != "theirs":
		return fmt.Errorf("%w value %q: want ours or theirs", stoa.ErrInvalid, clip(d.Value))
	}
	// So that the same question is known as answered when it comes back.
	d.Subject, d.Field, d.Base, d.Reason = fmt.Sprint(n), q.Field, q.Theirs, string(q.Kind)
	return w.versioned(d, q.Record)
}

// versioned refuses a decision on a version that the person did not see.
func (w *work) versioned(d *stoa.Decision, id string) error {
	if d.IfMatch == 0 {
		return nil
	}
	rec, err := read[record](w.tx, tRecords, []byte(id))
	if err != nil {
		return err
	}
	if rec.Version != d.IfMatch {
		return fmt.Errorf("%w: record %s is at version %d, not %d; look at it again", stoa.ErrConflict, id, rec.Version, d.IfMatch)
	}
	return nil
}

// recordNamed resolves an id or short id of a record.
func (w *work) recordNamed(name string) (string, error) {
	id, err := resolve(w.tx, name)
	if err != nil {
		return "", fmt.Errorf("record %q: %w", clip(name), err)
	}
	return id, nil
}

// prepareRecord is for rulings on records. A ruling on a merged record is one on the record that it is part of now.
func (w *work) prepareRecord(d *stoa.Decision) (err error) {
	if d.Subject, err = w.recordNamed(d.Subject); err != nil {
		return err
	}
	if d.Subject, err = rootOf(w.tx, d.Subject); err != nil {
		return err
	}
	if err := w.versioned(d, d.Subject); err != nil {
		return err
	}
	rec, err := read[record](w.tx, tRecords, []byte(d.Subject))
	if err != nil {
		return err
	}
	switch d.Action {
	case stoa.Accept:
		d.Before = string(rec.State)
	case stoa.Refuse:
		d.Before, d.Base = string(rec.State), rec.Title
		if !slices.Contains(stoa.Reasons(), d.Reason) {
			return fmt.Errorf("%w reason %q: want one of %s", stoa.ErrInvalid, clip(d.Reason), strings.Join(stoa.Reasons(), ", "))
		}
	case stoa.Set, stoa.Unset, stoa.Add, stoa.Remove:
		return w.prepareField(d, rec.Record)
	case stoa.Merge, stoa.Split, stoa.Differ, stoa.Tie, stoa.Untie:
		return w.preparePair(d)
	case stoa.Confirm:
		if date, err := stoa.ParseDate(d.Value); err != nil || date != "" && date.Precision() != stoa.Day {
			return fmt.Errorf("%w value %q: want a day (YYYY-MM-DD) or nothing", stoa.ErrInvalid, clip(d.Value))
		}
	case stoa.Retire:
		return w.prepareRetire(d)
	case stoa.Snooze:
		if date, err := stoa.ParseDate(d.Value); err != nil || date.Precision() != stoa.Day || !date.Begin(time.UTC).After(w.at) {
			return fmt.Errorf("%w value %q: want a day to come (YYYY-MM-DD)", stoa.ErrInvalid, clip(d.Value))
		}
	case stoa.Note:
		if d.Value == "" {
			return fmt.Errorf("%w note: it is empty", stoa.ErrInvalid)
		}
	}
	return nil
}

// prepareRetire accepts what replaces a record: another record, an address, or nothing.
func (w *work) prepareRetire(d *stoa.Decision) (err error) {
	if d.Value == "" || address(d.Value) == nil {
		return nil
	}
	if d.Value, err = w.recordNamed(d.Value); err != nil {
		return err
	}
	if d.Value == d.Subject {
		return fmt.Errorf("%w value: a record cannot replace itself", stoa.ErrInvalid)
	}
	return nil
}

func (w *work) preparePair(d *stoa.Decision) (err error) {
	if d.Value, err = w.recordNamed(d.Value); err != nil {
		return err
	}
	if d.Action == stoa.Split {
		into, err := w.tx.Get(tMerged, []byte(d.Value))
		if errors.Is(err, stoa.ErrNotFound) {
			return fmt.Errorf("%w value: record %s is not merged", stoa.ErrInvalid, d.Value)
		}
		d.Subject = string(into)
		return err
	}
	if d.Value, err = rootOf(w.tx, d.Value); err != nil {
		return err
	}
	if d.Value == d.Subject {
		return fmt.Errorf("%w value: both are the same record", stoa.ErrInvalid)
	}
	relations := []string{string(stoa.EditionOf), string(stoa.SessionOf), string(stoa.Supersedes), string(stoa.PartOf), string(stoa.SuccessorOf)}
	if (d.Action == stoa.Tie || d.Action == stoa.Untie) && !slices.Contains(relations, d.Field) {
		return fmt.Errorf("%w field %q: want one of %s", stoa.ErrInvalid, clip(d.Field), strings.Join(relations, ", "))
	}
	if d.Action == stoa.Differ { // so that it is seen when one becomes another thing
		return w.rememberTitles(d)
	}
	return nil
}

// rememberTitles keeps what two records were called when somebody said that they differ.
func (w *work) rememberTitles(d *stoa.Decision) error {
	a, err := readOr[entry](w.tx, tEntries, []byte(d.Subject))
	if err != nil {
		return err
	}
	b, err := readOr[entry](w.tx, tEntries, []byte(d.Value))
	d.Base = strings.ReplaceAll(a.Title, "\n", " ") + "\n" + strings.ReplaceAll(b.Title, "\n", " ")
	return err
}

func (w *work) prepareField(d *stoa.Decision, rec stoa.Record) error {
	if !slices.Contains(stoa.Settable(), d.Field) {
		return fmt.Errorf("%w field %q: want one of %s", stoa.ErrInvalid, clip(d.Field), strings.Join(stoa.Settable(), ", "))
	}
	lists := []string{"pillars", "countries", "regions", "organisations"}
	if (d.Action == stoa.Add || d.Action == stoa.Remove) && !slices.Contains(lists, d.Field) {
		return fmt.Errorf("%w field %q: only %s can be added to", stoa.ErrInvalid, d.Field, strings.Join(lists, ", "))
	}
	if d.Action != stoa.Unset {
		if err := checkValue(d); err != nil {
			return fmt.Errorf("field %s: %w", d.Field, err)
		}
	}
	family, err := familyOf(w.tx, d.Subject)
	if err != nil {
		return err
	}
	all, err := gather(w.tx, family)
	if err != nil {
		return err
	}
	d.Base, d.Before = says(all, d.Field, w), normalize.Value(rec, d.Field)
	return nil
}

// checkValue refuses values that a field cannot have, and brings lists into their one form.
func checkValue(d *stoa.Decision) error {
	switch d.Field {
	case "title":
		d.Value = normalize.Plain(d.Value)
		if d.Value == "" || len(d.Value) > maxLine {
			return fmt.Errorf("%w value: want 1 to %d bytes of text", stoa.ErrInvalid, maxLine)
		}
	case "summary":
		d.Value = normalize.Plain(d.Value)
	case "url":
		return address(d.Value)
	case "archive":
		if d.Value == "" {
			return nil
		}
		return address(d.Value)
	case "language":
		if _, err := language.Parse(d.Value); d.Value != "" && err != nil {
			return fmt.Errorf("%w value %q: want a BCP 47 tag", stoa.ErrInvalid, clip(d.Value))
		}
	case "kind":
		if !stoa.Kind(d.Value).Valid() {
			return fmt.Errorf("%w value %q: want best-practice, guidance or programme", stoa.ErrInvalid, clip(d.Value))
		}
	case "published", "start", "end", "deadline", "valid_until":
		_, err := stoa.ParseDate(d.Value)
		return err
	case "rolling":
		if d.Value != "true" && d.Value != "false" {
			return fmt.Errorf("%w value %q: want true or false", stoa.ErrInvalid, clip(d.Value))
		}
	default:
		return checkList(d)
	}
	return nil
}

// checkList accepts a JSON list, or one element as it stands.
func checkList(d *stoa.Decision) error {
	if d.Field == "organisations" {
		return checkOrganisations(d)
	}
	var all []string
	if !strings.HasPrefix(d.Value, "[") {
		for part := range strings.SplitSeq(d.Value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	} else if err := json.Unmarshal([]byte(d.Value), &all); err != nil {
		return fmt.Errorf("%w value: want a JSON list of codes: %v", stoa.ErrInvalid, err)
	}
	for _, v := range all {
		ok := false
		switch d.Field {
		case "pillars":
			ok = stoa.Pillar(v).Valid()
		case "countries":
			ok = place.Valid(v)
		case "regions":
			ok = slices.Contains(stoa.Regions(), stoa.Region(v))
		}
		if !ok {
			return fmt.Errorf("%w value %q: not one of the %s", stoa.ErrInvalid, clip(v), d.Field)
		}
	}
	if len(all) == 0 && d.Action != stoa.Set {
		return fmt.Errorf("%w value: it is empty", stoa.ErrInvalid)
	}
	b, err := json.Marshal(append([]string{}, all...))
	d.Value = string(b)
	return err
}

func checkOrganisations(d *stoa.Decision) error {
	var all []stoa.Organisation
	text := d.Value
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return fmt.Errorf("%w value: want a JSON list of {id, name, role}: %v", stoa.ErrInvalid, err)
	}
	roles := []stoa.Role{stoa.Publisher, stoa.Funder, stoa.Implementer, stoa.Host, stoa.Beneficiary}
	for _, o := range all {
		if !sourceID.MatchString(o.ID) || o.Name == "" || !slices.Contains(roles, o.Role) {
			return fmt.Errorf("%w value: organisation %q needs an id, a name and a role", stoa.ErrInvalid, clip(o.ID+o.Name))
		}
	}
	b, err := json.Marshal(all)
	d.Value = string(b)
	return err
}

// address refuses what is no web address.
func address(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(text) > 2*maxLine {
		return fmt.Errorf("%w value %q: want a http or https address", stoa.ErrInvalid, clip(text))
	}
	return nil
}
