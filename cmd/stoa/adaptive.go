package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/crawler/schedule"
)

// rhythms are how often the partners' listings change, and how many of them do so: the rhythms of the fact sheet from which sources.yaml
// was written, counted.
var rhythms = []struct {
	name    string
	perYear float64
	sources int
}{
	{"many a day", 1500, 5},
	{"daily", 300, 13},
	{"several a week", 150, 16},
	{"weekly", 52, 24},
	{"several a month", 70, 14},
	{"a few a month", 36, 14},
	{"monthly", 12, 26},
	{"a few a year", 4, 28},
	{"yearly or frozen", 1, 12},
}

// Length of the simulation. What is learnt in its first part is not counted.
const (
	simulatedDays = 730
	learningDays  = 180
)

func benchAdaptiveCommand() *cobra.Command {
	var seed uint64
	cmd := local(&cobra.Command{
		Use:   "adaptive",
		Short: "Simulate the adaptive rhythm against fixed schedules that are as fresh",
		Long: `Two simulated years of 152 listings that change as often as the partners' do, mostly in office hours. The adaptive rhythm (6h..7d) runs
against the cheapest fixed schedule that is at least as fresh, by each of three measures: how long a change waits until it is seen, how
many are seen within a day, and the share of the time in which a listing is known as it is.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			printAdaptive(compareRhythms(seed), cmd.OutOrStdout())
			return nil
		},
	})
	cmd.Flags().Uint64Var(&seed, "seed", 1, "of the simulation")
	return cmd
}

// played is a simulated listing: the instants at which it changes.
type played struct {
	id      string
	changes []time.Time
}

var simulatedFrom = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// playRhythms makes the listings. Nine changes in ten fall into the office hours of a working day.
func playRhythms(seed uint64) []played {
	var out []played
	for n, kind := range rhythms {
		for i := range kind.sources {
			r := rand.New(rand.NewPCG(seed, uint64(n*1000+i)))
			perYear := kind.perYear * (0.5 + r.Float64()) // no two are alike
			p := played{id: fmt.Sprintf("rhythm-%d-%d", n, i)}
			for t := 0.0; ; {
				t += r.ExpFloat64() * 365 / perYear
				if t >= simulatedDays {
					break
				}
				at := simulatedFrom.Add(time.Duration(t * 24 * float64(time.Hour)))
				if r.Float64() < 0.9 {
					at = office(at, r)
				}
				p.changes = append(p.changes, at)
			}
			slices.SortFunc(p.changes, time.Time.Compare)
			out = append(out, p)
		}
	}
	return out
}

// office moves an instant into the hours from 7 to 18 UTC of the same day, or of a working day of the same week.
func office(at time.Time, r *rand.Rand) time.Time {
	day := at.Truncate(24 * time.Hour)
	if wd := int(day.Weekday()+6) % 7; wd > 4 {
		day = day.AddDate(0, 0, -wd+r.IntN(5))
	}
	return day.Add(7*time.Hour + time.Duration(r.Int64N(int64(11*time.Hour))))
}

// watched is what a schedule makes of the listings.
type watched struct {
	requests int           // a day, of all listings
	lag      time.Duration // that a change waits until it is seen, on average over changes
	soon     float64       // share of changes that are seen within a day
	current  float64       // share of the time in which a listing is known as it is, on average over listings
}

// adaptively visits by the program's own schedule; its history is kept as the store keeps it.
func adaptively(p played) func(found bool, at time.Time) time.Time {
	src := stoa.Source{ID: p.id, Schedule: stoa.Schedule{Min: 6 * time.Hour, Max: 7 * 24 * time.Hour}}
	h := stoa.History{Source: p.id}
	return func(found bool, at time.Time) time.Time {
		if at.IsZero() {
			return schedule.Next(src, h, simulatedFrom)
		}
		h.Rhythm = h.Rhythm.Visited(h.Last.Began, at, found)
		h.Last = stoa.Run{Source: p.id, Began: at, Ended: at}
		return schedule.Next(src, h, simulatedFrom)
	}
}

// every visits at fixed intervals, each listing from an instant of its own.
func every(interval time.Duration) func(played) func(bool, time.Time) time.Time {
	return func(p played) func(bool, time.Time) time.Time {
		sum := fnv.New64a()
		sum.Write([]byte(p.id))
		first := simulatedFrom.Add(time.Duration(sum.Sum64() % uint64(interval)))
		return func(_ bool, at time.Time) time.Time {
			if at.IsZero() {
				return first
			}
			return at.Add(interval)
		}
	}
}

// watchThem visits all listings by a schedule: next tells when a listing is visited again, given whether the visit at an instant found a
// change; the zero instant asks for the first.
func watchThem(all []played, by func(played) func(found bool, at time.Time) time.Time) watched {
	var w watched
	lag, soon, changes, visits := 0.0, 0, 0, 0
	counted := simulatedFrom.AddDate(0, 0, learningDays)
	end := simulatedFrom.AddDate(0, 0, simulatedDays)
	for _, p := range all {
		after := by(p)
		var stale time.Duration
		next, found := 0, false
		for at := after(false, time.Time{}); at.Before(end); at = after(found, at) {
			count := at.After(counted)
			if count {
				visits++
			}
			found = next < len(p.changes) && !p.changes[next].After(at)
			if found && count {
				stale += at.Sub(p.changes[next])
			}
			for ; next < len(p.changes) && !p.changes[next].After(at); next++ {
				if !count {
					continue
				}
				changes++
				lag += at.Sub(p.changes[next]).Hours()
				if at.Sub(p.changes[next]) <= 24*time.Hour {
					soon++
				}
			}
		}
		w.current += 1 - float64(stale)/float64(end.Sub(counted))
	}
	days := float64(simulatedDays - learningDays)
	w.requests = int(float64(visits)/days + 0.5)
	w.lag = time.Duration(lag / float64(max(1, changes)) * float64(time.Hour))
	w.soon = float64(soon) / float64(max(1, changes))
	w.current /= float64(len(all))
	return w
}

// rival is the cheapest fixed schedule that is as fresh by one measure.
type rival struct {
	measure string
	every   time.Duration
	watched watched
	saved   float64 // share of its requests that the adaptive rhythm does without
}

// comparison of rhythms.
type comparison struct {
	listings, changes int
	adaptive          watched
	rivals            []rival
}

// compareRhythms runs the adaptive rhythm against fixed ones.
func compareRhythms(seed uint64) comparison {
	all := playRhythms(seed)
	c := comparison{listings: len(all)}
	for _, p := range all {
		c.changes += len(p.changes)
	}
	c.adaptive = watchThem(all, adaptively)
	for _, m := range []struct {
		name  string
		fresh func(watched) bool
	}{
		{"a change is seen as soon", func(w watched) bool { return w.lag <= c.adaptive.lag }},
		{"as many changes are seen within a day", func(w watched) bool { return w.soon >= c.adaptive.soon }},
		{"a listing is known as it is as much of the time", func(w watched) bool { return w.current >= c.adaptive.current }},
	} {
		lo, hi := 10*time.Minute, 14*24*time.Hour // as fresh, not as fresh
		for hi-lo > 5*time.Minute {
			mid := (lo + hi) / 2
			if m.fresh(watchThem(all, every(mid))) {
				lo = mid
			} else {
				hi = mid
			}
		}
		w := watchThem(all, every(lo))
		c.rivals = append(c.rivals, rival{m.name, lo, w, 1 - float64(c.adaptive.requests)/float64(w.requests)})
	}
	return c
}

func printAdaptive(c comparison, out io.Writer) {
	fmt.Fprintf(out, "%d listings, %d changes in two simulated years\n", c.listings, c.changes)
	line := func(name string, w watched) {
		fmt.Fprintf(out, "%-28s %5d requests a day   a change waits %4.1f h   %4.1f %% seen within a day   known as it is %4.1f %% of the time\n", name, w.requests, w.lag.Hours(), 100*w.soon, 100*w.current)
	}
	line("adaptive 6h..7d", c.adaptive)
	for _, r := range c.rivals {
		line("every "+r.every.Round(time.Minute).String(), r.watched)
		fmt.Fprintf(out, "  as fresh, since %s: the adaptive rhythm does without %.0f %% of its requests\n", r.measure, 100*r.saved)
	}
}
