package decode

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"stoa"
)

// openPeer reads another stoa: its records (/api/v1/records), one record, or its log of changes (/api/v1/changes). The
// log gives what was taken back as items that are withdrawn, and leads to each record that is new or different; asked with full=1 it holds
// them itself.
func openPeer(p Page, src stoa.Source) (*Listing, error) {
	doc, _, err := parseJSON(p, "")
	if err != nil {
		return nil, err
	}
	l := &Listing{Total: -1}
	switch {
	case doc.Get("changes").IsArray():
		return l, peerChanges(p, doc, l)
	case doc.Get("records").IsArray():
		l.Items = peerRecords(doc.Get("records").Array(), p)
		if total := doc.Get("total"); total.Exists() {
			l.Total = wholeNumber(total)
		}
		if token := scalar(doc.Get("next")); token != "" && token != param(p.URL, "cursor") {
			l.Next = []string{withParam(p.URL, "cursor", token)}
		}
		return l, nil
	case doc.Get("id").Type == gjson.String && doc.Get("state").Exists():
		l.Items = peerRecords([]gjson.Result{doc}, p)
		return l, nil
	}
	return nil, fmt.Errorf("%w: no answer of a stoa: neither records nor changes%s", ErrNoMatch, complaint(doc))
}

// peerRecords yields an item for each record.
func peerRecords(records []gjson.Result, p Page) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for i, v := range records {
			item, err := peerItem(v, p)
			if err != nil {
				err = fmt.Errorf("record %d: %w", i+1, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// peerItem takes over what a peer's record says, not what the peer concluded of it: availability, relevance and marks
// are found anew here. What the peer itself has from other stoas alone is no word of its own: it counts as
// taken back, so that nothing goes round in circles.
func peerItem(v gjson.Result, p Page) (stoa.Item, error) {
	var r stoa.Record
	if err := json.Unmarshal([]byte(v.Raw), &r); err != nil {
		return stoa.Item{}, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	item := stoa.Item{
		Key: cut(fold(r.ID), maxRule), Title: fold(r.Title), Summary: valid(r.Summary), URL: absolute(r.URL, p.URL), Language: cut(fold(r.Language), 35),
		Published: r.Published, When: fold(r.When), Withdrawn: r.Relevance == stoa.Withdrawn || r.State == stoa.Refused || r.MergedInto != "" || r.Handed(),
	}
	if item.Key == "" || item.Title == "" && item.URL == "" {
		return stoa.Item{}, fmt.Errorf("%w: it has no id, or neither title nor url", ErrNoMatch)
	}
	extra(&item, "kind", string(r.Kind))
	extra(&item, "pillars", listed(r.Pillars))
	extra(&item, "countries", listed(r.Countries))
	extra(&item, "regions", listed(r.Regions))
	extra(&item, "start", string(r.Start))
	extra(&item, "end", string(r.End))
	extra(&item, "deadline", string(r.Deadline))
	extra(&item, "licence", fold(r.Terms.Licence))
	extra(&item, "attribution", fold(r.Terms.Attribution))
	if r.Terms.Excerpt > 0 {
		extra(&item, "excerpt", strconv.Itoa(r.Terms.Excerpt))
	}
	for role, name := range map[stoa.Role]string{stoa.Publisher: "publisher", stoa.Funder: "funders", stoa.Implementer: "implementers", stoa.Host: "host", stoa.Beneficiary: "beneficiary"} {
		var names []string
		for _, o := range r.Organisations {
			if o.Role == role {
				names = append(names, fold(o.Name))
			}
		}
		extra(&item, name, listed(names))
	}
	for name, value := range r.Facts {
		extra(&item, cut(fold(name), maxLabel), fold(value))
	}
	finishDates(&item)
	return item, nil
}

func listed[T ~string](values []T) string {
	out := make([]string, 0, len(values))
	for _, v := range values[:min(len(values), maxValues)] {
		out = append(out, string(v))
	}
	return strings.Join(out, "; ")
}

// peerChanges reads the log. Of several changes to one record the last counts.
func peerChanges(p Page, doc gjson.Result, l *Listing) error {
	last, full := map[string]stoa.Change{}, doc.Get("full").Bool()
	held := map[string]gjson.Result{} // the records themselves
	var order []string
	for i, v := range doc.Get("changes").Array() {
		var c stoa.Change
		if err := json.Unmarshal([]byte(v.Raw), &c); err != nil || c.Record == "" {
			return fmt.Errorf("%w: change %d: %w", ErrUnparsable, i+1, err)
		}
		if _, seen := last[c.Record]; seen {
			order = slices.DeleteFunc(order, func(id string) bool { return id == c.Record })
		}
		last[c.Record] = c
		order = append(order, c.Record)
		if now := v.Get("current"); now.IsObject() {
			held[c.Record] = now
		} else if delete(held, c.Record); v.Get("gone").Bool() {
			c.Op = stoa.OpRemoved
			last[c.Record] = c
		}
	}
	base, _, found := strings.Cut(p.URL, "/changes")
	if !found {
		return fmt.Errorf("%w: a log of changes at an address that does not end in /changes", ErrNoMatch)
	}
	var gone []stoa.Item
	var here []gjson.Result
	for _, id := range order {
		c := last[id]
		if c.Op == stoa.OpRemoved || c.Op == stoa.OpMerged {
			item := stoa.Item{Key: cut(fold(id), maxRule), Withdrawn: true}
			extra(&item, "merged_into", c.Into)
			gone = append(gone, item)
			continue
		}
		if now, ok := held[id]; ok {
			here = append(here, now)
		} else if !full { // of a full log the record comes with a later change
			l.Next = append(l.Next, base+"/records/"+url.PathEscape(id))
		}
	}
	if next := doc.Get("next"); len(order) > 0 && next.Exists() && scalar(next) != param(p.URL, "since") {
		if _, err := strconv.ParseUint(scalar(next), 10, 63); err == nil {
			l.Next = append(l.Next, withParam(p.URL, "since", scalar(next)))
		}
	}
	l.Items = func(yield func(stoa.Item, error) bool) {
		for _, item := range gone {
			if !yield(item, nil) {
				return
			}
		}
		for item, err := range peerRecords(here, p) {
			if !yield(item, err) {
				return
			}
		}
	}
	return nil
}
