package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/normalize"
	"stoa/normalize/classify"
	"stoa/normalize/eval"
)

// modelFile is the model learnt here, in the data directory. Without one, the model that ships with the program judges.
const modelFile = "model.tsv"

func (a *app) learnCommand() *cobra.Command {
	var apply bool
	cmd := &cobra.Command{
		Use:   "learn DIR",
		Short: "Retrain on labelled data and on curators' decisions; before and after; applied only with --apply",
		Long: `Retrains the classifier on the labelled items of DIR and on what curators decided here, prints the scores before and
after by cross-validation, and the records that would move. With --apply the new model judges from now on, and records
that would move get its verdict. What a person chose is never changed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			return a.runLearn(cmd.Context(), h, os.DirFS(a.path(args[0])), apply, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&apply, "apply", false, "use the new model from now on")
	return cmd
}

func (a *app) runLearn(ctx context.Context, h *house, files fs.FS, apply bool, out io.Writer) error {
	labelled, err := eval.Examples(files)
	if err != nil {
		return err
	}
	decided, err := decidedExamples(ctx, h)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d labelled items, %d decided by curators\n\nBefore\n", len(labelled), len(decided))
	before, err := eval.CrossValidate(files)
	if err != nil {
		return err
	}
	if err := before.WriteText(out); err != nil {
		return err
	}
	fmt.Fprint(out, "\nAfter\n")
	after, err := eval.CrossValidateWith(files, decided)
	if err != nil {
		return err
	}
	if err := after.WriteText(out); err != nil {
		return err
	}
	model := classify.Train(append(labelled, decided...), classify.Seed)
	moves, err := wouldMove(ctx, h, classify.New(model))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d records would move\n", len(moves))
	for _, m := range moves {
		fmt.Fprintf(out, "  %s  %s\n", m.Subject, strings.Join(m.Why, "; "))
	}
	if !apply {
		return nil
	}
	if err := writeWhole(filepath.Join(a.dataDir(), modelFile), func(w io.Writer) error { _, err := model.WriteTo(w); return err }); err != nil {
		return err
	}
	if err := h.catalogue.Find(ctx, moves); err != nil {
		return err
	}
	judge, err := a.judge()
	if err != nil {
		return err
	}
	h.judge.Store(judge)
	fmt.Fprintln(out, "applied: the new model judges from now on")
	return nil
}

// decidedExamples turns what curators ruled into examples: what they accepted with its kind and pillars as they stand now, what they refused as out of
// scope.
func decidedExamples(ctx context.Context, h *house) ([]classify.Example, error) {
	var out []classify.Example
	for r, err := range h.catalogue.Records(ctx, "") {
		if err != nil {
			return nil, err
		}
		ruled := strings.HasPrefix(r.Provenance["state"].By, "person:") || strings.HasPrefix(r.Provenance["kind"].By, "person:") || strings.HasPrefix(r.Provenance["pillars"].By, "person:")
		noise := r.State == stoa.Refused && r.Reason == "out-of-scope"
		if !ruled || r.MergedInto != "" || r.State == stoa.Pending || r.State == stoa.Refused && !noise {
			continue
		}
		observations, err := h.catalogue.Observations(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if len(observations) == 0 {
			continue
		}
		src, _ := h.sources.byID(observations[0].Source)
		out = append(out, classify.Example{Input: normalize.InputOf(observations[0].Item, src), Relevant: !noise, Kind: r.Kind, Pillars: r.Pillars})
	}
	return out, nil
}

// wouldMove returns the verdicts of another model on records that it sees otherwise than the one in force.
func wouldMove(ctx context.Context, h *house, judge *classify.Classifier) ([]stoa.Finding, error) {
	var moves []stoa.Finding
	for r, err := range h.catalogue.Records(ctx, "") {
		if err != nil {
			return nil, err
		}
		if r.MergedInto != "" {
			continue
		}
		observations, err := h.catalogue.Observations(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if len(observations) == 0 {
			continue
		}
		src, _ := h.sources.byID(observations[0].Source)
		draft := normalize.DraftBy(judge.Classify, observations[0].Item, src)
		draft.Version = learntVersion
		if why := movedFrom(r, draft); len(why) > 0 {
			moves = append(moves, stoa.Finding{Subject: r.ID, Kind: stoa.Classification, Rule: "learn", Version: draft.Version, Confidence: draft.Kind.Confidence, Why: why, Draft: &draft})
		}
	}
	return moves, nil
}

// learntVersion marks verdicts of a model that was learnt here.
const learntVersion = classify.Version + "+learnt"

// movedFrom says what a new verdict changes; what a person set is not its to change.
func movedFrom(r stoa.Record, d stoa.Draft) []string {
	var why []string
	machine := func(field string) bool { return !strings.HasPrefix(r.Provenance[field].By, "person:") }
	if machine("kind") && d.Kind.Value != r.Kind && d.Kind.Value.Valid() {
		why = append(why, fmt.Sprintf("kind %s → %s (%.2f)", cmp.Or(r.Kind, "none"), d.Kind.Value, d.Kind.Confidence))
	}
	if len(d.Pillars) > 0 && machine("pillars") && d.Pillars[0].Pillar != r.Primary() {
		why = append(why, fmt.Sprintf("pillar %s → %s (%.2f)", cmp.Or(r.Primary(), "none"), d.Pillars[0].Pillar, d.Pillars[0].Confidence))
	}
	return why
}

// judge returns the classifier in force: the one learnt here, or the one that ships with the program.
func (a *app) judge() (*classify.Classifier, error) {
	f, err := os.Open(filepath.Join(a.dataDir(), modelFile))
	if errors.Is(err, fs.ErrNotExist) {
		return classify.Default(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read learnt model: %w", err)
	}
	defer f.Close()
	model, err := classify.ReadModel(f)
	if err != nil {
		return nil, fmt.Errorf("read learnt model %s: %w; remove it to use the one that ships with the program", f.Name(), err)
	}
	return classify.New(model), nil
}
