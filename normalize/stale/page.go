package stale

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is what of a page the rules look at.
type page struct {
	known    bool // a body was kept
	title    string
	headings []string // h1 and h2
	noindex  bool
	lang     string
	text     string   // main text: without navigation, header, footer and forms
	words    int      // of the main text, those of links left out
	shell    bool     // filled by scripts: what came has nothing of the page
	password bool     // asks for one
	refresh  string   // where a page sends its reader by itself
	newer    string   // the address of the edition that replaces it (RFC 5829)
	hosts    []string // of scripts, frames and links
}

// bounds of what is read of a page, in bytes of markup and of main text
const (
	mostMarkup = 1 << 20
	mostText   = 20_000
	keptText   = 4_000
)

// Evidence condenses a page to the few lines that the rules need: what a Check keeps as Body. It is plain text and
// reads back to the same conclusions as the page itself, as far as its text is not cut.
func Evidence(markup string) string {
	p := read(markup)
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	line("title", p.title)
	for _, h := range p.headings {
		line("heading", h)
	}
	if p.noindex {
		line("robots", "noindex")
	}
	if p.shell {
		line("shell", "scripts")
	}
	if p.password {
		line("asks", "password")
	}
	line("lang", p.lang)
	line("refresh", p.refresh)
	line("newer", p.newer)
	for _, h := range p.hosts {
		if parkingHost(h) || wallHost(h) {
			line("host", h)
		}
	}
	line("words", strconv.Itoa(p.words))
	line("text", cut(p.text, keptText))
	return b.String()
}

// read takes a body: markup, what Evidence made of it, or plain text.
func read(body string) page {
	body = cut(body, mostMarkup)
	if strings.TrimSpace(body) == "" {
		return page{}
	}
	switch {
	case condensedRE.MatchString(body):
		return condensed(body)
	case !strings.Contains(body, "<"):
		first, _, _ := strings.Cut(strings.TrimSpace(body), "\n")
		p := page{known: true, text: squeeze(body), headings: []string{squeeze(cut(first, 200))}}
		p.words = countWords(p.text)
		return p
	}
	p := markup(body)
	p.known = true
	return p
}

// condensedRE finds what Evidence begins with.
var condensedRE = regexp.MustCompile(`^(title|heading|robots|shell|asks|lang|refresh|newer|host|words|text): `)

func condensed(body string) page {
	p := page{known: true}
	for line := range strings.Lines(body) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		switch name {
		case "title":
			p.title = value
		case "heading":
			p.headings = append(p.headings, value)
		case "robots":
			p.noindex = strings.Contains(value, "noindex")
		case "shell":
			p.shell = true
		case "asks":
			p.password = value == "password"
		case "lang":
			p.lang = value
		case "refresh":
			p.refresh = value
		case "newer":
			p.newer = value
		case "host":
			p.hosts = append(p.hosts, value)
		case "words":
			p.words, _ = strconv.Atoi(value)
		case "text":
			p.text = value
		}
	}
	if p.words == 0 {
		p.words = countWords(p.text)
	}
	return p
}

// chrome are elements whose words are not the page's own.
var chrome = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Nav: true, atom.Header: true, atom.Footer: true,
	atom.Aside: true, atom.Form: true, atom.Select: true, atom.Template: true, atom.Svg: true, atom.Iframe: true,
	atom.Button: true, atom.Head: true,
}

// roots are the ids of the elements that the usual frameworks fill by script.
var roots = []string{"root", "app", "__next", "__nuxt", "app-root", "react-root", "___gatsby", "svelte"}

// fewWords is the least that a page of its own says.
const fewWords = 4

// reader walks the tokens of a page without building a tree, so that depth costs nothing.
type reader struct {
	p       page
	text    strings.Builder
	link    bool        // within a link
	skip    []atom.Atom // open elements of chrome, the outermost first
	inTitle bool
	heading *strings.Builder
}

