package search

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"stoa"
)

// closes is when taking part ends: the deadline, else the end.
func closes(r stoa.Record) int64 {
	zone := r.Location()
	for _, d := range []stoa.Date{r.Deadline, r.End, r.Start} {
		if at := d.Finish(zone); !at.IsZero() {
			return at.Unix()
		}
	}
	return never
}

// due is when the deadline passes.
func due(r stoa.Record) int64 {
	if at := r.Deadline.Finish(r.Location()); !at.IsZero() {
		return at.Unix()
	}
	return never
}

// windows are the numbers of the windows, as stoa.Windows counts them, in which a deadline passes: a shorter one lies in all longer ones.
func windows(due, now int64) []uint32 {
	if due == never || due <= now {
		return nil
	}
	all := [...]uint32{0, 1, 2, 3}
	return all[len(all)-len(stoa.WindowsUntil(time.Unix(due, 0), time.Unix(now, 0))):]
}

// titles makes keys by which titles are ordered: each by the rules of its own language (Spanish ñ behind n, Chinese by its sounds), so that
// lists in several languages have one order.
type titles map[string]*order

type order struct {
	rules *collate.Collator
	keys  collate.Buffer
}

func (t titles) key(tag, title string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	o := t[base]
	if o == nil {
		rules, err := language.Parse(base)
		if err != nil || len(base) > 3 {
			base, rules = "", language.Und
		}
		if o = t[base]; o == nil {
			o = &order{rules: collate.New(rules, collate.IgnoreCase)}
			t[base] = o
		}
	}
	o.keys.Reset()
	return string(o.rules.KeyFromString(&o.keys, title))
}

// scriptOf returns the letters of a title, by the language of the six that uses them; "" are Latin ones and none.
func scriptOf(title string) string {
	for _, r := range title {
		switch {
		case unicode.Is(unicode.Arabic, r):
			return "ar"
		case unicode.Is(unicode.Cyrillic, r):
			return "ru"
		case han(r):
			return "zh"
		case unicode.IsLetter(r):
			return ""
		}
	}
	return ""
}

// foreign is 0 for letters that a reader's own language uses, else 1.
func foreign(script, reader string) int {
	own := ""
	switch reader {
	case "":
		return 0
	case "ar", "ru", "zh":
		own = reader
	}
	if script == own {
		return 0
	}
	return 1
}
