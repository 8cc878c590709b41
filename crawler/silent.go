package crawler

import (
	"fmt"
	"slices"
	"time"

	"stoa"
)

// Bounds of S29, by which a source that tells nothing new for long is brought before a person.
const (
	silentGaps  = 3                   // times its usual gap
	silentLeast = 60 * 24 * time.Hour // at least
)

// silent says since when a source has told nothing new, when that is longer than it usually keeps silent (S29), or "".
// What it usually does is the median of the gaps between runs that brought something; a source of which there is only one gap
// has no usual one.
func silent(h stoa.History, src stoa.Source, now time.Time) string {
	if len(h.Changes) < 3 || slices.Contains(h.Off, "S29") {
		return ""
	}
	var gaps []time.Duration
	for i := range h.Changes[1:] {
		gaps = append(gaps, h.Changes[i].Sub(h.Changes[i+1]))
	}
	slices.Sort(gaps)
	usual := gaps[len(gaps)/2]
	last := h.Changes[0]
	if now.Sub(last) <= max(silentGaps*usual, silentLeast) {
		return ""
	}
	return fmt.Sprintf("nothing new since %s, where something comes every %d days or so: its listing may have moved. Look at %s, or let `stoa sources discover %s` look for another",
		last.UTC().Format("2 January 2006"), max(1, int(usual.Hours()/24+0.5)), src.URL, src.URL)
}

// doubt is judge, but for S18 where people switched it off for the source.
func doubt(run stoa.Run, h stoa.History, src stoa.Source) (code, text string) {
	code, text = judge(run, h, src)
	if (code == stoa.CodeEmpty || code == stoa.CodeShrunk) && slices.Contains(h.Off, "S18") {
		return "", ""
	}
	return code, text
}
