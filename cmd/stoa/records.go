package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa"
)

func (a *app) searchCommand() *cobra.Command {
	var q stoa.Query
	var pillars, kinds []string
	cmd := &cobra.Command{
		Use:   "search QUERY…",
		Short: "Ask the catalogue: words, the parameters of a search, or its address",
		RunE: func(cmd *cobra.Command, args []string) error {
			asked, err := searchOf(strings.Join(args, " "))
			if err != nil {
				return usageError{err}
			}
			asked.Open, asked.Stale = asked.Open || q.Open, asked.Stale || q.Stale
			asked.Countries, asked.Limit = append(asked.Countries, q.Countries...), q.Limit
			q = asked
			for _, p := range pillars {
				q.Pillars = append(q.Pillars, stoa.Pillar(p))
			}
			for _, k := range kinds {
				q.Kinds = append(q.Kinds, stoa.Kind(k))
			}
			return a.runSearch(cmd.Context(), q, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&pillars, "pillar", nil, "only these `PILLARS`")
	f.StringSliceVar(&kinds, "kind", nil, "only these `KINDS`")
	f.StringSliceVar(&q.Countries, "country", nil, "only these `COUNTRIES`")
	f.BoolVar(&q.Open, "open", false, "only what is open now")
	f.BoolVar(&q.Stale, "stale", false, "stale records too")
	f.IntVar(&q.Limit, "limit-to", 20, "at most so many")
	return cmd
}

func (a *app) runSearch(ctx context.Context, q stoa.Query, out io.Writer) error {
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	if err := h.index.CatchUp(ctx); err != nil {
		return err
	}
	hits, err := h.index.Search(ctx, q)
	if err != nil {
		return err
	}
	for _, id := range hits.IDs {
		r, err := h.catalogue.Get(ctx, id)
		if err != nil {
			return err
		}
		if a.json {
			if err := printRecord(r, out); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(out, "%s  %-13s %-14s %s\n", r.Short, r.Kind, r.Primary(), r.Title)
	}
	if !a.json {
		fmt.Fprintf(out, "%d of %d\n", len(hits.IDs), hits.Total)
	}
	return nil
}

func printRecord(r stoa.Record, out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "A record, and who says what of it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			r, err := h.catalogue.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				return printRecord(r, cmd.OutOrStdout())
			}
			show(r, cmd.OutOrStdout())
			return nil
		},
	}
}

