package catalogue

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// FeedSize is how many records one page of a feed holds.
const FeedSize = 50

// forms returns the formats of a search by suffix.
func (p *Pages) forms() map[string]export.Format {
	out := map[string]export.Format{}
	for _, f := range export.Formats() {
		out[f.Suffix] = f
	}
	return out
}

// suffixOf finds the format that a name ends with; the longest suffix counts.
func (p *Pages) suffixOf(name string) (string, *export.Format) {
	var found *export.Format
	for _, f := range export.Formats() {
		if strings.HasSuffix(name, f.Suffix) && (found == nil || len(f.Suffix) > len(found.Suffix)) {
			found = &f
		}
	}
	if found == nil {
		return "", nil
	}
	return found.Suffix, found
}

// accepted returns the format that an Accept header asks for, nil for a page.
func (p *Pages) accepted(header string) *export.Format {
	for part := range strings.SplitSeq(header, ",") {
		kind, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch kind {
		case "text/html", "application/xhtml+xml":
			return nil
		}
		for _, f := range export.Formats() {
			if own, _, _ := strings.Cut(f.Type, ";"); own == kind {
				return &f
			}
		}
	}
	return nil
}

// searchAs answers a search as a feed or a file.
func (p *Pages) searchAs(suffix string, f export.Format) handler {
	return func(w http.ResponseWriter, r *http.Request, v page.View) error {
		q, at, err := Parse(r.URL.Query())
		if err != nil {
			return err
		}
		if f.Feed {
			return p.feed(w, r, v, f, q, at)
		}
		q.Stale, q.Reader = q.Stale || f.Past, v.Code
		first, err := p.Search.Search(r.Context(), batch(q, 0))
		if err != nil {
			return err
		}
		l := p.list(v, f, heading(v, q), Href(q, "", 1))
		l.Total, l.Records = first.Total, p.stream(r.Context(), q, first)
		if f.Past {
			if l.Gone, err = p.removed(r.Context(), q); err != nil {
				return err
			}
		}
		if len(Values(q)) > 0 {
			w.Header().Set("X-Robots-Tag", "noindex")
		}
		w.Header().Set("Content-Disposition", `inline; filename="stoa-records`+suffix+`"`)
		return p.write(w, r, f, l)
	}
}

func (p *Pages) feed(w http.ResponseWriter, r *http.Request, v page.View, f export.Format, q stoa.Query, at int) error {
	if q.Sort == "" {
		q.Sort = "newest"
	}
	at = min(at, MaxOffset/FeedSize)
	q.Reader, q.Limit, q.Offset = v.Code, FeedSize, (at-1)*FeedSize
	hits, err := p.Search.Search(r.Context(), q)
	if err != nil {
		return err
	}
	records, err := p.all(r.Context(), hits.IDs)
	if err != nil {
		return err
	}
	if at == 1 {
		ended, err := p.closings(r.Context(), q)
		if err != nil {
			return err
		}
		records = append(ended, records...)
	}
	l := p.list(v, f, heading(v, q), Href(q, "", 1))
	if at == 1 {
		if l.Gone, err = p.removed(r.Context(), q); err != nil {
			return err
		}
	}
	l.Total, l.Records = hits.Total, each(records)
	last := max(min((hits.Total+FeedSize-1)/FeedSize, MaxOffset/FeedSize), 1)
	href := func(n int) string { return p.Site.Absolute(v.To(Href(q, f.Suffix, n))) }
	l.First, l.Last = href(1), href(last)
	if at > 1 {
		l.Previous = href(at - 1)
	}
	if at < last {
		l.Next = href(at + 1)
	}
	return p.write(w, r, f, l)
}

// recordAs answers one record as a feed or a file.
func (p *Pages) recordAs(w http.ResponseWriter, r *http.Request, v page.View, rec stoa.Record, f export.Format) error {
	l := p.list(v, f, page.TitleOf(v, rec), page.Address(rec))
	l.Total, l.Records = 1, each([]stoa.Record{rec})
	switch f.Suffix {
	case ".json":
		f.Write = export.One
	case ".jsonld":
		f.Write = export.OneThing
	}
	return p.write(w, r, f, l)
}

