package catalogue

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"stoa"
)

func TestASearchIsABookmark(t *testing.T) {
	q := stoa.Query{
		Text: "response team", For: "ML", Months: []string{"2026-12"}, Pillars: []stoa.Pillar{stoa.Technical, stoa.Capacity}, Kinds: []stoa.Kind{stoa.Programme}, Orgs: []string{"itu", "first"}, Countries: []string{"SN"},
		Regions: []stoa.Region{"africa"}, Languages: []string{"en", "zh-Hans"}, Open: true, Stale: true, Sort: "closes", Limit: PageSize, Offset: 2 * PageSize,
	}
	href := Href(q, ".atom", 3)
	path, query, _ := strings.Cut(href, "?")
	if path != "/records.atom" {
		t.Errorf("path %s", path)
	}
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	got, at, err := Parse(v)
	if err != nil || at != 3 || !reflect.DeepEqual(got, q) {
		t.Errorf("%+v, page %d, %v", got, at, err)
	}
}

func TestEmptyParametersAskForNothing(t *testing.T) {
	v, err := url.ParseQuery("q=&pillar=&country=&open=&stale=0&sort=&page=&unknown=1")
	if err != nil {
		t.Fatal(err)
	}
	q, at, err := Parse(v)
	if want := (stoa.Query{Limit: PageSize}); err != nil || at != 1 || !reflect.DeepEqual(q, want) {
		t.Errorf("%+v, %d, %v", q, at, err)
	}
	if Href(q, "", 1) != "/records" {
		t.Errorf("address %s", Href(q, "", 1))
	}
}

// What Parse accepts is bounded, and writes itself so that Parse reads the same.
func FuzzParse(f *testing.F) {
	f.Add("q=a&pillar=legal&page=2")
	f.Add("page=1000000000&country=SN&country=sn")
	f.Add("language=en-GB&org=%E2%80%AE&sort=title&open=1")
	f.Fuzz(func(t *testing.T, query string) {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		q, at, err := Parse(v)
		if err != nil {
			if !errors.Is(err, stoa.ErrInvalid) {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		if q.Offset > MaxOffset || len(q.Countries) > maxValues || len([]rune(q.Text)) > maxText {
			t.Errorf("%q: unbounded %+v", query, q)
		}
		_, own, _ := strings.Cut(Href(q, "", at), "?")
		again, err := url.ParseQuery(own)
		if err != nil {
			t.Fatal(err)
		}
		twice, atAgain, err := Parse(again)
		if err != nil || atAgain != at || !reflect.DeepEqual(twice, q) {
			t.Errorf("%q: %+v and again %+v, %v", query, q, twice, err)
		}
	})
}
