package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"stoa/normalize/eval"
)

func (a *app) evalCommand() *cobra.Command {
	var errors, crossValidate bool
	cmd := local(&cobra.Command{
		Use:   "eval DIR",
		Short: "Scores on a folder of labelled data: items.jsonl, dates.jsonl, dedupe/, stale.jsonl",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files := os.DirFS(a.path(args[0]))
			run := eval.Run
			if crossValidate {
				run = eval.CrossValidate
			}
			report, err := run(files)
			if err != nil {
				return err
			}
			if a.json {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetEscapeHTML(false)
				return enc.Encode(report)
			}
			if err := report.WriteText(cmd.OutOrStdout()); err != nil {
				return err
			}
			if errors {
				for _, miss := range report.Errors {
					fmt.Fprintln(cmd.OutOrStdout(), miss)
				}
			}
			return nil
		},
	})
	cmd.Flags().BoolVar(&errors, "errors", false, "list the misses")
	cmd.Flags().BoolVar(&crossValidate, "cross-validate", false, "train on parts of DIR and score the rest, so that no item is scored by a model that saw it")
	return cmd
}
