package place

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa"
	"stoa/normalize/letters"
)

// Input is what About reads of an item. All is plain text; whatever is unknown stays empty.
type Input struct {
	Title, Summary, Publisher, URL, Language string
	Location                                 string // the source's own field for a place
	Seat                                     string // country of the publisher, where that is a national body
	Foreign                                  bool   // the publisher is an international body: its language says nothing of a place
}

// inTitle and inSummary are what a mention weighs; 1 makes a country one that the item is about.
var (
	inTitle   = map[sort]float64{country: 2, city: 1.5, people: 1.2, body: 1.2}
	inSummary = map[sort]float64{country: 1.2, city: 1.1, people: 1, body: 0.4}
)

// About returns the countries and regions that an item is about or that take part in it. Whoever publishes it counts
// only where no place is named, and then as a national body, by its name, or by the domain of its address: such an
// item is about the publisher's own country. Beyond twenty countries only regions are given.
func About(in Input) ([]string, []stoa.Region) {
	b := board{}
	for _, m := range search(in.Location, in.Language) {
		b.add(m, 3)
	}
	title, summary := search(in.Title, in.Language), search(in.Summary, in.Language)
	thank(title, summary)
	for _, m := range title {
		b.add(m, inTitle[m.sort])
	}
	b.summary(summary, session(in.Title, title), sitting(in.Title))
	for _, c := range expanded(in, title, summary, b.any(1)) {
		b.put(c, 1)
	}
	publisher := search(in.Publisher, in.Language)
	b.bilateral(in.Publisher, publisher)
	if len(b.areas) == 0 && !b.any(1) {
		b.seat(in, publisher, summary)
	}
	countries, regions := b.result(1)
	if len(countries) > 20 {
		countries = nil
	}
	if len(regions) > 1 { // a word on the UN does not make a regional item global
		regions = slices.DeleteFunc(regions, func(r stoa.Region) bool { return r == "global" })
	}
	return countries, regions
}

// crowd is from how many countries on a text lists speakers or examples rather than what it is about.
const crowd = 5

// listing is from how many countries on, one right after the other, a text lists who takes part: "teams of A, B, C and D".
const listing = 4

// listed returns how many countries at most stand one right after the other, with a comma or "and" between two of them.
func listed(found []mention) int {
	longest, n := 0, 0
	for _, m := range found {
		switch {
		case m.sort != country || m.factor < 1:
			n = 0
			continue
		case n > 0 && m.goesOn:
			n++
		default:
			n = 1
		}
		longest = max(longest, n)
	}
	return longest
}

// session reports whether a title is that of a sitting of a body of the whole world: the countries that the text names then
// are those that spoke.
func session(title string, found []mention) bool {
	if len(found) == 0 {
		return false
	}
	for _, m := range found {
		if m.sort != set && m.code != "global" {
			return false
		}
	}
	return sitting(title)
}

// sitting reports whether a title speaks of a sitting.
func sitting(title string) bool {
	folded := spread(title)
	return slices.ContainsFunc(sittings, func(w string) bool { return strings.Contains(folded, w) })
}

// sittings are words for a sitting, folded.
var sittings = []string{" session ", " sesion ", " sessao ", " sitzung ", " сесси", " دوره ", "届会议"}

// summary adds the mentions of running text. debate says that the text tells who spoke in one, spoken that it may.
func (b *board) summary(found []mention, debate, spoken bool) {
	share, named, regions := 1.0, b.any(2), len(b.areas)
	var codes, others []string
	europe := slices.Contains(b.areas, "europe")
	for _, m := range found {
		switch {
		case m.sort == set:
		case m.sort == area:
			europe = europe || m.code == "europe"
		case !slices.Contains(codes, m.code):
			codes = append(codes, m.code)
			if m.sort == country && b.score[m.code] < 1 {
				others = append(others, m.code)
			}
		}
	}
	if len(codes) >= crowd && (spoken || listed(found) < listing) && !b.any(1) {
		share = 0.8
	}
	own := named && len(b.codes) == 1 && len(others) == 1
	for _, m := range found {
		w := inSummary[m.sort] * share
		switch {
		case m.sort != country:
		case debate:
			w *= 0.7
		case own && b.score[m.code] < 1:
			w *= 0.8 // one country's own affair: another counts when it is named again
		}
		if named && m.sort != country && b.score[m.code] < 1 {
			w *= 0.7 // the title has said which country; this is where somebody met or came from
		}
		if m.sort == city && regions > 1 {
			w *= 0.7 // the title speaks of regions; this is where somebody met
		}
		if m.sort == city && m.code == "BE" && europe {
			w /= 2 // the seat of the Union's bodies
		}
		b.add(m, w)
	}
}

