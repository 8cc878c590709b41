package decode

import "stoa"

// metadataOf reads what a page states of itself for machines.
func metadataOf(doc *page, fill filler) stoa.Item {
	return stoa.Item{}
}
