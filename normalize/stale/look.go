package stale

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"stoa"
	lang "stoa/normalize/language"
	"stoa/normalize/link"
)

// kind is what one look at an address says, before anything is concluded.
type kind int

const (
	nothing kind = iota // no verdict: 429, 503 with Retry-After, a look that counts for nothing
	fine                // the page is there
	steady              // 304: as before
	refusal             // 401, 403…: the host will not be checked
	missing             // 404, or a soft failure that counts as one
	gone                // 410
	server              // other 5xx, timeout, reset
	name                // name not found, refused
	secure              // certificate expired or wrong
	parked              // parked, sold or taken over
)

// sight is one look at an address, read.
type sight struct {
	stoa.Check
	kind  kind
	soft  bool   // missing by content or redirect: to be confirmed
	rule  string // the rule that told
	why   string
	page  page
	title bool   // the page still bears the item's title or number
	moved string // a permanent redirect to the same thing: where to
}

// Classes of a Check that counts for nothing: the host or our own network failed as a whole (S9).
const (
	HostOutage = "host-outage"
	OwnOutage  = "own-outage"
)

// refusals are the statuses of S3.
var refusals = []int{401, 402, 403, 407, 412, 428, 440, 449, 451}

// look reads one check of the item's address.
func (in Input) look(c stoa.Check) sight {
	s := sight{Check: c}
	if c.Error != "" || c.Class != "" || c.Status == 0 {
		return s.failure()
	}
	switch status := c.Status; {
	case in.challenged(c):
		s.kind, s.rule, s.why = refusal, "S3", asksForPerson
	case status == 410:
		s.kind, s.rule, s.why = gone, "S1", "gone (410)"
	case status == 404:
		s.kind, s.rule, s.why = missing, "S2", "not found (404)"
	case slices.Contains(refusals, status):
		s.kind, s.rule, s.why = refusal, "S3", fmt.Sprintf("refused (%d)", status)
	case status == 429, status == 503 && header(c.Headers, "Retry-After") != "":
		s.kind, s.rule, s.why = nothing, "S4", fmt.Sprintf("asked to wait (%d)", status)
	case status >= 500:
		s.kind, s.rule, s.why = server, "S5", fmt.Sprintf("server error (%d)", status)
	case status == 304:
		s.kind = steady
	case status >= 400:
		s.kind, s.rule, s.why = refusal, "S3", fmt.Sprintf("refused (%d)", status)
	case status >= 300:
		s.kind = nothing
	default:
		if readable(c) {
			s.page = read(c.Body)
		}
		in.answer(&s)
	}
	return s
}

// asksForPerson is said of a page that lets no machine through.
const asksForPerson = "asks whether a person is looking"

// challenged reports whether a guard stands before the site: by its own header, by a page at 202 or 5xx that wants to be sure that
// no machine reads it, or by a 202 with nothing to read, which is how some of them begin.
func (in Input) challenged(c stoa.Check) bool {
	if header(c.Headers, "Cf-Mitigated") == "challenge" || header(c.Headers, "X-Amzn-Waf-Action") == "challenge" {
		return true
	}
	if c.Status != 202 && c.Status < 500 || !readable(c) {
		return false
	}
	p := read(c.Body)
	return !in.bears(p) && (in.wall(p) || c.Status == 202 && p.known && p.words < nearEmpty)
}

// readable reports whether a body is a page. A document is not: that it came is all that is known.
func readable(c stoa.Check) bool {
	kind := strings.ToLower(header(c.Headers, "Content-Type"))
	if strings.HasPrefix(c.Body, "%PDF") || strings.HasPrefix(c.Body, "PK\x03\x04") {
		return false
	}
	return kind == "" || strings.Contains(kind, "html") || strings.HasPrefix(kind, "text/plain")
}

