// Command stoa is the catalogue, the desk, the API and the harvesters in one program. Each command has a file of its own; this one
// touches the process: signals, arguments, exit status.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"stoa"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C kills
	limitMemory(os.Getenv, os.ReadFile)
	p := process{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Terminal: isTerminal(os.Stderr)}
	p.Dir, _ = os.Getwd()
	os.Exit(run(ctx, os.Args[1:], p))
}

// run does what the arguments say and returns the exit status. Tests call it.
func run(ctx context.Context, args []string, p process) int {
	a := newApp(p)
	defer a.close()
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errSomeFailed) && !errors.As(err, new(exitStatus)) {
		fmt.Fprintln(p.Stderr, "stoa:", err)
	}
	return exitCode(err)
}

// errSomeFailed says that the work was done, but some run failed, was blocked, held or partial.
var errSomeFailed = errors.New("some runs were not good")

// usageError is a mistake of whoever typed the command.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitStatus is the status of a command that another process ran for us.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// exitCode is the only table of numbers: 0 done, 1 failed, 2 bad usage, 3 done, but some run was not good.
func exitCode(err error) int {
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, errSomeFailed):
		return 3
	case errors.As(err, new(usageError)), errors.Is(err, stoa.ErrInvalid):
		return 2
	default:
		return 1
	}
}

// isTerminal reports whether f is a terminal, so that progress may overwrite its line.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
