package decode

// Limits on the bytes themselves, met before any parser sees them. They are far above what honest documents hold, and
// far below what hurts: gofeed dies of ten megabytes of open elements, and takes a minute over two of nested xml:base.
const (
	maxDepth      = 256     // open elements, arrays, objects
	maxBases      = 16      // xml:base within xml:base
	maxAttributes = 256     // of one element
	maxAttribute  = 1 << 20 // bytes of one value
	maxChildren   = 2_000   // of one item; the rest is left out with a warning
	maxStrays     = 10_000  // end tags for which more than their very name is looked for
	maxEntities   = 512     // declared by one document
	maxEntity     = 8 << 10 // bytes of one entity, expanded
	maxExpansion  = 1 << 20 // bytes that all uses of declared entities in one document may add
)

// isVoid reports whether an element of HTML has no end tag: such elements stand open in feeds that hold bare HTML.
func isVoid(name string) bool {
	switch name {
	case "br", "BR", "hr", "HR", "img", "IMG", "wbr", "WBR":
		return true
	}
	return false
}