// show prints a record for people.
func show(r stoa.Record, out io.Writer) {
	fmt.Fprintf(out, "%s\n%s\n\n", r.Title, r.URL)
	if r.Summary != "" {
		fmt.Fprintf(out, "%s\n\n", r.Summary)
	}
	fmt.Fprintf(out, "id %s, version %d, %s, %s, %s\n", r.ID, r.Version, r.State, r.Availability, r.Relevance)
	for _, text := range r.Reasons {
		fmt.Fprintln(out, "  "+text)
	}
	fmt.Fprintf(out, "kind %s, pillars %v, countries %v, regions %v\n", r.Kind, r.Pillars, r.Countries, r.Regions)
	fields := make([]string, 0, len(r.Provenance))
	for f := range r.Provenance {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	fmt.Fprintln(out, "\nWho says so")
	for _, f := range fields {
		p := r.Provenance[f]
		fmt.Fprintf(out, "  %-14s %s, %s %s\n", f, p.By, p.At.Format(time.DateOnly), p.Rule)
		for _, o := range p.Others {
			fmt.Fprintf(out, "  %-14s otherwise %s: %s\n", "", o.By, o.Value)
		}
	}
	if r.Verdicts != nil {
		writeVerdicts(out, r)
	}
	fmt.Fprintln(out, "\nListed by")
	for _, s := range r.Sightings {
		fmt.Fprintf(out, "  %-20s %s to %s  %s\n", s.Source, s.First.Format(time.DateOnly), s.Last.Format(time.DateOnly), s.URL)
	}
}

// writeVerdicts prints what the rules think of a record, how sure they are, and from what evidence: of the pillars those that
// it stands under.
func writeVerdicts(out io.Writer, r stoa.Record) {
	v := r.Verdicts
	fmt.Fprintf(out, "\nWhy (%s)\n", v.Version)
	say := func(what string, sure float64, why []string) {
		fmt.Fprintf(out, "  %s (%.2f)\n", what, sure)
		for _, w := range why {
			fmt.Fprintln(out, "    "+w)
		}
	}
	say(fmt.Sprintf("relevant: %t", v.Relevant.Value), v.Relevant.Confidence, v.Relevant.Why)
	say("kind: "+string(v.Kind.Value), v.Kind.Confidence, v.Kind.Why)
	for _, p := range v.Pillars {
		if slices.Contains(r.Pillars, p.Pillar) {
			say("pillar: "+string(p.Pillar), p.Confidence, p.Why)
		}
	}
}

var notID = regexp.MustCompile(`[^a-z0-9]+`)

func (a *app) importCommand() *cobra.Command {
	var src stoa.Source
	var trust string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Run a file once as a table source: CSV, JSON Lines, XLSX, OPML, or the bundle of another stoa",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if src.Trust = stoa.Trust(trust); src.Trust != stoa.Probation && src.Trust != stoa.Trusted {
				return usageError{fmt.Errorf("--trust %q: want probation or trusted", trust)}
			}
			return a.runImport(cmd.Context(), src, args[0], cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&src.ID, "source", "", "`ID` of the source that the file becomes; default from its name")
	f.StringVar(&src.Organisation, "organisation", "", "`NAME` of who made the list")
	f.StringVar(&trust, "trust", "probation", "`LEVEL`: probation (every item is queued) or trusted")
	return cmd
}

func (a *app) runImport(ctx context.Context, src stoa.Source, file string, out io.Writer) error {
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(a.path(file))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if src.ID == "" {
		src.ID = "import-" + strings.Trim(notID.ReplaceAllString(strings.ToLower(filepath.Base(file)), "-"), "-")
	}
	if _, taken := h.sources.byID(src.ID); taken {
		return usageError{fmt.Errorf("source %q is harvested: give the import another --source", src.ID)}
	}
	src.Title, src.URL, src.Format = filepath.Base(file), "file:///"+filepath.Base(file), "table"
	if records, err := unbundled(body); err != nil {
		return fmt.Errorf("import %s: %w", file, err)
	} else if records != nil {
		body, src.Format = records, "peer" // another stoa's records, as it would give them itself
	}
	src.VanishMeans, src.Limits = stoa.VanishNothing, stoa.Limits{Items: 1_000_000, Body: 1 << 30, Pages: 1, Time: time.Hour}
	src.Terms.Excerpt = 300
	run, err := a.takeIn(ctx, h, src, body, nil)
	if err != nil {
		return err
	}
	if err := a.report(run, 1, 1, out); err != nil {
		return err
	}
	if !run.Outcome.Good() {
		return errSomeFailed
	}
	return nil
}

// importBytes is the most that a file may unpack to.
const importBytes = 1 << 30

// unbundled returns the records of a bundle in the form in which a peer gives them; nil for any other file.
func unbundled(body []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, nil // no ZIP file
	}
	f, err := z.Open("records.jsonl")
	if err != nil {
		return nil, nil // a workbook
	}
	defer f.Close() // only read
	out := bytes.NewBufferString(`{"records":[`)
	lines := bufio.NewScanner(io.LimitReader(f, importBytes+1))
	lines.Buffer(nil, 1<<20)
	for comma := ""; lines.Scan(); comma = "," {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		out.WriteString(comma)
		out.Write(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read records.jsonl: %w", err)
	}
	if out.Len() > importBytes {
		return nil, fmt.Errorf("records.jsonl unpacks to more than %d MB", importBytes>>20)
	}
	out.WriteString("]}")
	return out.Bytes(), nil
}
