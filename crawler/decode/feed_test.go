package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"stoa"
)

const feedAddress = "https://partner.example/news/feed.xml"

func feedPage(body string) Page {
	return Page{URL: feedAddress, Header: http.Header{}, Body: []byte(body)}
}

// inRSS puts what an item holds into a feed around it.
func inRSS(item string) string {
	return `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:ev="http://purl.org/rss/1.0/modules/event/"
 xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>Feed</title><item>` + item + `</item></channel></rss>`
}

func inAtom(entry string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title><entry>` + entry + `</entry></feed>`
}

func inJSON(item string) string {
	return `{"version":"https://jsonfeed.org/version/1.1","title":"Feed","items":[{` + item + `}]}`
}

// fieldRules holds one rule in each row: what an element says, and the field that it becomes.
var fieldRules = []struct{ name, feed, want string }{
	{"RSS: a guid is the id and, unless it says otherwise, the link", inRSS(`<title>A</title><guid>https://a.example/1</guid>`),
		`{"key":"https://a.example/1","url":"https://a.example/1","title":"A"}`},
	{"RSS: a guid that is no permalink is no link", inRSS(`<title>A</title><guid isPermaLink="false">https://a.example/1</guid>`),
		`{"key":"https://a.example/1","title":"A"}`},
	{"RSS: a guid that is said to be a link may be relative; as an id it stays as sent", inRSS(`<title>A</title><guid isPermaLink="true">g?id=5</guid>`),
		`{"key":"g?id=5","url":"https://partner.example/news/g?id=5","title":"A"}`},
	{"RSS: a guid that is a path is a link", inRSS(`<title>A</title><guid>/g/5</guid>`), `{"key":"/g/5","url":"https://partner.example/g/5","title":"A"}`},
	{"RSS: a word as guid is no link", inRSS(`<title>A</title><guid>abc/5</guid>`), `{"key":"abc/5","title":"A"}`},
	{"RSS: a guid that is said to be a link and is a program is none", inRSS(`<title>A</title><guid isPermaLink="true">javascript:x()</guid>`), `{"key":"javascript:x()","title":"A"}`},
	{"RSS: an item of which there is only a link has it for a title", inRSS(`<link>/a/b-c</link>`),
		`{"key":"https://partner.example/a/b-c","url":"https://partner.example/a/b-c","title":"https://partner.example/a/b-c"}`},
	{"RSS: ids stay as sent, byte for byte", inRSS(`<title>A</title><guid isPermaLink="false"> tag:A.Example,2026:Größe|%7e x </guid>`),
		`{"key":"tag:A.Example,2026:Größe|%7e x","title":"A"}`},
	{"RSS: links are resolved against the document", inRSS(`<title>A</title><link>../a?x=1&amp;y=2#z</link>`),
		`{"key":"https://partner.example/a?x=1&y=2","url":"https://partner.example/a?x=1&y=2#z","title":"A"}`},
	{"RSS: an unescaped ampersand is one", inRSS(`<title>Q & A, R&D</title><link>/a?x=1&y=2&copy=3</link>`),
		`{"key":"https://partner.example/a?copy=3&x=1&y=2","url":"https://partner.example/a?x=1&y=2&copy=3","title":"Q & A, R&D"}`},
	{"RSS: an Atom link serves where RSS has none", inRSS(`<title>A</title><atom:link rel="self" href="/s"/><atom:link rel="alternate" href="/a"/>`),
		`{"key":"https://partner.example/a","url":"https://partner.example/a","title":"A"}`},
	{"RSS: the original link goes before that of a counting service", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><link>https://feeds.example/~r/1</link><feedburner:origLink>https://a.example/1</feedburner:origLink>`),
		`{"key":"1","url":"https://a.example/1","title":"A"}`},
	{"RSS: an address of a program is no link", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><link>javascript:alert(1)</link>`),
		`{"key":"1","title":"A"}`},
	{"RSS: a missing title is made of the first words", inRSS(`<guid isPermaLink="false">1</guid><description>&lt;p&gt;Five days on detection.&lt;/p&gt;</description>`),
		`{"key":"1","title":"Five days on detection.","summary":"<p>Five days on detection.</p>"}`},
	{"RSS: titles escaped once too often", inRSS(`<guid isPermaLink="false">1</guid><title>R&amp;amp;D &amp;#8211; caf&amp;eacute;</title>`),
		`{"key":"1","title":"R&D – café"}`},
	{"RSS: a title about markup stays", inRSS(`<guid isPermaLink="false">1</guid><title>The &amp;lt;b&amp;gt; element</title>`),
		`{"key":"1","title":"The &lt;b&gt; element"}`},
	{"RSS: content beside the summary", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><description>Short</description><content:encoded><![CDATA[<p>Long &amp; broad</p>]]></content:encoded>`),
		`{"key":"1","title":"A","summary":"Short","content":"<p>Long &amp; broad</p>"}`},
	{"RSS: bare markup is markup", inRSS(`<guid isPermaLink="false">1</guid><title>A <b>bold</b> one</title><description><p>One<br>two &amp; three</p></description>`),
		`{"key":"1","title":"A <b>bold</b> one","summary":"<p>One<br>two &amp; three</p>"}`},
	{"RSS: the children of an image are not the item's", inRSS(`<image><title>Logo</title><link>https://a.example/logo</link></image><guid isPermaLink="false">1</guid><title>A</title>`),
		`{"key":"1","title":"A"}`},
	{"Media RSS: title and text stand in for missing ones", inRSS(`<guid isPermaLink="false">1</guid><media:group><media:title>Film</media:title><media:description>About</media:description><media:content url="/f.mp4" type="video/mp4" fileSize="7"/></media:group>`),
		`{"key":"1","title":"Film","summary":"About","enclosures":[{"url":"https://partner.example/f.mp4","type":"video/mp4","length":7}]}`},
	{"RSS: enclosures", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><enclosure url="/a.pdf" type="application/pdf" length="12"/><enclosure url="/b.pdf" length="x"/>`),
		`{"key":"1","title":"A","enclosures":[{"url":"https://partner.example/a.pdf","type":"application/pdf","length":12},{"url":"https://partner.example/b.pdf"}]}`},
	{"RSS: an item that is only a file is known by it", inRSS(`<title>A</title><enclosure url="/a.mp3"/>`),
		`{"key":"https://partner.example/a.mp3","title":"A","enclosures":[{"url":"https://partner.example/a.mp3"}]}`},
	{"RSS: whichever of description and summary comes first is the summary", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><summary>S</summary><description>D</description>`),
		`{"key":"1","title":"A","summary":"S","content":"D"}`},
	{"RSS: persons by name, address, both", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><author>ana@a.example (Ana)</author><dc:creator>Bo (bo@a.example)</dc:creator><dc:creator>Cy</dc:creator><dc:creator>Di &lt;di@a.example&gt;</dc:creator>`),
		`{"key":"1","title":"A","authors":[{"name":"Ana","email":"ana@a.example"},{"name":"Bo","email":"bo@a.example"},{"name":"Cy"},{"name":"Di","email":"di@a.example"}]}`},
	{"Dublin Core: subjects, language, dates, type", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><category>X</category><dc:subject>Y</dc:subject><dc:subject>X</dc:subject><dc:language>fr</dc:language><dcterms:issued>2026-05-04</dcterms:issued><dcterms:modified>2026-05-05T10:00:00Z</dcterms:modified><dc:type>report</dc:type>`),
		`{"key":"1","title":"A","published":"2026-05-04","updated":"2026-05-05T10:00:00Z","categories":["X","Y"],"language":"fr","extra":{"dc:type":"report"}}`},
	{"Event module: dates and place", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><ev:startdate>2026-06-01</ev:startdate><ev:enddate>2026-06-03</ev:enddate><ev:location>Geneva</ev:location>`),
		`{"key":"1","title":"A","when":"2026-06-01 - 2026-06-03","location":"Geneva"}`},
	{"iTunes: summary, nested categories, keywords", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><itunes:summary>About</itunes:summary><itunes:category text="T"><itunes:category text="G"/></itunes:category><itunes:keywords>k, l</itunes:keywords>`),
		`{"key":"1","title":"A","summary":"About","categories":["T","G","k","l"]}`},
	{"Atom: ids stay as sent, the page goes before other links", inAtom(`<id>HTTP://A.example/%7Eid</id><title>A</title><link rel="self" href="/s"/><link rel="alternate" type="application/json" href="/j"/><link type="text/html" href="a"/>`),
		`{"key":"HTTP://A.example/%7Eid","url":"https://partner.example/news/a","title":"A"}`},
	{"Atom: an id is the link where nothing else is", inAtom(`<id>https://a.example/1</id><title>A</title>`),
		`{"key":"https://a.example/1","url":"https://a.example/1","title":"A"}`},
	{"Atom: xml:base at every level", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/"><entry xml:base="y/"><id>1</id><title>A</title><link xml:base="z/" href="a"/></entry></feed>`,
		`{"key":"1","url":"https://b.example/x/y/z/a","title":"A"}`},
	{"Atom: text, html and xhtml", inAtom(`<id>1</id><title type="text">1 &lt; 2</title><summary type="html">&lt;b>S&lt;/b> &amp;amp; more</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>C &amp; D</p></div></content>`),
		`{"key":"1","title":"1 < 2","summary":"<b>S</b> &amp; more","content":"<p>C &amp; D</p>"}`},
	{"Atom: undeclared names of HTML are read", inAtom(`<id>1</id><title>caf&eacute;&nbsp;&mdash; &unknown; &#146;</title>`),
		`{"key":"1","title":"café\u00a0— &unknown; ’"}`},
	{"Atom: packed text is unpacked, packed files are not text", inAtom(`<id>1</id><title>A</title><summary type="application/octet-stream">RXhhbXBsZSA8Yj5BdG9tPC9iPg==</summary><content type="image/png">iVBORw0KGgoAAAA=</content>`),
		`{"key":"1","title":"A","summary":"Example <b>Atom</b>"}`},
	{"Atom: terms are the categories, labels where there is none", inAtom(`<id>1</id><title>A</title><category term="t" label="T"/><category label="L"/>`),
		`{"key":"1","title":"A","categories":["t","L"]}`},
	{"Atom: persons, of the entry, else of its source, else of the feed", inAtom(`<id>1</id><title>A</title><source><author><name>Sam</name><email>sam@a.example</email></author></source>`),
		`{"key":"1","title":"A","authors":[{"name":"Sam","email":"sam@a.example"}]}`},
	{"Atom: files, and content that stands elsewhere", inAtom(`<id>1</id><title>A</title><link rel="enclosure" href="/f.pdf" type="application/pdf" length="9"/><content src="https://a.example/1" type="text/html"/>`),
		`{"key":"1","url":"https://a.example/1","title":"A","enclosures":[{"url":"https://partner.example/f.pdf","type":"application/pdf","length":9}]}`},
	{"Atom: language of the entry", `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><entry xml:lang="ar"><id>1</id><title>A</title></entry></feed>`,
		`{"key":"1","title":"A","language":"ar"}`},
	{"Atom 0.3: its own names", `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><id>1</id><title mode="escaped" type="text/html">A &lt;i>b&lt;/i></title><issued>2026-05-04T10:00:00+02:00</issued><modified>2026-05-05T10:00:00Z</modified></entry></feed>`,
		`{"key":"1","title":"A <i>b</i>","published":"2026-05-04T08:00:00Z","updated":"2026-05-05T10:00:00Z"}`},
	{"Atom: an entry that stands alone", `<entry xmlns="http://www.w3.org/2005/Atom" xml:lang="es"><id>1</id><title>A</title></entry>`,
		`{"key":"1","title":"A","language":"es"}`},
	{"Atom: a withdrawn entry", `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><at:deleted-entry ref="tag:a.example,2026:1" when="2026-05-05T10:00:00Z"><at:comment>gone</at:comment></at:deleted-entry></feed>`,
		`{"key":"tag:a.example,2026:1","updated":"2026-05-05T10:00:00Z","withdrawn":true}`},
	{"RDF: about is id and link", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://a.example/"><title>F</title><items><rdf:Seq><rdf:li rdf:resource="https://a.example/1"/></rdf:Seq></items></channel><item rdf:about="https://a.example/1"><title>A</title></item></rdf:RDF>`,
		`{"key":"https://a.example/1","url":"https://a.example/1","title":"A"}`},
	{"RSS 1.1", `<Channel xmlns="http://purl.org/net/rss1.1#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="https://a.example/"><title>F</title><items rdf:parseType="Collection"><item rdf:about="https://a.example/1"><title>A</title><link>https://a.example/1</link></item></items></Channel>`,
		`{"key":"https://a.example/1","url":"https://a.example/1","title":"A"}`},
	{"RSS under a prefix", `<r:rss xmlns:r="http://backend.userland.com/rss2" xmlns:o="urn:other"><r:channel><r:item><o:title>No</o:title><r:title>A</r:title><r:guid isPermaLink="false">1</r:guid></r:item></r:channel></r:rss>`,
		`{"key":"1","title":"A"}`},
	{"CDF: attributes hold address and date", `<CHANNEL HREF="https://a.example/"><TITLE>F</TITLE><ITEM HREF="/1" LASTMOD="2026-05-04T10:00:00Z"><TITLE>A</TITLE><ABSTRACT>About</ABSTRACT></ITEM></CHANNEL>`,
		`{"key":"https://partner.example/1","url":"https://partner.example/1","title":"A","summary":"About","updated":"2026-05-04T10:00:00Z"}`},
	{"JSON Feed", inJSON(`"id":7,"url":"/a","title":"A","content_html":"<p>C</p>","date_published":"2026-05-04T10:00:00+02:00","tags":["x","x","y"],"authors":[{"name":"Ana"}],"language":"en","attachments":[{"url":"f.pdf","mime_type":"application/pdf","size_in_bytes":"5"}]`),
		`{"key":"7","url":"https://partner.example/a","title":"A","summary":"<p>C</p>","content":"<p>C</p>","published":"2026-05-04T08:00:00Z","categories":["x","y"],"authors":[{"name":"Ana"}],"enclosures":[{"url":"https://partner.example/news/f.pdf","type":"application/pdf","length":5}],"language":"en"}`},
	{"JSON Feed: an id is not rounded, whatever stands beside it", inJSON(`"id":12345678901234567890123,"title":17`), `{"key":"12345678901234567890123","title":"17"}`},
	{"JSON Feed: no text holds a NUL", inJSON(`"id":"a\u0000b","title":"x\u0000y","language":"e\u0000n"`), `{"key":"a\ufffdb","title":"xy","language":"en"}`},
	{"JSON Feed: members of the wrong type cost only themselves", inJSON(`"id":"1","title":17,"authors":{"name":"Ana"},"tags":"x, y","summary":["no"],"content_text":"1 < 2 <b>"`),
		`{"key":"1","title":"17","summary":"1 &lt; 2 &lt;b&gt;","content":"1 &lt; 2 &lt;b&gt;","categories":["x","y"],"authors":[{"name":"Ana"}]}`},
	{"scripts, styles, handlers and comments are no text", inRSS(`<guid isPermaLink="false">1</guid><title>A</title><description><![CDATA[<p onclick="x()">One<script>two()</script> <!-- three --><a href="java&#115;cript:f()">four</a></p>]]></description>`),
		`{"key":"1","title":"A","summary":"<p>One <a>four</a></p>"}`},
}

