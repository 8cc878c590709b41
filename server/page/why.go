package page

import (
	"strconv"
	"strings"

	"stoa"
)

// Why says, in the reader's language, what is known of a record's link and relevance: one sentence with its dates for
// each rule. In English, and where the parts are not known, they are the rules' own sentences.
func Why(v View, r stoa.Record) []string {
	if v.Code == "en" || len(r.Grounds) != len(r.Reasons) {
		return r.Reasons
	}
	out := make([]string, len(r.Reasons))
	for i, g := range r.Grounds {
		if out[i] = said(v, g); out[i] == "" {
			out[i] = r.Reasons[i]
		}
	}
	return out
}

// said is one sentence; "" when there are no words for it.
func said(v View, g stoa.Ground) string {
	if !v.Has("ground", g.Code) {
		return ""
	}
	var days, what []string
	for _, d := range g.On {
		days = append(days, v.Date(d))
	}
	for _, w := range g.What {
		word, status, _ := strings.Cut(w, " ")
		if word = v.Word("sight", word); status != "" {
			word += " (" + status + ")"
		}
		what = append(what, word)
	}
	value := g.Value
	if g.Code == "reopens" {
		if m, err := strconv.Atoi(value); err == nil {
			value = v.MonthName(m)
		}
	}
	return v.Say("ground", g.Code, "last", v.Date(g.Last), "days", v.List(days), "what", v.List(what), "value", value)
}
