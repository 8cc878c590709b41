package stale

import (
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

var begin = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func at(days float64) time.Time { return begin.Add(time.Duration(days * float64(day))) }

const (
	address = "https://csirt.example/publications/guide"
	title   = "Guide to setting up a national team"
)

const goodPage = `<html lang="en"><head><title>Guide to setting up a national team</title></head><body><nav>Home</nav>
<h1>Guide to setting up a national team</h1><p>The guide takes a ministry from the first decision to a team that
answers day and night, with services, staff, tools and costs, and with examples from nine countries of the region.</p>
<p>Each chapter ends with questions that a country can answer for itself before it asks for help from others.</p></body></html>`

func status(days float64, code int) stoa.Check {
	return stoa.Check{At: at(days), Status: code, Final: address}
}
func good(days float64) stoa.Check { c := status(days, 200); c.Body = goodPage; return c }
func shows(days float64, body string) stoa.Check {
	c := status(days, 200)
	c.Body = body
	return c
}
func redirected(days float64, to string, code int, body string) stoa.Check {
	return stoa.Check{At: at(days), Status: 200, Final: to, Hops: []stoa.Hop{{Status: code, Location: to}}, Body: body}
}
func fails(days float64, class string) stoa.Check {
	return stoa.Check{At: at(days), Error: class, Class: class}
}
func looks(n int, each float64, one func(float64) stoa.Check) []stoa.Check {
	var out []stoa.Check
	for i := range n {
		out = append(out, one(float64(i)*each))
	}
	return out
}
func checks(c ...stoa.Check) Input { return Input{Checks: c} }

// rule is one row: an input, whether the rule fires on it, and what comes of it.
type rule struct {
	name  string
	in    Input
	fires bool
	want  string // of availability, relevance or verdict; "" is not looked at
}

// prove runs the rows of a rule. Every table must have a row on which the rule fires and one on which it does not.
func prove(t *testing.T, number string, rows []rule) {
	t.Helper()
	fired := map[bool]int{}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			in := r.in
			if in.URL == "" {
				in.URL = address
			}
			if in.Title == "" {
				in.Title = title
			}
			if in.Now.IsZero() {
				in.Now = begin
				for _, c := range in.Checks {
					if c.At.After(in.Now) {
						in.Now = c.At
					}
				}
			}
			got := Judge(in)
			fired[r.fires]++
			if slices.Contains(got.Rules, number) != r.fires {
				t.Errorf("rules %v, want %s to fire: %v (%v)", got.Rules, number, r.fires, got.Why)
			}
			state := []string{string(got.Availability), string(got.Relevance), got.Verdict}
			if r.want != "" && !slices.Contains(state, r.want) {
				t.Errorf("%v, want %s (%v)", state, r.want, got.Why)
			}
			grounded(t, got)
			in.Off = map[string]bool{number: true}
			if off := Judge(in); slices.Contains(off.Rules, number) {
				t.Errorf("switched off, %s fires still", number)
			}
		})
	}
	if fired[true] == 0 || fired[false] == 0 {
		t.Errorf("%s is seen firing %d times and not firing %d times", number, fired[true], fired[false])
	}
}

// grounded checks that every sentence can be said from its parts too.
func grounded(t *testing.T, r Result) {
	t.Helper()
	if len(r.Grounds) != len(r.Why) {
		t.Fatalf("%d sentences, %d taken apart", len(r.Why), len(r.Grounds))
	}
	for i, g := range r.Grounds {
		if g.Code == "" || r.Why[i] == "" {
			t.Errorf("%q is %+v", r.Why[i], g)
		}
		looks := slices.Contains([]string{"failed", "failed-first", "blocked", "taken-off"}, g.Code)
		if looks && (len(g.What) == 0 || len(g.On) == 0) {
			t.Errorf("%q is %+v: want what was seen, and when", r.Why[i], g)
		}
		if strings.HasPrefix(r.Why[i], "Link last worked") && g.Last == "" {
			t.Errorf("%q is %+v: want when it worked", r.Why[i], g)
		}
	}
}