func TestFields(t *testing.T) {
	for _, c := range fieldRules {
		t.Run(c.name, func(t *testing.T) {
			_, items, faults := readAll(t, feedPage(c.feed), stoa.Source{Format: "feed"})
			if len(items) != 1 || len(faults) > 0 {
				t.Fatalf("%d items, faults %v; want one item", len(items), faults)
			}
			if c.want = sameForm(t, c.want); asJSON(t, items[0]) != c.want {
				t.Errorf("got  %s\nwant %s", asJSON(t, items[0]), c.want)
			}
		})
	}
}

// asJSON writes an item as `stoa parse` does.
func asJSON(t *testing.T, v stoa.Item) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sameForm writes wanted JSON as asJSON does.
func sameForm(t *testing.T, want string) string {
	t.Helper()
	var it stoa.Item
	if err := json.Unmarshal([]byte(want), &it); err != nil {
		t.Fatal(err)
	}
	return asJSON(t, it)
}

func TestASourceMapsWhatNoVocabularyHas(t *testing.T) {
	src := stoa.Source{Format: "feed", Mapping: stoa.Mapping{Fields: map[string]stoa.Field{
		"location":   {Path: "t:place@name"},
		"when":       {Path: "eventDate", Match: `\d{4}-\d\d-\d\d`},
		"categories": {Path: "topics", Split: ";"},
		"modality":   {Const: "online"},
	}}}
	_, items, _ := readAll(t, feedPage(inRSS(`<guid isPermaLink="false">1</guid><title>A</title><category>no</category>
		<t:place xmlns:t="urn:t" name="Lomé"/><eventDate>on 2026-06-01 at noon</eventDate><topics>x; y</topics>`)), src)
	want := `{"key":"1","title":"A","when":"2026-06-01","location":"Lomé","categories":["x","y"],"extra":{"modality":"online"}}`
	if len(items) != 1 || asJSON(t, items[0]) != want {
		t.Errorf("got %+v\nwant %s", items, want)
	}
	src.Mapping.Fields = map[string]stoa.Field{"location": {Path: "_event.place"}}
	_, items, _ = readAll(t, feedPage(inJSON(`"id":"1","title":"A","_event":{"place":"Lomé"}`)), src)
	if want := `{"key":"1","title":"A","location":"Lomé"}`; len(items) != 1 || asJSON(t, items[0]) != want {
		t.Errorf("got %+v\nwant %s", items, want)
	}
}

