package schedule

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"stoa"
)

// What an adaptive schedule weighs against each other. Both prices are in hours in which a listing is not known as it is.
const (
	// visitPrice is the price of a visit.
	visitPrice = 4
	// waitPrice is the price of an hour that a change waits, each by itself: without it, a listing that changes faster than it may be
	// visited would be given up.
	waitPrice = 0.2
	// curious: of so many visits one lies elsewhere than planned. Who comes at the same hours always never learns which are the right ones.
	curious = 8
)

// adaptiveNext returns when a source with bounds is visited next: by the weekly order of visits of which the price, and that of what is
// not known between them, is least for a listing that changes as often and at such hours as this one did. How long the publisher says
// that a listing stays as it is is a floor, within the bounds too.
func adaptiveNext(src stoa.Source, h stoa.History, last time.Time) time.Time {
	s := src.Schedule
	least := max(s.Min, min(h.Good.Fresh, s.Max))
	r := known(h)
	slot := slotFor(s)
	wait := evenly(r.Rate(), least, s.Max)
	at := last.Add(wait)
	if wait >= slot {
		steps := orderOf(r, slot, least, s.Max).after(last, look(src.ID, last))
		at = last.Truncate(slot).Add(time.Duration(steps)*slot + offset(src.ID, slot)) // sources of one hour are spread over it
	}
	return last.Add(max(least, min(at.Sub(last), s.Max)))
}

// known is the rhythm of a source; of one whose runs began before rhythms were kept it is what its last changes tell.
func known(h stoa.History) stoa.Rhythm {
	if n := len(h.Changes); h.Rhythm.Hours == 0 && n > 1 {
		return stoa.Rhythm{Changes: float64(n - 1), Hours: max(1, h.Last.Began.Sub(h.Changes[n-1]).Hours())}
	}
	return h.Rhythm
}

// slotFor is how finely visits are placed: the longer they may lie apart, the less.
func slotFor(s stoa.Schedule) time.Duration {
	for _, n := range []time.Duration{1, 2, 6} {
		if s.Max/(n*stoa.TimeSlot) <= 2*stoa.WeekSlots {
			return n * stoa.TimeSlot
		}
	}
	return day
}

// look is 0, or, now and then, a number by which a visit is placed elsewhere than planned; of the same visit always the same.
func look(id string, last time.Time) uint64 {
	sum := fnv.New64a()
	sum.Write([]byte(id + strconv.FormatInt(last.Unix(), 10)))
	if n := sum.Sum64(); n%curious == 0 {
		return n / curious
	}
	return 0
}

// evenly is the interval, within bounds, for a listing that changes at all hours alike.
func evenly(rate float64, least, most time.Duration) time.Duration {
	lo, hi := least.Hours(), most.Hours()
	for range 20 {
		mid := math.Sqrt(lo * hi)
		// What the visit ends: the hours since it last was as known, and the waits of all that changed.
		x := rate * mid
		if (1-waitPrice)*(1-(1+x)*math.Exp(-x))/rate+waitPrice*x*mid/2 < visitPrice {
			lo = mid
		} else {
			hi = mid
		}
	}
	return max(least, min(time.Duration(hi*float64(time.Hour)), most))
}

// order is a weekly order of visits: for each slot of the week after how many slots comes the next visit.
type order struct {
	slot        time.Duration
	least, most int
	next        []int
}

// after says how many slots after a visit the next one is; a curious one lies up to half as long sooner or later.
func (o order) after(visit time.Time, curious uint64) int {
	steps := o.next[stoa.WeekSlot(visit)/int(o.slot/stoa.TimeSlot)]
	if curious > 0 {
		steps = steps/2 + int(curious%uint64(steps+1))
	}
	return max(o.least, min(steps, o.most))
}

// orderOf finds the order whose price an hour is least: from each slot of the week the step after which, given what follows, it is, until
// no slot has a better one.
func orderOf(r stoa.Rhythm, slot, least, most time.Duration) order {
	n := int(7 * day / slot)
	o := order{slot: slot, least: max(1, int((least+slot-1)/slot)), next: make([]int, n)}
	o.most = max(o.least, int(most/slot))
	prices := unknown(r, slot, n, o.most)
	ahead := make([]float64, n+o.most) // of a week, and again
	perSlot := 0.0
	for range 20 { // three to six are enough
		better := false
		for from := range n {
			if step := cheapest(prices[from], ahead[from:], perSlot, o.least); step != o.next[from] {
				o.next[from], better = step, true
			}
		}
		if !better {
			break
		}
		perSlot = o.price(prices, ahead)
	}
	return o
}

// cheapest is the step, of those from the least on, after which least is to be paid.
func cheapest(prices, ahead []float64, perSlot float64, least int) int {
	best, step := math.Inf(1), least
	ahead = ahead[:len(prices)]
	for t := least; t < len(prices); t++ {
		if p := prices[t] - perSlot*float64(t) + ahead[t]; p < best-1e-9 {
			best, step = p, t
		}
	}
	return step
}

// unknown is what it costs, visit included, not to look for so many slots from each slot of the week.
func unknown(r stoa.Rhythm, slot time.Duration, n, most int) [][]float64 {
	week, per, hours := r.Week(), int(slot/stoa.TimeSlot), slot.Hours()
	rate := min(r.Rate(), 500/hours/float64(n+most)) // beyond that, what is reckoned here leaves what floats can hold
	sum := make([]float64, n+most+1)                 // changes expected until the start of a slot
	same := make([]float64, n+most+1)
	for i := range n + most {
		for j := range per {
			sum[i+1] += rate * week[(i*per+j)%stoa.WeekSlots] * stoa.TimeSlot.Hours()
		}
		sum[i+1] += sum[i]
	}
	for i := range n + most {
		same[i] = math.Exp(-(sum[i] + sum[i+1]) / 2)
	}
	out := make([][]float64, n)
	for from := range out {
		row := make([]float64, most+1)
		row[0] = visitPrice
		grow := math.Exp(sum[from])
		for t := range most {
			changes := (sum[from+t]+sum[from+t+1])/2 - sum[from]
			row[t+1] = row[t] + hours*((1-waitPrice)*(1-same[from+t]*grow)+waitPrice*changes)
		}
		out[from] = row
	}
	return out
}

// price is what an order costs a slot in the long run; ahead becomes how much more than that follows from each slot.
func (o order) price(prices [][]float64, ahead []float64) (perSlot float64) {
	n := len(o.next)
	home := 0
	for range n {
		home = (home + o.next[home]) % n // after so many visits, one of those that come again and again
	}
	paid, slots, at := 0.0, 0, home
	for more := true; more; more = at != home {
		paid += prices[at][o.next[at]]
		slots += o.next[at]
		at = (at + o.next[at]) % n
	}
	perSlot = paid / float64(slots)
	done := make([]bool, n)
	done[home], ahead[home] = true, 0
	var reckon func(int) float64
	reckon = func(at int) float64 {
		if !done[at] {
			done[at] = true
			ahead[at] = prices[at][o.next[at]] - perSlot*float64(o.next[at]) + reckon((at+o.next[at])%n)
		}
		return ahead[at]
	}
	for at := range n {
		reckon(at)
	}
	for i := n; i < len(ahead); i++ {
		ahead[i] = ahead[i-n]
	}
	return perSlot
}
