package stale

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/normalize/link"
)

const day = 24 * time.Hour

// Delays of the rules over availability.
const (
	goneApart      = 24 * time.Hour // S1
	strikes        = 3              // S2
	strikesApart   = 3 * day        // S2
	serverSpan     = 7 * day        // S5
	serverChecks   = 4              // S5
	serverDead     = 30 * day       // S5
	nameSpan       = 7 * day        // S6
	nameChecks     = 3              // S6
	certificate    = 30 * day       // S7
	movedApart     = 7 * day        // S10
	softApart      = 24 * time.Hour // S13
	changedApart   = 7 * day        // S15
	unconfirmedAge = 60 * day       // S26
)

// trail is the history of looks at one address, and what they add up to.
type trail struct {
	verdict string
	state   stoa.Availability
	notes   []note
	tasks   []string
	to      string
	checked time.Time

	now     time.Time
	lastOK  time.Time
	fails   []sight // since the last success
	refused []sight // since the last success
	returns bool    // answers again after it was dead
}

// availability walks the checks in order of time and concludes.
func (in Input) availability() *trail { return in.follow(in.sights()) }

// sights reads the checks that count, in order of time.
func (in Input) sights() []sight {
	sights := make([]sight, 0, len(in.Checks))
	for _, c := range in.Checks {
		if s := in.look(c); in.believed(s) {
			sights = append(sights, s)
		}
	}
	slices.SortStableFunc(sights, func(a, b sight) int { return a.At.Compare(b.At) })
	return sights
}

// follow concludes from looks in order of time.
func (in Input) follow(sights []sight) *trail {
	t := &trail{verdict: Alive, state: stoa.Unconfirmed, now: in.Now}
	for _, s := range sights {
		t.step(in, s)
	}
	if len(sights) > 0 {
		t.checked = sights[len(sights)-1].At
	}
	t.conclude(in)
	if t.state == stoa.Alive || t.state == stoa.Unconfirmed {
		in.drift(t, sights)
		in.outdated(t, sights)
	}
	return t
}

// outdated asks a person where the page itself names the edition that replaces it (S25): the publisher's own word, which
// needs no second look, but is only a proposal.
func (in Input) outdated(t *trail, sights []sight) {
	if in.off("S25") || in.Superseded != "" {
		return
	}
	var told []sight
	for _, s := range slices.Backward(sights) {
		if s.kind != fine || !s.page.known {
			continue
		}
		if !s.title || s.page.newer == "" && !s.page.outdated() {
			break
		}
		told = append([]sight{s}, told...)
	}
	if len(told) == 0 {
		return
	}
	g := stoa.Ground{Code: "newer", On: daysOf(timesOf(told[:1]))}
	text := "Its own page says that a newer edition replaces it, since " + on(told[0].At, t.now) + "."
	if to, err := link.Parse(told[len(told)-1].page.newer, in.URL); err == nil && to != "" && told[len(told)-1].page.newer != "" {
		g.Code, g.Value = "newer-at", to
		text = "Its own page names the edition that replaces it, since " + on(told[0].At, t.now) + ": " + to
	}
	t.notes = append(t.notes, note{"S25", text, g})
	t.tasks = append(t.tasks, "S25")
}

// outdated reports whether a page says in words that another edition stands in its place.
func (p page) outdated() bool { return says(cut(p.text, newerText), newer) }

// newerText is how much of a page's beginning is read for words of a newer edition: further down they may be of another.
const newerText = 1500

// believed reports whether a look counts: not one whose time is still to come, which a wrong clock left behind, nor a
// failure since the clock jumped.
func (in Input) believed(s sight) bool {
	if s.At.After(in.Now) && !in.Now.IsZero() {
		return false
	}
	return s.kind == fine || s.kind == parked || !s.At.After(in.steady())
}

// step takes one look into account.
func (t *trail) step(in Input, s sight) {
	switch s.kind {
	case fine:
		t.succeed(in, s)
	case steady:
		if len(t.fails) == 0 || in.off("S27") { // what was not changed since a failure is no success
			t.succeed(in, s)
		}
	case refusal:
		if !in.off("S3") {
			t.refused = append(t.refused, s)
		}
	case nothing:
	default:
		t.fails = append(t.fails, s)
	}
}

