package decode

import (
	"bytes"
	"fmt"

	"github.com/mmcdole/gofeed"

	"stoa"
)

// openFeed reads RSS, Atom, RDF and JSON Feed.
func openFeed(p Page, _ stoa.Source) (*Listing, error) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(p.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnparsable, err)
	}
	l := &Listing{Total: -1, Head: stoa.Head{Title: feed.Title, URL: feed.Link, Summary: feed.Description, Language: feed.Language}}
	l.Items = func(yield func(stoa.Item, error) bool) {
		for _, it := range feed.Items {
			if !yield(stoa.Item{Key: it.GUID, URL: absolute(it.Link, p.URL), Title: it.Title, Summary: it.Description}, nil) {
				return
			}
		}
	}
	return l, nil
}
