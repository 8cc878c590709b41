package crawler

import (
	"context"
	"errors"
	"iter"

	"stoa"
)

// tryItems bounds what a trial reads.
const tryItems = 200

// Trial is what a source would yield.
type Trial struct {
	Run      stoa.Run // outcome as far as reading goes; nothing was judged against a history
	Items    []stoa.Item
	Excluded int
	Fill     map[string]float64 // share of items with each field
}

// Try reads a source as a run would, and keeps nothing.
func (c *Crawler) Try(ctx context.Context, src stoa.Source) (Trial, error) {
	return c.try(ctx, src, tryItems)
}

// try reads at most so many items.
func (c *Crawler) try(ctx context.Context, src stoa.Source, most int) (Trial, error) {
	trial := Trial{Fill: map[string]float64{}}
	run, err := c.begin(src)
	if err != nil {
		return trial, err
	}
	reader := *c
	reader.Catalogue, reader.Captures = blank{}, nil
	w := reader.walk(ctx, src, stoa.History{}, &run)
	defer w.stop()
	if !w.open() {
		trial.Run = run
		return trial, ctx.Err()
	}
	for item, err := range w.items {
		run.Seen++
		switch {
		case errors.Is(err, stoa.ErrExcluded):
			trial.Excluded++
		case err != nil:
			run.Faulty++
			w.warn("%v", err)
		default:
			trial.Items = append(trial.Items, item)
		}
		if run.Seen >= most {
			w.warn("only the first %d items were read", most)
			break
		}
	}
	run.Excluded, run.New = trial.Excluded, len(trial.Items)
	run.Warnings = nil // settle puts those of the walk in their place
	w.settle(&run)
	if run.Outcome == "" {
		run.Outcome = stoa.OK
	}
	if len(trial.Items) == 0 && trial.Excluded == 0 {
		run.Outcome, run.Code, run.Text = stoa.Held, stoa.CodeEmpty, "readable, but without items"
	}
	for _, item := range trial.Items {
		for _, field := range filled(item) {
			trial.Fill[field]++
		}
	}
	for field := range trial.Fill {
		trial.Fill[field] /= float64(len(trial.Items))
	}
	trial.Run = run
	return trial, ctx.Err()
}

// filled names the fields that an item has.
func filled(item stoa.Item) []string {
	var names []string
	for _, name := range []string{"key", "title", "url", "summary", "content", "when", "location", "categories", "language"} {
		if fieldOf(item, name) != "" {
			names = append(names, name)
		}
	}
	for name, has := range map[string]bool{"published": item.Published != "", "updated": item.Updated != "", "authors": len(item.Authors) > 0, "enclosures": len(item.Enclosures) > 0} {
		if has {
			names = append(names, name)
		}
	}
	for name, value := range item.Extra {
		if value != "" {
			names = append(names, name)
		}
	}
	return names
}

// blank is a catalogue that knows and keeps nothing.
type blank struct{}

func (blank) History(context.Context, string) (stoa.History, error) { return stoa.History{}, nil }
func (blank) Observation(context.Context, string, string) (stoa.Observation, error) {
	return stoa.Observation{}, stoa.ErrNotFound
}
func (blank) Apply(_ context.Context, run stoa.Run, _ stoa.Source, _ iter.Seq2[stoa.Item, error], _ stoa.Steps) (stoa.Run, error) {
	return run, nil
}
func (blank) Note(context.Context, stoa.Run, map[string]stoa.Validators) error { return nil }
