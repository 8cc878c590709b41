package stoa

import (
	"slices"
	"strings"
	"time"
)

// Pillar is one of the five pillars of the Global Cybersecurity Agenda. Codes are fixed words in addresses and
// in the API; labels are translated.
type Pillar string

// The five pillars, in the Agenda's order.
const (
	Legal          Pillar = "legal"          // Legal Measures
	Technical      Pillar = "technical"      // Technical and Procedural Measures
	Organizational Pillar = "organizational" // Organizational Structures
	Capacity       Pillar = "capacity"       // Capacity Building
	Cooperation    Pillar = "cooperation"    // International Cooperation
)

// Pillars returns the five pillars in the Agenda's order.
func Pillars() []Pillar {
	return []Pillar{Legal, Technical, Organizational, Capacity, Cooperation}
}

// Valid reports whether p is one of the five.
func (p Pillar) Valid() bool { return slices.Contains(Pillars(), p) }

// Kind is what a record is, in the words of Decision 630: (a) a best practice, (b) a source of guidance,
// (c) a capacity-building programme.
type Kind string

// The three kinds.
const (
	BestPractice Kind = "best-practice"
	Guidance     Kind = "guidance"
	Programme    Kind = "programme"
)

// Kinds returns the three kinds in the Decision's order.
func Kinds() []Kind { return []Kind{BestPractice, Guidance, Programme} }

// Valid reports whether k is one of the three.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Modality is how one takes part in a programme.
type Modality string

// Modalities.
const (
	Online     Modality = "online"
	Blended    Modality = "blended" // partly online
	FaceToFace Modality = "face-to-face"
)

// Modalities returns the three.
func Modalities() []Modality { return []Modality{Online, Blended, FaceToFace} }

// Valid reports whether m is one of the three.
func (m Modality) Valid() bool { return slices.Contains(Modalities(), m) }

// ModalityOf reads the fact "modality" of a record; "" where it says nothing of the three.
func ModalityOf(fact string) Modality {
	fact = strings.ToLower(fact)
	for _, c := range []struct {
		is    Modality
		words []string
	}{
		{Blended, []string{"blended", "hybrid", "online and in person"}},
		{FaceToFace, []string{"face-to-face", "face to face", "in person", "in-person"}},
		{Online, []string{"online", "virtual"}},
	} {
		if slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(fact, w) }) {
			return c.is
		}
	}
	return ""
}

// Window is a span of time from now in which a deadline passes. A longer one holds all shorter ones.
type Window string

// Windows.
const (
	ThisWeek  Window = "week"
	ThisMonth Window = "month"
	Quarter   Window = "quarter"
	AnyTime   Window = "any" // there is a deadline, and it has not passed
)

// Windows returns all windows, the shortest first.
func Windows() []Window { return []Window{ThisWeek, ThisMonth, Quarter, AnyTime} }

// Valid reports whether w is one of them.
func (w Window) Valid() bool { return slices.Contains(Windows(), w) }

// Days is how long the window is; 0 has no end.
func (w Window) Days() int {
	switch w {
	case ThisWeek:
		return 7
	case ThisMonth:
		return 30
	case Quarter:
		return 90
	}
	return 0
}

// WindowsUntil returns the windows in which an instant comes, seen from now, the shortest first; none when it has come, or is zero.
func WindowsUntil(at, now time.Time) []Window {
	if at.IsZero() || !at.After(now) {
		return nil
	}
	all := Windows()
	for i, w := range all {
		if w.Days() == 0 || !at.After(now.Add(time.Duration(w.Days())*24*time.Hour)) {
			return all[i:]
		}
	}
	return nil
}

// State is the curator's axis.
type State string

// The three states.
const (
	Pending State = "pending" // nobody has ruled, and no rule was sure enough
	Listed  State = "listed"  // in the public catalogue
	Refused State = "refused" // kept out, with a reason
)

// Availability is whether the link of a record answers. It is one of two axes; see Relevance.
type Availability string

// Availabilities. A link that was never checked is unconfirmed.
const (
	Alive       Availability = "alive"
	Unconfirmed Availability = "unconfirmed"
	Suspect     Availability = "suspect"
	Dead        Availability = "dead"
	Blocked     Availability = "blocked"     // the host refuses to be checked; never dead
	Quarantined Availability = "quarantined" // parked or unsafe: the link is taken off at once
)

// Relevance is whether a record still matters today. It is one of two axes; see Availability.
type Relevance string

// Relevances.
const (
	Current    Relevance = "current"    // in force; no date governs it
	Open       Relevance = "open"       // one can take part now
	Rolling    Relevance = "rolling"    // one can take part at any time
	Upcoming   Relevance = "upcoming"   // has not begun
	Closed     Relevance = "closed"     // its deadline passed
	Ended      Relevance = "ended"      // its end passed
	Superseded Relevance = "superseded" // a newer edition was accepted
	Dormant    Relevance = "dormant"    // unchanged and unconfirmed for long
	Withdrawn  Relevance = "withdrawn"  // its publisher took it back
)

// Mark is a badge beside the two axes.
type Mark string

// Marks.
const (
	Unlisted Mark = "unlisted" // no source lists it any more, its page still answers
	Overdue  Mark = "overdue"  // older than its rhythm allows
	Regional Mark = "regional" // another instance can reach it, we cannot
	Seeded   Mark = "seed"     // shipped with the program, not yet checked by this instance
)

// Stale reports whether readers call a record stale: it leaves default lists, never its address. Badges
// (unconfirmed, suspect, blocked, dormant, marks) do not make a record stale.
func Stale(a Availability, r Relevance) bool {
	switch a {
	case Dead, Quarantined:
		return true
	}
	switch r {
	case Closed, Ended, Superseded, Withdrawn:
		return true
	}
	return false
}

// Relation ties two records that are not the same thing.
type Relation string

// Relations. Only duplicates merge; everything else is tied.
const (
	EditionOf   Relation = "edition_of"   // the same in another language
	SessionOf   Relation = "session_of"   // a course in another month or country
	Supersedes  Relation = "supersedes"   // a later edition
	PartOf      Relation = "part_of"      // a chapter, a phase
	SuccessorOf Relation = "successor_of" // a project that carries another on
)

// Role is what an organisation does for a record.
type Role string

// Roles.
const (
	Publisher   Role = "publisher"
	Funder      Role = "funder"
	Implementer Role = "implementer"
	Host        Role = "host"
	Beneficiary Role = "beneficiary"
)

// Region is one of ITU's regions or global.
type Region string

// Regions returns the codes used in addresses and in the API.
func Regions() []Region {
	return []Region{"africa", "americas", "arab-states", "asia-pacific", "cis", "europe", "global"}
}

// Reasons returns the closed list of reasons to refuse.
func Reasons() []string {
	return []string{"out-of-scope", "duplicate", "closed", "commercial", "unsafe", "not-for-states", "unverifiable", "test-entry"}
}

// Languages returns the six interface languages, BCP 47, in the order of the switch.
func Languages() []string { return []string{"en", "fr", "es", "ar", "zh", "ru"} }
