package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/store"
)

// deskOptions say how large the catalogue is whose pages are measured.
type deskOptions struct {
	records, queued, times int
	limit                  time.Duration
}

func (a *app) benchDeskCommand() *cobra.Command {
	var o deskOptions
	cmd := local(&cobra.Command{
		Use:   "desk",
		Short: "Measure the pages of the desk, the hall and the API over a large catalogue",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runBenchDesk(cmd.Context(), o, cmd.OutOrStdout()) },
	})
	f := cmd.Flags()
	f.IntVar(&o.records, "records", 100_000, "records in the catalogue")
	f.IntVar(&o.queued, "queued", 5_000, "of them, waiting for a curator")
	f.IntVar(&o.times, "times", 30, "how often each page is fetched")
	f.DurationVar(&o.limit, "at-most", 50*time.Millisecond, "the median that is allowed; a slower page makes it fail")
	return cmd
}

func (a *app) runBenchDesk(ctx context.Context, o deskOptions, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "stoa-bench-*")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	inner := newApp(process{Stdin: a.Stdin, Stdout: io.Discard, Stderr: io.Discard, Getenv: a.Getenv, Dir: dir})
	inner.data, inner.clock = dir, time.Now
	inner.log = slog.New(slog.DiscardHandler)
	h, err := inner.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, h.close()) }()
	began := time.Now()
	if err := stock(ctx, h, o); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records, %d of them queued: taken in and indexed in %.1f s\n", o.records, o.queued, time.Since(began).Seconds())
	handler, err := inner.handler(h, newWorkshop(ctx, inner, h), "http://127.0.0.1")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	defer srv.Close()
	go func() { _ = srv.Serve(l) }() // ends by Close
	return visitPages(ctx, h, o, "http://"+l.Addr().String(), out)
}

// stock fills the catalogue: one source that is trusted, and one on probation whose items wait.
func stock(ctx context.Context, h *house, o deskOptions) error {
	for _, s := range []struct {
		id          string
		trust       stoa.Trust
		first, last int
	}{{"stock", stoa.Trusted, 0, o.records - o.queued}, {"novice", stoa.Probation, o.records - o.queued, o.records}} {
		src := stoa.Source{ID: s.id, Organisation: "Bench", Title: "Bench", Format: "feed", VanishMeans: stoa.VanishNothing, Trust: s.trust}
		steps := stoa.Steps{Draft: stockDraft, Judge: func(stoa.Run, stoa.History) (string, string) { return "", "" }}
		run, err := h.catalogue.Apply(ctx, stoa.Run{}, src, stockItems(s.first, s.last), steps)
		if err != nil {
			return err
		}
		if run.New != s.last-s.first {
			return fmt.Errorf("bench: %d items of %s are new, want %d", run.New, s.id, s.last-s.first)
		}
	}
	if err := worked(ctx, h, o); err != nil {
		return err
	}
	return h.index.CatchUp(ctx)
}

