package match

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
)

// Compare judges two entries. It is symmetric but for the direction of a relation.
func Compare(a, b Entry) Verdict { return compare(profileOf(a), profileOf(b), true) }

// Prepared is an entry that was read once, to be compared many times. Reading costs many times what comparing does.
type Prepared struct{ p *profile }

// Prepare reads an entry.
func Prepare(e Entry) Prepared { return Prepared{profileOf(e)} }

// Compare judges two prepared entries as Compare does, but says nothing of why two are plainly apart.
func (a Prepared) Compare(b Prepared) Verdict { return compare(a.p, b.p, false) }

// Keys returns the blocking keys of a prepared entry.
func (a Prepared) Keys() []string { return keysOf(a.p) }

func compare(a, b *profile, wordy bool) Verdict {
	e := weigh(a, b)
	e.wordy = wordy
	if foreign(a, b) {
		return e.across()
	}
	return e.within()
}

// foreign reports whether two entries are in different languages. Stated languages are often those of the site rather
// than of the text, so titles that share their very words are taken to be in one language.
func foreign(a, b *profile) bool {
	if a.script != b.script && a.script != "" && b.script != "" {
		return true
	}
	return a.language != b.language && a.language != "" && b.language != "" && !verbatim(a, b)
}

// verbatim reports whether two titles are written in the same words.
func verbatim(a, b *profile) bool {
	n := 0
	for _, t := range a.title {
		if slices.ContainsFunc(b.title, func(o token) bool { return strings.EqualFold(o.raw, t.raw) }) {
			n++
		}
	}
	return n >= 2 && n*10 >= 9*max(len(a.title), len(b.title))
}

// within judges two entries of one language.
func (e *evidence) within() Verdict {
	v := Verdict{Verdict: Distinct, Rule: "match:apart", Score: e.score()}
	if rule, why := e.join(); rule != "" {
		v = Verdict{Verdict: Duplicate, Rule: rule, Why: why, Score: max(v.Score, 0.995)}
		v.Why = append(v.Why, e.support()...)
		return v
	}
	v.Relation, v.Inverse, v.Why = e.relation()
	if v.Relation == "" && v.Score >= proposalBar && e.alike() && !e.abroad {
		v.Verdict, v.Rule, v.Faint = Proposal, "match:likely", e.faint(v.Score)
	}
	return e.explained(v)
}

// explained adds what speaks for likeness and against it. Nobody asks why two things are plainly apart, unless all is
// asked for.
func (e *evidence) explained(v Verdict) Verdict {
	if v.Verdict == Distinct && v.Relation == "" && !e.wordy {
		return v
	}
	v.Why = append(v.Why, e.support()...)
	for _, n := range e.clash {
		v.Why = append(v.Why, n.String())
	}
	return v
}

// join returns the rule by which two entries are one thing beyond reasonable doubt, or "".
func (e *evidence) join() (rule string, why []string) {
	t := e.titles
	dice, replaced := t.dice(), t.replaced()
	if len(e.clash) > 0 {
		return "", nil
	}
	sameText := e.text >= 0.75 && min(len(e.a.text.list), len(e.b.text.list)) >= 10
	switch {
	case e.address != "" && !root(e.address) && !far(e.a.span, e.b.span) && (replaced < 1.2 && (dice >= 0.45 || t.contained() >= 0.8) || sameText):
		return "match:address", []string{"same address: " + e.address}
	case shared(e.a.doi, e.b.doi) && dice >= 0.4:
		return "match:doi", []string{"same DOI: " + e.a.doi[0]}
	case shared(e.a.isbn, e.b.isbn) && dice >= 0.4 && len(e.lacking) == 0:
		return "match:isbn", []string{"same ISBN: " + e.a.isbn[0]}
	case !e.abroad && e.reprint() && dice >= 0.6 && (replaced < 0.5 || strong(e.codes)):
		return "match:text", []string{"same text by the same publisher in the same month"}
	case len(e.lacking) > 0 || replaced >= 0.75 || e.dates < 0 || e.abroad:
		return "", nil
	case len(e.codes) > 0 && strong(e.codes) && (dice >= 0.5 || t.contained() >= 0.75):
		return "match:number", []string{"same document number: " + strings.Join(e.codes, ", ")}
	case dice >= 0.95 && e.sure():
		return "match:title", []string{"same title"}
	case dice >= 0.88 && max(t.lw, t.rw) <= 0.6 && e.dates > 0 && e.distinct() >= 4 && (e.publisher >= 0.8 || e.text >= 0.8):
		return "match:title", []string{"nearly the same title"}
	case sameText && (dice >= 0.6 || t.contained() >= 0.85) && t.shared >= 1.5 && replaced < 0.5:
		return "match:text", []string{"same text"}
	}
	return "", nil
}

