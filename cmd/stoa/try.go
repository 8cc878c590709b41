package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/sources"
)

func (a *app) sourcesTryCommand() *cobra.Command {
	var format, preset string
	cmd := &cobra.Command{
		Use:   "try ADDRESS|ID",
		Short: "What a source would yield, as a table with field-fill rates and warnings; writes nothing",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := a.trySource(args[0], format, preset)
			if err != nil {
				return err
			}
			return a.runTry(cmd.Context(), src, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&format, "type", "feed", "`FORMAT` of an address")
	cmd.Flags().StringVar(&preset, "preset", "", "`PRESET` of an address")
	return cmd
}

// trySource is the source with an id, or one made up for an address.
func (a *app) trySource(what, format, preset string) (stoa.Source, error) {
	if !strings.Contains(what, "://") {
		set, err := a.loadSources()
		if err != nil {
			return stoa.Source{}, err
		}
		return pick(set, what)
	}
	text := fmt.Sprintf("{id: trial, organisation: unknown, title: trial, url: %q, format: %s, delay: 1s}", what, format)
	if preset != "" {
		text = strings.TrimSuffix(text, "}") + fmt.Sprintf(", preset: %s}", preset)
	}
	src, _, err := sources.One("address", []byte(text))
	return src, err
}

// visitor is a crawler that keeps nothing and needs no store. Where there is one it visits with the store's client, and while a process
// serves with that process's, so that hosts are left in peace by all together.
func (a *app) visitor(ctx context.Context) (*crawler.Crawler, error) {
	c := &crawler.Crawler{NewID: func() (string, error) { return "trial", nil }, Now: a.clock, Log: a.log}
	if _, err := os.Stat(filepath.Join(a.dataDir(), "stoa.db")); err == nil || a.lent != nil {
		h, err := a.need(ctx) // it knows which hosts asked to be left alone, and when it last knocked
		if err != nil {
			return nil, err
		}
		c.Fetch = h.client
		return c, nil
	}
	client, err := a.client(nil, true, nil)
	c.Fetch = client
	return c, err
}

func (a *app) runTry(ctx context.Context, src stoa.Source, out io.Writer) error {
	c, err := a.visitor(ctx)
	if err != nil {
		return err
	}
	trial, err := c.Try(ctx, src)
	if err != nil {
		return err
	}
	if a.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(trial); err != nil {
			return fmt.Errorf("write trial: %w", err)
		}
	} else {
		printTrial(trial, out)
	}
	if !trial.Run.Outcome.Good() {
		return errSomeFailed
	}
	return nil
}

func printTrial(t crawler.Trial, out io.Writer) {
	for _, item := range t.Items {
		fmt.Fprintf(out, "%-10.10s  %-60.60s  %s\n", item.Published, item.Title, item.URL)
	}
	fmt.Fprintf(out, "\n%s %s: %d items, %d excluded, %d faulty. %s\n", t.Run.Outcome, t.Run.Code, len(t.Items), t.Excluded, t.Run.Faulty, t.Run.Text)
	for _, field := range slices.Sorted(maps.Keys(t.Fill)) {
		fmt.Fprintf(out, "  %-16s %3.0f %%\n", field, 100*t.Fill[field])
	}
	for _, text := range t.Run.Warnings {
		fmt.Fprintln(out, "  warning:", text)
	}
}
