package main

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// An official of Senegal goes from the first page to an open programme under a pillar in three clicks: countries, Senegal, the programme. It
// goes the same with scripts off.
func TestThreeClicksToAnOpenProgramme(t *testing.T) {
	home := stocked(t)
	tab := browser(t)
	asked := requests(t, tab)
	for _, scripts := range []bool{true, false} {
		if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ language, pillar, title string }{
			{"en", "legal", "Fellowship on electronic evidence for judges"},
			{"ar", "technical", "ورشة عمل لفرق CSIRT الوطنية (2099)"},
		} {
			steps(t, tab,
				chromedp.Navigate(home+"/"+c.language+"/"),
				chromedp.Click(chromedp.CSS(`header nav a[href$="/countries"]`)),
				chromedp.Click(chromedp.CSS(`main a[href$="/countries/SN"]`)),
				chromedp.Click(chromedp.CSS(`section[aria-labelledby=h-`+c.pillar+`] th a`)),
				chromedp.WaitVisible(chromedp.CSS(`article h1`)))
			if got := text(t, tab, `article h1`); got != c.title {
				t.Errorf("%s, scripts %v: three clicks lead to %q, want %q", c.language, scripts, got, c.title)
			}
		}
	}
	steps(t, tab, chromedp.Navigate(home+"/en/map"), chromedp.Navigate(home+"/en/report"), chromedp.Navigate(home+"/ar/calendar"))
	own, err := url.Parse(home)
	if err != nil {
		t.Fatal(err)
	}
	seen := asked()
	for _, address := range seen {
		if u, err := url.Parse(address); err != nil || u.Scheme != "data" && u.Host != own.Host {
			t.Errorf("a request left the site: %s", address)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d requests were seen: the test would pass on anything", len(seen))
	}
}

// requests collects the addresses that the tab asks for from now on.
func requests(t *testing.T, tab context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	err := chromedp.Listen(tab, func(ev any) {
		if sent, ok := ev.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, sent.Request.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), asked...)
	}
}

// The keyboard alone leads from the first page to an open programme, and what has the focus can be seen.
func TestTheKeyboardAloneIsEnough(t *testing.T) {
	home := stocked(t)
	tab := browser(t)
	steps(t, tab, chromedp.Navigate(home+"/en/"))
	for _, href := range []string{"#main", "/en/countries", "/en/countries/SN", "/en/records/fellowship-on-electronic-evidence-for-judges-"} {
		if href == "#main" { // the first stop leads past the head, and back
			press(t, tab, "\t")
			if got := focused(t, tab); got != "#main" {
				t.Errorf("the first stop leads to %q, want past the head", got)
			}
			continue
		}
		at := ""
		for range 150 {
			press(t, tab, "\t")
			if at = focused(t, tab); strings.HasPrefix(at, href) && (at == href || strings.HasSuffix(href, "-")) {
				break
			}
		}
		if number(t, tab, `parseFloat(getComputedStyle(document.activeElement).outlineWidth) * (getComputedStyle(document.activeElement).outlineStyle != "none")`) < 2 {
			t.Errorf("%s has the focus, and one cannot see it", at)
		}
		press(t, tab, "\r")
		arrive(t, tab, href)
		steps(t, tab, chromedp.WaitVisible(chromedp.CSS(`h1`)))
	}
	steps(t, tab, chromedp.Navigate(home+"/en/map"), chromedp.Focus(chromedp.CSS(`svg.map a[href$="/SN"]`)))
	press(t, tab, "\r")
	arrive(t, tab, "/en/countries/SN")
}

func press(t *testing.T, tab context.Context, key string) {
	t.Helper()
	steps(t, tab, chromedp.KeyEvent(key))
}

