package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"stoa"
)

func (a *app) harvestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "harvest [SOURCE…]",
		Short: "Harvest now, with progress and a report",
		Long:  "Harvest the sources named, or all that are not disabled.\nExit status: 0 every run was ok or unchanged, 1 failed, 2 bad usage, 3 some run failed, was blocked, held or partial.",
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if err := h.reload(cmd.Context()); err != nil {
				return err
			}
			set, err := chosen(h.sources.all(), args)
			if err != nil {
				return err
			}
			return a.runHarvest(cmd.Context(), h, set, cmd.OutOrStdout())
		},
	}
}

// chosen returns the sources with these ids, or all that are not disabled.
func chosen(all []stoa.Source, ids []string) ([]stoa.Source, error) {
	var set []stoa.Source
	for _, id := range ids {
		src, err := pick(all, id)
		if err != nil {
			return nil, err
		}
		set = append(set, src)
	}
	if len(ids) == 0 {
		for _, src := range all {
			if src.Disabled == "" {
				set = append(set, src)
			}
		}
	}
	return set, nil
}

// runHarvest harvests a set, a bounded number at a time, and reports each run as it ends.
func (a *app) runHarvest(ctx context.Context, h *house, set []stoa.Source, out io.Writer) error {
	limits, err := a.limits()
	if err != nil {
		return usageError{err}
	}
	var (
		g        errgroup.Group
		mu       sync.Mutex
		runs     []stoa.Run
		writeErr error
		keepErr  error
	)
	g.SetLimit(limits.workers)
	for _, src := range set {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			run, err := h.crawler.Harvest(ctx, src)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				keepErr = cmp.Or(keepErr, err)
				return nil // one source must not cost the others theirs
			}
			runs = append(runs, run)
			writeErr = cmp.Or(writeErr, a.report(run, len(runs), len(set), out))
			return nil
		})
	}
	_ = g.Wait() // its functions return nil
	if err := cmp.Or(context.Cause(ctx), keepErr, writeErr); err != nil {
		return err
	}
	if !a.json {
		summary(runs, out)
	}
	if slices.ContainsFunc(runs, func(r stoa.Run) bool { return !r.Outcome.Good() && r.Outcome != stoa.Skipped }) {
		return errSomeFailed
	}
	return nil
}

// report prints one run.
func (a *app) report(run stoa.Run, n, all int, out io.Writer) error {
	if a.json {
		return printRun(run, out)
	}
	if a.Terminal {
		fmt.Fprintf(a.Stderr, "\r\x1b[K%d of %d: %s\r", n, all, run.Source)
	}
	_, err := fmt.Fprintf(out, "%-9s %-14s %-28s seen %d, new %d, changed %d, vanished %d  %s\n",
		run.Outcome, run.Code, run.Source, run.Seen, run.New, run.Changed, run.Vanished, run.Text)
	return err
}

// printRun writes the run as a line of JSON.
func printRun(run stoa.Run, out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(run); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

// summary counts the outcomes.
func summary(runs []stoa.Run, out io.Writer) {
	counts := map[stoa.Outcome]int{}
	for _, r := range runs {
		counts[r.Outcome]++
	}
	fmt.Fprintf(out, "%d runs:", len(runs))
	for _, o := range []stoa.Outcome{stoa.OK, stoa.Unchanged, stoa.Partial, stoa.Held, stoa.Failed, stoa.Refusal, stoa.Skipped} {
		if counts[o] > 0 {
			fmt.Fprintf(out, " %s %d", o, counts[o])
		}
	}
	fmt.Fprintln(out)
}
