package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"stoa/crawler/fetch"
)

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
