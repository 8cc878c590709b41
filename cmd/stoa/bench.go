package main

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"stoa"
	"stoa/normalize"
)

// benchOptions say how much is measured.
type benchOptions struct {
	sources, items, workers int
	latency                 time.Duration
	profile                 string
}

func (a *app) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := local(&cobra.Command{
		Use:   "bench",
		Short: "Measure the whole harvest against the same fetch and parse with bare gofeed, in one run",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runBench(cmd.Context(), o, cmd.OutOrStdout()) },
	})
	f := cmd.Flags()
	cmd.AddCommand(benchAdaptiveCommand())
	f.IntVar(&o.sources, "sources-to-play", 200, "simulated feeds")
	f.IntVar(&o.items, "items", 30, "items in each")
	f.IntVar(&o.workers, "workers", 16, "harvests at a time, on both sides")
	f.DurationVar(&o.latency, "latency", 0, "delay before each answer")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile of the harvest of new items to `FILE`")
	cmd.AddCommand(a.benchDeskCommand())
	return cmd
}

// benchNet is where the simulated feeds live: each on an address of its own, so that politeness does not serialise them.
const benchNet = "127.0.64.0/20"

func (a *app) runBench(ctx context.Context, o benchOptions, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	addresses, err := playFeeds(ctx, o)
	if err != nil {
		return err
	}
	var bare, first, second took
	bare.begin()
	if err := bareHarvest(ctx, o, addresses); err != nil {
		return err
	}
	bare.end()
	dir, err := os.MkdirTemp("", "stoa-bench-*")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := a.wholeHarvest(ctx, o, addresses, dir, &first, &second); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d feeds of %d items, %d at a time, latency %s, on %d cores\n", o.sources, o.items, o.workers, o.latency, runtime.NumCPU())
	fmt.Fprintf(out, "bare fetch and gofeed          %8.3f s                 processors %8.3f s\n", bare.wall.Seconds(), bare.processor.Seconds())
	first.tell(out, "whole harvest, all items new", bare)
	second.tell(out, "whole harvest, unchanged", bare)
	fmt.Fprintf(out, "normalise alone                %8.0f items a second and core (at least 10000)\n", benchDrafts(ctx))
	return nil
}

// took is how long something took, and how much of the processors: the second says the same while others use the machine.
type took struct {
	began           time.Time
	before          time.Duration
	wall, processor time.Duration
}

func (t *took) begin() { t.began, t.before = time.Now(), processorTime() }

func (t *took) end() { t.wall, t.processor = time.Since(t.began), processorTime()-t.before }

// tell writes how something compares with the bare parts; stock parts put together plainly reach 0.27.
func (t *took) tell(out io.Writer, what string, bare took) {
	fmt.Fprintf(out, "%-30s %8.3f s   ratio %5.2f   processors %8.3f s   ratio %5.2f\n", what, t.wall.Seconds(), bare.wall.Seconds()/t.wall.Seconds(),
		t.processor.Seconds(), bare.processor.Seconds()/max(t.processor.Seconds(), 0.001))
}

// benchDrafts returns how many items of the length of real teasers become drafts in a second of processor time, collecting
// garbage included.
func benchDrafts(ctx context.Context) float64 {
	words := benchText(7)
	items := make([]stoa.Item, 256)
	for i := range items {
		items[i] = stoa.Item{
			Key: fmt.Sprint(i), URL: fmt.Sprintf("https://partner.example/en/items/%d?utm_source=feed", i), Title: words(10) + ", 12-14 May 2026",
			Summary: words(42) + ".", Published: "2026-01-05", Fetched: time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC),
			Extra: map[string]string{"publisher": "ITU"},
		}
	}
	normalize.Draft(items[0], stoa.Source{}) // tables are read once
	began, n := processorTime(), 0
	for ; n < 20_000 && ctx.Err() == nil; n++ {
		normalize.Draft(items[n%len(items)], stoa.Source{})
	}
	return float64(n) / (processorTime() - began).Seconds()
}