// succeed forgets what went wrong before: what machines concluded lifts at once (S31).
func (t *trail) succeed(in Input, s sight) {
	t.returns = t.dead(in).rule != "" || len(t.of(parked)) > 0
	t.lastOK, t.fails, t.refused = s.At, nil, nil
}

// conclude turns the looks since the last success into a state.
func (t *trail) conclude(in Input) {
	if p := t.of(parked); len(p) > 0 {
		t.verdict, t.state = Quarantined, stoa.Quarantined
		t.notes = append(t.notes, note{"S14", "Link taken off on " + on(p[0].At, t.now) + ": " + p[0].why + ".", groundOf("taken-off", p[:1])})
		t.tasks = append(t.tasks, "S14")
		return
	}
	if n := t.dead(in); n.rule != "" {
		t.verdict, t.state = Dead, stoa.Dead
		t.notes = append(t.notes, n)
		return
	}
	if len(t.refused) > 0 && (t.lastOK.IsZero() || len(t.refused) >= 2) && t.refused[len(t.refused)-1].At.After(t.lastFail()) {
		last := t.refused[len(t.refused)-1]
		t.verdict, t.state = Blocked, stoa.Blocked
		t.notes = append(t.notes, note{"S3", "Link cannot be checked: " + last.why + " on " + on(last.At, t.now) + ".", groundOf("blocked", []sight{last})})
		t.tasks = append(t.tasks, "S3")
		return
	}
	if n := t.suspect(in); n.rule != "" {
		t.state = stoa.Suspect
		t.notes = append(t.notes, n)
		return
	}
	t.live(in)
}

// lastFail is the time of the last failure, or the zero time.
func (t *trail) lastFail() time.Time {
	if len(t.fails) == 0 {
		return time.Time{}
	}
	return t.fails[len(t.fails)-1].At
}

// live tells alive from not checked for long.
func (t *trail) live(in Input) {
	switch {
	case t.lastOK.IsZero():
		t.warn(in)
	case !in.off("S26") && in.steady().Sub(t.lastOK) >= unconfirmedAge:
		t.notes = append(t.notes, note{"S26", "Link last worked on " + on(t.lastOK, t.now) + "; not confirmed since.", stoa.Ground{Code: "not-confirmed", Last: dayOf(t.lastOK)}})
	default:
		t.state = stoa.Alive
		t.warn(in)
		if t.returns && !in.off("S31") {
			t.notes = append(t.notes, note{"S31", "Link works again since " + on(t.lastOK, t.now) + ".", groundOn("works-again", t.lastOK)})
		}
	}
}

// warn tells of a certificate that is not valid, which alone never makes a link dead.
func (t *trail) warn(in Input) {
	if n := len(t.fails); n > 0 && !in.off("S7") && t.fails[n-1].kind == secure {
		t.notes = append(t.notes, note{"S7", "The site's certificate is not valid since " + on(t.fails[n-1].At, t.now) + ".", groundOn("certificate", t.fails[n-1].At)})
	}
}

// of returns the failures of the given kinds.
func (t *trail) of(kinds ...kind) []sight {
	var out []sight
	for _, s := range t.fails {
		if slices.Contains(kinds, s.kind) {
			out = append(out, s)
		}
	}
	return out
}

// dead returns the rule by which the link is dead, or none.
func (t *trail) dead(in Input) note {
	if g := t.of(gone); len(g) >= 2 && span(g) >= goneApart && !in.off("S1") {
		return t.because(note{rule: "S1"}, g)
	}
	if s := t.strikes(); len(s) >= strikes && !in.off("S2") {
		return t.because(note{rule: s[len(s)-1].struck()}, s)
	}
	if n := t.of(name); len(n) >= nameChecks && span(n) >= nameSpan && !in.off("S6") {
		return t.because(note{rule: "S6"}, n)
	}
	if s := t.of(server, name, missing, gone); len(s) >= serverChecks && span(s) >= serverDead && len(t.of(server)) > 0 && !in.off("S5") {
		return t.because(note{rule: "S5"}, s)
	}
	return note{}
}

// suspect returns the rule by which the link is under suspicion, or none.
func (t *trail) suspect(in Input) note {
	if s := t.strikes(); len(s) >= 1 && !in.off("S2") {
		return t.because(note{rule: s[len(s)-1].struck()}, s)
	}
	if n := t.of(name); len(n) >= 2 && span(n) >= goneApart && !in.off("S6") {
		return t.because(note{rule: "S6"}, n)
	}
	if s := t.of(server, name, missing, gone); len(s) >= serverChecks && span(s) >= serverSpan && !in.off("S5") {
		return t.because(note{rule: "S5"}, s)
	}
	if s := t.of(secure); len(s) >= 2 && span(s) >= certificate && !in.off("S7") {
		return t.because(note{rule: "S7"}, s)
	}
	return note{}
}

