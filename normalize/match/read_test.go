package match

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadEntry(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       Entry
	}{
		{"as the design has it", `{"id":"a","title":"T","url":"https://a.example/","publisher":"P","language":"en","summary":"S","published":"2024-05","start":"2024-06-01"}`,
			Entry{ID: "a", Title: "T", URL: "https://a.example/", Publisher: "P", Language: "en", Summary: "S", Published: "2024-05", Start: "2024-06-01"}},
		{"numbers for text", `{"id":304586,"title":"T","year":1999,"published":null}`, Entry{ID: "304586", Title: "T", Published: "1999"}},
		{"a spreadsheet's year", `{"id":"a","year":"1999.0"}`, Entry{ID: "a", Published: "1999"}},
		{"a bibliography", `{"id":"a","title":"T","authors":"A. Ba, C. De","venue":"VLDB","year":"1999"}`,
			Entry{ID: "a", Title: "T", Summary: "A. Ba, C. De", Publisher: "VLDB", Published: "1999"}},
		{"persons in a list", `{"id":"a","authors":[{"name":"A. Ba","email":"x@example.org"},"C. De",["deep"]]}`, Entry{ID: "a", Summary: "A. Ba, C. De"}},
		{"a publisher and a venue", `{"id":"a","publisher":"ACM","journal":"TODS","summary":"S"}`, Entry{ID: "a", Publisher: "ACM", Summary: "S. TODS"}},
		{"fields of their own names", `{"id":"a","extra":{"authors":"A. Ba","venue":"V","year":"2001"}}`, Entry{ID: "a", Summary: "A. Ba", Publisher: "V", Published: "2001"}},
		{"identifiers", `{"id":"a","doi":"10.1000/x","isbn":"978-3-16-148410-0"}`, Entry{ID: "a", Summary: "DOI 10.1000/x ISBN 978-3-16-148410-0"}},
		{"a date that is none", `{"id":"a","published":"soon"}`, Entry{ID: "a"}},
	} {
		got, err := ReadEntry([]byte(c.line))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
	if _, err := ReadEntry([]byte(`[`)); err == nil {
		t.Error("no JSON is read")
	}
}

func TestISSN(t *testing.T) {
	for text, want := range map[string]int{"ISSN 2049-3630": 1, "issn-l: 20493630": 1, "ISSN 0378-5955": 1, "ISSN 0378-5954": 0, "2049-3630": 0, "ISSN 1050-124X": 1} {
		if got := issn(text); len(got) != want {
			t.Errorf("issn(%q) = %v", text, got)
		}
	}
	a, b := Keys(Entry{Title: "One thing", Summary: "ISSN 2049-3630"}), Keys(Entry{Title: "Quite another", Summary: "ISSN 20493630"})
	if len(sharedKeys(a, b)) != 1 {
		t.Errorf("%v and %v", a, b)
	}
}

func sharedKeys(a, b []string) []string {
	var out []string
	for _, k := range a {
		for _, l := range b {
			if k == l {
				out = append(out, k)
			}
		}
	}
	return out
}