// worked leaves the traces of work: one large act and many small ones of the person who looks at the pages, and links that are gone.
func worked(ctx context.Context, h *house, o deskOptions) error {
	tasks, _, err := h.catalogue.Queue(ctx, stoa.TaskQuery{Reason: stoa.ReasonNew, Limit: min(o.queued/10, stoa.MaxAct)})
	if err != nil {
		return err
	}
	var all []stoa.Decision
	for _, t := range tasks {
		all = append(all, stoa.Decision{Subject: t.Subject, Action: stoa.Accept, By: "bench"})
	}
	if len(all) == 0 {
		return nil
	}
	if _, err := h.catalogue.DecideAll(ctx, all); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	for _, d := range all[:min(len(all), stoa.MaxUndo)] {
		if _, err := h.catalogue.Decide(ctx, stoa.Decision{Subject: d.Subject, Action: stoa.Set, Field: "title", Value: "Set by the bench", By: "bench"}); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	var gone []stoa.Finding
	for _, days := range []int{3, 1} {
		for _, d := range all {
			check := stoa.Check{At: time.Now().UTC().AddDate(0, 0, -days).Truncate(time.Second), Status: http.StatusGone}
			gone = append(gone, stoa.Finding{Subject: d.Subject, Kind: stoa.Link, At: check.At, Rule: "S1", Version: "bench", Why: []string{"gone"}, Check: &check})
		}
	}
	return h.catalogue.Find(ctx, gone)
}

// stockItems are listings of real length. Each has words that no other has, as titles of different things do.
func stockItems(from, to int) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for n := from; n < to; n++ {
			r := mathrand.New(mathrand.NewPCG(5, uint64(n)))
			words := func(count, of int) string {
				var b strings.Builder
				for range count {
					if r.IntN(2) == 0 {
						b.WriteString(benchWords[r.IntN(len(benchWords))] + " ")
					} else {
						b.WriteString(invented(r.IntN(of)) + " ")
					}
				}
				return strings.TrimSpace(b.String())
			}
			item := stoa.Item{
				Key: fmt.Sprint(n), Title: words(7, 40_000), URL: fmt.Sprintf("https://stock%d.example/item/%d", n%500, n), Summary: words(60, 8_000),
				Published: stoa.DayOf(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n%4000)),
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// invented is a word of its own for every number.
func invented(n int) string {
	const syllables = "badefigohukalemi" + "nopurasetivowuza"
	var b strings.Builder
	for range 3 {
		b.WriteString(syllables[2*(n%16) : 2*(n%16)+2])
		n /= 16
	}
	return fmt.Sprint(b.String(), n)
}

// stockDraft is what an item would become; the rules are not what is measured here.
func stockDraft(i stoa.Item) stoa.Draft {
	r := mathrand.New(mathrand.NewPCG(6, uint64(len(i.Title)*len(i.Summary))))
	pillars := stoa.Pillars()
	first := r.IntN(len(pillars))
	kinds := stoa.Kinds()
	return stoa.Draft{
		ID: i.Key, Title: i.Title, URL: i.URL, Summary: i.Summary, Language: "en", Published: i.Published, Publisher: "Bench", Version: "bench",
		Countries: []string{[]string{"KE", "FJ", "PE", "MN", "TN", "GE"}[r.IntN(6)]},
		Relevant:  stoa.Verdict[bool]{Value: true, Confidence: 0.95, Why: []string{"“cyber” (cybersecurity) speaks for relevant (+0.8)"}},
		Kind:      stoa.Verdict[stoa.Kind]{Value: kinds[r.IntN(len(kinds))], Confidence: 0.9, Why: []string{"“training” (training) speaks for programme (+0.9)", "the word “course…” speaks for programme (+0.4)"}},
		Pillars: []stoa.PillarVerdict{{Pillar: pillars[first], Confidence: 0.9, Why: []string{"“judges” (judges and magistrates) speaks for legal (+1.3)"}},
			{Pillar: pillars[(first+1)%len(pillars)], Confidence: 0.3, Why: []string{"little to go by: confidence is lowered"}}},
		Organisations: []stoa.Organisation{{ID: fmt.Sprint("org-", r.IntN(40)), Name: "Bench", Role: stoa.Publisher}},
	}
}

// visitPages signs in and fetches every page so many times.
func visitPages(ctx context.Context, h *house, o deskOptions, base string, out io.Writer) error {
	client, err := deskClient(ctx, h, base)
	if err != nil {
		return err
	}
	record, pending, err := someRecords(ctx, h)
	if err != nil {
		return err
	}
	rec, err := h.catalogue.Get(ctx, record)
	if err != nil {
		return err
	}
	slow := 0
	for _, path := range []string{
		"/curate/", "/curate/queue", "/curate/queue?reason=new", "/curate/queue?reason=new&page=50", "/curate/queue?source=novice", "/curate/queue?language=en&kind=guidance",
		"/curate/queue?reason=stale", "/curate/queue?reason=conflict", "/curate/queue?q=training",
		"/curate/records/" + pending, "/curate/records/" + record, "/curate/records/" + pending + "/edit",
		"/curate/bulk?do=accept&all=1&part=reason%3Dnew", "/curate/bulk?do=refuse&reason=closed&sel=" + pending, "/curate/acts", "/curate/claims",
		"/curate/runs", "/curate/stale", "/curate/stale?rule=S1", "/curate/sources", "/curate/sources/cybil-projects", "/curate/sources/new", "/curate/sources/opml",
		"/curate/log", "/curate/log?by=bench", "/curate/log?rule=S1", "/curate/numbers", "/curate/people", "/curate/partners", "/curate/account", "/curate/keys",
		"/en/", "/en/records", "/en/records?q=cybercrime+training", "/en/records?pillar=legal&kind=guidance", "/en/records?country=KE&sort=title", "/en/records?page=200",
		"/en/records/" + rec.Slug + "-" + rec.Short, "/en/countries/KE", "/en/organisations/org-3", "/en/calendar", "/en/map", "/en/gaps", "/en/report", "/en/sources", "/en/changes",
		"/en/records.atom", "/api/v1/records", "/api/v1/records/" + record, "/api/v1/changes?since=50000", "/api/v1/queue", "/api/v1/queue?source=novice",
	} {
		before := processorTime()
		median, slowest, status, size, err := visited(ctx, client, base+path, o.times)
		if err != nil {
			return err
		}
		mark := ""
		if median > o.limit || status >= 400 {
			mark, slow = "  !", slow+1
		}
		each := (processorTime() - before) / time.Duration(max(o.times, 1))
		shown := strings.NewReplacer(record, "ID", pending, "ID", rec.Slug+"-"+rec.Short, "SLUG-SHORT").Replace(path)
		fmt.Fprintf(out, "%-44s %3d %7d B   median %7.2f ms   slowest %7.2f ms   processor %6.2f ms%s\n", shown, status, size, millis(median), millis(slowest), millis(each), mark)
	}
	if slow > 0 {
		return fmt.Errorf("bench: %d pages failed or took more than %s", slow, o.limit)
	}
	return nil
}

// processorTime is what the process has used so far, fetching included. Unlike the median it says the same while others use
// the machine.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func visited(ctx context.Context, client *http.Client, address string, times int) (median, slowest time.Duration, status, size int, err error) {
	var took []time.Duration
	for range max(times, 1) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return 0, 0, 0, 0, err
		}
		began := time.Now()
		res, err := client.Do(req)
		if err != nil {
			return 0, 0, 0, 0, fmt.Errorf("bench: %w", err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		took = append(took, time.Since(began))
		if res.Body.Close(); err != nil {
			return 0, 0, 0, 0, fmt.Errorf("bench: %w", err)
		}
		status, size = res.StatusCode, int(n)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1], status, size, nil
}

// bearer shows a token to the API.
type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// deskClient returns a client that is signed in at the desk as somebody who may do everything.
func deskClient(ctx context.Context, h *house, base string) (*http.Client, error) {
	word := rand.Text()
	hash, err := store.HashPassword(word, rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := h.accounts.AddUser(ctx, stoa.User{Name: "bench", Role: stoa.Admin, Password: hash}); err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	token, err := h.accounts.NewToken(ctx, stoa.Token{User: "bench", Role: stoa.Admin, Name: "bench"})
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar, Transport: bearer(token)}
	res, err := client.PostForm(base+"/curate/login", url.Values{"name": {"bench"}, "password": {word}})
	if err != nil {
		return nil, fmt.Errorf("bench: sign in: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("bench: sign in: %s", res.Status)
	}
	return client, nil
}

// someRecords returns one that is listed and one that waits.
func someRecords(ctx context.Context, h *house) (listed, pending string, err error) {
	tasks, _, err := h.catalogue.Queue(ctx, stoa.TaskQuery{Reason: stoa.ReasonNew, Limit: 1})
	if err != nil {
		return "", "", err
	}
	hits, err := h.index.Search(ctx, stoa.Query{Limit: 1})
	if err != nil {
		return "", "", err
	}
	if len(tasks) == 0 || len(hits.IDs) == 0 {
		b, _ := json.Marshal(hits)
		return "", "", fmt.Errorf("bench: nothing is listed or nothing waits: %s", b)
	}
	return hits.IDs[0], tasks[0].Subject, nil
}
