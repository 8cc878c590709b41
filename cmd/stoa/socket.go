package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The socket: while `serve` holds the store, commands that need it are run by the serving process. The client sends one JSON line with
// its arguments and directory, then its standard input; the server answers with frames: one byte of stream (1 output, 2 errors, 3 exit
// status), four bytes of length, the bytes. Closing the connection cancels the command.
const (
	streamOut    = 1
	streamErr    = 2
	streamStatus = 3
	maxArgs      = 64 << 10
)

type remoteCall struct {
	Args     []string `json:"args"`
	Dir      string   `json:"dir"`
	Terminal bool     `json:"terminal"`
}

func (a *app) socketPath() string { return filepath.Join(a.dataDir(), "stoa.sock") }

// forward hands the command to the process that serves this data directory. Without one it returns nil, and the command goes on here.
func (a *app) forward(cmd *cobra.Command) error {
	conn, err := net.DialTimeout("unix", a.socketPath(), 2*time.Second)
	if err != nil {
		return nil
	}
	defer conn.Close()
	stop := context.AfterFunc(cmd.Context(), func() { conn.Close() })
	defer stop()
	call, err := json.Marshal(remoteCall{Args: commandLine(cmd), Dir: a.Dir, Terminal: a.Terminal})
	if err != nil {
		return fmt.Errorf("ask the serving process: %w", err)
	}
	if _, err := conn.Write(append(call, '\n')); err != nil {
		return fmt.Errorf("ask the serving process: %w", err)
	}
	go func() {
		_, _ = io.Copy(conn, a.Stdin) // what the command does not read is not needed
		_ = conn.(*net.UnixConn).CloseWrite()
	}()
	return a.relay(conn)
}

// relay prints what the serving process answers until it tells the exit status.
func (a *app) relay(conn io.Reader) error {
	var head [5]byte
	for {
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return fmt.Errorf("the serving process stopped before the command ended: %w", err)
		}
		n := int64(binary.BigEndian.Uint32(head[1:]))
		switch head[0] {
		case streamOut:
			if _, err := io.CopyN(a.Stdout, conn, n); err != nil {
				return fmt.Errorf("read answer: %w", err)
			}
		case streamErr:
			if _, err := io.CopyN(a.Stderr, conn, n); err != nil {
				return fmt.Errorf("read answer: %w", err)
			}
		default:
			var status [1]byte
			if _, err := io.ReadFull(conn, status[:]); err != nil {
				return fmt.Errorf("read answer: %w", err)
			}
			return exitStatus(status[0])
		}
	}
}

// commandLine rebuilds the arguments of a command as typed, without the flags that say where the store is.
func commandLine(cmd *cobra.Command) []string {
	var names []string
	for c := cmd; c.HasParent(); c = c.Parent() {
		names = append([]string{c.Name()}, names...)
	}
	args := names
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "data" || f.Name == "store" {
			return
		}
		for _, v := range flagValues(f) {
			args = append(args, "--"+f.Name+"="+v)
		}
	})
	return append(append(args, "--"), cmd.Flags().Args()...)
}

// flagValues returns a flag's values as typed, one for each time it may be given.
func flagValues(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// openSocket makes the socket, for the owner alone.
func (a *app) openSocket(ctx context.Context) (net.Listener, error) {
	path := a.socketPath()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replace %s: %w", path, err) // we hold the store: whoever made it is gone
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect %s: %w", path, err), listener.Close())
	}
	return listener, nil
}

// listenSocket serves commands for others until ctx ends.
func (a *app) listenSocket(ctx context.Context, h *house, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	var g sync.WaitGroup
	defer g.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept on %s: %w", a.socketPath(), err)
		}
		g.Go(func() { a.answer(ctx, h, conn.(*net.UnixConn)) })
	}
}

// answer runs one command for another process.
func (a *app) answer(ctx context.Context, h *house, conn *net.UnixConn) {
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := bufio.NewReader(conn)
	line, err := readLine(in, maxArgs)
	var call remoteCall
	if err == nil {
		err = json.Unmarshal(line, &call)
	}
	if err != nil {
		a.log.WarnContext(ctx, "command not understood", "err", err)
		return
	}
	var mu sync.Mutex
	out := &frames{w: conn, mu: &mu, stream: streamOut, broken: cancel}
	errs := &frames{w: conn, mu: &mu, stream: streamErr, broken: cancel}
	inner := newApp(process{Stdin: in, Stdout: out, Stderr: errs, Getenv: func(string) string { return "" }, Dir: call.Dir, Terminal: call.Terminal})
	inner.flags, inner.lent = a.flags, h
	inner.json = false
	root := inner.root()
	root.SetArgs(append(a.inherited(), call.Args...))
	err = a.guarded(ctx, call.Args, func() error { return root.ExecuteContext(ctx) })
	status := exitCode(err)
	if err != nil && !errors.Is(err, errSomeFailed) {
		fmt.Fprintln(errs, "stoa:", err)
	}
	last := &frames{w: conn, mu: &mu, stream: streamStatus, broken: cancel}
	_, _ = last.Write([]byte{byte(status)}) // whoever asked may be gone
}

// guarded runs a command so that its panic ends the command and not the program that lends it the store.
func (a *app) guarded(ctx context.Context, args []string, command func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.ErrorContext(ctx, "command panicked", "args", args, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errors.New("the command failed in the serving process; its log says where: please report it")
		}
	}()
	return command()
}

// inherited are the flags of the serving process that its commands keep, since they say where and when it works.
func (a *app) inherited() []string {
	args := []string{"--data=" + a.dataDir(), "--contact=" + a.contact, "--public-url=" + a.publicURL, "--listen=" + a.listen, "--title=" + a.title,
		"--proxy=" + a.proxy, "--resolver=" + a.resolver, "--clock-offset=" + a.clockOffset}
	if a.ca != "" {
		args = append(args, "--ca="+a.path(a.ca))
	}
	if a.sources != "" {
		args = append(args, "--sources="+a.path(a.sources))
	}
	for _, v := range a.allowNet {
		args = append(args, "--allow-net="+v)
	}
	for _, v := range a.limit {
		args = append(args, "--limit="+v)
	}
	return args
}

func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		b, err := r.ReadByte()
		if err != nil || b == '\n' {
			return line, err
		}
		if line = append(line, b); len(line) > limit {
			return nil, fmt.Errorf("command line longer than %d bytes", limit)
		}
	}
}

// frames writes one stream of an answer.
type frames struct {
	w      io.Writer
	mu     *sync.Mutex
	stream byte
	broken context.CancelFunc
}

// Write sends p as one frame.
func (f *frames) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := [5]byte{f.stream}
	binary.BigEndian.PutUint32(head[1:], uint32(len(p)))
	if _, err := f.w.Write(append(head[:], p...)); err != nil {
		f.broken()
		return 0, err
	}
	return len(p), nil
}
