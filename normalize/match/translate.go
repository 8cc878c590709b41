package match

import (
	"slices"

	"stoa"
)

// across judges two entries in different languages. What the publisher itself ties (hreflang, one address but for its
// language, one document number) is a translation; what only looks like one is proposed.
func (e *evidence) across() Verdict {
	v := Verdict{Verdict: Distinct, Rule: "match:apart", Score: e.crossScore()}
	rule, why := e.tied()
	switch {
	case rule != "":
		v = Verdict{Verdict: Translation, Relation: stoa.EditionOf, Rule: rule, Why: why, Score: max(v.Score, 0.99)}
	case v.Score >= translationBar && len(e.clash) == 0 && !e.abroad:
		v.Verdict, v.Rule, v.Relation = Proposal, "match:edition", stoa.EditionOf
		v.Faint = v.Score < worthAsking || !e.rendered()
	}
	return e.explained(v)
}

// rendered reports whether enough speaks for one thing in two languages: more than the matter and the year, which half of what is
// published shares.
func (e *evidence) rendered() bool {
	const some = 0.2
	t, told := e.titles, e.text >= some
	switch {
	case (t.shared < 1.2 && e.dates < 1 || e.dates < 0) && !told: // words of the field alone, or another year
		return false
	case e.publisher >= 0.6 || e.sameSite:
		return t.dice() >= 0.35 || told || e.dates >= 2 || e.dates > 0 && t.dice() >= 0.25
	}
	return e.dates >= 2 || told
}

// tied returns the rule by which two entries are language editions of one thing, or "".
func (e *evidence) tied() (rule string, why []string) {
	a, b := e.a, e.b
	if shared(a.editions, b.own) || shared(b.editions, a.own) {
		return "match:hreflang", []string{"one page names the other as its edition in another language"}
	}
	if len(e.clash) > 0 {
		return "", nil
	}
	if shared(a.isbn, b.isbn) || shared(a.doi, b.doi) {
		return "match:number", []string{"same DOI or ISBN"}
	}
	if e.address != "" && !root(e.address) {
		return "match:address", []string{"same address in two languages: " + e.address}
	}
	for i, n := range a.neutral {
		if slices.Contains(b.neutral, n) && (a.named || b.named) && !root(a.own[i]) {
			return "match:address-language", []string{"same address but for the language: " + n}
		}
	}
	if codes := e.crossCodes(); strong(codes) {
		return "match:number", []string{"same document number: " + codes[0]}
	}
	return "", nil
}

// crossCodes returns the document numbers that both titles carry, or one title and the other's text, or both
// addresses.
func (e *evidence) crossCodes() []string {
	out := slices.Clone(e.codes)
	for _, k := range sorted(e.a.soft) {
		if e.b.soft[k] && !slices.Contains(out, k) && countDigits(k) >= 4 && len(k) >= 6 {
			out = append(out, k)
		}
	}
	return out
}
