package decode

import (
	"bytes"
	"fmt"
	"iter"
	"regexp"
	"strings"

	atomfeed "github.com/mmcdole/gofeed/atom"
	rssfeed "github.com/mmcdole/gofeed/rss"

	"stoa"
)

// batch is how many items gofeed is given at once: setting it up costs about as much as three items.
const batch = 16

// openFeed reads RSS 0.9x, 1.0, 1.1 and 2.0, Atom 0.3 and 1.0, CDF, an Atom entry that stands alone, and JSON Feed.
//
// The bytes are made text, the text is surveyed (limits, where the items are), and gofeed is then given the items a
// few at a time, rewritten so that it meets neither faults nor the text itself. So a fault in one item is that item's
// alone, a feed that was cut off gives all its whole items, and a feed of any length needs the memory of a few items.
func openFeed(p Page, src stoa.Source) (*Listing, error) {
	text, charset := decodeText(p.Body, p.Header.Get("Content-Type"), xmlText)
	text = strings.ReplaceAll(text, "\x00", "") // first, so that nothing becomes a tag by it later
	head := strings.TrimLeft(text, " \t\r\n\uFEFF")
	if head == "" {
		return nil, fmt.Errorf("%w: an empty document", ErrUnparsable)
	}
	if head[0] == '{' || head[0] == '[' {
		return openJSONFeed(p, src, head)
	}
	doc, err := survey(text, documentBase(p))
	if err != nil {
		return nil, fmt.Errorf("%w (read as %s)", err, charset)
	}
	r := &feedReader{doc: doc, listing: &Listing{Total: -1}}
	if r.mapping, err = newFeedMapping(p, src); err != nil {
		return nil, err
	}
	if err := r.readHead(p); err != nil {
		return nil, err
	}
	r.listing.Truncated = doc.truncated
	r.warn()
	if doc.truncated {
		r.listing.warn("the document ends before its root element: %d whole items were read", len(doc.items))
	}
	r.listing.Items = r.items()
	if ofComments.MatchString(r.listing.Head.Title) {
		r.listing.Items = none
		r.listing.warn("this is the feed of comments on a page, which WordPress has for every page, and none of items: look for the feed of the site or of a category")
	}
	return r.listing, nil
}

// ofComments is how the title of WordPress's feed of comments on one page begins, in the languages of the partners.
var ofComments = regexp.MustCompile(`^(Comments on|Commentaires sur|Comentarios en|Comentários sobre|Comentarios sobre|Kommentare zu|Комментарии к|التعليقات على|评论)\s*[:：“«]`)

// documentBase returns the address that a document's relative ones start from: its Content-Location, else its own.
func documentBase(p Page) string {
	if location := p.Header.Get("Content-Location"); location != "" {
		if base := absolute(location, p.URL); isWeb(base) {
			return base
		}
	}
	return p.URL
}

// feedReader reads one surveyed feed.
type feedReader struct {
	doc      *document
	listing  *Listing
	authors  []stoa.Person // of the feed: of every item that names none
	language string
	mapping  feedMapping
}

// items yields the items, a batch at a time.
func (r *feedReader) items() iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		w := &rewriter{doc: r.doc, mapping: r.mapping}
		defer r.warn()
		for at := 0; at < len(r.doc.items); {
			n := min(batch, len(r.doc.items)-at)
			for _, got := range r.batch(w, r.doc.items[at:at+n]) {
				if !yield(got.item, got.err) {
					return
				}
			}
			at += n
		}
	}
}

// warn hands on what was met so far.
func (r *feedReader) warn() {
	for _, w := range r.doc.warnings {
		r.listing.warn("%s", w)
	}
}

// readItem is an item or why it could not be read.
type readItem struct {
	item stoa.Item
	err  error
}

