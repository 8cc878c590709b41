package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// filterLine makes of one line of JSON the line to print, without its end. It keeps no part of the line that it is given.
type filterLine func(line []byte) ([]byte, error)

// batchLines is how many lines, and batchBytes how many bytes of them, are in work at a time.
const (
	batchLines = 512
	batchBytes = 4 << 20
)

// eachLine puts JSON lines of a file or of standard input through do, and prints what it returns in their order. A bad line is
// named with its number and the others go on. Where something is printed (out is not nil) do runs for several lines at once.
func (a *app) eachLine(args []string, out io.Writer, do filterLine) error {
	in, name := a.Stdin, "standard input"
	if len(args) == 1 && args[0] != "-" {
		f, err := os.Open(a.path(args[0]))
		if err != nil {
			return err
		}
		defer f.Close()
		in, name = f, args[0]
	}
	f := filter{do: do, name: name, stderr: a.Stderr, workers: runtime.GOMAXPROCS(0)}
	if out == nil {
		out, f.workers = io.Discard, 1
	}
	f.out = bufio.NewWriter(out)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		if err := f.take(lines.Bytes()); err != nil {
			return err
		}
	}
	if err := f.settle(); err != nil {
		return err
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if f.bad > 0 {
		return fmt.Errorf("%d lines of %s could not be read", f.bad, name)
	}
	return nil
}

// filter puts lines through do, a batch at a time.
type filter struct {
	do      filterLine
	name    string
	stderr  io.Writer
	out     *bufio.Writer
	workers int
	read    int // lines before the batch
	bad     int
	text    []byte // of the batch
	ends    []int  // where in text each of its lines ends
}

// take adds a line to the batch, which is settled when it is full.
func (f *filter) take(line []byte) error {
	f.text = append(f.text, bytes.TrimSpace(line)...)
	f.ends = append(f.ends, len(f.text))
	if len(f.ends) < batchLines && len(f.text) < batchBytes {
		return nil
	}
	return f.settle()
}

// result is what became of a line.
type result struct {
	line []byte
	err  error
}

// settle works through the batch and prints what came of it.
func (f *filter) settle() error {
	results := make([]result, len(f.ends))
	var g errgroup.Group
	g.SetLimit(f.workers)
	share := max(1, (len(f.ends)+f.workers-1)/f.workers)
	for from := 0; from < len(f.ends); from += share {
		g.Go(func() error {
			for i := from; i < min(from+share, len(f.ends)); i++ {
				begin := 0
				if i > 0 {
					begin = f.ends[i-1]
				}
				if line := f.text[begin:f.ends[i]]; len(line) > 0 {
					results[i].line, results[i].err = f.do(line)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, r := range results {
		if r.err != nil {
			f.bad++
			fmt.Fprintf(f.stderr, "stoa: %s:%d: %v\n", f.name, f.read+i+1, r.err)
		} else if len(r.line) > 0 {
			f.out.Write(r.line)
			f.out.WriteByte('\n') // an error stays with the writer, and Flush returns it
		}
	}
	f.read += len(f.ends)
	f.text, f.ends = f.text[:0], f.ends[:0]
	if err := f.out.Flush(); err != nil {
		return fmt.Errorf("write line: %w", err)
	}
	return nil
}

// plainJSON writes v on one line, with <, > and & as they are.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	if err := w.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// over writes v, an object, and behind its fields those of line that it does not have: what a filter does not know passes
// through.
func over(v any, line []byte) ([]byte, error) {
	through := map[string]json.RawMessage{}
	if err := json.Unmarshal(line, &through); err != nil {
		return nil, err
	}
	out, err := plainJSON(v)
	if err != nil {
		return nil, err
	}
	for _, name := range fieldsOf(out) {
		delete(through, name)
	}
	out = out[:len(out)-1]
	for _, name := range slices.Sorted(maps.Keys(through)) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		key, err := plainJSON(name)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), through[name]...)
	}
	return append(out, '}'), nil
}

// fieldsOf returns the names of the fields of an object as encoding/json writes it; names of ours need no escapes.
func fieldsOf(object []byte) []string {
	var names []string
	depth, begin := 0, -1
	for i := 0; i < len(object); i++ {
		switch object[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			begin = i + 1
			for i++; object[i] != '"'; i++ {
				if object[i] == '\\' {
					i++
				}
			}
			if depth == 1 && i+1 < len(object) && object[i+1] == ':' {
				names = append(names, string(object[begin:i]))
			}
		}
	}
	return names
}
