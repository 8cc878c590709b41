package decode

import (
	"net/http"
	"strings"
	"testing"

	"stoa"
)

// TestCarelessListings names what programs and servers do to listings, and what is read of it: items are
// "title address", joined.
func TestCarelessListings(t *testing.T) {
	const (
		maps  = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="urn:i" xmlns:video="urn:v" xmlns:news="urn:n">`
		image = `<image:image><image:loc>https://p.example/i.jpg</image:loc><image:title>Picture</image:title></image:image>`
		video = `<video:video><video:title>Film</video:title><video:publication_date>2020-01-01</video:publication_date><video:player_loc>https://p.example/v</video:player_loc></video:video>`
		news  = `<news:news><news:publication><news:name>P</news:name></news:publication><news:title>News</news:title></news:news>`
		loc   = `<loc>https://p.example/a</loc>`
	)
	list := stoa.Mapping{Item: "li", Fields: map[string]stoa.Field{"title": {Path: "a"}, "url": {Path: "a@href"}}}
	for _, c := range []struct {
		name, contentType, body string
		src                     stoa.Source
		want                    string
	}{
		{"a sitemap's pictures and films have their own words", "", maps + "<url>" + loc + image + video + "</url></urlset>", stoa.Source{Format: "sitemap"}, " https://p.example/a"},
		{"also when they come first", "", maps + "<url>" + image + video + loc + "</url><url>" + image + news + "<loc>https://p.example/b</loc></url></urlset>", stoa.Source{Format: "sitemap"},
			" https://p.example/a|News https://p.example/b"},
		{"a picture that is not closed costs its own entry", "", maps + "<url><image:image><image:loc>https://p.example/i" + loc + "</url><url>" + loc + "</url></urlset>", stoa.Source{Format: "sitemap"},
			"unparsable| https://p.example/a"},
		{"a table of an old program", "", "Title,Link\rA,/1\rB,/2\r", stoa.Source{Format: "table"}, "A https://p.example/1|B https://p.example/2"},
		{"a table that says what parts its cells", "", "sep=;\r\nTitle;Link\r\nA, B;/1\r\n", stoa.Source{Format: "table"}, "A, B https://p.example/1"},
		{"and in quotes", "", "\"sep=|\"\nTitle|Link\nA|/1\n", stoa.Source{Format: "table"}, "A https://p.example/1"},
		{"a server's default over what the page says", "text/html; charset=utf-8", "<meta charset=windows-1251><li><a href=/1>\xcf\xf0\xe8\xe2\xe5\xf2</a></li>", stoa.Source{Format: "html", Mapping: list}, "Привет https://p.example/1"},
		{"a server that is right over a page that is not", "text/html; charset=windows-1251", "<meta charset=utf-8><li><a href=/1>\xcf\xf0\xe8\xe2\xe5\xf2</a></li>", stoa.Source{Format: "html", Mapping: list}, "Привет https://p.example/1"},
		{"stray bytes do not turn a page over", "text/html; charset=utf-8", "<meta charset=windows-1251><li><a href=/1>Привет \x93</a></li>", stoa.Source{Format: "html", Mapping: list}, "Привет “ https://p.example/1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Page{URL: "https://p.example/list", Header: http.Header{"Content-Type": {c.contentType}}, Body: []byte(c.body)}
			l, err := Open(p, c.src)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for item, err := range l.Items {
				if err != nil {
					got = append(got, "unparsable")
					continue
				}
				got = append(got, item.Title+" "+item.URL)
			}
			if all := strings.Join(got, "|"); all != c.want {
				t.Errorf("%q, want %q", all, c.want)
			}
		})
	}
}
