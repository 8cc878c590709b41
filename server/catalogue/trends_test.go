package catalogue

import (
	"context"
	"slices"
	"testing"
	"time"
)

// TestOfALogOnlyWhatIsNewIsRead, and all of one that was restored.
func TestOfALogOnlyWhatIsNewIsRead(t *testing.T) {
	var log []logged // oldest first
	grow := func(n int, what string) {
		for range n {
			seq := uint64(len(log) + 1)
			log = append(log, logged{seq, time.Date(2026, time.Month(1+len(log)/2000), 1, 0, 0, 0, 0, time.UTC), what})
		}
	}
	reads := 0
	page := func(_ context.Context, before uint64) ([]logged, error) {
		reads++
		end := len(log)
		if before > 0 {
			end = int(before) - 1
		}
		out := slices.Clone(log[max(0, end-reportStep):end])
		slices.Reverse(out)
		return out, nil
	}
	var c counted
	counts := func() (total map[string]int, months map[string]map[string]int) {
		reads = 0
		if err := c.count(t.Context(), time.Time{}, page, func(a map[string]int, b map[string]map[string]int) { total, months = a, b }); err != nil {
			t.Fatal(err)
		}
		return total, months
	}
	if total, _ := counts(); len(total) != 0 {
		t.Errorf("of an empty log: %v", total)
	}
	grow(3500, "listed")
	if total, months := counts(); total["listed"] != 3500 || months["2026-01"]["listed"] != 2000 || reads != 4 {
		t.Errorf("at first %v %v in %d reads", total, months, reads)
	}
	grow(10, "stale")
	if total, months := counts(); total["listed"] != 3500 || total["stale"] != 10 || months["2026-02"]["stale"] != 10 || reads != 1 {
		t.Errorf("then %v %v in %d reads", total, months, reads)
	}
	log = log[:1200]
	if total, _ := counts(); total["listed"] != 1200 || total["stale"] != 0 {
		t.Errorf("of a log that was restored: %v", total)
	}
}
