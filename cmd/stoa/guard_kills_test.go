package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa"
	"stoa/store"
	"stoa/store/bolt"
)

// model is what was acknowledged. It is held against the store after each kill.
type model struct {
	mu      sync.Mutex
	rulings map[string]*ruling  // by record
	runs    map[string]stoa.Run // acknowledged, by id
	items   map[string]string   // key of an acknowledged item → its source
	asked   map[string]bool     // titles asked for, by decision; true is acknowledged
}

// ruling is what a record's title must be: acked, or what was asked for since and never answered.
type ruling struct {
	acked string
	maybe []string
}

func newModel() *model {
	return &model{rulings: map[string]*ruling{}, runs: map[string]stoa.Run{}, items: map[string]string{}, asked: map[string]bool{}}
}

// victim is the program that is killed again and again, and those who work with it.
type victim struct {
	*serving
	*model
	g       *guards
	chance  *rand.Rand
	token   string
	sources string
	data    string
	version atomic.Int64 // of the origin's listing: it has three items more each time
	imports int
	asks    int
	seeds   []string // ids of records to rule on
}

// kills: killed at any instant of harvest, decision, import and rebuild, the program is ready again within 5 s, nothing that it acknowledged is
// lost, nothing is there twice, and every value is whole.
func (g *guards) kills(t *testing.T) {
	v := &victim{model: newModel(), g: g, chance: g.chance(t), data: g.data(t)}
	origin := httptest.NewServer(http.HandlerFunc(v.listing))
	defer origin.Close()
	v.sources = sourcesFile(t, source("steps", "json", origin.URL+"/list", mappings("json")))
	v.serving = g.serve(t, v.data, loopback, "--sources", v.sources)
	status, token := v.do(t, "user", "add", "robot", "--role", "curator", "--token")
	if status != 0 {
		t.Fatal(token)
	}
	v.token = strings.TrimSpace(token)
	v.each(t, "/api/v1/records", func(r stoa.Record) { v.seeds = append(v.seeds, r.ID) })
	slices.Sort(v.seeds)
	rounds, slowest, early := form(4, 200), time.Duration(0), 0
	for round := range rounds {
		if v.chance.IntN(5) == 0 {
			v.killEarly(t)
			early++
		}
		v.work(t, round%4 == 3)
		v.serving = g.serve(t, v.data, loopback, "--sources", v.sources)
		slowest = max(slowest, v.ready)
		v.check(t, round)
		if t.Failed() {
			t.Fatalf("after round %d:\n%s", round, tail(v.out.String()))
		}
	}
	if status, out := v.do(t, "verify"); status != 0 {
		t.Errorf("verify: %s", out)
	}
	v.stop(t)
	v.audit(t)
	if slowest > 5*time.Second {
		t.Errorf("ready after %v, the bar is 5 s", slowest)
	}
	acked := 0
	for _, ok := range v.asked {
		if ok {
			acked++
		}
	}
	t.Logf("%d kills (%d more while starting): %d of %d decisions, %d runs, %d items acknowledged; corrupt 0, lost 0, doubled 0; ready within %v", rounds, early, acked,
		len(v.asked), len(v.runs), len(v.items), slowest)
}

// listing is the origin: version n lists 3n items, so each harvest has something new and most of it is known.
func (v *victim) listing(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/list" {
		http.NotFound(w, r)
		return
	}
	var items []map[string]string
	for n := range int(v.version.Load()) * 3 {
		items = append(items, map[string]string{"id": stepKey(n), "title": fmt.Sprintf("Exercise %s for national response teams", stepKey(n)), "url": "https://guard.example/" + stepKey(n)})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"records": items}) // whoever asked may be gone
}

func stepKey(n int) string { return fmt.Sprintf("step-%d", n) }

// killEarly kills the program while it starts.
func (v *victim) killEarly(t *testing.T) {
	v.stop(t)
	cmd := exec.Command(v.g.program, "serve", "--no-harvest", "--listen", "127.0.0.1:0", "--data", v.data, loopback, "--sources", v.sources)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pause(t, time.Duration(v.chance.IntN(400))*time.Millisecond)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	v.serving = v.g.serve(t, v.data, loopback, "--sources", v.sources)
}

