package link

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		rule, raw string
		keep      []string
		want      string
	}{
		{"http and https are one", "http://itu.int/x", nil, "https://itu.int/x"},
		{"www. does not count", "https://www.itu.int/x", nil, "https://itu.int/x"},
		{"the default port does not count", "https://itu.int:443/x", nil, "https://itu.int/x"},
		{"nor does that of http", "http://itu.int:80/x", nil, "https://itu.int/x"},
		{"another port does", "http://itu.int:8080/x", nil, "https://itu.int:8080/x"},
		{"a host with port and no scheme", "itu.int:443", nil, "https://itu.int/"},
		{"a host without scheme", "www.itu.int/x", nil, "https://itu.int/x"},
		{"scheme-relative", "//www.itu.int/x", nil, "https://itu.int/x"},
		{"trailing dot of the host", "https://enisa.europa.eu./topics", nil, "https://enisa.europa.eu/topics"},
		{"upper case", "HTTPS://WWW.ITU.INT/En", nil, "https://itu.int/En"},
		{"the fragment does not count", "https://first.org/conference#pOpening", nil, "https://first.org/conference"},
		{"but where a script application has its path in it", "https://portal.example.org/#/course/12", nil, "https://portal.example.org/#/course/12"},
		{"tracking parameters go", "https://a.example.org/p?utm_source=rss&id=4&fbclid=zz", nil, "https://a.example.org/p?id=4"},
		{"identifying parameters stay", "https://itu.int/ItemDetail?ItemID=77", nil, "https://itu.int/ItemDetail?ItemID=77"},
		{"order of parameters does not count", "https://itu.int/rgqlist.asp?type=w&lang=en&rg=17", nil, "https://itu.int/rgqlist.asp?lang=en&rg=17&type=w"},
		{"keep_params drops the rest", "https://jica.example.org/c?id=a0B1&prefLang=fr&b_start:int=20", []string{"id"}, "https://jica.example.org/c?id=a0B1"},
		{"keep_params reads escaped names", "https://a.example.org/c?b_start%3Aint=20&x=1", []string{"b_start:int"}, "https://a.example.org/c?b_start%3Aint=20"},
		{"keep_params never keeps tracking", "https://a.example.org/c?utm_id=20&x=1", []string{"utm_id", "x"}, "https://a.example.org/c?x=1"},
		{"the path's slash counts", "https://cert.ssi.gouv.fr/feed/", nil, "https://cert.ssi.gouv.fr/feed/"},
		{"escapes in one case", "https://igf.example.org/a%e2%80%93b", nil, "https://igf.example.org/a%E2%80%93b"},
		{"needless escapes", "https://igf.example.org/%7Ea%2Db", nil, "https://igf.example.org/~a-b"},
		{"names in other scripts", "https://bücher.example/x", nil, "https://xn--bcher-kva.example/x"},
		{"users and passwords go", "https://user:secret@itu.int/x", nil, "https://itu.int/x"},
		{"parentheses stay", "https://aseanapol.example.org/a(b)", nil, "https://aseanapol.example.org/a(b)"},
	} {
		got, err := Canonical(c.raw, c.keep)
		if err != nil || got != c.want {
			t.Errorf("%s: Canonical(%q) = %q, %v, want %q", c.rule, c.raw, got, err, c.want)
		}
	}
}

func TestCanonicalRefusesWhatIsNoWebAddress(t *testing.T) {
	for _, raw := range []string{"", "javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "mailto:a@example.org",
		"ftp://example.org/", "https://", "not an address", "file:///etc/passwd", "https://a b/", "vbscript:x", "https://" + strings.Repeat("a", Longest),
		"https://a.example/?" + strings.Repeat("é", Longest/3), "https://a..b/", "www.."} {
		if got, err := Canonical(raw, nil); err == nil {
			t.Errorf("Canonical(%.40q) = %q, want an error", raw, got)
		}
	}
}

func TestHostAndSite(t *testing.T) {
	for _, c := range []struct{ raw, host, site string }{
		{"https://www.academy.itu.int:443/x", "academy.itu.int", "itu.int"},
		{"academy.itu.int/x", "academy.itu.int", "itu.int"},
		{"http://news.bbc.co.uk./x", "news.bbc.co.uk", "bbc.co.uk"},
		{"http://192.168.0.1/", "192.168.0.1", "192.168.0.1"},
		{"http://[::1]/", "[::1]", "[::1]"},
		{"mailto:x@itu.int", "", ""},
		{"", "", ""},
	} {
		if h, s := Host(c.raw), Site(c.raw); h != c.host || s != c.site {
			t.Errorf("Host, Site(%q) = %q, %q, want %q, %q", c.raw, h, s, c.host, c.site)
		}
	}
}

