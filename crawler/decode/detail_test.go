package decode

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"reflect"
	"testing"

	"stoa"
)

func detailPage(body string) Page {
	return Page{URL: "https://site.example/c/1", Header: http.Header{}, Body: []byte(body), Fetched: fetched, Status: http.StatusOK}
}

// listedItem is an item as a listing gave it.
func listedItem() stoa.Item {
	return stoa.Item{
		Source: "s", Key: "42", URL: "https://site.example/c/1?id=42", Title: "A course on evid…", Summary: "Four weeks…", When: "May 2027",
		Extra: map[string]string{"fee": "free"}, Fetched: fetched, Capture: "c1", Listed: "print",
	}
}

func TestDetail(t *testing.T) {
	htmlSource := stoa.Source{Format: "html", Mapping: stoa.Mapping{Detail: &stoa.Mapping{Region: "main", Fields: map[string]stoa.Field{
		"title": {Path: "h1"}, "summary": {Path: ".lead"}, "level": {Label: []string{"Level"}},
	}}}}
	jsonSource := stoa.Source{Format: "json", Mapping: stoa.Mapping{Detail: &stoa.Mapping{Item: "course", Fields: map[string]stoa.Field{
		"title": {Path: "name"}, "summary": {Path: "about"}, "level": {Path: "level"},
	}}}}
	want := listedItem()
	want.Title, want.Summary = "A course on evidence", "Four weeks of practice."
	want.Extra = map[string]string{"fee": "free", "level": "Basic"}
	for name, c := range map[string]struct {
		src  stoa.Source
		body string
	}{
		"a page of markup says more than the listing":           {htmlSource, `<main><h1>A course on evidence</h1><p class=lead>Four weeks of practice.</p><p>Level: Basic</p></main>`},
		"so does an answer in JSON":                             {jsonSource, `{"course":{"name":"A course on evidence","about":"Four weeks of practice.","level":"Basic"}}`},
		"and one that wraps the course in a list of one":        {jsonSource, `{"course":[{"name":"A course on evidence","about":"Four weeks of practice.","level":["Basic"]}]}`},
		"an empty value replaces nothing that the listing said": {htmlSource, `<main><h1>A course on evidence</h1><p class=lead>Four weeks of practice.</p><p>Level: Basic</p><p class=when></p></main>`},
	} {
		got, err := Detail(detailPage(c.body), c.src, listedItem())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	for name, c := range map[string]struct {
		src  stoa.Source
		body string
		want Fault
	}{
		"a page without the region":              {htmlSource, `<h1>Log in</h1>`, ErrNoMatch},
		"a page where no rule finds anything":    {htmlSource, `<main><p>Moved</p></main>`, ErrNoMatch},
		"an answer where no rule finds anything": {jsonSource, `{"message":"gone"}`, ErrNoMatch},
		"an answer that is cut":                  {jsonSource, `{"course":{"name":`, ErrUnparsable},
		"a page nested too deep":                 {htmlSource, string(bytes.Repeat([]byte("<div>"), 1000)), ErrTooDeep},
	} {
		got, err := Detail(detailPage(c.body), c.src, listedItem())
		if !errors.Is(err, c.want) || !reflect.DeepEqual(got, listedItem()) {
			t.Errorf("%s: %+v, %v, want the item as it was and %v", name, got, err, c.want)
		}
	}
	t.Run("what is too large is not read", func(t *testing.T) {
		src := htmlSource
		src.Limits.Body = 10
		if _, err := Detail(detailPage("<main><h1>A course</h1></main>"), src, listedItem()); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a page of a sitemap gives title and text by itself", func(t *testing.T) {
		src := stoa.Source{Format: "sitemap", Mapping: stoa.Mapping{Detail: &stoa.Mapping{}}}
		got, err := Detail(detailPage(`<html lang=fr><head><title>Un guide | Le site</title><meta name=description content="Pour les équipes."></head><body><h2>x</h2></body></html>`), src, stoa.Item{Key: "k", URL: "https://site.example/c/1"})
		if err != nil || got.Title != "Un guide" || got.Summary != "Pour les équipes." || got.Language != "fr" || got.Key != "k" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestPackedSitemap(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte("<urlset>" + "<url><loc>https://site.example/a</loc></url>" + "<url><loc>https://site.example/b</loc></url></urlset>")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"whole": b.Bytes(), "without its end": b.Bytes()[:b.Len()-8]} {
		l, err := Open(Page{URL: "https://site.example/sitemap.xml.gz", Header: http.Header{}, Body: body, Fetched: fetched}, stoa.Source{Format: "sitemap"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if items, _ := collect(l); len(items) != 2 {
			t.Errorf("%s: %d items", name, len(items))
		}
	}
}
