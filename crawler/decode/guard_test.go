package decode

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"stoa"
)

// bomb is one of the suite's hostile documents.
type bomb struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Body   string `json:"body"`
	Prefix string `json:"prefix"`
	Open   string `json:"open"`
	N      int    `json:"n"`
	Close  string `json:"close"`
	Suffix string `json:"suffix"`
	Gzip   bool   `json:"gzip"`
}

func (b bomb) build(most int) string {
	if b.Body != "" {
		return b.Body
	}
	n := min(b.N, most)
	return b.Prefix + strings.Repeat(b.Open, n) + strings.Repeat(b.Close, n) + b.Suffix
}

func bombs(t *testing.T) []bomb {
	t.Helper()
	f, err := os.Open(suites + "bombs/bombs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []bomb
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var b bomb
		if err := json.Unmarshal(lines.Bytes(), &b); err != nil {
			t.Fatal(err)
		}
		if !b.Gzip { // what is packed is bounded where it is unpacked
			all = append(all, b)
		}
	}
	if len(all) < 9 {
		t.Fatalf("%d bombs, want 9", len(all))
	}
	return all
}

// TestBombsAreRefusedOrBounded reads every bomb of the suite that is a feed, in a form large enough to hurt.
func TestBombsAreRefusedOrBounded(t *testing.T) {
	want := map[string]Fault{"deep-extension-unclosed": ErrTooDeep, "deep-extension-closed": ErrTooDeep, "deep-xhtml": ErrTooDeep,
		"deep-json": ErrTooDeep, "huge-text": ErrTooLarge}
	for _, b := range bombs(t) {
		t.Run(b.Name, func(t *testing.T) {
			p := feedPage(b.build(20_000))
			if b.Name == "huge-text" {
				p = feedPage(b.build(11_000_000))
			}
			p.Header.Set("Content-Type", b.Type)
			began, before := time.Now(), heap()
			l, err := Open(p, stoa.Source{Format: "feed", Limits: stoa.Limits{Items: 1_000_000}})
			if fault := want[b.Name]; fault != "" {
				if !errors.Is(err, fault) {
					t.Errorf("error %v, want %v", err, fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for it, err := range l.Items {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n%5_000 == 0 {
					if grown := heap() - before; grown > 64<<20 {
						t.Fatalf("%d MB more in use after %d items", grown>>20, n)
					}
				}
				text := it.Title + it.Summary + strings.Join(it.Categories, "")
				if len(text) > maxEntity || strings.Contains(text, "&l") || strings.Contains(text, "lollol") || strings.Contains(text, "root:") {
					t.Fatalf("an entity was let through: %.200q", text)
				}
			}
			if strings.Contains(b.Name, "entity") && len(l.Warnings) == 0 {
				t.Error("nothing is said of the entities that were left out")
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestScanningIsLinear feeds the scanner what makes careless ones look ahead over and over.
func TestScanningIsLinear(t *testing.T) {
	const n = 40_000
	for name, part := range map[string]string{
		"quotes without end":       `<a b="`,
		"single quotes without":    `<a b='>`,
		"values without end":       `<a b="></a>`,
		"values of two kinds":      `<a b='x"></a>`,
		"comments without end":     `<!--`,
		"sections without end":     `<![CDATA[`,
		"instructions without end": `<?a`,
		"end tags of nothing":      `</a></b>`,
		"less-than signs":          `< <`,
		"ampersands":               `&&a;&#;`,
		"declarations":             `<!a "`,
		"tags in tags":             `<a <b `,
		"doctypes":                 `<!DOCTYPE a [`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, doc := range []string{strings.Repeat(part, n), "<rss><channel>" + strings.Repeat("<item><title>"+part+"</title></item>", n/10) + "</channel></rss>", inRSS("<guid>1</guid><title>" + strings.Repeat(part, n) + "</title>")} {
				began := time.Now()
				if l, err := Open(feedPage(doc), stoa.Source{Format: "feed"}); err == nil {
					for range l.Items {
						continue
					}
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("%d bytes took %v", len(doc), took)
				}
			}
		})
	}
}

func TestEntities(t *testing.T) {
	var warnings int
	e := entities{warn: func(string, ...any) { warnings++ }}
	e.declare(` rss SYSTEM "x.dtd" [ <!ENTITY % p "no"> <!ENTITY a "A"> <!ENTITY b '&a;&amp;&#66;'> <!ENTITY a "twice">
		<!ENTITY self "&self;"> <!ENTITY ext SYSTEM "file:///etc/passwd"> <!ENTITY pub PUBLIC "-//x" "https://a.example/x"> <!ENTITY viaext "x&ext;"> ]`)
	for in, want := range map[string]string{
		"&a;":                  "A",
		"&b;":                  "A&B",
		"&self;":               "&self;",
		"[&ext;]":              "[]",
		"[&pub;&viaext;]":      "[]",
		"&amp;a;":              "&a;",
		"&lt;&gt;&quot;&apos;": `<>"'`,
		"&eacute;&#233;&#xE9;": "ééé",
		"&#147;&#x80;":         "“€",
		"&#0;&#xD800;":         "\uFFFD\uFFFD",
		"&copy2;&copy=1&copy":  "&copy2;&copy=1&copy",
		"& &; &#; &#x; &nbsp ": "& &; &#; &#x; &nbsp ",
		"\u0092\u0085":         "’…",
	} {
		if got := e.decode(in); got != want {
			t.Errorf("%q read as %q, want %q", in, got, want)
		}
	}
	if warnings != 3 {
		t.Errorf("%d warnings, want one for each entity left out: 3", warnings)
	}
}

func TestEntitiesAddNoMoreThanTheirBudget(t *testing.T) {
	e := entities{warn: func(string, ...any) {}}
	e.declare(`[<!ENTITY a "` + strings.Repeat("x", maxEntity) + `">]`)
	if got := e.decode(strings.Repeat("&a;", 10_000)); len(got) > maxExpansion {
		t.Errorf("%d bytes, want at most %d", len(got), maxExpansion)
	}
}
