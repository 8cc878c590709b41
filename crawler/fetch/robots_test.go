package fetch

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

type robotsCase struct {
	Rule   string
	Robots string `json:"robots_txt"`
	Agent  string
	URL    string
	Allow  bool `json:"allowed"`
	Google bool `json:"google_only"`
}

func robotsCases(t testing.TB) []robotsCase {
	t.Helper()
	f, err := os.Open("../../testdata/suites/robots/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []robotsCase
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var c robotsCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if len(out) != 138 {
		t.Fatalf("%d cases, want 138", len(out))
	}
	return out
}

// beyond are the cases that go beyond RFC 9309 in a way that stoa does not follow, with the reason.
var beyond = map[string]string{
	"GoogleOnly_IndexHTMLisDirectory http://foo.com/allowed-slash/": "index.html is not taken for its directory: the standard knows no such rule",
	"GoogleOnly_SystemTest ": "an empty address is the root, which the rule forbids",
}

func TestRobotsSuite(t *testing.T) {
	for _, c := range robotsCases(t) {
		got := ParseRobots([]byte(c.Robots)).Allowed(c.Agent, c.URL)
		if got == c.Allow {
			continue
		}
		if got {
			t.Errorf("%s: %q wrongly allowed for %s by %q", c.Rule, c.URL, c.Agent, c.Robots)
		} else if _, known := beyond[c.Rule+" "+c.URL]; !c.Google || !known {
			t.Errorf("%s: %q wrongly forbidden for %s by %q", c.Rule, c.URL, c.Agent, c.Robots)
		}
	}
}

func TestRobotsRules(t *testing.T) {
	for _, c := range []struct {
		name, robots, path string
		want               bool
	}{
		{"a mark of UTF-8 is no part of the first line", "\ufeffUser-agent: *\nDisallow: /a", "/a", false},
		{"UTF-16 is read", utf16le("User-agent: *\r\nDisallow: /a\r\n"), "/a", false},
		{"lines end in CR alone", "User-agent: *\rDisallow: /a\r", "/a", false},
		{"a version after our name", "User-agent: Stoa/2.1\nDisallow: /a", "/a", false},
		{"our name among others on one line", "User-agent: foo, stoa bar\nDisallow: /a", "/a", false},
		{"our name inside a whole user agent", "User-agent: Mozilla/5.0 (compatible; stoa/1.0)\nDisallow: /a", "/a", false},
		{"a longer name is another agent", "User-agent: stoabot\nDisallow: /a", "/a", true},
		{"everybody's rules do not bind whom a group names", "User-agent: *\nDisallow: /\n\nUser-agent: stoa\nDisallow: /a", "/b", true},
		{"groups of one agent are one", "User-agent: stoa\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: stoa\nDisallow: /b", "/b", false},
		{"an empty group of our own lets us in", "User-agent: *\nDisallow: /\n\nUser-agent: stoa\n", "/b", true},
		{"an empty Disallow forbids nothing", "User-agent: *\nDisallow:", "/a", true},
		{"rules before any agent bind nobody", "Disallow: /\nUser-agent: x\nDisallow: /", "/a", true},
		{"a crawl delay does not end the agents", "User-agent: stoa\nCrawl-delay: 5\nUser-agent: x\nDisallow: /a", "/a", false},
		{"misspelt user agent", "Useragent: *\nDisallow: /a", "/a", false},
		{"misspelt disallow", "User agent: *\nDissalow : /a", "/a", false},
		{"no colon", "User-agent *\nDisallow /a", "/a", false},
		{"no slash", "User-agent: *\nDisallow: a", "/a", false},
		{"a whole address", "User-agent: *\nDisallow: https://partner.example/a", "/a", false},
		{"an escaped letter is the letter", "User-agent: *\nDisallow: /%61", "/a", false},
		{"and the other way round", "User-agent: *\nDisallow: /a", "/%61", false},
		{"an escaped slash is none", "User-agent: *\nDisallow: /a/b", "/a%2Fb", true},
		{"escapes know no case", "User-agent: *\nDisallow: /%e3%83%84", "/ツ", false},
		{"a query counts", "User-agent: *\nDisallow: /*?page=", "/a?page=2", false},
		{"a fragment does not", "User-agent: *\nDisallow: /*page", "/a#page", true},
		{"an asterisk in the address is itself", "User-agent: *\nDisallow: /a%2Ab", "/a*b", false},
		{"a dollar in the middle is itself", "User-agent: *\nDisallow: /a$b", "/a$b", false},
		{"robots.txt itself may always be read", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"Allow wins among equals", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
		{"the longer rule wins", "User-agent: *\nAllow: /a\nDisallow: /ab", "/abc", false},
		{"the end is the end", "User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", true},
		{"the end after an asterisk", "User-agent: *\nDisallow: /a*b$", "/a-b-b", false},
		{"asterisks do not overlap what they part", "User-agent: *\nDisallow: /ab*b$", "/ab", true},
		{"a page is no robots.txt", "<!DOCTYPE html><html><body>Not found</body></html>", "/a", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseRobots([]byte(c.robots)).Allowed("stoa", "https://partner.example"+c.path); got != c.want {
				t.Errorf("allowed %v, want %v", got, c.want)
			}
		})
	}
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return string(b)
}

func TestRobotsAreReadUpTo500KiB(t *testing.T) {
	for lines, allowed := range map[int]bool{499 << 10 / 16: false, 501 << 10 / 16: true} { // RFC 9309 section 2.5: no less
		late := "User-agent: *\n" + strings.Repeat("# nothing there\n", lines-2) + "Disallow: /late\n"
		if got := ParseRobots([]byte(late)).Allowed("stoa", "/late"); got != allowed {
			t.Errorf("a rule after %d bytes: allowed %v", len(late), got)
		}
	}
	filler := strings.Repeat("# nothing here\n", maxRobots/15-1)
	within := "User-agent: *\nDisallow: /a\n"
	if ParseRobots([]byte(within+filler+filler)).Allowed("stoa", "/a") {
		t.Error("a rule at the start of a long file is lost")
	}
	head, tail := "User-agent: *\nDisallow: /\n", "\nAllow: /"
	cut := head + strings.Repeat("#", maxRobots-len(head)-len(tail)) + tail + "only/this/and/nothing/else\n"
	if ParseRobots([]byte(cut)).Allowed("stoa", "/a") {
		t.Error("a rule that the limit cut short allows what it did not")
	}
}

func TestCrawlDelayIsRead(t *testing.T) {
	for _, c := range []struct {
		robots string
		want   time.Duration
	}{
		{"User-agent: *\nCrawl-delay: 10", 10 * time.Second}, {"User-agent: *\nCrawl-delay: 0.5", 500 * time.Millisecond},
		{"User-agent: *\nCrawl-delay: 9\nUser-agent: stoa\nCrawl-delay: 2\nDisallow:", 2 * time.Second},
		{"User-agent: stoa\nCrawl-delay: 2\nUser-agent: *\nCrawl-delay: 9\nDisallow:", 9 * time.Second},
		{"User-agent: x\nCrawl-delay: 10", 0}, {"User-agent: *\nCrawl-delay: -1", 0}, {"User-agent: *\nCrawl-delay: soon", 0},
		{"User-agent: *\nCrawl-delay: 1e999", time.Second}, {"User-agent: *\nCrawl-delay: " + strings.Repeat("9", 400), 1e6 * time.Second},
		{"User-agent: *\nCrawl-delay: 10 # seconds", 10 * time.Second}, {"Crawl-delay: 10\nUser-agent: *\nDisallow:", 0},
	} {
		if got := ParseRobots([]byte(c.robots)).CrawlDelay("stoa"); got != c.want {
			t.Errorf("%.60q: %v, want %v", c.robots, got, c.want)
		}
	}
}

func TestMatchingTakesNoLongerThanItMust(t *testing.T) {
	long := "/" + strings.Repeat("a", 8000)
	for name, robots := range map[string]string{
		"a thousand asterisks": "User-agent: *\nDisallow: /" + strings.Repeat("*a", 1000) + "b",
		"many rules":           "User-agent: *\n" + strings.Repeat("Disallow: /*b\n", 10000),
		"many agents":          strings.Repeat("User-agent: stoa\n", 15000) + strings.Repeat("Disallow: /b\n", 15000),
		"many groups":          strings.Repeat("User-agent: stoa\nDisallow: /b\n", 15000),
	} {
		began := time.Now()
		r := ParseRobots([]byte(robots)).only("stoa")
		if !r.Allowed("stoa", long) {
			t.Errorf("%s: forbidden", name)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// FuzzRobots asks that what is kept for one agent rules as the whole file does, that the normal form is one, and that
// a group of our own that forbids everything does so, unless the file allows something.
func FuzzRobots(f *testing.F) {
	for _, c := range robotsCases(f) {
		f.Add(c.Robots, c.URL)
	}
	f.Add("\xff\xfeU\x00", "/\xff%")
	f.Add("User-agent: stoa\nDisallow: /*$*a$\nAllow: *", "http://x/?%zz")
	f.Fuzz(func(t *testing.T, robots, address string) {
		r := ParseRobots([]byte(robots))
		got := r.Allowed("stoa", address)
		if r.only("stoa").Allowed("stoa", address) != got {
			t.Errorf("the kept rules differ from the whole file")
		}
		if d := r.CrawlDelay("stoa"); d < 0 {
			t.Errorf("delay %v", d)
		}
		if path := normal(address, false); normal(path, false) != path && !strings.ContainsAny(address, "*$") {
			t.Errorf("normal(%q) = %q, and again %q", address, path, normal(path, false))
		}
		if strings.Contains(strings.ToLower(robots), "allow") || strings.HasPrefix(robots, "\xff\xfe") || strings.HasPrefix(robots, "\xfe\xff") || len(robots) > maxRobots/2 {
			return
		}
		if ParseRobots([]byte(robots+"\nUser-agent: stoa\nDisallow: /\n")).Allowed("stoa", address) && pathOf(address) != "/robots.txt" {
			t.Errorf("what forbids everything allows %q", address)
		}
	})
}
