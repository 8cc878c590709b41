package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"stoa"
)

// TestGuard shows on the program itself, as a process of its own, what bytes from strangers, kills and cuts may not do. Each guard has a short
// form that always runs, and with STOA_SOAK=1 (`make soak`) the form whose figures stand in docs/RELIABILITY.md. Chance is seeded:
// STOA_SEED=N repeats a run, or makes another.
func TestGuard(t *testing.T) {
	g := &guards{program: build(t), seed: 1}
	if s := os.Getenv("STOA_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("STOA_SEED=%s: %v", s, err)
		}
		g.seed = n
	}
	g.planted = g.plant(t)
	for _, guard := range []struct {
		name string
		test func(*testing.T)
	}{
		{"feeds cut anywhere", g.cuts},
		{"bombs", g.bombs},
		{"forbidden addresses", g.forbiddenAddresses},
		{"payloads", g.payloads},
		{"kills", g.kills},
		{"kills in the whole world", g.worldKills},
		{"terms", g.terms},
		{"slow readers", g.slowReaders},
		{"drips", g.drips},
		{"hanging hosts", g.hangs},
		{"a second process", g.second},
		{"changed bytes", g.damage},
		{"no store", g.notAStore},
		{"full disk", g.fullDisk},
		{"read-only disk", g.readOnly},
	} {
		t.Run(guard.name, guard.test)
	}
}

// guards is what all of them start from.
type guards struct {
	program string // the built program, without the race detector: its memory is measured
	planted string // a data directory with the seed, from which others are copied
	seed    uint64
}

// long reports whether the long forms were asked for.
func long() bool { return os.Getenv("STOA_SOAK") != "" }

// form is the one or the other, as was asked for.
func form[T any](short, soak T) T {
	if long() {
		return soak
	}
	return short
}

func (g *guards) chance(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("STOA_SEED=%d", g.seed)
	return rand.New(rand.NewPCG(g.seed, 630))
}

func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "stoa")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", out, ".")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, text)
	}
	return out
}

// plant makes a data directory as a first start leaves it.
func (g *guards) plant(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "planted")
	if status, out := g.stoa(t, "verify", "--data", data); status != 0 {
		t.Fatalf("plant the seed: exit status %d\n%s", status, out)
	}
	return data
}

// data returns a data directory of the test's own, with the seed in it.
func (g *guards) data(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(g.planted)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// stoa runs one command as a process and returns its exit status and all that it printed.
func (g *guards) stoa(t *testing.T, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.program, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("stoa %s: %v", strings.Join(args, " "), err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// serving is the program as it serves a data directory.
type serving struct {
	cmd   *exec.Cmd
	out   *output
	home  string // http://…
	data  string
	ready time.Duration // from its start to the first good answer of /readyz
	done  chan struct{} // closed when it has ended
}

// serve starts `stoa serve` and waits until it is ready. It is ended with the test, and must then end well unless it was killed.
func (g *guards) serve(t *testing.T, data string, args ...string) *serving {
	t.Helper()
	return start(t, data, exec.Command(g.program, append([]string{"serve", "--no-harvest", "--listen", "127.0.0.1:0", "--data", data}, args...)...))
}

// serveWithin is serve under a limit on the bytes of data, in KiB, as `ulimit -d` sets it.
func (g *guards) serveWithin(t *testing.T, kib int, data string, args ...string) *serving {
	t.Helper()
	line := fmt.Sprintf(`ulimit -d %d && exec "$0" "$@"`, kib)
	all := append([]string{"-c", line, g.program, "serve", "--no-harvest", "--listen", "127.0.0.1:0", "--data", data}, args...)
	return start(t, data, exec.Command("/bin/sh", all...))
}

func start(t *testing.T, data string, cmd *exec.Cmd) *serving {
	t.Helper()
	s := &serving{cmd: cmd, out: &output{}, data: data, done: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // how it ended is in ProcessState
		close(s.done)
	}()
	t.Cleanup(func() { s.stop(t) })
	for s.home == "" || !answers(s.home+"/readyz") {
		if m := opened.FindStringSubmatch(s.out.String()); m != nil {
			s.home = m[1]
		}
		select {
		case <-s.done:
			t.Fatalf("serve did not come up: %v\n%s", s.cmd.ProcessState, s.out.String())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("serve is not ready after a minute:\n%s", s.out.String())
		}
	}
	s.ready = time.Since(began)
	return s
}

func answers(address string) bool {
	res, err := http.Get(address)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// alive reports whether the process lives.
func (s *serving) alive() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// kill ends the process as a power cut would, and waits for its end.
func (s *serving) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.done
}

// stop asks the process to end, which it has to do well.
func (s *serving) stop(t *testing.T) {
	t.Helper()
	if s.alive() {
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		select {
		case <-s.done:
		case <-time.After(15 * time.Second):
			s.kill()
			t.Errorf("serve did not end within 15 s of being asked:\n%s", s.out.String())
		}
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("serve ended with %v:\n%s", s.cmd.ProcessState, tail(s.out.String()))
		}
	}
}

// tail is the end of a long output.
func tail(s string) string { return s[max(0, len(s)-8000):] }

// do has the serving process run a command, and returns its exit status and output.
func (s *serving) do(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	p := process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }, Dir: s.data}
	status := run(t.Context(), append(args, "--data", s.data), p)
	return status, out.String()
}

// harvest harvests the sources named, or all, and returns their runs by source.
func (s *serving) harvest(t *testing.T, ids ...string) map[string]stoa.Run {
	t.Helper()
	var out, errs bytes.Buffer
	p := process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }, Dir: s.data}
	if status := run(t.Context(), append([]string{"harvest", "--json", "--data", s.data}, ids...), p); status != 0 && status != 3 {
		t.Fatalf("harvest: exit status %d\n%s%s", status, errs.String(), tail(s.out.String()))
	}
	runs := map[string]stoa.Run{}
	for line := range strings.Lines(out.String()) {
		var r stoa.Run
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("harvest printed %q: %v", line, err)
		}
		runs[r.Source] = r
	}
	return runs
}

// get reads one address of the serving process.
func (s *serving) get(t *testing.T, path string) (status int, header http.Header, body string) {
	t.Helper()
	res, err := http.Get(s.home + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return res.StatusCode, res.Header, string(b)
}

// memory returns a figure of /proc/PID/status, in bytes: VmRSS is what it holds now, VmHWM the most it held.
func (s *serving) memory(t *testing.T, name string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatalf("no %s in /proc", name)
	return 0
}

// forgetPeak makes VmHWM begin anew.
func (s *serving) forgetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
}

// entry is a source as sources.yaml has it.
type entry map[string]any

// source is a trusted source of one format without delays.
func source(id, format, address string, more entry) entry {
	e := entry{"id": id, "organisation": "Guard", "title": "Listing " + id, "url": address, "format": format, "delay": "0s", "trust": "trusted"}
	for k, v := range more {
		e[k] = v
	}
	return e
}

// sourcesFile writes sources.yaml and returns its name.
func sourcesFile(t *testing.T, entries ...entry) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"sources": entries})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sources.yaml")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// loopback is the flag that lets a test's own origin be visited.
const loopback = "--allow-net=127.0.0.0/8"