func TestHead(t *testing.T) {
	for _, c := range []struct {
		name, feed string
		want       stoa.Head
		next       string
	}{
		{"RSS", `<rss><channel><image><title>No</title></image><title>F &amp;amp; G</title><link>/</link><description>About</description><language>fr</language><lastBuildDate>2026-05-04T10:00:00Z</lastBuildDate><item><title>A</title></item><atom:link rel="next" href="?page=2"/></channel></rss>`,
			stoa.Head{Title: "F & G", URL: "https://partner.example/", Summary: "About", Language: "fr", Updated: "2026-05-04T10:00:00Z"}, feedAddress + "?page=2"},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="html">F&amp;amp;G</title><link rel="self" href="/self"/><link href="/"/><link rel="next" href="?page=2"/><subtitle>About</subtitle><updated>2026-05-04T10:00:00Z</updated></feed>`,
			stoa.Head{Title: "F&amp;G", URL: "https://partner.example/", Summary: "About", Language: "en", Updated: "2026-05-04T10:00:00Z"}, feedAddress + "?page=2"},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","title":"F","home_page_url":"/","description":"About","language":"ru","next_url":"?page=2","items":[]}`,
			stoa.Head{Title: "F", URL: "https://partner.example/", Summary: "About", Language: "ru"}, feedAddress + "?page=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := Open(feedPage(c.feed), stoa.Source{Format: "feed"})
			if err != nil {
				t.Fatal(err)
			}
			if l.Head != c.want {
				t.Errorf("got  %+v\nwant %+v", l.Head, c.want)
			}
			if len(l.Next) != 1 || l.Next[0] != c.next {
				t.Errorf("next %q, want %q", l.Next, c.next)
			}
		})
	}
}