func pause(t *testing.T, d time.Duration) {
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// work has everybody work with the program until it is killed.
func (v *victim) work(t *testing.T, rebuild bool) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tasks := []func(context.Context, *testing.T) error{v.harvestOnce, v.importOnce}
	if rebuild {
		tasks = []func(context.Context, *testing.T) error{v.rebuildOnce}
	}
	half := len(v.seeds) / 2
	mine := [][]string{v.seeds[:half], v.seeds[half:]}
	for i := range mine {
		dice := rand.New(rand.NewPCG(v.chance.Uint64(), 1))
		tasks = append(tasks, func(ctx context.Context, t *testing.T) error {
			return v.decideOnce(ctx, mine[i][dice.IntN(len(mine[i]))])
		})
	}
	var wg sync.WaitGroup
	for _, task := range tasks {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := task(ctx, t); err != nil {
					return // it was killed
				}
			}
		})
	}
	pause(t, time.Duration(20+v.chance.IntN(form(600, 1500)))*time.Millisecond)
	v.kill()
	cancel()
	wg.Wait()
}

var errKilled = errors.New("killed")

// ask has the serving process run a command; errKilled when it does not answer.
func (v *victim) ask(ctx context.Context, args ...string) (status int, out string, err error) {
	conn, err := net.Dial("unix", filepath.Join(v.data, "stoa.sock"))
	if err != nil {
		return 0, "", errKilled
	}
	conn.Close()
	var b, errs bytes.Buffer
	p := process{Stdin: strings.NewReader(""), Stdout: &b, Stderr: &errs, Getenv: func(string) string { return "" }, Dir: v.data}
	status = run(ctx, append(args, "--data", v.data), p)
	if status == 1 {
		err = fmt.Errorf("%w: %s", errKilled, errs.String())
	}
	return status, b.String(), err
}

func (v *victim) harvestOnce(ctx context.Context, t *testing.T) error {
	n := v.version.Add(1)
	status, out, err := v.ask(ctx, "harvest", "--json", "steps")
	var r stoa.Run
	if jsonErr := json.Unmarshal([]byte(out), &r); jsonErr != nil { // no run was printed: nothing was acknowledged
		return errors.Join(err, errKilled)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.runs[r.ID] = r
	if r.Outcome != stoa.OK || status == 2 {
		t.Errorf("harvest: status %d, %+v", status, r)
	}
	for i := range int(n) * 3 {
		v.items[stepKey(i)] = "steps"
	}
	return err
}

func (v *victim) importOnce(ctx context.Context, t *testing.T) error {
	v.mu.Lock()
	v.imports++
	n := v.imports
	v.mu.Unlock()
	var b strings.Builder
	b.WriteString("id,title,url\n")
	for i := range 3 {
		fmt.Fprintf(&b, "import-%[1]d-%[2]d,Handbook import-%[1]d-%[2]d on cyber resilience,https://guard.example/import-%[1]d-%[2]d\n", n, i)
	}
	file := filepath.Join(v.data, fmt.Sprintf("import-%d.csv", n))
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Error(err)
		return err
	}
	id := fmt.Sprintf("imported-%d", n)
	status, out, err := v.ask(ctx, "import", file, "--source", id, "--trust", "trusted")
	if err != nil {
		return err
	}
	if status != 0 {
		t.Errorf("import: status %d: %s", status, out)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range 3 {
		v.items[fmt.Sprintf("import-%d-%d", n, i)] = id
	}
	return nil
}

func (v *victim) rebuildOnce(ctx context.Context, t *testing.T) error {
	_, _, err := v.ask(ctx, "rebuild")
	return err
}

// decideOnce sets a title. What is not answered may have been kept or not; what is answered with 201 is kept.
func (v *victim) decideOnce(ctx context.Context, record string) error {
	v.mu.Lock()
	v.asks++
	value := fmt.Sprintf("Ruled %d", v.asks)
	r := v.rulings[record]
	if r == nil {
		r = &ruling{}
		v.rulings[record] = r
	}
	r.maybe = append(r.maybe, value)
	v.asked[value] = false
	v.mu.Unlock()
	kept, err := v.set(ctx, record, "title", value)
	if err != nil || !kept {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	r.acked, r.maybe, v.asked[value] = value, nil, true
	return nil
}

// set rules that a field has a value. It is not kept, without an error, when the program asks to come again later.
func (v *victim) set(ctx context.Context, record, field, value string) (kept bool, err error) {
	body, _ := json.Marshal(map[string]string{"subject": record, "action": "set", "field": field, "value": value}) // strings can be written
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.home+"/api/v1/decisions", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+v.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return false, err
	case res.StatusCode == http.StatusTooManyRequests:
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
		return false, nil
	case res.StatusCode != http.StatusCreated:
		return false, fmt.Errorf("decide: %s: %s", res.Status, answer)
	}
	return true, nil
}

// check holds what readers see after a restart against the model.
func (v *victim) check(t *testing.T, round int) {
	for id, r := range v.rulings {
		var got stoa.Record
		_, _, body := v.get(t, "/api/v1/records/"+id)
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Errorf("record %s: %v: %.300s", id, err, body)
			continue
		}
		if r.acked == "" && len(r.maybe) > 0 && !strings.HasPrefix(got.Title, "Ruled ") {
			continue
		}
		if got.Title != r.acked && !slices.Contains(r.maybe, got.Title) {
			t.Errorf("record %s is titled %q; acknowledged was %q, asked since %q", id, got.Title, r.acked, r.maybe)
		}
		if got.Title != r.acked { // it was kept, though nobody heard of it
			r.acked, r.maybe = got.Title, nil
		}
	}
	if round%form(4, 20) == 0 {
		if status, out := v.do(t, "verify"); status != 0 {
			t.Errorf("verify: %s", out)
		}
	}
}

