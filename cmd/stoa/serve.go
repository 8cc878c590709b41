package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"stoa"
	"stoa/crawler/schedule"
	"stoa/server"
)

func (a *app) serveCommand() *cobra.Command {
	var idle bool
	cmd := local(&cobra.Command{
		Use:   "serve",
		Short: "The catalogue, the desk, the API and the harvesters",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.isDemo() {
				return usageError{fmt.Errorf("%s is a demo's: run `stoa demo`, or give --data another directory", a.data)}
			}
			a.stays = true
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			return a.runServe(cmd.Context(), h, !idle)
		},
	})
	cmd.Flags().BoolVar(&idle, "no-harvest", false, "do not harvest nor check links on schedule")
	return cmd
}

// runServe runs until ctx ends. Whatever runs then has stopGrace to end.
func (a *app) runServe(ctx context.Context, h *house, harvest bool) error {
	limits, err := a.limits()
	if err != nil {
		return usageError{err}
	}
	listener, err := net.Listen("tcp", a.listen)
	if err != nil {
		return fmt.Errorf("listen: %w; give --listen another address", err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(ctx)
	shop := newWorkshop(ctx, a, h)
	defer shop.wait()
	defer cancel()
	public := cmp.Or(a.publicURL, "http://"+listener.Addr().String())
	handler, err := a.handler(h, shop, public)
	if err != nil {
		return err
	}
	// Before anybody hears that we are ready: a command that finds no socket would want the store for itself.
	socket, err := a.openSocket(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.listenSocket(ctx, h, socket) })
	g.Go(func() error { return ended(h.index.Follow(ctx)) })
	g.Go(func() error { return ended(a.tick(ctx, h)) })
	g.Go(func() error { return ended(a.watchSources(ctx, h)) })
	if harvest {
		g.Go(func() error { return ended(a.harvests(h, limits.workers).Run(ctx)) })
		g.Go(func() error { return ended(h.checker.Run(ctx)) })
	}
	if err := a.startMail(ctx, h, public, g); err != nil {
		cancel()
		return errors.Join(err, ended(g.Wait()))
	}
	srv := server.HTTP(handler, a.log)
	g.Go(func() error {
		if err := srv.Serve(server.Capped(listener, limits.connections)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			return srv.Close()
		}
		return nil
	})
	fmt.Fprintf(a.Stderr, "stoa: open http://%s/en/\n", listener.Addr())
	return ended(g.Wait())
}

// harvests is the loop that reads each source when it is due.
func (a *app) harvests(h *house, workers int) *schedule.Loop {
	return &schedule.Loop{Sources: h.sources.all, History: h.catalogue.History, Workers: workers, Now: a.clock, Log: a.log,
		Harvest: func(ctx context.Context, src stoa.Source) error {
			run, err := h.crawler.Harvest(ctx, src)
			if err == nil {
				a.log.InfoContext(ctx, "harvested", "source", src.ID, "run", run.ID, "outcome", run.Outcome, "code", run.Code, "seen", run.Seen, "new", run.New)
			}
			return err
		}}
}

// ended takes the end that somebody asked for as no error.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// tickEvery is how often the calendar is looked at: a call is closed within it after its deadline.
const tickEvery = 5 * time.Second

// tick turns the calendar into states: what closes, ends or opens does so at its instant, without a harvest.
func (a *app) tick(ctx context.Context, h *house) error {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	said := false
	for {
		why := h.watch.rest()
		if why != "" && !said {
			a.log.WarnContext(ctx, why)
		}
		said = why != ""
		if err := a.forget(ctx, h); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "captures of what was erased are still there", "err", err)
		}
		if _, err := h.catalogue.Advance(ctx, a.clock()); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "calendar not kept", "err", err)
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// watchSources reads the sources anew on SIGHUP and every minute; a set with faults is reported and not taken.
func (a *app) watchSources(ctx context.Context, h *house) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	var said string
	for {
		select {
		case <-t.C:
		case <-hangup:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		err := h.reload(ctx)
		if err != nil && err.Error() != said {
			said = err.Error()
			a.log.ErrorContext(ctx, "sources not taken: the last good set stays in force", "err", err)
		}
		if err == nil {
			said = ""
		}
	}
}
