package curate

import (
	"errors"
	"net/http"
	"net/url"

	"stoa"
	"stoa/server/page"
)

// ruleLetter answers word from outside. An item that is taken becomes an observation, which waits for a verdict as any
// other does; a source that is taken is tried next; a mistake that is taken is mended on its record.
func (d *Desk) ruleLetter(w http.ResponseWriter, r *http.Request, v visit) error {
	want, err := asked(r, v, []stoa.Action{stoa.Answer})
	if err != nil {
		return err
	}
	l, err := d.Records.Letter(r.Context(), want.Subject)
	if err != nil {
		return err
	}
	to := ""
	if want.Value == stoa.LetterTaken && l.Answered == "" {
		if to, err = d.takeLetter(r, v, l); err != nil {
			return err
		}
	}
	made, err := d.Records.Decide(r.Context(), want)
	if err != nil {
		return explained(err)
	}
	if to != "" {
		seeOther(w, r, to)
		return nil
	}
	back(w, r, made)
	return nil
}

// takeLetter does what a letter asks for, as far as the desk can, and says where to go on.
func (d *Desk) takeLetter(r *http.Request, v visit, l stoa.Letter) (to string, err error) {
	switch l.Kind {
	case stoa.LetterMistake:
		return "/curate/records/" + l.Record, nil
	case stoa.LetterSource:
		if !v.may(stoa.Editor) { // who may not make sources notes that it is a good one
			return "", nil
		}
		return "/curate/sources/new?" + url.Values{"address": {l.URL}}.Encode(), nil
	}
	if d.Office.Workshop == nil {
		return "", page.WithStatus(http.StatusServiceUnavailable, errors.New("no harvester runs here: take the item in where one does"))
	}
	record, err := d.Office.Workshop.TakeIn(r.Context(), stoa.Item{
		Key: l.URL, URL: l.URL, Title: l.Title, Summary: l.Text, Language: "", Fetched: l.At,
	})
	if err != nil {
		return "", err
	}
	return "/curate/records/" + record, nil
}

// letterTitle is how the queue names a letter.
func letterTitle(v visit, t stoa.Task) string {
	if t.Record != nil {
		return page.TitleOf(v.View, *t.Record)
	}
	return t.Letter.Title
}