func TestBaseAddressIsContentLocationBeforeTheDocuments(t *testing.T) {
	p := feedPage(inRSS(`<title>A</title><link>a</link>`))
	p.Header.Set("Content-Location", "/other/place")
	_, items, _ := readAll(t, p, stoa.Source{Format: "feed"})
	if want := "https://partner.example/other/a"; len(items) != 1 || items[0].URL != want {
		t.Errorf("got %+v, want the link %s", items, want)
	}
}

// TestBrokenFeedsAreReadAsFarAsTheyGo names what is wrong, and the titles that are read all the same.
func TestBrokenFeedsAreReadAsFarAsTheyGo(t *testing.T) {
	const open, end = `<?xml version="1.0"?><rss><channel>`, `</channel></rss>`
	for _, c := range []struct {
		name, feed, want string
		truncated        bool
	}{
		{"a prologue of many kilobytes", "<!--" + strings.Repeat("x", 9000) + "-->" + open + "<item><title>A</title></item>" + end, "A", false},
		{"a message of the server before the feed", "<br />\n<b>Warning</b>: something\n" + open + "<item><title>A</title></item>" + end, "A", false},
		{"leftovers after the feed", open + "<item><title>A</title></item>" + end + "<script>x</script><rss>", "A", false},
		{"the last byte is missing", open + "<item><title>A</title></item></channel></rss", "A", true},
		{"an item without end before the next", open + "<item><title>A</title><item><title>B</title></item>" + end, "A B", false},
		{"the last item without end", open + "<item><title>A</title></item><item><title>B</title>" + end, "A B", false},
		{"elements without end", open + "<item><title>A<link>/a<guid>1</item><item><title>B</title></item>" + end, "A B", false},
		{"end tags that nothing opened", open + "<item></b></title><title>A</p></title></item></item>" + end, "A", false},
		{"end tags in another case", open + "<item><title>A</TITLE></Item><ITEM><Title>B</title></item>" + end, "A B", false},
		{"a less-than sign in text", open + "<item><title>1 < 2 <3 A</title></item>" + end, "1 < 2 <3 A", false},
		{"attributes without quotes, and quotes without end", open + `<item><enclosure url=/a length=1><title>A</title></item><item><enclosure url="/b><title>B</title></item>` + end, "A B", false},
		{"CDATA without end", open + "<item><title><![CDATA[A</title></item><item><title>B</title></item>" + end, "A B", false},
		{"CDATA in parts", open + "<item><title>A<![CDATA[ & ]]>B<![CDATA[ & C]]></title></item>" + end, "A & B & C", false},
		{"characters that XML forbids", open + "<item><title>A\x00\x0b\x1fB\uFFFE</title></item>" + end, "AB", false},
		{"an item that says nothing", open + "<item></item><item/><item><title>A</title></item>" + end, "A", false},
		{"no channel", "<rss><item><title>A</title></item></rss>", "A", false},
		{"no prefix declared", open + "<item><dc:title>A</dc:title></item>" + end, "A", false},
		{"declared entities", `<!DOCTYPE rss [<!ENTITY n "A"><!ENTITY m "&n;&n;">]>` + open + "<item><title>&m; &amp; &n;</title></item>" + end, "AA & A", false},
		{"JSON Feed cut in a string", `{"items":[{"id":"1","title":"A"},{"id":"2","title":"B`, "A", true},
		{"JSON Feed with one item that is none", `{"items":["x",{"id":"1","title":"A"},{},null]}`, "A", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, items, faults := readAll(t, feedPage(c.feed), stoa.Source{Format: "feed"})
			if l == nil {
				t.Fatal(faults)
			}
			var titles []string
			for _, it := range items {
				titles = append(titles, it.Title)
			}
			if got := strings.Join(titles, " "); got != c.want {
				t.Errorf("titles %q, want %q (faults %v)", got, c.want, faults)
			}
			if l.Truncated != c.truncated {
				t.Errorf("truncated: %v, want %v", l.Truncated, c.truncated)
			}
		})
	}
}

