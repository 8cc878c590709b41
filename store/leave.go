package store

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"stoa"
	"stoa/normalize/link"
)

// metaLeft holds the hosts that asked not to be visited, and how they asked.
var metaLeft = []byte("left")

// prepareHost accepts a host as a name, or as any address on it.
func prepareHost(d *stoa.Decision) error {
	name := d.Subject
	if !strings.Contains(name, "://") {
		name = "http://" + name + "/"
	}
	address, err := link.Parse(name, "")
	if err != nil {
		return fmt.Errorf("%w subject %q: want a host, such as www.example.org", stoa.ErrInvalid, clip(d.Subject))
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("%w subject %q: want a host, such as www.example.org", stoa.ErrInvalid, clip(d.Subject))
	}
	d.Subject = strings.TrimSuffix(u.Hostname(), ".")
	return nil
}

// onHost derives whether a host asked not to be visited.
func (w *work) onHost(host string) error {
	rulings, err := rulingsOn(w.tx, host)
	if err != nil {
		return err
	}
	left, err := readOr[map[string]string](w.tx, tMeta, metaLeft)
	if err != nil {
		return err
	}
	if left == nil {
		left = map[string]string{}
	}
	delete(left, host)
	for _, d := range inForce(rulings) {
		if d.Action != stoa.Leave {
			continue
		}
		if delete(left, host); d.Value != "" {
			left[host] = d.Value
		}
	}
	return write(w.tx, tMeta, metaLeft, left)
}

// Left returns the hosts that asked not to be visited, and how they asked.
func (c *Catalogue) Left(ctx context.Context) (left map[string]string, err error) {
	err = c.engine.View(ctx, func(tx Tx) error {
		left, err = readOr[map[string]string](tx, tMeta, metaLeft)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hosts that are not visited: %w", err)
	}
	return left, nil
}
