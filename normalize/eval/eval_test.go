package eval

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"stoa/normalize/classify"
)

// gold scores the labelled data by models that did not see it, in fewer parts than CrossValidate does: training is
// what costs time.
func gold(t *testing.T) Report {
	t.Helper()
	r, err := crossValidate(os.DirFS("../../testdata/gold"), 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCrossValidatedScores(t *testing.T) {
	r := gold(t)
	s := r.Items
	atLeast := func(what string, got, want float64) {
		t.Helper()
		if got < want {
			t.Errorf("%s: %.3f, want at least %.3f", what, got, want)
		}
	}
	atLeast("relevant: F1", s.Relevant.Class["relevant"].F1, 0.955)
	atLeast("relevant: recall of noise", s.Relevant.Class["noise"].Recall, 0.85)
	atLeast("kind: macro F1", s.Kind.MacroF1, 0.84)
	atLeast("primary pillar: accuracy", s.Pillar.Accuracy, 0.83)
	atLeast("primary pillar among the top two", s.TopTwo, 0.945)
	atLeast("pillars at any place: F1", s.Secondary.F1, 0.78)
	for name, c := range map[string]Calibration{"relevant": s.Relevant.Calibration, "kind": s.Kind.Calibration, "pillar": s.Pillar.Calibration} {
		atLeast(name+": accuracy where confidence is 0.9 or more", c.Sure, 0.95)
		atLeast(name+": share of items there", c.Share, 0.40)
		atLeast(name+": nearness of confidence and accuracy", 1-c.Error, 0.92)
	}
	atLeast("pillar in other languages, beside English", s.Languages["other"].Pillar, s.Languages["en"].Pillar-0.07)
	for _, b := range s.Baselines {
		atLeast("kind beside a baseline", s.Kind.MacroF1, b.KindMacroF1+0.1)
		atLeast("pillar beside a baseline", s.Pillar.Accuracy, b.Pillar+0.2)
	}
	t.Run("report", func(t *testing.T) { reportReads(t, r) })
}

// reportReads checks that a report can be read by people and by programs.
func reportReads(t *testing.T, r Report) {
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"recall of noise", "majority", "keywords", "right ↓ said →", "calibration", "other", "dates", "pairs"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not speak of %q:\n%s", want, text.String())
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Items.Kind.MacroF1 != r.Items.Kind.MacroF1 || len(back.Errors) != len(r.Errors) {
		t.Error("the JSON reads back differently")
	}
	for _, m := range r.Errors {
		if m.Want == m.Got || m.ID == "" {
			t.Errorf("listed as a miss: %v", m)
		}
	}
}

func TestFolders(t *testing.T) {
	item := `{"id":"a","title":"Cyber drill","publisher":"ITU","language":"en","summary":"Teams practise.","relevant":true,"kind":"programme","pillars":["technical"]}`
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string // part of the error
	}{
		"items alone":        {fstest.MapFS{"items.jsonl": {Data: []byte(item)}}, ""},
		"dates alone":        {fstest.MapFS{"dates.jsonl": {Data: []byte(`{"text":"2025-03-04","reference":"2025-01-01","start":"2025-03-04","end":null,"deadline":null}`)}}, ""},
		"nothing":            {fstest.MapFS{}, "want items.jsonl"},
		"a line is no JSON":  {fstest.MapFS{"items.jsonl": {Data: []byte(item + "\nnonsense")}}, "items.jsonl:2"},
		"pairs without file": {fstest.MapFS{"dedupe/records.jsonl": {Data: []byte(`{"id":"a","title":"x"}`)}}, "want items.jsonl"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Run(c.files)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestStaleIsScoredByBodies(t *testing.T) {
	files := fstest.MapFS{
		"stale.jsonl":    {Data: []byte(`{"id":"s1","url":"https://a.example/x","title":"Guide","checks":[{"at":"2026-01-01T00:00:00Z","status":200,"final":"https://a.example/x","body_file":"bodies/s1.html"}],"label":"alive"}`)},
		"bodies/s1.html": {Data: []byte("<html><title>Guide</title><body><h1>Guide</h1>" + strings.Repeat("<p>How to run a national response team, step by step.</p>", 40))},
	}
	r, err := Run(files)
	if err != nil {
		t.Fatal(err)
	}
	if r.Stale == nil || r.Stale.Count != 1 || r.Stale.Class["alive"].Recall != 1 {
		t.Errorf("stale: %+v", r.Stale)
	}
}

// TestMakeModelGivesTheModelOfTheProgram: the same data give the same bytes, and these are the ones that the program holds.
func TestMakeModelGivesTheModelOfTheProgram(t *testing.T) {
	examples, err := Examples(os.DirFS("../../testdata/gold"))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := classify.Train(examples, classify.Seed).WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../classify/data/model.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("training gives another model than the program holds: run make model")
	}
}
