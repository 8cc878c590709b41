package decode

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stoa"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// collect reads a listing to its end.
func collect(l *Listing) (items []stoa.Item, faults []error) {
	for item, err := range l.Items {
		if err != nil {
			faults = append(faults, err)
			continue
		}
		items = append(items, item)
	}
	return items, faults
}

// TestCalendarSuite counts the events of other people's calendars: each valid one is read, or says why not; an invalid
// calendar gives what can be read, or a reason.
func TestCalendarSuite(t *testing.T) {
	f, err := os.Open(suites + "ical/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var c struct {
			File    string
			VEvents int
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		t.Run(c.File, func(t *testing.T) {
			p := Page{URL: "https://calendars.example/" + c.File, Header: http.Header{}, Body: readFile(t, suites+"ical/"+c.File), Fetched: fetched}
			l, err := Open(p, stoa.Source{ID: "calendar", Format: "ical"})
			if err != nil {
				t.Fatal(err)
			}
			items, faults := collect(l)
			if strings.HasPrefix(c.File, "valid/") {
				if len(items) != c.VEvents || len(faults) != 0 || l.Truncated {
					t.Errorf("%d items, %d faults %v, want %d items", len(items), len(faults), faults, c.VEvents)
				}
				return
			}
			if len(items)+len(faults) != c.VEvents && !l.Truncated {
				t.Errorf("%d items and %d faults, want %d of both", len(items), len(faults), c.VEvents)
			}
		})
	}
	if n < 20 {
		t.Errorf("%d calendars in the suite", n)
	}
}

// TestArchiveSuite follows a list over four pages and reads what archives answer when something is wrong.
func TestArchiveSuite(t *testing.T) {
	src := stoa.Source{ID: "archive", Format: "oaipmh", URL: "http://test.example.com/oai?verb=ListRecords&metadataPrefix=oai_dc"}
	page := func(name, address string) Page {
		return Page{URL: address, Header: http.Header{}, Body: readFile(t, suites+"oai-pmh/"+name), Fetched: fetched}
	}
	t.Run("pages are chained by their tokens", func(t *testing.T) {
		var names []string
		withdrawn, records, address := 0, 0, src.URL
		for name := "ListRecords.xml"; name != ""; {
			names = append(names, name)
			l, err := Open(page(name, address), src)
			if err != nil {
				t.Fatal(err)
			}
			items, faults := collect(l)
			if l.Truncated || len(faults) > 0 && name != "ListRecords4.xml" {
				t.Errorf("%s: %v", name, faults)
			}
			records += len(items) + len(faults) // one header lacks its identifier
			for _, item := range items {
				if item.Withdrawn {
					withdrawn++
				}
			}
			name = ""
			if len(l.Next) == 1 {
				address = l.Next[0]
				name = param(address, "resumptionToken")
			}
		}
		if strings.Join(names, " ") != "ListRecords.xml ListRecords2.xml ListRecords3.xml ListRecords4.xml" || records != 8 || withdrawn == 0 {
			t.Errorf("%v: %d records, %d withdrawn, want four pages with 8", names, records, withdrawn)
		}
	})
	t.Run("errors are named", func(t *testing.T) {
		for _, code := range []string{"badArgument", "badResumptionToken", "cannotDisseminateFormat", "idDoesNotExist", "noSetHierarchy", "undefinedError"} {
			_, err := Open(page(code+".xml", src.URL), src)
			if !errors.Is(err, ErrStatus) || !strings.Contains(err.Error(), code) {
				t.Errorf("%s: %v", code, err)
			}
		}
	})
	t.Run("nothing to list is no error", func(t *testing.T) {
		l, err := Open(page("noRecordsMatch.xml", src.URL), src)
		if err != nil {
			t.Fatal(err)
		}
		if items, faults := collect(l); len(items)+len(faults) != 0 || len(l.Next) != 0 {
			t.Errorf("%v %v", items, faults)
		}
	})
	t.Run("a broken answer says so", func(t *testing.T) {
		if _, err := Open(page("ListRecordsBroken.xml", src.URL), src); !errors.Is(err, ErrUnparsable) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a single record and bare headers are read", func(t *testing.T) {
		l, err := Open(page("GetRecord_utf8test.xml", src.URL), src)
		if err != nil {
			t.Fatal(err)
		}
		items, _ := collect(l)
		if len(items) != 1 || items[0].Authors[0].Name != "某人" || items[0].Language != "en" || items[0].Published != "2011" {
			t.Errorf("%+v", items)
		}
		if l, err = Open(page("ListIdentifiers.xml", src.URL), src); err != nil {
			t.Fatal(err)
		}
		if items, _ = collect(l); len(items) != 2 || items[0].Key != "oai:test.example.com::1585310" || !items[1].Withdrawn {
			t.Errorf("%+v", items)
		}
	})
	if all, err := filepath.Glob(suites + "oai-pmh/*.xml"); err != nil || len(all) != 19 {
		t.Errorf("%d answers in the suite (%v)", len(all), err)
	}
}
