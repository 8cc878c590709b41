package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"stoa"
	"stoa/crawler/fetch"
	"stoa/crawler/sources"
)

// process is what the program has of its surroundings.
type process struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Dir            string // working directory of whoever typed the command
	Terminal       bool
}

// app is one command's run: its flags and what it opened. While `serve` holds the store, it lends it to the commands that come in through
// the socket.
type app struct {
	process
	flags
	lent  *house // of the serving process, for commands run on behalf of others
	own   *house // opened by this command
	stays bool   // this command goes on for long: what the last process left undone is done behind readers
	clock func() time.Time
	log   *slog.Logger
}

// flags are the common flags of section 5 of the design.
type flags struct {
	data, store, sources, listen, publicURL, contact, title, ca string
	allowNet, limit, trustProxy                                 []string
	proxy, resolver, clockOffset, smtp, mailFrom                string
	json                                                        bool
}

func newApp(p process) *app {
	return &app{process: p, log: slog.New(slog.NewJSONHandler(p.Stderr, nil))}
}

// root is the whole command line.
func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stoa",
		Short: "A catalogue of what countries can use today to strengthen their cybersecurity",
		Long: `stoa harvests the listings of ITU, FIRST, GFCE and some 150 others, joins what is the same, notices what has
gone stale, asks a curator where it is unsure, and serves the merged catalogue.

Flags come first, then STOA_* variables (STOA_DATA, STOA_PUBLIC_URL, …), then defaults.
Exit status: 0 done, 1 failed, 2 bad usage, 3 done, but some run failed, was blocked, held or partial.`,
		SilenceErrors: true, SilenceUsage: true,
		Args:              cobra.NoArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error { return a.prepare(cmd) },
	}
	cmd.SetIn(a.Stdin)
	cmd.SetOut(a.Stdout)
	cmd.SetErr(a.Stderr)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	a.define(cmd.PersistentFlags())
	for _, sub := range []func() *cobra.Command{
		a.serveCommand, a.harvestCommand, a.checkCommand, a.sourcesCommand,
		a.parseCommand, a.normalizeCommand, a.matchCommand, a.staleCommand, a.evalCommand, a.learnCommand,
		a.queueCommand, a.decideCommand, a.releaseCommand, a.discardCommand, a.secondCommand,
		a.searchCommand, a.showCommand, a.whyCommand, a.reportCommand, a.importCommand, a.exportCommand,
		a.backupCommand, a.restoreCommand, a.verifyCommand, a.rebuildCommand, a.migrateCommand, a.versionCommand,
		a.userCommand, a.partnerCommand, a.demoCommand, a.benchCommand, a.initCommand, a.doctorCommand,
	} {
		cmd.AddCommand(sub())
	}
	return usageArgs(cmd)
}

// usageArgs makes wrong arguments exit with 2, in all commands below.
func usageArgs(cmd *cobra.Command) *cobra.Command {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{fmt.Errorf("%w; see %q", err, c.CommandPath()+" --help")}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageArgs(sub)
	}
	return cmd
}

func (a *app) define(f *pflag.FlagSet) {
	f.StringVar(&a.data, "data", "./data", "`DIR` of everything that is kept")
	f.StringVar(&a.store, "store", "", "store `URL`; empty is the embedded engine in --data")
	f.StringVar(&a.sources, "sources", "", "`FILE` in place of the embedded sources.yaml")
	f.StringVar(&a.listen, "listen", "127.0.0.1:8080", "`ADDR` to serve on")
	f.StringVar(&a.publicURL, "public-url", "", "`URL` under which readers see the catalogue")
	f.StringVar(&a.ca, "ca", "", "`FILE` of certificate authorities (PEM) that are trusted besides the system's")
	f.StringVar(&a.contact, "contact", "", "address or page named to sources and readers")
	f.StringVar(&a.title, "title", "stoa", "name of the catalogue")
	f.StringSliceVar(&a.allowNet, "allow-net", nil, "`CIDR[:PORT]` that may be visited besides public addresses; a listed network opens all its ports")
	f.StringVar(&a.proxy, "proxy", "", "`URL` of a proxy for all visits; targets are judged here first, but it dials, so it has to refuse private networks too")
	f.StringVar(&a.resolver, "resolver", "", "`HOST:PORT` of the DNS server to ask")
	f.StringSliceVar(&a.limit, "limit", nil, "`NAME=VALUE` of a limit: body, redirects, time, workers, checks, connections")
	f.StringSliceVar(&a.trustProxy, "trust-proxy", nil, "`CIDR` of reverse proxies whose forwarded headers are believed")
	f.StringVar(&a.clockOffset, "clock-offset", "", "`DURATION` added to the clock, or @FILE that holds one (tests)")
	f.StringVar(&a.smtp, "smtp", "", "`URL` of the mail server: smtp://host:25, smtp+starttls://user@host:587 or smtps://user@host:465; the password is in STOA_SMTP_PASSWORD. Without it no mail is sent")
	f.StringVar(&a.mailFrom, "mail-from", "", "`ADDRESS` that mail comes from; default is --contact when that is an address")
	f.BoolVar(&a.json, "json", false, "print JSON, a line each")
}

