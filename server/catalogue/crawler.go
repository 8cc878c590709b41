package catalogue

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"stoa"
	"stoa/server/page"
)

// ledger is the page to which the crawler's user agent leads.
type ledger struct {
	agent  string
	query  string
	rows   []stoa.Ledger
	all    int
	paging page.Paging
}

// ledgerSize is how many hosts stand on a page.
const ledgerSize = 100

func (p *Pages) crawler(w http.ResponseWriter, r *http.Request, v page.View) error {
	read := parser{values: r.URL.Query()}
	text, at := read.text("q"), read.number("page", 1, 1, 1000)
	if len(read.faults) > 0 {
		return read.faults
	}
	d := ledger{agent: p.Agent, query: text}
	if p.Hosts != nil {
		for _, l := range p.Hosts(r.Context()) {
			if strings.Contains(l.Host, strings.ToLower(text)) {
				d.rows = append(d.rows, l)
			}
		}
	}
	d.all = len(d.rows)
	from := min((at-1)*ledgerSize, d.all)
	d.rows = d.rows[from:min(from+ledgerSize, d.all)]
	d.paging = page.Paging{At: at, Last: (d.all + ledgerSize - 1) / ledgerSize, Href: func(n int) string {
		q := url.Values{"page": {page.Decimal(n)}}
		if text != "" {
			q.Set("q", text)
		}
		return v.To("/crawler?" + q.Encode())
	}}
	v.Title, v.Text = v.T("crawler.title"), v.T("crawler.lede")
	return p.send(w, r, crawlerPage(v, d))
}

// optOutRule is what a site puts into robots.txt to be left alone.
const optOutRule = "User-agent: stoa\nDisallow: /\n"

// unchangedShare is how many of a host's answers said that nothing changed, in percent.
func unchangedShare(v page.View, l stoa.Ledger) string {
	if l.Requests == 0 {
		return "–"
	}
	return v.Number(int(100*l.NotModified/l.Requests)) + " %"
}

// volume is a number of bytes as people read it.
func volume(v page.View, n int64) string {
	switch {
	case n >= 10_000_000:
		return v.Number(int(n/1_000_000)) + " MB"
	case n >= 10_000:
		return v.Number(int(n/1_000)) + " kB"
	}
	return v.Number(int(n)) + " B"
}

// seconds is a delay as people read it.
func seconds(v page.View, d time.Duration) string {
	return v.Number(int((d+time.Second-1)/time.Second)) + " s"
}