// exceptions are cases of the suite that Parse reads otherwise, with the reason.
var exceptions = map[string]string{
	"non-special:opaque  ?hi":        opaque,
	"non-special:opaque  #hi":        opaque,
	"non-special:opaque \t\t  \t#hi": opaque,
	"non-special:opaque \t\t  #hi":   opaque,
	"non-special:opaque\t\t  \r #hi": opaque,
	"http://a.b.c.xn--pokxncvks":     label,
	"http://10.0.0.xn--pokxncvks":    label,
	"http://a.b.c.XN--pokxncvks":     label,
	"http://a.b.c.Xn--pokxncvks":     label,
	"http://10.0.0.XN--pokxncvks":    label,
	"http://10.0.0.xN--pokxncvks":    label,
	"file://xn--/p":                  label,
	"https://xn--/":                  label,
}

const (
	opaque = "spaces at the end of an opaque path: only in schemes that no record may have"
	label  = "punycode that decodes to nothing valid: no registry gives such a name away, and refusing is safer than passing it on"
)

func TestParseFollowsTheStandard(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/suites/url/urltestdata.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	total, right := 0, 0
	for _, row := range rows {
		var c struct {
			Input   string
			Base    *string
			Href    string
			Failure bool
		}
		if json.Unmarshal(row, &c) != nil {
			continue // a comment
		}
		total++
		base := ""
		if c.Base != nil {
			base = *c.Base
		}
		got, err := Parse(c.Input, base)
		if (err != nil) == c.Failure && (c.Failure || got == c.Href) {
			right++
		} else if exceptions[c.Input] == "" {
			t.Errorf("Parse(%q, %q) = %q, %v, want %q, failure %v", c.Input, base, got, err, c.Href, c.Failure)
		}
	}
	if total < 800 || right < 875 {
		t.Errorf("%d of %d cases right, want at least 875", right, total)
	}
	t.Logf("%d of %d", right, total)
}

func FuzzLink(f *testing.F) {
	for _, s := range []string{"HTTPS://Partner.Example/guide?utm_source=rss#top", "http://a.example.org/%%37E?%%36=1&&=&a", "itu.int:443", "http://h/#!/a%", "http://www.www.a.b./?a=1&a=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once, err := Canonical(raw, nil)
		if err != nil {
			return // refusing is always allowed
		}
		if twice, err := Canonical(once, nil); err != nil || twice != once {
			t.Errorf("Canonical(%q) = %q, and again %q, %v", raw, once, twice, err)
		}
		if !strings.HasPrefix(once, "https://") || strings.ContainsAny(once, " \t\r\n<>\"") {
			t.Errorf("Canonical(%q) = %q, which is not safe to show", raw, once)
		}
	})
}

// TestSettledIsWhatTheStandardWrites holds the short way to the long one.
func TestSettledIsWhatTheStandardWrites(t *testing.T) {
	short := 0
	for _, raw := range []string{
		"https://www.itu.int/en/ITU-D/Pages/x.aspx?id=3", "http://a.b/", "https://a.b/x|y", "https://a.b/?q=[1]|2", "https://a.b/%41%2f%zz",
		"https://a.b/./x", "https://a.b/.well-known/x", "https://a.b/%2e%2e/x", "https://a.b/%2E/x", "https://a-b.c-d.e/", "https://a--b.c/", "https://a-.b/",
		"https://1.2.3.4/", "https://1.2.3.4e/", "https://0x7f.1/", "https://xn--a.b/", "https://x.xn--p1ai/", "https://a..b/", "https://a.b./", "https://A.b/",
		"https://a.b", "https://a.b:443/", "https://u@a.b/", "https://a.b/x#y", "https://a.b/ x", "https://a.b/x?y'z", "https://a.b/\\x", "ftp://a.b/", "https:///a.b/",
	} {
		if !settled(raw) {
			continue
		}
		short++
		u, err := parse(raw, "https://base.example/dir/")
		if err != nil || u.Href(false) != raw {
			t.Errorf("%q is taken as it stands; the standard writes %v, %v", raw, u, err)
		}
	}
	if short < 6 {
		t.Errorf("only %d of the list took the short way", short)
	}
}

func FuzzSettled(f *testing.F) {
	f.Add("https://www.itu.int/en/x.aspx?id=3")
	f.Add("http://a-b.example/%7Ex/(1);v=2?q=a|b&c[]=1")
	f.Fuzz(func(t *testing.T, raw string) {
		if !settled(raw) {
			t.Skip()
		}
		if u, err := parse(raw, ""); err != nil || u.Href(false) != raw {
			t.Errorf("%q is taken as it stands; the standard writes %v, %v", raw, u, err)
		}
	})
}
