package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/server/curate"
)

func (a *app) partnerCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "partner", Short: "Links by which partners see and confirm their own items", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(a.partnerLendCommand(), a.partnerListCommand(), a.partnerRevokeCommand())
	return cmd
}

// partnerAddress is where a link opens.
func (a *app) partnerAddress(d stoa.Decision) (string, error) {
	key, err := a.seal()
	if err != nil {
		return "", err
	}
	public := strings.TrimRight(cmp.Or(a.publicURL, "http://"+a.listen), "/")
	return public + "/en" + curate.PartnerLink(key, d), nil
}

func (a *app) partnerLendCommand() *cobra.Command {
	var until, by string
	cmd := &cobra.Command{
		Use:   "lend ORGANISATION",
		Short: "Print a link that opens until a day; whoever has it speaks for the organisation",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(h.sources.all(), func(s stoa.Source) bool { return s.Organisation == args[0] }) {
				return usageError{fmt.Errorf("no source is of %q: see `stoa sources list --json`", args[0])}
			}
			if until == "" {
				until = a.clock().UTC().AddDate(0, 3, 0).Format(time.DateOnly)
			}
			made, err := h.catalogue.Decide(cmd.Context(), stoa.Decision{Subject: args[0], Action: stoa.Invite, Value: until, By: cmp.Or(by, a.operator())})
			if err != nil {
				return err
			}
			href, err := a.partnerAddress(made)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), href)
			return nil
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "last `DAY` on which it opens, YYYY-MM-DD; default is in three months")
	cmd.Flags().StringVar(&by, "by", "", "`NAME` under which it is kept; default is yours")
	return cmd
}

func (a *app) partnerListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Links that open, with the ids by which they are revoked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			seen := map[string]bool{}
			for _, s := range h.sources.all() {
				if seen[s.Organisation] {
					continue
				}
				seen[s.Organisation] = true
				all, err := h.catalogue.Decisions(cmd.Context(), s.Organisation)
				if err != nil {
					return err
				}
				if err := a.printLinks(cmd.OutOrStdout(), curate.Standing(all, stoa.Invite)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) printLinks(out io.Writer, links []stoa.Decision) error {
	for _, d := range links {
		if !stoa.Date(d.Value).Finish(time.UTC).After(a.clock()) {
			continue
		}
		href, err := a.partnerAddress(d)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %s  until %s  by %s\n  %s\n", d.ID, d.Subject, d.Value, d.By, href)
	}
	return nil
}

func (a *app) partnerRevokeCommand() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "revoke ID", Short: "Revoke a link at once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			d, _, err := h.catalogue.Decision(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if d.Action != stoa.Invite {
				return usageError{errors.New("that is no link of a partner: see `stoa partner list`")}
			}
			if _, err := h.catalogue.Decide(cmd.Context(), stoa.Decision{Action: stoa.Undo, Value: d.ID, By: cmp.Or(by, a.operator())}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "the link of %s is revoked\n", d.Subject)
			return nil
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "`NAME` under which it is kept; default is yours")
	return cmd
}
