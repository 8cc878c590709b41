package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"stoa"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "First steps: make the data directory, plant the seed, say what comes next",
		Long:  "Makes the data directory and a catalogue with the seed in it, checks the sources, and says what comes next. Run again, it changes nothing.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runInit(cmd.Context(), cmd.OutOrStdout()) },
	}
}

func (a *app) runInit(ctx context.Context, out io.Writer) error {
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	s, err := h.catalogue.Stats(ctx)
	if err != nil {
		return err
	}
	users, err := h.accounts.Users(ctx)
	if err != nil {
		return err
	}
	on, off := 0, 0
	for _, src := range h.sources.all() {
		if src.Disabled == "" {
			on++
		} else {
			off++
		}
	}
	fmt.Fprintf(out, "%s: %d records listed, %d pending; %d sources, %d of them disabled\n\nNext:\n", a.dataDir(), s.Records[stoa.Listed], s.Records[stoa.Pending], on+off, off)
	step := func(n int, what, command string) { fmt.Fprintf(out, "%d. %s\n     %s\n", n, what, command) }
	data := ""
	if a.data != "./data" {
		data = " --data " + a.data
	}
	if len(users) == 0 {
		step(1, "Make an account for yourself; the password is read from standard input, at least 15 characters:", "stoa user add NAME --role admin --password-stdin"+data)
	} else {
		step(1, fmt.Sprintf("There are %d accounts; add others as you need them:", len(users)), "stoa user add NAME --role curator --password-stdin"+data)
	}
	step(2, "Serve; say under which address readers come and who answers partners:", "stoa serve --listen :8080 --public-url https://stoa.example.org --contact desk@example.org"+data)
	step(3, "Harvest one source at once, rather than when it is due:", "stoa harvest gfce-feed"+data)
	step(4, "See what waits for a person, and what is wrong, if anything:", "stoa queue"+data+"; stoa doctor"+data)
	return nil
}