// playFeeds serves RSS feeds on loopback until ctx ends, and returns their addresses.
func playFeeds(ctx context.Context, o benchOptions) ([]string, error) {
	var addresses []string
	for i := range o.sources {
		body := feed(i, o.items)
		tag := fmt.Sprintf("%q", fmt.Sprint("v", i))
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(o.latency)
			if r.URL.Path != "/feed.xml" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
			w.Header().Set("ETag", tag)
			if r.Header.Get("If-None-Match") == tag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = io.WriteString(w, body)
		})
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.%d.%d:0", 64+i/250, i%250+1))
		if err != nil {
			return nil, fmt.Errorf("play feed: %w", err)
		}
		srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		context.AfterFunc(ctx, func() { srv.Close() })
		go func() { _ = srv.Serve(l) }() // ends with ctx, by Close
		addresses = append(addresses, "http://"+l.Addr().String()+"/feed.xml")
	}
	return addresses, nil
}

// benchWords make texts of the length and vocabulary of real listings.
var benchWords = strings.Fields(`national cybersecurity strategy training course response team workshop for officials of the region guidelines
	exercise incident handling cybercrime legislation judges prosecutors electronic evidence capacity building project programme call applications
	deadline protection critical infrastructure child online framework standard maturity model review report awareness campaign fellowship women
	diplomacy norms cooperation agreement information sharing small states islands africa pacific caribbean`)

// benchText returns a maker of texts of n words.
func benchText(seed uint64) func(n int) string {
	r := rand.New(rand.NewPCG(1, seed))
	return func(n int) string {
		out := make([]string, n)
		for i := range out {
			out[i] = benchWords[r.IntN(len(benchWords))]
		}
		return strings.Join(out, " ")
	}
}

func feed(source, items int) string {
	words := benchText(uint64(source))
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Partner %d</title><link>https://partner%d.example/</link><description>x</description>`, source, source)
	for i := range items {
		day := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, -i)
		fmt.Fprintf(&b, `<item><title>%s %d-%d</title><link>https://partner%d.example/item/%d</link><guid>https://partner%d.example/item/%d</guid><pubDate>%s</pubDate><category>%s</category><description>`,
			words(8), source, i, source, i, source, i, day.Format(time.RFC1123Z), words(1))
		_ = xml.EscapeText(&b, []byte("<p>"+words(150)+"</p>")) // a strings.Builder does not fail
		b.WriteString("</description></item>\n")
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

// bareHarvest fetches and parses all feeds with net/http and gofeed alone.
func bareHarvest(ctx context.Context, o benchOptions, addresses []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers)
	for _, address := range addresses {
		g.Go(func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
			if err != nil {
				return err
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return fmt.Errorf("bare harvest: %w", err)
			}
			defer res.Body.Close()
			f, err := gofeed.NewParser().Parse(res.Body)
			if err == nil && len(f.Items) != o.items {
				err = fmt.Errorf("%d items, want %d", len(f.Items), o.items)
			}
			return err
		})
	}
	return g.Wait()
}

// wholeHarvest harvests all feeds into a new catalogue, twice, the search index included.
func (a *app) wholeHarvest(ctx context.Context, o benchOptions, addresses []string, dir string, first, second *took) (err error) {
	inner := newApp(process{Stdin: a.Stdin, Stdout: io.Discard, Stderr: io.Discard, Getenv: a.Getenv, Dir: dir})
	inner.data, inner.clock, inner.json = dir, time.Now, true
	inner.allowNet = []string{benchNet}
	inner.limit = []string{fmt.Sprintf("workers=%d", o.workers)}
	inner.log = slog.New(slog.DiscardHandler)
	h, err := inner.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, h.close()) }()
	var set []stoa.Source
	for i, address := range addresses {
		set = append(set, stoa.Source{ID: fmt.Sprintf("bench-%d", i), Organisation: "Bench", Title: "Bench", URL: address, Format: "feed",
			VanishMeans: stoa.VanishNothing, Trust: stoa.Trusted, Limits: stoa.Limits{Items: 20_000, Body: 10_000_000, Pages: 50, Time: time.Minute}})
	}
	stop, err := profiled(o.profile)
	if err != nil {
		return err
	}
	for _, t := range []*took{first, second} {
		t.begin()
		if err := inner.runHarvest(ctx, h, set, io.Discard); err != nil {
			return err
		}
		if err := h.index.CatchUp(ctx); err != nil {
			return err
		}
		t.end()
		if err := stop(); err != nil {
			return err
		}
		stop = func() error { return nil }
	}
	return nil
}

// profiled writes a CPU profile until stop is called; nothing where no file is named.
func profiled(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