// failure reads an error: its class where one is given, else its words.
func (s sight) failure() sight {
	text := strings.ToLower(s.Error + " " + s.Class)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case s.Class == HostOutage || s.Class == OwnOutage:
		s.kind, s.rule = nothing, "S9"
	case has("dns-temporary", "try again", "servfail", "temporary failure", "server misbehaving", "eai_again"):
		s.kind, s.rule, s.why = server, "S5", "name server failed"
	case has("tls", "x509", "certificate", "ssl", "handshake"):
		s.kind, s.rule, s.why = secure, "S7", "certificate not valid"
	case has("timeout", "timed out", "deadline exceeded"):
		s.kind, s.rule, s.why = server, "S5", "timed out"
	case has("refused"):
		s.kind, s.rule, s.why = name, "S6", "connection refused"
	case has("dns", "no such host", "nxdomain", "name not", "not resolve", "enotfound", "unknown host", "lookup"):
		s.kind, s.rule, s.why = name, "S6", "name not found"
	case has("robots", "not allowed", "private"):
		s.kind, s.rule, s.why = refusal, "S3", "not allowed to look"
	default:
		s.kind, s.rule, s.why = server, "S5", "connection lost"
	}
	return s
}

func header(h map[string]string, name string) string {
	for k, v := range h {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// answer reads a page that came with a good status.
func (in Input) answer(s *sight) {
	s.kind = fine
	final := s.Final
	if final == "" {
		final = in.URL
	}
	if s.page.refresh != "" && s.page.words < nearEmpty {
		if to, err := link.Parse(s.page.refresh, final); err == nil {
			final = to
		}
	}
	s.title = in.bears(s.page)
	if m := successor.FindStringSubmatch(header(s.Headers, "Link")); m != nil && s.page.newer == "" {
		s.page.newer = m[1]
	}
	if n, why := in.parking(s, final); n >= 2 && !in.off("S14") {
		s.kind, s.rule, s.why = parked, "S14", "parked or sold: "+strings.Join(why, ", ")
		return
	}
	if in.wall(s.page) && !s.title {
		s.kind, s.rule, s.why = refusal, "S3", asksForPerson
		return
	}
	if s.page.password && s.page.words < nearEmpty && !s.title && same(final, in.URL) {
		s.kind, s.rule, s.why = refusal, "S3", "asks for a password"
		return
	}
	if why := in.astray(s, final); why != "" {
		s.kind, s.soft, s.rule, s.why = missing, true, "S11", why
		return
	}
	if to, from := parse(final), parse(in.URL); to.failing() && !from.failing() && !in.off("S12") {
		s.kind, s.soft, s.rule, s.why = missing, true, "S12", "its address says that nothing was found"
		return
	}
	if n, why := in.hollow(s); n >= 2 && !in.off("S13") {
		s.kind, s.soft, s.rule, s.why = missing, true, "S13", "says that it was not found: "+strings.Join(why, ", ")
		return
	}
	if !same(final, in.URL) && in.URL != "" && s.permanent() && s.title && !in.off("S10") {
		s.moved = final
	}
}

// successor finds the edition that replaces a page in a header of its answer (RFC 5829).
var successor = regexp.MustCompile(`<([^<>]+)>\s*;[^,<]*\brel="?[^",]*\bsuccessor-version\b`)

// permanent reports whether every redirect on the way says that it is for good. Where hops were not kept, it is taken
// to be.
func (s *sight) permanent() bool {
	return !slices.ContainsFunc(s.Hops, func(h stoa.Hop) bool { return h.Status != 301 && h.Status != 308 })
}

// astray says where a redirect led that is not the page (S11), or "".
func (in Input) astray(s *sight, final string) string {
	if in.URL == "" || same(final, in.URL) || in.off("S11") {
		return ""
	}
	from, to := parse(in.URL), parse(final)
	switch {
	case from.front():
		return ""
	case to.front() && link.Site(final) != link.Site(in.URL) && s.title && s.titled(in.Title):
		return "" // it has got a site of its own
	case to.front():
		return "redirects to the front page"
	case to.login() && !from.login():
		return "redirects to a login"
	case to.search() && !from.search():
		return "redirects to a search"
	case to.listing(from) && !(s.title && s.titled(in.Title)):
		return "redirects to a list"
	}
	return ""
}

// titled reports whether title or first heading are the item's title, rather than that it stands somewhere.
func (s *sight) titled(title string) bool {
	if likeTitles(s.page.title, title) {
		return true
	}
	return len(s.page.headings) > 0 && likeTitles(s.page.headings[0], title)
}

// bars of S13 and S15
const (
	nearEmpty  = 60  // words of main text outside headings and links
	alikeBar   = 0.9 // likeness to the site's answer for a random path
	changedBar = 0.3 // likeness to the page as it was accepted
)

// hollow counts the independent signs that a page with a good status says that nothing is there (S13).
func (in Input) hollow(s *sight) (int, []string) {
	if !s.page.known || parse(in.URL).front() || says(in.Title, lost) && s.title {
		return 0, nil
	}
	var why []string
	empty := s.page.words < nearEmpty
	phrase := in.apologises(s, empty)
	if phrase {
		why = append(why, "title or heading")
	}
	if s.page.noindex || strings.Contains(strings.ToLower(header(s.Headers, "X-Robots-Tag")), "noindex") {
		why = append(why, "not to be indexed")
	}
	if empty && (phrase || !s.title) {
		why = append(why, "almost no text")
	}
	// A shell that scripts fill is the same for every address, and almost empty: that is one sign, not two.
	if in.likeSibling(s.page) && (phrase || !s.page.shell) {
		why = append(why, "like the site's answer for a random address")
	}
	if !phrase && s.title {
		return 0, nil
	}
	return len(why), why
}

// apologises reports whether a page says that nothing is there: in title or heading; in its text only where that is short, the item's title
// is not on it, and its site is not known to answer other paths with an honest 404.
func (in Input) apologises(s *sight, empty bool) bool {
	head := s.page.title + " . " + strings.Join(s.page.headings, " . ")
	if says(head, lost) {
		return true
	}
	if !empty || s.title {
		return false
	}
	for _, h := range append(s.page.headings, s.page.title) {
		if slices.Contains(bare, fold(h)) || len(strings.Fields(h)) <= 8 && says(h, things) && says(h, absent) {
			return true
		}
	}
	honest := in.Sibling != nil && (in.Sibling.Status == 404 || in.Sibling.Status == 410)
	return !honest && (says(s.page.text, lost) && says(s.page.text, things) || regrets(head+" . "+s.page.text))
}

// likeSibling reports whether a page is the site's answer for a random path.
func (in Input) likeSibling(p page) bool {
	if in.Sibling == nil || in.Sibling.Error != "" || in.Sibling.Status == 0 {
		return false
	}
	o := in.sibling
	if !o.known {
		o = read(in.Sibling.Body)
	}
	return o.known && o.words > 0 && likeness(p, o) >= alikeBar
}

// parking counts the signs that a domain was parked, sold or taken over (S14).
func (in Input) parking(s *sight, final string) (int, []string) {
	if !s.page.known && same(final, in.URL) {
		return 0, nil
	}
	var why []string
	head := s.page.title + " . " + strings.Join(s.page.headings, " . ")
	if says(head, sale) || forSale.MatchString(head) || s.page.words < 150 && says(s.page.text, sale) {
		why = append(why, "offers the domain for sale")
		if !s.title && in.namesItself(head+" . "+cut(s.page.text, 600)) {
			why = append(why, "it speaks of the domain's own name")
		}
	}
	if parkingHost(link.Host(final)) || slices.ContainsFunc(s.page.hosts, parkingHost) {
		why = append(why, "a parking service")
	}
	if in.URL != "" && !s.title && final != in.URL && link.Site(final) != link.Site(in.URL) {
		why = append(why, "another domain")
	}
	n, all := count(head, bait), count(head+" . "+s.page.text, bait)
	if n >= 2 || n >= 1 && count(s.page.text, bait) >= 2 || all >= 3 && !s.title && s.page.words < 150 {
		why = append(why, "bait")
		if !s.title && all >= 3 {
			why = append(why, "nothing of the page is left")
		}
	}
	told := slices.ContainsFunc(why, func(w string) bool { return w != "another domain" })
	if told && in.likeSibling(s.page) && !s.title {
		why = append(why, "the same for every address")
	}
	if !s.title && in.otherTongue(s.page) {
		why = append(why, "title and language changed")
	}
	if len(why) == 2 && slices.Contains(why, "another domain") && slices.Contains(why, "title and language changed") &&
		!parse(final).front() {
		return 1, why // a page may have moved to a partner's site in another language; not in danger
	}
	return len(why), why
}

// forSale is how parking services put it: "agency.example is for sale".
var forSale = regexp.MustCompile(`(?i)\b[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}\b (is|may be) for sale`)

// namesItself reports whether a text is about the address: nothing of what the item was called is left in it.
func (in Input) namesItself(head string) bool {
	site := link.Site(in.URL)
	return site != "" && strings.Contains(strings.ToLower(head), site)
}

// otherTongue reports whether a page is wholly in another language than the item's title.
func (in Input) otherTongue(p page) bool {
	if p.words < 5 || in.Title == "" {
		return false
	}
	was, sureWas := lang.Of(in.Title, "")
	is, sureIs := lang.Of(p.title+". "+strings.Join(p.headings, ". ")+". "+cut(p.text, 1000), "")
	return was != "" && is != "" && sureWas >= 0.8 && sureIs >= 0.8 && base(was) != base(is)
}

func base(tag string) string {
	head, _, _ := strings.Cut(tag, "-")
	return head
}

func (in Input) wall(p page) bool {
	if !p.known || p.words >= 120 {
		return false
	}
	return p.words < nearEmpty && slices.ContainsFunc(p.hosts, wallHost) || says(p.title+" . "+strings.Join(p.headings, " . ")+" . "+cut(p.text, 600), walls)
}

// numberRE finds the number of a document: "A/RES/78/237", "NIST.SP.800-61", "X.1205", "RFC 9116".
var numberRE = regexp.MustCompile(`[A-Za-z]{0,6}[-./ ]?\d+(?:[-./]\d+)+|\b[A-Z]{1,4}[-.]?\d{4,}|\b(?:RFC|ISO|IEC|SP|TR|TS) \d{3,}`)

// bears reports whether a page still has the item's title, or its number.
func (in Input) bears(p page) bool {
	if in.Title == "" || !p.known {
		return false
	}
	if likeTitles(p.title, in.Title) || slices.ContainsFunc(p.headings, func(h string) bool { return likeTitles(h, in.Title) }) {
		return true
	}
	all := fold(p.title + " " + strings.Join(p.headings, " ") + " " + p.text)
	if t := fold(in.Title); len(t) > 12 && strings.Contains(all, t) {
		return true
	}
	for _, n := range numberRE.FindAllString(in.Title, 3) {
		if len(n) >= 5 && strings.Contains(fold(p.title+" "+strings.Join(p.headings, " ")), fold(n)) {
			return true
		}
	}
	return false
}

// likeTitles reports whether one title has nearly all telling words of the other.
func likeTitles(page, item string) bool {
	a, b := wordsOf(page), wordsOf(item)
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	have, n := map[string]bool{}, 0
	for _, w := range a {
		have[w] = true
	}
	for _, w := range b {
		if have[w] {
			n++
		}
	}
	return n*10 >= len(b)*8
}

// wordsOf returns the words of a text of three letters or more; of scripts without spaces, pairs of characters.
func wordsOf(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune(w)
		if unicode.Is(unicode.Han, runes[0]) {
			for i := 0; i+1 < len(runes); i++ {
				out = append(out, string(runes[i:i+2]))
			}
		} else if len(runes) >= 3 {
			out = append(out, w)
		}
	}
	return out
}

// likeness compares the main texts of two pages word by word, digits left out: what a site echoes of the address it
// was asked for does not count for much.
func likeness(a, b page) float64 { return dice(a.title+" "+a.text, b.title+" "+b.text) }

func dice(a, b string) float64 {
	x, y := wordsOf(cut(a, keptText)), wordsOf(cut(b, keptText))
	counts, n := map[string]int{}, 0
	for _, w := range x {
		counts[w]++
	}
	for _, w := range y {
		if counts[w] > 0 {
			counts[w]--
			n++
		}
	}
	if len(x)+len(y) == 0 {
		return 0
	}
	return 2 * float64(n) / float64(len(x)+len(y))
}