func TestS01Gone(t *testing.T) {
	prove(t, "S1", []rule{
		{"twice, a day apart", checks(status(0, 410), status(1, 410)), true, "dead"},
		{"once", checks(good(0), status(7, 410)), false, "suspect"},
		{"twice within the day", checks(status(0, 410), status(0.5, 410)), false, "suspect"},
		{"back again", checks(status(0, 410), status(1, 410), good(2)), false, "alive"},
	})
}

func TestS02NotFound(t *testing.T) {
	prove(t, "S2", []rule{
		{"three times, three days apart", checks(looks(3, 3, func(d float64) stoa.Check { return status(d, 404) })...), true, "dead"},
		{"once: suspect", checks(good(0), status(7, 404)), true, "suspect"},
		{"three times within three days", checks(status(0, 404), status(1, 404), status(2.9, 404)), true, "suspect"},
		{"twice, and there again", checks(status(0, 404), status(3, 404), good(6), status(9, 404)), true, "suspect"},
		{"never", checks(good(0), good(7)), false, "alive"},
		{"the clock jumped", Input{Checks: looks(3, 3, func(d float64) stoa.Check { return status(d, 404) }), Steady: at(-1)}, false, "unconfirmed"},
	})
}

func TestS03Refused(t *testing.T) {
	var rows []rule
	for _, code := range []int{401, 402, 403, 407, 412, 428, 440, 449, 451} {
		rows = append(rows, rule{stoaStatus(code), checks(looks(6, 14, func(d float64) stoa.Check { return status(d, code) })...), true, "blocked"})
	}
	prove(t, "S3", append(rows,
		rule{"once after it worked", checks(good(0), status(7, 403)), false, "alive"},
		rule{"a wall for machines with status 200", checks(shows(0, "<title>Just a moment...</title><h1>Checking your browser</h1>"), shows(7, "<title>Just a moment...</title><h1>Checking your browser</h1>")), true, "blocked"},
		rule{"answers again", checks(status(0, 403), status(7, 403), good(14)), false, "alive"},
	))
}

func stoaStatus(code int) string {
	return string(rune('0'+code/100)) + string(rune('0'+code/10%10)) + string(rune('0'+code%10))
}

func TestS04Wait(t *testing.T) {
	wait := func(d float64) stoa.Check {
		c := status(d, 503)
		c.Headers = map[string]string{"retry-after": "3600"}
		return c
	}
	for name, in := range map[string]Input{
		"429":                  checks(looks(9, 10, func(d float64) stoa.Check { return status(d, 429) })...),
		"503 with Retry-After": checks(looks(9, 10, wait)...),
	} {
		in.URL, in.Now = address, at(80)
		if got := Judge(in); got.Verdict != Alive || got.Availability != stoa.Unconfirmed {
			t.Errorf("%s: %s %s, want no verdict", name, got.Verdict, got.Availability)
		}
	}
	in := checks(looks(9, 10, func(d float64) stoa.Check { return status(d, 503) })...)
	in.URL, in.Now = address, at(80)
	if got := Judge(in); got.Verdict != Dead {
		t.Errorf("503 without Retry-After: %s, want dead by S5", got.Verdict)
	}
	in = checks(stoa.Check{At: at(0), Status: 429, Headers: map[string]string{"Retry-After": "1209600"}})
	in.URL, in.Now = address, at(1)
	if got := Judge(in).NextCheck; got.Before(at(14)) {
		t.Errorf("next check %s, want not before the host allows", got)
	}
}

func TestS05ServerFails(t *testing.T) {
	prove(t, "S5", []rule{
		{"four over seven days: suspect", checks(good(0), status(1, 500), status(3, 502), status(5, 500), fails(8, "timeout")), true, "suspect"},
		{"thirty days: dead", checks(status(0, 500), status(10, 500), fails(20, "reset"), status(30, 503)), true, "dead"},
		{"a week of 503, daily, six days", checks(append([]stoa.Check{good(0)}, status(1, 503), status(2, 503), status(3, 503), status(4, 503), status(5, 503), status(6, 503), status(7, 503))...), false, "alive"},
		{"three only", checks(status(0, 500), status(15, 500), status(31, 500)), false, "unconfirmed"},
		{"a name server out of order", checks(fails(0, "dns-temporary"), fails(4, "dns-temporary"), fails(8, "dns-temporary")), false, "unconfirmed"},
	})
}