// localAnnotation marks commands that need no store.
const localAnnotation = "local"

func local(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{localAnnotation: "yes"}
	return cmd
}

// prepare fills flags from the environment, sets the clock, and hands the command to the process that holds the store, if there is one.
func (a *app) prepare(cmd *cobra.Command) error {
	var err error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "STOA_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v := a.Getenv(name); v != "" && !f.Changed && cmd.InheritedFlags().Lookup(f.Name) != nil {
			if e := cmd.Flags().Set(f.Name, v); e != nil {
				err = errors.Join(err, usageError{fmt.Errorf("%s: %w", name, e)})
			}
		}
	})
	if err != nil {
		return err
	}
	if a.clock, err = clock(a.clockOffset); err != nil {
		return usageError{err}
	}
	if _, isLocal := cmd.Annotations[localAnnotation]; isLocal || a.lent != nil || !cmd.Runnable() || !cmd.HasParent() || cmd.Name() == "help" {
		return nil
	}
	return a.forward(cmd)
}

func (a *app) close() {
	if a.own != nil {
		if err := a.own.close(); err != nil {
			a.log.Error("store not closed well", "err", err)
		}
	}
}

// path makes a path that somebody typed absolute.
func (a *app) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(a.Dir, p)
}

func (a *app) dataDir() string { return a.path(a.data) }

// loadSources reads the sources: the embedded or given file, and DATA/sources.d beside it.
func (a *app) loadSources() ([]stoa.Source, error) {
	file := a.sources
	if file != "" {
		file = a.path(file)
	} else if a.isDemo() {
		file = filepath.Join(a.dataDir(), demoSources)
	}
	return sources.Load(file, stoa.SourcesYAML(), filepath.Join(a.dataDir(), "sources.d"))
}

// client makes the one client for everything that leaves the building. hosts are those that the last run knew.
// optOut tells which hosts asked not to be visited; nil knows of none.
func (a *app) client(captures *fetch.Archive, cleanStart bool, optOut func(string) bool, hosts ...fetch.Host) (*fetch.Client, error) {
	nets := a.allowNet
	if a.isDemo() {
		nets = append([]string{demoNet}, nets...)
	}
	allow, err := fetch.ParseAllow(nets)
	if err != nil {
		return nil, usageError{err}
	}
	limits, err := a.limits()
	if err != nil {
		return nil, usageError{err}
	}
	roots, err := a.roots()
	if err != nil {
		return nil, usageError{err}
	}
	c, err := fetch.New(fetch.Options{
		AllowNet: allow, Proxy: a.proxy, Resolver: a.resolver, Contact: a.agentContact(), Version: version, Limits: limits.fetch,
		Now: a.clock, Log: a.log, Archive: captures, CleanStart: cleanStart, Hosts: hosts, Roots: roots, OptOut: optOut,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// roots are the certificate authorities that are trusted: the system's, and those of --ca.
func (a *app) roots() (*x509.CertPool, error) {
	if a.ca == "" {
		return nil, nil // fetch trusts the system's
	}
	pem, err := os.ReadFile(a.path(a.ca))
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca %s: it holds no certificate in PEM", a.ca)
	}
	return pool, nil
}

// agentContact is what the user agent leads to: the page that says how this crawler behaves, and whom to write to.
func (a *app) agentContact() string {
	if a.publicURL == "" {
		return a.contact
	}
	page := strings.TrimRight(a.publicURL, "/") + "/en/crawler"
	if a.contact == "" {
		return page
	}
	return page + "; " + a.contact
}

// clock returns the program's clock: the machine's, moved by spec. A spec of "@FILE" names a file whose duration is read again and again.
func clock(spec string) (func() time.Time, error) {
	if spec == "" {
		return time.Now, nil
	}
	if name, ok := strings.CutPrefix(spec, "@"); ok {
		if _, err := offsetIn(name); err != nil {
			return nil, err
		}
		return func() time.Time {
			d, err := offsetIn(name)
			if err != nil {
				return time.Now() // the file is being rewritten
			}
			return time.Now().Add(d)
		}, nil
	}
	d, err := time.ParseDuration(spec)
	if err != nil {
		return nil, fmt.Errorf("--clock-offset %q: want a duration such as -24h, or @FILE", spec)
	}
	return func() time.Time { return time.Now().Add(d) }, nil
}

func offsetIn(name string) (time.Duration, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, fmt.Errorf("--clock-offset: %w", err)
	}
	d, err := time.ParseDuration(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, fmt.Errorf("--clock-offset: %s holds no duration: %w", name, err)
	}
	return d, nil
}

// house is what serving and the store's commands share: opened once, closed once.
type house struct {
	parts
	closers []func() error
}

func (h *house) close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i]())
	}
	return errors.Join(errs...)
}

// need returns the open house, opening it if this command is the first to need it.
func (a *app) need(ctx context.Context) (*house, error) {
	if a.lent != nil {
		return a.lent, nil
	}
	if a.own == nil {
		h, err := a.open(ctx)
		if err != nil {
			return nil, err
		}
		a.own = h
	}
	return a.own, nil
}
