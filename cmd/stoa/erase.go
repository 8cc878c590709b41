package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"stoa"
)

// forgottenFile holds the number of the last erasure whose captures are gone too.
const forgottenFile = "erased"

// forget removes captures that hold what was erased from the store, once for each erasure. What is cut short is done again.
func (a *app) forget(ctx context.Context, h *house) error {
	all, err := h.catalogue.Decisions(ctx, stoa.People)
	if err != nil || len(all) == 0 {
		return err
	}
	last := all[len(all)-1].Seq
	path := filepath.Join(a.dataDir(), forgottenFile)
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget captures: %w", err)
	}
	if done, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64); err == nil && done >= last {
		return nil
	}
	holds, err := h.catalogue.Erased(ctx)
	if err != nil || holds == nil {
		return err
	}
	n, err := h.captures.Forget(holds)
	if err != nil {
		return err
	}
	a.log.InfoContext(ctx, "captures forgotten", "files", n)
	return os.WriteFile(path, []byte(strconv.FormatUint(last, 10)+"\n"), 0o600)
}
