package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/normalize/organisation"
	"stoa/server/catalogue"
	"stoa/server/page"
)

func (a *app) reportCommand() *cobra.Command {
	var format, language string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "The state of the catalogue for a Council document: coverage, freshness, sources, decisions, trends",
		Long: `Prints what /en/report shows. As html it is one file that needs nothing else, made to be printed:

    stoa report --format html --language fr > report.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runReport(cmd.Context(), format, language, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`FORM`: text, json or html")
	cmd.Flags().StringVar(&language, "language", "en", "`LANGUAGE` of the html: "+strings.Join(stoa.Languages(), ", "))
	return cmd
}

func (a *app) runReport(ctx context.Context, format, language string, out io.Writer) error {
	if !slices.Contains(stoa.Languages(), language) {
		return usageError{fmt.Errorf("--language %q: want one of %s", language, strings.Join(stoa.Languages(), ", "))}
	}
	if a.json {
		format = "json"
	}
	if !slices.Contains([]string{"text", "json", "html"}, format) {
		return usageError{fmt.Errorf("--format %q: want text, json or html", format)}
	}
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	if err := h.index.CatchUp(ctx); err != nil {
		return err
	}
	public := cmp.Or(strings.TrimRight(a.publicURL, "/"), "http://"+a.listen)
	pages := &catalogue.Pages{
		Records: h.catalogue, Whole: h.catalogue, Search: h.index, Sources: h.sources.all, OrganisationID: organisation.ID, Now: a.clock,
		Site: page.Site{Title: a.catalogueTitle(), URL: public, Contact: a.contact, Version: version},
	}
	if format == "html" {
		body, err := pages.ReportPage(ctx, language)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		_, err = out.Write(body)
		return err
	}
	r, err := pages.Report(ctx)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if format == "json" {
		return json.NewEncoder(out).Encode(r)
	}
	printReport(r, out)
	return nil
}

// printReport writes the figures for a terminal.
func printReport(r catalogue.Report, out io.Writer) {
	fmt.Fprintf(out, "The catalogue on %s\n\n", r.At.Format("2 January 2006, 15:04 MST"))
	fmt.Fprintf(out, "%6d records in the lists, %d of them open now; %d more left the lists\n", r.Records, r.Open, r.Left)
	fmt.Fprintf(out, "%6d organisations; %d of 193 states are named\n\n", r.Organisations, r.States)
	fmt.Fprintf(out, "%-16s", "pillar")
	for _, k := range stoa.Kinds() {
		fmt.Fprintf(out, "%14s", k)
	}
	fmt.Fprintf(out, "%8s%8s\n", "all", "open")
	for _, p := range r.Pillars {
		fmt.Fprintf(out, "%-16s", p.Pillar)
		for _, k := range stoa.Kinds() {
			fmt.Fprintf(out, "%14d", p.Kinds[k])
		}
		fmt.Fprintf(out, "%8d%8d\n", p.All, p.Open)
	}
	line := func(head string, counts []catalogue.ReportCount) {
		fmt.Fprintf(out, "\n%s:", head)
		for i, c := range counts {
			fmt.Fprintf(out, "%s %s %d", map[bool]string{true: ",", false: ""}[i > 0], c.Code, c.Count)
		}
		if len(counts) == 0 {
			fmt.Fprint(out, " none")
		}
	}
	line("regions", r.Regions)
	line("languages", r.Languages)
	for _, g := range r.Groups {
		fmt.Fprintf(out, "\n%s: %d of %d states named", g.Group, g.Named, g.Of)
	}
	s := r.Sources
	fmt.Fprintf(out, "\n\nsources: %d, read well within a day %d, a week %d, a month %d, never %d; off %d", s.All, s.Day, s.Week, s.Month, s.Never, s.Disabled)
	line("last runs", s.Outcomes)
	line("links", r.Links)
	line("decisions", r.Decisions)
	fmt.Fprintf(out, "\n\n%-10s%8s%8s%11s\n", "month", "listed", "left", "decisions")
	for _, m := range r.Months {
		fmt.Fprintf(out, "%-10s%8d%8d%11d\n", m.Month, m.Listed, m.Left, m.Decisions)
	}
}
