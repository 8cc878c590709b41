package decode

import "strings"

// scope is what an element of a feed hands down to those within it.
type scope struct {
	parent   *scope
	prefixes map[string]string // declared here: prefix → namespace, normalised
	base     string            // absolute address that relative ones start from
	lang     string
	bases    int    // how many xml:base lie around
	root     string // namespace of the root element: whatever it is, it is that of the feed
	atom     bool   // the feed is Atom, so that Atom's elements need no prefix
	names    map[string]string
}

// enter returns the scope within an element. Most elements declare nothing and share their parent's.
func (s *scope) enter(attrs string, ent *entities) *scope {
	if !strings.Contains(attrs, "xml") && !strings.Contains(attrs, "lang") {
		return s
	}
	inner := &scope{parent: s, base: s.base, lang: s.lang, bases: s.bases, root: s.root, atom: s.atom}
	for a, rest := nextAttribute(attrs); a.name != ""; a, rest = nextAttribute(rest) {
		switch {
		case a.name == "xml:base":
			inner.bases++
			if base := absolute(strings.TrimSpace(ent.decode(a.value)), s.base); isWeb(base) {
				inner.base = base
			}
		case a.name == "xml:lang" || a.name == "lang":
			inner.lang = strings.TrimSpace(ent.decode(a.value))
		case a.name == "xmlns":
			inner.bind("", ent.decode(a.value))
		case strings.HasPrefix(a.name, "xmlns:"):
			inner.bind(a.name[len("xmlns:"):], ent.decode(a.value))
		}
	}
	return inner
}

func (s *scope) bind(prefix, uri string) {
	if s.prefixes == nil {
		s.prefixes = map[string]string{}
	}
	s.prefixes[prefix] = normalNamespace(uri)
}

// namespace returns what a prefix is bound to.
func (s *scope) namespace(prefix string) (string, bool) {
	for ; s != nil; s = s.parent {
		if uri, ok := s.prefixes[prefix]; ok {
			return uri, true
		}
	}
	return "", false
}

// canonical returns the name of an element in lower case, under the prefix by which its vocabulary is known; the
// feed's own vocabulary has none.
func (s *scope) canonical(raw string) string {
	if name, ok := s.names[raw]; ok {
		return name
	}
	name := s.resolve(raw)
	if s.names == nil {
		s.names = map[string]string{}
	}
	if len(s.names) < 1000 {
		s.names[raw] = name
	}
	return name
}

func (s *scope) resolve(raw string) string {
	prefix, local, ok := strings.Cut(raw, ":")
	if !ok {
		prefix, local = "", raw
	}
	local = strings.ToLower(local)
	uri, declared := s.namespace(prefix)
	switch {
	case !declared:
		prefix = strings.ToLower(prefix)
		if prefix == "rss" {
			prefix = ""
		}
	case uri == s.root && !strings.HasSuffix(uri, "22-rdf-syntax-ns"):
		prefix = ""
	default:
		known, isKnown := vocabularies[uri]
		switch {
		case isKnown && known == "atom" && s.atom:
			prefix = ""
		case isKnown:
			prefix = known
		case prefix != "":
			prefix = strings.ToLower(prefix)
		}
	}
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

// isWeb reports whether an absolute address is one of the web.
func isWeb(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// normalNamespace brings the spellings of a namespace together: case, blanks and a final "/" or "#" tell none apart.
func normalNamespace(uri string) string {
	return strings.TrimRight(strings.ToLower(strings.TrimSpace(uri)), "/#")
}

// vocabularies are the namespaces that feeds are written in, as normalNamespace gives them. The value "" is RSS.
var vocabularies = map[string]string{
	"":                                           "",
	"http://backend.userland.com/rss":            "",
	"http://backend.userland.com/rss2":           "",
	"http://backend.userland.com/rss091":         "",
	"http://blogs.law.harvard.edu/tech/rss":      "",
	"http://cyber.law.harvard.edu/rss":           "",
	"http://cyber.law.harvard.edu/rss/rss.html":  "",
	"http://purl.org/rss/1.0":                    "",
	"http://purl.org/net/rss1.1":                 "",
	"http://my.netscape.com/rdf/simple/0.9":      "",
	"http://channel.netscape.com/rdf/simple/0.9": "",
	"http://purl.org/rss/1.0/modules/rss091":     "",

	"http://www.w3.org/2005/atom":            "atom",
	"https://www.w3.org/2005/atom":           "atom",
	"http://purl.org/atom/ns":                "atom",
	"http://purl.org/atom":                   "atom",
	"http://example.com/newformat":           "atom",
	"http://example.com/necho":               "atom",
	"http://purl.org/echo":                   "atom",
	"http://purl.org/pie":                    "atom",
	"uri/of/echo/namespace":                  "atom",
	"http://purl.org/atompub/tombstones/1.0": "at",

	"http://purl.org/dc/elements/1.1":                "dc",
	"http://purl.org/dc/elements/1.0":                "dc",
	"http://purl.org/dc":                             "dc",
	"http://dublincore.org/documents/dcmi-namespace": "dc",
	"http://purl.org/dc/terms":                       "dcterms",
	"http://purl.org/rss/1.0/modules/content":        "content",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":     "itunes",
	"http://example.com/dtds/podcast-1.0.dtd":        "itunes",
	"http://search.yahoo.com/mrss":                   "media",
	"https://search.yahoo.com/mrss":                  "media",
	"http://video.search.yahoo.com/mrss":             "media",
	"http://rssnamespace.org/feedburner/ext/1.0":     "feedburner",
	"http://purl.org/rss/1.0/modules/event":          "ev",
	"http://purl.org/rss/1.0/modules/syndication":    "sy",
	"urn:ietf:params:xml:ns:xcal":                    "xcal",
	"http://www.w3.org/1999/02/22-rdf-syntax-ns":     "rdf",
	"http://www.w3.org/1999/xhtml":                   "xhtml",
	"http://xmlns.com/foaf/0.1":                      "foaf",
	"http://prismstandard.org/namespaces/1.2/basic":  "prism",
	"http://prismstandard.org/namespaces/basic/2.0":  "prism",
	"http://a9.com/-/spec/opensearch/1.1":            "opensearch",
}
