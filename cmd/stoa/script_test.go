package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program itself as `stoa`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stoa": main})
}

// TestScripts runs the commands as they are documented, each script in an empty directory.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"site": playSite},
		RequireExplicitExec: true,
		ContinueOnError:     true,
	})
}

// playSite serves a directory of a script on loopback until the script ends, and puts its address into $SITE: "site DIR".
func playSite(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: site DIR")
	}
	srv := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(srv.Close)
	ts.Setenv("SITE", srv.URL)
}

// TestExitStatus names the numbers that people script against.
func TestExitStatus(t *testing.T) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGUSR2)
	defer stop()
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"help is done", []string{"--help"}, 0},
		{"nothing prints help", nil, 0},
		{"an unknown command is bad usage", []string{"harvets"}, 2},
		{"an unknown flag is bad usage", []string{"version", "--nope"}, 2},
		{"a wrong number of arguments is bad usage", []string{"decide", "x"}, 2},
		{"a bad clock is bad usage", []string{"version", "--clock-offset", "soon"}, 2},
		{"a missing file is a failure", []string{"parse", "--type", "feed", "/nonexistent"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := process{Stdin: os.Stdin, Stdout: t.Output(), Stderr: t.Output(), Getenv: func(string) string { return "" }, Dir: t.TempDir()}
			if got := run(ctx, c.args, p); got != c.want {
				t.Errorf("exit status %d, want %d", got, c.want)
			}
		})
	}
}
