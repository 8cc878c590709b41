package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/crawler/world"
)

// The demo's own files and places.
const (
	demoSources = "demo.yaml" // in the data directory: it marks a demo's catalogue
	demoNet     = "127.0.63.0/24"
	demoPort    = 8630
	demoPause   = 20 * time.Second
)

func (a *app) demoCommand() *cobra.Command {
	var once bool
	var port int
	cmd := local(&cobra.Command{
		Use:   "demo",
		Short: "Simulated partners on this machine: harvested, changed, harvested again",
		Long: `Plays partner sites on loopback, harvests them, changes the sites, and harvests again: there are updates and
vanishings to be seen, and one site breaks, so that its run is held. "stoa queue" shows it, "stoa release RUN" lets it count.
Nothing leaves the machine. The data directory must be empty or a demo's own.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runDemo(cmd.Context(), once, port, cmd.OutOrStdout())
		},
	})
	cmd.Flags().BoolVar(&once, "once", false, "harvest twice, report, and end; without it, serve the catalogue too")
	cmd.Flags().IntVar(&port, "port", demoPort, "`PORT` of the simulated sites; 0 takes any, and then items have new addresses each time")
	return cmd
}

func (a *app) runDemo(ctx context.Context, once bool, port int, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sites, err := a.playWorld(ctx, port)
	if err != nil {
		return err
	}
	h, err := a.need(ctx)
	if err != nil {
		return err
	}
	if err := a.demoPass(ctx, h, out, "The sites as they are"); err != nil {
		return err
	}
	if once {
		monthLater(sites)
		return a.demoPass(ctx, h, out, "The sites have changed")
	}
	served := make(chan error, 1)
	go func() { served <- a.runServe(ctx, h, false) }()
	select {
	case err := <-served:
		return err
	case <-time.After(demoPause):
	}
	monthLater(sites)
	if err := a.demoPass(ctx, h, out, "The sites have changed"); err != nil && !errors.Is(err, errSomeFailed) {
		cancel()
		return errors.Join(err, <-served)
	}
	return <-served
}

// monthLater lets the sites change as they would in a month, and one of them break.
func monthLater(sites *world.World) {
	sites.SetStage(2)
	sites.SetDay(30)
}

// demoPass harvests every site once. A held run is what the demo is to show, and no failure of it.
func (a *app) demoPass(ctx context.Context, h *house, out io.Writer, title string) error {
	if !a.json {
		fmt.Fprintln(out, title)
	}
	set, err := chosen(h.sources.all(), nil)
	if err != nil {
		return err
	}
	err = a.runHarvest(ctx, h, set, out)
	if err == nil || !errors.Is(err, errSomeFailed) {
		return err
	}
	runs, readErr := h.catalogue.Runs(ctx, "", len(set))
	if readErr != nil {
		return readErr
	}
	for _, r := range runs {
		if r.Outcome != stoa.Held && !r.Outcome.Good() {
			return err
		}
	}
	if !a.json {
		fmt.Fprintln(out, "A held run waits: see `stoa queue --reason incident`, then `stoa release RUN` or `stoa discard RUN`.")
	}
	return nil
}

// playWorld starts the sites and makes their sources the ones of this data directory.
func (a *app) playWorld(ctx context.Context, port int) (*world.World, error) {
	dir := a.dataDir()
	mark := filepath.Join(dir, demoSources)
	if _, err := os.Stat(filepath.Join(dir, "stoa.db")); err == nil {
		if _, err := os.Stat(mark); err != nil {
			return nil, usageError{fmt.Errorf("%s holds a catalogue that is no demo: give --data another directory", dir)}
		}
	}
	sites, err := world.New(stoa.World(), a.clock())
	if err != nil {
		return nil, err
	}
	if err := sites.Start(ctx, port); err != nil {
		return nil, err
	}
	set, err := sites.Sources()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	if err := os.WriteFile(mark, set, 0o600); err != nil {
		return nil, fmt.Errorf("keep the demo's sources: %w", err)
	}
	return sites, nil
}

// isDemo reports whether the data directory is a demo's.
func (a *app) isDemo() bool {
	_, err := os.Stat(filepath.Join(a.dataDir(), demoSources))
	return err == nil
}
