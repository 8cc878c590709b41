package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"stoa"
	"stoa/crawler/decode"
	"stoa/crawler/fetch"
	"stoa/normalize"
)

// Detail pages of known items are read anew after refreshDetail even if their listing did not change, at most
// refreshShare of them in one run.
const (
	refreshDetail = 30 * 24 * time.Hour
	refreshShare  = 20
)

// walker goes list → next → detail through one source. Colly drives it over our own transport; robots, turns, limits,
// unpacking and the guard on dialled addresses live in fetch, and colly's own are off.
type walker struct {
	c          *Crawler
	src        stoa.Source
	history    stoa.History
	run        *stoa.Run
	colly      *colly.Collector
	validators map[string]stoa.Validators
	stop       context.CancelFunc
	ctx        context.Context // of this walk: ends with the source's own time

	last       *fetch.Response // the answer that colly is handling
	asked      string          // the address that was asked for it
	first      *decode.Listing
	queue      []string        // listing pages still to read
	visited    map[string]bool // listing pages read
	broken     error           // why a further page could not be read
	truncated  bool
	refreshed  int
	details    canary
	unread     int  // detail pages left for the next run
	anew       bool // detail pages are read though their listing did not change
	uncaptured int  // detail pages that a rehearsal does not have
	heavy      bool
	working    bool // has a turn of c.Heavy
	placed     bool // has a place of c.Heavy
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (c *Crawler) walk(ctx context.Context, src stoa.Source, h stoa.History, run *stoa.Run) *walker {
	w := &walker{c: c, src: src, history: h, run: run, validators: map[string]stoa.Validators{}, visited: map[string]bool{}}
	w.stop = func() {}
	w.ctx = ctx
	if src.Limits.Time > 0 {
		w.ctx, w.stop = context.WithTimeoutCause(ctx, src.Limits.Time,
			fmt.Errorf("limits.time of %s: %w", src.Limits.Time, context.DeadlineExceeded))
	}
	w.colly = colly.NewCollector(colly.StdlibContext(w.ctx))
	// Set after NewCollector, which lets COLLY_* variables of the environment change them.
	w.colly.IgnoreRobotsTxt, w.colly.AllowURLRevisit, w.colly.ParseHTTPErrorResponse = true, true, true
	w.colly.MaxBodySize, w.colly.MaxDepth, w.colly.MaxRequests, w.colly.CacheDir = 0, 0, 0, ""
	w.colly.DetectCharset, w.colly.AllowedDomains, w.colly.DisallowedDomains = false, nil, nil
	w.colly.SetRequestTimeout(0)
	w.colly.WithTransport(roundTrip(w.trip))
	return w
}

// trip carries colly's request through our client. The answer is bounded, unpacked and recorded already.
func (w *walker) trip(r *http.Request) (*http.Response, error) {
	address := r.URL.String()
	req := fetch.Request{URL: address, Method: r.Method, Header: w.src.Headers, Limit: w.src.Limits.Body, Delay: w.src.Delay, Source: w.src.ID, Large: w.takePlace, NoCapture: w.c.Captures == nil}
	if r.Body != nil && r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		req.Body = body
	}
	if w.conditional(address) {
		req.Validators = w.history.Validators[address]
	}
	w.giveTurn()
	if !w.heavy {
		w.givePlace()
	}
	res, err := w.c.Fetch.Do(w.ctx, req)
	size := 0
	if err == nil {
		size = len(res.Body)
	}
	if late := w.takeTurn(size); err == nil {
		err = late
	}
	if err != nil {
		return nil, err
	}
	w.last, w.asked = res, address
	w.run.Bytes += int64(len(res.Body))
	if res.Capture != "" {
		w.run.Captures = append(w.run.Captures, res.Capture)
	}
	// The body stays with us: colly would unpack it again, without a limit, and make copies of it that nobody reads.
	return &http.Response{StatusCode: res.Status, Header: res.Header, Body: http.NoBody,
		Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Uncompressed: true}, nil
}

// conditional says whether to ask with validators: only where one answer is the whole listing, and not for ever, since some servers answer
// 304 whatever happens.
func (w *walker) conditional(address string) bool {
	v, known := w.history.Validators[address]
	return known && w.first == nil && w.src.Mapping.Next.IsZero() && w.src.Mapping.Detail == nil &&
		w.history.Good.Outcome.Good() && w.c.Now().Sub(v.Full) < fullEvery
}

// visit fetches one address through colly.
func (w *walker) visit(method, address string, body []byte) (*fetch.Response, error) {
	w.last = nil
	var data io.Reader
	if len(body) > 0 {
		data = bytes.NewReader(body)
	}
	err := w.colly.Request(method, address, data, nil, http.Header{})
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // ours says already what was asked
	}
	if err == nil && w.last == nil {
		err = fmt.Errorf("visit %s: no answer", address)
	}
	if err != nil {
		return nil, err
	}
	return w.last, nil
}

