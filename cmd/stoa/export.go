package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

func (a *app) exportCommand() *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "export [QUERY…]",
		Short: "The catalogue, or what a query finds, as a file: " + strings.Join(exportFormats(), ", "),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runExport(cmd.Context(), format, file, strings.Join(args, " "), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", "`F` of the file")
	cmd.Flags().StringVar(&file, "output", "", "`FILE` to write, whole or not at all; default is standard output")
	return cmd
}

// exportWriters are the formats by the names that people type.
func exportWriters() map[string]export.Writer {
	all := map[string]export.Writer{"jsonl": export.Lines}
	for _, f := range export.Formats() {
		all[strings.TrimPrefix(f.Suffix, ".")] = f.Write
	}
	return all
}

func exportFormats() []string { return slices.Sorted(maps.Keys(exportWriters())) }

func (a *app) runExport(ctx context.Context, format, file, text string, out io.Writer) error {
	write, ok := exportWriters()[format]
	if !ok {
		return usageError{fmt.Errorf("--format %q: have %s", format, strings.Join(exportFormats(), ", "))}
	}
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	site := page.Site{Title: a.catalogueTitle(), URL: cmp.Or(a.publicURL, "http://localhost:8080"), Contact: a.contact, Version: version}
	list := export.List{Title: site.Title, Words: locales.Negotiate("en"), Site: site, Self: site.URL + "/en/records." + format, Page: site.URL + "/en/records",
		Now: a.clock().UTC(), Total: -1, Records: exported(ctx, h, text)}
	if file == "" {
		return write(out, list)
	}
	return writeWhole(a.path(file), func(w io.Writer) error { return write(w, list) })
}

// exported yields the public records that a query finds, or all.
func exported(ctx context.Context, h *house, text string) iter.Seq2[stoa.Record, error] {
	if text != "" {
		return found(ctx, h, text)
	}
	return func(yield func(stoa.Record, error) bool) {
		for r, err := range h.catalogue.Records(ctx, "") {
			if (err != nil || r.Public()) && !yield(r, err) {
				return
			}
		}
	}
}

// found yields what a search finds, a page at a time.
func found(ctx context.Context, h *house, text string) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		if err := h.index.CatchUp(ctx); err != nil {
			yield(stoa.Record{}, err)
			return
		}
		for q := (stoa.Query{Text: text, Limit: 100}); ; q.Offset += q.Limit {
			hits, err := h.index.Search(ctx, q)
			if err != nil {
				yield(stoa.Record{}, err)
				return
			}
			for _, id := range hits.IDs {
				if r, err := h.catalogue.Get(ctx, id); !yield(r, err) || err != nil {
					return
				}
			}
			if len(hits.IDs) < q.Limit {
				return
			}
		}
	}
}

// writeWhole writes a file beside its place and then moves it there, so that nobody sees half of it.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("export: %w", err)
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("export: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