func (p *Pages) list(v page.View, f export.Format, title, path string) export.List {
	self := v.Path
	if !strings.Contains(self, f.Suffix) { // asked for by Accept
		self = path + f.Suffix
	}
	return export.List{
		Title: title + " – " + p.Site.Title, Words: v.Locale, Site: p.Site, Now: v.Now,
		Self: p.Site.Absolute(v.To(self)), Page: p.Site.Absolute(v.To(path)),
	}
}

// each yields records that are already in memory.
func each(records []stoa.Record) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func batch(q stoa.Query, offset int) stoa.Query {
	q.Limit, q.Offset = MaxLimit, offset
	return q
}

// stream yields all records of a search, a batch at a time. Nothing of the store stays open between two records, so a
// slow reader stops nobody.
func (p *Pages) stream(ctx context.Context, q stoa.Query, hits stoa.Hits) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		for offset := 0; ; {
			records, err := p.all(ctx, hits.IDs)
			if err != nil {
				yield(stoa.Record{}, err)
				return
			}
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
			offset += len(hits.IDs)
			if len(hits.IDs) == 0 || offset >= hits.Total {
				return
			}
			if hits, err = p.Search.Search(ctx, batch(q, offset)); err != nil {
				yield(stoa.Record{}, fmt.Errorf("search on from %d: %w", offset, err))
				return
			}
		}
	}
}

// whole is how many bytes of a list are made before the first leaves; most lists fit, and get an ETag.
const whole = 1 << 20

// write sends a list: in one piece while it fits, else as a stream that is cut off, visibly, when something fails.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, f export.Format, l export.List) error {
	s := &spill{w: w, r: r, kind: f.Type}
	if err := f.Write(s, l); err != nil {
		if s.began {
			panic(http.ErrAbortHandler) // a cut connection, so that nobody takes half a list for all of it
		}
		return err
	}
	if s.began {
		return s.close()
	}
	page.Send(w, r, page.Answer{Type: f.Type, Body: s.buf.Bytes()})
	return nil
}

// spill keeps what is written until it is too much, and streams from then on.
type spill struct {
	w     http.ResponseWriter
	r     *http.Request
	kind  string
	buf   bytes.Buffer
	began bool
	out   io.Writer
	zip   *gzip.Writer
}

// patience is how long a reader may take for each part of a stream.
const patience = 2 * time.Minute

func (s *spill) Write(b []byte) (int, error) {
	s.buf.Write(b) // a buffer takes everything
	limit := whole
	if s.began {
		limit = 32 << 10
	}
	if s.buf.Len() < limit {
		return len(b), nil
	}
	return len(b), s.flush()
}

func (s *spill) flush() error {
	if !s.began {
		s.begin()
	}
	if s.r.Method == http.MethodHead {
		s.buf.Reset()
		return nil
	}
	// A line of 32 kbit/s gets the time it needs; the deadline of the server is for answers in one piece.
	if err := http.NewResponseController(s.w).SetWriteDeadline(time.Now().Add(patience)); err != nil && !strings.Contains(err.Error(), "not supported") {
		return err
	}
	_, err := s.buf.WriteTo(s.out)
	return err
}

func (s *spill) begin() {
	h := s.w.Header()
	h.Set("Content-Type", s.kind)
	h.Set("Cache-Control", page.Public)
	h.Add("Vary", "Accept-Encoding")
	s.began, s.out = true, s.w
	if page.AcceptsGzip(s.r) {
		h.Set("Content-Encoding", "gzip")
		s.zip = gzip.NewWriter(s.w)
		s.out = s.zip
	}
	s.w.WriteHeader(http.StatusOK)
}

func (s *spill) close() error {
	err := s.flush()
	if err == nil && s.zip != nil && s.r.Method != http.MethodHead {
		err = s.zip.Close()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
