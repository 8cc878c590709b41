package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/sources"
)

func (a *app) sourcesRehearseCommand() *cobra.Command {
	var with, run, apply string
	cmd := &cobra.Command{
		Use:   "rehearse ID",
		Short: "Stored captures through a changed entry: what would be gained and lost, without a request",
		Long: `Reads the captures of a run, the held one if there is one, by the entry in force and by the changed one, and shows what differs.
Nothing is fetched and nothing is kept. With --apply RUN the changed entry is applied to the captures of that held run in one step: it
is judged anew and counts, and an entry of DATA/sources.d is changed too, so that the next harvest reads by it.
Exit status: 0 done, 1 failed, 2 bad usage, 3 the run is or would be held, failed or partial.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			src, changed, whole, err := a.changedEntry(h, args[0], with)
			if err != nil {
				return err
			}
			if apply != "" {
				return a.runRedo(cmd.Context(), h, src, changed, whole, apply, cmd.OutOrStdout())
			}
			return a.runRehearse(cmd.Context(), h, src, changed, run, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&with, "with", "", "the changed entry: `FILE` with it among others or alone, or -; default is the entry in force")
	cmd.Flags().StringVar(&run, "run", "", "read the captures of `RUN`")
	cmd.Flags().StringVar(&apply, "apply", "", "apply the changed entry to held `RUN`")
	return cmd
}

// changedEntry returns the entry in force, the changed one, and that as a file of its own.
func (a *app) changedEntry(h *house, id, with string) (src, changed stoa.Source, whole []byte, err error) {
	if err := h.sources.reload(); err != nil {
		return src, changed, nil, err
	}
	if src, err = pick(h.sources.all(), id); err != nil || with == "" {
		return src, src, nil, err
	}
	text, err := a.readBody(with)
	if err != nil {
		return src, changed, nil, err
	}
	if changed, whole, err = sources.Pick(with, text, id); err != nil {
		return src, changed, nil, err
	}
	return src, changed, whole, nil
}

func (a *app) runRehearse(ctx context.Context, h *house, src, changed stoa.Source, run string, out io.Writer) error {
	r, err := h.crawler.Rehearse(ctx, src, changed, run)
	if err != nil {
		return err
	}
	if a.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("write rehearsal: %w", err)
		}
	} else {
		printRehearsal(r, out)
	}
	if !r.After.Run.Outcome.Good() {
		return errSomeFailed
	}
	return nil
}

func printRehearsal(r crawler.Rehearsal, out io.Writer) {
	fmt.Fprintf(out, "%s: %d captures, from run %s; the catalogue knows %d items\n\n", r.Source, r.Captures, r.From, r.Known)
	line := func(what string, before, after any) { fmt.Fprintf(out, "%-18s %16v %16v\n", what, before, after) }
	b, n := r.Before.Run, r.After.Run
	line("", "entry in force", "changed entry")
	line("outcome", b.Outcome, n.Outcome)
	line("code", cmp.Or(b.Code, "-"), cmp.Or(n.Code, "-"))
	line("items", b.Seen, n.Seen)
	line("new", b.New, n.New)
	line("changed", b.Changed, n.Changed)
	line("unchanged", b.Unchanged, n.Unchanged)
	line("vanished", b.Vanished, n.Vanished)
	line("excluded", b.Excluded, n.Excluded)
	line("faulty", b.Faulty, n.Faulty)
	fields := maps.Clone(r.Before.Fill)
	maps.Copy(fields, r.After.Fill)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		line("  "+name, fmt.Sprintf("%.0f %%", 100*r.Before.Fill[name]), fmt.Sprintf("%.0f %%", 100*r.After.Fill[name]))
	}
	for _, list := range []struct {
		name  string
		sign  string
		items []crawler.Named
	}{{"gained", "+", r.Gained}, {"lost", "-", r.Lost}, {"read otherwise", "~", r.Differ}} {
		if len(list.items) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s: %d\n", list.name, len(list.items))
		for _, item := range list.items[:min(len(list.items), 20)] {
			fmt.Fprintf(out, "  %s %-60.60s  %s\n", list.sign, item.Title, item.URL)
			if item.Was != "" {
				fmt.Fprintf(out, "    was %s\n", item.Was)
			}
		}
	}
	if n.Text != "" {
		fmt.Fprintf(out, "\n%s\n", n.Text)
	}
	for _, text := range n.Warnings {
		fmt.Fprintln(out, "  warning:", text)
	}
}

// runRedo applies a changed entry to a held run, and to the entry itself where it is one of DATA/sources.d.
func (a *app) runRedo(ctx context.Context, h *house, src, changed stoa.Source, whole []byte, run string, out io.Writer) error {
	done, err := h.crawler.Redo(ctx, src, changed, run)
	if err != nil {
		return err
	}
	if err := a.report(done, 1, 1, out); err != nil {
		return err
	}
	if !done.Outcome.Good() && done.Outcome != stoa.Partial {
		return errSomeFailed
	}
	if _, err := os.Stat(a.dropIn(src.ID)); whole != nil && err == nil {
		if err := a.writeEntry(ctx, h, changed, whole, a.Stderr); err != nil {
			return err
		}
	} else if whole != nil {
		fmt.Fprintf(a.Stderr, "The entry of %s stands in sources.yaml: change it there too, or the next harvest is held again.\n", src.ID)
	}
	if !done.Outcome.Good() {
		return errSomeFailed
	}
	return nil
}
