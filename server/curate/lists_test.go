package curate

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"stoa"
)

// However many hosts have dead links, a page of what is stale stays small, and each record stands on exactly one of them.
func TestWhatIsStaleIsLaidOutOnSmallPages(t *testing.T) {
	var tasks []stoa.Task
	for n := range 600 {
		host := "large.example"
		if n%2 == 0 {
			host = fmt.Sprintf("h%d.example", n)
		}
		tasks = append(tasks, stoa.Task{Record: &stoa.Record{ID: fmt.Sprint(n), URL: "https://" + host + "/", Rules: []string{"S1"}}})
	}
	var l staleList
	l.group(tasks)
	seen := map[string]int{}
	pages := leaves(l.groups)
	for i, groups := range pages {
		records := 0
		for _, g := range groups {
			if records += len(g.records); len(g.records) > staleShown {
				t.Errorf("page %d: a form of %d records", i, len(g.records))
			}
			for _, r := range g.records {
				seen[r.Record.ID]++
			}
		}
		if records == 0 || records > staleHeld || len(groups) > staleHeld/staleForm {
			t.Errorf("page %d: %d records in %d forms", i, records, len(groups))
		}
	}
	if len(seen) != len(tasks) {
		t.Errorf("%d of %d records are shown", len(seen), len(tasks))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("record %s is shown %d times", id, n)
		}
	}
	if first := pages[0][0]; first.host != "large.example" || first.all != 300 {
		t.Errorf("first %s with %d, want the largest group", first.host, first.all)
	}
}

func TestPagesOfAList(t *testing.T) {
	for _, c := range []struct {
		query            string
		n                int
		from, to, at, of int
		next             string
	}{
		{"", 0, 0, 0, 1, 1, "/curate/x?page=2"},
		{"", 10, 0, 10, 1, 1, "/curate/x?page=2"},
		{"?q=a&saved=1&done=z&language=ar", 11, 0, 10, 1, 2, "/curate/x?page=2&q=a"},
		{"?page=2&q=a", 25, 10, 20, 2, 3, "/curate/x?page=3&q=a"},
		{"?page=9", 25, 20, 25, 3, 3, "/curate/x?page=4"}, // the list became shorter
	} {
		got, err := pageOf(httptest.NewRequest("GET", "/curate/x"+c.query, nil), c.n, 10)
		if err != nil || got.from != c.from || got.to != c.to || got.At != c.at || got.Last != c.of || got.Href(got.At+1) != c.next {
			t.Errorf("%q of %d: %d to %d, page %d of %d, next %s, %v; want %+v", c.query, c.n, got.from, got.to, got.At, got.Last, got.Href(got.At+1), err, c)
		}
	}
	for _, wrong := range []string{"0", "-1", "x", "100000"} {
		if _, err := pageOf(httptest.NewRequest("GET", "/curate/x?page="+wrong, nil), 5, 10); err == nil {
			t.Errorf("page %q is taken", wrong)
		}
	}
}
