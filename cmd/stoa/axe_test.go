package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeSource is axe-core 4.14.1 (MPL 2.0, Deque Systems), which judges pages for accessibility.
//
//go:embed testdata/axe/axe.min.js
var axeSource string

// violation is one rule of WCAG that a page breaks, and where.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		HTML           string
		FailureSummary string
	}
}

// judged fails the test for each rule of WCAG 2.2, levels A and AA, that the page now in the tab breaks.
func judged(t *testing.T, tab context.Context, page string) {
	t.Helper()
	for _, v := range broken(t, tab, page) {
		for i, n := range v.Nodes {
			if i == 3 {
				t.Errorf("%s: %s: and %d more", page, v.ID, len(v.Nodes)-i)
				break
			}
			t.Errorf("%s: %s (%s): %s\n\t%s\n\t%s", page, v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

// broken are the rules that the page now in the tab breaks. It evaluates through the debugger, which a Content-Security-Policy
// does not bind.
func broken(t *testing.T, tab context.Context, page string) []violation {
	t.Helper()
	if _, err := chromedp.Run(tab, chromedp.Evaluate[bool](axeSource+";true")); err != nil {
		t.Fatalf("%s: load axe-core: %v", page, err)
	}
	found, err := chromedp.Run(tab, chromedp.Evaluate[string](`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
		.then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: run axe-core: %v", page, err)
	}
	var violations []violation
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		t.Fatalf("%s: read what axe-core says: %v", page, err)
	}
	return violations
}

// The judge can say no: a page with known faults is found out, fault by fault.
func TestTheJudgeFindsFaults(t *testing.T) {
	tab := browser(t)
	const faulty = `<html><title>x</title><body><img src=x><a href=/x></a><p style="color:%23aaa;background:%23bbb">pale</p><input><button style="width:9px;height:9px;padding:0">a</button><button style="width:9px;height:9px;padding:0">b</button></body></html>`
	steps(t, tab, chromedp.Navigate("data:text/html,"+faulty))
	found := map[string]bool{}
	for _, v := range broken(t, tab, "a page with faults") {
		found[v.ID] = true
	}
	for _, want := range []string{"html-has-lang", "image-alt", "link-name", "color-contrast", "label", "target-size"} {
		if !found[want] {
			t.Errorf("the judge does not see %s; it sees %v", want, found)
		}
	}
}
