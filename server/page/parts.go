package page

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"stoa"
	"stoa/server/assets"
	"stoa/server/locales"
)

// Slots are the elements that stand in the places of a sentence, by name.
type Slots map[string]templ.Component

func fullTitle(v View) string {
	if v.Title == "" {
		return v.Site.Title
	}
	return v.Title + " – " + v.Site.Title
}

// icon is the favicon inside the page, so that a first view costs two requests: the page and its sheet.
func icon() string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(assets.Text("favicon.svg")))
}

func current(word string, is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": word}
}

// before marks the link to the page before, for the key that goes back.
func before(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"rel": "prev"}
}

func shape(i int) string {
	if i == 0 {
		return "#a"
	}
	return "#b"
}

func place(p stoa.Pillar) templ.Attributes {
	n := Number(p)
	if n <= 1 {
		return nil
	}
	return templ.Attributes{"x": strconv.Itoa(6 * (n - 1))}
}

// Hue is the class that gives a pillar its colour: p1 to p5, or "".
func Hue(p stoa.Pillar) string {
	if n := Number(p); n > 0 {
		return "p" + strconv.Itoa(n)
	}
	return ""
}

// Own is the language and direction of a text that is not in the page's language.
func Own(language string) templ.Attributes {
	return templ.Attributes{"lang": language, "dir": locales.Direction(language)}
}

func pillarText(v View, pillars []stoa.Pillar) string {
	var also []string
	for _, p := range pillars[1:] {
		also = append(also, v.Word("pillar.short", string(p)))
	}
	first := v.Word("pillar", string(pillars[0]))
	if len(also) == 0 {
		return first
	}
	return v.T("pillars.also", "first", first, "others", v.List(also))
}

// OutcomeClass is the class of an outcome's shape.
func OutcomeClass(o stoa.Outcome) string {
	known := []stoa.Outcome{stoa.OK, stoa.Unchanged, stoa.Partial, stoa.Held, stoa.Failed, stoa.Refusal, stoa.Skipped}
	if slices.Contains(known, o) {
		return string(o)
	}
	return ""
}

// ContactHref makes a link of a contact: an address of mail or a page.
func ContactHref(contact string) string {
	if strings.Contains(contact, "@") && !strings.Contains(contact, "/") {
		return "mailto:" + strings.TrimPrefix(contact, "mailto:")
	}
	return Outgoing(contact)
}

// Paging is where in a list a page is.
type Paging struct {
	At, Last int
	Href     func(page int) string
}

// Numbers returns the pages to offer; 0 stands for a gap.
func (p Paging) Numbers() []int {
	var out []int
	for n := 1; n <= p.Last; n++ {
		near := n >= p.At-1 && n <= p.At+1
		if n <= 2 || n == p.Last || near {
			out = append(out, n)
		} else if len(out) > 0 && out[len(out)-1] != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// Decimal writes n for addresses, in which digits are never grouped.
func Decimal(n int) string { return strconv.Itoa(n) }

// keys hands the single keys of the desk to its script.
func keys(v View) templ.Attributes {
	if v.Desk == nil || v.Desk.Keys == "" {
		return nil
	}
	return templ.Attributes{"data-keys": v.Desk.Keys}
}
