package catalogue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/server/export"
)

// Bounds of what feeds tell of records that left the default lists.
const (
	closingAge   = 30 * 24 * time.Hour // for so long
	closingsMost = 50                  // so many
	closingsFrom = 500                 // changes looked at
	closingsIn   = 1000                // hits of the search among which they must be
)

// Fits reports whether a record passes a query: its filters, and its words, each of which has to stand somewhere in the
// title, the summary or a name. It is for lists that the search does not hold.
func Fits(r stoa.Record, q stoa.Query, now time.Time) bool {
	any := func(want, have []string) bool {
		return len(want) == 0 || slices.ContainsFunc(want, func(x string) bool { return slices.Contains(have, x) })
	}
	var orgs []string
	text := strings.ToLower(r.Title + " " + r.Summary)
	for _, o := range r.Organisations {
		orgs = append(orgs, o.ID)
		text += " " + strings.ToLower(o.Name)
	}
	for word := range strings.FieldsSeq(strings.ToLower(q.Text)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	var reaching []string
	if q.For != "" {
		reaching = stoa.Reaching(q.For)
	}
	return any(reaching, r.Reach()) && any(q.Months, r.Months()) && any(plain(q.Modalities), []string{string(stoa.ModalityOf(r.Facts["modality"]))}) &&
		any(plain(q.Windows), plain(r.Windows(now))) && any(plain(q.Pillars), plain(r.Pillars)) && any(plain(q.Kinds), []string{string(r.Kind)}) && any(q.Orgs, orgs) &&
		any(q.Countries, r.Countries) && any(plain(q.Regions), plain(r.Regions)) && any(q.Languages, []string{r.Language}) &&
		(!q.Open || r.OpenNow())
}

// closings are the records of a search that closed, ended, were replaced or withdrawn lately: whoever follows the search
// by a feed hears of it once, in an entry under the record's own id that says so.
func (p *Pages) closings(ctx context.Context, q stoa.Query) ([]stoa.Record, error) {
	if q.Stale {
		return nil, nil // they are among the hits
	}
	log, err := p.Records.Latest(ctx, 0, closingsFrom)
	if err != nil {
		return nil, err
	}
	since := p.Now().Add(-closingAge)
	var ids []string
	for _, c := range log {
		if c.At.Before(since) || len(ids) == closingsMost {
			break
		}
		if c.Op == stoa.OpStale && !slices.Contains(ids, c.Record) {
			ids = append(ids, c.Record)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	q.Stale, q.Open, q.Sort, q.Offset, q.Limit = true, false, "newest", 0, closingsIn
	hits, err := p.Search.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	records, err := p.all(ctx, slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(hits.IDs, id) }))
	return slices.DeleteFunc(records, func(r stoa.Record) bool {
		ends := []stoa.Relevance{stoa.Closed, stoa.Ended, stoa.Superseded, stoa.Withdrawn}
		return !r.Public() || !slices.Contains(ends, r.Relevance)
	}), err
}

// removed are the records that a search may have shown and that were taken out lately: merged into others, refused, erased.
// Feeds and calendars that know them are told to forget them.
func (p *Pages) removed(ctx context.Context, q stoa.Query) ([]export.Gone, error) {
	log, err := p.Records.Latest(ctx, 0, closingsFrom)
	if err != nil {
		return nil, err
	}
	since, seen := p.Now().Add(-closingAge), map[string]bool{}
	var out []export.Gone
	for _, c := range log {
		if c.At.Before(since) || len(out) == closingsMost {
			break
		}
		if seen[c.Record] {
			continue
		}
		seen[c.Record] = true
		if c.Op != stoa.OpRemoved && c.Op != stoa.OpMerged {
			continue
		}
		r, err := p.Records.Get(ctx, c.Record)
		switch {
		case errors.Is(err, stoa.ErrNotFound), errors.Is(err, stoa.ErrGone):
			r = stoa.Record{ID: c.Record}
		case err != nil:
			return nil, err
		case r.Public() || !Fits(r, stoa.Query{
			Pillars: q.Pillars, Kinds: q.Kinds, Orgs: q.Orgs, Countries: q.Countries, For: q.For, Regions: q.Regions, Languages: q.Languages, Modalities: q.Modalities,
		}, p.Now()):
			continue
		}
		out = append(out, export.Gone{Record: r, At: c.At, Into: c.Into})
	}
	return out, nil
}
