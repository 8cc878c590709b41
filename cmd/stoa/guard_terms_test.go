package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stoa"
)

// Words of a source that are looked for in every output.
const (
	quoted      = "zyzzyvaquoted"
	attributed  = "Zyzzyva Institute"
	licensed    = "CC BY-NC-SA 4.0"
	beyondWords = "zyzzyvabeyond" // further in the text than the source's terms let us quote
)

// terms: how far a source is quoted, whom it names and under which licence stand in every output; and one decision takes its words out of all of
// them at once, for a record or for a whole source. The fact stays; a further harvest brings nothing back; undone, all is as it was.
func (g *guards) terms(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		day := time.Now().AddDate(0, 2, 0).Format("2006-01-02")
		var items []map[string]string
		for i := range 2 {
			items = append(items, map[string]string{
				"id": fmt.Sprint("t", i), "title": fmt.Sprintf("Training course %d for national incident response teams", i+1), "url": fmt.Sprintf("https://terms.example/%d", i),
				"summary": "A course on the " + quotedWith(fmt.Sprint(i+1)) + " handling of incidents, for analysts of national teams in all regions. " + strings.Repeat("More follows. ", 5) + beyondWords,
				"start":   day, "deadline": day,
			})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"records": items}) // whoever asked may be gone
	}))
	defer origin.Close()
	fields := map[string]any{"title": "title", "url": "url", "key": "id", "summary": "summary", "start": "start", "deadline": "deadline"}
	file := sourcesFile(t, source("terms", "json", origin.URL+"/list", entry{"mapping": map[string]any{"item": "records", "fields": fields},
		"terms": map[string]any{"licence": licensed, "attribution": attributed, "excerpt": 90}}))
	s := g.serve(t, g.data(t), loopback, "--sources", file)
	s.harvest(t, "terms")
	ids := map[string]string{}
	status, out := s.do(t, "queue", "--json", "--reason", "new")
	for line := range strings.Lines(out) {
		var task stoa.Task
		if json.Unmarshal([]byte(line), &task) == nil && task.Record != nil && strings.Contains(task.Record.URL, "terms.example") {
			if status, out := s.do(t, "decide", task.Subject, "accept", "--by", "ada"); status != 0 {
				t.Fatal(out)
			}
		}
	}
	soon(t, func() (faults []string) {
		s.each(t, "/api/v1/records", func(r stoa.Record) {
			if strings.Contains(r.URL, "terms.example") {
				ids[r.URL[len(r.URL)-1:]] = r.ID
			}
		})
		if len(ids) != 2 {
			faults = append(faults, fmt.Sprintf("%d records listed, want 2; status %d\n%s", len(ids), status, out))
		}
		return faults
	})
	soon(t, func() (faults []string) {
		for name, text := range s.outputs(t, ids["0"]) {
			if !strings.Contains(text, quoted) && !strings.HasPrefix(name, "bare ") {
				faults = append(faults, fmt.Sprintf("%s does not have the words: %.300s", name, text))
			}
			if strings.Contains(text, beyondWords) {
				faults = append(faults, name+" has more of the text than the terms allow")
			}
			for _, want := range []string{attributed, licensed} {
				if !strings.Contains(text, want) && !strings.HasPrefix(name, "list ") {
					faults = append(faults, fmt.Sprintf("%s does not say %q", name, want))
				}
			}
		}
		return faults
	})
	g.takenDown(t, s, ids["0"], ids["0"], "terms")
}

// quotedWith are the words of one of the courses.
func quotedWith(n string) string { return quoted + n }

