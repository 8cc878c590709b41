package catalogue

import (
	"context"
	"sync"
	"time"

	"stoa"
)

// counted is what was counted in a log that only grows: the next time only what came since is read.
type counted struct {
	mu     sync.Mutex
	upto   uint64                    // the number of the last entry that is counted
	total  map[string]int            // by what happened
	months map[string]map[string]int // by month, and what happened in it
}

// logged is an entry of a log: its number, when it was, and what happened.
type logged struct {
	seq  uint64
	at   time.Time
	what string
}

// count reads what is new, newest first, in steps that page yields, and calls look with what was counted. Entries before oldest end it; zero:
// it counts them all.
func (c *counted) count(ctx context.Context, oldest time.Time, page func(ctx context.Context, before uint64) ([]logged, error), look func(total map[string]int, months map[string]map[string]int)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var fresh []logged
	for before, n := uint64(0), 0; n < reportSteps; n++ {
		list, err := page(ctx, before)
		if err != nil {
			return err
		}
		if before == 0 && (len(list) == 0 || list[0].seq < c.upto) { // another log: one that was restored
			c.upto, c.total, c.months = 0, nil, nil
		}
		end := len(list) < reportStep
		for _, x := range list {
			if before = x.seq; x.seq <= c.upto || x.at.Before(oldest) {
				end = true
				break
			}
			fresh = append(fresh, x)
		}
		if end {
			break
		}
	}
	if c.months == nil {
		c.total, c.months = map[string]int{}, map[string]map[string]int{}
	}
	for _, x := range fresh {
		month := x.at.UTC().Format("2006-01")
		if c.months[month] == nil {
			c.months[month] = map[string]int{}
		}
		c.total[x.what]++
		c.months[month][x.what]++
		c.upto = max(c.upto, x.seq)
	}
	look(c.total, c.months)
	return nil
}

// reportDecisions makes the months and counts what people ruled.
func (p *Pages) reportDecisions(ctx context.Context, d *Report, now time.Time) error {
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for n := range reportMonths {
		d.Months = append(d.Months, ReportMonth{Month: stoa.Date(first.AddDate(0, n-reportMonths+1, 0).Format("2006-01"))})
	}
	return p.ruled.count(ctx, time.Time{}, func(ctx context.Context, before uint64) (out []logged, err error) {
		list, err := p.Whole.Log(ctx, before, reportStep)
		for _, x := range list {
			out = append(out, logged{x.Seq, x.At, string(x.Action)})
		}
		return out, err
	}, func(total map[string]int, months map[string]map[string]int) {
		d.Decisions = most(total)
		for i := range d.Months {
			for _, n := range months[string(d.Months[i].Month)] {
				d.Months[i].Decisions += n
			}
		}
	})
}

// reportTrends counts what became visible and what left, by month. The log of changes is in the order of time.
func (p *Pages) reportTrends(ctx context.Context, d *Report, _ time.Time) error {
	return p.moves.count(ctx, d.Months[0].Month.Begin(time.UTC), func(ctx context.Context, before uint64) (out []logged, err error) {
		list, err := p.Records.Latest(ctx, before, reportStep)
		for _, x := range list {
			out = append(out, logged{x.Seq, x.At, string(x.Op)})
		}
		return out, err
	}, func(_ map[string]int, months map[string]map[string]int) {
		for i := range d.Months {
			m := months[string(d.Months[i].Month)]
			d.Months[i].Listed, d.Months[i].Left = m[string(stoa.OpListed)], m[string(stoa.OpStale)]
		}
	})
}
