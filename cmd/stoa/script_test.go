package main

import (
	"context"
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
		RequireExplicitExec: true,
		ContinueOnError:     true,
	})
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