func markup(body string) page {
	r := &reader{}
	z := html.NewTokenizer(strings.NewReader(body))
	z.SetMaxBuf(mostMarkup)
	for {
		switch z.Next() {
		case html.ErrorToken:
			r.p.text = squeeze(r.text.String())
			r.p.shell = r.p.words < nearEmpty && (r.p.shell || r.p.words < fewWords)
			r.p.title = squeeze(r.p.title)
			return r.p
		case html.TextToken:
			r.words(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			r.open(z.Token())
		case html.EndTagToken:
			name, _ := z.TagName()
			r.close(atom.Lookup(name))
		}
	}
}

func (r *reader) words(text string) {
	switch {
	case r.inTitle:
		r.p.title += text
	case r.heading != nil:
		r.heading.WriteString(text)
		if len(r.skip) == 0 {
			r.text.WriteString(" " + text)
		}
	case len(r.skip) == 0 && r.text.Len() < mostText:
		r.text.WriteString(" " + text)
		if !r.link {
			r.p.words += countWords(text)
		}
	}
}

func (r *reader) open(t html.Token) {
	attr := map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
	}
	switch t.DataAtom {
	case atom.Html:
		r.p.lang = strings.ToLower(attr["lang"])
	case atom.Title:
		r.inTitle = r.p.title == "" && !inside(r.skip, atom.Svg)
	case atom.H1, atom.H2:
		r.heading = &strings.Builder{}
	case atom.Input:
		r.p.password = r.p.password || strings.EqualFold(attr["type"], "password")
	case atom.Meta:
		r.meta(attr)
	case atom.Script, atom.Iframe, atom.Frame, atom.Img:
		r.host(attr["src"])
	case atom.A, atom.Link:
		r.host(attr["href"])
		if slices.ContainsFunc(strings.Fields(attr["rel"]), func(rel string) bool { return strings.EqualFold(rel, "successor-version") }) {
			r.p.newer = cut(squeeze(attr["href"]), 2000)
		}
	}
	r.p.shell = r.p.shell || slices.Contains(roots, attr["id"]) || strings.EqualFold(t.Data, "app-root")
	r.link = r.link || t.DataAtom == atom.A
	if chrome[t.DataAtom] && t.Type == html.StartTagToken {
		r.skip = append(r.skip, t.DataAtom)
	}
}

func (r *reader) meta(attr map[string]string) {
	switch {
	case strings.EqualFold(attr["name"], "robots") || strings.EqualFold(attr["name"], "googlebot"):
		if c := strings.ToLower(attr["content"]); strings.Contains(c, "noindex") || strings.TrimSpace(c) == "none" {
			r.p.noindex = true
		}
	case strings.EqualFold(attr["http-equiv"], "refresh"):
		if _, target, ok := strings.Cut(attr["content"], "="); ok {
			r.p.refresh = strings.Trim(strings.TrimSpace(target), `'"`)
		}
	}
}

func (r *reader) host(address string) {
	if u, err := url.Parse(address); err == nil && u.Host != "" && len(r.p.hosts) < 200 {
		r.p.hosts = append(r.p.hosts, strings.ToLower(u.Hostname()))
	}
}

func (r *reader) close(name atom.Atom) {
	switch name {
	case atom.A:
		r.link = false
	case atom.Title:
		r.inTitle = false
	case atom.H1, atom.H2:
		if r.heading != nil && len(r.p.headings) < 8 {
			if h := squeeze(r.heading.String()); h != "" {
				r.p.headings = append(r.p.headings, cut(h, 300))
			}
		}
		r.heading = nil
	}
	for i := len(r.skip) - 1; i >= 0; i-- {
		if r.skip[i] == name {
			r.skip = r.skip[:i]
			return
		}
	}
}

func inside(open []atom.Atom, name atom.Atom) bool {
	for _, a := range open {
		if a == name {
			return true
		}
	}
	return false
}

// squeeze folds white space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens s to at most n bytes, at a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// countWords counts words; in scripts without spaces, two characters are a word.
func countWords(s string) int {
	n, han := 0, 0
	for w := range strings.FieldsSeq(s) {
		spaced := false
		for _, r := range w {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
				han++
			} else if unicode.IsLetter(r) || unicode.IsDigit(r) {
				spaced = true
			}
		}
		if spaced {
			n++
		}
	}
	return n + han/2
}
