package decode

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// Lead is a page of the same site that may list something.
type Lead struct {
	URL   string
	Text  string  // of the link
	Score float64 // how much its words promise, from 0 to 1
}

// maxLeads bounds the pages that one page sends to.
const maxLeads = 20

// leadWords are words of listings in the languages of the sources, as they stand in links and paths; the first group
// promises most.
var leadWords = []struct {
	score float64
	words *regexp.Regexp
}{
	{1, regexp.MustCompile(`(?i)\b(project|programme|program|course|training|publication|resource|catalogue|catalog|repository|librar|tool|guid|call|fellowship)|` +
		`projet|formation|ressource|publicacion|proyecto|curso|recurso|capacitaci|convocatoria|проект|публикаци|курс|обучени|ресурс|مشاريع|دورات|منشورات|موارد|تدريب|项目|课程|培训|出版|资源|指南`)},
	{0.8, regexp.MustCompile(`(?i)\b(event|calendar|agenda|workshop|conference|exercise|drill|webinar|document|report|toolkit|strateg|standard|opportunit)|` +
		`événement|evenement|atelier|calendrier|evento|calendario|taller|informe|мероприяти|календар|отчет|доклад|فعاليات|تقارير|ورش|活动|日历|会议|报告|文件`)},
	{0.6, regexp.MustCompile(`(?i)\b(news|blog|article|press|media|archive|list|browse|all|index)|actualité|actualite|noticia|новост|أخبار|新闻|动态`)},
}

// Leads returns the pages of the same site that a page links to and whose words promise a listing, best first.
func Leads(p Page) ([]Lead, error) {
	doc, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	own, err := url.Parse(p.URL)
	if err != nil {
		return nil, nil
	}
	best := map[string]Lead{}
	for n := doc.root; n != nil; n = following(n) {
		if n.DataAtom != el.A {
			continue
		}
		u, err := url.Parse(absolute(attr(n, "href"), doc.base))
		if err != nil || !sameSite(u.Hostname(), own.Hostname()) || isFile(u.Path) || counted(u) {
			continue
		}
		u.Fragment = ""
		l := Lead{URL: u.String(), Text: cut(doc.text(n), maxLabel)}
		l.Score = promise(l.Text, u.Path)
		if l.Score == 0 || l.URL == p.URL || len(best) >= 2000 {
			continue
		}
		if known, ok := best[l.URL]; !ok || l.Score > known.Score {
			best[l.URL] = l
		}
	}
	out := make([]Lead, 0, len(best))
	for _, l := range best {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Lead) int { return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.URL, b.URL)) })
	return out[:min(len(out), maxLeads)], nil
}

// promise rates a link by its words. Pages deep in a site are things that are listed, more often than lists.
func promise(text, path string) float64 {
	depth := float64(strings.Count(strings.Trim(path, "/"), "/"))
	last := path[strings.LastIndexByte(strings.TrimRight(path, "/"), '/')+1:]
	for _, group := range leadWords {
		if score := group.score / (1 + depth/4); group.words.MatchString(text) || group.words.MatchString(last) {
			if len([]rune(text)) > 50 {
				score /= 2 // the title of one thing
			}
			return score
		}
	}
	return 0
}

// sameSite reports whether two hosts are one site: the same, but for "www.".
func sameSite(a, b string) bool {
	return a != "" && strings.TrimPrefix(a, "www.") == strings.TrimPrefix(b, "www.")
}

// counted reports whether an address is that of a further page of a listing.
func counted(u *url.URL) bool {
	query := u.Query()
	return pageOf.MatchString(u.Path) || slices.ContainsFunc(pageNames, func(name string) bool {
		_, err := strconv.Atoi(query.Get(name))
		return err == nil
	})
}

var fileForm = regexp.MustCompile(`(?i)\.(pdf|docx?|xlsx?|pptx?|zip|jpe?g|png|gif|svg|mp[34]|css|js)$`)

func isFile(path string) bool { return fileForm.MatchString(path) }

// nextLinks are the rules for a link to the next page, those of pages that say so themselves first.
var nextLinks = []string{
	"link[rel~=next]@href || a[rel~=next]@href", "a.next@href", ".next > a@href", ".pager__item--next a@href, .pager-next a@href", "a.nextpostslink@href",
	"a.pagination-next@href, a.page-next@href", "a[aria-label^=Next]@href, a[title^=Next]@href",
}

