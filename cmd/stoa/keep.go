package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"stoa/store"
	"stoa/store/bolt"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup while the catalogue is in use, and prove it by reading it back",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if err := h.catalogue.Backup(cmd.Context(), a.path(args[0])); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: written and read back\n", args[0])
			return nil
		},
	}
}

func (a *app) restoreCommand() *cobra.Command {
	return local(&cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in place of the store; the old store is kept beside it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(a.dataDir(), 0o700); err != nil {
				return fmt.Errorf("make data directory: %w", err)
			}
			if err := bolt.Restore(cmd.Context(), a.path(args[0]), filepath.Join(a.dataDir(), "stoa.db")); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: restored\n", args[0])
			return nil
		},
	})
}

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read every value and name what is damaged",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if err := h.catalogue.Verify(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "every value is as it was written")
			return nil
		},
	}
}

func (a *app) rebuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Compute every record and the search index anew",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			n, err := h.catalogue.Rebuild(cmd.Context())
			if err != nil {
				return err
			}
			if err := h.index.Rebuild(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "computed anew; %d records differed\n", n)
			return nil
		},
	}
}

func (a *app) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the store to this program's schema",
		Long:  "Bring the store to this program's schema. Opening a store does it too; a store of a newer program is refused.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := a.need(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "schema %d\n", store.Schema)
			return nil
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	return local(&cobra.Command{
		Use:   "version",
		Short: "Version of the program and of its schema",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			goVersion := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
			}
			fmt.Fprintf(cmd.OutOrStdout(), "stoa %s, schema %d, %s\n", version, store.Schema, goVersion)
			return nil
		},
	})
}
