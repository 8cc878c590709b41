package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"stoa/crawler"
)

func (a *app) sourcesDiscoverCommand() *cobra.Command {
	var entry int
	cmd := &cobra.Command{
		Use:   "discover SITE",
		Short: "Find the feeds and listings of a site and propose the entry; writes nothing",
		Long: `Looks at a site through the polite client: feeds, WordPress, sitemaps, calendars, archives (OAI-PMH), JSON-LD, services that answer in
JSON, and blocks that repeat like a listing. Each way is tried and scored by the items that it yields; the best come first, each with
a ready entry. Take one with: stoa sources discover SITE --entry 1 | stoa sources add -
Exit status: 0 something was found, 1 the site could not be read, 3 nothing yields items.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runDiscover(cmd.Context(), args[0], entry, cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&entry, "entry", 0, "print the entry of proposal `N` alone")
	return cmd
}

func (a *app) runDiscover(ctx context.Context, site string, entry int, out io.Writer) error {
	if !strings.Contains(site, "://") {
		site = "https://" + site
	}
	c, err := a.visitor(ctx)
	if err != nil {
		return err
	}
	found, err := c.Discover(ctx, site)
	if err != nil {
		return err
	}
	switch {
	case entry < 0 || entry > len(found.Proposals):
		return fmt.Errorf("discover %s: there is no proposal %d: it has %d", site, entry, len(found.Proposals))
	case entry > 0:
		_, err = io.WriteString(out, found.Proposals[entry-1].Entry)
	case a.json:
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(found)
	default:
		printDiscovery(found, out)
	}
	if err != nil {
		return fmt.Errorf("write proposals: %w", err)
	}
	if len(found.Proposals) == 0 {
		return errSomeFailed
	}
	return nil
}

func printDiscovery(d crawler.Discovery, out io.Writer) {
	fmt.Fprintf(out, "%3s %6s %-9s %5s %5s %5s  %s\n", "", "score", "format", "items", "dates", "texts", "address")
	for i, p := range d.Proposals {
		more := ""
		if p.More {
			more = "+"
		}
		dates := max(p.Fill["published"], p.Fill["when"], p.Fill["start"], p.Fill["updated"])
		fmt.Fprintf(out, "%3d %6.2f %-9s %5s %4.0f%% %4.0f%%  %s\n", i+1, p.Score, p.Source.Format, fmt.Sprint(p.Items, more), 100*dates, 100*max(p.Fill["summary"], p.Fill["content"]), p.Source.URL)
		fmt.Fprintf(out, "    %s\n", p.Why)
		for _, title := range p.Titles[:min(len(p.Titles), 2)] {
			fmt.Fprintf(out, "      %.100s\n", title)
		}
	}
	fmt.Fprintf(out, "\n%d ways that yield items, %d requests\n", len(d.Proposals), d.Asked)
	for _, text := range d.Warnings {
		fmt.Fprintln(out, "  warning:", text)
	}
	if len(d.Proposals) > 0 {
		fmt.Fprintf(out, "\n# the entry of the first\n%s", d.Proposals[0].Entry)
	}
}
