package bolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/store"
)

// The test binary is also the child that is killed: it harvests and rules without end and says on its output what it
// was told is done.
const childEnv = "STOA_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "harvest":
		fmt.Fprintln(os.Stderr, busy(context.Background(), os.Args[len(os.Args)-1], os.Stdout))
	case "rebuild":
		fmt.Fprintln(os.Stderr, rebuild(context.Background(), os.Args[len(os.Args)-1], os.Stdout))
	case "full":
		fmt.Fprintln(os.Stderr, fillUp(context.Background(), os.Args[len(os.Args)-1], os.Stdout))
	}
	os.Exit(1)
}

// child starts the test binary as a child.
func child(t *testing.T, what, arg string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], arg)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	return cmd, lines
}

// busy harvests 30 items of one source and, now and then, 600 long ones of another, which are staged and applied in
// batches; it rules between, and prints every acknowledged action.
func busy(ctx context.Context, path string, out io.Writer) error {
	e, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	c, err := store.Open(ctx, e, store.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	dice := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(time.Now().UnixNano())))
	for n := 0; ; n++ {
		src, size := "small", 30
		if n%4 == 1 {
			src, size = "large", 600
		}
		revision := dice.IntN(1 << 30)
		run, err := c.Apply(ctx, stoa.Run{}, stoa.Source{ID: src, Trust: stoa.Trusted}, listed(src, size, revision), stoa.Steps{Draft: draft, Judge: fine})
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "run", run.ID, src, size, revision)
		for range 5 {
			o, err := c.Observation(ctx, "small", strconv.Itoa(dice.IntN(30)))
			if errors.Is(err, stoa.ErrNotFound) {
				break
			}
			if err != nil {
				return err
			}
			d, err := c.Decide(ctx, stoa.Decision{Subject: o.Record, Action: stoa.Set, Field: "title", Value: fmt.Sprintf("Title %d", dice.IntN(1<<30)), By: "ada"})
			if err != nil {
				return err
			}
			fmt.Fprintln(out, "decision", d.ID, d.Subject, d.Value)
		}
	}
}

func fine(stoa.Run, stoa.History) (string, string) { return "", "" }

