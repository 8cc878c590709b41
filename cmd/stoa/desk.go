package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
)

func (a *app) queueCommand() *cobra.Command {
	var reason string
	var limit int
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "What waits for a curator, what matters most first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			tasks, total, err := allTasks(cmd.Context(), h, stoa.TaskQuery{Reason: reason}, max(1, limit))
			if err != nil {
				return err
			}
			return a.printQueue(tasks, total, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "only `REASON`: "+strings.Join(stoa.TaskReasons(), ", "))
	cmd.Flags().IntVar(&limit, "limit-to", 50, "at most so many")
	return cmd
}

// allTasks reads as many tasks as are wanted, some hundreds at a time.
func allTasks(ctx context.Context, h *house, q stoa.TaskQuery, limit int) (tasks []stoa.Task, total int, err error) {
	for len(tasks) < limit {
		q.Offset, q.Limit = len(tasks), min(limit-len(tasks), 500)
		var page []stoa.Task
		if page, total, err = h.catalogue.Queue(ctx, q); err != nil || len(page) == 0 {
			return tasks, total, err
		}
		tasks = append(tasks, page...)
	}
	return tasks, total, nil
}

func (a *app) printQueue(tasks []stoa.Task, total int, out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, t := range tasks {
		if a.json {
			if err := enc.Encode(t); err != nil {
				return fmt.Errorf("write task: %w", err)
			}
			continue
		}
		title := ""
		switch {
		case t.Record != nil:
			title = t.Record.Title
		case t.Motion != nil:
			title = fmt.Sprintf("%d decisions proposed by %s", len(t.Motion.Decisions), t.Motion.By)
		case t.Run != nil:
			title = t.Run.Source + ": " + t.Run.Text
		}
		fmt.Fprintf(out, "%-9s %s  %s\n", t.Reason, t.Subject, title)
		if len(t.Why) > 0 {
			fmt.Fprintf(out, "          %s\n", strings.Join(t.Why, "; "))
		}
	}
	if !a.json {
		fmt.Fprintf(out, "%d of %d\n", len(tasks), total)
	}
	return nil
}

func (a *app) decideCommand() *cobra.Command {
	var d stoa.Decision
	cmd := &cobra.Command{
		Use:   "decide SUBJECT ACTION",
		Short: "Rule on a record, a run, a source or a conflict",
		Long: "Rule on a record, a run, a source or a conflict. Actions: " + actions() + ".\n" +
			"Reasons to refuse: " + strings.Join(stoa.Reasons(), ", ") + ".\nFields to set: " + strings.Join(stoa.Settable(), ", ") + ".",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Subject, d.Action = args[0], stoa.Action(args[1])
			return a.decide(cmd.Context(), d, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.Field, "field", "", "`F` to set, unset, add to or remove from; the relation of a tie")
	f.StringVar(&d.Value, "value", "", "`V`; lists as JSON; the other record of merge, split, differ, tie")
	f.StringVar(&d.Reason, "reason", "", "`R` of a refusal")
	f.Uint64Var(&d.IfMatch, "if-match", 0, "`N`: fail with a conflict unless the record has this version")
	f.StringVar(&d.By, "by", "", "`NAME` under which the decision is kept; default is yours")
	return cmd
}

func actions() string {
	var names []string
	for _, a := range stoa.Actions() {
		names = append(names, string(a))
	}
	return strings.Join(names, " ")
}

func (a *app) releaseCommand() *cobra.Command {
	return a.runRuling(stoa.Release, "Let a held run count")
}
func (a *app) discardCommand() *cobra.Command { return a.runRuling(stoa.Discard, "Drop a held run") }

// secondCommand answers what another person proposed.
func (a *app) secondCommand() *cobra.Command {
	var by string
	var decline bool
	cmd := &cobra.Command{
		Use:   "second MOTION",
		Short: "Confirm, or decline, what another person proposed",
		Long: "Confirms what another person proposed: more than 20 refusals at once, a merge of records of different publishers,\n" +
			"the end of guidance, the release of a held run. `stoa queue --reason second` lists what waits.\n" +
			"Where fewer than two accounts may rule nobody is asked, and such rulings count at once.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d := stoa.Decision{Subject: args[0], Action: stoa.Second, Value: stoa.Seconded, By: by}
			if decline {
				d.Value = stoa.Declined
			}
			return a.decide(cmd.Context(), d, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "`NAME` under which the answer is kept, not that of who proposed; default is yours")
	cmd.Flags().BoolVar(&decline, "decline", false, "decline, or withdraw what is one's own")
	return cmd
}

func (a *app) runRuling(action stoa.Action, short string) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:   string(action) + " RUN",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd.Context(), stoa.Decision{Subject: args[0], Action: action, By: by}, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "`NAME` under which the decision is kept; default is yours")
	return cmd
}

// decide keeps a decision and prints it.
func (a *app) decide(ctx context.Context, d stoa.Decision, out io.Writer) error {
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	if d.By == "" {
		d.By = a.operator()
	}
	kept, err := h.catalogue.Decide(ctx, d)
	if errors.Is(err, stoa.ErrWaits) {
		if a.json {
			if err := json.NewEncoder(out).Encode(kept); err != nil {
				return fmt.Errorf("write decision: %w", err)
			}
		} else {
			fmt.Fprintf(out, "kept as motion %s, because of %s; it counts when another person confirms it: stoa second %s --by NAME\n", kept.ID, kept.Field, kept.ID)
		}
		return errSomeFailed
	}
	if err != nil {
		return err
	}
	if kept.Action == stoa.Erase {
		if err := a.forget(ctx, h); err != nil {
			return err
		}
	}
	if a.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(kept)
	}
	fmt.Fprintf(out, "%s %s %s: kept as decision %s\n", kept.By, kept.Action, kept.Subject, kept.ID)
	if r, err := h.catalogue.Get(ctx, d.Subject); err == nil {
		fmt.Fprintf(out, "%s  %s  %s\n", r.State, r.Relevance, r.Title)
	}
	return nil
}

// operator is the name of whoever types on this machine.
func (a *app) operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "operator"
}
