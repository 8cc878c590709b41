package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/server/curate"
)

func (a *app) sourcesExportCommand() *cobra.Command {
	return &cobra.Command{Use: "export", Short: "All sources as OPML 2.0, which readers of feeds exchange", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			return curate.WriteOPML(cmd.OutOrStdout(), a.catalogueTitle(), h.sources.all())
		}}
}

func (a *app) sourcesImportCommand() *cobra.Command {
	return &cobra.Command{Use: "import FILE|-", Short: "Make a draft of each feed of an OPML file, in DATA/sources.d",
		Long: "Makes a draft of each feed of an OPML file. A draft is never harvested by itself: try it, rehearse it, then `stoa decide ID stage --value probation`.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			text, err := a.readBody(args[0])
			if err != nil {
				return err
			}
			list, err := curate.ReadOPML(bytes.NewReader(text))
			if err != nil {
				return err
			}
			return a.importOutlines(cmd, h, list, cmd.OutOrStdout())
		}}
}

// importOutlines keeps a draft of each outline that is not known yet.
func (a *app) importOutlines(cmd *cobra.Command, h *house, list []curate.Outline, out io.Writer) error {
	known := map[string]bool{}
	for _, s := range h.sources.all() {
		known[s.URL] = true
	}
	taken := 0
	for _, o := range list {
		if known[o.Address] {
			fmt.Fprintf(out, "%s: is known already\n", o.Address)
			continue
		}
		known[o.Address] = true
		text, err := curate.EntryOf(o, func(id string) bool { _, ok := h.sources.byID(id); return ok })
		var src stoa.Source
		if err == nil {
			src, err = (shelf{a, h}).Put(cmd.Context(), "", text)
		}
		if errors.Is(err, stoa.ErrInvalid) {
			fmt.Fprintf(out, "%s: not taken: %v\n", o.Address, err)
			continue
		}
		if err != nil {
			return err
		}
		taken++
		fmt.Fprintf(out, "%s: a draft of %s\n", src.ID, src.URL)
	}
	fmt.Fprintf(out, "%d of %d taken\n", taken, len(list))
	return nil
}
