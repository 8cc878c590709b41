package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/crawler/fetch"
)

func (a *app) sourcesHostsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hosts [WORD]",
		Short: "The politeness ledger: each host's robots.txt, delay, requests, answers 304, bytes and refusals",
		Long: `The politeness ledger, as the page /en/crawler shows it: for each host what its robots.txt says to us, the delay that is kept, requests,
how many of them said what was known and were answered 304, bytes, refusals. A host that asks not to be visited is left alone from then on:
stoa decide HOST leave --value "how it asked"; without a value it is visited again.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			return a.listHosts(h.hosts(cmd.Context(), strings.Join(args, "")), cmd.OutOrStdout())
		},
	}
}

func (a *app) listHosts(hosts []stoa.Ledger, out io.Writer) error {
	if a.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for _, l := range hosts {
			if err := enc.Encode(l); err != nil {
				return fmt.Errorf("write host: %w", err)
			}
		}
		return nil
	}
	fmt.Fprintf(out, "%-40s %6s %8s %8s %12s %8s  %s\n", "host", "delay", "requests", "304", "bytes", "refusals", "robots.txt")
	for _, l := range hosts {
		robots := l.Robots
		if l.OptedOut != "" {
			robots = "not visited: " + l.OptedOut
		}
		fmt.Fprintf(out, "%-40s %6s %8d %8d %12d %8d  %s\n", l.Host, l.Delay.Round(time.Second), l.Requests, l.NotModified, l.Bytes, l.Refusals, robots)
	}
	fmt.Fprintf(out, "%d hosts\n", len(hosts))
	return nil
}

// hosts is the ledger of the hosts whose name holds a word, by name; those that asked not to be visited are in it even when they never were.
func (h *house) hosts(ctx context.Context, word string) []stoa.Ledger {
	all := h.client.Hosts()
	left, err := h.catalogue.Left(ctx)
	if err != nil {
		left = nil // the ledger is shown without it
	}
	seen := map[string]bool{}
	for i := range all {
		host := nameOnly(all[i].Host)
		seen[host] = true
		all[i].OptedOut = leaves(left, host)
	}
	for host, why := range left {
		if !seen[host] {
			all = append(all, stoa.Ledger{Host: host, OptedOut: why})
		}
	}
	all = slices.DeleteFunc(all, func(l stoa.Ledger) bool { return !strings.Contains(l.Host, strings.ToLower(word)) })
	slices.SortFunc(all, func(x, y stoa.Ledger) int { return strings.Compare(x.Host, y.Host) })
	return all
}

// nameOnly is a host of the ledger without its port.
func nameOnly(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}

// leaves says how a host, or a domain that it is part of, asked not to be visited; "" when it did not.
func leaves(left map[string]string, host string) string {
	for host = strings.Trim(host, "[]"); host != ""; {
		if why := left[host]; why != "" {
			return why
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return ""
}

// optedOut reports whether a host asked not to be visited. While the store does not answer, nobody is visited.
func (h *house) optedOut(host string) bool {
	left, err := h.catalogue.Left(context.Background()) // read in memory, at once
	return err != nil || leaves(left, host) != ""
}

// hostsFile holds, while the program does not run, what it knows of the hosts that it visited: when, and how long they asked us to stay away.
func (a *app) hostsFile() string { return filepath.Join(a.dataDir(), "hosts.json") }

// takeHosts reads what the last run kept and removes it: should this run be killed, nobody takes it for the state of things.
func (a *app) takeHosts() ([]fetch.Host, error) {
	text, err := os.ReadFile(a.hostsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read hosts: %w", err)
	}
	if err := os.Remove(a.hostsFile()); err != nil {
		return nil, fmt.Errorf("take hosts: %w", err)
	}
	var hosts []fetch.Host
	if err := json.Unmarshal(text, &hosts); err != nil {
		return nil, fmt.Errorf("read hosts: %w", err)
	}
	return hosts, nil
}

// keepHosts writes what the client knows of hosts, whole or not at all.
func (a *app) keepHosts(c *fetch.Client) error {
	text, err := json.Marshal(c.Hosts())
	if err != nil {
		return fmt.Errorf("keep hosts: %w", err)
	}
	part := a.hostsFile() + ".part"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return fmt.Errorf("keep hosts: %w", err)
	}
	if err := os.Rename(part, a.hostsFile()); err != nil {
		return fmt.Errorf("keep hosts: %w", err)
	}
	return nil
}
