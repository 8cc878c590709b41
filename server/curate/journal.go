package curate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// Bounds of the log.
const (
	journalScan = 20_000 // decisions looked through for one page
	journalPart = 500    // read at a time
	logSize     = 50     // decisions on a page
)

// journalQuery asks for a part of the log: by item, by person, by action, or what a rule concluded.
type journalQuery struct {
	subject, by string
	action      stoa.Action
	rule        string
	before      uint64
}

var rulePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:._ -]{0,60}$`)

func parseJournal(v url.Values) (journalQuery, error) {
	q := journalQuery{subject: strings.TrimSpace(v.Get("subject")), by: strings.TrimSpace(v.Get("by")), action: stoa.Action(v.Get("action")), rule: strings.TrimSpace(v.Get("rule"))}
	var faults page.Faults
	if len(q.subject) > 200 || len(q.by) > 200 {
		faults = append(faults, page.Fault{Field: "subject", Text: "want at most 200 characters"})
	}
	if q.action != "" && !isAction(q.action) {
		faults = append(faults, page.Fault{Field: "action", Text: "want one that there is"})
	}
	if q.rule != "" && !rulePattern.MatchString(q.rule) {
		faults = append(faults, page.Fault{Field: "rule", Text: "want the name of a rule"})
	}
	if s := v.Get("before"); s != "" {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil {
			faults = append(faults, page.Fault{Field: "before", Text: "want the number of a decision"})
		}
		q.before = n
	}
	if len(faults) > 0 {
		return journalQuery{}, faults
	}
	return q, nil
}

func isAction(a stoa.Action) bool {
	for _, known := range stoa.Actions() {
		if a == known {
			return true
		}
	}
	return false
}

// href is the address of a part of the log, as a page or as a file.
func (q journalQuery) href(path string, before uint64) string {
	v := url.Values{}
	for name, value := range map[string]string{"subject": q.subject, "by": q.by, "action": string(q.action), "rule": q.rule} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if before > 0 {
		v.Set("before", strconv.FormatUint(before, 10))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (q journalQuery) fits(d stoa.Decision) bool {
	return (q.by == "" || d.By == q.by) && (q.action == "" || d.Action == q.action)
}

// decisions yields what the query asks for, newest first. It reads part by part and holds nothing open meanwhile. most
// bounds how many decisions are looked through, 0 does not.
func (d *Desk) decisions(ctx context.Context, q journalQuery, most int) iter.Seq2[stoa.Decision, error] {
	return func(yield func(stoa.Decision, error) bool) {
		if q.subject != "" {
			d.decisionsOn(ctx, q, yield)
			return
		}
		for before, looked := q.before, 0; most == 0 || looked < most; {
			list, err := d.Records.Log(ctx, before, journalPart)
			if err != nil {
				yield(stoa.Decision{}, err)
				return
			}
			for _, one := range list {
				looked++
				before = one.Seq
				if q.fits(one) && !yield(one, nil) {
					return
				}
			}
			if len(list) < journalPart || before <= 1 {
				return
			}
		}
	}
}

func (d *Desk) decisionsOn(ctx context.Context, q journalQuery, yield func(stoa.Decision, error) bool) {
	list, err := d.Records.Decisions(ctx, q.subject)
	if err != nil {
		yield(stoa.Decision{}, err)
		return
	}
	for i := len(list) - 1; i >= 0; i-- {
		if q.fits(list[i]) && (q.before == 0 || list[i].Seq < q.before) && !yield(list[i], nil) {
			return
		}
	}
}

// journal is a page of the log.
type journal struct {
	journalQuery
	list     []stoa.Decision
	findings []stoa.Finding
	titles   map[string]string
	older    uint64
}

func (d *Desk) log(w http.ResponseWriter, r *http.Request, v visit) error {
	q, err := parseJournal(r.URL.Query())
	if err != nil {
		return err
	}
	out := journal{journalQuery: q, titles: map[string]string{}}
	var subjects []string
	if q.rule != "" {
		if out.findings, out.older, err = d.Records.Concluded(r.Context(), q.rule, q.before, logSize); err != nil {
			return err
		}
		for _, f := range out.findings {
			subjects = append(subjects, f.Subject)
		}
	} else {
		for one, err := range d.decisions(r.Context(), q, journalScan) {
			if err != nil {
				return err
			}
			if len(out.list) == logSize {
				out.older = out.list[logSize-1].Seq
				break
			}
			out.list = append(out.list, one)
			subjects = append(subjects, one.Subject)
		}
	}
	for _, id := range subjects {
		rec, err := d.Records.Get(r.Context(), id)
		if err == nil {
			out.titles[id] = page.TitleOf(v.View, rec)
		} else if !errors.Is(err, stoa.ErrNotFound) && !errors.Is(err, stoa.ErrGone) {
			return err
		}
	}
	v.Title, v.Nav = v.T("desk.nav.log"), "log"
	return d.send(w, r, http.StatusOK, logPage(v, out))
}

// logHead are the columns of the log as CSV.
func logHead() []string {
	return []string{"seq", "id", "at", "by", "subject", "action", "field", "value", "reason", "before", "base"}
}

// logFile gives the log as CSV, streamed, since there is no bound to it.
func (d *Desk) logFile(w http.ResponseWriter, r *http.Request, _ visit) error {
	q, err := parseJournal(r.URL.Query())
	if err != nil {
		return err
	}
	asFile(w, "text/csv; charset=utf-8; header=present", "log.csv")
	out := bufio.NewWriter(w)
	rows := func(yield func([]string, error) bool) {
		for one, err := range d.decisions(r.Context(), q, 0) {
			row := []string{
				strconv.FormatUint(one.Seq, 10), one.ID, stampOf(one.At), one.By, one.Subject, string(one.Action), one.Field, one.Value, one.Reason, one.Before, one.Base,
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
	if err := export.Rows(out, logHead(), rows); err != nil {
		return cut(err)
	}
	return cut(out.Flush())
}

// logLines gives the log as JSON Lines, the nouns as they are.
func (d *Desk) logLines(w http.ResponseWriter, r *http.Request, _ visit) error {
	q, err := parseJournal(r.URL.Query())
	if err != nil {
		return err
	}
	asFile(w, "application/x-ndjson", "log.jsonl")
	return cut(writeLines(w, d.decisions(r.Context(), q, 0)))
}

func writeLines(w io.Writer, all iter.Seq2[stoa.Decision, error]) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for one, err := range all {
		if err != nil {
			return err
		}
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	return out.Flush()
}

func asFile(w http.ResponseWriter, kind, name string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", page.Private)
}

// cut ends an answer that began and cannot be whole, so that half a file does not pass for one.
func cut(err error) error {
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
