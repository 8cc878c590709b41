package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stoa"
)

// Who owns a record is remembered: an Owner finding names the source whose words stand first, from the day on which a second
// source listed the same thing. Compose follows the latest such finding; Ownership alone makes new ones. So a record does not change
// its title to and fro while two sources outdo one another, and a rebuild judges nothing anew.

// ownerRule names the rule by which a source owns a record.
const ownerRule = "owner"

// settledFor is how long both the owner and whoever outdoes it must have stood unchanged before the record changes hands.
const settledFor = 14 * 24 * time.Hour

// measure is how much an observation says.
type measure struct{ filled, text int }

func measured(o stoa.Observation) measure {
	n := 0
	for _, v := range Values(o.Draft) {
		if v != "" {
			n++
		}
	}
	return measure{n, len([]rune(o.Draft.Summary))}
}

// clearly reports whether m is clearly better than other: at least two more filled fields, and a summary of at least 80 letters
// that is at least one and a half times as long.
func (m measure) clearly(other measure) bool {
	return m.filled >= other.filled+2 && m.text >= 80 && 2*m.text >= 3*other.text
}

// owning returns the index of the owning source among observations in precedence, -1 of none. It is the one that the findings on the
// record name last, of those of top standing; where they name none, it is chosen as if for the first time.
func owning(obs []stoa.Observation, findings []stoa.Finding, id string) int {
	if held := incumbent(top(obs), owners(findings, id)); held >= 0 {
		return held
	}
	return foremost(obs)
}

// top returns the observations of the first's standing: no other may own the record.
func top(obs []stoa.Observation) []stoa.Observation {
	n := 0
	for n < len(obs) && standing(obs[n]) == standing(obs[0]) {
		n++
	}
	return obs[:n]
}

// foremost returns the index of who owns a record of which nothing is remembered: the first to publish, unless another is clearly
// better.
func foremost(obs []stoa.Observation) int {
	if len(obs) == 0 {
		return -1
	}
	best := 0
	for i, o := range top(obs) {
		if measured(o).clearly(measured(obs[best])) {
			best = i
		}
	}
	return best
}

// owners returns what the findings on a record say of its owners, the latest last.
func owners(findings []stoa.Finding, id string) []stoa.Owned {
	var out []stoa.Owned
	for _, f := range findings {
		var o stoa.Owned
		if f.Kind == stoa.Owner && f.Subject == id && json.Unmarshal([]byte(f.Value), &o) == nil {
			out = append(out, o)
		}
	}
	return out
}

// incumbent returns the index of the observation that was named last; -1 when none of them ever was. An item that came under another
// key since is still its source's.
func incumbent(obs []stoa.Observation, named []stoa.Owned) int {
	for _, was := range slices.Backward(named) {
		i := slices.IndexFunc(obs, func(o stoa.Observation) bool { return o.Source == was.Source && o.Key == was.Key })
		if i < 0 {
			i = slices.IndexFunc(obs, func(o stoa.Observation) bool { return o.Source == was.Source })
		}
		if i >= 0 {
			return i
		}
	}
	return -1
}

// Ownership judges who owns a record at an instant. Where that is not what its findings say, it returns the finding to keep, and is to be
// asked again with it; a record with one observation needs none. due is when a source that outdoes the owner takes over, if nothing
// changes until then; zero when none does.
//
// The first to publish owns, unless another is clearly better when the two first meet. Later the record changes hands when its
// owner is gone or lost its standing, or to one of equal standing that is clearly better than the owner is and has been for 14 days,
// in which neither of them changed. Who owned the record before, as the first to publish did, must be clearly better, too, than the
// present owner was when it took over.
func Ownership(observations []stoa.Observation, decisions []stoa.Decision, findings []stoa.Finding, at time.Time) (f *stoa.Finding, due time.Time) {
	if len(observations) < 2 {
		return nil, time.Time{}
	}
	obs, sorted := slices.Clone(observations), slices.Clone(findings)
	slices.SortFunc(obs, precedence)
	slices.SortFunc(sorted, findingOrder)
	id := Survivor(observations, decisions, findings)
	named := owners(sorted, id)
	held := incumbent(top(obs), named)
	now, why := held, ""
	switch {
	case held < 0:
		now = foremost(obs)
		why = first(obs, now, len(named) > 0)
	case named[len(named)-1].Source != obs[held].Source:
		why = "owned it before, and is of the best standing again"
	default:
		var by int
		if by, due = challenger(top(obs), held, named); by < 0 || due.After(at) {
			return nil, due
		}
		now, why = by, outdoes(obs[by], obs[held])
	}
	m := measured(obs[now])
	value, err := json.Marshal(stoa.Owned{Source: obs[now].Source, Key: obs[now].Key, Filled: m.filled, Text: m.text})
	if err != nil {
		return nil, due
	}
	return &stoa.Finding{Subject: id, Kind: stoa.Owner, Rule: ownerRule, Value: string(value), Why: []string{why}}, due
}

// challenger returns who is the first to take over from the owner as things stand, and when; -1 when nobody does.
func challenger(obs []stoa.Observation, held int, named []stoa.Owned) (by int, due time.Time) {
	by = -1
	for i, o := range obs {
		m := measured(o)
		if i == held || !m.clearly(measured(obs[held])) || (i == 0 || owned(o, named)) && !m.clearly(took(obs[held], named)) {
			continue
		}
		since := o.At
		if obs[held].At.After(since) {
			since = obs[held].At
		}
		if from := since.Add(settledFor); by < 0 || from.Before(due) {
			by, due = i, from
		}
	}
	return by, due
}

// owned reports whether an observation's source is among the owners that a record ever had.
func owned(o stoa.Observation, named []stoa.Owned) bool {
	return slices.ContainsFunc(named, func(n stoa.Owned) bool { return n.Source == o.Source })
}

// took is how much the owner said when it last took over.
func took(o stoa.Observation, named []stoa.Owned) measure {
	for _, n := range slices.Backward(named) {
		if n.Source == o.Source {
			return measure{n.Filled, n.Text}
		}
	}
	return measure{}
}

// first says why a source owns a record that nobody owned, or whose owner is gone.
func first(obs []stoa.Observation, now int, again bool) string {
	switch {
	case again:
		return "no former owner lists it in good standing"
	case now == 0:
		return "the first to publish, of those of the best standing"
	}
	return outdoes(obs[now], obs[0])
}

// outdoes says by how much one observation is better than another.
func outdoes(o, other stoa.Observation) string {
	m, than := measured(o), measured(other)
	return fmt.Sprintf("clearly better than %s: %d fields filled against %d, a text of %d letters against %d", other.Source, m.filled, than.filled, m.text, than.text)
}