// soon repeats a check until it finds no fault; the search follows what is decided within moments.
func soon(t *testing.T, check func() []string) {
	t.Helper()
	var faults []string
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		if faults = check(); len(faults) == 0 {
			return
		}
		pause(t, 100*time.Millisecond)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// takenDown takes down one record, then the whole source, and takes both back.
func (g *guards) takenDown(t *testing.T, s *serving, id string, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		status, out := s.do(t, "decide", subject, "takedown", "--reason", "asked by its publisher", "--by", "ada", "--json")
		if status != 0 {
			t.Fatal(out)
		}
		var made stoa.Decision
		if err := json.Unmarshal([]byte(out), &made); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, when := range []string{"at once", "after a harvest"} {
			soon(t, func() (faults []string) {
				for name, text := range s.outputs(t, id) {
					if subject == id { // the other course of the source is still quoted
						text = strings.ReplaceAll(text, quotedWith("2"), "")
					}
					if strings.Contains(text, quoted) {
						faults = append(faults, fmt.Sprintf("%s of %s, %s: the words are still in %s", made.Action, subject, when, name))
					}
					if !strings.Contains(text, "Training course 1 for national incident response teams") {
						faults = append(faults, fmt.Sprintf("%s of %s, %s: the fact is not in %s", made.Action, subject, when, name))
					}
				}
				return faults
			})
			s.harvest(t, "terms")
		}
		if _, out := s.do(t, "why", id); !strings.Contains(out, "takedown") {
			t.Errorf("why does not tell of the takedown of %s: %s", subject, out)
		}
		if status, out := s.do(t, "decide", "", "undo", "--value", made.ID, "--by", "ada"); status != 0 {
			t.Fatal(out)
		}
		soon(t, func() (faults []string) {
			if _, _, body := s.get(t, "/api/v1/records/"+id); !strings.Contains(body, quoted) {
				faults = append(faults, fmt.Sprintf("the takedown of %s was undone, and the words are not back: %s", subject, body))
			}
			return faults
		})
	}
}

// outputs returns everything in which a record appears, by name. What begins with "list " need not say terms, "bare " quotes nothing.
func (s *serving) outputs(t *testing.T, id string) map[string]string {
	t.Helper()
	out := map[string]string{}
	read := func(name, path string) {
		_, _, text := s.get(t, path)
		out[name] = strings.NewReplacer("<mark>", "", "</mark>", "", "\r\n ", "").Replace(text) // as a reader reads it
	}
	const search = "?q=incident+response+teams+training+course&sort=newest"
	page := s.pageOf(t, id)
	read("record in English", "/en"+page)
	read("record in Arabic", "/ar"+page)
	read("list of records", "/en/records"+search)
	for _, suffix := range []string{".atom", ".rss", ".feed.json", ".ics", ".csv", ".json", ".jsonld", ".dcat.jsonld"} {
		read("search as "+suffix, "/en/records"+suffix+search)
	}
	for _, suffix := range []string{".bib", ".ris", ".jsonld"} {
		read(map[bool]string{true: "bare ", false: ""}[suffix == ".bib"]+"record as "+suffix, "/en"+page+suffix)
	}
	read("API", "/api/v1/records/"+id)
	read("API list", "/api/v1/records?q=incident+response+teams+training+course")
	read("OAI", "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier="+s.oai(t, id))
	for _, format := range []string{"csv", "jsonl", "jsonld", "dcat", "ics", "xlsx", "bundle"} {
		name := filepath.Join(t.TempDir(), "out."+format)
		if status, text := s.do(t, "export", "--format", format, "--output", name); status != 0 {
			t.Fatalf("export %s: %s", format, text)
		}
		out["export as "+format] = unzipped(t, name)
	}
	_, out["show"] = s.do(t, "show", id, "--json")
	return out
}

// pageOf is the path of a record's page, behind the language.
func (s *serving) pageOf(t *testing.T, id string) string {
	t.Helper()
	res, err := http.Get(s.home + "/id/" + id)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.Request.URL.Path[len("/en"):]
}

// oai is the record's identifier in the archive's protocol.
func (s *serving) oai(t *testing.T, id string) string {
	t.Helper()
	_, _, body := s.get(t, "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc")
	_, first, _ := strings.Cut(body, "<identifier>")
	first, _, ok := strings.Cut(first, "</identifier>")
	if !ok {
		t.Fatalf("no identifier in %.500s", body)
	}
	return first[:strings.LastIndex(first, ":")+1] + id
}

// unzipped is the text of a file, or of all files in it when it is packed; lines that formats fold are put together.
func unzipped(t *testing.T, name string) string {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), "\r\n ", "")
	}
	defer z.Close()
	var b strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".xlsx") { // looked at by itself
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return strings.ReplaceAll(b.String(), "\r\n ", "")
}