func TestS06NameNotFound(t *testing.T) {
	prove(t, "S6", []rule{
		{"three over seven days", checks(fails(0, "dns"), fails(3, "refused"), fails(7, "dns")), true, "dead"},
		{"three over six days: suspect", checks(fails(0, "dns"), fails(3, "dns"), fails(6, "dns")), true, "suspect"},
		{"once", checks(good(0), fails(7, "dns")), false, "alive"},
		{"told in words", checks(stoa.Check{At: at(0), Error: "lookup x: no such host"}, stoa.Check{At: at(4), Error: "lookup x: no such host"}, stoa.Check{At: at(8), Error: "connect: connection refused"}), true, "dead"},
	})
}

func TestS07Certificate(t *testing.T) {
	prove(t, "S7", []rule{
		{"a warning", checks(good(0), fails(7, "tls")), true, "alive"},
		{"suspect after thirty days, never dead", checks(looks(10, 10, func(d float64) stoa.Check { return fails(d, "tls") })...), true, "suspect"},
		{"valid again", checks(fails(0, "tls"), good(7)), false, "alive"},
	})
}

func TestS09Outage(t *testing.T) {
	for _, class := range []string{HostOutage, OwnOutage} {
		in := checks(append([]stoa.Check{good(0)}, looks(9, 5, func(d float64) stoa.Check { return fails(d+1, class) })...)...)
		in.URL, in.Title, in.Now = address, title, at(42)
		if got := Judge(in); got.Verdict != Alive || got.Availability != stoa.Alive {
			t.Errorf("%s: %s %s, want no verdict", class, got.Verdict, got.Availability)
		}
	}
	in := checks(looks(9, 5, func(d float64) stoa.Check { return fails(d+1, "dns") })...)
	in.URL, in.Now = address, at(42)
	if got := Judge(in); got.Verdict != Dead {
		t.Errorf("one host alone: %s, want dead", got.Verdict)
	}
}

func TestS10Moved(t *testing.T) {
	to := "https://csirt.example/library/17"
	prove(t, "S10", []rule{
		{"twice, seven days apart", checks(redirected(0, to, 301, goodPage), redirected(7, to, 308, goodPage)), true, "moved"},
		{"twice within seven days", checks(redirected(0, to, 301, goodPage), redirected(6, to, 301, goodPage)), false, "alive"},
		{"for the time being", checks(redirected(0, to, 302, goodPage), redirected(7, to, 302, goodPage)), false, "alive"},
		{"another title", checks(redirected(0, to, 301, "<title>Shop</title><p>"+strings.Repeat("shoes and bags ", 40)), redirected(7, to, 301, "<title>Shop</title><p>"+strings.Repeat("shoes and bags ", 40))), false, ""},
		{"https and a slash", checks(redirected(0, address+"/", 301, goodPage), redirected(7, address+"/", 301, goodPage)), false, "alive"},
	})
	in := checks(redirected(0, to, 301, goodPage), redirected(7, to, 301, goodPage))
	in.URL, in.Title, in.Now = address, title, at(7)
	if got := Judge(in); got.To != to {
		t.Errorf("moved to %q, want %q", got.To, to)
	}
}

