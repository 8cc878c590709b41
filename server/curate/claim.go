package curate

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"stoa"
	"stoa/server/page"
)

// claims are who is at work on what, by subject.
type claims map[string]stoa.Claim

func (d *Desk) claims(r *http.Request) (claims, error) {
	all, err := d.Records.Claims(r.Context())
	if err != nil {
		return nil, err
	}
	out := claims{}
	for _, c := range all {
		out[c.Subject] = c
	}
	return out, nil
}

// claimed is the subject under which a task is claimed: the record, so that all tasks on it are.
func claimed(t stoa.Task) string {
	if t.Record != nil && t.Letter == nil {
		return t.Record.ID
	}
	return t.Subject
}

// clock is a time of day; the desk is in UTC and says so.
func clock(t time.Time) string { return t.UTC().Format("15:04") + " UTC" }

func claimText(v visit, c stoa.Claim) string {
	switch c.By {
	case "":
		return ""
	case v.user.Name:
		return v.T("claim.mine", "until", clock(c.Until))
	}
	return v.T("claim.other", "name", c.By, "until", clock(c.Until))
}

// heldLine is one claim for the script, which asks every second or so.
type heldLine struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	By      string `json:"by"`
	Mine    bool   `json:"mine,omitempty"`
}

func (d *Desk) claimsList(w http.ResponseWriter, r *http.Request, v visit) error {
	all, err := d.Records.Claims(r.Context())
	if err != nil {
		return err
	}
	out := []heldLine{}
	for _, c := range all {
		out = append(out, heldLine{c.Subject, claimText(v, c), c.By, c.By == v.user.Name})
	}
	body, err := json.Marshal(map[string]any{"claims": out})
	if err != nil {
		return fmt.Errorf("encode claims: %w", err)
	}
	page.Send(w, r, page.Answer{Type: "application/json", Body: append(body, '\n'), Cache: page.Private})
	return nil
}

// ruleClaim takes, takes over, renews or lets go of a subject.
func (d *Desk) ruleClaim(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	subject, err := r.PostForm.Get("subject"), error(nil)
	if !idPattern.MatchString(subject) {
		return page.Faults{{Field: "subject", Text: "want an id"}}
	}
	switch r.PostForm.Get("action") {
	case "leave":
		err = d.Records.Unclaim(r.Context(), subject, v.user.Name)
	case "over":
		_, err = d.Records.Claim(r.Context(), subject, v.user.Name, true)
	default: // somebody else's stays, and the page says whose it is
		if _, err = d.Records.Claim(r.Context(), subject, v.user.Name, false); errors.Is(err, stoa.ErrConflict) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	backWith(w, r, url.Values{})
	return nil
}

// renew keeps a claim alive while its holder looks at the subject.
func (d *Desk) renewClaim(r *http.Request, v visit, c stoa.Claim) (stoa.Claim, error) {
	if c.By != v.user.Name || c.Until.Sub(d.Now()) > stoa.ClaimTime-time.Minute {
		return c, nil
	}
	return d.Records.Claim(r.Context(), c.Subject, c.By, false)
}