// guessNext finds how a listing leads to its next page: a link that says so, or links that count.
func (d *page) guessNext() stoa.Next {
	for _, rule := range nextLinks {
		if u := nextLink(d, stoa.Next{Link: rule}); u != "" && u != d.url && sameListing(u, d.url) {
			return stoa.Next{Link: rule}
		}
	}
	return d.countedNext()
}

// sameListing reports whether an address is another page of a listing, and not the next thing that a site has to say.
func sameListing(next, at string) bool {
	a, err := url.Parse(next)
	if err != nil {
		return false
	}
	b, err := url.Parse(at)
	return err == nil && a.Host == b.Host && strings.HasPrefix(pageOf.ReplaceAllString(a.Path, "/")+"/", strings.TrimRight(pageOf.ReplaceAllString(b.Path, "/"), "/"))
}

var (
	pageOf    = regexp.MustCompile(`/page/(\d+)/?$`)
	pageNames = []string{"page", "paged", "sf_paged", "pg", "p", "pageNumber", "cur", "start", "offset", "from", "b_start:int", "currentPage"}
)

// countedNext reads the numbers of a pager: "?page=1" behind the words "2", "/page/2/".
func (d *page) countedNext() stoa.Next {
	found := map[string]map[int]int{} // parameter → number shown → value
	for n := d.root; n != nil; n = following(n) {
		if n.Type != html.ElementNode || n.DataAtom != el.A {
			continue
		}
		u := absolute(attr(n, "href"), d.base)
		shown, err := strconv.Atoi(strings.TrimSpace(d.text(n)))
		if err != nil || shown < 2 || shown > 1000 || !sameListing(u, d.url) {
			continue
		}
		if path, _, _ := strings.Cut(u, "?"); slices.Contains(pageOf.FindStringSubmatch(path), strconv.Itoa(shown)) {
			return stoa.Next{Path: "/page/{n}/", From: 1}
		}
		for _, name := range pageNames {
			if v, err := strconv.Atoi(param(u, name)); err == nil && v > 0 && v <= maxCount {
				if found[name] == nil {
					found[name] = map[int]int{}
				}
				found[name][shown] = v
			}
		}
	}
	for _, name := range pageNames {
		if n, ok := countedBy(name, found[name]); ok {
			return n
		}
	}
	return stoa.Next{}
}

// countedBy settles from where and by how much a parameter counts.
func countedBy(name string, shown map[int]int) (stoa.Next, bool) {
	second, ok := shown[2]
	if !ok {
		return stoa.Next{}, false
	}
	step := second
	if third, ok := shown[3]; ok {
		step = third - second
	}
	from := second - step
	if step < 1 || from < 0 {
		return stoa.Next{}, false
	}
	if _, ok := shown[3]; !ok && second <= 2 {
		step, from = 1, second-1
	}
	n := stoa.Next{Param: name, From: from}
	if step > 1 {
		n.Step = step
	}
	return n, true
}

// tighten keeps of a guessed mapping's rules the ways that some item of the page uses, and adds how it pages.
func (d *page) tighten(m stoa.Mapping) stoa.Mapping {
	work := d.work
	defer func() { d.work = work }()
	rules, err := compileHTML(m)
	if err != nil {
		return m
	}
	content, err := rules.content(d)
	if err != nil {
		return m
	}
	found := rowsOf(content.FindMatcher(rules.item))
	fields := map[string]stoa.Field{}
	for _, r := range rules.fields {
		texts := strings.Split(r.field.Path, "||")
		used := make([]bool, len(texts))
		for i := range min(found.Length(), 50) {
			c := &card{doc: d, sel: found.Eq(i)}
			for k, w := range r.ways {
				if len(refine(c.way(w, r.name), r.match, r.field)) > 0 {
					used[k] = true
					break
				}
			}
		}
		var kept []string
		for k, text := range texts {
			if used[k] {
				kept = append(kept, strings.TrimSpace(text))
			}
		}
		if len(kept) > 0 {
			fields[r.name] = stoa.Field{Path: strings.Join(kept, " || ")}
		}
	}
	m.Fields, m.Next = fields, d.guessNext()
	return m
}
