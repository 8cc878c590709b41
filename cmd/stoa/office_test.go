package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const officeList = `title,url,summary,publisher
Zebra course on incident handling for national teams,https://zebra.example/course,A training course for staff of national response teams.,Zebra
Yak guide to national cybersecurity strategies,https://yak.example/guide,A guide for ministries that write a strategy.,Yak
Crane law on electronic evidence and cybercrime,https://crane.example/law,A law on electronic evidence with notes for prosecutors.,Crane
`

// furnished serves a catalogue whose desk has something on every page, and returns its address and a partner's link.
func furnished(t *testing.T) (home, partner string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "list.csv"), []byte(officeList), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, dir, "", 0, "import", "list.csv")
	command(t, dir, "a sentence as password\n", 0, "user", "add", "ada", "--role", "admin", "--password-stdin")
	command(t, dir, "", 0, "user", "add", "mirror", "--role", "viewer", "--token", "--scope", "read")
	ids := regexp.MustCompile(`(?m)^new +(\S+)`).FindAllStringSubmatch(command(t, dir, "", 0, "queue", "--reason", "new"), -1)
	if len(ids) < 3 {
		t.Fatalf("%d new items", len(ids))
	}
	command(t, dir, "", 0, "decide", ids[0][1], "accept", "--by", "ada")
	command(t, dir, "", 0, "decide", ids[1][1], "refuse", "--reason", "commercial", "--by", "bo")
	command(t, dir, "", 0, "decide", ids[2][1], "set", "--field", "title", "--value", "Another title", "--by", "ada")
	link := strings.TrimSpace(command(t, dir, "", 0, "partner", "lend", "ITU"))
	home = hall(t, dir)
	return home, home + link[strings.Index(link, "/en/partner/"):]
}

// enters signs the admin of furnished in.
func enters(t *testing.T, home string, tab context.Context) {
	t.Helper()
	steps(t, tab,
		chromedp.Navigate(home+"/curate/login?language=en"),
		chromedp.SendKeys(chromedp.CSS(`#name`), "ada"),
		chromedp.SendKeys(chromedp.CSS(`input[type=password]`), "a sentence as password"),
		chromedp.Submit(chromedp.CSS(`#name`)))
	arrive(t, tab, "/curate/queue")
}

// The pages around the triage fit a phone and a desk, in English and in Arabic, and axe-core finds nothing against WCAG 2.2 AA.
func TestOfficePagesFitPhoneAndDesk(t *testing.T) {
	home, partner := furnished(t)
	tab := browser(t)
	enters(t, home, tab)
	steps(t, tab, chromedp.Navigate(home+"/en/records?q=csirt"))
	record, err := chromedp.Run(tab, chromedp.AttributeValue(chromedp.CSS(`ol.list li.rec h2 a`), "href"))
	if err != nil {
		t.Fatal(err)
	}
	short := record.Value[strings.LastIndex(record.Value, "-")+1:]
	steps(t, tab, chromedp.Navigate(home+"/en/report/"+short),
		chromedp.SetValue(chromedp.CSS(`textarea`), "The date is wrong."), chromedp.Submit(chromedp.CSS(`textarea`)))
	arrive(t, tab, "sent=1")
	long := os.Getenv("STOA_SOAK") != ""
	pages := map[string]string{
		"account": "/curate/account", "people": "/curate/people", "partners": "/curate/partners", "desk-sources": "/curate/sources", "desk-source": "/curate/sources/" + firstSource(t, tab, home),
		"source-new": "/curate/sources/new", "log": "/curate/log", "log-rule": "/curate/log?rule=classify", "numbers": "/curate/numbers", "stale": "/curate/stale", "letter": "/curate/queue?reason=letter",
		"report": "/%s/report/" + short, "propose": "/%s/propose", "partner": strings.Replace(strings.TrimPrefix(partner, home), "/en/", "/%s/", 1),
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		path := pages[name]
		for _, code := range []string{"en", "ar"} {
			at := path
			if strings.HasPrefix(at, "/%s/") {
				at = strings.Replace(at, "%s", code, 1)
			} else {
				at += map[bool]string{true: "&", false: "?"}[strings.Contains(at, "?")] + "language=" + code
			}
			for _, width := range []int64{360, 1280} {
				if long || code == "ar" == (width == 360) { // the short form crosses languages with widths once
					pictured(t, tab, home+at, name+"-"+code, width)
				}
			}
		}
	}
}

// firstSource is the id of a source that the desk lists.
func firstSource(t *testing.T, tab context.Context, home string) string {
	t.Helper()
	steps(t, tab, chromedp.Navigate(home+"/curate/sources"))
	a, err := chromedp.Run(tab, chromedp.AttributeValue(chromedp.CSS(`tbody th a`), "href"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(a.Value, "/curate/sources/")
}

// pictured fails when a page is wider than its window or breaks a rule of WCAG 2.2 AA, and keeps a picture of it.
func pictured(t *testing.T, tab context.Context, address, name string, width int64) {
	t.Helper()
	steps(t, tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address))
	fits(t, tab, width, name)
	judged(t, tab, fmt.Sprintf("%s at %d px", name, width))
	dir := t.ArtifactDir()
	if named := os.Getenv("STOA_SHOTS"); named != "" {
		dir = named
	}
	picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("office-%s-%d.png", name, width)), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
