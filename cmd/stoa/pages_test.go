package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"stoa"
)

// offers are what the pages are looked at with, besides the seed: calls of several languages that are open, one of them for Senegal alone. %[1]s is the
// day on which they close, all but the French one, which closes later: who opens the first of a list opens one and the same.
const offers = `title,url,summary,publisher,kind,pillars,countries,regions,deadline,language
Fellowship on electronic evidence for judges,https://one.example/a,A training programme for judges and prosecutors in Senegal.,Zebra,programme,legal,SN,,%[1]s,en
ورشة عمل لفرق CSIRT الوطنية (2099),https://one.example/b,برنامج تدريبي لفرق الاستجابة الوطنية.,Yak,programme,technical,,africa,%[1]s,ar
Formation pour les équipes d’intervention,https://one.example/c,Un programme de formation pour toute équipe nationale.,Xerus,programme,capacity,,global,2099-12-31,fr
国家网络安全战略培训班,https://one.example/d,面向发展中国家官员的培训计划。,Yak,programme,organizational,,asia-pacific,%[1]s,zh
Курсы для национальных групп реагирования,https://one.example/e,Учебная программа для сотрудников национальных групп.,Zebra,programme,capacity,,cis,%[1]s,ru
Taller sobre legislación en materia de ciberdelito,https://one.example/f,Programa de formación para fiscales y legisladores.,Xerus,programme,legal,,americas,%[1]s,es
`

// due is the day on which the offers close.
func due() time.Time { return time.Now().AddDate(0, 0, 40) }

// stocked serves the seed and the offers, and returns the address.
func stocked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "offers.csv"), fmt.Appendf(nil, offers, due().Format(time.DateOnly)), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, dir, "", 0, "import", "offers.csv")
	accepted := 0
	for line := range strings.Lines(command(t, dir, "", 0, "queue", "--json", "--reason", "new")) {
		var task stoa.Task
		if json.Unmarshal([]byte(line), &task) == nil && task.Record != nil && strings.Contains(task.Record.URL, "one.example") {
			command(t, dir, "", 0, "decide", task.Subject, "accept")
			accepted++
		}
	}
	if accepted != strings.Count(offers, "\n")-1 {
		t.Fatalf("%d calls were accepted", accepted)
	}
	return hall(t, dir)
}

// pageKinds are all kinds of public pages, by name; the address is below the language.
func pageKinds(t *testing.T, tab context.Context, home string) map[string]string {
	t.Helper()
	steps(t, tab, chromedp.Navigate(home+"/en/records?q=csirt"))
	record, err := chromedp.Run(tab, chromedp.AttributeValue(chromedp.CSS(`ol.list li.rec h2 a`), "href"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"home": "/", "records": "/records?q=csirt", "none": "/records?q=nothing-is-like-this", "record": strings.TrimPrefix(record.Value, "/en"), "countries": "/countries", "country": "/countries/SN",
		"organisations": "/organisations", "organisation": "/organisations/itu", "map": "/map", "calendar": "/calendar?month=" + due().Format("2006-01"), "month": "/calendar?view=month&month=" + due().Format("2006-01"),
		"gaps": "/gaps", "report": "/report", "sources": "/sources", "changes": "/changes", "about": "/about", "crawler": "/crawler", "missing": "/nothing-here",
	}
}

// shots are the pictures in docs/shots.
func shots() []struct {
	file, page, language string
	width                int64
} {
	return []struct {
		file, page, language string
		width                int64
	}{
		{"home-1280", "home", "en", 1280}, {"home-ar-1280", "home", "ar", 1280}, {"records-360", "records", "en", 360}, {"record-360", "record", "en", 360},
		{"country-768", "country", "en", 768}, {"map-1280", "map", "fr", 1280},
	}
}

// look is one way of looking at a page.
type look struct {
	language, scheme string
	width            int64   // at which it is judged
	widths           []int64 // that it has to fit
}

// looks are the ways in which every page is looked at: in English on the smallest phone and in Arabic on a desk; in the long form in
// all languages, at all widths, light and dark.
func looks() []look {
	if os.Getenv("STOA_SOAK") == "" {
		return []look{{"en", "light", 320, []int64{1280, 768, 320}}, {"ar", "dark", 1280, []int64{360, 1280}}}
	}
	var out []look
	for _, scheme := range []string{"light", "dark"} {
		for _, language := range stoa.Languages() {
			for _, width := range widths() {
				out = append(out, look{language, scheme, width, widths()})
			}
		}
	}
	return out
}

// Every kind of page fits its window, from 320 px on, without sideways scrolling, and axe-core finds nothing against WCAG 2.2 AA. Pictures go
// beside a failed test, and under STOA_SHOTS when that names a directory (`make shots` writes those of the README).
func TestSoakEveryPageFitsAndIsJudged(t *testing.T) {
	home := stocked(t)
	tab := browser(t)
	kinds := pageKinds(t, tab, home)
	if dir := os.Getenv("STOA_SHOTS"); dir != "" {
		for _, shot := range shots() {
			window(t, tab, shot.width)
			steps(t, tab, chromedp.Navigate(home+"/"+shot.language+kinds[shot.page]))
			picture(t, tab, filepath.Join(dir, shot.file+".png"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		for _, as := range looks() {
			called := fmt.Sprintf("%s in %s at %d px, %s", name, as.language, as.width, as.scheme)
			colours(t, tab, as.scheme)
			steps(t, tab, chromedp.Navigate(home+"/"+as.language+kinds[name]))
			for _, width := range as.widths {
				fits(t, tab, width, called)
			}
			window(t, tab, as.width)
			judged(t, tab, called)
			if t.Failed() {
				picture(t, tab, filepath.Join(t.ArtifactDir(), fmt.Sprintf("%s-%s-%d.png", name, as.language, as.width)))
			}
		}
	}
	steps(t, tab, chromedp.Navigate(home+"/curate/login"))
	judged(t, tab, "the desk's door")
}

func widths() []int64 { return []int64{320, 360, 768, 1280} }

// fits fails where the page is wider than a window.
func fits(t *testing.T, tab context.Context, width int64, name string) {
	t.Helper()
	window(t, tab, width)
	if wide := number(t, tab, `document.scrollingElement.scrollWidth`); wide > width {
		who, _ := chromedp.Run(tab, chromedp.Evaluate[string](`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
			.slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join("\n\t")`))
		t.Errorf("%s: in %d px it is %d px wide\n\t%s", name, width, wide, who)
	}
}

func window(t *testing.T, tab context.Context, width int64) {
	t.Helper()
	steps(t, tab, chromedp.EmulateViewport(width, 900))
}

// colours is what the reader's system prefers: light or dark.
func colours(t *testing.T, tab context.Context, scheme string) {
	t.Helper()
	p := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, p); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, tab context.Context, expression string) int64 {
	t.Helper()
	n, err := chromedp.Run(tab, chromedp.Evaluate[float64](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return int64(n)
}

func picture(t *testing.T, tab context.Context, file string) {
	t.Helper()
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}
