package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/crawler/schedule"
	"stoa/crawler/sources"
)

func (a *app) sourcesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sources", Short: "The sources and their health", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listSources(cmd.Context(), cmd.OutOrStdout()) }}
	cmd.AddCommand(a.sourcesListCommand(), a.sourcesCheckCommand(), a.sourcesAddCommand(), a.sourcesSetCommand(), a.sourcesRemoveCommand(), a.sourcesTryCommand(), a.sourcesDiscoverCommand(), a.sourcesImportCommand(), a.sourcesExportCommand(), a.sourcesRehearseCommand(), a.sourcesHostsCommand())
	return cmd
}

func (a *app) sourcesListCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "Every source with its last run, next run and counts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listSources(cmd.Context(), cmd.OutOrStdout()) }}
}

// sourceLine is one source as `sources list --json` prints it.
type sourceLine struct {
	stoa.Source
	Last     *stoa.Run  `json:"last,omitempty"`
	Good     *time.Time `json:"last_good,omitempty"`
	Next     *time.Time `json:"next,omitempty"`
	Items    int        `json:"items"`
	Failures int        `json:"failures,omitempty"`
	Paused   string     `json:"paused,omitempty"`
	Address  string     `json:"address,omitempty"` // adopted
	Way      *stoa.Way  `json:"way,omitempty"`     // the way in that the last good run took
	Ways     []stoa.Way `json:"ways,omitempty"`    // those before it, newest first
	Moved    *stoa.Way  `json:"moved,omitempty"`   // where that way redirects for good
}

func (a *app) listSources(ctx context.Context, out io.Writer) error {
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, src := range h.sources.all() {
		history, err := h.catalogue.History(ctx, src.ID)
		if err != nil {
			return err
		}
		line := sourceLine{Source: src, Items: history.Known, Failures: history.Failures, Paused: history.Paused, Address: history.Address, Ways: history.Ways}
		if history.Way.Address != "" {
			line.Way = &history.Way
		}
		if history.Moved.Address != "" {
			line.Moved = &history.Moved
		}
		if history.Last.ID != "" {
			line.Last = &history.Last
		}
		if history.Good.ID != "" {
			line.Good = &history.Good.Ended
		}
		if src.Disabled == "" {
			next := schedule.Next(src, history, a.clock())
			line.Next = &next
		}
		if a.json {
			if err := enc.Encode(line); err != nil {
				return fmt.Errorf("write source: %w", err)
			}
			continue
		}
		outcome, text := "never run", src.Disabled
		if line.Last != nil {
			outcome, text = string(line.Last.Outcome), line.Last.Text
		}
		if src.Disabled != "" {
			outcome = "disabled"
		}
		if line.Way != nil && line.Way.Address != cmp.Or(history.Address, src.URL) {
			text = strings.TrimSpace(fmt.Sprintf("read from %s since %s; %s", line.Way.Address, line.Way.Since.UTC().Format(time.DateOnly), text))
		}
		fmt.Fprintf(out, "%-28s %-10s %-9s %5d  %s\n", src.ID, src.Format, outcome, line.Items, text)
	}
	return nil
}

func (a *app) sourcesCheckCommand() *cobra.Command {
	return local(&cobra.Command{Use: "check [FILE]", Short: "Validate sources.yaml: all faults at once, with line and remedy", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.sources = args[0]
			}
			set, err := a.loadSources()
			if err != nil {
				return err
			}
			disabled := 0
			for _, s := range set {
				if s.Disabled != "" {
					disabled++
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d sources, %d of them disabled; no fault\n", len(set), disabled)
			return nil
		}})
}

// dropIn is the file in DATA/sources.d that holds one entry.
func (a *app) dropIn(id string) string {
	return filepath.Join(a.dataDir(), "sources.d", id+".yaml")
}

func (a *app) sourcesAddCommand() *cobra.Command {
	return &cobra.Command{Use: "add FILE|-", Short: "Add an entry to DATA/sources.d: one entry as in sources.yaml", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			text, err := a.readBody(args[0])
			if err != nil {
				return err
			}
			src, whole, err := sources.One(args[0], text)
			if err != nil {
				return err
			}
			if _, taken := h.sources.byID(src.ID); taken {
				return usageError{fmt.Errorf("source %q is there already: use `stoa sources set`", src.ID)}
			}
			return a.writeEntry(cmd.Context(), h, src, whole, cmd.OutOrStdout())
		}}
}

// writeEntry checks an entry's addresses and puts it into DATA/sources.d, whole or not at all.
func (a *app) writeEntry(ctx context.Context, h *house, src stoa.Source, whole []byte, out io.Writer) error {
	for _, address := range append([]string{src.URL}, src.Alternates...) {
		if err := h.client.CheckAddress(address); err != nil {
			return usageError{err}
		}
	}
	if err := sources.Write(a.dropIn(src.ID), whole); err != nil {
		return err
	}
	if err := h.reload(ctx); err != nil {
		return fmt.Errorf("written, but not taken: %w", err)
	}
	fmt.Fprintf(out, "%s: written to %s\n", src.ID, a.dropIn(src.ID))
	return nil
}

func (a *app) sourcesSetCommand() *cobra.Command {
	return &cobra.Command{Use: "set ID KEY=VALUE…", Short: "Change keys of an entry in DATA/sources.d; values are YAML", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			text, err := os.ReadFile(a.dropIn(args[0]))
			if err != nil {
				return usageError{fmt.Errorf("no entry of DATA/sources.d is called %q: entries of sources.yaml are edited there (%w)", args[0], err)}
			}
			changes := map[string]string{}
			for _, arg := range args[1:] {
				key, value, ok := strings.Cut(arg, "=")
				if !ok {
					return usageError{fmt.Errorf("%q: want KEY=VALUE", arg)}
				}
				changes[key] = value
			}
			src, whole, err := sources.Edit(a.dropIn(args[0]), text, changes)
			if err != nil {
				return err
			}
			if src.ID != args[0] {
				return usageError{fmt.Errorf("an id is for ever: add %q as a source of its own", src.ID)}
			}
			return a.writeEntry(cmd.Context(), h, src, whole, cmd.OutOrStdout())
		}}
}

func (a *app) sourcesRemoveCommand() *cobra.Command {
	return &cobra.Command{Use: "remove ID", Short: "Remove an entry from DATA/sources.d; its observations and decisions stay", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if err := os.Remove(a.dropIn(args[0])); err != nil {
				return usageError{fmt.Errorf("no entry of DATA/sources.d is called %q; disable entries of sources.yaml there (%w)", args[0], err)}
			}
			if err := h.reload(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: removed; what it listed stays\n", args[0])
			return nil
		}}
}