// audit opens the store when all is over and looks at everything that was acknowledged.
func (v *victim) audit(t *testing.T) {
	ctx := t.Context()
	engine, err := bolt.Open(ctx, filepath.Join(v.data, "stoa.db"), bolt.Options{Must: true})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	c, err := store.Open(ctx, engine, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for key, src := range v.items {
		o, err := c.Observation(ctx, src, key)
		if err != nil {
			t.Errorf("item %s of %s: %v", key, src, err)
			continue
		}
		if _, err := c.Get(ctx, o.Record); err != nil {
			t.Errorf("record of item %s: %v", key, err)
		}
	}
	byURL := map[string]string{}
	for r, err := range c.Records(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		if other := byURL[r.URL]; other != "" && strings.Contains(r.URL, "guard.example") {
			t.Errorf("%s is the address of %s and %s", r.URL, other, r.ID)
		}
		byURL[r.URL] = r.ID
	}
	for id, run := range v.runs {
		kept, err := c.Run(ctx, id)
		if err != nil || kept.New != run.New || kept.Seen != run.Seen {
			t.Errorf("run %s: %v: acknowledged %+v, kept %+v", id, err, run, kept)
		}
	}
	v.auditRulings(t, c)
	v.auditChanges(t, c)
	if n, err := c.Rebuild(ctx); n != 0 || err != nil {
		t.Errorf("rebuild: %d records differ, %v", n, err)
	}
}

// auditRulings: each decision that was acknowledged is in the log once; each other one at most once.
func (v *victim) auditRulings(t *testing.T, c *store.Catalogue) {
	kept := map[string]int{}
	for before := uint64(0); ; {
		list, err := c.Log(t.Context(), before, 200)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, d := range list {
			kept[d.Value]++
			before = d.Seq
		}
	}
	for _, value := range slices.Sorted(maps.Keys(v.asked)) {
		if n := kept[value]; n > 1 || v.asked[value] && n != 1 {
			t.Errorf("decision %q (acknowledged: %t) is kept %d times", value, v.asked[value], n)
		}
	}
}

// auditChanges: the log of changes has every number once.
func (v *victim) auditChanges(t *testing.T, c *store.Catalogue) {
	for since := uint64(0); ; {
		list, err := c.Changes(t.Context(), since, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return
		}
		for _, change := range list {
			if change.Seq != since+1 {
				t.Errorf("change %d follows %d", change.Seq, since)
			}
			since = change.Seq
		}
	}
}
