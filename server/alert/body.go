package alert

import (
	"html"
	"strings"

	"stoa"
	"stoa/server/locales"
)

// body gathers a letter as text and as simple HTML.
type body struct {
	*locales.Locale
	text, html strings.Builder
}

func newBody(l *locales.Locale) *body { return &body{Locale: l} }

func (b *body) paragraph(s string) {
	s = line(s)
	b.text.WriteString(s + "\n\n")
	b.html.WriteString("<p>" + html.EscapeString(s) + "</p>\n")
}

func (b *body) link(name, href string) {
	b.text.WriteString(line(name) + "\n" + href + "\n\n")
	b.html.WriteString(`<p><a href="` + html.EscapeString(href) + `">` + html.EscapeString(line(name)) + "</a></p>\n")
}

func (b *body) list(items []string) {
	b.html.WriteString("<ul>\n")
	for _, s := range items {
		b.text.WriteString("- " + line(s) + "\n")
		b.html.WriteString("<li>" + html.EscapeString(line(s)) + "</li>\n")
	}
	b.text.WriteString("\n")
	b.html.WriteString("</ul>\n")
}

// tasks lists what waits, each with a link.
func (b *body) tasks(d *Desk, all []stoa.Task) {
	b.html.WriteString("<ul>\n")
	for _, t := range all[:min(len(all), shownTasks)] {
		title, href := d.titleOf(b.Locale, t)
		title = clip(line(title))
		reason := b.Word("task", t.Reason)
		b.text.WriteString("- " + reason + ": " + title + "\n  " + href + "\n")
		b.html.WriteString("<li>" + html.EscapeString(reason) + `: <a href="` + html.EscapeString(href) + `"><bdi>` + html.EscapeString(title) + "</bdi></a></li>\n")
	}
	b.text.WriteString("\n")
	b.html.WriteString("</ul>\n")
	if more := len(all) - shownTasks; more > 0 {
		b.paragraph(b.T("partner.others", "n", more))
	}
}

// foot says how to end such letters.
func (b *body) foot(stop string) {
	b.text.WriteString("-- \n")
	b.link(b.T("mail.end"), stop)
}

func (b *body) letter(to, subject, stop string) Letter {
	page := "<!doctype html>\n<html lang=\"" + b.Code + "\" dir=\"" + b.Dir + "\"><head><meta charset=\"utf-8\"><title>" + html.EscapeString(line(subject)) + "</title></head><body>\n" + b.html.String() + "</body></html>\n"
	return Letter{To: to, Subject: line(subject), Text: b.text.String(), HTML: page, Stop: stop}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 160 {
		return string(r[:159]) + "…"
	}
	return s
}