func TestWhatIsNoFeedIsRefused(t *testing.T) {
	deep := strings.Repeat("<e:a>", 1000)
	for _, c := range []struct {
		name, body string
		want       Fault
	}{
		{"nothing", "", ErrUnparsable},
		{"blanks", " \n\t", ErrUnparsable},
		{"plain text", "Service unavailable", ErrUnparsable},
		{"a web page", "<!DOCTYPE html><html><body><rss></rss></body></html>", ErrUnparsable},
		{"other XML", "<urlset><url><loc>https://a.example/</loc></url></urlset>", ErrUnparsable},
		{"other JSON", `{"error":"no such feed"}`, ErrUnparsable},
		{"a list in JSON", `[{"id":"1"}]`, ErrUnparsable},
		{"elements within elements without end", inRSS("<title>A</title>" + deep), ErrTooDeep},
		{"xml:base within xml:base", inRSSBases(40), ErrTooDeep},
		{"a crowd of attributes", inRSS("<title " + strings.Repeat("a=1 ", 300) + ">A</title>"), ErrTooLarge},
		{"JSON in JSON in JSON", inJSON(`"id":"1","x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)), ErrTooDeep},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(feedPage(c.body), stoa.Source{Format: "feed"})
			var fault Fault
			if !errors.As(err, &fault) || fault != c.want {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func inRSSBases(n int) string {
	return strings.Repeat(`<rss xml:base="a/">`, 1) + strings.Repeat(`<channel xml:base="a/">`, n)
}

func TestLimitsAreSaidNotSilent(t *testing.T) {
	feed := madeFeed(30)
	src := stoa.Source{Format: "feed", Limits: stoa.Limits{Items: 10}}
	l, items, _ := readAll(t, feedPage(feed), src)
	if len(items) != 10 || !l.Truncated || len(l.Warnings) == 0 {
		t.Errorf("%d items, truncated %v, warnings %q; want the first 10 and a word about it", len(items), l.Truncated, l.Warnings)
	}
	src.Limits = stoa.Limits{Body: 1000}
	if _, err := Open(feedPage(feed), src); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want %v", err, ErrTooLarge)
	}
}

// cutFeeds are feeds of fifty items, with what ends an item.
func cutFeeds() map[string][2]string {
	var rssItems, atomItems, rdfItems, jsonItems strings.Builder
	for i := range 50 {
		text := fmt.Sprintf("Course %d", i)
		fmt.Fprintf(&rssItems, "<item><title>%s</title><guid>https://a.example/%d</guid><description><![CDATA[<p>About <b>%s</b></p>]]></description></item>\n", text, i, text)
		fmt.Fprintf(&atomItems, `<entry><id>urn:%d</id><title>%s</title><link href="/%d"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>%s</p></div></content></entry>`, i, text, i, text)
		fmt.Fprintf(&rdfItems, `<item rdf:about="https://a.example/%d"><title>%s</title><description>&lt;p&gt;%s&lt;/p&gt;</description></item>`, i, text, text)
		if i > 0 {
			jsonItems.WriteString(",")
		}
		fmt.Fprintf(&jsonItems, `{"id":"%d","title":"%s","content_html":"<p>\"%s\"</p>"}`, i, text, text)
	}
	return map[string][2]string{
		"rss":  {"<rss><channel><title>F</title>" + rssItems.String() + "</channel></rss>", "</item>"},
		"atom": {`<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>` + atomItems.String() + "</feed>", "</entry>"},
		"rdf":  {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>F</title></channel>` + rdfItems.String() + "</rdf:RDF>", "</item>"},
		"json": {`{"version":"https://jsonfeed.org/version/1.1","title":"F","items":[` + jsonItems.String() + "]}", `"}`},
	}
}

func TestAFeedThatIsCutAnywhereGivesItsWholeItems(t *testing.T) {
	for name, f := range cutFeeds() {
		t.Run(name, func(t *testing.T) {
			for percent := 1; percent <= 100; percent++ {
				n := len(f[0]) * percent / 100
				if percent == 100 {
					n = len(f[0]) - 1 // the last byte
				}
				whole := strings.Count(f[0][:n], f[1])
				l, items, faults := readAll(t, feedPage(f[0][:n]), stoa.Source{Format: "feed"})
				if len(items) != whole || len(faults) > 0 && whole > 0 {
					t.Fatalf("cut at %d %%: %d items, faults %v; want %d", percent, len(items), faults, whole)
				}
				if l != nil && !l.Truncated {
					t.Fatalf("cut at %d %%: not known to be cut", percent)
				}
				for i, it := range items {
					if it.Title != fmt.Sprintf("Course %d", i) {
						t.Fatalf("cut at %d %%: item %d is %q", percent, i, it.Title)
					}
				}
			}
		})
	}
}

func TestCharsetsReachTheItems(t *testing.T) {
	for _, s := range sentences {
		body := `<?xml version="1.0" encoding="` + s.charset + `"?>` + inRSS("<title>"+s.text+"</title>")
		p := feedPage("")
		p.Body = encode(t, s.charset, body)
		_, items, faults := readAll(t, p, stoa.Source{Format: "feed"})
		if len(items) != 1 || items[0].Title != s.text {
			t.Errorf("%s: %+v %v", s.charset, items, faults)
		}
	}
}

func FuzzFeed(f *testing.F) {
	for _, c := range cutFeeds() {
		f.Add([]byte(c[0][:900]), "text/xml")
	}
	f.Add([]byte(madeFeed(2)), "application/rss+xml; charset=utf-8")
	f.Add([]byte(`<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss><item><title>&c;</title><guid>1</guid></item>`), "")
	f.Add([]byte("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type=xhtml><div><b>x</title></entry></feed>"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		p := Page{URL: feedAddress, Header: http.Header{"Content-Type": {contentType}}, Body: body}
		l, items, _ := readAll(t, p, stoa.Source{Format: "feed", Limits: stoa.Limits{Items: 1000}})
		if l == nil {
			return
		}
		if len(items) > 1000 || len(items) > len(body)/4+1 {
			t.Errorf("%d items of %d bytes", len(items), len(body))
		}
		total := 0
		for _, it := range items {
			b, err := json.Marshal(it)
			if err != nil {
				t.Fatal(err)
			}
			total += len(b)
			if all := it.Title + it.Summary + it.Content + it.Key + it.URL + it.Language; !utf8.ValidString(all) || strings.Contains(all, "\x00") || it.Key == "" {
				t.Errorf("item %+v", it)
			}
			if it.URL != "" && !isWeb(it.URL) && !strings.HasPrefix(it.URL, "mailto:") {
				t.Errorf("link %q", it.URL)
			}
		}
		if total > 100*len(body)+maxExpansion*8+1000*len(items) {
			t.Errorf("%d bytes of items from %d bytes", total, len(body))
		}
	})
}
