package curate

import (
	"net/http"
	"strconv"

	"stoa/server/page"
)

// span is a page of a list: its lines from one to before another, and the way to the other pages.
type span struct {
	from, to int
	page.Paging
}

// pageOf returns the page of a list of n lines that a request asks for; the last one when the list became shorter. The
// addresses of the other pages keep what was filtered for.
func pageOf(r *http.Request, n, size int) (span, error) {
	q, at := r.URL.Query(), 1
	if s := q.Get("page"); s != "" {
		var err error
		if at, err = strconv.Atoi(s); err != nil || at < 1 || at > maxPages {
			return span{}, page.Faults{{Field: "page", Text: "want a number from 1 to " + page.Decimal(maxPages)}}
		}
	}
	last := max(1, (n+size-1)/size)
	at = min(at, last)
	for _, said := range []string{"language", "saved", "done", "undone", "waits", "left", "settled", "page"} {
		q.Del(said)
	}
	href := func(at int) string {
		q.Del("page")
		if at > 1 {
			q.Set("page", page.Decimal(at))
		}
		if len(q) == 0 {
			return r.URL.Path
		}
		return r.URL.Path + "?" + q.Encode()
	}
	return span{(at - 1) * size, min(at*size, n), page.Paging{At: at, Last: last, Href: href}}, nil
}