// reprint reports whether one publisher gives one text in one month. That one title leaves the version out is no difference
// then.
func (e *evidence) reprint() bool {
	lacks := len(e.lacking)
	if e.a.marks.version != e.b.marks.version {
		lacks--
	}
	return lacks == 0 && e.text >= 0.9 && e.textDice >= 0.6 && e.enough() >= 0.75 && e.publisher >= 0.8 && e.dates >= 2
}

// sure reports whether something beside an equal title speaks for one thing: a generic title ("National Cybersecurity
// Strategy") is not enough, however equal.
func (e *evidence) sure() bool {
	if e.publisher < 0.3 && e.enough() >= 0.8 && e.text < 0.25 {
		return false // two bodies, two texts: a title that both hit on
	}
	if e.sameSite && e.address == "" && e.dates < 2 && e.text < 0.6 && e.enough() >= 0.5 {
		return false // two pages of one site: sessions of a course, or notes of a series
	}
	switch distinct := e.distinct(); {
	case distinct >= 6:
		return e.dates > 0 || e.publisher >= 0.6 || e.text >= 0.25
	case distinct >= 3:
		return e.dates > 0 || e.publisher >= 0.6 || e.text >= 0.5
	case distinct == 2:
		return e.publisher >= 0.6 && (e.dates > 0 || e.text >= 0.4) || e.dates > 0 && e.text >= 0.5
	}
	return e.publisher >= 0.9 && (e.dates > 1 && e.text >= 0.25 || e.dates > 0 && e.text >= 0.5 || e.text >= 0.6) && e.enough() > 0.6
}

// distinct counts the words of the title that are not words of the field or names of the publishers.
func (e *evidence) distinct() int {
	n := 0
	for _, t := range e.a.title {
		if t.weight >= 0.9 && !known(t, e.a, e.b) {
			n++
		}
	}
	return n
}

// alike reports whether anything but the dates speaks for one thing: of all that was published on one day nobody asks
// whether it is the same.
func (e *evidence) alike() bool {
	const some = 0.15
	return e.titles.dice() >= some || e.text >= some || e.whole >= some || len(e.codes) > 0
}

// worthAsking is the score from which a person is asked whether two are one. Half as much would find 2 of 100 duplicates more (labelled
// pairs), at twice the questions.
const worthAsking = 0.1

// faint reports whether a proposal is not worth a person's time: little more speaks for it than the matter and the date.
func (e *evidence) faint(score float64) bool {
	const some, much, most = 0.15, 0.25, 0.45
	dice, text := e.titles.dice(), e.text
	if e.enough() < 0.5 { // a few words
		text = 0
	}
	switch {
	case score < worthAsking || weekApart(e.a.Start, e.b.Start):
		return true
	case dice >= most || len(e.codes) > 0:
		return false
	case e.publisher >= 0.6:
		return text < some && e.whole < much
	}
	return text < much && (text < some || dice < 0.2 || e.dates < 3)
}

// weekApart reports whether two beginnings are known to the day and lie a week or more apart: of one kind of thing, two sessions.
func weekApart(a, b stoa.Date) bool {
	if a.Precision() < stoa.Day || b.Precision() < stoa.Day {
		return false
	}
	return a.Begin(time.UTC).Sub(b.Begin(time.UTC)).Abs() >= 7*24*time.Hour
}

// strong reports whether a document number is long enough not to be met by chance.
func strong(codes []string) bool {
	return slices.ContainsFunc(codes, func(c string) bool {
		return !strings.HasPrefix(c, "no") && countDigits(c) >= 3 && len(c) >= 5
	})
}

func shared(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// support says in words what speaks for likeness.
func (e *evidence) support() []string {
	out := []string{fmt.Sprintf("titles %.0f %% alike", 100*e.titles.dice())}
	if e.publisher >= 0.6 {
		out = append(out, "same publisher")
	}
	if e.text >= 0.4 {
		out = append(out, fmt.Sprintf("texts %.0f %% alike", 100*e.text))
	}
	switch e.dates {
	case 1:
		out = append(out, "same year")
	case 2:
		out = append(out, "same month")
	case 3:
		out = append(out, "same day")
	case -1:
		out = append(out, "dates differ")
	}
	return out
}