func (w *walker) method() string {
	if w.src.Mapping.Method != "" {
		return w.src.Mapping.Method
	}
	return http.MethodGet
}

// read takes the first page's answer.
func (w *walker) read(res *fetch.Response) error {
	w.run.Status, w.run.Address, w.run.Fresh = res.Status, res.URL, freshFor(res)
	w.remember(res)
	if res.Status == http.StatusNotModified {
		w.run.Outcome, w.run.Code, w.run.Text = stoa.Unchanged, stoa.CodeNotModified, ""
		w.run.Fresh = max(w.run.Fresh, w.history.Good.Fresh) // the listing itself said it
		return nil
	}
	listing, err := decode.Open(page(res), w.src)
	if err != nil {
		if code, text := wall(res, w.src); code != "" {
			w.run.Outcome, w.run.Code, w.run.Text = stoa.Held, code, text
			return nil
		}
		return err
	}
	if code, text := wall(res, w.src); code != "" && w.src.Format == "html" {
		w.run.Outcome, w.run.Code, w.run.Text = stoa.Held, code, text
		return nil
	}
	w.first, w.truncated = listing, res.Truncated
	w.visited[w.run.Address] = true
	return nil
}

// remember keeps what the answer gave for asking again, under the address that was asked.
func (w *walker) remember(res *fetch.Response) {
	v := res.Validators
	if res.Status == http.StatusNotModified {
		v = w.history.Validators[w.asked]
	} else {
		v.Full = res.Fetched
	}
	if v.ETag != "" || v.LastModified != "" {
		w.validators[w.asked] = v
	}
}

func page(res *fetch.Response) decode.Page {
	return decode.Page{URL: res.URL, Header: res.Header, Body: res.Body, Fetched: res.Fetched, Capture: res.Capture, Status: res.Status, Cut: res.Truncated}
}

// items yields what the source lists, page after page. An excluded item is yielded with an error that wraps stoa.ErrExcluded.
func (w *walker) items(yield func(stoa.Item, error) bool) {
	defer w.leave()
	listing := w.first
	known := map[string]bool{} // keys of this run
	for {
		fresh, repeated := 0, 0
		for item, err := range listing.Items {
			if err == nil && known[item.Key] {
				repeated++
			} else if err == nil {
				known[item.Key] = true
				fresh++
				item, err = w.complete(item)
			}
			if !yield(item, err) {
				return
			}
		}
		w.truncated = w.truncated || listing.Truncated
		w.run.Fresh = max(w.run.Fresh, listing.Fresh)
		for _, text := range listing.Warnings {
			w.warn("%s", text)
		}
		if fresh == 0 && repeated > 0 {
			return // past their end, some listings show their first or last page again
		}
		w.queue = append(w.queue, listing.Next...)
		if listing = w.next(); listing == nil {
			return
		}
	}
}

// next reads the next listing page that was not read yet.
func (w *walker) next() *decode.Listing {
	for len(w.queue) > 0 {
		address := w.queue[0]
		w.queue = w.queue[1:]
		if w.visited[address] {
			continue
		}
		if limit := w.src.Limits.Pages; limit > 0 && len(w.visited) >= limit {
			w.truncated = true
			w.warn("more than %d pages: the first ones are kept; raise limits.pages", limit)
			return nil
		}
		w.visited[address] = true
		res, err := w.visit(w.method(), address, []byte(w.src.Mapping.Body))
		if err == nil {
			var listing *decode.Listing
			if listing, err = decode.Open(page(res), w.src); err == nil {
				w.truncated = w.truncated || res.Truncated
				return listing
			}
		}
		if pastTheEnd(err) {
			return nil
		}
		w.broken = fmt.Errorf("page %s: %w", address, err)
		return nil
	}
	return nil
}

// pastTheEnd recognises the answers of listings that know no last page: WordPress says 400 or 404, others show a page without items.
func pastTheEnd(err error) bool {
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound
	}
	return errors.Is(err, decode.ErrNoMatch)
}

