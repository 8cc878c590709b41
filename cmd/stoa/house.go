package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"stoa"
	"stoa/crawler"
	"stoa/crawler/fetch"
	"stoa/crawler/schedule"
	"stoa/crawler/sources"
	"stoa/normalize"
	"stoa/normalize/classify"
	"stoa/server/locales"
	"stoa/store"
	"stoa/store/bolt"
	"stoa/store/search"
)

// parts are the parts of the program, in the order in which they are opened.
type parts struct {
	catalogue *store.Catalogue
	accounts  store.Accounts
	index     *search.Index
	captures  *fetch.Archive
	client    *fetch.Client
	crawler   *crawler.Crawler
	checker   *crawler.Checker
	watch     *watch
	sources   *sourceSet
	judge     *atomic.Pointer[classify.Classifier] // the model in force
	engine    *bolt.Engine
}

// largePages is how many harvests may have a large page in memory: at 10 MB each, with all their copies, within a few hundred megabytes.
const largePages = 8

// captureBytes bounds the captures that are kept.
const captureBytes = 2 << 30

// open opens the store and everything that stands on it.
func (a *app) open(ctx context.Context) (_ *house, err error) {
	h := &house{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if a.store != "" {
		return nil, usageError{fmt.Errorf("--store %q: this program has the embedded engine only; leave the flag out", a.store)}
	}
	dir := a.dataDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	if h.sources, err = a.openSources(); err != nil {
		return nil, err
	}
	if err := a.openStore(ctx, h, dir); err != nil {
		return nil, err
	}
	if err := a.openCrawler(ctx, h); err != nil {
		return nil, err
	}
	if h.checker, err = a.newChecker(h); err != nil {
		return nil, err
	}
	if !a.isDemo() {
		if err := a.plant(ctx, h); err != nil {
			return nil, err
		}
	}
	if err := h.switchRules(ctx); err != nil {
		return nil, err
	}
	if h.index, err = search.Open(ctx, filepath.Join(dir, "search"), h.catalogue, search.Options{Log: a.log, Names: locales.NamesOf}); err != nil {
		return nil, err
	}
	h.closers = append(h.closers, h.index.Close)
	return h, nil
}

// openStore opens what is remembered.
func (a *app) openStore(ctx context.Context, h *house, dir string) error {
	var err error
	if h.engine, err = bolt.Open(ctx, filepath.Join(dir, "stoa.db"), bolt.Options{Log: a.log}); err != nil {
		return err
	}
	h.closers = append(h.closers, h.engine.Close)
	h.watch = newWatch(a.clock)
	options := store.Options{Now: a.clock, Random: rand.Reader, Log: a.log, Lag: h.watch.look, Behind: a.stays}
	if h.catalogue, err = store.Open(ctx, h.engine, options); err != nil {
		return err
	}
	h.accounts = h.catalogue.Accounts()
	if h.captures, err = fetch.Open(filepath.Join(dir, "captures"), captureBytes); err != nil {
		return err
	}
	h.closers = append(h.closers, h.captures.Close)
	holds, err := h.catalogue.Erased(ctx)
	if holds != nil {
		h.captures.Refuse(holds)
	}
	return err
}

// openCrawler makes the client and what visits with it.
func (a *app) openCrawler(ctx context.Context, h *house) error {
	clean, err := a.lastStop(h)
	if err != nil {
		return err
	}
	hosts, err := a.takeHosts()
	if err != nil {
		a.log.Warn("every host counts as just visited", "err", err)
		clean = false
	}
	if h.client, err = a.client(h.captures, clean, h.optedOut, hosts...); err != nil {
		return err
	}
	h.closers = append(h.closers, func() error { h.client.Close(); return nil })
	judge, err := a.judge()
	if err != nil {
		return err
	}
	h.judge = &atomic.Pointer[classify.Classifier]{}
	h.judge.Store(judge)
	h.crawler = &crawler.Crawler{
		Fetch: h.client, Catalogue: h.catalogue, Captures: h.captures, Runs: h.catalogue, Incidents: h.catalogue, Draft: h.draft, NewID: h.catalogue.NewID, Now: a.clock, Log: a.log,
		Heavy: crawler.NewHeavy(largePages, runtime.GOMAXPROCS(0)/2), // the other half is for readers
	}
	if err := h.crawler.Unpin(ctx); err != nil {
		a.log.WarnContext(ctx, "captures of settled runs stay pinned", "err", err)
	}
	return nil
}

// lastStop tells whether the program stopped cleanly last time, and marks it as running. After an unclean stop every host counts as just visited.
func (a *app) lastStop(h *house) (clean bool, err error) {
	mark := filepath.Join(a.dataDir(), "running")
	_, err = os.Stat(mark)
	clean = errors.Is(err, os.ErrNotExist)
	if err := os.WriteFile(mark, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return false, fmt.Errorf("mark as running: %w", err)
	}
	h.closers = append(h.closers, func() error {
		if h.client != nil {
			if err := a.keepHosts(h.client); err != nil {
				return err // and the mark stays: the next start does not know when it last knocked
			}
		}
		return os.Remove(mark)
	})
	return clean, nil
}

// sourceSet is the current good set of sources. A set with faults never replaces a good one.
type sourceSet struct {
	load    func() ([]stoa.Source, error)
	current atomic.Pointer[[]stoa.Source]
}

func (a *app) openSources() (*sourceSet, error) {
	s := &sourceSet{load: a.loadSources}
	return s, s.reload()
}

func (s *sourceSet) reload() error {
	set, err := s.load()
	if err != nil {
		return err
	}
	s.current.Store(&set)
	return nil
}

// all returns the current set.
func (s *sourceSet) all() []stoa.Source { return *s.current.Load() }

// byID finds a source, the seed among them.
func (s *sourceSet) byID(id string) (stoa.Source, bool) {
	if id == seedSource().ID {
		return seedSource(), true
	}
	for _, src := range s.all() {
		if src.ID == id {
			return src, true
		}
	}
	return stoa.Source{}, false
}

// limits are what --limit sets.
type limits struct {
	fetch       fetch.Limits
	workers     int
	checks      int // hosts whose links are checked at a time
	connections int
}

// limits reads --limit NAME=VALUE.
func (a *app) limits() (limits, error) {
	l := limits{workers: 64, checks: 4, connections: 1000}
	for _, one := range a.limit {
		name, value, ok := strings.Cut(one, "=")
		if !ok {
			return l, fmt.Errorf("--limit %q: want NAME=VALUE", one)
		}
		var err error
		switch name {
		case "body":
			l.fetch.Body, err = sources.Size(value)
		case "redirects":
			l.fetch.Redirects, err = strconv.Atoi(value)
		case "time":
			l.fetch.Time, err = schedule.Duration(value)
		case "workers":
			l.workers, err = strconv.Atoi(value)
		case "checks":
			l.checks, err = strconv.Atoi(value)
		case "connections":
			l.connections, err = strconv.Atoi(value)
		default:
			err = errors.New("have body, redirects, time, workers, checks, connections")
		}
		if err != nil {
			return l, fmt.Errorf("--limit %q: %w", one, err)
		}
	}
	if l.workers < 1 || l.checks < 1 || l.connections < 1 {
		return l, errors.New("--limit: workers, checks and connections must be at least 1")
	}
	return l, nil
}

// catalogueTitle is the name that pages show.
func (a *app) catalogueTitle() string { return cmp.Or(a.title, "stoa") }

// stopGrace is how long a stop waits for what runs.
const stopGrace = 9 * time.Second

// draft makes an item plain by the model in force.
func (h *house) draft(item stoa.Item, src stoa.Source) stoa.Draft {
	return normalize.DraftBy(h.judge.Load().Classify, item, src)
}