// focused is where the element with the focus leads.
func focused(t *testing.T, tab context.Context) string {
	t.Helper()
	at, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.activeElement.getAttribute("href") || ""`))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Arabic is the mirror of English: the mark, the pillars and the figures stand on the other side, and a Latin title keeps its own direction.
func TestArabicIsMirrored(t *testing.T) {
	home := stocked(t)
	tab := browser(t)
	window(t, tab, 1280)
	for _, c := range []struct{ path, first, second string }{
		{"/", ".brand", "header nav"},
		{"/", ".stoa tbody tr:first-child", ".stoa tbody tr:last-child"},
		{"/countries/SN", "section.col th", "section.col td:last-child"},
		{"/calendar?month=" + due().Format("2006-01"), ".wide > div", ".wide > aside"},
	} {
		before := func(language string) bool {
			steps(t, tab, chromedp.Navigate(home+"/"+language+c.path))
			middle := `(s => { const r = document.querySelector(s).getBoundingClientRect(); return r.left + r.width / 2 })`
			return number(t, tab, middle+"(`"+c.first+"`)") < number(t, tab, middle+"(`"+c.second+"`)")
		}
		if !before("en") || before("ar") {
			t.Errorf("%s: %s before %s: in English %v, in Arabic %v", c.path, c.first, c.second, before("en"), before("ar"))
		}
	}
	steps(t, tab, chromedp.Navigate(home+"/ar/countries/SN"))
	for title, want := range map[string]string{"Fellowship": "ltr", "ورشة": "rtl"} {
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](`getComputedStyle([...document.querySelectorAll("th a")].find(a => a.textContent.startsWith("`+title+`"))).direction`))
		if err != nil || got != want {
			t.Errorf("%s: direction %q, want %q (%v)", title, got, want, err)
		}
	}
}

// Twice as large, by the browser's zoom or by its letters, nothing runs out of the window.
func TestTwiceAsLargeStillFits(t *testing.T) {
	home := stocked(t)
	tab := browser(t)
	large := browser(t, chromedp.Flag("blink-settings", "defaultFontSize=32"))
	steps(t, large, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(home+"/en/"))
	if size := number(t, large, `parseFloat(getComputedStyle(document.body).fontSize)`); size != 32 {
		t.Fatalf("letters are of %d px, want 32", size)
	}
	for name, path := range pageKinds(t, tab, home) {
		steps(t, tab, chromedp.EmulateViewport(640, 450, chromedp.EmulateScale(2)), chromedp.Navigate(home+"/en"+path))
		if wide := number(t, tab, `document.scrollingElement.scrollWidth`); wide > 640 {
			t.Errorf("%s at 200 %%: %d px, want 640", name, wide)
		}
		steps(t, large, chromedp.Navigate(home+"/en"+path))
		if wide := number(t, large, `document.scrollingElement.scrollWidth`); wide > 1280 {
			t.Errorf("%s with letters twice as large: %d px, want 1280", name, wide)
		}
	}
}

// On paper the pages are ink: no forms, no menus, and a report keeps its charts.
func TestPagesPrintAsInk(t *testing.T) {
	home := stocked(t)
	tab := browser(t)
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	const gone, kept = `[...document.querySelectorAll("form, nav, .tools")].every(e => !e.checkVisibility())`, `document.querySelectorAll("main h1").length == 1 && getComputedStyle(document.body).color == "rgb(0, 0, 0)"`
	for _, path := range []string{"/en/", "/ar/countries/SN", "/en/report", "/en/calendar"} {
		steps(t, tab, chromedp.Navigate(home+path))
		for _, rule := range []string{gone, kept} {
			if ok, err := chromedp.Run(tab, chromedp.Evaluate[bool](rule)); err != nil || !ok {
				t.Errorf("%s: not so: %s (%v)", path, rule, err)
			}
		}
	}
	steps(t, tab, chromedp.Navigate(home+"/en/report"))
	if n := number(t, tab, `[...document.querySelectorAll("svg.bar")].filter(e => e.checkVisibility()).length`); n < 10 {
		t.Errorf("%d charts are printed", n)
	}
}
