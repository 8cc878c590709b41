package crawler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"stoa"
)

// A panic in reading one source is that source's failed run; the next one goes on from what was known.
func TestAPanicIsOneFailedRun(t *testing.T) {
	b := newBench(t)
	n := 3
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, rss(n, "")) }))
	defer origin.Close()
	src := feedSource(origin.URL)
	if run := b.harvest(t, src); run.Outcome != stoa.OK {
		t.Fatalf("%+v", run)
	}
	n = 5
	b.Draft = func(stoa.Item, stoa.Source) stoa.Draft { panic("index out of range") }
	run := b.harvest(t, src)
	if run.Outcome != stoa.Failed || run.Code != stoa.CodeInternal || run.Text == "" {
		t.Errorf("a panic: %+v", run)
	}
	kept, err := b.catalogue.Run(t.Context(), run.ID)
	if err != nil || kept.Code != stoa.CodeInternal {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	b.Draft = nil
	if run := b.harvest(t, src); run.Outcome != stoa.OK || run.New != 2 || run.Unchanged != 3 {
		t.Errorf("afterwards: %+v", run)
	}
}