// any reports whether a country reaches least.
func (b *board) any(least float64) bool {
	return slices.ContainsFunc(b.codes, func(c string) bool { return b.score[c] >= least })
}

// bilateral adds the countries that a publisher bears in its name beside a partner's: "Japan-ASEAN Integration Fund".
func (b *board) bilateral(publisher string, found []mention) {
	for i := 1; i < len(found); i++ {
		x, y := found[i-1], found[i]
		if x.hi+1 != y.lo || !strings.Contains("-–/&", publisher[x.hi:y.lo]) {
			continue
		}
		for _, m := range []mention{x, y} {
			if m.sort == country || m.sort == people {
				b.add(m, 1)
			}
		}
	}
}

// seat adds what is left to go by where no place is named: the publisher's country, a body of one country that the text
// names, the domain of the address, the language.
func (b *board) seat(in Input, publisher, summary []mention) {
	if c := official(in.URL); c != "" && in.Seat != "" {
		b.put(c, 1) // several countries have a CNCS or a Ministry of Digital Affairs: the domain tells which
		return
	}
	if in.Seat != "" {
		b.put(in.Seat, 1)
		return
	}
	for _, m := range publisher {
		if m.sort != set && m.factor == 1 {
			b.add(m, 1)
			return
		}
	}
	bodies := false
	for _, m := range summary { // a paper that bodies of several countries wrote together is about each of these
		if m.sort == body && m.factor == 1 {
			b.put(m.code, 1)
			bodies = true
		}
	}
	if bodies {
		return
	}
	if c := domain(in.URL); c != "" {
		b.put(c, 1)
	} else if c := spokenIn[base(in.Language)]; c != "" && !in.Foreign {
		b.put(c, 1)
	}
}

// sold are country domains that are used all over the world.
var sold = fields("IO CO TV ME AI CC WS FM TO LY GG IM IS ST SU NU SH VC AC LA PW BZ MN AM MS TK ML GA CF GQ GL AG SC EU LI VG CX US")

// domain returns the country of an address's domain, where that says something: "KE" of nc4.go.ke, "US" of cisa.gov.
func domain(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#:"); i >= 0 {
		rest = rest[:i]
	}
	labels := strings.Split(strings.ToUpper(strings.TrimRight(rest, ".")), ".")
	top := labels[len(labels)-1]
	switch {
	case top == "GOV" || top == "MIL":
		return "US"
	case len(labels) > 2 && (labels[len(labels)-2] == "AC" || labels[len(labels)-2] == "EDU"), slices.ContainsFunc(labels, university):
		return "" // universities write about the world
	case len(labels) < 2 || top != "UK" && !Valid(top) || slices.Contains(sold, top):
		return ""
	case top == "UK":
		return "GB"
	}
	return top
}

// official returns the country whose government an address belongs to: "DO" of cncs.gob.do, "" of others.
func official(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	labels := strings.Split(strings.ToUpper(host), ".")
	if len(labels) < 3 || !slices.Contains(governments, labels[len(labels)-2]) || !Valid(labels[len(labels)-1]) {
		return ""
	}
	return labels[len(labels)-1]
}

// governments are the labels under which governments have their addresses.
var governments = []string{"GOV", "GOB", "GOUV", "GUB", "GO", "GOVT", "GV"}

// university reports whether a label of a host is a university's: uni-sofia, univ-rennes, tu-darmstadt.
func university(label string) bool {
	for _, p := range []string{"UNI-", "UNIV-", "TU-", "UNIVERSIT"} {
		if strings.HasPrefix(label, p) {
			return true
		}
	}
	return false
}

// spokenIn are languages that are the public language of one country only, or for the most part.
var spokenIn = map[string]string{
	"ja": "JP", "ko": "KR", "zh": "CN", "hu": "HU", "pl": "PL", "cs": "CZ", "sk": "SK", "sl": "SI", "uk": "UA", "kk": "KZ", "ky": "KG", "id": "ID",
	"vi": "VN", "th": "TH", "tr": "TR", "fi": "FI", "sv": "SE", "da": "DK", "nb": "NO", "et": "EE", "lv": "LV", "lt": "LT", "bg": "BG", "ka": "GE",
	"hy": "AM", "he": "IL", "fa": "IR", "mn": "MN", "km": "KH", "lo": "LA", "my": "MM", "is": "IS", "mk": "MK", "sq": "AL",
	"ru": "RU", "de": "DE", "it": "IT", "el": "GR", "hr": "HR", "uz": "UZ", "az": "AZ", "ne": "NP", "bn": "BD", "am": "ET", "si": "LK",
}

func base(tag string) string {
	b, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(b)
}

