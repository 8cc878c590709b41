package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"stoa"
	"stoa/crawler/decode"
	"stoa/normalize"
	"stoa/normalize/classify"
	"stoa/normalize/match"
	"stoa/normalize/stale"
)

// maxLine bounds a line of a filter's input.
const maxLine = 16 << 20

// parseOptions are the flags of `stoa parse`.
type parseOptions struct {
	format, source, mapping, url string
	headers                      []string
	head                         bool
}

func (a *app) parseCommand() *cobra.Command {
	var o parseOptions
	cmd := local(&cobra.Command{
		Use:   "parse FILE|-",
		Short: "One body to items, as if fetched from --url with those headers",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := a.readBody(args[0])
			if err != nil {
				return err
			}
			return a.runParse(o, body, cmd.OutOrStdout())
		},
	})
	f := cmd.Flags()
	f.StringVar(&o.format, "type", "", "`FORMAT` of the body")
	f.StringVar(&o.source, "source", "", "`ID` of the source whose mapping to use")
	f.StringVar(&o.mapping, "mapping", "", "`FILE` with a mapping, as in sources.yaml")
	f.StringVar(&o.url, "url", "", "`U` the body came from; relative links start there")
	f.StringArrayVar(&o.headers, "header", nil, "`'Name: value'` of the response")
	f.BoolVar(&o.head, "head", false, "first print what the source says of itself")
	return cmd
}

func (a *app) readBody(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.Stdin)
	}
	data, err := os.ReadFile(a.path(name))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	return data, nil
}

func (a *app) runParse(o parseOptions, body []byte, out io.Writer) error {
	src, err := a.parseSource(o)
	if err != nil {
		return err
	}
	header, err := parseHeaders(o.headers)
	if err != nil {
		return err
	}
	address := o.url
	if address == "" {
		address = src.URL
	}
	listing, err := decode.Open(decode.Page{URL: address, Header: header, Body: body, Fetched: a.clock().UTC().Truncate(time.Second), Status: http.StatusOK}, src)
	if err != nil {
		return err
	}
	w := json.NewEncoder(out)
	w.SetEscapeHTML(false)
	if o.head {
		if err := w.Encode(map[string]stoa.Head{"head": listing.Head}); err != nil {
			return err
		}
	}
	faulty := 0
	for item, err := range listing.Items {
		if err != nil {
			faulty++
			fmt.Fprintf(a.Stderr, "stoa: item not read: %v\n", err)
			continue
		}
		if err := w.Encode(item); err != nil {
			return fmt.Errorf("write item: %w", err)
		}
	}
	for _, text := range listing.Warnings {
		fmt.Fprintln(a.Stderr, "stoa: warning:", text)
	}
	if listing.Truncated {
		fmt.Fprintln(a.Stderr, "stoa: the body was cut off: what was whole is printed")
	}
	if faulty > 0 || listing.Truncated {
		return errSomeFailed
	}
	return nil
}

// parseSource puts together the source that a body is read as.
func (a *app) parseSource(o parseOptions) (stoa.Source, error) {
	var src stoa.Source
	if o.source != "" {
		all, err := a.loadSources()
		if err != nil {
			return src, err
		}
		if src, err = pick(all, o.source); err != nil {
			return src, err
		}
	}
	if o.format != "" {
		src.Format = stoa.Format(o.format)
	}
	if o.mapping != "" {
		data, err := os.ReadFile(a.path(o.mapping))
		if err != nil {
			return src, fmt.Errorf("read mapping: %w", err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 {
			return src, usageError{fmt.Errorf("mapping %s: not readable as YAML (%v)", o.mapping, err)}
		}
		m, faults := decode.MappingFromYAML(doc.Content[0])
		if len(faults) > 0 {
			return src, usageError{fmt.Errorf("mapping %s: %w", o.mapping, errors.Join(faults...))}
		}
		src.Mapping = decode.Merge(src.Mapping, m)
	}
	if src.Format == "" {
		return src, usageError{errors.New("give --type FORMAT or --source ID")}
	}
	return src, nil
}

// pick finds a source by id.
func pick(all []stoa.Source, id string) (stoa.Source, error) {
	for _, s := range all {
		if s.ID == id {
			return s, nil
		}
	}
	return stoa.Source{}, usageError{fmt.Errorf("no source %q: see `stoa sources list`", id)}
}

func parseHeaders(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usageError{fmt.Errorf("--header %q: want 'Name: value'", line)}
		}
		h.Add(textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value))
	}
	return h, nil
}

// normalizeInput is a line of `stoa normalize`: an item, with names of its own for id and publisher.
type normalizeInput struct {
	stoa.Item
	ID        string `json:"id"`
	Publisher string `json:"publisher"`
}

