package page

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"stoa"
	"stoa/server/locales"
)

// Site is what is the same on every page.
type Site struct {
	Title   string // of the installation
	URL     string // public address without a slash at its end
	Contact string // an address of mail, or a page
	Version string
}

// Absolute returns the public address of a path.
func (s Site) Absolute(path string) string { return s.URL + path }

// Authority returns the host of the public address, for tag: ids.
func (s Site) Authority() string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" {
		return "localhost"
	}
	return u.Hostname()
}

// SeedSource is the id under which the records that ship with the program are listed.
const SeedSource = "seed"

// Link is an address with its name.
type Link struct{ Name, Href, Type string }

// View is what one page is given besides its own content.
type View struct {
	*locales.Locale
	Site  Site
	Now   time.Time
	Path  string // from the language on: "/records?q=x"
	Nav   string // which entry of the head is current
	Title string // of the page, without the site's
	Text  string // one sentence for search engines
	Feeds []Link // the same content in other forms
	Glyph bool   // the page draws pillars
	Noted bool   // keep out of search engines
	Desk  *Desk  // on the desk's pages

	// Marks finds, in a text of a language, what the reader searched for; nil on pages that are no search.
	Marks func(language, text string) []stoa.Span
}

// Desk is who sits at the desk.
type Desk struct {
	Name, Role string
	Keys       string // single keys, for the script: "next=j previous=k"; "" is off
}

// To returns the address of a page in the language of the view.
func (v View) To(path string) string { return "/" + v.Code + path }

// In returns the address of this page in another language.
func (v View) In(code string) string {
	if v.Desk != nil {
		return v.Path + mark(v.Path) + "language=" + code
	}
	return "/" + code + v.Path
}

func mark(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

// Canonical returns the public address of this page.
func (v View) Canonical() string { return v.Site.Absolute(v.In(v.Code)) }

// All returns the six locales.
func (v View) All() []*locales.Locale {
	all, err := locales.All()
	if err != nil {
		return nil
	}
	return all
}

// Foreign reports whether a text stands in another language than the page.
func (v View) Foreign(tag string) bool { return tag != "" && locales.Base(tag) != v.Code }

// Number returns a pillar's place in the Agenda, 1 to 5, or 0.
func Number(p stoa.Pillar) int {
	for i, other := range stoa.Pillars() {
		if p == other {
			return i + 1
		}
	}
	return 0
}

// Address returns the path of a record's page below the language: "/records/some-title-7kq2m9x".
func Address(r stoa.Record) string {
	name := r.Short
	if name == "" {
		name = r.ID
	}
	if r.Slug != "" {
		name = r.Slug + "-" + name
	}
	return "/records/" + url.PathEscape(name)
}

// Outgoing returns an address that a page may link to: http, https or mailto. Anything else is "".
func Outgoing(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" || u.User != nil {
			return ""
		}
		return u.String()
	case "mailto":
		return u.String()
	}
	return ""
}

// HostOf returns the host of an address, for showing. A name in other letters than a to z is shown in both its forms,
// so that one that only looks like another's can be told.
func HostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	host := strings.TrimPrefix(u.Hostname(), "www.")
	ascii, err := idna.ToASCII(host)
	if err != nil {
		return host
	}
	if readable, err := idna.ToUnicode(ascii); err == nil && readable != ascii {
		return readable + " (" + ascii + ")"
	}
	return host
}