// thank lowers the mentions of those who pay for a programme that the item names.
func thank(title, summary []mention) {
	gives := func(m mention) bool { return m.group > 0 && groups[m.group-1].bond == givers }
	i, j := slices.IndexFunc(title, gives), slices.IndexFunc(summary, gives)
	var g group
	switch {
	case i >= 0:
		g = groups[title[i].group-1]
	case j >= 0:
		g = groups[summary[j].group-1]
	default:
		return
	}
	for _, found := range [][]mention{title, summary} {
		for i, m := range found {
			if (m.sort == country || m.sort == people) && (slices.Contains(g.members, m.code) || slices.Contains(g.later, m.code)) {
				found[i].factor *= 0.15
			}
		}
	}
}

// expanded returns the countries of the groups that the text names together with their number, of the one that the title
// names a project by, and of the programme that it names: its members are who it is for. placed says that countries are
// named beside them.
func expanded(in Input, title, summary []mention, placed bool) []string {
	var out []string
	folded := ""
	for i, m := range append(title[:len(title):len(title)], summary...) {
		if m.group == 0 {
			continue
		}
		if folded == "" {
			folded = spread(in.Title + " " + in.Summary)
		}
		g, inTitle := groups[m.group-1], i < len(title)
		whole := inTitle && len(g.members) <= few && !placed && project(in.Title+" "+in.Summary) && !sits(in.Title)
		if counted(folded, len(g.members)) || inTitle && m.first == 0 && project(in.Title) || whole || inTitle && g.bond == joined && !placed {
			out = append(out, g.members...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// few is how many members a group has at most whose project is one for each of them, and not for the region.
const few = 12

// sits reports whether a title is that of a meeting, at which a group may be there with some of its members only.
func sits(title string) bool {
	folded := spread(title)
	return slices.ContainsFunc(meetings, func(w string) bool { return strings.Contains(folded, w) })
}

// meetings are beginnings of words for what people gather in, folded.
var meetings = []string{
	" meeting", " webinar", " workshop", " seminar", " conference", " conferenc", " forum", " summit", " reunion", " atelier", " taller", " oficina ",
	" sommet", " cumbre", " tagung", " konferenz", " treffen", " семинар", " конференц", " совещани", " форум", " встреч", "研讨会", "会议", "论坛", "اجتماع", "ورشه", "مؤتمر", "منتدي",
}

// project reports whether a title names a project.
func project(title string) bool {
	folded := spread(title)
	return slices.ContainsFunc(projects, func(p string) bool {
		r, _ := utf8.DecodeRuneInString(p)
		return strings.Contains(folded, " "+p) || letters.Unspaced(r) && strings.Contains(folded, p)
	})
}

// counted reports whether folded speaks of n countries: "ten countries", "six-economy project", "los cinco países", "8 states".
func counted(folded string, n int) bool {
	if n < 3 {
		return false
	}
	figure := strconv.Itoa(n)
	for _, word := range append(slices.Clone(numbers[n]), figure) {
		r, _ := utf8.DecodeRuneInString(word)
		if letters.Unspaced(r) || word == figure {
			if strings.Contains(folded, word+"国") || strings.Contains(folded, word+"个国家") || strings.Contains(folded, word+"か国") {
				return true
			}
		}
		if !letters.Unspaced(r) && countedBy(folded, word) {
			return true
		}
	}
	return false
}

// countedBy reports whether a word for what groups are made of stands among the three words after a number.
func countedBy(folded, number string) bool {
	_, after, ok := strings.Cut(folded, " "+number+" ")
	if !ok {
		return false
	}
	words := strings.Fields(after[:min(len(after), 60)])
	for i := range min(3, len(words)) {
		for _, noun := range nations {
			if strings.HasPrefix(words[i], noun) {
				return true
			}
		}
	}
	return false
}

// projects are words for what is done for a group, folded.
var projects = []string{"project", "projet", "proyecto", "projeto", "projekt", "проект", "مشروع", "项目"}

// nations are the beginnings of words for what a group is made of, folded.
var nations = []string{"countr", "econom", "state", "jurisdiction", "nation", "member", "government", "gouvernement", "gobierno", "governo", "regierung", "правительств", "pays", "etats", "pais", "estado", "lander", "staaten", "стран", "государств", "دول"}

// spread returns text folded, with one space around each word.
func spread(text string) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	folded := letters.Fold(make([]byte, 0, len(text)+16), text)
	out := append(make([]byte, 0, len(folded)+2), ' ')
	for i := 0; i < len(folded); {
		c, size := rune(folded[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(folded[i:])
		}
		if unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c) {
			out = append(out, folded[i:i+size]...)
		} else if out[len(out)-1] != ' ' {
			out = append(out, ' ')
		}
		i += size
	}
	if out[len(out)-1] != ' ' {
		out = append(out, ' ')
	}
	return string(out)
}
