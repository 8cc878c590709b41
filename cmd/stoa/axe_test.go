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

// judged fails the test for each rule of WCAG 2.2, levels A and AA, that the page now in the tab breaks. It evaluates through the
// debugger, which a Content-Security-Policy does not bind.
func judged(t *testing.T, tab context.Context, page string) {
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
	for _, v := range violations {
		for i, n := range v.Nodes {
			if i == 3 {
				t.Errorf("%s: %s: and %d more", page, v.ID, len(v.Nodes)-i)
				break
			}
			t.Errorf("%s: %s (%s): %s\n\t%s\n\t%s", page, v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
}
