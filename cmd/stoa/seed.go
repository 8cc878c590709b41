package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"net/http"
	"time"

	"stoa"
	"stoa/crawler/decode"
)

// seedAddress names the seed in runs; nothing is fetched from it.
const seedAddress = "https://stoa.invalid/seed.jsonl"

// seedSource is the source that ships with the program. Every live source ranks above it.
func seedSource() stoa.Source {
	return stoa.Source{
		ID: stoa.SeedSource, Organisation: "stoa", Title: "Records shipped with the program, not yet checked by this instance", URL: seedAddress,
		Format: "table", VanishMeans: stoa.VanishRemoved, Trust: stoa.Trusted,
		Limits: stoa.Limits{Items: 20_000, Body: 10_000_000, Pages: 1, Time: time.Minute}, Terms: stoa.Terms{Excerpt: 300},
		Disabled: "read at the start, not harvested",
	}
}

// plant reads the seed into a new catalogue, and again when the program brings another one.
func (a *app) plant(ctx context.Context, h *house) error {
	src := seedSource()
	history, err := h.catalogue.History(ctx, src.ID)
	if err != nil {
		return fmt.Errorf("plant seed: %w", err)
	}
	sum := sha256.Sum256(stoa.Seed())
	tag := hex.EncodeToString(sum[:])
	if history.Validators[seedAddress].ETag == tag {
		return nil
	}
	run, err := a.takeIn(ctx, h, src, stoa.Seed(), map[string]stoa.Validators{seedAddress: {ETag: tag}})
	if err != nil {
		return fmt.Errorf("plant seed: %w", err)
	}
	a.log.InfoContext(ctx, "seed planted", "outcome", run.Outcome, "new", run.New, "changed", run.Changed)
	return nil
}

// takeIn applies one body as a run of a source that is not fetched: the seed, or a file that somebody imports.
func (a *app) takeIn(ctx context.Context, h *house, src stoa.Source, body []byte, v map[string]stoa.Validators) (stoa.Run, error) {
	now := a.clock().UTC().Truncate(time.Second)
	listing, err := decode.Open(decode.Page{URL: src.URL, Header: http.Header{}, Body: body, Fetched: now, Status: http.StatusOK}, src)
	if err != nil {
		return stoa.Run{}, err
	}
	id, err := h.catalogue.NewID()
	if err != nil {
		return stoa.Run{}, err
	}
	run := stoa.Run{ID: id, Source: src.ID, Address: src.URL, Status: http.StatusOK, Bytes: int64(len(body)), Began: now, Warnings: []string{}}
	steps := stoa.Steps{
		Draft: func(item stoa.Item) stoa.Draft { return h.draft(item, src) },
		Settle: func(run *stoa.Run) {
			run.Ended = a.clock().UTC()
			run.Seconds = run.Ended.Sub(run.Began).Seconds()
			run.Warnings = append(run.Warnings, listing.Warnings...)
			if run.Faulty > 0 || listing.Truncated {
				run.Outcome, run.Code = stoa.Partial, stoa.CodeFaultyItems
				run.Text = fmt.Sprintf("%d lines could not be read; the others count", run.Faulty)
			}
		},
		Judge:      func(stoa.Run, stoa.History) (string, string) { return "", "" },
		Validators: v,
		Rank:       src.Rank(),
	}
	return h.catalogue.Apply(ctx, run, src, iter.Seq2[stoa.Item, error](listing.Items), steps)
}
