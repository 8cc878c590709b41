package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/decode"
	"stoa/crawler/fetch"
	"stoa/crawler/sources"
)

// shapeOf names the recorded shape that a source has: that of its platform, of its markup, or its own.
func shapeOf(src stoa.Source) string {
	switch {
	case src.Preset != "" && src.Format == "json":
		return "json-" + src.Preset + ".json"
	case src.Format == "json":
		return src.ID + ".json"
	case src.Preset != "":
		return "html-" + src.Preset + ".html"
	case src.Format == "metadata":
		return "page-metadata.html"
	case src.Format == "pdf-links":
		return "page-documents.html"
	}
	if own, ok := map[string]string{
		"cccs-feeds": "feed-atom.xml", "uk-fcdo-atom": "feed-atom.xml", "owasp-feed": "feed-atom.xml", "jpcert-en": "feed-rdf.xml",
		"first-events": "html-events.html", "tau-rcrl": "html-curated-table.html", "ncsi-ranking": "html-index-table.html",
		"itu-t-sg17-workprogramme": "html-work-programme.html",
	}[src.ID]; ok {
		return own
	}
	if src.Format == "feed" {
		return "feed-rss.xml"
	}
	return "html-wordpress.html"
}

// recorded answers a source's first address with its shape, and every other with a detail page that has the labels of its mapping.
type recorded struct {
	t     *testing.T
	src   stoa.Source
	asked int
}

func (r *recorded) Do(_ context.Context, req fetch.Request) (*fetch.Response, error) {
	r.asked++
	res := &fetch.Response{Status: http.StatusOK, URL: req.URL, Header: http.Header{}, Fetched: time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)}
	switch {
	case req.URL == decode.Start(r.src):
		name := path.Join("sources/testdata/shapes", shapeOf(r.src))
		body, err := os.ReadFile(name)
		if err != nil {
			r.t.Fatalf("%s has no shape: %v", r.src.ID, err)
		}
		res.Body = body
		kind := map[string]string{".html": "text/html; charset=utf-8", ".json": "application/json", ".xml": "application/xml"}[path.Ext(name)]
		res.Header.Set("Content-Type", kind)
	case r.src.Mapping.Detail != nil && !strings.Contains(req.URL, "page"):
		res.Header.Set("Content-Type", "text/html; charset=utf-8")
		res.Body = []byte(labelled(*r.src.Mapping.Detail))
	default:
		return nil, &fetch.Error{Outcome: stoa.Failed, Code: stoa.CodeStatus, Status: http.StatusNotFound, Address: req.URL, Err: errors.New("404")}
	}
	return res, nil
}

// labelled is a page that gives a value for every label that a mapping asks for, each under its last spelling.
func labelled(m stoa.Mapping) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="en"><body><main><h1>An item</h1><dl>`)
	for name, f := range m.Fields {
		value := "A value of " + name
		switch name {
		case "when", "published", "deadline", "registration":
			value = "3 March 2027"
		}
		if len(f.Label) > 0 {
			fmt.Fprintf(&b, "<dt>%s</dt><dd>%s</dd>", html.EscapeString(f.Label[len(f.Label)-1]), value)
		}
	}
	b.WriteString("</dl></main></body></html>")
	return b.String()
}

// TestEveryEntryReadsItsShape runs every entry of sources.yaml over the shape that its listing has: it yields items with title and address,
// each of its rules finds something, its filters keep what it is for and drop the noise.
func TestEveryEntryReadsItsShape(t *testing.T) {
	set, err := sources.Load("", stoa.SourcesYAML(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(set) < 140 {
		t.Errorf("%d entries, want at least 140", len(set))
	}
	used := map[string]bool{}
	for _, src := range set {
		used[shapeOf(src)] = true
		t.Run(src.ID, func(t *testing.T) { readsItsShape(t, src) })
	}
	files, err := os.ReadDir("sources/testdata/shapes")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("no source has the shape %s", f.Name())
		}
	}
}

func readsItsShape(t *testing.T, src stoa.Source) {
	if src.Organisation == "" || len(src.Pillars) == 0 || len(src.Kinds) == 0 || len(src.Languages) == 0 {
		t.Error("it lacks an organisation, priors or languages")
	}
	if src.Delay < fetch.MinDelay || src.Terms.Excerpt == 0 || src.Terms.Attribution == "" || src.VanishMeans == "" {
		t.Errorf("it lacks manners: delay %s, terms %+v, vanish_means %q", src.Delay, src.Terms, src.VanishMeans)
	}
	if src.Disabled != "" && len(strings.Fields(src.Disabled)) < 3 {
		t.Errorf("disabled without a reason: %q", src.Disabled)
	}
	c := crawler.Crawler{Fetch: &recorded{t: t, src: src}, NewID: func() (string, error) { return "trial", nil }, Now: time.Now}
	trial, err := c.Try(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if trial.Run.Outcome != stoa.OK && trial.Run.Code != stoa.CodePageFailed || trial.Run.Faulty > 0 || len(trial.Items) == 0 {
		t.Fatalf("%s %s: %d items, %d faulty: %s %v", trial.Run.Outcome, trial.Run.Code, len(trial.Items), trial.Run.Faulty, trial.Run.Text, trial.Run.Warnings)
	}
	for _, item := range trial.Items {
		if item.Title == "" || !strings.HasPrefix(item.URL, "http") && src.Disabled == "" {
			t.Errorf("an item without title or address: %+v", item)
		}
	}
	if len(src.Exclude) > 0 && trial.Excluded == 0 {
		t.Error("its exclude rules let the noise through")
	}
	if src.VanishMeans == stoa.VanishNothing && src.Format == "html" && src.Mapping.Next.IsZero() {
		t.Error("a page that lists everything is called a window")
	}
	rules := map[string]stoa.Field{}
	maps.Copy(rules, src.Mapping.Fields)
	if src.Mapping.Detail != nil {
		maps.Copy(rules, src.Mapping.Detail.Fields)
	}
	for name, f := range rules {
		found := trial.Fill[name] > 0
		switch name {
		case "language": // "English" is kept as the words of the source
			found = found || trial.Fill["languages"] > 0
		case "time": // is put behind the day, which a detail page may replace
			found = found || strings.Contains(trial.Items[0].When, ":") || src.Mapping.Detail != nil && len(src.Mapping.Detail.Fields["when"].Label) > 0
		}
		if !f.IsZero() && !found {
			t.Errorf("the rule for %s finds nothing in %s", name, shapeOf(src))
		}
	}
}
