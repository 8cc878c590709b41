package main

import (
	"context"
	"fmt"
	"slices"

	"stoa"
)

// byFile signs what sources.yaml and sources.d rule, in the log of decisions.
const byFile = "sources.yaml"

// reload reads the sources anew, and carries out what they switch.
func (h *house) reload(ctx context.Context) error {
	if err := h.sources.reload(); err != nil {
		return err
	}
	return h.switchRules(ctx)
}

// switchRules turns the rules_off of entries into decisions, so that they count at once, are in the log, and give way to a
// person who rules otherwise later. What an entry does not say any more is switched on again.
func (h *house) switchRules(ctx context.Context) error {
	for _, src := range h.sources.all() {
		ruled, err := h.catalogue.Decisions(ctx, src.ID)
		if err != nil {
			return fmt.Errorf("switch rules: %w", err)
		}
		off := map[string]bool{}
		for _, d := range ruled {
			if d.Action == stoa.Switch && d.By == byFile {
				off[d.Field] = d.Value == "off"
			}
		}
		for _, rule := range stoa.Rules() {
			want := slices.Contains(src.RulesOff, rule)
			if want == off[rule] {
				continue
			}
			d := stoa.Decision{By: byFile, Subject: src.ID, Action: stoa.Switch, Field: rule, Value: map[bool]string{true: "off", false: "on"}[want]}
			if _, err := h.catalogue.Decide(ctx, d); err != nil {
				return fmt.Errorf("switch %s of %s: %w", rule, src.ID, err)
			}
		}
	}
	return nil
}