// batch reads some items together, or one by one if that fails.
func (r *feedReader) batch(w *rewriter, spans []span) []readItem {
	got, err := r.translate(w, spans)
	if err == nil {
		return got
	}
	if len(spans) == 1 {
		sp := spans[0]
		return []readItem{{err: fmt.Errorf("item at bytes %d to %d: %w: %w", sp.from, sp.to, ErrUnparsable, err)}}
	}
	got = nil
	for i := range spans {
		got = append(got, r.batch(w, spans[i:i+1])...)
	}
	return got
}

// translate reads some items through gofeed.
func (r *feedReader) translate(w *rewriter, spans []span) (got []readItem, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the feed reader broke on it: %v", p)
		}
	}()
	got = make([]readItem, len(spans))
	var parsed []int // indexes of those that gofeed reads
	w.reset()
	if r.doc.family == familyAtom {
		w.write("<feed>")
	} else {
		w.write("<rss><channel>")
	}
	for i, sp := range spans {
		switch {
		case sp.kind == tombstone:
			got[i].item, got[i].err = w.tombstone(sp)
		case r.doc.family == familyAtom:
			w.item(sp, atomRules, "entry")
			parsed = append(parsed, i)
		default:
			w.item(sp, rssRules, "item")
			parsed = append(parsed, i)
		}
	}
	items, err := r.parse(w, len(parsed))
	if err != nil {
		return nil, err
	}
	for n, i := range parsed {
		got[i].item = items[n]
		if isEmpty(items[n]) {
			sp := spans[i]
			got[i] = readItem{err: fmt.Errorf("item at bytes %d to %d: %w: it says nothing", sp.from, sp.to, ErrUnparsable)}
		}
	}
	return got, nil
}

// parse has gofeed read what the rewriter wrote, of which n are items, and translates it.
func (r *feedReader) parse(w *rewriter, n int) ([]stoa.Item, error) {
	items := make([]stoa.Item, 0, n)
	if r.doc.family == familyAtom {
		w.write("</feed>")
		feed, err := new(atomfeed.Parser).Parse(bytes.NewReader(w.out))
		if err != nil {
			return nil, err
		}
		for _, e := range feed.Entries {
			items = append(items, r.atomItem(e, w))
		}
	} else {
		w.write("</channel></rss>")
		feed, err := new(rssfeed.Parser).Parse(bytes.NewReader(w.out))
		if err != nil {
			return nil, err
		}
		for _, it := range feed.Items {
			items = append(items, r.rssItem(it, w))
		}
	}
	if len(items) != n {
		return nil, fmt.Errorf("%d items where %d stand", len(items), n)
	}
	return items, nil
}

// readHead reads what the feed says of itself.
func (r *feedReader) readHead(p Page) error {
	w := &rewriter{doc: r.doc}
	if r.doc.family == familyAtom {
		w.head(feedRules, "<feed>", "</feed>")
		feed, err := new(atomfeed.Parser).Parse(bytes.NewReader(w.out))
		if err != nil {
			return fmt.Errorf("%w: head: %w", ErrUnparsable, err)
		}
		r.atomHead(feed, w)
	} else {
		w.head(channelRules, "<rss><channel>", "</channel></rss>")
		feed, err := new(rssfeed.Parser).Parse(bytes.NewReader(w.out))
		if err != nil {
			return fmt.Errorf("%w: head: %w", ErrUnparsable, err)
		}
		r.rssHead(feed, w)
	}
	r.language = r.listing.Head.Language
	if r.language == "" {
		r.language = languageOf(p.Header.Get("Content-Language"))
		r.listing.Head.Language = r.language
	}
	return nil
}

// languageOf returns the only language of a Content-Language header, or "".
func languageOf(header string) string {
	if strings.ContainsAny(header, ", ") {
		return ""
	}
	return header
}

func isEmpty(it stoa.Item) bool {
	return it.Key == "" && it.URL == "" && it.Title == "" && it.Summary == "" && it.Content == "" && it.Published == "" &&
		it.Updated == "" && len(it.Categories) == 0 && len(it.Authors) == 0 && len(it.Enclosures) == 0 && len(it.Extra) == 0
}
