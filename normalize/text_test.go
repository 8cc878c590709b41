package normalize

import (
	"html"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct{ rule, in, want string }{
		{"plain text comes back", "Guide to CSIRTs", "Guide to CSIRTs"},
		{"tags go", "safe <b>text</b>", "safe text"},
		{"inline tags join", "cyber<b>security</b>", "cybersecurity"},
		{"blocks are set apart", "<p>One.</p><p>Two.</p>", "One. Two."},
		{"a literal break", "One<br/>Two", "One Two"},
		{"entities", "R&amp;D &#8211; caf&eacute;", "R&D – café"},
		{"entities encoded twice", "R&amp;amp;D", "R&D"},
		{"markup encoded twice", "&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "bold"},
		{"an ampersand", "AT&T and Q&A", "AT&T and Q&A"},
		{"less than a number", "under <5 and a < b", "under <5 and a < b"},
		{"script goes with its content", "a<script>alert(1)</script>b", "a b"},
		{"style too", "a<style>p{}</style>b", "a b"},
		{"comments go", "a<!-- x -->b", "ab"},
		{"CDATA inside markup is text", "<![CDATA[<p>Text</p>]]>", "Text"},
		{"whitespace folds", " a \t\n\u00a0\u2003 b ", "a b"},
		{"bidi overrides go", "a\u202eb\u2066c", "abc"},
		{"NUL goes", "a\x00b", "ab"},
		{"zero width goes", "a" + strings.Repeat("\u200b", 99) + "b", "ab"},
		{"a joiner between letters stays", "می\u200cشود", "می\u200cشود"},
		{"floods of joiners do not", "a" + strings.Repeat("\u200d", 99), "a"},
		{"invalid UTF-8 goes", "a\xffb", "ab"},
		{"NFC", "e\u0301", "é"},
		{"marks pile up no further", "a" + strings.Repeat("\u0316", 10000), "a" + strings.Repeat("\u0316", stacking)},
		{"an advertisement goes", "<p>Text</p><div class=\"box ad\">Buy <div>now</div> 3847</div><p>more</p>", "Text more"},
		{"one that never ends does not take the rest with it", "<p>Text</p><div class=\"ad\">Buy <p>more</p>", "Text Buy more"},
		{"tag hidden by NUL", "<scr\x00ipt>alert(1)</scr\x00ipt>", "alert(1)"},
		{"tag hidden by an entity", "&#60;script&#62;alert(1)&#60;/script&#62;", ""},
	} {
		if got := Plain(c.in); got != c.want {
			t.Errorf("%s: Plain(%.60q) = %.60q, want %.60q", c.rule, c.in, got, c.want)
		}
	}
}

// TestPayloadsAreInert shows what Plain leaves of each known attack the way every page does, and reads it as a browser.
func TestPayloadsAreInert(t *testing.T) {
	raw, err := os.ReadFile("../testdata/suites/payloads/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(raw)) {
		count++
		plain := Plain(line)
		nodes, err := xhtml.ParseFragment(strings.NewReader(html.EscapeString(plain)), &xhtml.Node{Type: xhtml.ElementNode, Data: "p", DataAtom: atom.P})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			if n.Type != xhtml.TextNode || n.Data != plain {
				t.Errorf("Plain(%q) = %q, which shows as %s %q", line, plain, n.Data, n.Data)
			}
		}
		if strings.Contains(strings.ToLower(plain), "<script") || strings.Contains(strings.ToLower(plain), "<img") {
			t.Errorf("Plain(%q) = %q: a tag is left", line, plain)
		}
	}
	if count < 70 {
		t.Errorf("only %d payloads", count)
	}
}

func TestPlainIsBoundedInTime(t *testing.T) {
	const size = 1 << 20
	for name, unit := range map[string]string{
		"open tags": "<a ", "open quotes": "<a b=\"", "open advertisements": "<div class=ad>", "attributes": "<a b=c d=e>", "mixed quotes": "<a b='\"", "entities": "&amp;", "half entities": "&am",
		"nested encodings": "&amp;lt;", "marks": "\u0316", "joiners": "\u200d", "comments": "<!--", "CDATA": "<![CDATA[", "angle": "<", "Hangul": "\u1100",
		"grows in NFC": "\U0001d160", "text": "word ",
	} {
		began := time.Now()
		got := Plain(strings.Repeat(unit, size/len(unit)))
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: %v for 1 MB", name, took)
		}
		if len(got) > longest {
			t.Errorf("%s: %d bytes came out", name, len(got))
		}
		if Plain(got) != got {
			t.Errorf("%s: not idempotent", name)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "&amp;lt;b&gt;", "a\u0301\u0316", "<![CDATA[x]]>", "<scr\x00ipt>", "&&#35;x41;", "a\u200d<b>\u200db", "\u1100\u115f\u1161"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Plain(s)
		if twice := Plain(once); twice != once {
			t.Errorf("Plain(%q) = %q, and again %q", s, once, twice)
		}
		if !utf8.ValidString(once) || !norm.NFC.IsNormalString(once) {
			t.Errorf("Plain(%q) = %q: not NFC", s, once)
		}
		if shown := html.EscapeString(once); strings.ContainsAny(shown, "<>\"\x00\n\r\t") || strings.Contains(once, "  ") {
			t.Errorf("Plain(%q) = %q", s, once)
		}
	})
}

// What has a short way for ASCII comes out as by the long one.
func TestASCIIIsCleanedAlike(t *testing.T) {
	for _, s := range []string{"", " ", "a", " a  b\t\nc ", "\x00a\x7f b\x1b[0m", "a\v\fb", "\r\na\x01 \x02b"} {
		got, ok := ascii(s)
		if want := visible(s, stacking); !ok || got != want {
			t.Errorf("ascii(%q) = %q, %v; want %q", s, got, ok, want)
		}
	}
	if _, ok := ascii("é"); ok {
		t.Error("é passes for ASCII")
	}
}