func TestS11Astray(t *testing.T) {
	front := "<title>Agency</title><h1>Agency</h1><p>" + strings.Repeat("News of the agency and its partners. ", 20)
	thrice := func(to string) Input {
		return checks(looks(3, 4, func(d float64) stoa.Check { return redirected(d, to, 302, front) })...)
	}
	withURL := func(in Input, url string) Input { in.URL = url; return in }
	prove(t, "S11", []rule{
		{"the front page", thrice("https://csirt.example/"), true, "dead"},
		{"a language's front page", thrice("https://www.csirt.example/fr/index.html"), true, "dead"},
		{"a login", thrice("https://csirt.example/user/login?next=%2Fguide"), true, "dead"},
		{"a search", thrice("https://csirt.example/search?q=guide"), true, "dead"},
		{"the list it stood in", thrice("https://csirt.example/publications/"), true, "dead"},
		{"twice: suspect", checks(redirected(0, "https://csirt.example/", 302, front), redirected(4, "https://csirt.example/", 302, front)), true, "suspect"},
		{"once", checks(good(0), redirected(7, "https://csirt.example/", 302, front)), false, "alive"},
		{"a site of its own, under its title", checks(looks(3, 4, func(d float64) stoa.Check { return redirected(d, "https://teamguide.example/", 302, goodPage) })...), false, "alive"},
		{"another's front page", checks(looks(3, 4, func(d float64) stoa.Check { return redirected(d, "https://elsewhere.example/", 302, front) })...), true, "dead"},
		{"the original was the front page", withURL(thrice("https://csirt.example/en/"), "https://csirt.example/"), false, "alive"},
		{"the original was a login", withURL(thrice("https://csirt.example/login"), "https://csirt.example/login/"), false, "alive"},
	})
}

func TestS12ErrorAddress(t *testing.T) {
	body := "<title>Agency</title><p>" + strings.Repeat("The agency and its partners. ", 20)
	prove(t, "S12", []rule{
		{"404 in the address", checks(looks(3, 4, func(d float64) stoa.Check { return redirected(d, "https://csirt.example/en/404.html", 302, body) })...), true, "dead"},
		{"page not found", checks(looks(3, 4, func(d float64) stoa.Check { return redirected(d, "https://csirt.example/page-not-found", 302, body) })...), true, "dead"},
		{"a parameter", checks(looks(3, 4, func(d float64) stoa.Check {
			return redirected(d, "https://csirt.example/x?aspxerrorpath=/guide", 302, body)
		})...), true, "dead"},
		{"a room number", checks(looks(3, 4, func(d float64) stoa.Check { return redirected(d, "https://csirt.example/rooms/4041", 302, body) })...), false, "alive"},
		{"the original has it too", Input{URL: "https://csirt.example/errors/guide", Checks: looks(3, 4, func(d float64) stoa.Check {
			return redirected(d, "https://csirt.example/errors/guide/1", 302, goodPage)
		})}, false, "alive"},
	})
}

func TestS13SoftNotFound(t *testing.T) {
	page := func(head, text, robots string) string {
		return `<html><head><title>` + head + `</title><meta name="robots" content="` + robots + `"></head><body><h1>` + head + `</h1><p>` + text + `</p></body></html>`
	}
	long := strings.Repeat("Popular pages of the agency and of its partners in the region. ", 12)
	thrice := func(body string) []stoa.Check {
		return looks(3, 4, func(d float64) stoa.Check { return shows(d, body) })
	}
	sibling := func(body string) *stoa.Check { return &stoa.Check{Status: 200, Body: body} }
	heads := []string{"Page not found", "Cette page est introuvable", "Página no encontrada", "الصفحة غير موجودة", "页面不存在", "Страница не найдена"}
	var rows []rule
	for _, h := range heads {
		rows = append(rows,
			rule{h + ", almost no text", Input{Checks: thrice(page(h, "", ""))}, true, "dead"},
			rule{h + ", not to be indexed", Input{Checks: thrice(page(h, long, "noindex"))}, true, "dead"},
			rule{h + ", as for any path", Input{Checks: thrice(page(h, long, "")), Sibling: sibling(page(h, long, ""))}, true, "dead"},
			rule{h + ", one sign only", Input{Checks: thrice(page(h, long, ""))}, false, "alive"},
		)
	}
	shell := `<title>App</title><div id=root></div><noscript>Enable scripts</noscript>`
	rows = append(rows,
		rule{"taken down, almost no text", Input{Checks: thrice(page("Content removed", "It has been taken down.", ""))}, true, "dead"},
		rule{"seen once", Input{Checks: []stoa.Check{good(0), shows(7, page(heads[0], "", ""))}}, false, "alive"},
		rule{"seen twice within a day", Input{Checks: []stoa.Check{good(0), shows(7, page(heads[0], "", "")), shows(7.5, page(heads[0], "", ""))}}, false, "alive"},
		rule{"a front page", Input{URL: "https://csirt.example/en/", Checks: thrice(page(heads[0], "", "noindex"))}, false, "alive"},
		rule{"a shell that scripts fill", Input{Checks: thrice(shell), Sibling: sibling(shell)}, false, "alive"},
		rule{"a guide to such pages", Input{Title: "What a page not found should say", Checks: thrice(page("What a page not found should say", "Short.", "noindex"))}, false, "alive"},
		rule{"there, on a site that answers anything", Input{Checks: thrice(goodPage), Sibling: sibling(page(heads[0], "", ""))}, false, "alive"},
		rule{"a document", Input{Checks: thrice("%PDF-1.7 page not found")}, false, "alive"},
	)
	prove(t, "S13", rows)
}

