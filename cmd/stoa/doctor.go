package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stoa"
)

// finding is one line of `stoa doctor`.
type finding struct {
	Level string `json:"level"` // ok, note or bad
	What  string `json:"what"`
	Mend  string `json:"mend,omitempty"`
}

// Levels of findings. Only what is bad makes doctor fail.
const (
	levelOK   = "ok"
	levelNote = "note"
	levelBad  = "bad"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "What is wrong here and how to mend it",
		Long: `Looks at the data directory, the sources, the store, the accounts, the addresses and the harvests, and says of each what is wrong and how to
mend it. Changes nothing and visits nobody. "stoa verify" reads every stored value besides.
Exit status: 0 nothing is bad, 1 something is.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDoctor(cmd.Context(), cmd.OutOrStdout()) },
	}
}

func (a *app) runDoctor(ctx context.Context, out io.Writer) error {
	all := a.lookAround()
	if _, err := os.Stat(a.dataDir()); err != nil { // opening the store would make it
		if _, err := a.loadSources(); err != nil {
			all = append(all, finding{levelBad, err.Error(), storeRemedy(err)})
		}
	} else if h, err := a.need(ctx); err != nil {
		all = append(all, finding{levelBad, err.Error(), storeRemedy(err)})
	} else {
		for _, look := range []func(context.Context, *house) ([]finding, error){a.lookAtStore, a.lookAtAccounts, a.lookAtSources} {
			found, err := look(ctx, h)
			if err != nil {
				found = []finding{{levelBad, err.Error(), "run `stoa verify`; if it names damage, `stoa restore` a backup"}}
			}
			all = append(all, found...)
		}
	}
	return a.printFindings(all, out)
}

func (a *app) printFindings(all []finding, out io.Writer) error {
	bad := 0
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, f := range all {
		if f.Level == levelBad {
			bad++
		}
		if a.json {
			if err := enc.Encode(f); err != nil {
				return fmt.Errorf("write finding: %w", err)
			}
			continue
		}
		fmt.Fprintf(out, "%-5s %s\n", f.Level, f.What)
		if f.Mend != "" {
			fmt.Fprintf(out, "      → %s\n", f.Mend)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d things are bad", bad)
	}
	return nil
}

// storeRemedy says what to do about a store that does not open.
func storeRemedy(err error) string {
	switch {
	case errors.Is(err, stoa.ErrHeld):
		return "stop the process that holds it, or give --data another directory"
	case errors.Is(err, stoa.ErrDamaged):
		return "run `stoa verify`, then `stoa restore` the last backup"
	case errors.Is(err, stoa.ErrInvalid):
		return "mend what is named; `stoa sources check` says it again"
	case errors.Is(err, os.ErrPermission):
		return "let the directory belong to whoever runs stoa: chown -R"
	}
	return "mend what is named and try again"
}

// lookAround looks at what can be seen without the store: the directory, the disk, the address.
func (a *app) lookAround() []finding {
	dir := a.dataDir()
	info, err := os.Stat(dir)
	if err != nil {
		return []finding{{levelNote, fmt.Sprintf("there is no data directory %s yet", dir), "run `stoa init`"}}
	}
	var out []finding
	if info.Mode().Perm()&0o077 != 0 {
		out = append(out, finding{levelNote, fmt.Sprintf("%s can be read by others of this machine (%s)", dir, info.Mode().Perm()), "chmod 700 " + dir})
	}
	if free, ok := freeBytes(dir); ok && free < 1<<30 {
		level := levelNote
		if free < 100<<20 {
			level = levelBad
		}
		out = append(out, finding{level, fmt.Sprintf("%d MB are free for %s", free>>20, dir), "make room: captures take up to 2 GB, a backup as much as the store"})
	}
	if len(out) == 0 {
		out = append(out, finding{levelOK, "data directory " + dir, ""})
	}
	return append(out, a.lookAtAddress()...)
}

// lookAtAddress looks at where the catalogue is to be served and who can write to its operator.
func (a *app) lookAtAddress() []finding {
	var out []finding
	if conn, err := net.DialTimeout("unix", a.socketPath(), time.Second); err == nil || a.lent != nil {
		if err == nil {
			_ = conn.Close() // nothing was sent
		}
		out = append(out, finding{levelOK, "a process is serving this directory", ""})
	} else if l, err := net.Listen("tcp", a.listen); err != nil {
		out = append(out, finding{levelNote, fmt.Sprintf("nobody could listen on %s: %v", a.listen, err), "give --listen another address, or stop what holds this one"})
	} else {
		_ = l.Close() // nobody was accepted
		out = append(out, finding{levelOK, a.listen + " is free for `stoa serve`", ""})
	}
	if a.publicURL == "" {
		out = append(out, finding{levelNote, "no --public-url: links in feeds and mail lead to this machine, and the user agent names no page", "--public-url https://…, or STOA_PUBLIC_URL"})
	}
	if a.contact == "" {
		out = append(out, finding{levelNote, "no --contact: partners and readers cannot write to you", "--contact ADDRESS, or STOA_CONTACT"})
	}
	return out
}

func (a *app) lookAtStore(ctx context.Context, h *house) ([]finding, error) {
	s, err := h.catalogue.Stats(ctx)
	if err != nil {
		return nil, err
	}
	listed := s.Records[stoa.Listed]
	out := []finding{{levelOK, fmt.Sprintf("store: %d records listed, %d pending, %d changes, %d MB", listed, s.Records[stoa.Pending], s.Changes, s.Bytes>>20), ""}}
	if late := s.Changed.Sub(a.clock()); late > time.Minute {
		out = append(out, finding{levelBad, fmt.Sprintf("the clock is %s behind the last change", late.Round(time.Minute)), "set the clock of this machine; nothing was lost"})
	}
	if behind := int64(s.Changes) - int64(h.index.Seq()); behind > 0 && a.lent == nil {
		out = append(out, finding{levelNote, fmt.Sprintf("the search index is %d changes behind", behind), "`stoa serve` catches up; `stoa rebuild` makes it anew"})
	}
	waiting := 0
	for _, n := range s.Queue {
		waiting += n
	}
	if n := s.Queue[stoa.ReasonIncident]; n > 0 {
		out = append(out, finding{levelNote, fmt.Sprintf("%d held runs and incidents of sources wait for a person", n), "stoa queue --reason incident"})
	}
	if waiting > 500 {
		out = append(out, finding{levelNote, fmt.Sprintf("%d tasks wait in the queue", waiting), "stage the sources that you have come to trust: stoa decide SOURCE stage --value trusted"})
	}
	return out, nil
}

func (a *app) lookAtAccounts(ctx context.Context, h *house) ([]finding, error) {
	users, err := h.accounts.Users(ctx)
	if err != nil {
		return nil, err
	}
	admins := 0
	for _, u := range users {
		if u.Role == stoa.Admin {
			admins++
		}
	}
	if admins == 0 {
		return []finding{{levelNote, fmt.Sprintf("%d accounts, no admin among them", len(users)), "stoa user add NAME --role admin --password-stdin"}}, nil
	}
	return []finding{{levelOK, fmt.Sprintf("%d accounts, %d of them admins", len(users), admins), ""}}, nil
}

// lookAtSources groups the sources by what is wrong with them.
func (a *app) lookAtSources(ctx context.Context, h *house) ([]finding, error) {
	on, read, network := 0, 0, 0
	groups := map[string][]string{}
	for _, src := range h.sources.all() {
		if src.Disabled != "" {
			continue
		}
		on++
		history, err := h.catalogue.History(ctx, src.ID)
		if err != nil {
			return nil, err
		}
		if !history.Good.Ended.IsZero() {
			read++
		}
		switch last := history.Last; {
		case history.Failures < 3:
		case last.Outcome == stoa.Refusal:
			groups["refuse us ("+last.Code+")"] = append(groups["refuse us ("+last.Code+")"], src.ID)
		default:
			groups["fail again and again ("+last.Code+")"] = append(groups["fail again and again ("+last.Code+")"], src.ID)
			if slices.Contains([]string{stoa.CodeDNS, stoa.CodeConnect, stoa.CodeTimeout}, last.Code) {
				network++
			}
		}
	}
	out := []finding{{levelOK, fmt.Sprintf("%d sources in force, %d of them read at least once", on, read), ""}}
	if on > 0 && network == on {
		return append(out, finding{levelBad, "no source can be reached: this machine has no way to the outside", "look at the network, --proxy and --resolver"}), nil
	}
	for _, what := range sortedKeys(groups) {
		ids := groups[what]
		mend := "stoa sources list; stoa sources discover SITE looks for another way in"
		if strings.HasPrefix(what, "refuse") {
			mend = "ask the partner for a feed; do not disguise the client"
		}
		out = append(out, finding{levelNote, fmt.Sprintf("%d sources %s: %s", len(ids), what, shortList(ids)), mend})
	}
	return out, nil
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(len(m[b]), len(m[a])), cmp.Compare(a, b)) })
	return keys
}

// shortList names the first few.
func shortList(ids []string) string {
	if len(ids) > 5 {
		return strings.Join(ids[:5], ", ") + ", …"
	}
	return strings.Join(ids, ", ")
}
