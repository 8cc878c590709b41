package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/server/catalogue"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

func (a *app) exportCommand() *cobra.Command {
	var format, file, lang string
	cmd := &cobra.Command{
		Use:   "export [QUERY…]",
		Short: "The catalogue, or what a search finds, as a file: " + strings.Join(exportFormats(), ", "),
		Long: `All listed records, stale ones too, or what a search finds. A search is words, the parameters of a search (pillar=legal&open=1),
or the address of one, copied from the browser.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runExport(cmd.Context(), format, file, lang, strings.Join(args, " "), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", "`F` of the file")
	cmd.Flags().StringVar(&file, "output", "", "`FILE` to write, whole or not at all; default is standard output")
	cmd.Flags().StringVar(&lang, "language", "en", "`L` of headings, pillars and addresses: "+strings.Join(stoa.Languages(), ", "))
	return cmd
}

// bundleFormat is written from more than records.
const bundleFormat = "bundle"

// exportWriters are the formats by the names that people type.
func exportWriters() map[string]export.Writer {
	all := map[string]export.Writer{"jsonl": export.Lines, "xlsx": export.XLSX, "opml": export.OPML, "dcat": export.DCAT, bundleFormat: nil}
	for _, f := range export.Formats() {
		if f.Suffix != ".dcat.jsonld" {
			all[strings.TrimPrefix(f.Suffix, ".")] = f.Write
		}
	}
	return all
}

func exportFormats() []string { return slices.Sorted(maps.Keys(exportWriters())) }

func (a *app) runExport(ctx context.Context, format, file, lang, search string, out io.Writer) error {
	write, ok := exportWriters()[format]
	if !ok {
		return usageError{fmt.Errorf("--format %q: have %s", format, strings.Join(exportFormats(), ", "))}
	}
	words, ok := locales.For(lang)
	if !ok {
		return usageError{fmt.Errorf("--language %q: have %s", lang, strings.Join(stoa.Languages(), ", "))}
	}
	q, err := searchOf(search)
	if err != nil {
		return usageError{err}
	}
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	site := page.Site{Title: a.catalogueTitle(), URL: cmp.Or(a.publicURL, "http://localhost:8080"), Contact: a.contact, Version: version}
	list := export.List{Title: site.Title, Words: words, Site: site, Self: site.URL + "/" + lang + catalogue.Href(q, "."+format, 1), Page: site.URL + "/" + lang + catalogue.Href(q, "", 1),
		Now: a.clock().UTC(), Total: -1, Records: exported(ctx, h, search != "", q)}
	if format == bundleFormat {
		write = func(w io.Writer, l export.List) error {
			return export.Bundle(w, l, func(w io.Writer) error { return writeChanges(ctx, h, w) })
		}
	}
	if file == "" {
		return write(out, list)
	}
	return writeWhole(a.path(file), func(w io.Writer) error { return write(w, list) })
}

// parameters is what the parameters of a search look like.
var parameters = regexp.MustCompile(`^[a-z]+=`)

// searchOf reads a search as a person gives it: words, parameters, or an address.
func searchOf(text string) (stoa.Query, error) {
	params := text
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.Host != "" {
		params = u.RawQuery
	} else if !parameters.MatchString(text) {
		return stoa.Query{Text: text}, nil
	}
	v, err := url.ParseQuery(params)
	if err != nil {
		return stoa.Query{}, fmt.Errorf("read search %q: %w", text, err)
	}
	q, _, err := catalogue.Parse(v)
	if err != nil {
		return stoa.Query{}, fmt.Errorf("read search %q: %w", text, err)
	}
	return q, nil
}

// exported yields the public records that a search finds, or all.
func exported(ctx context.Context, h *house, searched bool, q stoa.Query) iter.Seq2[stoa.Record, error] {
	if searched {
		return found(ctx, h, q)
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
func found(ctx context.Context, h *house, q stoa.Query) iter.Seq2[stoa.Record, error] {
	return func(yield func(stoa.Record, error) bool) {
		if err := h.index.CatchUp(ctx); err != nil {
			yield(stoa.Record{}, err)
			return
		}
		for q.Offset, q.Limit = 0, 100; ; q.Offset += q.Limit {
			hits, err := h.index.Search(ctx, q)
			if err != nil {
				yield(stoa.Record{}, err)
				return
			}
			for _, id := range hits.IDs {
				r, err := h.catalogue.Get(ctx, id)
				if (err != nil || r.Public()) && !yield(r, err) || err != nil {
					return
				}
			}
			if len(hits.IDs) < q.Limit {
				return
			}
		}
	}
}

// writeChanges writes the log, a change a line.
func writeChanges(ctx context.Context, h *house, w io.Writer) error {
	enc := json.NewEncoder(w)
	for since := uint64(0); ; {
		log, err := h.catalogue.Changes(ctx, since, 1000)
		if err != nil || len(log) == 0 {
			return err
		}
		for _, c := range log {
			if since = c.Seq; strings.HasPrefix(c.By, "decision:") {
				c.By = "decision" // whose it was stays inside
			}
			if err := enc.Encode(c); err != nil {
				return err
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
