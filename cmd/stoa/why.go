package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/normalize/link"
)

// event is a line of a record's timeline.
type event struct {
	At   time.Time `json:"at"`
	What string    `json:"what"` // sighting change vanished ruling question, or the kind of a finding
	By   string    `json:"by"`
	Text string    `json:"text"`
}

func (a *app) whyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "why ADDRESS|ID",
		Short: "The timeline of an address: sightings, rules, decisions, joins, removals",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			return a.runWhy(cmd.Context(), h, args[0], cmd.OutOrStdout())
		},
	}
}

func (a *app) runWhy(ctx context.Context, h *house, what string, out io.Writer) error {
	record, err := a.named(ctx, h, what)
	if errors.Is(err, stoa.ErrNotFound) && strings.Contains(what, "://") {
		return a.nearest(h, what)
	}
	if err != nil {
		return err
	}
	asked := record
	if record.MergedInto != "" { // what it belongs to now tells the whole story
		if record, err = h.catalogue.Get(ctx, record.MergedInto); err != nil {
			return err
		}
	}
	events, err := timeline(ctx, h, record)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if !a.json {
		fmt.Fprintf(out, "%s\n%s, %s, %s, %s\n", record.Title, record.ID, record.State, record.Availability, record.Relevance)
		if asked.ID != record.ID {
			fmt.Fprintf(out, "%s (%s) is merged into it\n", asked.ID, asked.Title)
		}
	}
	for _, e := range events {
		if a.json {
			if err := enc.Encode(e); err != nil {
				return fmt.Errorf("write event: %w", err)
			}
			continue
		}
		fmt.Fprintf(out, "%s  %-9s %-28s %s\n", e.At.Format("2006-01-02 15:04"), e.What, e.By, e.Text)
	}
	return nil
}

// named finds a record by id, short id, or one of its addresses.
func (a *app) named(ctx context.Context, h *house, what string) (stoa.Record, error) {
	if !strings.Contains(what, "://") {
		return h.catalogue.Get(ctx, what)
	}
	want, err := link.Canonical(what, nil)
	if err != nil {
		return stoa.Record{}, usageError{fmt.Errorf("address %q: %w", what, err)}
	}
	for r, err := range h.catalogue.Records(ctx, "") {
		if err != nil {
			return stoa.Record{}, err
		}
		for _, address := range append([]string{r.URL}, sightingURLs(r)...) {
			if got, err := link.Canonical(address, nil); err == nil && got == want {
				return r, nil
			}
		}
	}
	return stoa.Record{}, fmt.Errorf("address %s: %w", what, stoa.ErrNotFound)
}

func sightingURLs(r stoa.Record) []string {
	var out []string
	for _, s := range r.Sightings {
		out = append(out, s.URL)
	}
	return out
}

// nearest names the source that would be the one to list an address, and that never did.
func (a *app) nearest(h *house, address string) error {
	site := link.Site(address)
	var near []string
	for _, src := range h.sources.all() {
		if link.Site(src.URL) == site {
			near = append(near, src.ID)
		}
	}
	if len(near) == 0 {
		return fmt.Errorf("%s: %w: no source listed it, and none is on %s; see `stoa sources add`", address, stoa.ErrNotFound, site)
	}
	return fmt.Errorf("%s: %w: never listed by %s, the nearest sources; see `stoa sources try ID`", address, stoa.ErrNotFound, strings.Join(near, ", "))
}

// timeline puts what is known of a record in the order of time.
func timeline(ctx context.Context, h *house, r stoa.Record) ([]event, error) {
	var events []event
	observations, err := h.catalogue.Observations(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range observations {
		by := "source:" + o.Source
		events = append(events, event{o.First, "sighting", by, "first listed as " + o.Key})
		if o.At.After(o.First) {
			events = append(events, event{o.At, "change", by, "last seen to change: " + o.Draft.Title})
		}
		if !o.Vanished.IsZero() {
			events = append(events, event{o.Vanished, "vanished", by, fmt.Sprintf("not listed in %d complete runs", o.Absent)})
		}
	}
	findings, err := h.catalogue.Findings(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		text := strings.Join(f.Why, "; ")
		if f.Check != nil {
			text = strings.TrimSpace(fmt.Sprintf("%d %s %s %s", f.Check.Status, f.Check.Final, f.Check.Class, text))
		}
		if f.Other != "" {
			text = fmt.Sprintf("%s with %s: %s", cmp.Or(string(f.Relation), string(f.Kind)), f.Other, text)
		}
		events = append(events, event{f.At, string(f.Kind), "rule:" + f.Rule, text})
	}
	decisions, err := h.catalogue.Decisions(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		text := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", d.Action, d.Field, d.Value, d.Reason))
		events = append(events, event{d.At, "ruling", "person:" + d.By, text})
	}
	conflicts, err := h.catalogue.Conflicts(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, q := range conflicts {
		text := fmt.Sprintf("number %d, %s: %q or %q", q.Number, cmp.Or(q.Field, "the whole"), q.Theirs, q.Ours)
		if q.Settled != "" {
			text += "; settled by " + q.Settled
		}
		events = append(events, event{q.At, "question", "rule:" + string(q.Kind), text})
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.At.Compare(b.At) })
	return events, nil
}
