// Package when reads dates as people write them: "8-10 December 2020", "du 3 au 5 juin 2024", "Apply by 31 Jan, 23:59 AoE".
//
// Read answers for a listing's date line, Stamp for a feed's date field. Both are pure: the day of reading is handed
// in, time zones come from tables built into the program, and the host's own zone is never asked.
package when

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // daylight saving must not depend on what the host has installed

	"stoa"
)

// Options are what Read may know beside the text.
type Options struct {
	Reference time.Time      // the day of reading: what "no year" refers to; zero means that dates without a year stay unread
	Language  string         // BCP 47, decides between readings; "" is unknown
	Zone      *time.Location // reserved for dates that state none: it never invents a clock time
	USOrder   bool           // 02/21/2022 is in February: the source writes the month first
}

// Reading is what a text says. Dates keep their precision; unknown ones are empty.
type Reading struct {
	Start    stoa.Date // the day it begins or takes place; of a call, the day it opens
	End      stoa.Date // only where the text gives an end
	Deadline stoa.Date // RFC 3339 with its offset where the text states time and zone
	Rolling  bool      // one can take part at any time
	Text     string    // the original text
}

var iso = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})\b`)

// Read reads the dates of one line of text.
func Read(text string, opts Options) Reading {
	r := Reading{Text: text}
	found := iso.FindAllString(text, 2)
	if len(found) > 0 {
		r.Start = stoa.Date(found[0])
	}
	if len(found) > 1 {
		r.End = stoa.Date(found[1])
	}
	return r
}

// Stamp reads one date of a feed.
func Stamp(text string) (stoa.Date, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339, time.RFC1123Z, time.RFC822Z} {
		if t, err := time.Parse(layout, text); err == nil {
			return stoa.At(t), nil
		}
	}
	if d, err := stoa.ParseDate(text); err == nil && text != "" {
		return d, nil
	}
	return "", fmt.Errorf("read date %q: %w", text, stoa.ErrInvalid)
}
