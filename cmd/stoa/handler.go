package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/netip"

	"stoa"
	"stoa/normalize/organisation"
	"stoa/server"
	"stoa/store"
)

// handler makes the server's handler over the open house. Readers see it under the public address.
func (a *app) handler(h *house, shop *workshop, public string) (http.Handler, error) {
	var proxies []netip.Prefix
	for _, cidr := range a.trustProxy {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, usageError{fmt.Errorf("--trust-proxy %q: %w", cidr, err)}
		}
		proxies = append(proxies, p)
	}
	key, err := a.seal()
	if err != nil {
		return nil, err
	}
	return server.New(server.Options{
		Catalogue: h.catalogue, Search: h.index, Accounts: h.accounts, Password: store.CheckPassword, Sources: h.sources.all,
		Hosts: func(ctx context.Context) []stoa.Ledger { return h.hosts(ctx, "") }, Agent: h.client.UserAgent(), OrganisationID: organisation.ID,
		PublicURL: public, Contact: a.contact, Title: a.catalogueTitle(), Version: version,
		Now: a.clock, Log: a.log, Proxies: proxies,
		Hash:     func(password string) (string, error) { return store.HashPassword(password, rand.Reader) },
		Workshop: shop, Shelf: shelf{a, h}, Seal: key, Mail: a.smtp != "",
	})
}