func (a *app) normalizeCommand() *cobra.Command {
	var now, source string
	var all bool
	cmd := local(&cobra.Command{
		Use:   "normalize [FILE]",
		Short: "Items to drafts: plain text, dates, places, language, relevance, kind, pillars",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.instant(now)
			if err != nil {
				return err
			}
			src := stoa.Source{}
			if source != "" {
				set, err := a.loadSources()
				if err != nil {
					return err
				}
				if src, err = pick(set, source); err != nil {
					return err
				}
			}
			return a.eachLine(args, cmd.OutOrStdout(), func(line []byte) ([]byte, error) {
				var in normalizeInput
				if err := json.Unmarshal(line, &in); err != nil {
					return nil, err
				}
				if in.Fetched.IsZero() {
					in.Fetched = at
				}
				return over(draftOf(in, src, all), line)
			})
		},
	})
	f := cmd.Flags()
	f.StringVar(&now, "now", "", "`T` that relative dates refer to where a line has no \"fetched\"")
	f.BoolVar(&all, "all", false, "print all five pillars")
	f.StringVar(&source, "source", "", "`ID` of the source whose priors to use")
	return cmd
}

func draftOf(in normalizeInput, src stoa.Source, all bool) stoa.Draft {
	item := in.Item
	if item.Key == "" {
		item.Key = in.ID
	}
	if in.Publisher != "" {
		if item.Extra == nil {
			item.Extra = map[string]string{}
		}
		item.Extra["publisher"] = in.Publisher
	}
	draft := normalize.Draft(item, src)
	if in.ID != "" {
		draft.ID = in.ID
	}
	if !all {
		draft.Pillars = classify.Chosen(draft.Pillars)
	}
	return draft
}

// pairLine is a line that `stoa match` prints. A relation is read from a to b.
type pairLine struct {
	A        string        `json:"a"`
	B        string        `json:"b"`
	Verdict  string        `json:"verdict"`
	Relation stoa.Relation `json:"relation,omitempty"`
	Score    float64       `json:"score"`
	Why      []string      `json:"why"`
}

func linePair(a, b string, v match.Verdict) pairLine {
	if v.Inverse {
		a, b = b, a
	}
	return pairLine{a, b, v.Verdict, v.Relation, v.Score, v.Why}
}

func (a *app) matchCommand() *cobra.Command {
	var all bool
	cmd := local(&cobra.Command{
		Use:   "match [FILE]",
		Short: "Drafts to joins: which are the same thing, and why",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var entries []match.Entry
			err := a.eachLine(args, nil, func(line []byte) ([]byte, error) {
				e, err := match.ReadEntry(line)
				if err != nil {
					return nil, err
				}
				if e.ID == "" {
					return nil, errors.New("\"id\" is missing")
				}
				entries = append(entries, e)
				return nil, nil
			})
			if err != nil {
				return err
			}
			w := json.NewEncoder(cmd.OutOrStdout())
			w.SetEscapeHTML(false)
			for _, p := range match.All(entries, all) {
				if err := w.Encode(linePair(entries[p.A].ID, entries[p.B].ID, p.Verdict)); err != nil {
					return fmt.Errorf("write pair: %w", err)
				}
			}
			return nil
		},
	})
	cmd.Flags().BoolVar(&all, "all", false, "print distinct pairs without a relation too")
	return cmd
}

func (a *app) staleCommand() *cobra.Command {
	var now, bodies string
	cmd := local(&cobra.Command{
		Use:   "stale [FILE]",
		Short: "Findings to verdicts: does it still answer, does it still matter",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var at time.Time
			if now != "" {
				var err error
				if at, err = a.instant(now); err != nil {
					return err
				}
			}
			root, err := os.OpenRoot(a.path(bodies))
			if err != nil {
				return usageError{fmt.Errorf("--bodies: %w", err)}
			}
			defer root.Close()
			return a.eachLine(args, cmd.OutOrStdout(), func(line []byte) ([]byte, error) {
				verdict, err := stale.Line(line, at, func(name string) ([]byte, error) { return root.ReadFile(name) })
				if err != nil {
					return nil, err
				}
				return plainJSON(verdict)
			})
		},
	})
	cmd.Flags().StringVar(&now, "now", "", "`T` of the verdict; default is the last check")
	cmd.Flags().StringVar(&bodies, "bodies", ".", "`DIR` of the files that lines name")
	return cmd
}

// instant reads a time that somebody typed; "" is now.
func (a *app) instant(s string) (time.Time, error) {
	if s == "" {
		return a.clock().UTC().Truncate(time.Second), nil
	}
	d, err := stoa.ParseDate(s)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("--now: %w", err)}
	}
	return d.Begin(time.UTC), nil
}