func TestS14Parked(t *testing.T) {
	sale := `<title>csirt.example is for sale</title><h1>csirt.example is for sale</h1><p>Buy this domain.</p>`
	prove(t, "S14", []rule{
		{"for sale, by a parking service: at once", checks(good(0), shows(7, sale+`<script src="https://img.sedoparking.com/x.js"></script>`)), true, "quarantined"},
		{"for sale, on another domain", checks(redirected(0, "https://market.example/csirt", 302, sale)), true, "quarantined"},
		{"for sale, the same for every path", Input{Checks: []stoa.Check{shows(0, sale)}, Sibling: &stoa.Check{Status: 200, Body: sale}}, true, "quarantined"},
		{"taken over", checks(good(0), shows(7, "<title>Casino and slot online</title><p>Togel, jackpot and betting for all players.</p>")), true, "quarantined"},
		{"for sale, and titled by the domain", checks(good(0), shows(7, "<title>csirt.example</title><h1>csirt.example may be for sale</h1><p>Ask for a price.</p>")), true, "quarantined"},
		{"titled by the domain alone", checks(good(0), shows(7, "<title>csirt.example</title><p>"+strings.Repeat("News of the team and its partners. ", 30))), false, ""},
		{"one sign only", checks(good(0), shows(7, "<title>Our guide</title><p>This domain is for sale, says the page of many a bank.</p>")), false, ""},
		{"a guide to parked domains", Input{Title: "Parked domains", Checks: []stoa.Check{shows(0, "<title>Parked domains</title><h1>Parked domains</h1><p>"+strings.Repeat("Many say that a domain is for sale. ", 60))}}, false, "alive"},
		{"moved to a partner's domain", checks(redirected(0, "https://partner.example/guide", 301, goodPage)), false, "alive"},
	})
}

func TestS15AnotherSubject(t *testing.T) {
	other := "<title>Summer market</title><h1>Summer market</h1><p>" + strings.Repeat("Fruit, cheese and honey on the square every Saturday. ", 12)
	newer := strings.ReplaceAll(goodPage, "takes a ministry", "now takes every ministry")
	prove(t, "S15", []rule{
		{"for seven days", checks(good(0), shows(7, other), shows(14, other)), true, "changed"},
		{"for six days", checks(good(0), shows(7, other), shows(13, other)), false, "alive"},
		{"against the accepted text", Input{Accepted: "The guide takes a ministry from the first decision to a team", Checks: []stoa.Check{shows(0, other), shows(7, other)}}, true, "changed"},
		{"rewritten", checks(good(0), shows(7, newer), shows(14, newer)), false, "alive"},
		{"back again", checks(good(0), shows(7, other), shows(14, other), good(21)), false, "alive"},
	})
}

func TestS31Returns(t *testing.T) {
	prove(t, "S31", []rule{
		{"was dead, answers", checks(status(0, 404), status(4, 404), status(8, 404), good(38)), true, "alive"},
		{"was parked, answers", checks(shows(0, `<title>x is for sale</title><h1>domain for sale</h1><script src="//bodis.com/x"></script>`), good(38)), true, "alive"},
		{"was never away", checks(good(0), good(7)), false, "alive"},
	})
}