// complete filters an item and reads its detail page where the mapping has one.
func (w *walker) complete(item stoa.Item) (stoa.Item, error) {
	if reason := excluded(item, w.src); reason != "" {
		return item, fmt.Errorf("%w: %s", stoa.ErrExcluded, reason)
	}
	if item.Withdrawn {
		known, err := w.c.Catalogue.Observation(w.ctx, w.src.ID, item.Key)
		if errors.Is(err, stoa.ErrNotFound) {
			return item, fmt.Errorf("%w: its publisher took it back before it was ever seen", stoa.ErrExcluded)
		}
		if err == nil && item.Title == "" && item.URL == "" { // a bare word that it is gone: what it was stays known
			gone := known.Item
			gone.Withdrawn, gone.Fetched, gone.Capture = true, item.Fetched, item.Capture
			return gone, nil
		}
	}
	if w.src.Mapping.Detail == nil || item.URL == "" || item.Withdrawn {
		return item, nil
	}
	item.Listed = normalize.Fingerprint(item)
	known, err := w.c.Catalogue.Observation(w.ctx, w.src.ID, item.Key)
	if err == nil && known.Item.Listed == item.Listed && !w.anew && !w.details.wanted() && !w.refresh(known) {
		return known.Item, nil
	}
	detailed, detailErr := w.detail(item)
	w.details.saw(known.Item, err == nil, item, detailed, detailErr)
	switch {
	case detailErr == nil:
		return detailed, nil
	case w.ctx.Err() != nil:
		w.unread++
	case errors.Is(detailErr, errNotCaptured):
		w.uncaptured++
	default:
		w.warn("detail page not read: %v", detailErr)
	}
	if err == nil { // what its page said before still counts; the listing's new words do too
		return overlay(known.Item, item), nil
	}
	item.Listed = "" // so that the next run reads the page
	return item, nil
}

// refresh says whether the detail page of an unchanged item is to be read again in this run.
func (w *walker) refresh(known stoa.Observation) bool {
	if w.c.Now().Sub(known.Item.Fetched) < refreshDetail || w.refreshed >= refreshShare {
		return false
	}
	w.refreshed++
	return true
}

func (w *walker) detail(item stoa.Item) (stoa.Item, error) {
	res, err := w.visit(http.MethodGet, item.URL, nil)
	if err == nil && res.Truncated {
		err = fmt.Errorf("visit %s: the page was cut off", item.URL)
	}
	if err != nil {
		return item, err
	}
	return decode.Detail(page(res), w.src, item)
}

// overlay puts what a listing says now over what was known of the item.
func overlay(known, listed stoa.Item) stoa.Item {
	out := known
	out.Title, out.URL, out.Fetched, out.Listed = listed.Title, listed.URL, listed.Fetched, ""
	if listed.When != "" {
		out.When = listed.When
	}
	if listed.Summary != "" {
		out.Summary = listed.Summary
	}
	return out
}

// settled returns the run as far as it is known before its items are read.
func (w *walker) settled() stoa.Run {
	run := *w.run
	run.Warnings = []string{} // settle brings them
	return run
}

// settle completes the run when its items have been read: what was cut or failed makes it partial.
func (w *walker) settle(run *stoa.Run) {
	if w.uncaptured > 0 {
		w.warn("%d detail pages are not among the captures: what was known of them stands", w.uncaptured)
	}
	if w.unread > 0 {
		w.warn("%d detail pages are left for the next run: the time was up", w.unread)
	}
	if len(w.visited) > 1 {
		clear(w.validators) // of several pages the first one's "not modified" says nothing on the others
	}
	run.Bytes, run.Captures, run.Warnings = w.run.Bytes, w.run.Captures, append(run.Warnings, w.run.Warnings...)
	switch {
	case w.broken != nil:
		run.Outcome, run.Code, run.Text = stoa.Partial, stoa.CodePageFailed, w.broken.Error()
	case w.truncated:
		run.Outcome, run.Code, run.Text = stoa.Partial, stoa.CodeTruncated, "the listing was cut off: what was whole counts, nothing vanishes"
	case run.Faulty > 0:
		run.Outcome, run.Code, run.Text = stoa.Partial, stoa.CodeFaultyItems, fmt.Sprintf("%d items could not be read; nothing vanishes", run.Faulty)
	}
	run.Fresh = w.run.Fresh
	run.Ended = w.c.Now().UTC()
	run.Seconds = run.Ended.Sub(run.Began).Seconds()
}

const maxWarnings = 20

func (w *walker) warn(format string, args ...any) {
	if len(w.run.Warnings) < maxWarnings {
		w.run.Warnings = append(w.run.Warnings, fmt.Sprintf(format, args...))
	}
}

// excluded returns why the source's own rules leave an item out, or "".
func excluded(item stoa.Item, src stoa.Source) string {
	for _, f := range src.Exclude {
		if f.RE.MatchString(fieldOf(item, f.Field)) {
			return fmt.Sprintf("exclude: %s matches %q", f.Field, f.Match)
		}
	}
	for _, f := range src.Include {
		if f.RE.MatchString(fieldOf(item, f.Field)) {
			return ""
		}
	}
	if len(src.Include) > 0 {
		return "no include rule matches"
	}
	return ""
}

func fieldOf(item stoa.Item, name string) string {
	switch name {
	case "title":
		return item.Title
	case "url":
		return item.URL
	case "summary":
		return item.Summary
	case "content":
		return item.Content
	case "when":
		return item.When
	case "location":
		return item.Location
	case "categories":
		return strings.Join(item.Categories, "; ")
	case "language":
		return item.Language
	case "key":
		return item.Key
	default:
		return item.Extra[name]
	}
}
