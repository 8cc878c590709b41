package eval

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/match"
	"stoa/normalize/stale"
)

// scoreDates scores dates.jsonl: each line as the date line of an item, read on the day of reference.
func scoreDates(files fs.FS, r *Report) error {
	type line struct {
		Text      string    `json:"text"`
		Reference stoa.Date `json:"reference"`
		Start     stoa.Date `json:"start"`
		End       stoa.Date `json:"end"`
		Deadline  stoa.Date `json:"deadline"`
	}
	all, err := lines[line](files, "dates.jsonl")
	if err != nil {
		return err
	}
	var right, wrong, missing int
	for _, l := range all {
		d := normalize.Draft(stoa.Item{When: l.Text, Fetched: l.Reference.Begin(time.UTC)}, stoa.Source{})
		isWrong, isMissing := false, false
		for _, p := range [][2]stoa.Date{{l.Start, d.Start}, {l.End, d.End}, {l.Deadline, d.Deadline}} {
			isWrong = isWrong || p[1] != "" && !same(p[0], p[1])
			isMissing = isMissing || p[1] == "" && p[0] != ""
		}
		switch {
		case isWrong:
			wrong++
		case isMissing:
			missing++
		default:
			right++
			continue
		}
		want, got := []stoa.Date{l.Start, l.End, l.Deadline}, []stoa.Date{d.Start, d.End, d.Deadline}
		r.Errors = append(r.Errors, Miss{Part: "dates", ID: string(l.Reference), Title: l.Text, Want: dateList(want), Got: dateList(got)})
	}
	n := len(all)
	r.Dates = &Dates{Count: n, Right: share(right, n), Wrong: share(wrong, n), Missing: share(missing, n)}
	return nil
}

// same reports whether two dates say the same: an instant may be written in another zone.
func same(a, b stoa.Date) bool {
	return a == b || a.Precision() == stoa.Instant && b.Precision() == stoa.Instant && a.Begin(time.UTC).Equal(b.Begin(time.UTC))
}

func dateList(dates []stoa.Date) string {
	s := make([]string, len(dates))
	for i, d := range dates {
		if s[i] = string(d); d == "" {
			s[i] = "–"
		}
	}
	return strings.Join(s, " ")
}

// scoreDedupe scores dedupe: all records are matched at once, as `stoa match` does, and the labelled pairs looked up.
func scoreDedupe(files fs.FS, r *Report) error {
	entries, err := lines[match.Entry](files, "dedupe/records.jsonl")
	if err != nil {
		return err
	}
	type pair struct{ A, B, Label, Why string }
	pairs, err := lines[pair](files, "dedupe/pairs.jsonl")
	if err != nil {
		return err
	}
	said := map[[2]string]match.Verdict{}
	for _, p := range match.All(entries, true) {
		a, b := entries[p.A].ID, entries[p.B].ID
		said[[2]string{min(a, b), max(a, b)}] = p.Verdict
	}
	s := &Dedupe{Pairs: len(pairs)}
	var joined, joinedRight, duplicates, translations, found, foundTranslations int
	for _, p := range pairs {
		v := said[[2]string{min(p.A, p.B), max(p.A, p.B)}]
		join := v.Verdict == match.Duplicate
		offered := join || v.Verdict == match.Translation || v.Verdict == match.Proposal
		joined += int(one(join))
		switch p.Label {
		case match.Duplicate:
			duplicates++
			joinedRight += int(one(join))
			found += int(one(offered))
		case match.Translation:
			translations++
			foundTranslations += int(one(offered))
		case match.Distinct:
			s.DistinctJoins += int(one(join))
		}
		if join != (p.Label == match.Duplicate) && (join || !offered) {
			r.Errors = append(r.Errors, Miss{Part: "dedupe", ID: p.A + " " + p.B, Title: p.Why, Want: p.Label, Got: v.Verdict, Why: v.Why})
		}
	}
	s.JoinPrecision, s.JoinRecall = share(joinedRight, joined), share(joinedRight, duplicates)
	s.Found, s.Translations = share(found+foundTranslations, duplicates+translations), share(foundTranslations, translations)
	r.Dedupe = s
	return nil
}

// page is a line of stale.jsonl.
type page struct {
	ID       string       `json:"id"`
	URL      string       `json:"url"`
	Kind     stoa.Kind    `json:"kind"`
	Title    string       `json:"title"`
	Start    stoa.Date    `json:"start"`
	End      stoa.Date    `json:"end"`
	Deadline stoa.Date    `json:"deadline"`
	Checks   []stoa.Check `json:"checks"`
	Sibling  *stoa.Check  `json:"sibling"`
	Label    string       `json:"label"`
}

// scoreStale scores stale.jsonl after each page's last check.
func scoreStale(files fs.FS, r *Report) error {
	pages, err := lines[page](files, "stale.jsonl")
	if err != nil {
		return err
	}
	var right choice
	var gone [3]int // hit, said, right
	for _, p := range pages {
		in := stale.Input{URL: p.URL, Kind: p.Kind, Title: p.Title, Start: p.Start, End: p.End, Deadline: p.Deadline, Sibling: p.Sibling}
		for _, c := range p.Checks {
			c.Body = body(files, c)
			in.Checks = append(in.Checks, c)
			if c.At.After(in.Now) {
				in.Now = c.At
			}
		}
		if in.Sibling != nil {
			in.Sibling.Body = body(files, *in.Sibling)
		}
		v := stale.Judge(in)
		right.add(p.Label, v.Verdict, 0)
		isGone, saidGone := isGone(p.Label), isGone(v.Verdict)
		gone[0] += int(one(isGone && saidGone))
		gone[1] += int(one(saidGone))
		gone[2] += int(one(isGone))
		if p.Label != v.Verdict {
			r.Errors = append(r.Errors, Miss{Part: "stale", ID: p.ID, Title: p.URL, Want: p.Label, Got: v.Verdict, Why: v.Rules})
		}
	}
	c := right.classes(stale.Alive, stale.Dead, stale.Blocked, stale.Quarantined, stale.Moved, stale.Changed)
	r.Stale = &Stale{Count: len(pages), Gone: scoreOf(gone[0], gone[1], gone[2]), Class: c.Class}
	return nil
}

func isGone(verdict string) bool {
	return slices.Contains([]string{stale.Dead, stale.Quarantined}, verdict)
}

// body returns a check's body: from its file, where it names one that is there.
func body(files fs.FS, c stoa.Check) string {
	if c.BodyFile == "" {
		return c.Body
	}
	b, err := fs.ReadFile(files, path.Clean(c.BodyFile))
	if err != nil {
		return c.Body
	}
	return string(b)
}
