package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa/crawler"
	"stoa/normalize/link"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [ID…]",
		Short: "Check links now: all that are due, or these",
		Long: "Look at the links of these records, or of all that are due by the rhythm of the rules (alive: 7 days, suspect: 3,\n" +
			"dead: 30, 90, 365; daily while a call's deadline is near).\n" +
			"Exit status: 0 done, 1 failed, 2 bad usage, 3 done, but some hosts or our own network failed as a whole or asked us to wait: nothing was concluded of them.",
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			return a.runCheck(cmd.Context(), h, args, cmd.OutOrStdout())
		},
	}
}

// runCheck looks at links and prints what came of each.
func (a *app) runCheck(ctx context.Context, h *house, ids []string, out io.Writer) error {
	counts := map[string]int{}
	var writeErr error
	report := func(l crawler.Look) {
		word := string(l.Availability)
		if l.Suspended != "" {
			word = "suspended"
		}
		counts[word]++
		if err := a.printLook(l, out); err != nil && writeErr == nil {
			writeErr = err
		}
	}
	check := func() error { return h.checker.Due(ctx, false, report) }
	if len(ids) > 0 {
		check = func() error { return h.checker.Check(ctx, ids, report) }
	}
	if err := check(); err != nil {
		return err
	}
	if writeErr != nil {
		return writeErr
	}
	if !a.json {
		var parts []string
		n := 0
		for _, word := range slices.Sorted(maps.Keys(counts)) {
			parts = append(parts, fmt.Sprintf("%s %d", word, counts[word]))
			n += counts[word]
		}
		if n == 0 {
			parts = []string{"nothing is due"}
		}
		fmt.Fprintf(out, "%d looked at: %s\n", n, strings.Join(parts, ", "))
	}
	if counts["suspended"] > 0 {
		return errSomeFailed
	}
	return nil
}

// printLook prints one look.
func (a *app) printLook(l crawler.Look, out io.Writer) error {
	if a.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("write look: %w", err)
		}
		return nil
	}
	word, why := string(l.Availability), strings.Join(l.Why, " ")
	if l.Suspended != "" {
		word, why = l.Suspended, l.Text
	}
	answer := l.Class
	if l.Status > 0 {
		answer = fmt.Sprint(l.Status)
	}
	if _, err := fmt.Fprintf(out, "%-11s %-7s %s  %s  %s\n", word, answer, l.Short, l.URL, why); err != nil {
		return fmt.Errorf("write look: %w", err)
	}
	return nil
}

// newChecker makes the link checker over an open house.
func (a *app) newChecker(h *house) (*crawler.Checker, error) {
	limits, err := a.limits()
	if err != nil {
		return nil, usageError{err}
	}
	return &crawler.Checker{
		Fetch: h.client, Catalogue: h.catalogue, Incidents: h.catalogue, Sources: h.sources.all, Canaries: h.canaries(a.clock),
		Rest: h.watch.rest, Workers: limits.checks, Now: a.clock, Log: a.log,
	}, nil
}

// What a canary is: a listing that was read lately. Nobody but the sources themselves is asked whether our network works.
const (
	mostCanaries = 5
	canaryAge    = 14 * 24 * time.Hour
)

// canaries returns the addresses by which the checker tells whether our own network works.
func (h *house) canaries(now func() time.Time) func(context.Context) []string {
	return func(ctx context.Context) []string {
		all, err := h.catalogue.Histories(ctx)
		if err != nil {
			return nil
		}
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		harvested := map[string]bool{}
		for _, src := range h.sources.all() {
			harvested[src.ID] = true
		}
		var out []string
		hosts := map[string]bool{}
		for _, s := range all {
			host := link.Host(s.Good.Address)
			if host == "" || !harvested[s.Source] || hosts[host] || now().Sub(s.Good.Ended).Abs() > canaryAge || len(out) == mostCanaries {
				continue
			}
			hosts[host] = true
			out = append(out, s.Good.Address)
		}
		return out
	}
}
