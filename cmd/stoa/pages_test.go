package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// Every page fits a phone and a desk, in English and in Arabic, without sideways scrolling, and axe-core finds nothing against WCAG 2.2 AA. The pictures are kept beside a failed test, and
// under STOA_SHOTS when that names a directory (`make shots` writes those of the README).
func TestPagesFitPhoneAndDesk(t *testing.T) {
	home := hall(t, t.TempDir())
	tab := browser(t)
	dir := t.ArtifactDir()
	if named := os.Getenv("STOA_SHOTS"); named != "" {
		dir = named
	}
	steps(t, tab, chromedp.Navigate(home+"/en/records?q=csirt"))
	record, err := chromedp.Run(tab, chromedp.AttributeValue(chromedp.CSS(`ol.list li.rec h2 a`), "href"))
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"home": "/en/", "home-ar": "/ar/", "records": "/en/records?q=csirt", "records-ar": "/ar/records?pillar=technical",
		"record": record.Value, "sources": "/en/sources", "about": "/en/about", "changes": "/en/changes", "crawler": "/en/crawler", "crawler-ar": "/ar/crawler", "login": "/curate/login"}
	for name, path := range pages {
		for _, width := range []int64{360, 1280} {
			steps(t, tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(home+path))
			wide, err := chromedp.Run(tab, chromedp.Evaluate[int64](`document.scrollingElement.scrollWidth`))
			if err != nil {
				t.Fatal(err)
			}
			if wide > width {
				t.Errorf("%s at %d px is %d px wide", path, width, wide)
			}
			judged(t, tab, fmt.Sprintf("%s at %d px", path, width))
			picture, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
