package decode

import (
	"net/http"
	"strings"
	"testing"

	"stoa"
)

// TestListingsThatNobodyDescribed reads pages in the shapes that sites have, without a mapping: the items are found, the
// menu and the footer are not.
func TestListingsThatNobodyDescribed(t *testing.T) {
	const (
		menu = `<header><nav><ul class="menu"><li class="menu-item"><a href="/about-the-institute">About the institute</a></li><li class="menu-item"><a href="/what-we-do-here">What we do here</a></li><li class="menu-item"><a href="/news-and-events">News and events</a></li><li class="menu-item"><a href="/contact-and-help">Contact and help</a></li></ul></nav></header>`
		foot = `<footer><div class="links"><a href="/terms-of-use-of-site">Terms of use of the site</a><a href="/privacy-policy">Privacy policy of the site</a></div></footer>`
		text = "Words about it, somewhat more than its title has."
	)
	rep := func(unit string) string {
		var b strings.Builder
		for _, x := range []string{"1", "2", "3", "4"} {
			b.WriteString(strings.NewReplacer("#", x, "TEXT", text).Replace(unit))
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		body      string
		summary   string
		published stoa.Date
	}{
		"rows of a table":                       {`<main><table><thead><tr><th>Organisation</th><th>Title</th></tr></thead><tbody>` + rep(`<tr><td>Team #</td><td><a href="/d/#">A document on incidents #</a></td></tr>`) + `</tbody></table></main>`, "", ""},
		"terms and definitions":                 {`<main><dl>` + rep(`<dt><a href="/d/#">A document on incidents #</a></dt><dd>TEXT</dd>`) + `</dl></main>`, text, ""},
		"headings and paragraphs without a box": {`<main>` + rep(`<h3><a href="/d/#">A document on incidents #</a></h3><p>TEXT</p>`) + `</main>`, text, ""},
		"cards whose link says read more":       {`<div class="container"><div class="row">` + rep(`<div class="col-md-4"><div class="card"><a href="/d/#"><img src="x.png"></a><div class="card-body"><h5>A document on incidents #</h5><p>TEXT</p><a href="/d/#">Read more</a></div></div></div>`) + `</div></div>`, text, ""},
		"cards within one link":                 {`<section>` + rep(`<a class="tile" href="/d/#"><div>A document on incidents #</div><div>TEXT</div></a>`) + `</section>`, "", ""},
		"a plain list of links":                 {`<div id="content"><h2>Resources</h2><ul>` + rep(`<li><a href="/d/#">A document on incidents #</a></li>`) + `</ul></div>`, "", ""},
		"boxes beside boxes of the menu":        {`<div class="bar"><div class="mi"><a href="/q1">About us and all others</a></div><div class="mi"><a href="/q2">What we do here and there</a></div><div class="mi"><a href="/q3">News and events of us all</a></div></div><div class="list">` + rep(`<div class="entry"><div class="entry-date">3 March 2025</div><div class="entry-title"><a href="/d/#">A document on incidents #</a></div><div class="entry-body">TEXT</div></div>`) + `</div>`, text, "2025-03-03"},
		"tables for layout":                     {`<table width="100%"><tr><td><table>` + rep(`<tr><td><font><b><a href="/d/#">A document on incidents #</a></b></font></td></tr><tr><td><font>TEXT</font></td></tr>`) + `</table></td></tr></table>`, "", ""},
		"articles of a page builder":            {`<div class="posts">` + rep(`<article class="post post-4# type-post"><h3 class="post__title"><a href="/d/#">A document on incidents #</a></h3><time datetime="2025-03-03">March 3</time><div class="post__excerpt">TEXT</div><a href="/d/#">Read more</a></article>`) + `</div>`, text, "2025-03-03"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Page{URL: "https://site.example/list", Header: http.Header{}, Body: []byte("<html lang=en><body>" + menu + c.body + foot), Fetched: fetched}
			l, err := Open(p, stoa.Source{Format: "html"})
			if err != nil {
				t.Fatal(err)
			}
			items, faults := collect(l)
			if len(items) != 4 || len(faults) != 0 {
				t.Fatalf("%d items, want 4: %+v %v", len(items), items, faults)
			}
			for i, item := range items {
				x := string(rune('1' + i))
				if item.Title != "A document on incidents "+x || item.URL != "https://site.example/d/"+x || item.Summary != c.summary || item.Published != c.published {
					t.Errorf("item %s: %+v", x, item)
				}
			}
		})
	}
}
