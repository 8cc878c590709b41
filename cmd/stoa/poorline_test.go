package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// traffic is what a tab asked for.
type traffic struct {
	mu     sync.Mutex
	asked  []string // over the line
	kept   []string // answered by the browser's own store
	away   []string // to another host
	opened map[network.RequestID]string
}

// requestsOf counts the requests of a tab. Data addresses are no requests.
func requestsOf(t *testing.T, tab context.Context, home string) *traffic {
	t.Helper()
	tr := &traffic{opened: map[network.RequestID]string{}}
	err := chromedp.Listen(tab, func(event any) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if at := e.Request.URL; !strings.HasPrefix(at, "data:") {
				tr.opened[e.RequestID] = at
				tr.asked = append(tr.asked, at)
				if !strings.HasPrefix(at, home+"/") {
					tr.away = append(tr.away, at)
				}
			}
		case *network.EventRequestServedFromCache:
			tr.kept = append(tr.kept, tr.opened[e.RequestID])
		case *network.EventResponseReceived:
			if e.Response.FromDiskCache {
				tr.kept = append(tr.kept, e.Response.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// since returns how many requests went over the line since the last call, and which.
func (tr *traffic) since() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var out []string
	for _, at := range tr.asked {
		if !slices.Contains(tr.kept, at) {
			out = append(out, at)
		}
	}
	tr.asked, tr.kept = nil, nil
	return out
}

// On a line of 32 kbit/s with 600 ms to the answer, a record can be read within ten seconds of the click, with nothing kept from
// before: two requests, none of them to another host. The next page costs one.
func TestARecordIsReadableOnAPoorLine(t *testing.T) {
	home := hall(t, t.TempDir())
	tab := browser(t)
	steps(t, tab, chromedp.Navigate(home+"/ar/records"))
	record, err := chromedp.Run(tab, chromedp.AttributeValue(chromedp.CSS(`ol.list li.rec h2 a`), "href"))
	if err != nil {
		t.Fatal(err)
	}
	tr := requestsOf(t, tab, home)
	_, err1 := chromedp.Call(tab, network.Enable, network.EnableParams{})
	_, err2 := chromedp.Call(tab, network.ClearBrowserCache, cdp.Empty{})
	_, err3 := chromedp.Call(tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 600, DownloadThroughput: 32_000 / 8, UploadThroughput: 32_000 / 8}},
	})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatalf("make the line poor: %v", err)
	}
	began := time.Now()
	steps(t, tab, chromedp.Navigate(home+record.Value), chromedp.WaitVisible(chromedp.CSS(`article h1`)))
	took := time.Since(began)
	if text(t, tab, `article .lede`) == "" {
		t.Error("the record says nothing")
	}
	first := tr.since()
	if took > 10*time.Second || took < 1200*time.Millisecond || len(first) != 2 {
		t.Errorf("readable after %s with %d requests %q, want at most 10 s, at least the two answers' 600 ms, and 2 requests", took.Round(10*time.Millisecond), len(first), first)
	}
	steps(t, tab, chromedp.Click(chromedp.CSS(`header.top .brand`)), chromedp.WaitVisible(chromedp.CSS(`table.stoa`)))
	if next := tr.since(); len(next) != 1 {
		t.Errorf("the next page costs %d requests: %q", len(next), next)
	}
	if len(tr.away) > 0 {
		t.Errorf("asked of others: %q", tr.away)
	}
	t.Logf("a record was readable after %s", took.Round(10*time.Millisecond))
}
