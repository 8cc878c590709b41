package crawler_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/fetch"
	"stoa/crawler/sources"
	"stoa/crawler/world"
)

// playedWorld starts the simulated world and returns its sources by site.
func playedWorld(t *testing.T) map[string][]stoa.Source {
	t.Helper()
	w, err := world.New(stoa.World(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	text, err := w.Sources()
	if err != nil {
		t.Fatal(err)
	}
	set, err := sources.Read("world", text)
	if err != nil {
		t.Fatal(err)
	}
	bySite := map[string][]stoa.Source{}
	for _, src := range set {
		host := strings.Join(strings.SplitN(src.URL, "/", 4)[:3], "/")
		bySite[host] = append(bySite[host], src)
	}
	return bySite
}

// reader is a crawler that keeps nothing.
func reader(t *testing.T) *crawler.Crawler {
	t.Helper()
	allow, err := fetch.ParseAllow([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := fetch.New(fetch.Options{AllowNet: allow, Now: time.Now, CleanStart: true})
	if err != nil {
		t.Fatal(err)
	}
	return &crawler.Crawler{Fetch: client, NewID: func() (string, error) { return "trial", nil }, Now: time.Now}
}

// front is the address that a person would type: the site's front page, or, where the site shows none, the page that lists.
func front(ctx context.Context, site string, listing stoa.Source) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/", nil)
	if err != nil {
		return listing.URL
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "html") {
		return listing.URL
	}
	res.Body.Close()
	return site + "/"
}

// yields are the titles and addresses that a source gives.
func yields(t *testing.T, c *crawler.Crawler, src stoa.Source) map[string]bool {
	t.Helper()
	src.Include, src.Exclude, src.Mapping.Detail, src.Delay = nil, nil, nil, 0
	trial, err := c.Try(t.Context(), src)
	if err != nil {
		t.Fatalf("try %s: %v", src.ID, err)
	}
	out := map[string]bool{}
	for _, item := range trial.Items {
		out[item.Title+"\n"+item.URL] = true
	}
	return out
}

// same is the share of items that two readings have in common, of all that either has.
func same(a, b map[string]bool) float64 {
	both := 0
	for k := range a {
		if b[k] {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)+len(b)-both))
}

// TestDiscoverProposesAWorkingEntry judges the entries proposed for each simulated site by the items that they then yield, against those
// of the world's own entry: titles and addresses, over all pages. One of the first three proposals has to give nearly all of them and
// nearly nothing else.
func TestDiscoverProposesAWorkingEntry(t *testing.T) {
	sites := playedWorld(t)
	c := reader(t)
	good, all := 0, 0
	var report []string
	for site, entries := range sites {
		all++
		best, line := 0.0, ""
		for _, want := range entries {
			if best >= 0.9 {
				break // the site has its entry
			}
			expected := yields(t, c, want)
			found, err := c.Discover(t.Context(), front(t.Context(), site, want))
			if err != nil {
				line = fmt.Sprintf("%s: %v", want.ID, err)
				continue
			}
			for i, p := range found.Proposals[:min(3, len(found.Proposals))] {
				src, _, err := sources.One("entry", []byte(p.Entry))
				if err != nil {
					t.Fatalf("the entry proposed for %s is refused: %v\n%s", want.ID, err, p.Entry)
				}
				if share := same(expected, yields(t, c, src)); share >= best {
					best, line = share, fmt.Sprintf("%s: proposal %d of %d, %s %s: %.0f %% of %d items, %d requests", want.ID, i+1, len(found.Proposals), src.Format, src.URL, 100*share, len(expected), found.Asked)
				}
				if best >= 0.9 {
					break
				}
			}
			if line == "" {
				line = fmt.Sprintf("%s: no proposal; %v", want.ID, found.Warnings)
			}
		}
		if best >= 0.9 {
			good++
		}
		report = append(report, line)
	}
	t.Logf("%d of %d sites\n%s", good, all, strings.Join(report, "\n"))
	if 16*good < 13*all {
		t.Errorf("a working entry for %d of %d sites, want 13 of 16", good, all)
	}
}
