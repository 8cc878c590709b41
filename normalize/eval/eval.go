// Package eval scores the program on labelled data: a folder laid out as testdata/gold.
//
// Each part of the folder is scored by what the program would do with it: items.jsonl by normalize.Draft on the input
// fields alone, dates.jsonl by normalize.Draft on the date line alone, dedupe by match.All over the whole set, stale.jsonl by
// stale.Judge. Beside the classifier stand two baselines, the majority class and a handful of keywords. Parts that
// are not there are left out.
//
// The model of the program was trained on testdata/gold, so Run flatters it there. CrossValidate scores each item by a
// model that never saw it.
package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/classify"
)

// folds is into how many parts CrossValidate deals the items.
const folds = 10

// labelled is a line of items.jsonl.
type labelled struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	URL       string        `json:"url"`
	Publisher string        `json:"publisher"`
	Language  string        `json:"language"`
	Summary   string        `json:"summary"`
	Published stoa.Date     `json:"published"`
	When      string        `json:"when"`
	Countries []string      `json:"countries"`
	Relevant  bool          `json:"relevant"`
	Kind      stoa.Kind     `json:"kind"`
	Pillars   []stoa.Pillar `json:"pillars"`
}

// item returns the fields that are input, and none that are to be found.
func (l labelled) item() stoa.Item {
	return stoa.Item{
		Key: l.ID, Title: l.Title, URL: l.URL, Summary: l.Summary, Published: l.Published, When: l.When,
		Fetched: l.Published.Begin(time.UTC), Extra: map[string]string{"id": l.ID, "publisher": l.Publisher},
	}
}

// Examples reads the labelled items of a folder as training data.
func Examples(files fs.FS) ([]classify.Example, error) {
	items, err := lines[labelled](files, "items.jsonl")
	if err != nil {
		return nil, err
	}
	out := make([]classify.Example, len(items))
	for i, l := range items {
		out[i] = classify.Example{Input: normalize.InputOf(l.item(), stoa.Source{}), Relevant: l.Relevant, Kind: l.Kind, Pillars: l.Pillars}
	}
	return out, nil
}

// Run scores the program as it is.
func Run(files fs.FS) (Report, error) {
	return report(files, func(examples []classify.Example) []classify.Result {
		out := make([]classify.Result, len(examples))
		for i, e := range examples {
			out[i] = classify.Classify(e.Input)
		}
		return out
	})
}

// CrossValidate scores every item by a model that was trained without it.
func CrossValidate(files fs.FS) (Report, error) { return crossValidate(files, folds, nil) }

// CrossValidateWith is CrossValidate with more training data, such as what curators ruled, beside what is scored.
func CrossValidateWith(files fs.FS, more []classify.Example) (Report, error) {
	return crossValidate(files, folds, more)
}

func crossValidate(files fs.FS, k int, more []classify.Example) (Report, error) {
	return report(files, func(examples []classify.Example) []classify.Result {
		k := max(2, min(k, len(examples)/10)) // a part of fewer than ten says nothing
		return classify.CrossValidate(examples, k, classify.Seed, more...)
	})
}

func report(files fs.FS, judge func([]classify.Example) []classify.Result) (Report, error) {
	var r Report
	found := false
	for _, part := range []func(fs.FS, *Report) error{
		func(files fs.FS, r *Report) error { return scoreItems(files, r, judge) }, scoreDates, scoreDedupe, scoreStale,
	} {
		switch err := part(files, &r); {
		case err == nil:
			found = true
		case !errors.Is(err, fs.ErrNotExist):
			return r, err
		}
	}
	if !found {
		return r, fmt.Errorf("score folder: %w: want items.jsonl, dates.jsonl, dedupe/records.jsonl or stale.jsonl", stoa.ErrNotFound)
	}
	return r, nil
}

// lines reads a file of JSON lines.
func lines[T any](files fs.FS, name string) ([]T, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read labelled data: %w", err)
	}
	defer f.Close()
	var out []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for n := 1; sc.Scan(); n++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("read labelled data: %s:%d: %w", name, n, err)
		}
		out = append(out, v)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read labelled data: %s: %w", name, err)
	}
	return out, nil
}
