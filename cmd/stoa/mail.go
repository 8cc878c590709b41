package main

import (
	"cmp"
	"context"
	"strings"

	"golang.org/x/sync/errgroup"

	"stoa/server/alert"
	"stoa/server/page"
)

// postman makes what hands mail over; nil when no mail server is named.
func (a *app) postman() (*alert.SMTP, error) {
	if a.smtp == "" {
		return nil, nil
	}
	from := a.mailFrom
	if from == "" && strings.Contains(a.contact, "@") {
		from = strings.TrimPrefix(a.contact, "mailto:")
	}
	s, err := alert.NewSMTP(a.smtp, a.Getenv("STOA_SMTP_PASSWORD"), cmp.Or(from, "stoa@localhost"), a.catalogueTitle(), a.clock)
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// startMail writes to the people of the desk for as long as ctx lasts, if there is a mail server.
func (a *app) startMail(ctx context.Context, h *house, public string, g *errgroup.Group) error {
	s, err := a.postman()
	if err != nil || s == nil {
		return err
	}
	key, err := a.seal()
	if err != nil {
		return err
	}
	desk := &alert.Desk{
		Accounts: h.accounts, Queue: h.catalogue, Sources: h.sources.all, Send: s, Seal: key,
		Site: page.Site{Title: a.catalogueTitle(), URL: strings.TrimRight(public, "/"), Contact: a.contact, Version: version}, Now: a.clock, Log: a.log,
	}
	g.Go(func() error { return ended(desk.Run(ctx)) })
	return nil
}
