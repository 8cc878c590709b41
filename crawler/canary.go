package crawler

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"stoa"
	"stoa/crawler/decode"
	"stoa/crawler/fetch"
)

// canaries is how many detail pages have to fail one after the other before they are taken for gone.
const canaries = 3

// canary watches the detail pages of a run. Those of items that are listed as before are not asked for again, so a redesign of them would
// show only as new items come. Therefore each run reads at least one detail page: the first known item's, and the next ones only while all failed.
type canary struct {
	read int    // pages that say what they said, or more
	lost int    // pages that are gone, or say nothing of what they said
	why  string // of the first
}

// wanted says whether the detail page of an unchanged item is to be read.
func (c *canary) wanted() bool { return c.read == 0 && c.lost < canaries }

// saw counts one detail page. before is what was known of the item, listed what the listing alone says.
func (c *canary) saw(before stoa.Item, known bool, listed, now stoa.Item, err error) {
	switch {
	case err == nil && (!known || !poorer(before, listed, now)):
		c.read++
	case err == nil:
		c.note(fmt.Sprintf("%s says nothing any more of what it said", now.URL))
	case shapeless(err):
		c.note(err.Error())
	}
}

func (c *canary) note(why string) {
	if c.lost++; c.lost == 1 {
		c.why = why
	}
}

// verdict is that of a run whose detail pages are all gone, of a source that had them: "" and "", or the code and a sentence.
func (c *canary) verdict(h stoa.History) (code, text string) {
	if c.read > 0 || c.lost < 2 || c.lost < min(canaries, h.Known) {
		return "", ""
	}
	return stoa.CodeLostFields, fmt.Sprintf("none of the %d detail pages that were asked for says what it said: they may have been redesigned. The first: %s", c.lost, c.why)
}

// poorer says whether a detail page has lost more than half of the fields that it gave beyond the listing.
func poorer(before, listed, now stoa.Item) bool {
	given, have := filled(listed), filled(now)
	gave, lost := 0, 0
	for _, field := range filled(before) {
		if slices.Contains(given, field) {
			continue
		}
		gave++
		if !slices.Contains(have, field) {
			lost++
		}
	}
	return 2*lost > gave
}

// shapeless says whether a page failed for what it is rather than for the moment: it is gone, refused, or of another shape.
func shapeless(err error) bool {
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout
	}
	_, ok := errors.AsType[decode.Fault](err)
	return ok
}
