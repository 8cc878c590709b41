package normalize

import (
	"strings"

	xhtml "golang.org/x/net/html"
)

// dropped are elements whose content is not text to be read.
var dropped = map[string]bool{
	"script": true, "style": true, "template": true, "iframe": true, "noframes": true, "noembed": true,
	"applet": true, "xmp": true,
}

// inline are elements that do not set their content apart from what stands around it.
var inline = map[string]bool{
	"a": true, "abbr": true, "acronym": true, "b": true, "bdi": true, "bdo": true, "big": true, "cite": true,
	"code": true, "data": true, "del": true, "dfn": true, "em": true, "font": true, "i": true, "ins": true,
	"kbd": true, "mark": true, "q": true, "rp": true, "rt": true, "ruby": true, "s": true, "samp": true,
	"small": true, "span": true, "strike": true, "strong": true, "sub": true, "sup": true, "time": true, "tt": true,
	"u": true, "var": true, "wbr": true, "nobr": true,
}

// advertising are the words by which pages mark an element as an advertisement. Those change at every fetch and are
// not the publisher's words.
var advertising = map[string]bool{
	"ad": true, "ads": true, "advert": true, "adverts": true, "advertisement": true, "advertising": true, "adsbygoogle": true,
	"google-ad": true, "ad-banner": true, "banner-ad": true, "ad-container": true, "ad-slot": true, "ad-unit": true, "sponsored": true,
}

// untagger reads the text of markup as a browser would tokenise it.
type untagger struct {
	z     *xhtml.Tokenizer
	out   strings.Builder
	skip  string // the element whose content is being dropped
	depth int    // how many of that name are open; 0 for raw text such as a script's
	whole bool   // keep advertisements: one of them never ends
}

// untagged returns the text of s.
func untagged(s string) string {
	// A CDATA section inside markup is text to feeds and a comment to browsers; its text is meant to be read.
	s = strings.NewReplacer("<![CDATA[", " ", "]]>", " ").Replace(s)
	u := untagger{}
	if u.read(s) {
		return u.out.String()
	}
	u = untagger{whole: true}
	u.read(s)
	return u.out.String()
}

// read reports whether every advertisement that it dropped came to its end.
func (u *untagger) read(s string) bool {
	u.z = xhtml.NewTokenizer(strings.NewReader(s))
	u.out.Grow(len(s))
	for {
		switch u.z.Next() {
		case xhtml.ErrorToken:
			return u.depth == 0
		case xhtml.TextToken:
			if u.skip == "" {
				u.out.Write(u.z.Text())
			}
		case xhtml.StartTagToken:
			u.open()
		case xhtml.EndTagToken:
			u.close()
		case xhtml.SelfClosingTagToken:
			name, _ := u.z.TagName()
			u.apart(name)
		}
	}
}

func (u *untagger) open() {
	name, attributes := u.z.TagName()
	switch {
	case u.skip == string(name) && u.depth > 0:
		u.depth++
	case u.skip == "" && dropped[string(name)]:
		u.skip = string(name)
	case u.skip == "" && attributes && !u.whole && !void[string(name)]:
		tag := string(name) // reading attributes overwrites it
		if u.advertises() {
			u.skip, u.depth = tag, 1
		}
		u.apart([]byte(tag))
		return
	}
	u.apart(name)
}

// void are elements without content.
var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true, "meta": true,
	"param": true, "source": true, "track": true, "wbr": true,
}

func (u *untagger) close() {
	name, _ := u.z.TagName()
	if string(name) == u.skip {
		if u.depth--; u.depth <= 0 {
			u.skip, u.depth = "", 0
		}
	}
	u.apart(name)
}

// advertises reports whether the element just opened says that it is an advertisement.
func (u *untagger) advertises() bool {
	for {
		key, value, more := u.z.TagAttr()
		if k := string(key); k == "class" || k == "id" {
			for word := range strings.FieldsSeq(strings.ToLower(string(value))) {
				if advertising[word] {
					return true
				}
			}
		}
		if !more {
			return false
		}
	}
}

func (u *untagger) apart(name []byte) {
	if !inline[string(name)] {
		u.out.WriteByte(' ')
	}
}
