package normalize

import (
	"cmp"
	"strconv"

	"stoa"
)

// TermsOf are the terms of one item: those of its source, but for what the item says of itself where the source is silent, as the items of
// a peer and of pages with metadata do. An excerpt is never longer than either allows.
func TermsOf(item stoa.Item, source stoa.Terms) stoa.Terms {
	out := source
	if out.Licence == "" || out.Licence == "unknown" {
		out.Licence = cmp.Or(clip(Plain(item.Extra["licence"]), 200), out.Licence)
	}
	out.Attribution = cmp.Or(clip(Plain(item.Extra["attribution"]), 200), out.Attribution)
	if n, err := strconv.Atoi(item.Extra["excerpt"]); err == nil && n > 0 {
		out.Excerpt = min(n, cmp.Or(out.Excerpt, teaser))
	}
	return out
}