// strikes returns the failures that count as "not found" (S2): each at least three days after the one before; what
// only content or a redirect tells counts once a second look, a day later, told the same.
func (t *trail) strikes() []sight {
	all := t.of(missing, gone)
	var soft []sight
	for _, s := range all {
		if s.soft {
			soft = append(soft, s)
		}
	}
	confirmed := len(soft) >= 2 && span(soft) >= softApart || len(soft) < len(all)
	var out []sight
	for _, s := range all {
		if s.soft && !confirmed {
			continue
		}
		if len(out) == 0 || s.At.Sub(out[len(out)-1].At) >= strikesApart {
			out = append(out, s)
		}
	}
	return out
}

// struck is the rule that a failure counts under: S11 to S13 where only redirect or content told, else S2.
func (s sight) struck() string {
	if s.soft {
		return s.rule
	}
	return "S2"
}

func span(s []sight) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].At.Sub(s[0].At)
}

// because makes the sentence that readers see: "Link last worked on 3 May; not found (404) on 10, 13 and 17 May."
func (t *trail) because(n note, s []sight) note {
	var why []string
	var times []time.Time
	for _, x := range s {
		times = append(times, x.At)
		if x.why != "" && !slices.Contains(why, x.why) {
			why = append(why, x.why)
		}
	}
	text := strings.Join(why, ", ") + " on " + days(times, t.now) + "."
	if !t.lastOK.IsZero() {
		text = "Link last worked on " + on(t.lastOK, t.now) + "; " + text
	} else {
		text = "Link " + text
	}
	n.why, n.ground = text, groundOf("failed", s)
	if n.ground.Last = dayOf(t.lastOK); t.lastOK.IsZero() {
		n.ground.Code = "failed-first"
	}
	return n
}

// drift looks for a page that moved (S10) or is no longer about the same thing (S15).
func (in Input) drift(t *trail, sights []sight) {
	var fines []sight
	for _, s := range sights {
		if s.kind == fine {
			fines = append(fines, s)
		}
	}
	if len(fines) == 0 {
		return
	}
	last := fines[len(fines)-1]
	if last.moved != "" {
		var there []sight
		for _, s := range slices.Backward(fines) {
			if s.moved == "" || !same(s.moved, last.moved) {
				break
			}
			there = append([]sight{s}, there...)
		}
		if len(there) >= 2 && span(there) >= movedApart {
			t.verdict, t.to = Moved, last.moved
			t.notes = append(t.notes, note{"S10", fmt.Sprintf("Page moved to %s, seen on %s.", last.moved, days(timesOf(there), t.now)), stoa.Ground{Code: "moved", Value: last.moved, On: daysOf(timesOf(there))}})
			t.tasks = append(t.tasks, "S10")
		}
		return
	}
	if !in.off("S15") {
		in.changed(t, fines)
	}
}

// changed looks for a page that has lost its title and most of its text. Where the accepted text is not kept, the first
// look that bears the title stands for it.
func (in Input) changed(t *trail, fines []sight) {
	accepted := page{known: in.Accepted != "", text: squeeze(in.Accepted)}
	for _, s := range fines {
		if !accepted.known && s.title {
			accepted = s.page
			break
		}
	}
	if !accepted.known {
		return
	}
	var other []sight
	for _, s := range slices.Backward(fines) {
		if !s.page.known {
			continue
		}
		if s.title || likeness(accepted, s.page) >= changedBar {
			break
		}
		other = append([]sight{s}, other...)
	}
	if len(other) >= 2 && span(other) >= changedApart {
		t.verdict = Changed
		t.tasks = append(t.tasks, "S15")
		t.notes = append(t.notes, note{"S15", "No longer the same page: neither title nor text as before on " + days(timesOf(other), t.now) + ".", stoa.Ground{Code: "another-page", On: daysOf(timesOf(other))}})
	}
}

func timesOf(s []sight) []time.Time {
	var out []time.Time
	for _, x := range s {
		out = append(out, x.At)
	}
	return out
}