// listed is a source whose every item says the revision.
func listed(src string, n, revision int) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		for i := range n {
			item := stoa.Item{
				Key: strconv.Itoa(i), Title: fmt.Sprintf("%s %d", src, i), Summary: fmt.Sprintf("Revision %d.", revision),
				URL: fmt.Sprintf("https://%s.example/%d", src, i),
			}
			if src == "large" {
				item.Content = strings.Repeat("word ", 400)
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// draft leaves out what match would compare, so that the test is about the store.
func draft(i stoa.Item) stoa.Draft {
	return stoa.Draft{ID: i.Key, Title: i.Title, Summary: i.Summary, URL: i.URL, Version: "test"}
}

// model is what was acknowledged.
type model struct {
	runs      map[string]bool
	revisions map[string]int    // by source: of the last acknowledged run
	sizes     map[string]int    // by source
	decisions map[string]string // id → title
	titles    map[string]string // record → last acknowledged title
	lines     int
}

func (m *model) take(line string) error {
	f := strings.SplitN(line, " ", 5)
	m.lines++
	switch {
	case f[0] == "run" && len(f) == 5:
		size, err := strconv.Atoi(f[3])
		if err != nil {
			return err
		}
		revision, err := strconv.Atoi(f[4])
		m.runs[f[1]], m.revisions[f[2]], m.sizes[f[2]] = true, revision, size
		return err
	case f[0] == "decision" && len(f) == 5:
		m.decisions[f[1]], m.titles[f[2]] = f[3]+" "+f[4], f[3]+" "+f[4]
	}
	return nil
}

// TestKilledAtAnyMomentNothingAcknowledgedIsLost kills the child at random moments, reopens its store each time and
// holds it against what the child was told.
func TestKilledAtAnyMomentNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stoa.db")
	m := &model{runs: map[string]bool{}, revisions: map[string]int{}, sizes: map[string]int{}, decisions: map[string]string{}, titles: map[string]string{}}
	dice := rand.New(rand.NewPCG(3, 4))
	var slowest time.Duration
	kills := long(12, 200)
	for range kills {
		cmd, lines := child(t, "harvest", path)
		if !lines.Scan() || lines.Text() != "ready" {
			t.Fatalf("the child did not start: %q", lines.Text())
		}
		kill := time.AfterFunc(time.Duration(dice.IntN(600))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			if err := m.take(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		kill.Stop()
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		began := time.Now()
		survived(t, path, m)
		slowest = max(slowest, time.Since(began))
	}
	if len(m.runs) == 0 || len(m.decisions) == 0 {
		t.Errorf("%d runs and %d decisions acknowledged: the test shows nothing", len(m.runs), len(m.decisions))
	}
	t.Logf("%d kills, %d runs and %d decisions acknowledged, slowest restart with all checks %s", kills, len(m.runs), len(m.decisions), slowest)
}

// survived opens the store as the next start does and checks it.
func survived(t *testing.T, path string, m *model) {
	t.Helper()
	ctx := t.Context()
	e, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, e)
	c, err := store.Open(ctx, e, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	for id := range m.runs {
		if run, err := c.Run(ctx, id); err != nil || run.Outcome != stoa.OK {
			t.Errorf("acknowledged run %s: %+v, %v", id, run, err)
		}
	}
	m.checkDecisions(t, c)
	m.checkItems(t, c)
	err = e.View(ctx, func(tx store.Tx) error {
		for _, name := range []string{"staged", "applying"} {
			err := tx.Scan(name, store.Range{}, func(k, _ []byte) error { return fmt.Errorf("left over in %s: %q", name, k) })
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func (m *model) checkDecisions(t *testing.T, c *store.Catalogue) {
	t.Helper()
	for record, title := range m.titles {
		kept, err := c.Decisions(t.Context(), record)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, d := range kept { // a later one may have been kept without being acknowledged
			found = found || d.Value == title
		}
		if !found {
			t.Errorf("the acknowledged title %q of %s is lost", title, record)
		}
		r, err := c.Get(t.Context(), record)
		if err != nil || r.Title != kept[len(kept)-1].Value {
			t.Errorf("record %s is called %q, last ruled %q, %v", record, r.Title, kept[len(kept)-1].Value, err)
		}
	}
}

// checkItems checks that each source is at one revision, whole, and that no item is there twice.
func (m *model) checkItems(t *testing.T, c *store.Catalogue) {
	t.Helper()
	records := map[string]int{}
	for r, err := range c.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Sightings {
			records[s.Source+" "+s.Key]++
		}
	}
	for src, size := range m.sizes {
		revision := ""
		for i := range size {
			o, err := c.Observation(t.Context(), src, strconv.Itoa(i))
			if err != nil {
				t.Fatal(err)
			}
			if revision == "" {
				revision = o.Draft.Summary
			}
			if o.Draft.Summary != revision {
				t.Fatalf("%s is at %q and at %q: a run counted in part", src, revision, o.Draft.Summary)
			}
			if n := records[src+" "+strconv.Itoa(i)]; n != 1 {
				t.Fatalf("item %d of %s is listed by %d records", i, src, n)
			}
		}
	}
}

// rebuild computes everything anew without end.
func rebuild(ctx context.Context, path string, out io.Writer) error {
	e, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	c, err := store.Open(ctx, e, store.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	for {
		if n, err := c.Rebuild(ctx); err != nil || n > 0 {
			return fmt.Errorf("%d records differ, %w", n, err)
		}
	}
}

// everything returns all rows of all tables.
func everything(t *testing.T, e *Engine) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := e.View(t.Context(), func(tx store.Tx) error {
		for _, name := range store.Tables() {
			err := tx.Scan(name, store.Range{}, func(k, v []byte) error {
				out[name+" "+string(k)] = string(v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKilledWhileItRebuildsTheNextStartEndsIt kills rebuilds at random moments. The next start ends them, and everything
// is as it was, to the byte.
func TestKilledWhileItRebuildsTheNextStartEndsIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stoa.db")
	start := func() (*Engine, *store.Catalogue) {
		t.Helper()
		e, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := store.Open(t.Context(), e, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return e, c
	}
	e, c := start()
	src := stoa.Source{ID: "small", Trust: stoa.Probation}
	if _, err := c.Apply(t.Context(), stoa.Run{}, src, listed(src.ID, 400, 1), stoa.Steps{Draft: draft, Judge: fine}); err != nil {
		t.Fatal(err)
	}
	before := everything(t, e)
	shut(t, e)
	dice := rand.New(rand.NewPCG(5, 6))
	for range long(4, 60) {
		cmd, lines := child(t, "rebuild", path)
		if !lines.Scan() {
			t.Fatal("the child did not start")
		}
		time.AfterFunc(time.Duration(dice.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			t.Error(lines.Text())
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		e, _ := start()
		after := everything(t, e)
		for k, v := range before {
			if after[k] != v {
				t.Errorf("%q is another", k)
			}
		}
		if len(after) != len(before) {
			t.Errorf("%d rows, were %d", len(after), len(before))
		}
		shut(t, e)
	}
}
