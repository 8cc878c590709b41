package export

import (
	"fmt"
	"io"
	"strings"

	"stoa"
	"stoa/server/page"
)

// BibTeX writes an entry a record, for LaTeX and most managers of references.
func BibTeX(w io.Writer, l List) error {
	return each(l, func(r stoa.Record) error {
		var b strings.Builder
		fmt.Fprintf(&b, "@misc{stoa-%s,\n", bibKey(r))
		put := func(name, value string) {
			if value != "" {
				fmt.Fprintf(&b, "  %s = {%s},\n", name, value)
			}
		}
		put("title", "{"+tex(line(r.Title))+"}") // doubled: letters keep their case
		if name := publisher(r); name != "" {
			put("author", "{"+tex(line(name))+"}")
		}
		year, month := yearMonth(r.Published)
		put("year", year)
		put("month", month)
		put("howpublished", texURL(page.Outgoing(r.URL)))
		put("language", tex(line(r.Language)))
		put("copyright", tex(rights(r)))
		put("note", tex(line(l.Words.T("cite.seen", "site", l.Site.Title, "address", "")))+" "+texURL(l.Permanent(r)))
		b.WriteString("}\n\n")
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// RIS writes an entry a record, for managers of references.
func RIS(w io.Writer, l List) error {
	return each(l, func(r stoa.Record) error {
		var b strings.Builder
		put := func(tag, value string) {
			if value != "" {
				b.WriteString(tag + "  - " + value + "\r\n")
			}
		}
		put("TY", "ELEC")
		put("TI", line(r.Title))
		for _, o := range r.Organisations {
			if o.Role != stoa.Beneficiary {
				put("AU", line(o.Name))
			}
		}
		year, month := yearMonth(r.Published)
		put("PY", year)
		if year != "" && r.Published.Precision() >= stoa.Day {
			put("DA", year+"/"+month+"/"+string(r.Published[8:10])+"/")
		}
		put("AB", line(r.Summary))
		put("LA", line(r.Language))
		put("N1", rights(r))
		for _, p := range r.Pillars {
			put("KW", l.Words.Word("pillar", string(p)))
		}
		put("UR", page.Outgoing(r.URL))
		put("L2", l.Permanent(r))
		put("DB", line(l.Site.Title))
		put("ID", r.ID)
		b.WriteString("ER  - \r\n\r\n")
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// Citations writes a record a line, as a person would cite it.
func Citations(w io.Writer, l List) error {
	return each(l, func(r stoa.Record) error {
		_, err := io.WriteString(w, l.Citation(r)+"\n")
		return err
	})
}

// Citation is a record as a person would cite it: who, when, what, where, and where it is listed.
func (l List) Citation(r stoa.Record) string {
	r = Public(r)
	year, _ := yearMonth(r.Published)
	if year == "" {
		year = l.Words.T("cite.undated")
	}
	var parts []string
	if name := line(publisher(r)); name != "" {
		parts = append(parts, name)
	}
	parts = append(parts, "("+year+").", strings.TrimRight(line(page.TitleOf(page.View{Locale: l.Words}, r)), ".")+".")
	if to := page.Outgoing(r.URL); to != "" {
		parts = append(parts, to)
	}
	return strings.Join(parts, " ") + " [" + l.Words.T("cite.seen", "site", line(l.Site.Title), "address", l.Permanent(r)) + "]"
}

func each(l List, f func(stoa.Record) error) error {
	for r, err := range l.Records {
		if err != nil {
			return err
		}
		if err := f(Public(r)); err != nil {
			return err
		}
	}
	return nil
}

// yearMonth takes what is known of a date.
func yearMonth(d stoa.Date) (year, month string) {
	if d.Precision() == stoa.NoDate {
		return "", ""
	}
	if d.Precision() >= stoa.Month {
		month = string(d[5:7])
	}
	return string(d[:4]), month
}

// bibKey is a key that BibTeX accepts.
func bibKey(r stoa.Record) string {
	if r.Short != "" {
		return r.Short
	}
	return r.ID
}

var texEscaper = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "%", `\%`, "&", `\&`, "$", `\$`, "#", `\#`, "_", `\_`, "^", `\textasciicircum{}`, "~", `\textasciitilde{}`)

// tex escapes what TeX takes for commands.
func tex(s string) string { return texEscaper.Replace(s) }

// texURL is an address in TeX: what could end the command or the entry is percent-encoded.
func texURL(address string) string {
	if address == "" {
		return ""
	}
	return `\url{` + strings.NewReplacer("{", "%7B", "}", "%7D", `\`, "%5C", " ", "%20").Replace(address) + "}"
}
